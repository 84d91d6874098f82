"""Definitions of functions: one decorated Python function each, from which arity, coercion, help and hints derive."""

from __future__ import annotations

import inspect
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar

import polars as pl
from msgspec import Struct

from flowlocal.language import tree
from flowlocal.values import Value

if TYPE_CHECKING:
    from fractions import Fraction

F = TypeVar("F", bound=Callable[..., Any])


class Coercion(Struct, frozen=True):
    """How an argument is coerced before the function body sees it; the name appears in error messages."""

    name: str


TEXT = Coercion("text")
REAL = Coercion("number")
WHOLE = Coercion("whole number")
INSTANT = Coercion("time")
CONDITION = Coercion("condition")
WRITTEN = Coercion("text in quotes")
WRITTEN_NUMBER = Coercion("plain number")
PATTERN = Coercion("regular expression")
DOCUMENT = Coercion("JSON")

TextArg = Annotated[pl.Expr, TEXT]
"""String: the argument as text; null if missing."""
FloatArg = Annotated[pl.Expr, REAL]
"""Float64: the argument as a double; null if missing or not a number."""
IntArg = Annotated[pl.Expr, WHOLE]
"""Int64: the argument as a number without its fraction; null if missing or not a number."""
TimeArg = Annotated[pl.Expr, INSTANT]
"""Int64: the argument as epoch milliseconds; null for a time before the year 1 or after the year 9999."""
Condition = Annotated[pl.Expr, CONDITION]
"""Boolean without nulls: True if the argument counts as true."""
TextLiteral = Annotated[str, WRITTEN]
"""A text literal in the query."""
WrittenNumber = Annotated[float, WRITTEN_NUMBER]
"""A number literal in the query."""
Pattern = Annotated[str, PATTERN]
"""A regular expression as a text literal in the query; already validated."""
Document = Annotated[pl.Expr, DOCUMENT]
"""String: the JSON text of a map or list, or the argument's text."""


class Parameter(Struct, frozen=True):
    """A parameter: its name, its coercion (or Value, Number or Duration), and whether it is optional or may repeat."""

    name: str
    coercion: object
    optional: bool = False
    repeated: bool = False

    @property
    def label(self) -> str:
        """The parameter as written in a signature."""
        name = f"{self.name}, …" if self.repeated else self.name
        return f"[{name}]" if self.optional else name


class Example(Struct, frozen=True):
    """An expression and its printed value; run by the tests and shown in the documentation."""

    query: str
    answer: str | None


class BadArgument(Exception):
    """Raised by the body of a function for an invalid argument, while the query is compiled.

    Attributes:
        message: what is wrong.
        argument: the 0-based position of the argument, or None for the whole call.
        hint: what to write instead.
    """

    def __init__(self, message: str, argument: int | None = None, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.argument = argument
        self.hint = hint


Columns = Mapping[str, pl.Expr]
"""The columns that an aggregate requested of each group, by name."""


class Merge(Struct, frozen=True):
    """How the columns of parts of a group become those of the whole group.

    Attributes:
        merged: returns expressions over the rows of the parts, given the columns of the aggregate and ``further``.
        further: expressions that give one more value per part, which only merging needs.
    """

    merged: Callable[[Columns], Columns]
    further: Columns = types.MappingProxyType({})


SHUFFLED = None
"""The ``merge`` of an aggregate that needs all events of a group: on a cluster they are sent to one task."""


class Rank(Struct, frozen=True):
    """A list of the values of a group, of which only one is asked for: the first that a part of them do not exceed.

    Attributes:
        values: the values, whole numbers; null where there is none.
        part: the part, from 0 to 1, by nearest rank.
    """

    values: pl.Expr
    part: Fraction

    @property
    def column(self) -> pl.Expr:
        """The list of all values, as Polars makes it."""
        return self.values.drop_nulls().implode()


class Total(Struct, frozen=True):
    """A number that is made of each group by adding or comparing whole numbers.

    Attributes:
        made: ``rows`` (their number), or of the values ``count``, ``sum`` (Int128), ``least`` or ``largest``.
        values: the values; null where there is none. The number of rows needs none.
    """

    made: Literal["rows", "count", "sum", "least", "largest"]
    values: pl.Expr = pl.lit(None, pl.Int64)

    @property
    def column(self) -> pl.Expr:
        """The number, as Polars makes it."""
        match self.made:
            case "rows":
                return pl.len()
            case "count":
                return self.values.count()
            case "sum":
                return self.values.cast(pl.Int128).sum()
            case "least":
                return self.values.min()
            case "largest":
                return self.values.max()


class Aggregation(Struct, frozen=True):
    """The columns that an aggregate needs of each group, and how they become its value.

    Attributes:
        columns: expressions that give one value per group, or what the native library can make as well; of a ``Rank``
            ``value`` takes lists of the value that is asked for alone, too.
        value: returns the aggregate's value, given columns with the names of ``columns``.
        merge: how parts of a group are merged, or ``SHUFFLED``.
        holds: True if all events of a group must be in memory at once.
    """

    columns: Mapping[str, pl.Expr | Rank | Total]
    value: Callable[[Columns], Value]
    merge: Merge | None
    holds: bool = False

    @property
    def expressions(self) -> dict[str, pl.Expr]:
        """The columns, as Polars makes them."""
        return {name: each if isinstance(each, pl.Expr) else each.column for name, each in self.columns.items()}


class Function(Struct, frozen=True, dict=True):
    """A function of the language.

    Attributes:
        name: as the documentation spells it.
        aliases: other names.
        body: returns the value, or the aggregation, given coerced arguments.
        aggregate: True if it aggregates the events of a group.
        examples: expressions with their answers.
        source: ``documented``, ``recorded`` or ``decided``, and where.
        grouping: True if it is only allowed after ``by``.
        alone: True if it must be the only aggregate of its ``stats``, without ``by``.
        implied: the argument that may come before the others and changes nothing: ``*`` of ``count(*)``, the
            field of ``bin(@timestamp, 1h)``; None if there is none.
    """

    name: str
    aliases: tuple[str, ...]
    body: Callable[..., Any]
    aggregate: bool
    examples: tuple[Example, ...]
    source: str
    grouping: bool = False
    alone: bool = False
    implied: tree.Expression | None = None

    @property
    def family(self) -> str:
        """The title of the module that defines the function."""
        return (inspect.getmodule(self.body).__doc__ or "").split("\n")[0].rstrip(".")

    @property
    def doc(self) -> str:
        """The documentation of the function: the docstring of its body."""
        return inspect.getdoc(self.body) or ""

    @property
    def signature(self) -> str:
        """The call as shown to users: ``substr(text, start, [length])``."""
        return f"{self.name}({', '.join(parameter.label for parameter in self.parameters)})"

    @cached_property
    def parameters(self) -> tuple[Parameter, ...]:
        """The parameters, read from the annotations of the body; those before ``*`` are arguments in the query."""
        hints = typing.get_type_hints(self.body, include_extras=True)
        return tuple(
            _parameter(each, hints[each.name])
            for each in inspect.signature(self.body).parameters.values()
            if each.kind is not inspect.Parameter.KEYWORD_ONLY
        )

    @cached_property
    def wants_context(self) -> bool:
        """True if the body has the keyword argument ``context``."""
        return "context" in inspect.signature(self.body).parameters

    def arity(self) -> tuple[int, int | None]:
        """Return the minimum and maximum number of arguments; None for no maximum."""
        least = sum(not each.optional for each in self.parameters)
        return least, None if any(each.repeated for each in self.parameters) else len(self.parameters)


def _parameter(parameter: inspect.Parameter, hint: object) -> Parameter:
    repeated = parameter.kind is inspect.Parameter.VAR_POSITIONAL
    optional = parameter.default is not inspect.Parameter.empty
    if isinstance(hint, types.UnionType) or typing.get_origin(hint) is typing.Union:
        optional = True
        hint = next(each for each in typing.get_args(hint) if each is not types.NoneType)
    metadata = getattr(hint, "__metadata__", ())
    coercion = next((each for each in metadata if isinstance(each, Coercion)), hint)
    return Parameter(parameter.name.rstrip("_"), coercion, optional, repeated)


_CATALOGUE = "flowlocal.functions"
"""The package whose modules define them; a higher layer, imported by name on demand."""
_FUNCTIONS: dict[str, Function] = {}
_COMMON = ("aggregates", "time", "statistics", "ip")
"""The families that queries need most, the commonest first."""


def plain(name: str) -> str:
    """Return the normalised name of a function: letter case and underscores do not count (decided)."""
    return name.replace("_", "").lower()


def function(
    name: str,
    *aliases: str,
    examples: Sequence[tuple[str, str | None]] = (),
    source: str = "documented",
    grouping: bool = False,
    implied: tree.Expression | None = None,
) -> Callable[[F], F]:
    """Define a scalar function."""

    def register(body: F) -> F:
        _define(Function(name, aliases, body, False, _shown(examples), source, grouping=grouping, implied=implied))
        return body

    return register


def aggregate(
    name: str,
    *aliases: str,
    examples: Sequence[tuple[str, str | None]] = (),
    source: str = "documented",
    alone: bool = False,
    implied: tree.Expression | None = None,
) -> Callable[[F], F]:
    """Define an aggregate function; its body returns an ``Aggregation``."""

    def register(body: F) -> F:
        _define(Function(name, aliases, body, True, _shown(examples), source, alone=alone, implied=implied))
        return body

    return register


def _shown(examples: Sequence[tuple[str, str | None]]) -> tuple[Example, ...]:
    return tuple(Example(*example) for example in examples)


def _define(definition: Function) -> None:
    for each in (definition.name, *definition.aliases):
        if plain(each) in _FUNCTIONS:
            raise ValueError(f"two functions are called {each}")
        _FUNCTIONS[plain(each)] = definition


def find(name: str) -> Function | None:
    """Return the function of that name, or None."""
    if plain(name) not in _FUNCTIONS:
        _load(plain(name))
    return _FUNCTIONS.get(plain(name))


def is_loaded(name: str) -> bool:
    """Return True if the module of a function with that name has been imported."""
    return plain(name) in _FUNCTIONS


def _load(name: str) -> None:
    """Import the modules of the catalogue until one defines the name, so that a short query starts quickly."""
    modules = [module.name for module in iter_modules(import_module(_CATALOGUE).__path__)]
    for module in sorted(modules, key=lambda module: (*_COMMON, module).index(module)):
        if name in _FUNCTIONS:
            return
        import_module(f"{_CATALOGUE}.{module}")


def all_functions() -> tuple[Function, ...]:
    """Return every function once, sorted by name."""
    _load("")
    return tuple(sorted({each.name: each for each in _FUNCTIONS.values()}.values(), key=lambda each: each.name.lower()))


def known_names(*, aggregates: bool = True) -> list[str]:
    """Return every name and alias of the functions as documented, with or without those of aggregates."""
    found = (each for each in all_functions() if aggregates or not each.aggregate)
    return [name for each in found for name in (each.name, *each.aliases)]


def is_aggregate(name: str) -> bool:
    """Return True if there is an aggregate of that name."""
    found = find(name)
    return found is not None and found.aggregate
