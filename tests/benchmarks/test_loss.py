"""The benchmark of the score against real loss: its numbers, its corruptions, what it keeps."""

from __future__ import annotations

import io
import json
import sys
from itertools import pairwise
from xml.etree import ElementTree as ET

import numpy as np
import pandas as pd
import pytest
from benchmarks.accuracy import (
    auroc,
    best_accuracy,
    coverage,
    figures,
    kendall,
    leave_out,
    spearman,
)
from benchmarks.task import Split
from benchmarks.variant import BENIGN, KINDS, NUMBER_KINDS, SEVERITIES, TEXT_KINDS, variants
from threadpoolctl import threadpool_limits

from benchmarks import cache, calibration, ours, peer, peer_child, plot, reading, repetition, table
from benchmarks import variant as variant_module
from dataready.readiness import calibration as shipped

NUMBERS = ["height", "weight", "grade"]
TEXTS = ["colour", "shop"]


def frame(rows, seed):
    """Rows of three numbers and two texts; the outcome is a number that no two rows share."""
    rng = np.random.default_rng(seed)
    height = rng.normal(170, 10, rows)
    colour = rng.choice(["red", "green", "blue", "violet"], rows, p=[0.4, 0.3, 0.2, 0.1])
    return pd.DataFrame(
        {
            "height": height,
            "weight": height - 100 + rng.normal(0, 5, rows),
            "grade": rng.integers(1, 7, rows),
            "colour": colour,
            "shop": rng.choice(["north", "south", "city"], rows),
            "paid": 3 * height + 40 * (colour == "red") + rng.permutation(rows) / rows,
        }
    )


@pytest.fixture(scope="module", autouse=True)
def _one_thread():
    """On a busy machine the threads of learners wait for each other."""
    with threadpool_limits(1):
        yield


@pytest.fixture(scope="module")
def split():
    """A pilot of 700 rows and a pool of 1,000."""
    return Split("made", "random", "paid", False, frame(700, 1), frame(1_000, 2), {})  # noqa: FBT003


@pytest.fixture(scope="module")
def made(split):
    """All variants of the split."""
    return list(variants(split, {"height": 0.9, "colour": 0.1}))


def text_of(rows):
    """The bytes of a frame, as CSV."""
    return rows.to_csv(index=False)


def test_rank_correlations_of_known_lists():
    """One pair of three is in the wrong order; a list without variation has no correlation."""
    alarm, loss = np.array([1.0, 2, 3]), np.array([0.1, 0.3, 0.2])

    assert spearman(alarm, loss) == pytest.approx(0.5)
    assert kendall(alarm, loss) == pytest.approx(1 / 3)
    assert np.isnan(spearman(np.ones(3), loss))
    assert np.isnan(kendall(alarm, np.ones(3)))


def test_auroc_counts_ties_as_half():
    """Of four pairs of a bad and a good set two are right, one is tied, one is wrong."""
    alarm, bad = np.array([4.0, 1, 1, 3]), np.array([True, True, False, False])

    assert auroc(alarm, bad) == pytest.approx(2.5 / 4)
    assert np.isnan(auroc(alarm, np.zeros(4, bool)))


def test_best_accuracy_is_that_of_the_best_threshold():
    """It is what trying every threshold finds, ties included."""
    rng = np.random.default_rng(0)
    for _ in range(20):
        alarm, bad = rng.integers(0, 6, 15).astype(float), rng.random(15) < 0.4
        tried = [np.mean((alarm > limit) == bad) for limit in range(-1, 7)]
        assert best_accuracy(alarm, bad) == pytest.approx(max(tried))


def test_coverage_counts_the_ends_and_leaves_out_what_has_no_interval():
    """Of three intervals two hold their loss, one just so."""
    loss = np.array([0.1, 0.2, 0.9, 0.5])
    low, high = np.array([0.0, 0.2, 0.0, np.nan]), np.array([0.3, 0.4, 0.5, np.nan])

    assert coverage(loss, low, high) == pytest.approx(2 / 3)


def test_figures_of_six_sets():
    """One false alarm among two clean draws, one severe loss of two missed."""
    sets = pd.DataFrame(
        {
            "kind": ["clean", "clean", "missing", "missing", "recent", "missing"],
            "benign": [False, False, False, False, True, False],
            "loss": [0.0, 0.01, 0.3, 0.4, 0.1, 0.02],
            "alarm": [1.0, 9.0, 20.0, 3.0, 6.0, np.nan],
            "said": [0.0, 0.0, 0.2, 0.2, 0.2, 0.9],
        }
    )

    got = figures(sets, "alarm", 5.0, "said")

    assert got["n"] == 5
    assert got["accuracy"] == pytest.approx(3 / 5)
    assert got["false_alarms"] == 0.5
    assert got["missed"] == 0.5
    assert got["error"] == pytest.approx((0 + 0.01 + 0.1 + 0.2 + 0.1) / 5)
    assert got["benign"] == pytest.approx(0.5)


def test_what_is_left_out_does_not_teach():
    """The loss said of a group is the same whatever became of that group."""
    rng = np.random.default_rng(3)
    alarm, groups = rng.random(90) * 50, np.repeat(np.array(["a", "b", "c"], object), 30)
    loss = np.clip(alarm / 50 + rng.normal(0, 0.1, 90), 0, 1)
    changed = np.where(groups == "b", 1 - loss, loss)

    for said in (leave_out, lambda *args: calibration.leave_out(*args)[0]):
        before, after = said(100 - alarm, loss, groups), said(100 - alarm, changed, groups)
        assert before[groups == "b"].tolist() == after[groups == "b"].tolist()
        assert before[groups == "a"].tolist() != after[groups == "a"].tolist()


def losses(size=400, seed=5):
    """Raw scores, and losses that fall with them."""
    rng = np.random.default_rng(seed)
    raw = 100 * rng.beta(3, 0.5, size)
    return raw, np.clip((100 - raw) / 100 * rng.uniform(0.5, 1.5, size), 0, 1)


def test_a_lower_score_never_promises_a_smaller_loss():
    """Mean and percentiles rise from band to band, and every set is in one band."""
    raw, loss = losses()

    bands = calibration.bands(raw, loss)

    assert sum(b.sets for b in bands) == len(raw)
    for a, b in pairwise(bands):
        assert a.at_least > b.at_least
        for figure in ("mean", "low", "high", "nine_in_ten"):
            assert getattr(a, figure) <= getattr(b, figure)


def test_neighbours_in_the_wrong_order_are_pooled_by_their_size():
    """Three sets of 0.4 above one of 0.2 are four of 0.35."""
    rising = calibration._rising(np.array([0.1, 0.4, 0.2]), np.array([5.0, 3, 1]))  # noqa: SLF001

    assert rising.tolist() == pytest.approx([0.1, 0.35, 0.35])


def test_a_score_is_given_the_losses_of_its_band():
    """The edge belongs to the band above; what has no score is given no loss."""
    bands = calibration.bands(*losses())
    edge = bands[1].at_least

    found = calibration.predicted(bands, np.array([edge, edge - 1e-6, 100, -1, np.nan]))

    assert found[0, :4].tolist() == [bands[k].mean for k in (1, 2, 0, len(bands) - 1)]
    assert found[1:, 0].tolist() == [bands[1].low, bands[1].high]
    assert np.isnan(found[:, 4]).all()


def test_the_product_reads_the_table_that_is_written(tmp_path, monkeypatch):
    """What was measured comes back from the product, rounded to a hundredth of a point."""
    made = calibration.bands(*losses())
    calibration.write({"together": made, "product": made[:1]}, tmp_path / "calibration.json")
    monkeypatch.setattr("dataready.readiness.calibration.files", lambda _: tmp_path)
    known = shipped.bands.__wrapped__

    assert [b.sets for b in known(replayed=True)] == [b.sets for b in made]
    assert known(replayed=True)[2].mean == pytest.approx(made[2].mean, abs=1e-4)
    assert len(known(replayed=False)) == 1


def test_an_interval_is_asked_for_the_mean_of_the_other_pairs():
    """The mean of the others is 95, 96 and 97: the second interval does not hold it."""
    pairs = pd.DataFrame(
        {"task": "t", "name": "clean 0", "S": [98.0, 96, 94], "low": [94.0, 97, 93]}
    ).assign(high=[99.0, 99, 97])

    assert repetition.covered(pairs).tolist() == [True, False, True]


def test_repeated_variants_exist(made):
    """A name that no variant has would be drawn never, without a word."""
    assert {v.name for v in made} >= repetition.NAMES


def test_every_row_keeps_its_outcome(split, made):
    """Whatever happens to features, the outcome is still that of the row, told by the others."""
    pool = split.pool.set_index("paid")
    for v in made:
        assert v.frame["paid"].isin(pool.index).all(), v.name
        own = pool.loc[v.frame["paid"]].reset_index()
        whole = [] if v.kind in {"swapped", "mix"} else [c for c in pool if c not in v.columns]
        for c in whole:
            assert v.frame[c].tolist() == own[c].tolist(), (v.name, c)


def test_the_same_seed_gives_the_same_bytes(split, made):
    """Two runs of the generator agree in every variant, name by name and byte by byte."""
    again = list(variants(split, {"height": 0.9, "colour": 0.1}))

    assert [v.name for v in again] == [v.name for v in made]
    assert len({v.name for v in made}) == len(made)
    for a, b in zip(made, again, strict=True):
        assert text_of(a.frame) == text_of(b.frame), a.name


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_kind_changes_what_it_hits_and_nothing_else(kind):
    """A heavy share of it shows, in columns that it can hit; others and the input stay."""
    rows = frame(600, 4).drop(columns="paid").assign(_row=np.arange(600))
    before = text_of(rows)
    hit = TEXTS if kind in TEXT_KINDS else ["height", "weight"]
    hit = [*hit, "colour"] if kind not in TEXT_KINDS | NUMBER_KINDS else hit

    out = KINDS[kind](rows, hit, SEVERITIES["heavy"], np.random.default_rng(0))

    assert text_of(rows) == before
    assert text_of(out) != before
    if kind not in BENIGN:
        touched = {*hit, *NUMBERS} if kind == "swapped" else set(hit)
        others = [c for c in rows if c not in touched]
        assert text_of(out[others]) == text_of(rows[others])


@pytest.mark.parametrize("kind", sorted(TEXT_KINDS | NUMBER_KINDS - {"swapped"}))
def test_a_kind_that_cannot_hit_a_column_leaves_the_rows(kind):
    """A typo in a number or a unit in a text is no change at all."""
    rows = frame(300, 4)
    hit = NUMBERS if kind in TEXT_KINDS else TEXTS

    out = KINDS[kind](rows, hit, SEVERITIES["heavy"], np.random.default_rng(0))

    assert text_of(out) == text_of(rows)


def test_there_are_enough_variants(made):
    """At least a hundred a task, of twenty kinds of corruption and more."""
    assert len(made) >= 100
    assert len(set(KINDS) - set(BENIGN)) >= 20
    assert {v.severity for v in made} == {"", *SEVERITIES}
    assert sum(v.kind == "clean" for v in made) == variant_module.DRAWS


def test_the_key_is_of_what_code_says(tmp_path):
    """Comments, docstrings, layout and the order of files leave it; code changes it."""
    one, two = tmp_path / "one.py", tmp_path / "two.py"
    one.write_text("a = 1\n")
    two.write_text("b = 2\n")
    key = cache.fingerprint([one, two])
    one.write_text("# why\n'''What.'''\na  =  1\n")

    assert cache.fingerprint([two, one]) == cache.fingerprint([tmp_path]) == key
    one.write_text("a = 3\n")
    assert cache.fingerprint([one, two]) != key
    assert cache.fingerprint([frame]) != cache.fingerprint([losses])


def test_what_is_kept_is_made_once_a_key(tmp_path, monkeypatch):
    """The same key answers from the disk; another makes it anew, and the old one is gone."""
    monkeypatch.setattr(cache, "FOLDER", tmp_path)
    calls = []

    def make():
        calls.append(1)
        return {"made": len(calls)}

    first = [cache.kept("x-random", "a" * 12, make) for _ in range(2)]
    cache.kept("x-random-pair", "a" * 12, make)
    second = cache.kept("x-random", "b" * 12, make)

    assert first == [{"made": 1}, {"made": 1}]
    assert second == {"made": 3}
    names = sorted(p.name for p in tmp_path.iterdir())
    assert names == [f"x-random-{'b' * 12}.pkl", f"x-random-pair-{'a' * 12}.pkl"]


def test_a_failure_keeps_nothing(tmp_path, monkeypatch):
    """What could not be made is tried again the next time."""
    monkeypatch.setattr(cache, "FOLDER", tmp_path / "new")

    with pytest.raises(ZeroDivisionError):
        cache.kept("x", "a" * 12, lambda: 1 // 0)

    assert cache.kept("x", "a" * 12, lambda: 5) == 5


@pytest.mark.parametrize("name", [k for k, p in peer.PEERS.items() if p.learn])
def test_others_see_a_lost_column(name, split, made):
    """The usual formulas are louder about absent columns than about a clean draw."""
    rate = peer.PEERS[name].learn(split)
    by_name = {v.name: v.frame.drop(columns="paid") for v in made}

    assert rate(by_name["absent heavy"]) > rate(by_name["clean 0"])


def test_a_child_answers_every_production(tmp_path, monkeypatch, capfd):
    """One that cannot be judged spares the others; what a library prints stays out of answers."""

    def library(pilot):
        sys.stdout.write("chatter")
        return lambda rows: 1 / (len(rows) - len(pilot))

    for name, rows in {"pilot": 4, "same": 4, "more": 6}.items():
        frame(rows, 1).to_csv(tmp_path / f"{name}.csv", index=False)
    request = {"library": "made", "pilot": str(tmp_path / "pilot.csv"), "target": "paid"}
    request["productions"] = {n: str(tmp_path / f"{n}.csv") for n in ("same", "more")}
    monkeypatch.setattr(peer_child, "LIBRARIES", {"made": library})
    monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps(request)))

    peer_child.main()

    answers = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
    assert [a["name"] for a in answers] == ["same", "more"]
    assert answers[0]["error"].startswith("ZeroDivisionError")
    assert answers[1] == {"name": "more", "share": 0.5, "error": None}


def test_the_product_is_asked_as_a_user_would(split, made, tmp_path, monkeypatch):
    """A clean draw scores above one without its best column, and the verdicts follow."""
    monkeypatch.setattr(cache, "FOLDER", tmp_path)
    monkeypatch.setattr("dataready.readiness.score.DRAWS", 5)
    chosen = [v for v in made if v.name == "clean 0"]
    gone = made[0].frame.drop(columns="height")
    chosen.append(variant_module.Variant("gone", "absent", "heavy", gone, ("height",)))

    taken = reading.read(split, lambda: iter(chosen))
    said = ours.judge(split, taken, reading.learn(split)).set_index("name")

    assert said.loc["clean 0", "S"] > 95 > said.loc["gone", "S"]
    assert said.loc["gone", "verdict"] == "no-go"
    assert said["low"].le(said["S"]).all()
    assert [t.variant.frame.empty for t in taken] == [True, True]
    assert reading.read(split, lambda: iter(())) != []


@pytest.fixture(scope="module")
def sets():
    """Production sets of three tasks, as the benchmark measures them."""
    raw, loss = losses(180)
    kinds = np.resize(np.array(["clean", "missing", "recent", "natural", "mix"], object), 180)
    return table.completed(
        pd.DataFrame(
            {
                "task": np.resize(np.array(["a", "b", "c"], object), 180),
                "name": [f"{kind} {k}" for k, kind in enumerate(kinds)],
                "kind": kinds,
                "benign": kinds == "recent",
                "loss": loss,
                "S": raw,
                "product": raw,
                "replay": raw,
                "A0": raw,
                "psi": loss,
                "loss_mean": loss,
                "loss_low": loss - 0.1,
                "loss_high": [None, *(loss[1:] + 0.1)],
                "replay_mean": loss / 2,
                "replay_low": 0.0,
                "replay_high": loss,
                "verdict": np.where(raw > 95, "go", "no-go"),
            }
        )
    )


def test_tables_say_how_many_sets_they_are_about(sets):
    """A peer that was asked stands beside ours; what cannot be told is a dash."""
    pairs = pd.DataFrame(
        {"task": "a", "name": "clean 0", "S": [98.0, 96], "low": 90.0, "high": 99.0}
    )

    made = {t.key: t for t in table.tables(sets, pairs)}

    scores = made["scores"].rows.set_index("score")
    assert scores["n"].tolist() == [180] * 5
    assert scores.loc["mean PSI, 10 bins", "rho"] == pytest.approx(1)
    assert made["prediction"].rows.loc[0, "inside the interval"] == 1
    assert made["kinds"].rows["n"].sum() == 180
    assert made["sampling"].rows.loc[0, "inside"] == 1
    assert "  -" in made["tasks"].text() or "nan" not in made["tasks"].text()


def test_the_plot_is_valid_and_shows_every_set(sets):
    """It parses as XML, has a dot per set, and tells in words what it shows."""
    drawn = ET.fromstring(plot.calibration(sets, table.calibrations(sets)["together"]))  # noqa: S314  our own words

    name = "{http://www.w3.org/2000/svg}"
    groups = [g for g in drawn.iter(f"{name}g") if (g.get("class") or "").startswith("sets")]
    assert sum(len(g) for g in groups) == len(sets)
    assert "180 production sets of 3" in (drawn.findtext(f"{name}desc") or "")
    assert "prefers-color-scheme:dark" in (drawn.findtext(f"{name}style") or "")
