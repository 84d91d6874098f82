"""Read JSON values from a stream in bounded memory: a large object, concatenated objects, JSON lines, lists.

No text is skipped: text that is not JSON becomes a document with a problem. After damage, a list continues at the next
item that is like the items before. Otherwise reading continues at the next line, or at the next document if the damaged
one has several lines.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any

from msgspec import Struct

from flowlocal.sources.containers.line_blocks import LONGEST_LINE
from flowlocal.sources.containers.pieces import Piece
from flowlocal.sources.json.buffer import LISTS, Buffer, Damage
from flowlocal.sources.json.recovery import LINE_END, NEXT_LIST, end_of_object, is_separated, resumption, starts_after

_LARGE = 4 << 20
"""Objects with more characters are yielded in parts if they have lists of events."""
_ITEMS = 10_000
_TREE: Mapping[str, Any] = {
    **{key: {} for key in LISTS},
    "sessionUpdate": {"sessionResults": {}},
    "resourceLogs": {"scopeLogs": {"logRecords": {}}},
}
"""Paths to the lists of events in an object; a key without nested keys has a list."""


class Document(Struct, frozen=True):
    """A JSON value, or text that is not JSON.

    Attributes:
        value: the value; a part with some items of its list for a large object; the line for plain text; None for
            damaged text.
        text: the text it was read from; empty for parts of large values.
        stored: stored bytes read since the previous document.
        problem: why the text is not JSON; empty for JSON and for plain text.
        plain: True for a line of plain text among JSON.
    """

    value: Any
    text: str
    stored: int = 0
    problem: str = ""
    plain: bool = False


def documents(pieces: Iterable[Piece], warnings: list[str]) -> Iterator[Document]:
    """Yield the values of a text in order.

    Args:
        pieces: the text.
        warnings: receives sentences on what went wrong.
    """
    buffer = Buffer(pieces, warnings)
    yield from _Reader(buffer).documents()
    for key, count in buffer.repeated.items():
        objects = "an object has" if count == 1 else f"{count:,} objects have"
        warnings.append(f"{objects} the key {key!r} more than once; the last value is kept")


class _Reader:
    """Reads documents from a buffer."""

    def __init__(self, buffer: Buffer) -> None:
        self._buffer = buffer
        self._stop = LINE_END
        """Pattern that ends the current document if it is damaged."""
        self._lost = False
        """True after damage that the document cannot be resumed from."""
        self._damages = 0

    def documents(self) -> Iterator[Document]:
        """Yield the values of the text."""
        buffer, last = self._buffer, None
        while first := buffer.peek():
            buffer.drop()
            self._lost = False
            if first == "[" and self._begins_list():
                self._stop = NEXT_LIST
                buffer.at += 1
                yield from self._items()
            elif first == "{":
                for document in self._values(last, inside=False):
                    yield document
                    last = document.value or last
            elif first in "]}" and self._damages:
                buffer.at += 1  # the closing bracket of a damaged value
            else:
                yield self._line()

    def _begins_list(self) -> bool:
        """Return True if a bracket begins a list rather than a line of text such as ``[INFO] …`` or ``["main"] …``."""
        buffer, start = self._buffer, self._buffer.at
        if buffer.next_after(start + 1) in "{[]":
            return True
        buffer.at = start + 1
        is_text = buffer.peek() == '"'
        try:
            buffer.value()
        except Damage:
            return is_text
        else:
            end = buffer.find(LINE_END, buffer.at)
            rest = buffer.text[buffer.at : end].strip()
            return rest.startswith(",") or (is_text and (not rest.startswith("]") or rest in ("]", "],")))
        finally:
            buffer.at = start

    def _line(self) -> Document:
        """Read a line that begins neither object nor list: a JSON string, number or literal, or plain text."""
        buffer = self._buffer
        text = buffer.take(buffer.find(LINE_END, buffer.at)).rstrip("\r")
        try:
            value, plain = json.loads(text.rstrip(" ,")), False
        except ValueError:
            value, plain = text, True
        return Document(value, text, buffer.spent(), plain=plain)

    def _items(self, *, pages: bool = True) -> Iterator[Document]:
        """Yield the items of a list after its opening bracket; with ``pages`` they may have lists of events."""
        last: Any = {}
        while not self._lost and self._buffer.peek() not in ("]", ""):
            self._buffer.drop()
            for document in self._values(last, pages=pages):
                yield document
                last = last if document.problem else document.value
        self._close()

    def _close(self) -> None:
        """Read the closing bracket of a list or object."""
        if self._lost:
            return
        if not self._buffer.peek():
            self._ends_early()
        self._buffer.at += 1

    def _ends_early(self) -> None:
        self._lost = True
        self._buffer.warnings.append("the JSON ends too early; what was whole is kept")

    def _values(self, last: Any, *, inside: bool = True, pages: bool = True) -> Iterable[Document]:  # noqa: ANN401
        """Read the next value; return a large or damaged object with lists of events in parts.

        Args:
            last: the value before it.
            inside: True for an item of a list.
            pages: True if the value may have lists of events.
        """
        buffer, start = self._buffer, self._buffer.at
        try:
            value = buffer.value(_LARGE)
            if inside and not is_separated(buffer, value):
                raise Damage("expected a comma", buffer.at)
        except Damage as damage:
            buffer.at = start
            return self._unsound(damage, last, inside=inside, pages=pages)
        return (Document(value, buffer.text[start : buffer.at], buffer.spent()),)

    def _unsound(self, damage: Damage, last: Any, *, inside: bool, pages: bool) -> Iterable[Document]:  # noqa: ANN401
        """Read a value that is large or damaged; see :meth:`_values`."""
        buffer, start = self._buffer, self._buffer.at
        if not inside:
            self._stop = end_of_object(buffer)
        if pages and self._has_list():
            return self._in_parts()
        if damage.long:
            try:
                return (Document(buffer.value(), buffer.text[start : buffer.at], buffer.spent()),)
            except Damage as error:
                damage = error
        return self._damaged(damage, last, inside=inside)

    def _has_list(self) -> bool:
        """Return True if the next object has a list of events."""
        text, start = self._buffer.text, self._buffer.at
        if text[start] != "{":
            return False
        stop = self._stop.search(text, start, start + _LARGE)
        beginning = text[start : stop.start() if stop else start + _LARGE]
        return any(f'"{key}"' in beginning for key in LISTS)

    def _in_parts(self) -> Iterator[Document]:
        """Yield an object with lists of events in parts; its text is held until the first part."""
        buffer, start = self._buffer, self._buffer.at
        buffer.held = start
        known: dict[str, Any] = {}
        yield from self._parts(_TREE, _itself, known)
        if buffer.held is not None and not self._lost:
            yield Document(known, buffer.text[start : buffer.at], buffer.spent())
        buffer.held = None

    def _parts(self, tree: Mapping[str, Any], wrap: Callable[[Any], Any], known: dict[str, Any]) -> Iterator[Document]:
        """Yield the lists of the next object in parts, each with the object's values before it.

        Args:
            tree: paths to the lists.
            wrap: wraps a part in the enclosing object.
            known: receives the other values.
        """
        buffer = self._buffer
        buffer.at += 1
        while not self._lost and buffer.peek() not in ("}", ""):
            buffer.drop()
            start = buffer.at
            try:
                key, first = self._key()
                within = partial(_within, wrap, known, key)
                if key in tree and first == "[":
                    known[key] = []
                    yield from self._list(tree[key], within)
                elif tree.get(key) and first == "{":
                    yield from self._parts(tree[key], within, {})
                else:
                    known[key] = buffer.value()
            except Damage as damage:
                buffer.at = start
                yield from self._damaged(damage, None, inside=False)
        self._close()

    def _key(self) -> tuple[str, str]:
        """Read a key and a colon; return the key and the first character of its value."""
        buffer = self._buffer
        if buffer.held is not None and buffer.at - buffer.held > LONGEST_LINE:
            raise Damage(f"an object is longer than {LONGEST_LINE:,} characters", buffer.at)
        key = buffer.value()
        if not isinstance(key, str) or buffer.peek() != ":":
            raise Damage("expected a key and a colon", buffer.at, cut=not buffer.peek())
        buffer.at += 1
        return key, buffer.peek()

    def _list(self, tree: Mapping[str, Any], wrap: Callable[[Any], Any]) -> Iterator[Document]:
        """Yield a list in parts: objects with nested lists one by one, other items several at a time."""
        self._buffer.at += 1
        if not tree:
            yield from self._some_items(wrap)
            return
        while not self._lost and (first := self._buffer.peek()) not in ("]", ""):
            if first == "{":
                yield from self._parts(tree, partial(_alone, wrap), {})
            else:
                yield from (self._part(each, wrap) for each in self._values({}, pages=False))
        self._close()

    def _some_items(self, wrap: Callable[[Any], Any]) -> Iterator[Document]:
        items: list[Any] = []
        characters = 0
        for document in self._items(pages=False):
            if not document.problem:
                items.append(document.value)
                characters += len(document.text)
                self._buffer.held = None
            if items and (document.problem or len(items) == _ITEMS or characters > _LARGE):
                yield self._given(items, wrap)
                items, characters = [], 0
            if document.problem:
                yield document
        if items:
            yield self._given(items, wrap)

    def _part(self, document: Document, wrap: Callable[[Any], Any]) -> Document:
        return document if document.problem else self._given([document.value], wrap)

    def _given(self, items: list[Any], wrap: Callable[[Any], Any]) -> Document:
        self._buffer.held = None
        return Document(wrap(items), "", self._buffer.spent())

    def _damaged(self, damage: Damage, last: Any, *, inside: bool) -> Iterator[Document]:  # noqa: ANN401
        """Read damaged text up to the position at which values resume.

        Args:
            damage: what is wrong with it.
            last: the value before it.
            inside: True for an item of a list, which may resume at the next item.
        """
        buffer = self._buffer
        problem = f"invalid JSON in {buffer.place(damage.at)}: {damage}"
        starts = starts_after(buffer.text[buffer.at : buffer.at + 1], inside=inside)
        buffer.at = buffer.at if buffer.held is None else buffer.held
        buffer.held = None
        end = buffer.find(self._stop, buffer.at)
        found = None if damage.deep or starts is None else resumption(buffer, starts, damage.at, end, last)
        self._lost = found is None or not inside
        self._damages += 1
        text = buffer.take(end if found is None else found).strip(" \t\r\n,")
        if damage.cut:
            self._ends_early()
        if text:
            yield Document(None, text, buffer.spent(), problem)


def _itself(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    return value


def _within(wrap: Callable[[Any], Any], known: Mapping[str, Any], key: str, value: Any) -> Any:  # noqa: ANN401
    return wrap({**known, key: value})


def _alone(wrap: Callable[[Any], Any], value: Any) -> Any:  # noqa: ANN401 - any JSON value
    return wrap([value])
