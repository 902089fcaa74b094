"""`dataready demo`: the sample project from nothing to a report."""

from __future__ import annotations

from pathlib import Path

import pytest

from dataready.cli.checkout import sample_module, shipped
from dataready.config import load_config
from dataready.errors import ConfigError


@pytest.mark.slow
def test_the_demo_ends_with_a_report(cli, here):
    """Data, settings and suites are written, the project runs, and the report is named last."""
    done = cli("demo", "--rows", "3000", "--out", "d")
    assert done.exit_code == 0, done.output
    assert Path(done.stdout.splitlines()[-1]).is_file()
    assert "orders: No-go" in done.stdout
    assert (here / "d" / "FAULTS.toml").is_file()
    # What is there already is run again only where it is a demo.
    (here / "mine").mkdir()
    (here / "mine" / "file").touch()
    assert cli("demo", "--rows", "3000", "--out", "mine").exit_code == 2


def test_the_demo_s_settings_load_and_its_suites_are_there():
    """Every suite that the template names ships with it."""
    config = load_config(shipped("sample_data", "dataready.yaml"))
    assert sorted(config.datasets) == ["customers", "orders", "shipments"]
    for dataset in config.datasets.values():
        for suite in (*dataset.suites.pandera, *dataset.suites.great_expectations):
            assert shipped(*Path(suite).parts).is_file()


def test_the_generator_is_found_outside_of_the_path():
    """The checkout's generator is imported under the name that it has in a wheel."""
    module = sample_module("generate")
    assert module.__name__ == "dataready._sample.generate"
    assert callable(module.generate)


def test_what_does_not_ship_is_told():
    """A file that is in neither place names the installation as the cause."""
    with pytest.raises(ConfigError, match="is not installed"):
        shipped("flows", "nothing.py")
