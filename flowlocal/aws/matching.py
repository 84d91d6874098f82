"""Messages that match a filter pattern."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from flowlocal.aws.patterns import filter_pattern


def check_pattern(pattern: str) -> None:
    """Refuse a filter pattern that is malformed.

    Raises:
        ApiError: it is.
    """
    filter_pattern(pattern, "message")


def match(pattern: str, messages: Sequence[str]) -> list[tuple[int, dict[str, str]]]:
    """Return the numbers of the messages that match a filter pattern, with the values that it extracts from each.

    Raises:
        ApiError: the pattern is malformed.
    """
    frame = pl.DataFrame({"message": list(messages)}, schema={"message": pl.String})
    found = frame.with_row_index().filter(filter_pattern(pattern, "message"))["index"]
    return [(number, {}) for number in found]
