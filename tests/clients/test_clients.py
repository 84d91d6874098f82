"""Clients that others wrote, unchanged, at the endpoint: they know nothing but the variable that names it.

They are not dependencies of flowlocal. FLOWLOCAL_TEST_CLIENTS names the virtual environment in which they are installed
(``tools/try-clients`` makes one), FLOWLOCAL_TEST_NODE the folder with ``node_modules``; what is not there is skipped.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

import flowlocal
from flowlocal.aws.local_groups import FileGroup
from flowlocal.aws.local_store import LocalAccount
from tests.aws.conftest import LINES, serving

QUERY = "filter action = 'REJECT' | stats count(*) as n by dstPort | sort dstPort"

AIOBOTOCORE = """
import asyncio, json, sys
from aiobotocore.session import get_session

async def main():
    async with get_session().create_client("logs") as client:
        started = await client.start_query(
            logGroupName="vpc", startTime=1777500000, endTime=1777700000, queryString=sys.argv[1])
        while (answer := await client.get_query_results(queryId=started["queryId"]))["status"] == "Running":
            await asyncio.sleep(0.1)
        print(json.dumps([{cell["field"]: cell["value"] for cell in row} for row in answer["results"]]))

asyncio.run(main())
"""

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

WATCHTOWER = """
import json, logging, sys, time, boto3, watchtower
logs = boto3.client("logs")
handler = watchtower.CloudWatchLogHandler(log_group_name="app", log_stream_name="s", boto3_client=logs)
logger = logging.getLogger("app")
logger.addHandler(handler)
for line in json.loads(sys.argv[2]):
    logger.error(line)
handler.close()
now = int(time.time())
query = logs.start_query(logGroupName="app", startTime=now - 600, endTime=now + 600, queryString=sys.argv[1])
while (answer := logs.get_query_results(queryId=query["queryId"]))["status"] == "Running":
    time.sleep(0.1)
print(json.dumps([{cell["field"]: cell["value"] for cell in row} for row in answer["results"]]))
"""

JAVASCRIPT = """
const { CloudWatchLogsClient, StartQueryCommand, GetQueryResultsCommand } = require("@aws-sdk/client-cloudwatch-logs");
(async () => {
  const client = new CloudWatchLogsClient({});
  const { queryId } = await client.send(new StartQueryCommand(
    { logGroupName: "vpc", startTime: 1777500000, endTime: 1777700000, queryString: process.argv[1] }));
  let answer;
  do { answer = await client.send(new GetQueryResultsCommand({ queryId })); } while (answer.status === "Running");
  console.log(JSON.stringify(answer.results.map(row => Object.fromEntries(row.map(c => [c.field, c.value])))));
})();
"""


def python() -> str:
    """Return the Python that has the clients."""
    folder = os.environ.get("FLOWLOCAL_TEST_CLIENTS")
    return str(Path(folder, "bin", "python")) if folder else sys.executable


@pytest.fixture
def variables(logs: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """Yield the environment of a client: the address of an endpoint over logs, and made-up credentials."""
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    with serving(LocalAccount([FileGroup("vpc", [str(logs)])])) as endpoint:
        yield {
            **{name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
            "AWS_ENDPOINT_URL_CLOUDWATCH_LOGS": endpoint.url,
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true",
            "PYTHONWARNINGS": "ignore",
        }


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    """Return a file with the records."""
    path = tmp_path / "flow.log"
    path.write_text("".join(f"{line}\n" for line in LINES))
    return path


def run(command: Sequence[str], variables: dict[str, str]) -> str:
    """Return what a client prints."""
    done = subprocess.run(command, capture_output=True, text=True, env=variables, timeout=240, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def needs(module: str) -> None:
    """Skip the test if a client is not installed."""
    probe = f"import importlib.util as u, sys; sys.exit(u.find_spec({module.partition('.')[0]!r}) is None)"
    if subprocess.run([python(), "-c", probe], check=False, timeout=60).returncode:
        pytest.skip(f"{module} is not installed; tools/try-clients installs it in an environment of its own")


@pytest.mark.parametrize(
    ("module", "script"),
    [("aiobotocore", AIOBOTOCORE), ("awswrangler", WRANGLER), ("awslabs", MCP)],
    ids=["aiobotocore", "awswrangler", "mcp"],
)
def test_queries(module: str, script: str, variables: dict[str, str], logs: Path) -> None:
    """The client answers what the library does."""
    needs(module)
    found = run([python(), "-c", script, QUERY], variables)
    assert json.loads(found.splitlines()[-1]) == flowlocal.query(QUERY, logs).rows


def test_watchtower(variables: dict[str, str], logs: Path) -> None:
    """What the handler of logging writes is queried."""
    needs("watchtower")
    found = run([python(), "-c", WATCHTOWER, QUERY, json.dumps(LINES)], variables)
    assert json.loads(found.splitlines()[-1]) == flowlocal.query(QUERY, logs).rows


def test_awslogs(variables: dict[str, str]) -> None:
    """Awslogs lists groups and streams, and prints the events that a filter pattern selects."""
    needs("awslogs")
    variables["AWS_ENDPOINT_URL"] = variables["AWS_ENDPOINT_URL_CLOUDWATCH_LOGS"]
    command = [python(), "-c", "import sys; from awslogs.bin import main; sys.argv[0] = 'awslogs'; sys.exit(main())"]
    assert run([*command, "groups"], variables).split() == ["vpc"]
    span = ["--start", "2026-04-30", "--end", "2026-05-02"]
    assert run([*command, "streams", "vpc", *span], variables).split()
    shown = run([*command, "get", "vpc", "ALL", *span, "--filter-pattern", "REJECT", "-GS"], variables)
    assert sorted(shown.splitlines()) == sorted(line for line in LINES if "REJECT" in line)


def test_aws_command_line(variables: dict[str, str], logs: Path) -> None:
    """The AWS CLI (version 1) runs a query."""
    pytest.importorskip("awscli", reason="awscli is not installed")
    command = [sys.executable, "-m", "awscli", "logs", "--no-sign-request"]
    span = ["--start-time", "1777500000", "--end-time", "1777700000", "--query-string", QUERY]
    query = json.loads(run([*command, "start-query", "--log-group-name", "vpc", *span], variables))["queryId"]
    answer = json.loads(run([*command, "get-query-results", "--query-id", query], variables))
    assert answer["status"] == "Complete"
    rows = [{cell["field"]: cell["value"] for cell in row} for row in answer["results"]]
    assert rows == flowlocal.query(QUERY, logs).rows
    events = json.loads(run([*command, "filter-log-events", "--log-group-name", "vpc"], variables))["events"]
    assert [each["message"] for each in events] == LINES


def test_javascript(variables: dict[str, str], logs: Path) -> None:
    """The AWS SDK for JavaScript (version 3) runs a query."""
    node, folder = shutil.which("node"), os.environ.get("FLOWLOCAL_TEST_NODE")
    if node is None or folder is None:
        pytest.skip(
            "FLOWLOCAL_TEST_NODE does not name a folder with @aws-sdk/client-cloudwatch-logs, or node is missing"
        )
    variables["NODE_PATH"] = str(Path(folder, "node_modules"))
    found = run([node, "-e", JAVASCRIPT, "--", QUERY], variables)
    assert json.loads(found.splitlines()[-1]) == flowlocal.query(QUERY, logs).rows
