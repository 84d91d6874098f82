"""Only who has the address, from a page of the console or none, gets an answer."""

from __future__ import annotations

import http.client
import socket
from urllib.parse import urlsplit

import pytest

from flowlocal.console.guard import ConsoleSocket
from flowlocal.loopback import is_loopback

UPGRADE = {
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
    "Sec-WebSocket-Version": "13",
}
SOCKET = "_nicegui_ws/socket.io/?EIO=4&transport=websocket"
POLLING = "_nicegui_ws/socket.io/?EIO=4&transport=polling"


def status(address: str, path: str = "", headers: dict[str, str] | None = None, token: str | None = None) -> int:
    """Return the status of a request below an address, with another token if one is given."""
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.netloc, timeout=30)
    prefix = parts.path if token is None else f"/{token}/"
    connection.request("GET", prefix + path, headers=headers or {})
    found = connection.getresponse().status
    connection.close()
    return found


@pytest.mark.parametrize("path", ["", "static/editor.js", POLLING])
def test_token(address: str, path: str) -> None:
    """The page, its files and its socket need the token."""
    assert status(address, path) == 200
    for wrong in ("", "x", "x" * 32, "%2e%2e", "_nicegui"):
        assert status(address, path, token=wrong) == 403


def test_sockets(address: str) -> None:
    """A socket is opened with the token, and from a page of the console or from no page."""
    own = f"http://{urlsplit(address).netloc}"
    assert status(address, SOCKET, UPGRADE) == 101
    assert status(address, SOCKET, UPGRADE | {"Origin": own}) == 101
    assert status(address, SOCKET, UPGRADE, token="x") == 403
    assert status(address, SOCKET, UPGRADE | {"Origin": "http://example.com"}) == 403


@pytest.mark.parametrize("origin", ["null", "http://example.com", "https://127.0.0.1", "http://127.0.0.1:1", ""])
def test_other_pages(address: str, origin: str) -> None:
    """Another page, even with the token, neither reads nor steers."""
    assert status(address, "", {"Origin": origin}) == 403
    assert status(address, POLLING, {"Origin": origin}) == 403


@pytest.mark.parametrize(
    "host", ["example.com", "example.com:80", "127.0.0.1", "localhost.example.com:{port}", "x:{port}"]
)
def test_other_names(address: str, host: str) -> None:
    """Another name that leads here is refused, so that no page can give its own name this address."""
    port = urlsplit(address).port
    assert status(address, "", {"Host": host.format(port=port)}) == 403
    assert status(address, "", {"Host": f"localhost:{port}"}) == 200


def test_headers(address: str) -> None:
    """Nothing is loaded from elsewhere, shown in other pages, or told to them."""
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.netloc, timeout=30)
    connection.request("GET", parts.path)
    answer = connection.getresponse()
    connection.close()
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "http" not in policy
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Access-Control-Allow-Origin"] is None


@pytest.mark.parametrize(
    ("listens", "named", "own"),
    [
        ("127.0.0.1", "localhost:9", True),
        ("127.0.0.1", "192.0.2.1:9", False),
        ("::1", "[::1]:9", True),
        ("0.0.0.0", "192.0.2.1:9", True),
        ("0.0.0.0", "example.com:9", False),
        ("logs.example", "logs.example:9", True),
        ("logs.example", "192.0.2.1:9", False),
    ],
)
def test_names_of_other_hosts(listens: str, named: str, own: bool) -> None:
    """A console for other machines takes the name that it was given, and addresses if it listens on all."""
    with socket.socket() as free:
        listener = ConsoleSocket(listens, free)
        assert listener.is_named(named.replace(":9", f":{listener.port}")) is own


def test_loopback() -> None:
    """Addresses of this machine alone are known as such."""
    assert [is_loopback(each) for each in ("127.0.0.1", "::1", "localhost", "0.0.0.0", "example.com")] == [
        True,
        True,
        True,
        False,
        False,
    ]
