"""The order of fields in a record: from a header line, a format string, or the look of the records."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from flowlocal.events import Field
from flowlocal.sources import catalog
from flowlocal.values.kinds import FieldKind

_TOKEN = re.compile(r"(\$+\\?\{)?([A-Za-z][A-Za-z0-9_-]*)(?(1)\})$")
_NAME = re.compile(r"[a-z][a-z0-9_-]*$", re.IGNORECASE)
_FLOW_WORD = re.compile(r"^(?:eni-[0-9a-f]+|ACCEPT|REJECT|NODATA|SKIPDATA)$")
_LOOKED_AT = 50
_ENOUGH_KNOWN = 5
_SHORTEST_WORD = 4
_ALIKE = 0.8
"""Words of so many letters that are so much alike count as one misspelt, not as a name that is new."""
_TYPES = frozenset({"IPv4", "IPv6", "EFA", "-"})
_STATUSES = frozenset({"OK", "NODATA", "SKIPDATA", "INCOMPLETEDATA"})


@dataclass(frozen=True)
class Layout:
    """The fields of a record, in order.

    Attributes:
        names: the fields as the log spells them, hyphenated.
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
        """Where a field stands in the record, 0-based; None where the layout lacks it."""
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
    """The layout a header line names, or None where the line is no header.

    A header contains field names alone: all of them known, or at least five known ones among newer names that this
    version has not heard of, and none that nearly is a known one, such as ``accountId`` (decided).
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
    """Return the first misspelt name of a header line and the name that is meant; None if the line has none."""
    if _header(line) is None:
        return None
    tokens = line.split()
    return next(((token, name) for token in tokens if (name := _meant(token, tokens)) is not None), None)


def _meant(token: str, others: Iterable[str]) -> str | None:
    """The known name that a token nearly is; None for one that is known, or may be newer than this version."""
    name = catalog.canonical(token)
    if name in catalog.KNOWN:
        return None
    joined = {known.replace("-", ""): known for known in catalog.KNOWN}
    taken = set(map(catalog.canonical, others))
    near = (known for known in sorted(catalog.KNOWN - taken) if _differs_in_one_word(name, known))
    return joined.get(name.replace("-", "")) or next(near, None)


def _differs_in_one_word(name: str, known: str) -> bool:
    """True if names have the same words but for one, which is spelt nearly alike."""
    from difflib import SequenceMatcher  # noqa: PLC0415 - only unknown names pay for it

    pairs = list(zip(name.split("-"), known.split("-"), strict=False))
    differing = [pair for pair in pairs if pair[0] != pair[1]]
    if name.count("-") != known.count("-") or len(differing) != 1:
        return False
    one, other = differing[0]
    return min(len(one), len(other)) >= _SHORTEST_WORD and SequenceMatcher(None, one, other).ratio() >= _ALIKE


def from_format(text: str) -> Layout:
    r"""The layout of a flow log's format string.

    Accepts ``${version} ${account-id}``, the same with ``$${…}`` or ``$\{…}`` (as Terraform and
    CloudFormation sources spell it), bare names, underscores for hyphens, and quotes around it all.

    Raises:
        ValueError: a token is not a field name, or nearly one; the message says which.
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
    match = _TOKEN.match(token)
    if match is None:
        msg = f"'{token}' in the log format is no field name; write it like ${{srcaddr}}"
        raise ValueError(msg)
    return match[2]


def recognise(records: Iterable[str]) -> tuple[Layout, ...]:
    """The layouts of records without a header, where only one each is possible; the first found comes first.

    Tried are the default formats and "every field up to version n" in the documented order, each held
    against the number of values, the integers, the addresses and the status.

    Args:
        records: some records, without any prefix; lines that fit nothing are passed over. Should all do so, a layout
            is taken that one of them fits but for some integer, such as a port out of range.
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
    """Return the layouts with so many values that are recognised without a header."""
    return _BY_LENGTH.get(values, ())


def values_of(record: str) -> list[str]:
    """The values of a record, between runs of blanks."""
    return [value for value in record.split(" ") if value]


def _by_length() -> dict[int, list[Layout]]:
    layouts: dict[int, list[Layout]] = {}
    for names in (catalog.DEFAULT, catalog.TRANSIT_GATEWAY, *catalog.ALL_UP_TO.values()):
        layouts.setdefault(len(names), []).append(Layout(names))
    return layouts


_BY_LENGTH = _by_length()


def looks_like_records(lines: Sequence[str]) -> bool:
    """Return whether most lines have the same number of values and contain words of flow logs, in whatever layout."""
    values = [line.split() for line in lines[:_LOOKED_AT]]
    alike = [line for line in values if len(line) == len(values[0])]
    flows = [line for line in alike if any(map(_FLOW_WORD.match, line))]
    return len(values) > 0 and len(values[0]) > 2 and len(flows) * 2 > len(values)


def is_record(layout: Layout, values: Sequence[str]) -> bool:
    """Return whether values are a record: as many as the layout has fields, each integer field ``-`` or in range."""
    integers = ((name, value) for name, value in zip(layout.names, values, strict=False) if name in catalog.INTEGERS)
    return len(values) == len(layout.names) and all(is_integer(name, value) for name, value in integers)


def fits(layout: Layout, values: Sequence[str]) -> bool:
    """Whether a record's values are what the layout's fields can hold (stricter than being a record)."""
    return len(values) == len(layout.names) and all(map(_plausible, layout.names, values))


def fits_nearly(layout: Layout, values: Sequence[str]) -> bool:
    """Whether values are what the layout's fields can hold, but for less than half of the integers."""
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
    """Whether a value can stand in an integer field: ``-``, or digits within the field's range."""
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
