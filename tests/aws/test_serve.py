"""``flowlocal serve`` as a process, with the AWS command line and the SDK for JavaScript."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import flowlocal
from flowlocal.aws.local_groups import FileGroup
from flowlocal.aws.local_store import LocalAccount
from tests import in_process
from tests.aws.conftest import LINES, ask, connect, rows, serving

SERVE = [sys.executable, "-m", "flowlocal", "serve"]
TIMES = ["--start-time", "0", "--end-time", "4000000000"]
QUERY = "filter action = 'REJECT' | stats count(*) as n by dstPort"


@contextmanager
def served(*arguments: object) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Yield a running ``flowlocal serve`` on a free port, and its address."""
    command = [*SERVE, "--port", "0", *map(str, arguments)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout
    try:
        for line in process.stdout:
            if found := re.fullmatch(r" *export AWS_ENDPOINT_URL_CLOUDWATCH_LOGS=(\S+)\n", line):
                yield process, found[1]
                return
        assert process.stderr
        raise AssertionError(process.stderr.read())
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_quiet_end(logs: Path, number: signal.Signals) -> None:
    """Ctrl-C and the system's request end it at once, without a word."""
    with served(logs) as (process, _):
        process.send_signal(number)
        _, errors = process.communicate(timeout=30)
        assert (process.returncode, errors) == (0, "")


@pytest.mark.parametrize(
    ("arguments", "words", "code"),
    [
        (["--log-group", "a"], "names the group of the PATHs", 2),
        (["--log-group", "a b=."], "'a b' is not a valid name of a log group", 2),
        (["--log-group", "a="], "has no path", 2),
        (["--port", "99999"], "99999", 2),
        (["--host", "no.such.host.invalid"], "cannot listen", 2),
        (["/no/such/file"], "no such file", 3),
        (["-"], "can be read only once", 3),
        (["--"], "write a command after --", 2),
        (["--account-id", "12"], "expected twelve digits", 2),
        (["--export-to", __file__], "is a file", 2),
        (["--deliver", "x=y"], "write --deliver ARN=URL or --deliver ARN=FILE", 2),
        (["--deliver", "arn:aws:lambda:us-east-1:1:function:f"], "write --deliver ARN=URL", 2),
    ],
)
def test_wrong_usage(arguments: list[str], words: str, code: int) -> None:
    """Mistakes are reported at the start, before anything listens."""
    done = in_process.flowlocal("serve", *arguments)
    assert done.returncode == code
    assert words in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--", "/no/such/command"], "cannot run /no/such/command"),
        (["--ready-file", "/no/such/folder/ready"], "cannot write --ready-file"),
    ],
)
def test_wrong_usage_after_listening(arguments: list[str], words: str) -> None:
    """What goes wrong when the endpoint listens already ends it."""
    done = subprocess.run([*SERVE, *arguments], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr


CHILD = """
import json, os, sys, urllib.request
url = os.environ["AWS_ENDPOINT_URL_CLOUDWATCH_LOGS"]
request = urllib.request.Request(url, b"{}", {"X-Amz-Target": "Logs_20140328.DescribeLogGroups"})
groups = json.load(urllib.request.urlopen(request))["logGroups"]
print([group["logGroupName"] for group in groups], os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_REGION"])
sys.exit(int(sys.argv[1]))
"""


def bare_environment(folder: Path) -> dict[str, str]:
    """Return variables without credentials, and a home without a configuration."""
    return {**{k: v for k, v in os.environ.items() if not k.startswith("AWS_")}, "HOME": str(folder)}


@pytest.mark.parametrize("code", [0, 7])
def test_command(logs: Path, tmp_path: Path, code: int) -> None:
    """A command finds the endpoint at once, by its variables; its exit code is handed on."""
    command = [*SERVE, str(logs), "--", sys.executable, "-c", CHILD, str(code)]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=60, check=False, env=bare_environment(tmp_path)
    )
    assert (done.returncode, done.stdout) == (code, "['flowlocal'] none us-east-1\n"), done.stderr


def test_command_that_is_killed(logs: Path) -> None:
    """A command that a signal ends has the exit code that a shell gives it."""
    killed = [sys.executable, "-c", "import os; os.kill(os.getpid(), 9)"]
    done = subprocess.run([*SERVE, logs, "--", *killed], capture_output=True, timeout=60, check=False)
    assert done.returncode == 128 + signal.SIGKILL


def test_command_that_is_stopped(logs: Path) -> None:
    """SIGTERM is handed on to the command."""
    command = [*SERVE, str(logs), "--", sys.executable, "-uc", "print('up'); import time; time.sleep(60)"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "up\n"
        process.terminate()
        assert process.wait(timeout=30) == 128 + signal.SIGTERM


def test_ready_file(logs: Path, tmp_path: Path) -> None:
    """The file has the address while the endpoint answers, and is gone afterwards."""
    ready = tmp_path / "ready"
    with served(logs, "--ready-file", ready) as (process, url):
        assert ready.read_text() == f"{url}\n"
        process.terminate()
        process.wait(timeout=30)
    assert not ready.exists()


def test_lookup_tables(logs: Path, tmp_path: Path) -> None:
    """Tables of the command line can be named in queries."""
    table = tmp_path / "services.csv"
    table.write_text("port,service\n22,ssh\n")
    query = (
        "filter dstPort = 22 and action = 'REJECT' | lookup services port as dstPort output service | fields service"
    )
    with served(logs, "--table", f"services={table}") as (_, url):
        assert cli_ask(url, query) == [{"service": "ssh"}]


def test_names(logs: Path, tmp_path: Path) -> None:
    """Tables of ``--names`` can be named in queries, too, and a file that was not taken is named."""
    names = tmp_path / "names"
    names.mkdir()
    (names / "services.csv").write_text("port,service\n22,ssh\n")
    vpc = {"VpcId": "vpc-1", "CidrBlock": "10.0.0.0/8", "Tags": [{"Key": "Name", "Value": "prod"}]}
    (names / "vpcs.json").write_text(json.dumps({"Vpcs": [vpc]}))
    query = (
        "filter dstPort = 22 and action = 'REJECT' | lookup services port as dstPort output service "
        "| cidrlookup vpcs dstAddr output tag.Name as vpc | fields service, vpc"
    )
    with served(logs, "--names", names) as (_, url):
        (row,) = cli_ask(url, query)
    assert row["service"] == "ssh"


def test_pipe(tmp_path: Path) -> None:
    """A pipe is refused, not waited for."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    done = subprocess.run([*SERVE, pipe], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 3
    assert "can be read only once" in done.stderr


def test_dataset(tmp_path: Path, logs: Path) -> None:
    """A dataset is served as the files are that it was made of, and read anew after another import."""
    dataset = tmp_path / "dataset"
    command = [sys.executable, "-m", "flowlocal", "import", "-o", str(dataset)]
    subprocess.run([*command, str(logs)], check=True, timeout=60)
    group = FileGroup("vpc", [str(dataset)])
    with serving(LocalAccount([group])) as endpoint:
        client = connect(endpoint.url)
        assert rows(ask(client, QUERY, logGroupName="vpc")) == flowlocal.query(QUERY, logs).rows
        more = tmp_path / "more.log"
        more.write_text(LINES[0] + "\n")
        subprocess.run([*command, str(more)], check=True, timeout=60)
        counted = rows(ask(client, "stats count(*) as n", logGroupName="vpc"))
    assert counted == [{"n": str(len(LINES) + 1)}]


def test_odd_lines_are_told(tmp_path: Path) -> None:
    """Lines that are not records are reported on standard error, once."""
    path = tmp_path / "flow.log"
    path.write_text(f"{LINES[0]}\nnot a record\n")
    with served(path) as (process, url):
        for _ in range(2):
            assert len(cli_ask(url, "fields @message")) == 2
        process.terminate()
        _, errors = process.communicate(timeout=30)
        assert errors.count("not flow log records") == 1


def cli(url: str, *arguments: str) -> str:
    """Run ``aws logs`` without credentials; what it prints as JSON or text."""
    variables = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    command = [aws(), "logs", "--endpoint-url", url, "--no-sign-request", "--region", "us-east-1", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, env=variables, timeout=120, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr)
    return done.stdout


def aws() -> str:
    """Return the AWS command line beside this Python, or on the path."""
    found = shutil.which("aws", path=os.path.dirname(sys.executable)) or shutil.which("aws")
    if found is None:
        pytest.skip("the AWS command line is not installed: pip install awscli")
    return found


def cli_ask(url: str, query: str, group: str = "flowlocal") -> list[dict[str, str]]:
    """Return the rows of a query, by the AWS command line."""
    started = cli(url, "start-query", "--log-group-names", group, *TIMES, "--query-string", query)
    while True:
        answer = json.loads(cli(url, "get-query-results", "--query-id", json.loads(started)["queryId"]))
        if answer["status"] != "Running":
            break
    assert answer["status"] == "Complete"
    return [{cell["field"]: cell["value"] for cell in row if cell["field"] != "@ptr"} for row in answer["results"]]


def test_aws_command_line(logs: Path, other_logs: Path) -> None:
    """The AWS command line asks, without credentials, and shows a malformed query."""
    with served(logs, "--log-group", "vpc", "--log-group", f"more={other_logs}") as (_, url):
        assert cli_ask(url, QUERY, "vpc") == flowlocal.query(QUERY, logs).rows
        assert cli_ask(url, "fields srcAddr", "more") == [{"srcAddr": "10.9.9.9"}]
        groups = json.loads(cli(url, "describe-log-groups"))["logGroups"]
        assert [each["logGroupName"] for each in groups] == ["more", "vpc"]
        with pytest.raises(RuntimeError, match=r"MalformedQueryException.*unexpected symbol found bogus"):
            cli_ask(url, "bogus", "vpc")


SCRIPT = """
const { CloudWatchLogsClient, StartQueryCommand, GetQueryResultsCommand, MalformedQueryException } =
  require("@aws-sdk/client-cloudwatch-logs");
(async () => {
  const client = new CloudWatchLogsClient({ region: "us-east-1" });
  const asked = { logGroupName: "flowlocal", startTime: 0, endTime: 4000000000 };
  const { queryId } = await client.send(new StartQueryCommand({ ...asked, queryString: process.argv[2] }));
  let answer;
  do { answer = await client.send(new GetQueryResultsCommand({ queryId })); } while (answer.status === "Running");
  let error;
  try { await client.send(new StartQueryCommand({ ...asked, queryString: "bogus" })); }
  catch (caught) { error = caught; }
  console.log(JSON.stringify({
    status: answer.status, results: answer.results, count: answer.statistics.resultCount,
    malformed: error instanceof MalformedQueryException, location: error.queryCompileError.location,
  }));
})();
"""


@pytest.fixture(scope="session")
def javascript(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the SDK for JavaScript, or FLOWLOCAL_TEST_NODE if that names one."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        pytest.skip("node and npm are not installed, which the SDK for JavaScript needs")
    if given := os.environ.get("FLOWLOCAL_TEST_NODE"):
        return Path(given)
    folder = tmp_path_factory.mktemp("node")
    (folder / "package.json").write_text("{}")
    command = [npm, "install", "--no-audit", "--no-fund", "--silent", "@aws-sdk/client-cloudwatch-logs@3"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300, check=False)
    if done.returncode:
        pytest.skip(f"npm could not install the SDK for JavaScript: {done.stderr.strip()[-200:]}")
    return folder


def test_javascript(logs: Path, javascript: Path) -> None:
    """The SDK for JavaScript finds the endpoint by its variable, reads rows, and knows the error and its place."""
    (javascript / "ask.js").write_text(SCRIPT)
    with served(logs) as (_, url):
        variables = {**os.environ, "AWS_ENDPOINT_URL_CLOUDWATCH_LOGS": url}
        done = subprocess.run(
            ["node", "ask.js", QUERY],
            cwd=javascript,
            capture_output=True,
            text=True,
            env=variables,
            timeout=120,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    expected = flowlocal.query(QUERY, logs).rows
    assert [{cell["field"]: cell["value"] for cell in row} for row in answer["results"]] == expected
    assert (answer["status"], answer["count"], answer["malformed"]) == ("Complete", len(expected), True)
    prefix = len('SOURCE "flowlocal" START=0 END=4000000000999 | ')
    assert answer["location"] == {"startCharOffset": prefix, "endCharOffset": prefix + 5}
