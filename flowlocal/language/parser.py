"""The parser of queries: the loop over stages, and methods with which each command parses its own stage."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

from flowlocal.language import tree
from flowlocal.language.errors import MalformedQuery, Span, unexpected
from flowlocal.language.expressions import ExpressionParser
from flowlocal.language.lexer import Token, TokenKind
from flowlocal.language.suggest import did_you_mean

StageParser = Callable[["Parser", Token], tree.Stage]
"""Parses one stage, given the parser after the command word, and the token of the command word."""

_DEEPEST = 120
"""Maximum depth of a tree, including the levels of a long sum; every function that walks trees is safe up to it."""

_SURROGATE = re.compile("[\ud800-\udfff]")
_OTHER_COMMANDS = {
    "select": "Insights shows columns with `fields` or `display`",
    "from": "log groups are named by the request, or by `SOURCE`",
    "group": "write `stats … by …`",
    "having": "write `filter` after `stats`",
    "search": "write `filter @message like /…/`",
}


class Grammar(NamedTuple):
    """The syntax that depends on the commands and functions.

    Attributes:
        commands: a parser for every command word, in lowercase.
        opens_stats: returns True if this name, called at the start of a stage, implies ``stats`` (decided: any
        aggregate).
        stats: the command word of ``stats``; its parser gets the token of the aggregate if the word is left out.
    """

    commands: Mapping[str, StageParser]
    opens_stats: Callable[[str], bool]
    stats: str = "stats"


class Parser(ExpressionParser):
    """Parses a query from left to right; all commands parse their stages with its methods."""

    def __init__(self, text: str, grammar: Grammar) -> None:
        super().__init__(text)
        self.grammar = grammar

    def query(self) -> tree.Query:
        """Parse the whole text as a query."""
        stages = self.stages()
        if self.peek().kind is not TokenKind.END:
            raise self.unexpected(expected="`|` and a command, or the end of the query")
        query = tree.Query(stages, span=Span(0, len(self.text)))
        if deep := tree.too_deep(query, _DEEPEST):
            raise MalformedQuery(
                "this query is nested too deeply", deep.span, hint="give parts of it names with `fields … as …`"
            )
        return query

    def stages(self) -> tuple[tree.Stage, ...]:
        """Parse stages separated by pipes; a pipe before the first is accepted (decided)."""
        self.accept("|")
        stages = [self._stage()]
        while self.accept("|"):
            stages.append(self._stage())
        return tuple(stages)

    def subquery(self) -> tree.Query:
        """Parse stages in parentheses."""
        opening = self.expect("(")
        with self.nested(opening.span):
            stages = self.stages()
        closing = self.expect(")", expected="`|` and a command, or `)` to close the subquery")
        return tree.Query(stages, span=opening.span.to(closing.span))

    def at_stage_end(self) -> bool:
        """Return True if the stage ends here."""
        token = self.peek()
        return token.kind is TokenKind.END or (token.kind is TokenKind.OPERATOR and token.value in "|)")

    def last_items(self) -> tuple[tree.Item, ...]:
        """Parse the items at the end of a stage."""
        items = self.items()
        if not self.at_stage_end():
            raise self.unexpected(expected="`,`, `as` and a name, or `|` and the next command")
        return items

    def only_before(self, *words: str, hint: str = "") -> None:
        """Raise MalformedQuery if the next stage is not one of these commands (recorded for ``dedup``)."""
        if not self._at("|"):
            return
        following = self.lexer.token(self.peek().span.end)
        if following.kind is not TokenKind.END and following.value.lower() not in words:
            self.next()
            raise self.unexpected(expected=" or ".join(f"`{word}`" for word in words), hint=hint)

    def _stage(self) -> tree.Stage:
        word = self.peek()
        parse = self.grammar.commands.get(word.value.lower()) if word.kind is TokenKind.NAME else None
        if parse is not None:
            self.next()
            return parse(self, word)
        if word.kind is TokenKind.NAME and self.grammar.opens_stats(word.value) and self.followed_by("("):
            return self.grammar.commands[self.grammar.stats](self, word)
        raise self._unknown_command(word)

    def _unknown_command(self, word: Token) -> MalformedQuery:
        hint = _OTHER_COMMANDS.get(word.value.lower(), "")
        if word.kind is TokenKind.NAME and not hint:
            hint = did_you_mean(word.value, self.grammar.commands)
        if word.kind is TokenKind.END:
            ending = {"": "a query needs at least one command", "|": "remove the last `|`"}
            hint = ending.get(self.text[self.last.start : self.last.end], "")
        return unexpected(self.symbol(word), word.span, expected="a command such as `filter` or `stats`", hint=hint)


def parse_query(text: str, grammar: Grammar) -> tree.Query:
    """Return the tree of a query.

    Raises:
        MalformedQuery: the query is malformed; the error has its text and position.
    """
    _check_characters(text)
    try:
        return Parser(text, grammar).query()
    except MalformedQuery as error:
        error.text = text
        raise explained(error, lambda other: Parser(other, grammar).query()) from None
    except RecursionError:
        raise MalformedQuery("this query is nested too deeply", Span(0, 1), text=text) from None


def _check_characters(text: str) -> None:
    """Raise MalformedQuery for surrogates, which Python puts in place of bytes that are not UTF-8."""
    if found := _SURROGATE.search(text):
        message = f"the query is not valid UTF-8: it has U+{ord(found[0]):04X}, half of a character"
        raise MalformedQuery(message, Span(*found.span()), text=text)


def explained(error: MalformedQuery, parse: Callable[[str], object]) -> MalformedQuery:
    """Return an error with the hint for a construct of another language, if there is one at its position."""
    from flowlocal.language import habits  # noqa: PLC0415 - only errors need it

    return habits.explain(error, parse)
