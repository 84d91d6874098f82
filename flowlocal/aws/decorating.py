"""Decorators of ``mock_insights``: every kind of function runs with the mock in place, or is refused."""

from __future__ import annotations

import inspect
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import AbstractContextManager, aclosing
from functools import wraps
from typing import Any, ParamSpec, TypeVar, cast

P = ParamSpec("P")
R = TypeVar("R")
Decorated = TypeVar("Decorated", bound=Callable[..., Any])
Mock = AbstractContextManager[object]
_RUN = ("test", "setUp", "asyncSetUp", "setup_method", "tearDown", "asyncTearDown", "teardown_method")
"""How the members of a class of tests begin that run with the mock."""


def decorated(mock: Mock, target: Decorated) -> Decorated:
    """Return a function, a generator function (each may be asynchronous) or a class of tests with a mock around it.

    A generator and a coroutine are in the mock from their first step to their last, not while they are made.

    Raises:
        TypeError: it is nothing of that kind, or a plain function around a coroutine function: the coroutine would
            run after the mock is left, or not at all.
    """
    if inspect.isclass(target):
        return cast("Decorated", _class(mock, target))
    if not callable(target):
        raise TypeError(f"mock_insights decorates functions and classes of tests, not {type(target).__name__}")
    if inspect.isasyncgenfunction(target):
        return cast("Decorated", _async_generator(mock, target))
    if inspect.iscoroutinefunction(target):
        return cast("Decorated", _coroutine(mock, target))
    if inspect.isgeneratorfunction(target):
        return cast("Decorated", _generator(mock, target))
    _check_plain(target)
    return cast("Decorated", _function(mock, target))


def _check_plain(target: Callable[..., object]) -> None:
    inner = inspect.unwrap(target)
    call = getattr(inner, "__call__", None)  # noqa: B004 - an object may have an asynchronous one
    for each in (inner, call):
        if inspect.iscoroutinefunction(each) or inspect.isasyncgenfunction(each) or inspect.isgeneratorfunction(each):
            name = getattr(inner, "__qualname__", type(inner).__qualname__)
            raise TypeError(
                f"mock_insights cannot decorate {name}: another decorator has made a plain function of it, which "
                "returns before it has run. Write `with mock_aws(), mock_insights():` in its body instead"
            )


def _function(mock: Mock, function: Callable[P, R]) -> Callable[P, R]:
    @wraps(function)
    def inside(*args: P.args, **kwargs: P.kwargs) -> R:
        with mock:
            return function(*args, **kwargs)

    return inside


def _coroutine(mock: Mock, function: Callable[P, Awaitable[R]]) -> Callable[P, Awaitable[R]]:
    @wraps(function)
    async def inside(*args: P.args, **kwargs: P.kwargs) -> R:
        with mock:
            return await function(*args, **kwargs)

    return inside


def _generator(mock: Mock, function: Callable[P, Generator[Any, Any, R]]) -> Callable[P, Generator[Any, Any, R]]:
    @wraps(function)
    def inside(*args: P.args, **kwargs: P.kwargs) -> Generator[Any, Any, R]:
        with mock:
            return (yield from function(*args, **kwargs))

    return inside


def _async_generator(
    mock: Mock, function: Callable[P, AsyncGenerator[Any, Any]]
) -> Callable[P, AsyncGenerator[Any, Any]]:
    @wraps(function)
    async def inside(*args: P.args, **kwargs: P.kwargs) -> AsyncGenerator[Any, Any]:
        with mock:
            async with aclosing(function(*args, **kwargs)) as inner:
                step = inner.asend(None)
                while True:  # what `yield from` does in a plain generator
                    try:
                        value = await step
                    except StopAsyncIteration:
                        return
                    try:
                        step = inner.asend((yield value))
                    except GeneratorExit:
                        raise
                    except BaseException as error:  # noqa: BLE001 - it is handed on
                        step = inner.athrow(error)

    return inside


def _alone(mock: Mock, method: Callable[[object], R]) -> Callable[[object], R]:
    """Return a method that takes nothing: pytest counts the parameters of ``setup_method``, and ``*args`` is none."""

    @wraps(method)
    def inside(self: object) -> R:
        with mock:
            return method(self)

    return inside


def _class(mock: Mock, tests: type[object]) -> type[object]:
    """Return a class whose tests, with what prepares and ends each, run with the mock."""
    for name, member in list(vars(tests).items()):
        if not name.startswith(_RUN):
            continue
        if isinstance(member, staticmethod | classmethod):
            setattr(tests, name, type(member)(decorated(mock, member.__func__)))
        elif inspect.isfunction(member):
            alone = name.endswith("_method") and member.__code__.co_argcount == 1
            setattr(tests, name, _alone(mock, member) if alone else decorated(mock, member))
    return tests
