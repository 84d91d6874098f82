"""Templates of Terraform's ``templatefile`` and the like: ``board.json.tftpl`` is JSON, ``x.insights.tpl`` a query."""

from __future__ import annotations

from collections.abc import Iterator

from flowlocal.checking.hosts import Found, NotChecked, cloudformation
from flowlocal.checking.hosts._dashboard import in_body
from flowlocal.checking.hosts._hcl import interpolations
from flowlocal.checking.hosts._placeholders import with_placeholders
from flowlocal.checking.source import Host, SourceText, hole, joined
from flowlocal.planning.registry import find as command

SUFFIXES = (".tftpl", ".tpl")
_QUERIES = (".insights", ".cwli", ".txt")


def find(host: Host) -> Iterator[Found | NotChecked]:
    """Yield the queries in a template, by the name without the last suffix, or by its content."""
    name = host.path.lower().rpartition(".")[0]
    if name.endswith(_QUERIES) or _is_query(host.text):
        yield Found(with_placeholders(_template(host.whole())))
    elif '"widgets"' in host.text:
        yield from in_body(_template(host.whole()), "")
    else:
        yield from cloudformation.find(host)


def _is_query(text: str) -> bool:
    """Return True if a text begins as a query does: with a command and an argument, after comments."""
    lines = (line.strip() for line in text.splitlines())
    words = next((line.split() for line in lines if line and not line.startswith("#")), [])
    return len(words) > 1 and command(words[0]) is not None


def _template(source: SourceText) -> SourceText:
    """Return the text with its interpolations, ``${…}`` and ``%{…}``, marked as not known."""
    pieces, at = [source[0:0]], 0
    for start, end in interpolations(source.text):
        escaped = source.text.startswith(("$${", "%%{"), start)
        pieces += [source[at:start], source[start + 1 : end] if escaped else hole(source, start, end)]
        at = end
    return joined([*pieces, source[at:]])
