"""What a score has meant: bands of the score, and the true losses met in each.

Means and percentiles are those of the band, pooled with neighbours until a lower score never
promises a smaller loss. The table is the one that the product ships and reads.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.accuracy import Array
from dataready.readiness.calibration import Band

__all__ = ["bands", "leave_out", "predicted", "write"]

EDGES = (99.9, 99.5, 99, 98, 95, 90, 80, 60, 40, 0)
LEAST_SETS = 15
VERSION = 1


def bands(score: Array, loss: Array) -> tuple[Band, ...]:
    """Make the table: bands by falling score, each of at least fifteen sets but the last."""
    groups: list[tuple[float, NDArray[np.intp]]] = []
    rest = np.argsort(-score, kind="stable")
    for edge in EDGES:
        inside = rest[score[rest] >= edge]
        if len(inside) >= LEAST_SETS or (edge == EDGES[-1] and len(inside)):
            groups.append((float(edge), inside))
            rest = rest[len(inside) :]
    sets = np.array([float(len(rows)) for _, rows in groups])
    mean = _rising(np.array([loss[rows].mean() for _, rows in groups]), sets)
    low, high, most = (
        _rising(np.array([np.percentile(loss[rows], p) for _, rows in groups]), sets)
        for p in (5, 95, 90)
    )
    return tuple(
        Band(
            at_least=edge,
            sets=len(rows),
            mean=float(mean[k]),
            low=float(low[k]),
            high=float(high[k]),
            nine_in_ten=float(most[k]),
        )
        for k, (edge, rows) in enumerate(groups)
    )


def _rising(values: Array, weights: Array) -> Array:
    """The nearest sequence that never falls: neighbours in the wrong order are pooled."""
    blocks: list[tuple[float, float, int]] = []
    for value, weight in zip(values, weights, strict=True):
        blocks.append((float(value), float(weight), 1))
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            (a, u, j), (b, v, k) = blocks[-2:]
            blocks[-2:] = [((a * u + b * v) / (u + v), u + v, j + k)]
    return np.concatenate([np.full(k, value) for value, _, k in blocks])


def predicted(table: Sequence[Band], score: Array) -> Array:
    """The mean loss, the 5th and the 95th percentile of each score's band, shape (3, scores)."""
    edges = np.array([b.at_least for b in table])
    band = np.minimum((score[:, None] < edges).sum(1), len(table) - 1)
    columns = np.array([[b.mean for b in table], [b.low for b in table], [b.high for b in table]])
    return np.where(np.isnan(score), np.nan, columns[:, band])


def leave_out(score: Array, loss: Array, groups: NDArray[np.object_]) -> Array:
    """The same, each set asked of a table that was made without its group."""
    out = np.full((3, len(score)), np.nan)
    for group in np.unique(groups):
        asked = groups == group
        if not asked.all():
            out[:, asked] = predicted(bands(score[~asked], loss[~asked]), score[asked])
    return out


def write(tables: Mapping[str, Sequence[Band]], path: Path) -> None:
    """Write tables, by what their score is made of, as the JSON that the product reads."""
    plain = {
        name: [{k: round(v, 4) for k, v in asdict(band).items()} for band in table]
        for name, table in tables.items()
    }
    path.write_text(json.dumps({"version": VERSION, "bands": plain}, indent=1) + "\n")
