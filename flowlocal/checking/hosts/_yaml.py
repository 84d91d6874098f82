"""YAML, with CloudFormation's short tags, as documents whose texts know their place in the file."""

from __future__ import annotations

from flowlocal.checking.hosts._document import Document
from flowlocal.checking.source import Host, aligned
from flowlocal.events import UnreadableInput
from flowlocal.extras import needed_for


def read_yaml(host: Host) -> list[Document]:
    """Return the documents of a YAML text.

    Raises:
        ValueError: it is not YAML.
        UnreadableInput: the library that reads YAML is not installed.
    """
    with needed_for("reading YAML", "check", lambda lack, advice: UnreadableInput(lack, host.path, hint=advice)):
        import yaml  # noqa: PLC0415 - an extra
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        return [_Converter(host, yaml).convert(node) for node in yaml.compose_all(host.text, Loader=loader) if node]
    except yaml.YAMLError as error:
        raise ValueError(" ".join(str(error).split())) from error
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


class _Converter:
    """Turns YAML's nodes into documents; a node that several places refer to becomes one object."""

    def __init__(self, host: Host, yaml: object) -> None:
        self._host = host
        self._made: dict[int, Document] = {}

    def convert(self, node: object) -> Document:
        """Return the document of a node."""
        key = id(node)
        if key not in self._made:
            self._made[key] = None  # a node that contains itself ends here
            value = self._value(node)
            self._made[key] = _tagged(node.tag, value, self._host)  # type: ignore[attr-defined]
        return self._made[key]

    def _value(self, node: object) -> Document:
        content = node.value  # type: ignore[attr-defined]
        if isinstance(content, str):
            return self._text(node, content)
        if content and isinstance(content[0], tuple):
            return {str(getattr(name, "value", "")): self.convert(value) for name, value in content}
        if not content and type(node).__name__ == "MappingNode":
            return {}
        return [self.convert(each) for each in content]

    def _text(self, node: object, content: str) -> Document:
        start: int = node.start_mark.index  # type: ignore[attr-defined]
        end: int = node.end_mark.index  # type: ignore[attr-defined]
        first = _content_start(self._host.text, start, end)
        quoted = first > start and self._host.text[first - 1] == "'"
        return aligned(content, self._host, first, end, doubled=quoted)


def _content_start(text: str, start: int, end: int) -> int:
    """Return the offset of a scalar's own characters, after its tag, its anchor and its quote or block sign."""
    at = start
    while at < end and text[at] in "!&":
        while at < end and not text[at].isspace():
            at += 1
        while at < end and text[at] in " \t\r\n":
            at += 1
    if text[at : at + 1] in ("|", ">"):
        newline = text.find("\n", at, end)
        return newline + 1 if newline >= 0 else end
    return at + 1 if text[at : at + 1] in ("'", '"') else at


def _tagged(tag: str, value: Document, host: Host) -> Document:
    """Return a value under one of CloudFormation's short tags in its long form."""
    if not tag.startswith("!"):
        return value
    name = tag[1:]
    return {name if name in ("Ref", "Condition") else f"Fn::{name}": value}
