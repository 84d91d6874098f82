"""Live Tail: StartLiveTail."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from uuid import uuid4

from flowlocal.aws.errors import ApiError, invalid, not_found
from flowlocal.aws.event_stream import STREAM, EventStream
from flowlocal.aws.local_store import LocalStore
from flowlocal.aws.matching import check_pattern
from flowlocal.aws.names import identified
from flowlocal.aws.reads import Read
from flowlocal.aws.request import Request
from flowlocal.aws.store import Shown, arn, find_group
from flowlocal.aws.table import Answer, operation
from flowlocal.aws.tailing import MOST, Added, Seen, read_added
from flowlocal.aws.windows import Selection

LONGEST = 3 * 3600
"""Seconds after which a session ends (documented)."""
PERIOD = 1.0
"""Seconds between two updates (documented)."""
_GIVEN = ("logGroupIdentifiers", "logStreamNames", "logStreamNamePrefixes", "logEventFilterPattern")


@operation("StartLiveTail", written=True)
def start_live_tail(request: Request, store: LocalStore) -> Answer:
    """Send events as they come, whether they are written through the API or appended to files."""
    names, prefixes = request.texts("logStreamNames"), request.texts("logStreamNamePrefixes")
    pattern = request.optional_text("logEventFilterPattern") or ""
    groups = [_group(identifier, store) for identifier in request.texts("logGroupIdentifiers")]
    if names and prefixes:
        raise invalid("logStreamNames and logStreamNamePrefixes are mutually exclusive parameters.")
    if (names or prefixes) and len(groups) > 1:
        raise invalid("logStreamNames and logStreamNamePrefixes can be specified for one log group only")
    check_pattern(pattern)
    store.state.tails.enter()
    identity = {"requestId": request.id, "sessionId": str(uuid4())}
    tails = [_Tail(store, name, Selection(tuple(names), tuple(prefixes), pattern)) for name in groups]
    events = _events({**identity, **request.chosen(*_GIVEN)}, tails)
    return {STREAM: EventStream(events, closed=store.state.tails.leave)}


def _group(identifier: str, store: LocalStore) -> str:
    if identified(identifier).name == identifier or identifier.endswith("*"):
        raise invalid(f"logGroupIdentifiers must be ARNs that do not end with an asterisk: {identifier}")
    name = find_group(store, identifier)
    if name is None:
        raise not_found("The specified log group does not exist.")
    return name


def _events(start: Shown, tails: Sequence[_Tail]) -> Iterator[tuple[str, Shown]]:
    """Yield the events of a session until it has lasted too long."""
    try:
        yield "sessionStart", start
        end = time.monotonic() + LONGEST
        while time.monotonic() < end:
            time.sleep(PERIOD)
            rows = [row for tail in tails for row in tail.added()]
            sampled = any(tail.sampled for tail in tails) or len(rows) > MOST
            shown = rows[:: -(-len(rows) // MOST)] if len(rows) > MOST else rows
            yield "sessionUpdate", {"sessionMetadata": {"sampled": sampled}, "sessionResults": shown}
        yield "SessionTimeoutException", {"message": f"The session has lasted for {LONGEST} seconds."}
    except ApiError as error:
        yield "SessionStreamingException", {"message": error.message}


class _Tail:
    """Looks at one group for what is new.

    Attributes:
        sampled: True if the last look found more than is shown.
    """

    def __init__(self, store: LocalStore, name: str, selection: Selection) -> None:
        self.sampled = False
        self._store, self._name, self._selection = store, name, selection
        self._version = store.group(name).version
        self._seen = self._look(None).seen

    def added(self) -> list[Shown]:
        """Return the events that are new since the last call."""
        version = self._store.group(self._name).version
        if version == self._version:
            self.sampled = False
            return []
        found = self._look(self._seen)
        self._version, self._seen, self.sampled = version, found.seen, found.sampled
        identity = arn(self._store, self._name)
        return [{**row, "logGroupIdentifier": identity} for row in found.rows]

    def _look(self, seen: Seen | None) -> Added:
        found: Added = self._store.read_once(self._name, Read(read_added, (self._selection, seen)))
        return found
