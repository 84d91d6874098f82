"""Split files of log lines, plain or compressed, into blocks and read them in parallel."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import repeat
from typing import TypeVar

from msgspec import Struct
from msgspec.structs import replace

from flowlocal.native.library import Block as Memory
from flowlocal.sources.containers.line_blocks import (
    BLOCK_BYTES,
    TOO_LONG,
    LineRange,
    Parts,
    line_ranges,
    weight_of,
    whole_parts,
)
from flowlocal.sources.containers.pieces import Piece
from flowlocal.sources.containers.stored import StoredText
from flowlocal.sources.files.local_files import Descriptor
from flowlocal.sources.reading.blocks import BlockReader, Chunk, LineBlock
from flowlocal.sources.reading.pipeline import CONNECTIONS, Job, ReadRequest, ahead
from flowlocal.sources.reading.tables import PartedLines, StoredLines, whole
from flowlocal.sources.records.row_ids import FilePart
from flowlocal.sources.records.schema import LineFormat, Origin
from flowlocal.threaded import prefetched

SMALL = 1 << 20
"""Maximum stored bytes of a file that is read together with its neighbours."""
_LARGE = 256 << 20
"""Minimum stored bytes of an uncompressed file of which larger blocks are enough to keep all threads busy."""
_PACKED = 4
"""How many times as many bytes a compressed file has, about, once it is decompressed."""
_LARGER = 2
"""How many times as large the blocks are, unless their rows take more memory than their lines: a file of 1 GB takes
up to a tenth less time. With all messages it would take a third more, because memory for so much text is returned to
the system and allocated again for every block; with two texts or more it takes as long, and a third more memory. A file
that fits in such a block is read as one block; a hundred files of 10 MB take a fifth less time (measured)."""
_BATCH_BYTES = 2 << 20
_BATCH_TEXT = 32 << 20
"""Text bytes after which no further small file is added to a batch."""
_BATCH_FILES = 256
_HEAVY = 4 * BLOCK_BYTES
_LATEST = 1 << 20
"""Bytes at the end of a file, at least, in which the newest events are looked for, if it has many times as many."""
_TIMES = 8
_LINE = 256
"""So many bytes for each event that is wanted."""
_T = TypeVar("_T")


class LineFile(Struct, frozen=True):
    """A file of log lines.

    Attributes:
        number: its number in reading order.
        path: as the user named it.
        size: stored bytes; None for a stream.
        text: opens its text.
        line_format: the line format.
        origin: log group, stream and owner of its events.
        skip: bytes of text before the first event: the header line.
        first: lines of text before the first event.
        local: True for a local file.
    """

    number: int
    path: str
    size: int | None
    text: StoredText
    line_format: LineFormat
    origin: Origin
    skip: int
    first: int
    local: bool = True

    @property
    def batch_key(self) -> tuple[object, ...]:
        """A key; files with equal keys can share a block."""
        return self.line_format, self.origin.group, self.origin.owner, self.origin.stream is None

    @property
    def is_small(self) -> bool:
        """True if the file is read together with its neighbours."""
        return self.size is not None and self.size <= SMALL

    def part(self, first: int, lines: int | None = None, size: int | None = None) -> FilePart:
        """Return the description of this file's lines in a block."""
        return FilePart(self.number, self.path, first, lines, size, self.origin.stream)

    def reader(self, request: ReadRequest) -> BlockReader:
        """Return the reader for its blocks."""
        return request.reader(self.line_format, self.origin)

    def jobs(self, request: ReadRequest) -> Iterator[Job]:
        """Return the jobs that read the file."""
        return self._range_jobs(request) if self._is_plain else self._stream_jobs(request)

    @property
    def _is_plain(self) -> bool:
        """True for an uncompressed local file."""
        return self.local and self.size is not None and not self.text.codecs

    def _range_jobs(self, request: ReadRequest) -> Iterator[Job]:
        """Yield a job for each range of an uncompressed file."""
        reader = self.reader(request)
        with self.text.opener() as stream:
            descriptor = Descriptor.of(stream)
        for lines in line_ranges(descriptor.fileno(), self.size or 0, self.skip, self._steps(request, reader)):
            yield partial(_read_range, reader, self, descriptor, lines)

    def _steps(self, request: ReadRequest, reader: BlockReader) -> Iterator[int]:
        """Yield about how many bytes the next block has."""
        size = self.size or 0
        while True:
            is_light = size > _LARGE and (reader.finds_few or not request.is_heavy)
            yield BLOCK_BYTES * (_LARGER if is_light or size <= _LARGER * BLOCK_BYTES else 1)

    def _stream_jobs(self, request: ReadRequest) -> Iterator[Job]:
        """Yield a job for each block from the decompressor, which runs in a thread."""
        reader = self.reader(request)
        continues = False
        _keep_memory()
        is_large = (self.size or 0) > _LARGE // _PACKED and not request.is_heavy
        blocks = partial(self._blocks, BLOCK_BYTES * (_LARGER if is_large else 1))
        for block in prefetched(blocks, waits=self.size is not None):
            yield partial(self._read, reader, block, continues)
            continues = True

    def _blocks(self, size: int) -> Iterator[Parts]:
        return whole_parts(self.text.pieces(), size)

    def _read(self, reader: BlockReader, block: Parts, continues: bool) -> Chunk:
        """Read a block from the decompressor."""
        part, skip = (self.part(0), 0) if continues else (self.part(self.first), self.skip)
        lines = PartedLines(block.parts, skip)
        made = LineBlock(b"", (part,), block.stored, continues, self.lost(block.warning))
        return reader.read_in_pieces(made, lines) or reader.read(replace(made, data=whole(lines)))

    def latest(self, request: ReadRequest, count: int) -> Job | None:
        """Return the job that reads the last lines of a large file; None if the others are few, or it is compressed."""
        last, size = min(max(_LATEST, count * _LINE), BLOCK_BYTES), self.size or 0
        is_large = self._is_plain and size - self.skip >= _TIMES * last
        return partial(self._read_last, self.reader(request), size - last, last) if is_large else None

    def _read_last(self, reader: BlockReader, start: int, size: int) -> Chunk:
        """Read the lines that begin after a position, in so many bytes."""
        with self.text.opener() as stream:
            text = whole(StoredLines(Descriptor.of(stream), start, size))
        first = bytes(text.data).find(b"\n") + 1 or text.size
        return reader.read(LineBlock(Memory.of(text.data[first:]), (self.part(0),), 0, continues=True))

    def lost(self, warning: str) -> tuple[tuple[str, str], ...]:
        """Return ``LineBlock.lost`` for a warning."""
        return ((self.path, warning),) if warning else ()

    def whole(self) -> Piece | None:
        """Return the text of a small file after the skipped bytes; None if it exceeds a block."""
        found: list[Piece] = []
        weight = 0
        for piece in self.text.pieces():
            found.append(piece)
            weight += weight_of(piece.data)
            if weight > BLOCK_BYTES:
                return None
        end = None if self.text.codecs else self.size  # the file may have grown
        data = b"".join(piece.data for piece in found)[self.skip : end]
        return Piece(data, self.size or 0, "; ".join(piece.warning for piece in found if piece.warning))


def _read_range(reader: BlockReader, file: LineFile, descriptor: Descriptor, lines: LineRange) -> Chunk:
    """Read a range of a file; all ranges share a descriptor, so a file moved to the path meanwhile is not mixed in."""
    continues = lines.start > file.skip
    counted, part = (lines.start, file.part(0)) if continues else (0, file.part(file.first))
    lost = file.lost(TOO_LONG if lines.end < lines.next else "")
    block = LineBlock(b"", (part,), lines.next - counted, continues, lost)
    stored = StoredLines(descriptor, lines.start, lines.end - lines.start)
    chunk = reader.read_in_pieces(block, stored)
    if chunk is not None:
        return chunk
    text = whole(stored)
    few = _few_lines(text)
    if few.size == text.size:
        return reader.read(replace(block, data=text))
    chunk = reader.read(replace(block, data=few, stored=lines.start + few.size - counted))
    chunk.rest = [partial(_rest, reader, file, descriptor, lines, few.size)]
    return chunk


def _rest(reader: BlockReader, file: LineFile, descriptor: Descriptor, lines: LineRange, size: int) -> Iterator[Job]:
    """Yield the jobs for the lines after ``size`` bytes, in ranges of that size."""
    for each in line_ranges(descriptor.fileno(), lines.end, lines.start + size, repeat(size)):
        yield partial(_read_range, reader, file, descriptor, each)


def _few_lines(memory: Memory) -> Memory:
    """Return the first lines of a block with so many short lines that reading all would take too much memory."""
    weight = weight_of(memory.data)
    if weight <= _HEAVY:
        return memory
    data = bytes(memory.data)
    return Memory.of(data[: data.rfind(b"\n", 0, max(1, len(data) * BLOCK_BYTES // weight)) + 1] or data)


class LineFiles(Struct, frozen=True):
    """Small files of the same line format that are read as one block.

    Attributes:
        files: the files, in reading order.
    """

    files: tuple[LineFile, ...]

    def jobs(self, request: ReadRequest) -> Iterator[Job]:
        """Yield one job for all files."""
        yield partial(self._read, request)

    def latest(self, request: ReadRequest) -> Job | None:
        """Return the job that reads the last file alone; None if it has to be fetched."""
        return partial(self._last, request) if self.files[-1].local else None

    def _last(self, request: ReadRequest) -> Chunk:
        piece = self.files[-1].whole()
        return Chunk(request.empty(), 0, 0, 0) if piece is None else self._chunk(request, [(self.files[-1], piece)])

    def _read(self, request: ReadRequest) -> Chunk:
        """Read files up to the size limit of a batch; return jobs for the others in ``Chunk.rest``."""
        found = list(zip(self.files, self._wholes(), strict=False))
        chunk = self._chunk(request, found) if found else Chunk(request.empty(), 0, 0, 0)
        chunk.rest = [partial(file.jobs, request) for file in self.files[len(found) :]]
        return chunk

    def _chunk(self, request: ReadRequest, found: Sequence[tuple[LineFile, Piece]]) -> Chunk:
        """Read the lines of several files as one block."""
        texts = [piece.data for _, piece in found]
        # An unterminated last line gets a newline, except in the last file.
        texts[:-1] = [text if text.endswith(b"\n") or not text else text + b"\n" for text in texts[:-1]]
        parts = [
            file.part(file.first, _line_count(text), len(text)) for (file, _), text in zip(found, texts, strict=True)
        ]
        lost = [each for file, piece in found for each in file.lost(piece.warning)]
        stored = sum(piece.stored for _, piece in found)
        return self.files[0].reader(request).read(LineBlock(b"".join(texts), tuple(parts), stored, False, tuple(lost)))

    def _wholes(self) -> Iterator[Piece]:
        """Yield the text of each file until a file or the batch is too large; S3 objects are fetched in parallel."""
        jobs = (file.whole for file in self.files)
        weight = 0
        for piece in (job() for job in jobs) if self.files[0].local else ahead(jobs, CONNECTIONS):
            if piece is None:
                return
            yield piece
            weight += weight_of(piece.data)
            if weight > _BATCH_TEXT:
                return


def _line_count(text: bytes) -> int:
    return text.count(b"\n") + (bool(text) and not text.endswith(b"\n"))


def batched(files: Sequence[LineFile]) -> Iterator[LineFile | LineFiles]:
    """Group small neighbouring files of the same line format, so that thousands of files cost as little as one."""
    batch: list[LineFile] = []
    size = 0
    for file in files:
        size += file.size or 0
        if batch and not (_alike(batch[0], file) and len(batch) < _BATCH_FILES and size <= _BATCH_BYTES):
            yield _joined(batch)
            batch, size = [], file.size or 0
        batch.append(file)
    if batch:
        yield _joined(batch)


def latest(sources: Sequence[object], request: ReadRequest, count: int) -> Job | None:
    """Return the job that reads the last lines of all, given how many events are wanted; None if that takes long."""
    last = sources[-1] if sources else None
    if isinstance(last, LineFiles):
        return last.latest(request) if len(sources) > 1 or len(last.files) >= _TIMES else None
    return last.latest(request, count) if isinstance(last, LineFile) else None


def _alike(first: LineFile, file: LineFile) -> bool:
    return file.is_small and first.is_small and file.batch_key == first.batch_key


def _joined(batch: Sequence[LineFile]) -> LineFile | LineFiles:
    return LineFiles(tuple(batch)) if batch[0].is_small else batch[0]


def _keep_memory() -> None:
    """Make the C library of Linux keep what it gets back: it keeps twice as much as the largest piece that was freed.

    Without it, it returns the memory of each piece of text to the system, which clears it: a tenth of reading gzip.
    """
    bytearray(BLOCK_BYTES)
