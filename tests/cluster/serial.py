"""A runner that keeps to the protocol in this process: everything is pickled, and parts arrive in another order."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass


@dataclass
class SerialRunner:
    """Runs tasks one after the other; buckets get their parts last one first."""

    slots: int = 2
    ran: int = 0

    def map(self, work: Callable[[bytes], bytes], tasks: Sequence[bytes]) -> Iterator[bytes]:
        """Yield the result of every task."""
        for task in tasks:
            self.ran += 1
            yield pickle.loads(pickle.dumps(work))(task)

    def shuffle(
        self,
        split: Callable[[bytes], Sequence[bytes]],
        tasks: Sequence[bytes],
        join: Callable[[Sequence[bytes]], bytes],
        buckets: int,
    ) -> Iterator[bytes]:
        """Yield the result of every bucket."""
        self.ran += len(tasks)
        made = [pickle.loads(pickle.dumps(split))(task) for task in reversed(tasks)]
        for bucket in range(buckets):
            found = [parts[bucket] for parts in made if parts[bucket]]
            if found:
                yield pickle.loads(pickle.dumps(join))(found)
