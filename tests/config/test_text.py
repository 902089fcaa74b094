"""What comes from the environment is used, and never shown."""

from __future__ import annotations

import copy
import pickle

import pytest

from dataready.config import FromEnvironment, SettingsError, load_config, written

SECRET = "canary-7f3a"  # noqa: S105
TEXT = """\
project: ${PROJECT:-Demo}
runs: ${ROOT}/runs
datasets:
  orders:
    pilot: ${ROOT}/p.csv
    production: {path: "${ROOT}", encoding: "${ENC:-}utf-8"}
    key: ["${ROOT}"]
    owners: {a: "${ROOT}"}
    suites: {pandera: "${ROOT}"}
"""


@pytest.fixture
def settings(tmp_path, monkeypatch):
    """Load settings while ROOT holds the secret."""
    monkeypatch.setenv("ROOT", SECRET)
    monkeypatch.delenv("PROJECT", raising=False)
    monkeypatch.delenv("ENC", raising=False)

    def load(text: str):
        path = tmp_path / "dataready.yaml"
        path.write_text(text)
        return load_config(path)

    return load


def test_values_come_from_the_environment(settings):
    """A reference stands for the variable, or for its default."""
    config = settings(TEXT)
    orders = config.datasets["orders"]
    assert config.project == "Demo"
    assert config.resolve(config.runs) == config.base / SECRET / "runs"
    assert (orders.pilot.path, orders.production.path) == (f"{SECRET}/p.csv", SECRET)
    assert orders.production.encoding == "utf-8"
    assert (orders.key, orders.owners["a"], orders.suites.pandera) == (
        (SECRET,),
        SECRET,
        (SECRET,),
    )


def test_no_view_of_the_settings_shows_them(settings):
    """Representations and dumps of the whole and of its parts show the reference."""
    config = settings(TEXT)
    orders = config.datasets["orders"]
    views = [
        repr(config),
        str(config),
        repr(orders),
        str(orders.pilot),
        repr(orders.owners),
        config.model_dump_json(),
        str(config.model_dump()),
        str(config.model_dump(mode="json")),
        repr(copy.deepcopy(config)),
        repr(pickle.loads(pickle.dumps(config))),  # noqa: S301
    ]
    assert not [view for view in views if SECRET in view]
    assert all("${ROOT}" in view for view in views)


def test_no_error_shows_them(settings):
    """Wherever a value from the environment is wrong, the reference is quoted."""
    text = TEXT + (
        '    target: "${ROOT}"\n'
        '    mapping: {x: "${ROOT}", y: "${ROOT}"}\n'
        '    references: {x: "${ROOT}", y: "${ROOT}.id"}\n'
        '    roles: {x: "${ROOT}"}\n'
        '    gates: {min_rows: "${ROOT}", columns_present: [["${ROOT}"]]}\n'
        'policy: "${ROOT}"\n'
        'nonsense: "${ROOT}"\n'
    )
    with pytest.raises(SettingsError) as caught:
        settings(text)
    assert SECRET not in str(caught.value)
    assert len(caught.value.problems) >= 7
    with pytest.raises(SettingsError) as caught:
        settings(TEXT + '    target: "${ROOT}"\n    mapping: {x: "${ROOT}", y: "${ROOT}"}\n')
    assert SECRET not in str(caught.value)
    assert "'${ROOT}' is named in 'key' too" in str(caught.value)


def test_only_text_comes_from_the_environment(settings, monkeypatch):
    """A limit stands in the file, where its readers see it."""
    monkeypatch.setenv("ROWS", "5")
    with pytest.raises(SettingsError, match="only text may") as caught:
        settings(TEXT + "    gates:\n      min_rows: ${ROWS}\n")
    assert caught.value.problems[0].line == 11


def test_an_unset_variable_is_named_with_its_line(settings):
    """An unset variable is told once, with the way out."""
    with pytest.raises(SettingsError) as caught:
        settings(TEXT.replace("${ROOT}/p.csv", "${NOT_SET_HERE}/p.csv"))
    (problem,) = caught.value.problems
    assert problem.line == 5
    assert "'NOT_SET_HERE' is not set" in problem.message
    assert "${NOT_SET_HERE:-default}" in problem.message


@pytest.mark.parametrize("text", ["${", "${1}", "${A-b}", "a ${} b", "${A:-b"])
def test_a_misspelt_reference_is_refused(settings, text):
    """What looks like a reference and is none would otherwise be taken for a path."""
    with pytest.raises(SettingsError, match="starts no reference"):
        settings(TEXT + f"    owner: '{text}'\n")


def test_the_characters_themselves_can_be_written(settings):
    """`$${` is how to say `${`; a lone dollar needs nothing."""
    config = settings(TEXT + "    owner: '$${ROOT} costs $5'\n")
    assert config.datasets["orders"].owner == "${ROOT} costs $5"


def test_a_variable_set_to_nothing_is_an_empty_text(settings, monkeypatch):
    """As in a shell: set and empty is not unset, but `:-` covers it."""
    monkeypatch.setenv("EMPTY", "")
    assert settings(TEXT + "    owner: ${EMPTY:-Ana}\n").datasets["orders"].owner == "Ana"
    with pytest.raises(SettingsError, match="empty"):
        settings(TEXT + "    owner: ${EMPTY}\n")


def test_written_answers_what_may_be_shown():
    """Marked text shows its reference, other text itself."""
    assert written(FromEnvironment("x", "${X}")) == "${X}"
    assert written("x") == "x"
