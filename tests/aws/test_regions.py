"""Regions and accounts of the endpoint."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3  # type: ignore[import-untyped]
import pytest
from botocore import UNSIGNED  # type: ignore[import-untyped]
from botocore.config import Config  # type: ignore[import-untyped]

from flowlocal.aws.endpoint import Endpoint
from flowlocal.aws.local_groups import FileGroup
from flowlocal.aws.local_store import LocalAccount
from tests.aws.conftest import GROUP, ask, rows, serving

ACCOUNT = "111122223333"


@pytest.fixture
def endpoint(logs: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Endpoint]:
    """Yield an endpoint of another account, started in a region of its own."""
    monkeypatch.setenv("AWS_REGION", "sa-east-1")
    with serving(LocalAccount([FileGroup(GROUP, [str(logs)], owner=ACCOUNT)], account=ACCOUNT)) as endpoint:
        yield endpoint


def client(endpoint: Endpoint, region: str, **config: Any) -> Any:
    """Return a client of boto3 in a region."""
    return boto3.client("logs", region_name=region, endpoint_url=endpoint.url, config=Config(**config))


def names(client: Any) -> list[str]:
    """Return the names of all groups."""
    return [each["logGroupName"] for each in client.describe_log_groups()["logGroups"]]


def test_regions(endpoint: Endpoint) -> None:
    """A written group is in the region of its request alone; groups of files are in all."""
    here, there = client(endpoint, "eu-central-1"), client(endpoint, "us-west-2")
    here.create_log_group(logGroupName="mine")
    assert (names(here), names(there)) == (["mine", GROUP], [GROUP])
    found = here.describe_log_groups(logGroupNamePrefix="mine")["logGroups"][0]["logGroupArn"]
    assert found == f"arn:aws:logs:eu-central-1:{ACCOUNT}:log-group:mine"
    with pytest.raises(there.exceptions.ResourceNotFoundException):
        there.filter_log_events(logGroupIdentifier=found)
    assert here.filter_log_events(logGroupIdentifier=found)["events"] == []


def test_unsigned(endpoint: Endpoint) -> None:
    """A request without a signature is for the region in which the endpoint was started."""
    (group,) = client(endpoint, "eu-west-1", signature_version=UNSIGNED).describe_log_groups()["logGroups"]
    assert group["logGroupArn"] == f"arn:aws:logs:sa-east-1:{ACCOUNT}:log-group:{GROUP}"


def test_account(endpoint: Endpoint) -> None:
    """The account is the one given, in ARNs and in ``@log``, of groups of files and of written ones."""
    here = client(endpoint, "us-east-1")
    here.create_log_group(logGroupName="mine")
    here.create_log_stream(logGroupName="mine", logStreamName="s")
    here.put_log_events(logGroupName="mine", logStreamName="s", logEvents=[{"timestamp": 1, "message": "x"}])
    answer = ask(here, "stats count(*) as n by @log | sort @log", logGroupName=None, logGroupNames=["mine", GROUP])
    assert [each["@log"] for each in rows(answer)] == [f"{ACCOUNT}:mine", f"{ACCOUNT}:{GROUP}"]
    answer = ask(here, f"filter @log = '{ACCOUNT}:{GROUP}' | stats count(*) as n")
    assert rows(answer) == [{"n": "6"}]
