"""What the product reads of every production set of a split, and what the pilot teaches.

The rows go through the product as a user's would: as CSV, pulled into extracts, profiled under
the pilot's plan, counted. The pilot is profiled once, not once per production.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb
import pandas as pd

import dataready
from benchmarks.cache import fingerprint, kept
from benchmarks.task import Split
from benchmarks.variant import Variant
from dataready.compare.counts import Counts, counts_of
from dataready.config import Dataset
from dataready.detect.disguised import Disguise, propose, read_as_missing
from dataready.extract.manifest import Extract
from dataready.extract.pull import pull
from dataready.importance.metric import chosen
from dataready.importance.model import Panel, probe_panel
from dataready.importance.probe import NoProbeError, measure
from dataready.importance.samples import labelled
from dataready.importance.weight import Weights
from dataready.model import SourceSpec
from dataready.pipeline.measure import bare_plan
from dataready.profile.metrics import LOOK
from dataready.profile.plan import Plan
from dataready.profile.planning import full_plan
from dataready.profile.profile import Profile, take
from dataready.warehouse.connection import connect

__all__ = ["HOME", "READS", "Taken", "Taught", "learn", "read"]

HOME = Path(dataready.__file__).parent
BENCHMARK = Path(__file__).parent
READS = (
    *(HOME / "profile", HOME / "compare/counts.py"),
    *(HOME / "detect" / f"{name}.py" for name in ("disguised", "missing_words", "roles")),
    *(BENCHMARK / f"{name}.py" for name in ("task", "corruption", "variant", "truth", "reading")),
)
"""What the counts depend on. Sources land text as it stands, whatever their code looks like."""
# Made at import: the key must be of the code that runs, not of what somebody edits meanwhile.
READS_KEY = fingerprint(READS)
LEARNT_KEY = fingerprint((*READS, HOME / "importance"))


@dataclass(frozen=True, slots=True)
class Taken:
    """What the score and the gates ask of one production set; the profiles hold no more."""

    variant: Variant
    rows: int
    counts: Counts
    pilot: Profile
    production: Profile


def read(split: Split, productions: Callable[[], Iterator[Variant]]) -> list[Taken]:
    """Pull and profile the pilot once, and every production set; or answer what was kept."""

    def make() -> list[Taken]:
        with _pilot(split) as pilot:
            return [pilot.compared(variant) for variant in productions()]

    return kept(f"counts-{split.task}-{split.kind}", READS_KEY, make)


@dataclass(frozen=True, slots=True)
class Taught:
    """What the labelled pilot teaches: weights, and probes that can be asked."""

    weights: Weights
    panel: Panel | None = None


def learn(split: Split) -> Taught:
    """Measure what each column is worth to the probes, and fit those that are asked."""

    def make() -> Taught:
        with _pilot(split) as pilot:
            try:
                samples = labelled(pilot.con, pilot.profile(), split.target)
                metric = chosen(None, classes=samples.classes, target=split.target)
                return Taught(measure(samples), probe_panel(samples, metric))
            except NoProbeError as e:
                return Taught(Weights(mean=None, origin=str(e)))

    return kept(f"learnt-{split.task}-{split.kind}", LEARNT_KEY, make)


@dataclass(frozen=True, slots=True)
class _Pilot:
    """A pilot that has been pulled and looked at, and the folder for what is compared with it.

    `known` are its profiles so far, by the plan that says which values stand for "missing".
    """

    split: Split
    folder: Path
    extract: Extract
    con: duckdb.DuckDBPyConnection
    bare: Plan
    look: Profile
    words: tuple[Disguise, ...]
    known: dict[Plan, Profile]

    def compared(self, variant: Variant) -> Taken:
        """Pull a production set and count what the score is made of, as `measure` does."""
        production = _pulled(self.split, variant.frame, "production", self.folder)
        theirs = production.manifest.schema
        with connect(production.path, read_only=True) as con:
            look = take(con, self.bare, theirs, only=LOOK)
            here = self.profile(propose(con, look, self.look))
            there = take(con, here.plan, theirs)
        production.path.unlink()
        counts = counts_of(here, there)
        bare = replace(variant, frame=variant.frame.head(0), before=None)
        return Taken(bare, len(variant.frame), counts, _thin(here), _thin(there))

    def profile(self, disguises: tuple[Disguise, ...] = ()) -> Profile:
        """The pilot, with its own words for "missing" and what production has for it."""
        named = {(d.column, d.word, d.sentinel): d for d in (*self.words, *disguises)}
        plan = read_as_missing(self.bare, tuple(named.values()))
        if plan not in self.known:
            schema = self.extract.manifest.schema
            full = full_plan(self.con, take(self.con, plan, schema))
            self.known[plan] = take(self.con, full, schema)
        return self.known[plan]


@contextmanager
def _pilot(split: Split) -> Iterator[_Pilot]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        extract = _pulled(split, split.pilot, "pilot", folder)
        dataset = Dataset.model_validate({"pilot": "-", "production": "-", "target": split.target})
        with connect(extract.path, read_only=True) as con:
            bare, _ = bare_plan(con, dataset, extract)
            look = take(con, bare, extract.manifest.schema)
            words = tuple(d for d in propose(con, look) if d.word is not None)
            yield _Pilot(split, folder, extract, con, bare, look, words, {})


def _pulled(split: Split, rows: pd.DataFrame, side: str, folder: Path) -> Extract:
    path = folder / f"{side}.csv"
    rows.to_csv(path, index=False)
    spec = SourceSpec(path=str(path))
    place = folder / side
    return pull(spec, dataset=split.task, side=side, folder=place, name=side, base=folder)


def _thin(profile: Profile) -> Profile:
    """Keep what gates look at: who is there, and the spread."""
    kept_states = {k: v for k, v in profile.states.items() if k.startswith(("compl", "spread"))}
    return replace(profile, states=kept_states)
