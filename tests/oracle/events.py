"""Flow log lines to events, in plain Python."""

from __future__ import annotations

from tests.oracle.model import Moment, Value

_FIELDS = (
    *("version", "accountId", "interfaceId", "srcAddr", "dstAddr", "srcPort", "dstPort", "protocol", "packets"),
    *("bytes", "startTime", "endTime", "action", "logStatus"),
)
_NUMBERS = {"version", "srcPort", "dstPort", "protocol", "packets", "bytes", "startTime", "endTime"}


def event_of(line: str, before: dict[str, Value] | None) -> dict[str, Value]:
    """Return the event of a line; an unparsed one takes time and stream from the record before it."""
    pieces = line.split(" ")
    event: dict[str, Value] = {"@message": line}
    if len(pieces) != len(_FIELDS):
        kept = before or {}
        return event | {name: kept[name] for name in ("@timestamp", "@logStream", "@log") if name in kept}
    values = dict(zip(_FIELDS, pieces, strict=True))
    event |= {name: int(value) if name in _NUMBERS and value != "-" else value for name, value in values.items()}
    event["@timestamp"] = Moment(_milliseconds(int(values["startTime"])))
    event["@logStream"] = f"{values['interfaceId']}-all"
    event["@log"] = f"{values['accountId']}:flowlocal"
    return event


def _milliseconds(time: int) -> int:
    """Return the time that an integer means; its digits determine seconds, milli-, micro- or nanoseconds."""
    digits = len(str(time))
    return time * 1000 if digits <= 11 else time // 10 ** (3 * (digits > 14) + 3 * (digits > 17))


def events_of(lines: list[str]) -> list[dict[str, Value]]:
    """Return the events of the lines of one file, in their order."""
    found: list[dict[str, Value]] = []
    last: dict[str, Value] | None = None
    for line in lines:
        event = event_of(line, last)
        last = event if "version" in event else last
        found.append(event)
    return found


NAMES = ("@timestamp", "@message", "@logStream", "@log", *_FIELDS)
