"""``parse``."""

from __future__ import annotations

from flowlocal.commands.parse.forms import ParseForm, at_form, read_form
from flowlocal.language import tree
from flowlocal.language.lexer import Token
from flowlocal.language.parser import Parser
from flowlocal.language.unparse import print_name
from flowlocal.planning.dependency import Dependency
from flowlocal.planning.frame import Frame
from flowlocal.planning.options import end_of_stage
from flowlocal.planning.registry import Command, command
from flowlocal.planning.stage_errors import redefined

_MESSAGE = tree.Name("@message")


@command(
    "parse",
    dependency=Dependency.NARROW,
    syntax=(
        'parse [FIELD] "GLOB" [as] NAME, ...\n'
        "parse [FIELD] /REGEX/ [as NAME, ...]\n"
        "parse [FIELD] /REGEX/ multi\n"
        "parse [FIELD] logfmt as NAME\n"
        "parse [FIELD] csv as NAME, ..."
    ),
    examples=(
        'parse interfaceId "*-*" as kind, id | stats count(*) as flows by kind | limit 3',
        "parse @message /(?<NetworkInterface>eni-.*?) / | display NetworkInterface, @message | limit 3",
        'parse srcAddr "*.*.*" as first, second, others | filter first = 10 | limit 3',
        r"parse @message /(?<address>\d+\.\d+\.\d+\.\d+)/ multi | stats count(*) as seen by address | limit 3",
    ),
    source="documented; columns shown, rows without a match and redefinition recorded",
    takes_regex=True,
)
class Parse(Command, frozen=True):
    r"""Extract pieces of a text and name them. Without a field, the text is ``@message``.

    **Glob**: every ``*`` is a piece, everything else is literal. The leftmost match counts, every star matches as
    little as possible, and a star at the end matches the rest (decided after the documented samples). There must be as
    many names as stars.

    **Regular expression**: named groups, ``(?<name>...)`` or ``(?P<name>...)``, are the pieces of the first match;
    all groups can also be named after ``as``. With ``multi`` there is one row for each match; it accepts only named
    groups (recorded, against the documented sample).

    **logfmt** makes a map of ``key=value`` pairs, whose values are ``NAME.key``; other words are skipped (decided).
    **csv** names the values between commas; values without a name are skipped (decided).

    An event without a match remains, without the pieces (recorded). A name that an earlier stage defined cannot be
    defined again; a piece with the name of a field replaces the field (both recorded). Pieces are text, and count as
    numbers if they read as such. Without ``fields`` or ``display`` only the pieces are shown (recorded).
    """

    subject: tree.Name
    form: ParseForm

    @classmethod
    def parse(cls, parser: Parser, word: Token) -> Parse:
        """Parse ``parse [FIELD] FORM``."""
        message = tree.Name("@message", span=word.span)
        subject = message if at_form(parser) else parser.field("a field, a text in quotes or a `/regex/`")
        form = read_form(parser)
        end_of_stage(parser, "`,` and another name, or `|` and the next command")
        return cls(subject, form, span=parser.since(word.span))

    @property
    def rowwise(self) -> bool:
        """True if there is one row for each row, as without ``multi``."""
        return not self.form.multi

    def plan(self, frame: Frame) -> Frame:
        """Return the same rows, or with ``multi`` more of them, with the pieces as further names."""
        earlier = set[str]()
        for name in self.form.names:
            frame.check_new(name.name, name.span)
            if name.name in earlier:
                raise redefined(name.name, name.span)
            earlier.add(name.name)
        return self.form.plan(frame, frame.field(self.subject.name, self.subject.span).text())

    def __str__(self) -> str:
        subject = "" if self.subject == _MESSAGE else f"{print_name(self.subject.name)} "
        return f"parse {subject}{self.form}"
