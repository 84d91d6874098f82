"""Destinations: targets that other accounts subscribe log groups to; they are kept."""

from __future__ import annotations

from flowlocal.aws.errors import invalid, not_found
from flowlocal.aws.local_groups import now
from flowlocal.aws.operations.group_settings import tags_of
from flowlocal.aws.operations.resource_policies import check_json
from flowlocal.aws.paging import page
from flowlocal.aws.request import Request
from flowlocal.aws.store import Store, Tagged
from flowlocal.aws.table import Answer, operation


@operation("PutDestination", written=True)
def put_destination(request: Request, store: Store) -> Answer:
    """Keep a destination, or give the one of the same name another target."""
    name, destinations = request.text("destinationName"), store.state.destinations
    arn = f"arn:aws:logs:{store.region}:{store.account}:destination:{name}"
    store.state.tagged.setdefault(arn, Tagged(tags_of(request)))
    before = destinations.get(name, {"creationTime": now()})
    destinations[name] = {**before, **request.chosen("destinationName", "targetArn", "roleArn"), "arn": arn}
    return {"destination": destinations[name]}


@operation("PutDestinationPolicy", written=True)
def put_destination_policy(request: Request, store: Store) -> Answer:
    """Keep the access policy of a destination; it grants nothing."""
    check_json(policy := request.text("accessPolicy"), "accessPolicy")
    name = request.text("destinationName")
    if name not in store.state.destinations:
        raise invalid(f"The specified destination does not exist: {name}")
    store.state.destinations[name]["accessPolicy"] = policy
    return {}


@operation("DescribeDestinations", written=True)
def describe_destinations(request: Request, store: Store) -> Answer:
    """Return the destinations by name."""
    prefix = request.optional_text("DestinationNamePrefix") or ""
    found = [each for name, each in sorted(store.state.destinations.items()) if name.startswith(prefix)]
    chosen, more = page(found, request, f"destinations:{prefix}", request.optional_number("limit") or 50)
    return {"destinations": list(chosen), **more}


@operation("DeleteDestination", written=True)
def delete_destination(request: Request, store: Store) -> Answer:
    """Forget a destination."""
    found = store.state.destinations.pop(request.text("destinationName"), None)
    if found is None:
        raise not_found("The specified destination does not exist.")
    store.state.tagged.pop(found["arn"], None)
    return {}
