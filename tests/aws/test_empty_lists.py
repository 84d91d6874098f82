"""Lists of things that are never made here."""

from __future__ import annotations

from typing import Any

import pytest

from tests.aws.conftest import GROUP

LISTS = [
    ("list_log_anomaly_detectors", {}, "anomalyDetectors"),
    ("list_anomalies", {}, "anomalies"),
    ("describe_account_policies", {"policyType": "DATA_PROTECTION_POLICY"}, "accountPolicies"),
    ("describe_index_policies", {"logGroupIdentifiers": [GROUP]}, "indexPolicies"),
    ("describe_field_indexes", {"logGroupIdentifiers": [GROUP]}, "fieldIndexes"),
]


@pytest.mark.parametrize(("operation", "members", "name"), LISTS)
def test_empty(client: Any, operation: str, members: dict[str, Any], name: str) -> None:
    """The list is there and empty."""
    assert getattr(client, operation)(**members)[name] == []


@pytest.mark.parametrize("operation", ["describe_index_policies", "describe_field_indexes"])
def test_unknown_group(client: Any, operation: str) -> None:
    """A group that does not exist is refused."""
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        getattr(client, operation)(logGroupIdentifiers=["nobody"])
