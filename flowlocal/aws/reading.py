"""Which log groups a query reads, as the request and its own ``SOURCE`` commands say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, cast

from flowlocal import engine
from flowlocal.aws.errors import invalid, no_such_group
from flowlocal.aws.names import identified
from flowlocal.aws.request import Request
from flowlocal.aws.store import Store, find_group
from flowlocal.language import tree
from flowlocal.language.errors import MalformedQuery
from flowlocal.language.templates import SavedQuery, expand
from flowlocal.planning.hooks import LogGroups
from flowlocal.planning.registry import Command

if TYPE_CHECKING:
    from flowlocal.commands.source import SourceStage

_FORMS = ("logGroupName", "logGroupNames", "logGroupIdentifiers")


@dataclass(frozen=True)
class Reading:
    """What a query reads.

    Attributes:
        groups: the names of the groups that it asks.
        others: groups that only its subqueries and joins ask.
        named_in_query: does the query itself name its groups?
    """

    groups: tuple[str, ...]
    others: tuple[str, ...] = ()
    named_in_query: bool = False

    @property
    def loaded(self) -> tuple[str, ...]:
        """All groups to load."""
        return tuple(dict.fromkeys((*self.groups, *self.others)))

    @property
    def restriction(self) -> str:
        """What must precede the query so that it does not see the groups of its subqueries."""
        if self.named_in_query or not set(self.others) - set(self.groups):
            return ""
        return "".join(f'SOURCE "{group}" | ' for group in self.groups)


def saved_queries(store: Store) -> Mapping[str, SavedQuery]:
    """Return the saved queries as the engine takes them, by name."""
    return {
        str(each.members["name"]): SavedQuery(str(each.members["queryString"]), each.defaults)
        for each in store.state.definitions.values()
    }


def read_groups(request: Request, text: str, store: Store) -> Reading:
    """Return the groups that a request to start a query names.

    Raises:
        ApiError: they are named in no way or in several, or one does not exist.
        MalformedQuery: a ``SOURCE`` means no group.
    """
    sources = list(_sources(text, store))
    given = [form for form in _FORMS if request.has(form)]
    outer = [source for first, source in sources if first]
    if len(given) + len(outer) != 1:
        found = " and ".join([*given, *("SOURCE" for _ in outer)]) or "nothing does"
        raise invalid(f"Exactly one of {', '.join(_FORMS)} or SOURCE must name the log groups, but {found}")
    inner = [name for first, source in sources if not first for name in _meant(source, store, request)]
    if outer:
        return Reading(tuple(_meant(outer[0], store, request)), tuple(inner), named_in_query=True)
    found_groups = map(partial(_existing, request, store), _given(request, given[0]))
    return Reading(tuple(dict.fromkeys(found_groups)), tuple(inner))


def _sources(text: str, store: Store) -> Iterator[tuple[bool, SourceStage]]:
    """Every ``SOURCE`` of a query, and whether it is that of the query itself."""
    if "source" not in text.lower():
        return
    try:
        query = engine.parse(expand(text, {}, saved_queries(store)).text)
    except MalformedQuery:  # is reported when the query is planned
        return
    for node in tree.walk(query):
        if isinstance(node, Command) and node.definition.name == "SOURCE":
            yield node is query.stages[0], cast("SourceStage", node)


def _meant(source: SourceStage, store: Store, request: Request) -> list[str]:
    """Return the names of the groups that a ``SOURCE`` selects."""
    loaded = LogGroups(tuple(store.group_names()))
    for each in source.groups:
        name = getattr(each, "name", None)
        if name is not None and find_group(store, name) is None:
            raise no_such_group(identified(name).name, store.account, request.id)
    return sorted({name for each in source.groups for name in each.named(loaded)})


def _given(request: Request, form: str) -> Sequence[str]:
    if form == "logGroupName":
        return [request.text(form)]
    names = request.texts(form)
    if not names:
        raise invalid(f"{form} names no log group")
    return names


def _existing(request: Request, store: Store, identifier: str) -> str:
    name = find_group(store, identifier)
    if name is None:
        found = identified(identifier)
        raise no_such_group(found.name, found.account or store.account, request.id)
    return name
