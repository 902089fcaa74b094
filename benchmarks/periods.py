"""Do rules of volume and freshness fail for nothing? `python -m benchmarks.periods FOLDER`.

Every column of dates in every table of a folder is a table's history. What its first three fifths
teach (rows a day or week, how late they may be) is asked of the rest, a night a day. Rows in all
are asked night after night of the 30 before: of a table that holds a day's rows, and of one that
holds all so far. Failures are of real tables as they were: outages and holidays are among them.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from benchmarks.public import files
from dataready.config import Dataset
from dataready.errors import DatareadyError
from dataready.expectations.period import (
    MOST_NIGHTS,
    Night,
    Seen,
    of_nights,
    of_rows,
    seen_in,
    whole_periods,
)
from dataready.expectations.predicate import Reader
from dataready.expectations.rules import Rule
from dataready.expectations.whole import DAYS
from dataready.extract.manifest import Extract
from dataready.pipeline.expect import pilot_plan
from dataready.warehouse.connection import connect

LEARNT = 0.6
LEAST_DAYS = 60
LATEST = 366
"""Gaps longer than so many days are not walked through night by night."""


def main() -> None:
    """Print which columns' rules fail, and how many of how many were asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    total: Counter[tuple[str, str]] = Counter()
    for path, extract in files(folder):
        for column, seen in _histories(path, extract):
            for kind, asked, failed in _asked(seen):
                total[kind, "rules"] += 1
                total[kind, "asked"] += asked
                total[kind, "failed"] += failed
                total[kind, "rules that fail"] += failed > 0
                if failed:
                    told = f"{kind} fails {failed:,} of {asked:,} times"
                    print(f"{path.relative_to(folder)}: '{column}': {told}", flush=True)
    for kind in sorted({k for k, _ in total}):
        counts = {w: total[kind, w] for w in ("rules", "rules that fail", "asked", "failed")}
        print(f"{kind}: {', '.join(f'{n:,} {what}' for what, n in counts.items())}")


def _histories(path: Path, extract: Extract) -> Iterator[tuple[str, Seen]]:
    dataset = Dataset.model_validate({"pilot": str(path), "production": str(path)})
    try:
        with connect(extract.path, read_only=True) as con:
            plan, _ = pilot_plan(con, dataset, extract)
            reader = Reader.of(extract, plan, {})
            dates = [c.name for c in plan if c.base == "date"]
            found = {c: seen_in(con, reader, c, production=True) for c in dates}
    except DatareadyError:
        return
    yield from ((c, s) for c, s in found.items() if s is not None and len(s.counts) >= LEAST_DAYS)


def _asked(seen: Seen) -> Iterator[tuple[str, int, int]]:
    """Of each rule: what it is, how often it was asked, and how often it failed."""
    days = sorted(seen.counts)
    turn = days[int(LEARNT * len(days))]
    before = {d: n for d, n in seen.counts.items() if d < turn}
    for proposal in of_rows(Seen(before, turn, production=True), "at", ()):
        rule = proposal.rule
        found = [n for n in _measured(rule, seen, turn) if n is not None]
        low, high = rule.low or 0, rule.high or float("inf")
        yield rule.kind, len(found), sum(not low <= n <= high for n in found)
    yield "rows of a day", *_nightly([seen.counts[d] for d in days])
    so_far, sums = 0, []
    for day in days:
        so_far += seen.counts[day]
        sums.append(so_far)
    yield "rows so far", *_nightly(sums)


def _measured(rule: Rule, seen: Seen, turn: int) -> list[int]:
    """What the days after a turn have of what a rule bounds."""
    if rule.kind in DAYS:
        after = {d: n for d, n in seen.counts.items() if d >= turn}
        return whole_periods(Seen(after, max(after) + 9), DAYS[rule.kind])
    days = sorted(d for d in seen.counts if d >= turn)
    gaps = [b - a for a, b in pairwise(days) if b - a <= LATEST]
    return [age for gap in gaps for age in range(gap)]


def _nightly(rows: list[int]) -> tuple[int, int]:
    asked = failed = 0
    for k in range(1, len(rows)):
        nights = [Night(j, n) for j, n in enumerate(rows[max(0, k - MOST_NIGHTS) : k])]
        for proposal in of_nights(nights):
            asked += 1
            low, high = proposal.rule.low or 0, proposal.rule.high or float("inf")
            failed += not low <= rows[k] <= high
    return asked, failed


if __name__ == "__main__":
    main()
