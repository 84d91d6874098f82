"""The service's errors, as data that both transports send."""

from __future__ import annotations

from copyreg import __newobj__  # type: ignore[attr-defined] # what pickle itself uses
from typing import Any, NoReturn

from flowlocal.events import UnreadableInput
from flowlocal.language.errors import MalformedQuery


class ApiError(Exception):
    """An operation's refusal.

    Attributes:
        code: the service's name of the error, such as ``InvalidParameterException``.
        message: what is wrong, in a sentence.
        status: the HTTP status.
        members: further members of the error's body.

    >>> from flowlocal.aws import ApiError
    >>> error = ApiError("ResourceNotFoundException", "The specified log group does not exist.")
    >>> error.code, error.status
    ('ResourceNotFoundException', 400)
    """

    def __init__(self, code: str, message: str, *, status: int = 400, members: dict[str, object] | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status
        self.members = members or {}

    def __reduce__(self) -> tuple[Any, ...]:
        """Return how to build it again: without the constructor, which Python would call with the message alone."""
        return __newobj__, (type(self), *self.args), vars(self)

    def body(self) -> dict[str, object]:
        """Return the body of the response in the form of JSON 1.1.

        >>> from flowlocal.aws import ApiError
        >>> ApiError("LimitExceededException", "Too many queries.").body()
        {'__type': 'LimitExceededException', 'message': 'Too many queries.'}
        """
        return {"__type": self.code, "message": self.message, **self.members}


def invalid(message: str) -> ApiError:
    """Return the error for an invalid parameter."""
    return ApiError("InvalidParameterException", message)


def refuse(message: str) -> NoReturn:
    """Raise what ``invalid`` makes."""
    raise invalid(message)


def not_found(message: str) -> ApiError:
    """Return the error for a resource that does not exist."""
    return ApiError("ResourceNotFoundException", message)


def no_such_group(name: str, account: str, request_id: str) -> ApiError:
    """Return the error for a query over a log group that does not exist, in the service's recorded words."""
    return not_found(
        f"Log group '{name}' does not exist for account ID '{account}' (Service: AWSLogs; Status Code: 400; "
        f"Error Code: ResourceNotFoundException; Request ID: {request_id}; Proxy: null)"
    )


def unreadable(error: UnreadableInput) -> ApiError:
    """Return the refusal of a request that needs a file which cannot be read."""
    return invalid(f"flowlocal cannot read what the request needs: {error}")


def malformed(error: MalformedQuery, offset: int) -> ApiError:
    """Return the error for a malformed query, its positions counted as the service counts them (recorded).

    Args:
        error: what the engine raised.
        offset: the length of what the service puts before the query.
    """
    message = error.service_message(offset)
    location = {"startCharOffset": error.span.start + offset, "endCharOffset": error.span.end + offset}
    return ApiError(
        "MalformedQueryException", message, members={"queryCompileError": {"location": location, "message": message}}
    )
