"""Everything that the product says to people, in files that read as prose.

Each file is made by running the product: every help page, the whole message of every case that ends in an error, every
finding of every check case. ``FLOWLOCAL_UPDATE=1 pytest tests/golden`` writes them anew, to be reviewed as a diff.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from flowlocal.checking.finding import Finding
from flowlocal.cli._group import flowlocal
from flowlocal.language.errors import MalformedQuery
from flowlocal.language.render import render
from flowlocal.testing.run import CaseRunner
from tests.checking.test_checks import cases as check_cases
from tests.checking.test_checks import findings
from tests.test_cases import all_cases, full_title

HERE = Path(__file__).parent


def _help_pages(_folder: Path) -> Iterator[str]:
    context = click.Context(flowlocal)
    for name in ("", *flowlocal.list_commands(context)):
        arguments = [*name.split(), "--help"]
        shown = CliRunner().invoke(flowlocal, arguments, prog_name="flowlocal", terminal_width=100)
        yield f"$ {' '.join(['flowlocal', *arguments])}\n{shown.output}"


def _errors(_folder: Path) -> Iterator[str]:
    runner = CaseRunner()
    for case in all_cases():
        if case.expected.error:
            with pytest.raises(MalformedQuery) as caught:
                runner.answer(case)
            yield f"{full_title(case)}\n{render(caught.value)}\n"


def _findings(_folder: Path) -> Iterator[str]:
    for parameter in check_cases():
        query, _codes = parameter.values
        if found := findings(str(query)):
            yield "\n".join([f"{parameter.id}\n    {query}", *map(_shown, found)]) + "\n"


def _shown(finding: Finding) -> str:
    code = finding.definition.code
    return f"{code} {finding.severity.name.lower()}: {finding.message}" + (
        f"\n  fix: {finding.fix}" * bool(finding.fix)
    )


FILES: dict[str, Callable[[Path], Iterator[str]]] = {
    "help.txt": _help_pages,
    "errors.txt": _errors,
    "findings.txt": _findings,
}


@pytest.mark.parametrize("name", FILES)
def test_as_reviewed(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The product says what was reviewed."""
    monkeypatch.setenv("NO_COLOR", "1")
    shown = "\n".join(FILES[name](tmp_path))
    golden = HERE / name
    if os.environ.get("FLOWLOCAL_UPDATE"):
        golden.write_text(shown, encoding="utf-8")
    assert shown == golden.read_text(encoding="utf-8")
