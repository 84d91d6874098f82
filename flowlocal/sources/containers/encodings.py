"""Encodings of text other than plain UTF-8 lines: byte order marks, UTF-16, UTF-32, and CR line ends."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable

from flowlocal.sources.containers.codec import Codec, Matches, register
from flowlocal.sources.containers.pieces import STEP_BYTES, Piece, Pieces

Translate = Callable[[bytes, bool], bytes]
"""Incrementally converts bytes to UTF-8 lines; the second argument is True in the last call."""
_SLICE = STEP_BYTES // 4
_UTF_16, _UTF_32 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE), (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)
_BINARY = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_FEW = 0.03
"""Largest share of control characters in text; compressed data has a tenth."""


def encoding(name: str, order: int, matches: Matches) -> Callable[[Callable[[], Translate]], Callable[[], Translate]]:
    """Register a text encoding; the decorated function returns a converter for one stream.

    Args:
        name: for the user.
        order: encodings with a lower order are tried first.
        matches: True if the first bytes of a stream are in this encoding.
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
    """Return a converter that removes the byte order mark."""
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
    """Return a converter from UTF-32 to UTF-8."""
    return _transcoder("utf-32")


@encoding("UTF-16", 22, lambda first: first.startswith(_UTF_16))
def utf_16() -> Translate:
    """Return a converter from UTF-16, which Windows PowerShell writes with ``>``, to UTF-8."""
    return _transcoder("utf-16")


def _transcoder(name: str) -> Translate:
    decode = codecs.getincrementaldecoder(name)("replace").decode
    return lambda data, final: decode(data, final).encode("utf-8", "replace")


def _wide(first: bytes, high: int) -> bool:
    """Return True for two-byte characters of which nearly all have a high byte of 0."""
    low = first[1 - high :: 2]
    return len(low) > 2 and 0 not in low and first[high::2].count(0) > 0.9 * len(low)


@encoding("UTF-16 LE without a byte order mark", 23, lambda first: _wide(first, 1))
def utf_16_le() -> Translate:
    """Return a converter from UTF-16 LE to UTF-8."""
    return _transcoder("utf-16-le")


@encoding("UTF-16 BE without a byte order mark", 23, lambda first: _wide(first, 0))
def utf_16_be() -> Translate:
    """Return a converter from UTF-16 BE to UTF-8."""
    return _transcoder("utf-16-be")


def is_binary(first: bytes) -> bool:
    """Return True if bytes are not text in any supported encoding."""
    return b"\0" in first or len(_BINARY.findall(first)) > _FEW * len(first)


@encoding(
    "lines that end with CR", 30, lambda first: b"\r" in first and b"\n" not in first and not _BINARY.search(first)
)
def carriage_returns() -> Translate:
    """Return a converter from CR line ends to LF; CRLF is a single line end."""
    held = [b""]

    def translate(data: bytes, final: bool) -> bytes:
        data = held[0] + data
        held[0] = b"\r" if data.endswith(b"\r") and not final else b""
        return data.removesuffix(held[0]).replace(b"\r\n", b"\n").replace(b"\r", b"\n")

    return translate
