"""Output of the AWS command line with ``--output text``: tab-separated events, or messages on one line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import takewhile

from flowlocal.sources.containers.line_blocks import whole_lines
from flowlocal.sources.formats import input_format
from flowlocal.sources.formats.json_logs import open_batches
from flowlocal.sources.json.api_events import columns
from flowlocal.sources.reading.batch import Batch, one_batch
from flowlocal.sources.reading.probed_file import OpenedFile, Options, ProbedFile
from flowlocal.sources.records.layout import fits, recognise, values_of
from flowlocal.sources.records.schema import lines_of

_EVENT = "EVENTS\t"
_MILLISECONDS = re.compile(r"[0-9]{1,100}")
_PAGING = ("NEXTTOKEN\t", "NEXTFORWARDTOKEN\t", "NEXTBACKWARDTOKEN\t", "SEARCHEDLOGSTREAMS\t", "b/")


@input_format("aws --output text, events", order=20)
def events_as_text(file: ProbedFile, options: Options) -> OpenedFile | None:
    """Open tab-separated events ((id,) ingestion time, (stream,) message, time) with lines about paging."""
    if not any(line.startswith(_EVENT) for line in file.lines(3)):
        return None
    return open_batches(file, options, "aws logs --output text", lambda lost: map(_events, _lines(file, lost)))


@input_format("aws --output text, messages", order=40)
def messages_as_text(file: ProbedFile, options: Options) -> OpenedFile | None:
    """Open tab-separated messages on one line."""
    messages = file.lines(1)[0].split("\t")[:-1]
    known = recognise(messages[:20])
    given = options.layout is not None and any(fits(options.layout, values_of(m)) for m in messages[:20])
    if not known and not given:
        return None

    def batches(warnings: list[str]) -> Iterator[Batch]:
        for some in _lines(file, warnings, b"\t"):
            yield one_batch([message for line in some for message in line.split("\t")])

    return open_batches(file, options, "aws logs --output text", batches)


def _lines(file: ProbedFile, warnings: list[str], end: bytes = b"\n") -> Iterator[list[str]]:
    """Yield the lines of a file in blocks that end with ``end``."""
    for piece in whole_lines(file.pieces(warnings), end=end):
        yield lines_of(piece.data.removesuffix(end)).to_list()


def _events(lines: Sequence[str]) -> Batch:
    batch = Batch()
    for line in lines:
        if not line.startswith(_PAGING):
            batch.extend(_event(line))
    return batch


def _event(line: str) -> Batch:
    """Return the event of a line; other lines are messages, and tabs in a message are kept."""
    cells = line.split("\t")
    if cells[0] != "EVENTS":
        return one_batch([line])
    if len(cells) < 4 or not _MILLISECONDS.fullmatch(cells[-1]):
        return one_batch([line], "it is not an event as text: a cell is missing")
    first = 1 + sum(1 for _ in takewhile(_MILLISECONDS.fullmatch, cells[1:3]))
    stream = {"logStreamName": cells[first]} if first == 3 and len(cells) >= 6 else {}
    message = "\t".join(cells[first + len(stream) : -1])
    event = {"message": message, "timestamp": int(cells[-1]), "ingestionTime": cells[first - 1] if first > 1 else None}
    return next(columns([event | stream]))
