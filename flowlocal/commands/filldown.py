"""``filldown``."""

from __future__ import annotations

import polars as pl

from flowlocal.language.lexer import Token
from flowlocal.language.parser import Parser
from flowlocal.planning.dependency import Dependency
from flowlocal.planning.frame import Frame
from flowlocal.planning.options import FieldPattern, chosen_names, field_pattern
from flowlocal.planning.registry import Command, command
from flowlocal.values import Value

_NEVER_MISSING = ("@ptr", "@timestamp", "@message")


@command(
    "filldown",
    dependency=Dependency.WHOLE,
    syntax="filldown\nfilldown FIELD FIELD* ...",
    examples=(
        'fields @timestamp, if(action = "REJECT", srcAddr, nothing) as lastRejected'
        " | sort @timestamp | filldown lastRejected | limit 3",
    ),
)
class Filldown(Command, frozen=True):
    """Fill a missing field with the value of the last row that has one, in the order of the rows.

    Fields are separated by blanks, without commas; ``*`` in a name matches any text. Without fields, all are filled.
    Rows before the first value remain as they are. The ``-`` of a flow log record is a value.
    """

    fields: tuple[FieldPattern, ...] = ()

    @classmethod
    def parse(cls, parser: Parser, word: Token) -> Filldown:
        """Parse ``filldown [FIELD …]``."""
        fields = []
        while not parser.at_stage_end():
            fields.append(field_pattern(parser))
        return cls(tuple(fields), span=parser.since(word.span))

    def plan(self, frame: Frame) -> Frame:
        """Return the same rows with missing values filled."""
        every = tuple(name for name in frame.values if name not in _NEVER_MISSING)
        names = chosen_names(frame, self.fields) if self.fields else every
        frame, number = frame.numbered()
        for name in names:
            frame = _fill(frame, name, frame.field(name, self.span), number)
        return frame

    def __str__(self) -> str:
        return " ".join(["filldown", *(str(field) for field in self.fields)])


def _fill(frame: Frame, name: str, value: Value, number: pl.Expr) -> Frame:
    """Return the frame with the last present value for a name; all parts of a value come from the same row."""
    value, frame = frame.hold(value, name)
    last = pl.when(value.present()).then(number).forward_fill()
    filled = value.rebuild({part: column.gather(last) for part, column in value.parts.items()})
    return frame.define(name, filled, keep=False)
