"""What the detectors find, and where they are silent: `python -m benchmarks.detect`.

Real tables with known defects are read from the folder that DATAREADY_REAL_DATA names, and
tables of figures are printed. Nothing here was fitted to them: no detector's rule names a value,
a column or a data set. Names of parts as arguments run these only: `python -m benchmarks.detect
raha fahes`.
"""

from __future__ import annotations

import argparse
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path

from benchmarks import (
    detect_cells,
    detect_faults,
    detect_keys,
    detect_personal,
    detect_renames,
    detect_sources,
    detect_tables,
)
from benchmarks.table import Table
from benchmarks.task import data_folder

PARTS: Mapping[str, Callable[[Path], list[Table]]] = {
    **detect_cells.PARTS,
    **detect_tables.PARTS,
    **detect_keys.PARTS,
    **detect_personal.PARTS,
    **detect_renames.PARTS,
    **detect_sources.PARTS,
    "faults": detect_faults.faults,
}
"""Name of a part -> what makes its tables from the folder of real data."""


def main() -> None:
    """Run the parts asked for, all by default, and print their tables as they are made."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", choices=[[], *PARTS], help="which parts; else all")
    asked = parser.parse_args().parts or list(PARTS)
    folder = data_folder().absolute()
    warnings.simplefilter("ignore")
    for name in asked:
        for table in PARTS[name](folder):
            print(table.text(), flush=True)


if __name__ == "__main__":
    main()
