"""Streams of bytes in pieces of bounded size, with the stored bytes consumed and warnings."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from typing import BinaryIO

from msgspec import Struct

READ_BYTES = 256 << 10
"""Stored bytes read at a time. A quarter of them makes gzip slower by a twentieth (measured)."""
STEP_BYTES = 1 << 20
"""Maximum size of a piece after decompression. Smaller pieces make gzip slower (measured)."""

Opener = Callable[[], BinaryIO]
"""Opens stored bytes from their start; can be called repeatedly."""


class Piece(Struct, frozen=True):
    """A piece of text.

    Attributes:
        data: text bytes.
        stored: stored bytes consumed for them.
        warning: what is missing after them; the last piece if not empty.
    """

    data: bytes
    stored: int
    warning: str = ""


Pieces = Iterator[Piece]
Source = Callable[[], Pieces]
"""Returns a stream of pieces from its beginning; can be called repeatedly."""


def stored_pieces(opener: Opener, size: int = READ_BYTES) -> Pieces:
    """Yield the stored bytes without decoding, ``size`` at a time."""
    with opener() as stream:
        while data := stream.read(size):
            yield Piece(data, len(data))


class PieceStream(io.RawIOBase):
    """A file object over a stream of pieces.

    Attributes:
        warnings: the warnings of the pieces, filled while the file is read.
    """

    def __init__(self, pieces: Pieces, warnings: list[str] | None = None) -> None:
        self._pieces = pieces
        self._left = memoryview(b"")
        self.warnings = [] if warnings is None else warnings

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """Fill the buffer with the next bytes and return their number."""
        while not self._left:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._left = memoryview(piece.data)
            self.warnings.extend([piece.warning] if piece.warning else [])
        data, self._left = self._left[: len(buffer)], self._left[len(buffer) :]
        buffer[: len(data)] = data
        return len(data)
