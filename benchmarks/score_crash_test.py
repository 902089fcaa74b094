"""The same abuses of every score: how often each rises when it must not.

`python -m benchmarks.score_crash_test [--seeds 3]` prints a table, abuse by tool, of violations
out of trials. Ours is computed by the product, from files; the others by their published
formulas (`benchmarks.formula`).
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import polars as pl

from benchmarks.abuse import KINDS, WEIGHTS, spoil, table
from benchmarks.formula import FORMULAS, Check, Table, check_all, learn
from dataready.config import Dataset, Policy, load_config
from dataready.pipeline.compare import compare
from dataready.pipeline.run import read_report, run_project

__all__ = ["ABUSES", "Case", "Trial", "main", "violated"]

SHARES = (0.0, 0.05, 0.3, 0.6, 0.95)
NO_GO = 85.0
"""A score from here on is read as one that may be used."""


@dataclass(frozen=True, slots=True)
class Case:
    """A pilot and production, and checks beside those that are learnt from the pilot."""

    pilot: pl.DataFrame
    production: pl.DataFrame
    more: tuple[Check, ...] = ()
    broken: str = ""
    weights: Mapping[str, float] | None = None

    @property
    def columns(self) -> list[str]:
        """The features."""
        return [c for c in self.pilot.columns if c not in {"id", "y"}]

    def checked(self) -> Table:
        """Evaluate the suite, of which a's check that is named in `broken` ends in error."""
        rules = learn(self.pilot, self.columns)
        able = [r for r in rules if (r.column, r.kind) != ("a", self.broken)]
        done = check_all((*able, *self.more), self.production)
        errors = [r for r in rules if r not in able]
        return Table(self.pilot, self.production, (*done, *errors))


@dataclass(frozen=True, slots=True)
class Trial:
    """What is done to a case, and what a score must not do.

    `rule` is "rises" (after > before), "moves" (after != before), "stays" (after >= before) or
    "passes" (after is a number of 85 or more).
    """

    before: Case
    after: Case
    rule: str


def violated(trial: Trial, before: float | None, after: float | None) -> bool:
    """Say whether a score did what it must not; a tool that gives no number does not lie."""
    if after is None:
        return False
    if trial.rule == "passes":
        return after >= NO_GO
    if before is None:
        return False
    return {
        "rises": after > before + 1e-6,
        "moves": abs(after - before) > 1e-6,
        "stays": after >= before - 1e-6,
    }[trial.rule]


def _base(seed: int, shift: float = 0.0) -> Case:
    return Case(table(900, 2 * seed + 1), table(1_400, 2 * seed + 2, shift=shift))


def _with(case: Case, production: pl.DataFrame) -> Case:
    return Case(case.pilot, production, weights=case.weights)


def _more_bad_cells(seed: int) -> Iterator[Trial]:
    """More cells of a column are bad, of every kind; nothing else changes."""
    base = _base(seed)
    for kind, columns in KINDS.items():
        column = columns[seed % len(columns)]
        spoilt = [_with(base, spoil(base.production, kind, column, s, seed=seed)) for s in SHARES]
        yield from (Trial(a, b, "rises") for a, b in pairwise(spoilt))


def _blind(seed: int) -> Iterator[Trial]:
    """Half of the cells of a column of importance are bad, in each way."""
    base = _base(seed)
    for kind, columns in KINDS.items():
        spoilt = spoil(base.production, kind, columns[0], 0.5, seed=seed)
        yield Trial(base, _with(base, spoilt), "stays")


def _missing_after_drift(seed: int) -> Iterator[Trial]:
    """A column that has drifted goes missing too."""
    base = _base(seed, shift=0.12)
    shares = (0.0, 0.5, 0.9, 0.97)
    spoilt = [_with(base, spoil(base.production, "missing", "a", s, seed=seed)) for s in shares]
    yield from (Trial(a, b, "rises") for a, b in pairwise(spoilt))


def _bad_goes_missing(seed: int) -> Iterator[Trial]:
    """Cells that cannot be read are thrown away, with as many good ones."""
    base = _base(seed)
    unread = spoil(base.production, "unreadable", "a", 0.3, seed=seed)
    thrown = spoil(base.production, "missing", "a", 0.6, seed=seed)
    yield Trial(_with(base, unread), _with(base, thrown), "rises")


def _no_rows(seed: int) -> Iterator[Trial]:
    """Production is empty."""
    base = _base(seed)
    yield Trial(base, _with(base, base.production.clear()), "passes")


def _column_gone(seed: int) -> Iterator[Trial]:
    """A column of importance is not in production any more."""
    base = _base(seed)
    for column in ("a", "b", "c"):
        yield Trial(base, _with(base, base.production.drop(column)), "stays")


def _dead_among_healthy(seed: int) -> Iterator[Trial]:
    """The feature that carries the model is dead; forty healthy columns surround it."""
    rng = np.random.default_rng(seed)
    sides = []
    for frame in (_base(seed).pilot, _base(seed).production):
        healthy = [
            pl.Series(f"h{k}", np.round(rng.normal(size=frame.height), 3)) for k in range(40)
        ]
        sides.append(frame.with_columns(healthy))
    dead = sides[1].with_columns(pl.lit(None, pl.Float64).alias("a"))
    weights = {"a": 0.7} | {f"h{k}": 0.005 for k in range(40)}
    case = Case(sides[0], dead, weights=weights)
    yield Trial(case, case, "passes")


def _check_breaks(seed: int) -> Iterator[Trial]:
    """A check that fails is broken: it cannot be evaluated any more."""
    base = _base(seed)
    bad = spoil(base.production, "missing", "a", 0.3, seed=seed)
    broken = Case(base.pilot, bad, broken="filled")
    yield Trial(_with(base, bad), broken, "rises")


def _always_true(seed: int) -> Iterator[Trial]:
    """Checks that cannot fail are added."""
    base = _base(seed)
    bad = spoil(base.production, "missing", "a", 0.3, seed=seed)
    more = tuple(Check("always", c) for c in base.columns for _ in range(4))
    yield Trial(_with(base, bad), Case(base.pilot, bad, more), "moves")


def _repeated(seed: int) -> Iterator[Trial]:
    """A check that passes is there several times."""
    base = _base(seed)
    bad = spoil(base.production, "missing", "a", 0.3, seed=seed)
    yield Trial(_with(base, bad), Case(base.pilot, bad, (Check("filled", "k"),) * 9), "moves")


def _copied_rows(seed: int) -> Iterator[Trial]:
    """All rows of production are there several times."""
    for shift in (0.0, 0.3):
        base = _base(seed, shift=shift)
        copies = pl.concat([base.production] * 3)
        yield Trial(base, _with(base, copies), "rises")


def _reordered(seed: int) -> Iterator[Trial]:
    """Rows and columns come in another order."""
    base = _base(seed, shift=0.2)
    turned = base.production.sample(fraction=1, shuffle=True, seed=seed)
    yield Trial(base, _with(base, turned.select(reversed(turned.columns))), "moves")


ABUSES: Mapping[str, Callable[[int], Iterator[Trial]]] = {
    "more bad cells": _more_bad_cells,
    "half of a column is bad": _blind,
    "drifted cells go missing": _missing_after_drift,
    "bad and good cells go missing": _bad_goes_missing,
    "no rows at all": _no_rows,
    "a column is gone": _column_gone,
    "a dead feature among healthy ones": _dead_among_healthy,
    "a failing check breaks": _check_breaks,
    "checks that are always true": _always_true,
    "a check is repeated": _repeated,
    "rows are copied": _copied_rows,
    "rows and columns reordered": _reordered,
}
"""Abuse -> its trials, by seed."""

_SUITE = """\
schema_type: polars_dataframe
api: polars
columns:
"""


def ours(case: Case, folder: Path) -> float | None:
    """Score a case with the product: from files, and with a suite where checks are the abuse."""
    case.pilot.write_csv(folder / "pilot.csv")
    case.production.write_csv(folder / "production.csv")
    weights = dict(case.weights or WEIGHTS)
    if case.more or case.broken:
        return _with_suite(case, weights, folder)
    settings = Dataset(
        pilot="pilot.csv",  # type: ignore[arg-type]
        production="production.csv",  # type: ignore[arg-type]
        key=("id",),
        importance=weights,
    )
    with compare("abused", settings, Policy(), base=folder) as done:
        return done.assessment.score.value


def _with_suite(case: Case, weights: Mapping[str, float], folder: Path) -> float | None:
    checks = [f"  {c}:\n    nullable: true\n" for c in dict.fromkeys(c.column for c in case.more)]
    suite = "not: [a suite" if case.broken else _SUITE + "".join(checks)
    (folder / "suite.yaml").write_text(suite)
    (folder / "dataready.yaml").write_text(
        "project: abused\ndatasets:\n  abused:\n    pilot: pilot.csv\n"
        "    production: production.csv\n    key: [id]\n"
        f"    importance: {{{', '.join(f'{c}: {w}' for c, w in weights.items())}}}\n"
        "    suites: {learn: false, pandera: [suite.yaml]}\n"
    )
    run = run_project(load_config(folder / "dataready.yaml"))
    return read_report(run).datasets[0].score.value


def _count(abuse: Callable[[int], Iterator[Trial]], seeds: int) -> tuple[dict[str, int], int]:
    """Violations by tool, and the number of trials."""
    found = dict.fromkeys((*FORMULAS, "dataready"), 0)
    trials = [trial for seed in range(seeds) for trial in abuse(seed)]
    known: dict[int, dict[str, float | None]] = {}
    for trial in trials:
        for case in (trial.before, trial.after):
            if id(case) not in known:
                known[id(case)] = _scores(case)
        before, after = known[id(trial.before)], known[id(trial.after)]
        for tool in found:
            found[tool] += violated(trial, before[tool], after[tool])
    return found, len(trials)


def _scores(case: Case) -> dict[str, float | None]:
    """What every tool says of a case."""
    checked = case.checked()
    with TemporaryDirectory() as folder:
        own = ours(case, Path(folder))
    return {tool: formula(checked) for tool, formula in FORMULAS.items()} | {"dataready": own}


def main(arguments: list[str] | None = None) -> int:
    """Print the table; answer 1 if our own score did what it must not."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3, help="tables per abuse")
    seeds = parser.parse_args(arguments).seeds
    tools = (*FORMULAS, "dataready")
    print("| violations of trials | " + " | ".join(tools) + " |")
    print("|---|" + "---|" * len(tools))
    total = dict.fromkeys(tools, 0)
    for name, abuse in ABUSES.items():
        found, trials = _count(abuse, seeds)
        cells = " | ".join(f"{found[t]}/{trials}" for t in tools)
        print(f"| {name} | {cells} |", flush=True)
        total = {t: total[t] + found[t] for t in tools}
    print("| all | " + " | ".join(str(total[t]) for t in tools) + " |")
    return int(total["dataready"] > 0)


if __name__ == "__main__":
    sys.exit(main())
