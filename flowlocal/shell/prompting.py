"""The prompt: prompt_toolkit with the completions, colours and keys of the shell."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from prompt_toolkit import PromptSession
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.history import History
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.lexers import Lexer
from prompt_toolkit.output import ColorDepth, create_output
from prompt_toolkit.styles import Style

from flowlocal import outputs
from flowlocal.ansi import one_line
from flowlocal.shell import words
from flowlocal.shell.display import CONTINUATION, PROMPT
from flowlocal.shell.pieces import PieceKind, QueryPiece, pieces
from flowlocal.shell.saved import summary
from flowlocal.shell.suggesting import Suggestion, fitting, suggest
from flowlocal.terminal.screen import unguarded

if TYPE_CHECKING:
    from flowlocal.shell.knowledge import Knowledge
    from flowlocal.shell.session import Session

_STYLE = Style.from_dict(
    {
        "prompt": "bold",
        "command": "bold ansicyan",
        "function": "ansicyan",
        "field": "ansigreen",
        "keyword": "bold",
        "text": "ansimagenta",
        "regex": "ansimagenta",
        "comment": "italic ansibrightblack",
        "error": "underline ansired",
        "own": "bold ansiblue",
        "completion-menu": "noinherit",
        "completion-menu.completion": "noinherit",
        "completion-menu.completion.current": "noinherit reverse",
        "completion-menu.meta.completion": "noinherit ansibrightblack",
        "completion-menu.meta.completion.current": "noinherit reverse",
        "scrollbar.background": "noinherit",
        "scrollbar.button": "noinherit reverse",
        "bottom-toolbar": "noreverse ansibrightblack",
    }
)
"""Colours of the terminal's palette, which are readable in dark and light themes."""


def converse(session: Session, history: History) -> None:
    """Read and run queries until the session is over."""
    prompt = make_prompt(session, history)
    while not session.over:
        try:
            text = prompt.prompt(default=session.take_draft())
        except KeyboardInterrupt:  # Ctrl-C drops the typed text
            continue
        except EOFError:  # Ctrl-D
            return
        session.take(text)
        if text.strip() and not session.over:
            session.display.say("")


def make_prompt(session: Session, history: History) -> PromptSession[str]:
    """Return the prompt of a session."""
    return PromptSession(
        [("class:prompt", PROMPT)],
        prompt_continuation=lambda width, _line, _wrapped: CONTINUATION.rjust(width),
        multiline=True,
        lexer=QueryLexer(session.known),
        completer=QueryCompleter(session),
        complete_in_thread=True,
        history=history,
        key_bindings=_keys(),
        style=_STYLE,
        include_default_pygments_style=False,
        output=create_output(unguarded(sys.stdout)),
        color_depth=None if session.display.color else ColorDepth.MONOCHROME,
        reserve_space_for_menu=6,
    )


class QueryLexer(Lexer):
    """Highlights a query by the language's own tokens."""

    def __init__(self, known: Knowledge) -> None:
        self._known = known

    def lex_document(self, document: Document) -> Callable[[int], StyleAndTextTuples]:
        """Return a function from the number of a line to its styled pieces."""
        lines: list[StyleAndTextTuples] = [[]]
        for style, text in self._styled(document.text):
            first, *more = text.split("\n")
            lines[-1].append((style, first))
            lines.extend([(style, each)] for each in more)
        return lambda number: lines[number] if number < len(lines) else []

    def _styled(self, text: str) -> Iterable[tuple[str, str]]:
        own = words.find(text)
        if own:
            name = text[: len(text) - len(text.lstrip())] + text.split(maxsplit=1)[0]
            return [("class:own", name), ("", text[len(name) :])]
        return [(self._style(piece), piece.text) for piece in pieces(text, self._known.is_command)]

    def _style(self, piece: QueryPiece) -> str:
        if piece.sort is PieceKind.NAME:
            return "class:field" if self._known.is_field(piece.value) else ""
        if piece.sort is PieceKind.FUNCTION and not self._known.is_function(piece.value):
            return "class:error"
        return f"class:{piece.sort}"


class QueryCompleter(Completer):
    """Completes the word at the cursor; if none has been begun, only on Tab."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
        """Yield the completions at the cursor."""
        for each in self._fitting(document.text_before_cursor):
            if each.begun or complete_event.completion_requested:
                shown, meta = one_line(each.shown), one_line(each.meta)
                yield Completion(each.text, -each.begun, display=shown, display_meta=meta)

    def _fitting(self, before: str) -> list[Suggestion]:
        name, blank, begun = before.lstrip().partition(" ")
        if blank and " " not in begun and (candidates := self._arguments(name)):
            return fitting(begun, candidates)
        found = suggest(before, self._session.known)
        if blank or not before.strip():
            return found
        own = [(each.name, each.summary) for each in words.WORDS.values()]
        return found + [each for each in fitting(name, own) if each.text not in {text.text for text in found}]

    def _arguments(self, name: str) -> list[tuple[str, str]]:
        """Return the valid arguments of one of the shell's own commands."""
        known = self._session.known
        if name in {"help", "?"}:
            return [*known.commands.items(), *((each, call.signature) for each, call in known.functions.items())]
        if name == "format":
            return [(each.name, each.summary) for each in outputs.every() if not each.binary]
        if name in {"load", "save"}:
            return [(each, summary(text)) for each, text in self._session.saved.texts().items()]
        return []


def _keys() -> KeyBindings:
    """Return the keys: Enter runs a finished query; Alt-Enter (or Esc, Enter) always begins a new line."""
    keys = KeyBindings()

    @keys.add("enter")
    def _(event: KeyPressEvent) -> None:
        buffer = event.current_buffer
        if buffer.complete_state and buffer.complete_state.current_completion:
            buffer.complete_state = None
        elif _finished(buffer.document):
            buffer.validate_and_handle()
        else:
            buffer.newline(copy_margin=False)

    @keys.add("tab")
    def _(event: KeyPressEvent) -> None:
        buffer = event.current_buffer
        offered = buffer.complete_state.completions if buffer.complete_state else []
        if len(offered) == 1:  # no choice is needed: Enter must run the query, not select
            buffer.apply_completion(offered[0])
        elif offered:
            buffer.complete_next()
        else:
            buffer.start_completion(insert_common_part=True)

    @keys.add("escape", "enter")
    def _(event: KeyPressEvent) -> None:
        event.current_buffer.newline(copy_margin=False)

    return keys


def _finished(document: Document) -> bool:
    """Return True if the text is finished; an empty last line always finishes it."""
    text = document.text
    ended_by_user = document.is_cursor_at_the_end and text.endswith("\n") and bool(text.strip())
    return ended_by_user or words.finished(text)
