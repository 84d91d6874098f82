"""Detect the line format of a text: the prefix before each record, and the layouts of the records.

The result only determines how lines are parsed; no line is dropped: one that does not match is an unparsed line.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property

from msgspec import Struct
from msgspec.structs import replace

from flowlocal.sources.records import layout as layouts
from flowlocal.sources.records.layout import Layout
from flowlocal.sources.records.prefix import GROUP, INGESTION, NO_PREFIX, SKIP, STREAM, TIME, Prefix, is_time, prefix_of

ROLES: tuple[tuple[str, ...], ...] = (
    (TIME,),
    (TIME, STREAM),
    (GROUP, STREAM),
    (GROUP, STREAM, TIME),
    (GROUP, STREAM, TIME, INGESTION),
    (STREAM,),
    (STREAM, TIME),
)
"""Roles of the tokens that clients write before a record, separated by blanks."""
_DASHED: Mapping[int, tuple[tuple[str, ...], ...]] = {
    1: ((TIME,), (STREAM,)),
    2: ((TIME, STREAM), (TIME, GROUP), (GROUP, STREAM)),
    3: ((TIME, GROUP, STREAM), (TIME, STREAM, SKIP), (GROUP, STREAM, SKIP)),
    4: ((TIME, GROUP, STREAM, SKIP),),
}
"""Roles of the parts that clients write before a record, each followed by `` - ``, by the number of parts."""
_LONGEST_PREFIX = 9
"""Tokens of a line that are inspected for a prefix."""
_NAME = re.compile(r"[A-Za-z].*[-/_.]|[-/_.].*[A-Za-z]")
"""Names of streams match it, values of records rarely do. A group can have any name, such as ``vpc``."""
_STATUS = re.compile(r"(?:^|[ \t])(?:OK|NODATA|SKIPDATA|INCOMPLETEDATA)(?:[ \t]|$)")
"""A log status, which every record has whose layout can be recognised without a header."""
_INTEGERS = re.compile(r"(?:[ \t]+(?:-|\+?[0-9]+)){7}[ \t]")
"""The consecutive integers from the source port to the end, which every such record has if its integers are valid."""
_FEW = 3
"""Lines per number of blanks that are usually enough to detect the format of all lines."""


class FoundFormat(Struct, frozen=True):
    """The detected line format of a text.

    Attributes:
        prefix: the tokens before each record.
        layouts: the layouts of the records, each with a different number of values, in the order of appearance.
        complete: True if most lines, and all that may be records, have the number of values of a record.
        share: the share of lines with the number of values of a record, from the first such line on.
    """

    prefix: Prefix
    layouts: tuple[Layout, ...]
    complete: bool = False
    share: float = 0.0


def probe(lines: Iterable[str], given: Layout | None = None, *, nearly: bool = False) -> FoundFormat | None:
    """Return the line format of some lines; None if none of them is a record.

    Args:
        lines: whole lines.
        given: the layout that the user gave for records without a header.
        nearly: accept records with invalid integers, as long as most integers are valid.
    """
    fit, sign = (layouts.fits_nearly, _STATUS) if nearly else (layouts.fits, _INTEGERS)
    text = [line for line in lines if line.strip()]
    few = _few_of_each(text)
    found = _best(_Text(few, given, fit, sign))
    return found if len(few) == len(text) or (found and found.complete) else _best(_Text(text, given, fit, sign))


def _few_of_each(lines: Iterable[str]) -> list[str]:
    """Return the first few lines for each number of blanks."""
    counts: Counter[int] = Counter()
    few = []
    for line in lines:
        blanks = line.count(" ")
        counts[blanks] += 1
        if counts[blanks] <= _FEW:
            few.append(line)
    return few


def _best(text: _Text) -> FoundFormat | None:
    """Return the format in which most lines are records; the one with the simplest prefix if several are equal."""
    best, most = None, 0
    for prefixes in ([NO_PREFIX], _prefixes(text.records[:1]), _prefixes(text.records)):
        for prefix in prefixes:
            found, count = text.read_with(prefix)
            if count > most:
                best, most = found, count
        if best is not None and (best.complete or most == len(text.records)):
            break
    return best


class _Text(Struct, frozen=True, dict=True):
    """Lines that are compared with prefixes and layouts.

    Attributes:
        lines: the lines, none of them blank.
        given: the layout that the user gave.
        fit: returns True if values are plausible for a layout.
        sign: a pattern that all records of recognised layouts contain.
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
            any_line = any_line or header is not None  # a record of a custom layout may not match it
            if header is not None or any_line or self.sign.search(line, 0, layouts.LONGEST_RECORD):
                items.append(header or line)
        return items

    @cached_property
    def records(self) -> list[str]:
        """The lines that may be records."""
        return [item for item in self.items if isinstance(item, str)]

    def layouts(self, prefix: Prefix) -> dict[int, Layout]:
        """Return the layouts of records with this prefix by their number of values.

        A header applies only to records after it, and only if it matches any.
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
        """Return the layout of some values: that of the header if they are a record of it, else a plausible one."""
        if header is not None and layouts.is_record(header, values):
            return header
        possible = layouts.of_length(len(values)) if self.given is None else (self.given,)
        return next((each for each in possible if len(each.names) == len(values) and self.fit(each, values)), None)

    def read_with(self, prefix: Prefix) -> tuple[FoundFormat, int]:
        """Return the line format with this prefix, and how many of the possible records match it.

        Only numbers of values are compared, which is fast; the values of one line per layout were checked before.
        """
        known = self.layouts(prefix)
        count = sum(_width(prefix, line) in known for line in self.records)
        found = FoundFormat(prefix, tuple(known.values()))
        if not count:
            return found, 0
        alike = [_width(prefix, line) in known for line in self.lines]
        first = alike.index(True)
        complete = sum(alike) * 2 >= len(alike) and count == len(self.records)
        return replace(found, complete=complete, share=sum(alike[first:]) / (len(alike) - first)), count


def _values(prefix: Prefix, line: str) -> list[str]:
    """Return the values of the record in a line; empty if the line does not have the prefix."""
    return layouts.values_of(prefix.split(line) or "")


def _width(prefix: Prefix, line: str) -> int:
    """Return the number of values after the prefix; counting single blanks is faster than splitting."""
    record = prefix.split(line) or ""
    plain = "  " not in record and record[:1] != " " and record[-1:] != " "
    return record.count(" ") + 1 if plain and record else len(layouts.values_of(record))


def _prefixes(lines: Iterable[str]) -> Iterator[Prefix]:
    """Yield the possible prefixes of lines, the shortest first."""
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
    """Return True if the tokens can have these roles."""
    return len(tokens) > len(roles) and all(map(_plays, roles, tokens))


def _plays(role: str, token: str) -> bool:
    if role in (TIME, INGESTION):
        return is_time(token)
    if role == GROUP:
        return token[:1].isalpha()
    return role == SKIP or (_NAME.search(token) is not None and not is_time(token))


def _dashed(tokens: Sequence[str]) -> Iterator[Prefix]:
    """Yield prefixes of parts joined by `` - ``: any of time, group, stream, event id."""
    parts = 0
    while parts < 4 and tokens[2 * parts + 1 : 2 * parts + 2] == ["-"]:
        parts += 1
    for kinds in _DASHED.get(parts, ()):
        roles = tuple(role for kind in kinds for role in (kind, SKIP))
        if _may_be(roles, tokens):
            yield prefix_of(*roles)
