"""CloudWatch Logs of an account, through boto3."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from flowlocal.aws.names import identified
from flowlocal.extras import needed_for
from flowlocal.recording.errors import NotRecorded, translated

_FIRST_POLL, _LONGEST_POLL = 0.1, 2.0
"""Seconds between two questions whether the query has ended."""
Say = Callable[[str], None]
"""Shows what is being done."""


@dataclass(frozen=True)
class RemoteGroup:
    """A log group.

    Attributes:
        identifier: its name or ARN, as the user gave it.
        name: its name.
        account: the account that owns it.
    """

    identifier: str
    name: str
    account: str


@dataclass(frozen=True)
class ServiceAnswer:
    """The service's answer to a query.

    Attributes:
        rows: its rows without ``@ptr``.
        statistics: its statistics.
        refusal: the message of MalformedQueryException; empty if the query was accepted.
    """

    rows: Sequence[Mapping[str, str]] = ()
    statistics: Mapping[str, float] = field(default_factory=dict)
    refusal: str = ""


@dataclass(frozen=True)
class Service:
    """CloudWatch Logs, as boto3's client calls it.

    Attributes:
        client: the client.
        place: the address or region that is asked, for messages.
    """

    client: Any
    place: str

    def group(self, identifier: str) -> RemoteGroup:
        """Return the log group of a name or an ARN.

        Raises:
            NotRecorded: there is none, or it may not be described.
        """
        found = identified(identifier)
        if found.account:
            return RemoteGroup(identifier, found.name, found.account)
        with translated("DescribeLogGroups", self._of(identifier)):
            pages = self.client.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=identifier)
            arns = [each["arn"] for page in pages for each in page["logGroups"] if each["logGroupName"] == identifier]
        if not arns:
            raise NotRecorded(
                "the log group does not exist", self._of(identifier), hint="check --log-group, --region and --profile"
            )
        return RemoteGroup(identifier, identifier, identified(arns[0]).account)

    def events(self, group: RemoteGroup, start: int, end: int, page_size: int) -> Iterator[list[dict[str, Any]]]:
        """Yield the events of a group page by page, as cases contain them.

        Args:
            group: the group.
            start: epoch seconds of the first second.
            end: epoch seconds of the last second, which is included.
            page_size: events of a page; the service allows 10,000.
        """
        named = "logGroupIdentifier" if group.identifier != group.name else "logGroupName"
        pages = {"PaginationConfig": {"PageSize": page_size}}
        request = {named: group.identifier.removesuffix(":*"), "startTime": start * 1000, "endTime": end * 1000 + 999}
        with translated("FilterLogEvents", self._of(group.name)):
            for page in self.client.get_paginator("filter_log_events").paginate(**request, **pages):
                yield [_event(each, group) for each in page["events"]]

    def answer(self, query: str, groups: Sequence[RemoteGroup], start: int, end: int, say: Say) -> ServiceAnswer:
        """Run a query and wait for its end; it is stopped if the wait is interrupted.

        Raises:
            NotRecorded: there is no answer.
        """
        subject = self._of(", ".join(group.name for group in groups))
        with translated("StartQuery", subject):
            try:
                started = self.client.start_query(
                    queryString=query, startTime=start, endTime=end, **_identifiers(groups)
                )["queryId"]
            except self.client.exceptions.MalformedQueryException as error:
                return ServiceAnswer(refusal=error.response["Error"]["Message"])
        with self._stopped(started):
            first = self._wait(started, subject, say)
            with translated("GetQueryResults", subject):
                rows = [_row(each) for page in self._pages(started, first) for each in page["results"]]
        return ServiceAnswer(rows, first.get("statistics", {}))

    @contextmanager
    def _stopped(self, query: str) -> Iterator[None]:
        """Stop a query if what waits for it is interrupted: it would go on, and be paid for."""
        try:
            yield
        except KeyboardInterrupt:
            with suppress(Exception):
                self.client.stop_query(queryId=query)
            raise

    def _wait(self, query: str, subject: str, say: Say) -> dict[str, Any]:
        """Return the first page of a query's results once it has ended."""
        began, pause = time.monotonic(), _FIRST_POLL
        while True:
            with translated("GetQueryResults", subject):
                page: dict[str, Any] = self.client.get_query_results(queryId=query)
            if page["status"] == "Complete":
                return page
            if page["status"] not in {"Scheduled", "Running", "Unknown"}:
                hint = "run it in the console to see why, or narrow --start and --end"
                raise NotRecorded(f"the query ended without an answer: {page['status']}", subject, hint=hint)
            scanned = page.get("statistics", {}).get("recordsScanned", 0)
            say(f"the query runs: {scanned:,.0f} events scanned, {time.monotonic() - began:.0f} s")
            time.sleep(pause)
            pause = min(pause * 1.5, _LONGEST_POLL)

    def _pages(self, query: str, page: dict[str, Any]) -> Iterator[dict[str, Any]]:
        yield page
        while token := page.get("nextToken"):
            page = self.client.get_query_results(queryId=query, nextToken=token)
            yield page

    def _of(self, group: str) -> str:
        return f"log group {group} ({self.place})"


def connect(profile: str | None, region: str | None, endpoint_url: str | None) -> Service:
    """Return the service of a profile and region.

    Raises:
        MissingExtra: boto3 is not installed.
        NotRecorded: it refuses the settings.
    """
    with needed_for("recording", "record"):
        import boto3  # type: ignore[import-untyped]  # noqa: PLC0415 - an extra
        from botocore.config import Config  # type: ignore[import-untyped]  # noqa: PLC0415
    patient = Config(retries={"mode": "standard", "max_attempts": 8})
    region = region or os.environ.get("AWS_REGION")  # of which boto3 knows only AWS_DEFAULT_REGION
    with translated("a client", endpoint_url or region or profile or "CloudWatch Logs"):
        client = boto3.Session(profile_name=profile, region_name=region).client(
            "logs", endpoint_url=endpoint_url, config=patient
        )
    return Service(client, endpoint_url or client.meta.region_name)


def _identifiers(groups: Sequence[RemoteGroup]) -> dict[str, list[str]]:
    """Return the log groups as StartQuery takes them: by name, unless an ARN is needed."""
    if all(group.identifier == group.name for group in groups):
        return {"logGroupNames": [group.name for group in groups]}
    return {"logGroupIdentifiers": [group.identifier.removesuffix(":*") for group in groups]}


def _event(event: Mapping[str, Any], group: RemoteGroup) -> dict[str, Any]:
    kept = {name: event[name] for name in ("timestamp", "ingestionTime", "logStreamName") if name in event}
    return {**kept, "logGroupName": group.name, "account": group.account, "message": event["message"]}


def _row(row: Sequence[Mapping[str, str]]) -> dict[str, str]:
    return {cell["field"]: cell.get("value", "") for cell in row if cell["field"] != "@ptr"}
