"""Apply checks to a query, to a file of any kind, to many files."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import NoReturn

from flowlocal.checking.finding import MALFORMED, NOT_CHECKED, Definition, Finding, Violation, definitions
from flowlocal.checking.hosts import Found, NotChecked
from flowlocal.checking.source import SourceText
from flowlocal.checking.subject import Subject, study
from flowlocal.language.errors import MalformedQuery, Span
from flowlocal.language.invocations import invocations

_PLACEHOLDERS = ("x", "1", "5m", '"x"')
"""The replacements of values that are not known: a name, a number, a duration, a text."""
_ADDRESSES = ("10.0.0.0/8", "2001:db8::/32", '"10.0.0.0/8"', '"2001:db8::/32"', "32", "10.0")
"""Further replacements of a single value: blocks of addresses, and parts of these."""
_MOST_ATTEMPTS = 100
"""Maximum number of combinations that are tried before a query is reported to depend on its values."""
_IGNORED = re.compile(r"#[^\n]*?flowlocal:\s*ignore\s+(FL\d+(?:[,\s]+FL\d+)*)", re.IGNORECASE)
_CODE = re.compile(r"FL\d+", re.IGNORECASE)


@dataclass(frozen=True)
class Settings:
    """The user's settings for all queries.

    Attributes:
        flow_logs: True if they are meant for flow logs; None to decide by each query's names.
        ignored: codes and names of findings that are not wanted.
    """

    flow_logs: bool | None = None
    ignored: frozenset[str] = frozenset()


def check_all(found: Iterable[Found | NotChecked], settings: Settings) -> list[Finding]:
    """Return all findings in queries, by place; each once, even if a query was found in two ways."""
    findings = [finding for each in found for finding in _check(each, settings) if _wanted(finding, settings)]
    by_place = {(each.path, each.line, each.column, each.definition.code, each.message): each for each in findings}
    return [by_place[place] for place in sorted(by_place)]


def _wanted(finding: Finding, settings: Settings) -> bool:
    definition = finding.definition
    return finding.malformed or not {definition.code, definition.name} & settings.ignored


def _check(found: Found | NotChecked, settings: Settings) -> Iterator[Finding]:
    if isinstance(found, NotChecked):
        place = found.source or found.host.whole()[0:0]
        yield _finding(NOT_CHECKED, place, Span(0, 0), f"not checked: {found.reason}", found.fix, found.name)
        return
    try:
        source, subject = _studied(found, settings)
    except _Names as error:
        reason = f"not checked: it names the saved query ${error}, whose text is not known here"
        yield _finding(NOT_CHECKED, found.source, Span(0, 0), reason, "check the text with it put in", found.name)
        return
    except MalformedQuery as error:
        yield _malformed(found, error)
        return
    except _Depends as error:
        yield _depends(found, str(error))
        return
    ignored = _ignored(source.text)
    for definition in definitions():
        if definition.body is not None and definition.code not in ignored:
            for violation in _outside(definition.body(subject), found.source, source):
                yield _finding(definition, source, violation.span, violation.message, violation.fix, found.name)


def _outside(violations: Iterable[Violation], written: SourceText, source: SourceText) -> Iterator[Violation]:
    """Yield the violations that are not only about the replacement of a value that is not known."""
    holes = {written.offsets[each.start] for each in written.unknown}
    return (violation for violation in violations if source.offsets[violation.span.start] not in holes)


def _studied(found: Found, settings: Settings) -> tuple[SourceText, Subject]:
    """Return the query with replacements of what is not known, so that it parses if possible.

    Raises:
        MalformedQuery: it is malformed, whatever is put in.
        _Names: it names a saved query, of which only the name is here.
        _Depends: whether it is malformed depends on what is put in.
    """
    errors = []
    for word in _PLACEHOLDERS if found.source.unknown else _PLACEHOLDERS[:1]:
        try:
            return _study(found.source.filled(word), settings)
        except MalformedQuery as error:
            errors.append(error)
    if len({error.message for error in errors}) == 1:
        raise errors[0]
    return _each_filled(found.source, settings) or _fail(errors[0].message)


def _fail(message: str) -> NoReturn:
    raise _Depends(message)


def _study(source: SourceText, settings: Settings) -> tuple[SourceText, Subject]:
    for invocation in invocations(source.text):
        raise _Names(invocation.name)
    return source, study(source.text, flow_logs=settings.flow_logs)


def _each_filled(written: SourceText, settings: Settings) -> tuple[SourceText, Subject] | None:
    """Return the query with a word of its own in place of each value; None if none of those tried makes it parse."""
    words, choice = [0] * len(written.unknown), (*_PLACEHOLDERS, *_ADDRESSES)
    for _ in range(_MOST_ATTEMPTS):
        filled = written.filled_each((choice[word] for word in words), keep=True)
        try:
            return _study(replace(filled, unknown=()), settings)
        except MalformedQuery as error:
            number = _blamed(filled, error.span)
        if number is None or words[number] + 1 == len(choice):
            return None
        words[number] += 1
    return None


def _blamed(filled: SourceText, span: Span) -> int | None:
    """Return the number of the value that an error is about: one in its place, else the last before it."""
    places = list(enumerate(filled.unknown))
    about = [number for number, each in places if each.start < span.end and each.end > span.start]
    return next(iter(about + [number for number, each in places if each.end <= span.start][-1:]), None)


class _Names(Exception):
    """Raised for a query that names a saved query."""


class _Depends(Exception):
    """Raised for a query if it is not known whether it is malformed."""


def _depends(found: Found, message: str) -> Finding:
    written = ", ".join(dict.fromkeys(each.written for each in found.source.unknown))
    reason = f"not checked: it depends on {written}, whose value is not known here ({message})"
    fix = "check the text with the values in it, as with `flowlocal check -q`"
    return _finding(NOT_CHECKED, found.source, Span(0, 0), reason, fix, found.name)


def _malformed(found: Found, error: MalformedQuery) -> Finding:
    fix = ". ".join(part for part in (error.expected and f"expected {error.expected}", error.hint) if part)
    source = found.source.filled(_PLACEHOLDERS[0])
    return _finding(MALFORMED, source, error.span, error.message, fix, found.name)


def _finding(definition: Definition, source: SourceText, span: Span, message: str, fix: str, query: str) -> Finding:  # noqa: PLR0917
    line, column = source.place(span.start)
    end_line, end_column = source.place(span.end)
    if (end_line, end_column) <= (line, column):
        end_line, end_column = line, column + 1
    return Finding(
        definition,
        message,
        fix,
        path=source.host.path,
        line=line,
        column=column,
        end_line=end_line,
        end_column=end_column,
        query=query,
        malformed=definition is MALFORMED,
    )


def _ignored(text: str) -> set[str]:
    """Return the codes that a comment in the query says to ignore: ``# flowlocal: ignore FL201``."""
    return {code.upper() for found in _IGNORED.finditer(text) for code in _CODE.findall(found[1])}
