"""Loading the pilot's own model, which runs code: only for settings that are trusted.

Whatever goes wrong in it is one `ModelError`, and only the kind of the failure is passed on:
messages of models quote data.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib
import sys
import threading
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from dataready.config import Model, written
from dataready.errors import did_you_mean
from dataready.importance.model import ModelError

__all__ = ["Loaded", "guarded", "importing", "load"]

_ONE = threading.RLock()
"""One model at a time: where modules are found and where prints go is the whole process's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """A model as its makers left it.

    `columns` are those it takes, in order, where that is known; `sha256` is of the file, or of
    the function's module; `notes` are sentences for the reader.
    """

    model: object
    columns: tuple[str, ...]
    sha256: str
    notes: tuple[str, ...] = ()


@contextlib.contextmanager
def guarded(what: str) -> Iterator[None]:
    """Turn whatever a model raises, its leaving the process included, into a `ModelError`."""
    try:
        # What a model prints must not get into results that are printed.
        with _ONE, contextlib.redirect_stdout(sys.stderr), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except ModelError:
        raise
    except (Exception, SystemExit) as e:  # noqa: BLE001 - a model may raise anything
        msg = f"{what}: {type(e).__name__}."
        raise ModelError(msg) from None


def load(settings: Model, base: Path) -> Loaded:
    """Load the model that the settings name. This runs its code.

    Args:
        settings: A joblib file, or a function.
        base: The settings file's folder: modules in it can be imported meanwhile.

    Raises:
        ModelError: It is not there, or loading it failed.
    """
    with importing(base):
        return _from_file(settings, base) if settings.path else _function(settings)


def _from_file(settings: Model, base: Path) -> Loaded:
    path = base / Path(settings.path or "").expanduser()
    if not path.is_file():
        there = [p.name for p in path.parent.iterdir()] if path.parent.is_dir() else []
        said = f"is not there: no file '{written(settings.path or '')}'."
        msg = said + did_you_mean(path.name, there)
        raise ModelError(msg)
    with guarded("could not be loaded"):
        import joblib

        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            model = joblib.load(path)
        sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
        fitted = tuple(str(c) for c in getattr(model, "feature_names_in_", ()))
    other = any(w.category.__name__ == "InconsistentVersionWarning" for w in warned)
    note = "The pilot's own model was saved by another version of scikit-learn than reads it here."
    return Loaded(
        model=model,
        columns=settings.columns or fitted,
        sha256=sha256,
        notes=(note,) if other else (),
    )


def _function(settings: Model) -> Loaded:
    module, _, name = (settings.function or "").partition(":")
    with guarded("could not be imported"):
        found = importlib.import_module(module)
        file = getattr(found, "__file__", None)
        sha256 = hashlib.sha256(Path(file).read_bytes()).hexdigest() if file else ""
        model = getattr(found, name, None)
    if not callable(model):
        hint = did_you_mean(name, [n for n in vars(found) if not n.startswith("_")])
        msg = f"is not there: '{module}' has no function '{name}'.{hint}"
        raise ModelError(msg)
    return Loaded(model=model, columns=settings.columns, sha256=sha256)


@contextlib.contextmanager
def importing(base: Path) -> Iterator[None]:
    """Let modules of a folder be imported, for a while."""
    place = str(base.resolve())
    with _ONE:
        sys.path.insert(0, place)
        importlib.invalidate_caches()
        try:
            yield
        finally:
            sys.path.remove(place)
