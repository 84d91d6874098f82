"""The CloudWatch Logs API over HTTP, on this machine."""

from __future__ import annotations

import json
import re
import socket
import sys
import zlib
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, BinaryIO, ClassVar, cast
from urllib.parse import urlsplit
from uuid import uuid4

from polars.exceptions import PanicException

from flowlocal.aws.bodies import members, read_body
from flowlocal.aws.connections import BoundedServer, linger
from flowlocal.aws.errors import ApiError
from flowlocal.aws.event_stream import CONTENT_TYPE, STREAM, EventStream
from flowlocal.aws.foreign import Response, foreign_response
from flowlocal.aws.request import Request
from flowlocal.aws.table import answer, encode
from flowlocal.loopback import is_loopback

if TYPE_CHECKING:
    from flowlocal.aws.local_store import LocalAccount

_TARGET = "Logs_20140328."
_CREDENTIAL = re.compile(r"Credential=[^,\s]*/\d{8}/(?P<region>[A-Za-z0-9-]{1,64})/")
_CONTENT = "application/x-amz-json-1.1"
_GREETING = "flowlocal answers the CloudWatch Logs API here: POST with X-Amz-Target\n"
_SILENCE = 60
"""Seconds after which a connection that says nothing is closed."""
_METHODS = "GET, HEAD, OPTIONS, POST"


class Endpoint(BoundedServer):
    """Answers the API's requests, each connection in a thread of its own.

    Attributes:
        account: what the operations work on.

    Args:
        host: the address to listen on.
        port: the port; 0 takes a free one.
        account: what the operations work on.

    Raises:
        OSError, OverflowError, ValueError: it cannot listen there.
    """

    def __init__(self, host: str, port: int, account: LocalAccount) -> None:
        self.address_family, address = _family(host)
        self.account = account
        self.loopback = is_loopback(host)
        super().__init__((address, port), _Handler)

    @property
    def url(self) -> str:
        """The address for clients."""
        host, port = self.server_address[:2]
        name = str(host)
        if name in ("0.0.0.0", "::"):  # noqa: S104 - compared, not bound
            name = "127.0.0.1" if name == "0.0.0.0" else "::1"  # noqa: S104
        return f"http://[{name}]:{port}" if ":" in name else f"http://{name}:{port}"


def _family(host: str) -> tuple[int, str]:
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    family, _, _, _, address = min(found)
    return family, str(address[0])


def is_local(url: str) -> bool:
    """Return True if the host of a URL is this machine."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return False
    return is_loopback(host) or host.endswith(".localhost")


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
        self._request_id = str(uuid4())
        if self._body() is not None:
            greeting: Response = (HTTPStatus.OK, _GREETING, {"Content-Type": "text/plain"})
            self._send(*(self._foreign() or greeting))

    def do_HEAD(self) -> None:
        """Answer as to GET; the body is left out."""
        self.do_GET()

    def do_OPTIONS(self) -> None:
        """Say which methods there are, and to pages of this machine which headers they can send."""
        self._request_id = str(uuid4())
        if self._body() is not None:
            wanted = " ".join(self.headers.get("Access-Control-Request-Headers", "").split())
            allowed = {"Access-Control-Allow-Methods": _METHODS, "Access-Control-Allow-Headers": wanted}
            self._send(HTTPStatus.OK, "", {"Allow": _METHODS, **(allowed if self._origin() else {})})

    def do_POST(self) -> None:
        """Answer one request of the API."""
        self._request_id = str(uuid4())
        if (body := self._body()) is None:
            return
        if foreign := self._foreign():
            self._send(*foreign)
        else:
            with self.server.connections.busy(self.connection):
                status, answered, headers = self._answer(body)
                if isinstance(answered, EventStream):
                    self._stream(answered)
                    return
            self._send(status, answered, headers)

    do_PUT = do_DELETE = do_PATCH = do_POST  # noqa: N815 - calls of other services

    def _foreign(self) -> Response | None:
        """Return the error for a call of another service; None for one of this."""
        return foreign_response(self.path, self.headers, self._request_id)

    def _body(self) -> bytes | None:
        """Return the body; refuse the request and close the connection if it cannot be read to its end."""
        try:
            return read_body(self.headers, cast("BinaryIO", self.rfile))
        except ApiError as error:
            self.close_connection = True
            self._send(*_refused(error))
            return None

    def _answer(self, body: bytes) -> tuple[int, str | EventStream, dict[str, str]]:
        """Return status, text and headers of the answer to a request; or events, which come later."""
        try:
            return HTTPStatus.OK, self._operation(body), {"Content-Type": _CONTENT}
        except ApiError as error:
            return _refused(error)
        except (Exception, PanicException) as error:  # noqa: BLE001 - the server lives on; the client is told
            return _refused(_defect(error))

    def _operation(self, body: bytes) -> str | EventStream:
        self._check_host()
        target = self.headers.get("X-Amz-Target") or ""
        if not target.startswith(_TARGET):
            raise ApiError("UnknownOperationException", f"X-Amz-Target must begin with {_TARGET}")
        request = Request(members(self.headers, body), self._request_id)
        store = self.server.account.store(_region(self.headers.get("Authorization") or ""))
        found = answer(target.removeprefix(_TARGET), request, store)
        return found[STREAM] if STREAM in found else encode(found)

    def _check_host(self) -> None:
        """Refuse pages that reach this server under a name of their own (DNS rebinding)."""
        host = self.headers.get("Host") or "localhost"
        if self.server.loopback and not is_local(f"//{host}"):
            raise ApiError("AccessDeniedException", f"the host {host} is not this machine; see --host", status=403)

    def _origin(self) -> str:
        """Return the origin of a page of this machine that sends the request, else an empty text."""
        origin = "".join(self.headers.get("Origin", "").split())
        return origin if is_local(origin) else ""

    def _send(self, status: int, text: str | bytes, headers: dict[str, str]) -> None:
        body = text.encode() if isinstance(text, str) else text
        self.send_response(status)
        for name, value in {**headers, **self._common(body)}.items():
            self.send_header(name, value)
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _stream(self, stream: EventStream) -> None:
        """Send events in chunks until they end or the client goes away, and close the connection."""
        self.close_connection = True
        headers = {"Content-Type": CONTENT_TYPE, "Transfer-Encoding": "chunked", "Connection": "close"}
        try:
            self.send_response(HTTPStatus.OK)
            for name, value in {**headers, "x-amzn-RequestId": self._request_id}.items():
                self.send_header(name, value)
            self.end_headers()
            for message in stream.messages():
                self.wfile.write(b"%x\r\n%b\r\n" % (len(message), message))
            self.wfile.write(b"0\r\n\r\n")
        finally:
            stream.close()

    def _common(self, body: bytes) -> dict[str, str]:
        """Return the headers of every answer."""
        common = {
            "Content-Length": str(len(body)),
            "x-amzn-RequestId": self._request_id,
            "x-amz-crc32": str(zlib.crc32(body)),
        }
        if origin := self._origin():
            common |= {"Access-Control-Allow-Origin": origin, "Access-Control-Expose-Headers": "*", "Vary": "Origin"}
        return common

    def finish(self) -> None:
        """Send what is buffered, and wait for the client to take it."""
        super().finish()
        linger(self.connection)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the base class's
        """Log no requests."""


def _region(authorization: str) -> str | None:
    """Return the region that a request is signed for; None if it is not signed."""
    found = _CREDENTIAL.search(authorization)
    return found["region"] if found else None


def _refused(error: ApiError) -> tuple[int, str, dict[str, str]]:
    """Return status, text and headers of an error."""
    return error.status, json.dumps(error.body()), {"Content-Type": _CONTENT, "x-amzn-ErrorType": error.code}


def _defect(error: BaseException) -> ApiError:
    text = " ".join(f"{type(error).__name__}: {error}".split())[:300]
    print(f"flowlocal: this is a defect of flowlocal, please report it: {text}", file=sys.stderr)
    return ApiError("InternalFailure", f"this is a defect of flowlocal: {text}", status=500)
