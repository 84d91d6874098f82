"""Random syntax trees, and random texts that look like queries."""

from __future__ import annotations

from hypothesis import strategies as st

from flowlocal.commands.dedup import Dedup
from flowlocal.commands.display import Display
from flowlocal.commands.fields import Fields
from flowlocal.commands.filter import Filter
from flowlocal.commands.limit import Limit
from flowlocal.commands.sort import Sort, SortKey
from flowlocal.commands.stats import Stats
from flowlocal.language import tree
from flowlocal.language.unparse import print_expression

ODD_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
NAMES = st.one_of(
    st.sampled_from(
        ["srcAddr", "@timestamp", "@message", "a.b.0", "@@x", "Müller", "by", "NOT", "true", "x-y", "", "5m"]
    ),
    ODD_TEXT.map(lambda text: text.replace("`", "")),
)
_SEGMENT = st.from_regex(r"[A-Za-z_@][A-Za-z0-9_@]{0,4}", fullmatch=True)
_WORDS = ("and", "or", "not", "like", "in", "as", "by", "asc", "desc")
FUNCTIONS = _SEGMENT.filter(lambda name: name.lower() not in _WORDS)

numbers = st.one_of(
    st.integers(0, 2**70), st.floats(0, 1e300, allow_nan=False), st.sampled_from([0, 0.0, 1e-300, 5e-324])
)
strings = st.builds(tree.String, ODD_TEXT)
patterns = st.builds(tree.Regex, st.sampled_from(["", "a", "a/b", r"\d+", r"\\/", "x|y", "#", "'\"`", "/", r"\."]))
names = st.builds(tree.Name, NAMES)
periods = st.builds(
    tree.Duration,
    st.one_of(st.integers(0, 10**6), st.floats(0, 1e6)),
    st.sampled_from(["ms", "s", "m", "h", "d", "w", "mo", "q", "y"]),
)
leaves = st.one_of(st.builds(tree.NumberLiteral, numbers), strings, names, periods, names)


def _larger(inner: st.SearchStrategy[tree.Expression]) -> st.SearchStrategy[tree.Expression]:
    calls = st.builds(tree.Call, FUNCTIONS, st.lists(inner, max_size=3).map(tuple))
    return st.one_of(
        calls,
        st.builds(tree.Call, st.just("count"), st.just((tree.Star(),))),
        st.builds(tree.Access, calls, st.sampled_from(["a", "0", "a.b", "0.1.x", "1a", "by", "it's", "a b", "²", ""])),
        st.builds(tree.Unary, st.sampled_from(["-", "not"]), inner),
        st.builds(tree.Arithmetic, st.sampled_from("+-*/%^"), inner, inner),
        st.builds(tree.Comparison, st.sampled_from(["=", "!=", "<", "<=", ">", ">="]), inner, inner),
        st.builds(tree.Logical, st.sampled_from(["and", "or"]), st.lists(inner, min_size=2, max_size=4).map(tuple)),
        st.builds(tree.Like, inner, st.one_of(strings, patterns, inner), st.booleans()),
        st.builds(tree.In, inner, st.lists(inner, max_size=3).map(tuple), st.booleans()),
    )


expressions: st.SearchStrategy[tree.Expression] = st.recursive(leaves, _larger, max_leaves=12)


@st.composite
def items(draw: st.DrawFn) -> tree.Item:
    """Draw an expression with an alias, or named as it would be written."""
    expression = draw(expressions)
    if draw(st.booleans()):
        return tree.Item(expression, draw(NAMES), aliased=True)
    written = expression.name if isinstance(expression, tree.Name) else print_expression(expression)
    return tree.Item(expression, written, aliased=False)


_items = st.lists(items(), min_size=1, max_size=3).map(tuple)
stages: st.SearchStrategy[tree.Stage] = st.one_of(
    st.builds(Filter, expressions),
    st.builds(Fields, _items),
    st.builds(Display, _items),
    st.builds(Sort, st.lists(st.builds(SortKey, names, st.booleans()), min_size=1, max_size=3).map(tuple)),
    st.builds(Limit, st.integers(1, 100_000), st.booleans()),
    st.builds(Stats, _items, st.one_of(st.just(()), _items)),
)


@st.composite
def queries(draw: st.DrawFn) -> tree.Query:
    """Draw several stages; ``dedup``, after which only ``limit`` is allowed, comes last."""
    found = draw(st.lists(stages, min_size=1, max_size=4))
    last = draw(st.one_of(st.none(), st.builds(Dedup, st.lists(names, min_size=1, max_size=3).map(tuple))))
    return tree.Query((*found, *([last] if last else [])))


_PIECES = [
    *("|", ",", "(", ")", "[", "]", ".", "=", "==", "!=", "<=", ">=", "<", ">", "=~", "~=", "+", "-", "*", "/", "%"),
    *("^", "!", "&&", "||", "!~", "?", ";", "{", "}", ":", "$", "`", "'", '"', "#", "\\", "“", "’", "@"),
    *("\u3000", "\u200b", "\ufeff", "\0", "\n", "\t", "\x85", "\r\n", "é", "٣"),
    *("fields", "display", "filter", "stats", "sort", "limit", "dedup", "parse", "by", "as", "asc", "desc", "in"),
    *("and", "or", "not", "like", "any", "count(*)", "bin(5m)", "a", "@message", "1", "1.5", ".5", "5m", "1e5", "0x1F"),
    *("/x/", "/(?i)a/", "'x'", '"y"', "`z z`", "a.0.b", "f(", "jsonParse(a).b", "9223372036854775808"),
]
ragged = st.lists(st.one_of(st.sampled_from(_PIECES), ODD_TEXT), max_size=25).flatmap(
    lambda pieces: st.sampled_from(["", " "]).map(lambda glue: glue.join(pieces))
)
"""Texts of fragments of queries in any order."""
