"""What the history holds of a run, read from its `run.json`; all else of it is passed over."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, TypeAdapter, ValidationError

from dataready.model import Severity, Verdict
from dataready.warehouse.run_folder import RUN_FILE

__all__ = ["Broken", "DatasetEntry", "PredictionEntry", "RunEntry", "read_entry"]


@dataclass(frozen=True, slots=True)
class Broken:
    """A run folder that the index leaves out, and why."""

    run_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class _Score:
    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class _Finding:
    severity: Severity


@dataclass(frozen=True, slots=True)
class PredictionEntry:
    """The loss that was predicted and, where production had labels, the real one."""

    model: str
    loss: float
    loss_low: float
    loss_high: float
    real_loss: float | None = None
    labelled_rows: int = 0


@dataclass(frozen=True, slots=True)
class _Hashes:
    production: str = ""


@dataclass(frozen=True, slots=True)
class _Provenance:
    hashes: _Hashes = field(default_factory=_Hashes)


@dataclass(frozen=True, slots=True)
class DatasetEntry:
    """What one run said of one dataset."""

    dataset: str
    verdict: Verdict
    score: _Score
    findings: tuple[_Finding, ...] = ()
    predicted: PredictionEntry | None = None
    earned: Verdict | None = None
    provenance: _Provenance = field(default_factory=_Provenance)

    @property
    def production(self) -> str:
        """The fingerprint of the production extract that was looked at."""
        return self.provenance.hashes.production


def _instant(clock: str) -> datetime:
    moment = datetime.fromisoformat(clock)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _parsed(clock: str) -> str:
    _instant(clock)
    return clock


@dataclass(frozen=True, slots=True)
class RunEntry:
    """The part of a `run.json` that the index holds."""

    run_id: str
    clock: Annotated[str, AfterValidator(_parsed)]
    datasets: tuple[DatasetEntry, ...]

    @property
    def at(self) -> float:
        """The clock, in seconds since the epoch."""
        return _instant(self.clock).timestamp()


_RUNS = TypeAdapter(RunEntry)


def read_entry(run: Path) -> RunEntry | Broken:
    """Read what the index holds of a run, or say why it cannot be read."""
    try:
        read = _RUNS.validate_json((run / RUN_FILE).read_bytes())
    except OSError as e:
        return Broken(run.name, f"Its '{RUN_FILE}' cannot be read: {e.strerror}.")
    except ValidationError as e:
        first = e.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        return Broken(run.name, f"Its '{RUN_FILE}' is not understood at '{place}': {first['msg']}.")
    if read.run_id != run.name:
        return Broken(run.name, f"Its '{RUN_FILE}' says that it is another run: '{read.run_id}'.")
    return read
