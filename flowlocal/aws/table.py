"""The table of operations: one function each, from a request and a store to an answer."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Any, TypeVar

from flowlocal.aws.errors import ApiError, unreadable
from flowlocal.aws.request import Request
from flowlocal.aws.validation import checked
from flowlocal.events import UnreadableInput

if TYPE_CHECKING:
    from flowlocal.aws.store import Store

Answer = dict[str, Any]
LINK = "https://github.com/flowlocal/flowlocal/blob/main/docs/api-operations.md"
S = TypeVar("S")


class Encoded(str):
    """A member of an answer that is JSON text already: a page of results as objects takes ten times the memory."""


def encode(answer: Answer) -> str:
    """Return the JSON of an answer."""
    members = (f"{json.dumps(name)}: {_encoded(value)}" for name, value in answer.items())
    return f"{{{', '.join(members)}}}"


def _encoded(value: object) -> str:
    return value if isinstance(value, Encoded) else json.dumps(value)


@dataclass(frozen=True)
class Operation:
    """One operation of the API.

    Attributes:
        name: its name in the API.
        answer: what it does.
        written: does it need a store whose groups are written through this API?
        fills_gap: should it stand back where moto answers the operation itself?
        ours: True if the service does not have it.
    """

    name: str
    answer: Callable[[Request, Any], Answer]
    written: bool
    fills_gap: bool
    ours: bool


_TABLE: dict[str, Operation] = {}


def operation(
    name: str, *, written: bool = False, fills_gap: bool = False, ours: bool = False
) -> Callable[[Callable[[Request, S], Answer]], Callable[[Request, S], Answer]]:
    """Enter a function into the table.

    Args:
        name: the operation's name in the API.
        written: does it need a store whose groups are written through this API (and not by moto)?
        fills_gap: should it stand back where moto answers the operation itself?
        ours: True if the service does not have it.
    """

    def enter(function: Callable[[Request, S], Answer]) -> Callable[[Request, S], Answer]:
        _TABLE[name] = Operation(name, function, written, fills_gap, ours)
        return function

    return enter


def operations() -> Mapping[str, Operation]:
    """Every operation, from all modules of ``flowlocal.aws.operations``."""
    from flowlocal.aws import operations as package  # noqa: PLC0415 - its modules import this one

    for module in iter_modules(package.__path__):
        import_module(f"{package.__name__}.{module.name}")
    return _TABLE


def answer(name: str, request: Request, store: Store) -> Answer:
    """Return the answer of an operation.

    Raises:
        ApiError: the operation is not known, or refuses.
    """
    found = operations().get(name)
    if found is None:
        raise ApiError("UnknownOperationException", f"flowlocal does not answer {name[:100]}; what it answers: {LINK}")
    try:
        return found.answer(Request(checked(name, request.members), request.id), store)
    except UnreadableInput as error:
        raise unreadable(error) from error
