"""Codecs: compressions and text encodings of files, and their registry."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from functools import cache

from msgspec import Struct

from flowlocal.sources.containers.pieces import Pieces, Source

Matches = Callable[[bytes], bool]


class Codec(Struct, frozen=True):
    """A compression or text encoding.

    Attributes:
        name: for the user.
        order: codecs with a lower order are tried first.
        matches: True if the first bytes of a stream are in this format.
        decode: decodes a stream of stored pieces. It never raises for damaged data: what could be decoded is yielded,
            and the last piece has a warning.
        refusal: for an unsupported format: the error message and a hint.
    """

    name: str
    order: int
    matches: Matches
    decode: Callable[[Source], Pieces]
    refusal: tuple[str, str] | None = None


_CODECS: list[Codec] = []
_DEFINITIONS = ("compressions", "encodings", "refusals")
"""Modules of this package that define formats."""


def register(codec: Codec) -> None:
    """Register a codec."""
    _CODECS.append(codec)


@cache
def _codecs() -> tuple[Codec, ...]:
    for name in _DEFINITIONS:
        importlib.import_module(f"{__package__}.{name}")
    return tuple(sorted(_CODECS, key=lambda codec: codec.order))


def codec_of(first: bytes) -> Codec | None:
    """Return the codec that matches the first bytes of a stream; None if none does."""
    return next((codec for codec in _codecs() if codec.matches(first)), None)
