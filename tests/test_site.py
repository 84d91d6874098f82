"""The links of the documentation site, and the lexer that colours its queries; `.ci/run` builds the whole site."""

from __future__ import annotations

from pathlib import Path

import pytest
from pygments.lexers import get_lexer_by_name

from flowlocal.cookbook import recipes
from flowlocal.planning.registry import all_commands

site = pytest.importorskip("tools.site", reason="needs mkdocs")
ROOT = Path(__file__).parent.parent
REPOSITORY = "https://github.com/flowlocal/flowlocal"


@pytest.mark.parametrize(
    ("place", "written", "expected"),
    [
        ("index.md", "[a](cookbook.md#network)", "[a](cookbook.md#network)"),
        ("index.md", "[a](../sample_logs/README.md#queries)", "[a](sample-logs.md#queries)"),
        ("commands/stats.md", "![a](../images/chart.svg)", "![a](../images/chart.svg)"),
        ("commands/stats.md", "[a](../../README.md)", "[a](../index.md)"),
        ("sample-logs.md", "[a](queries)", f"[a]({REPOSITORY}/tree/main/sample_logs/queries)"),
        ("changelog.md", "[a](docs/fields.md)", "[a](fields.md)"),
        ("index.md", "[a](../LICENSE)", f"[a]({REPOSITORY}/blob/main/LICENSE)"),
        ("index.md", "[a](https://example.org/x) [b](#start)", "[a](https://example.org/x) [b](#start)"),
        ("index.md", "`[a](../LICENSE)`", "`[a](../LICENSE)`"),
        ("index.md", "| `a \\| b` |\n`a \\| b`", "| `a | b` |\n`a \\| b`"),
        ("index.md", "```\n[a](../gone.md)\n```", "```\n[a](../gone.md)\n```"),
    ],
)
def test_links(place: str, written: str, expected: str) -> None:
    """A link leads to the site's page of its target, else to the repository."""
    assert site.with_links(written, place) == expected


def test_link_to_nothing() -> None:
    """A link to a file that does not exist fails the build."""
    with pytest.raises(Exception, match=r"docs/index\.md: there is no gone\.md"):
        site.with_links("[a](../gone.md)", "index.md")


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ('<a href="b.html#x">', []),
        ('<a href="/flowlocal/b.html">', []),
        ('<a href="https://example.org">', []),
        ('<a href="c.html">', ["a.html links to c.html"]),
        ('<a href="b.html#y">', ["a.html links to b.html#y, which has no such anchor"]),
        ('<script src="https://example.org/a.js"></script>', ["a.html loads https://example.org/a.js"]),
        ('<img src="a.png">', ["a.html links to a.png"]),
        ('<link rel="stylesheet" href="//example.org/a.css">', ["a.html loads //example.org/a.css"]),
    ],
)
def test_broken_links(html: str, expected: list[str], tmp_path: Path) -> None:
    """A finished page neither links to what does not exist nor loads anything from elsewhere."""
    (tmp_path / "a.html").write_text(html, encoding="utf-8")
    (tmp_path / "b.html").write_text('<h2 id="x">', encoding="utf-8")
    assert list(site.broken(tmp_path, "/flowlocal/")) == expected


def examples() -> list[str]:
    """Return queries of every kind."""
    files = [path.read_text(encoding="utf-8") for path in (ROOT / "sample_logs").rglob("*.insights")]
    return [
        *files,
        *(each.query for each in recipes().values()),
        *(x for each in all_commands() for x in each.examples),
    ]


def tokens(query: str) -> list[tuple[str, str]]:
    """Return the kind and the text of every token but blanks."""
    found = get_lexer_by_name("insights").get_tokens(query)
    return [(str(kind).removeprefix("Token."), text) for kind, text in found if text.strip()]


def test_lexer_knows_every_query() -> None:
    """The lexer leaves no token of a query that we show without a kind, and changes no text."""
    for query in examples():
        found = list(get_lexer_by_name("insights", stripnl=False, ensurenl=False).get_tokens(query))
        assert "".join(text for _, text in found) == query
        assert not [text for kind, text in found if "Error" in str(kind)]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("filter (a = 1)", {"filter": "Keyword", "a": "Name", "=": "Operator", "1": "Literal.Number"}),
        ("count (*) by b|display b", {"count": "Name.Function", "by": "Operator.Word", "display": "Keyword"}),
        ("# c\nfields @message", {"# c": "Comment.Single", "fields": "Keyword", "@message": "Name.Builtin"}),
        ("filter a like /x|y/ | sort a", {"/x|y/": "Literal.String.Regex", "sort": "Keyword"}),
        ("filter a in (SOURCE logGroups() | stats count(*)) and b", {"stats": "Keyword", "and": "Operator.Word"}),
        ("filter a = {{b}}", {"{{b}}": "Name.Variable"}),
        ("stats count(*)) | limit 3", {"limit": "Keyword"}),
    ],
)  # fmt: skip
def test_kinds_of_tokens(query: str, expected: dict[str, str]) -> None:
    """Commands, functions, fields, texts and operators have kinds of their own."""
    found = {text: kind for kind, text in tokens(query)}
    assert {text: found.get(text) for text in expected} == expected
