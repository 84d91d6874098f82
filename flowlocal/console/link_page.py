"""The page that leads from a link without a token to the console.

It contains nothing of the logs: its script finds the token where the console has left it in this browser, and goes on.
A link that another page leads to is shown first, so that no page can run a query by itself.
"""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256

PATH = "/open"
TOKEN_KEY = "flowlocal-token"  # noqa: S105 - where it is, not what it is
KEEP_TOKEN = f'<script>localStorage.setItem("{TOKEN_KEY}", location.pathname.split("/")[1]);</script>'
"""Leaves the token in the browser; a part of the console's page."""

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; margin: 12vh auto; max-width: 44em; padding: 0 1em; }
html { color-scheme: light dark; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; border: 1px solid #8886; border-radius: 6px; padding: 1em; }
button { font: inherit; padding: .4em 1.4em; }
"""
_SCRIPT = """
const part = (name) => document.getElementById(name);
const token = localStorage.getItem("KEY");
const query = new URLSearchParams(location.search).get("query") || "";
const go = () => location.replace("/" + encodeURIComponent(token) + "/" + location.search);
if (!token) {
  part("text").textContent = "This browser has not opened the console yet. Open the address that `flowlocal console` "
    + "printed, and then this link.";
} else if (document.body.dataset.ask) {
  part("text").textContent = "This link runs a query in your console:";
  part("query").textContent = query;
  part("query").hidden = part("open").hidden = false;
  part("open").onclick = go;
} else {
  go();
}
""".replace("KEY", TOKEN_KEY)
_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>flowlocal console</title><style>{style}</style></head>
<body{ask}><h1>flowlocal console</h1><p id="text">Opening …</p><pre id="query" hidden></pre>
<button id="open" hidden>Open</button><script>{script}</script></body></html>
"""


def link_page(*, ask: bool) -> bytes:
    """Return the page; ``ask`` is True if people are to confirm what it opens."""
    return _PAGE.format(style=_STYLE, script=_SCRIPT, ask=' data-ask="yes"' if ask else "").encode()


def _hash(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


POLICY = "; ".join(
    (
        "default-src 'none'",
        f"script-src {_hash(_SCRIPT)}",
        f"style-src {_hash(_STYLE)}",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
"""The content security policy of the page."""
