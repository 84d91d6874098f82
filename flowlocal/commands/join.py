"""``join``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import polars as pl
from msgspec.structs import replace

from flowlocal.language import tree
from flowlocal.language.errors import MalformedQuery
from flowlocal.language.lexer import Token
from flowlocal.language.parser import Parser
from flowlocal.language.unparse import print_name, print_query
from flowlocal.planning.dependency import Dependency
from flowlocal.planning.frame import Frame
from flowlocal.planning.names import PlanNames
from flowlocal.planning.options import end_of_stage, one_of, read_options, target
from flowlocal.planning.registry import Command, command
from flowlocal.planning.subqueries import check_flat
from flowlocal.values import Key, Value
from flowlocal.values.equality import equality_key

MOST_KEYS = 50_000
"""The largest number of different keys on the right side (documented)."""
MOST_ROWS = 10_000_000
"""The largest number of rows (decided), so that keys that are frequent on both sides do not fill the memory."""
_COUNT = "\x00count"


class Pair(tree.Node, frozen=True):
    """A field of the left side and the field of the right side that it must equal."""

    left: tree.Name
    right: tree.Name


@command(
    "join",
    dependency=Dependency.WHOLE,
    syntax='join [type=inner|left] left=A right=B where A.FIELD = B.FIELD [and ...] (SOURCE "LOG GROUP" | ...)',
    examples=(
        "filter action = 'REJECT' | join type=inner left=r right=a where r.srcAddr = a.srcAddr"
        " (SOURCE logGroups() | filter action = 'ACCEPT' | stats count(*) as accepted by srcAddr)"
        " | fields r.srcAddr, r.dstPort, a.accepted | limit 3",
    ),
    source="documented; several conditions and the largest number of rows decided",
)
class Join(Command, frozen=True):
    """Put each row together with the rows of another query whose fields equal its own.

    From then on every field is named with the side it comes from, ``A.srcAddr``, and so are the columns. With
    ``type=left`` rows without a partner remain, without the fields of the right side; ``type=inner`` (the default)
    drops them. Fields compare as with ``=``; a missing field equals nothing. A query can contain one ``join``, with up
    to 50,000 different keys on its right side and no subquery in it. Without ``SOURCE``, the right side reads all
    loaded log groups (decided).
    """

    left: tree.Target
    right: tree.Target
    pairs: tuple[Pair, ...]
    query: tree.Query
    outer: bool = False

    @classmethod
    def parse(cls, parser: Parser, word: Token) -> Join:
        """Parse ``join [type=…] left=A right=B where A.k = B.k (SOURCE …)``."""
        readers = {
            "type": lambda: one_of(parser, "inner", "left"),
            "left": lambda: target(parser, "a name for the side"),
            "right": lambda: target(parser, "a name for the side"),
        }
        options = read_options(parser, readers)
        for side in ("left", "right"):
            if side not in options:
                raise parser.unexpected(expected=f"`{side}=NAME`")
        left, right = options["left"], options["right"]
        if left == right:
            raise MalformedQuery("both sides of the join have the same name", right.span)
        parser.expect_word("where")
        pairs = [_pair(parser, left, right)]
        while parser.accept_word("and"):
            pairs.append(_pair(parser, left, right))
        query = parser.subquery()
        end_of_stage(parser, "`|` and the next command")
        outer = options.get("type") == "left"
        return cls(left, right, tuple(pairs), query, outer, span=parser.since(word.span))

    def plan(self, frame: Frame) -> Frame:
        """Return the rows of both sides together."""
        check_flat(self.query)
        if any(isinstance(stage, Join) for stage in frame.stages):
            raise MalformedQuery("a query can contain only one `join`", self.span)
        frame, other = frame.count_matched(), frame.hooks.run(self.query, frame.query)
        keys = [frame.query.fresh("key") for _ in self.pairs]
        left = frame.lazy.with_columns(_keyed(frame, keys, [pair.left for pair in self.pairs]))
        right = other.lazy.with_columns(_keyed(other, keys, [pair.right for pair in self.pairs]))
        self._check_size(left, right, keys, frame.hooks.collect)
        values, columns = held(other, other.values)
        order = {frame.query.fresh("order"): key for key in other.rows.order}
        columns |= {name: key.expression for name, key in order.items()}
        taken = right.select(*keys, *(column.alias(name) for name, column in columns.items()))
        lazy = left.join(taken, on=keys, how="left" if self.outer else "inner")
        further = (Key(pl.col(name), key.descending) for name, key in order.items())
        rows = replace(frame.rows.over(lazy), order=(*frame.rows.order, *further))
        return self._joined(replace(frame, rows=rows), other, values)

    def _check_size(
        self,
        left: pl.LazyFrame,
        right: pl.LazyFrame,
        keys: list[str],
        collect: Callable[[pl.LazyFrame], pl.DataFrame],
    ) -> None:
        """Refuse too many keys, or too many rows."""
        counts = right.select(keys).drop_nulls().group_by(keys).len(_COUNT).head(MOST_KEYS + 1)
        found = collect(counts)
        if found.height > MOST_KEYS:
            raise MalformedQuery(
                f"the right side of the join has more than {MOST_KEYS} different keys",
                self.query.span,
                hint="filter it, or count it with `stats … by` its key",
            )
        if (found[_COUNT] > 1).any():
            rows = collect(left.select(keys).join(found.lazy(), on=keys).select(pl.col(_COUNT).sum())).item()
            if rows > MOST_ROWS:
                raise MalformedQuery(
                    f"this join would make {rows} rows", self.span, hint=f"at most {MOST_ROWS} are made"
                )

    def _joined(self, frame: Frame, other: Frame, values: Mapping[str, Value]) -> Frame:
        """Return the frame with the names of both sides."""
        sides = {self.left.name: frame, self.right.name: replace(other, names=replace(other.names, values=values))}
        names = PlanNames(
            values={f"{side}.{name}": value for side, each in sides.items() for name, value in each.values.items()},
            aliases={
                f"{side}.{alias}": f"{side}.{name}"
                for side, each in sides.items()
                for alias, name in each.names.aliases.items()
            },
            sides=tuple(sides),
        )
        made = frame.replaced_by(frame.lazy, names, frame.rows.order, made_by="join", row=frame.rows.row)
        default = tuple(f"{side}.{name}" for side, each in sides.items() for name in each.output.columns)
        return replace(
            made,
            names=replace(made.names, ephemeral=frozenset()),
            output=replace(made.output, shown=None, default=default),
        )

    def __str__(self) -> str:
        kind = "left" if self.outer else "inner"
        left, right = print_name(self.left.name), print_name(self.right.name)
        where = " and ".join(
            f"{left}.{print_name(pair.left.name)} = {right}.{print_name(pair.right.name)}" for pair in self.pairs
        )
        return f"join type={kind} left={left} right={right} where {where} ({print_query(self.query)})"


def _pair(parser: Parser, left: tree.Target, right: tree.Target) -> Pair:
    """Parse ``A.k = B.k``, or the other way round."""
    first = parser.field(f"a field of a side, such as `{left.name}.srcAddr`")
    parser.expect("=", "`=`: the sides of a join can only be equal")
    second = parser.field(f"a field of a side, such as `{right.name}.srcAddr`")
    sides = {}
    for name in (first, second):
        for side in (left.name, right.name):
            if name.name.startswith(f"{side}.") and side not in sides:
                sides[side] = tree.Name(name.name[len(side) + 1 :], span=name.span)
                break
    if len(sides) < 2:
        raise MalformedQuery(
            "the condition of a join names one field of each side",
            first.span.to(second.span),
            hint=f"write `where {left.name}.FIELD = {right.name}.FIELD`",
        )
    return Pair(sides[left.name], sides[right.name], span=first.span.to(second.span))


def _keyed(frame: Frame, keys: list[str], fields: list[tree.Name]) -> list[pl.Expr]:
    values = [frame.field(each.name, each.span) for each in fields]
    return [equality_key(value).alias(key) for key, value in zip(keys, values, strict=True)]


def held(frame: Frame, names: Iterable[str]) -> tuple[dict[str, Value], dict[str, pl.Expr]]:
    """Return values of a frame over columns of their own, and these columns."""
    values, columns = dict[str, Value](), dict[str, pl.Expr]()
    for name in names:
        value = frame.values[name]
        fresh = {part: frame.query.fresh(f"{name}.{part}") for part in value.parts}
        columns |= {fresh[part]: expression for part, expression in value.parts.items()}
        values[name] = value.rebuild({part: pl.col(column) for part, column in fresh.items()})
    return values, columns
