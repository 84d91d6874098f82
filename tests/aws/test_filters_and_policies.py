"""Resource policies, metric filters, subscription filters and destinations of the endpoint, as boto3 sees them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from flowlocal.aws.local_store import LocalAccount
from tests.aws.conftest import GROUP, connect, serving
from tests.aws.test_settings import refused

ROLE = "arn:aws:iam::123456789012:role/r"
KINESIS = "arn:aws:kinesis:us-east-1:123456789012:stream/s"
LAMBDA = "arn:aws:lambda:us-east-1:123456789012:function:f"
METRIC = {"metricName": "Rejected", "metricNamespace": "Net", "metricValue": "1", "defaultValue": 0.0, "unit": "Count"}


@pytest.fixture
def empty() -> Iterator[Any]:
    """Yield a client of an endpoint with one group."""
    with serving(LocalAccount()) as endpoint:
        client = connect(endpoint.url)
        client.create_log_group(logGroupName="g")
        yield client


def test_resource_policies(empty: Any) -> None:
    """Policies of the account and of a log group are kept apart; ten of the account are the most."""
    made = empty.put_resource_policy(policyName="p", policyDocument='{"Version": "2012-10-17"}')
    (found,) = empty.describe_resource_policies()["resourcePolicies"]
    assert found == made["resourcePolicy"]
    assert (found["policyName"], found["policyScope"]) == ("p", "ACCOUNT")
    arn = empty.describe_log_groups()["logGroups"][0]["logGroupArn"]
    revision = empty.put_resource_policy(resourceArn=arn, policyDocument="{}")["revisionId"]
    (of_group,) = empty.describe_resource_policies(policyScope="RESOURCE")["resourcePolicies"]
    assert (of_group["resourceArn"], of_group["revisionId"]) == (arn, revision)
    changed = {"resourceArn": arn, "policyDocument": "{}", "expectedRevisionId": "another"}
    assert refused(empty.put_resource_policy, **changed)[0] == "OperationAbortedException"
    for number in range(9):
        empty.put_resource_policy(policyName=f"p{number}", policyDocument="{}")
    assert refused(empty.put_resource_policy, policyName="more", policyDocument="{}")[0] == "LimitExceededException"
    first = empty.describe_resource_policies(limit=7)
    rest = empty.describe_resource_policies(limit=7, nextToken=first["nextToken"])
    assert (len(first["resourcePolicies"]), len(rest["resourcePolicies"])) == (7, 3)
    empty.delete_resource_policy(policyName="p")
    words = "Policy with name [p] does not exist"
    assert refused(empty.delete_resource_policy, policyName="p") == ("ResourceNotFoundException", words)
    assert refused(empty.put_resource_policy, policyName="p", policyDocument="no")[0] == "InvalidParameterException"


def test_metric_filters(empty: Any) -> None:
    """Filters are found by group, name and metric, counted, and go with their group."""
    given = {"logGroupName": "g", "filterName": "rejects", "filterPattern": "REJECT", "metricTransformations": [METRIC]}
    empty.put_metric_filter(**given)
    empty.create_log_group(logGroupName="h")
    other = {**METRIC, "metricNamespace": "Other"}
    empty.put_metric_filter(**{**given, "logGroupName": "h", "metricTransformations": [other]})
    (found,) = empty.describe_metric_filters(logGroupName="g")["metricFilters"]
    assert {name: found[name] for name in given} == given
    assert len(empty.describe_metric_filters(filterNamePrefix="rej")["metricFilters"]) == 2
    chosen = empty.describe_metric_filters(metricName="Rejected", metricNamespace="Other")["metricFilters"]
    assert [each["logGroupName"] for each in chosen] == ["h"]
    assert [each["metricFilterCount"] for each in empty.describe_log_groups()["logGroups"]] == [1, 1]
    empty.delete_metric_filter(logGroupName="g", filterName="rejects")
    words = "The specified metric filter does not exist."
    assert refused(empty.delete_metric_filter, logGroupName="g", filterName="rejects")[1] == words
    empty.delete_log_group(logGroupName="h")
    assert empty.describe_metric_filters()["metricFilters"] == []
    assert refused(empty.put_metric_filter, **{**given, "filterPattern": '"open'})[0] == "InvalidParameterException"


def test_patterns_are_tried(client: Any) -> None:
    """TestMetricFilter returns the messages that match, by their number, under moto as well."""
    found = client.test_metric_filter(filterPattern="REJECT -22", logEventMessages=["REJECT 443", "REJECT 22", "OK"])
    assert found["matches"] == [{"eventNumber": 1, "eventMessage": "REJECT 443", "extractedValues": {}}]
    found = client.test_metric_filter(
        filterPattern="[action, ..., port > 22]", logEventMessages=["REJECT a 22", "A b 23"]
    )
    values = {"$action": "A", "$2": "b", "$port": "23"}
    assert found["matches"] == [{"eventNumber": 2, "eventMessage": "A b 23", "extractedValues": values}]
    found = client.test_metric_filter(filterPattern="{ $.n < 1e1 }", logEventMessages=['{"n": 5.0}', '{"n": 50}'])
    assert [each["extractedValues"] for each in found["matches"]] == [{"$.n": "5.0"}]
    with pytest.raises(client.exceptions.InvalidParameterException):
        client.test_metric_filter(filterPattern='"open', logEventMessages=["x"])


def test_subscription_filters(empty: Any) -> None:
    """Two filters of a group are kept; roles are wanted as the service wants them."""
    given = {"logGroupName": "g", "filterName": "all", "filterPattern": ""}
    empty.put_subscription_filter(**given, destinationArn=LAMBDA)
    empty.put_subscription_filter(**{**given, "filterName": "b"}, destinationArn=KINESIS, roleArn=ROLE)
    first, second = empty.describe_subscription_filters(logGroupName="g")["subscriptionFilters"]
    assert {name: first[name] for name in given} == given
    assert (first["distribution"], second["roleArn"]) == ("ByLogStream", ROLE)
    third = {**given, "filterName": "c", "destinationArn": LAMBDA}
    assert refused(empty.put_subscription_filter, **third)[0] == "LimitExceededException"
    for arn, role, words in (
        (KINESIS, {}, "destinationArn for vendor kinesis cannot be used without roleArn"),
        (LAMBDA, {"roleArn": ROLE}, "destinationArn for vendor lambda cannot be used with roleArn"),
        (LAMBDA.replace("lambda", "sqs"), {}, "PutSubscriptionFilter operation cannot work with destinationArn for "),
        ("arn:aws:logs:us-east-1:123456789012:destination:d", {}, "The specified destination does not exist"),
        ("nowhere", {}, "Invalid destinationArn"),
    ):
        assert words in refused(empty.put_subscription_filter, **given, destinationArn=arn, **role)[1]
    empty.delete_subscription_filter(logGroupName="g", filterName="all")
    missing = refused(empty.delete_subscription_filter, logGroupName="g", filterName="all")
    assert missing == ("ResourceNotFoundException", "The specified subscription filter does not exist.")
    missing = refused(empty.describe_subscription_filters, logGroupName="nobody")
    assert missing == ("ResourceNotFoundException", "The specified log group does not exist.")


def test_destinations(empty: Any) -> None:
    """A destination is kept with its policy, and can be subscribed to."""
    made = empty.put_destination(destinationName="d", targetArn=KINESIS, roleArn=ROLE)["destination"]
    assert made["arn"] == "arn:aws:logs:us-east-1:123456789012:destination:d"
    empty.put_destination_policy(destinationName="d", accessPolicy="{}")
    (found,) = empty.describe_destinations(DestinationNamePrefix="d")["destinations"]
    assert found == {**made, "accessPolicy": "{}"}
    empty.put_subscription_filter(logGroupName="g", filterName="f", filterPattern="", destinationArn=made["arn"])
    empty.delete_destination(destinationName="d")
    assert empty.describe_destinations()["destinations"] == []
    assert refused(empty.delete_destination, destinationName="d")[0] == "ResourceNotFoundException"
    assert (
        refused(empty.put_destination_policy, destinationName="d", accessPolicy="{}")[0] == "InvalidParameterException"
    )


@pytest.mark.parametrize("client", ["moto"], indirect=True)
def test_moto_keeps_its_own(client: Any) -> None:
    """What moto has stays moto's."""
    client.put_metric_filter(
        logGroupName=GROUP, filterName="f", filterPattern="x", metricTransformations=[{**METRIC, "unit": "None"}]
    )
    assert len(client.describe_metric_filters(logGroupName=GROUP)["metricFilters"]) == 1
