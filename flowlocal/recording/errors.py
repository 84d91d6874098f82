"""What AWS or boto3 refused, in one sentence, with what to do about it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flowlocal.events import UnreadableInput

_LOGIN = "run `aws configure` or `aws sso login`, set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a --profile"
_RENEW = "renew them with `aws sso login` or `aws configure`, or name another --profile"
_SLOWER = "wait a minute and run it again, or narrow --start and --end"
_NETWORK = "check the network, --region and --endpoint-url"


class NotRecorded(UnreadableInput):
    """A query that could not be recorded; ``path`` is what was asked."""

    kind = "not recorded"


@contextmanager
def translated(operation: str, subject: str) -> Iterator[None]:
    """Turn errors of boto3 into ``NotRecorded``.

    Args:
        operation: the API operation that is called, such as ``StartQuery``.
        subject: what is asked: a log group, or a place.
    """
    from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]  # noqa: PLC0415

    try:
        yield
    except ClientError as error:
        found = error.response.get("Error", {})
        message, hint = _refusal(operation, found.get("Code", ""), found.get("Message", ""))
        raise NotRecorded(message, subject, hint=hint) from error
    except BotoCoreError as error:
        message, hint = _failure(error)
        raise NotRecorded(message, subject, hint=hint) from error
    except ValueError as error:  # boto3's for an address or a region that cannot be one
        raise NotRecorded(f"boto3 refuses the settings: {error}", subject, hint=_NETWORK) from error


def _refusal(operation: str, code: str, message: str) -> tuple[str, str]:
    """Return what the service refused, and what to do."""
    for part, (told, hint) in _REFUSALS.items():
        if part in code:
            return told.format(operation=operation), hint.format(operation=operation)
    return f"{operation} was refused: {code or 'no code'}: {message}", "follow the message, or report it"


_REFUSALS = {
    "AccessDenied": (
        "these credentials may not call {operation}",
        "allow logs:{operation} on the log group, or name another --profile",
    ),
    "ExpiredToken": ("the credentials have expired", _RENEW),
    "UnrecognizedClient": ("AWS does not know the credentials", _RENEW),
    "InvalidClientTokenId": ("AWS does not know the credentials", _RENEW),
    "Signature": ("AWS does not accept the signature of the credentials", f"check the clock of this machine; {_RENEW}"),
    "ResourceNotFound": ("the log group does not exist", "check --log-group, --region and --profile"),
    "Throttl": ("the service throttles {operation}", _SLOWER),
    "TooManyRequests": ("the service throttles {operation}", _SLOWER),
    "LimitExceeded": ("too many queries are running in the account", "wait until one has ended, and run it again"),
    "ServiceUnavailable": ("the service is not available at the moment", "run it again in a minute"),
    "InternalFailure": ("the service failed", "run it again in a minute"),
    "UnknownOperation": ("what answers there does not know {operation}", "check --endpoint-url"),
}
"""What is wrong and what to do, by a part of the error's code."""


def _failure(error: Any) -> tuple[str, str]:  # noqa: ANN401 - botocore has no types
    """Return why no answer came, and what to do."""
    name = type(error).__name__
    for part, (told, hint) in _FAILURES.items():
        if part in name:
            return told, hint
    return " ".join(str(error).split()).rstrip("."), _NETWORK


_FAILURES = {
    "NoRegion": ("no region is set", "name a --region, or set AWS_REGION"),
    "InvalidRegion": ("the region is not one of AWS", "name another --region, such as eu-central-1"),
    "ProfileNotFound": ("the profile does not exist", "`aws configure list-profiles` prints those that do"),
    "NoCredentials": ("no credentials were found", _LOGIN),
    "Credential": ("the credentials are incomplete or cannot be loaded", _LOGIN),
    "SSO": ("the login has expired", _RENEW),
    "Token": ("the login has expired", _RENEW),
    "Timeout": ("no answer came in time", f"run it again; if that does not help, {_NETWORK}"),
    "Connection": ("the service cannot be reached", _NETWORK),
    "SSLError": ("the connection is not secure", f"set AWS_CA_BUNDLE if a proxy signs connections; {_NETWORK}"),
}
"""What is wrong and what to do, by a part of the exception's name."""
