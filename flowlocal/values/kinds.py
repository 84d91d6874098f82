"""The kinds a column of events can have, as the sources declare them and the engine reads them."""

from enum import StrEnum


class FieldKind(StrEnum):
    """How a physical column of events reads as Insights values.

    A null is a missing value, save in ``INTEGER`` columns, where it is the text ``-`` on every line
    that was a flow log record (column ``_record`` is true) and missing elsewhere.
    """

    TIME = "time"
    """``Datetime("ms")``, UTC, of the years 1 to 9999: prints as a timestamp, counts as its epoch milliseconds."""
    INTEGER = "integer"
    """An integer dtype, never negative: a whole number, or ``-`` (decision: ``-`` is text)."""
    TEXT = "text"
    """``String``: the text as it stood in the log, which may read as a number; ``-`` stays ``-``."""
    DOUBLE = "double"
    """``Float64``: a number that Lambda's REPORT line gave; prints as Java's ``Double.toString``."""
    WHOLE = "whole number"
    """An integer dtype that fits in 64 bits with its sign, of a frame that is no log; null is missing."""
    REAL = "real number"
    """``Float64`` of such a frame; null and what is not finite are missing."""
