"""pandera's suites as people keep them: a Python module, or a schema in YAML."""

from __future__ import annotations

import copy
import importlib.util
import re
import sys
import uuid
from pathlib import Path

import pandera.polars as pa

from dataready.errors import ExpectationError
from dataready.expectations.predicate import Reader

__all__ = ["expanded", "schemas_of"]


def schemas_of(path: Path, *, trust: bool) -> list[pa.DataFrameSchema]:
    """Read the schemas of a Python module or a YAML file.

    Raises:
        ExpectationError: The file is not trusted, or cannot be understood.
    """
    if path.suffix in {".yaml", ".yml"}:
        text = path.read_text(encoding="utf-8")
        try:
            return [pa.DataFrameSchema.from_yaml(text)]
        except Exception as e:  # noqa: BLE001  pandera raises many kinds
            msg = f"'{path.name}' is no pandera schema in YAML ({type(e).__name__})."
            raise ExpectationError(msg) from None
    if not trust:
        msg = (
            f"'{path.name}' is a Python module, and it was not run: 'trust' is false. Read it, "
            "then set 'suites: trust: true' in the settings."
        )
        raise ExpectationError(msg)
    found = _load(path)
    if not found:
        msg = f"'{path.name}' holds no pandera.polars DataFrameModel and no DataFrameSchema."
        raise ExpectationError(msg)
    return found


def _load(path: Path) -> list[pa.DataFrameSchema]:
    name = f"dataready_suite_{uuid.uuid4().hex}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        msg = f"'{path.name}' is neither a Python module (.py) nor YAML (.yaml)."
        raise ExpectationError(msg)
    module = importlib.util.module_from_spec(spec)
    # Annotations are looked up in the module by its name.
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
        own = [v for v in vars(module).values() if getattr(v, "__module__", None) == name]
        models = [v for v in own if isinstance(v, type) and issubclass(v, pa.DataFrameModel)]
        leaves = [m for m in models if not any(o is not m and issubclass(o, m) for o in models)]
        schemas = [v for v in vars(module).values() if isinstance(v, pa.DataFrameSchema)]
        return [m.to_schema() for m in leaves] + schemas
    except (Exception, SystemExit) as e:  # noqa: BLE001  it is foreign code
        msg = f"'{path.name}' raised {type(e).__name__} when it was loaded; run it with Python."
        raise ExpectationError(msg) from None
    finally:
        del sys.modules[name]


def expanded(schema: pa.DataFrameSchema, reader: Reader) -> pa.DataFrameSchema:
    """Write a column that names a pattern once for each column that it matches."""
    made = copy.deepcopy(schema)
    made.columns = {}
    for name, column in schema.columns.items():
        matched = [c for c in reader.columns if column.regex and re.fullmatch(name, c)]
        for own in matched or [name]:
            made.columns[own] = copy.deepcopy(column)
            made.columns[own].name, made.columns[own].regex = own, False
    return made
