"""What the language server answers, over texts and offsets."""

from __future__ import annotations

import re
from functools import cache

from flowlocal.checking.finding import Finding
from flowlocal.checking.hosts import find as find_queries
from flowlocal.checking.hosts import suffixes
from flowlocal.checking.run import Settings, check_all
from flowlocal.checking.source import Host
from flowlocal.compiler.registry import all_functions
from flowlocal.formatting.cases import format_cases
from flowlocal.formatting.query import format_query
from flowlocal.handbook import pages as handbook
from flowlocal.handbook.fields import flow_log_fields
from flowlocal.language.errors import MalformedQuery
from flowlocal.shell.knowledge import CallContext, Knowledge
from flowlocal.shell.suggesting import Suggestion, suggest

QUERY_FILES = (".insights", ".cwli")
CASE_FILES = ".insights.toml"
_GENERATED = {
    "@timestamp": "time of the event",
    "@message": "the whole line",
    "@logStream": "log stream",
    "@log": "account and log group",
    "@ingestionTime": "time at which the event was received",
}
_WORD = re.compile(r"@?[\w.]+|[=!<>~]+|[-+*/%^]")


def findings(name: str, text: str) -> list[Finding]:
    """Return what ``flowlocal check`` finds in a file, with positions in it.

    Args:
        name: the name of the file, which decides how queries are found in it; one of an unknown kind is a query.
            Files of cases are left to `flowlocal test` and their JSON Schema.
        text: its text.
    """
    if name.lower().endswith(CASE_FILES):
        return []
    host = Host(name if name.lower().endswith(suffixes()) else f"{name}.insights", text)
    return check_all(find_queries(host), Settings())


@cache
def knowledge() -> Knowledge:
    """Return the names that are valid in a query over flow logs, whatever fields their format has."""
    pages = handbook.pages()
    return Knowledge(
        {word: page.summary for page in pages if page.kind == "command" for word in (page.name, *page.others)},
        {each.name: CallContext(each.signature, each.aggregate) for each in all_functions()},
        _GENERATED | {each.insights_name: each.meaning for each in flow_log_fields()},
    )


def completions(text: str, offset: int) -> list[Suggestion]:
    """Return completions of a query at an offset."""
    return suggest(text[:offset], knowledge())


def help_at(text: str, offset: int) -> str:
    """Return the page of the word at an offset, as Markdown; empty if there is none."""
    word = next((found[0] for found in _WORD.finditer(text) if found.start() <= offset <= found.end()), "")
    return "\n\n---\n\n".join(page.text for page in handbook.find(word)) if word else ""


def formatted(name: str, text: str) -> str | None:
    """Return the text of a file with its queries formatted; None if it is malformed, or not a file of queries."""
    try:
        if name.lower().endswith(CASE_FILES):
            return format_cases(text)
        return format_query(text) if name.lower().endswith(QUERY_FILES) else None
    except (MalformedQuery, ValueError):
        return None
