"""Random flow log lines, and random queries over them as trees."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from hypothesis import strategies as st
from msgspec import structs

from flowlocal.commands.dedup import Dedup
from flowlocal.commands.display import Display
from flowlocal.commands.fields import Fields
from flowlocal.commands.filter import Filter
from flowlocal.commands.limit import Limit
from flowlocal.commands.sort import Sort, SortKey
from flowlocal.commands.stats import Stats
from flowlocal.language import tree
from flowlocal.language.unparse import print_expression
from tests.oracle.events import NAMES

_TIMES = [0, 59, 951_782_399, 951_782_400, 1_418_530_010, 1_418_530_010, 1_418_533_610, 1_419_999_999, 2_147_483_647]
_AMOUNTS = [0, 1, 2, 20, 40, 880, 4249, 10**6, 2**31, 2**40 + 1, 10**15]
_ODD = [
    *("42", "007", "+5", ".5", "5.", "-0", "-3.25", "1e5", "NaN", "inf", "true", "-", "0x1F", "５", "1 2", "x", "a10"),
    *("a9", "A", "é", "9223372036854775807", "9223372036854775808", "-9223372036854775808", "0.125", "1.0", "1", "01"),
    *("1234567890123456789012", "0.0001220703125", "99999.5", "#", "*%04", "0#", "5A", "111A", "2345_"),
]


def _dashed(values: st.SearchStrategy[object]) -> st.SearchStrategy[str]:
    return st.one_of(values.map(str), values.map(str), values.map(str), st.just("-"))


_record = st.tuples(
    st.just("2"),
    st.sampled_from(["123456789010", "012345678901"]),
    st.sampled_from(["eni-a", "eni-b"]),
    _dashed(st.sampled_from(["10.0.0.1", "10.0.0.10", "10.0.0.9", "172.31.16.21", "2001:db8::1"])),
    _dashed(st.sampled_from(["10.0.0.1", "8.8.8.8", "192.168.1.1"])),
    _dashed(st.sampled_from([22, 443, 20641, 0])),
    _dashed(st.sampled_from([22, 80, 443, 65535])),
    _dashed(st.sampled_from([6, 17, 1])),
    _dashed(st.sampled_from(_AMOUNTS[:7])),
    _dashed(st.sampled_from(_AMOUNTS)),
    st.sampled_from(_TIMES).map(str),
    st.sampled_from(_TIMES).map(str),
    st.sampled_from(["ACCEPT", "REJECT", "-"]),
    st.sampled_from(["OK", "NODATA", "SKIPDATA"]),
).map(" ".join)
_line = st.one_of(_record, _record, _record, st.sampled_from(_ODD))
_CLEAN = "2 123456789010 eni-a 10.0.0.1 10.0.0.9 443 22 6 20 4249 1418530010 1418530070 ACCEPT OK"
lines = st.tuples(st.lists(_line, max_size=2), st.lists(_line, max_size=10)).map(
    lambda found: [*found[0], _CLEAN, *found[1]]
)
"""Lines of one file: records, some with dashes, and odd lines that read as all sorts of things."""


@dataclass(frozen=True)
class Context:
    """What the next stage can name, how many names were made, and the fields of events that a filter can still name."""

    names: tuple[str, ...]
    made: int = 0
    events: bool = True
    fixed: frozenset[str] = frozenset()
    earlier: tuple[str, ...] = ()


_literals = st.one_of(
    st.sampled_from(_ODD).map(tree.String),
    st.sampled_from([0, 1, 2, 22, 443, 2**31, 2**53 + 1, 2**63 - 1, 2**63, 2**70, 0.0, 0.5, 2.25, 2.0**-20, 22.0]).map(
        tree.NumberLiteral
    ),
)
_periods = st.builds(
    tree.Duration, st.integers(1, 70), st.sampled_from(["ms", "s", "m", "h", "d", "w", "mo", "q", "y"])
)
_PATTERNS = [r"^10\.", "ACC|REJ", r"[0-9]{3}", "(?i)accept", "", r"\.1", "^-", "é", r"0\.0"]
_ONE = ["ispresent", "isNumeric", "isempty", "isblank", "abs", "ceil", "floor", "sqrt", "toNumber", "toInt", "toLong"]
_ONE += ["toDouble", "strlen", "toupper", "tolower", "isValidIp", "isValidIpV4", "isValidIpV6", "ipv4ToNumber"]
_ONE += ["md5", "sha256", "base64encode", "messageSize", "toMillis", "isEmpty"]
_TWO = ["strcontains", "startsWith", "endsWith", "greatest", "least", "concat", "coalesce", "trim", "ltrim", "rtrim"]
_SUBNETS = ["10.0.0.0/8", "0.0.0.0/0", "10.0.0.1/32", "172.16.0.0/12"]


def _call(name: str, *arguments: st.SearchStrategy[tree.Expression]) -> st.SearchStrategy[tree.Expression]:
    return st.tuples(*arguments).map(lambda found: tree.Call(name, found))


def _calls(inner: st.SearchStrategy[tree.Expression]) -> st.SearchStrategy[tree.Expression]:
    places = st.integers(0, 5).map(tree.NumberLiteral)
    bounds = st.one_of(st.integers(0, 9).map(tree.NumberLiteral), inner)
    return st.one_of(
        st.sampled_from(_ONE).flatmap(lambda name: _call(name, inner)),
        st.sampled_from(_TWO).flatmap(lambda name: _call(name, inner, inner)),
        _call("if", inner, inner, inner),
        _call("case", inner, inner, inner, inner),
        _call("case", inner, inner, inner),
        _call("round", inner, places),
        _call("substr", inner, bounds, bounds),
        _call("replace", inner, inner, inner),
        _call("isIpv4InSubnet", inner, st.sampled_from(_SUBNETS).map(tree.String)),
        _call("datefloor", inner, _periods),
        _call("dateceil", inner, _periods),
    )


def _operations(inner: st.SearchStrategy[tree.Expression]) -> st.SearchStrategy[tree.Expression]:
    patterns = st.one_of(inner, st.sampled_from(_PATTERNS).map(tree.Regex))
    several = st.lists(inner, min_size=2, max_size=3).map(tuple)
    return st.one_of(
        st.builds(tree.Unary, st.sampled_from(["-", "not"]), inner),
        st.builds(tree.Arithmetic, st.sampled_from("+-*/%^"), inner, inner),
        st.builds(tree.Comparison, st.sampled_from(["=", "!=", "<", "<=", ">", ">="]), inner, inner),
        st.builds(tree.Logical, st.sampled_from(["and", "or"]), several),
        st.builds(tree.Like, inner, patterns, st.booleans()),
        st.builds(tree.In, inner, st.lists(inner, max_size=4).map(tuple), st.booleans()),
    )


_places = st.integers(0, 63).map(lambda place: tree.Name(f"?{place}"))
"""Names that are replaced with the name of the context at that position."""
_leaves = st.one_of(_places, _places, _places, _literals, _call("bin", _periods))
_SIZES = {
    size: st.recursive(_leaves, lambda inner: st.one_of(_operations(inner), _calls(inner)), max_leaves=size)
    for size in (2, 3, 5)
}
_plain_aggregates = st.one_of(
    st.just(tree.Call("count", (tree.Star(),))),
    *(_call(name, _SIZES[3]) for name in ("count", "countDistinct", "min", "max")),
    *(_call(name, _places) for name in ("sum", "avg")),
    _call("pct", _places, st.sampled_from([1, 50, 99, 99.9, 100]).map(tree.NumberLiteral)),
)
_aggregates = st.one_of(
    _plain_aggregates,
    st.builds(tree.Arithmetic, st.sampled_from("+-*/%"), _plain_aggregates, st.one_of(_plain_aggregates, _literals)),
)


def _bound(node: tree.Expression, context: Context) -> tree.Expression:
    """Draw an expression over the names of the context; a name in place of ``bin`` if rows are not events."""
    if isinstance(node, tree.Name):
        names = (*context.names, "nothing") if context.events else context.names
        return tree.Name(names[int(node.name[1:]) % len(names)])
    if isinstance(node, tree.Call) and node.function == "bin" and not context.events:
        return tree.Name(context.names[0])
    changes: dict[str, Any] = {}
    for name in node.__struct_fields__:
        value = getattr(node, name)
        if isinstance(value, tree.Expression):
            changes[name] = _bound(value, context)
        elif isinstance(value, tuple):
            changes[name] = tuple(_bound(item, context) for item in value)
    return structs.replace(node, **changes)


def expressions(context: Context, *, size: int = 5) -> st.SearchStrategy[tree.Expression]:
    """Expressions over the names of the context and a missing one."""
    return _SIZES[size].map(lambda node: _bound(node, context))


@st.composite
def _items(draw: st.DrawFn, context: Context, found: st.SearchStrategy[tree.Expression]) -> tuple[tree.Item, ...]:
    """Items with names that nothing has yet."""
    nodes = draw(st.lists(found, min_size=1, max_size=3))
    return tuple(_named(node, context.made + place) for place, node in enumerate(nodes))


def _named(node: tree.Expression, number: int) -> tree.Item:
    return tree.Item(node, f"a{number}", aliased=True)


def _made(context: Context, items: tuple[tree.Item, ...]) -> Context:
    new = tuple(item.name for item in items)
    return replace(context, names=(*context.names, *new), made=context.made + len(items), fixed=context.fixed | {*new})


@st.composite
def _fields(draw: st.DrawFn, context: Context) -> tuple[tree.Stage, Context]:
    items = draw(_items(context, expressions(context)))
    listable = [name for name in context.names if name not in context.fixed]
    listed = draw(st.lists(st.sampled_from(listable), max_size=3)) if listable and context.events else []
    plain = tuple(tree.Item(tree.Name(name), name, aliased=False) for name in listed)
    return Fields((*plain, *items)), _made(context, items)


@st.composite
def _stats(draw: st.DrawFn, context: Context) -> tuple[tree.Stage, Context]:
    by = draw(st.one_of(st.just(()), _items(context, expressions(context, size=2))))
    groups = replace(context, names=tuple(item.name for item in by), made=context.made + len(by), events=False)
    items = draw(_items(groups, _aggregates.map(lambda node: _bound(node, context))))
    earlier = tuple(name for name in context.names if name not in context.fixed) if context.events else ()
    return Stats(items, by), _made(replace(groups, fixed=frozenset(groups.names), earlier=earlier), items)


@st.composite
def _stage(draw: st.DrawFn, context: Context) -> tuple[tree.Stage, Context]:
    kind = draw(st.sampled_from(["filter", "fields", "fields", "sort", "stats", "limit"]))
    match kind:
        case "filter":
            names = draw(st.sampled_from([context.names, context.earlier or context.names]))
            return Filter(draw(expressions(replace(context, names=names)))), context
        case "fields":
            return draw(_fields(context))
        case "stats":
            return draw(_stats(context))
        case "limit":
            return Limit(draw(st.integers(1, 8))), context
    return Sort(draw(_keys(context))), context


def _keys(context: Context) -> st.SearchStrategy[tuple[SortKey, ...]]:
    key = st.builds(SortKey, st.sampled_from(context.names).map(tree.Name), st.booleans())
    return st.lists(key, min_size=1, max_size=3).map(tuple)


@st.composite
def _last(draw: st.DrawFn, context: Context) -> tree.Stage:
    if draw(st.booleans()):
        names = draw(st.lists(st.sampled_from(context.names), min_size=1, max_size=4))
        items = tuple(tree.Item(tree.Name(name), name, aliased=False) for name in names)
        node = draw(expressions(context))
        shown = () if isinstance(node, tree.Name) else (tree.Item(node, print_expression(node), aliased=False),)
        return Display((*items, *shown))
    return Dedup(tuple(map(tree.Name, draw(st.lists(st.sampled_from(context.names), min_size=1, max_size=3)))))


@st.composite
def queries(draw: st.DrawFn) -> tree.Query:
    """Draw a well-formed query over the fields of flow logs."""
    context, stages = Context(NAMES), list[tree.Stage]()
    for _ in range(draw(st.integers(1, 4))):
        stage, context = draw(_stage(context))
        stages.append(stage)
    if draw(st.booleans()):
        stages.append(draw(_last(context)))
    return tree.Query(tuple(stages))
