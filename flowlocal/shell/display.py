"""What the shell shows: results, pages of help, notes; on a terminal with paging, else plain."""

from __future__ import annotations

import io
import os
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from flowlocal import ansi, outputs
from flowlocal.terminal import delivery, markdown, notes, screen

if TYPE_CHECKING:
    from flowlocal.language.errors import MalformedQuery
    from flowlocal.result import Result

PROMPT = "flowlocal> "
_WIDEST_PAGE = 100


@dataclass
class ShellDisplay:
    """Where things are shown.

    Attributes:
        terminal: is a person looking at it?
        color: are colours wanted?
        paging: are long texts shown a screen at a time?
    """

    terminal: bool
    color: bool
    paging: bool = True

    @property
    def width(self) -> int | None:
        """The columns of the terminal; None where there is none."""
        return screen.width(sys.stdout) if self.terminal else None

    def result(self, result: Result, form: outputs.Format, seconds: float) -> None:
        """Show the rows of a result, what must be known of them, and how long it took."""
        if not self.terminal:
            delivery.write(result, form, None, color=self.color)
        elif len(result):
            self.text(self._written(result, form))
        for note in (*notes.notes(result), *notes.on_answer(result, always=self.terminal)):
            click.echo(note, err=True)
        if self.terminal:
            click.echo(ansi.painter(self.color)(notes.statistics(result, seconds), "2"), color=True)

    def text(self, text: str) -> None:
        """Show a text, a screen at a time where it is longer than that."""
        if self._is_long(text):
            os.environ.setdefault("LESS", "-FRX")  # leaves what was read on the screen
            click.echo_via_pager(ansi.styled(ansi.harmless(text)), color=self.color)
        else:
            click.echo(text, nl=False, color=self.color)

    def rows(self, names: list[str], rows: Sequence[tuple[str, ...]]) -> None:
        """Show a small table."""
        from flowlocal.outputs.table import render  # noqa: PLC0415 - loads rich

        lines = render(names, [list(column) for column in zip(*rows, strict=True)], width=self.width, color=self.color)
        self.text("".join(f"{line}\n" for line in lines))

    def page(self, page: str) -> None:
        """Show a page of Markdown."""
        if not self.terminal:
            click.echo(markdown.plain(page))
            return
        from rich.console import Console  # noqa: PLC0415 - slow to import
        from rich.markdown import Markdown  # noqa: PLC0415

        text = io.StringIO()
        width = min(_WIDEST_PAGE, self.width or _WIDEST_PAGE)
        console = Console(file=text, width=width, force_terminal=self.color, no_color=not self.color)
        console.print(Markdown(page, code_theme="ansi_dark" if self.color else "bw"))
        self.text(ansi.ours("".join(f"{line.rstrip()}\n" for line in text.getvalue().splitlines())))

    def say(self, text: str) -> None:
        """Say something about the shell itself."""
        click.echo(text, err=not self.terminal)

    def problem(self, text: str) -> None:
        """Say what went wrong."""
        click.echo(text, err=True)

    def malformed(self, error: MalformedQuery, typed: str) -> None:
        """Show a malformed query: with carets under what was typed where that is a line, else under an excerpt."""
        from rich.cells import cell_len  # noqa: PLC0415 - slow to import

        from flowlocal.language.render import excerpt, render  # noqa: PLC0415 - not for --help

        lines = ansi.ours(render(error, color=screen.color(sys.stderr, self.color))).split("\n")
        room = (self.width or 0) - len(PROMPT)
        if "\n" not in typed and error.text == typed and cell_len(typed) < room:
            _, carets = excerpt(typed, error.column, error.span.end - error.span.start)
            lines = [f"{' ' * len(PROMPT)}{ansi.painter(self.color)(carets, '1;31')}", lines[0], *lines[4:]]
        self.problem("\n".join(lines))

    def _written(self, result: Result, form: outputs.Format) -> str:
        stream = io.BytesIO()
        form.write(result, outputs.Sink(stream, terminal=True, color=self.color, width=self.width))
        return stream.getvalue().decode()

    def _is_long(self, text: str) -> bool:
        height = shutil.get_terminal_size().lines
        return self.terminal and self.paging and text.count("\n") > height - 2
