"""The parameters of saved queries, ``{{name}}``, whose values are only known when the query is run (documented)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from flowlocal.checking.source import SourceText, Unknown, joined
from flowlocal.language.templates import SavedQuery

_PLACEHOLDER = re.compile(r"\{\{\s*([^\W\d]\w*)\s*\}\}")


def with_placeholders(source: SourceText) -> SourceText:
    """Return the text with the defaults of its parameters in their place; those without one are marked as not known."""
    if "{{" not in source.text:
        return source
    return joined(_pieces(source, dict(SavedQuery.read(source.text).defaults)))


def _pieces(source: SourceText, defaults: dict[str, str]) -> Iterator[SourceText]:
    at = 0
    for found in _PLACEHOLDER.finditer(source.text):
        yield source[at : found.start()]
        written = Unknown(0, 1, found[0])
        word, unknown = defaults.get(found[1], "x"), () if found[1] in defaults else (written,)
        first, end = source.offsets[found.start()], source.offsets[found.end()]
        yield SourceText(word, [first] * len(word) + [end], source.host, unknown)
        at = found.end()
    yield source[at:]
