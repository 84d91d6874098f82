"""Writing events: PutLogEvents."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import pairwise

from flowlocal.aws.errors import invalid
from flowlocal.aws.local_groups import now
from flowlocal.aws.local_store import LocalStore
from flowlocal.aws.operations.log_streams import written_stream
from flowlocal.aws.request import Request
from flowlocal.aws.store import GroupSettings
from flowlocal.aws.subscriptions import hand_on
from flowlocal.aws.table import Answer, operation
from flowlocal.epoch import in_calendar

MOST_BATCH = 1_048_576
OVERHEAD = 26
"""Bytes that every event counts beside its message (documented)."""
_DAY = 86_400_000
_PAST, _FUTURE = 14 * _DAY, 7_200_000
"""Milliseconds that an event may be old, and ahead of time (documented)."""
_TOKEN = "0" * 56

Event = tuple[int, str]


@operation("PutLogEvents", written=True)
def put_log_events(request: Request, store: LocalStore) -> Answer:
    """Write events to a stream, and deliver them to the subscriptions of the group.

    Documented: "PutLogEvents", with its bounds on size, order, span and age. Events that are too new, too old or past
    the group's retention are named as the service names them, and are kept all the same, but for those after the year
    9999: logs that come with a test are old (decided).
    """
    group = store.written(request.text("logGroupName"))
    stream = written_stream(group, request.text("logStreamName"))
    events = [_event(each) for each in request.objects("logEvents")]
    _check(events)
    taken = [event for event in events if in_calendar(event[0]) is not None]
    first = store.put(group, stream, taken, _size(taken))
    hand_on(store, group.name, stream.name, first, taken)
    settings = store.state.settings.get(group.name, GroupSettings())
    rejected = _rejected([time for time, _ in events], now(), settings.retention)
    return {"nextSequenceToken": _TOKEN, **({"rejectedLogEventsInfo": rejected} if rejected else {})}


def _rejected(times: Sequence[int], moment: int, retention: int | None) -> dict[str, int]:
    """Return which of some ascending times the service rejects at a moment.

    Documented: the first that is too new, the one after the last that is too old, the one after the last that is past
    the retention.
    """
    new = bisect_right(times, moment + _FUTURE)
    old = bisect_left(times, moment - _PAST)
    expired = bisect_left(times, moment - retention * _DAY) if retention else 0
    found = {"tooOldLogEventEndIndex": old, "expiredLogEventEndIndex": expired}
    rejected = {name: end for name, end in found.items() if end}
    return rejected | ({"tooNewLogEventStartIndex": new} if new < len(times) else {})


def _event(given: Request) -> Event:
    return given.number("timestamp"), given.text("message")


def _size(events: Sequence[Event]) -> int:
    return sum(len(message.encode()) + OVERHEAD for _, message in events)


def _check(events: Sequence[Event]) -> None:
    if (size := _size(events)) > MOST_BATCH:
        raise invalid(f"Upload too large: {size} bytes exceeds limit of {MOST_BATCH}")
    if any(later < earlier for (earlier, _), (later, _) in pairwise(events)):
        raise invalid("Log events in a single PutLogEvents request must be in chronological order.")
    if events[-1][0] - events[0][0] > _DAY:
        raise invalid("The batch of log events in a single PutLogEvents request cannot span more than 24 hours.")
