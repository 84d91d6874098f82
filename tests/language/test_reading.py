"""How the text of a query is parsed: white space, comments, letter case, strings, names, numbers, precedence."""

from __future__ import annotations

import pytest

from flowlocal.commands.fields import Fields
from flowlocal.engine import parse
from flowlocal.language import tree

BLANKS = "\t\n\x0b\x0c\r \x85\xa0\u1680\u2000\u2003\u2009\u200a\u2028\u2029\u202f\u205f\u3000\ufeff\u200b"


def _expression(text: str) -> tree.Expression:
    stage = parse(f"fields {text}").stages[0]
    assert isinstance(stage, Fields)
    return stage.items[0].expression


@pytest.mark.parametrize("blank", BLANKS, ids=lambda blank: f"U+{ord(blank):04X}")
def test_white_space(blank: str) -> None:
    """Every white space of Unicode, and the two invisible characters of pasted text, separate words."""
    text = f"{blank}filter{blank}a{blank}={blank}1{blank}and{blank}b{blank}|{blank}limit{blank}5{blank}"
    assert parse(text) == parse("filter a = 1 and b | limit 5")


SAME = [
    ("FILTER a = 1 AND b NOT IN [1] | SORT a DESC | LIMIT 5", "filter a = 1 and b not in [1] | sort a desc | limit 5"),
    ("| filter a", "filter a"),
    ("filter a|limit 5", "filter a | limit 5"),
    ("# first\nfilter a # = 1\n# | sort a\n| limit 5 ## end", "filter a | limit 5"),
    ("filter a == 1", "filter a = 1"),
    ("filter a ~= /x/", "filter a =~ /x/"),
    ("filter a =~ 'x'", "filter a like 'x'"),
    ("where a | order by a | head 3", "filter a | sort a asc | limit 3"),
    ("filter !a", "filter not a"),
    ("filter (a)", "filter a"),
    ("filter a.`b c`.d", "filter `a.b c.d`"),
    ("filter @`x:y`", "filter `@x:y`"),
    ("filter @ message like 'x'", "filter @message like 'x'"),
    ("filter a[0].b[12]", "filter a.0.b.12"),
    ("stats count (*) as n by bin ( 5 minutes ) as t", "stats count(*) as n by bin(5m) as t"),
    ("count(*) by a", "stats count(*) by a"),
    ("limit 007", "limit 7"),
]


@pytest.mark.parametrize(("text", "plain"), SAME)
def test_same(text: str, plain: str) -> None:
    """Two ways to write a query parse to the same tree."""
    assert parse(text) == parse(plain)


STRINGS = [
    (r"'it\'s'", "it's"),
    (r'"say \"no\""', 'say "no"'),
    (r"'a\\b'", "a\\b"),
    (r"'a\nb\tc\rd'", "a\nb\tc\rd"),
    (r"'\d+\.\d'", r"\d+\.\d"),
    (r"'\\n'", r"\n"),
    ("'# no | comment'", "# no | comment"),
    ("'a\nb'", "a\nb"),
    ("''", ""),
    ("'\0'", "\0"),
]


@pytest.mark.parametrize(("text", "value"), STRINGS)
def test_strings(text: str, value: str) -> None:
    """Escapes are resolved; any other backslash stays."""
    assert _expression(text) == tree.String(value)


NAMES = ["a", "_a", "@a", "@@a", "a.b", "a.0.b", "a1", "Müller", "日本", "a@b", "a.@b", "by.x", "@by"]


@pytest.mark.parametrize("name", NAMES)
def test_plain_names(name: str) -> None:
    """Names of letters, digits, ``_``, ``@`` and dots need no backticks."""
    assert _expression(name) == tree.Name(name)


@pytest.mark.parametrize("name", ["by", "a-b", "a b", "", "5a", "true", "#0.x", "_row", "a\0b", "a|b", "/x/", "'"])
def test_names_in_backticks(name: str) -> None:
    """Any name may be in backticks."""
    assert _expression(f"`{name}`") == tree.Name(name)


NUMBERS = [("0", 0), ("007", 7), ("1.5", 1.5), (".5", 0.5), ("9223372036854775808", 2**63), ("0.00", 0.0)]


@pytest.mark.parametrize(("text", "value"), NUMBERS)
def test_numbers(text: str, value: float) -> None:
    """Whole numbers and decimals are numbers; a sign is an operator."""
    assert _expression(text) == tree.NumberLiteral(value)
    assert type(_expression(text).value) is type(value)  # type: ignore[attr-defined]


PRECEDENCE = [
    ("-2^2", "-(2^2)"),
    ("2^3^2", "2^(3^2)"),
    ("2^-1", "2^(-1)"),
    ("-a*b", "(-a)*b"),
    ("!a = b", "(!a) = b"),
    ("a-b-c", "(a-b)-c"),
    ("a/b*c", "(a/b)*c"),
    ("a+b*c%d", "a+((b*c)%d)"),
    ("a+b < c*d", "(a+b) < (c*d)"),
    ("not a = b", "not (a = b)"),
    ("not a and b", "(not a) and b"),
    ("not not a", "not (not a)"),
    ("a or b and not c", "a or (b and (not c))"),
    ("a = 1 and b like 'x' or c in [1]", "((a = 1) and (b like 'x')) or (c in [1])"),
    ("a like 'x' and b", "(a like 'x') and b"),
    ("a not like b + c", "a not like (b + c)"),
    ("- - a", "-(-a)"),
]


@pytest.mark.parametrize(("text", "grouped"), PRECEDENCE)
def test_precedence(text: str, grouped: str) -> None:
    """Operators group by precedence (decided)."""
    assert _expression(text) == _expression(grouped)


def test_name_of_an_expression() -> None:
    """The name of an expression without alias is its text, including parentheses."""
    stage = parse("fields (a+b) * 2, ( c ), f( x ) , g(x).y as z").stages[0]
    assert isinstance(stage, Fields)
    assert [item.name for item in stage.items] == ["(a+b) * 2", "c", "f( x )", "z"]
