"""TOML of a recorded case: one event and one row a line, texts to the letter."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]|'''")


def toml(table: Mapping[str, Any]) -> str:
    """Return a table as a document; lists of tables have a line for each."""
    return "".join(f"{_key(name)} = {_value(value)}\n" for name, value in table.items())


def _value(value: object) -> str:
    if isinstance(value, list) and value:
        return "[\n" + "".join(f"  {_inline(each)},\n" for each in value) + "]"
    if isinstance(value, str) and "\n" in value and not _CONTROL.search(value):
        return f"'''\n{value}'''"
    return _inline(value)


def _inline(value: object) -> str:
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_key(name)} = {_inline(each)}" for name, each in value.items()) + " }"
    if isinstance(value, list):
        return f"[{', '.join(map(_inline, value))}]"
    return _text(value) if isinstance(value, str) else json.dumps(value)


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else _text(name)


def _text(text: str) -> str:
    """Return a basic string: JSON's escapes are valid in TOML, which wants one for DEL as well."""
    sound = text.encode(errors="replace").decode()  # a lone surrogate is not text
    return json.dumps(sound, ensure_ascii=False).replace("\x7f", "\\u007f")
