"""JSON values out of a stream of text: one large object, objects in a row, JSON lines, arrays; in bounded memory."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from flowlocal.sources.containers.pieces import Piece

LISTS = ("events", "logEvents", "results", "sessionResults")
"""Keys of lists that can be long, whose items are handed out a part at a time."""
_LARGE = 4 << 20
_ITEMS = 10_000
_TAIL = 16
"""An error this near to the end of the text may come from its being cut there."""
_SPACE = re.compile(r"[\s,\x00]*")
_LINE = re.compile(r"[^\n]*\n?")
_DECODER = json.JSONDecoder()


@dataclass(frozen=True)
class Document:
    """A JSON value, or text that is none.

    Attributes:
        value: the value; of a large object, a part with some items of its list; None for text that is none.
        text: the text it was read from; empty for parts of large values.
        stored: stored bytes read for it since the document before.
        broken: whether the text is no JSON.
    """

    value: Any
    text: str
    stored: int = 0
    broken: bool = False


class _Buffer:
    """Text of which more can be had."""

    def __init__(self, pieces: Iterable[Piece]) -> None:
        self._pieces = iter(pieces)
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        self.text = ""
        self.at = 0
        self.stored = 0
        self.warnings: list[str] = []
        self.ended = False
        self.taken = (0, 0)

    def more(self, size: int = 1 << 16) -> bool:
        """Read at least ``size`` more characters; false at the end."""
        parts: list[str] = []
        while size > 0 and not self.ended:
            piece = next(self._pieces, None)
            self.ended = piece is None
            parts.append(self._decode(piece.data if piece else b"", final=piece is None))
            self.stored += piece.stored if piece else 0
            size -= len(parts[-1])
            if piece and piece.warning:
                self.warnings.append(piece.warning)
        added = "".join(parts)
        self.text, self.at = self.text[self.at :] + added, 0
        return bool(added)

    def skip(self) -> bool:
        """Pass over white space and commas; false where nothing is left."""
        while True:
            match = _SPACE.match(self.text, self.at)
            self.at = match.end() if match else self.at
            if self.at < len(self.text):
                return True
            if not self.more():
                return False

    def peek(self) -> str:
        """The next character that is no white space; empty at the end."""
        return self.text[self.at] if self.skip() else ""

    def value(self, limit: int | None = None) -> Any:  # noqa: ANN401 - any JSON value
        """Take the next value.

        Raises:
            ValueError: it is none, or longer than ``limit`` characters.
        """
        while True:
            try:
                value, end = _DECODER.raw_decode(self.text, self.at)
            except RecursionError as error:
                raise ValueError from error
            except ValueError as error:
                left = len(self.text) - self.at
                too_long = limit is not None and left > limit
                if too_long or not self.may_be_cut(error) or not self.more(max(left, 1 << 16)):
                    raise
            else:
                if end == len(self.text) and self.more():
                    continue  # a number may go on
                self.taken, self.at = (self.at, end), end
                return value

    def may_be_cut(self, error: ValueError) -> bool:
        """Whether an error may come from the text's being cut at its end."""
        if not isinstance(error, json.JSONDecodeError):
            return False
        return error.msg.startswith("Unterminated") or error.pos >= len(self.text) - _TAIL

    def line(self) -> str:
        """Take the rest of the line."""
        while self.text.find("\n", self.at) < 0 and self.more():
            pass
        match = _LINE.match(self.text, self.at)
        end = match.end() if match else len(self.text)
        line, self.at = self.text[self.at : end], end
        return line.rstrip("\r\n")

    def spent(self) -> int:
        """Stored bytes read since last asked."""
        stored, self.stored = self.stored, 0
        return stored


def documents(pieces: Iterable[Piece], warnings: list[str]) -> Iterator[Document]:
    """The values of a text, one after the other.

    Args:
        pieces: the text.
        warnings: takes sentences on what went wrong.
    """
    buffer = _Buffer(pieces)
    while first := buffer.peek():
        if first == "[":
            buffer.at += 1
            yield from _array(buffer)
            continue
        if first == "]":
            buffer.at += 1
            continue
        yield from _document(buffer)
        warnings.extend(buffer.warnings)
        buffer.warnings.clear()
    warnings.extend(buffer.warnings)


def _array(buffer: _Buffer) -> Iterator[Document]:
    """The items of a list that is all of the text, or stands in it."""
    while (first := buffer.peek()) and first != "]":
        yield from _document(buffer)
    buffer.at += 1


def _document(buffer: _Buffer) -> Iterator[Document]:
    is_object = buffer.text[buffer.at] == "{"
    try:
        value = buffer.value(_LARGE if is_object else None)
    except ValueError as error:
        if is_object and buffer.may_be_cut(error) and _list_key(buffer):
            yield from _large_object(buffer)
        else:
            line = buffer.line()
            yield Document(None, line, buffer.spent(), broken=True)
        return
    yield Document(value, buffer.text[slice(*buffer.taken)], buffer.spent())


def _list_key(buffer: _Buffer) -> bool:
    """Whether the object that begins here has one of the long lists."""
    beginning = buffer.text[buffer.at : buffer.at + _LARGE]
    return any(f'"{key}"' in beginning for key in LISTS)


def _large_object(buffer: _Buffer) -> Iterator[Document]:
    """An object too large to hold, or cut off: its list in parts, each with the other values that stand before it."""
    buffer.at += 1
    known: dict[str, Any] = {}
    try:
        while buffer.peek() not in ("}", ""):
            key = str(buffer.value())
            if buffer.peek() == ":":
                buffer.at += 1
                buffer.skip()
            if key in LISTS and buffer.peek() == "[":
                buffer.at += 1
                for items in _items(buffer):
                    yield Document({**known, key: items}, "", buffer.spent())
            else:
                known[key] = buffer.value()
    except ValueError:
        buffer.at = len(buffer.text)
    if not buffer.peek():
        buffer.warnings.append("the JSON ends too early; what was whole is kept")
    buffer.at += 1


def _items(buffer: _Buffer) -> Iterator[list[Any]]:
    """The items of a list, some at a time.

    Raises:
        ValueError: one is no JSON; those before it were given.
    """
    items: list[Any] = []
    try:
        while buffer.peek() not in ("]", ""):
            items.append(buffer.value())
            if len(items) == _ITEMS:
                yield items
                items = []
    except ValueError:
        yield items
        raise
    yield items
    buffer.at += 1
