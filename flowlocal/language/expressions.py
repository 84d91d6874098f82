"""Parser of expressions, by precedence climbing."""

from __future__ import annotations

import math

from msgspec.structs import replace

from flowlocal.language import tree
from flowlocal.language.errors import MalformedQuery, unexpected
from flowlocal.language.lexer import Token, TokenKind
from flowlocal.language.token_stream import TokenStream
from flowlocal.language.units import UNITS

_BINDING_POWER = {
    **dict.fromkeys(["or"], 1),
    **dict.fromkeys(["and"], 2),
    **dict.fromkeys(["=", "!=", "<=", ">=", "<", ">", "=~", "like", "in"], 4),
    **dict.fromkeys(["+", "-"], 5),
    **dict.fromkeys(["*", "/", "%"], 6),
    **dict.fromkeys(["^"], 8),
}
_LOWEST, _NOT, _UNARY = 1, 3, 7
_WORDS = ("and", "or", "not", "like", "in", "as", "by", "asc", "desc")


class ExpressionParser(TokenStream):
    """Parses expressions.

    Precedence, highest first (decided): ``^`` to the right, unary ``-`` and ``!``, ``* / %``, ``+ -``,
    comparisons with ``like``, ``=~`` and ``in``, ``not``, ``and``, ``or``.
    """

    def items(self) -> tuple[tree.Item, ...]:
        """Parse expressions separated by commas, each with or without ``as`` and a name."""
        return self.separated(self.item)

    def item(self) -> tree.Item:
        """Parse an expression, with or without ``as`` and a name; unnamed ones are named as written (decided)."""
        expression = self.expression()
        if self.accept_word("as"):
            alias = self.name("a name for the column")
            return tree.Item(
                expression, alias.value, aliased=True, name_span=alias.span, span=self.since(expression.span)
            )
        return tree.Item(
            expression, self.written(expression), aliased=False, name_span=expression.span, span=expression.span
        )

    def written(self, expression: tree.Expression) -> str:
        """Return the name of an expression without alias: its text as written; for a field, the name of the field."""
        if isinstance(expression, tree.Name):
            return expression.name
        return self.text[expression.span.start : expression.span.end]

    def field(self, expected: str = "a field name") -> tree.Name:
        """Parse the name of a field, with its indexes."""
        token = self.name(expected)
        return self._indexed(token)

    def expression(self) -> tree.Expression:
        """Parse an expression of any kind."""
        with self.nested(self.peek().span):
            return self._from(_LOWEST)

    def _from(self, least: int) -> tree.Expression:
        """Parse an expression whose operators outside parentheses all have at least this binding power."""
        left = self._prefix(least)
        while least <= (power := self._next_power()):
            left = self._infix(left, power)
        return left

    def _next_power(self) -> int:
        """Return the binding power of the next token; 0 if it is not an operator."""
        token = self.peek()
        if token.kind is TokenKind.OPERATOR:
            return _BINDING_POWER.get(token.value, 0)
        if token.kind is not TokenKind.NAME or token.value.lower() not in _WORDS:
            return 0
        word = token.value.lower()
        return _BINDING_POWER["in"] if word == "not" and self._not_before("like", "in") else _BINDING_POWER.get(word, 0)

    def _prefix(self, least: int) -> tree.Expression:
        token = self.peek()
        if least <= _NOT and self.accept_word("not"):
            return self._unary("not", token, _NOT)
        if self.accept("-") or self.accept("!"):
            return self._unary("-" if token.value == "-" else "not", token, _UNARY)
        return self._primary()

    def _unary(self, operator: str, token: Token, least: int) -> tree.Expression:
        with self.nested(token.span):
            operand = self._from(least)
        return tree.Unary(operator, operand, span=self.since(token.span))

    def _infix(self, left: tree.Expression, power: int) -> tree.Expression:
        if power < _NOT:
            return self._logical(left, power)
        if power == _BINDING_POWER["="]:
            return self._comparison(left)
        token = self.next()
        with self.nested(token.span):
            right = self._from(_UNARY if token.value == "^" else power + 1)
        return tree.Arithmetic(token.value, left, right, span=self.since(left.span))

    def _logical(self, left: tree.Expression, power: int) -> tree.Expression:
        operands, word = [left], self.peek().value.lower()
        while self.accept_word(word):
            operands.append(self._from(power + 1))
        return tree.Logical(word, tuple(operands), span=self.since(left.span))

    def _comparison(self, left: tree.Expression) -> tree.Expression:
        compared = self._compared(left)
        if self._next_power() == _BINDING_POWER["="]:
            raise self.unexpected(hint="comparisons do not chain; write `a < b and b < c`")
        return compared

    def _compared(self, left: tree.Expression) -> tree.Expression:
        negated = self.accept_word("not") is not None
        if self.accept_word("in"):
            return self._in(left, negated=negated)
        if self.accept_word("like") or self.accept("=~"):
            return self._like(left, negated=negated)
        operator = self.next().value
        return tree.Comparison(operator, left, self._from(_BINDING_POWER["="] + 1), span=self.since(left.span))

    def _not_before(self, *words: str) -> bool:
        following = self.lexer.token(self.peek().span.end)
        return following.kind is TokenKind.NAME and following.value.lower() in words

    def _like(self, subject: tree.Expression, *, negated: bool) -> tree.Expression:
        pattern: tree.Expression
        if self.at_regex():
            token = self.regex()
            pattern = tree.Regex(token.value, span=token.span)
        else:
            pattern = self._from(_BINDING_POWER["="] + 1)
        return tree.Like(subject, pattern, negated, span=self.since(subject.span))

    def _in(self, subject: tree.Expression, *, negated: bool) -> tree.Expression:
        if self.accept("["):
            items = () if self._at("]") else self.separated(self.expression)
            self.expect("]", expected="`,` and another value, or `]` to close the list")
            return tree.In(subject, items, negated, span=self.since(subject.span))
        if self._at("("):
            query = self.subquery()
            return tree.InSubquery(subject, query, negated, span=self.since(subject.span))
        raise self.unexpected(expected="a list such as `[22, 80]`, or a subquery in parentheses")

    def subquery(self) -> tree.Query:
        """Parse a subquery; without stages there is none, so this raises MalformedQuery."""
        raise self.unexpected(expected="a list such as `[22, 80]`")

    def _at(self, operator: str) -> bool:
        token = self.peek()
        return token.kind is TokenKind.OPERATOR and token.value == operator

    def _primary(self) -> tree.Expression:
        token = self.peek()
        if token.kind is TokenKind.NUMBER:
            return self._number(self.next())
        if token.kind is TokenKind.STRING:
            return tree.String(self.next().value, span=token.span)
        if token.kind is TokenKind.QUOTED_NAME:
            return self._indexed(self.next())
        if token.kind is TokenKind.NAME and token.value.lower() not in _WORDS:
            return self._call(self.next()) if self.followed_by("(") else self._indexed(self.next())
        if self.accept("("):
            return self._parenthesised()
        if self.at_regex():
            raise self.unexpected(expected="a value", hint="a regular expression is only allowed after `like` or `=~`")
        raise self.unexpected(expected="a field, a value or a function", hint=self._keyword_hint(token))

    def _keyword_hint(self, token: Token) -> str:
        if token.kind is TokenKind.OPERATOR and token.value == "*":
            return "`*` does not select all fields; name each, or leave `fields` out to see @timestamp and @message"
        if token.kind is TokenKind.NAME:
            return f"`{token.value}` is a word of the language; a field of that name is written in backticks"
        return ""

    def _parenthesised(self) -> tree.Expression:
        opening = self.last
        inner = self.expression()
        self.expect(")", expected="`)` to close the parenthesis")
        return replace(inner, span=self.since(opening))

    def _indexed(self, token: Token) -> tree.Name:
        """Parse a name and the indexes that follow it directly: ``users[1].action`` is ``users.1.action``."""
        return tree.Name(token.value + self._path(), span=self.since(token.span))

    def _path(self) -> str:
        """Parse indexes and keys that follow directly, and return each after a dot: ``[1].a`` gives ``.1.a``."""
        path = ""
        while (step := self._step()) is not None:
            path += f".{step}"
        return path

    def _step(self) -> str | None:
        touching = self.text[self.offset : self.offset + 1]
        if touching == "." and self.text[self.offset + 1 : self.offset + 2] in ("'", '"'):
            raise self._quoted_key()
        if touching == "." and (keys := self.lexer.path(self.offset + 1)):
            return self._read(keys).value
        if touching != "[":
            return None
        self.next()
        index = self.whole_number("an index such as `[0]`", least=0)
        self.expect("]")
        return str(index)

    def _quoted_key(self) -> MalformedQuery:
        """Return the error for a key in quotes, which the service reports (recorded)."""
        key = self.lexer.token(self.offset + 1)
        hint = f"write a key of other characters in backticks: `{key.value}`"
        return unexpected(self.symbol(key), key.span, hint=hint)

    def _call(self, token: Token) -> tree.Expression:
        self.expect("(")
        arguments = () if self._at(")") else self.separated(self._argument)
        if not self._at(")"):
            raise self.unexpected(expected="`,` and another argument, or `)`", hint=self._unit_hint())
        self.next()
        call = tree.Call(token.value, arguments, function_span=token.span, span=self.since(token.span))
        path = self._path()
        return tree.Access(call, path[1:], span=self.since(token.span)) if path else call

    def _unit_hint(self) -> str:
        """Return the hint for a word that follows a number directly, as the unit of a period does."""
        token = self.peek()
        touching = token.kind is TokenKind.NAME and token.span.start == self.last.end
        if not touching or not self.text[self.last.start].isdigit():
            return ""
        return "the units of a period are ms, s, m, h, d, w, mo, q and y, as in `5m`"

    def _argument(self) -> tree.Expression:
        token = self.peek()
        if token.kind is TokenKind.OPERATOR and token.value == "*":
            return tree.Star(span=self.next().span)
        return self.expression()

    def _number(self, token: Token) -> tree.Expression:
        fraction = not token.value.isdecimal()
        value = float(token.value) if fraction else int(token.value[:400])
        if math.isinf(value) if isinstance(value, float) else len(token.value) > 300:
            raise MalformedQuery("this number is too large", token.span)
        unit = self.peek()
        if unit.kind is TokenKind.NAME and unit.value.lower() in UNITS:
            self.next()
            return tree.Duration(value, UNITS[unit.value.lower()], span=self.since(token.span))
        return tree.NumberLiteral(value, span=token.span)

    def period(self, expected: str = "a period such as `5m`") -> tree.Duration:
        """Parse a number and a unit of time."""
        if self.peek().kind is TokenKind.NUMBER:
            number = self._number(self.next())
            if isinstance(number, tree.Duration):
                return number
        raise self.unexpected(expected=expected)
