"""A score that cannot be gamed: every property on the real pipeline, from files to assessment."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import polars as pl
import pytest
from benchmarks.abuse import KINDS, WEIGHTS, spoil, table
from hypothesis import given, settings
from hypothesis import strategies as st

from dataready.config import Dataset, Policy, load_config
from dataready.model import Severity, Verdict
from dataready.pipeline.compare import compare
from dataready.pipeline.run import read_report, run_project

EXACT = 1e-9
seeds = st.integers(0, 10**4)


def few(examples):
    """Take the same few examples every time."""
    return settings(max_examples=examples, deadline=None, derandomize=True, database=None)


def judged(pilot, production, *, weights=WEIGHTS, policy=None, **more):
    """Compare two frames, or folders of files, as people would; answer the assessment."""
    with TemporaryDirectory() as folder:
        sides = {"pilot": pilot, "production": production}
        for name, side in sides.items():
            if isinstance(side, pl.DataFrame):
                side.write_csv(Path(folder) / f"{name}.csv")
                sides[name] = f"{name}.csv"
        known = {"key": ("id",), "importance": weights or {}} | sides | more
        with compare("orders", Dataset(**known), policy or Policy(), base=Path(folder)) as done:
            return done.assessment


@cache
def plain(seed, shift=0.0, *, weighed=True):
    """Judge a production as `table` draws it, against another draw; without weights it is A0."""
    production = table(1_400, 2 * seed + 2, shift=shift)
    return judged(table(900, 2 * seed + 1), production, weights=WEIGHTS if weighed else None)


@cache
def probed():
    """Judge a production that is like its pilot, with importances measured on the pilot."""
    return judged(table(900, 3), table(1_400, 4), weights=None, target="y")


# 1. It fails closed.


@pytest.mark.parametrize("column", ["a", "c"])
def test_an_absent_column_is_lost(column):
    """A column that production lacks counts as wholly lost, and the interval goes with it."""
    before = plain(1).score

    got = judged(table(900, 3), table(1_400, 4).drop(column)).score

    assert got.value == pytest.approx(before.value * (1 - WEIGHTS[column]), abs=0.5)
    assert got.low < before.low


def test_an_unmeasurable_column_lowers_the_floor():
    """What cannot be compared is in the bounds and in the coverage, and not taken for sound."""
    blind = table(900, 3).with_columns(pl.lit(None, pl.Float64).alias("b"))

    got = judged(blind, table(1_400, 4))

    score = got.score
    assert score.coverage == pytest.approx(1 - WEIGHTS["b"] / sum(WEIGHTS.values()))
    assert score.low <= score.if_unknown_fail < 82
    assert 98 < score.if_unknown_pass <= score.high
    assert score.low < plain(1).score.low
    assert got.verdict is Verdict.CONDITIONAL
    assert any("Not measurable" in said and "'b'" in said for said in got.limits)


@pytest.mark.parametrize("rows", [0, 40])
def test_next_to_no_rows_are_no_evidence(rows):
    """An empty production, or a handful of rows, is never as good as a full one."""
    got = judged(table(900, 3), table(1_400, 4).head(rows))

    assert got.verdict is Verdict.NOT_ENOUGH_EVIDENCE
    assert (got.score.low or 0) < plain(1).score.low


PROJECT = """\
project: suites
datasets:
  plain: &same
    pilot: pilot.csv
    production: production.csv
    key: [id]
    importance: {a: 0.4, b: 0.2, c: 0.25, k: 0.1, u: 0.15}
    suites: {learn: false}
  padded:
    <<: *same
    suites: {learn: false, pandera: [true.yaml, again.yaml]}
  broken:
    <<: *same
    suites: {learn: false, pandera: [broken.yaml]}
"""
TRUE = "schema_type: polars_dataframe\napi: polars\ncolumns:\n" + "".join(
    f"  {c}:\n    nullable: true\n" for c in "abcku"
)


def test_suites_neither_lift_the_score_nor_hide_in_it(tmp_path):
    """Checks that are always true, repeated or broken leave S alone; a broken one forbids go."""
    table(900, 3).write_csv(tmp_path / "pilot.csv")
    table(1_400, 4).write_csv(tmp_path / "production.csv")
    texts = {"dataready": PROJECT, "true": TRUE, "again": TRUE, "broken": "columns: [not a suite"}
    for name, text in texts.items():
        (tmp_path / f"{name}.yaml").write_text(text)

    found = {
        d.dataset: d
        for d in read_report(run_project(load_config(tmp_path / "dataready.yaml"))).datasets
    }

    assert len(found["padded"].suites) == 2
    assert found["plain"].score == found["padded"].score == found["broken"].score
    assert found["plain"].verdict is found["padded"].verdict is Verdict.GO
    assert found["broken"].verdict is Verdict.CONDITIONAL
    assert any(f.severity is Severity.ERROR for f in found["broken"].findings)


# 2. It is monotone.


@pytest.mark.parametrize("kind", KINDS)
@few(1)
@given(seed=seeds, shift=st.sampled_from([0.0, 0.3]), weighed=st.booleans())
def test_more_bad_cells_never_raise_the_score(kind, seed, shift, weighed):
    """Of every kind: more of the same in one column, all else as it was, and the score falls."""
    column = KINDS[kind][seed % len(KINDS[kind])]
    pilot, production = table(900, 2 * seed + 1), table(1_400, 2 * seed + 2, shift=shift)
    weights = WEIGHTS if weighed else None

    values = [plain(seed, shift, weighed=weighed).score.value] + [
        judged(pilot, spoil(production, kind, column, share), weights=weights).score.value
        for share in (0.15, 1.0)
    ]

    assert all(after <= before + EXACT for before, after in pairwise(values)), values
    assert values[-1] < values[0] - 1


@pytest.mark.parametrize("kind", ["missing", "out of range"])
def test_more_bad_cells_never_raise_a_score_of_measured_importance(kind):
    """The same with probes trained on the labelled pilot, and models asked on damaged rows."""
    pilot, production = table(900, 3), table(1_400, 4)

    values = [probed().score.value] + [
        judged(pilot, spoil(production, kind, "a", share), weights=None, target="y").score.value
        for share in (0.2, 0.7)
    ]

    assert all(after < before for before, after in pairwise(values)), values


# 3. It is invariant.


def test_order_and_splitting_do_not_matter(tmp_path):
    """Rows and columns in another order, in one file or in five, give the same score."""
    pilot = table(900, 3)
    production = spoil(table(1_400, 4, shift=0.4), "missing", "a", 0.1)
    got = judged(pilot, production, weights=None, target="y").score
    turned = production.sample(fraction=1, shuffle=True, seed=1)
    for k, part in enumerate(turned.iter_slices(300)):
        part.write_csv(tmp_path / f"part-{k}.csv")

    whole = judged(
        pilot.sample(fraction=1, shuffle=True, seed=2).select(reversed(pilot.columns)),
        turned.select(reversed(production.columns)),
        weights=None,
        target="y",
    ).score
    split = judged(pilot, str(tmp_path / "part-*.csv"), weights=None, target="y").score

    for other in (whole, split):
        assert (other.value, other.low) == pytest.approx((got.value, got.low), abs=1e-6)
    assert got.value < 99


@few(3)
@given(seed=seeds, copies=st.integers(2, 6), shift=st.sampled_from([0.0, 0.25, 0.8]))
def test_copies_of_rows_prove_nothing(seed, copies, shift):
    """All of production several times over raises neither the score nor its lower end."""
    once = plain(seed, shift)
    production = pl.concat([table(1_400, 2 * seed + 2, shift=shift)] * copies)

    got = judged(table(900, 2 * seed + 1), production)

    assert got.score.value <= once.score.value + EXACT
    assert got.score.low <= once.score.low + EXACT
    assert got.score.smallest_visible_shift >= once.score.smallest_visible_shift - EXACT
    assert any("of production's rows are exact copies" in line for line in got.limits)


def test_copies_are_not_enough_rows():
    """A hundred rows that are there ten times are a hundred rows."""
    few_rows = table(100, 4)

    got = judged(table(900, 3), pl.concat([few_rows] * 10))

    assert got.verdict is Verdict.NOT_ENOUGH_EVIDENCE
    assert any("1,000 rows, 100 of them no copies" in g.message for g in got.gates)


def test_a_column_that_no_model_reads_changes_nothing():
    """New columns in production, however fine, are no evidence."""
    more = table(1_400, 4).with_columns(extra=pl.lit("fine"), other=pl.int_range(1_400))

    assert judged(table(900, 3), more).score == plain(1).score


# 4. It is not compensable.


@pytest.mark.parametrize("how", ["unreadable", "never there"])
def test_a_dead_key_feature_is_not_averaged_away(how):
    """Healthy columns, however many, do not make up for one that carries the model."""
    rng = np.random.default_rng(0)
    pilot, production = (
        frame.with_columns(
            pl.Series(f"h{k}", np.round(rng.normal(size=frame.height), 3)) for k in range(8)
        )
        for frame in (table(900, 3), table(1_400, 4))
    )
    dead = production.drop("a") if how == "never there" else spoil(production, how, "a", 1.0)

    got = judged(pilot, dead, weights={"a": 0.6} | {f"h{k}": 0.05 for k in range(8)})

    assert got.score.value < 45
    assert got.verdict is Verdict.NO_GO


# 5. Weights are shown, with what hangs on them.


def test_what_hangs_on_the_weights_is_said():
    """Importances are on every column, and the verdict's sensitivity to them in words."""
    got = judged(
        table(900, 3), spoil(table(1_400, 4), "missing", "a", 0.3), weights=None, target="y"
    )

    assert all(c.importance is not None for c in got.columns if c.role == "feature")
    (said,) = (line for line in got.limits if "other sets of weights" in line)
    same, others = map(int, re.findall(r"same with (\d+) of (\d+)", said)[0])
    low, high = map(float, re.findall(r"score is ([\d.]+) to ([\d.]+)", said)[0])
    assert 0 <= same <= others >= 5
    assert low < got.score.value < high


# 6. Uncertainty is shown.


def test_the_smallest_visible_shift_is_published_and_true():
    """It shrinks with more rows; a shift well below it costs nothing, one well above it does."""
    small = plain(1).score
    large = judged(table(4_000, 3), table(4_000, 4)).score
    below, above = (
        judged(table(900, 3), table(1_400, 4, shift=shift)).score.value for shift in (0.05, 1.2)
    )

    assert 0 < large.smallest_visible_shift < small.smallest_visible_shift < 0.3
    assert large.high - large.low < small.high - small.low
    assert below > 99 > above
    assert any("cannot show shifts below" in line for line in plain(1).limits)


# 7. It is calibrated.


def test_what_scores_have_meant_is_published():
    """A calibrated score comes with the loss to expect, a larger one for a lower score."""
    good, bad = (
        plain(1).score,
        judged(table(900, 3), spoil(table(1_400, 4), "missing", "a", 0.5)).score,
    )
    blind = judged(table(900, 3), table(1_400, 4), weights=None).score

    assert 0 <= good.loss_mean < bad.loss_mean <= 1
    assert good.loss_mean <= good.loss_high
    assert bad.loss_mean <= bad.loss_high
    assert (blind.kind, blind.calibrated, blind.loss_mean) == ("A0", False, None)
    page = (Path(__file__).parents[2] / "docs" / "score.md").read_text()
    assert re.search(r"\| score \|.*loss", page)


# 8. Many columns and nights raise no false alarms.


@pytest.mark.parametrize("seed", range(3))
def test_random_halves_of_a_table_are_alike(seed):
    """Of columns of many kinds, split by chance, none fails; nor does the verdict."""
    rng = np.random.default_rng(seed)
    whole = (
        table(2_400, seed)
        .with_columns(
            *(pl.Series(f"n{k}", np.round(rng.gamma(1 + k, size=2_400), 2)) for k in range(4)),
            *(pl.Series(f"c{k}", rng.choice(list("abcdefgh")[: 2 + k], 2_400)) for k in range(4)),
            pl.Series("code", [f"AB-{v:04d}" for v in rng.integers(0, 10**4, 2_400)]),
            pl.Series(
                "when", [date(2024, 1, 1) + timedelta(int(v)) for v in rng.integers(0, 300, 2_400)]
            ),
        )
        .sample(fraction=1, shuffle=True, seed=seed)
    )
    weights = {c: 0.1 for c in whole.columns if c not in {"id", "y", "code", "when"}}

    got = judged(whole.head(1_200), whole.tail(1_200), weights=weights)

    assert [f.message for f in got.findings if f.severity.rank >= Severity.FAIL.rank] == []
    assert got.verdict is Verdict.GO


# 9. It is reproducible.


def test_the_same_inputs_give_the_same_bytes():
    """All of the assessment but its clocks is equal, with probes and models too."""
    again = judged(table(900, 3), table(1_400, 4), weights=None, target="y")

    def timeless(assessment):
        found = assessment.to_dict()
        for side in ("pilot", "production"):
            del found["provenance"][side]["clock"]
        return json.dumps(found, sort_keys=True)

    assert timeless(again) == timeless(probed())


# 10. Overrides are visible.


def test_a_waiver_stands_beside_the_score_and_not_in_it():
    """Both scores are there, with owner, reason and day; an expired one is void, and go is not."""
    bad = spoil(table(1_400, 4), "missing", "a", 0.2)
    waiver = {"column": "a", "reason": "known gap", "owner": "Ada", "at_most": 3}
    today = datetime.now(UTC).date()
    later, earlier = (today + timedelta(days) for days in (30, -30))

    with_ = judged(table(900, 3), bad, waivers=[waiver | {"expires": later}])
    expired = judged(table(900, 3), bad, waivers=[waiver | {"expires": earlier}])

    assert with_.score == expired.score
    assert with_.verdict is expired.verdict
    assert with_.waived.value == pytest.approx(with_.score.value + 3)
    assert with_.waived.verdict is not Verdict.GO
    (said,) = with_.waived.applied
    assert "Ada" in said
    assert "known gap" in said
    assert str(later) in said
    assert expired.waived.value == expired.score.value
    assert "expired" in expired.waived.void[0]
