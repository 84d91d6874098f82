"""Larger clients, in an environment of their own: FLOWLOCAL_TEST_CLIENTS=1 makes it, which takes a minute."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

import flowlocal
from flowlocal.aws.local_groups import FileGroup
from flowlocal.aws.local_store import LocalAccount
from tests.aws.conftest import serving

PACKAGES = ["awswrangler>=3.9", "awslabs.cloudwatch-mcp-server>=0.0.9"]
QUERY = "filter action = 'REJECT' | stats count(*) as n by dstPort | sort dstPort"

WRANGLER = """
import json, sys, awswrangler
frame = awswrangler.cloudwatch.read_logs(query=sys.argv[1], log_group_names=["vpc"])
print(json.dumps(frame.astype(str).to_dict("records")))
"""

MCP = """
import asyncio, json, sys
from awslabs.cloudwatch_mcp_server.cloudwatch_logs.tools import CloudWatchLogsTools

async def main():
    answer = await CloudWatchLogsTools().execute_log_insights_query(
        None, log_group_names=["vpc"], log_group_identifiers=None, start_time="2026-04-30T00:00:00+00:00",
        end_time="2026-05-02T00:00:00+00:00", query_string=sys.argv[1], limit=50, max_timeout=30, region="us-east-1",
        profile_name=None,
    )
    print(json.dumps(answer["results"]))

asyncio.run(main())
"""


@pytest.fixture(scope="session")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the Python of an environment with the clients; FLOWLOCAL_TEST_CLIENTS may name one that is there."""
    asked = os.environ.get("FLOWLOCAL_TEST_CLIENTS", "")
    if not asked:
        pytest.skip("set FLOWLOCAL_TEST_CLIENTS=1 to install awswrangler and the CloudWatch MCP server and try them")
    if Path(asked, "bin", "python").exists():
        return Path(asked, "bin", "python")
    folder = tmp_path_factory.mktemp("clients")
    venv.create(folder, with_pip=True)
    python = folder / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    subprocess.run([python, "-m", "pip", "install", "--quiet", *PACKAGES], check=True, timeout=900)
    return python


@pytest.mark.parametrize("script", [WRANGLER, MCP], ids=["awswrangler", "mcp"])
def test_client(python: Path, logs: Path, script: str) -> None:
    """The client answers what the library does, given only the variable of the endpoint."""
    with serving(LocalAccount([FileGroup("vpc", [str(logs)])])) as endpoint:
        variables = {**os.environ, "AWS_ENDPOINT_URL_CLOUDWATCH_LOGS": endpoint.url}
        done = subprocess.run(
            [python, "-c", script, QUERY], capture_output=True, text=True, env=variables, timeout=120, check=False
        )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == flowlocal.query(QUERY, logs).rows
