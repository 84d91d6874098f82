"""Notes on standard error about a result."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from flowlocal.ansi import one_line
from flowlocal.sizes import in_words

if TYPE_CHECKING:
    from flowlocal.events import ScanReport
    from flowlocal.result import Result

_QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'|`[^`]*`|/(?:\\\\.|[^/\n])*/|#[^\n]*|\b\d+[A-Za-z]+")
_DEFINED = re.compile(r"\bas\s+(@?\w+(?:\s*,\s*@?\w+)*)", re.IGNORECASE)
_WORD = re.compile(r"@?[A-Za-z_][\w.]*")
_CUT_FIRST = re.compile(r"\|\s*(?:limit|head)\b[^|]*\|\s*sort\b", re.IGNORECASE)
_BARE_VALUE = re.compile(r"\b(?:filter|where|and|or|not)\s+@?[\w.]+\s*(?:\b(?:and|or)\b|[|)]|$)", re.IGNORECASE)
SHOWN = 5
"""Maximum number of warnings with the same text about different files."""


def notes(result: Result) -> Iterator[str]:
    """Yield lines on what a user must know to interpret a result: unparsed lines, warnings, rows cut off."""
    yield from on_reading(result.report)
    if result.truncated:
        shown = len(result)
        yield (
            f"flowlocal: the answer is the first {shown:,} of {shown + result.truncated:,} rows; "
            "for more add '| limit N' to the query or give --limit N"
        )


def on_answer(result: Result, *, always: bool, on_command_line: bool = False) -> Iterator[str]:
    """Yield lines on why an answer is empty or odd.

    Args:
        result: the answer.
        always: False to look only at an empty answer and at one whose query looks odd: loading the checks takes a
            fifth of the time of a short query.
        on_command_line: True if the query was written there.
    """
    query = str(result.context.get("query", ""))
    if always or not len(result) or _looks_odd(_QUOTED.sub(" ", query), result):
        for note in result.notes:
            text = note.on_command_line if on_command_line else str(note)
            yield f"note: {one_line(text)} ({note.code})"


def _looks_odd(query: str, result: Result) -> bool:
    return bool(_CUT_FIRST.search(query) or _BARE_VALUE.search(query)) or _has_unknown_words(query, result)


def _has_unknown_words(bare: str, result: Result) -> bool:
    from flowlocal.engine import is_word  # noqa: PLC0415 - not for --help

    fields = result.context.get("fields")
    defined = {name for pair in _DEFINED.findall(bare) for name in re.split(r"[\s,]+", pair)}
    known = {*(fields if isinstance(fields, tuple) else ()), *defined}
    return any(word not in known and not is_word(word) for word in _WORD.findall(bare))


def on_reading(report: ScanReport) -> Iterator[str]:
    """Yield lines on warnings and on lines that are not records."""
    yield from (f"flowlocal: {one_line(warning)}" for warning in folded(report.warnings))
    if not report.odd_count:
        return
    yield f"flowlocal: {report.odd_in_words}, kept with @message alone (--strict refuses such lines):"
    yield from (one_line(f"  {odd.path}:{odd.line}: {odd.reason}") for odd in report.odd_lines)
    if more := report.odd_count - len(report.odd_lines):
        yield f"  and {more:,} more"


def folded(warnings: Sequence[str]) -> Iterator[str]:
    """Yield the warnings; of those with the same text about many files only the first few, and their number."""
    seen: Counter[str] = Counter()
    for warning in warnings:
        kind = _kind(warning)
        seen[kind] += 1
        if seen[kind] <= SHOWN:
            yield warning
    yield from (f"{several(count - SHOWN, 'more file')}: {kind}" for kind, count in seen.items() if count > SHOWN)


def _kind(warning: str) -> str:
    """Return the text of a warning without the file."""
    path, colon, rest = warning.partition(": ")
    return rest if colon else path


def statistics(result: Result, seconds: float) -> str:
    """Return one line of statistics, as the console shows it above its results."""
    facts = result.statistics
    return (
        f"{several(len(result), 'row')}; {facts.recordsMatched:,.0f} of {facts.recordsScanned:,.0f} records matched, "
        f"{in_words(facts.bytesScanned)} in {seconds:.2f} s"
    )


def several(count: int, noun: str) -> str:
    """Return a number with its noun for people."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def files_of(form: str, count: int) -> str:
    """Return a number of files of an input format for people: ``12 S3 deliveries``, ``2 files (JSON)``."""
    if form.endswith("delivery"):
        return f"{count:,} {form if count == 1 else form.removesuffix('y') + 'ies'}"
    return f"{several(count, 'file')} {'skipped' if form == 'skipped' else f'({form})'}"
