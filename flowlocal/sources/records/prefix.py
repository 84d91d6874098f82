"""The tokens before the record in a line: none, an export's time, or a client's time, stream and group."""

from __future__ import annotations

import re
from functools import cached_property

from msgspec import Struct

TIME = "time"
STREAM = "stream"
GROUP = "group"
INGESTION = "ingestion"
SKIP = "skip"
"""Roles of a token before the record; a ``SKIP`` token is ignored."""

_TIME = r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?"
_TIME_TOKEN = re.compile(rf"{_TIME}$")


class Prefix(Struct, frozen=True, dict=True):
    """The blank-separated tokens before the record.

    Attributes:
        roles: the role of each token, in order.
        brackets: the opening and closing characters around each token, or an empty string.
    """

    roles: tuple[str, ...] = ()
    brackets: tuple[str, ...] = ()

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        """A group for each token; the last group is the record."""
        tokens = (_token_pattern(role, each) for role, each in zip(self.roles, self.brackets, strict=True))
        return re.compile("(?s)^" + "".join(f"({token})[ \t]+" for token in tokens) + "(.*)$")

    def split(self, line: str) -> str | None:
        """Return the record of a line, None if the line lacks the prefix."""
        if not self.roles:
            return line
        match = self._pattern.match(line)
        return None if match is None else match[len(self.roles) + 1]


NO_PREFIX = Prefix()
"""A line that is the record only."""


def prefix_of(*roles: str) -> Prefix:
    """Return a prefix of tokens with these roles, without brackets."""
    return Prefix(roles, ("",) * len(roles))


def _token_pattern(role: str, brackets: str) -> str:
    name = rf"(?!{_TIME}[ \t])[^ \t]+" if role in (STREAM, GROUP) else "[^ \t]+"  # a time is never a name
    body = _TIME if role in (TIME, INGESTION) else name
    return re.escape(brackets[:1]) + body + re.escape(brackets[1:])


def is_time(token: str) -> bool:
    """Return True if a token is an ISO 8601 time."""
    return _TIME_TOKEN.match(token) is not None
