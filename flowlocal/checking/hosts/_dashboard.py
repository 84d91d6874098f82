"""The log widgets of a dashboard's body (documented: dashboard body structure)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from flowlocal.checking.hosts import Found, NotChecked
from flowlocal.checking.hosts._document import Document, read_json, text_of
from flowlocal.checking.hosts._placeholders import with_placeholders
from flowlocal.checking.source import SourceText

_SOURCES = re.compile(r"\s*(?:SOURCE\s+(?:'[^']*'|\"[^\"]*\")\s*(?:\||$)\s*)+", re.IGNORECASE)
REMEDY = "check the body of the finished dashboard"
CWLI = ("", "CWLI")
"""The names of the query language that is checked here."""


def in_body(source: SourceText, name: str) -> Iterator[Found | NotChecked]:
    """Yield the queries in a body that is JSON text."""
    try:
        document = read_json(source)
    except ValueError as error:
        written = ", ".join(dict.fromkeys(each.written for each in source.unknown))
        reason = f"it depends on {written}" if written else f"the dashboard's body is not valid JSON: {error}"
        yield NotChecked(source.host, reason, REMEDY, source, name)
        return
    yield from in_widgets(document, source, name)


def in_widgets(body: Document, place: SourceText, name: str) -> Iterator[Found | NotChecked]:
    """Yield the queries in a body; what is not known is reported at the given place."""
    widgets = body.get("widgets") if isinstance(body, dict) else None
    if not isinstance(widgets, list):
        yield _unreadable(widgets, place, "the dashboard's widgets are not known here", name)
        return
    for number, widget in enumerate(widgets, 1):
        properties = widget.get("properties") if isinstance(widget, dict) else None
        if not isinstance(properties, dict):
            if not isinstance(widget, dict) or isinstance(properties, NotChecked):
                yield _unreadable(widget, place, f"widget {number} is not known here", name)
        elif text_of(widget.get("type")) == "log" or "query" in properties:
            title = text_of(properties.get("title")) or f"widget {number}"
            yield from _in_widget(properties, place, f"{name}: {title}" if name else title)


def _unreadable(value: Document, place: SourceText, reason: str, name: str) -> NotChecked:
    if isinstance(value, NotChecked):
        return replace(value, name=name)
    return NotChecked(place.host, reason, REMEDY, place, name)


def _in_widget(properties: dict[str, Document], place: SourceText, name: str) -> Iterator[Found | NotChecked]:
    query = properties.get("query")
    language = text_of(properties.get("queryLanguage"))
    if isinstance(query, SourceText) and language.upper() in CWLI:
        yield Found(without_sources(query), name)
    elif isinstance(query, SourceText):
        yield NotChecked(query.host, f"its language is {language}", "only Logs Insights QL is checked", query, name)
    else:
        yield _unreadable(query, place, "its query is not known here", name)


def without_sources(query: SourceText) -> SourceText:
    """Return the query without the log groups at the start of a widget's text, ``SOURCE 'a' | SOURCE 'b' | …``."""
    found = _SOURCES.match(query.text)
    rest = query[found.end() :] if found else query
    return with_placeholders(rest if rest.text.strip() else query)
