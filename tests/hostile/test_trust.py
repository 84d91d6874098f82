"""What files and arguments may say is bounded: what is read, how much of it, how deep, and how an odd one ends."""

from __future__ import annotations

import ast
import io
import json
import os
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import polars  # noqa: F401 - a command line that loads it watches the memory of its process, which here is pytest's
import pytest
from hypothesis import given
from hypothesis import strategies as st

import flowlocal as library
from flowlocal.aws.errors import ApiError
from flowlocal.aws.local_store import LocalAccount
from flowlocal.aws.request import Request
from flowlocal.aws.table import answer
from flowlocal.cli import _defaults
from flowlocal.cli._group import Subcommands, _modules
from flowlocal.cli._guard import run
from flowlocal.configuration import SETTINGS
from flowlocal.small_files import is_inside, read_text
from flowlocal.testing.keys import KEYS
from tests.hostile.command import RECORD, flowlocal, several
from tests.test_layers import PACKAGE, files

SECRET = "TOP-SECRET-7f3a"
TERRAFORM = 'resource "aws_cloudwatch_query_definition" "q" {{ query_string = {} }}\n'
Run = Callable[..., tuple[int, str]]


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Run a command line in this process, in a folder of its own: its exit code, and all that it printed."""
    monkeypatch.chdir(tmp_path)

    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO()))

    def ran(*arguments: str) -> tuple[int, str]:
        _defaults.configuration.cache_clear()
        code = run(list(arguments))
        done = capsys.readouterr()
        assert code in {0, 1, 2, 3, 5}, (arguments, done.err)
        assert "Traceback" not in done.err
        return code, done.out + done.err

    return ran


def written(path: Path, text: str | bytes) -> Path:
    """Return a file with this content, in folders that are made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_one_place_opens_text_files() -> None:
    """Only ``small_files`` opens what a person wrote; what else opens files here is listed with what for."""
    others = {
        "terminal/delivery.py": "writes results",
        "cli/_guard.py": "the null device for streams that came closed",
        "terminal/screen.py": "the null device for a reader that went away",
        "report/page.py": "a style sheet of the package",
        "shell/history.py": "what was typed at the prompt",
        "shell/saved.py": "writes a saved query",
    }
    parts = ("cli", "checking", "testing", "shell", "report", "configuration.py", "lookups", "github.py")
    found = {path.relative_to(PACKAGE).as_posix() for path in files(*parts) if any(_opens(path))}
    assert found <= set(others)


def _opens(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield from {"open"} & {node.func.id}
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            yield from {"read_text", "read_bytes", "open", "fdopen"} & {node.func.attr}
        elif isinstance(node, ast.alias):
            yield from {"tomllib"} & {node.name}


@pytest.mark.parametrize(
    ("path", "inside"),
    [
        ("a/x", True),
        ("a", True),
        ("a/../a/x", True),
        ("a/../b/x", False),
        ("ab/x", False),
        ("a/out", False),
        ("b/in", True),
        ("a/loop", False),
        ("/dev/zero", False),
    ],
)
def test_inside(path: str, inside: bool, tmp_path: Path) -> None:
    """A file is at the target of its links."""
    for each in ("a/x", "b/x", "ab/x"):
        written(tmp_path / each, "")
    (tmp_path / "a" / "out").symlink_to(tmp_path / "b" / "x")
    (tmp_path / "b" / "in").symlink_to(tmp_path / "a" / "x")
    (tmp_path / "a" / "loop").symlink_to(tmp_path / "b" / "loop")
    assert is_inside(tmp_path / path, [tmp_path / "a"]) is inside


def test_read_text(tmp_path: Path) -> None:
    """What is not a small regular file of UTF-8 is refused in words, without a piece of it."""
    os.mkfifo(tmp_path / "pipe")
    refused = {
        written(tmp_path / "large", SECRET * 99): "larger than 0 MB",
        written(tmp_path / "latin", SECRET.encode() + b"\xff"): "not UTF-8 text",
        tmp_path: "not a regular file",
        tmp_path / "pipe": "not a regular file",
        Path("/dev/zero"): "not a regular file",
        tmp_path / "nowhere": "No such file",
        tmp_path / "a\0b": "not a valid name of a file",
    }
    for path, reason in refused.items():
        with pytest.raises(OSError, match=reason) as caught:
            read_text(path, largest=1000)
        assert SECRET not in str(caught.value)
    assert read_text(written(tmp_path / "good", b"\xef\xbb\xbflimit 1")) == "limit 1"


@pytest.mark.parametrize(
    "named",
    [
        "/proc/self/environ",
        "../secret.txt",
        "${path.module}/../secret.txt",
        "/dev/zero",
        "linked.txt",
        "linked/secret.txt",
        "large.txt",
        "latin.txt",
        "pipe",
        ".",
    ],
)
@pytest.mark.parametrize("form", ["text", "json", "sarif", "github"])
def test_files_that_terraform_names(named: str, form: str, cli: Run, tmp_path: Path) -> None:
    """Only small regular files in the folders named are read; all else is a finding without a word of the content."""
    folder = tmp_path / "infrastructure"
    written(tmp_path / "secret.txt", SECRET)
    written(folder / "large.txt", SECRET + " " * (1 << 20))
    written(folder / "latin.txt", SECRET.encode() + b"\xff")
    os.mkfifo(folder / "pipe")
    (folder / "linked.txt").symlink_to(tmp_path / "secret.txt")
    (folder / "linked").symlink_to(tmp_path)
    written(folder / "main.tf", TERRAFORM.format(f'file("{named}")') + TERRAFORM.format(f'"${{file("{named}")}} x"'))
    code, printed = cli("check", "infrastructure", "-o", form)
    assert code in {0, 2}
    assert "cannot be used" in printed
    assert SECRET not in printed
    assert "PATH=" not in printed


def test_files_beside_are_read(cli: Run, tmp_path: Path) -> None:
    """What is in the folders named, or beside the file named, is read."""
    written(tmp_path / "a" / "main.tf", TERRAFORM.format('file("../b/q.insights")'))
    written(tmp_path / "b" / "q.insights", "limit")
    assert "b/q.insights:1:6: error FL001" in cli("check", ".")[1]
    assert "b/q.insights:1:6: error FL001" in cli("check", "a", "b")[1]
    assert "cannot be used" in cli("check", "a")[1]
    written(tmp_path / "a" / "q.insights", "limit")
    written(tmp_path / "a" / "main.tf", TERRAFORM.format('file("q.insights")'))
    assert "a/q.insights:1:6: error FL001" in cli("check", "a/main.tf")[1]


def test_links_in_a_folder(cli: Run, tmp_path: Path) -> None:
    """A link that was found leads no further than the folders named; one that was named leads where it leads."""
    written(tmp_path / "secret.txt", SECRET)
    written(tmp_path / "a" / "good.insights", "limit")
    (tmp_path / "a" / "x.insights").symlink_to(tmp_path / "secret.txt")
    code, printed = cli("check", "a")
    assert code == 2
    assert "a/x.insights:1:1: warning FL002" in printed
    assert "good.insights:1:6: error" in printed
    assert SECRET not in printed
    assert SECRET in cli("check", "a/x.insights")[1]


def test_other_files_are_still_checked(cli: Run, tmp_path: Path) -> None:
    """A file that cannot be read is named, and the others are checked."""
    written(tmp_path / "a.insights", b"\xff")
    written(tmp_path / "b.insights", "limit")
    code, printed = cli("check", ".")
    assert code == 3
    assert "not UTF-8 text (byte 0)" in printed
    assert "b.insights:1:6: error" in printed


CASE = 'query = "limit 1"\nlines = "x"\nrows = []\n'


@pytest.mark.parametrize(
    "case",
    [
        'query_file = "/proc/self/environ"\nlines = "x"\nrows = []\n',
        'query_file = "{outside}/secret.txt"\nlines = "x"\nrows = []\n',
        'query_file = "linked.txt"\nlines = "x"\nrows = []\n',
        'query_file = "/dev/zero"\nlines = "x"\nrows = []\n',
        'query = "fields @message"\nlogs = "/proc/self/environ"\nrows = []\n',
        'query = "fields @message"\nlogs = "{outside}"\nrows = []\n',
        'query = "fields @message"\nlogs = ["{outside}/*.txt"]\nrows = []\n',
        'query = "fields @message"\nlogs = {{ x = "linked.txt" }}\nrows = []\n',
        'query = "fields @message"\nlogs = "logs"\nrows = []\n',
        'query = "lookup table a OUTPUT b"\nlines = "x"\nrows = []\n',
        'query = "$Saved()"\nlines = "x"\nrows = []\n',
    ],
)
def test_files_that_cases_name(case: str, cli: Run, tmp_path: Path) -> None:
    """A case reads what is in the folders named or in the working directory, and nothing of any other."""
    outside = written(tmp_path / "outside" / "secret.txt", f"{SECRET},b\n").parent
    folder = tmp_path / "project"
    links = ("linked.txt", "logs/x.log", "table.csv", "Saved.insights")
    for link in links:
        (folder / link).parent.mkdir(parents=True, exist_ok=True)
        (folder / link).symlink_to(outside / "secret.txt")
    written(folder / "x.insights.toml", case.format(outside=outside))
    os.chdir(folder)
    code, printed = cli("test", ".")
    assert code == 2
    assert "outside of the folders" in printed
    assert SECRET not in printed
    assert "PATH=" not in printed


NAMED = [
    ["query", "-f", "query.insights", "flow.log"],
    ["explain", "-f", "query.insights", "flow.log"],
    ["check", "query.insights"],
    ["query", "fields @message", "linked.log"],
    ["query", "fields @message", "*.log"],
    ["query", "lookup t a as action OUTPUT b | fields b", "flow.log", "--table", "t=table.csv"],
    ["query", "lookup u a as action OUTPUT b | fields b", "flow.log"],
    ["test", "query.insights", "--logs", "flow.log"],
]
"""Commands that name a link: on the command line or, table `u`, in the configuration."""
FOUND = [
    (["query", "fields @message", "."], 0),
    (["fields", "."], 0),
    (["query", "fields @message", "sub/**"], 0),
    (["check", "."], 0),
    (["fmt", "."], 0),
    (["test", ".", "--logs", "flow.log"], 2),
    (["query", "-f", "Saved", "flow.log"], 2),
    (["query", "$Saved()", "flow.log"], 2),
    (["report", "--queries", "saved", "flow.log"], 2),
    (["import", "sub", "-o", "dataset"], 0),
]
"""Commands that find a link in a folder, and their exit codes."""


@pytest.fixture
def linked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with links of every kind to files outside of it."""
    outside, folder = tmp_path / "outside", tmp_path / "project"
    written(folder / "flow.log", RECORD)
    written(outside / "query", f"fields '{SECRET}'")
    written(outside / "table", f"a,b\nACCEPT,{SECRET}\n")
    written(outside / "log", f"{RECORD}\n{SECRET}\n")
    written(folder / "flowlocal.toml", 'queries = "saved"\ntables = { u = "table.csv" }\n')
    links = {"query.insights": "query", "saved/Saved.insights": "query", "table.csv": "table"}
    for link, target in {**links, "linked.log": "log", "sub/linked.log": "log"}.items():
        (folder / link).parent.mkdir(exist_ok=True)
        (folder / link).symlink_to(outside / target)
    monkeypatch.chdir(folder)
    return folder


@pytest.mark.parametrize("line", NAMED, ids=" ".join)
def test_links_that_are_named(line: list[str], cli: Run, linked: Path) -> None:
    """A link that the user names is read wherever it leads."""
    os.chdir(linked)
    code, printed = cli(*line)
    assert code == (1 if line[0] == "test" else 0)  # there is no answer to compare with
    assert SECRET in printed or line[0] in {"check", "test"}
    assert "outside" not in printed


@pytest.mark.parametrize(("line", "code"), FOUND, ids=lambda value: " ".join(value) if isinstance(value, list) else "")
def test_links_that_are_found(line: list[str], code: int, cli: Run, linked: Path) -> None:
    """A link that is found in a folder is not read if it leads out of it, and a message names it."""
    os.chdir(linked)
    found, printed = cli(*line)
    assert found == code, printed
    assert SECRET not in printed
    assert re.search(r"outside of the folder|cannot be used", printed)


@pytest.mark.parametrize("link", ["__snapshots__/q.jsonl", "__snapshots__", "x.insights.toml"])
@pytest.mark.parametrize("exists", [True, False])
def test_update_does_not_write_through_links(link: str, exists: bool, cli: Run, tmp_path: Path) -> None:
    """Recording answers never writes, nor shows, what a link outside of the folders leads to."""
    outside, folder = tmp_path / "outside", tmp_path / "project"
    written(folder / "q.insights", "limit 1")
    written(folder / "flow.log", RECORD)
    target = outside / ("folder" if link == "__snapshots__" else Path(link).name)
    (folder / link).parent.mkdir(exist_ok=True)
    outside.mkdir()
    if exists:
        content = CASE.replace("[]", "[{ a = 'b' }]") if link.endswith(".toml") else f'{{"a": "{SECRET}"}}\n'
        written(target / "q.jsonl" if link == "__snapshots__" else target, content)
    (folder / link).symlink_to(target)
    before = {path: path.read_bytes() for path in outside.rglob("*") if path.is_file()}
    os.chdir(folder)
    _, printed = cli("test", ".", "--update", "--logs", "flow.log")
    assert {path: path.read_bytes() for path in outside.rglob("*") if path.is_file()} == before
    assert SECRET not in printed
    assert exists is ("outside of the folders" in printed) or not exists


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["query", "-f", "/dev/zero", "flow.log"], 2),
        (["explain", "-f", "/dev/zero", "flow.log"], 2),
        (["query", "lookup t a OUTPUT b", "flow.log", "--table", "t=/dev/zero"], 3),
        (["check", "/dev/zero"], 3),
        (["test", "/dev/zero"], 2),  # a file of cases is never a device
        (["report", "--queries", "zeros", "flow.log"], 2),
    ],
)
def test_endless_files(arguments: list[str], code: int, tmp_path: Path) -> None:
    """A file without end is refused, with its name."""
    written(tmp_path / "flow.log", RECORD)
    written(tmp_path / "folder" / "q.insights", "limit 1")
    (tmp_path / "zeros").mkdir()
    (tmp_path / "zeros" / "x.insights").symlink_to("/dev/zero")
    done = flowlocal(*arguments, folder=tmp_path)
    assert done.code == code
    told = done.err + done.out
    assert "larger than" in told or "not a regular file" in told or "outside of the folders" in told
    assert done.peak < 600 << 20


def test_endless_standard_input() -> None:
    """Neither is standard input read without end."""
    for line in (["check"], ["query", "-f", "-", "x"], ["shell", __file__]):
        done = flowlocal(*line, stdin=bytes(20 << 20))
        assert done.code in {2, 3}, line
        assert "MB" in done.err


def _numeric() -> Iterator[tuple[str, str]]:
    group = Subcommands()
    for name in _modules():
        command = group.get_command(click.Context(group), name)
        assert command is not None
        for option in command.params:
            numeric = isinstance(option.type, click.types.IntParamType | click.types.FloatParamType)
            if isinstance(option, click.Option) and (numeric or option.metavar in {"TIME", "SIZE", "N"}):
                yield name, option.opts[0]


TIMES = {"--start", "--end", "--now"}
"""Here a large number can be a time in nanoseconds."""
ENDLESS = {("console", option) for option in TIMES}
"""A server that such a time does not keep from starting; the option is that of other commands."""
NUMBERS = [
    "99999999999999999999",
    "-99999999999999999999",
    "-1",
    "1e400",
    "nan",
    "inf",
    "9" * 5000,
    "18446744073709551616",
]


@pytest.mark.parametrize(("subcommand", "option"), sorted(set(_numeric()) - ENDLESS))
def test_numbers(subcommand: str, option: str, cli: Run, tmp_path: Path) -> None:
    """A number beyond everything is refused by every option that takes one."""
    written(tmp_path / "flow.log", RECORD)
    query = ["limit 1"] if subcommand in {"query", "explain"} else []
    paths = ["flow.log"] if subcommand != "test" else []
    for number in NUMBERS:
        code, printed = cli(subcommand, *query, *paths, f"{option}={number}")
        assert code == 2 or (option in TIMES and code in {0, 5}), (number, printed)
        assert code != 2 or "Error: " in printed


def test_numbers_from_elsewhere(cli: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither do variables, settings, cases and the library take them."""
    written(tmp_path / "flow.log", RECORD)
    for number in NUMBERS:
        monkeypatch.setenv("FLOWLOCAL_LIMIT", number)
        assert cli("query", "limit 1", "flow.log")[0] == 2
    monkeypatch.delenv("FLOWLOCAL_LIMIT")
    for limit in (10**20, -1, 2**31):
        written(tmp_path / "flowlocal.toml", f"limit = {limit}")
        assert cli("query", "limit 1", "flow.log")[0] == 2
        (tmp_path / "flowlocal.toml").unlink()
        written(tmp_path / "x.insights.toml", CASE + f"limit = {limit}\n")
        assert cli("test", "x.insights.toml")[0] == 2
        with pytest.raises(ValueError, match="is not a number of rows"):
            library.query("fields @message", tmp_path / "flow.log", limit=limit)
    monkeypatch.setenv("COLUMNS", "9" * 12)
    assert cli("query", "stats count(*) by bin(1s)", "flow.log", "--chart", "bar", "--histogram")[0] == 0


def _texts() -> Iterator[tuple[str, str]]:
    group = Subcommands()
    for name in _modules():
        command = group.get_command(click.Context(group), name)
        assert command is not None
        for option in command.params:
            words = {*option.opts, *re.findall(r"\w+", option.metavar or "")}
            is_text = isinstance(option, click.Option) and type(option.type) is click.types.StringParamType
            if is_text and option.metavar and not words & FILES:
                yield name, option.opts[0]


FILES = {"FILE", "FOLDER", "PATH", "DIRECTORY", "--stdin-name"}
"""What options are called that name files, which may have any bytes."""


@pytest.mark.parametrize(("subcommand", "option"), [*_texts(), ("serve", "--log-group"), ("query", "--log-group")])
def test_options_that_are_not_text(subcommand: str, option: str, cli: Run, tmp_path: Path) -> None:
    """Bytes that are not UTF-8 are refused by every option that does not name a file."""
    written(tmp_path / "flow.log", RECORD)
    output = ["-o", "dataset"] if subcommand == "import" else []
    first = ["limit 1"] if subcommand in {"query", "explain"} else []
    code, printed = cli(subcommand, *first, "flow.log", *output, option, "\udcff")
    assert code == 2
    assert "Error: " in printed
    assert not (tmp_path / "dataset").exists()


BYTES = b"filter a = '\xff'"


@pytest.mark.parametrize(
    "line",
    [
        ["query", BYTES, "flow.log"],
        ["explain", BYTES, "flow.log"],
        ["query", "filter a = '{{x}}'", "flow.log", "-p", b"x=\xff"],
        ["check", "-q", BYTES],
        ["test", ".", "-p", b"x=\xff"],
        ["query", "fields @log", "flow.log", "--log-group", b"\xff"],
        ["fields", "flow.log", "--log-group", b"\xff"],
        ["query", "limit 1", "flow.log", "--log-format", b"\xff"],
    ],
)
def test_arguments_that_are_not_text(line: list[str | bytes], tmp_path: Path) -> None:
    """Bytes that are not UTF-8 are refused if text is expected."""
    written(tmp_path / "flow.log", RECORD)
    done = flowlocal(*line, folder=tmp_path)
    assert done.code == 2
    assert "is not valid UTF-8 text" in done.err


def test_names_of_files_are_bytes(cli: Run, tmp_path: Path) -> None:
    """Names of files may be any bytes, in every command and every form of output."""
    name = os.fsdecode(b"\xfe")
    written(tmp_path / f"{name}.log", RECORD)
    written(tmp_path / f"{name}.insights", "limit")
    written(tmp_path / f"{name}.insights.toml", CASE)
    for form in ("table", "json", "csv", "markdown", "aws"):
        assert cli("query", "limit 1", f"{name}.log", "-o", form)[0] == 0
    for form in ("text", "json", "sarif", "github"):
        assert cli("check", f"{name}.insights", "-o", form, "--output", f"{name}.out")[0] == 2
        assert cli("check", f"{name}.insights", "-o", form)[0] == 2
    assert cli("test", ".", "--logs", f"{name}.log", "--junit-xml", f"{name}.xml")[0] == 2
    assert cli("fields", f"{name}.log", "-o", "json")[0] == 0
    assert cli("report", f"{name}.log", "--only", "overview")[0] == 0


LOCALES = [{"LC_ALL": "C"}, {"LC_ALL": "C", "PYTHONUTF8": "0"}, {"PYTHONIOENCODING": "latin-1:strict"}]


@pytest.mark.parametrize("variables", LOCALES)
def test_locales(variables: dict[str, str], tmp_path: Path) -> None:
    """No locale and no encoding ends a command; results are UTF-8 in all of them."""
    written(tmp_path / "flow.log", RECORD)
    done = flowlocal("query", "fields 'é→' as x", "flow.log", folder=tmp_path, variables=variables)
    assert done.out == '{"x": "é→"}\n'
    lines = [
        ["explain", "fields '→'", "flow.log"],
        ["query", "stats count(*) by 'é→'", "flow.log", "--chart", "bar"],
        ["query", "filter é→ =", "flow.log"],
        ["check", "-q", "filter é→ ="],
        ["config"],
        ["fields", "→.log"],
    ]
    ran = subprocess.run(
        several(lines), cwd=tmp_path, env={**os.environ, **variables}, capture_output=True, check=False, timeout=120
    )
    assert set(json.loads(ran.stdout.splitlines()[-1])) <= {0, 2, 3}, ran.stderr


def deep(opening: str, closing: str = "", count: int = 50_000) -> str:
    """Something in itself, over and over."""
    return opening * count + closing * count


RESOURCE = "Resources: {Q: {Type: 'AWS::Logs::QueryDefinition', Properties: {QueryString: %s}}}"
DOUBLED = "\n".join(f"a{n + 1}: &a{n + 1} {{'Fn::Join': ['', [*a{n}, *a{n}]]}}" for n in range(45))
LOCALS = "".join(f' a{n + 1} = "${{local.a{n}}}${{local.a{n}}}"\n' for n in range(45))
DEEP = {
    "arrays.insights.toml": f"{CASE}x = {deep('[')}",
    "tables.insights.toml": f"{CASE}x = {deep('{a=')}",
    "keys.insights.toml": f"{CASE}[query.{deep('a.', count=2000)}a]\n",
    "digits.insights.toml": f"{CASE}limit = {'9' * 5000}",
    "arrays.tf": TERRAFORM.format(deep("[", "]", 300)),
    "parentheses.tf": TERRAFORM.format(deep("(", ")", 3000)),
    "templates.tf": TERRAFORM.format('"' + deep('${"', '"}', 200) + '"'),
    "doubled.tf": f'locals {{\n a0 = "limit 1 "\n{LOCALS}}}\n' + TERRAFORM.format("local.a45"),
    "itself.tf": "locals {\n a = [local.a]\n}\n" + TERRAFORM.format('join("", local.a)'),
    "arrays.tf.json": f'{{"resource": {{"aws_cloudwatch_query_definition": {deep("[")}',
    "arrays.yaml": RESOURCE % deep("["),
    "closed.yaml": RESOURCE % deep("[", "]", 900),
    "doubled.yaml": f"a0: &a0 'limit 1'\n{DOUBLED}\n" + RESOURCE % "*a45",
    "empty.yaml": f"a0: &a0 ''\n{DOUBLED}\n" + RESOURCE % "*a45",
    "itself.yaml": RESOURCE % "&a {'Fn::Join': ['', [*a, *a]]}",
    "arrays.json": '{"widgets": ' + deep("["),
    "closed.json": '{"widgets": ' + deep("[", "]", 900) + "}",
    "digits.json": '{"widgets": ' + "9" * 5000 + "}",
    "query.json": '{"widgets": [{"type": "log", "properties": {"query": "' + deep("(") + '"}}]}',
    "parentheses.insights": f"filter a = {deep('(')}",
    "not.insights": f"filter {deep('not ')}a",
    "stages.insights": f"{deep('limit 1 | ')}limit 1",
    "comments.insights": f"{deep('# x')}{chr(10)}limit 1",
}


@pytest.mark.parametrize("name", DEEP)
def test_deep_documents(name: str, cli: Run, tmp_path: Path) -> None:
    """What is nested, repeated or doubled without end is a finding or an error, in bounded time and memory."""
    written(tmp_path / name, DEEP[name])
    code, printed = cli("test" if name.endswith(".insights.toml") else "check", name)
    assert code in {0, 2}
    assert printed.count("\n") < 20


def test_deep_configuration_and_snapshots(cli: Run, tmp_path: Path) -> None:
    """So are settings and recorded answers."""
    written(tmp_path / "flow.log", RECORD)
    written(tmp_path / "q.insights", "limit 1")
    for text in (f"limit = {deep('[')}", f"tables = {deep('{a=')}", f"limit = {'9' * 5000}"):
        written(tmp_path / "flowlocal.toml", text)
        assert cli("config")[0] == 2
        (tmp_path / "flowlocal.toml").unlink()
    for text in (deep("["), deep('{"a":'), '{"a": ' + "9" * 5000 + "}", '{"a": {"b": 1}}', "1", "\x1b"):
        written(tmp_path / "__snapshots__" / "q.jsonl", text)
        code, printed = cli("test", "q.insights", "--logs", "flow.log")
        assert code in {1, 2}
        assert "not a row" in printed or code == 1


VALUES = [
    "1",
    "-1",
    "1.5",
    "nan",
    "true",
    '"x"',
    '""',
    "[]",
    "[1]",
    "{}",
    "{ a = [] }",
    "2026-05-01",
    "10:00:00",
    '"a\\u0000"',
]


def test_odd_types_in_settings(cli: Run, tmp_path: Path) -> None:
    """A setting of another type is refused with its name, or used."""
    for name in SETTINGS:
        for value in VALUES:
            written(tmp_path / "flowlocal.toml", f"{name} = {value}")
            code, printed = cli("config")
            assert code == 0 or (code == 2 and name in printed), (name, value)


def test_odd_types_in_cases(cli: Run, tmp_path: Path) -> None:
    """So is a key of a case."""
    for key in (*KEYS, "case", "defaults"):
        for value in VALUES:
            kept = {"query": '"limit 1"', "lines": '"x"', "rows": "[]"}
            for other, instead in (
                ("query_file", "query"),
                ("logs", "lines"),
                ("row_count", "rows"),
                ("error", "rows"),
            ):
                if key == other:
                    kept.pop(instead)
            written(tmp_path / "x.insights.toml", "".join(f"{k} = {v}\n" for k, v in {**kept, key: value}.items()))
            cli("test", "x.insights.toml")


LONG = "limit 1 #" + " " * 10_000


def test_long_queries(cli: Run, tmp_path: Path) -> None:
    """A query has at most as many characters as the service accepts, in every front end."""
    written(tmp_path / "flow.log", RECORD)
    written(tmp_path / "long.insights", LONG)
    for line in (
        ["query", LONG],
        ["explain", LONG],
        ["query", "-f", "long.insights"],
        ["explain", "-f", "long.insights"],
    ):
        code, printed = cli(*line, "flow.log")
        assert code == 2
        assert "the query has 10,009 characters; the service accepts at most 10,000" in printed
    assert cli("check", "-q", LONG)[0] == 1
    assert cli("query", LONG[:10_000], "flow.log")[0] == 0
    with pytest.raises(library.MalformedQuery, match="10,009 characters"):
        library.query(LONG, tmp_path / "flow.log")


def test_long_queries_over_the_api() -> None:
    """The endpoint refuses it with a sentence, too."""
    asked = {"logGroupName": "x", "queryString": LONG, "startTime": 0, "endTime": 1}
    with pytest.raises(ApiError, match="10000"):
        answer("StartQuery", Request(asked), LocalAccount().store())


def test_host_names(cli: Run, tmp_path: Path) -> None:
    """A text that is not a host name is refused as such."""
    written(tmp_path / "flow.log", RECORD)
    for host in ("a..b", "a" * 70, "é\u0300" * 40, "\udcff"):
        code, printed = cli("serve", "flow.log", "--host", host)
        assert code == 2
        assert "not a valid host name or address" in printed


VALID = {
    "x.insights.toml": """
[defaults]
lines = ["2 1 eni-1 10.0.0.1 10.0.0.2 1 22 6 1 40 1777600000 1777600060 ACCEPT OK"]
[[case]]
title = "a"
query = "stats count(*) as n by {{x}}"
parameters = { x = "dstPort" }
start = "-3h"
order = "any"
rows = [{ n = 1, dstPort = "*" }]
[[case]]
query = "limit"
error = "x"
""",
    "flowlocal.toml": """
log_format = "${version} ${action}"
limit = 5
strict = true
format = "csv"
memory = "600MB"
queries = "."
tables = { hosts = "hosts.csv" }
color = false
""",
    "x.tf": """
variable "p" { default = 22 }
locals {
  a = "filter dstPort = ${var.p}"
}
resource "aws_cloudwatch_query_definition" "q" {
  query_string = <<-EOT
    ${local.a}
    | limit 5
  EOT
}
resource "aws_cloudwatch_dashboard" "d" {
  dashboard_body = jsonencode({
    widgets = [{ type = "log", properties = { query = join("|", ["limit 1", "sort a"]) } }]
  })
}
""",
    "x.tf.json": """
{"variable": {"p": {"default": "22"}},
 "resource": {"aws_cloudwatch_query_definition": {"q": {"query_string": "filter dstPort = ${var.p} | limit 1"}}}}
""",
    "x.yaml": """
Parameters:
  P: {Default: '22'}
Resources:
  Q:
    Type: AWS::Logs::QueryDefinition
    Properties:
      QueryString: !Sub |
        filter dstPort = ${P}
        | limit 5
  R:
    Type: AWS::Logs::QueryDefinition
    Properties:
      QueryString: !Join ['|', [&a 'limit 1', *a]]
""",
    "x.json": """
{"widgets": [{"type": "log",
              "properties": {"title": "t", "query": "SOURCE 'a' | fields @message\\n| limit 5"}}]}
""",
    "x.insights": """# {{x}} = 22
filter dstPort = {{x}} and srcAddr like /^10\\./
| stats count(*) by bin(1h)
""",
}
"""A valid file of each kind; the end of its name says which command reads it."""
_PIECES = (
    *("", "[", "]", "{", "}", '"', "'", "\\", "${", "{{", "\n", "\0", "\x1b", "\u2028", "\ufeff", "\ud7ff", "é"),
    *("#", "|", "=", ":", "..", "/", "&a ", "*a", "!Sub ", "<<EOT\n", "null", "true", "nan", "-1", "9" * 30, "[" * 200),
    "%0A::error::",
)
"""What readers stumble over."""


@st.composite
def mutated(draw: st.DrawFn, text: str) -> str:
    """Draw a text with some stretches taken away, doubled, or replaced."""
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.integers(0, 12)))
        text = text[:start] + draw(st.sampled_from([*_PIECES, text[start:end] * 2, text[end : end + 30]])) + text[end:]
    return text


@pytest.mark.parametrize("name", VALID)
def test_mutations(name: str, cli: Run, tmp_path: Path) -> None:
    """Whatever happens to a valid file, a command ends as it may, and without a traceback."""
    commands = {"x.insights.toml": ["test", name], "flowlocal.toml": ["config"]}
    line = commands.get(name, ["check", name])
    valid = VALID[name].removeprefix("\n")

    @given(mutated(valid))
    def check(text: str) -> None:
        written(tmp_path / name, text)
        cli(*line)

    written(tmp_path / name, valid)
    code, printed = cli(*line)
    assert code in {0, 1}, printed
    check()
