"""A query as it is sent to the process that answers it, and the steps of answering it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from msgspec.structs import replace
from polars.exceptions import PanicException

from flowlocal import engine
from flowlocal.aws.errors import ApiError, malformed, unreadable
from flowlocal.events import Events, ScanReport, UnreadableInput
from flowlocal.language.errors import MalformedQuery
from flowlocal.language.templates import SavedQuery
from flowlocal.lookups.tables import Table
from flowlocal.query_options import QueryOptions
from flowlocal.result import Result

MOST_RESULT = 256 << 20
"""Bytes of a result (decided): it is kept, and its pages are written, in the process that serves everybody."""
_CELL, _POINTER = 48, 200
"""Bytes that a cell takes beside its text, and a pointer."""


@dataclass(frozen=True)
class Task:
    """A query to answer.

    Attributes:
        text: the query.
        groups: the names of the groups to read.
        start: epoch milliseconds of the first moment.
        end: epoch milliseconds of the last moment, inclusive.
        limit: at most so many rows; None for the service's default.
        saved: saved queries by name.
        tables: lookup tables by name.
        offset: what is added to positions in errors, see ``errors.malformed``.
    """

    text: str
    groups: tuple[str, ...]
    start: int
    end: int
    limit: int | None = None
    saved: Mapping[str, SavedQuery] = field(default_factory=dict)
    tables: Mapping[str, Table] = field(default_factory=dict)
    offset: int = 0

    def answer(self, events: Callable[[], Events], report: ScanReport, listener: Listener) -> None:
        """Plan the query and run it; a ``Job``."""
        try:
            plan = self._planned(events, report)
            listener.accept()
            listener.complete(_bounded(plan.run()))
        except ApiError as error:
            listener.refuse(error)
        except ResultTooLarge as error:
            listener.fail(str(error))
        except (Exception, PanicException) as error:  # noqa: BLE001 - told by the status
            listener.fail(f"{type(error).__name__}: {error}")
        except BaseException as error:
            listener.fail(f"it was ended by {type(error).__name__}")
            raise

    def _planned(self, events: Callable[[], Events], report: ScanReport) -> engine.QueryPlan:
        try:
            options = QueryOptions(self.start, self.end, self.limit, saved=self.saved, tables=self.tables)
            return engine.QueryPlan.of(self.text, events(), options, report)
        except MalformedQuery as error:
            raise malformed(error, self.offset) from error
        except UnreadableInput as error:
            raise unreadable(error) from error


class Job(Protocol):
    """What a process is asked to do with the events of some groups."""

    def answer(self, events: Callable[[], Events], report: ScanReport, listener: Listener) -> None:
        """Do it.

        Args:
            events: opens the events.
            report: filled while the events are read.
            listener: learns of each step.
        """
        ...


class Listener(Protocol):
    """Receives the steps of a job: ``accept``, then ``complete`` or ``fail``; or ``refuse``."""

    def accept(self) -> None:
        """Take note that the query is valid and runs."""
        ...

    def refuse(self, error: ApiError) -> None:
        """Take note that the query cannot run."""
        ...

    def complete(self, result: Any) -> None:  # noqa: ANN401 - as the job
        """Take the result."""
        ...

    def fail(self, problem: str) -> None:
        """Take note of why there is no result."""
        ...


class ResultTooLarge(Exception):
    """A result that is not kept."""


def size(result: Result) -> int:
    """Return about how many bytes a result takes."""
    cells = result.printed.height * result.printed.width
    return int(result.printed.estimated_size()) + _CELL * cells + _POINTER * len(result.pointers or ())


def _bounded(result: Result) -> Result:
    """Return the result without what GetQueryResults does not need.

    Raises:
        ResultTooLarge: it takes too much memory.
    """
    if (found := size(result)) > MOST_RESULT:
        message = (
            f"the result takes {found >> 20} MiB, of at most {MOST_RESULT >> 20}: name fewer fields, or limit the rows"
        )
        raise ResultTooLarge(message)
    return replace(result, typed=result.typed.clear())
