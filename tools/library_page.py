"""Write the reference of the library from its docstrings: ``python -m tools.library_page``."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from functools import cached_property
from itertools import groupby
from pathlib import Path
from types import FunctionType

import flowlocal
import flowlocal.aws
import flowlocal.namespace
import flowlocal.spark
from flowlocal.display.picture import Picture
from flowlocal.testing import pytest_plugin

NAME = "reference.md"
PARTS: dict[str, dict[str, object]] = {
    "Logs and answers": {
        "flowlocal.scan": flowlocal.scan,
        "flowlocal.query": flowlocal.query,
        "flowlocal.Logs": flowlocal.Logs,
        "flowlocal.Result": flowlocal.Result,
        "flowlocal.display.picture.Picture": Picture,
    },
    "Errors": {
        "flowlocal.MalformedQuery": flowlocal.MalformedQuery,
        "flowlocal.UnreadableInput": flowlocal.UnreadableInput,
    },
    "Frames and notebooks": {
        "flowlocal.namespace.Insights": flowlocal.namespace.Insights,
        "flowlocal.namespace.LazyInsights": flowlocal.namespace.LazyInsights,
        "flowlocal.namespace.logs_of": flowlocal.namespace.logs_of,
        "flowlocal.load_ipython_extension": flowlocal.load_ipython_extension,
    },
    "Spark": {"flowlocal.spark.query": flowlocal.spark.query, "flowlocal.spark.frame": flowlocal.spark.frame},
    "CloudWatch Logs, moto and emulators": {
        f"flowlocal.aws.{name}": getattr(flowlocal.aws, name) for name in sorted(flowlocal.aws.__all__)
    },
    "Fixtures of pytest": {
        name: inspect.unwrap(getattr(pytest_plugin, name)) for name in ("insights", "insights_aws", "insights_endpoint")
    },
}
"""Titles, and the public parts below each, by name."""
_HEAD = """# Reference of the library

Made from the docstrings by `python -m tools.library_page`; `help(flowlocal.scan)` prints the same. Every example is
run; `flow.log` in them is a file of three records. The [guide](library.md) shows how the parts work together.
"""
_SECTIONS = {"Args:": "Arguments", "Attributes:": "Attributes", "Raises:": "Errors", "Returns:": "Returns"}
_ITEM = re.compile(r"^(\*{0,2}\w+): ", re.MULTILINE)
_LITERAL = re.compile(r"``([^`]+)``")
_WIDEST = 100
"""Of a signature on one line."""


def page() -> str:
    """Return the text of the page."""
    lines = [_HEAD]
    for title, public in PARTS.items():
        lines += [f"## {title}", ""]
        for name, each in public.items():
            lines += entry(name, each, "###")
            for member, value in _members(each):
                lines += entry(f"{name}.{member}", value, "####")
    text = "\n".join(lines).replace("\n~~~\n\n~~~python\n", "\n\n")  # code that contains an empty line
    return re.sub(r"\n{3,}", "\n\n", text).rstrip() + "\n"


def entry(name: str, each: object, level: str) -> list[str]:
    """Return the lines about a class, function, method or property."""
    return [f"{level} `{name.removeprefix('flowlocal.display.picture.')}`", "", *_signature(each), *_prose(each), ""]


def _members(each: object) -> Iterator[tuple[str, object]]:
    """Yield the documented methods and properties of a class; its fields are among its attributes."""
    for name, value in vars(each).items() if inspect.isclass(each) else ():
        is_public = not name.startswith("_") and inspect.getdoc(value)
        if is_public and isinstance(value, FunctionType | property | cached_property):
            yield name, value


class _Bare(str):
    """An annotation, which is shown without quotes."""

    __slots__ = ()
    __repr__ = str.__str__


def _signature(each: object) -> list[str]:
    if not isinstance(each, FunctionType):
        return []
    found = inspect.signature(each)
    own = [part for part in found.parameters.values() if part.name != "self"]
    parts = [part.replace(annotation=_Bare(part.annotation)) for part in own]
    result = f" -> {found.return_annotation}" if found.return_annotation is not found.empty else ""
    whole = f"{each.__name__}{found.replace(parameters=parts, return_annotation=found.empty)}{result}"
    if len(whole) > _WIDEST:
        whole = f"{each.__name__}(\n" + "".join(f"    {part},\n" for part in _written(parts)) + f"){result}"
    return ["~~~python", whole, "~~~", ""]


def _written(parts: list[inspect.Parameter]) -> Iterator[str]:
    """Yield parameters as they are written, with the star before those that are given by name."""
    for kind, group in groupby(parts, key=lambda part: part.kind):
        is_starred = any(part.kind is inspect.Parameter.VAR_POSITIONAL for part in parts)
        yield from ["*"] if kind is inspect.Parameter.KEYWORD_ONLY and not is_starred else []
        yield from map(str, group)


def _prose(each: object) -> Iterator[str]:
    """Yield the blocks of a docstring as Markdown: sections as lists, examples and code in fences."""
    is_code = False
    for block in re.split(r"\n\s*\n", inspect.getdoc(each) or ""):
        if block.startswith("    "):
            text = _below(block) if is_code else _listed(block)
        else:
            text = _block(block)
            is_code = block.endswith("::")
        yield f"~~~python\n{text}\n~~~" if is_code and block.startswith("    ") else text
        yield ""


def _block(block: str) -> str:
    head, _, rest = block.partition("\n")
    if head in _SECTIONS:
        return f"**{_SECTIONS[head]}**\n\n{_listed(rest)}"
    return f"~~~pycon\n{block}\n~~~" if block.startswith(">>> ") else _text(re.sub(r":?:$", ":", block).strip(":\n"))


def _listed(block: str) -> str:
    """Return the indented block below the title of a section: names are items of a list."""
    return _text(_ITEM.sub(r"- ``\1``: ", _below(block)))


def _below(block: str) -> str:
    """Return an indented block without its indentation."""
    return re.sub(r"(?m)^ {4}", "", block)


def _text(block: str) -> str:
    return _LITERAL.sub(r"`\1`", block)


def write(folder: Path) -> None:
    """Write the page into the folder of the documentation."""
    (folder / NAME).write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    write(Path("docs"))
