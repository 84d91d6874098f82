"""The log groups that moto holds."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from typing import Any

from flowlocal.aws.lookup_tables import Files, tables_of_files
from flowlocal.aws.moto_types import Backend, Event
from flowlocal.aws.queries import InProcess, Queries, StartedQuery
from flowlocal.aws.reads import Read, read_here
from flowlocal.aws.records import Columns, events_of
from flowlocal.aws.store import State
from flowlocal.events import Events
from flowlocal.extras import install
from flowlocal.sources.joining import joined

OLDEST = (4, 2, 14)
"""The oldest release of moto that the tests run on."""
_STATE = "_flowlocal"


class UnsupportedMoto(RuntimeError):
    """The installed moto is not one that flowlocal can work with.

    >>> from flowlocal.aws import UnsupportedMoto
    >>> issubclass(UnsupportedMoto, RuntimeError)
    True
    """

    def __init__(self, lack: str) -> None:
        super().__init__(
            f"flowlocal works with moto {'.'.join(map(str, OLDEST))} and newer; moto {version('moto')} is installed, "
            f"and {lack}. Install another one: {install('moto')}"
        )


@dataclass(frozen=True)
class MotoStore:
    """A backend of moto, which is an account in a region.

    Attributes:
        backend: moto's ``LogsBackend``.
        account: the account.
        region: the region.
        files: files of lookup tables that are there at the start.
    """

    backend: Backend
    account: str
    region: str
    files: Files

    @property
    def state(self) -> State:
        """Kept on the backend itself, so that it goes when moto is reset."""
        state: State | None = getattr(self.backend, _STATE, None)
        if state is None:
            state = State(Queries(InProcess(self.events), _warn), tables=tables_of_files(self.files))
            setattr(self.backend, _STATE, state)
        return state

    def group_names(self) -> Sequence[str]:
        """Return the names of all groups."""
        return list(self.backend.groups)

    def log_class(self, name: str) -> str:
        """Return the class of a group if this release of moto keeps it."""
        return getattr(self.backend.groups[name], "log_group_class", None) or "STANDARD"

    def owns(self, account: str, region: str) -> bool:
        """Return True if it is this account in this region."""
        return (account, region) == (self.account, self.region)

    def read(self, names: Sequence[str], read: Read) -> Any:  # noqa: ANN401 - as the read
        """Read the events of some groups, in this process."""
        return read_here(partial(self.events, names), read)

    def events(self, names: Sequence[str]) -> Events:
        """Return the events of some groups as they are now."""
        return joined([self._events(name) for name in names])

    def _events(self, name: str) -> Events:
        try:
            streams = {
                stream: _columns(each.events) for stream, each in list(self.backend.groups[name].streams.items())
            }
        except AttributeError as error:
            raise UnsupportedMoto(f"its log events are built differently ({error})") from error
        return events_of(name, self.account, streams)


def _columns(events: Sequence[Event]) -> Columns:
    return Columns(
        [event.timestamp for event in events],
        [event.message for event in events],
        [event.ingestion_time for event in events],
    )


def _warn(query: StartedQuery) -> None:
    """Say why a query failed, which GetQueryResults does not."""
    if query.problem:
        warnings.warn(f"the query failed: {query.problem}: {query.text}", RuntimeWarning, stacklevel=2)
