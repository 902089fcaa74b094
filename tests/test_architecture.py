"""The rules of the house, as tests: imports, lengths, docstrings, names."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

import dataready

ROOT = Path(__file__).parent.parent
SRC = ROOT / "src" / "dataready"
MODULES = sorted(SRC.rglob("*.py"))
FLOWS = sorted((ROOT / "flows").rglob("*.py"))
TESTS = sorted(p for p in (ROOT / "tests").rglob("*.py") if "oracle" not in p.parts)
OTHERS = sorted(p for d in ("sample_data", "benchmarks") for p in (ROOT / d).rglob("*.py"))
MOST_LINES = 400
MOST_FUNCTION_LINES = 60
MOST_NAMES = 20

# Top first. A module imports from its own room and from lines below; rooms of one line do not
# know each other.
LAYERS = (
    {"flows"},
    {"cli"},
    {"pipeline"},
    {"report", "notify"},
    {"readiness"},
    {"detect", "importance", "expectations"},
    {"compare"},
    {"testing"},
    {"profile"},
    {"extract"},
    {"sources", "warehouse"},
    {"config"},
    {"model", "sql"},
    {"errors"},
)
RANK = {name: k for k, layer in enumerate(LAYERS) for name in layer}
# Heavy packages, and the only rooms that may import them.
ONLY_IN = {
    "adbc_driver_postgresql": {"sources"},
    "boto3": {"sources"},
    "botocore": {"sources"},
    "deltalake": {"sources"},
    "great_expectations": {"expectations"},
    "jinja2": {"report"},
    "joblib": {"importance"},
    "pandera": {"expectations"},
    "phonenumbers": {"detect"},
    "prefect": {"flows"},
    "pymysql": {"sources"},
    "python_calamine": {"sources"},
    "rich": {"cli"},
    "ruamel": {"expectations"},
    "scipy": {"detect"},
    "sklearn": {"importance"},
    "stdnum": {"detect"},
    "threadpoolctl": {"importance"},
    "typer": {"cli"},
    "yaml": {"config", "expectations"},
}
PURE = {"compare", "readiness"}
LAZY = ("adbc_driver_postgresql", "boto3", "deltalake", "pymysql", "python_calamine", "prefect",
        "pandera", "great_expectations", "sklearn")  # fmt: skip


def name_of(path):
    """Show a file by its place in the project."""
    return str(path.relative_to(ROOT))


def room_of(path):
    """Answer the room a file stands in."""
    return (
        path.relative_to(SRC).parts[0].removesuffix(".py") if path.is_relative_to(SRC) else "flows"
    )


def imports(path):
    """Yield (module, line) of every import in a file, deferred ones included."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module, node.lineno
            yield from ((f"{node.module}.{a.name}", node.lineno) for a in node.names)


@pytest.mark.parametrize("path", [*MODULES, *FLOWS], ids=name_of)
def test_imports_point_down(path):
    """No module imports from a room above, or from another of its own line."""
    home = room_of(path)
    for module, line in imports(path):
        top, _, rest = module.partition(".")
        there = rest.partition(".")[0]
        if top != "dataready" or there not in RANK or home not in RANK:
            continue
        down = RANK[there] > RANK[home] or there == home
        assert down, f"{name_of(path)}:{line}: '{home}' imports '{there}', which is not below it."


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_every_module_has_a_room(path):
    """A room that the layers do not name would be bound by no rule."""
    assert room_of(path) in RANK.keys() | {"__init__", "__main__"}


@pytest.mark.parametrize("path", [*MODULES, *FLOWS], ids=name_of)
def test_heavy_packages_stay_in_their_rooms(path):
    """Each is imported in one room, so that nobody else waits for it or depends on it."""
    home = room_of(path)
    for module, line in imports(path):
        top = module.partition(".")[0]
        allowed = ONLY_IN.get(top, {home})
        assert home in allowed, f"{name_of(path)}:{line}: '{top}' is not for '{home}'."
        assert not (home in PURE and top == "duckdb"), f"{name_of(path)}:{line}: '{home}' is pure."


def test_no_import_cycles():
    """Modules can be read in an order in which each speaks only of those before it."""
    known = {
        ".".join(p.relative_to(SRC.parent).with_suffix("").parts).removesuffix(".__init__")
        for p in MODULES
    }
    graph = {}
    for path in MODULES:
        dotted = ".".join(path.relative_to(SRC.parent).with_suffix("").parts)
        graph[dotted.removesuffix(".__init__")] = {m for m, _ in imports(path) if m in known}
    done, open_ = set(), []

    def visit(module):
        assert module not in open_, " -> ".join([*open_[open_.index(module) :], module])
        if module in done:
            return
        open_.append(module)
        for other in sorted(graph[module] - {module}):
            visit(other)
        open_.pop()
        done.add(module)

    for module in sorted(graph):
        visit(module)


@pytest.mark.parametrize("path", [*MODULES, *FLOWS, *OTHERS], ids=name_of)
def test_modules_are_short(path):
    """A module that does not fit on a few screens holds two."""
    lines = len(path.read_text(encoding="utf-8").splitlines())

    assert lines <= MOST_LINES, f"{lines} lines"


@pytest.mark.parametrize("path", [*MODULES, *FLOWS], ids=name_of)
def test_functions_are_short(path):
    """A function that needs more lines does two things."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef):
            lines = (node.end_lineno or 0) - node.lineno + 1
            assert lines <= MOST_FUNCTION_LINES, f"{node.name} has {lines} lines"


def public(body, *, within=""):
    """Yield every public class, function and method of a module or class."""
    for node in body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef) and not node.name.startswith("_"):
            yield f"{within}{node.name}", node
            if isinstance(node, ast.ClassDef):
                yield from public(node.body, within=f"{node.name}.")


@pytest.mark.parametrize("path", [*MODULES, *FLOWS], ids=name_of)
def test_public_things_say_what_they_are(path):
    """Module, class, function and method have a docstring, all future annotations."""
    tree = ast.parse(path.read_text(encoding="utf-8"))

    assert ast.get_docstring(tree)
    assert [n for n, node in public(tree.body) if not ast.get_docstring(node)] == []


@pytest.mark.parametrize("path", [p for p in TESTS if p.name.startswith("test_")], ids=name_of)
def test_tests_say_what_they_show(path):
    """Every test has a docstring, and the file says what it is about."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    tests = [
        n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef) and n.name.startswith("test_")
    ]

    assert [t.name for t in tests if not ast.get_docstring(t)] == []


def test_few_names_are_public():
    """Whoever imports the package can learn all of it in a minute."""
    assert len(getattr(dataready, "__all__", ())) <= MOST_NAMES


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_names_offered_are_there_and_sorted(path):
    """`__all__` is in order, and names nothing twice."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            names = ast.literal_eval(node.value)
            assert len(set(names)) == len(names)


def test_help_waits_for_nothing_heavy():
    """`dataready --help` imports none of the four packages that take seconds."""
    code = (
        "import sys\n"
        "from dataready.cli import main\n"
        "sys.argv = ['dataready', '--help']\n"
        "try:\n"
        "    main()\n"
        "except SystemExit as e:\n"
        "    assert not e.code, e.code\n"
        f"print('HEAVY', [m for m in {LAZY!r} if m in sys.modules])\n"
    )
    path = os.pathsep.join([str(SRC.parent), os.environ.get("PYTHONPATH", "")])

    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PYTHONPATH": path},
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout.rstrip().endswith("HEAVY []")
