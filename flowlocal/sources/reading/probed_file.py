"""Probe files: read their beginning, list archives, and describe files before and after their format is detected."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterable, Iterator, Mapping
from threading import Event
from typing import BinaryIO

from msgspec import Struct, field
from msgspec.structs import replace

from flowlocal.events import UNNAMED_GROUP, Field, SkippedFile, UnreadableInput
from flowlocal.sources.containers.archives import Archive, ArchiveError, Member, archive_of
from flowlocal.sources.containers.line_blocks import whole_lines
from flowlocal.sources.containers.pieces import Opener, Pieces
from flowlocal.sources.containers.stored import StoredText, bytes_opener, recognised
from flowlocal.sources.files.local_files import SharedReader, Stamp, file_opener
from flowlocal.sources.files.paths import STDIN, NamedFile, export_stream, unwanted
from flowlocal.sources.files.streams import Pipe, Spool, is_whole_file, kept
from flowlocal.sources.reading.pipeline import Source
from flowlocal.sources.records.layout import Layout
from flowlocal.sources.records.ranks import Extent
from flowlocal.sources.records.schema import Origin
from flowlocal.walking import natural

DEFAULT_GROUP = UNNAMED_GROUP
_DEEPEST = 3
"""Maximum nesting of archives."""
_ARCHIVE_IN_MEMORY = 1 << 20
"""Bytes of a nested or compressed archive that are kept in memory: there may be many."""


class Options(Struct, frozen=True):
    """The user's options for all paths.

    Attributes:
        layout: the layout of records without a header.
        group: the log group, which overrides any in the logs.
    """

    layout: Layout | None = None
    group: str | None = None


class ProbedFile(Struct, frozen=True):
    """A file and its beginning.

    Attributes:
        number: its number in reading order.
        path: as the user named it.
        walked: True if it was found in a directory.
        local: True for a local file.
        size: stored bytes; None for a stream.
        text: opens its text.
        head: its first text bytes.
        complete: True if the head is the whole text.
        lost: what is missing within the head.
        stamp: its state when it was opened; None if it cannot change.
        error: why it cannot be read, if other files are to be read nevertheless.
        archive: the format of an archive; empty for other files.
        packed: True for a file in an archive.
        interrupted: set to end the wait for a silent stream; None for a file.
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
    archive: str = ""
    packed: bool = False
    interrupted: Event | None = None

    @property
    def plain(self) -> bool:
        """True for an uncompressed local file."""
        return self.local and not self.text.codecs

    def pieces(self, warnings: list[str]) -> Pieces:
        """Read the text from its start.

        Args:
            warnings: receives sentences on what is missing.
        """
        for piece in self.text.pieces():
            warnings.extend([piece.warning] if piece.warning else [])
            yield piece

    def origin(self, options: Options) -> Origin:
        """Return log group and stream of its events, from the user's options and the path."""
        return Origin(options.group or DEFAULT_GROUP, export_stream(self.path))

    def lines(self, limit: int = -1) -> list[str]:
        """Return the lines of the head, or the first ``limit`` of them; the last one may be cut."""
        lines = self.head.removesuffix(b"\n").split(b"\n", limit)
        return _texts(lines if limit < 0 else lines[:limit])

    def whole_lines(self) -> list[str]:
        """Return the lines of the head except a last one that may be cut."""
        head, end, _ = self.head.rpartition(b"\n")
        return self.lines() if self.complete or not end else _texts(head.split(b"\n"))

    def windows(self, size: int = 1 << 20) -> Iterator[list[str]]:
        """Yield all lines from the start, about ``size`` bytes at a time."""
        for piece in whole_lines(self.text.pieces(), size):
            yield _texts(piece.data.removesuffix(b"\n").split(b"\n"))


def _texts(lines: Iterable[bytes]) -> list[str]:
    return [line.decode("utf-8", "replace").removesuffix("\r") for line in lines]


class OpenedFile(Struct, frozen=True):
    """A file whose input format is known.

    Attributes:
        file: the file.
        format: the name of its input format, for the user.
        source: reads its events.
        layouts: the layouts of its records.
        fields: the fields of its events that are not flow log records.
        aliases: other names of fields, in addition to the layouts'.
        groups: the log groups of its events.
        warnings: warnings about the file.
        unknown_layout: True if its events look like records of a flow log with an unknown layout.
        skipped: why it has no events; None for a file that is read.
        damaged: True if it is a log that cannot be read, so that an answer without it is partial.
        extent: what is known of its events; None if that is too little.
        bounded: reads its events, but refuses those that are not within the extent.
    """

    file: ProbedFile
    format: str
    source: Source
    layouts: tuple[Layout, ...] = ()
    fields: Mapping[str, Field] = field(default_factory=dict)
    aliases: Mapping[str, str] = field(default_factory=dict)
    groups: tuple[str, ...] = (DEFAULT_GROUP,)
    warnings: tuple[str, ...] = ()
    unknown_layout: bool = False
    skipped: SkippedFile | None = None
    damaged: bool = False
    extent: Extent | None = None
    bounded: Source | None = None


def probe_file(named: NamedFile, stdin: BinaryIO | None = None, *, skip: bool = False) -> list[ProbedFile]:
    """Read the beginning of a file; if it is an archive, of all files in it.

    A file found in a folder that cannot be opened is returned with the error.

    Args:
        named: the file.
        stdin: standard input (default: the process's own).
        skip: also return a named file with the error.

    Returns:
        The file, followed by the files in it if it is an archive. They are not numbered yet.

    Raises:
        UnreadableInput: a named file cannot be opened.
    """
    try:
        return _probe(named, stdin)
    except UnreadableInput as error:
        if not (named.walked or skip):
            raise
        return [_unreadable(named, named.status.st_size if named.status else 0, error)]


def _unreadable(named: NamedFile, size: int, error: UnreadableInput) -> ProbedFile:
    return ProbedFile(0, named.path, named.walked, True, size, StoredText(bytes_opener(b"")), b"", True, error=error)


def _probe(named: NamedFile, stdin: BinaryIO | None) -> list[ProbedFile]:
    if named.path == STDIN:
        stream = stdin or sys.stdin.buffer
        if is_whole_file(stream):  # ``flowlocal query … < flow.log``
            return _probed(named, SharedReader.opener(stream), None, Stamp.of(stream))
        return _streamed(named, Spool(stream, STDIN))
    if named.remote is not None:
        return _probed(named, named.remote.open, named.remote.size)
    opener = file_opener(named.path, named.folder)
    with opener() as stream:
        if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):  # a pipe can be opened and read only once
            return _streamed(named, Spool(Pipe(stream), named.path))
        stamp = Stamp.of(stream, named.path, named.folder)
    return _probed(named, opener, stamp.size, stamp)


def _streamed(named: NamedFile, spool: Spool) -> list[ProbedFile]:
    return [replace(file, interrupted=spool.interrupted) for file in _probed(named, spool.open, None)]


def _probed(named: NamedFile, opener: Opener, size: int | None, stamp: Stamp | None = None) -> list[ProbedFile]:
    text, head = recognised(opener, named.path)
    local = size is not None and named.remote is None
    file = ProbedFile(0, named.path, named.walked, local, size, text, head.data, head.complete, head.warning, stamp)
    return _unpacked(file)


def _unpacked(file: ProbedFile, depth: int = 0) -> list[ProbedFile]:
    """Return a file, followed by the files in it if it is an archive.

    Raises:
        UnreadableInput: its format is not supported, or archives are nested too deeply.
    """
    refusal = file.text.codecs[-1].refusal if file.text.codecs else None
    if refusal is not None:
        raise UnreadableInput(f"{file.path}: {refusal[0]}", file.path, hint=refusal[1])
    archive = archive_of(file.head)
    if archive is None:
        return [file]
    if depth == _DEEPEST:
        raise UnreadableInput(f"{file.path}: archives are nested too deeply", file.path)
    members, lost = _members(file, archive)
    alone = not file.walked and len(members) == 1
    own = replace(file, archive=archive.name, size=file.size and 0, lost="; ".join(lost))
    return [own, *(each for member in members for each in _of_member(file, member, alone, depth + 1))]


def _members(file: ProbedFile, archive: Archive) -> tuple[list[Member], list[str]]:
    """Return the files in an archive, and sentences on what is missing."""
    lost: list[str] = []
    members: list[Member] = []
    if file.plain or (file.size is None and not file.text.codecs):
        opener = file.text.opener
    else:
        opener = kept(file.text.open(lost), file.path, _ARCHIVE_IN_MEMORY)
    try:
        members.extend(archive.members(opener))
    except ArchiveError as error:
        lost.append(f"the {archive.name} archive: {error}")
    return sorted(members, key=lambda member: list(map(natural, member.name.split("/")))), lost


def _of_member(archive: ProbedFile, member: Member, alone: bool, depth: int) -> list[ProbedFile]:
    """Read the beginning of a file in an archive.

    Args:
        archive: the archive.
        member: the file.
        alone: True if the user named the archive and it has no other file.
        depth: number of enclosing archives.
    """
    named = NamedFile(f"{archive.path}/{member.name}", walked=not alone)
    try:
        reason = None if alone else next(filter(None, map(unwanted, member.name.split("/"))), None)
        problem = member.problem or (str(reason).partition(";")[0] if reason else "")
        if problem:
            raise UnreadableInput(f"{named.path}: {problem}", named.path)
        text, head = recognised(member.opener, named.path, member.codecs)
        file = ProbedFile(
            0, named.path, named.walked, False, member.size, text, head.data, head.complete, head.warning, packed=True
        )
        return _unpacked(file, depth)
    except UnreadableInput as error:
        if alone:
            raise
        return [replace(_unreadable(named, member.size, error), packed=True)]
