"""``mock_insights`` as a decorator: whatever is decorated runs with the mock, or is refused when it is decorated."""

from __future__ import annotations

import asyncio
import unittest
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import pytest

from flowlocal.aws import mock_insights
from flowlocal.aws.mocking import _PATCH
from tests.aws.conftest import mock_aws


def active() -> bool:
    """Return True if the mock is in place."""
    return bool(_PATCH._entered)


@mock_insights
async def test_coroutine_of_a_plain_runner() -> None:
    """Run by ``test_functions``; pytest without a plugin refuses to run it."""
    assert active()


test_coroutine_of_a_plain_runner.__test__ = False  # type: ignore[attr-defined]


def test_functions() -> None:
    """Functions and coroutine functions run in the mock."""
    assert mock_insights(active)()
    asyncio.run(test_coroutine_of_a_plain_runner())
    assert not active()


def test_generators() -> None:
    """A generator is in the mock from its first step to its last, and takes what is sent and thrown."""

    @mock_insights
    def steps() -> Generator[bool, int, int]:
        try:
            sent = yield active()
        except KeyError:
            sent = 7
        yield active()
        return sent

    acts: list[Callable[[Generator[bool, int, int]], bool]] = [lambda it: it.send(5), lambda it: it.throw(KeyError())]
    for act in acts:
        made = steps()
        assert not active()
        assert next(made)
        assert act(made)
        with pytest.raises(StopIteration) as stop:
            next(made)
        assert stop.value.value in (5, 7)
        assert not active()


def test_generator_that_is_left() -> None:
    """A generator that is closed before its end leaves the mock."""

    @mock_insights
    def steps() -> Generator[bool, None, None]:
        yield active()

    made = steps()
    assert next(made)
    made.close()
    assert not active()


def test_async_generators() -> None:
    """So is an asynchronous one; in it a context manager and its error handling work."""
    seen = []

    @asynccontextmanager
    @mock_insights
    async def resource() -> AsyncGenerator[str, None]:
        try:
            yield "made"
        except KeyError:
            seen.append(active())
        finally:
            await asyncio.sleep(0)
            seen.append(active())

    async def use() -> None:
        async with resource() as made:
            assert (made, active()) == ("made", True)
        async with resource():
            raise KeyError

    asyncio.run(use())
    assert (seen, active()) == ([True, True, True], False)


def test_async_generator_takes_what_is_sent() -> None:
    """Values that are sent arrive, and closing it early leaves the mock."""

    @mock_insights
    async def echo() -> AsyncGenerator[object, object]:
        said: object = active()
        while True:
            said = yield said

    async def use() -> list[object]:
        made = echo()
        found = [await made.asend(None), await made.asend("a"), await made.asend("b")]
        await made.aclose()
        return found

    assert asyncio.run(use()) == [True, "a", "b"]
    assert not active()


@mock_insights
class TestMembers:
    """A class of tests for pytest, in which every kind of test runs in the mock."""

    def setup_method(self) -> None:
        """Run in the mock."""
        assert active()

    def teardown_method(self, method: Callable[..., None]) -> None:
        """Run in the mock, with the method that pytest passes."""
        assert method.__name__.startswith("test")
        assert active()

    def test_method(self) -> None:
        """Run in the mock."""
        assert active()

    @staticmethod
    def test_static() -> None:
        """Run in the mock."""
        assert active()

    @classmethod
    def test_class(cls) -> None:
        """Run in the mock."""
        assert active()


@mock_insights
class TestAsync(unittest.IsolatedAsyncioTestCase):
    """A class of asynchronous tests of the standard library."""

    async def asyncSetUp(self) -> None:
        """Run in the mock."""
        assert active()

    async def test_coroutine(self) -> None:
        """Run in the mock, to the end."""
        await asyncio.sleep(0)
        assert active()


async def _coroutine() -> None: ...


def _generator() -> Generator[None, None, None]:
    yield


class _Caller:
    async def __call__(self) -> None: ...


@pytest.mark.parametrize(
    "target",
    [mock_aws(_coroutine), contextmanager(_generator), _Caller(), 5],
    ids=["moto", "context", "object", "number"],
)
def test_refused(target: Callable[..., Any]) -> None:
    """What would run outside of the mock, or not at all, is refused with a sentence that says what to write."""
    with pytest.raises(TypeError, match=r"mock_insights (cannot decorate .* in its body instead|decorates functions)"):
        mock_insights(target)
