"""What a format of stored bytes is, and the registry of those that flowlocal knows."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from flowlocal.sources.containers.pieces import Pieces, Source

Matches = Callable[[bytes], bool]


@dataclass(frozen=True)
class Codec:
    """A format of stored bytes.

    Attributes:
        name: for the user.
        order: formats of lower order are tried first.
        matches: True if the first bytes of a stream are in this format.
        decode: turns a stream of stored pieces into a stream of the bytes in them. It never raises for bad data: what
            could be decoded is kept, and the last piece has a warning.
        refusal: for a format that is not supported: what is wrong, and what to do instead.
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
    """Add a format to those that are tried."""
    _CODECS.append(codec)


@cache
def _codecs() -> tuple[Codec, ...]:
    for name in _DEFINITIONS:
        importlib.import_module(f"{__package__}.{name}")
    return tuple(sorted(_CODECS, key=lambda codec: codec.order))


def codec_of(first: bytes) -> Codec | None:
    """Return the format of a stream by its first bytes, None if they are text or of another program."""
    return next((codec for codec in _codecs() if codec.matches(first)), None)
