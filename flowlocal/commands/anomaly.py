"""``anomaly``."""

from __future__ import annotations

from flowlocal.language.errors import MalformedQuery
from flowlocal.language.lexer import Token
from flowlocal.language.parser import Parser
from flowlocal.planning.dependency import Dependency
from flowlocal.planning.frame import Frame
from flowlocal.planning.options import end_of_stage
from flowlocal.planning.registry import Command, command


@command("anomaly", syntax="anomaly", dependency=Dependency.WHOLE, source="documented; refused (decided)")
class Anomaly(Command, frozen=True):
    """Not available offline: a query with it is refused.

    The service compares the patterns of the events with a model that it has trained on the log group's past. Neither
    the model nor its method is public, so no other answer would be the service's. The nearest question that the logs
    alone can answer is how two time ranges differ: ``pattern @message | diff``, or ``logcompare timeshift 7d``.
    """

    @classmethod
    def parse(cls, parser: Parser, word: Token) -> Anomaly:
        """Parse ``anomaly``."""
        end_of_stage(parser, "`|` and the next command; `anomaly` takes no arguments")
        return cls(span=parser.since(word.span))

    def plan(self, frame: Frame) -> Frame:
        """Raise MalformedQuery."""
        raise MalformedQuery(
            "anomaly needs the model that the service has trained on the log group, so it cannot be answered offline",
            self.span,
            hint="`pattern @message | diff` compares the time range with the one before it",
        )

    def __str__(self) -> str:
        return "anomaly"
