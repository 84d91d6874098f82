"""Calls of other services that reach the endpoint: each gets an error in a form that its own client parses.

Clients find the endpoint for all services if AWS_ENDPOINT_URL is set instead of AWS_ENDPOINT_URL_CLOUDWATCH_LOGS. The
forms are those of AWS's protocols (documented: "Smithy", protocols of AWS).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from email.message import Message
from xml.sax.saxutils import escape

from flowlocal.aws.errors import ApiError

Response = tuple[int, str | bytes, dict[str, str]]
OWN_TARGET = "Logs_"
_SCOPE = re.compile(
    r"Credential=[^,&\s]*?(?:/|%2F)\d{8}(?:/|%2F)[\w-]+(?:/|%2F)(?P<service>[\w-]+)(?:/|%2F)aws4_request"
)
_XML = "<?xml version='1.0' encoding='UTF-8'?>\n"
_QUERY = "<ErrorResponse><Error><Type>Sender</Type>{error}</Error><RequestId>{id}</RequestId></ErrorResponse>"
_EC2 = "<Response><Errors><Error>{error}</Error></Errors><RequestID>{id}</RequestID></Response>"
_S3 = "<Error>{error}<RequestId>{id}</RequestId></Error>"


def foreign_response(path: str, headers: Message, request_id: str) -> Response | None:
    """Return the error for a call of another service; None for anything else.

    Args:
        path: the path of the request with its query.
        headers: its headers.
        request_id: its id.
    """
    target = headers.get("X-Amz-Target") or ""
    kind = (headers.get("Content-Type") or "").split(";")[0].strip().lower()
    scope = _SCOPE.search(headers.get("Authorization") or "") or _SCOPE.search(path)
    service = scope["service"] if scope else ""
    if target.startswith(OWN_TARGET) or not (target or service or kind.endswith("form-urlencoded")):
        return None
    error = _error(service or target.split(".")[0] or "another service")
    if headers.get("Smithy-Protocol") == "rpc-v2-cbor":
        return error.status, _cbor(error.body()), {"Content-Type": "application/cbor", "Smithy-Protocol": "rpc-v2-cbor"}
    if kind.endswith("form-urlencoded"):
        return _xml(_EC2 if service == "ec2" else _QUERY, error, request_id)
    if not target and service in ("s3", "cloudfront", "route53"):
        return _xml(_S3 if service == "s3" else _QUERY, error, request_id)
    content = (kind or "application/x-amz-json-1.1") if target else "application/json"
    return error.status, json.dumps(error.body()), {"Content-Type": content, "x-amzn-ErrorType": error.code}


def _error(service: str) -> ApiError:
    return ApiError(
        "UnknownOperationException",
        f"flowlocal answers CloudWatch Logs here, and not {service}: set AWS_ENDPOINT_URL_CLOUDWATCH_LOGS to its "
        "address, not AWS_ENDPOINT_URL",
    )


def _xml(form: str, error: ApiError, request_id: str) -> Response:
    said = f"<Code>{error.code}</Code><Message>{escape(error.message)}</Message>"
    return error.status, _XML + form.format(error=said, id=request_id), {"Content-Type": "text/xml"}


def _cbor(members: Mapping[str, object]) -> bytes:
    """Return a map of texts in CBOR (RFC 8949): each text with a length of two bytes."""
    texts = (str(text).encode() for member in members.items() for text in member)
    return bytes([0xA0 + len(members)]) + b"".join(b"\x79" + len(text).to_bytes(2) + text for text in texts)
