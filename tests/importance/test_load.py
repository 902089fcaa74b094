"""Tests for `dataready.importance.load`: what is loaded, and what becomes of code that fails."""

import os
import sys
from dataclasses import dataclass

import joblib
import pytest
from sklearn.dummy import DummyClassifier

from dataready.config import Model
from dataready.importance.load import guarded, load
from dataready.importance.model import ModelError


@dataclass
class Boobytrap:
    """An object whose unpickling runs a command of its maker's."""

    command: tuple

    def __reduce__(self):
        """Have the command called."""
        return self.command


def test_a_joblib_file_is_read(tmp_path):
    """Its columns are those it was fitted on; its hash is kept for the record."""
    import pandas as pd

    model = DummyClassifier().fit(pd.DataFrame({"b": [1, 2], "a": [3, 4]}), [0, 1])
    joblib.dump(model, tmp_path / "model.joblib")

    got = load(Model(path="model.joblib"), tmp_path)

    assert isinstance(got.model, DummyClassifier)
    assert got.columns == ("b", "a")
    assert len(got.sha256) == 64
    assert load(Model(path="model.joblib", columns=("a",)), tmp_path).columns == ("a",)


def test_a_function_is_imported_from_beside_the_settings(tmp_path):
    """The folder is where modules are found while loading, and not afterwards."""
    (tmp_path / "scoring_of_orders.py").write_text("def late(frame):\n    return frame\n")
    before = list(sys.path)

    got = load(Model(function="scoring_of_orders:late"), tmp_path)

    assert got.model(3) == 3
    assert sys.path == before
    with pytest.raises(ModelError, match=r"no function 'lat'. Did you mean 'late'\?"):
        load(Model(function="scoring_of_orders:lat"), tmp_path)


def test_what_is_not_there_is_told(tmp_path):
    """A name that is misspelt is recognised."""
    (tmp_path / "model.joblib").touch()
    with pytest.raises(ModelError, match=r"no file 'modle.joblib'. Did you mean 'model.joblib'\?"):
        load(Model(path="modle.joblib"), tmp_path)
    with pytest.raises(ModelError, match="could not be imported: ModuleNotFoundError"):
        load(Model(function="nowhere_at_all:f"), tmp_path)


@pytest.mark.parametrize(
    ("content", "kind"),
    [(b"rubbish", "UnpicklingError|KeyError|ValueError|IndexError"), (b"", "EOFError")],
)
def test_a_file_that_is_no_model_is_told(tmp_path, content, kind):
    """The kind of the failure is passed on, and nothing else."""
    (tmp_path / "model.joblib").write_bytes(content)
    with pytest.raises(ModelError, match=f"^could not be loaded: ({kind})\\.$"):
        load(Model(path="model.joblib"), tmp_path)


def test_a_model_cannot_end_the_process(tmp_path):
    """Leaving with a code of its own would pass for a verdict."""
    joblib.dump(Boobytrap((sys.exit, (0,))), tmp_path / "model.joblib")
    with pytest.raises(ModelError, match="SystemExit"):
        load(Model(path="model.joblib"), tmp_path)


def test_a_trap_is_one(tmp_path):
    """What other tests rely on: loading the file runs its command."""
    joblib.dump(Boobytrap((os.mkdir, (str(tmp_path / "sprung"),))), tmp_path / "model.joblib")
    load(Model(path="model.joblib"), tmp_path)
    assert (tmp_path / "sprung").is_dir()


def test_a_model_says_nothing_of_its_own(capsys):
    """Messages quote data: neither they nor what is printed get into results."""

    @guarded("failed")
    def model():
        print("chatter")  # noqa: T201
        msg = "bad value 'secret'"
        raise ValueError(msg)

    with pytest.raises(ModelError) as caught:
        model()
    assert str(caught.value) == "failed: ValueError."
    assert caught.value.__cause__ is None
    assert capsys.readouterr().out == ""
