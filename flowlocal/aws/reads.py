"""Reading the events of groups outside of queries, in the processes that answer these."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any

from polars.exceptions import PanicException

from flowlocal.aws.errors import ApiError, invalid, unreadable
from flowlocal.aws.tasks import Listener
from flowlocal.events import Events, ScanReport, UnreadableInput


@dataclass(frozen=True)
class Read:
    """A function to call with the events of some groups.

    Attributes:
        function: a function of a module, so that it can be sent to a process; it takes the events and the arguments.
        arguments: the arguments.
    """

    function: Callable[..., Any]
    arguments: tuple[Hashable, ...] = ()

    def answer(self, events: Callable[[], Events], report: ScanReport, listener: Listener) -> None:
        """Call the function; a ``tasks.Job``."""
        try:
            listener.complete(self.function(events(), *self.arguments))
        except ApiError as error:
            listener.refuse(error)
        except UnreadableInput as error:
            listener.refuse(unreadable(error))
        except (Exception, PanicException) as error:  # noqa: BLE001 - told by the answer
            listener.fail(f"{type(error).__name__}: {error}")


class Reply:
    """What came of a read; a ``tasks.Listener``."""

    def __init__(self) -> None:
        self._value: Any = None
        self._error: ApiError | None = None

    def accept(self) -> None:
        """Do nothing: no client waits for it."""

    def progress(self, records: int, read: int) -> None:
        """Do nothing: no client requests it."""

    def refuse(self, error: ApiError) -> None:
        """Take an error of the API."""
        self._error = error

    def complete(self, result: Any) -> None:  # noqa: ANN401 - whatever the function returns
        """Take the value."""
        self._value = result

    def fail(self, problem: str) -> None:
        """Take an error that is not one of the API."""
        self._error = invalid(f"flowlocal cannot answer: {problem}")

    @property
    def value(self) -> Any:  # noqa: ANN401 - whatever the function returns
        """What the function returned.

        Raises:
            ApiError: there is no value.
        """
        if self._error:
            raise self._error
        return self._value


def read_here(events: Callable[[], Events], read: Read) -> Any:  # noqa: ANN401 - as the read
    """Return what a read makes of events, in this process.

    Raises:
        ApiError: there is nothing.
    """
    reply = Reply()
    read.answer(events, ScanReport(), reply)
    return reply.value
