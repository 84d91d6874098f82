"""CloudFormation's functions, as far as the template itself contains their values."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

from flowlocal.checking.hosts import NotChecked
from flowlocal.checking.hosts._document import Document, text_of
from flowlocal.checking.source import Host, SourceText, Unknown, joined

_VARIABLE = re.compile(r"\$\{(!?)([^}]*)\}")
_REFERENCE = re.compile(r"\{\{resolve:[^{}]*\}\}")
_DEEPEST = 50


class Template:
    """The known values of a template: parameters with a default.

    Attributes:
        host: the file.
    """

    def __init__(self, host: Host, document: dict[str, Document]) -> None:
        self.host = host
        parameters = document.get("Parameters")
        named = parameters.items() if isinstance(parameters, dict) else ()
        self._defaults = {
            name: value["Default"]
            for name, value in named
            if isinstance(value, dict) and isinstance(value.get("Default"), SourceText)
        }
        self._depth = 0
        self._resolved: dict[int, Document] = {}

    def resolve(self, value: Document) -> Document:
        """Return a value as text, with what is not known in it marked; ``NotChecked`` if it cannot be put together.

        A value that several places of the template share is put together once.
        """
        if id(value) not in self._resolved:
            self._resolved[id(value)] = self._resolve(value)
        return self._resolved[id(value)]

    def _resolve(self, value: Document) -> Document:
        if isinstance(value, SourceText):
            return _with_references(value)
        if not isinstance(value, dict) or len(value) != 1:
            return value
        name, argument = next(iter(value.items()))
        function = self._functions().get(name)
        if function is None or self._depth > _DEEPEST:
            return self._refused(name, argument)
        self._depth += 1
        try:
            return _with_references(function(argument))
        finally:
            self._depth -= 1

    def _functions(self) -> dict[str, Callable[[Document], Document]]:
        return {
            "Fn::Sub": self._sub,
            "Fn::Join": self._join,
            "Fn::ToJsonString": lambda value: value,
            "Ref": self._ref,
            "Fn::GetAtt": self._attribute,
            "Fn::ImportValue": self._attribute,
        }

    def _refused(self, name: str, argument: Document) -> NotChecked:
        reason = f"it is put together with {name} when the template is deployed"
        return NotChecked(self.host, reason, "check the finished text with `flowlocal check -q`", _first(argument))

    def _ref(self, argument: Document) -> Document:
        return self._value(text_of(argument), argument)

    def _attribute(self, argument: Document) -> Document:
        parts = argument if isinstance(argument, list) else [argument]
        return self._value(".".join(map(text_of, parts)), _first(argument))

    def _value(self, name: str, at: Document) -> Document:
        """Return a parameter's default, else something not known, at the place of the name."""
        if name in self._defaults:
            return self._defaults[name]
        if not isinstance(at, SourceText):
            return self._refused("Ref", at)
        return SourceText("x", [at.offsets[0], at.offsets[-1]], at.host, (Unknown(0, 1, f"${{{name}}}"),))

    def _sub(self, argument: Document) -> Document:
        template, values = argument, dict[str, Document]()
        if isinstance(argument, list) and len(argument) == 2 and isinstance(argument[1], dict):
            template, values = argument[0], argument[1]
        if not isinstance(template, SourceText):
            return self._refused("Fn::Sub", argument)
        return _joined(self._pieces(template, values)) or template

    def _pieces(self, template: SourceText, values: dict[str, Document]) -> Iterator[Document]:
        at = 0
        for variable in _VARIABLE.finditer(template.text):
            yield template[at : variable.start()]
            written = template[variable.start() : variable.end()]
            yield self._variable(variable[1], variable[2].strip(), written, values)
            at = variable.end()
        yield template[at:]

    def _variable(self, literal: str, name: str, written: SourceText, values: dict[str, Document]) -> Document:
        if literal:  # ${!x} means ${x}
            return joined([written[0:2], written[3:]])
        known = self.resolve(values[name]) if name in values else None
        if isinstance(known, SourceText):
            return known
        return self._value(name, written)

    def _join(self, argument: Document) -> Document:
        if not (isinstance(argument, list) and len(argument) == 2 and isinstance(argument[1], list)):
            return self._refused("Fn::Join", argument)
        delimiter, pieces = argument[0], [self.resolve(piece) for piece in argument[1]]
        between = [piece for part in pieces for piece in (delimiter, part)][1:]
        return _joined(between) or self._refused("Fn::Join", argument)


def _with_references(value: Document) -> Document:
    """Return a text with its dynamic references, ``{{resolve:…}}``, marked as not known."""
    if not isinstance(value, SourceText):
        return value
    known = {(each.start, each.end) for each in value.unknown}
    found = [Unknown(*match.span(), match[0]) for match in _REFERENCE.finditer(value.text) if match.span() not in known]
    return replace(value, unknown=tuple(sorted([*value.unknown, *found], key=lambda each: each.start)))


def _joined(pieces: Iterator[Document] | list[Document]) -> SourceText | None:
    """Join texts; return None if one of them is not a text."""
    parts = list(pieces)
    texts = [part for part in parts if isinstance(part, SourceText)]
    return joined(texts) if texts and len(texts) == len(parts) else None


def _first(document: Document) -> SourceText | None:
    """Return the first text in a document, for its place."""
    waiting = [document]
    for _ in range(10_000):
        if not waiting:
            return None
        each = waiting.pop()
        if isinstance(each, SourceText):
            return each
        inner = each.values() if isinstance(each, dict) else each if isinstance(each, list) else ()
        waiting += reversed(list(inner))
    return None
