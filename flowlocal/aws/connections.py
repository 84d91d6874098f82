"""The connections of the endpoint: bounded in number, so that no client can shut out the others."""

from __future__ import annotations

import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import HTTPServer
from socketserver import BaseRequestHandler, ThreadingMixIn
from threading import Lock
from typing import cast

MOST = 512
"""Connections at a time (decided)."""
_SPARE_FILES = 64
"""Files that are left to everything else, where a process may have few open."""
_PAUSE = 0.05
"""Seconds without new connections after one that could not be accepted."""
_LINGER = 2
"""Seconds that a client has to read the last answer and close."""
_PIECE = 1 << 16
_BUSY = b"HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


def most() -> int:
    """Return how many connections this process can have at a time."""
    try:
        import resource  # noqa: PLC0415 - not on Windows
    except ImportError:
        return MOST
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MOST if files == resource.RLIM_INFINITY else max(1, min(MOST, files - _SPARE_FILES))


class Connections:
    """The open connections, those that have waited longest for their client first.

    Args:
        most: connections at a time.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = Lock()
        self._waiting: dict[socket.socket, None] = {}
        self._busy: set[socket.socket] = set()

    def admit(self, connection: socket.socket) -> bool:
        """Take a connection in, and close the one that has waited longest if there are too many.

        Returns:
            False if all are busy with requests.
        """
        with self._lock:
            full = len(self._waiting) + len(self._busy) >= self._most
            if full and not self._close_oldest():
                return False
            self._waiting[connection] = None
            return True

    def make_room(self) -> None:
        """Close the connection that has waited longest."""
        with self._lock:
            self._close_oldest()

    def _close_oldest(self) -> bool:
        for oldest in self._waiting:
            del self._waiting[oldest]
            with suppress(OSError):  # gone by itself
                oldest.shutdown(socket.SHUT_RDWR)  # its thread wakes up and closes it
            return True
        return False

    @contextmanager
    def busy(self, connection: socket.socket) -> Iterator[None]:
        """Keep a connection open while its request is answered."""
        with self._lock:
            self._waiting.pop(connection, None)
            self._busy.add(connection)
        try:
            yield
        finally:
            with self._lock:
                self._busy.remove(connection)
                self._waiting[connection] = None

    def leave(self, connection: socket.socket) -> None:
        """Take note that a connection is closed."""
        with self._lock:
            self._waiting.pop(connection, None)


def linger(connection: socket.socket) -> None:
    """Wait for the client to close, and discard what it still sends: otherwise it may never see the last answer."""
    with suppress(OSError):
        connection.shutdown(socket.SHUT_WR)
        deadline = time.monotonic() + _LINGER
        while (left := deadline - time.monotonic()) > 0:
            connection.settimeout(left)
            if not connection.recv(_PIECE):
                return


class BoundedServer(ThreadingMixIn, HTTPServer):
    """A server with a thread for each connection and bounded connections.

    Attributes:
        connections: those that are open.
    """

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], handler: type[BaseRequestHandler]) -> None:
        self.connections = Connections(most())
        super().__init__(address, handler)

    def get_request(self) -> tuple[socket.socket, object]:
        """Accept a connection; close one if the process has too many open files, or the next attempt fails as well."""
        try:
            return super().get_request()
        except OSError:
            self.connections.make_room()
            time.sleep(_PAUSE)  # the system says at once that the same connection waits
            raise

    def verify_request(self, request: object, client_address: object) -> bool:
        """Keep a connection, or answer at once that there are too many."""
        connection = cast("socket.socket", request)
        if self.connections.admit(connection):
            return True
        with suppress(OSError):
            connection.sendall(_BUSY)
        return False

    def shutdown_request(self, request: object) -> None:
        """Close a connection."""
        connection = cast("socket.socket", request)
        self.connections.leave(connection)
        super().shutdown_request(connection)

    def handle_error(self, request: object, client_address: object) -> None:
        """Report a defect; a client that went away is none."""
        error = sys.exception()
        if not isinstance(error, ConnectionError | TimeoutError):
            print(f"flowlocal: a request failed: {type(error).__name__}: {error}", file=sys.stderr)
