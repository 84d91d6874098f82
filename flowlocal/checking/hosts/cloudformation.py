"""Templates of CloudFormation, SAM and the CDK, and dashboards as JSON."""

from __future__ import annotations

from collections.abc import Iterator

from flowlocal.checking.hosts import Found, NotChecked
from flowlocal.checking.hosts._dashboard import in_widgets
from flowlocal.checking.hosts._document import Document, read_json, text_of, walk
from flowlocal.checking.hosts._intrinsics import Template
from flowlocal.checking.hosts._resources import dashboard, query_definition
from flowlocal.checking.hosts._yaml import read_yaml
from flowlocal.checking.source import Host

SUFFIXES = (".json", ".yaml", ".yml", ".template")
_QUERIES = ("AWS::Logs::QueryDefinition", "AWS::Logs::ScheduledQuery")
_DASHBOARD = "AWS::CloudWatch::Dashboard"
_MARKS = (*_QUERIES, _DASHBOARD, '"widgets"')
"""Every file with a query contains one of these; other files need not be parsed."""


def find(host: Host) -> Iterator[Found | NotChecked]:
    """Yield the queries in all resources of the template."""
    if not any(mark in host.text for mark in _MARKS):
        return
    try:
        documents = _read(host)
    except ValueError as error:
        yield NotChecked(host, f"the file does not read: {error}", "check the file with the tool that it is for")
        return
    for document in documents:
        yield from in_document(host, document)


def _read(host: Host) -> list[Document]:
    if host.text.lstrip("\ufeff \t\r\n").startswith(("{", "[")) and not host.path.lower().endswith((".yaml", ".yml")):
        start = len(host.text) - len(host.text.lstrip("\ufeff"))
        return [read_json(host.whole()[start:])]
    return read_yaml(host)


def in_document(host: Host, document: Document) -> Iterator[Found | NotChecked]:
    """Yield the queries in one document: a template, or the body of a dashboard."""
    template = Template(host, document if isinstance(document, dict) else {})
    if isinstance(document, dict) and "Resources" not in document and "widgets" in document:
        yield from in_widgets(document, host.whole()[0:0], "")
        return
    for each, name in _named_mappings(document):
        kind, properties = text_of(each.get("Type")), each.get("Properties")
        if isinstance(properties, dict) and kind in _QUERIES:
            language = text_of(properties.get("QueryLanguage"))
            yield from query_definition(host, template.resolve(properties.get("QueryString")), language, name)
        elif isinstance(properties, dict) and kind == _DASHBOARD:
            yield from dashboard(host, template.resolve(properties.get("DashboardBody")), name)


def _named_mappings(document: Document) -> Iterator[tuple[dict[str, Document], str]]:
    """Yield all mappings, each with its key."""
    for outer in walk(document):
        for key, value in outer.items():
            if isinstance(value, dict):
                yield value, key
