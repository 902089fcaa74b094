"""Tests for `dataready.pipeline.sample`: what is written is what is read."""

from __future__ import annotations

import pytest

from dataready.compare.damage import Damage
from dataready.errors import WarehouseError
from dataready.importance.weight import Weights
from dataready.pipeline.sample import read_sample, write_sample
from dataready.readiness.case import Sample

NAME = 'x\u202e"; DROP TABLE data; --'
DRAWS = tuple(
    {NAME: Damage(M=k / 7, kappa=0.5), "b": Damage(absent=True, M=1.0)} for k in range(12)
)
WEIGHTS = Weights(mean={NAME: 0.25, "b": 1 / 3}, origin="probes", splits=({NAME: 0.2, "b": 0.3},))


@pytest.mark.parametrize(
    "sample",
    [
        Sample(draws=DRAWS),
        Sample(
            draws=DRAWS,
            restored={"b": Damage(V=0.1)},
            restored_draws=tuple({"b": Damage(V=k / 99)} for k in range(12)),
        ),
    ],
    ids=["plain", "with a rename"],
)
def test_a_round_trip(tmp_path, sample):
    """Every draw in order, to the last digit, and the weights with their splits."""
    write_sample(tmp_path, sample, WEIGHTS)

    assert read_sample(tmp_path) == (sample, WEIGHTS)
    assert {p.stat().st_mode & 0o777 for p in tmp_path.iterdir()} == {0o600}


def test_the_same_sample_has_the_same_bytes(tmp_path):
    """Runs on the same inputs keep the same files."""
    for name in "ab":
        (tmp_path / name).mkdir()
        write_sample(tmp_path / name, Sample(draws=DRAWS), WEIGHTS)

    for file in ("draws.parquet", "weights.json"):
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()


@pytest.mark.parametrize("file", ["draws.parquet", "weights.json"])
@pytest.mark.parametrize("text", [None, b"", b"{}"])
def test_what_is_damaged_is_told(tmp_path, file, text):
    """A file that is gone, empty or something else is no traceback."""
    write_sample(tmp_path, Sample(draws=DRAWS), WEIGHTS)
    (tmp_path / file).unlink()
    if text is not None:
        (tmp_path / file).write_bytes(text)

    with pytest.raises(WarehouseError, match=r"Start a new run"):
        read_sample(tmp_path)


def test_a_folder_that_cannot_be_written_is_told(tmp_path):
    """The folder is named, and what to do."""
    with pytest.raises(WarehouseError, match="cannot be written to"):
        write_sample(tmp_path / "gone", Sample(draws=DRAWS), WEIGHTS)
