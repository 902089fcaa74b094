"""Intermediate results on disk, each under a key of the source code that made it.

A change of the score's formula then costs the seconds that the formula takes: what was read
from the rows, and what the models really lost, stays.
"""

from __future__ import annotations

import ast
import hashlib
import inspect
import pickle
import textwrap
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar, cast

__all__ = ["FOLDER", "fingerprint", "kept"]

T = TypeVar("T")
FOLDER = Path("build/benchmarks/loss")


def fingerprint(sources: Iterable[Path | Callable[..., object]], *more: str) -> str:
    """Hash what source code does: comments, docstrings and layout do not count.

    Args:
        sources: Python files, folders of them, and single functions, in any order.
        more: What else the result depends on.
    """
    texts = sorted(text for source in sources for text in _texts(source))
    trees = [ast.dump(_bare(ast.parse(text))) for text in texts]
    return hashlib.sha256("\n".join([*trees, *more]).encode()).hexdigest()[:12]


def _bare(tree: ast.Module) -> ast.Module:
    """The tree without texts that stand by themselves."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
            node.body = [n for n in node.body if not _is_text(n)]
    return tree


def _is_text(node: ast.stmt) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def _texts(source: Path | Callable[..., object]) -> list[str]:
    if not isinstance(source, Path):
        return [textwrap.dedent(inspect.getsource(source))]
    files = sorted(source.rglob("*.py")) if source.is_dir() else [source]
    return [path.read_text(encoding="utf-8") for path in files]


def kept(name: str, key: str, make: Callable[[], T]) -> T:
    """Answer what is kept under the name and key, or make it and keep it.

    What was made under another key is removed, and a killed run leaves nothing half-written.
    """
    path = FOLDER / f"{name}-{key}.pkl"
    if path.exists():
        return cast("T", pickle.loads(path.read_bytes()))  # noqa: S301  written below
    made = make()
    path.parent.mkdir(parents=True, exist_ok=True)
    for old in path.parent.glob(f"{name}-{'[0-9a-f]' * 12}.pkl"):
        old.unlink()
    draft = path.with_suffix(".tmp")
    draft.write_bytes(pickle.dumps(made))
    draft.replace(path)
    return made
