"""The protocol: what an editor asks, and the answers of ``features`` in its types and positions."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from lsprotocol import types
from pygls.lsp.server import LanguageServer
from pygls.workspace import TextDocument

from flowlocal.checking.finding import Finding, Severity
from flowlocal.lsp import features

_SEVERITIES = {
    Severity.ERROR: types.DiagnosticSeverity.Error,
    Severity.WARNING: types.DiagnosticSeverity.Warning,
    Severity.NOTE: types.DiagnosticSeverity.Information,
}


def create() -> LanguageServer:
    """Return a server with every feature, not yet started."""
    server = LanguageServer("flowlocal", version("flowlocal"))

    def publish(uri: str) -> None:
        document = server.workspace.get_text_document(uri)
        found = [_diagnostic(document, each) for each in features.findings(_name(uri), document.source)]
        server.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, found, document.version))

    @server.feature(types.TEXT_DOCUMENT_DID_OPEN)
    def opened(params: types.DidOpenTextDocumentParams) -> None:
        publish(params.text_document.uri)

    @server.feature(types.TEXT_DOCUMENT_DID_CHANGE)
    def changed(params: types.DidChangeTextDocumentParams) -> None:
        publish(params.text_document.uri)

    @server.feature(types.TEXT_DOCUMENT_DID_CLOSE)
    def closed(params: types.DidCloseTextDocumentParams) -> None:
        empty = types.PublishDiagnosticsParams(params.text_document.uri, [])
        server.text_document_publish_diagnostics(empty)

    @server.feature(types.TEXT_DOCUMENT_COMPLETION, types.CompletionOptions(trigger_characters=["@", "|", "."]))
    def complete(params: types.CompletionParams) -> list[types.CompletionItem]:
        document = server.workspace.get_text_document(params.text_document.uri)
        return _completions(document, params.position)

    @server.feature(types.TEXT_DOCUMENT_HOVER)
    def hover(params: types.HoverParams) -> types.Hover | None:
        document = server.workspace.get_text_document(params.text_document.uri)
        text = features.help_at(document.source, document.offset_at_position(params.position))
        return types.Hover(types.MarkupContent(types.MarkupKind.Markdown, text)) if text else None

    @server.feature(types.TEXT_DOCUMENT_FORMATTING)
    def format_document(params: types.DocumentFormattingParams) -> list[types.TextEdit]:
        document = server.workspace.get_text_document(params.text_document.uri)
        text = features.formatted(_name(document.uri), document.source)
        return [] if text in (None, document.source) else [types.TextEdit(_whole(document), text or "")]

    return server


def _name(uri: str) -> str:
    return PurePosixPath(unquote(urlsplit(uri).path)).name or "query.insights"


def _diagnostic(document: TextDocument, finding: Finding) -> types.Diagnostic:
    start = types.Position(finding.line - 1, finding.column - 1)
    end = types.Position(finding.end_line - 1, finding.end_column - 1)
    codec, lines = document.position_codec, document.lines
    message = finding.message + (f"\n{finding.fix}" if finding.fix else "")
    return types.Diagnostic(
        types.Range(codec.position_to_client_units(lines, start), codec.position_to_client_units(lines, end)),
        message,
        _SEVERITIES[finding.severity],
        finding.definition.code,
        source="flowlocal",
    )


def _completions(document: TextDocument, position: types.Position) -> list[types.CompletionItem]:
    if not _name(document.uri).lower().endswith(features.QUERY_FILES):
        return []
    found = features.completions(document.source, document.offset_at_position(position))
    items = []
    for number, each in enumerate(found):
        begun = types.Position(position.line, position.character - each.begun)  # names have one unit a character
        edit = types.TextEdit(types.Range(begun, position), each.text)
        order = f"{number:04d}"
        items.append(types.CompletionItem(each.shown, detail=each.meta, text_edit=edit, sort_text=order))
    return items


def _whole(document: TextDocument) -> types.Range:
    return types.Range(types.Position(0, 0), types.Position(len(document.lines) + 1, 0))
