"""The options of a query, as every front end passes them to the engine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from flowlocal.moments import Moment, to_milliseconds, to_range
from flowlocal.sizes import MOST_ROWS

if TYPE_CHECKING:
    from flowlocal.language.templates import SavedQuery
    from flowlocal.lookups import Table


@dataclass(frozen=True)
class QueryOptions:
    """The options of a query.

    Attributes:
        start: start of the time range in epoch milliseconds; None if it is open.
        end: its end, inclusive; None if it is open.
        limit: the largest number of rows, after the query's own ``limit``; None for the service's default of 10,000.
        now: epoch milliseconds of the present; None for the clock's.
        parameters: values for ``{{name}}`` in the query.
        tables: lookup tables by name, in addition to those that come with flowlocal: paths of CSV files, or frames.
        saved: saved queries by name, for ``$Name(…)`` in the query.
    """

    start: int | None = None
    end: int | None = None
    limit: int | None = None
    now: int | None = None
    parameters: Mapping[str, str] = field(default_factory=dict)
    tables: Mapping[str, Table] = field(default_factory=dict)
    saved: Mapping[str, SavedQuery] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        text: str,
        *,
        start: Moment | None = None,
        end: Moment | None = None,
        limit: int | None = None,
        now: Moment | None = None,
        parameters: Mapping[str, str] | None = None,
        tables: Mapping[str, Table] | None = None,
        saved: Mapping[str, str] | None = None,
    ) -> QueryOptions:
        """Return the options of a query from the arguments of the library; those are documented at ``Logs.query``.

        Raises:
            MalformedQuery: the query is longer than the service accepts.
            ValueError: a moment is not a point in time, the range ends before it starts, or the limit is out of range.
        """
        from flowlocal.language.templates import SavedQuery, check_length  # noqa: PLC0415 - not for --help

        check_length(text)
        if limit is not None and not 0 <= limit <= MOST_ROWS:
            raise ValueError(f"the limit {limit} is not a number of rows: expected one up to {MOST_ROWS}")
        first, last = to_range(start, end)
        return cls(
            first,
            last,
            limit,
            None if now is None else to_milliseconds(now),
            {**SavedQuery.read(text).defaults, **(parameters or {})},
            tables or {},
            {name: SavedQuery.read(each) for name, each in (saved or {}).items()},
        )


DEFAULTS = QueryOptions()
"""No time range, the service's limit, the clock's time."""
