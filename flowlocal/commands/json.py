"""``json``."""

from __future__ import annotations

import re

from flowlocal.language import tree
from flowlocal.language.lexer import Token
from flowlocal.language.parser import Parser
from flowlocal.language.unparse import print_name, print_string
from flowlocal.planning import elements
from flowlocal.planning.dependency import Dependency
from flowlocal.planning.frame import Frame
from flowlocal.planning.options import end_of_stage
from flowlocal.planning.registry import Command, command
from flowlocal.values import Json

_INDEX = re.compile(r"\[(\d+)\]")


class Extract(tree.Node, frozen=True):
    """A path, and the name for its value."""

    path: str
    target: tree.Target


@command(
    "json",
    dependency=Dependency.NARROW,
    syntax='json [field=FIELD] "PATH" as NAME, ...',
    examples=(
        'parse @message logfmt as pairs | json field=pairs "level" as level | limit 3',
        'fields concat(\'{"flow":{"action":"\', action, \'"}}\') as text'
        ' | json field=text "flow.action" as what | stats count(*) by what',
    ),
    source="documented on the page of parse; several paths and the default field decided",
    rowwise=True,
)
class JsonField(Command, frozen=True):
    """Extract values from a field that contains JSON text, by a path of keys and indexes: ``"users.0.name"``.

    Without a field, the text is ``@message``. A path that does not exist is missing, and so is any path in a text that
    is not JSON. A map or a list keeps its keys, ``NAME.key``. As with ``parse``, the names cannot be defined again.
    """

    subject: tree.Name
    extracts: tuple[Extract, ...]

    @classmethod
    def parse(cls, parser: Parser, word: Token) -> JsonField:
        """Parse ``json [field=FIELD] "PATH" as NAME, …``."""
        subject = tree.Name("@message", span=word.span)
        if parser.at_word("field") and parser.followed_by("="):
            parser.next()
            parser.expect("=")
            subject = parser.field()
        extracts = parser.separated(lambda: _extract(parser))
        end_of_stage(parser, "`,` and another path, or `|` and the next command")
        return cls(subject, extracts, span=parser.since(word.span))

    def plan(self, frame: Frame) -> Frame:
        """Return the same rows with further names."""
        subject = elements.whole(frame, self.subject)
        document = subject if isinstance(subject, Json) else Json(subject.text())
        for extract in self.extracts:
            target = extract.target
            frame.check_new(target.name, target.span)
            frame = frame.define(target.name, document.at(_INDEX.sub(r".\1", extract.path).lstrip(".")))
        return frame.show(extract.target.name for extract in self.extracts)

    def __str__(self) -> str:
        extracts = ", ".join(f"{print_string(each.path)} as {print_name(each.target.name)}" for each in self.extracts)
        return f"json field={print_name(self.subject.name)} {extracts}"


def _extract(parser: Parser) -> Extract:
    path = parser.string('a path in quotes, such as `"user.name"`')
    parser.expect_word("as")
    name = parser.name("a name for the column")
    return Extract(path.value, tree.Target(name.value, span=name.span), span=parser.since(path.span))
