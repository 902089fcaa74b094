"""Virtual environments of their own for other people's tools, made at the first call."""

from __future__ import annotations

import subprocess
import venv
from pathlib import Path

__all__ = ["PINNED", "environment"]

ENVIRONMENTS = Path("build/benchmarks")
PINNED = {
    "evidently": ("evidently==0.7.23", "pandas==2.3.3"),
    "great_expectations": ("great-expectations==1.24.1", "pandas==2.3.3"),
    "tpchgen": ("tpchgen-cli==4.0.0",),
    "ydata_profiling": ("ydata-profiling==4.18.4",),
}


def environment(tool: str) -> str:
    """Answer the Python of a tool's own environment."""
    folder = ENVIRONMENTS / f"venv-{tool.replace('_', '-')}"
    python, stamp = folder / "bin/python", folder / ".installed"
    wanted = "\n".join(PINNED[tool])
    if not stamp.exists() or stamp.read_text() != wanted:
        print(f"  installing {' and '.join(PINNED[tool])}", flush=True)
        venv.create(folder, with_pip=True, clear=True, symlinks=True)
        subprocess.run(  # noqa: S603  pinned names only
            [python, "-m", "pip", "install", "--quiet", *PINNED[tool]], check=True
        )
        stamp.write_text(wanted)
    return str(python)
