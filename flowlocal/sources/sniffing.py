"""What is known of a file before its shape is, and what the shapes make of it."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import BinaryIO

from flowlocal.events import UNNAMED_GROUP, Field, SkippedFile, UnreadableInput
from flowlocal.sources.containers.line_blocks import whole_lines
from flowlocal.sources.containers.pieces import Opener, Pieces
from flowlocal.sources.containers.stored import StoredText, bytes_opener, recognised
from flowlocal.sources.layout import Layout
from flowlocal.sources.local_files import Stamp, file_opener
from flowlocal.sources.paths import STDIN, NamedFile, export_stream
from flowlocal.sources.pipeline import Source
from flowlocal.sources.records import Origin
from flowlocal.sources.streams import is_whole_file, kept

DEFAULT_GROUP = UNNAMED_GROUP


@dataclass(frozen=True)
class Options:
    """What the user said of all paths.

    Attributes:
        layout: the layout of records without a header.
        group: the log group, which wins over any that the logs tell.
    """

    layout: Layout | None = None
    group: str | None = None


@dataclass(frozen=True)
class Sniffed:
    """A file and its beginning.

    Attributes:
        number: its number in reading order.
        path: as the user named it.
        walked: whether it was found in a directory.
        local: True for a file of this machine.
        size: stored bytes; None for a stream.
        text: opens its text.
        head: its first text bytes.
        complete: whether the head is all of it.
        lost: what is missing of it, as far as the head tells.
        stamp: what it was when it was opened; None for what cannot change.
        error: why it cannot be read; only if it was found in a folder, where others may be read nevertheless.
    """

    number: int
    path: str
    walked: bool
    local: bool
    size: int | None
    text: StoredText
    head: bytes
    complete: bool
    lost: str = ""
    stamp: Stamp | None = None
    error: UnreadableInput | None = None

    @property
    def plain(self) -> bool:
        """True for a file of this machine that can be read in parts."""
        return self.local and not self.text.codecs

    def pieces(self, warnings: list[str]) -> Pieces:
        """Read the text from its start.

        Args:
            warnings: takes sentences on what is missing.
        """
        for piece in self.text.pieces():
            warnings.extend([piece.warning] if piece.warning else [])
            yield piece

    def origin(self, options: Options) -> Origin:
        """Where its events come from, as far as the path and the user tell."""
        return Origin(options.group or DEFAULT_GROUP, export_stream(self.path))

    def lines(self, limit: int = -1) -> list[str]:
        """The lines of the head, or the first ``limit`` of them; the last one may be cut."""
        lines = self.head.removesuffix(b"\n").split(b"\n", limit)
        return _texts(lines if limit < 0 else lines[:limit])

    def whole_lines(self) -> list[str]:
        """Return the lines of the head, without a last one that may be cut."""
        head, end, _ = self.head.rpartition(b"\n")
        return self.lines() if self.complete or not end else _texts(head.split(b"\n"))

    def windows(self, size: int = 1 << 20) -> Iterator[list[str]]:
        """Yield all lines from the first one on, those of about ``size`` bytes at a time."""
        for piece in whole_lines(self.text.pieces(), size):
            yield _texts(piece.data.removesuffix(b"\n").split(b"\n"))


def _texts(lines: Iterable[bytes]) -> list[str]:
    return [line.decode("utf-8", "replace").removesuffix("\r") for line in lines]


@dataclass(frozen=True)
class Opened:
    """A file whose shape is known.

    Attributes:
        file: the file.
        shape: the name of its shape, for the user.
        source: reads its events.
        layouts: the layouts of its records.
        fields: the fields of its events that are no flow log records.
        aliases: second names beside the layouts' own.
        groups: the log groups of its events.
        warnings: sentences on it.
        unknown_layout: True if its events look like records of a flow log whose layout is not known.
        skipped: why it has no events; None for a file that is read.
    """

    file: Sniffed
    shape: str
    source: Source
    layouts: tuple[Layout, ...] = ()
    fields: Mapping[str, Field] = field(default_factory=dict)
    aliases: Mapping[str, str] = field(default_factory=dict)
    groups: tuple[str, ...] = (DEFAULT_GROUP,)
    warnings: tuple[str, ...] = ()
    unknown_layout: bool = False
    skipped: SkippedFile | None = None


def sniff(number: int, named: NamedFile, stdin: BinaryIO | None = None) -> Sniffed:
    """Look at the beginning of a file.

    A file found in a folder that cannot be opened comes back with the error.

    Args:
        number: the file's number in reading order.
        named: the file.
        stdin: standard input, if not the process's own.

    Raises:
        UnreadableInput: a file that was named cannot be opened.
    """
    try:
        return _sniff(number, named, stdin)
    except UnreadableInput as error:
        if not named.walked:
            raise
        size = named.status.st_size if named.status else 0
        nothing = StoredText(bytes_opener(b""))
        return Sniffed(number, named.path, True, True, size, nothing, b"", True, error=error)


def _sniff(number: int, named: NamedFile, stdin: BinaryIO | None) -> Sniffed:
    if named.path == STDIN:
        stream = stdin or sys.stdin.buffer
        stamp = Stamp.of(stream) if is_whole_file(stream) else None
        return replace(_sniffed(number, named, kept(stream, STDIN), None), stamp=stamp)
    if named.remote is not None:
        return _sniffed(number, named, named.remote.open, named.remote.size)
    opener = file_opener(named.path)
    with opener() as stream:
        if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):  # a pipe can be opened and read but once
            return _sniffed(number, named, kept(stream, named.path), None)
        stamp = Stamp.of(stream, named.path)
    return replace(_sniffed(number, named, opener, stamp.size), stamp=stamp)


def _sniffed(number: int, named: NamedFile, opener: Opener, size: int | None) -> Sniffed:
    text, head = recognised(opener, named.path)
    refusal = text.codecs[-1].refusal if text.codecs else None
    if refusal is not None:
        raise UnreadableInput(f"{named.path}: {refusal[0]}", named.path, hint=refusal[1])
    local = size is not None and named.remote is None
    return Sniffed(number, named.path, named.walked, local, size, text, head.data, head.complete, head.warning)
