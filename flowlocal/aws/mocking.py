"""Logs Insights under moto: ``mock_insights``."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from types import TracebackType
from typing import TYPE_CHECKING, cast, overload
from uuid import uuid4

from flowlocal.aws.decorating import Decorated, decorated
from flowlocal.aws.errors import ApiError
from flowlocal.aws.lookup_tables import Files
from flowlocal.aws.moto_store import OLDEST, MotoStore, UnsupportedMoto
from flowlocal.aws.request import Request
from flowlocal.aws.table import answer, encode, operations
from flowlocal.extras import needed_for

if TYPE_CHECKING:
    from flowlocal.aws.moto_types import Responses

Method = Callable[["Responses"], str | tuple[int, dict[str, int], str]]


@dataclass(frozen=True)
class MockSettings:
    """What one ``mock_insights`` was given.

    Attributes:
        running_polls: how many times GetQueryResults says ``Running``.
        tables: files of lookup tables.
    """

    running_polls: int = 0
    tables: Files = field(default_factory=dict)


class MockInsights:
    """Gives moto's CloudWatch Logs the query engine of flowlocal while it is entered; see ``mock_insights``.

    >>> from flowlocal.aws import MockInsights
    >>> mock = MockInsights(running_polls=1)
    >>> mock.start()
    >>> mock.stop()
    """

    def __init__(self, *, running_polls: int = 0, tables: Files | None = None) -> None:
        self._settings = MockSettings(running_polls, tables or {})

    def __enter__(self) -> MockInsights:
        _PATCH.enter(self._settings)
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        _PATCH.leave()

    def start(self) -> None:
        """Enter without ``with``, as in ``setUp``."""
        self.__enter__()

    def stop(self) -> None:
        """Leave what ``start`` entered, as in ``tearDown``."""
        _PATCH.leave()

    def __call__(self, target: Decorated) -> Decorated:
        """Decorate a function, a generator function, or a class of tests; see ``decorated``."""
        return decorated(self, target)


@overload
def mock_insights(function: Decorated, /) -> Decorated: ...


@overload
def mock_insights(*, running_polls: int = 0, tables: Files | None = None) -> MockInsights: ...


def mock_insights(
    function: Decorated | None = None, /, *, running_polls: int = 0, tables: Files | None = None
) -> Decorated | MockInsights:
    """Answer Logs Insights queries under moto's ``mock_aws`` with flowlocal.

    A context manager and a decorator, inside or outside of ``mock_aws``, entered once or several times::

        @mock_aws
        @mock_insights
        def test_report(): ...

        with mock_insights(), mock_aws(): ...

    Coroutine functions and generators are decorated too, and run with the mock from their first step to their last.

    The events are those in moto's log groups. Queries run when StartQuery is called. What was started and saved is
    gone when moto is reset.

    Args:
        function: what is decorated, if the decorator is written without brackets.
        running_polls: how many times GetQueryResults says ``Running`` before it answers, for tests of code that
            waits for or stops queries.
        tables: lookup tables for ``lookup`` and ``cidrlookup``: paths of CSV files by name.

    Returns:
        A ``MockInsights``, or what was decorated.

    Raises:
        TypeError: what is decorated is a plain function around a coroutine function; see ``decorated``.
        UnsupportedMoto: the installed moto is too old or too different; the message names its version.

    >>> import boto3, moto
    >>> from flowlocal.aws import mock_insights, seed
    >>> with moto.mock_aws(), mock_insights():
    ...     _ = seed("flow-logs", "flow.log")
    ...     logs = boto3.client("logs", "us-east-1")
    ...     started = logs.start_query(
    ...         logGroupName="flow-logs", startTime=0, endTime=1900000000, queryString="stats count(*) as n"
    ...     )
    ...     logs.get_query_results(queryId=started["queryId"])["results"]
    [[{'field': 'n', 'value': '3'}]]
    """
    mock = MockInsights(running_polls=running_polls, tables=tables)
    return mock if function is None else mock(function)


class _Patch:
    """Puts our operations into moto's class of responses, as long as anybody needs them."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._entered: list[MockSettings] = []
        self._undo: list[Callable[[], None]] = []

    def enter(self, settings: MockSettings) -> None:
        """Come in; the first one patches."""
        with self._lock:
            if not self._entered:
                self._install(_responses())
            self._entered.append(settings)

    def leave(self) -> None:
        """Go; the last one takes the patch away."""
        with self._lock:
            if self._entered:
                self._entered.pop()
            if not self._entered:
                while self._undo:
                    self._undo.pop()()

    @property
    def settings(self) -> MockSettings:
        """The settings of the innermost ``mock_insights``."""
        return self._entered[-1] if self._entered else MockSettings()

    def _install(self, responses: type[object]) -> None:
        for name, each in operations().items():
            method = _snake(name)
            if not each.written and not (each.fills_gap and hasattr(responses, method)):
                self._replace(responses, method, _method(name))

    def _replace(self, responses: type[object], method: str, replacement: Method) -> None:
        original = vars(responses).get(method)
        setattr(responses, method, replacement)
        undo = (
            (lambda: delattr(responses, method)) if original is None else lambda: setattr(responses, method, original)
        )
        self._undo.append(undo)


_PATCH = _Patch()


def _snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")


def _method(name: str) -> Method:
    """Return the method of moto's class that answers an operation: a text, or status, headers and text."""

    def method(self: Responses) -> str | tuple[int, dict[str, int], str]:
        settings = _PATCH.settings
        store = MotoStore(self.logs_backend, self.current_account, self.region, settings.tables)
        store.state.queries.held_polls = settings.running_polls
        try:
            return encode(answer(name, Request(json.loads(self.body or "{}"), str(uuid4())), store))
        except ApiError as error:
            return error.status, {"status": error.status}, json.dumps(error.body())

    return method


def _responses() -> type[object]:
    """Moto's class of responses for CloudWatch Logs, after a look at whether it is as it should be."""
    with needed_for("moto's CloudWatch Logs", "moto"):
        import moto  # noqa: PLC0415 - an extra, and slow to import

    if tuple(map(int, moto.__version__.split(".")[:3])) < OLDEST:
        raise UnsupportedMoto("which is older")
    try:
        from moto.logs.models import LogEvent  # noqa: PLC0415
        from moto.logs.responses import LogsResponse  # noqa: PLC0415

        event = LogEvent(0, {"timestamp": 1, "message": "x"})
        found = (
            event.timestamp,
            event.message,
            event.ingestion_time,
            LogsResponse.logs_backend,
            LogsResponse.start_query,
        )
    except (ImportError, AttributeError, TypeError, KeyError) as error:
        raise UnsupportedMoto(f"its CloudWatch Logs are built differently ({error})") from error
    if found[:3] != (1, "x", 0):
        raise UnsupportedMoto("its log events are built differently")
    return cast("type[object]", LogsResponse)
