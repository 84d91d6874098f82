"""The fields of a record in order: parsed from a header line or a format string, or recognised from records."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property, lru_cache

from msgspec import Struct

from flowlocal.events import Field
from flowlocal.sources.records import catalog
from flowlocal.values.kinds import FieldKind

LONGEST_RECORD = 64 << 10
"""More characters than any flow log record has; of longer lines only the beginning is searched for one."""
_FIELD = r"(\$+\\?\{)?([A-Za-z][A-Za-z0-9_-]*)(?(1)\})$"
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*$")
_FLOW_WORD = re.compile(r"^(?:eni-[0-9a-f]+|ACCEPT|REJECT|NODATA|SKIPDATA)$")
_LOOKED_AT = 50
_ENOUGH_KNOWN = 5
_SHORTEST_WORD = 4
_ALIKE = 0.8
"""Words of at least ``_SHORTEST_WORD`` letters with this similarity count as misspelt rather than as new names."""
_TYPES = frozenset({"IPv4", "IPv6", "EFA", "-"})
_STATUSES = frozenset({"OK", "NODATA", "SKIPDATA", "INCOMPLETEDATA"})


class Layout(Struct, frozen=True, dict=True):
    """The fields of a record, in order.

    Attributes:
        names: the fields in the log's spelling, hyphenated.
    """

    names: tuple[str, ...]

    @cached_property
    def fields(self) -> dict[str, Field]:
        """The discovered fields by Insights name, in the order of the record."""
        return {field.name: field for field in map(_field, dict.fromkeys(self.names))}

    @cached_property
    def aliases(self) -> dict[str, str]:
        """The log's own spellings that differ from the Insights names."""
        pairs = ((name, catalog.insights_name(name)) for name in self.names)
        return {name: insights for name, insights in pairs if name != insights}

    def position(self, name: str) -> int | None:
        """Return the 0-based position of a field in the record; None if the layout does not have it."""
        return self.names.index(name) if name in self.names else None


def _field(name: str) -> Field:
    integer = catalog.INTEGERS.get(name)
    if integer is None:
        return Field(catalog.insights_name(name), FieldKind.TEXT)
    return Field(catalog.insights_name(name), FieldKind.INTEGER, integer.maximum)


DEFAULT = Layout(catalog.DEFAULT)
TRANSIT_GATEWAY = Layout(catalog.TRANSIT_GATEWAY)


@lru_cache(maxsize=256)
def from_header(line: str) -> Layout | None:
    """Return the layout that a header line names; None if the line is not a header.

    A header contains field names only: all of them known, or at least five known ones among names newer than this
    version, and no misspelt one such as ``accountId`` (decided).
    """
    layout = _header(line)
    return None if layout is None or misspelt_header(line) else layout


def _header(line: str) -> Layout | None:
    tokens = line.split()
    if not tokens or not all(map(_NAME.match, tokens)):
        return None
    names = tuple(map(catalog.canonical, tokens))
    known = sum(name in catalog.KNOWN for name in names)
    return Layout(names) if known == len(names) or known >= _ENOUGH_KNOWN else None


def misspelt_header(line: str) -> tuple[str, str] | None:
    """Return the first misspelt name of a header line and its correct spelling; None if there is none."""
    if _header(line) is None:
        return None
    tokens = line.split()
    return next(((token, name) for token in tokens if (name := _meant(token, tokens)) is not None), None)


def _meant(token: str, others: Iterable[str]) -> str | None:
    """Return the known name that a misspelt token means; None if it is known, or may be newer than this version."""
    name = catalog.canonical(token)
    if name in catalog.KNOWN:
        return None
    joined = {known.replace("-", ""): known for known in catalog.KNOWN}
    taken = set(map(catalog.canonical, others))
    near = (known for known in sorted(catalog.KNOWN - taken) if _differs_in_one_word(name, known))
    return joined.get(name.replace("-", "")) or next(near, None)


def _differs_in_one_word(name: str, known: str) -> bool:
    """Return True if two names differ in a single word, which is spelt similarly."""
    from difflib import SequenceMatcher  # noqa: PLC0415 - imported only for unknown names

    pairs = list(zip(name.split("-"), known.split("-"), strict=False))
    differing = [pair for pair in pairs if pair[0] != pair[1]]
    if name.count("-") != known.count("-") or len(differing) != 1:
        return False
    one, other = differing[0]
    return min(len(one), len(other)) >= _SHORTEST_WORD and SequenceMatcher(None, one, other).ratio() >= _ALIKE


def from_format(text: str) -> Layout:
    r"""Return the layout of a flow log's format string.

    Accepts ``${version} ${account-id}``, also with ``$${…}`` or ``$\{…}`` (as in Terraform and CloudFormation
    sources), bare names, underscores instead of hyphens, and surrounding quotes.

    Raises:
        ValueError: a token is not a field name, or is misspelt; the message names it.
    """
    tokens = _unquoted(text.strip()).replace(",", " ").split()
    if not tokens:
        msg = "the log format names no field"
        raise ValueError(msg)
    names = list(map(_format_token, tokens))
    for name in names:
        if (meant := _meant(name, names)) is not None:
            msg = f"'{name}' in the log format is not a field name; did you mean ${{{meant}}}?"
            raise ValueError(msg)
    return Layout(tuple(map(catalog.canonical, names)))


def _unquoted(text: str) -> str:
    quoted = len(text) > 1 and text[0] == text[-1] and text[0] in "\"'"
    return text[1:-1] if quoted else text


def _format_token(token: str) -> str:
    match = re.match(_FIELD, token)
    if match is None:
        msg = f"'{token}' in the log format is not a valid field name: expected a name such as ${{srcaddr}}"
        raise ValueError(msg)
    return match[2]


def recognise(records: Iterable[str]) -> tuple[Layout, ...]:
    """Return the layouts recognised from records without a header, in the order in which they were found.

    The default formats and "every field up to version n" in the documented order are compared with the number of
    values, the integers, the addresses and the status.

    Args:
        records: some records, without any prefix; lines that match no layout are skipped. If none matches, a layout
            is accepted that a record matches except for some integers, such as a port out of range.
    """
    some = list(records)
    return _recognised(some, fits) or _recognised(some, fits_nearly)


def _recognised(records: Sequence[str], fit: Callable[[Layout, Sequence[str]], bool]) -> tuple[Layout, ...]:
    found: dict[int, Layout] = {}
    for record in records:
        if record.count(" ") + 1 in found and "  " not in record:
            continue
        values = values_of(record)
        if len(values) in _BY_LENGTH and len(values) not in found:
            found |= {len(values): layout for layout in _BY_LENGTH[len(values)] if fit(layout, values)}
    return tuple(found.values())


def of_length(values: int) -> Sequence[Layout]:
    """Return the layouts with this number of values that are recognised without a header."""
    return _BY_LENGTH.get(values, ())


def values_of(record: str) -> list[str]:
    """Return the blank-separated values of a record."""
    return [value for value in record.split(" ") if value]


def _by_length() -> dict[int, list[Layout]]:
    layouts: dict[int, list[Layout]] = {}
    for names in (catalog.DEFAULT, catalog.TRANSIT_GATEWAY, *catalog.ALL_UP_TO.values()):
        layouts.setdefault(len(names), []).append(Layout(names))
    return layouts


_BY_LENGTH = _by_length()


def looks_like_records(lines: Sequence[str]) -> bool:
    """Return True if most lines have the same number of values and contain words of flow logs, in any layout."""
    values = [line.split() for line in lines[:_LOOKED_AT]]
    alike = [line for line in values if len(line) == len(values[0])]
    flows = [line for line in alike if any(map(_FLOW_WORD.match, line))]
    return len(values) > 0 and len(values[0]) > 2 and len(flows) * 2 > len(values)


def is_record(layout: Layout, values: Sequence[str]) -> bool:
    """Return True if values are a record: as many as the layout has fields, each integer field ``-`` or in range."""
    integers = ((name, value) for name, value in zip(layout.names, values, strict=False) if name in catalog.INTEGERS)
    return len(values) == len(layout.names) and all(is_integer(name, value) for name, value in integers)


def fits(layout: Layout, values: Sequence[str]) -> bool:
    """Return True if all values are plausible for the layout's fields (stricter than ``is_record``)."""
    return len(values) == len(layout.names) and all(map(_plausible, layout.names, values))


def fits_nearly(layout: Layout, values: Sequence[str]) -> bool:
    """Return True if all values are plausible for the layout's fields, except less than half of the integers."""
    wrong = [name for name, value in zip(layout.names, values, strict=True) if not _plausible(name, value)]
    integers = sum(name in catalog.INTEGERS for name in layout.names)
    return all(name in catalog.INTEGERS for name in wrong) and len(wrong) * 2 < integers


def _plausible(name: str, value: str) -> bool:
    if name in catalog.INTEGERS:
        return is_integer(name, value)
    if name == "log-status":
        return value in _STATUSES
    if name == "resource-type":
        return value.startswith(("TransitGateway", "CoreNetwork"))
    if name == "type":
        return value in _TYPES
    return name not in catalog.ADDRESSES or _is_address(value)


def is_integer(name: str, value: str) -> bool:
    """Return True if a value is valid for an integer field: ``-``, or digits within the field's range."""
    digits = value.removeprefix("+")
    if value == "-":
        return True
    return (
        digits.isascii() and digits.isdigit() and int(digits.lstrip("0")[:20] or "0") <= catalog.INTEGERS[name].maximum
    )


def _is_address(value: str) -> bool:
    if value == "-":
        return True
    try:
        ipaddress.ip_address(value)
    except ValueError:
        return False
    return True
