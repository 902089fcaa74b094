"""The damage in resampled counts: taken once, used for every question, kept with the run.

A run keeps it beside its assessment, so that what-ifs are answered without the data, exactly as
the run itself would have.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import TypeAdapter

from dataready.compare.damage import Damage, column_damage
from dataready.errors import WarehouseError
from dataready.importance.weight import Weights
from dataready.pipeline.measure import Measured
from dataready.readiness.case import Sample
from dataready.readiness.score import resample

__all__ = ["read_sample", "sampled", "write_sample"]

DRAWS = "draws.parquet"
WEIGHTS = "weights.json"
_MEASURED = -1
"""The draw's number of what was measured, not resampled."""
_WEIGHTS = TypeAdapter(Weights)


def sampled(measured: Measured) -> Sample:
    """Resample the counts of a dataset, and those under the names that are proposed.

    Raises:
        ValueError: The table was measured alone.
    """
    if measured.counts is None:
        msg = "A table measured alone has no score."
        raise ValueError(msg)
    draws = resample(measured.counts)
    if measured.counts_if_mapped is None:
        return Sample(draws=draws)

    def proposed(damage: Mapping[str, Damage]) -> dict[str, Damage]:
        return {c: v for c, v in damage.items() if c in measured.proposed}

    return Sample(
        draws=draws,
        restored=proposed(column_damage(measured.counts_if_mapped)),
        restored_draws=tuple(proposed(d) for d in resample(measured.counts_if_mapped)),
    )


def write_sample(folder: Path, sample: Sample, weights: Weights) -> None:
    """Write the damage of every draw, a row each of its columns, and the weights.

    Raises:
        WarehouseError: A file cannot be written.
    """
    sets = {(False, draw): damage for draw, damage in enumerate(sample.draws)}
    restored = (sample.restored, *sample.restored_draws)
    sets |= {(True, draw): damage for draw, damage in enumerate(restored, start=_MEASURED)}
    rows: list[dict[str, Any]] = [
        {"restored": is_restored, "draw": draw, "column": column, **asdict(loss)}
        for (is_restored, draw), damage in sets.items()
        for column, loss in damage.items()
    ]
    types = {"restored": pa.bool_(), "draw": pa.int32(), "column": pa.string()}
    types |= {f.name: pa.bool_() if f.type == "bool" else pa.float64() for f in fields(Damage)}
    try:
        pq.write_table(pa.Table.from_pylist(rows, pa.schema(list(types.items()))), folder / DRAWS)
        (folder / WEIGHTS).write_bytes(_WEIGHTS.dump_json(weights, indent=2) + b"\n")
        for name in (DRAWS, WEIGHTS):
            (folder / name).chmod(0o600)
    except OSError as e:
        msg = f"'{folder}' cannot be written to: {e.strerror}. Check the folder's space and rights."
        raise WarehouseError(msg) from None


def read_sample(folder: Path) -> tuple[Sample, Weights]:
    """Read what `write_sample` wrote.

    Raises:
        WarehouseError: A file is missing or damaged.
    """
    try:
        rows = pq.read_table(folder / DRAWS).to_pylist()
        weights = _WEIGHTS.validate_json((folder / WEIGHTS).read_bytes())
        sets: dict[tuple[bool, int], dict[str, Damage]] = {}
        for row in rows:
            restored, draw, column = (row.pop(k) for k in ("restored", "draw", "column"))
            sets.setdefault((restored, draw), {})[column] = Damage(**row)
    except (OSError, pa.ArrowException, ValueError, KeyError, TypeError) as e:
        msg = (
            f"'{folder}' does not hold what a what-if needs ('{DRAWS}' and '{WEIGHTS}'). "
            "Start a new run with `dataready run`."
        )
        raise WarehouseError(msg) from e
    sample = Sample(
        draws=tuple(sets[key] for key in sorted(sets) if not key[0]),
        restored=sets.pop((True, _MEASURED), {}),
        restored_draws=tuple(sets[key] for key in sorted(sets) if key[0]),
    )
    return sample, weights
