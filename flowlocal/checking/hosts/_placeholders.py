"""The parameters of saved queries, ``{{name}}``, whose values are only known when the query is run (documented)."""

from __future__ import annotations

import re

from flowlocal.checking.source import Source, Unknown

_PLACEHOLDER = re.compile(r"\{\{\s*[A-Za-z_]\w*\s*\}\}")


def with_placeholders(source: Source) -> Source:
    """The text with its parameters marked as not known."""
    found = [Unknown(*match.span(), match[0]) for match in _PLACEHOLDER.finditer(source.text)]
    unknown = sorted([*source.unknown, *found], key=lambda each: each.start)
    return Source(source.text, source.offsets, source.host, tuple(unknown))
