"""A session: open logs, settings, and the last query and its result."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from flowlocal import outputs
from flowlocal.api import answer
from flowlocal.language.errors import MalformedQuery
from flowlocal.query_options import QueryOptions
from flowlocal.shell.display import ShellDisplay
from flowlocal.shell.running import Running
from flowlocal.shell.saved import SavedQueries
from flowlocal.terminal import exit_codes, progress_bar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from flowlocal.api import Logs
    from flowlocal.lookups.folder import Names
    from flowlocal.result import Result
    from flowlocal.shell.knowledge import Knowledge


@dataclass
class Session:
    """Open logs and the state of the shell.

    Attributes:
        logs: the logs, opened once.
        known: the names that are valid in queries over them.
        display: the destination of output.
        saved: the saved queries.
        form: the output format of results.
        start: start of the time range, as typed; None for no bound. ``-1h`` is relative to the start of each query.
        end: end of the time range, inclusive.
        tables: lookup tables by name.
        names: lookup tables of folders.
        with_names: True to show names beside addresses and ids.
        asked: the last query that had a result; empty before the first.
        result: its result.
        draft: a text with which the prompt begins.
        over: True if the session is to end.
        code: the exit code: that of the first query that failed, else 0.
    """

    logs: Logs
    known: Knowledge
    display: ShellDisplay
    saved: SavedQueries
    form: outputs.Format
    start: str | None = None
    end: str | None = None
    tables: Mapping[str, str] = field(default_factory=dict)
    names: Names | None = None
    with_names: bool = False
    asked: str = ""
    result: Result | None = None
    draft: str = ""
    over: bool = False
    code: int = 0

    def take(self, text: str) -> None:
        """Run the typed text: one of the shell's own commands, or a query. Errors are shown, not raised."""
        text = text.strip()
        try:
            self._do(text)
        except BrokenPipeError:
            raise
        except KeyboardInterrupt:
            if not self.display.terminal:
                raise
            self.display.problem("interrupted")
        except MalformedQuery as error:
            self.display.malformed(error, text)
            self._failed(exit_codes.USAGE)
        except ValueError as error:  # a time range that ends before it starts
            self.refuse(str(error))
        except BaseException as error:  # noqa: BLE001 - no error of a query ends the session
            self._failed(exit_codes.code_of(error))

    def _do(self, text: str) -> None:
        from flowlocal.shell.words import find  # noqa: PLC0415 - words imports this module

        found = find(text)
        if found:
            word, argument = found
            word.run(self, argument)
        elif text:
            self._answer(text)

    def refuse(self, message: str) -> None:
        """Show why one of the shell's own commands cannot run."""
        self.display.problem(message)
        self._failed(exit_codes.USAGE)

    def take_draft(self) -> str:
        """Return the text with which the prompt begins, once."""
        draft, self.draft = self.draft, ""
        return draft

    def _answer(self, text: str) -> None:
        began = time.monotonic()
        with progress_bar.Bar(self.logs.source.total_bytes, None if self.display.terminal else False) as bar:
            result = Running(lambda on_bytes: self._query(text, on_bytes), bar.advance).wait()
        self.asked, self.result = text, result
        self.display.result(result, self.form, time.monotonic() - began)

    def _query(self, text: str, on_bytes: Callable[[int], None]) -> Result:
        saved = self.saved.texts() if "$" in text else None
        options = QueryOptions.of(
            text,
            start=self.start,
            end=self.end,
            tables=self.tables,
            saved=saved,
            names=self.names,
            with_names=self.with_names,
        )
        return answer(self.logs, text, options, on_bytes=on_bytes)

    def _failed(self, code: int) -> None:
        self.code = self.code or code
