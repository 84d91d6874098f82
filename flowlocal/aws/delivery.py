"""Delivery of subscriptions: to files and HTTP addresses of the user's choice, never to AWS."""

from __future__ import annotations

import gzip
import json
import sys
import urllib.request
from base64 import b64encode
from collections.abc import Mapping
from queue import Full, Queue
from threading import Lock, Thread
from typing import Any

_PATIENCE = 30
"""Seconds that an address has to answer."""
_WAITING = 1000
"""Batches that wait for slow addresses; further ones are dropped (decided)."""
_SCHEMES = ("http://", "https://")

Batch = Mapping[str, Any]
"""Events of a stream that a filter matched, in the form that the service sends (documented)."""


class Delivery:
    """Hands batches of events to the targets that stand for ARNs.

    Attributes:
        targets: URLs and paths of files by ARN.
    """

    def __init__(self, targets: Mapping[str, str]) -> None:
        self.targets = targets
        self._lock = Lock()
        self._waiting: Queue[tuple[str, Batch]] = Queue(_WAITING)
        self._said: set[str] = set()
        self._thread: Thread | None = None

    def deliver(self, arn: str, batch: Batch) -> None:
        """Append a batch to a file at once, as a line of JSON, or send it to an address in the background."""
        target = self.targets[arn]
        try:
            if target.startswith(_SCHEMES):
                self._enqueue(target, batch)
            else:
                self._append(target, batch)
        except (OSError, Full) as error:
            self._complain(target, error)

    def _append(self, path: str, batch: Batch) -> None:
        with self._lock, open(path, "a", encoding="utf-8") as file:
            file.write(json.dumps(batch) + "\n")

    def _enqueue(self, url: str, batch: Batch) -> None:
        with self._lock:
            if self._thread is None:
                self._thread = Thread(target=self._send_all, name="flowlocal-delivery", daemon=True)
                self._thread.start()
        self._waiting.put_nowait((url, batch))

    def _send_all(self) -> None:
        while True:
            url, batch = self._waiting.get()
            try:
                _post(url, batch)
            except (OSError, ValueError) as error:
                self._complain(url, error)

    def _complain(self, target: str, error: Exception) -> None:
        """Say once for each target why a batch was not delivered."""
        if target not in self._said:
            self._said.add(target)
            reason = "too many batches wait" if isinstance(error, Full) else error
            print(f"flowlocal: cannot deliver to {target}: {reason}; the batch is dropped", file=sys.stderr)


def _post(url: str, batch: Batch) -> None:
    """Send a batch as Lambda functions receive it (documented): gzip and base64 within JSON."""
    data = b64encode(gzip.compress(json.dumps(batch).encode())).decode()
    body = json.dumps({"awslogs": {"data": data}}).encode()
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"})  # noqa: S310 - the user's own URL
    with urllib.request.urlopen(request, timeout=_PATIENCE):  # noqa: S310
        pass
