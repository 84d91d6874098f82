"""Text with the place of each of its characters in the file that contains it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path


@dataclass(frozen=True)
class Host:
    """A file that contains queries.

    Attributes:
        path: the file as the user named it; ``-`` for standard input.
        text: all of it; empty if it was refused.
        folders: the folders that files which it names must be in.
        refused: why it was not read; empty if it was.
    """

    path: str
    text: str
    folders: tuple[Path, ...] = ()
    refused: str = ""

    @cached_property
    def _lines(self) -> list[int]:
        return [0, *(at + 1 for at, character in enumerate(self.text) if character == "\n")]

    def place(self, offset: int) -> tuple[int, int]:
        """Return the 1-based line and column of an offset."""
        line = bisect_right(self._lines, offset)
        return line, offset - self._lines[line - 1] + 1

    def line(self, number: int) -> str:
        """Return the text of a line, without its end."""
        return self.text[self._lines[number - 1] :].split("\n", 1)[0].rstrip("\r")

    def whole(self) -> SourceText:
        """Return the whole text."""
        return SourceText(self.text, range(len(self.text) + 1), self)


@dataclass(frozen=True)
class Unknown:
    """A part of a text whose value is only known when the file is used.

    Attributes:
        start: offset of its first character in the text.
        end: offset after its last.
        written: its spelling in the host: ``${var.port}``.
    """

    start: int
    end: int
    written: str


@dataclass(frozen=True)
class SourceText:
    """A text and the places of its characters in the host.

    Attributes:
        text: the text as its reader gets it, escapes resolved.
        offsets: for each character its offset in the host, and one more for the end.
        host: the file it comes from.
        unknown: parts of the text whose value is not known.
    """

    text: str
    offsets: Sequence[int]
    host: Host
    unknown: tuple[Unknown, ...] = ()

    def __getitem__(self, part: slice) -> SourceText:
        start, end, _ = part.indices(len(self.text))
        end = max(start, end)
        inside = (each for each in self.unknown if each.end > start and each.start < end)
        moved = tuple(_moved(each, -start, end - start) for each in inside)
        return SourceText(self.text[start:end], self.offsets[start : end + 1], self.host, moved)

    def place(self, offset: int) -> tuple[int, int]:
        """Return the line and column, in the host, of a character of the text."""
        return self.host.place(self.offsets[min(offset, len(self.text))])

    def filled(self, word: str, *, keep: bool = False) -> SourceText:
        """Return the text with a word in place of each stretch that is not known; with ``keep`` it stays marked."""
        return self.filled_each([word] * len(self.unknown), keep=keep)

    def filled_each(self, words: Iterable[str], *, keep: bool = False) -> SourceText:
        """Return the text with words in place of the stretches that are not known, one for each."""
        pieces, at = [], 0
        for each, word in zip(self.unknown, words, strict=True):
            pieces += [replace(self[at : each.start], unknown=()), self._word(each, word, keep)]
            at = each.end
        return joined([*pieces, replace(self[at:], unknown=())])

    def _word(self, unknown: Unknown, word: str, keep: bool) -> SourceText:
        first = self.offsets[unknown.start]
        marks = (Unknown(0, len(word), unknown.written),) if keep else ()
        return SourceText(word, [first] * len(word) + [self.offsets[unknown.end]], self.host, marks)


def _moved(unknown: Unknown, by: int, most: int) -> Unknown:
    return Unknown(max(0, unknown.start + by), min(most, unknown.end + by), unknown.written)


LONGEST = 1 << 20
"""Characters that a text may have that a template puts together: names that double each other grow without end."""


class TooLong(Exception):
    """A text that a template puts together and that is longer than any query or dashboard."""


def joined(sources: Iterable[SourceText]) -> SourceText:
    """Join texts; they come from one host, or the first one's host counts.

    Raises:
        ValueError: there are no texts.
        TooLong: they are too long together.
    """
    parts = list(sources)
    if not parts:
        raise ValueError("no text to join")
    if sum(len(part.text) for part in parts) > LONGEST:
        raise TooLong
    text, offsets, unknown = "", list[int](), list[Unknown]()
    for part in parts:
        unknown += [_moved(each, len(text), len(text) + each.end) for each in part.unknown]
        text += part.text
        offsets += part.offsets[:-1]
    return SourceText(text, [*offsets, parts[-1].offsets[-1]], parts[0].host, tuple(unknown))


def hole(within: SourceText, start: int, end: int) -> SourceText:
    """Return a part of a text as a value that is not known."""
    offsets = [within.offsets[start], within.offsets[end]]
    return SourceText("x", offsets, within.host, (Unknown(0, 1, within.text[start:end]),))


def aligned(text: str, host: Host, start: int, end: int, *, doubled: bool = False) -> SourceText:
    """Return a text that was decoded from a part of the host, each character with its place there.

    Knows what JSON, YAML and HCL do to a text: backslash escapes, doubled quotes, indentation and folded lines. If
    a character is not found it gets the place of the one before it, so that places are near in any case.

    Args:
        text: the decoded text.
        host: the file.
        start: offset of the part in the host.
        end: offset after it.
        doubled: True if single quotes are written twice.
    """
    offsets, at = [], start
    for character in text:
        found, following = _find(character, host.text, at, end, doubled)
        offsets.append(min(found, end))
        at = following
    return SourceText(text, [*offsets, min(at, end)], host)


_NAMED = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "0": "\0", "a": "\a", "v": "\v", "e": "\x1b"}
_HEX = {"u": 4, "U": 8, "x": 2}


def _find(wanted: str, raw: str, at: int, end: int, doubled: bool) -> tuple[int, int]:
    """Return the offset of a character at or after an offset, and the offset of the next one."""
    here = at
    while here < end:
        if raw[here] == "\\" and (width := _escape(wanted, raw, here)):
            return here, here + width
        if raw[here] == wanted:
            return here, here + (2 if doubled and raw[here : here + 2] == "''" else 1)
        if raw[here] not in " \t\r\n\\'" and not (wanted == " " and raw[here] == "\n"):
            break
        if wanted == " " and raw[here] in "\r\n":
            return here, _past_blanks(raw, here, end)
        here += 1
    return at, at


def _escape(wanted: str, raw: str, at: int) -> int:
    """Return the width of the escape at an offset if it means the character; else 0."""
    letter = raw[at + 1 : at + 2]
    if digits := _HEX.get(letter):
        code = raw[at + 2 : at + 2 + digits]
        if len(code) == digits and _code(code) == ord(wanted):
            return digits + 2
        pair = ord(wanted) > 0xFFFF and letter == "u"
        return 12 if pair else 0
    return 2 if _NAMED.get(letter, letter) == wanted else 0


def _code(text: str) -> int:
    try:
        return int(text, 16)
    except ValueError:
        return -1


def _past_blanks(raw: str, at: int, end: int) -> int:
    while at < end and raw[at] in " \t\r\n":
        at += 1
    return at
