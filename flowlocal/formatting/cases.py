"""Format the queries of a case file, and leave everything else of it as it is."""

from __future__ import annotations

from typing import Any

from flowlocal.formatting.query import format_in_line, format_query
from flowlocal.language.errors import MalformedQuery
from flowlocal.small_files import parse_toml

_ARRAYS = ("case",)
_ERROR_KEYS = ("error", "hint", "at", "fixed")
"""Keys of a case about a malformed query, whose text is kept because the positions in it count."""


def format_cases(text: str) -> str:
    """Return the text of a case file with formatted queries.

    A query in a multi-line text has one stage per line; one in a single-line text stays in its line. Malformed queries
    and those of cases that expect an error are kept.

    Args:
        text: a TOML file as ``flowlocal test`` reads it.

    Raises:
        ValueError: it is not TOML.
    """
    import tomlkit  # noqa: PLC0415 - slow, and most files are queries

    try:
        document = tomlkit.parse(text)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    for table in (document, *(each for array in _ARRAYS for each in _tables(document.get(array)))):
        query = table.get("query")
        if isinstance(query, str) and not any(key in table for key in _ERROR_KEYS):
            _format_in(table, query)
    formatted = tomlkit.dumps(document)
    return formatted if _reads(formatted) else text


def _tables(array: Any) -> list[Any]:  # noqa: ANN401 - tomlkit's own types
    return [each for each in array if isinstance(each, dict)] if isinstance(array, list) else []


def _format_in(table: Any, query: str) -> None:  # noqa: ANN401
    import tomlkit  # noqa: PLC0415

    written = table["query"].as_string()
    quote, multiline = written[:1], written.startswith(('"""', "'''"))
    try:
        text = format_query(query) if multiline else format_in_line(query)
    except MalformedQuery:
        return
    text = text if query.endswith("\n") else text.removesuffix("\n")
    if text.strip() == query.strip() or ("\n" in text and not multiline):
        return
    item: Any = tomlkit.string(text, literal=quote == "'", multiline=multiline)
    if multiline and written[3:4] in "\r\n":
        item = tomlkit.value(item.as_string()[:3] + "\n" + item.as_string()[3:])
    item.trivia.comment_ws, item.trivia.comment = table["query"].trivia.comment_ws, table["query"].trivia.comment
    table["query"] = item


def _reads(text: str) -> bool:
    try:
        parse_toml(text)
    except ValueError:
        return False
    return True
