"""Members of a request, which were checked against the API's model before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flowlocal.aws.errors import invalid

GROUP_NAME = r"[\.\-_/#A-Za-z0-9]+"


@dataclass(frozen=True)
class Request:
    """The JSON object that a client sent, as ``validation.checked`` returns it; members that are absent are not there.

    Attributes:
        members: its members by name.
        id: the request's id, which some messages quote.
    """

    members: Mapping[str, Any]
    id: str = ""

    def has(self, name: str) -> bool:
        """Return True if the member is there."""
        return name in self.members

    def text(self, name: str) -> str:
        """Return a text that must be there.

        Raises:
            ApiError: it is absent; the model does not require it, but this request needs it.
        """
        if name not in self.members:
            raise invalid(f"{name} must be specified")
        return str(self.members[name])

    def optional_text(self, name: str) -> str | None:
        """Return a text; None if it is absent."""
        found: str | None = self.members.get(name)
        return found

    def number(self, name: str) -> int:
        """Return a whole number that the model requires."""
        return int(self.members[name])

    def optional_number(self, name: str) -> int | None:
        """Return a whole number; None if it is absent."""
        found: int | None = self.members.get(name)
        return found

    def flag(self, name: str) -> bool:
        """Return a boolean; false if it is absent."""
        return bool(self.members.get(name))

    def texts(self, name: str) -> list[str]:
        """Return a list of texts; empty if it is absent."""
        return list(self.members.get(name, ()))

    def objects(self, name: str) -> list[Request]:
        """Return a list of objects; empty if it is absent."""
        return [Request(each, self.id) for each in self.members.get(name, ())]

    def chosen(self, *names: str) -> dict[str, Any]:
        """Return those of some members that are there, as they are stored and shown."""
        return {name: self.members[name] for name in names if name in self.members}
