"""Topics: operators, and what a command or function alone does not explain; one file each, found by its presence."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

_ALSO = re.compile(r"^also: (.+)\n\n", re.MULTILINE)
_SHELL = re.compile(r"^```console\n\$ (.+)\n(?:.*\n)*?```$", re.MULTILINE)


@dataclass(frozen=True)
class Topic:
    """A topic.

    Attributes:
        name: the stem of its file.
        title: its heading.
        others: other words by which it is found.
        text: the page, as Markdown, without the answers of its examples.
    """

    name: str
    title: str
    others: tuple[str, ...]
    text: str


@cache
def topics() -> tuple[Topic, ...]:
    """Return every topic, by name."""
    found = (each for each in (files("flowlocal.handbook") / "topics").iterdir() if each.name.endswith(".md"))
    return tuple(
        sorted((_read(each.name, each.read_text(encoding="utf-8")) for each in found), key=lambda each: each.name)
    )


def _read(name: str, written: str) -> Topic:
    also = _ALSO.search(written)
    text = _ALSO.sub("", written, count=1)
    title = text.partition("\n")[0].removeprefix("# ")
    return Topic(name.removesuffix(".md"), title, tuple(also[1].split(", ")) if also else (), text)


def examples(topic: Topic) -> list[str]:
    """Return the command lines of a topic's examples."""
    return _SHELL.findall(topic.text)
