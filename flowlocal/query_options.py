"""The options of a query, as every front end passes them to the engine."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from os import PathLike
from typing import TYPE_CHECKING, TypedDict, Unpack

from msgspec import Struct, field

from flowlocal.moments import Moment, to_milliseconds, to_range
from flowlocal.sizes import MOST_ROWS

if TYPE_CHECKING:
    from flowlocal.language.templates import SavedQuery
    from flowlocal.lookups.folder import Names
    from flowlocal.lookups.tables import Table


Path = str | PathLike[str]


class QueryArguments(TypedDict, total=False):
    """The options of a query as callers write them; ``Logs.query`` documents each."""

    start: Moment | None
    end: Moment | None
    limit: int | None
    now: Moment | None
    parameters: Mapping[str, str] | None
    tables: Mapping[str, Table] | None
    saved: Mapping[str, str] | None
    names: Names | Path | Iterable[Path] | None
    with_names: bool


class QueryOptions(Struct, frozen=True):
    """The options of a query after they were checked.

    Attributes:
        start: start of the time range in epoch milliseconds; None if it is open.
        end: its end, inclusive; None if it is open.
        limit: the largest number of rows, after the query's own ``limit``; None for the service's default of 10,000.
        now: epoch milliseconds of the present; None for the clock's.
        parameters: values for ``{{name}}`` in the query.
        tables: lookup tables by name, in addition to those that come with flowlocal: paths of CSV files, or frames.
        saved: saved queries by name, for ``$Name(…)`` in the query.
        names: lookup tables from folders; those of ``tables`` come before them.
        with_names: show names beside addresses and ids.
        total: columns of numbers that are summed over all rows, before ``limit``.
    """

    start: int | None = None
    end: int | None = None
    limit: int | None = None
    now: int | None = None
    parameters: Mapping[str, str] = field(default_factory=dict)
    tables: Mapping[str, Table] = field(default_factory=dict)
    saved: Mapping[str, SavedQuery] = field(default_factory=dict)
    names: Names | None = None
    with_names: bool = False
    total: tuple[str, ...] = ()

    @classmethod
    def of(cls, text: str, **arguments: Unpack[QueryArguments]) -> QueryOptions:
        """Return the options of a query from the arguments of the library; those are documented at ``Logs.query``.

        Raises:
            MalformedQuery: the query is longer than the service accepts.
            ValueError: a moment is not a point in time, the range ends before it starts, or the limit is out of range.
            TypeError: there is no such option.
        """
        from flowlocal.language.templates import SavedQuery, check_length  # noqa: PLC0415 - not for --help

        if unknown := arguments.keys() - QueryArguments.__annotations__:
            expected = ", ".join(QueryArguments.__annotations__)
            raise TypeError(f"{min(unknown)!r} is not an option of a query: expected one of {expected}")
        check_length(text)
        first, last = to_range(arguments.get("start"), arguments.get("end"))
        now, saved = arguments.get("now"), arguments.get("saved") or {}
        names = _names(arguments.get("names"))
        if arguments.get("with_names") and names is None:
            raise ValueError("with_names needs names: give a folder of them, names=FOLDER")
        return cls(
            first,
            last,
            _checked_limit(arguments.get("limit")),
            None if now is None else to_milliseconds(now),
            {**SavedQuery.read(text).defaults, **(arguments.get("parameters") or {})},
            {**(names.tables if names else {}), **(arguments.get("tables") or {})},
            {name: SavedQuery.read(each) for name, each in saved.items()},
            names,
            arguments.get("with_names", False),
        )


def _names(given: Names | Path | Iterable[Path] | None) -> Names | None:
    """Return names, read from their folders if they are given by paths."""
    if given is None:
        return None
    from flowlocal.lookups.folder import Names  # noqa: PLC0415 - loads Polars

    if isinstance(given, Names):
        return given
    return Names.of(*([given] if isinstance(given, str | PathLike) else given))


def _checked_limit(limit: int | None) -> int | None:
    if limit is not None and not 0 <= limit <= MOST_ROWS:
        raise ValueError(f"the limit {limit} is not a number of rows: expected one up to {MOST_ROWS}")
    return limit


DEFAULTS = QueryOptions()
"""No time range, the service's limit, the clock's time."""
