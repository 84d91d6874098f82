"""Saved queries: PutQueryDefinition, DescribeQueryDefinitions, DeleteQueryDefinition."""

from __future__ import annotations

import time
from uuid import uuid4

from flowlocal.aws.errors import ApiError, invalid, not_found
from flowlocal.aws.paging import page
from flowlocal.aws.request import Request
from flowlocal.aws.store import QueryDefinition, Store
from flowlocal.aws.table import Answer, operation

MOST_DEFINITIONS = 1000
"""Saved queries of an account in a region (documented)."""


@operation("PutQueryDefinition")
def put_query_definition(request: Request, store: Store) -> Answer:
    """Save a query, or replace a saved one as a whole. The query itself is not looked at, as in the service."""
    saved = store.state.definitions
    identity = request.optional_text("queryDefinitionId")
    if identity is not None and identity not in saved:
        raise not_found(f"Query definition {identity} does not exist")
    if identity is None and len(saved) >= MOST_DEFINITIONS:
        raise ApiError("LimitExceededException", f"There are {MOST_DEFINITIONS} query definitions, and no more can be")
    identity = identity or str(uuid4())
    members = _members(request)
    given = ((each["name"], each.get("defaultValue")) for each in members.get("parameters", []))
    saved[identity] = QueryDefinition(identity, members, {name: value for name, value in given if value is not None})
    return {"queryDefinitionId": identity}


def _members(request: Request) -> Answer:
    members: Answer = {
        "queryLanguage": request.optional_text("queryLanguage") or "CWLI",
        "name": request.text("name"),
        "queryString": request.text("queryString"),
        "lastModified": int(time.time() * 1000),
        "logGroupNames": request.texts("logGroupNames"),
    }
    parameters = [_parameter(each) for each in request.objects("parameters")]
    names = [each["name"] for each in parameters]
    if len(set(names)) < len(names):
        raise invalid("Query parameters must have different names")
    return members | ({"parameters": parameters} if parameters else {})


def _parameter(given: Request) -> dict[str, str]:
    members = {
        "name": given.text("name"),
        "defaultValue": given.optional_text("defaultValue"),
        "description": given.optional_text("description"),
    }
    return {name: value for name, value in members.items() if value is not None}


@operation("DescribeQueryDefinitions")
def describe_query_definitions(request: Request, store: Store) -> Answer:
    """Return the saved queries by name."""
    prefix = request.optional_text("queryDefinitionNamePrefix") or ""
    language = request.optional_text("queryLanguage")
    size = request.optional_number("maxResults") or 1000
    found = [
        {"queryDefinitionId": saved.id, **saved.members}
        for saved in store.state.definitions.values()
        if str(saved.members["name"]).startswith(prefix) and language in (None, saved.members["queryLanguage"])
    ]
    found.sort(key=lambda saved: (str(saved["name"]), str(saved["queryDefinitionId"])))
    definitions, more = page(found, request, f"definitions:{prefix}", size)
    return {"queryDefinitions": list(definitions), **more}


@operation("DeleteQueryDefinition")
def delete_query_definition(request: Request, store: Store) -> Answer:
    """Forget a saved query."""
    identity = request.text("queryDefinitionId")
    if store.state.definitions.pop(identity, None) is None:
        raise not_found(f"Query definition {identity} does not exist")
    return {"success": True}
