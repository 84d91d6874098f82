"""The calls that Terraform's AWS provider makes for its resources: create, read, plan again, change, destroy."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from flowlocal.aws.local_store import LocalAccount
from tests.aws.conftest import connect, serving

NAME = "/aws/vpc/flow"
LAMBDA = "arn:aws:lambda:us-east-1:123456789012:function:f"


@pytest.fixture
def provider(tmp_path: Any) -> Iterator[Any]:
    """Return a client of an empty endpoint with a log group, as the provider makes it."""
    with serving(LocalAccount()) as endpoint:
        client = connect(endpoint.url)
        client.create_log_group(logGroupName=NAME, logGroupClass="STANDARD", tags={"team": "net"})
        client.put_retention_policy(logGroupName=NAME, retentionInDays=14)
        yield client


def read_group(client: Any) -> dict[str, Any]:
    """Return the group as the provider reads it: by prefix, page after page, then by its exact name, with its tags."""
    pages = client.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=NAME)
    (found,) = [each for page in pages for each in page["logGroups"] if each["logGroupName"] == NAME]
    tags = client.list_tags_for_resource(resourceArn=found["arn"].removesuffix(":*"))["tags"]
    return {**found, "tags": tags}


def test_log_group(provider: Any) -> None:
    """``aws_cloudwatch_log_group``: nothing differs at the second plan, and changes are seen."""
    first = read_group(provider)
    assert (first["retentionInDays"], first["tags"], first["logGroupClass"]) == (14, {"team": "net"}, "STANDARD")
    assert read_group(provider) == first
    provider.create_log_group(logGroupName=f"{NAME}-other")
    provider.delete_retention_policy(logGroupName=NAME)
    arn = first["arn"].removesuffix(":*")
    provider.untag_resource(resourceArn=arn, tagKeys=["team"])
    provider.tag_resource(resourceArn=arn, tags={"owner": "ops"})
    provider.associate_kms_key(logGroupName=NAME, kmsKeyId="arn:aws:kms:us-east-1:123456789012:key/k")
    changed = read_group(provider)
    assert "retentionInDays" not in changed
    assert (changed["tags"], changed["kmsKeyId"][-5:]) == ({"owner": "ops"}, "key/k")
    provider.delete_log_group(logGroupName=NAME)
    with pytest.raises(provider.exceptions.ResourceNotFoundException):
        provider.delete_log_group(logGroupName=NAME)


def test_metric_filter(provider: Any) -> None:
    """``aws_cloudwatch_log_metric_filter``: found by prefix and exact name, with its transformation as it was given."""
    metric = {"metricName": "n", "metricNamespace": "N", "metricValue": "1", "unit": "None", "dimensions": {"a": "b"}}
    names = {"logGroupName": NAME, "filterName": "rejects"}
    provider.put_metric_filter(**names, filterPattern="REJECT", metricTransformations=[metric])
    provider.put_metric_filter(**{**names, "filterName": "rejects-2"}, filterPattern="", metricTransformations=[metric])
    pages = provider.get_paginator("describe_metric_filters").paginate(logGroupName=NAME, filterNamePrefix="rejects")
    (found,) = [each for page in pages for each in page["metricFilters"] if each["filterName"] == "rejects"]
    assert (found["filterPattern"], found["metricTransformations"]) == ("REJECT", [metric])
    provider.delete_metric_filter(**names)
    with pytest.raises(provider.exceptions.ResourceNotFoundException):
        provider.delete_metric_filter(**names)


def test_subscription_filter(provider: Any) -> None:
    """``aws_cloudwatch_log_subscription_filter``: the default distribution is shown, as the provider expects."""
    names = {"logGroupName": NAME, "filterName": "all"}
    given = {**names, "filterPattern": "", "destinationArn": LAMBDA, "distribution": "ByLogStream"}
    provider.put_subscription_filter(**given)
    (found,) = provider.describe_subscription_filters(logGroupName=NAME, filterNamePrefix="all")["subscriptionFilters"]
    assert {name: found[name] for name in given} == given
    assert "roleArn" not in found
    provider.delete_subscription_filter(**names)
    assert provider.describe_subscription_filters(logGroupName=NAME)["subscriptionFilters"] == []
    provider.delete_log_group(logGroupName=NAME)
    with pytest.raises(provider.exceptions.ResourceNotFoundException):
        provider.describe_subscription_filters(logGroupName=NAME)


def test_resource_policy(provider: Any) -> None:
    """``aws_cloudwatch_log_resource_policy``: the document is as it was given."""
    document = '{"Statement":[{"Action":"logs:PutLogEvents","Effect":"Allow"}],"Version":"2012-10-17"}'
    provider.put_resource_policy(policyName="route53", policyDocument=document)
    pages = provider.get_paginator("describe_resource_policies").paginate()
    (found,) = [each for page in pages for each in page["resourcePolicies"] if each["policyName"] == "route53"]
    assert found["policyDocument"] == document
    provider.delete_resource_policy(policyName="route53")
    with pytest.raises(provider.exceptions.ResourceNotFoundException):
        provider.delete_resource_policy(policyName="route53")


def test_query_definition(provider: Any) -> None:
    """``aws_cloudwatch_query_definition``: found by name and id, replaced under the same id, deleted."""
    given = {"name": "vpc/rejects", "queryString": "filter action = 'REJECT'", "logGroupNames": [NAME]}
    identity = provider.put_query_definition(**given)["queryDefinitionId"]
    again = provider.put_query_definition(**{**given, "queryString": "limit 1"}, queryDefinitionId=identity)
    assert again["queryDefinitionId"] == identity
    found = provider.describe_query_definitions(queryDefinitionNamePrefix="vpc/rejects")["queryDefinitions"]
    assert [(each["queryDefinitionId"], each["queryString"]) for each in found] == [(identity, "limit 1")]
    assert provider.delete_query_definition(queryDefinitionId=identity)["success"] is True
    assert provider.describe_query_definitions()["queryDefinitions"] == []
