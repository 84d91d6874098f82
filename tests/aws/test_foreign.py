"""Calls of other services: clients of each of AWS's protocols parse the error."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection
from typing import Any

import boto3  # type: ignore[import-untyped]
import pytest
from botocore.config import Config  # type: ignore[import-untyped]
from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from flowlocal.aws.endpoint import Endpoint
from flowlocal.aws.local_store import LocalAccount
from tests.aws.conftest import REGION, connect, serving

CALLS: list[tuple[str, str, dict[str, Any]]] = [
    ("sts", "get_caller_identity", {}),
    ("sqs", "list_queues", {}),
    ("sns", "list_topics", {}),
    ("cloudformation", "list_stacks", {}),
    ("ec2", "describe_flow_logs", {}),
    ("dynamodb", "list_tables", {}),
    ("kinesis", "list_streams", {}),
    ("ssm", "get_parameter", {"Name": "x"}),
    ("cloudwatch", "list_metrics", {}),
    ("lambda", "list_functions", {}),
    ("lambda", "invoke", {"FunctionName": "f", "Payload": b"{}"}),
    ("apigateway", "delete_rest_api", {"restApiId": "x"}),
    ("s3", "list_buckets", {}),
    ("s3", "put_object", {"Bucket": "bucket", "Key": "a/b", "Body": b"x" * 100}),
    ("s3", "delete_object", {"Bucket": "bucket", "Key": "a"}),
    ("cloudfront", "list_distributions", {}),
    ("route53", "list_hosted_zones", {}),
]


@pytest.fixture(scope="module")
def endpoint() -> Iterator[Endpoint]:
    """Serve no events."""
    with serving(LocalAccount()) as endpoint:
        yield endpoint


@pytest.mark.parametrize(("service", "operation", "members"), CALLS, ids=lambda value: str(value)[:20])
def test_clients(endpoint: Endpoint, service: str, operation: str, members: dict[str, Any]) -> None:
    """The client raises an error that has the code, names its service, and says which variable to set."""
    config = Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"})
    client = boto3.client(service, region_name=REGION, endpoint_url=endpoint.url, config=config)
    with closing(client), pytest.raises(ClientError) as refusal:
        getattr(client, operation)(**members)
    error = refusal.value.response["Error"]
    assert error["Code"] == "UnknownOperationException"
    assert "not " + client.meta.service_model.signing_name in error["Message"]
    assert "AWS_ENDPOINT_URL_CLOUDWATCH_LOGS" in error["Message"]
    assert refusal.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


def test_bucket_head(endpoint: Endpoint) -> None:
    """An answer without a body is an error too."""
    client = boto3.client("s3", region_name=REGION, endpoint_url=endpoint.url)
    with closing(client), pytest.raises(ClientError, match="400"):
        client.head_bucket(Bucket="bucket")


def test_connection_is_kept(endpoint: Endpoint) -> None:
    """A call of another service is read to its end, and the next one of this service is answered."""
    connection = HTTPConnection(endpoint.url.removeprefix("http://"), timeout=30)
    form = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
    for method, headers, status in (("PUT", form, 400), ("POST", {"X-Amz-Target": "Logs_20140328.ListLogGroups"}, 200)):
        connection.request(method, "/path?a=b", iter([b"{", b"}"]), headers, encode_chunked=True)
        response = connection.getresponse()
        assert (response.status, bool(response.read())) == (status, True)
    connection.close()
    with closing(connect(endpoint.url)) as client:
        assert client.describe_log_groups()["logGroups"] == []
