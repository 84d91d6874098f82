"""What a tab asks: a query with its time range, log groups and limit, and how it is answered."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING

from flowlocal.api import Logs, answer
from flowlocal.charts.histogram import TimeCounter
from flowlocal.console.profile import LogProfile, profile_of
from flowlocal.language.errors import MalformedQuery, Span
from flowlocal.language.unparse import print_string
from flowlocal.query_options import QueryOptions
from flowlocal.shell.running import Running

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from flowlocal.lookups.folder import Names
    from flowlocal.result import Result
    from flowlocal.shell.saved import SavedQueries

_SOURCE = re.compile(r"(?:\s|#[^\n]*\n)*source\b", re.IGNORECASE)
_POLL = 0.02
"""Seconds between two looks at a running query."""


@dataclass(frozen=True)
class OpenedLogs:
    """What all tabs share, and none changes.

    Attributes:
        logs: the logs, opened once.
        paths: their paths, as the user named them.
        saved: the saved queries.
        tables: lookup tables by name.
        names: lookup tables of folders.
        with_names: True to show names beside addresses and ids.
        history: the file that keeps the queries that were run; None to keep them as long as a tab is open.
    """

    logs: Logs
    paths: tuple[str, ...]
    saved: SavedQueries
    tables: Mapping[str, str] = field(default_factory=dict)
    names: Names | None = None
    with_names: bool = False
    history: Path | None = None

    @cached_property
    def profile(self) -> LogProfile:
        """What they contain; read once for all tabs."""
        return profile_of(self.logs.source)


@dataclass(frozen=True)
class AskedQuery:
    """A query and what it is asked about.

    Attributes:
        text: the query.
        start: start of the time range as ``to_range`` takes it; None for no bound.
        end: its end.
        groups: the log groups to read; empty for all.
        limit: the largest number of rows; None for the default.
    """

    text: str
    start: str | None = None
    end: str | None = None
    groups: tuple[str, ...] = ()
    limit: int | None = None

    @property
    def source(self) -> str:
        """The stages that select the log groups; empty if all are read, or if the query selects them itself."""
        if _SOURCE.match(self.text):
            return ""
        return "".join(f"SOURCE {print_string(name)} | " for name in self.groups)


@dataclass(frozen=True)
class AnsweredQuery:
    """The answer to a question.

    Attributes:
        question: the question.
        result: its result.
        counter: the number of matched events over time.
        seconds: how long it took.
    """

    question: AskedQuery
    result: Result
    counter: TimeCounter
    seconds: float


class QueryRun:
    """A query that runs in a thread, from the moment this is made.

    Args:
        opened: the logs.
        question: the query.
    """

    def __init__(self, opened: OpenedLogs, question: AskedQuery) -> None:
        self._opened = opened
        self._question = question
        self._counter = TimeCounter()
        self._read = 0
        self._lock = Lock()
        self._running = Running(self._answer, self._count)
        self._began = time.monotonic()
        self._stopped = False
        self._running.start()

    @property
    def seconds(self) -> float:
        """The time since it was started."""
        return time.monotonic() - self._began

    @property
    def progress(self) -> float | None:
        """The share of the stored bytes that were read; None if their number is not known."""
        total = self._opened.logs.source.total_bytes
        return min(self._read / total, 1.0) if total else None

    def stop(self) -> None:
        """Let go of the query; ``answer`` raises ``CancelledError``."""
        self._stopped = True
        self._running.abandon()

    async def answer(self, on_progress: Callable[[], None]) -> AnsweredQuery:
        """Return the answer when there is one.

        Args:
            on_progress: called several times a second.

        Raises:
            asyncio.CancelledError: it was stopped.
            BaseException: what the query raises, with positions in the text of the question.
        """
        while not (self._running.is_over or self._stopped):
            on_progress()
            await asyncio.sleep(_POLL)
        if self._stopped:
            raise asyncio.CancelledError
        try:
            return self._running.outcome()
        except MalformedQuery as error:
            raise _shifted(error, len(self._question.source), self._question.text) from None

    def _answer(self, on_bytes: Callable[[int], None]) -> AnsweredQuery:
        asked, opened = self._question, self._opened
        text = asked.source + asked.text
        options = QueryOptions.of(
            text,
            start=asked.start,
            end=asked.end,
            limit=asked.limit,
            tables=opened.tables,
            saved=opened.saved.texts() if "$" in text else None,
            names=opened.names,
            with_names=opened.with_names,
        )
        result = answer(opened.logs, text, options, on_bytes=on_bytes, on_times=self._counter.add)
        return AnsweredQuery(asked, result, self._counter, self.seconds)

    def _count(self, count: int) -> None:
        with self._lock:
            self._read += count


def _shifted(error: MalformedQuery, offset: int, text: str) -> MalformedQuery:
    """Return an error with its position in the query without what was put before it."""
    start, end = (max(place - offset, 0) for place in (error.span.start, error.span.end))
    return MalformedQuery(error.message, Span(start, end), expected=error.expected, hint=error.hint, text=text)
