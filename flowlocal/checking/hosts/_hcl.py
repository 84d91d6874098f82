"""Terraform's language as documents whose texts know their place in the file.

python-hcl2 parses; this turns its tree into documents, because its own documents have no positions.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from flowlocal.checking.hosts import NotChecked
from flowlocal.checking.hosts._document import Document
from flowlocal.checking.source import Host, SourceText, aligned, hole, joined
from flowlocal.events import UnreadableInput
from flowlocal.extras import needed_for

Tree = Any
"""A tree of lark: ``data`` is the rule, ``children`` are trees and tokens, tokens are texts with ``start_pos``."""

_HEREDOC = re.compile(r"<<-?[ \t]*\S+?\r?\n(.*?\r?\n)?[ \t]*\S+\r?\n?\Z", re.DOTALL)
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|.)", re.DOTALL)
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t"}
_LEAD = "x = "
"""Put before an expression, so that it parses as a file."""


def parse(source: SourceText) -> Tree:
    """Return the tree of a file.

    Raises:
        ValueError: it is not HCL.
        UnreadableInput: the library that reads HCL is not installed.
    """
    with needed_for(
        "reading Terraform", "check", lambda lack, advice: UnreadableInput(lack, source.host.path, hint=advice)
    ):
        import hcl2  # noqa: PLC0415 - an extra
        from lark.exceptions import LarkError  # noqa: PLC0415
    try:
        return hcl2.parses_to_tree(source.text + "\n")
    except LarkError as error:
        raise ValueError(" ".join(str(error).split())[:200]) from error
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def parse_expression(source: SourceText) -> tuple[SourceText, Tree]:
    """Return an expression in another text, with the text that its tree's offsets count in."""
    lead = SourceText(_LEAD, [source.offsets[0]] * (len(_LEAD) + 1), source.host)
    whole = joined([lead, source])
    attribute = next(parse(whole).find_data("attribute"))
    return whole, attribute.children[-1]


@dataclass(frozen=True)
class HclBlock:
    """A block of a file: ``resource "type" "name" { … }``."""

    words: tuple[str, ...]
    attributes: Mapping[str, Tree]


def blocks(tree: Tree) -> Iterator[HclBlock]:
    """Return the outermost blocks of a file."""
    for block in _subtrees(tree.children[0], "block"):
        words = tuple(_word(each) for each in block.children if rule(each) in ("identifier", "string"))
        body = next(_subtrees(block, "body"))
        yield HclBlock(words, dict(_attributes(body)))


def _attributes(body: Tree) -> Iterator[tuple[str, Tree]]:
    for attribute in _subtrees(body, "attribute"):
        yield _word(attribute.children[0]), attribute.children[-1]


def rule(tree: Tree) -> str:
    """Return the name of a tree's rule; an empty text for a token."""
    return str(getattr(tree, "data", ""))


def _subtrees(tree: Tree, name: str) -> Iterator[Tree]:
    return (child for child in tree.children if rule(child) == name)


def _word(tree: Tree) -> str:
    return "".join(map(str, tree.scan_values(lambda token: token.type != "DBLQUOTE")))


def _code(tree: Tree) -> list[Tree]:
    """Return the children without line breaks, comments and punctuation."""
    return [child for child in tree.children if rule(child) and rule(child) != "new_line_or_comment"]


Reference = Callable[[str], Document | None]
"""The value of a reference such as ``var.port``; None if it is not known."""
Function = Callable[[list[Document]], Document]


@dataclass(frozen=True)
class Evaluator:
    """Turns expressions into documents, as far as the file contains their values.

    Attributes:
        source: the text that the offsets of the trees count in.
        reference: what is known of variables.
        functions: what is known of functions, by name.
    """

    source: SourceText
    reference: Reference
    functions: Mapping[str, Function]

    @property
    def host(self) -> Host:
        """The file."""
        return self.source.host

    def value(self, tree: Tree) -> Document:
        """Return the document of an expression; ``NotChecked`` if its value is not known."""
        handler = getattr(self, f"_{rule(tree)}", None)
        return handler(tree) if handler else self._refused(tree)

    def _refused(self, tree: Tree) -> NotChecked:
        place = self._at(tree)
        written = " ".join(place.text.split())
        shown = written if len(written) < 60 else f"{written[:57]}…"
        return NotChecked(self.host, f"it depends on {shown}", "check the finished text", place)

    def _at(self, tree: Tree) -> SourceText:
        start, end = _extent(tree)
        return self.source[start:end]

    def _expr_term(self, tree: Tree) -> Document:
        inner = _code(tree)
        return self.value(inner[0]) if len(inner) == 1 else self._refused(tree)

    def _literal_value(self, tree: Tree) -> Document:
        return {"true": True, "false": False}.get(_word(tree))

    def _int_lit(self, tree: Tree) -> Document:
        return self._at(tree)

    _float_lit = _int_lit

    def _get_attr_expr_term(self, tree: Tree) -> Document:
        known = self.reference("".join(self._at(tree).text.split()))
        return known if known is not None else self._refused(tree)

    def _tuple(self, tree: Tree) -> Document:
        return [self.value(each) for each in _code(tree)]

    def _object(self, tree: Tree) -> Document:
        elements = (_code(each) for each in _subtrees(tree, "object_elem"))
        return {_word(key): self.value(value) for key, value in elements}

    def _function_call(self, tree: Tree) -> Document:
        name, *rest = _code(tree)
        function = self.functions.get(_word(name))
        if function is None:
            return self._refused(tree)
        given = function([self.value(each) for arguments in rest for each in _code(arguments)])
        if isinstance(given, NotChecked) and given.source is None:
            return replace(given, source=self._at(tree))
        return self._refused(tree) if given is None else given

    def _string(self, tree: Tree) -> Document:
        start, end = _extent(tree)
        parts = [self._part(each) for each in _subtrees(tree, "string_part")]
        return joined([self.source[start + 1 : start + 1], *parts, self.source[end - 1 : end - 1]])

    def _part(self, part: Tree) -> SourceText:
        child = part.children[0]
        start, end = _extent(child)
        if rule(child) == "interpolation":
            known = self.value(_code(child)[0])
            return known if isinstance(known, SourceText) else hole(self.source, start, end)
        if rule(child):  # a directive, %{ if … }
            return hole(self.source, start, end)
        raw = self.source[start:end]
        if child.type in ("ESCAPED_INTERPOLATION", "ESCAPED_DIRECTIVE"):
            return raw[1:]
        return self._unescaped(raw)

    def _unescaped(self, raw: SourceText) -> SourceText:
        text = _ESCAPE.sub(lambda escape: _unescape(escape[1]), raw.text)
        local = aligned(text, Host("", raw.text), 0, len(raw.text))
        return SourceText(text, [raw.offsets[offset] for offset in local.offsets], raw.host)

    def _heredoc_template(self, tree: Tree) -> Document:
        return self._heredoc(tree, trim=False)

    def _heredoc_template_trim(self, tree: Tree) -> Document:
        return self._heredoc(tree, trim=True)

    def _heredoc(self, tree: Tree, *, trim: bool) -> Document:
        start, _ = _extent(tree)
        found = _HEREDOC.match(str(tree.children[0]))
        if found is None or found[1] is None:
            return self.source[start:start]
        body = self.source[start + found.start(1) : start + found.end(1)]
        return template(_dedented(body) if trim else body, self)


def _extent(tree: Tree) -> tuple[int, int]:
    """Return the offsets of a tree's first character and of the one after its last."""
    if not rule(tree):
        return tree.start_pos, tree.end_pos
    return tree.meta.start_pos, tree.meta.end_pos


def _unescape(letter: str) -> str:
    if letter[0] in "uU" and len(letter) > 1:
        number = int(letter[1:], 16)
        return chr(number) if number < 0x110000 and not 0xD800 <= number < 0xE000 else "\ufffd"
    return _ESCAPES.get(letter, letter)


def _dedented(body: SourceText) -> SourceText:
    """Return the lines without the indentation that all of them share."""
    lines, at = [], 0
    for line in body.text.splitlines(keepends=True):
        lines.append((at, at + len(line), line))
        at += len(line)
    indents = [len(line) - len(line.lstrip(" \t")) for _, _, line in lines if line.strip()]
    shared = min(indents, default=0)
    return joined([body[0:0], *(body[min(start + shared, end - 1) : end] for start, end, _ in lines)])


def template(source: SourceText, evaluator: Evaluator) -> SourceText:
    """Return a template, the inside of a heredoc or of a text in JSON, with its interpolations resolved."""
    pieces, at = [source[0:0]], 0
    for start, end in interpolations(source.text):
        pieces.append(source[at:start])
        at = end
        if source.text[start : start + 3] in ("$${", "%%{"):
            pieces.append(source[start + 1 : end])
            continue
        known = _interpolated(source[start + 2 : end - 1], evaluator) if source.text[start] == "$" else None
        pieces.append(known if isinstance(known, SourceText) else hole(source, start, end))
    return joined([*pieces, source[at:]])


def _interpolated(expression: SourceText, evaluator: Evaluator) -> Document:
    try:
        whole, tree = parse_expression(expression)
    except ValueError:
        return None
    return Evaluator(whole, evaluator.reference, evaluator.functions).value(tree)


def interpolations(text: str) -> Iterator[tuple[int, int]]:
    """Yield the stretches ``${…}``, ``%{…}`` and their escaped forms, braces and quotes in them counted."""
    at = 0
    while found := re.compile(r"\$?\$\{|%?%\{").search(text, at):
        end, depth, quoted = found.end(), 1, False
        while end < len(text) and depth:
            character = text[end]
            quoted ^= character == '"' and text[end - 1] != "\\"
            depth += 0 if quoted else {"{": 1, "}": -1}.get(character, 0)
            end += 1
        yield found.start(), end
        at = end
