"""Find out how the lines of a text read: what is before each record, and the layouts of the records.

What is found decides only how lines are read, never what becomes of them: a line that does not fit is an odd line.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from flowlocal.sources import layout as layouts
from flowlocal.sources.framing import GROUP, INGESTION, NO_PREFIX, SKIP, STREAM, TIME, Prefix, is_time, prefix_of
from flowlocal.sources.layout import Layout

ROLES: tuple[tuple[str, ...], ...] = (
    (TIME,),
    (TIME, STREAM),
    (GROUP, STREAM),
    (GROUP, STREAM, TIME),
    (GROUP, STREAM, TIME, INGESTION),
    (STREAM,),
    (STREAM, TIME),
)
"""What clients write before a record, separated by blanks."""
_DASHED: Mapping[int, tuple[tuple[str, ...], ...]] = {
    1: ((TIME,), (STREAM,)),
    2: ((TIME, STREAM), (TIME, GROUP), (GROUP, STREAM)),
    3: ((TIME, GROUP, STREAM), (TIME, STREAM, SKIP), (GROUP, STREAM, SKIP)),
    4: ((TIME, GROUP, STREAM, SKIP),),
}
"""What clients write before a record with `` - `` after each part, by the number of parts."""
_LONGEST_PREFIX = 9
"""Tokens of a line that are looked at for a prefix."""
_NAME = re.compile(r"[A-Za-z].*[-/_.]|[-/_.].*[A-Za-z]")
"""What names of streams look like, and values of records hardly ever. A group can have any name, such as ``vpc``."""
_STATUS = re.compile(r"(?:^|[ \t])(?:OK|NODATA|SKIPDATA|INCOMPLETEDATA)(?:[ \t]|$)")
"""A value that every record has whose layout can be recognised without a header."""
_INTEGERS = re.compile(r"(?:[ \t]+(?:-|\+?[0-9]+)){7}[ \t]")
"""What every such record has if its integers are in order: those from the source port to the end, side by side."""
_FEW = 3
"""Lines of each number of blanks that are usually enough to find out how all of them read."""


@dataclass(frozen=True)
class LineFormat:
    """How the lines of a text read.

    Attributes:
        prefix: what is before each record.
        layouts: the layouts of the records, each with another number of values; the first one found comes first.
        complete: True if most lines have as many values as a record, and so have all that may be records.
        share: the part of lines that have as many values as a record, from the first such line on.
    """

    prefix: Prefix
    layouts: tuple[Layout, ...]
    complete: bool = False
    share: float = 0.0


def probe(lines: Iterable[str], given: Layout | None = None, *, nearly: bool = False) -> LineFormat | None:
    """Return how some lines read, or None if there is no record among them.

    Args:
        lines: whole lines.
        given: the layout that the user gave for records without a header.
        nearly: take records for such whose integers are wrong, as long as most are right.
    """
    fit, sign = (layouts.fits_nearly, _STATUS) if nearly else (layouts.fits, _INTEGERS)
    text = [line for line in lines if line.strip()]
    few = _few_of_each(text)
    found = _best(_Text(few, given, fit, sign))
    return found if len(few) == len(text) or (found and found.complete) else _best(_Text(text, given, fit, sign))


def _few_of_each(lines: Iterable[str]) -> list[str]:
    """Return the first lines of each number of blanks."""
    counts: Counter[int] = Counter()
    few = []
    for line in lines:
        blanks = line.count(" ")
        counts[blanks] += 1
        if counts[blanks] <= _FEW:
            few.append(line)
    return few


def _best(text: _Text) -> LineFormat | None:
    """Return the format with which most lines are records; of equals that with the plainest prefix."""
    best, most = None, 0
    for prefixes in ([NO_PREFIX], _prefixes(text.records[:1]), _prefixes(text.records)):
        for prefix in prefixes:
            found, count = text.read_with(prefix)
            if count > most:
                best, most = found, count
        if best is not None and (best.complete or most == len(text.records)):
            break
    return best


@dataclass(frozen=True)
class _Text:
    """Lines that are held against prefixes and layouts.

    Attributes:
        lines: the lines, none of them blank.
        given: the layout that the user gave.
        fit: True if values can be those of a layout.
        sign: what records of recognised layouts contain.
    """

    lines: Sequence[str]
    given: Layout | None
    fit: Callable[[Layout, Sequence[str]], bool]
    sign: re.Pattern[str]

    @cached_property
    def items(self) -> list[Layout | str]:
        """The layouts of header lines and the lines that may be records, in order."""
        items: list[Layout | str] = []
        any_line = self.given is not None
        for line in self.lines:
            header = layouts.from_header(line) if line.lstrip()[:1].isalpha() else None
            any_line = any_line or header is not None  # a record of a custom layout need not have such a sign
            if header is not None or any_line or self.sign.search(line):
                items.append(header or line)
        return items

    @cached_property
    def records(self) -> list[str]:
        """The lines that may be records."""
        return [item for item in self.items if isinstance(item, str)]

    def layouts(self, prefix: Prefix) -> dict[int, Layout]:
        """Return the layouts of records with this prefix by their number of values.

        A header counts only for records after it, and if it fits any.
        """
        headers: dict[int, Layout] = {}
        found: dict[int, Layout] = {}
        for item in self.items:
            if isinstance(item, Layout):
                headers[len(item.names)] = item
            elif (width := _width(prefix, item)) not in found:
                layout = self._layout(_values(prefix, item), headers.get(width))
                if layout is not None:
                    found[width] = layout
        return found

    def _layout(self, values: Sequence[str], header: Layout | None) -> Layout | None:
        """Return the layout of some values: a header is believed, what is recognised must look like a record."""
        if header is not None and layouts.is_record(header, values):
            return header
        possible = layouts.of_length(len(values)) if self.given is None else (self.given,)
        return next((each for each in possible if len(each.names) == len(values) and self.fit(each, values)), None)

    def read_with(self, prefix: Prefix) -> tuple[LineFormat, int]:
        """Return how the lines read if their records have this prefix, and how many of those that may be records do.

        Numbers of values are compared, which is quick; the values of at least one line of each layout were looked at.
        """
        known = self.layouts(prefix)
        count = sum(_width(prefix, line) in known for line in self.records)
        found = LineFormat(prefix, tuple(known.values()))
        if not count:
            return found, 0
        alike = [_width(prefix, line) in known for line in self.lines]
        first = alike.index(True)
        complete = sum(alike) * 2 >= len(alike) and count == len(self.records)
        return replace(found, complete=complete, share=sum(alike[first:]) / (len(alike) - first)), count


def _values(prefix: Prefix, line: str) -> list[str]:
    """Return the values of the record in a line; none if the line lacks the prefix."""
    return layouts.values_of(prefix.split(line) or "")


def _width(prefix: Prefix, line: str) -> int:
    """Return how many values a line has after the prefix; counting single blanks is faster than splitting."""
    record = prefix.split(line) or ""
    plain = "  " not in record and record[:1] != " " and record[-1:] != " "
    return record.count(" ") + 1 if plain and record else len(layouts.values_of(record))


def _prefixes(lines: Iterable[str]) -> Iterator[Prefix]:
    """Yield the prefixes that some lines may have, the shortest first."""
    found = dict.fromkeys(prefix for line in lines for prefix in _prefixes_of(line.split(None, _LONGEST_PREFIX)))
    yield from sorted(found, key=lambda prefix: len(prefix.roles))


def _prefixes_of(tokens: Sequence[str]) -> Iterator[Prefix]:
    if len(tokens) > 2 and tokens[0].startswith("[") and tokens[1].startswith("("):
        yield Prefix((TIME, STREAM), ("[]", "()"))
    for roles in ROLES:
        if _may_be(roles, tokens):
            yield prefix_of(*roles)
    if "-" in tokens[:8:2] or "-" in tokens[1:8:2]:
        yield from _dashed(tokens)


def _may_be(roles: Sequence[str], tokens: Sequence[str]) -> bool:
    """Return whether the tokens can be what they are to be."""
    return len(tokens) > len(roles) and all(map(_plays, roles, tokens))


def _plays(role: str, token: str) -> bool:
    if role in (TIME, INGESTION):
        return is_time(token)
    if role == GROUP:
        return token[:1].isalpha()
    return role == SKIP or (_NAME.search(token) is not None and not is_time(token))


def _dashed(tokens: Sequence[str]) -> Iterator[Prefix]:
    """Parts joined by `` - ``, of which a user asks for any: time, group, stream, event id."""
    parts = 0
    while parts < 4 and tokens[2 * parts + 1 : 2 * parts + 2] == ["-"]:
        parts += 1
    for kinds in _DASHED.get(parts, ()):
        roles = tuple(role for kind in kinds for role in (kind, SKIP))
        if _may_be(roles, tokens):
            yield prefix_of(*roles)
