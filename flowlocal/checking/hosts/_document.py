"""Documents whose texts know their place in the file: mappings, lists, and ``SourceText`` for every text."""

from __future__ import annotations

import json
from collections.abc import Iterator
from json import decoder, scanner
from typing import Any

from flowlocal.checking.source import Host, SourceText, aligned

Document = Any
"""``dict[str, Document]``, ``list[Document]``, ``SourceText`` for texts; numbers, booleans and None as in JSON."""


class _Decoder(json.JSONDecoder):
    """The decoder of the standard library, with texts that know their offsets."""

    def __init__(self, within: SourceText) -> None:
        super().__init__(strict=False)  # a line break in a text is read, as the services do
        self._within = within
        self._flat = Host(within.host.path, within.text)
        self.parse_string = self._string  # what the pure Python scanner calls for every value that is a text
        self.scan_once = scanner.py_make_scanner(self)  # type: ignore[attr-defined]

    def _string(self, text: str, end: int, strict: bool = False) -> tuple[Any, int]:
        value, after = decoder.scanstring(text, end, strict)  # type: ignore[attr-defined]
        value = _whole_characters(value)
        local = aligned(value, self._flat, end, after - 1)
        inside = self._within[end : after - 1].unknown
        return _through(local, self._within, end, inside), after


def _through(local: SourceText, within: SourceText, start: int, unknown: tuple[Any, ...]) -> SourceText:
    """Return a text decoded from a part of another text, with its places in the host of that text."""
    offsets = [within.offsets[offset] for offset in local.offsets]
    moved = []
    for each in unknown:
        at = [number for number, offset in enumerate(local.offsets[:-1]) if each.start <= offset - start < each.end]
        if at:
            moved.append(type(each)(at[0], at[-1] + 1, each.written))
    return SourceText(local.text, offsets, within.host, tuple(moved))


def _whole_characters(text: str) -> str:
    """Return the text with lone surrogates replaced, which are not valid in other texts."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def read_json(source: SourceText) -> Document:
    """Return the document that a JSON text describes.

    Raises:
        ValueError: it is not JSON; if values in it are not known, not JSON with anything in their place.
    """
    try:
        return _Decoder(source).decode(source.text)
    except ValueError:
        if not source.unknown:
            raise
        numbered = source.filled("0", keep=True)
        return _Decoder(numbered).decode(numbered.text)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def walk(document: Document) -> Iterator[dict[str, Document]]:
    """Yield all mappings in a document, outer ones first; each once, however often it is referred to."""
    waiting, seen = [document], set[int]()
    while waiting:
        each = waiting.pop()
        if not isinstance(each, dict | list) or id(each) in seen:
            continue
        seen.add(id(each))
        if isinstance(each, dict):
            yield each
        inner = list(each.values() if isinstance(each, dict) else each)
        waiting += reversed(inner)


def text_of(document: Document) -> str:
    """Return a text as a plain string; an empty string for anything else."""
    return document.text if isinstance(document, SourceText) else ""
