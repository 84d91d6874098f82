"""``unmask``."""

from __future__ import annotations

from flowlocal.language import tree
from flowlocal.language.lexer import Token
from flowlocal.language.parser import Parser
from flowlocal.language.unparse import print_name
from flowlocal.planning.dependency import Dependency
from flowlocal.planning.frame import Frame
from flowlocal.planning.options import end_of_stage
from flowlocal.planning.registry import Command, command


@command(
    "unmask",
    dependency=Dependency.NARROW,
    syntax="unmask(FIELD), ...",
    examples=("unmask(@message) | limit 1", "fields @timestamp, unmask(@message) | limit 1"),
    source="documented as a command and shown as a function; the stage decided",
    rowwise=True,
)
class Unmask(Command, frozen=True):
    """Show fields without the masks of a data protection policy. Local logs have no masks, so nothing changes.

    It is mostly used as a function, ``fields @timestamp, unmask(@message)``; as a stage it does the same.
    """

    subjects: tuple[tree.Name, ...]

    @classmethod
    def parse(cls, parser: Parser, word: Token) -> Unmask:
        """Parse ``unmask(FIELD), …``."""
        subjects = [cls._subject(parser)]
        while parser.accept(","):
            parser.accept_word("unmask")
            subjects.append(cls._subject(parser))
        end_of_stage(parser, "`|` and the next command")
        return cls(tuple(subjects), span=parser.since(word.span))

    @staticmethod
    def _subject(parser: Parser) -> tree.Name:
        parser.expect("(")
        name = parser.field()
        parser.expect(")")
        return name

    def plan(self, frame: Frame) -> Frame:
        """Return the same rows with further columns."""
        columns = [f"unmask({each.name})" for each in self.subjects]
        for column, each in zip(columns, self.subjects, strict=True):
            frame = frame.name({column: frame.field(each.name, each.span)})
        return frame.show(columns)

    def __str__(self) -> str:
        return ", ".join(f"unmask({print_name(each.name)})" for each in self.subjects)
