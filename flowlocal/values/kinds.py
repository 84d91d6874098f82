"""Kinds of columns of events, as the sources declare them and the engine interprets them."""

from enum import StrEnum


class FieldKind(StrEnum):
    """How a physical column of events is interpreted as Insights values.

    Null is a missing value, except in ``INTEGER`` columns: there it is the text ``-`` on every line
    that was a flow log record (column ``_record`` is true), and missing on other lines.
    """

    TIME = "time"
    """``Datetime("ms")``, UTC, of the years 1 to 9999: prints as a timestamp, counts as its epoch milliseconds."""
    INTEGER = "integer"
    """An integer dtype, never negative: a whole number, or ``-`` (decision: ``-`` is text)."""
    TEXT = "text"
    """``String``: the text as it was in the log, which may read as a number; ``-`` stays ``-``."""
    DOUBLE = "double"
    """``Float64``: a number of Lambda's REPORT line; prints as Java's ``Double.toString``."""
    WHOLE = "whole number"
    """An integer dtype that fits in signed 64 bits, of a frame that is not a log; null is missing."""
    REAL = "real number"
    """``Float64`` of such a frame; null, NaN and infinity are missing."""
