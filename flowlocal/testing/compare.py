"""Rows compared with expected rows, and the differences between them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from flowlocal.testing.case import ANY, Row

_MOST_ALIGNED = 500
"""Rows on either side up to which they are aligned; aligning takes time that grows with the square."""


_COMPARED = 50
"""Rows among which the most similar one is looked for."""


@dataclass(frozen=True)
class Difference:
    """A row that is not as expected.

    Attributes:
        number: the 1-based number of the row in the answer; of the expected row where that is missing.
        expected: the row expected; None for one too many.
        actual: the row that is there; None for a missing one.
    """

    number: int
    expected: Row | None
    actual: Row | None


def matches(expected: Sequence[Row], actual: Sequence[Row], *, ordered: bool = True) -> bool:
    """Are the rows as expected?"""
    if len(expected) != len(actual):
        return False
    if ordered:
        return all(map(row_matches, expected, actual))
    return not any(_unmatched(expected, actual))


def row_matches(expected: Row, actual: Row) -> bool:
    """Return True if a row is as expected; ``ANY`` matches any text."""
    return expected.keys() == actual.keys() and all(cell in (ANY, actual[name]) for name, cell in expected.items())


def _unmatched(expected: Sequence[Row], actual: Sequence[Row]) -> tuple[list[int], list[int]]:
    """Return the numbers of expected and actual rows that have no partner, if order does not count.

    Rows without ``ANY`` are paired first, as they can pair in one way only. The others pair along augmenting paths,
    so that no pairing is missed that a luckier order would have found.
    """
    plain = [number for number, row in enumerate(expected) if ANY not in row.values()]
    wild = [number for number, row in enumerate(expected) if ANY in row.values()]
    left: dict[frozenset[tuple[str, str]], list[int]] = {}
    for number in reversed(range(len(actual))):
        left.setdefault(frozenset(actual[number].items()), []).append(number)
    missing = [number for number in plain if not _take(left, expected[number])]
    extra = sorted(number for numbers in left.values() for number in numbers)
    partners: dict[int, int] = {}
    missing += [number for number in wild if not _pair(number, expected, actual, extra, partners)]
    return sorted(missing), [number for number in extra if number not in partners]


def _take(left: dict[frozenset[tuple[str, str]], list[int]], row: Row) -> bool:
    numbers = left.get(frozenset(row.items()))
    if not numbers:
        return False
    numbers.pop()
    return True


def _pair(
    number: int, expected: Sequence[Row], actual: Sequence[Row], free: Sequence[int], partners: dict[int, int]
) -> bool:
    """Find a partner for an expected row, moving others to other partners where they have some."""
    waiting, reached_from = [number], dict[int, int]()
    for row in waiting:  # grows
        for candidate in free:
            if candidate in reached_from or not row_matches(expected[row], actual[candidate]):
                continue
            reached_from[candidate] = row
            if candidate not in partners:
                _shift(candidate, number, reached_from, partners)
                return True
            waiting.append(partners[candidate])
    return False


def _shift(candidate: int, number: int, reached_from: dict[int, int], partners: dict[int, int]) -> None:
    """Give every row on the way to a free partner the next one."""
    own = {row: partner for partner, row in partners.items()}
    while (row := reached_from[candidate]) != number:
        partners[candidate] = row
        candidate = own[row]
    partners[candidate] = number


def differences(expected: Sequence[Row], actual: Sequence[Row], *, ordered: bool = True) -> list[Difference]:
    """Return the differences from the expected rows, row by row, in the order of the answer."""
    if not ordered:
        missing, extra = _unmatched(expected, actual)
        return list(_paired([expected[number] for number in missing], [(n, actual[n]) for n in extra]))
    if max(len(expected), len(actual)) > _MOST_ALIGNED:
        return list(_side_by_side(expected, actual))
    return list(_aligned(expected, actual))


def _side_by_side(expected: Sequence[Row], actual: Sequence[Row]) -> Iterator[Difference]:
    for number in range(max(len(expected), len(actual))):
        wanted = expected[number] if number < len(expected) else None
        there = actual[number] if number < len(actual) else None
        if wanted is None or there is None or not row_matches(wanted, there):
            yield Difference(number + 1, wanted, there)


def _aligned(expected: Sequence[Row], actual: Sequence[Row]) -> Iterator[Difference]:
    """Differences of rows laid beside each other so that as many as possible are alike."""
    loose = {name for row in expected for name, cell in row.items() if cell == ANY}
    wanted_keys, actual_keys = ([_key(row, loose) for row in rows] for rows in (expected, actual))
    matcher = SequenceMatcher(None, wanted_keys, actual_keys, autojunk=False)
    for operation, start, end, first, last in matcher.get_opcodes():
        wanted, there = expected[start:end], [(number, actual[number]) for number in range(first, last)]
        if operation == "equal":
            pairs = zip(wanted, there, strict=True)
            yield from (Difference(n + 1, want, row) for want, (n, row) in pairs if not row_matches(want, row))
        else:
            yield from _paired(wanted, there, missing_from=start)


def _key(row: Row, loose: set[str]) -> tuple[tuple[str, str], ...]:
    """Return a row for aligning: without the cells in which any text is accepted."""
    return tuple(sorted((name, "" if name in loose else cell) for name, cell in row.items()))


def _paired(expected: Sequence[Row], actual: Sequence[tuple[int, Row]], missing_from: int = 0) -> Iterator[Difference]:
    """Yield expected rows with the most similar actual ones, and the rest alone."""
    left = list(actual)
    for number, wanted in enumerate(expected):
        best = _most_alike(wanted, left[:_COMPARED])
        if best is None:
            yield Difference(missing_from + number + 1, wanted, None)
        else:
            left.remove(best)
            yield Difference(best[0] + 1, wanted, best[1])
    yield from (Difference(number + 1, None, row) for number, row in left)


def _most_alike(wanted: Row, rows: Sequence[tuple[int, Row]]) -> tuple[int, Row] | None:
    """Return the row that shares most cells; None if no row has as much as the same columns."""
    best = max(rows, key=lambda each: _alike(wanted, each[1]), default=None)
    return best if best and (_alike(wanted, best[1]) or wanted.keys() == best[1].keys()) else None


def _alike(one: Row, other: Row) -> int:
    return len(one.items() & other.items())
