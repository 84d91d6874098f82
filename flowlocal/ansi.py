"""Text for terminals: our own styles, and nothing else that a terminal would interpret.

Log values, file names and queries are untrusted. While a command line runs (``guarded``), styles carry a secret that
no input can know, so that ``harmless`` keeps them and shows every other control character as an escape.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_CONTROLS = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f"  # C0 without tab and line feed, DEL, C1
    "\xad\u061c\u180e\u200b\u200e\u200f"  # invisible; marks of direction
    "\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"  # line separators; embeddings, overrides, isolates
    "\ud800-\udfff\U000e0000-\U000e007f"  # lone surrogates, as in file names that are not UTF-8; tags
)
_CONTROL = f"[{_CONTROLS}]"
"""Compiled when a text has one: most are printable, and few runs print another."""
_STYLE = re.compile(r"\x1b\[([\d;]*)m")
Painter = Callable[[str, str], str]
"""Returns a text in a style."""
_secret = ""
"""The text between ESC and ``[`` in our own styles; empty if nothing is guarded."""


@contextmanager
def guarded() -> Iterator[None]:
    """Give styles a secret that lasts until the end of this context."""
    global _secret  # noqa: PLW0603 - one terminal, one secret
    before, _secret = _secret, os.urandom(8).hex()
    try:
        yield
    finally:
        _secret = before


def paint(text: str, style: str) -> str:
    """Return the text in a style.

    Args:
        text: any text; control characters in it are left as they are.
        style: the parameters of SGR (ECMA-48): ``1`` is bold, ``1;31`` bold and red.
    """
    return f"\x1b{_secret}[{style}m{text}\x1b{_secret}[0m"


def painter(color: bool) -> Painter:
    """Return ``paint`` if colours are wanted, else a function that returns the text unchanged."""
    return paint if color else lambda text, _style: text


def ours(text: str) -> str:
    """Return the text with its styles marked as our own; for text that contains nothing from a user or a log."""
    return _STYLE.sub(lambda found: f"\x1b{_secret}[{found[1]}m", text)


def visible(text: str) -> str:
    """Return the text with each control character as an escape; tabs and line feeds are kept."""
    return text if text.isprintable() else re.sub(_CONTROL, _escaped, text)


def one_line(text: str) -> str:
    """Return the text as ``visible`` does, on one line: the name of a file, a title."""
    return visible(text).replace("\n", "\\n")


def marked(text: str) -> str:
    """Return the text on one line with U+FFFD for each control character, for programs that interpret escapes."""
    return re.sub(_CONTROL, "\ufffd", text.replace("\n", " "))


def harmless(text: str) -> str:
    """Return the text as ``visible`` does, our own styles kept."""
    if "\x1b" not in text:
        return visible(text)
    pieces = re.split(f"(\x1b{_secret}\\[[\\d;]*m)", text)
    return "".join(piece if place % 2 else visible(piece) for place, piece in enumerate(pieces))


def styled(text: str) -> str:
    """Return the text with our own styles as escape sequences."""
    return text.replace(f"\x1b{_secret}[", "\x1b[")


def styled_bytes(data: bytes) -> bytes:
    """Return bytes, of UTF-8 text or of anything else, as ``styled`` does."""
    return data.replace(f"\x1b{_secret}[".encode(), b"\x1b[")


def _escaped(found: re.Match[str]) -> str:
    """Return the escape of a character as Python writes it; JSON has the same form for those that need none there."""
    code = ord(found[0])
    return f"\\u{code:04x}" if 0x7F <= code < 0x100 else repr(found[0])[1:-1]
