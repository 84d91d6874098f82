"""Events that were written, handed to the subscription filters of their group."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import polars as pl

from flowlocal.aws.event_ids import digest, event_id
from flowlocal.aws.matching import match
from flowlocal.aws.store import GroupSettings, Shown

if TYPE_CHECKING:
    from flowlocal.aws.local_store import LocalStore


def hand_on(store: LocalStore, group: str, stream: str, first: int, events: Sequence[tuple[int, str]]) -> None:
    """Deliver events to the subscriptions of their group whose destinations have a target here.

    Args:
        store: the store.
        group: the group.
        stream: the stream.
        first: the 0-based number of the first event in the stream.
        events: times in epoch milliseconds, and messages.
    """
    filters = store.state.settings.get(group, GroupSettings()).subscriptions
    for each in list(filters.values()):
        arn = _with_target(store, each["destinationArn"])
        if arn is None:
            continue
        matched = [number for number, _ in match(each["filterPattern"], [message for _, message in events])]
        if matched:
            log_events = _shown(f"{group}:{stream}", first, events, matched)
            batch = {"messageType": "DATA_MESSAGE", "owner": store.account, "logGroup": group, "logStream": stream}
            store.delivery.deliver(arn, {**batch, "subscriptionFilters": [each["filterName"]], "logEvents": log_events})


def _with_target(store: LocalStore, arn: str) -> str | None:
    """Return the ARN that has a target: that of a filter, or of what its destination leads to."""
    found = [arn, *(each["targetArn"] for each in store.state.destinations.values() if each["arn"] == arn)]
    return next((each for each in found if each in store.delivery.targets), None)


def _shown(place: str, first: int, events: Sequence[tuple[int, str]], matched: Sequence[int]) -> list[Shown]:
    """Return the matched events as they are delivered."""
    chosen = [(first + number, *events[number]) for number in matched]
    schema = {"line": pl.Int64(), "timestamp": pl.Int64(), "message": pl.String()}
    identity = event_id(pl.col("timestamp"), pl.lit(digest(place)), pl.col("line")).alias("id")
    return pl.DataFrame(chosen, schema, orient="row").select(identity, "timestamp", "message").to_dicts()
