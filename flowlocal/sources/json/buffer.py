"""Buffered text of a JSON stream: read on demand, decoded value by value, with positions for messages."""

from __future__ import annotations

import codecs
import json
import re
from collections import Counter
from collections.abc import Iterable
from typing import Any

from flowlocal.sources.containers.line_blocks import LONGEST_LINE
from flowlocal.sources.containers.pieces import Piece

LISTS = ("events", "logEvents", "results", "sessionResults", "Records", "records", "resourceLogs")
"""Keys of potentially long lists of events."""
_CHUNK = 64 << 10
_TAIL = 16
"""An error within this many characters of the buffer's end may be caused by incomplete text."""
_SEPARATORS = re.compile(r"[\s,\x00\ufeff]*")
"""Separators of values, including NULs and byte order marks from padded or concatenated files."""
_BLANKS = re.compile(r"[\s\x00]*")
_WORDS = ("true", "false", "null", "NaN", "Infinity", "-Infinity")


class Damage(ValueError):
    """Text that is not JSON.

    Attributes:
        at: index in the buffer's text at which it is no longer JSON.
        cut: True if the stream ends too early.
        deep: True if the value is nested too deeply.
        long: True if the value is longer than allowed.
    """

    def __init__(self, message: str, at: int, *, cut: bool = False, deep: bool = False, long: bool = False) -> None:
        super().__init__(message)
        self.at, self.cut, self.deep, self.long = at, cut, deep, long


class Buffer:
    """A growing text buffer.

    Attributes:
        text: the text that was read and not dropped yet.
        at: index in ``text`` of the next character.
        held: index in ``text`` from which on text must be kept; None if all text before ``at`` may be dropped.
        warnings: receives sentences on the container.
        repeated: number of objects that have a key more than once, by key.
    """

    def __init__(self, pieces: Iterable[Piece], warnings: list[str]) -> None:
        self.text = ""
        self.at = 0
        self.held: int | None = None
        self.warnings = warnings
        self.repeated: Counter[str] = Counter()
        self._pieces = iter(pieces)
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        self._decoder = json.JSONDecoder(object_pairs_hook=self._object)
        self._patient = json.JSONDecoder(object_pairs_hook=self._object, parse_int=_integer)
        self._stored = 0
        self._ended = False
        self._lines = 0
        self._columns = 0

    def more(self, size: int = _CHUNK) -> bool:
        """Read at least ``size`` more characters; return False at the end."""
        parts: list[str] = []
        while size > 0 and not self._ended:
            piece = next(self._pieces, None)
            self._ended = piece is None
            parts.append(self._decode(piece.data if piece else b"", final=piece is None))
            self._stored += piece.stored if piece else 0
            size -= len(parts[-1])
            if piece and piece.warning:
                self.warnings.append(piece.warning)
        added = "".join(parts)
        self.text += added
        return bool(added)

    def peek(self) -> str:
        """Skip separators and return the next character; empty at the end."""
        at = self.at
        if at < len(self.text) and self.text[at] in "{[":  # usually without a separator
            return self.text[at]
        self.at = self._past(_SEPARATORS, at)
        return self.text[self.at : self.at + 1]

    def drop(self) -> None:
        """Drop the text before ``at`` if nothing holds it and it is more than half; indexes change."""
        if self.held is None and self.at > len(self.text) // 2:
            self._lines, self._columns = self._position(self.at)
            self.text, self.at = self.text[self.at :], 0

    def next_after(self, at: int) -> str:
        """Return the first character from an index on that is not blank; empty at the end."""
        at = self._past(_BLANKS, at)
        return self.text[at : at + 1]

    def _past(self, pattern: re.Pattern[str], at: int) -> int:
        while True:
            match = pattern.match(self.text, at)
            at = match.end() if match else at
            if at < len(self.text) or not self.more():
                return at

    def _position(self, at: int) -> tuple[int, int]:
        """Return the 0-based line and column of an index."""
        lines = self.text.count("\n", 0, at)
        column = at - self.text.rfind("\n", 0, at) - 1
        return self._lines + lines, column + (0 if lines else self._columns)

    def place(self, at: int) -> str:
        """Return line and column of an index, in words."""
        line, column = self._position(at)
        return f"line {line + 1:,}, column {column + 1:,}"

    def value(self, limit: int = LONGEST_LINE) -> Any:  # noqa: ANN401 - any JSON value
        """Take the next value.

        Raises:
            Damage: the text there is not JSON, or the value is longer than ``limit`` characters.
        """
        while True:
            try:
                value, end = self._decoded()
            except json.JSONDecodeError as error:
                left = len(self.text) - self.at
                if left <= limit and self._may_be_cut(error) and self.more(max(left, _CHUNK)):
                    continue
                raise self._damage(error, limit) from None
            if end == len(self.text) and self.more():
                continue  # a number may continue
            self.at = end
            return value

    def _decoded(self) -> tuple[Any, int]:
        try:
            return self._decoder.raw_decode(self.text, self.at)
        except RecursionError:
            raise Damage("values are nested too deeply", self.at, deep=True) from None
        except json.JSONDecodeError:
            raise
        except ValueError:  # an integer of more digits than Python converts
            return self._patient.raw_decode(self.text, self.at)

    def _may_be_cut(self, error: json.JSONDecodeError) -> bool:
        """Return True if an error may come from the end of the text read so far."""
        return error.msg.startswith("Unterminated") or error.pos >= len(self.text) - _TAIL

    def _damage(self, error: json.JSONDecodeError, limit: int) -> Damage:
        if not self._ended and self._may_be_cut(error):
            return Damage(f"a value is longer than {limit:,} characters", error.pos, long=True)
        rest = self.text[error.pos :].strip() if self._may_be_cut(error) else ","
        open_string = error.msg.startswith("Unterminated") or rest.startswith("\\u")
        if open_string or any(word.startswith(rest) for word in _WORDS):
            return Damage("the JSON ends too early", len(self.text), cut=True)
        return Damage(error.msg.removesuffix(" at").removesuffix(" starting"), error.pos)

    def find(self, pattern: re.Pattern[str], at: int) -> int:
        """Return the position of the first match from an index on; else the end of the text read so far."""
        start = at
        while True:
            match = pattern.search(self.text, at)
            if match:
                return match.start()
            at = max(start, len(self.text) - 1)
            if len(self.text) - start >= LONGEST_LINE or not self.more(max(len(self.text) - start, _CHUNK)):
                return len(self.text)

    def take(self, end: int) -> str:
        """Take the text up to an index."""
        text, self.at = self.text[self.at : end], end
        return text

    def spent(self) -> int:
        """Return the stored bytes read since the last call."""
        stored, self._stored = self._stored, 0
        return stored

    def _object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        """Return an object; a repeated key has its last value, or the concatenated items of lists of events."""
        value = dict(pairs)
        if len(value) != len(pairs):
            for key, count in Counter(key for key, _ in pairs).items():
                if count > 1:
                    value[key] = self._repeated(key, [each for name, each in pairs if name == key])
        return value

    def _repeated(self, key: str, values: list[Any]) -> Any:  # noqa: ANN401 - any JSON value
        if key in LISTS and all(isinstance(each, list) for each in values):
            return [item for each in values for item in each]
        self.repeated[key] += 1
        return values[-1]


def _integer(digits: str) -> int | float:
    try:
        return int(digits)
    except ValueError:  # more digits than Python converts
        return float(digits)
