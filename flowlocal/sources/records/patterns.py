"""Regular expressions that search for a few characters one after the other, as those for parts of addresses do."""

from __future__ import annotations

import re
from string import ascii_letters, digits

from flowlocal.native.matches import MOST_PLACES, ShortPattern

_ASCII = frozenset(map(chr, range(128)))
_CLASSES = {".": _ASCII - {"\n"}, r"\d": frozenset(digits), r"\w": frozenset(f"{ascii_letters}{digits}_")}
_PART = (
    r"""(?:(?P<plain>[^\\.^$|?*+()\[\]{}])|\\(?P<escaped>[^A-Za-z0-9<>])|(?P<kind>\.|\\[dw])"""
    r"""|\[(?P<other>\^?)(?P<set>(?:[A-Za-z0-9]-[A-Za-z0-9]|\\d|[A-Za-z0-9._:/ ])+)\])"""
    r"""(?:\{(?P<times>[0-9]{1,2})\}|(?P<repeated>\+))?"""
)


def text_pattern(text: str) -> ShortPattern | None:
    """Return what searches ASCII texts for a text; None if it is too long, or not ASCII itself."""
    if not 0 < len(text) <= MOST_PLACES or not text.isascii():
        return None
    return ShortPattern([frozenset(character) for character in text], set(), from_start=False, to_end=False)


def simple_pattern(expression: str) -> ShortPattern | None:
    r"""Return what a regular expression of the Rust crate ``regex`` searches for in ASCII texts.

    None is returned for all but single characters and classes of them, ``{n}`` and ``+`` after one, and anchors.

    >>> simple_pattern(r"^10\.0\.[12]\d") is None, simple_pattern(r"10|20") is None
    (False, True)
    """
    places, repeated, at = list[frozenset[str]](), set[int](), 0
    part = re.compile(_PART)
    start, inner, end = re.findall(r"(?s)\A(\^|\\A)?(.*?)((?<!\\)\$|\\z)?\Z", expression)[0]
    while at < len(inner):
        found = part.match(inner, at)
        characters = None if found is None else _characters(found)
        if found is None or not characters:
            return None
        if found["repeated"]:
            repeated.add(len(places))
        places += [characters] * int(found["times"] or 1)
        at = found.end()
    if not 0 < len(places) <= MOST_PLACES:
        return None
    return ShortPattern(places, repeated, from_start=bool(start), to_end=bool(end))


def _characters(found: re.Match[str]) -> frozenset[str] | None:
    """Return the characters of a part; None if they are not all known, or none."""
    if found["kind"]:
        return _CLASSES[found["kind"]]
    if found["set"] is None:
        character = found["escaped"] or found["plain"]
        return frozenset(character) if character.isascii() else None
    ranges = [each.split("-") for each in re.findall(".-.|.", found["set"].replace(r"\d", "0-9"))]
    if any(ends[0] > ends[-1] for ends in ranges):
        return None
    named = frozenset(chr(code) for ends in ranges for code in range(ord(ends[0]), ord(ends[-1]) + 1))
    return _ASCII - named if found["other"] else named
