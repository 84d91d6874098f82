"""What log groups keep beside their events, and the errors of names, as boto3 sees them."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from flowlocal.aws.local_store import LocalAccount
from tests.aws.conftest import connect, serving


@pytest.fixture
def empty() -> Any:
    """Yield a client of an endpoint with one group that was made through the API."""
    with serving(LocalAccount()) as endpoint:
        client = connect(endpoint.url)
        client.create_log_group(logGroupName="g", tags={"team": "net"}, kmsKeyId="arn:aws:kms:us-east-1:1:key/k")
        yield client


def group(client: Any) -> Any:
    """Return the group as DescribeLogGroups shows it."""
    (found,) = client.describe_log_groups()["logGroups"]
    return found


def test_retention(empty: Any) -> None:
    """The retention is shown until it is deleted; a number that the service does not have is refused."""
    empty.put_retention_policy(logGroupName="g", retentionInDays=7)
    assert group(empty)["retentionInDays"] == 7
    with pytest.raises(empty.exceptions.InvalidParameterException, match="retentionInDays"):
        empty.put_retention_policy(logGroupName="g", retentionInDays=8)
    empty.delete_retention_policy(logGroupName="g")
    assert "retentionInDays" not in group(empty)
    with pytest.raises(empty.exceptions.ResourceNotFoundException):
        empty.put_retention_policy(logGroupName="nobody", retentionInDays=7)


def test_tags(empty: Any) -> None:
    """Tags of creation, of the new operations and of the old ones are the same tags."""
    arn = group(empty)["logGroupArn"]
    empty.tag_resource(resourceArn=arn, tags={"stage": "test"})
    empty.tag_log_group(logGroupName="g", tags={"old": ""})
    tags = {"team": "net", "stage": "test", "old": ""}
    assert empty.list_tags_for_resource(resourceArn=arn)["tags"] == tags
    assert empty.list_tags_for_resource(resourceArn=f"{arn}:*")["tags"] == tags
    empty.untag_resource(resourceArn=arn, tagKeys=["team", "nobody"])
    empty.untag_log_group(logGroupName="g", tags=["old"])
    assert empty.list_tags_log_group(logGroupName="g")["tags"] == {"stage": "test"}
    with pytest.raises(empty.exceptions.TooManyTagsException):
        empty.tag_resource(resourceArn=arn, tags={str(n): "" for n in range(50)})
    with pytest.raises(empty.exceptions.InvalidParameterException):
        empty.tag_resource(resourceArn=arn, tags={"aws:x": ""})
    empty.delete_log_group(logGroupName="g")
    empty.create_log_group(logGroupName="g")
    assert empty.list_tags_for_resource(resourceArn=arn)["tags"] == {}


def test_key_and_protection(empty: Any) -> None:
    """A key is kept; a protected group is not deleted."""
    assert group(empty)["kmsKeyId"].endswith("key/k")
    assert group(empty)["deletionProtectionEnabled"] is False
    empty.disassociate_kms_key(logGroupName="g")
    assert "kmsKeyId" not in group(empty)
    empty.associate_kms_key(resourceIdentifier=group(empty)["arn"], kmsKeyId="k2")
    assert group(empty)["kmsKeyId"] == "k2"
    empty.put_log_group_deletion_protection(logGroupIdentifier="g", deletionProtectionEnabled=True)
    with pytest.raises(ClientError, match="deletion protection"):
        empty.delete_log_group(logGroupName="g")
    empty.put_log_group_deletion_protection(logGroupIdentifier="g", deletionProtectionEnabled=False)
    empty.delete_log_group(logGroupName="g")


def refused(call: Any, **members: Any) -> tuple[str, str]:
    """Code and message of the error with which a call is refused."""
    with pytest.raises(ClientError) as caught:
        call(**members)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def test_recorded_errors(empty: Any) -> None:
    """Errors have the codes and the words that were recorded from the service."""
    words = "Invalid LogGroup or LogStream, both must have length less than or equal to 512."
    assert refused(empty.create_log_group, logGroupName="a" * 513) == ("InvalidParameterException", words)
    words = "LogGroup name and LogGroup ARN are mutually exclusive parameters."
    both = {"logGroupName": "g", "logGroupIdentifier": "g"}
    assert refused(empty.describe_log_streams, **both) == ("ValidationException", words)
    words = "The specified log stream does not exist."
    found = refused(empty.filter_log_events, logGroupName="g", logStreamNames=["nobody"])
    assert found == ("ResourceNotFoundException", words)
