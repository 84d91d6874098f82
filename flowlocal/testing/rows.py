"""Results whose rows pytest distinguishes from other lists, so that it shows differences of rows as such."""

from __future__ import annotations

from functools import cached_property

from flowlocal.result import Result


class Rows(list[dict[str, str]]):
    """Rows of an answer: a plain list in every respect."""


class TestedResult(Result, frozen=True):
    """A result as the ``insights`` fixture gives it."""

    __test__ = False

    @cached_property
    def rows(self) -> list[dict[str, str]]:
        """The rows, see ``Result.rows``."""
        return Rows(self.iter_rows())
