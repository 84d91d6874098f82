"""Requests and answers as the API's own model describes them: well-formed requests are made, answers are checked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import botocore.session  # type: ignore[import-untyped]

from flowlocal.aws.errors import ApiError
from flowlocal.aws.request import Request
from flowlocal.aws.store import Store
from flowlocal.aws.table import answer

MODEL = botocore.session.get_session().get_service_model("logs")


def request(operation: str, values: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    """Return a request with the required members.

    Args:
        operation: its name.
        values: values of members by name, wherever they occur.
        more: members that are not required.
    """
    shape = MODEL.operation_model(operation).input_shape
    made: dict[str, Any] = _value(shape, values) if shape else {}
    return {**made, **more}


def refusal(operation: str, members: dict[str, Any], store: Store) -> ApiError | None:
    """Return the error of a request; None if it is answered."""
    try:
        answer(operation, Request(members), store)
    except ApiError as error:
        return error
    return None


def _value(shape: Any, values: Mapping[str, Any]) -> Any:
    """Return the least value of a shape."""
    if shape.type_name == "structure":
        return {name: values.get(name) or _value(shape.members[name], values) for name in shape.required_members}
    if shape.type_name == "list":
        return [_value(shape.member, values)]
    if shape.type_name == "map":
        return {_value(shape.key, values): _value(shape.value, values)}
    if shape.type_name == "string":
        return (shape.enum or ["x" * shape.metadata.get("min", 1)])[0]
    return {"boolean": True, "double": 1.5}.get(shape.type_name, shape.metadata.get("min", 1))


def faults(operation: str, answer: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with an answer."""
    shape = MODEL.operation_model(operation).output_shape
    return list(_faults(shape, answer, operation)) if shape else [f"{operation}: {answer}"] * bool(answer)


_TYPES = {"structure": dict, "map": dict, "list": list, "string": str, "boolean": bool, "double": float}


def _faults(shape: Any, value: Any, path: str) -> Iterator[str]:
    found = type(value)
    if found is not _TYPES.get(shape.type_name, int):
        yield f"{path}: {value!r} is not of the type {shape.type_name}"
    elif found in {dict, list}:
        yield from _faults_of_parts(shape, value, path)
    elif found is str:
        yield from [f"{path}: {value!r} is not one of {shape.enum}"] * bool(shape.enum and value not in shape.enum)
        yield from [f"{path}: {value!r} is too short"] * (len(value) < shape.metadata.get("min", 0))
    elif value < shape.metadata.get("min", value):
        yield f"{path}: {value} is too small"


def _faults_of_parts(shape: Any, value: Any, path: str) -> Iterator[str]:
    if shape.type_name == "structure":
        yield from (f"{path}: {name} is not of the model" for name in set(value) - set(shape.members))
        yield from (f"{path}: {name} is missing" for name in set(shape.required_members) - set(value))
        for name in set(value) & set(shape.members):
            yield from _faults(shape.members[name], value[name], f"{path}.{name}")
    elif shape.type_name == "list":
        for each in value:
            yield from _faults(shape.member, each, f"{path}[]")
    else:
        for key, each in value.items():
            yield from [*_faults(shape.key, key, f"{path} key"), *_faults(shape.value, each, f"{path}.{key}")]


def violations(operation: str, good: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield requests with one member that the model excludes, and the place of the member."""
    shape = MODEL.operation_model(operation).input_shape
    for name in shape.required_members if shape else ():
        yield name, {key: value for key, value in good.items() if key != name}
    for name, member in (shape.members if shape else {}).items():
        for value in _excluded(member):
            yield name, {**good, name: value}


def _excluded(shape: Any) -> Iterator[Any]:
    """Values that a shape excludes."""
    yield from [{"structure": [], "map": [], "list": {}, "string": 1}.get(shape.type_name, "x")]
    least, most = shape.metadata.get("min", 0), shape.metadata.get("max")
    if shape.type_name == "string":
        yield from ["x" * (least - 1)] * bool(least) + (["nothing of the kind"] if shape.enum else [])
        yield from ["x" * (most + 1)] if most else []
    elif shape.type_name == "list":
        yield from [[]] * bool(least)
        yield from ([each] for each in _excluded(shape.member))
    elif shape.type_name == "structure":
        yield from [{}] * bool(shape.required_members)
        for name, member in shape.members.items():
            good = {key: _value(shape.members[key], {}) for key in shape.required_members}
            yield from ({**good, name: each} for each in _excluded(member))
    elif shape.type_name in {"integer", "long"}:
        bounded = "min" in shape.metadata or shape.name.endswith("MaxResults")
        yield from [1.5, (most or 2**63 - 1) + 1, *([least - 1] if bounded else [])]
