"""Explain an empty or odd answer by the findings of `flowlocal check` and by what was read.

Notes are derived from the query's text, the fields of the logs and the report of their reading, which a result keeps:
they cost nothing until they are used.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from msgspec import Struct

from flowlocal.checking.checks import answers, names
from flowlocal.checking.evidence import flow_log_names
from flowlocal.checking.finding import Definition, Severity, definitions
from flowlocal.checking.subject import Subject, study
from flowlocal.language import tree
from flowlocal.language.errors import MalformedQuery
from flowlocal.language.suggest import nearest
from flowlocal.sources.records import catalog

if TYPE_CHECKING:
    from flowlocal.result import Result

_NEVER_AS_MEANT = frozenset(
    ("FL202", "FL203", "FL204", "FL301", "FL401", "FL501", "FL502", "FL601", "FL602", "FL606", "FL607")
)
"""Findings that are notes on any answer; others are notes only on an empty one."""
_SHOWN = 3
_MOST = 8


class Note(Struct, frozen=True):
    """A sentence on an answer.

    Attributes:
        code: code of the finding, such as `FL502`; `flowlocal help` and the documentation of `check` explain it.
        message: what is there.
        fix: what to write or do instead; may be empty.
        command: the same for a query in a command line, with its options and the quotes of a shell; empty if it is
            the fix.
    """

    code: str
    message: str
    fix: str = ""
    command: str = ""

    def __str__(self) -> str:
        return _sentence(self.message, self.fix)

    @property
    def on_command_line(self) -> str:
        """The note as those read it who wrote the query in a command line."""
        return _sentence(self.message, self.command or self.fix)


def _sentence(message: str, fix: str) -> str:
    return f"{message}; {fix}" if fix else message


def explain(result: Result) -> tuple[Note, ...]:
    """Return notes on an answer, the most important first; none if there is nothing to say."""
    found = [*_nothing_read(result), *_outside_range(result), *_on_query(result)]
    return tuple(dict.fromkeys(found))[:_MOST]


def _note(definition: Definition, message: str, fix: str = "", command: str = "") -> Note:
    return Note(definition.code, message, fix, command)


def _nothing_read(result: Result) -> Iterator[Note]:
    report = result.report
    if report.records or result.context.get("fields") is None:
        return
    if not report.files and not report.skipped:
        yield _note(
            answers.NOTHING_READ, "no event was read: there is no file under the paths", "name a path with logs"
        )
        return
    skipped = [str(each) for each in report.skipped]
    more = f" and {len(skipped) - _SHOWN:,} more" if len(skipped) > _SHOWN else ""
    reason = "; ".join(skipped[:_SHOWN]) + more if skipped else "the files contain no events"
    yield _note(answers.NOTHING_READ, f"no event was read: {reason}", "`flowlocal fields PATH` shows what is in logs")


def _outside_range(result: Result) -> Iterator[Note]:
    start, end = result.context.get("start"), result.context.get("end")
    first, last = result.report.first, result.report.last
    if result.statistics.recordsMatched or first is None or last is None or (start is None and end is None):
        return
    is_outside = (isinstance(start, int) and last < start) or (isinstance(end, int) and first > end)
    if is_outside:
        message = f"these logs span {_time(first)} to {_time(last)} UTC; nothing is in the time range of the query"
        yield _note(answers.OUTSIDE_RANGE, message, "choose another time range", "give another --start and --end")


def _time(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%Y-%m-%d %H:%M")


def _on_query(result: Result) -> Iterator[Note]:
    """Yield the findings of `check` that matter for this answer, and the fields that these logs do not have."""
    text, fields = result.context.get("expanded"), result.context.get("fields")
    if not isinstance(text, str) or not isinstance(fields, tuple) or not result.report.records:
        return
    try:
        subject = study(text, flow_logs=not flow_log_names().isdisjoint(fields))
    except (MalformedQuery, ValueError):  # it ran, but alone it is not valid, as that of a folder of saved queries
        return
    missing = set()
    for node, _ in names.missing(subject, frozenset(fields)):
        missing.add(node.span.start)
        whole = names.hyphenated(subject, node)
        fix = f"a name with a hyphen has backticks: write `` `{whole}` ``" if whole else ""
        yield _missing_field(node.name, fields, fix)
    is_empty = not len(result)
    if is_empty:
        yield from _no_public_address(subject)
    for definition in definitions():
        wanted = definition.code in _NEVER_AS_MEANT or (is_empty and definition.severity >= Severity.WARNING)
        if definition.body is not None and wanted and definition.code[:3] != "FL1":
            yield from _findings(definition, subject, missing)


def _findings(definition: Definition, subject: Subject, missing: set[int]) -> Iterator[Note]:
    assert definition.body is not None  # noqa: S101 - asked before
    for violation in definition.body(subject):
        if definition.code == "FL501" and violation.span.start in missing:
            continue
        advice = _on_command_line(definition.code, subject.text)
        yield Note(definition.code, violation.message, violation.fix, advice and f"{violation.fix} ({advice})")


def _on_command_line(code: str, text: str) -> str:
    """Return what else helps against a finding if the query was written in a command line; empty if nothing does."""
    if code == "FL301":
        return "the options --start and --end are the time range"
    if code == "FL502" and not {'"', "'"} & set(text):
        return "a shell takes double quotes away: put single quotes around the query"
    return ""


def _no_public_address(subject: Subject) -> Iterator[Note]:
    message = "no address here is public; ranges reserved for documentation or carriers are not public either"
    for call in subject.nodes(tree.Call):
        if call.function.lower() == "ispublicip":
            arguments = subject.text[call.span.start : call.span.end].removeprefix(call.function)
            yield _note(answers.NO_PUBLIC_ADDRESS, message, f"to find them, write `not isPrivateIP{arguments}`")


def _missing_field(name: str, fields: tuple[str, ...], fix: str = "") -> Note:
    near = nearest(name, fields)
    version = catalog.version_of(name)
    if version is not None and catalog.squeezed(name) not in map(catalog.squeezed, fields):
        message = f"`{name}` is a field of version {version} of the flow log format; these logs do not have it"
        return _note(answers.MISSING_FIELD, message, "create the flow log with a format that contains it")
    fix = fix or (f"did you mean `{near}`?" if near else "")
    command = fix or "`flowlocal fields PATH` lists the fields of logs"
    return _note(answers.MISSING_FIELD, f"no field `{name}` in these logs", fix, command)
