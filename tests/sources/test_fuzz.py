"""Whatever bytes a file holds, it is read or refused in words."""

from __future__ import annotations

import io

from hypothesis import example, given
from hypothesis import strategies as st

from flowlocal.events import RECORD, ScanReport, UnreadableInput
from flowlocal.sources import open_events
from tests.properties import examples
from tests.sources.test_formats import SHAPES

_cuts = st.tuples(st.sampled_from(sorted(SHAPES.values())), st.floats(0, 1), st.floats(0, 1), st.binary(max_size=12))


def _mutated(parts: tuple[bytes, float, float, bytes]) -> bytes:
    """One of the shapes with a piece of it replaced."""
    data, start, length, piece = parts
    at = int(start * len(data))
    return data[:at] + piece + data[at + int(length * 40) :]


@given(_cuts.map(_mutated) | st.binary(max_size=200), st.sampled_from([None, "action", "srcaddr start dstport"]))
@examples(4)
@example(b"[", None)
@example(b"{", None)
@example(b'{"events": [', None)
@example(b"PAR1", None)
@example(b"\x1f\x8b", None)
@example(b"\x28\xb5\x2f\xfd", None)
@example(b"\xef\xbb\xbf", None)
@example(b"timestamp,message\n", None)
@example(b'timestamp,message\n"', None)
@example(b"@message\n\0", None)
@example(b'{"awslogs": {"data": "x"}}', None)
@example(b'{"events": [{"message": 5}], "results": null}', None)
@example(b"[[[[", None)
def test_any_bytes(data: bytes, log_format: str | None) -> None:
    """Nothing but a sentence comes of bytes that cannot be read."""
    try:
        events = open_events(["-"], stdin=io.BytesIO(data), log_format=log_format)
        report = ScanReport()
        frame = events.read(report).collect(engine="streaming")
    except UnreadableInput:
        return
    assert len(frame) == report.records
    assert report.odd_count <= frame[RECORD].not_().sum()
    for row in frame["_row"]:
        events.locate(row)
