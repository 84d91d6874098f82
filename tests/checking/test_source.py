"""Places of characters in the files that hold them."""

from __future__ import annotations

import json

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from flowlocal.checking.hosts._document import read_json
from flowlocal.checking.hosts._yaml import read_yaml
from flowlocal.checking.source import Host, SourceText

TEXTS = st.text(st.characters(codec="utf-8"), max_size=30)
WORDS = st.text(st.sampled_from("abc|=\"' \\\n#:é"), max_size=30)


def pointed_at(source: SourceText) -> str:
    """Return the host's characters at the places of a text's characters."""
    return "".join(source.host.text[offset] for offset in source.offsets[:-1])


@given(TEXTS, st.booleans())
def test_json_keeps_texts(text: str, ascii_only: bool) -> None:
    """A JSON text reads as the standard library reads it, and its places lie within it, in order."""
    host = Host("x.json", json.dumps({"key": [text]}, ensure_ascii=ascii_only))
    source = read_json(host.whole())["key"][0]
    assert source.text == text
    assert list(source.offsets) == sorted(source.offsets)
    assert len(source.offsets) == len(text) + 1


@given(st.text(st.sampled_from("abc|= 'é"), max_size=30))
def test_json_places_of_plain_characters(text: str) -> None:
    """Characters that need no escape are found at their places."""
    source = read_json(Host("x.json", json.dumps([text], ensure_ascii=False)).whole())[0]
    assert pointed_at(source) == text


@given(WORDS, st.sampled_from(['"', "'", "|", ">", None]))
def test_yaml_keeps_texts(text: str, style: str | None) -> None:
    """A YAML text reads as PyYAML reads it, in every style, and its places are in order."""
    written = yaml.dump({"key": text}, default_style=style, allow_unicode=True)
    source = read_yaml(Host("x.yaml", written))[0]["key"]
    assert source.text == text
    assert list(source.offsets) == sorted(source.offsets)


@pytest.mark.parametrize(
    "written",
    [
        "key: fields a | limit 3\n",
        'key: "fields a\\n| limit 3"\n',
        "key: 'fields a | limit 3'\n",
        "key: |\n  fields a\n  | limit 3\n",
        "key: |2-\n    fields a\n    | limit 3\n",
        "key: >-\n  fields a\n  | limit 3\n",
        "key: !Sub &anchor |\r\n  fields a\r\n  | limit 3\r\n",
        "key: !Sub\n  fields a | limit 3\n",
    ],
)
def test_yaml_places(written: str) -> None:
    """The word ``limit`` is found at its place, in every style."""
    value = read_yaml(Host("x.yaml", written))[0]["key"]
    source = value if isinstance(value, SourceText) else value["Fn::Sub"]
    start = source.text.index("limit")
    assert source.offsets[start] == written.index("limit")
    assert pointed_at(source[start : start + 5]) == "limit"


def test_json_in_json() -> None:
    """Places in a JSON text within a JSON text lead to the outermost file."""
    inner = json.dumps({"query": 'fields a\n| filter b = "x"'})
    host = Host("x.json", json.dumps({"body": inner}))
    source = read_json(read_json(host.whole())["body"])["query"]
    assert source.text == 'fields a\n| filter b = "x"'
    assert host.text[source.offsets[source.text.index("filter")] :].startswith("filter b")


def test_filled() -> None:
    """A word in place of a value that is not known has the place of the value."""
    host = Host("x", "a ${b} c")
    from flowlocal.checking.source import hole, joined  # noqa: PLC0415

    whole = host.whole()
    source = joined([whole[:2], hole(whole, 2, 6), whole[6:]])
    assert source.filled("word").text == "a word c"
    assert source.filled("word").place(7) == (1, 8)
    assert [each.written for each in source.unknown] == ["${b}"]


@pytest.mark.parametrize(("offset", "place"), [(0, (1, 1)), (1, (1, 2)), (2, (2, 1)), (3, (2, 2))])
def test_place(offset: int, place: tuple[int, int]) -> None:
    """Lines and columns count from 1."""
    assert Host("x", "a\nb").place(offset) == place
