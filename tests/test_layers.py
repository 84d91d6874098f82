"""Who may import whom. The arrows of the design, read from the source with ``ast``."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "flowlocal"

ALLOWED = {
    "language": {"language"},
    "epoch": set(),
    "values": {"values", "language", "epoch"},
    "functions": {"functions", "values", "language"},
    "commands": {"commands", "functions", "values", "language", "epoch"},
    "events": {"values"},
    "native": {"native"},
    "walking": {"events"},
    "collecting": {"events"},
    "sources": {"sources", "walking", "native", "values", "events", "epoch", "sizes", "collecting"},
    "notes": {"checking", "language", "sources", "result"},
    "result": {"events", "notebook", "notes"},
    "outputs": {"outputs", "result", "values", "events", "ansi"},
    "configuration": {"language", "outputs", "sizes", "small_files"},
    "charts": {"charts", "outputs", "result", "values", "events", "ansi"},
    "moments": {"epoch"},
    "sizes": set(),
    "memory_limits": {"sizes"},
    "small_files": set(),
    "ansi": set(),
    "github": {"ansi"},
    "tables": set(),
    "lookups": {"tables", "events", "small_files"},
    "engine": {"collecting", "commands", "functions", "values", "language", "events", "result", "lookups", "epoch"},
    "explaining": {"collecting", "engine", "functions", "language", "events", "lookups"},
    "importing": {"sources", "events"},
    "reference": {"engine", "functions", "commands", "language"},
    "namespace": {"api", "sources", "events", "lookups", "result", "moments", "values"},
    "api": {"engine", "notes", "sources", "events", "language", "lookups", "result", "moments", "opening", "sizes"},
    "opening": {"sources", "events"},
}
"""Part of the package: the parts that it may import. Parts that are not listed may import everything."""

LIGHT = [
    "cli",
    "outputs",
    "epoch.py",
    "moments.py",
    "sizes.py",
    "memory_limits.py",
    "api.py",
    "events.py",
    "result.py",
    "__init__.py",
    "__main__.py",
]
"""What ``flowlocal --help`` or ``import flowlocal`` may load, and which therefore must not load Polars itself."""


def part(path: Path) -> str:
    """The part of the package that a file belongs to."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def files(*names: str) -> list[Path]:
    """The Python files under some entries of the package, all of them where none is named."""
    roots = [PACKAGE / name for name in names] or [PACKAGE]
    return sorted(path for root in roots for path in ([root] if root.is_file() else root.rglob("*.py")))


def imports(path: Path, *, whole: bool) -> Iterator[str]:
    """Modules that a file imports: at import time, or ``whole`` also later and for types."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree) if whole else _at_import(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative imports hide what is imported"
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _at_import(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes that run when the module is imported: neither inside functions nor under ``if TYPE_CHECKING``."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            continue
        yield child
        yield from _at_import(child)


def parts_imported(path: Path) -> set[str]:
    """The parts of the package that a file imports, anywhere in it."""
    own = (name.split(".") for name in imports(path, whole=True) if name.startswith("flowlocal."))
    known = {part(each) for each in files()}
    return {names[1] for names in own} & known


@pytest.mark.parametrize("path", files(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_layers(path: Path) -> None:
    """A file imports only from the layers below its own."""
    allowed = ALLOWED.get(part(path))
    if allowed is not None:
        assert parts_imported(path) <= allowed


@pytest.mark.parametrize("path", files(*LIGHT), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_doors_are_light(path: Path) -> None:
    """The doors of the house load Polars only when somebody walks through."""
    assert not {"polars", "pyarrow"} & {name.split(".")[0] for name in imports(path, whole=False)}


@pytest.mark.parametrize("path", files("language"), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_language_is_pure(path: Path) -> None:
    """The language knows nothing of data."""
    assert not {"polars", "pyarrow"} & {name.split(".")[0] for name in imports(path, whole=True)}


def test_every_part_has_its_place() -> None:
    """A new part of the package gets its place in the layers, or is named here as a door."""
    doors = {"__init__", "__main__", "cli", "testing", "checking", "aws", "docs", "report", "shell", "notebook"}
    assert {part(path) for path in files()} <= set(ALLOWED) | doors


PLAIN_FRAMES = (
    "collecting.py",
    "functions/periods.py",
    "sources/blocks.py",
    "sources/records.py",
    "sources/suspects.py",
)
"""Modules that may collect: the one place for frames of events, and those whose frames Polars reads without Python."""
COLLECTING = {"collect", "collect_async", "collect_batches", "collect_all", "fetch", "profile"}


def collections(path: Path) -> Iterator[int]:
    """The lines in which a file runs a plan of Polars itself, rather than through ``flowlocal.collecting``."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            name, owner = node.func.attr, ast.unparse(node.func.value)
            if (name in COLLECTING or name.startswith("sink_")) and not owner.endswith("hooks"):
                yield node.lineno


@pytest.mark.parametrize("path", files(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_events_are_collected_in_one_place(path: Path) -> None:
    """A plan over events is run by ``collecting.collect``, which raises again what ended their reading."""
    name = path.relative_to(PACKAGE).as_posix()
    if name not in PLAIN_FRAMES and not name.startswith("sources/shapes/"):
        assert list(collections(path)) == []
