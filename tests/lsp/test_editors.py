"""The files for editors."""

from __future__ import annotations

import json
import re

from flowlocal.planning.registry import all_commands
from tools.editor_grammar import GRAMMAR, grammar


def test_committed_grammar() -> None:
    """The committed grammar is the one that the definitions make."""
    written = json.loads(GRAMMAR.read_text(encoding="utf-8"))
    assert written == grammar(), "write it anew: python -m tools.editor_grammar"


def test_commands() -> None:
    """Every command is highlighted at the start of a stage."""
    pattern = next(each["match"] for each in grammar()["patterns"] if each["name"].startswith("keyword.control"))
    for definition in all_commands():
        assert re.search(pattern.replace(r"(?:(?<=\|)|(?<=\()|^)", r"(?:^|\||\()"), f"| {definition.name} x")


def test_extension() -> None:
    """What the extension names exists."""
    folder = GRAMMAR.parent.parent
    extension = json.loads((folder / "package.json").read_text(encoding="utf-8"))
    named = [extension["main"], extension["contributes"]["languages"][0]["configuration"]]
    named += [each["path"] for each in extension["contributes"]["grammars"]]
    assert all((folder / name).is_file() for name in named)
