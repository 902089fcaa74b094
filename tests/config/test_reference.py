"""The settings described: current, complete, and true."""

from __future__ import annotations

import dataclasses
import json
import re
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
import yaml

from dataready.config import Config, config_schema, settings_reference, write_reference
from dataready.config.load import MODELS
from dataready.config.source import Source
from dataready.model import SourceSpec

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize("name", ["dataready.schema.json", "settings.md"])
def test_the_committed_reference_is_current(tmp_path, name):
    """`python -m dataready.config` would change nothing."""
    write_reference(tmp_path)
    assert (DOCS / name).read_text() == (tmp_path / name).read_text()


def test_the_command_writes_both_files(tmp_path):
    """The module is a command."""
    done = subprocess.run(
        [sys.executable, "-m", "dataready.config", str(tmp_path)],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": str(DOCS.parent / "src")},
    )
    assert len(done.stdout.splitlines()) == len(list(tmp_path.iterdir())) == 2


def test_the_page_names_every_setting():
    """Each field of each model has its row, with a meaning."""
    page = settings_reference()
    for _, model in MODELS:
        for name, field in model.model_fields.items():
            assert field.description
            row = rf"^\| `{field.alias or name}` \|.*\| {re.escape(field.description)} \|$"
            assert re.search(row, page, re.MULTILINE)


def test_the_source_settings_are_those_of_every_source():
    """What the settings read is what the sources take, with the same defaults."""
    spec = dataclasses.asdict(SourceSpec(path="x"))
    read = Source.model_validate({"path": "x"}).model_dump(by_alias=True)
    assert read == spec


def test_editors_accept_what_we_accept_and_refuse_what_we_refuse():
    """The schema is itself valid, and tells right settings from wrong ones."""
    schema = config_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    check = jsonschema.Draft202012Validator(schema).is_valid
    good = yaml.safe_load(
        "project: Demo\n"
        "datasets:\n"
        "  orders: {pilot: p.csv, production: {path: q, header: true}, key: id, segments: [a]}\n"
    )
    assert check(good)
    assert not check(good | {"polcy": {}})
    assert not check(good | {"policy": {"go_at": 101}})
    assert not check({"project": "Demo"})


def test_the_defaults_of_the_page_are_those_of_the_models():
    """A default that the page shows is the one in force."""
    config = Config.model_validate(
        {"project": "x", "datasets": {"a": {"pilot": "p", "production": "q"}}}
    )
    shown = re.findall(r"^\| `(\w+)` \|[^|]*\| `([^`]+)` \|", settings_reference(), re.MULTILINE)
    parts = [config, config.policy, config.datasets["a"].suites, config.datasets["a"].gates]
    values = {name: getattr(part, name) for part in parts for name in type(part).model_fields}
    for name, text in shown:
        if name in values:
            assert values[name] in (text, json.loads(text) if text[0] in "tf0123456789" else text)
