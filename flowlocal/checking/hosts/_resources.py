"""Kinds of resources that contain queries, however a template writes them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from flowlocal.checking.hosts import Found, NotChecked
from flowlocal.checking.hosts._dashboard import CWLI, REMEDY, in_body, in_widgets
from flowlocal.checking.hosts._document import Document
from flowlocal.checking.hosts._placeholders import with_placeholders
from flowlocal.checking.source import Host, SourceText


def query_definition(host: Host, query: Document, language: str, name: str) -> Iterator[Found | NotChecked]:
    """Yield a saved query from its resolved text."""
    if language.upper() not in CWLI:
        source = query if isinstance(query, SourceText) else None
        fix = "only Logs Insights QL is checked"
        yield NotChecked(host, f"its language is {language}", fix, source, name)
    elif isinstance(query, SourceText):
        yield Found(with_placeholders(query), name)
    elif isinstance(query, NotChecked):
        yield replace(query, name=name)
    else:
        yield NotChecked(host, "its query is not known here", "", None, name)


def dashboard(host: Host, body: Document, name: str) -> Iterator[Found | NotChecked]:
    """Yield the queries in a dashboard's resolved body: JSON text, or a document that becomes JSON."""
    if isinstance(body, SourceText):
        yield from in_body(body, name)
    elif isinstance(body, dict):
        yield from in_widgets(body, host.whole()[0:0], name)
    elif isinstance(body, NotChecked):
        yield replace(body, name=name)
    else:
        yield NotChecked(host, "the dashboard's body is not known here", REMEDY, None, name)
