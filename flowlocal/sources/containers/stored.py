"""The decoded text of a file."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from io import BufferedReader, BytesIO
from typing import BinaryIO, cast

from msgspec import Struct

from flowlocal.events import UnreadableInput
from flowlocal.sources.containers.codec import Codec, codec_of
from flowlocal.sources.containers.pieces import READ_BYTES, Opener, Pieces, PieceStream, Source, stored_pieces

_FIRST_BYTES = 2 << 10
"""Bytes of text that are inspected if they contain a line end; also the stored bytes read at a time for it."""
HEAD_BYTES = 64 << 10
"""Bytes of text that are inspected otherwise."""
_DEEPEST = 5


class StoredText(Struct, frozen=True):
    """A stored file and the codecs that decode it.

    Attributes:
        opener: opens the stored bytes from their start.
        codecs: the codecs, the outermost first; empty for plain text.
    """

    opener: Opener
    codecs: tuple[Codec, ...] = ()

    @property
    def name(self) -> str:
        """The names of the codecs, for the user."""
        return " in ".join(codec.name for codec in reversed(self.codecs)) or "plain"

    def pieces(self, size: int = READ_BYTES) -> Pieces:
        """Read the text from its start; the warning of the last piece says what is missing.

        Args:
            size: stored bytes read at a time.
        """
        return _decoded(partial(stored_pieces, self.opener, size), self.codecs)

    def open(self, warnings: list[str] | None = None) -> BinaryIO:
        """Open the text as a file.

        Args:
            warnings: receives sentences on what is missing.
        """
        return cast("BinaryIO", BufferedReader(PieceStream(self.pieces(), warnings)))


def _decoded(stored: Source, codecs: tuple[Codec, ...]) -> Pieces:
    return codecs[-1].decode(partial(_decoded, stored, codecs[:-1])) if codecs else stored()


class Head(Struct, frozen=True):
    """The beginning of a text.

    Attributes:
        data: its first bytes.
        complete: True if they are all of it.
        warning: what is missing, if it was found within these bytes.
    """

    data: bytes
    complete: bool
    warning: str


def recognised(opener: Opener, path: str, codecs: tuple[Codec, ...] = ()) -> tuple[StoredText, Head]:
    """Detect the codecs of a file from its first bytes.

    Args:
        opener: opens the stored bytes from their start.
        path: the file, for messages.
        codecs: the codecs that are already known, the outermost first.

    Raises:
        UnreadableInput: codecs are nested too deeply.
    """
    text = StoredText(opener, codecs)
    head = _head(text)
    while (codec := codec_of(head.data)) is not None:
        if len(text.codecs) == _DEEPEST:
            raise UnreadableInput(f"{path}: {text.name}: nested too deeply", path)
        text = StoredText(opener, (*text.codecs, codec))
        head = _head(text)
    return text, head


def _head(text: StoredText) -> Head:
    """Return the first bytes of a text; fewer if they contain a line end."""
    data = b""
    for piece in text.pieces(_FIRST_BYTES):
        data += piece.data
        if piece.warning:
            return Head(data[:HEAD_BYTES], len(data) <= HEAD_BYTES, piece.warning)
        if len(data) >= (_FIRST_BYTES if b"\n" in data else HEAD_BYTES):
            return Head(data[:HEAD_BYTES], False, "")
    return Head(data, True, "")


def text_in(data: bytes) -> Pieces:
    """Return the decoded text of bytes in memory."""
    return recognised(bytes_opener(data), "")[0].pieces()


def bytes_opener(data: bytes) -> Callable[[], BinaryIO]:
    """Return an opener for bytes in memory."""
    return lambda: cast("BinaryIO", BytesIO(data))
