"""The AWS command line against the endpoint: a command for each operation that is kept there."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from flowlocal.aws.local_groups import FileGroup
from flowlocal.aws.local_store import LocalAccount
from tests.aws.conftest import GROUP, serving

clidriver: Any = pytest.importorskip("awscli.clidriver", reason="pip install awscli")

ROLE = "arn:aws:iam::123456789012:role/r"
KINESIS = "arn:aws:kinesis:us-east-1:123456789012:stream/s"
ARN = "arn:aws:logs:us-east-1:123456789012:log-group:g"
METRIC = "metricName=n,metricNamespace=N,metricValue=1"
SCHEDULED = f"--query-language CWLI --query-string 'limit 1' --schedule-expression cron(0*) --execution-role-arn {ROLE}"
COMMANDS: list[tuple[str, Any]] = [
    ("create-log-group --log-group-name g --tags team=net", None),
    ("describe-log-groups --log-group-name-prefix g --query logGroups[0].deletionProtectionEnabled", False),
    (f"tag-resource --resource-arn {ARN} --tags stage=test", None),
    (f"list-tags-for-resource --resource-arn {ARN}", {"tags": {"team": "net", "stage": "test"}}),
    (f"untag-resource --resource-arn {ARN} --tag-keys stage", None),
    ("put-retention-policy --log-group-name g --retention-in-days 7", None),
    ("delete-retention-policy --log-group-name g", None),
    ("put-log-group-deletion-protection --log-group-identifier g --deletion-protection-enabled", None),
    ("associate-kms-key --log-group-name g --kms-key-id k", None),
    ("disassociate-kms-key --log-group-name g", None),
    ("put-resource-policy --policy-name p --policy-document {} --query resourcePolicy.policyName", "p"),
    ("describe-resource-policies --query resourcePolicies[].policyName", ["p"]),
    ("delete-resource-policy --policy-name p", None),
    ("put-metric-filter --log-group-name g --filter-name f --filter-pattern x "
     f"--metric-transformations {METRIC}", None),
    ("describe-metric-filters --log-group-name g --query metricFilters[].filterName", ["f"]),
    ("delete-metric-filter --log-group-name g --filter-name f", None),
    ("test-metric-filter --filter-pattern x --log-event-messages x y --query matches[].eventNumber", [1]),
    (f"put-destination --destination-name d --target-arn {KINESIS} --role-arn {ROLE} --query destination.arn", ...),
    ("put-destination-policy --destination-name d --access-policy {}", None),
    ("describe-destinations --query destinations[].accessPolicy", ["{}"]),
    ("put-subscription-filter --log-group-name g --filter-name f --filter-pattern x --role-arn r "
     f"--destination-arn {KINESIS}", None),
    ("describe-subscription-filters --log-group-name g --query subscriptionFilters[].filterName", ["f"]),
    ("delete-subscription-filter --log-group-name g --filter-name f", None),
    ("delete-destination --destination-name d", None),
    ("create-export-task --log-group-name g --from 0 --to 1 --destination bucket --query taskId", ...),
    ("describe-export-tasks --query exportTasks[].destination", ["bucket"]),
    (f"create-scheduled-query --name n {SCHEDULED} --query state", "ENABLED"),
    ("get-scheduled-query --identifier n --query name", "n"),
    ("list-scheduled-queries --query scheduledQueries[].name", ["n"]),
    (f"update-scheduled-query --identifier n {SCHEDULED} --state DISABLED --query state", "DISABLED"),
    ("get-scheduled-query-history --identifier n --start-time 0 --end-time 1 --query triggerHistory", []),
    ("delete-scheduled-query --identifier n", None),
    ("get-log-fields --data-source-name amazon_vpc --data-source-type flow", {"logFields": []}),
    ("list-log-anomaly-detectors", {"anomalyDetectors": []}),
    ("list-anomalies", {"anomalies": []}),
    ("describe-index-policies --log-group-identifiers g", {"indexPolicies": []}),
    ("describe-field-indexes --log-group-identifiers g", {"fieldIndexes": []}),
    ("describe-account-policies --policy-type DATA_PROTECTION_POLICY", {"accountPolicies": []}),
]  # fmt: skip
"""Arguments, and what is printed: as JSON, ... for anything, None for nothing."""


@pytest.fixture
def url(logs: Path, tmp_path: Path) -> Iterator[str]:
    """Return the address of an endpoint that may export."""
    account = LocalAccount([FileGroup(GROUP, [str(logs)])], exports=str(tmp_path / "exports"))
    with serving(account) as endpoint:
        yield endpoint.url


def test_commands(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Every command ends well and prints what it should, one after the other."""
    driver = clidriver.create_clidriver()
    for arguments, expected in COMMANDS:
        code = driver.main(["logs", "--endpoint-url", url, *shlex.split(arguments)])
        printed, errors = capsys.readouterr()
        assert (code, errors) == (0, ""), arguments
        found = json.loads(printed) if printed.strip() else None
        assert found == expected or (expected is ... and found), arguments


def test_refusal(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    """An error is shown with its code and its words."""
    arguments = ["delete-resource-policy", "--policy-name", "p", "--endpoint-url", url]
    assert clidriver.create_clidriver().main(["logs", *arguments]) == 255
    shown = "An error occurred (ResourceNotFoundException) when calling the DeleteResourcePolicy operation: "
    assert f"{shown}Policy with name [p] does not exist" in capsys.readouterr().err
