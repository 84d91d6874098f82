"""Convert trees to text: the shortest query that parses to the same tree."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import singledispatch

from flowlocal.language import tree

_PLAIN_NAME = re.compile(r"(?:[^\W\d]|@)[\w@]*(?:\.[\w@]+)*")
_PLAIN_PATH = re.compile(r"[\w@]+(?:\.[\w@]+)*")
_RESERVED = {"and", "or", "not", "like", "in", "as", "by", "asc", "desc"}
_SPECIAL = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r"}
_BINDING_POWER = {"or": 1, "and": 2, "not": 3, "compare": 4, "+": 5, "-": 5, "*": 6, "/": 6, "%": 6, "unary": 7, "^": 8}
_ATOM = 9


def print_query(query: tree.Query) -> str:
    """Return the query in one line."""
    return " | ".join(str(stage) for stage in query.stages)


def print_items(items: tuple[tree.Item, ...]) -> str:
    """Return items separated by commas."""
    return ", ".join(print_item(item) for item in items)


def print_item(item: tree.Item) -> str:
    """Return an expression with its alias; without alias, the text as written, because it names the column."""
    text = print_expression(item.expression)
    if item.aliased:
        return f"{text} as {print_name(item.name)}"
    return text if isinstance(item.expression, tree.Name) else item.name


def print_name(name: str) -> str:
    """Return a name, in backticks if it needs them."""
    plain = _PLAIN_NAME.fullmatch(name) and name.lower() not in _RESERVED and name != "@"
    return name if plain else f"`{name}`"


def print_string(text: str) -> str:
    """Return a text in double quotes."""
    return '"' + "".join(_SPECIAL.get(character, character) for character in text) + '"'


def print_number(number: float) -> str:
    """Return a number in plain digits, with all of its decimals; one with a point is a double."""
    if isinstance(number, int):
        return str(number)
    digits = format(Decimal(repr(number)), "f")
    return digits if "." in digits else f"{digits}.0"


def print_regex(pattern: str) -> str:
    """Return a pattern between slashes, with the slashes in it escaped."""
    return "/" + pattern.replace("/", "\\/") + "/"


def print_expression(node: tree.Expression, power: int = 0) -> str:
    """Return an expression, in parentheses if its operator binds more weakly than the one around it."""
    text, own = _print(node)
    return f"({text})" if own < power else text


@singledispatch
def _print(node: tree.Node) -> tuple[str, int]:
    raise TypeError(f"cannot print {type(node).__name__}")


@_print.register(tree.NumberLiteral)
def _(node: tree.NumberLiteral) -> tuple[str, int]:
    return print_number(node.value), _ATOM


@_print.register(tree.String)
def _(node: tree.String) -> tuple[str, int]:
    return print_string(node.value), _ATOM


@_print.register(tree.Regex)
def _(node: tree.Regex) -> tuple[str, int]:
    return print_regex(node.pattern), _ATOM


@_print.register(tree.Name)
def _(node: tree.Name) -> tuple[str, int]:
    return print_name(node.name), _ATOM


@_print.register(tree.Star)
def _(_node: tree.Star) -> tuple[str, int]:
    return "*", _ATOM


@_print.register(tree.Duration)
def _(node: tree.Duration) -> tuple[str, int]:
    return f"{print_number(node.amount)}{node.unit}", _ATOM


@_print.register(tree.Call)
def _(node: tree.Call) -> tuple[str, int]:
    return f"{node.function}({', '.join(print_expression(each) for each in node.arguments)})", _ATOM


@_print.register(tree.Access)
def _(node: tree.Access) -> tuple[str, int]:
    path = node.path if _PLAIN_PATH.fullmatch(node.path) else f"`{node.path}`"
    return f"{print_expression(node.base)}.{path}", _ATOM


@_print.register(tree.Unary)
def _(node: tree.Unary) -> tuple[str, int]:
    if node.operator == "-":
        own = _BINDING_POWER["unary"]
        return f"-{print_expression(node.operand, own)}", own
    own = _BINDING_POWER["not"]
    return f"not {print_expression(node.operand, own)}", own


@_print.register(tree.Arithmetic)
def _(node: tree.Arithmetic) -> tuple[str, int]:
    own = _BINDING_POWER[node.operator]
    if node.operator == "^":
        return f"{print_expression(node.left, _ATOM)} ^ {print_expression(node.right, _BINDING_POWER['unary'])}", own
    left, right = print_expression(node.left, own), print_expression(node.right, own + 1)
    return f"{left} {node.operator} {right}", own


@_print.register(tree.Comparison)
def _(node: tree.Comparison) -> tuple[str, int]:
    own = _BINDING_POWER["compare"]
    return f"{print_expression(node.left, own + 1)} {node.operator} {print_expression(node.right, own + 1)}", own


@_print.register(tree.Logical)
def _(node: tree.Logical) -> tuple[str, int]:
    own = _BINDING_POWER[node.operator]
    return f" {node.operator} ".join(print_expression(each, own + 1) for each in node.operands), own


@_print.register(tree.Like)
def _(node: tree.Like) -> tuple[str, int]:
    own = _BINDING_POWER["compare"]
    word = "not like" if node.negated else "like"
    return f"{print_expression(node.subject, own + 1)} {word} {print_expression(node.pattern, own + 1)}", own


@_print.register(tree.In)
def _(node: tree.In) -> tuple[str, int]:
    own = _BINDING_POWER["compare"]
    word = "not in" if node.negated else "in"
    items = ", ".join(print_expression(each) for each in node.items)
    return f"{print_expression(node.subject, own + 1)} {word} [{items}]", own


@_print.register(tree.InSubquery)
def _(node: tree.InSubquery) -> tuple[str, int]:
    own = _BINDING_POWER["compare"]
    word = "not in" if node.negated else "in"
    return f"{print_expression(node.subject, own + 1)} {word} ({print_query(node.query)})", own
