"""Writing events: PutLogEvents."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from flowlocal.aws.errors import invalid
from flowlocal.aws.local_store import LocalStore
from flowlocal.aws.operations.log_streams import written_stream
from flowlocal.aws.request import Request
from flowlocal.aws.subscriptions import hand_on
from flowlocal.aws.table import Answer, operation
from flowlocal.epoch import in_calendar

MOST_BATCH = 1_048_576
OVERHEAD = 26
"""Bytes that every event counts beside its message (documented)."""
_DAY = 86_400_000
_TOKEN = "0" * 56

Event = tuple[int, str]


@operation("PutLogEvents", written=True)
def put_log_events(request: Request, store: LocalStore) -> Answer:
    """Write events to a stream, and deliver them to the subscriptions of the group.

    Documented: "PutLogEvents", with its bounds on size, order and span. Events of any age are taken, where the
    service passes over those of more than fourteen days: logs that come with a test are old (decided). Those after the
    year 9999 are too new here as there, and are listed as rejected.
    """
    group = store.written(request.text("logGroupName"))
    stream = written_stream(group, request.text("logStreamName"))
    events = [_event(each) for each in request.objects("logEvents")]
    _check(events)
    taken = [event for event in events if in_calendar(event[0]) is not None]
    first = store.put(group, stream, taken, _size(taken))
    hand_on(store, group.name, stream.name, first, taken)
    too_new = {"rejectedLogEventsInfo": {"tooNewLogEventStartIndex": len(taken)}} if len(taken) < len(events) else {}
    return {"nextSequenceToken": _TOKEN, **too_new}


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
