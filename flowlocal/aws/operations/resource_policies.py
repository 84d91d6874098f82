"""Resource policies: they are kept and grant nothing."""

from __future__ import annotations

import json
from uuid import uuid4

from flowlocal.aws.errors import ApiError, invalid, not_found
from flowlocal.aws.local_groups import now
from flowlocal.aws.paging import page
from flowlocal.aws.request import Request
from flowlocal.aws.store import Store, find_group
from flowlocal.aws.table import Answer, operation

MOST_POLICIES = 10
"""Policies of an account in a region, beside those of log groups (documented)."""


@operation("PutResourcePolicy", written=True)
def put_resource_policy(request: Request, store: Store) -> Answer:
    """Keep a policy of the account, or of a log group, in place of the one before; it grants nothing."""
    check_json(document := request.text("policyDocument"), "policyDocument")
    key, policies = _key(request, store), store.state.policies
    _check_revision(request, policies.get(key))
    scope = "RESOURCE" if request.has("resourceArn") else "ACCOUNT"
    others = [each for name, each in policies.items() if each["policyScope"] == scope and name != key]
    if scope == "ACCOUNT" and len(others) >= MOST_POLICIES:
        raise ApiError("LimitExceededException", "Resource limit exceeded.")
    made = {"policyDocument": document, "lastUpdatedTime": now(), "policyScope": scope, "revisionId": str(uuid4())}
    policies[key] = request.chosen("policyName", "resourceArn") | made
    return {"resourcePolicy": policies[key], "revisionId": made["revisionId"]}


def check_json(text: str, member: str) -> None:
    """Refuse a policy that is not a JSON object."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise invalid(f"{member} is not valid JSON: {error}"[:300]) from error
    if not isinstance(found, dict):
        raise invalid(f"{member} must be a JSON object")


def _key(request: Request, store: Store) -> str:
    """Return the log group whose policy is meant, or the name of a policy of the account."""
    if request.has("resourceArn") is request.has("policyName"):
        raise invalid("Exactly one of policyName, resourceArn must be specified")
    if not request.has("resourceArn"):
        return request.text("policyName")
    group = find_group(store, request.text("resourceArn"))
    if group is None:
        raise not_found("The specified log group does not exist.")
    return f"log-group:{group}"


def _check_revision(request: Request, found: Answer | None) -> None:
    """Refuse a change of a policy that was changed meanwhile."""
    expected = request.optional_text("expectedRevisionId")
    if expected is not None and (found is None or found["revisionId"] != expected):
        raise ApiError("OperationAbortedException", "The policy has another revision than expectedRevisionId.")


@operation("DescribeResourcePolicies", written=True)
def describe_resource_policies(request: Request, store: Store) -> Answer:
    """Return the policies of the account, or those of log groups."""
    arn = request.optional_text("resourceArn")
    scope = request.optional_text("policyScope") or ("RESOURCE" if arn else "ACCOUNT")
    found = [
        each
        for _, each in sorted(store.state.policies.items())
        if each["policyScope"] == scope and arn in (None, each.get("resourceArn"))
    ]
    chosen, more = page(found, request, f"policies:{scope}:{arn}", request.optional_number("limit") or 50)
    return {"resourcePolicies": list(chosen), **more}


@operation("DeleteResourcePolicy", written=True)
def delete_resource_policy(request: Request, store: Store) -> Answer:
    """Forget a policy."""
    key = _key(request, store)
    if key not in store.state.policies:
        raise not_found(f"Policy with name [{request.optional_text('policyName') or key}] does not exist")
    _check_revision(request, store.state.policies[key])
    del store.state.policies[key]
    return {}
