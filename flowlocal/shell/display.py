"""The output of the shell: results, pages of help, notes; with paging on a terminal, else plain."""

from __future__ import annotations

import io
import os
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import click

from flowlocal import ansi, outputs
from flowlocal.terminal import delivery, markdown, notes, screen

if TYPE_CHECKING:
    from flowlocal.language.errors import MalformedQuery
    from flowlocal.result import Result
    from flowlocal.sizes import Unit

_LESS_IS_SET = "LESS" in os.environ
PROMPT = "flowlocal> "
CONTINUATION = "... "
"""Begins a further line of a query; a `|` there would look like a part of it."""
_MAX_PAGE_WIDTH = 100
_MORE = "type `all`, or `pager on`"


@dataclass
class ShellDisplay:
    """The destination of the shell's output.

    Attributes:
        terminal: True if it is a terminal.
        color: True if colours are wanted.
        paging: True if long texts are shown a screen at a time.
        view: how tables are shown.
        human: True to show bytes and rates also as people write them.
    """

    terminal: bool
    color: bool
    paging: bool = True
    view: outputs.TableView = field(default_factory=lambda: outputs.TableView(more=_MORE))
    human: bool = False

    @property
    def width(self) -> int | None:
        """The columns of the terminal; None if there is none."""
        return screen.width(sys.stdout) if self.terminal else None

    def rows_of(self, result: Result, form: outputs.Format, *, every_row: bool = False) -> None:
        """Show the rows of a result.

        Args:
            result: the result.
            form: the output format.
            every_row: True for all rows at once; False for a pager, or without one for the first and last rows.
        """
        view = self.view._replace(every_row=every_row or self.paging, units=self._units(result))
        if not self.terminal:
            delivery.write(result, form, None, color=self.color, view=view)
        elif len(result):
            self.text(self._written(result, form, view), paging=not every_row)

    def result(self, result: Result, form: outputs.Format, seconds: float) -> None:
        """Show the rows of a result, its notes, and how long it took."""
        self.rows_of(result, form)
        for note in (*notes.notes(result), *notes.on_answer(result, always=self.terminal)):
            click.echo(note, err=True)
        if self.terminal:
            click.echo(ansi.painter(self.color)(notes.statistics(result, seconds), "2"), color=True)

    def text(self, text: str, *, paging: bool = True) -> None:
        """Show a text, with a pager if it is longer than the screen."""
        if paging and self._is_long(text):
            if not _LESS_IS_SET:  # keeps the text on the screen after the pager ends
                os.environ["LESS"] = "-FRXS" if self.view.wide else "-FRX"
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
        width = min(_MAX_PAGE_WIDTH, self.width or _MAX_PAGE_WIDTH)
        console = Console(file=text, width=width, force_terminal=self.color, no_color=not self.color)
        console.print(Markdown(page, code_theme="ansi_dark" if self.color else "bw"))
        self.text(ansi.ours("".join(f"{line.rstrip()}\n" for line in text.getvalue().splitlines())))

    def say(self, text: str) -> None:
        """Show a message about the shell itself."""
        click.echo(text, err=not self.terminal)

    def problem(self, text: str) -> None:
        """Show an error message."""
        click.echo(text, err=True)

    def malformed(self, error: MalformedQuery, typed: str) -> None:
        """Show a malformed query, with carets under the typed line if it is a single one, else under an excerpt."""
        from rich.cells import cell_len  # noqa: PLC0415 - slow to import

        from flowlocal.language.render import excerpt, render  # noqa: PLC0415 - not for --help

        lines = ansi.ours(render(error, color=screen.color(sys.stderr, self.color))).split("\n")
        room = (self.width or 0) - len(PROMPT)
        if "\n" not in typed and error.text == typed and cell_len(typed) < room:
            _, carets = excerpt(typed, error.column, error.span.end - error.span.start)
            lines = [f"{' ' * len(PROMPT)}{ansi.painter(self.color)(carets, '1;31')}", lines[0], *lines[4:]]
        self.problem("\n".join(lines))

    def _written(self, result: Result, form: outputs.Format, view: outputs.TableView) -> str:
        stream = io.BytesIO()
        height = screen.height(sys.stdout)
        form.write(result, outputs.Sink(stream, True, self.color, self.width, height, view))
        return stream.getvalue().decode()

    def _units(self, result: Result) -> dict[str, Unit]:
        from flowlocal.data_units import units_of  # noqa: PLC0415 - only if they are wanted

        return units_of(str(result.context.get("query", ""))) if self.human else {}

    def _is_long(self, text: str) -> bool:
        height = shutil.get_terminal_size().lines
        return self.terminal and self.paging and text.count("\n") > height - 2
