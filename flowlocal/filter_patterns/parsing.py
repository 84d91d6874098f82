"""From the text of a filter pattern to the pattern."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import partial

from flowlocal.filter_patterns.comparisons import Exists, Is
from flowlocal.filter_patterns.conditions import AND, Formula, PatternCondition, parse_formula, parse_test
from flowlocal.filter_patterns.errors import InvalidPattern, invalid_characters, invalid_pattern
from flowlocal.filter_patterns.kinds import FieldsPattern, FilterPattern, JsonPattern, Selector, Term, TermPattern
from flowlocal.filter_patterns.regex import LinearRegex, parse_regex
from flowlocal.filter_patterns.tokens import END, REGEX, WORD, PatternToken, TokenReader, tokens, unescaped
from flowlocal.language.errors import Span

MOST_REGEXES = 2
"""Regular expressions in a pattern (documented)."""
_BRACKETS = {"{": "}", "[": "]"}
_TERM = re.compile(r'"(?P<phrase>(?:[^"\\]|\\.)*)"|%(?P<regex>[^%]*)%|(?P<word>[A-Za-z0-9_]+)', re.DOTALL)
_SELECTOR = re.compile(r"\$(?:\.[A-Za-z0-9_-]+(?:\[[0-9]{1,9}\])*)+")
_STEP = re.compile(r"\.([A-Za-z0-9_-]+)|\[([0-9]+)\]")
_NAME = re.compile(r"[A-Za-z0-9_-]+")
_VALUES = {"NULL": None, "TRUE": True, "FALSE": False}
_ELLIPSIS = "..."


def parse(text: str) -> FilterPattern:
    """Return the pattern that a text writes.

    Raises:
        InvalidPattern: the service refuses it, or its meaning is not known.
    """
    start, end = len(text) - len(text.lstrip()), len(text.rstrip())
    closing = _BRACKETS.get(text[start:end][:1])
    if closing is None:
        return TermPattern(tuple(_terms(text, start, end)))
    if not text[start + 1 : end].endswith(closing):
        words = f"If a filter pattern starts with '{text[start]}' it must end with '{closing}'"
        raise InvalidPattern(words, Span(start, start + 1))
    found = list(tokens(text, start + 1, end - 1))
    _check_regexes([token.span for token in found if token.kind == REGEX])
    return _json(found, end - 1) if closing == "}" else _fields(found, end - 1)


def _check_regexes(spans: Sequence[Span]) -> None:
    if len(spans) > MOST_REGEXES:
        message = f"A filter pattern can have {MOST_REGEXES} regular expressions"
        raise InvalidPattern(message, spans[MOST_REGEXES], "join alternatives with | in one")


def _terms(text: str, at: int, end: int) -> Iterator[Term]:
    regexes: list[Span] = []
    while at < end:
        sign, word_at = _sign(text, at, end)
        found = _TERM.match(text, word_at, end)
        if found is None or not text[found.end() : end][:1].strip() == "":
            raise _no_term(text[:end], word_at if found is None else found.end())
        if found["regex"] is not None:
            regexes.append(Span(*found.span()))
            _check_regexes(regexes)
        yield Term(sign, _sought(found))
        at = end - len(text[found.end() : end].lstrip())


def _sign(text: str, at: int, end: int) -> tuple[str, int]:
    """Return the sign of a term, and the start of its text: there may be blanks between (documented)."""
    if text[at] not in "-?":
        return "", at
    return text[at], end - len(text[at + 1 : end].lstrip())


def _sought(found: re.Match[str]) -> str | LinearRegex:
    if found["regex"] is not None:
        return parse_regex(found["regex"], found.start("regex"))
    return found["word"] or unescaped(found["phrase"])


def _no_term(text: str, at: int) -> InvalidPattern:
    span = Span(at, at + 1)
    if at == len(text):
        return invalid_pattern(span, "expected a term after its sign")
    if text[at] in '"%':
        return invalid_pattern(span, f"{text[at]} has no counterpart")
    return invalid_characters(text[at], span, "put the term in double quotes")


def _json(found: Sequence[PatternToken], end: int) -> JsonPattern:
    return JsonPattern(parse_formula(TokenReader(found, end), _json_condition))


def _json_condition(reader: TokenReader) -> PatternCondition[Selector]:
    selector, sign = _selector(reader.take()), reader.take()
    keyword = sign.text.upper() if sign.kind == WORD else ""
    if keyword == "IS":
        return PatternCondition(selector, Is(_is_value(reader.take())))
    if keyword in ("NOT", "EXISTS"):
        if keyword == "NOT":
            _expect_exists(reader.take())
        return PatternCondition(selector, Exists(negated=keyword == "NOT"))
    return PatternCondition(selector, parse_test(sign, reader.take()))


def _selector(token: PatternToken) -> Selector:
    if token.kind == END:
        raise invalid_pattern(token.span, "expected a condition such as $.name = value")
    if token.kind != WORD or not _SELECTOR.fullmatch(token.text):
        raise invalid_characters(token.text, token.span, "a selector is $.name, $.name[0] or $.name.other")
    steps = _STEP.finditer(token.text)
    return Selector(token.text, tuple(step[1] if step[2] is None else int(step[2]) for step in steps))


def _is_value(token: PatternToken) -> bool | None:
    if token.kind != WORD or token.text.upper() not in _VALUES:
        raise invalid_pattern(token.span, "expected NULL, TRUE or FALSE after IS")
    return _VALUES[token.text.upper()]


def _expect_exists(token: PatternToken) -> None:
    if token.kind != WORD or token.text.upper() != "EXISTS":
        raise invalid_pattern(token.span, "expected EXISTS after NOT")


def _fields(found: Sequence[PatternToken], end: int) -> FieldsPattern:
    parts = _parts(found)
    places = [place for place, part in enumerate(parts) if _is_ellipsis(part)]
    if len(places) > 1:
        raise invalid_pattern(parts[places[1]][0].span, "a pattern can have one ...")
    if parts == [[]]:  # [] stands for any fields (documented)
        return FieldsPattern((), 0, ())
    named = [part for part in parts if not _is_ellipsis(part)]
    names, formulas = (
        zip(*(_field(number, part, end) for number, part in enumerate(named)), strict=True) if named else ((), ())
    )
    return FieldsPattern(names, places[0] if places else None, _joined([each for each in formulas if each]))


def _parts(found: Sequence[PatternToken]) -> list[list[PatternToken]]:
    parts: list[list[PatternToken]] = [[]]
    for token in found:
        if token.is_symbol(","):
            parts.append([])
        else:
            parts[-1].append(token)
    return parts


def _is_ellipsis(part: Sequence[PatternToken]) -> bool:
    return len(part) == 1 and part[0].kind == WORD and part[0].text == _ELLIPSIS


def _joined(formulas: Sequence[Formula[int]]) -> Formula[int]:
    return [step for number, each in enumerate(formulas) for step in (*each, *([AND] if number else []))]


def _field(number: int, part: Sequence[PatternToken], end: int) -> tuple[str, Formula[int]]:
    """Return the name of a field and the formula of its conditions; both may be empty."""
    if not part:
        return "", ()
    if len(part) == 1:
        return _name(part[0]), ()
    names: list[str] = []
    formula = parse_formula(TokenReader(part, end), partial(_field_condition, number, names))
    return names[0], formula


def _field_condition(number: int, names: list[str], reader: TokenReader) -> PatternCondition[int]:
    """Return a condition; all those of a field have its name (recorded), in any case (documented: w1 and W1)."""
    token = reader.take()
    names.append(_name(token))
    if names[-1].lower() != names[0].lower():
        raise invalid_pattern(token.span, f"conditions of the field {names[0]} can have no other name")
    return PatternCondition(number, parse_test(reader.take(), reader.take()))


def _name(token: PatternToken) -> str:
    if token.kind == END:
        raise invalid_pattern(token.span, "expected a condition such as name = value")
    if token.kind != WORD or not _NAME.fullmatch(token.text):
        raise invalid_characters(token.text, token.span, "a field is a name, name = value, or ...")
    return token.text
