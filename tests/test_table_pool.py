"""Tables that several threads fill: no row is lost, and whoever waits for them learns what failed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import polars as pl
import pytest

from flowlocal.planning.table_pool import TablePool

BATCH = pl.DataFrame({"key": [1, 2, 2]})


class Keys:
    """Distinct keys of rows, which are added when a test allows it."""

    def __init__(self) -> None:
        self.rows = 0
        self.found: set[int] = set()
        self.begun, self.allowed = Event(), Event()
        self.failure: BaseException | None = None

    @property
    def bytes(self) -> int:
        """Ten for each key."""
        return 10 * len(self.found)

    def __len__(self) -> int:
        return len(self.found)

    def add(self, rows: pl.DataFrame) -> None:
        """Wait, then add the rows or fail."""
        self.begun.set()
        assert self.allowed.wait(60)
        if self.failure is not None:
            raise self.failure
        self.rows += len(rows)
        self.found.update(rows["key"])


def quick() -> Keys:
    """Return a table that never waits."""
    keys = Keys()
    keys.allowed.set()
    return keys


def never(_pool: TablePool[Keys]) -> bool:
    """Return False: the pool is not full."""
    return False


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    """Return threads that are waited for."""
    with ThreadPoolExecutor(3) as pool:
        yield pool


def waited(holds: Callable[[], bool]) -> None:
    """Wait until something holds."""
    end = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.001)


def test_all_tables_are_waited_for(threads: ThreadPoolExecutor) -> None:
    """Once all tables were asked for, no thread adds rows that nobody would see."""
    slow = Keys()
    pool = TablePool(lambda: slow, never)
    adding = threads.submit(pool.add, BATCH)
    assert slow.begun.wait(60)
    everything = threads.submit(pool.all)
    waited(lambda: pool._is_closed)
    assert pool.add(BATCH).equals(BATCH)
    slow.allowed.set()
    assert len(adding.result(60)) == 0
    assert everything.result(60) == [slow]
    assert slow.rows == 3
    assert pool.add(BATCH).equals(BATCH)


def test_what_fails_is_raised_once_all_are_done(threads: ThreadPoolExecutor) -> None:
    """Whatever it is: who waits for all tables does not wait forever, and no more rows are taken."""
    slow = Keys()
    slow.failure = KeyboardInterrupt("no such rows")
    pool = TablePool(lambda: slow, never)
    adding = threads.submit(pool.add, BATCH)
    assert slow.begun.wait(60)
    everything = threads.submit(pool.all)
    slow.allowed.set()
    with pytest.raises(KeyboardInterrupt, match="no such rows"):
        everything.result(60)
    assert len(adding.result(60)) == 0
    assert len(pool.add(BATCH)) == 3


def test_a_failure_ends_the_taking_of_rows() -> None:
    """Rows that come after it are returned, although nobody has asked for the tables."""
    table = quick()
    table.failure = ValueError("no such rows")
    pool = TablePool(lambda: table, never)
    assert [len(pool.add(BATCH)) for _ in range(2)] == [0, 3]
    with pytest.raises(ValueError, match="no such rows"):
        pool.all()


def test_threads_at_the_same_time_have_their_own_tables(threads: ThreadPoolExecutor) -> None:
    """One table for each of them, and the same again for the next rows."""
    made: list[Keys] = []

    def new() -> Keys:
        made.append(Keys())
        return made[-1]

    pool = TablePool(new, never)
    adding = [threads.submit(pool.add, BATCH) for _ in range(3)]
    waited(lambda: len(made) == 3 and all(each.begun.is_set() for each in made))
    assert len(pool) == 3
    for each in made:
        each.allowed.set()
    assert [len(each.result(60)) for each in adding] == [0, 0, 0]
    pool.add(BATCH)
    assert (len(pool), pool.rows, pool.groups, pool.bytes) == (3, 12, 6, 60)
    assert sorted(each.rows for each in pool.all()) == [3, 3, 6]


@pytest.mark.parametrize("full", ["rows", "groups", "bytes"])
def test_a_full_pool_returns_rows(full: str) -> None:
    """Once it is full, which the rows that fill it do not see."""
    pool = TablePool(quick, lambda pool: getattr(pool, full) > 1)
    assert [len(pool.add(BATCH)) for _ in range(3)] == [0, 3, 3]
    (table,) = pool.all()
    assert table.rows == 3


def test_no_rows() -> None:
    """Then there is a table without any."""
    (table,) = TablePool(quick, never).all()
    assert table.rows == 0


@pytest.mark.parametrize("most", [0, 10_000, 10**6])
def test_rows_of_a_plan(most: int) -> None:
    """Each row is in one of the tables, or among those that are left."""
    pool = TablePool(quick, lambda pool: pool.rows > most)
    rows = pl.LazyFrame({"key": range(200_000)}).filter(pl.col("key") % 3 > 0)
    rest = [key for batch in pool.rest_of(rows) for key in batch["key"]]
    added = [key for table in pool.all() for key in table.found]
    assert sorted(rest + added) == [key for key in range(200_000) if key % 3]
