"""Check what flowlocal accepts and the service may refuse."""

from __future__ import annotations

import re
from collections.abc import Iterator

from flowlocal.checking.finding import Severity, Violation, check
from flowlocal.checking.subject import Subject
from flowlocal.commands.stats import Stats
from flowlocal.language import tree
from flowlocal.language.errors import Span
from flowlocal.language.templates import MOST_CHARACTERS
from flowlocal.language.unparse import print_query

_ODD_BLANK = re.compile("[\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff\u200b]+")
_QUOTED = re.compile(r'"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\'|`[^`]*`|#[^\n]*')
_COMPARISONS = (tree.Comparison, tree.Like, tree.In, tree.InSubquery)


@check(
    "FL101",
    "bare-aggregate",
    example='filter action = "REJECT" | count(*) by dstPort',
    better='filter action = "REJECT" | stats count(*) by dstPort',
)
def bare_aggregate(query: Subject) -> Iterator[Violation]:
    """Report an aggregate without the word `stats`.

    flowlocal reads `count(*) by dstPort` as if `stats` were written before it. The service was seen to refuse it.
    """
    for stage in query.nodes(Stats):
        if stage.bare:
            word = query.first_token(stage.span)
            yield Violation(
                word.span, "an aggregate without `stats`, which the service refuses", f"write `stats {word.value}(…)`"
            )


@check(
    "FL102",
    "leading-pipe",
    example='| filter action = "REJECT"',
    better='filter action = "REJECT"',
)
def leading_pipe(query: Subject) -> Iterator[Violation]:
    """Report a pipe at the start of the query.

    flowlocal accepts it; that the service does is not documented.
    """
    first = query.first_token()
    if first.value == "|":
        yield Violation(first.span, "a pipe before the first command", "leave it out")


@check(
    "FL103",
    "odd-white-space",
    example='filter\u3000action = "REJECT"',
    better='filter action = "REJECT"',
)
def odd_white_space(query: Subject) -> Iterator[Violation]:
    """Report a white-space character between two words that is not a plain blank.

    Queries that are copied from web pages and documents contain no-break spaces, full-width spaces and invisible
    characters. flowlocal reads them as blanks; that the service does is not documented.
    """
    for found in _ODD_BLANK.finditer(_QUOTED.sub(lambda quoted: "x" * len(quoted[0]), query.text)):
        code = f"U+{ord(found[0][0]):04X}"
        yield Violation(Span(*found.span()), f"the character {code} between words", "write a plain blank")


@check(
    "FL104",
    "log-spelling",
    example="stats count(*) by srcaddr",
    better="stats count(*) by srcAddr",
    severity=Severity.NOTE,
)
def log_spelling(query: Subject) -> Iterator[Violation]:
    """Report a field of the default format that is named as the log spells it.

    In flow logs of the default format the service knows the fields by names such as `srcAddr` and `dstPort` alone
    (documented), and finds nothing under `srcaddr`. flowlocal accepts the log's own spelling as a second name. In
    logs of a custom format the service was seen to use it; there, leave this out with `--ignore FL104`.
    """
    from flowlocal.sources.records import catalog  # noqa: PLC0415 - one table of one check

    names = {field: catalog.insights_name(field) for field in catalog.DEFAULT}
    for node in query.nodes(tree.Name):
        known = names.get(node.name, node.name)
        if query.flow_logs and known != node.name and node.name not in query.defined:
            message = f"in the service, flow logs of the default format have no `{node.name}`"
            yield Violation(node.span, message, f"write `{known}`")


@check(
    "FL105",
    "too-long",
    example="filter dstPort in [" + ", ".join(map(str, range(2500))) + "]",
    better="filter dstPort < 2500",
    severity=Severity.ERROR,
)
def too_long(query: Subject) -> Iterator[Violation]:
    """Report a query of more than 10,000 characters.

    The service takes no longer ones (StartQuery, `queryString`).
    """
    size = len(query.text)
    if size > MOST_CHARACTERS:
        shorter = len(print_query(query.query))
        fits = f"; on one line without comments it has {shorter:,}" if shorter <= MOST_CHARACTERS else ""
        message = f"{size:,} characters, and the service takes {MOST_CHARACTERS:,}{fits}"
        yield Violation(
            Span(MOST_CHARACTERS, size), message, "shorten it, as with a regular expression or `isIpv4InSubnet`"
        )


@check(
    "FL106",
    "bare-not",
    example='filter not action = "ACCEPT"',
    better='filter not (action = "ACCEPT")',
)
def bare_not(query: Subject) -> Iterator[Violation]:
    """Report a `not` before a comparison without parentheses.

    Here it negates the comparison. A parser of the service from 2020 bound `not` more tightly, and read
    `not a = 1` as `(not a) = 1`; what the service does today is not known. Parentheses leave no doubt.
    """
    for node in query.nodes(tree.Unary):
        compared = node.operand
        if node.operator == "not" and isinstance(compared, _COMPARISONS) and not _in_parentheses(compared):
            text = query.text[compared.span.start : compared.span.end]
            yield Violation(node.span, "`not` before a bare comparison", f"write `not ({text})`")


def _in_parentheses(node: tree.Node) -> bool:
    """Return True if an expression begins before its own first part does."""
    return node.span.start < next(tree.children(node)).span.start
