"""Extract pieces from columns of texts: globs, regular expressions, comma-separated values, logfmt."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence

import polars as pl

from flowlocal.values.distinct import by_distinct

_KEY_END = re.compile(r'[\s"]')
_VALUE = re.compile(r'"((?:[^"\\]|\\.)*)"|(\S*)', re.DOTALL)
_LONG = 1 << 16
"""Bytes above which a text is long."""
_ASSERTION = re.compile(r"\\[bBAzZ<>]|\$|(?<!\[)\^")
"""Finds parts of a pattern that look at the surroundings of a match: sometimes too many, never too few."""
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_CONTROLS = {"n": "\n", "t": "\t", "r": "\r"}


def glob_columns(subject: pl.Expr, pattern: str) -> pl.Expr:
    """Return a struct of ``0``, ``1``, …: what the stars of a glob match; all null if the glob does not match.

    The leftmost match counts, every star matches as little as possible, and a star at the end matches the rest. Each
    literal between stars is searched for once, after the one before, so that many stars in a long text cost no
    backtracking.

    Args:
        subject: String.
        pattern: a ``*`` for each piece; everything else is literal. Without ``*`` there is one piece, the empty text,
            in texts that contain the pattern (seen in use).
    """
    if "*" not in pattern:
        return pl.struct(pl.when(subject.str.contains(pattern, literal=True)).then(pl.lit("")).alias("0"))
    pieces = pattern.split("*")
    fields = {str(number): pl.String() for number in range(len(pieces) - 1)}
    return subject.map_batches(lambda texts: _glob(texts, pieces), return_dtype=pl.Struct(fields), is_elementwise=True)


def _glob(texts: pl.Series, pieces: Sequence[str]) -> pl.Series:
    """Return the captures of one batch; at any time only one copy of the rest of each text is in memory."""
    longest = texts.str.len_bytes().max()
    if isinstance(longest, int) and longest > _LONG:
        return _glob_one_by_one(texts, pieces)
    first, *others = pieces
    rest = _split_at(texts, first)[1] if first else texts
    captures = []
    for number, piece in enumerate(others):
        last = number == len(others) - 1
        capture, rest = (rest, rest) if last and not piece else _split_at(rest, piece)
        captures.append(capture)
    matched = rest.is_not_null()
    frame = pl.DataFrame([capture.alias(str(number)) for number, capture in enumerate(captures)])
    return frame.with_columns(pl.when(matched).then(pl.all())).to_struct(texts.name)


def _glob_one_by_one(texts: pl.Series, pieces: Sequence[str]) -> pl.Series:
    """Return the same for texts so long that a copy for each star costs more than a loop in Python."""
    rows = [None if text is None else _captures(text, pieces) for text in texts]
    stars = len(pieces) - 1
    columns = {str(star): [None if row is None else row[star] for row in rows] for star in range(stars)}
    return pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String())).to_struct(texts.name)


def _captures(text: str, pieces: Sequence[str]) -> list[str] | None:
    first, *others = pieces
    at, found = text.find(first), list[str]()
    if at < 0:
        return None
    at += len(first)
    for piece in others[:-1]:
        end = text.find(piece, at)
        if end < 0:
            return None
        found.append(text[at:end])
        at = end + len(piece)
    end = text.find(others[-1], at) if others[-1] else len(text)
    return [*found, text[at:end]] if end >= 0 else None


def _split_at(texts: pl.Series, piece: str) -> tuple[pl.Series, pl.Series]:
    """Return the texts before and after the first occurrence of a piece; null after it if there is none."""
    if not piece:
        return pl.select(pl.when(texts.is_not_null()).then(pl.lit(""))).to_series(), texts
    parts = texts.str.splitn(piece, 2).struct
    return parts.field("field_0"), parts.field("field_1")


def group_names(pattern: str) -> tuple[str, ...]:
    """Return the names of a valid pattern's groups in order, the numbers of those without one."""
    groups = pl.Series([""]).str.extract_groups(pattern).struct.fields
    return tuple(groups)


def regex_columns(subject: pl.Expr, pattern: str) -> pl.Expr:
    """Return a struct of the groups of the first match; a group that takes no part in it is null."""
    return subject.str.extract_groups(pattern)


def regex_lists(subject: pl.Expr, pattern: str) -> pl.Expr:
    """Return a list of structs of groups, one for each match; null if there is none.

    Each match is matched again alone for its groups. If the pattern looks at its surroundings, it is matched with the
    neighbouring characters, anchored at both ends, so that anchors and word boundaries see what they saw in the text.
    """
    groups = pl.Series([""]).str.extract_groups(pattern)
    return subject.map_batches(
        lambda texts: _matches(texts, pattern, groups.dtype),
        return_dtype=pl.List(groups.dtype),
        is_elementwise=True,
    )


def _matches(texts: pl.Series, pattern: str, groups: pl.DataType) -> pl.Series:
    frame = pl.DataFrame({"text": texts}).with_row_index("row")
    found = frame.with_columns(match=pl.col("text").str.extract_all(pattern)).filter(pl.col("match").list.len() > 0)
    if _ASSERTION.search(pattern):
        read = _in_surroundings(found, pattern)
    else:
        alone = found.select("row", "match").explode("match")
        read = alone.select("row", groups=pl.col("match").str.extract_groups(pattern))
    lists = read.group_by("row", maintain_order=True).agg("groups")
    joined = frame.select("row").join(lists, on="row", how="left", maintain_order="left")
    return joined["groups"].cast(pl.List(groups)).alias(texts.name)


def _in_surroundings(found: pl.DataFrame, pattern: str) -> pl.DataFrame:
    """Return the groups of each match within its text."""
    gaps = found.select("row", "match", gap=pl.col("text").str.split(pattern, literal=False))
    sides = gaps.with_columns(
        following=pl.col("gap").list.slice(1), gap=pl.col("gap").list.head(pl.col("match").list.len())
    )
    exploded = sides.explode("match", "gap", "following")
    return exploded.with_columns(_neighbours()).select("row", groups=_reread(pattern))


def _neighbours() -> list[pl.Expr]:
    """Return the characters around each match; null at the ends of the text."""
    gap, following = pl.col("gap"), pl.col("following")
    before = pl.when(gap != "").then(gap.str.tail(1)).otherwise(_last(pl.col("match").shift(1).over("row")))
    next_match = pl.col("match").shift(-1).over("row")
    after = pl.when(following != "").then(following.str.head(1)).otherwise(_first(next_match))
    return [before.alias("before"), after.alias("after")]


def _first(text: pl.Expr) -> pl.Expr:
    return pl.when(text != "").then(text.str.head(1))


def _last(text: pl.Expr) -> pl.Expr:
    return pl.when(text != "").then(text.str.tail(1))


def _reread(pattern: str) -> pl.Expr:
    """Return the groups of a match, anchored according to the ends of the text that it touches."""
    before, match, after = pl.col("before"), pl.col("match"), pl.col("after")
    held = pl.concat_str(before, match, after, ignore_nulls=True)
    answers = []
    for at_start in (True, False):
        for at_end in (True, False):
            here = (before.is_null() == at_start) & (after.is_null() == at_end)
            fast = f"\\A{'' if at_start else '(?s:.)'}(?:{pattern}){'' if at_end else '(?s:.)'}\\z"
            answers.append(pl.when(here).then(held).str.extract_groups(fast))
    return pl.coalesce(answers)


def csv_columns(subject: pl.Expr, count: int) -> pl.Expr:
    """Return a struct of ``0``, ``1``, …: the first values of a comma-separated text; null if it has fewer.

    A value in double quotes may contain commas and doubled quotes (RFC 4180).
    """
    fields = {str(number): pl.String() for number in range(count)}

    def split(texts: pl.Series) -> pl.Series:
        rows = [None if text is None else csv_values(text, count) for text in texts]
        cells = {name: [row[int(name)] if row and int(name) < len(row) else None for row in rows] for name in fields}
        return pl.DataFrame(cells, schema=fields).to_struct(texts.name)

    return subject.map_batches(split, return_dtype=pl.Struct(fields), is_elementwise=True)


def csv_values(text: str, most: int) -> list[str]:
    """Return the first values of a comma-separated text."""
    values, at = list[str](), 0
    while len(values) < most and at <= len(text):
        value, at = _quoted(text, at) if text.startswith('"', at) else _plain(text, at)
        values.append(value)
    return values


def _plain(text: str, at: int) -> tuple[str, int]:
    comma = text.find(",", at)
    end = len(text) if comma < 0 else comma
    return text[at:end], end + 1


def _quoted(text: str, at: int) -> tuple[str, int]:
    """Return a value in quotes with whatever is between its closing quote and the comma, and the next offset."""
    pieces, at = list[str](), at + 1
    while True:
        quote = text.find('"', at)
        if quote < 0:
            return "".join([*pieces, text[at:]]), len(text) + 1
        pieces.append(text[at:quote])
        if not text.startswith('"', quote + 1):
            break
        pieces.append('"')
        at = quote + 2
    trailing, after = _plain(text, quote + 1)
    return "".join([*pieces, trailing]), after


def logfmt_documents(subject: pl.Expr) -> pl.Expr:
    """Return String: a JSON map of the ``key=value`` pairs of each text; null if there are none."""
    return by_distinct(subject, logfmt_document)


def logfmt_document(text: str) -> str | None:
    """Return the pairs of a text as a JSON map: other words are skipped, the last of equal keys counts."""
    pairs = dict(_pairs(text))
    return json.dumps(pairs, ensure_ascii=False, separators=(",", ":")) if pairs else None


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    """Yield keys and values, going from one ``=`` to the next, so that the time is linear in the text."""
    at = 0
    while (equals := text.find("=", at)) >= 0:
        key = _KEY_END.split(text[at:equals])[-1]
        at = equals + 1
        found = _VALUE.match(text, at) if key else None
        if found is not None:
            at = found.end()
            yield key, found[2] if found[1] is None else _unescaped(found[1])


def _unescaped(text: str) -> str:
    return _ESCAPED.sub(lambda escaped: _CONTROLS.get(escaped[1], escaped[1]), text)
