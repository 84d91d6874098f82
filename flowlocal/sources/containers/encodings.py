"""Text that is not stored as UTF-8 lines: byte order marks, UTF-16 and UTF-32, and lines that end with CR alone."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable

from flowlocal.sources.containers.codec import Codec, Matches, register
from flowlocal.sources.containers.pieces import STEP_BYTES, Piece, Pieces

Translate = Callable[[bytes, bool], bytes]
"""Turns bytes, of which the last may continue in the next call, into UTF-8 lines; called once more at the end."""
_SLICE = STEP_BYTES // 4
_UTF_16, _UTF_32 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE), (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)
_BINARY = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_FEW = 0.03
"""Share of control characters that text does not reach: of compressed data they are a tenth."""


def encoding(name: str, order: int, matches: Matches) -> Callable[[Callable[[], Translate]], Callable[[], Translate]]:
    """Register an encoding of text by a function that makes a translator of one stream.

    Args:
        name: for the user.
        order: encodings of lower order are tried first.
        matches: True if text begins like this.
    """

    def decorate(new: Callable[[], Translate]) -> Callable[[], Translate]:
        register(Codec(name, order, matches, lambda source: _translated(source(), new())))
        return new

    return decorate


def _translated(pieces: Pieces, translate: Translate) -> Pieces:
    warning = ""
    for piece in pieces:
        warning = piece.warning
        for start in range(0, len(piece.data), _SLICE):
            yield Piece(translate(piece.data[start : start + _SLICE], False), 0)
        yield Piece(b"", piece.stored)
    yield Piece(translate(b"", True), 0, warning)


@encoding("UTF-8 with a byte order mark", 20, lambda first: first.startswith(codecs.BOM_UTF8))
def utf_8() -> Translate:
    """Take off the mark."""
    start = bytearray()

    def translate(data: bytes, final: bool) -> bytes:
        if len(start) >= len(codecs.BOM_UTF8):
            return data
        start.extend(data)
        whole = final or len(start) >= len(codecs.BOM_UTF8)
        return bytes(start).removeprefix(codecs.BOM_UTF8) if whole else b""

    return translate


@encoding("UTF-32", 21, lambda first: first.startswith(_UTF_32))
def utf_32() -> Translate:
    """Transcode to UTF-8."""
    return _transcoder("utf-32")


@encoding("UTF-16", 22, lambda first: first.startswith(_UTF_16))
def utf_16() -> Translate:
    """Transcode to UTF-8; Windows PowerShell writes UTF-16 with ``>``."""
    return _transcoder("utf-16")


def _transcoder(name: str) -> Translate:
    decode = codecs.getincrementaldecoder(name)("replace").decode
    return lambda data, final: decode(data, final).encode("utf-8", "replace")


def _wide(first: bytes, high: int) -> bool:
    """Return True for characters of two bytes each, of which nearly all have a high byte of 0."""
    low = first[1 - high :: 2]
    return len(low) > 2 and 0 not in low and first[high::2].count(0) > 0.9 * len(low)


@encoding("UTF-16 LE without a byte order mark", 23, lambda first: _wide(first, 1))
def utf_16_le() -> Translate:
    """Transcode to UTF-8."""
    return _transcoder("utf-16-le")


@encoding("UTF-16 BE without a byte order mark", 23, lambda first: _wide(first, 0))
def utf_16_be() -> Translate:
    """Transcode to UTF-8."""
    return _transcoder("utf-16-be")


def is_binary(first: bytes) -> bool:
    """Return True for bytes that are not text in any encoding that is read."""
    return b"\0" in first or len(_BINARY.findall(first)) > _FEW * len(first)


@encoding(
    "lines that end with CR", 30, lambda first: b"\r" in first and b"\n" not in first and not _BINARY.search(first)
)
def carriage_returns() -> Translate:
    """End lines with LF; a CR before an LF is part of the same end."""
    held = [b""]

    def translate(data: bytes, final: bool) -> bytes:
        data = held[0] + data
        held[0] = b"\r" if data.endswith(b"\r") and not final else b""
        return data.removesuffix(held[0]).replace(b"\r\n", b"\n").replace(b"\r", b"\n")

    return translate
