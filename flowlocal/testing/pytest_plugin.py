"""The pytest plugin: cases as tests, and fixtures for tests of your own.

It is imported by every pytest run of every environment that has flowlocal, so it imports nothing but pytest itself;
all else comes when a case or a fixture is used.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from flowlocal.result import Result
    from flowlocal.testing.case import Case
    from flowlocal.testing.run import CaseRunner, Outcome

PathLike = str | os.PathLike[str]
_ENDS = ".insights.toml"
_OPENING = ("log_format", "log_group", "strict")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--flowlocal-update`` and the setting ``flowlocal_logs``."""
    group = parser.getgroup("flowlocal", "queries of CloudWatch Logs Insights")
    group.addoption(
        "--flowlocal-update",
        action="store_true",
        help="record what the queries of *.insights.toml cases answer now",
    )
    parser.addini("flowlocal_logs", "logs that the fixture insights reads if a test names none", type="paths")


def pytest_configure(config: pytest.Config) -> None:
    """Refuse to record from several processes, which would write over each other's records."""
    if config.getoption("flowlocal_update") and (hasattr(config, "workerinput") or config.getoption("numprocesses", 0)):
        raise pytest.UsageError("--flowlocal-update runs in one process; take -n away")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> CaseFile | None:
    """Collect files of cases: ``*.insights.toml``."""
    if not file_path.name.endswith(_ENDS):
        return None
    file: CaseFile = CaseFile.from_parent(parent, path=file_path)
    return file


class CaseFile(pytest.File):
    """A file of cases."""

    def collect(self) -> Iterator[CaseItem]:
        """Yield its cases."""
        from flowlocal.ansi import one_line  # noqa: PLC0415
        from flowlocal.github import inert  # noqa: PLC0415
        from flowlocal.testing.case import WrongCase, read_cases  # noqa: PLC0415
        from flowlocal.testing.run import CaseRunner  # noqa: PLC0415

        try:
            cases = read_cases(self.path, (self.config.rootpath, self.path.parent))
        except WrongCase as error:
            where = f"{error.path}:{error.line}" if error.line else str(error.path)
            raise self.CollectError(inert(one_line(f"{where}: {error}"))) from error
        runner, times = CaseRunner(), Counter[str]()
        for case in cases:
            times[case.title] += 1
            title = one_line(case.title)
            name = title if times[case.title] == 1 else f"{title} ({times[case.title]})"
            yield CaseItem.from_parent(self, name=name, case=case, runner=runner)


class CaseItem(pytest.Item):
    """A case as a test."""

    def __init__(self, *, case: Case, runner: CaseRunner, **rest: Any) -> None:  # noqa: ANN401 - pytest's own arguments
        super().__init__(**rest)
        self.case = case
        self.runner = runner

    def runtest(self) -> None:
        """Run the query over its logs; with ``--flowlocal-update`` record the answer."""
        from flowlocal.testing.run import CaseStatus  # noqa: PLC0415
        from flowlocal.testing.update import record  # noqa: PLC0415

        outcome = self.runner.run(self.case)
        if outcome.status is CaseStatus.FAILED and self.config.getoption("flowlocal_update"):
            record([outcome])
            self.config.stash[_RECORDED] = self.config.stash.get(_RECORDED, 0) + 1
        elif outcome.status is not CaseStatus.PASSED:
            raise CaseFailed(outcome)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:  # noqa: ANN401
        """Return what is wrong, row by row."""
        from flowlocal.testing.case import WrongCase  # noqa: PLC0415

        if isinstance(excinfo.value, CaseFailed | WrongCase):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Return file, line and title."""
        return self.path, self.case.line - 1, self.case.title


class CaseFailed(AssertionError):
    """A case that failed; the first line is the reason, which pytest repeats in its summary."""

    def __init__(self, outcome: Outcome) -> None:
        from flowlocal.github import inert  # noqa: PLC0415
        from flowlocal.testing.report import explained, place  # noqa: PLC0415

        super().__init__("\n".join([*explained(outcome), "", f"{inert(place(outcome))}: {type(self).__name__}"]))


_RECORDED = pytest.StashKey[int]()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Write how many cases were recorded."""
    recorded = terminalreporter.config.stash.get(_RECORDED, 0)
    if recorded:
        cases = "1 case was" if recorded == 1 else f"{recorded} cases were"
        terminalreporter.write_line(f"flowlocal: {cases} recorded; look at the change before you commit it")


def pytest_assertrepr_compare(op: str, left: object, right: object) -> list[str] | None:
    """Return the differences between the rows of an answer and expected ones, row by row."""
    kinds = {type(left).__name__, type(right).__name__}
    if op != "==" or "Rows" not in kinds or not (isinstance(left, list) and isinstance(right, list)):
        return None
    from flowlocal.testing.difference import render  # noqa: PLC0415
    from flowlocal.testing.rows import Rows  # noqa: PLC0415

    actual, expected = (left, right) if isinstance(left, Rows) else (right, left)
    if not isinstance(actual, Rows) or not all(isinstance(row, dict) for row in expected):
        return None
    return _explained(actual, expected, render)


def _explained(actual: list[Any], expected: list[Any], render: Callable[..., list[str]]) -> list[str]:
    from flowlocal.testing.compare import differences  # noqa: PLC0415
    from flowlocal.testing.run import rows_differ  # noqa: PLC0415

    wanted = [{name: _shown(cell) for name, cell in row.items()} for row in expected]
    found = differences(wanted, actual)
    head = f"{rows_differ(len(actual), len(expected), len(found))} (- expected, + answered)"
    return [head, *render(found)]


def _shown(cell: object) -> str:
    """Return an expected cell as text; one that is not a text equals no answer, and is shown as Python writes it."""
    return cell if isinstance(cell, str) else f"{cell!r} (of {type(cell).__name__}; answers hold texts)"


Ask = Callable[..., "Result"]


@pytest.fixture
def insights(request: pytest.FixtureRequest) -> Ask:
    """Return a function that answers a query over logs: ``insights(query, logs="logs/")``.

    Args:
        request: the test, as pytest passes it.

    Returns:
        A function with these arguments, of which only ``query`` and ``logs`` are positional:

        * ``query``: the text; or a ``Path`` of a file with it, relative to the test's folder.
        * ``logs``: one path or several, or paths by log group, relative to the test's folder (default: the setting
          ``flowlocal_logs``).
        * ``lines``: the log itself in place of ``logs``, as text or as a list of lines.
        * ``parameters``: values for every ``{{name}}`` of the query.
        * ``tables``, ``saved``: lookup tables and saved queries by name (default: the CSV files and query files beside
          the query's own file, or beside the test).
        * ``start``, ``end``, ``now``, ``limit``, ``log_format``, ``log_group``, ``strict``: as for ``flowlocal.scan``
          and ``Logs.query``.

        It returns a ``flowlocal.Result`` and raises the errors of ``flowlocal.query``.

    ::

        def test_rejected(insights):
            result = insights("filter action = 'REJECT' | stats count(*) as n by dstPort", logs="flow.log")
            assert result.rows == [{"dstPort": "3389", "n": "1"}]
    """
    return partial(_ask, request.path.parent, request.config.getini("flowlocal_logs"))


def _ask(
    folder: Path,
    default_logs: Sequence[Path],
    query: str | os.PathLike[str],
    logs: PathLike | Sequence[PathLike] | Mapping[str, PathLike | Sequence[PathLike]] | None = None,
    *,
    lines: str | Iterable[str] | None = None,
    parameters: Mapping[str, object] | None = None,
    **options: Any,  # noqa: ANN401 - passed on to functions that know them
) -> Result:
    from msgspec.structs import asdict  # noqa: PLC0415

    from flowlocal.testing.case import CaseSettings, checked, grouped, read_file  # noqa: PLC0415
    from flowlocal.testing.keys import joined_lines  # noqa: PLC0415
    from flowlocal.testing.rows import TestedResult  # noqa: PLC0415
    from flowlocal.testing.run import companions, open_logs  # noqa: PLC0415

    file = None if isinstance(query, str) else folder / query
    text = read_file(file, None) if file else str(query)
    opening: dict[str, Any] = {name: options.pop(name) for name in _OPENING if name in options}
    named = grouped(folder, default_logs if logs is None else logs) if lines is None else ()
    asking = CaseSettings(named, None if lines is None else joined_lines(lines), opening=opening)
    if lines is None and not asking.logs:
        raise ValueError("name the logs: insights(query, logs=…), or the setting flowlocal_logs")
    beside = companions(text, file.parent if file else folder)
    options = {**beside, **options, "parameters": checked(text, parameters or {})}
    result = open_logs(asking).query(text, **options)
    return TestedResult(**asdict(result))


@pytest.fixture
def insights_aws(request: pytest.FixtureRequest) -> Iterator[Any]:
    """Yield a ``logs`` client of boto3 in moto, which answers StartQuery as the service does.

    Groups, streams and events are made with the client; queries see those. CSV files beside the test are lookup
    tables. The region is AWS_DEFAULT_REGION, else us-east-1. Needs the extra ``moto``.

    Args:
        request: the test, as pytest passes it.

    ::

        def test_query(insights_aws):
            insights_aws.create_log_group(logGroupName="flow-logs")
            started = insights_aws.start_query(
                logGroupName="flow-logs", startTime=0, endTime=1900000000, queryString="stats count(*)"
            )
            assert insights_aws.get_query_results(queryId=started["queryId"])["status"] == "Complete"
    """
    boto3, moto = pytest.importorskip("boto3"), pytest.importorskip("moto")
    from flowlocal.aws import mock_insights  # noqa: PLC0415 - needs the extra "moto"

    with moto.mock_aws(), mock_insights(tables=_tables(request)):
        yield boto3.client("logs", region_name=os.environ.get("AWS_DEFAULT_REGION", "us-east-1"))


@pytest.fixture
def insights_endpoint(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Yield the address of an endpoint of the CloudWatch Logs API, for clients of any kind.

    The logs of the setting ``flowlocal_logs`` are the log group ``flowlocal``; other groups are written through the
    API. CSV files beside the test are lookup tables. ``AWS_ENDPOINT_URL_CLOUDWATCH_LOGS`` is set to the address while
    the test runs, and made-up credentials and a region if there are none.

    Args:
        request: the test, as pytest passes it.
        monkeypatch: sets the variables until the test ends.

    ::

        def test_groups(insights_endpoint):
            import boto3

            boto3.client("logs").create_log_group(logGroupName="mine")
            assert boto3.client("logs", endpoint_url=insights_endpoint).describe_log_groups()["logGroups"]
    """
    from flowlocal.aws.serving import serving, variables  # noqa: PLC0415 - loads Polars

    logs = request.config.getini("flowlocal_logs")
    groups = {"flowlocal": [str(path) for path in logs]} if logs else {}
    with serving(groups, tables=_tables(request)) as url:
        for name, value in variables(url).items():
            monkeypatch.setenv(name, value)
        yield url


def _tables(request: pytest.FixtureRequest) -> dict[str, str]:
    """Return the CSV files beside a test by their stems."""
    return {path.stem: str(path) for path in sorted(request.path.parent.glob("*.csv")) if path.is_file()}
