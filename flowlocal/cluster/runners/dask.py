"""Run tasks on Dask: a scheduler at an address, or a cluster of processes on this machine."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import islice
from operator import itemgetter
from typing import Any

from msgspec import Struct

from flowlocal.cluster.failure import EngineFailed
from flowlocal.cluster.runners import ClusterAddress, EngineUnavailable
from flowlocal.extras import needed_for

_AHEAD = 4
"""Tasks per slot that are submitted ahead of the one whose result is awaited."""
_TRIES = 3


@contextmanager
def opened(address: ClusterAddress) -> Iterator[DaskRunner]:
    """Yield a runner on the scheduler at an address, or on a cluster that ends with it.

    Raises:
        EngineUnavailable: Dask is not installed, or there is no scheduler at the address.
    """
    if address.remote:
        raise EngineUnavailable("Dask has no Spark Connect server", "give its scheduler: --master tcp://HOST:8786")
    with needed_for("Dask", "dask", EngineUnavailable):
        from distributed import Client, LocalCluster  # noqa: PLC0415 - an extra
    options = {"threads_per_worker": 1, "dashboard_address": None, "silence_logs": 50}
    own = None if address.master else LocalCluster(env={"POLARS_MAX_THREADS": "1"}, **options)
    try:
        client = Client(own or address.master)
    except (OSError, ValueError) as error:
        hint = "start one with `dask scheduler`"
        raise EngineUnavailable(f"no scheduler at {address.master}: {error}", hint) from error
    try:
        yield DaskRunner(client)
    finally:
        client.close()
        if own is not None:
            own.close()


class DaskRunner(Struct):
    """Runs tasks on the workers of a Dask client; a task whose worker dies is run again.

    Attributes:
        client: the client.
    """

    client: Any

    @property
    def slots(self) -> int:
        """The number of threads of all workers."""
        threads: int = sum(self.client.nthreads().values())
        return max(threads, 1)

    def map(self, work: Callable[[bytes], bytes], tasks: Sequence[bytes]) -> Iterator[bytes]:
        """Yield the result of every task, in order."""
        yield from self._results(partial(self._submit, work, task) for task in tasks)

    def shuffle(
        self,
        split: Callable[[bytes], Sequence[bytes]],
        tasks: Sequence[bytes],
        join: Callable[[Sequence[bytes]], bytes],
        buckets: int,
    ) -> Iterator[bytes]:
        """Yield the result of every bucket; the parts stay with the workers."""
        made = [self._submit(split, task) for task in tasks]

        def joined(bucket: int) -> Any:  # noqa: ANN401 - distributed has no types
            return self._submit(partial(_join, join), [self._submit(itemgetter(bucket), each) for each in made])

        yield from filter(None, self._results(partial(joined, bucket) for bucket in range(buckets)))

    def _submit(self, function: Callable[[Any], Any], argument: object) -> Any:  # noqa: ANN401 - distributed has no types
        return self.client.submit(function, argument, pure=False, retries=_TRIES)

    def _results(self, calls: Iterator[Callable[[], Any]]) -> Iterator[bytes]:
        """Yield the results of calls in order; some are submitted ahead."""
        waiting = deque(call() for call in islice(calls, _AHEAD * self.slots))
        while waiting:
            yield _result(waiting.popleft())
            waiting.extend(call() for call in islice(calls, 1))


def _result(future: Any) -> bytes:  # noqa: ANN401 - distributed has no types
    try:
        result: bytes = future.result()
    except Exception as error:
        raise EngineFailed(f"Dask did not finish the query: {error}", "dask") from error
    return result


def _join(join: Callable[[Sequence[bytes]], bytes], parts: Sequence[bytes]) -> bytes:
    found = [part for part in parts if part]
    return join(found) if found else b""
