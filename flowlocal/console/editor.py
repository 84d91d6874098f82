"""The editor of the query: CodeMirror, with the words of the language and what `check` finds in the text."""

from __future__ import annotations

import asyncio
import json
import re
from functools import cache
from typing import TYPE_CHECKING, Any

from nicegui import __version__, background_tasks, events, ui
from nicegui.dependencies import esm_modules

from flowlocal.console.profile import LogProfile, share_of
from flowlocal.shell.knowledge import Knowledge
from flowlocal.shell.pieces import KEYWORDS

if TYPE_CHECKING:
    from flowlocal.checking.finding import Finding
    from flowlocal.console.tab import TabState

_NAME = "query.insights"
_PAUSE = 0.25
"""Seconds without a key after which the text is checked."""
_SCRIPT = '<script>window.flowlocal = import("./static/editor.js");</script>'
_IMPORT = re.compile(r"""\bfrom\s*["']\./([\w.-]+)["']""")


class QueryEditor:
    """The editor of a tab.

    Args:
        tab: the state of the tab.
    """

    def __init__(self, tab: TabState) -> None:
        self._tab = tab
        self._pause: asyncio.Task[None] | None = None
        self._editor = ui.codemirror(tab.question.text, on_change=self._typed).classes("fl-editor")
        self._editor.map_key("Mod-Enter", tab.execute).map_key("Shift-Alt-f", self.format)
        self._editor.on("help", self._help)
        self._client = ui.context.client
        tab.rewritten.subscribe(self._editor.set_value)
        tab.profiled.subscribe(self._learn)
        self._words: dict[str, Any] = {}
        self._call("install")
        self._call("focus")

    def teach(self) -> None:
        """Highlight and complete the words of the language, and the fields; this loads every command."""
        source = self._tab.opened.logs.source
        self._words = words_of(Knowledge.of(source.fields, source.aliases))
        self._call("learn", self._words)
        self._check_soon()

    def _learn(self, profile: LogProfile) -> None:
        """Complete frequent values, too."""
        values = {
            each.name: [(value, share_of(count, profile.events)) for value, count in each.values]
            for each in profile.fields
        }
        self._call("learn", {**self._words, "values": values})

    def format(self) -> None:
        """Format the query; one that is malformed is left as it is."""
        from flowlocal.lsp import features  # noqa: PLC0415 - loads every check, and the page is faster there

        text = features.formatted(_NAME, self._tab.question.text)
        if text is None:
            ui.notify("The query has an error: it cannot be formatted.", type="warning")
        else:
            self._tab.rewrite(text.rstrip("\n"))

    def _typed(self, event: events.ValueChangeEventArguments[str]) -> None:
        self._tab.ask(text=event.value)
        self._check_soon()

    def _check_soon(self) -> None:
        if self._pause is not None:
            self._pause.cancel()
        self._pause = background_tasks.create(self._check(self._tab.question.text))

    async def _check(self, text: str) -> None:
        """Underline what is found in a text after a pause."""
        await asyncio.sleep(_PAUSE)
        found = await asyncio.to_thread(findings_of, text) if text.strip() else []
        self._call("underline", text, [marked(text, each) for each in found])

    def _help(self, event: events.GenericEventArguments) -> None:
        import markdown2  # noqa: PLC0415 - loads Pygments

        from flowlocal.lsp import features  # noqa: PLC0415

        asked = event.args
        page = features.help_at(str(asked["text"]), int(asked["offset"]))
        self._call("answer", asked["question"], str(markdown2.markdown(page, extras=["fenced-code-blocks", "tables"])))

    def _call(self, name: str, *arguments: object) -> None:
        """Call a function of the module in the browser."""
        given = ", ".join(json.dumps(each) for each in (self._editor.id, *arguments))
        self._client.run_javascript(f"flowlocal.then((editor) => editor.{name}({given}))")


@cache
def head() -> str:
    """Return what loads the modules of the editor at once, rather than one after the other has been read."""
    base = f"./_nicegui/{__version__}"
    urls = ["./static/editor.js", f"{base}/static/dompurify.mjs"]
    for key, module in esm_modules.items():
        if module.name == "nicegui-codemirror":
            imported = _IMPORT.findall((module.path / "index.js").read_text(encoding="utf-8"))
            urls += [f"{base}/esm/{key}/{name}" for name in ("index.js", *imported)]
    return "".join(f'<link rel="modulepreload" href="{url}">' for url in urls) + _SCRIPT


def findings_of(text: str) -> list[Finding]:
    """Return what `check` finds in a text."""
    from flowlocal.lsp import features  # noqa: PLC0415

    return features.findings(_NAME, text)


def words_of(known: Knowledge) -> dict[str, Any]:
    """Return the words that the editor highlights and completes."""
    return {
        "commands": dict(known.commands),
        "functions": {name: [each.signature, each.aggregate] for name, each in known.functions.items()},
        "fields": dict(known.fields) | {alias: f"{name} in queries" for alias, name in known.aliases.items()},
        "keywords": sorted(KEYWORDS),
        "values": {},
    }


def marked(text: str, finding: Finding) -> dict[str, object]:
    """Return a finding with its place in a text as offsets in characters."""
    starts = [0]
    for line in text.split("\n"):
        starts.append(starts[-1] + len(line) + 1)
    first = starts[finding.line - 1] + finding.column - 1
    last = starts[finding.end_line - 1] + finding.end_column - 1
    return {
        "from": min(first, max(len(text) - 1, 0)),
        "to": min(max(last, first + 1), len(text)),
        "severity": str(finding.severity),
        "message": f"{finding.definition.code}: {finding.message}",
        "fix": finding.fix,
    }
