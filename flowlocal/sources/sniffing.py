"""What is known of a file before its shape is, and what the shapes make of it."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import BinaryIO

from flowlocal.events import Field
from flowlocal.sources.containers import HEAD_BYTES, Container, container_of, head
from flowlocal.sources.layout import Layout
from flowlocal.sources.lines import file_opener
from flowlocal.sources.paths import STDIN, NamedFile, export_stream
from flowlocal.sources.pipeline import Source
from flowlocal.sources.records import Origin
from flowlocal.sources.streams import kept

DEFAULT_GROUP = "flowlocal"
_FIRST_BYTES = 2 << 10
_BOM = b"\xef\xbb\xbf"


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
        local: whether it is a file of this machine, which can be read in parts.
        size: stored bytes; None for a stream.
        container: how the bytes are stored.
        stored: its first stored bytes.
        head: its first text bytes, without a byte order mark.
        bom: bytes of the byte order mark.
        complete: whether the head is all of it.
        opener: opens the stored bytes from the start.
    """

    number: int
    path: str
    walked: bool
    local: bool
    size: int | None
    container: Container
    stored: bytes
    head: bytes
    bom: int
    complete: bool
    opener: Callable[[], BinaryIO]

    def origin(self, options: Options) -> Origin:
        """Where its events come from, as far as the path and the user tell."""
        return Origin(options.group or DEFAULT_GROUP, export_stream(self.path))

    def lines(self, limit: int = -1) -> list[str]:
        """The lines of the head, or the first ``limit`` of them; the last one may be cut."""
        lines = self.head.removesuffix(b"\n").split(b"\n", limit)
        lines = lines if limit < 0 else lines[:limit]
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
    """

    file: Sniffed
    shape: str
    source: Source
    layouts: tuple[Layout, ...] = ()
    fields: Mapping[str, Field] = field(default_factory=dict)
    aliases: Mapping[str, str] = field(default_factory=dict)
    groups: tuple[str, ...] = (DEFAULT_GROUP,)
    warnings: tuple[str, ...] = ()


def sniff(number: int, named: NamedFile, stdin: BinaryIO | None = None) -> Sniffed:
    """Look at the beginning of a file.

    Args:
        number: the file's number in reading order.
        named: the file.
        stdin: standard input, if not the process's own.

    Raises:
        UnreadableInput: where it cannot be opened.
    """
    if named.path == STDIN:
        return _sniffed(number, named, kept(stdin or sys.stdin.buffer, STDIN), None)
    if named.remote is not None:
        return _sniffed(number, named, named.remote.open, named.remote.size)
    opener = file_opener(named.path)
    with opener() as stream:
        status = os.fstat(stream.fileno())
        if not stat.S_ISREG(status.st_mode):  # a pipe can be opened and read but once
            return _sniffed(number, named, kept(stream, named.path), None)
    return _sniffed(number, named, opener, status.st_size)


def _sniffed(number: int, named: NamedFile, opener: Callable[[], BinaryIO], size: int | None) -> Sniffed:
    with opener() as stream:
        stored = stream.read(_FIRST_BYTES)
        text, complete = head(stream, stored, HEAD_BYTES if b"\n" not in stored else 1)
    bom = len(_BOM) if text.startswith(_BOM) else 0
    container, local = container_of(stored), size is not None and named.remote is None
    return Sniffed(number, named.path, named.walked, local, size, container, stored, text[bom:], bom, complete, opener)
