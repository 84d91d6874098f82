"""Writes the TextMate grammar of the language from its definitions: ``python -m tools.editor_grammar``."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from flowlocal.compiler.registry import all_functions
from flowlocal.planning.registry import all_commands

GRAMMAR = Path(__file__).parent.parent / "editors" / "vscode" / "syntaxes" / "insights.tmLanguage.json"
_KEYWORDS = "and or not like in as by asc desc"


def grammar() -> dict[str, Any]:
    """Return the grammar."""
    commands = sorted(word for each in all_commands() for word in (each.name, *each.aliases))
    functions = sorted(word for each in all_functions() for word in (each.name, *each.aliases))
    patterns = [
        ("comment.line.number-sign", "#.*$"),
        ("keyword.control", rf"(?i)(?:(?<=\|)|(?<=\()|^)\s*({_words(commands)})\b"),
        ("string.regexp", r"(?i)(?:(?<=like)|(?<=parse)|(?<==~)|(?<=@message))\s*/(?:\\.|[^/\\])*/"),
        ("string.quoted.double", r'"(?:\\.|[^"\\])*"'),
        ("string.quoted.single", r"'(?:\\.|[^'\\])*'"),
        ("variable.other.quoted", r"`[^`]*`"),
        ("variable.parameter", r"\{\{\s*\w+\s*\}\}"),
        ("support.function", rf"(?i)\b({_words(functions)})(?=\s*\()"),
        ("keyword.operator.word", rf"(?i)\b({_words(_KEYWORDS.split())})\b"),
        ("constant.numeric", r"\b[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?(?:[a-z]+)?\b"),
        ("variable.language", r"@\w+"),
        ("keyword.operator", r"=~|[=!<>]=?|[-+*/%^|]"),
    ]
    return {
        "name": "CloudWatch Logs Insights",
        "scopeName": "source.insights",
        "fileTypes": ["insights", "cwli"],
        "patterns": [{"name": f"{name}.insights", "match": pattern} for name, pattern in patterns],
    }


def _words(words: list[str]) -> str:
    return "|".join(map(re.escape, sorted(words, key=len, reverse=True)))


if __name__ == "__main__":
    GRAMMAR.write_text(json.dumps(grammar(), indent=2) + "\n", encoding="utf-8")
