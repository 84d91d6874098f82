"""Format a query: one stage per line, even spacing, commands and keywords in their documented letter case."""

from __future__ import annotations

from collections.abc import Sequence

from flowlocal.formatting.skeleton import parse, scannable
from flowlocal.formatting.spacing import Atom, Rules, atoms
from flowlocal.formatting.tokens import StageText, stages
from flowlocal.language.errors import MalformedQuery

WIDTH = 120
"""Characters of a line beyond which a stage is broken after commas and before ``and``, ``or`` and ``by``."""
_INDENT = "    "


def format_query(text: str) -> str:
    """Return a query with one stage per line, each line ended.

    The meaning never changes: both texts parse to the same tree. A column without a name stays as written, because its
    text is its name; so does a stage with comments between its words. Placeholders ``{{name}}`` and saved queries
    ``$Name(…)`` are kept.

    Args:
        text: the query, with comments.

    Returns:
        The formatted query; a text without a query, such as comments alone, with its lines trimmed.

    Raises:
        MalformedQuery: the query is malformed.

    Examples:
        >>> print(format_query('FILTER dstPort=22|stats count (*) by srcAddr'), end="")
        filter dstPort = 22
        | stats count (*) by srcAddr
    """
    plain = text.replace("\r\n", "\n")
    covered = scannable(plain)
    found = stages(covered, plain)
    if not any(stage.tokens for stage in found):
        return "".join(f"{line}\n" for stage in found for line in stage.comments)
    query = parse(plain)
    rules = Rules.of(query)
    written = [_verbatim(plain, stage) for stage in found]
    formatted = [
        _broken(list(atoms(plain, stage.tokens, rules))) if stage.plain else _verbatim(plain, stage) for stage in found
    ]
    if not _means(query, _joined(found, formatted)):
        formatted = [
            each if _means(query, _joined(found, [*written[:at], each, *written[at + 1 :]])) else written[at]
            for at, each in enumerate(formatted)
        ]
    return _joined(found, formatted)


def format_in_line(text: str) -> str:
    """Return a query formatted in one line; one with comments, or broken lines, as ``format_query`` does.

    Raises:
        MalformedQuery: the query is malformed.
    """
    lines = format_query(text).splitlines()
    if "#" in text or any(line.startswith(_INDENT) for line in lines):
        return "\n".join(lines)
    return " ".join(lines)


def _means(query: object, text: str) -> bool:
    try:
        return parse(text) == query
    except MalformedQuery:
        return False


def _verbatim(text: str, stage: StageText) -> str:
    if not stage.tokens:
        return ""
    lines = text[stage.tokens[0].span.start : stage.tokens[-1].span.end].split("\n")
    return "\n".join(line.rstrip() for line in lines)


def _joined(found: Sequence[StageText], texts: Sequence[str]) -> str:
    lines, separator = list[str](), ""
    for stage, text in zip(found, texts, strict=True):
        lines += stage.comments
        if stage.tokens:
            lines.append(separator + text + (f"  {stage.trailing}" if stage.trailing else ""))
            separator = "| "
    return "".join(f"{line}\n" for line in lines)


def _broken(line: Sequence[Atom]) -> str:
    """Return a stage in one line, or in several that are no longer than the width if they can be."""
    if len(text := _text(line)) + len("| ") <= WIDTH:
        return text
    lines = [""]
    for run in _runs(line):
        text = _text(run)
        if lines[-1] and (run[0].text == "by" or len(lines[-1]) + len(text) >= WIDTH):
            lines.append(_INDENT + text.lstrip())
        else:
            lines[-1] += text
    return "\n".join(lines)


def _runs(line: Sequence[Atom]) -> list[list[Atom]]:
    """Return the parts of a line that are never broken."""
    runs = list[list[Atom]]()
    for atom in line:
        if atom.breaks or not runs:
            runs.append([])
        runs[-1].append(atom)
    return runs


def _text(line: Sequence[Atom]) -> str:
    return "".join(f" {atom.text}" if atom.spaced else atom.text for atom in line)
