"""Writes what requests of the CloudWatch Logs API may have, from botocore's model: ``python -m tools.api_shapes``."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import botocore  # type: ignore[import-untyped]
import botocore.session  # type: ignore[import-untyped]
from botocore.model import OperationModel  # type: ignore[import-untyped]
from botocore.model import Shape as BotoShape

from flowlocal.aws.table import operations

FILE = Path(__file__).parent.parent / "flowlocal" / "aws" / "shapes.json"
_CONSTRAINTS = ("min", "max", "pattern", "enum")
_UNICODE = {r"\p{L}\p{Z}\p{N}": r"\w \xa0"}
"""Classes of characters as Java writes them, and the same for Python."""
_OTHER: dict[str, dict[str, object]] = {
    "DescribeLookupTablesMaxResults": {"min": 1},  # the model has no lower bound
    "LogGroupIdentifier": {"pattern": None},  # clients add `:*` to ARNs, and the service takes it (recorded)
    "LogRecordPointer": {"max": 10_000},  # ours has the path of a file
    "AmazonResourceName": {"pattern": None},  # as above, and names of groups can have `#`
}
"""Constraints that are not as in the model, by shape."""

_OURS: dict[str, dict[str, Any]] = {
    "RunScheduledQuery": {
        "type": "structure",
        "members": {"identifier": "ScheduledQueryIdentifier", "time": "Timestamp"},
        "required": ["identifier"],
    }
}
"""Shapes of the operations that the service does not have."""


def shapes() -> dict[str, Any]:
    """Return the shapes of all requests that are answered."""
    model = botocore.session.get_session().get_service_model("logs")
    inputs = {name: model.operation_model(name) for name in _names()}
    found: dict[str, Any] = dict(_OURS)
    for each in inputs.values():
        if each.input_shape is not None:
            found |= dict(_described(each.input_shape))
    return {
        "botocore": botocore.__version__,
        "operations": {
            **{name: _operation(each) for name, each in inputs.items()},
            **{name: {"input": name, "invalid": "ValidationException"} for name in _OURS},
        },
        "shapes": dict(sorted(found.items())),
    }


def _names() -> list[str]:
    return sorted(each.name for each in operations().values() if not each.ours)


def _operation(model: OperationModel) -> dict[str, str]:
    errors = {shape.name for shape in model.error_shapes}
    input_shape = {"input": model.input_shape.name} if model.input_shape else {}
    other = "ValidationException" in errors and "InvalidParameterException" not in errors
    return {**input_shape, **({"invalid": "ValidationException"} if other else {})}


def _described(shape: BotoShape) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield a shape and those that it is made of, by name."""
    constraints = {name: shape.metadata[name] for name in _CONSTRAINTS if name in shape.metadata}
    constraints |= _OTHER.get(shape.name, {})
    described: dict[str, Any] = {"type": shape.type_name}
    described |= {name: _python(value) for name, value in constraints.items() if value is not None}
    parts = _parts(shape)
    if shape.type_name == "structure":
        described |= {"members": {name: each.name for name, each in parts.items()}}
        described |= {"required": sorted(shape.required_members)} if shape.required_members else {}
    else:
        described |= {name: each.name for name, each in parts.items()}
    yield shape.name, described
    for each in parts.values():
        yield from _described(each)


def _parts(shape: BotoShape) -> dict[str, Any]:
    if shape.type_name == "structure":
        return dict(shape.members)
    names = {"list": ("member",), "map": ("key", "value")}.get(shape.type_name, ())
    return {name: getattr(shape, name) for name in names}


def _python(value: object) -> object:
    """Return a constraint as Python reads it."""
    if isinstance(value, str):
        for java, python in _UNICODE.items():
            value = value.replace(java, python)
    return value


def text() -> str:
    """Return the file."""
    return json.dumps(shapes(), indent=None, separators=(",", ":")).replace('},"', '},\n"') + "\n"


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
