"""Tests for `dataready.importance.own`: the frames a model gets, and what it may answer."""

import datetime as dt
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from dataready.importance.load import Loaded
from dataready.importance.model import ModelError, skill
from dataready.importance.own import OWN, Own, own_panel, own_weights
from dataready.importance.probe import Samples
from dataready.importance.samples import sourced
from dataready.profile.planning import first_plan, full_plan
from dataready.profile.profile import take
from dataready.testing import table_of

HERE = Path(__file__).parent
TYPES = ("BIGINT", "INTEGER", "HUGEINT", "BOOLEAN", "DATE")


def read(columns, types, *, typed=True):
    """Profile a table whose target is y; answer its profile, and samples of all else."""
    con, schema = table_of(columns, types=types)
    bare = first_plan(con, schema, typed=typed, roles={"y": "target"}, least=0.6)
    pilot = take(con, full_plan(con, take(con, bare, schema)), schema)
    names = tuple(c for c in columns if c != "y")
    return pilot, sourced(con, pilot, "y", names, typed=typed)


def own(model, pilot, samples):
    """Make a judge of a model that takes all columns."""
    columns = tuple(pilot.plan[c] for c in samples.features)
    types = {c.name: pilot.schema.type_of(c.name) for c in columns}
    return Own(model=model, columns=columns, types=types, base=HERE)


def test_a_frame_has_the_types_of_the_source():
    """Whole numbers, truths, moments and text come as pandas would have read them."""
    pilot, samples = read(
        {
            "whole": [1, 2],
            "gaps": [1, None],
            "huge": [10**30, 1],
            "truth": [True, False],
            "day": [dt.date(9999, 12, 31), None],
            "word": ["a", None],
            "y": ["n", "p"],
        },
        {
            "whole": "BIGINT",
            "gaps": "INTEGER",
            "huge": "HUGEINT",
            "truth": "BOOLEAN",
            "day": "DATE",
        },
    )
    frame = own(None, pilot, samples).frame(samples).sort_values("whole")
    assert frame["whole"].tolist() == [1, 2]
    assert frame["whole"].dtype == np.int64
    assert np.isnan(frame["gaps"].to_numpy()[1])
    assert frame["huge"].tolist() == [1e30, 1.0]
    assert frame["truth"].dtype == bool
    assert frame["day"].tolist()[0] == pd.Timestamp("9999-12-31")
    assert frame["day"].isna().tolist() == [False, True]
    assert frame["word"].tolist()[0] == "a"
    assert frame["word"].isna().tolist() == [False, True]


def test_a_frame_of_a_csv_has_numbers_as_floats_and_dates_as_their_text():
    """What the plan reads as a date stays the text that stood there."""
    pilot, samples = read(
        {"n": ["1", "2"], "day": ["31/12/2020", "01/02/2021"], "y": ["n", "p"]}, {}, typed=False
    )
    frame = own(None, pilot, samples).frame(samples).sort_values("n")
    assert frame["n"].dtype == float
    assert frame["day"].tolist() == ["31/12/2020", "01/02/2021"]


def test_a_frame_shows_what_damage_did():
    """A rank beyond all words is a text that nobody knows, and no number is missing."""
    pilot, samples = read({"word": ["a", "b"], "n": [1, 2], "y": ["n", "p"]}, {"n": "BIGINT"})
    damaged = {"word": np.array([99.0, np.nan]), "n": np.array([np.nan, 7.0])}
    frame = own(None, pilot, samples).frame(replace(samples, features=damaged))
    assert frame["word"].tolist()[0] not in {"a", "b"}
    assert frame.isna().to_numpy().tolist() == [[False, True], [True, False]]


@dataclass
class Classifier:
    """Says the same of every row; what `classes_` holds is given."""

    classes_: list
    answer: list

    def predict_proba(self, frame):
        """Answer one line for each row."""
        return np.tile(self.answer, (len(frame), 1))


TWO = Samples({}, frozenset(), np.array([0.0, 1.0]), classes=True, names=("no", "yes"))


def say(model, samples=TWO):
    """Ask a model that takes no column."""
    return Own(model=model, columns=(), types={}, base=HERE).ask(samples)[0].tolist()


@pytest.mark.parametrize(
    ("classes", "names", "expected"),
    [
        (["yes", "no"], ("no", "yes"), [0.8, 0.2]),
        ([1, 0], ("0.0", "1.0"), [0.8, 0.2]),
        ([True, False], ("false", "true"), [0.8, 0.2]),
        ([True, False], ("0.0", "1.0"), [0.8, 0.2]),
        ([0, 1], ("no", "yes"), [0.2, 0.8]),
        (["yes", "perhaps"], ("no", "yes"), [0.0, 0.2]),
    ],
)
def test_probabilities_are_brought_into_the_target_s_order(classes, names, expected):
    """Classes are the same by text, number or truth; ranks stand for classes in their order."""
    samples = replace(TWO, names=names)
    assert say(Classifier(classes, [0.2, 0.8]), samples)[0] == expected


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (["yes", "no"], [[0, 1], [1, 0]]),
        ([0.25, 0.5], [[0.75, 0.25], [0.5, 0.5]]),
        ([[0.25], [0.5]], [[0.75, 0.25], [0.5, 0.5]]),
        ([1, 0], [[0, 1], [1, 0]]),
        ([0, 0], [[1, 0], [1, 0]]),
        ([[0.3, 0.7], [0.6, 0.4]], [[0.3, 0.7], [0.6, 0.4]]),
    ],
)
def test_a_function_answers_classes_or_probabilities(answer, expected):
    """One value a row is a class, or the probability of the second one."""
    assert say(lambda _: answer) == expected


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ([0.5], "answered 1 values on 2 rows"),
        ([[1, 2, 3], [1, 2, 3]], "answered 3 classes, and the target has 2"),
        ([["a", "b"], ["c", "d"]], "answered what are no numbers: ValueError"),
        ([[0.5, np.nan], [1, 0]], "answered nothing, or infinity"),
        (["maybe", "no"], "answered classes that are not among the target's 2"),
        ([np.nan, 0.5], "answered classes that are not"),
        (5, "answered 1 values on 2 rows"),
    ],
)
def test_an_answer_that_means_nothing_is_told(answer, why):
    """The message says what came, without any of it."""
    with pytest.raises(ModelError, match=why):
        say(lambda _: answer)


def test_numbers_are_taken_as_they_are():
    """A regressor's answers need one shape, and no holes."""
    numbers = Samples({}, frozenset(), np.array([1.0, 2.0]), classes=False)
    assert say(lambda _: [3, 4.5], numbers) == [3.0, 4.5]
    with pytest.raises(ModelError, match="answered 2 x 2 values"):
        say(lambda _: np.eye(2), numbers)
    with pytest.raises(ModelError, match="on some rows"):
        say(lambda _: [np.inf, 1], numbers)


def test_a_model_that_raises_is_told_without_its_words():
    """Its message may quote a customer."""

    def fail(frame):
        raise KeyError(frame)

    with pytest.raises(ModelError, match=r"^failed on 2 rows: KeyError\.$"):
        say(fail)


@pytest.fixture(scope="module")
def pilot():
    """Draw rows whose target follows from n and word; read them for a model."""
    rng = np.random.default_rng(5)
    n, word = rng.normal(size=400).round(3), rng.choice(["a", "b"], 400)
    y = np.where(n + (word == "a") > 0.5, "yes", "no")
    columns = {"n": n.tolist(), "word": word.tolist(), "idle": ["x"] * 400, "y": y.tolist()}
    return read(columns, {"n": "DOUBLE"})


def knows(frame):
    """Answer the truth, surely."""
    return (frame["n"] + (frame["word"] == "a") > 0.5).astype(float)


def loaded(model):
    """Say that a model was loaded."""
    return Loaded(model=model, columns=(), sha256="")


def test_weights_are_what_permuting_a_column_costs_the_model(pilot):
    """What the model does not look at is worth nothing to it."""
    profile, samples = pilot
    panel = own_panel(loaded(knows), samples, profile, "accuracy", base=HERE)
    got = own_weights(panel)
    assert skill(panel, max) == 1.0
    assert panel.name == got.origin == OWN
    assert got.mean["n"] > got.mean["word"] > 0.1
    assert got.mean["idle"] == 0.0
    assert len(got.splits) == 3
    assert got == own_weights(panel)


def test_a_model_of_something_else_is_no_witness(pilot):
    """One that knows nothing of the pilot was fitted on other columns, or turned round."""
    profile, samples = pilot
    with pytest.raises(ModelError, match=r"next to no skill on the labelled pilot \(-1.00"):
        own_panel(loaded(lambda f: 1 - knows(f)), samples, profile, "auc", base=HERE)
