"""The arguments of ``SOURCE``: log groups and a time range."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence

import polars as pl

from flowlocal import epoch
from flowlocal.compiler.periods import period_milliseconds
from flowlocal.language import tree
from flowlocal.language.errors import MalformedQuery
from flowlocal.language.lexer import TokenKind
from flowlocal.language.parser import Parser
from flowlocal.language.suggest import did_you_mean
from flowlocal.language.unparse import print_expression, print_string
from flowlocal.planning.hooks import LogGroups

_FLOW_LOGS = "amazon_vpc.flow"
_MOST = {"nameprefix": 5, "accountidentifier": 20, "accountidentifiers": 20, "datasource": 10, "class": 2}
"""The largest number of values of each (documented)."""


class GroupSelector(tree.Node, frozen=True):
    """One way to name log groups."""

    @property
    def accounts(self) -> tuple[str, ...]:
        """The accounts of the groups; empty for all."""
        return ()

    @abstractmethod
    def named(self, loaded: LogGroups) -> set[str]:
        """Return the loaded groups that are selected; raise MalformedQuery if there are none."""

    @abstractmethod
    def __str__(self) -> str:
        """Return the groups as a query writes them after ``SOURCE``."""

    def condition(self, log: pl.Expr, loaded: LogGroups) -> pl.Expr | None:
        """Return a Boolean over ``@log``, ``account:group`` or ``group``: True for selected events; None for all."""
        groups = self.named(loaded)
        tests = [] if groups == set(loaded.names) else [log.str.extract("([^:]*)$").is_in(sorted(groups))]
        tests += [log.str.extract("^([^:]*):").is_in(self.accounts)] if self.accounts else []
        return pl.all_horizontal(tests).fill_null(value=False) if tests else None


class NamedGroup(GroupSelector, frozen=True):
    """A log group by its name or ARN."""

    name: str

    @property
    def group(self) -> str:
        """The name of the group without the rest of its ARN."""
        return self.name.split(":log-group:")[-1].removesuffix(":*") if self.name.startswith("arn:") else self.name

    def named(self, loaded: LogGroups) -> set[str]:
        """Return the one group."""
        found = loaded.those(lambda each: each == self.group)
        if not found:
            raise _not_loaded(f"the log group {self.group} was not loaded", self, self.group, loaded.names)
        return found

    def __str__(self) -> str:
        return print_string(self.name)


class MatchingGroups(GroupSelector, frozen=True):
    """``logGroups(…)``: groups by prefixes of their names and by accounts (default: all)."""

    prefixes: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()

    def named(self, loaded: LogGroups) -> set[str]:
        """Return the groups whose names begin with a prefix."""
        found = loaded.those(lambda each: each.startswith(self.prefixes or ("",)))
        if not found:
            raise _not_loaded("no log group of such a name was loaded", self, self.prefixes[0], loaded.names)
        return found

    def __str__(self) -> str:
        options = {"namePrefix": self.prefixes, "accountIdentifiers": self.accounts}
        return f"logGroups({', '.join(f'{name}: {_printed(values)}' for name, values in options.items() if values)})"


class DataSources(GroupSelector, frozen=True):
    """``dataSource([…])``, optionally followed by ``logGroups(…)``; only flow logs are known here."""

    sources: tuple[str, ...]
    within: MatchingGroups = MatchingGroups()

    @property
    def accounts(self) -> tuple[str, ...]:
        """The accounts of ``logGroups``."""
        return self.within.accounts

    def named(self, loaded: LogGroups) -> set[str]:
        """Return the groups, all of which are flow logs."""
        if _FLOW_LOGS not in self.sources:
            raise MalformedQuery(
                f"no events of the data source {self.sources[0]} were loaded",
                self.span,
                hint=f"logs read here count as `{_FLOW_LOGS}`",
            )
        return self.within.named(loaded)

    def __str__(self) -> str:
        within = f" {self.within}" if self.within != MatchingGroups() else ""
        return f"dataSource({_printed(self.sources)}){within}"


def _printed(values: Sequence[str]) -> str:
    return f"[{', '.join(map(print_string, values))}]"


def _not_loaded(message: str, groups: GroupSelector, name: str, loaded: Sequence[str]) -> MalformedQuery:
    near, listed = did_you_mean(name, loaded), ", ".join(f"`{each}`" for each in loaded)
    load = f"loaded are {listed}; `--log-group {name}=PATH` loads another"
    return MalformedQuery(message, groups.span, hint=f"{near} {load}".strip())


class Range(tree.Node, frozen=True):
    """``start=…`` and ``end=…``: a number, a duration before now, or ``now``; None if left out."""

    start: tree.Expression | None = None
    end: tree.Expression | None = None

    def bounds(self, now: int) -> tuple[int | None, int | None]:
        """Return the epoch milliseconds of both ends, inclusive; an end in seconds includes its whole second."""
        start, end = (None if each is None else _moment(each, now) for each in (self.start, self.end))
        whole = isinstance(self.end, tree.NumberLiteral) and self.end.value < epoch.SECONDS_BELOW
        return start, end + 999 if end is not None and whole else end

    def __str__(self) -> str:
        given = {"start": self.start, "end": self.end}
        return "".join(f" {name}={_print_moment(each)}" for name, each in given.items() if each is not None)


def _moment(moment: tree.Expression, now: int) -> int:
    if isinstance(moment, tree.NumberLiteral):
        return epoch.milliseconds(moment.value)
    back = moment.operand if isinstance(moment, tree.Unary) else None
    return now - period_milliseconds(back) if isinstance(back, tree.Duration) else now


def _print_moment(moment: tree.Expression) -> str:
    return print_expression(moment) if isinstance(moment, tree.NumberLiteral | tree.Unary) else "now"


def read_range(parser: Parser) -> Range:
    """Parse ``[start=TIME] [end=TIME]``."""
    found: dict[str, tree.Expression] = {}
    begin = parser.peek().span
    while parser.at_word("start", "end") and parser.followed_by("="):
        word = parser.next().value.lower()
        parser.expect("=")
        found[word] = _read_moment(parser)
    return Range(found.get("start"), found.get("end"), span=parser.since(begin) if found else begin)


def _read_moment(parser: Parser) -> tree.Expression:
    found = parser.expression()
    match found:
        case tree.Name("now") | tree.Call("now", ()) | tree.Duration(0):
            return tree.Name("now", span=found.span)
        case tree.NumberLiteral(int() as number) if epoch.in_calendar(epoch.milliseconds(number)) is not None:
            return found
        case tree.Unary("-", tree.Duration() as period):
            period_milliseconds(period)
            return found
    raise MalformedQuery(
        "this is not a point in time",
        found.span,
        hint="write epoch seconds or milliseconds up to the year 9999, `now`, or a duration before now such as `-1d`",
    )


def read_groups(parser: Parser) -> GroupSelector:
    """Parse one way to name log groups."""
    token = parser.peek()
    if token.kind is TokenKind.STRING or not parser.followed_by("("):
        expected = "a log group in quotes, `logGroups(…)` or `dataSource([…])`"
        name = parser.next() if token.kind is TokenKind.STRING else parser.name(expected)
        return NamedGroup(name.value, span=name.span)
    if parser.accept_word("loggroups"):
        return _matching(parser)
    if parser.accept_word("datasource"):
        return _data_sources(parser)
    if parser.at_word("loggrouptags"):
        raise MalformedQuery(
            "the tags of log groups are known to the service only",
            token.span,
            hint='name the groups: `SOURCE logGroups(namePrefix: ["…"])`',
        )
    raise parser.unexpected(expected="a log group in quotes, `logGroups(…)` or `dataSource([…])`")


def _matching(parser: Parser) -> MatchingGroups:
    begin, found = parser.last, dict[str, tuple[str, ...]]()
    parser.expect("(")
    while not parser.accept(")"):
        if found:
            parser.expect(",", "`,` and another option, or `)`")
        word = parser.name("`namePrefix` or `accountIdentifiers`")
        option = word.value.lower()
        if option in ("class", "loggroupclass"):
            parser.expect(":")
            found["class"] = _standard(parser)
            continue
        if option not in ("nameprefix", "accountidentifier", "accountidentifiers") or option in found:
            raise MalformedQuery(
                f"logGroups has no such option here: {word.value}",
                word.span,
                hint="its options are `namePrefix: […]` and `accountIdentifiers: […]`, each once",
            )
        parser.expect(":")
        found[option] = _strings(parser, option)
    accounts = found.get("accountidentifiers", ()) + found.get("accountidentifier", ())
    return MatchingGroups(found.get("nameprefix", ()), accounts, span=parser.since(begin))


def _standard(parser: Parser) -> tuple[str, ...]:
    """Parse a list of classes; local log groups have the default one."""
    opening = parser.peek().span
    classes = _strings(parser, "class")
    if any(each.upper() != "STANDARD" for each in classes):
        raise MalformedQuery(
            "log groups of other classes than STANDARD are known to the service only", parser.since(opening)
        )
    return classes


def _data_sources(parser: Parser) -> DataSources:
    begin = parser.last
    parser.expect("(")
    sources = _strings(parser, "datasource")
    parser.expect(")")
    parser.accept(",")
    within = _matching(parser) if parser.accept_word("loggroups") else MatchingGroups()
    return DataSources(sources, within, span=parser.since(begin))


def _strings(parser: Parser, option: str) -> tuple[str, ...]:
    """Parse a list of texts, or a single text."""
    if parser.peek().kind is TokenKind.STRING:
        return (parser.next().value,)
    opening = parser.expect("[", 'a list of texts such as `["a", "b"]`')
    values = parser.separated(lambda: parser.string().value)
    parser.expect("]", "`,` and another text, or `]`")
    if len(values) > _MOST[option]:
        raise MalformedQuery(f"at most {_MOST[option]} values are allowed here", parser.since(opening.span))
    return values
