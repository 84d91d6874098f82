"""Pages of a list, and the tokens that lead from one to the next."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from typing import TypeVar

from flowlocal.aws.errors import invalid
from flowlocal.aws.request import Request

T = TypeVar("T")


def token_for(subject: str, offset: int) -> str:
    """Return an opaque text for a place in the list that ``subject`` names."""
    return urlsafe_b64encode(f"{offset}:{subject}".encode()).decode()


def offset_of(subject: str, token: str | None) -> int:
    """Return the place of a token; 0 if there is none. A token of another list is refused."""
    if token is None:
        return 0
    try:
        offset, _, named = urlsafe_b64decode(token.encode()).decode().partition(":")
        if named == subject and offset.isascii() and offset.isdigit() and len(offset) < 16:
            return int(offset)
    except ValueError:  # neither base64 nor UTF-8
        pass
    raise invalid("The specified nextToken is invalid.")


def page(items: Sequence[T], request: Request, subject: str, size: int) -> tuple[Sequence[T], dict[str, object]]:
    """One page of a list that was asked for with ``nextToken``.

    Args:
        items: the whole list.
        request: the request.
        subject: what the list is, so that no token can be used elsewhere.
        size: most items of a page.

    Returns:
        The items, and ``nextToken`` where there are more.
    """
    start = offset_of(subject, request.optional_text("nextToken"))
    end = start + size
    return items[start:end], {"nextToken": token_for(subject, end)} if end < len(items) else {}
