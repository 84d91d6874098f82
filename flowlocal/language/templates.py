"""Saved queries and placeholders, which are expanded in the text of a query before it is parsed.

``{{name}}`` is replaced with the value of a parameter; ``$Name(p = "v")``, in place of a stage, with the text of a
saved query, whose own placeholders are replaced with the given values or their defaults (documented). A placeholder
with neither becomes empty text (recorded).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from msgspec import Struct, field

from flowlocal.language.errors import MalformedQuery, Span, verbatim
from flowlocal.language.invocations import Argument, Invocation, invocations
from flowlocal.language.suggest import did_you_mean

_PLACEHOLDER = re.compile(r"\{\{\s*([^\W\d]\w*)\s*\}\}")
_DEFAULT = re.compile(r"#\s*\{\{\s*([^\W\d]\w*)\s*\}\}\s*=[ \t]*(.*?)\s*$")
MOST_PARAMETERS = 20
"""Maximum number of parameters of a query (documented)."""
MOST_CHARACTERS = 10_000
"""Maximum number of characters of a query, as written and expanded (documented: StartQuery, `queryString`)."""


class SavedQuery(Struct, frozen=True):
    """A query that others can invoke.

    Attributes:
        text: the query, with ``{{name}}`` in place of a parameter.
        defaults: values of parameters that an invocation may leave out.
    """

    text: str
    defaults: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, text: str) -> SavedQuery:
        """Parse the text of a file; lines ``# {{name}} = value`` at its top are defaults (decided)."""
        lines, defaults = text.splitlines(keepends=True), dict[str, str]()
        for line in lines:
            found = _DEFAULT.match(line.strip())
            if found:
                defaults[found[1]] = _unquoted(found[2])
            elif line.strip() and not line.lstrip().startswith("#"):
                break
        kept = [line for line in lines if not _DEFAULT.match(line.strip())]
        return cls("".join(kept), defaults)

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names of the parameters, in order of first use."""
        return tuple(dict.fromkeys(found[1] for found in _PLACEHOLDER.finditer(self.text)))


def _unquoted(value: str) -> str:
    return value[1:-1] if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'" else value


class _Piece(NamedTuple):
    """A part of the expanded text, and the span of the query that it replaces."""

    text: str
    origin: Span
    insertion: str = ""
    """Description of the inserted text; empty if the text is the query's own."""


class Expansion(NamedTuple):
    """A query with everything expanded.

    Attributes:
        written: the query as written.
        pieces: the parts of its text, in order.
    """

    written: str
    pieces: tuple[_Piece, ...]

    @property
    def text(self) -> str:
        """The expanded text."""
        return "".join(piece.text for piece in self.pieces)

    def place(self, error: MalformedQuery) -> MalformedQuery:
        """Return an error in the expanded text, moved to the query as written.

        An error inside an inserted text is shown at the placeholder or the invocation, and quotes the inserted text.
        """
        if self.written == self.text:
            error.text = self.written
            return error
        piece, written = self._origin(error.span.start)
        if piece.insertion:
            around = self.text[max(0, error.span.start - 20) : error.span.end + 20]
            error.message += f" in {piece.insertion}"
            error.hint = "; ".join(filter(None, (error.hint, f"it reads: … {' '.join(around.split())} …")))
            error.span = piece.origin
        elif error.span.end > error.span.start:
            error.span = written.to(self._origin(error.span.end - 1)[1])
        else:
            error.span = Span(written.start, written.start)
        error.text = self.written
        return error

    def _origin(self, offset: int) -> tuple[_Piece, Span]:
        """Return the part at an offset of the expanded text, and the span of the query that it replaces."""
        at = 0
        for piece in self.pieces:
            if offset < at + len(piece.text):
                start = piece.origin.start + offset - at
                return piece, piece.origin if piece.insertion else Span(start, start + 1)
            at += len(piece.text)
        end = len(self.written)
        return _Piece("", Span(end, end)), Span(end, end)


def expand(query: str, parameters: Mapping[str, str], saved: Mapping[str, SavedQuery]) -> Expansion:
    """Return a query with its placeholders and the saved queries that it invokes expanded.

    Raises:
        MalformedQuery: a parameter has no value, a saved query is unknown or invokes another one, or the expanded query
        is
            too long.
    """
    try:
        pieces = tuple(_pieces(query, parameters, saved))
    except MalformedQuery as error:
        error.text = query
        raise
    expansion = Expansion(query, pieces)
    if any(piece.insertion for piece in pieces) and len(expansion.text) > MOST_CHARACTERS:
        raise _too_long(expansion.text, Span(0, len(query)), query, " after expansion")
    return expansion


def check_length(query: str) -> None:
    """Raise MalformedQuery if a query, as written, has more characters than the service accepts."""
    if len(query) > MOST_CHARACTERS:
        raise _too_long(query, Span(MOST_CHARACTERS, len(query)), query)


def _too_long(text: str, span: Span, written: str, when: str = "") -> MalformedQuery:
    message = f"the query has {len(text):,} characters{when}; the service accepts at most {MOST_CHARACTERS:,}"
    hint = "replace a long list with a regular expression, `isIpv4InSubnet` or a lookup table"
    return MalformedQuery(message, span, hint=hint, text=written)


def _pieces(query: str, parameters: Mapping[str, str], saved: Mapping[str, SavedQuery]) -> Iterator[_Piece]:
    at = 0
    for invocation in invocations(query):
        yield from _filled(query, Span(at, invocation.span.start), parameters)
        yield _invoked(invocation, parameters, saved)
        at = invocation.span.end
    yield from _filled(query, Span(at, len(query)), parameters)


def _filled(query: str, stretch: Span, values: Mapping[str, str]) -> Iterator[_Piece]:
    """Yield a part of the query with its placeholders replaced."""
    at = stretch.start
    for found in _PLACEHOLDER.finditer(query, stretch.start, stretch.end):
        span = Span(*found.span())
        yield _Piece(query[at : span.start], Span(at, span.start))
        yield _Piece(_value(found[1], span, values), span, f"the value of `{found[1]}`")
        at = span.end
    yield _Piece(query[at : stretch.end], Span(at, stretch.end))


def _value(name: str, span: Span, values: Mapping[str, str]) -> str:
    if name in values:
        return values[name]
    raise MalformedQuery(
        f"the parameter `{name}` has no value",
        span,
        hint=did_you_mean(name, values) or f"give it one: `-p {name}=…`, or `parameters={{'{name}': …}}` in Python",
    )


def _invoked(invocation: Invocation, parameters: Mapping[str, str], saved: Mapping[str, SavedQuery]) -> _Piece:
    """Return the text of a saved query with its parameters replaced."""
    name, span = invocation.name, invocation.span
    query = saved.get(name)
    if query is None:
        known = ", ".join(f"`{each}`" for each in saved)
        hint = did_you_mean(name, saved) or (f"known are {known}" if known else "no saved queries were given")
        raise _refused(f"unknown saved query {name}", invocation.name_span, hint)
    if next(iter(invocations(query.text)), None) is not None:
        raise _refused(f"the saved query {name} invokes another one; saved queries cannot be nested", span)
    if len(query.parameters) > MOST_PARAMETERS:
        raise _refused(f"the saved query {name} has more than {MOST_PARAMETERS} parameters", span)
    values = dict(query.defaults) | _arguments(invocation, query, parameters)
    text = _PLACEHOLDER.sub(lambda found: values.get(found[1], ""), query.text).strip()
    ended = f"{text}\n" if "#" in text else text  # ends a comment, which would hide the text that follows
    return _Piece(ended, span, f"the saved query `{name}`")


def _arguments(invocation: Invocation, query: SavedQuery, parameters: Mapping[str, str]) -> dict[str, str]:
    """Return the values given to a saved query; they may contain placeholders of the query around it."""
    known = (*query.parameters, *query.defaults)
    values = dict[str, str]()
    for argument in invocation.arguments:
        if argument.name not in known:
            hint = did_you_mean(argument.name, known) or f"its parameters: {', '.join(dict.fromkeys(known)) or 'none'}"
            raise _refused(f"{invocation.name} has no parameter {argument.name}", argument.span, hint)
        if argument.name in values:
            raise _refused(f"{argument.name} is given twice", argument.span)
        values[argument.name] = "".join(piece.text for piece in _argument(argument, parameters))
    return values


def _argument(argument: Argument, parameters: Mapping[str, str]) -> Iterator[_Piece]:
    try:
        yield from _filled(argument.value, Span(0, len(argument.value)), parameters)
    except MalformedQuery as error:
        error.span = argument.span
        raise


def _refused(message: str, span: Span, hint: str = "") -> MalformedQuery:
    """Return an error about saved queries; the service puts a sentence of its own before it (recorded)."""
    words = verbatim(message)
    service = f"Invalid syntax while using query definition snippets: {words}"
    return MalformedQuery(message, span, hint=hint, service=service)
