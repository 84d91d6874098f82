"""Bodies of HTTP requests: read to their end, so that the next request of the connection begins where it begins."""

from __future__ import annotations

import json
import re
import zlib
from email.message import Message
from typing import BinaryIO

from flowlocal.aws.errors import ApiError

MOST_BODY = 24 << 20
"""Bytes of a body, packed or not (decided): 10 MiB of a lookup table, of quotes and commas, take 20 MiB as JSON."""
_MOST_LINE = 4096
"""Bytes of the line before a chunk, or of a trailer."""
_MOST_TRAILERS = 100
_LENGTH = re.compile(r"[0-9]{1,12}")
_CHUNK = re.compile(rb"([0-9a-fA-F]{1,8})[ \t]*(?:;[^\r\n]*)?\r?\n")


def read_body(headers: Message, stream: BinaryIO) -> bytes:
    """Return the body of a request as it was sent, without the marks of its chunks.

    Raises:
        ApiError: the body cannot be read to its end; the connection must be closed.
        ConnectionError: the client went away.
    """
    coding = ", ".join(headers.get_all("Transfer-Encoding", [])).strip().lower()
    lengths = set(headers.get_all("Content-Length", []))
    if coding and (coding != "chunked" or lengths):
        raise ApiError("SerializationException", "Transfer-Encoding must be chunked, without Content-Length")
    if coding:
        return _chunks(stream)
    if len(lengths) > 1 or not all(map(_LENGTH.fullmatch, lengths)):
        raise ApiError("SerializationException", "Content-Length must be one whole number")
    return _exactly(stream, _bounded(int(lengths.pop())) if lengths else 0)


def _bounded(size: int) -> int:
    if size > MOST_BODY:
        raise ApiError("RequestEntityTooLargeException", f"A body can have {MOST_BODY} bytes", status=413)
    return size


def _exactly(stream: BinaryIO, size: int) -> bytes:
    found = stream.read(size)
    if len(found) < size:
        raise ConnectionAbortedError("the client went away")
    return found


def _chunks(stream: BinaryIO) -> bytes:
    body = bytearray()
    while size := _chunk_size(stream):
        _bounded(len(body) + size)
        body += _exactly(stream, size)
        if _line(stream).strip():
            raise ApiError("SerializationException", "A chunk of the body is longer than it says")
    for _ in range(_MOST_TRAILERS):
        if not _line(stream).strip():
            return bytes(body)
    raise ApiError("SerializationException", f"A body can have {_MOST_TRAILERS} trailers")


def _chunk_size(stream: BinaryIO) -> int:
    found = _CHUNK.fullmatch(_line(stream))
    if found is None:
        raise ApiError("SerializationException", "A chunk of the body must begin with its size")
    return int(found[1], 16)


def _line(stream: BinaryIO) -> bytes:
    line = stream.readline(_MOST_LINE)
    if not line.endswith(b"\n"):
        if len(line) < _MOST_LINE:
            raise ConnectionAbortedError("the client went away")
        raise ApiError("SerializationException", f"A line between chunks can have {_MOST_LINE} bytes")
    return line


def members(headers: Message, body: bytes) -> dict[str, object]:
    """Return the members of a request from its body.

    Raises:
        ApiError: the body is not a JSON object.
    """
    try:
        found = json.loads(_decoded(headers, body) or b"{}")
    except (ValueError, RecursionError) as error:
        raise ApiError("SerializationException", f"The body is not valid JSON: {error}"[:300]) from error
    if not isinstance(found, dict):
        raise ApiError("SerializationException", "The body must be a JSON object")
    return found


def _decoded(headers: Message, body: bytes) -> bytes:
    encoding = (headers.get("Content-Encoding") or "identity").strip().lower()
    if encoding == "gzip":
        return _unpacked(body)
    if encoding not in {"identity", "aws-chunked", ""}:
        raise ApiError("SerializationException", f"Content-Encoding {encoding} is not known: send gzip or none")
    return body


def _unpacked(body: bytes) -> bytes:
    unpacker = zlib.decompressobj(zlib.MAX_WBITS | 16)
    try:
        unpacked = unpacker.decompress(body, MOST_BODY + 1)
    except zlib.error as error:
        raise ApiError("SerializationException", f"The body is not valid gzip: {error}") from error
    _bounded(len(unpacked))
    if not unpacker.eof:
        raise ApiError("SerializationException", "The gzip body ends too early")
    return unpacked
