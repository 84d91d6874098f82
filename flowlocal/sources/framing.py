"""What stands before the record in a line: nothing, an export's time, or a client's time, stream and group."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from flowlocal.values.calendar import to_datetime

TIME = "time"
STREAM = "stream"
GROUP = "group"
INGESTION = "ingestion"
SKIP = "skip"
"""Roles of a token before the record; ``SKIP`` is one that means nothing here."""

_TIME = r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?"
_TIME_TOKEN = re.compile(rf"{_TIME}$")


@dataclass(frozen=True)
class Prefix:
    """The tokens before the record, separated by blanks.

    Attributes:
        roles: what each token is, in order.
        widths: for each token its exact length in bytes, or 0 where lengths differ.
        brackets: for each token the characters to strip around it.
        zone: how times end: ``Z``, an offset (``+``), or nothing.
    """

    roles: tuple[str, ...] = ()
    widths: tuple[int, ...] = ()
    brackets: tuple[str, ...] = ()
    zone: str = ""

    @cached_property
    def pattern(self) -> str:
        """A regular expression over a line: a group for each token, the last group is the record."""
        tokens = "".join(
            f"({_token_pattern(role, b)})[ \t]+" for role, b in zip(self.roles, self.brackets, strict=True)
        )
        return rf"(?s)^{tokens}(.*)$"

    @cached_property
    def _start(self) -> str:
        """A regular expression that finds the tokens, and looks no further: four times as fast as ``pattern``."""
        tokens = zip(self.roles, self.brackets, strict=True)
        return "^" + "".join(f"{_token_pattern(role, b)}[ \t]+" for role, b in tokens)

    def split(self, line: str) -> str | None:
        """The record of a line, None where the line lacks the prefix."""
        if not self.roles:
            return line
        match = self._compiled.match(line)
        return None if match is None else match[len(self.roles) + 1]

    @cached_property
    def _compiled(self) -> re.Pattern[str]:
        return re.compile(self.pattern)

    def index(self, role: str) -> int | None:
        """The number of the token with this role, or None."""
        return self.roles.index(role) if role in self.roles else None

    def value(self, token: pl.Expr, index: int) -> pl.Expr:
        """A token without its brackets, as text; times as ``Datetime("ms")``, null where it is none."""
        text = token.str.strip_chars(self.brackets[index]) if self.brackets[index] else token
        return parse_time(text, self.zone) if self.roles[index] in (TIME, INGESTION) else text

    def told(self, line: pl.Expr, role: str) -> pl.Expr:
        """What the prefix of a line tells, null where the line lacks the prefix."""
        index = self.index(role)
        return pl.lit(None) if index is None else self.value(line.str.extract(self.pattern, index + 1), index)

    def message(self, line: pl.Expr) -> pl.Expr:
        """The record of a line: what follows the prefix; the line itself where it lacks the prefix."""
        if not self.roles:
            return line
        if all(self.widths):
            return _tail_at(line, sum(self.widths) + len(self.widths), self._start)
        return pl.coalesce(line.str.extract(self.pattern, len(self.roles) + 1), line)


NO_PREFIX = Prefix()
"""Nothing stands before the record."""


def _tail_at(line: pl.Expr, width: int, start: str) -> pl.Expr:
    """The rest of the lines after a prefix of fixed width."""
    return pl.when(line.str.contains(start)).then(line.str.slice(width)).otherwise(line)


def _token_pattern(role: str, brackets: str) -> str:
    body = _TIME if role in (TIME, INGESTION) else "[^ \t]+"
    if not brackets:
        return body
    return re.escape(brackets[0]) + body + re.escape(brackets[1])


def is_time(token: str) -> bool:
    """Whether a token is an ISO 8601 time."""
    return _TIME_TOKEN.match(token) is not None


def zone_of(token: str) -> str:
    """How a time token ends: ``Z``, ``+`` for any offset, or nothing (then it is UTC)."""
    if token.endswith("Z"):
        return "Z"
    return "+" if re.search(r"[+-]\d\d:?\d\d$", token[10:]) else ""


def parse_time(text: pl.Expr, zone: str) -> pl.Expr:
    """Return ISO 8601 times as ``Datetime("ms")`` in UTC; null for a text that is not one of the years 1 to 9999.

    Args:
        text: a ``String`` expression.
        zone: see :func:`zone_of`.
    """
    if zone == "+":
        aware = text.str.to_datetime("%Y-%m-%dT%H:%M:%S%.f%:z", time_unit="ms", strict=False, time_zone="UTC")
        return to_datetime(aware.to_physical())
    return to_datetime(text.str.to_datetime(f"%Y-%m-%dT%H:%M:%S%.f{zone}", time_unit="ms", strict=False).to_physical())
