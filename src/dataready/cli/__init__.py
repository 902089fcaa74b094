"""The commands: one file each, that parses, calls, prints and answers an exit code.

Nothing heavy is imported before a command runs, so that `--help` answers at once.
"""

from __future__ import annotations

from dataready.cli.app import main

__all__ = ["main"]
