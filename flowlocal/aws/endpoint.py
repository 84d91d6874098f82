"""The CloudWatch Logs API over HTTP, on this machine."""

from __future__ import annotations

import ipaddress
import json
import socket
import sys
import zlib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, ClassVar
from uuid import uuid4

from polars.exceptions import PanicException

from flowlocal.aws.errors import ApiError
from flowlocal.aws.request import Request
from flowlocal.aws.table import Answer, answer

if TYPE_CHECKING:
    from flowlocal.aws.local_store import LocalStore

MOST_BODY = 16 << 20
"""Bytes of a request's body, packed or not; the service takes about 1 MiB of events in one request."""
_TARGET = "Logs_20140328."
_CONTENT = "application/x-amz-json-1.1"
_SILENCE = 120
"""Seconds after which a connection that says nothing is closed."""


class Endpoint(ThreadingHTTPServer):
    """Answers the API's requests, each in a thread of its own.

    Attributes:
        store: what the operations work on.

    Args:
        host: the address to listen on.
        port: the port; 0 takes a free one.
        store: what the operations work on.
    """

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, host: str, port: int, store: LocalStore) -> None:
        self.address_family, address = _family(host)
        self.store = store
        self.loopback = is_loopback(host)
        super().__init__((address, port), _Handler)

    @property
    def url(self) -> str:
        """Where clients find it."""
        host, port = self.server_address[:2]
        name = str(host)
        if name in ("0.0.0.0", "::"):  # noqa: S104 - compared, not bound
            name = "127.0.0.1" if name == "0.0.0.0" else "::1"  # noqa: S104
        return f"http://[{name}]:{port}" if ":" in name else f"http://{name}:{port}"

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that went away is no event; anything else is a defect and is told."""
        error = sys.exception()
        if not isinstance(error, ConnectionError | TimeoutError):
            print(f"flowlocal: a request failed: {type(error).__name__}: {error}", file=sys.stderr)


def _family(host: str) -> tuple[int, str]:
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    family, _, _, _, address = min(found)
    return family, str(address[0])


def is_loopback(host: str) -> bool:
    """Does the name or address mean this machine alone?"""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class _Handler(BaseHTTPRequestHandler):
    """One connection."""

    server: Endpoint
    protocol_version = "HTTP/1.1"
    server_version = "flowlocal"
    sys_version = ""
    timeout = _SILENCE
    error_content_type: ClassVar[str] = "text/plain"  # type: ignore[misc]
    error_message_format: ClassVar[str] = "%(code)d %(message)s\n"  # type: ignore[misc]

    def do_GET(self) -> None:
        """Say what this is."""
        self._send(200, b"flowlocal answers the CloudWatch Logs API here: POST with X-Amz-Target\n", "text/plain", "")

    def do_POST(self) -> None:
        """Answer one request of the API."""
        identity = str(uuid4())
        try:
            status, body = 200, self._answer(identity)
        except ApiError as error:
            status, body = error.status, error.body()
        except (Exception, PanicException) as error:  # noqa: BLE001 - the server lives on; the client is told
            status, body = 500, self._defect(error).body()
        self._send(status, json.dumps(body).encode(), _CONTENT, identity)

    def _answer(self, identity: str) -> Answer:
        body = self._body()
        self._check_host()
        target = self.headers.get("X-Amz-Target") or ""
        if not target.startswith(_TARGET):
            raise ApiError("UnknownOperationException", f"X-Amz-Target must begin with {_TARGET}")
        return answer(target.removeprefix(_TARGET), Request(_members(body), identity), self.server.store)

    def _body(self) -> bytes:
        """The body, unpacked. The connection is closed where it cannot be read to its end."""
        length = self.headers.get("Content-Length") or ""
        if not (length.isascii() and length.isdigit()):
            self.close_connection = True
            raise ApiError("MissingContentLength", "Content-Length must be given", status=411)
        if len(length) > 12 or int(length) > MOST_BODY:
            self.close_connection = True
            raise _too_large()
        body = self.rfile.read(int(length))
        if len(body) < int(length):
            raise ConnectionAbortedError("the client went away")
        encoding = (self.headers.get("Content-Encoding") or "identity").strip().lower()
        if encoding == "gzip":
            return _unpacked(body)
        if encoding not in ("identity", "aws-chunked", ""):
            raise ApiError("SerializationException", f"Content-Encoding {encoding} is not known; send gzip or none")
        return body

    def _check_host(self) -> None:
        """A page in a browser cannot reach this server under a name of its own (DNS rebinding)."""
        host = (self.headers.get("Host") or "localhost").rsplit(":", 1)[0].strip("[]").lower()
        if self.server.loopback and not (is_loopback(host) or host.endswith(".localhost")):
            raise ApiError("AccessDeniedException", f"the host {host} is not this machine; see --host", status=403)

    def _defect(self, error: BaseException) -> ApiError:
        if isinstance(error, ConnectionError | TimeoutError):
            raise error
        text = " ".join(f"{type(error).__name__}: {error}".split())[:300]
        print(f"flowlocal: this is a defect of flowlocal, please report it: {text}", file=sys.stderr)
        return ApiError("InternalFailure", f"this is a defect of flowlocal: {text}", status=500)

    def _send(self, status: int, body: bytes, content: str, identity: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("x-amz-crc32", str(zlib.crc32(body)))
        if identity:
            self.send_header("x-amzn-RequestId", identity)
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the base class's
        """Requests are not written down."""


def _members(body: bytes) -> dict[str, object]:
    """The members of a request."""
    try:
        members = json.loads(body or b"{}")
    except (ValueError, RecursionError) as error:
        raise ApiError("SerializationException", f"The body is no JSON: {error}"[:300]) from error
    if not isinstance(members, dict):
        raise ApiError("SerializationException", "The body must be a JSON object")
    return members


def _unpacked(body: bytes) -> bytes:
    unpacker = zlib.decompressobj(zlib.MAX_WBITS | 16)
    try:
        unpacked = unpacker.decompress(body, MOST_BODY + 1)
    except zlib.error as error:
        raise ApiError("SerializationException", f"The body is no gzip: {error}") from error
    if len(unpacked) > MOST_BODY:
        raise _too_large()
    if not unpacker.eof:
        raise ApiError("SerializationException", "The gzip body ends too early")
    return unpacked


def _too_large() -> ApiError:
    return ApiError("RequestEntityTooLargeException", f"A body may have {MOST_BODY} bytes", status=413)
