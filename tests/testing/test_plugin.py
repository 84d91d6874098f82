"""The pytest plugin, as other projects' tests use it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

LINE = (
    "2 123456789010 eni-1235b8ca123456789 172.31.16.139 172.31.16.21 20641 22 6 20 4249 1418530010 1418530070 ACCEPT OK"
)
CASES = f"""\
lines = "{LINE}"
query = "stats sum(bytes) as total"
# how many?
rows = [{{ total = 1 }}]
"""


@pytest.fixture
def project(pytester: pytest.Pytester) -> pytest.Pytester:
    """Return a project with a log and a case that fails."""
    pytester.makefile(".log", flow=LINE, other=LINE)
    pytester.path.joinpath("test_bytes.insights.toml").write_text(CASES)
    return pytester


def run(project: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    """Run pytest in the project, in a process of its own, as modules cannot be loaded twice."""
    return project.runpytest_subprocess("-p", "no:cacheprovider", *arguments)


def test_cases_are_collected(project: pytest.Pytester) -> None:
    """A file of cases is tests; a failing one shows what differs."""
    result = run(project)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "the rows differ: 1 of 1 row",
            "  - total  1",
            "  + total  4249",
            "*test_bytes.insights.toml:1: CaseFailed",
            "FAILED test_bytes.insights.toml::test_bytes - the rows differ: 1 of 1 row",
        ]
    )


def test_update(project: pytest.Pytester) -> None:
    """``--flowlocal-update`` records what is answered, and says so."""
    result = run(project, "--flowlocal-update")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["*1 case was recorded; look at the change*"])
    text = project.path.joinpath("test_bytes.insights.toml").read_text()
    assert text == CASES.replace("{ total = 1 }", "{ total = 4249 }")
    run(project).assert_outcomes(passed=1)


def test_update_refuses_several_processes(project: pytest.Pytester) -> None:
    """Several processes would write over each other's records."""
    result = run(project, "--flowlocal-update", "-n", "2")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*--flowlocal-update runs in one process*"])


def test_wrong_file(project: pytest.Pytester) -> None:
    """A file that holds no cases is an error of collection, without a traceback."""
    project.path.joinpath("test_bytes.insights.toml").write_text("query = 1")
    result = run(project)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*test_bytes.insights.toml:1: test_bytes: `query` holds a text, not 1*"])
    result.stdout.no_fnmatch_line("*Traceback*")


def test_fixture(project: pytest.Pytester) -> None:
    """``insights`` puts queries to logs of all kinds."""
    project.path.joinpath("test_bytes.insights.toml").unlink()
    project.path.joinpath("ports.insights").write_text("filter dstPort = {{port}} | stats count(*) as n")
    project.makepyfile(
        f"""
        from pathlib import Path
        import pytest

        def test_paths(insights):
            assert insights("fields dstPort", logs="flow.log").rows == [{{"dstPort": "22"}}]
            assert insights("fields dstPort", ["flow.log", Path("other.log")]).rows == [{{"dstPort": "22"}}] * 2

        def test_lines(insights):
            assert len(insights("limit 5", lines=["a", "b"])) == 2
            assert insights("limit 5", lines="{LINE}").statistics.recordsScanned == 1.0

        def test_file_and_parameters(insights):
            result = insights(Path("ports.insights"), logs="flow.log", parameters={{"port": 22}})
            assert result.rows == [{{"n": "1"}}]
            assert result.to_polars().height == 1

        def test_options(insights):
            assert insights("limit 5", logs="flow.log", end="2000-01-01", strict=True, log_group="x").rows == []

        def test_errors(insights):
            import flowlocal

            with pytest.raises(flowlocal.MalformedQuery):
                insights("limit", logs="flow.log")
            with pytest.raises(ValueError, match="name the logs"):
                insights("limit 5")
        """
    )
    run(project).assert_outcomes(passed=5)


def test_logs_of_the_project(project: pytest.Pytester) -> None:
    """The setting ``flowlocal_logs`` names logs for all tests."""
    project.path.joinpath("test_bytes.insights.toml").unlink()
    project.makeini("[pytest]\nflowlocal_logs = flow.log\n")
    project.makepyfile('def test_it(insights):\n    assert len(insights("limit 5")) == 1\n')
    run(project).assert_outcomes(passed=1)


def test_readable_assertion(project: pytest.Pytester) -> None:
    """Rows that differ are shown row by row; other lists are left to pytest."""
    project.path.joinpath("test_bytes.insights.toml").unlink()
    project.makepyfile(
        """
        def test_rows(insights):
            result = insights("stats count(*) as n, sum(bytes) as total by dstPort", logs="flow.log")
            assert result.rows == [{"dstPort": "22", "n": 1, "total": "4249"}]

        def test_others():
            assert [{"a": "1"}] == [{"a": "2"}]
        """
    )
    result = run(project, "-vv")
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(
        [
            "*the rows differ: 1 of 1 row (- expected, + answered)",
            "*  dstPort  22",
            "*- n        1 (of int; answers hold texts)",
            "*+ n        1",
            "*  total    4249",
        ]
    )
    result.stdout.fnmatch_lines(["*At index 0 diff: {'a': '1'} != {'a': '2'}"])


def test_plugin_is_light() -> None:
    """A pytest run that uses no query loads nothing but the plugin itself."""
    heavy = ("polars", "flowlocal.engine", "flowlocal.testing.run", "tomlkit", "moto", "boto3", "click")
    code = f"import sys, flowlocal.testing.pytest_plugin\nprint(*[name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=True)
    assert done.stdout.strip() == ""


def test_plugin_is_registered() -> None:
    """The plugin is found by pytest by its entry point."""
    pyproject = Path(__file__).parent.parent.parent / "pyproject.toml"
    assert '[project.entry-points.pytest11]\nflowlocal = "flowlocal.testing.pytest_plugin"' in pyproject.read_text()


def test_client_in_moto(project: pytest.Pytester) -> None:
    """``insights_aws`` is a client of boto3 whose queries are answered in moto."""
    pytest.importorskip("moto")
    pytest.importorskip("flowlocal.aws")
    project.path.joinpath("test_bytes.insights.toml").unlink()
    project.makepyfile(
        f"""
        import time

        def test_query(insights_aws):
            now = int(time.time())
            insights_aws.create_log_group(logGroupName="vpc")
            insights_aws.create_log_stream(logGroupName="vpc", logStreamName="eni-1-all")
            event = {{"timestamp": now * 1000, "message": "{LINE}"}}
            insights_aws.put_log_events(logGroupName="vpc", logStreamName="eni-1-all", logEvents=[event])
            started = insights_aws.start_query(
                logGroupName="vpc", startTime=now - 60, endTime=now + 60, queryString="stats sum(bytes) as total"
            )
            answer = insights_aws.get_query_results(queryId=started["queryId"])
            assert answer["status"] == "Complete"
            assert answer["results"] == [[{{"field": "total", "value": "4249"}}]]
        """
    )
    run(project, "-W", "ignore").assert_outcomes(passed=1)


def test_endpoint(project: pytest.Pytester) -> None:
    """``insights_endpoint`` leads any client to logs and lookup tables, by its variables alone."""
    project.path.joinpath("test_bytes.insights.toml").unlink()
    project.path.joinpath("ports.csv").write_text("port,service\n443,https\n")
    project.path.joinpath("one.log").write_text(LINE + "\n")
    project.path.joinpath("pytest.ini").write_text("[pytest]\nflowlocal_logs = one.log\n")
    project.makepyfile(
        """
        import boto3

        def test_query(insights_endpoint):
            logs = boto3.client("logs")
            assert logs.meta.endpoint_url == insights_endpoint
            (group,) = logs.describe_log_groups()["logGroups"]
            assert group["logGroupName"] == "flowlocal"
            (table,) = logs.describe_lookup_tables()["lookupTables"]
            assert table["tableFields"] == ["port", "service"]
        """
    )
    run(project, "-W", "ignore").assert_outcomes(passed=1)
