"""Scalar and aggregate functions, one value at a time."""

from __future__ import annotations

import base64
import hashlib
import ipaddress
import math
import re
from collections.abc import Callable, Sequence
from decimal import ROUND_HALF_UP, Context, Decimal

from tests.oracle.model import (
    LARGEST,
    Figure,
    Moment,
    Value,
    condition,
    divide,
    exact,
    figure,
    finite,
    print_double,
    text,
)
from tests.oracle.order import group_of, natural

Scalar = Callable[..., Value]
SCALARS: dict[str, Scalar] = {}
AGGREGATES: dict[str, Callable[..., Value]] = {}


def scalar(*names: str) -> Callable[[Scalar], Scalar]:
    """Put a function into the table of scalars."""

    def register(function: Scalar) -> Scalar:
        SCALARS.update(dict.fromkeys(names, function))
        return function

    return register


def of_numbers(name: str, function: Callable[..., Figure]) -> None:
    """Return a function of numbers that is missing if one of them is."""

    def call(*values: Value) -> Value:
        numbers = [figure(value) for value in values]
        return None if None in numbers else function(*numbers)

    SCALARS[name] = call


def of_texts(name: str, function: Callable[..., Value]) -> None:
    """Return a function of texts that is missing if one of them is."""

    def call(*values: Value) -> Value:
        texts = [text(value) for value in values]
        return None if None in texts else function(*texts)

    SCALARS[name] = call


# General


@scalar("ispresent")
def ispresent(value: Value) -> Value:
    """Is there a value?"""
    return value is not None


@scalar("coalesce")
def coalesce(*values: Value) -> Value:
    """Return the first value that is not missing."""
    return next((value for value in values if value is not None), None)


@scalar("if")
def if_(test: Value, then: Value, otherwise: Value) -> Value:
    """One or the other."""
    return then if condition(test) else otherwise


@scalar("case")
def case(*values: Value) -> Value:
    """Return the argument after the first condition that is true, else the odd last one."""
    for test, value in zip(values[::2], values[1::2], strict=False):
        if condition(test):
            return value
    return values[-1] if len(values) % 2 else None


@scalar("isnumeric")
def isnumeric(value: Value) -> Value:
    """Return True if a text reads as a number."""
    return figure(value) is not None


@scalar("isempty")
def isempty(value: Value) -> Value:
    """Missing, or an empty text?"""
    return int(value is None or text(value) == "")


@scalar("isblank")
def isblank(value: Value) -> Value:
    """Missing, or nothing but white space?"""
    return int(value is None or re.fullmatch(r"\s*", text(value) or "x") is not None)


# Numbers


def _whole(number: float) -> Figure:
    return exact(int(number), number)


of_numbers("abs", abs)
of_numbers("ceil", lambda number: _whole(math.ceil(number)))
of_numbers("floor", lambda number: _whole(math.floor(number)))
of_numbers("sqrt", lambda number: math.sqrt(number) if number >= 0 else None)
of_numbers("log", lambda number: math.log(number) if number > 0 else None)
of_numbers("tonumber", lambda number: number)
of_numbers("todouble", float)
of_numbers("tolong", lambda number: int(number) if abs(int(number)) <= LARGEST else None)
of_numbers("toint", lambda number: int(number) if -(2**31) <= int(number) < 2**31 else None)


@scalar("round")
def round_(value: Value, decimals: Value = 0) -> Value:
    """Halves away from zero, on the digits as printed in full."""
    number, places = figure(value), figure(decimals)
    if number is None or not isinstance(places, int):
        return None
    if isinstance(number, int) and places >= 0:
        return number
    unit = Decimal(1).scaleb(-places)
    rounded = Decimal(repr(number)).quantize(unit, context=Context(prec=800, rounding=ROUND_HALF_UP))
    return exact(int(rounded), float(rounded)) if isinstance(number, int) else float(rounded)


def _extreme(pick: Callable[[Sequence[float]], float]) -> Scalar:
    def call(*values: Value) -> Value:
        numbers = [number for value in values if (number := figure(value)) is not None]
        if not numbers:
            return None
        best = pick([float(number) for number in numbers])
        whole = [number for number in numbers if isinstance(number, int)]
        return pick(whole) if whole and float(pick(whole)) == best else best

    return call


SCALARS["greatest"], SCALARS["least"] = _extreme(max), _extreme(min)


# Texts

_WHITE = "".join(
    map(chr, [*range(9, 14), 32, 0x85, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x2028, 0x2029, 0x202F, 0x205F])
)
_WHITE += "\u3000"


@scalar("concat")
def concat(*values: Value) -> Value:
    """Return the texts that are not missing, joined."""
    texts = [each for value in values if (each := text(value)) is not None]
    return "".join(texts) if texts else None


of_texts("strlen", len)
of_texts("messagesize", lambda subject: len(subject.encode()))
of_texts("toupper", str.upper)
of_texts("tolower", str.lower)
of_texts("trim", lambda subject, characters=_WHITE: subject.strip(characters) if characters else subject)
of_texts("ltrim", lambda subject, characters=_WHITE: subject.lstrip(characters) if characters else subject)
of_texts("rtrim", lambda subject, characters=_WHITE: subject.rstrip(characters) if characters else subject)
of_texts("replace", lambda subject, search, new: subject.replace(search, new) if search else subject)
of_texts("strcontains", lambda subject, search: int(search in subject))
of_texts("startswith", lambda subject, search: int(subject.startswith(search)))
of_texts("endswith", lambda subject, search: int(subject.endswith(search)))
of_texts("md5", lambda subject: hashlib.md5(subject.encode()).hexdigest())
of_texts("sha256", lambda subject: hashlib.sha256(subject.encode()).hexdigest())
of_texts("base64encode", lambda subject: base64.b64encode(subject.encode()).decode())


@scalar("substr")
def substr(value: Value, start: Value, *length: Value) -> Value:
    """Return a part of a text; bounds below 0 count as 0."""
    subject, bounds = text(value), [figure(each) for each in (start, *length)]
    if subject is None or any(bound is None or not -LARGEST <= int(bound) <= LARGEST for bound in bounds):
        return None
    first, *rest = [max(0, int(bound)) for bound in bounds if bound is not None]
    return subject[first : first + rest[0]] if rest else subject[first:]


# Addresses


def _address(subject: str | None, version: int | None = None) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        found = ipaddress.ip_address("%" if subject is None or "%" in subject else subject)
    except ValueError:
        return None
    return found if version in (None, found.version) else None


SCALARS["isvalidip"] = lambda value: _address(text(value)) is not None
SCALARS["isvalidipv4"] = lambda value: _address(text(value), 4) is not None
SCALARS["isvalidipv6"] = lambda value: _address(text(value), 6) is not None


def _in_subnet(value: Value, subnet: Value) -> Value:
    address, network = _address(text(value)), ipaddress.ip_network(str(subnet))
    return address is not None and address.version == network.version and address in network


SCALARS.update(dict.fromkeys(["isipinsubnet", "isipv4insubnet", "isipv6insubnet"], _in_subnet))


@scalar("ipv4tonumber")
def ipv4_to_number(value: Value) -> Value:
    """Return the number of an IPv4 address."""
    address = _address(text(value), 4)
    return None if address is None else int(address)


# Times

of_numbers("frommillis", lambda number: Moment(int(number)))  # type: ignore[arg-type,return-value]
of_numbers("tomillis", int)


# Aggregates


def _numbers(values: Sequence[Value]) -> list[int | float]:
    return [number for value in values if (number := figure(value)) is not None]


def count(values: Sequence[Value]) -> Value:
    """How many are there; nothing where none is."""
    return sum(value is not None for value in values) or None


def count_distinct(values: Sequence[Value]) -> Value:
    """How many different ones are there; nothing where none is."""
    return len({group_of(value) for value in values if value is not None}) or None


def total(values: Sequence[Value]) -> Figure:
    """Return the sum of the numbers: exact as long as all of them are whole."""
    numbers = _numbers(values)
    if not numbers:
        return None
    whole = sum(number for number in numbers if isinstance(number, int))
    fractions = sum(number for number in numbers if isinstance(number, float))
    return exact(whole, float(whole)) if fractions == 0 else finite(float(whole) + fractions)


def average(values: Sequence[Value]) -> Value:
    """Return the mean of the numbers."""
    return divide(total(values), len(_numbers(values)))


def _end(values: Sequence[Value], *, last: bool) -> Value:
    numbers = _numbers(values)
    texts = sorted((value for value in values if isinstance(value, str)), key=natural)
    if numbers:
        best = _extreme(max if last else min)(*numbers)
        return best if not texts else _as_text(best)
    return (texts[-1] if last else texts[0]) if texts else None


def _as_text(number: Value) -> Value:
    """Beside texts, the largest of them is a text as well."""
    return print_double(number) if isinstance(number, float) else text(number)


AGGREGATES |= {"count": count, "countdistinct": count_distinct, "sum": total, "avg": average}
AGGREGATES |= {"min": lambda values: _end(values, last=False), "max": lambda values: _end(values, last=True)}


def percentile(values: Sequence[Value], percent: float) -> Value:
    """Return the value at the nearest rank; 0 of no values."""
    numbers = sorted(_numbers(values))
    rank = max(1, math.ceil(percent / 100 * len(numbers)))
    return numbers[rank - 1] if numbers else 0


def deviation(values: Sequence[Value], *, squared: bool) -> Value:
    """Of the whole population."""
    numbers = [float(number) for number in _numbers(values)]
    if not numbers:
        return None
    mean = math.fsum(numbers) / len(numbers)
    variance = math.fsum((number - mean) ** 2 for number in numbers) / len(numbers)
    return variance if squared else math.sqrt(variance)
