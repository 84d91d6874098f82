"""What the native reader must answer, in plain Python: slow, and meant to be read as the definition."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from flowlocal.native.library import ColumnKind, FieldValue, PrefixToken, Reason, Role

_TIME = re.compile(
    rb"(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9})(?!\d))?(?:(Z)|([+-])(\d\d):?(\d\d))?(?=[ \t\]]|$)"
)
_EPOCH = datetime(1970, 1, 1)


@dataclass
class Answer:
    """Columns by slot, and the lines that are not records."""

    columns: list[list[object]]
    unparsed: list[tuple[int, Reason]] = field(default_factory=list)
    lines: int = 0
    older: int = 0


@dataclass(frozen=True)
class Reading:
    """How lines read; the attributes are those of `flowlocal.native.library.Plan`."""

    kinds: Sequence[ColumnKind]
    layouts: Sequence[Sequence[FieldValue]]
    tokens: Sequence[PrefixToken] = ()
    message: int | None = None
    literal: bytes | None = None
    since: int | None = None
    counted: int = 0

    def answer(self, text: bytes, row: int = 0) -> Answer:
        """Return what the lines of a text are."""
        answer = Answer([[] for _ in self.kinds])
        time: int | None = None
        lines = list(lines_of(text))
        for number, line in enumerate(lines):
            cells, reason = self._line(line)
            for slot, kind in enumerate(self.kinds):
                if kind is ColumnKind.TIME:
                    time = cells.setdefault(slot, time)  # type: ignore[assignment]
            if reason and re.fullmatch(rb"[ \t_-]*[A-Za-z][A-Za-z0-9 \t_-]*", line):
                reason = Reason.NAMES
            if reason and self.layouts:
                answer.unparsed.append((number, reason))
            has_literal = not self.literal or self.literal in line
            is_old = None not in (self.since, time) and time < self.since  # type: ignore[operator]
            if number < len(lines) - 1 and (not has_literal or is_old):
                answer.older += has_literal and is_old and time >= self.counted  # type: ignore[operator]
                continue
            known = {ColumnKind.ROW: row + number, ColumnKind.RECORD: not reason and bool(self.layouts)}
            for slot, kind in enumerate(self.kinds):
                answer.columns[slot].append(known.get(kind, cells.get(slot)))
        answer.lines = len(lines)
        return answer

    def _line(self, line: bytes) -> tuple[dict[int, object], Reason | None]:
        cells: dict[int, object] = {}
        rest = self._after_prefix(line, cells)
        text = line if rest is None else rest
        if self.message is not None:
            cells[self.message] = text.decode()
        if rest is None:
            return cells, Reason.PREFIX if line.strip(b" \t") else Reason.BLANK
        values = [value for value in text.split(b" ") if value]
        reason = Reason.VALUES if line.strip(b" \t") else Reason.BLANK
        for layout in self.layouts:
            if len(layout) == len(values):
                reason = Reason.INTEGER
                if all(map(_fits, layout, values)):
                    for each, value in zip(layout, values, strict=True):
                        self._put(cells, each, value)
                    return cells, None
        return cells, reason

    def _after_prefix(self, line: bytes, cells: dict[int, object]) -> bytes | None:
        found: dict[int, object] = {}
        for token in self.tokens:
            body = _TIME.pattern.decode() if token.role is Role.TIME else r"[^ \t]+"
            opening, closing = map(re.escape, token.brackets) if token.brackets else ("", "")
            match = re.match(rf"{opening}({body}){closing}[ \t]+".encode(), line, re.DOTALL)
            if match is None:
                return None
            value = milliseconds(match[1]) if token.role is Role.TIME else match[1].decode()
            if value is None:
                return None
            if token.slot is not None and token.role is not Role.SKIP:
                found[token.slot] = value
            line = line[match.end() :]
        cells |= found
        return line

    def _put(self, cells: dict[int, object], each: FieldValue, value: bytes) -> None:
        if each.time_slot is not None and value != b"-":
            cells[each.time_slot] = of_any_unit(int(value))
        if each.slot is None:
            return
        if each.maximum is None or self.kinds[each.slot] is ColumnKind.TEXT:
            cells[each.slot] = value.decode()
        elif value != b"-":
            cells[each.slot] = int(value)


def lines_of(text: bytes) -> Iterator[bytes]:
    """Yield the lines without their terminators; after the last newline there is none."""
    for line in text.removesuffix(b"\n").split(b"\n") if text else ():
        yield line.removesuffix(b"\r")


def _fits(each: FieldValue, value: bytes) -> bool:
    if each.maximum is None or value == b"-":
        return True
    return re.fullmatch(rb"\+?[0-9]+", value) is not None and int(value) <= each.maximum


def milliseconds(text: bytes) -> int | None:
    """Return the epoch milliseconds of an ISO 8601 time, None if it does not exist."""
    match = _TIME.fullmatch(text)
    if match is None:
        return None
    try:
        time = datetime(*map(int, match.groups()[:6]))  # type: ignore[arg-type]
    except ValueError:
        return None
    part = int((match[7] or b"0").ljust(3, b"0")[:3])
    if match[9]:
        if int(match[10]) > 23 or int(match[11]) > 59:
            return None
        offset = timedelta(hours=int(match[10]), minutes=int(match[11]))
        shifted = _whole(time - _EPOCH - (offset if match[9] == b"+" else -offset)) + part
        return shifted if -62135596800000 <= shifted <= 253402300799999 else None
    return _whole(time - _EPOCH) + part


def _whole(span: timedelta) -> int:
    return span // timedelta(milliseconds=1)


def of_any_unit(value: int) -> int:
    """Return milliseconds of a time in s, ms, us or ns, distinguished by its size."""
    for limit, factor in ((10**11, 1000), (10**14, 1)):
        if value < limit:
            return value * factor
    return value // 1000 if value < 10**17 else value // 10**6
