"""String functions.

Numbers and times count as their printed text. If an argument is missing, or is a map or a list, the result is missing,
with the exceptions named below. If the result would exceed 1 MiB, the size of the largest event, it is missing
(decided).
"""

from __future__ import annotations

import json
from collections.abc import Callable

import polars as pl

from flowlocal.compiler.registry import Condition, IntArg, Pattern, TextArg, TextLiteral, function
from flowlocal.compiler.replacement import rewrite
from flowlocal.values import Array, Number, Text, Value
from flowlocal.values.distinct import by_rows

LONGEST = 2**20
"""Maximum size in bytes of UTF-8 of a text that a function returns."""
_BLANK = r"\A\s*\z"


def _flag(condition: pl.Expr) -> Number:
    """Return 1 or 0, for functions that are documented to return a number."""
    return Number.whole(condition.cast(pl.Int64), maximum=1)


@function("isempty", examples=[("isempty(nothing)", "1"), ("isempty('')", "1"), ("isempty(srcAddr)", "0")])
def isempty(field: Value) -> Number:
    """Return 1 if the field is missing or an empty text, else 0."""
    return _flag(~field.present() | (field.text() == "").fill_null(value=False))


@function("isblank", examples=[("isblank(' ')", "1"), ("isblank(nothing)", "1"), ("isblank(srcAddr)", "0")])
def isblank(field: Value) -> Number:
    """Return 1 if the field is missing, empty, or contains only white space, else 0."""
    return _flag(~field.present() | field.text().str.contains(_BLANK).fill_null(value=False))


@function("concat", examples=[("concat(srcAddr, ':', srcPort)", "172.31.9.69:49761"), ("concat('a', nothing)", "a")])
def concat(*text: TextArg) -> Text:
    """Return the texts joined together. Missing ones are ignored; if all are missing, so is the result (decided)."""
    size = pl.sum_horizontal([each.str.len_bytes().cast(pl.Int64) for each in text])
    some = pl.any_horizontal([each.is_not_null() for each in text])
    return Text(pl.when(some & (size <= LONGEST)).then(pl.concat_str(list(text), ignore_nulls=True)))


@function("strlen", examples=[("strlen('größe')", "5")])
def strlen(text: TextArg) -> Number:
    """Return the number of Unicode code points in the text."""
    return Number.whole(text.str.len_chars().cast(pl.Int64), maximum=2**32)


@function("toupper", examples=[("toupper('aé')", "AÉ")])
def toupper(text: TextArg) -> Text:
    """Return the text in uppercase letters."""
    return Text(text.str.to_uppercase())


@function("tolower", examples=[("tolower(action)", "reject")])
def tolower(text: TextArg) -> Text:
    """Return the text in lowercase letters."""
    return Text(text.str.to_lowercase())


@function("trim", examples=[("trim('xyZxyfooxyxyZ', 'xyZ')", "foo"), ("trim('  foo ')", "foo")])
def trim(text: TextArg, characters: TextArg | None = None) -> Text:
    """Return the text without white space, or any of the given characters, at both ends."""
    return _trimmed(text.str.strip_chars, characters)


@function("ltrim", examples=[("ltrim('xyZxyfooxyZ', 'xyZ')", "fooxyZ"), ("ltrim('  foo ')", "foo ")])
def ltrim(text: TextArg, characters: TextArg | None = None) -> Text:
    """Return the text without white space, or any of the given characters, at its start."""
    return _trimmed(text.str.strip_chars_start, characters)


@function("rtrim", examples=[("rtrim('xyZfooxyxyZ', 'xyZ')", "xyZfoo"), ("rtrim('  foo ')", "  foo")])
def rtrim(text: TextArg, characters: TextArg | None = None) -> Text:
    """Return the text without white space, or any of the given characters, at its end."""
    return _trimmed(text.str.strip_chars_end, characters)


def _trimmed(strip: Callable[..., pl.Expr], characters: pl.Expr | None) -> Text:
    return Text(strip() if characters is None else pl.when(characters.is_not_null()).then(strip(characters)))


@function("substr", examples=[("substr('xyZfooxyZ', 3)", "fooxyZ"), ("substr('xyZfooxyZ', 3, 3)", "foo")])
def substr(text: TextArg, start: IntArg, length: IntArg | None = None) -> Text:
    """Return the text from the character at ``start``, counted from 0, to its end or for at most ``length`` characters.

    A negative start or length counts as 0; a start after the end gives an empty text (decided).
    """
    first = start.clip(0)
    if length is None:
        return Text(pl.when(start.is_not_null()).then(text.str.slice(first)))
    return Text(pl.when(start.is_not_null() & length.is_not_null()).then(text.str.slice(first, length.clip(0))))


@function("replace", examples=[("replace('a.b.c', '.', '-')", "a-b-c")])
def replace(text: TextArg, search: TextArg, replacement: TextArg) -> Text:
    """Return the text with every occurrence of another text replaced.

    An empty search text is never found (decided).
    """
    return Text(by_rows([text, search, replacement], _replaced))


def _replaced(text: str, search: str, replacement: str) -> str | None:
    if not search:
        return text
    growth = (len(replacement.encode()) - len(search.encode())) * text.count(search)
    return text.replace(search, replacement) if len(text.encode()) + growth <= LONGEST else None


@function("regexReplace", examples=[("regexReplace('2024-05', '([0-9]+)-([0-9]+)', '$2/$1')", "05/2024")])
def regex_replace(text: TextArg, pattern: Pattern, replacement: TextLiteral) -> Text:
    r"""Return the text with every match of a regular expression replaced; the dialect is that of RE2.

    ``$1``, ``${name}`` and ``\1`` in the replacement refer to groups of the match (decided).
    """
    template, references = rewrite(pattern, replacement)
    size = text.str.len_bytes().cast(pl.Int64)
    kept, added = size * (1 + references), len(template.encode())
    surely = kept + (size + 1) * added <= LONGEST
    matches = pl.when(~surely).then(text).str.count_matches(pattern).cast(pl.Int64)
    fits = surely | (kept + matches * added <= LONGEST)
    return Text(pl.when(fits).then(text).str.replace_all(pattern, template))


@function("strcontains", examples=[("strcontains(action, 'REJ')", "1"), ("strcontains(action, 'rej', true)", "0")])
def strcontains(text: TextArg, search: TextArg, ignore: Condition | None = None) -> Number:
    """Return 1 if the text contains the other, else 0; the comparison is case-sensitive.

    The documentation has a third argument that ignores letter case; it was observed to have no effect on the service,
    and has none here (recorded).
    """
    return _flag(text.str.contains(search, literal=True))


@function("startsWith", examples=[("startsWith(srcAddr, '172.')", "1")])
def starts_with(text: TextArg, prefix: TextArg) -> Number:
    """Return 1 if the text starts with the other, else 0; the comparison is case-sensitive."""
    return _flag(text.str.starts_with(prefix))


@function("endsWith", examples=[("endsWith(srcAddr, '.69')", "1")])
def ends_with(text: TextArg, suffix: TextArg) -> Number:
    """Return 1 if the text ends with the other, else 0; the comparison is case-sensitive."""
    return _flag(text.str.ends_with(suffix))


@function("split", examples=[("split('a,b,c', ',')", '["a","b","c"]')])
def split(text: TextArg, delimiter: TextArg) -> Array:
    """Return the pieces of the text between the delimiters as an array. An empty delimiter splits it into characters.

    It prints as a JSON array, and ``jsonArraySize`` and ``jsonArrayContains`` accept it; ``unnest`` and ``expand`` do
    not (recorded). That an empty delimiter splits into characters is decided.
    """
    return Array(by_rows([text, delimiter], _pieces))


def _pieces(text: str, delimiter: str) -> str:
    pieces = text.split(delimiter) if delimiter else list(text)
    return json.dumps(pieces, ensure_ascii=False, separators=(",", ":"))
