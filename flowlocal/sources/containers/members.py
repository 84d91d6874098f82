"""Decompress streams of members in bounded steps; skip padding and recover as much as possible of damaged data."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import Protocol

from msgspec import Struct

from flowlocal.sources.containers.pieces import READ_BYTES, STEP_BYTES, Piece, Pieces, Source

_MAGIC_BYTES = 16
"""Enough bytes to recognise the next member."""
_LEAST = 4 << 10
"""Stored bytes that a decompressor gets at once, or more."""


class Decompressor(Protocol):
    """A decompressor for one member, like those of the standard library (``bz2.BZ2Decompressor``)."""

    @property
    def eof(self) -> bool:
        """True if the member has ended."""

    @property
    def needs_input(self) -> bool:
        """True if no more bytes come out without further stored bytes."""

    @property
    def unused_data(self) -> bytes:
        """Stored bytes after the end of the member."""

    def decompress(self, data: bytes, max_length: int, /) -> bytes:
        """Return at most ``max_length`` bytes."""


class Compression(Struct, frozen=True):
    """A compression format whose files are sequences of members.

    Attributes:
        name: for the user.
        matches: True if a member begins with these bytes.
        fast: returns a decompressor for one member.
        exact: returns a decompressor for damaged data that locates the damage exactly.
    """

    name: str
    matches: Callable[[bytes], bool]
    fast: Callable[[], Decompressor]
    exact: Callable[[], Decompressor]

    def decode(self, source: Source) -> Pieces:
        """Decompress all members; keep what can be recovered of damaged ones."""
        given = 0
        members = _Members(self, source(), self.fast)
        try:
            for piece in members:
                given += len(piece.data)
                yield piece
        except _EndsEarlyError as error:
            if self.exact is self.fast:
                yield Piece(b"", 0, str(error))
            else:
                yield from self._rescued(source, given, members.at)
        except _DamageError:
            yield from self._rescued(source, given, members.at)

    def _rescued(self, source: Source, given: int, start: int) -> Pieces:
        """Decompress again, byte by byte from the failure on, because a failing call discards its output.

        Args:
            source: the stored bytes.
            given: number of bytes already yielded.
            start: position of the stored bytes that the failing call received.
        """
        members = _Members(self, _crumbled(source(), start), self.exact, careful_from=start)
        try:
            for piece in members:
                data, given = piece.data[given:], max(0, given - len(piece.data))
                if data or piece.warning:
                    yield Piece(data, 0, piece.warning)
        except _DamageError as error:
            yield Piece(b"", 0, str(error))


class _DamageError(Exception):
    """Data cannot be decompressed any further; the message says why."""


class _EndsEarlyError(_DamageError):
    """The stored bytes end within a member."""


def _crumbled(pieces: Pieces, start: int) -> Pieces:
    """Split a stream into single bytes from a position on."""
    at = 0
    for piece in pieces:
        whole = min(max(start - at, 0), len(piece.data))
        crumbs = (piece.data[index : index + 1] for index in range(whole, len(piece.data)))
        yield from (Piece(data, 0) for data in (piece.data[:whole], *crumbs))
        at += len(piece.data)
        if piece.warning:
            yield Piece(b"", 0, piece.warning)


class _Members:
    """Iterator over the decompressed bytes of the members of a stream.

    Attributes:
        at: number of stored bytes passed to a decompressor.
    """

    def __init__(
        self,
        compression: Compression,
        pieces: Pieces,
        new: Callable[[], Decompressor],
        careful_from: int = sys.maxsize,
    ) -> None:
        self._compression = compression
        self._pieces = pieces
        self._new = new
        self._careful_from = careful_from
        self._read = b""
        self._next = 0  # the first byte that was read and is left
        self._step = READ_BYTES
        self._stored = 0
        self._warning = ""
        self.at = 0

    def __iter__(self) -> Iterator[Piece]:
        while self._peek():
            if self.at and not self._compression.matches(self._read[self._next : self._next + _MAGIC_BYTES]):
                ignored = f"bytes after the end of the {self._compression.name} data were ignored"
                yield Piece(b"", self._spent(), ignored)
                return
            yield from self._member()
        yield Piece(b"", self._spent(), self._warning)

    def _member(self) -> Pieces:
        """Decompress the next member; only the last one can end too early."""
        decompressor, start = self._new(), self.at
        while not decompressor.eof:
            data = self._take() if decompressor.needs_input else b""
            if decompressor.needs_input and not data:
                early = f"the {self._compression.name} data end too early; what was whole is kept"
                raise _EndsEarlyError(self._warning or early)
            out = self._decompress(decompressor, data)
            if not (data or out or decompressor.eof or decompressor.needs_input):
                raise self._damage("nothing comes out of them")
            self.at += len(data)
            yield Piece(out, self._spent())
        unused = len(decompressor.unused_data or b"")  # lz4 has None
        self._next -= unused
        self.at -= unused
        # A decompressor copies what it does not use: it gets few bytes if the member before it had few.
        self._step = min(max(2 * (self.at - start), _LEAST), READ_BYTES)

    def _decompress(self, decompressor: Decompressor, data: bytes) -> bytes:
        try:
            return decompressor.decompress(data, STEP_BYTES)
        except Exception as error:  # every library has exceptions of its own
            raise self._damage(" ".join(str(error).split())) from error

    def _damage(self, reason: str) -> _DamageError:
        place = f"the {self._compression.name} data are damaged at byte {self.at:,}"
        return _DamageError(f"{place} ({reason}); what was whole before is kept")

    def _peek(self) -> bool:
        """Skip NUL bytes, which pad members in archives; return False at the end."""
        self._skip_padding()
        while len(self._read) - self._next < _MAGIC_BYTES and self._more():
            self._skip_padding()
        return self._next < len(self._read)

    def _skip_padding(self) -> None:
        if self.at and self._read.startswith(b"\0", self._next):
            left = self._read[self._next :].lstrip(b"\0")
            self.at += len(self._read) - self._next - len(left)
            self._read, self._next = left, 0

    def _take(self) -> bytes:
        """Return stored bytes for a decompressor: few for a small member, and a single one to locate damage."""
        while self._next == len(self._read) and self._more():
            pass
        size = min(self._step, max(1, self._careful_from - self.at))
        data = self._read[self._next : self._next + size]
        self._next += len(data)
        self._step = min(2 * self._step, READ_BYTES)
        return data

    def _more(self) -> bool:
        """Read another piece; return False at the end."""
        piece = next(self._pieces, None)
        if piece is None:
            return False
        self._read, self._next = self._read[self._next :] + piece.data, 0
        self._stored += piece.stored
        self._warning = self._warning or piece.warning
        return True

    def _spent(self) -> int:
        """Return the stored bytes read since the last call."""
        stored, self._stored = self._stored, 0
        return stored
