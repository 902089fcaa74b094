"""Where what ships beside the package is: in a wheel inside it, in a checkout next to src/."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from pathlib import Path
from types import ModuleType

from dataready.errors import ConfigError

__all__ = ["sample_module", "shipped"]

_PACKAGE = Path(__file__).parents[1]
_INSIDE = {"flows": "_flows", "sample_data": "_sample", "expectations": "_expectations"}
_SAMPLE = "dataready._sample"


def shipped(folder: str, *parts: str) -> Path:
    """Answer the place of a file or folder that dataready ships.

    Args:
        folder: `flows`, `sample_data` or `expectations`.
        parts: What to look for in it.

    Raises:
        ConfigError: It is in neither place: the installation is not whole.
    """
    for root in (_PACKAGE / _INSIDE[folder], _PACKAGE.parents[1] / folder):
        found = root.joinpath(*parts)
        if found.exists():
            return found
    msg = f"'{'/'.join((folder, *parts))}' is not installed. Install dataready from its wheel."
    raise ConfigError(msg)


def sample_module(name: str) -> ModuleType:
    """Import a module of the sample data's generator, wherever it ships."""
    if _SAMPLE not in sys.modules:
        folder = shipped("sample_data")
        spec = importlib.util.spec_from_file_location(
            _SAMPLE, folder / "__init__.py", submodule_search_locations=[str(folder)]
        )
        if spec is None or spec.loader is None:
            msg = f"The sample data's generator in '{folder.name}' cannot be imported."
            raise ConfigError(msg)
        sys.modules[_SAMPLE] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[_SAMPLE])
    return importlib.import_module(f"{_SAMPLE}.{name}")
