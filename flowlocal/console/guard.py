"""Who may talk to the console: a token in the path of every request and socket, and the names of this server.

The token is a part of the path, so that the pages, scripts and sockets of the console carry it without a cookie:
cookies are shared by all ports of a host.
"""

from __future__ import annotations

import secrets
import socket
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Any

from flowlocal.console import link_page
from flowlocal.loopback import is_address, is_loopback

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

_LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self' 'unsafe-inline' 'unsafe-eval'",  # of NiceGUI, which writes its page in the page
        "style-src 'self' 'unsafe-inline'",
        "font-src 'self' data:",
        "img-src 'self' data: blob:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
_HEADERS = {
    b"content-security-policy": _POLICY.encode(),
    b"cross-origin-opener-policy": b"same-origin",
    b"cross-origin-resource-policy": b"same-origin",
    b"referrer-policy": b"no-referrer",
    b"x-content-type-options": b"nosniff",
}
"""Nothing is loaded from elsewhere, sent elsewhere, or shown inside of another page."""
_HTML = (b"content-type", b"text/html; charset=utf-8")


@dataclass(frozen=True)
class ConsoleSocket:
    """A socket that listens, and the address of what answers there.

    Attributes:
        host: the address that it listens on, or its name.
        socket: the socket.
        token: a token that cannot be guessed, the first part of the path of every request.
    """

    host: str
    socket: socket.socket
    token: str = field(default_factory=lambda: secrets.token_urlsafe(24))

    @classmethod
    def of(cls, host: str, port: int) -> ConsoleSocket:
        """Listen on a port; 0 takes a free one.

        Raises:
            OSError: it cannot, for example because the port is taken.
        """
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return cls(host, socket.create_server((host, port), family=family))

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return int(self.socket.getsockname()[1])

    @property
    def address(self) -> str:
        """The address to open, with the token."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}/{self.token}/"

    @property
    def is_private(self) -> bool:
        """True if only this machine can reach it."""
        return is_loopback(self.host)

    def is_named(self, named: str | None) -> bool:
        """Return True if a name with a port, as in ``Host`` and ``Origin``, leads here on purpose."""
        name, _, port = (named or "").rpartition(":")
        if port != str(self.port):
            return False
        if self.is_private:
            return name in _LOOPBACK
        return name in {self.host, *_LOOPBACK} or (_is_wildcard(self.host) and is_address(name.strip("[]")))


@dataclass(frozen=True)
class Guard:
    """An ASGI application that passes on the requests of those who know the token.

    Attributes:
        application: answers what is passed on.
        listener: where it listens.
    """

    application: Application
    listener: ConsoleSocket

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or refuse it."""
        if scope["type"] == "lifespan":
            await self.application(scope, receive, send)
        elif scope["type"] == "http" and scope["path"] == link_page.PATH and not self.foreign(scope):
            ask = _Headers(scope["headers"]).last(b"sec-fetch-site") != "none"
            policy = {b"content-security-policy": link_page.POLICY.encode()}
            await _respond(send, 200, link_page.link_page(ask=ask), _HTML, policy)
        elif refusal := self.refusal(scope):
            await _refuse(scope, refusal, receive, send)
        elif scope["path"] == f"/{self.listener.token}":
            await _respond(send, 308, b"", (b"location", f"/{self.listener.token}/".encode()))
        else:
            await self.application({**scope, "root_path": f"/{self.listener.token}"}, receive, _with_headers(send))

    def foreign(self, scope: Scope) -> str:
        """Return why a request does not come from this page or its user; empty if it does."""
        headers = _Headers(scope["headers"])
        if not self.listener.is_named(headers.last(b"host")):
            return "this host name is not one of the console's"
        origin = headers.last(b"origin")
        scheme, _, named = (origin or "").partition("://")
        if origin is not None and not (scheme == "http" and self.listener.is_named(named)):
            return "requests of other pages are refused"
        return ""

    def refusal(self, scope: Scope) -> str:
        """Return why a request is refused; empty if it is not."""
        if refusal := self.foreign(scope):
            return refusal
        given = scope["path"].split("/", 2)[1] if scope["path"].startswith("/") else ""
        if not secrets.compare_digest(given.encode(), self.listener.token.encode()):
            return "open the whole address that `flowlocal console` printed; it contains a token"
        return ""


def _is_wildcard(host: str) -> bool:
    return is_address(host) and ip_address(host).is_unspecified


class _Headers:
    """The headers of a request."""

    def __init__(self, pairs: Iterable[tuple[bytes, bytes]]) -> None:
        self._pairs = list(pairs)

    def last(self, name: bytes) -> str | None:
        """Return the value of a header; one that no server has if it is given twice, None without it."""
        found = [value for key, value in self._pairs if key.lower() == name]
        return None if not found else found[0].decode("latin-1").lower() if len(found) == 1 else ""


async def _refuse(scope: Scope, reason: str, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1008})
        return
    await _respond(send, 403, f"flowlocal: {reason}\n".encode(), (b"content-type", b"text/plain; charset=utf-8"))


async def _respond(
    send: Send, status: int, body: bytes, header: tuple[bytes, bytes], more: Mapping[bytes, bytes] = _HEADERS
) -> None:
    headers = [header, *(_HEADERS | dict(more)).items()]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _with_headers(send: Send) -> Send:
    async def sent(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message.get("headers", ()), *_HEADERS.items()]
        await send(message)

    return sent
