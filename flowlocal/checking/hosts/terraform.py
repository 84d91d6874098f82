"""Terraform: ``.tf`` and ``.tf.json``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from flowlocal.checking.hosts import Found, NotChecked
from flowlocal.checking.hosts import _hcl as hcl
from flowlocal.checking.hosts._document import Document, read_json, text_of
from flowlocal.checking.hosts._resources import dashboard, query_definition
from flowlocal.checking.source import Host, SourceText, joined
from flowlocal.small_files import read_text

SUFFIXES = (".tf", ".tf.json", ".tofu", ".tofu.json")
_QUERIES = ("aws_cloudwatch_query_definition", "awscc_logs_query_definition", "awscc_logs_scheduled_query")
_DASHBOARDS = ("aws_cloudwatch_dashboard", "awscc_cloudwatch_dashboard")


def find(host: Host) -> Iterator[Found | NotChecked]:
    """Yield the queries in all resources."""
    if not any(kind in host.text for kind in (*_QUERIES, *_DASHBOARDS)):
        return
    try:
        module = _JsonModule(host) if host.path.lower().endswith(".json") else _Module(host)
    except ValueError as error:
        yield NotChecked(host, f"the file does not read: {error}", "check the file with `terraform validate`")
        return
    for kind, name, attributes in module.resources():
        language = text_of(module.value(attributes.get("query_language")))
        if kind in _QUERIES:
            query = module.value(attributes.get("query_string"))
            yield from query_definition(host, query, language, name)
        elif kind in _DASHBOARDS:
            yield from dashboard(host, module.value(attributes.get("dashboard_body")), name)


class _Module:
    """A file in Terraform's own language."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._blocks = list(hcl.blocks(hcl.parse(host.whole())))
        self._evaluator = hcl.Evaluator(host.whole(), self._reference, _functions(host))
        self._resolving: set[str] = set()
        self._known: dict[str, Document | None] = {}

    def resources(self) -> Iterator[tuple[str, str, Mapping[str, Document]]]:
        """Yield kind, name and attributes of the resources."""
        for block in self._blocks:
            if len(block.words) == 3 and block.words[0] == "resource":
                yield block.words[1], block.words[2], block.attributes

    def value(self, expression: Document) -> Document:
        """Return the value of an attribute."""
        return None if expression is None else self._evaluator.value(expression)

    def _reference(self, name: str) -> Document | None:
        """Return the value of a name, put together once, however many places use it."""
        if name not in self._known:
            self._known[name] = self._referenced(name)
        return self._known[name]

    def _referenced(self, name: str) -> Document | None:
        expression = self._expression(name)
        if expression is None or name in self._resolving:
            return None
        self._resolving.add(name)
        try:
            value = self.value(expression)
        finally:
            self._resolving.discard(name)
        return None if isinstance(value, NotChecked) else value

    def _expression(self, name: str) -> Document | None:
        kind, _, rest = name.partition(".")
        for block in self._blocks:
            if kind == "local" and block.words == ("locals",) and rest in block.attributes:
                return block.attributes[rest]
            if kind == "var" and block.words == ("variable", rest):
                return block.attributes.get("default")
        return None


class _JsonModule:
    """A file in Terraform's JSON syntax."""

    def __init__(self, host: Host) -> None:
        self._document = read_json(host.whole())
        self._evaluator = hcl.Evaluator(host.whole(), self._reference, _functions(host))

    def resources(self) -> Iterator[tuple[str, str, Mapping[str, Document]]]:
        """Yield kind, name and attributes of the resources."""
        for kinds in _each(self._at("resource")):
            for kind, named in kinds.items():
                for names in _each(named):
                    for name, attributes in names.items():
                        yield from ((kind, name, each) for each in _each(attributes))

    def value(self, value: Document) -> Document:
        """Return the value of an attribute: a text is a template."""
        if not isinstance(value, SourceText):
            return value
        found = list(hcl.interpolations(value.text))
        if found == [(0, len(value.text))] and value.text.startswith("${"):
            return self._expression(value)
        return hcl.template(value, self._evaluator)

    def _expression(self, value: SourceText) -> Document:
        try:
            whole, tree = hcl.parse_expression(value[2:-1])
        except ValueError as error:
            return NotChecked(value.host, f"{value.text[:60]} does not read: {error}", "", value)
        return hcl.Evaluator(whole, self._evaluator.reference, self._evaluator.functions).value(tree)

    def _at(self, key: str) -> Document:
        return self._document.get(key) if isinstance(self._document, dict) else None

    def _reference(self, name: str) -> Document | None:
        kind, _, rest = name.partition(".")
        for named in _each(self._at("variable")) if kind == "var" else ():
            default = next((each.get("default") for each in _each(named.get(rest))), None)
            if isinstance(default, SourceText):
                return default
        return None


def _each(value: Document) -> list[dict[str, Document]]:
    """Yield the mappings of a value: one, or several in a list."""
    return [each for each in (value if isinstance(value, list) else [value]) if isinstance(each, dict)]


def _functions(host: Host) -> dict[str, hcl.Function]:
    return {
        "jsonencode": lambda given: given[0] if given else None,
        "jsondecode": lambda given: _decoded(given[0]) if given else None,
        "join": _join,
        "concat": lambda given: [each for part in given for each in (part if isinstance(part, list) else [part])],
        "flatten": lambda given: _flat(given) if given else None,
        "merge": _merged,
        "chomp": lambda given: given[0] if given else None,
        "trimspace": lambda given: given[0] if given else None,
        "file": lambda given: _file(host, given),
    }


def _decoded(value: Document) -> Document:
    try:
        return read_json(value) if isinstance(value, SourceText) else None
    except ValueError:
        return None


def _flat(document: Document) -> list[Document]:
    """Return a list without lists in it; what is not known stays an element, so that the rest is checked."""
    return [inner for each in document for inner in (_flat(each) if isinstance(each, list) else [each])]


def _merged(given: list[Document]) -> Document:
    known = [each for each in given if isinstance(each, dict)]
    return {key: value for each in known for key, value in each.items()} if len(known) == len(given) else None


def _join(given: list[Document]) -> Document:
    if len(given) != 2 or not isinstance(given[1], list):
        return None
    between = [piece for part in given[1] for piece in (given[0], part)][1:]
    texts = [piece for piece in between if isinstance(piece, SourceText)]
    return joined(texts) if texts and len(texts) == len(between) else None


def _file(host: Host, given: list[Document]) -> Document:
    """Return the text of a file near this one, ``file("${path.module}/x.insights")``; nothing of one out of bounds."""
    if len(given) != 1 or not isinstance(given[0], SourceText):
        return None
    name = given[0]
    if any(each.written not in ("${path.module}", "${path.root}") for each in name.unknown):
        return None
    path = Path(host.path).parent / name.filled(".").text
    try:
        text = read_text(path, within=host.folders or (Path(host.path).parent,))
    except OSError as error:
        return NotChecked(host, f"{path} cannot be used: {error.strerror}", "check its text with `flowlocal check -q`")
    return Host(str(path), text.replace("\r\n", "\n")).whole()
