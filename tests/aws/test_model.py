"""Every operation of the API's own model is answered as the model says, or refused as unknown in one line."""

from __future__ import annotations

import re
from typing import Any

import botocore.session  # type: ignore[import-untyped]
import pytest

from flowlocal.aws.errors import ApiError
from flowlocal.aws.local_store import LocalAccount
from flowlocal.aws.request import Request
from flowlocal.aws.table import answer, operations

MODEL = botocore.session.get_session().get_service_model("logs")
REFUSALS = {"ValidationException", "InvalidParameterException", "ResourceNotFoundException", "SerializationException"}


@pytest.mark.parametrize("name", MODEL.operation_names)
def test_operation(name: str) -> None:
    """An empty request is answered with members of the model, or refused; one not known says so in one line."""
    shape = MODEL.operation_model(name).output_shape
    error, found = asked(name)
    assert set(found) <= set(shape.members if shape else ())
    if name in operations():
        assert error is None or error.code in REFUSALS
    else:
        assert error is not None
        assert error.code == "UnknownOperationException"
        assert re.fullmatch(rf"flowlocal does not answer {name}; what it answers: https://\S+", error.message)


def asked(name: str) -> tuple[ApiError | None, dict[str, Any]]:
    """Return the error and the answer of an empty request."""
    try:
        return None, answer(name, Request({}), LocalAccount().store())
    except ApiError as error:
        return error, {}


def test_names() -> None:
    """There is no operation that the model does not have."""
    assert set(operations()) <= set(MODEL.operation_names)
