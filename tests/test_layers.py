"""Which part of the package may import which, read from the source with ``ast``."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import flowlocal

PACKAGE = Path(flowlocal.__file__).parent

ALLOWED = {
    "sizes": set(),
    "positions": set(),
    "epoch": set(),
    "extras": set(),
    "loopback": set(),
    "mypy_plugin": set(),
    "ansi": set(),
    "tables": set(),
    "small_files": set(),
    "warming": set(),
    "threaded": set(),
    "native": {"threaded"},
    "questions": {"small_files"},
    "language": set(),
    "github": {"ansi"},
    "highlighting": set(),
    "moments": {"epoch"},
    "cookbook": {"language", "questions"},
    "memory_limits": {"sizes"},
    "values": {"epoch", "language", "native"},
    "events": {"language", "values"},
    "collecting": {"events", "threaded"},
    "spilling": {"events", "memory_limits"},
    "compiler": {"language", "values"},
    "functions": {"compiler", "language", "values"},
    "planning": {
        *{"collecting", "compiler", "epoch", "language", "memory_limits", "native", "spilling", "threaded", "values"},
    },
    "commands": {"compiler", "epoch", "functions", "language", "planning", "values"},
    "walking": {"events", "small_files"},
    "sources": {
        "collecting",
        "epoch",
        "events",
        "extras",
        "native",
        "positions",
        "sizes",
        "threaded",
        "values",
        "walking",
    },
    "lookups": {"events", "extras", "small_files", "tables", "values"},
    "text_layout": {"ansi"},
    "outputs": {"ansi", "epoch", "events", "sizes", "text_layout", "values"},
    "charts": {"ansi", "events", "extras", "outputs", "text_layout", "values"},
    "display": {"charts", "outputs", "text_layout"},
    "labelling": {"lookups", "values"},
    "result": {"display", "events", "extras", "labelling", "lookups"},
    "query_options": {"language", "lookups", "moments", "sizes"},
    "engine": {
        *{"collecting", "planning", "epoch", "events", "compiler", "language", "lookups", "query_options", "result"},
        *{"values"},
    },
    "data_units": {"commands", "compiler", "engine", "language", "sizes"},
    "comparison": {"engine", "language", "planning", "query_options", "result", "values"},
    "explaining": {"collecting", "engine", "events", "language", "planning", "query_options"},
    "importing": {"events", "sources"},
    "reference": {"planning", "engine", "compiler", "language"},
    "handbook": {"language", "planning", "reference", "small_files", "sources"},
    "configuration": {"language", "outputs", "sizes", "small_files"},
    "checking": {
        *{
            "ansi",
            "commands",
            "configuration",
            "engine",
            "events",
            "extras",
            "compiler",
            "planning",
            "github",
            "language",
            "small_files",
        },
        *{"sources", "walking"},
    },
    "notes": {"checking", "language", "sources"},
    "opening": {"events", "sources"},
    "api": {
        *{"collecting", "engine", "events", "language", "lookups", "moments", "notes", "opening", "query_options"},
        *{"result", "sources"},
    },
    "cluster": {
        *{"api", "collecting", "commands", "compiler", "engine", "events", "extras", "language", "lookups", "moments"},
        *{"planning", "result", "sources"},
    },
    "spark": {"api", "cluster", "commands", "engine", "query_options", "result", "sizes"},
    "conversations": {"api", "collecting", "events", "moments", "result", "values"},
    "rules": {"ansi", "api", "collecting", "conversations", "events", "lookups", "moments", "values"},
    "namespace": {"api", "events", "query_options", "result", "sources", "values"},
    "report": {
        "lookups",
        "sizes",
        "ansi",
        "api",
        "charts",
        "cookbook",
        "events",
        "extras",
        "moments",
        "outputs",
        "query_options",
        "questions",
        "result",
        "small_files",
    },
    "formatting": {"compiler", "language", "planning", "small_files"},
    "filter_patterns": {"compiler", "language"},
    "aws": {
        *{"api", "collecting", "planning", "engine", "epoch", "events", "compiler", "filter_patterns", "language"},
        *{"extras", "lookups", "loopback"},
        *{"memory_limits", "moments", "query_options", "result", "small_files", "sources", "values"},
    },
    "testing": {
        *{"ansi", "api", "aws", "checking", "events", "github", "language", "result", "small_files", "sources"},
        *{"walking"},
    },
    "recording": {
        *{"aws", "engine", "events", "extras", "language", "planning", "testing"},
    },
    "terminal": {
        "ansi",
        "engine",
        "events",
        "extras",
        "github",
        "language",
        "memory_limits",
        "native",
        "outputs",
        "sizes",
    },
    "shell": {
        *{"data_units", "lookups", "sizes"},
        *{"ansi", "api", "charts", "planning", "events", "compiler", "language", "moments", "outputs", "query_options"},
        *{"handbook", "result", "small_files", "terminal"},
    },
    "lsp": {"checking", "compiler", "formatting", "handbook", "language", "shell"},
    "console": {
        *{
            "api",
            "aws",
            "charts",
            "checking",
            "collecting",
            "cookbook",
            "epoch",
            "events",
            "language",
            "lookups",
            "lsp",
        },
        *{"moments", "outputs", "query_options", "questions", "recording", "result", "shell", "sizes", "small_files"},
        *{"loopback", "terminal", "testing", "values"},
    },
    "notebook": {
        *{
            "api",
            "charts",
            "display",
            "events",
            "language",
            "namespace",
            "query_options",
            "result",
            "shell",
            "sources",
            "terminal",
        },
    },
    "cli": {
        "lookups",
        *{
            "ansi",
            "api",
            "aws",
            "charts",
            "checking",
            "cluster",
            "comparison",
            "configuration",
            "console",
            "conversations",
            "cookbook",
            "data_units",
            "events",
            "explaining",
            "extras",
            "formatting",
            "importing",
            "language",
            "lsp",
            "planning",
        },
        *{"moments", "outputs", "query_options", "questions", "handbook", "report", "result"},
        *{"shell", "sizes", "small_files"},
        *{"recording", "rules", "sources", "terminal", "testing", "warming"},
    },
    "__init__": {"api", "events", "extras", "language", "result"},
    "__main__": {"cli"},
}
"""Part of the package: the parts that it may import. All of them are above it in the table, so there is no cycle."""

LIGHT = [
    "cli",
    "outputs",
    "epoch.py",
    "moments.py",
    "sizes.py",
    "memory_limits.py",
    "api.py",
    "query_options.py",
    "events.py",
    "result.py",
    "__init__.py",
    "__main__.py",
]
"""What ``flowlocal --help`` or ``import flowlocal`` may load, and which therefore must not load Polars itself."""


def part(path: Path) -> str:
    """Return the part of the package that a file belongs to."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


@cache
def files(*names: str) -> list[Path]:
    """Return the Python files under some entries of the package; all of them if none is named."""
    roots = [PACKAGE / name for name in names] or [PACKAGE]
    return sorted(path for root in roots for path in ([root] if root.is_file() else root.rglob("*.py")))


@cache
def imports(path: Path, *, lazy: bool) -> list[str]:
    """Return the modules that a file imports at import time, or with ``lazy`` also later; not those for types alone."""
    return list(_modules(path, lazy=lazy))


def _modules(path: Path, *, lazy: bool) -> Iterator[str]:
    """Yield the modules of ``imports``."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in _imports(tree, lazy=lazy):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative imports hide what is imported"
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _imports(node: ast.AST, *, lazy: bool) -> Iterator[ast.AST]:
    """Yield the nodes below a node that run: not those under ``if TYPE_CHECKING``, nor in functions unless ``lazy``."""
    for child in ast.iter_child_nodes(node):
        if not lazy and isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            continue
        yield child
        yield from _imports(child, lazy=lazy)


@cache
def parts() -> set[str]:
    """Return all parts of the package."""
    return {part(each) for each in files()}


def parts_imported(path: Path) -> set[str]:
    """Return the parts of the package that a file imports, anywhere in it."""
    own = (name.split(".") for name in imports(path, lazy=True) if name.startswith("flowlocal."))
    return {names[1] for names in own} & parts()


@pytest.mark.parametrize("path", files(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_layers(path: Path) -> None:
    """A file imports only from the layers below its own."""
    allowed = ALLOWED.get(part(path))
    if allowed is not None:
        assert parts_imported(path) <= allowed | {part(path)}


@pytest.mark.parametrize("path", files(*LIGHT), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_entry_points_are_light(path: Path) -> None:
    """Entry points load Polars only when a query runs."""
    assert not {"polars", "pyarrow"} & {name.split(".")[0] for name in imports(path, lazy=False)}


@pytest.mark.parametrize("path", files("language"), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_language_is_pure(path: Path) -> None:
    """The language package loads neither Polars nor Arrow."""
    assert not {"polars", "pyarrow"} & {name.split(".")[0] for name in imports(path, lazy=True)}


def test_every_part_has_its_place() -> None:
    """Every part of the package is in the table, below those that import it."""
    assert parts() == set(ALLOWED)
    order = list(ALLOWED)
    for name, allowed in ALLOWED.items():
        assert all(order.index(each) < order.index(name) for each in allowed), name


SOURCES = ["containers", "records", "files", "reading", "json", "parquet", "dataset", "formats"]
"""Packages of ``flowlocal.sources``, lowest first: each imports only those before it, other modules all."""


@pytest.mark.parametrize("path", files("sources"), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_layers_of_sources(path: Path) -> None:
    """A package of sources imports only from those below it, also lazily, so there is no cycle."""
    package = path.relative_to(PACKAGE / "sources").parts[0]
    if package in SOURCES:
        own = {name.split(".")[2] for name in imports(path, lazy=True) if name.startswith("flowlocal.sources.")}
        assert own <= set(SOURCES[: SOURCES.index(package) + 1])


def test_every_package_of_sources_is_a_layer() -> None:
    """Every package of sources is in the list."""
    assert {path.parent.name for path in (PACKAGE / "sources").glob("*/__init__.py")} == set(SOURCES)


def module(path: Path) -> str:
    """Return the name of a file's module."""
    return ".".join(("flowlocal", *path.relative_to(PACKAGE).with_suffix("").parts)).removesuffix(".__init__")


@pytest.mark.parametrize("lazy", [False, True])
def test_no_module_cycle(lazy: bool) -> None:
    """No module imports itself by way of others; of lazy imports only the entry point leads back to its package."""
    paths = {module(path): path for path in files()}
    graph = {name: set(imports(path, lazy=lazy)) & paths.keys() - {name} for name, path in paths.items()}
    graph["flowlocal.cli"].discard("flowlocal.cli._guard")  # what the entry point runs imports its own package
    TopologicalSorter(graph).prepare()


@pytest.mark.parametrize("path", files(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_lengths(path: Path) -> None:
    """A file has at most 350 lines, a function at most 40, docstrings left out."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert _lines_of_code(tree, len(path.read_text(encoding="utf-8").splitlines())) <= 350
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert _lines_of_code(node, (node.end_lineno or 0) - node.lineno + 1) <= 40, node.name


def _lines_of_code(tree: ast.AST, lines: int) -> int:
    """Return a number of lines without those of the docstrings below a node."""
    parts = [node for node in ast.walk(tree) if isinstance(node, _WITH_DOCSTRING) and ast.get_docstring(node)]
    return lines - sum((part.body[0].end_lineno or 0) - part.body[0].lineno + 1 for part in parts)


_WITH_DOCSTRING = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def test_names_of_public_classes() -> None:
    """No two public classes have the same name, so that a name means one thing."""
    classes = Counter(
        node.name
        for path in files()
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    )
    assert [name for name, count in classes.items() if count > 1] == []


@pytest.mark.parametrize("path", files(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_underscores(path: Path) -> None:
    """No module of another package is imported by its underscore."""
    for name in imports(path, lazy=True):
        names = name.split(".")
        if names[0] == "flowlocal" and any(each.startswith("_") and not each.startswith("__") for each in names[1:]):
            assert names[1] == part(path), name


PLAIN_FRAMES = (
    "cluster/runners/spark.py",
    "collecting.py",
    "compiler/periods.py",
    "sources/reading/blocks.py",
    "sources/records/schema.py",
    "warming.py",
)
"""Modules that may collect: the one place for events, those whose frames Polars reads without Python, and Spark's."""
COLLECTING = {"collect", "collect_async", "collect_batches", "collect_all", "fetch", "profile"}


def collections(path: Path) -> Iterator[int]:
    """Yield the lines in which a file runs a plan of Polars itself, not through ``flowlocal.collecting``."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            runs = node.func.attr in COLLECTING or node.func.attr.startswith("sink_")
            if runs and not ast.unparse(node.func.value).endswith("hooks"):
                yield node.lineno


@pytest.mark.parametrize("path", files(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_events_are_collected_in_one_place(path: Path) -> None:
    """A plan over events is run by ``collecting.collect``, which raises again what ended their reading."""
    name = path.relative_to(PACKAGE).as_posix()
    if name not in PLAIN_FRAMES and not name.startswith("sources/formats/"):
        assert list(collections(path)) == []
