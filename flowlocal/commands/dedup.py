"""``dedup``."""

from __future__ import annotations

import polars as pl

from flowlocal.language import tree
from flowlocal.language.errors import MalformedQuery, unexpected
from flowlocal.language.lexer import Token, TokenKind
from flowlocal.language.parser import Parser
from flowlocal.language.unparse import print_name
from flowlocal.planning.dependency import Dependency
from flowlocal.planning.frame import Frame
from flowlocal.planning.options import end_of_stage
from flowlocal.planning.registry import Command, command

_LIMITS = ("limit", "head", "tail")


@command(
    "dedup",
    dependency=Dependency.REDUCED,
    syntax="dedup FIELD, ...",
    examples=("fields @timestamp, srcAddr, dstPort | sort @timestamp desc | dedup srcAddr, dstPort | limit 3",),
)
class Dedup(Command, frozen=True):
    """Keep one row for each combination of the fields: the first in the order of the rows, newest first unless sorted.

    Rows in which one of the fields is missing are all kept. Only ``limit`` may follow (recorded).
    """

    fields: tuple[tree.Name, ...]

    @classmethod
    def parse(cls, parser: Parser, word: Token) -> Dedup:
        """Parse ``dedup FIELD, …``."""
        fields = parser.separated(parser.field)
        end_of_stage(parser, "`,` and another field, or `|` and `limit`")
        _only_limits(parser)
        return cls(fields, span=parser.since(word.span))

    def plan(self, frame: Frame) -> Frame:
        """Return the first row of each combination."""
        frame, number = frame.count_matched().numbered()
        present, keys = list[pl.Expr](), list[pl.Expr]()
        for name in self.fields:
            value = frame.field(name.name, name.span)
            if value.structured:
                raise MalformedQuery("maps and lists cannot be compared by `dedup`", name.span)
            present.append(value.present())
            key, frame = frame.hold(value, "dedup")
            keys += list(key.keys().values())
        whole = pl.all_horizontal(present)
        first = number == pl.when(whole).then(number).min().over(keys)
        return frame.with_lazy(frame.lazy.filter(~whole | first))

    def __str__(self) -> str:
        return "dedup " + ", ".join(print_name(field.name) for field in self.fields)


def _only_limits(parser: Parser) -> None:
    """Refuse any command but ``limit`` after the stage, to the end of the query or subquery."""
    token = parser.peek()
    while token.kind is TokenKind.OPERATOR and token.value == "|":
        word = parser.lexer.token(token.span.end)
        if word.kind is not TokenKind.END and word.value.lower() not in _LIMITS:
            raise unexpected(parser.symbol(word), word.span, expected="`limit`, the only command allowed after `dedup`")
        token = word
        while token.kind is not TokenKind.END and not (token.kind is TokenKind.OPERATOR and token.value in "|)"):
            token = parser.lexer.token(token.span.end)
