"""The keys of a case file: one definition for the loader and for the JSON Schema that editors use."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from reprlib import repr as shortened
from types import UnionType
from typing import Any

from flowlocal.language.suggest import did_you_mean


@dataclass(frozen=True)
class ValueType:
    """The type of a value.

    Attributes:
        words: what it is, for error messages.
        accepts: the Python types that TOML values of it have.
        schema: the JSON Schema of it, without its items.
        items: the type of the items of a list, or of the values of a table.
        choices: the only texts that are allowed, if there are such.
        others: other types that the value may have; the types of TOML values decide which applies.
    """

    words: str
    accepts: type | UnionType
    schema: Mapping[str, Any]
    items: ValueType | None = None
    choices: tuple[str, ...] = ()
    others: tuple[ValueType, ...] = ()

    def check(self, key: str, value: object) -> None:
        """Raise ValueError if the value of a key does not have this type."""
        accepting = next((each for each in (self, *self.others) if each.takes(value)), None)
        if accepting is None:
            raise ValueError(f"`{key}` holds {self.words}, not {shortened(value)}")
        if accepting.items is not None:
            for item in value.values() if isinstance(value, dict) else value:  # type: ignore[attr-defined]
                accepting.items.check(key, item)

    def takes(self, value: object) -> bool:
        """Return True if a value has one of the Python types; a boolean is not a number."""
        right = isinstance(value, self.accepts) and (isinstance(value, bool) <= _takes_bool(self.accepts))
        return right and (not self.choices or value in self.choices)

    def as_schema(self) -> dict[str, Any]:
        """Return the JSON Schema."""
        if self.others:
            return {"anyOf": [each.as_schema() for each in (_alone(self), *self.others)]}
        schema = {**self.schema, **({"enum": list(self.choices)} if self.choices else {})}
        if self.items is None:
            return schema
        return {**schema, "items" if self.accepts is list else "additionalProperties": self.items.as_schema()}


def _takes_bool(accepts: type | UnionType) -> bool:
    return accepts is bool or (isinstance(accepts, UnionType) and bool in accepts.__args__)


def _alone(kind: ValueType) -> ValueType:
    return ValueType(kind.words, kind.accepts, kind.schema, kind.items, kind.choices)


TEXT = ValueType("a text", str, {"type": "string"})
COUNT = ValueType("a whole number", int, {"type": "integer"})
FLAG = ValueType("true or false", bool, {"type": "boolean"})
TIME = ValueType("a time", str | int | float | datetime, {"type": ["string", "number"]})
CELL = ValueType("texts or numbers", str | int | float | bool | date, {"type": ["string", "number", "boolean"]})
ROW = ValueType("a list of tables", dict, {"type": "object"}, CELL)
ORDER = ValueType("exact or any", str, {"type": "string"}, choices=("exact", "any"))


def _list(words: str, items: ValueType, *others: ValueType) -> ValueType:
    return ValueType(words, list, {"type": "array"}, items, others=others)


def _table(words: str, items: ValueType | None, *others: ValueType) -> ValueType:
    return ValueType(words, dict, {"type": "object"}, items, others=others)


TEXTS = _list("a list of texts", TEXT)
LINES = _list("a text or a list of texts", TEXT, TEXT)
PATHS = _list("paths, or a table of log groups and their paths", TEXT, TEXT)


@dataclass(frozen=True)
class CaseKey:
    """A key of a case: the type of its value, and a description for documentation and editors."""

    type: ValueType
    description: str


EVENT_KEYS = {
    "message": CaseKey(TEXT, "the text of the event; required"),
    "timestamp": CaseKey(COUNT, "its time in epoch milliseconds"),
    "ingestionTime": CaseKey(COUNT, "when it was ingested, in epoch milliseconds"),
    "logStreamName": CaseKey(TEXT, "its log stream"),
    "logGroupName": CaseKey(TEXT, "its log group"),
    "account": CaseKey(TEXT, "the account of its log group"),
}
"""Keys of an event."""

_EVENT = ValueType(
    "a list of tables",
    dict,
    {
        "type": "object",
        "properties": {name: key.type.schema for name, key in EVENT_KEYS.items()},
        "required": ["message"],
        "additionalProperties": False,
    },
)

KEYS = {
    "title": CaseKey(CELL, "what the case shows"),
    "query": CaseKey(TEXT, "the query"),
    "query_file": CaseKey(TEXT, "the file with the query, relative to the case file"),
    "parameters": CaseKey(_table("a table of texts or numbers", CELL), "values for each `{{name}}` in the query"),
    "saved": CaseKey(_table("a table of texts", TEXT), "texts of saved queries by name"),
    "tables": CaseKey(_table("a table of texts", TEXT), "lookup tables by name: paths, or CSV text of several lines"),
    "logs": CaseKey(_list(PATHS.words, TEXT, TEXT, _table(PATHS.words, PATHS)), "paths of logs, or paths by log group"),
    "lines": CaseKey(LINES, "the lines of a log"),
    "log_events": CaseKey(_list("a list of tables", _EVENT), "events as `filter-log-events` lists them"),
    "groups": CaseKey(_table("a table of log groups and their lines", LINES), "the lines of logs by log group"),
    "log_format": CaseKey(TEXT, "the format string of a flow log without a header"),
    "log_group": CaseKey(TEXT, "the log group of the events"),
    "strict": CaseKey(FLAG, "refuse lines that are not flow log records"),
    "start": CaseKey(TIME, "start of the time range"),
    "end": CaseKey(TIME, "end of the time range, inclusive"),
    "now": CaseKey(TIME, "the time that `now()` returns"),
    "limit": CaseKey(COUNT, "the limit of the request"),
    "rows": CaseKey(_list("a list of tables", ROW), 'the rows expected; `"*"` matches any text'),
    "row_count": CaseKey(COUNT, "how many rows are expected"),
    "columns": CaseKey(TEXTS, "the columns expected, in order"),
    "order": CaseKey(ORDER, "whether the order of rows counts: `exact` (default) or `any`"),
    "events": CaseKey(COUNT, "how many events the logs contain; at least one if it is left out"),
    "statistics": CaseKey(_table("a table of whole numbers", COUNT), "statistics expected, such as `recordsMatched`"),
    "error": CaseKey(TEXT, "a part of the message of a malformed query"),
    "hint": CaseKey(TEXT, "a part of the hint of the error"),
    "at": CaseKey(TEXT, "the text of the query that the error points to"),
    "service": CaseKey(TEXT, "a part of the service's own message for the error"),
    "fixed": CaseKey(TEXT, "the query as the hint says to write it; it must run"),
    "source": CaseKey(TEXT, "how the expected answer is known, for readers"),
}
"""The keys of a case."""

QUERIES = ("query", "query_file")
LOGS = ("logs", "lines", "log_events", "groups")
ANSWERS = ("rows", "row_count", "error")
EXCLUSIVE = (QUERIES, LOGS, ANSWERS)
"""Keys of which a case has one at most."""
OF_ERROR = ("hint", "at", "service", "fixed")
"""Keys that need `error`."""

VALUE_KEYS = {
    "expression": CaseKey(TEXT, "the expression"),
    "prints": CaseKey(CELL, "what it prints; leave it out if the value is missing"),
    **{
        name: key
        for name, key in KEYS.items()
        if name not in {*QUERIES, "rows", "row_count", "columns", "order", "statistics"}
    },
}
"""The keys of a value: the short form of a case whose query is `fields EXPRESSION as v`."""

ARRAYS = {"case": KEYS, "value": VALUE_KEYS}
"""The arrays of tables in a case file, and the keys of their tables."""


_SYNONYMS = {
    "name": "title",
    "description": "title",
    "expected": "rows",
    "result": "rows",
    "files": "logs",
    "path": "logs",
}
"""What other tools call the keys of a case."""


def check(table: Mapping[str, Any], keys: Mapping[str, CaseKey] = KEYS, what: str = "case") -> None:
    """Raise ValueError if a table has a key that does not exist, or a value of another type."""
    for name, value in table.items():
        if name not in keys:
            hint = did_you_mean(_SYNONYMS.get(name, name), tuple(keys)) or f"its keys are {', '.join(keys)}"
            article = "an" if what == "event" else "a"
            raise ValueError(f"{article} {what} has no key `{name}`; {hint}")
        keys[name].type.check(name, value)
    for event in table.get("log_events", []) if what != "event" else []:
        check(event, EVENT_KEYS, "event")
        if "message" not in event:
            raise ValueError("an event has no `message`")


def joined_lines(lines: str | Iterable[str]) -> str:
    """Return the text of a log that is given as text or as lines."""
    return lines if isinstance(lines, str) else "".join(f"{line}\n" for line in lines)


def printed(value: object) -> str:
    """Return a value of a case as Insights prints it, so that rows can contain plain numbers, booleans and times."""
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S.") + f"{value.microsecond // 1000:03}"
    if isinstance(value, str | int | float | date):
        return str(value)
    raise ValueError(f"a cell holds a text or a number, not {shortened(value)}")


def case_schema() -> dict[str, Any]:
    """Return the JSON Schema of case files; ``case.schema.json`` contains it."""
    several = {"propertyNames": {"enum": ["defaults", *ARRAYS]}}
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "flowlocal cases",
        "description": "Regression cases of CloudWatch Logs Insights queries, run by `flowlocal test` and pytest.",
        "type": "object",
        "properties": {
            **_properties(KEYS),
            "defaults": {**_object(KEYS), "description": "keys of every case that does not set them itself"},
            "case": {"type": "array", "items": {**_object(KEYS), "allOf": list(_exclusions())}},
            "value": {"type": "array", "items": {**_object(VALUE_KEYS), "required": ["expression"]}},
        },
        "additionalProperties": False,
        "if": {"anyOf": [{"required": [name]} for name in ARRAYS]},
        "then": several,
        "else": {"allOf": [*_exclusions(), *_requirements()], "not": {"required": ["defaults"]}},
    }


def _object(keys: Mapping[str, CaseKey]) -> dict[str, Any]:
    return {"type": "object", "properties": _properties(keys), "additionalProperties": False}


def _properties(keys: Mapping[str, CaseKey]) -> dict[str, Any]:
    return {name: {"description": key.description, **key.type.as_schema()} for name, key in keys.items()}


def _exclusions() -> Iterator[dict[str, Any]]:
    """Yield a schema for each two keys that exclude each other."""
    for names in EXCLUSIVE:
        pairs = ((one, other) for at, one in enumerate(names) for other in names[at + 1 :])
        yield from ({"not": {"required": list(pair)}} for pair in pairs)


def _requirements() -> Iterator[dict[str, Any]]:
    """Yield a schema for each group of keys of which a file that is one case needs one."""
    for names in (QUERIES, LOGS):
        yield {"anyOf": [{"required": [name]} for name in names]}
    yield {"dependencies": {name: ["error"] for name in OF_ERROR}}
