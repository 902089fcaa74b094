"""`python -m dataready.config [FOLDER]`: write the reference pages of the settings."""

from __future__ import annotations

import sys
from pathlib import Path

from dataready.config.reference import write_reference

if __name__ == "__main__":
    for path in write_reference(Path(sys.argv[1] if len(sys.argv) > 1 else "docs")):
        sys.stdout.write(f"{path}\n")
