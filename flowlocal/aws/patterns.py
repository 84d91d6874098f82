"""Filter patterns of FilterLogEvents, as conditions on messages."""

from __future__ import annotations

import re

import polars as pl

from flowlocal.aws.errors import invalid

_TERM = re.compile(r'\s*([-?]?)(?:"((?:[^"\\]|\\.)*)"|%([^%]*)%|([^\s"]+))')


def filter_pattern(pattern: str, column: str) -> pl.Expr:
    """Return a condition for the messages that match a pattern.

    Documented: "Filter pattern syntax for unstructured log events". All plain terms must be there, none of those
    with ``-``; where all are ``?term``, one suffices, and beside other terms such are ignored.

    Raises:
        ApiError: the pattern is not of this syntax, or is one for JSON or for fields between blanks.
    """
    pattern = pattern.strip()
    if pattern.startswith(("{", "[")):
        raise invalid("flowlocal reads filter patterns of terms; use StartQuery for JSON and for fields between blanks")
    terms = _terms(pattern)
    required = [_found(column, term) for sign, *term in terms if not sign]
    forbidden = [~_found(column, term) for sign, *term in terms if sign == "-"]
    options = [_found(column, term) for sign, *term in terms if sign == "?"]
    if options and not required and not forbidden:
        return pl.any_horizontal(options)
    return pl.all_horizontal(pl.lit(value=True), *required, *forbidden)


def _terms(pattern: str) -> list[tuple[str, ...]]:
    """Sign, phrase, regular expression and word of each term; one of the last three is not empty."""
    found, at = [], 0
    while at < len(pattern):
        match = _TERM.match(pattern, at)
        if match is None:
            raise invalid(f"Invalid filter pattern at character {at}: {pattern[at : at + 40]}")
        found.append(tuple(group or "" for group in match.groups()))
        at = match.end()
    return found


def _found(column: str, term: list[str]) -> pl.Expr:
    phrase, regex, word = term
    message = pl.col(column)
    if not regex:
        return message.str.contains(re.sub(r"\\(.)", r"\1", phrase) if phrase else word, literal=True)
    try:
        pl.select(pl.lit("").str.contains(regex))
    except pl.exceptions.ComputeError as error:
        raise invalid(f"Invalid regular expression in the filter pattern: {regex}") from error
    return message.str.contains(regex)
