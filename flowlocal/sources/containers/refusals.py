"""Unsupported formats that are recognised to raise an error that names them, instead of reading them as text."""

from __future__ import annotations

import re

from flowlocal.sources.containers.codec import Codec, register
from flowlocal.sources.containers.pieces import Piece

_REFUSED = {
    "7-Zip": (rb"7z\xbc\xaf\x27\x1c", "7z x -so FILE | flowlocal …"),
    "RAR": (rb"Rar!\x1a\x07", "unrar p -inul FILE | flowlocal …"),
    "compress (.Z)": (rb"\x1f\x9d", "zcat FILE | flowlocal …"),
    "Snappy": (rb"\xff\x06\0\0sNaPpY", "snzip -dc FILE | flowlocal …"),
    "lzip": (rb"LZIP\x01", "lzip -dc FILE | flowlocal …"),
    "lzop": (rb"\x89LZO\0\r\n\x1a\n", "lzop -dc FILE | flowlocal …"),
    "lzma (the format before xz)": (rb"\]\0\0[\0-\x80]", "lzma -dc FILE | flowlocal …"),
    "encrypted Parquet": (rb"PARE", "decrypt it first"),
    "Avro": (rb"Obj\x01", "convert it to Parquet or JSON first"),
    "ORC": (rb"ORC[\0-\x08\x0e-\x1f\x80-\xff]", "convert it to Parquet or JSON first"),
    "Arrow": (rb"ARROW1\0\0", "convert it to Parquet first"),
    "SQLite": (rb"SQLite format 3\0", "export the table as CSV first"),
}
"""For each format, the pattern of its first bytes and a hint."""


def _refuse(name: str, magic: bytes, hint: str) -> None:
    pattern = re.compile(magic, re.DOTALL)
    reason = f"the {name} format is not supported"
    register(
        Codec(
            name,
            11,
            lambda first: pattern.match(first) is not None,
            lambda _: iter([Piece(b"", 0, f"{reason}; {hint}")]),
            refusal=(reason, hint),
        )
    )


for _name, (_magic, _hint) in _REFUSED.items():
    _refuse(_name, _magic, _hint)
