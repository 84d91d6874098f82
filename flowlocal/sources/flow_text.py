"""Text of flow log records: S3 deliveries with a header, exports with a time, and bare records."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flowlocal.sources import layout as layouts
from flowlocal.sources.framing import TIME, Prefix, is_time, zone_of
from flowlocal.sources.layout import Layout
from flowlocal.sources.records import Form

_BOM = b"\xef\xbb\xbf"
_LOOKED_AT = 200


@dataclass(frozen=True)
class TextForm:
    """What the beginning of a text told.

    Attributes:
        shape: the name of the shape, for the user.
        form: how the lines read.
        skip: bytes before the first event.
        first: lines before the first event.
    """

    shape: str
    form: Form
    skip: int = 0
    first: int = 0


def text_form(head: bytes, given: Layout | None) -> TextForm:
    """How a text of flow log records reads; its form has no layout where none is recognised.

    Args:
        head: the beginning of the text.
        given: the layout that the user gave, which wins over what the lines look like.
    """
    skip = len(_BOM) if head.startswith(_BOM) else 0
    first_line = head[skip:].partition(b"\n")[0]
    header = layouts.from_header(_decode(first_line).strip())
    if header is not None:
        return TextForm("S3 delivery", Form((header,)), skip + len(first_line) + 1, 1)
    lines = [_decode(line) for line in head[skip:].split(b"\n")[:_LOOKED_AT]]
    prefix = _prefix(lines)
    records = [line.split(None, len(prefix.roles))[-1] for line in lines if len(line.split()) > len(prefix.roles)]
    return TextForm("export" if prefix.roles else "records", Form(_layouts(records, given), prefix), skip)


def _decode(line: bytes) -> str:
    return line.decode("utf-8", "replace").removesuffix("\r")


def _prefix(lines: Sequence[str]) -> Prefix:
    """What stands before the records, as the first line that is not blank has it."""
    token = next((line.split(None, 1)[0] for line in lines if line.strip()), "")
    if not is_time(token):
        return Prefix()
    width = len(token) if "." in token else 0
    return Prefix((TIME,), (width,), ("",), zone_of(token))


def _layouts(records: Sequence[str], given: Layout | None) -> tuple[Layout, ...]:
    if given is not None:
        return (given,)
    found = layouts.recognise(records)
    return () if found is None else (found,)
