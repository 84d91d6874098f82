"""Compression formats: one decorated function each, which returns a decompressor for one member."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import cast

from flowlocal.events import UnreadableInput
from flowlocal.extras import needed_for
from flowlocal.sources.containers.codec import Codec, register
from flowlocal.sources.containers.members import Compression, Decompressor

_MEMORY = 256 << 20
"""Limit for the window of a decompressor in bytes: a member can request gigabytes."""

New = Callable[[], Decompressor]


def compression(name: str, magic: bytes, exact: New | None = None) -> Callable[[New], New]:
    """Register a compression format; the decorated function returns a decompressor for one member.

    Args:
        name: for the user.
        magic: a regular expression that the first bytes of a member match.
        exact: returns a decompressor for damaged data, if another one locates the damage more precisely.
    """
    pattern = re.compile(magic, re.DOTALL)

    def decorate(new: New) -> New:
        known = Compression(name, lambda first: pattern.match(first) is not None, new, exact or new)
        register(Codec(name, 10, known.matches, known.decode))
        return new

    return decorate


class Zlib:
    """A zlib decompressor with the interface of ``bz2.BZ2Decompressor``.

    Attributes:
        eof: True if the member has ended.
        needs_input: True if no more bytes come out without further stored bytes.
    """

    def __init__(self, window_bits: int = 31) -> None:
        self._zlib = import_module("zlib").decompressobj(window_bits)
        self.needs_input = True

    @property
    def eof(self) -> bool:
        """True if the member has ended."""
        return bool(self._zlib.eof)

    @property
    def unused_data(self) -> bytes:
        """Stored bytes after the end of the member."""
        return cast("bytes", self._zlib.unused_data)

    def decompress(self, data: bytes, max_length: int, /) -> bytes:
        """Return at most ``max_length`` bytes."""
        out = cast("bytes", self._zlib.decompress(self._zlib.unconsumed_tail + data, max_length))
        self.needs_input = len(out) < max_length and not self._zlib.unconsumed_tail
        return out


@compression("gzip", rb"\x1f\x8b", exact=Zlib)
def gzip() -> Decompressor:
    """Return a gzip decompressor: ISA-L's, several times faster, if it is available for this processor, else zlib's."""
    isal = _isal()
    return Zlib() if isal is None else cast("Decompressor", isal.IgzipDecompressor(isal.DECOMP_GZIP))


def deflate() -> Decompressor:
    """Return a decompressor for raw deflate streams, which zip files contain."""
    isal = _isal()
    return raw_zlib() if isal is None else cast("Decompressor", isal.IgzipDecompressor(isal.DECOMP_DEFLATE))


def raw_zlib() -> Decompressor:
    """Return zlib's decompressor for raw deflate streams."""
    return Zlib(-15)


@cache
def _isal() -> ModuleType | None:
    try:
        return import_module("isal.igzip_lib")
    except ImportError:
        return None


@compression("zstd", rb"\x28\xb5\x2f\xfd|[\x50-\x5f]\x2a\x4d\x18")
def zstd() -> Decompressor:
    """Return a decompressor for Zstandard frames; skippable frames are members without text."""
    library = _zstd()
    return cast(
        "Decompressor",
        library.ZstdDecompressor(options={library.DecompressionParameter.window_log_max: _MEMORY.bit_length() - 1}),
    )


@cache
def _zstd() -> ModuleType:
    """Return the standard library's module (Python 3.14 and later) or its backport."""
    try:
        return import_module("compression.zstd")
    except ImportError:
        return import_module("backports.zstd")


@compression("bzip2", rb"BZh[1-9](?:1AY&SY|\x17rE8P\x90)")
def bzip2() -> Decompressor:
    """Return a bzip2 decompressor."""
    return cast("Decompressor", import_module("bz2").BZ2Decompressor())


@compression("xz", rb"\xfd7zXZ\0")
def xz() -> Decompressor:
    """Return an xz decompressor."""
    return cast("Decompressor", import_module("lzma").LZMADecompressor(memlimit=_MEMORY))


@compression("lz4", rb"\x04\x22\x4d\x18")
def lz4() -> Decompressor:
    """Return a decompressor for LZ4 frames.

    Raises:
        UnreadableInput: the library is not installed.
    """
    with needed_for("reading lz4", "lz4", lambda lack, advice: UnreadableInput(lack, "", hint=advice)):
        return cast("Decompressor", import_module("lz4.frame").LZ4FrameDecompressor())
