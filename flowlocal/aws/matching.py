"""Messages that match a filter pattern of a request."""

from __future__ import annotations

from collections.abc import Sequence

from flowlocal.aws.errors import invalid
from flowlocal.filter_patterns import FilterPattern, InvalidPattern, parse


def check_pattern(text: str) -> FilterPattern:
    """Return the pattern that a text writes; an empty one matches every event.

    Raises:
        ApiError: InvalidParameterException, with the service's words, the place, and what to write instead.
    """
    try:
        return parse(text)
    except InvalidPattern as error:
        raise invalid(str(error)) from error


def match(text: str, messages: Sequence[str]) -> list[tuple[int, dict[str, str]]]:
    """Return the numbers of the messages that match a filter pattern, with the values that it extracts from each.

    Raises:
        ApiError: the pattern is malformed.
    """
    pattern = check_pattern(text)
    found = enumerate(pattern.matches(messages))
    return [(number, pattern.extract(messages[number])) for number, matches in found if matches]
