"""The language server, driven by a real client over the standard streams of a process."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from lsprotocol import types
from pygls.lsp.client import LanguageClient

from flowlocal.lsp import features

URI = "file:///queries/ports.insights"
Conversation = Callable[[LanguageClient, asyncio.Queue[Any]], Awaitable[None]]


def talk(text: str, conversation: Conversation, uri: str = URI) -> None:
    """Start the server, open a document, and hold a conversation."""

    async def run() -> None:
        client = LanguageClient("tests", "1")
        published: asyncio.Queue[Any] = asyncio.Queue()

        @client.feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)  # type: ignore[untyped-decorator]
        def publish(params: types.PublishDiagnosticsParams) -> None:
            published.put_nowait(params)

        await client.start_io(sys.executable, "-m", "flowlocal", "lsp")
        await client.initialize_async(types.InitializeParams(capabilities=types.ClientCapabilities()))
        client.initialized(types.InitializedParams())
        document = types.TextDocumentItem(uri, "insights", 1, text)
        client.text_document_did_open(types.DidOpenTextDocumentParams(document))
        await conversation(client, published)
        await client.shutdown_async(None)
        client.exit(None)
        await client.stop()  # type: ignore[no-untyped-call]

    asyncio.run(asyncio.wait_for(run(), timeout=120))


def test_findings() -> None:
    """Findings are published when a document is opened, and gone when it is corrected; positions are UTF-16."""

    async def conversation(client: LanguageClient, published: asyncio.Queue[Any]) -> None:
        found = (await published.get()).diagnostics
        assert [(each.code, each.source, each.severity) for each in found] == [
            ("FL001", "flowlocal", types.DiagnosticSeverity.Error)
        ]
        assert "did you mean `count`?" in found[0].message
        assert (found[0].range.start, found[0].range.end) == (types.Position(1, 29), types.Position(1, 34))
        identifier = types.VersionedTextDocumentIdentifier(2, URI)
        whole = types.TextDocumentContentChangeWholeDocument("stats count(*)")
        client.text_document_did_change(types.DidChangeTextDocumentParams(identifier, [whole]))
        assert not (await published.get()).diagnostics

    talk('# ports\nfilter action = "\U0001f600" | stats cuont(*)', conversation)


def test_completion_hover_and_format() -> None:
    """Names are completed, the word under the cursor is explained, and the document is formatted."""

    async def conversation(client: LanguageClient, _published: asyncio.Queue[Any]) -> None:
        document = types.TextDocumentIdentifier(URI)
        asked = types.CompletionParams(document, types.Position(0, 10))
        items: Any = await client.text_document_completion_async(asked)
        assert items[0].label == "srcPort" or "srcPort" in [each.label for each in items]
        port = next(each for each in items if each.label == "srcPort")
        assert port.text_edit.range == types.Range(types.Position(0, 7), types.Position(0, 10))
        hover: Any = await client.text_document_hover_async(types.HoverParams(document, types.Position(0, 2)))
        assert hover.contents.value.startswith("# filter")
        options = types.FormattingOptions(4, insert_spaces=True)
        edits: Any = await client.text_document_formatting_async(types.DocumentFormattingParams(document, options))
        assert [each.new_text for each in edits] == ["filter src = 22\n| limit 5\n"]

    talk("filter src=22|limit 5", conversation)


@pytest.mark.parametrize(
    ("name", "text", "codes"),
    [
        ("a.insights", "stats cuont(*)", ["FL001"]),
        ("untitled", "filter a = REJECT", ["FL203", "FL502"]),
        ("a.tf", 'resource "aws_cloudwatch_query_definition" "q" {\n  query_string = "stats cuont(*)"\n}\n', ["FL001"]),
        ("a.insights.toml", "[[case]]\nquery = 'stats cuont(*)'\n", []),
    ],
)
def test_files(name: str, text: str, codes: list[str]) -> None:
    """The name of a file decides how queries are found in it."""
    found = [each.definition.code for each in features.findings(name, text)]
    assert set(found) <= set(codes)
    assert bool(found) == bool(codes)


@pytest.mark.parametrize("text", ["", "|", "filter (", "filter a like /x", "\x00", "`", "{{", "$x("])
def test_unfinished(text: str) -> None:
    """Unfinished texts have findings, completions and help without a defect, at every offset."""
    features.findings("a.insights", text)
    assert features.formatted("a.insights", text) in (None, text, "")
    for offset in range(len(text) + 1):
        features.completions(text, offset)
        features.help_at(text, offset)
