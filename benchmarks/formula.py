"""What other tools publish as the score of a table: their formulas, on the same small suite.

Each formula is a few lines of our own, after what the tool's documentation or source says; none
of their code is here. A score is on 0 to 100, or None where the tool gives no number.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
import polars as pl
from scipy import stats

__all__ = ["FORMULAS", "Check", "Table", "check_all", "learn"]

MOSTLY = 0.95
"""The share of cells that must keep a rule for it to be met."""


@dataclass(frozen=True, slots=True)
class Check:
    """One rule of a suite, or what became of it.

    `kind` is "filled", "readable", "between", "in set" or "always". `judged` cells were looked at,
    of which `failed` break the rule, and `nulls` more are missing; `judged` is None where the
    rule could not be evaluated.
    """

    kind: str
    column: str
    limits: tuple[float | str, ...] = ()
    judged: int | None = None
    failed: int = 0
    nulls: int = 0

    @property
    def error(self) -> bool:
        """Whether it could not be evaluated."""
        return self.judged is None

    @property
    def kept(self) -> bool:
        """Whether it is met: vacuously so where there is nothing to look at."""
        return self.judged is not None and self.failed <= (1 - MOSTLY) * self.judged


@dataclass(frozen=True, slots=True)
class Table:
    """A pilot, production, and what became of the suite that was learnt from the pilot."""

    pilot: pl.DataFrame
    production: pl.DataFrame
    checks: tuple[Check, ...]


def learn(pilot: pl.DataFrame, columns: Iterable[str]) -> tuple[Check, ...]:
    """Learn a suite: what is filled, reads as a number, and lies in the pilot's range or set."""
    rules: list[Check] = []
    for c in columns:
        rules.append(Check("filled", c))
        if pilot[c].dtype.is_numeric():
            ends = float(pilot[c].min()), float(pilot[c].max())  # type: ignore[arg-type]
            rules += [Check("readable", c), Check("between", c, ends)]
        else:
            rules.append(Check("in set", c, tuple(sorted(pilot[c].drop_nulls().unique()))))
    return tuple(rules)


def check_all(rules: Iterable[Check], production: pl.DataFrame) -> tuple[Check, ...]:
    """Evaluate a suite; a rule about a column that is not there ends in error."""
    return tuple(_checked(rule, production) for rule in rules)


def _checked(rule: Check, production: pl.DataFrame) -> Check:
    if rule.kind != "always" and rule.column not in production.columns:
        return rule
    rows = production.height
    if rule.kind == "always":
        return Check(rule.kind, rule.column, judged=rows)
    cells = production[rule.column]
    nulls = cells.null_count()
    if rule.kind == "filled":
        return Check(rule.kind, rule.column, judged=rows, failed=nulls)
    if rule.kind == "in set":
        known = int(cells.drop_nulls().is_in(list(rule.limits)).sum())
        return Check(rule.kind, rule.column, rule.limits, rows - nulls, rows - nulls - known, nulls)
    numbers = _numbers(cells)
    if rule.kind == "readable":
        return Check(rule.kind, rule.column, (), rows - nulls, rows - nulls - len(numbers), nulls)
    low, high = (float(v) for v in rule.limits)
    outside = int(((numbers < low) | (numbers > high)).sum())
    return Check(rule.kind, rule.column, rule.limits, len(numbers), outside, nulls)


def _numbers(cells: pl.Series) -> np.ndarray:
    return cells.cast(pl.Float64, strict=False).drop_nulls().to_numpy()


def great_expectations(table: Table) -> float | None:
    """`success_percent` of a validation result: expectations met, of all that were evaluated.

    An exception is an expectation that is not met; one about values holds vacuously where no
    value is left (`great_expectations/validator/validation_statistics.py`, `expectation.py`).
    """
    return _share(c.kept for c in table.checks)


def dqops(table: Table) -> float | None:
    """The KPI: the percentage of passed checks out of all that were executed.

    Execution errors are no results. https://dqops.com/docs/dqo-concepts/definition-of-data-quality-kpis/
    """
    return _share(c.kept for c in table.checks if not c.error and c.judged)


def soda(table: Table) -> float | None:
    """The share of checks that pass, of those that a scan could evaluate to pass or fail."""
    return _share(c.kept for c in table.checks if not c.error)


def deequ(table: Table) -> float | None:
    """The share of constraints that are met; a metric that fails to compute is a failure.

    A null complies with ranges and sets (`Check.isContainedIn`), and no rows have no metric.
    https://github.com/awslabs/deequ
    """
    rows = table.production.height
    return _share(
        bool(rows) and not c.error and c.failed <= (1 - MOSTLY) * rows for c in table.checks
    )


def pointblank(table: Table) -> float | None:
    """`Validate.get_health_score`: test units that pass, of all; 100 where there are none.

    https://posit-dev.github.io/pointblank/reference/Validate.get_health_score.html
    """
    units = sum((c.judged or 0) + c.nulls for c in table.checks if not c.error)
    failed = sum(c.failed + c.nulls for c in table.checks if not c.error)
    return 100 * (1 - failed / units) if units else 100.0


def testgen(table: Table) -> float | None:
    """Profiling score times testing score, of the prevalence of issues per column.

    Prevalences of one column are combined as probabilities, columns are averaged.
    https://docs.datakitchen.io/testgen/quality-scores/
    """
    hygiene = _clean(c for c in table.checks if c.kind in {"filled", "readable"})
    tests = _clean(c for c in table.checks if c.kind not in {"filled", "readable"})
    return 100 * hygiene * tests


def _clean(checks: Iterable[Check]) -> float:
    """The mean over columns of the share of records without an issue; errors have none."""
    able = sorted((c for c in checks if not c.error), key=lambda c: c.column)
    columns = [
        float(np.prod([1 - c.failed / c.judged if c.judged else 1.0 for c in group]))
        for _, group in groupby(able, key=lambda c: c.column)
    ]
    return float(np.mean(columns)) if columns else 1.0


def completeness(table: Table) -> float | None:
    """The share of cells that are not missing: what ydata-profiling and whylogs summarise."""
    cells = table.production.height * table.production.width
    nulls = sum(table.production.null_count().row(0))
    return 100 * (1 - nulls / cells) if cells else 100.0


def tfdv(table: Table) -> float | None:
    """The share of features without an anomaly of a schema inferred by TensorFlow Data Validation.

    Features must be as present as they were, of their type, and strings of the known domain;
    an inferred schema sets no range. https://www.tensorflow.org/tfx/data_validation/get_started
    """
    columns = sorted({c.column for c in table.checks if c.kind == "filled"})
    bad = {
        c.column
        for c in table.checks
        if c.kind in {"filled", "readable", "in set"} and (c.error or c.failed or not c.judged)
    }
    return 100 * (1 - len(bad) / len(columns)) if columns else None


def evidently(table: Table) -> float | None:
    """The share of columns without drift, missing values dropped, by Evidently's default tests.

    Up to 1,000 reference rows Kolmogorov-Smirnov and chi-squared at 0.05, else the normed
    Wasserstein and Jensen-Shannon distances at 0.1; a column that is empty or not there raises
    an error. https://docs-old.evidentlyai.com/reference/data-drift-algorithm
    """
    found = [
        _drifted(table.pilot[c], table.production[c]) if c in table.production.columns else None
        for c in sorted({c.column for c in table.checks if c.kind == "filled"})
    ]
    if not found or any(drift is None for drift in found):
        return None
    return _share(not drift for drift in found)


def _drifted(pilot: pl.Series, production: pl.Series) -> bool | None:
    large = len(pilot) > 1_000
    if pilot.dtype.is_numeric():
        p, q = _numbers(pilot), _numbers(production)
        if not len(p) or not len(q):
            return None
        if large:
            return bool(stats.wasserstein_distance(p, q) / max(p.std(), 0.001) >= 0.1)
        return bool(stats.ks_2samp(p, q).pvalue < 0.05)
    left, right = pilot.drop_nulls(), production.drop_nulls()
    if not len(left) or not len(right):
        return None
    values = sorted({*left, *right})
    shares = [np.array([(s == v).mean() for v in values]) for s in (left, right)]
    if large:
        middle = (shares[0] + shares[1]) / 2
        divergence = sum(stats.entropy(s, middle, base=2) for s in shares) / 2
        return bool(np.sqrt(divergence) >= 0.1)
    counts = np.array([s * n for s, n in zip(shares, (len(left), len(right)), strict=True)])
    return bool(stats.chi2_contingency(counts).pvalue < 0.05)


def _share(kept: Iterable[bool]) -> float | None:
    known: Sequence[bool] = list(kept)
    return 100 * sum(known) / len(known) if known else None


FORMULAS: Mapping[str, Callable[[Table], float | None]] = {
    "Great Expectations": great_expectations,
    "Evidently": evidently,
    "DQOps-like": dqops,
    "TestGen-like": testgen,
    "Completeness": completeness,
    "Deequ-like": deequ,
    "TFDV-like": tfdv,
    "Soda-like": soda,
    "Pointblank": pointblank,
}
"""Tool -> what it, or (-like) a dashboard on top of it, shows as one number."""
