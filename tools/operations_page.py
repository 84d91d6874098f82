"""Writes the page about the operations of the API from their definitions: ``python -m tools.operations_page``."""

from __future__ import annotations

import inspect
import sys
from collections import defaultdict
from pathlib import Path

from flowlocal.aws.table import Operation, operations

NAME = "api-operations.md"
_HEAD = """\
# Operations of the CloudWatch Logs API

This page is made of the operations themselves: `python -m tools.operations_page`. It lists what `flowlocal serve`
answers, and who answers under moto: `flowlocal` if `mock_insights` puts its own answer in place, `moto` if moto's own
stays, and `moto or flowlocal` if flowlocal answers what the installed moto does not.
[Run your AWS code without AWS](run-without-aws.md) shows how both are used.

Requests are checked against the API's own model: types, required members, lengths, patterns, enumerations. Every other
operation is refused with `UnknownOperationException`.

`RunScheduledQuery` is flowlocal's own, so clients of the service do not know it:

    curl -H 'X-Amz-Target: Logs_20140328.RunScheduledQuery' -d '{"identifier": "nightly"}' http://127.0.0.1:4586
"""


def page() -> str:
    """Return the page, in Markdown."""
    families: dict[str, list[Operation]] = defaultdict(list)
    for each in operations().values():
        families[_family(each)].append(each)
    return _HEAD + "".join(_section(name, families[name]) for name in sorted(families))


def _family(each: Operation) -> str:
    """Return the heading of the module that defines an operation."""
    described = inspect.getdoc(sys.modules[each.answer.__module__]) or ""
    return described.splitlines()[0].partition(":")[0].removesuffix(".")


def _section(family: str, found: list[Operation]) -> str:
    rows = "".join(f"| `{each.name}` | {_summary(each)} | {_under_moto(each)} |\n" for each in found)
    return f"\n## {family}\n\n| operation | what it does | under moto |\n|---|---|---|\n{rows}"


def _summary(each: Operation) -> str:
    return (inspect.getdoc(each.answer) or "").splitlines()[0].replace("``", "`").replace("|", "\\|")


def _under_moto(each: Operation) -> str:
    if each.written:
        return "moto"
    return "moto or flowlocal" if each.fills_gap else "flowlocal"


def write(folder: Path) -> None:
    """Write the page into the folder of the documentation."""
    (folder / NAME).write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    write(Path("docs"))
