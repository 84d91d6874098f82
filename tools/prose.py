"""Count words that the style guide watches, in docstrings, comments, user-facing strings and pages.

    python -m tools.prose             frequencies per 10,000 words
    python -m tools.prose --list tell    every place of a watched word

The style guide is in ``CONTRIBUTING.md``.
"""

from __future__ import annotations

import argparse
import ast
import io
import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
PYTHON = ("flowlocal", "tests", "benchmarks", "tools")
PAGES = ("*.md", "docs/*.md", "docs/development/*.md", "benchmarks/*.md", "sample_logs/*.md", "tests/cases/*.md")


@dataclass(frozen=True)
class Watched:
    """A word of the style guide: its pattern, and how often it may and has to occur in 10,000 words."""

    pattern: str
    at_most: float = 10_000
    at_least: float = 0


WATCHED = {
    "stand": Watched(r"stands?|standing", at_most=2),
    "behind": Watched(r"behind", at_most=2),
    "tell": Watched(r"tells?|told", at_most=2),
    "dear": Watched(r"dear(er|est)?", at_most=2),
    "unless said": Watched(r"unless\s+said", at_most=2),
    "is no": Watched(r"(?<!there )(is|are)\s+no(?=\s+(?!longer)[a-z])", at_most=2),
    "where": Watched(r"where", at_most=25),
    "if": Watched(r"if", at_least=60),
}


@dataclass(frozen=True)
class Prose:
    """A piece of text for people: the file, its first line, and the text without code."""

    path: Path
    line: int
    text: str


def prose(root: Path = ROOT) -> Iterator[Prose]:
    """Yield every docstring, comment, user-facing string and paragraph of pages below a folder."""
    for part in PYTHON:
        for path in sorted((root / part).rglob("*.py")):
            yield from _of_python(path)
    for pattern in PAGES:
        for path in sorted(root.glob(pattern)):
            yield Prose(path, 1, _without_code(path.read_text(encoding="utf-8")))


def frequencies(pieces: list[Prose]) -> dict[str, float]:
    """Return the occurrences of each watched word in 10,000 words."""
    text = "\n".join(piece.text for piece in pieces)
    words = len(re.findall(r"[A-Za-z']+", text))
    return {name: 10_000 * len(_pattern(name).findall(text)) / words for name in WATCHED}


def _of_python(path: Path) -> Iterator[Prose]:
    source = path.read_text(encoding="utf-8")
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT and "noqa" not in token.string:
            yield Prose(path, token.start[0], _without_code(token.string.lstrip("#")))
    tree = ast.parse(source)
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            is_message = "tests" not in path.parts and _is_sentence(node.value)
            if is_message or id(node) in docstrings:
                yield Prose(path, node.lineno, _without_code(node.value))


def _is_sentence(text: str) -> bool:
    """Return True if a string is for people: several words, neither code nor a pattern."""
    return len(re.findall(r"\b[a-z]{2,}\b", text)) > 3 and not re.search(r"[\\{}=|]", text)


def _without_code(text: str) -> str:
    text = re.sub(r"```.*?```", " ", text, flags=re.DOTALL)
    text = re.sub(r"(?m)^(    |\t|>>>|\$ |\|).*$", " ", text)
    return re.sub(r"``[^`]*``|`[^`]*`", " ", text)


def _pattern(name: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{WATCHED[name].pattern})\b", re.IGNORECASE)


def main() -> None:
    """Print the frequencies, or every place of one watched word."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--list", choices=WATCHED, help="print every place of this word")
    chosen = parser.parse_args().list
    pieces = list(prose())
    if chosen is None:
        for name, value in frequencies(pieces).items():
            print(f"{name:12} {value:6.1f}")
        return
    for piece in pieces:
        for match in _pattern(chosen).finditer(piece.text):
            line = piece.line + piece.text.count("\n", 0, match.start())
            around = " ".join(piece.text[max(0, match.start() - 60) : match.end() + 60].split())
            print(f"{piece.path.relative_to(ROOT)}:{line}: {around}")


if __name__ == "__main__":
    main()
