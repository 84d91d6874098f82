"""For people: the place, the line, what is there and what to write."""

from __future__ import annotations

from collections.abc import Iterator

from flowlocal.checking.finding import Finding, Severity
from flowlocal.checking.reports import Report
from flowlocal.language.render import excerpt

_COLORS = {Severity.ERROR: "\x1b[1;31m", Severity.WARNING: "\x1b[1;33m", Severity.NOTE: "\x1b[1;36m"}
_CYAN, _PLAIN = "\x1b[36m", "\x1b[0m"


def write(report: Report) -> str:
    """Every finding in some lines."""
    return "".join(f"{line}\n" for finding in report.findings for line in _lines(finding, report))


def _lines(finding: Finding, report: Report) -> Iterator[str]:
    bold = _COLORS[finding.severity] if report.color else ""
    cyan, plain = (_CYAN, _PLAIN) if report.color else ("", "")
    place = f"{finding.path}:{finding.line}:{finding.column}"
    query = f" [{_plain(finding.query)}]" if finding.query else ""
    definition = finding.definition
    head = f"{bold}{finding.severity} {definition.code}{plain} {definition.name}"
    yield f"{place}: {head}: {_plain(finding.message)}{query}"
    host = report.hosts.get(finding.path)
    if host is not None and host.text.strip():
        width = finding.end_column - finding.column if finding.end_line == finding.line else None
        line, carets = excerpt(host.line(finding.line), finding.column, width)
        yield f"  {line}"
        yield f"  {bold}{carets}{plain}"
    if finding.remedy:
        yield f"  {cyan}help{plain}: {_plain(finding.remedy)}"


def _plain(text: str) -> str:
    """The text with every control character as a blank, so that a query cannot steer the terminal."""
    return "".join(character if character.isprintable() else " " for character in text)
