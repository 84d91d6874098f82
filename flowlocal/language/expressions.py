"""Expressions, by precedence climbing."""

from __future__ import annotations

import math
from collections.abc import Callable

from flowlocal.language import tree
from flowlocal.language.errors import MalformedQuery
from flowlocal.language.lexer import Kind, Token
from flowlocal.language.reader import Reader
from flowlocal.language.units import UNITS

_LONGEST_CHAIN = 200
_COMPARISONS = ("=", "!=", "<=", ">=", "<", ">")
_WORDS = ("and", "or", "not", "like", "in", "as", "by", "asc", "desc")


class ExpressionParser(Reader):
    """Reads expressions.

    Precedence, tightest first (decided): ``^`` to the right, unary ``-`` and ``!``, ``* / %``, ``+ -``,
    comparisons with ``like``, ``=~`` and ``in``, ``not``, ``and``, ``or``.
    """

    def items(self) -> tuple[tree.Item, ...]:
        """Expressions with commas between, each with or without ``as`` and a name."""
        return self.separated(self.item)

    def item(self) -> tree.Item:
        """An expression, with or without ``as`` and a name; unnamed ones are named as written (decided)."""
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
        """An expression's name where it has no alias: its text as written; a field's is the field's own."""
        if isinstance(expression, tree.Name):
            return expression.name
        return self.text[expression.span.start : expression.span.end]

    def field(self, expected: str = "a field name") -> tree.Name:
        """A field's name, with its indexes."""
        token = self.name(expected)
        return self._indexed(token)

    def expression(self) -> tree.Expression:
        """An expression of any kind."""
        with self.nested(self.peek().span):
            return self._or()

    def _or(self) -> tree.Expression:
        return self._logical("or", lambda: self._logical("and", self._not))

    def _logical(self, word: str, read: Callable[[], tree.Expression]) -> tree.Expression:
        operands = [read()]
        while self.accept_word(word):
            operands.append(read())
        if len(operands) == 1:
            return operands[0]
        return tree.Logical(word, tuple(operands), span=self.since(operands[0].span))

    def _not(self) -> tree.Expression:
        if word := self.accept_word("not"):
            with self.nested(word.span):
                operand = self._not()
            return tree.Unary("not", operand, span=self.since(word.span))
        return self._comparison()

    def _comparison(self) -> tree.Expression:
        left = self._sum()
        compared = self._compared(left)
        if compared is not left and self._at_comparison():
            raise self.unexpected(hint="comparisons do not chain; write `a < b and b < c`")
        return compared

    def _at_comparison(self) -> bool:
        token = self.peek()
        operator = token.kind is Kind.OPERATOR and token.value in (*_COMPARISONS, "=~")
        return operator or self.at_word("like", "in")

    def _compared(self, left: tree.Expression) -> tree.Expression:
        for operator in _COMPARISONS:
            if self.accept(operator):
                right = self._sum()
                return tree.Comparison(operator, left, right, span=self.since(left.span))
        if self.accept("=~"):
            return self._like(left, negated=False)
        negated = self.at_word("not") and self._not_before("like", "in") and bool(self.next())
        if self.accept_word("like"):
            return self._like(left, negated=negated)
        if self.accept_word("in"):
            return self._in(left, negated=negated)
        return left

    def _not_before(self, *words: str) -> bool:
        following = self.lexer.token(self.peek().span.end)
        return following.kind is Kind.NAME and following.value.lower() in words

    def _like(self, subject: tree.Expression, *, negated: bool) -> tree.Expression:
        pattern: tree.Expression
        if self.at_regex():
            token = self.regex()
            pattern = tree.Regex(token.value, span=token.span)
        else:
            pattern = self._sum()
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
        """Stages in parentheses; only whole queries hold them."""
        raise self.unexpected(expected="a list such as `[22, 80]`")

    def _at(self, operator: str) -> bool:
        token = self.peek()
        return token.kind is Kind.OPERATOR and token.value == operator

    def _sum(self) -> tree.Expression:
        return self._chain("+-", lambda: self._chain("*/%", self._unary))

    def _chain(self, operators: str, read: Callable[[], tree.Expression]) -> tree.Expression:
        left = read()
        for _ in range(_LONGEST_CHAIN):
            token = self.peek()
            if token.kind is not Kind.OPERATOR or token.value not in operators:
                return left
            self.next()
            right = read()
            left = tree.Arithmetic(token.value, left, right, span=self.since(left.span))
        raise MalformedQuery(
            "this sum or product is too long", left.span, hint=f"at most {_LONGEST_CHAIN} terms are read"
        )

    def _unary(self) -> tree.Expression:
        token = self.peek()
        if token.kind is Kind.OPERATOR and token.value in "-!":
            self.next()
            with self.nested(token.span):
                operand = self._unary()
            operator = "-" if token.value == "-" else "not"
            return tree.Unary(operator, operand, span=self.since(token.span))
        return self._power()

    def _power(self) -> tree.Expression:
        base = self._primary()
        if hat := self.accept("^"):
            with self.nested(hat.span):
                exponent = self._unary()
            return tree.Arithmetic("^", base, exponent, span=self.since(base.span))
        return base

    def _primary(self) -> tree.Expression:
        token = self.peek()
        if token.kind is Kind.NUMBER:
            return self._number(self.next())
        if token.kind is Kind.STRING:
            return tree.String(self.next().value, span=token.span)
        if token.kind is Kind.QUOTED_NAME:
            return self._indexed(self.next())
        if token.kind is Kind.NAME and token.value.lower() not in _WORDS:
            return self._call(self.next()) if self.followed_by("(") else self._word(self.next())
        if self.accept("("):
            return self._parenthesised()
        if self.at_regex():
            raise self.unexpected(expected="a value", hint="a regular expression stands only behind `like` and `=~`")
        raise self.unexpected(expected="a field, a value or a function", hint=self._keyword_hint(token))

    def _keyword_hint(self, token: Token) -> str:
        if token.kind is Kind.NAME:
            return f"`{token.value}` is a word of the language; a field of that name is written in backticks"
        return ""

    def _parenthesised(self) -> tree.Expression:
        inner = self.expression()
        self.expect(")", expected="`)` to close the parenthesis")
        return inner

    def _word(self, token: Token) -> tree.Expression:
        if token.value.lower() in ("true", "false"):
            return tree.Boolean(token.value.lower() == "true", span=token.span)
        return self._indexed(token)

    def _indexed(self, token: Token) -> tree.Name:
        """A name and the indexes that touch it: ``users[1].action`` is ``users.1.action``."""
        name = token.value
        while self.text[self.offset : self.offset + 1] == "[":
            self.next()
            name += f".{self.whole_number('an index such as `[0]`', least=0)}"
            self.expect("]")
            name += self._path()
        return tree.Name(name, span=self.since(token.span))

    def _path(self) -> str:
        """A path that touches what stands before: ``.a.b``, or nothing."""
        if self.text[self.offset : self.offset + 1] != ".":
            return ""
        self.next()
        return "." + self.name("a key").value

    def _call(self, token: Token) -> tree.Expression:
        opening = self.expect("(")
        with self.nested(opening.span):
            arguments = () if self._at(")") else self.separated(self._argument)
        self.expect(")", expected="`,` and another argument, or `)`")
        call = tree.Call(token.value, arguments, function_span=token.span, span=self.since(token.span))
        path = self._path()
        return tree.Access(call, path[1:], span=self.since(token.span)) if path else call

    def _argument(self) -> tree.Expression:
        token = self.peek()
        if token.kind is Kind.OPERATOR and token.value == "*":
            return tree.Star(span=self.next().span)
        return self.expression()

    def _number(self, token: Token) -> tree.Expression:
        value = float(token.value) if "." in token.value else int(token.value[:400])
        if math.isinf(value) if isinstance(value, float) else len(token.value) > 300:
            raise MalformedQuery("this number is too large", token.span)
        unit = self.peek()
        if unit.kind is Kind.NAME and unit.value.lower() in UNITS:
            self.next()
            return tree.Period(value, UNITS[unit.value.lower()], span=self.since(token.span))
        return tree.Number(value, span=token.span)

    def period(self, expected: str = "a period such as `5m`") -> tree.Period:
        """A number and a unit of time."""
        if self.peek().kind is Kind.NUMBER:
            number = self._number(self.next())
            if isinstance(number, tree.Period):
                return number
        raise self.unexpected(expected=expected)
