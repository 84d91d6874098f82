"""``limit``, also ``head`` and ``tail``."""

from __future__ import annotations

from typing import ClassVar

from msgspec.structs import replace

from flowlocal.language.lexer import Token
from flowlocal.language.parser import Parser
from flowlocal.planning.dependency import Dependency
from flowlocal.planning.frame import Frame
from flowlocal.planning.options import end_of_stage
from flowlocal.planning.registry import Command, command

MOST = 100_000


@command(
    "limit",
    "head",
    "tail",
    dependency=Dependency.REDUCED,
    syntax="limit NUMBER\nlimit any NUMBER",
    examples=("fields @timestamp, srcAddr | limit 3", "filter dstPort = 443 | limit any 3"),
)
class Limit(Command, frozen=True):
    """Keep the first rows, 1 to 100,000. Without it a query answers with the first 10,000.

    A ``filter`` that follows acts before the ``limit`` (recorded); all other stages run in the order written (decided).

    ``limit any`` keeps the rows that are found first, in the order read, and need not read the rest. ``head`` and
    ``tail`` are old words for ``limit``; ``tail`` keeps the first rows, too (documented).
    """

    rows: int
    any: bool = False
    cuts: ClassVar[bool] = True

    @classmethod
    def parse(cls, parser: Parser, word: Token) -> Limit:
        """Parse ``limit [any] NUMBER``."""
        any_ = parser.accept_word("any") is not None
        rows = parser.whole_number(f"a whole number from 1 to {MOST}", most=MOST)
        end_of_stage(parser, "`|` and the next command")
        return cls(rows, any_, span=parser.since(word.span))

    def plan(self, frame: Frame) -> Frame:
        """Return the first rows."""
        frame = replace(frame.count_matched(), output=replace(frame.output, limited=True))
        return frame.with_lazy(frame.lazy.head(self.rows)) if self.any else frame.head(self.rows)

    def __str__(self) -> str:
        return f"limit any {self.rows}" if self.any else f"limit {self.rows}"
