"""Landing small files, for tests that look at what arrives."""

import gzip
from dataclasses import dataclass

import pytest

from dataready.extract.manifest import Manifest
from dataready.extract.pull import pull
from dataready.model import SourceSpec
from dataready.warehouse.connection import connect


@dataclass
class Landed:
    """What arrived: the manifest, the rows (file and row number last), and the rejects."""

    manifest: Manifest
    rows: list
    rejects: list

    @property
    def names(self):
        """Column names, in order."""
        return list(self.manifest.schema.names)

    @property
    def types(self):
        """Column types, in order."""
        return [c.type for c in self.manifest.columns]

    @property
    def values(self):
        """The rows without dataready's own columns."""
        return [row[:-2] for row in self.rows]

    @property
    def notes(self):
        """All that is said of any file, in one text."""
        return " ".join(n for f in self.manifest.files for n in f.notes)


@pytest.fixture
def land(tmp_path):
    """Write files into a folder, pull them, and answer what arrived."""

    def write_and_pull(path, files=None, **spec):
        folder = tmp_path / "source"
        folder.mkdir(exist_ok=True)
        for name, content in (files or {}).items():
            raw = content.encode() if isinstance(content, str) else content
            place = folder / name
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(gzip.compress(raw) if name.endswith(".gz") else raw)
        extract = pull(
            SourceSpec(path=path, **spec),
            dataset="d",
            side="pilot",
            folder=tmp_path / "extracts",
            name="e",
            base=folder,
        )
        with connect(extract.path, read_only=True) as con:
            rows = con.execute("FROM data ORDER BY _dataready_file, _dataready_row").fetchall()
            rejects = con.execute("FROM rejects ORDER BY file, row").fetchall()
        return Landed(extract.manifest, rows, rejects)

    return write_and_pull
