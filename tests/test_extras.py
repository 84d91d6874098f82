"""What is said if an extra is not installed: the one command that installs it, wherever it is missed."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

import pytest

from flowlocal import extras
from flowlocal.lookups.mmdb import MARKER
from tests.terminal import on_terminal
from tests.test_layers import PACKAGE

ROOT = Path(__file__).parents[1]
ARTICLE = ROOT / "sample_logs" / "article" / "flow.log"


@dataclass(frozen=True)
class Missed:
    """An extra that is missed.

    Attributes:
        extra: its name.
        module: the module that is hidden.
        purpose: what needs it, as the message says.
        run: arguments of the command line, or code.
        code: the exit code.
    """

    extra: str
    module: str
    purpose: str
    run: list[str] | str
    code: int = 2


LOOKUP = "lookup geo srcAddr OUTPUT country"
PANDAS = f"import flowlocal; flowlocal.query('limit 1', {str(ARTICLE)!r}).to_pandas()"
MOTO = "from flowlocal.aws import mock_insights; mock_insights().start()"
SERVER = "from flowlocal.aws.moto_server import main; main([])"
MISSED = [
    Missed("charts", "altair", "a chart in a file", ["query", "stats count(*)", "LOGS", "--chart-file", "chart.svg"]),
    Missed("charts", "vl_convert", "a chart in a file", ["query", "stats count(*)", "LOGS", "--chart-file", "a.png"]),
    Missed("check", "yaml", "reading YAML", ["check", "stack.yaml"], 3),
    Missed("check", "hcl2", "reading Terraform", ["check", "main.tf"], 3),
    Missed("console", "nicegui", "the console", ["console", "LOGS", "--no-browser"]),
    Missed("dask", "distributed", "Dask", ["query", "stats count(*)", "LOGS", "--engine", "dask"]),
    Missed("lsp", "pygls", "the language server", ["lsp"]),
    Missed("lz4", "lz4", "reading lz4", ["query", "stats count(*)", "flow.log.lz4"], 3),
    Missed("moto", "moto", "moto's CloudWatch Logs", MOTO, 1),
    Missed("moto", "moto", "moto's CloudWatch Logs", SERVER, 1),
    Missed("moto", "moto.server", "moto's server", SERVER, 1),
    Missed("names", "maxminddb", "a MaxMind database", ["query", LOOKUP, "LOGS", "--table", "geo=geo.mmdb"], 3),
    Missed("notebook", "IPython", "%load_ext flowlocal", "import flowlocal; flowlocal.load_ipython_extension(None)", 1),
    Missed("pandas", "pandas", "to_pandas", PANDAS, 1),
    Missed("record", "boto3", "recording", ["record", "limit 1", "--log-group", "vpc", "-o", "case.insights.toml"]),
    Missed("shell", "prompt_toolkit", "the shell", ["shell", "LOGS"]),
    Missed("spark", "pyspark", "Spark", ["query", "stats count(*)", "LOGS", "--engine", "spark"]),
]


@pytest.mark.parametrize("missed", MISSED, ids=lambda each: f"{each.extra}-{each.module}")
def test_one_command(missed: Missed, tmp_path: Path) -> None:
    """Whoever meets a missing extra is told what needs it and the one command that installs it, without a traceback."""
    (tmp_path / "stack.yaml").write_text("Resources:\n  Q:\n    Type: AWS::Logs::QueryDefinition\n")
    (tmp_path / "main.tf").write_text('resource "aws_cloudwatch_query_definition" "a" {}\n')
    (tmp_path / "flow.log.lz4").write_bytes(b"\x04\x22\x4d\x18" + bytes(20))
    (tmp_path / "geo.mmdb").write_bytes(bytes(64) + MARKER + bytes(8))
    code, arguments = missed.run, list[str]()
    if not isinstance(code, str):
        code = "from flowlocal.cli._guard import run; sys.exit(run(sys.argv[1:]))"
        arguments = [str(ARTICLE) if each == "LOGS" else each for each in missed.run]
    hiding = [sys.executable, "-c", f"import sys; sys.modules[{missed.module!r}] = None; {code}", *arguments]
    exit_code, shown = on_terminal(hiding, columns=200, folder=tmp_path, variables={"NO_COLOR": "1"})
    assert exit_code == missed.code, shown
    package = missed.module.partition(".")[0]
    said = " ".join(shown.split())
    assert f"{missed.purpose} needs the package {package}" in said
    assert f"install it with: pip install 'flowlocal[{missed.extra}]'" in said
    assert missed.code == 1 or "Traceback" not in shown


def test_every_extra_is_here() -> None:
    """A new extra gets a line above."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert {each.extra for each in MISSED} == project["optional-dependencies"].keys() - {"bench"}


def test_no_other_place_knows_the_command() -> None:
    """The command is made in one place."""
    files = [path for path in PACKAGE.rglob("*.py") if "pip install 'flowlocal[" in path.read_text()]
    assert files == [PACKAGE / "extras.py"]


@pytest.mark.parametrize(
    ("file", "command"),
    [
        ("pipx_metadata.json", "pipx install --force 'flowlocal[shell]'"),
        ("uv-receipt.toml", "uv tool install 'flowlocal[shell]'"),
        ("pyvenv.cfg", "pip install 'flowlocal[shell]'"),
    ],
)
def test_tools(file: str, command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where pipx or uv installed flowlocal, the command is theirs."""
    (tmp_path / file).touch()
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    assert extras.install("shell") == command


def test_a_report_says_how_to_get_plots() -> None:
    """A page without plots has the same command."""
    code = "from flowlocal.cli._guard import run; sys.exit(run(sys.argv[1:]))"
    hiding = [sys.executable, "-c", f"import sys; sys.modules['altair'] = None; {code}"]
    arguments = ["report", "--only", "overview", "-o", "html", str(ARTICLE)]
    done = subprocess.run([*hiding, *arguments], capture_output=True, encoding="utf-8", check=True)
    assert "pip install &#x27;flowlocal[charts]&#x27;" in done.stdout
