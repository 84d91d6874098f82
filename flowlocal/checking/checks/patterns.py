"""Check texts and regular expressions that match something else than they seem to."""

from __future__ import annotations

import re
from collections.abc import Iterator

from flowlocal.checking.finding import Severity, Violation, check
from flowlocal.checking.subject import Subject
from flowlocal.language import tree

ADDRESSES = frozenset({"srcAddr", "dstAddr", "pktSrcAddr", "pktDstAddr", "srcaddr", "dstaddr"})
_WHOLE = re.compile(r"\d{1,3}(\.\d{1,3}){3}")
_LOOSE = re.compile(r"(?<![\\\d.])\d{1,3}(?:\\?\.\d{1,3}){1,3}(?:\\?\.)?(?![\d*+?{])")
_BARE_DOT = re.compile(r"(?<!\\)\.")


@check(
    "FL201",
    "address-dots",
    example="filter dstAddr like /172.31.16.21/",
    better='filter dstAddr = "172.31.16.21"',
)
def address_dots(query: Subject) -> Iterator[Violation]:
    r"""Report an unescaped dot in an address in a regular expression.

    It matches any character: `/10.0.0.1/` also finds `10.0.011`, `1010.0.1` and, as the expression may match
    anywhere, `110.0.0.12`. Compare whole addresses with `=`, ranges with `isIpv4InSubnet(field, "10.0.0.0/24")`, or
    write `\.`.
    """
    for node in query.nodes(tree.Like):
        if not isinstance(node.pattern, tree.Regex):
            continue
        found = _LOOSE.search(node.pattern.pattern)
        if found and _BARE_DOT.search(found[0]) and (found[0].count(".") > 1 or _named(node.subject) in ADDRESSES):
            escaped = _BARE_DOT.sub(r"\\.", found[0])
            whole = f'`= "{found[0]}"` for this one address, or ' if _WHOLE.fullmatch(found[0]) else ""
            message = f"the dots in {found[0]} match any character"
            yield Violation(node.pattern.span, message, f"write {whole}`{escaped}`")


@check(
    "FL202",
    "address-part",
    example='filter srcAddr like "10.0.0.1"',
    better='filter srcAddr = "10.0.0.1"',
)
def address_part(query: Subject) -> Iterator[Violation]:
    """Report an address that is searched for as a part of another text.

    `like` with a text finds it anywhere: `like "10.0.0.1"` finds `10.0.0.12` and `110.0.0.1`, too. Compare whole
    addresses with `=`, ranges with `isIpv4InSubnet(field, "10.0.0.0/24")`.
    """
    for node in query.nodes(tree.Like):
        if not isinstance(node.pattern, tree.String) or _named(node.subject) not in ADDRESSES:
            continue
        text, field = node.pattern.value, _named(node.subject)
        if _WHOLE.fullmatch(text):
            operator = "!=" if node.negated else "="
            yield Violation(node.span, f"this finds {text}2 and 1{text}, too", f'write `{field} {operator} "{text}"`')
        elif re.fullmatch(r"(\d{1,3}\.){1,3}", text):
            message = f"this finds {text} anywhere in an address, as in 1{text}"
            yield Violation(node.span, message, f'write `isIpv4InSubnet({field}, "{_subnet(text)}")`')


def _subnet(beginning: str) -> str:
    parts = beginning.strip(".").split(".")
    return ".".join([*parts, *["0"] * (4 - len(parts))]) + f"/{8 * len(parts)}"


@check(
    "FL203",
    "pattern-in-text",
    example='filter @message like "%REJECT%"',
    better='filter @message like "REJECT"',
)
def pattern_in_text(query: Subject) -> Iterator[Violation]:
    r"""Report a text after `like` that is written as a pattern.

    After `like`, a text in quotes is searched for as it is written: `%` and `*` are not wildcards, and `^`, `.*` or
    `\d` mean themselves. Write a plain text, or a regular expression between slashes.
    """
    for node in query.nodes(tree.Like):
        if isinstance(node.pattern, tree.String) and _is_pattern(node.pattern.value):
            message = "a text in quotes is searched for as it is written; it is not a pattern"
            yield Violation(node.pattern.span, message, "write the text alone, or a regular expression between slashes")


def _is_pattern(text: str) -> bool:
    wild = len(text) > 1 and (text[0] in "%*" or text[-1] in "%*")
    return wild or bool(re.match(r"\^\w|/.+/$", text)) or bool(re.search(r"\.[*+]|\\[dwsb.]|\[\^?\w-\w\]", text))


@check(
    "FL204",
    "equals-pattern",
    example='filter dstAddr = "10.0.*"',
    better='filter isIpv4InSubnet(dstAddr, "10.0.0.0/16")',
)
def equals_pattern(query: Subject) -> Iterator[Violation]:
    """Report a field that is compared with a text that looks like a pattern or a range of addresses.

    `=` and `in` compare whole values: no value equals `10.0.*` or `10.0.0.0/16`, and `*UnauthorizedOperation` is not
    the end of one. Write `isIpv4InSubnet` for ranges and `like` for patterns.
    """
    for node in _compared_texts(query):
        subnet = re.fullmatch(r"\d{1,3}(\.\d{1,3}){3}/\d{1,2}", node.value)
        if subnet:
            yield Violation(
                node.span, "no value equals a range of addresses", f'write `isIpv4InSubnet(…, "{node.value}")`'
            )
        elif re.fullmatch(r"(\d{1,3}\.){1,3}[*%]", node.value):
            fix = f'write `isIpv4InSubnet(…, "{_subnet(node.value[:-1])}")`'
            yield Violation(node.span, f"no value equals {node.value}; there are no wildcards", fix)
        elif wanted := _as_like(node.value):
            yield Violation(node.span, f"`{node.value}` is compared as it is written; there are no wildcards", wanted)


def _as_like(text: str) -> str:
    """Return the fix for a text with a wildcard at its start or end; nothing for another text."""
    found = re.fullmatch(r"([*%]?)([^*%]*[^*%\d])([*%]?)|([*%])([^*%]+)", text)
    if found is None or not (first := found[1] or found[4] or "") + (last := found[3] or ""):
        return ""
    inner = found[2] or found[5]
    if first and last:
        return f'write `like "{inner}"`'
    escaped = re.escape(inner).replace("/", "\\/")
    return f"write `like /{escaped}$/`" if first else f"write `like /^{escaped}/`"


def _compared_texts(query: Subject) -> Iterator[tree.String]:
    for comparison in query.nodes(tree.Comparison):
        yield from (each for each in (comparison.left, comparison.right) if isinstance(each, tree.String))
    for membership in query.nodes(tree.In):
        yield from (each for each in membership.items if isinstance(each, tree.String))


@check(
    "FL205",
    "matches-everything",
    example="filter @message like //",
    better="filter @message like /REJECT/",
    severity=Severity.WARNING,
)
def matches_everything(query: Subject) -> Iterator[Violation]:
    """Report a pattern after `like` that matches every text.

    An empty pattern, or one of which every part may be absent (`/.*/`), is found in every value that is there.
    """
    for node in query.nodes(tree.Like):
        text = getattr(node.pattern, "pattern", getattr(node.pattern, "value", None))
        if isinstance(text, str) and text in ("", ".*", "^.*$", "^.*", ".*$"):
            yield Violation(
                node.pattern.span, "this is found in every value", "write what is looked for, or use `ispresent`"
            )


def _named(expression: tree.Expression) -> str:
    return expression.name if isinstance(expression, tree.Name) else ""
