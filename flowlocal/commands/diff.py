"""``diff``."""

from __future__ import annotations

from flowlocal.commands.pattern import Pattern, shapes
from flowlocal.commands.pattern.comparing import Range, compared, shifted, time_range
from flowlocal.language import tree
from flowlocal.language.errors import MalformedQuery
from flowlocal.language.lexer import Token
from flowlocal.language.parser import Parser
from flowlocal.planning.dependency import Dependency
from flowlocal.planning.frame import Frame
from flowlocal.planning.options import end_of_stage
from flowlocal.planning.registry import Command, command

_WORDS = {
    "previousDay": tree.Duration(1, "d"),
    "previousWeek": tree.Duration(1, "w"),
    "previousMonth": tree.Duration(1, "mo"),
}
_REFUSED = "Diff compilation Failed : Diff operation has to be used after Pattern"


@command(
    "diff",
    dependency=Dependency.WHOLE,
    syntax="diff\ndiff previousDay|previousWeek|previousMonth",
    examples=("pattern @message | diff", 'filter action = "REJECT" | pattern dstPort | diff | limit 5'),
    source="documented; its position recorded, the columns decided",
    looks_back=True,
)
class Diff(Command, frozen=True):
    """Compare the patterns of the query's time range with those of the range of equal length just before it.

    ``previousDay``, ``previousWeek`` and ``previousMonth`` compare with the same time a day, a week or a calendar month
    earlier. It is only allowed directly after ``pattern`` (recorded). The query needs a time range that has a start; an
    open end is the present (decided). The stages before ``pattern`` apply to both ranges.

    The columns are ``@pattern``; ``@sampleCount``, the number of events in the range; ``@differenceCount``, the
    difference to the earlier range; ``@differenceDescription``: ``new``, ``gone``, ``unchanged`` or the change in per
    cent; and ``@severityLabel``. The largest change comes first (decided; the service's names are not documented).
    """

    earlier: str | None = None

    @classmethod
    def parse(cls, parser: Parser, word: Token) -> Diff:
        """Parse ``diff [previousDay|previousWeek|previousMonth]``."""
        spellings = {each.lower(): each for each in _WORDS}
        found = parser.accept_word(*spellings)
        end_of_stage(parser, " or ".join(f"`{each}`" for each in _WORDS) + ", or `|` and the next command")
        return cls(spellings[found.value.lower()] if found else None, span=parser.since(word.span))

    def plan(self, frame: Frame) -> Frame:
        """Return one row for each pattern."""
        pattern = frame.stages[-1] if frame.stages else None
        if not isinstance(pattern, Pattern) or frame.before is None:
            raise MalformedQuery(_REFUSED, self.span, hint="write `pattern @message | diff`", service=_REFUSED)
        times = self._earlier(time_range(frame.query, "diff", self.span))
        before = frame.hooks.over(tree.Query(frame.stages[:-1]), *times)
        now = shapes(frame.before.gathered().count_matched(), pattern)
        return compared(frame, now, shapes(before, pattern), made_by="diff")

    def _earlier(self, times: Range) -> Range:
        if self.earlier is not None:
            return shifted(times, _WORDS[self.earlier])
        start, end = times
        return start - (end - start + 1), start - 1

    def __str__(self) -> str:
        return f"diff {self.earlier}" if self.earlier else "diff"
