"""Stored bytes and the text in them: compression and text encodings, recognised by content and never by name.

Every format is one decorated definition in :mod:`compressions`, :mod:`encodings` or :mod:`refusals`. Formats can be
nested: gzip in gzip, UTF-16 in zstd.
"""

from flowlocal.sources.containers.line_blocks import LONGEST_LINE
from flowlocal.sources.containers.pieces import Piece

__all__ = ["LONGEST_LINE", "Piece"]
