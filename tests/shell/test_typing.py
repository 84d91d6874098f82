"""A query while it is typed: its pieces, whether it continues, and its completions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowlocal.shell.continuing import goes_on
from flowlocal.shell.knowledge import CallContext, Knowledge
from flowlocal.shell.pieces import pieces
from flowlocal.shell.suggesting import suggest

KNOWN = Knowledge(
    commands={"fields": "Show fields", "filter": "Keep events", "stats": "Aggregate", "parse": "Extract", "sort": ""},
    functions={
        "abs": CallContext("abs(number)", False),
        "avg": CallContext("avg(number)", True),
        "count": CallContext("count()", True),
    },
    fields={"@message": "text", "srcPort": "integer", "dstPort": "integer", "odd name": "text"},
    aliases={"srcport": "srcPort"},
)


@pytest.mark.parametrize(
    ("text", "sorts"),
    [
        ("filter dstPort = 22", "command name operator number"),
        ("filter @message like /a b/ # why", "command name keyword regex comment"),
        ("fields bytes / 8 / 2", "command name operator number operator number"),
        (
            "parse @message /(?<a>.)/ | stats avg(a)",
            "command name regex operator command function operator name operator",
        ),
        ("filter x = 'it' and y", "command name operator text keyword name"),
        ("filter x = 'open | stats", "command name operator text"),
        ("filter x like /open | stats", "command name keyword regex"),
        ("fields `a b` as `c | stats", "command name keyword name"),
        ("fields a.`open", "command error"),
        ("sttas count(*)", "error function operator operator operator"),
        ("count(*) by sort", "function operator operator operator keyword name"),
        ("filter a ? b", "command name error name"),
        (
            "filter a in (fields b) | sort c",
            "command name keyword operator command name operator operator command name",
        ),
        ("stat", "name"),
        ("", ""),
    ],
)
def test_pieces(text: str, sorts: str) -> None:
    """Every piece has the kind that the language would parse, also in unfinished and malformed queries."""
    found = pieces(text, KNOWN.is_command)
    assert " ".join(piece.sort for piece in found if piece.sort != "blank") == sorts


@given(st.text(alphabet="ab |/'\"`#\n@.()[]=\\?$%ä“\t") | st.text())
def test_pieces_are_the_text(text: str) -> None:
    """The pieces of any text add up to the text."""
    assert "".join(piece.text for piece in pieces(text)) == text


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("", False),
        ("stats count(*)", False),
        ("stats count(*) |", True),
        ("stats count(*) | # then", True),
        ("stats count(", True),
        ("fields a,", True),
        ("stats count(*) by", True),
        ("filter a = 'x", True),
        ("filter a = '|'", False),
        ("filter a like /(/", False),
        ("filter a like /x", True),
        ("fields `a", True),
        ("# only a comment", True),
        ("filter a in [1, 2", True),
        ("filter a)", False),
        ("sort a desc", False),
    ],
)
def test_goes_on(text: str, answer: bool) -> None:
    """Enter runs a finished query and continues an unfinished one."""
    assert goes_on(text) is answer


@pytest.mark.parametrize(
    ("before", "texts"),
    [
        ("fi", ["fields", "filter"]),
        ("filter dstPort = 22 | so", ["sort"]),
        ("filter por", ["srcPort", "dstPort"]),
        ("filter src", ["srcPort"]),
        ("filter SRC", ["srcPort"]),
        ("filter odd", ["`odd name`"]),
        ("filter `odd", ["`odd name`"]),
        ("filter srcPort", []),
        ("filter x = 'src", []),
        ("filter x like /src", []),
        ("filter x # src", []),
        ("fields src as a", []),
        ("stats a", ["avg(", "abs(", "and", "as", "asc"]),
        ("stats avg(x) by a", ["abs(", "avg(", "and", "as", "asc"]),
        ("fields srcPort as port_a | filter port_", ["port_a"]),
        ("parse @message '* *' as one_x, two_x | filter _x", ["one_x", "two_x"]),
        ("stats count(*) as n by dstPort | sort Port", ["dstPort"]),
        ("stats count(*) as nn by dstPort | sort n", ["nn", "not"]),
        ("count(*) as nn by dstPort | sort src", []),
    ],
)
def test_suggestions(before: str, texts: list[str]) -> None:
    """Completions suit the position: commands, discovered fields, names defined earlier, functions, keywords."""
    assert [each.text for each in suggest(before, KNOWN)] == texts


def test_signatures_are_shown() -> None:
    """A function is offered with its signature, a field with its kind."""
    assert [(each.shown, each.meta) for each in suggest("stats co", KNOWN)] == [("count", "count()")]
    assert [each.meta for each in suggest("filter src", KNOWN)] == ["integer"]
