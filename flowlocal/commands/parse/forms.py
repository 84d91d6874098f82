"""The forms of ``parse``: the syntax after the field, and the extraction from a text."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence

import polars as pl

from flowlocal.commands.parse.extraction import (
    csv_columns,
    glob_columns,
    group_names,
    logfmt_documents,
    regex_columns,
    regex_lists,
)
from flowlocal.compiler.patterns import check_pattern, group_name, plain_groups
from flowlocal.language import tree
from flowlocal.language.errors import MalformedQuery, Span
from flowlocal.language.lexer import TokenKind
from flowlocal.language.parser import Parser
from flowlocal.language.unparse import print_name, print_regex, print_string
from flowlocal.planning.frame import Frame
from flowlocal.planning.options import end_of_stage, target
from flowlocal.values import Json, Text, Value

Names = tuple[tree.Target, ...]


class ParseForm(tree.Node, frozen=True):
    """A way to extract pieces from a text."""

    @property
    @abstractmethod
    def names(self) -> Names:
        """The names of the pieces."""

    @property
    def multi(self) -> bool:
        """True if there is a row for each match."""
        return False

    @abstractmethod
    def plan(self, frame: Frame, subject: pl.Expr) -> Frame:
        """Return the frame with the pieces of a String column."""

    @abstractmethod
    def __str__(self) -> str:
        """Return the form as a query writes it after the field."""


class GlobPattern(ParseForm, frozen=True):
    """A text with a ``*`` for each piece; one without makes an empty piece."""

    pattern: str
    names: Names

    def plan(self, frame: Frame, subject: pl.Expr) -> Frame:
        """Return a column for each star."""
        return _pieces(frame, self.names, glob_columns(subject, self.pattern))

    def __str__(self) -> str:
        return f"{print_string(self.pattern)} as {_listed(self.names)}"


class RegexPattern(ParseForm, frozen=True):
    """A regular expression, the names of its pieces, and the groups that capture them, as Polars names these."""

    pattern: str
    names: Names
    groups: tuple[str, ...]
    multi: bool = False

    def plan(self, frame: Frame, subject: pl.Expr) -> Frame:
        """Return a column for each group; with ``multi`` a row for each match."""
        pattern = plain_groups(self.pattern)
        if not self.multi:
            return _pieces(frame, self.names, regex_columns(subject, pattern), self.groups)
        frame, match = frame.multiply(regex_lists(subject, pattern), keep=True)
        return _pieces(frame, self.names, match, self.groups)

    def __str__(self) -> str:
        own = [name.name for name in self.names] == list(map(group_name, self.groups))
        names = "" if own else f" as {_listed(self.names)}"
        return print_regex(self.pattern) + names + (" multi" if self.multi else "")


class CsvValues(ParseForm, frozen=True):
    """Values between commas."""

    names: Names

    def plan(self, frame: Frame, subject: pl.Expr) -> Frame:
        """Return a column for each name."""
        return _pieces(frame, self.names, csv_columns(subject, len(self.names)))

    def __str__(self) -> str:
        return f"csv as {_listed(self.names)}"


class LogfmtPairs(ParseForm, frozen=True):
    """``key=value`` pairs."""

    names: Names

    def plan(self, frame: Frame, subject: pl.Expr) -> Frame:
        """Return a map."""
        column = frame.query.fresh("logfmt")
        made = frame.with_columns([logfmt_documents(subject).alias(column)])
        return _named(made, {self.names[0].name: Json(pl.col(column))})

    def __str__(self) -> str:
        return f"logfmt as {_listed(self.names)}"


def _pieces(frame: Frame, names: Names, pieces: pl.Expr, fields: Sequence[str] | None = None) -> Frame:
    """Return the frame with names for the fields of a struct."""
    column = frame.query.fresh("parsed")
    fields = fields or [str(number) for number in range(len(names))]
    values = {name.name: Text(pl.col(column).struct.field(piece)) for name, piece in zip(names, fields, strict=True)}
    return _named(frame.with_columns([pieces.alias(column)]), values)


def _named(frame: Frame, values: Mapping[str, Value]) -> Frame:
    return frame.name(values, ephemeral=values).show(values)


def _listed(names: Names) -> str:
    return ", ".join(print_name(name.name) for name in names)


def at_form(parser: Parser) -> bool:
    """Return True if a form comes next, not a field. A field may be called ``csv`` or ``logfmt``, too."""
    token = parser.peek()
    if token.kind is TokenKind.STRING or parser.at_regex():
        return True
    if not parser.at_word("logfmt", "csv", "xml"):
        return False
    following = parser.lexer.token(token.span.end)
    before_as = following.kind is TokenKind.NAME and following.value.lower() == "as"
    return before_as or token.value.lower() == "xml"


def read_form(parser: Parser) -> ParseForm:
    """Parse a form: a glob, a regular expression, ``logfmt`` or ``csv``."""
    if parser.peek().kind is TokenKind.STRING:
        return _glob(parser)
    if parser.at_regex():
        return _groups(parser)
    if parser.accept_word("logfmt"):
        parser.expect_word("as")
        return LogfmtPairs((target(parser, "a name for what is found"),))
    if parser.accept_word("csv"):
        parser.expect_word("as")
        return CsvValues(parser.separated(lambda: target(parser, "a name for what is found")))
    if word := parser.accept_word("xml"):
        raise MalformedQuery(
            "`parse … XML` is not documented, and not supported",
            word.span,
            hint="extract the text with a regular expression: `parse @message /<level>(?<level>[^<]*)</`",
        )
    raise parser.unexpected(expected="a text in quotes, a `/regex/`, `logfmt` or `csv`")


def _glob(parser: Parser) -> GlobPattern:
    pattern = parser.string()
    stars = pattern.value.count("*")
    given = parser.accept_word("as") is not None or not parser.at_stage_end()
    names = parser.separated(lambda: target(parser, "a name for what is found")) if given else ()
    end_of_stage(parser, "`,` and another name, or `|` and the next command")
    if max(stars, 1) != len(names):
        raise MalformedQuery(
            f"this pattern has {_count(stars, '`*`')} and {_count(len(names), 'name')}",
            pattern.span,
            hint="each `*` is a piece, and takes one name after `as`; a pattern without `*` takes one name",
        )
    return GlobPattern(pattern.value, names)


def _count(number: int, what: str) -> str:
    plural = "" if number == 1 or what.endswith("`") else "s"
    return f"{number or 'no'} {what}{plural}"


def _groups(parser: Parser) -> RegexPattern:
    pattern = parser.regex()
    groups = group_names(check_pattern(pattern.value, pattern.span))
    named = tuple(group for group in groups if not group.isdigit())
    if parser.at_word("as"):
        return _aliased(parser, pattern.value, pattern.span, groups)
    if not named:
        raise MalformedQuery(
            "this regular expression has no named group",
            pattern.span,
            hint="name what is to be found: `(?<name>…)`",
        )
    written = map(group_name, named)
    names = tuple(tree.Target(name, span=_place(parser.text, name, pattern.span)) for name in written)
    multi = parser.accept_word("multi") is not None
    if multi:
        check_pattern(f"\\A(?s:.)(?:{pattern.value})(?s:.)\\z", pattern.span)
    return RegexPattern(pattern.value, names, named, multi)


def _place(text: str, name: str, span: Span) -> Span:
    """Return the span of a group's name in the regular expression."""
    at = text.find(f"<{name}>", span.start, span.end) + 1
    return Span(at, at + len(name)) if at else span


def _aliased(parser: Parser, pattern: str, span: Span, groups: tuple[str, ...]) -> RegexPattern:
    """Parse ``as NAME, …``: a name for each group, also in place of its own name (documented in a sample)."""
    parser.expect_word("as")
    names = parser.separated(lambda: target(parser, "a name for what is found"))
    if parser.at_word("multi"):
        raise parser.unexpected(hint=f"`multi` takes named groups: `(?<{names[0].name}>…)` in place of `as` and a name")
    if len(groups) != len(names):
        raise MalformedQuery(
            f"this regular expression has {_count(len(groups), 'group')} and {_count(len(names), 'name')}",
            span,
            hint="each group in parentheses takes one name after `as`; `(?:…)` does not count as one",
        )
    return RegexPattern(pattern, names, groups)
