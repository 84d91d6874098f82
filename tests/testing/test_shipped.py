"""The pre-commit hooks and the GitHub action: files for other tools, which nothing else here reads."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parent.parent.parent
ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
HOOKS = {hook["id"]: hook for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))}
STEPS = {step["name"]: step for step in ACTION["runs"]["steps"] if "run" in step}


@pytest.mark.parametrize("name", sorted(HOOKS))
def test_hook_runs(name: str, tmp_path: Path) -> None:
    """A hook's command takes files as pre-commit gives them."""
    (tmp_path / "a.insights").write_text("limit 5")
    (tmp_path / "a.insights.toml").write_text('query = "limit 1"\nlines = "a"\nrow_count = 1\n')
    command, *arguments = shlex.split(HOOKS[name]["entry"])
    assert command == "flowlocal"
    file = "a.insights" if name == "flowlocal-check" else "a.insights.toml"
    done = subprocess.run(
        [sys.executable, "-m", "flowlocal", *arguments, file],
        cwd=tmp_path,
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0


@pytest.mark.parametrize(
    ("name", "file", "wanted"),
    [
        ("flowlocal-check", "queries/a.insights", True),
        ("flowlocal-check", "a.cwli", True),
        ("flowlocal-check", "template.yaml", True),
        ("flowlocal-check", "cdk.out/stack.template.json", True),
        ("flowlocal-check", "main.tf", True),
        ("flowlocal-check", "package.json", False),
        ("flowlocal-check", "a.insights.toml", False),
        ("flowlocal-test", "a.insights.toml", True),
        ("flowlocal-test", "pyproject.toml", False),
    ],
)
def test_hook_files(name: str, file: str, wanted: bool) -> None:
    """A hook is given the files that can concern it."""
    assert bool(re.search(HOOKS[name]["files"], file)) is wanted


def test_hook_needs_what_the_extra_needs() -> None:
    """The hook is installed without extras, so the hook names what the extra holds."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert HOOKS["flowlocal-check"]["additional_dependencies"] == project["optional-dependencies"]["check"]


def test_action_inputs() -> None:
    """Every input that a step uses is declared, and every declared one is used."""
    used = set(re.findall(r"inputs\.([\w-]+)", (ROOT / "action.yml").read_text(encoding="utf-8")))
    assert used == set(ACTION["inputs"])
    assert all(each["description"] for each in ACTION["inputs"].values())


def run_step(name: str, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a step's script as GitHub does, with this checkout's flowlocal."""
    script = folder / "flowlocal" / "bin" / "flowlocal"
    script.parent.mkdir(parents=True)
    script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m flowlocal "$@"\n')
    script.chmod(0o755)
    step: dict[str, Any] = STEPS[name]
    environment = {"PATH": "/usr/bin:/bin", "RUNNER_TEMP": str(folder), **dict.fromkeys(step["env"], ""), **variables}
    return subprocess.run(
        ["bash", "-eo", "pipefail", "-c", step["run"]],
        cwd=folder,
        env=environment,
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=120,
    )


def test_action_checks(tmp_path: Path) -> None:
    """The step writes SARIF and annotations, and fails on what is asked for."""
    (tmp_path / "a b.insights").write_text("limit 5 | sort dstPort asc")
    done = run_step("Check queries", tmp_path, PATHS="a b.insights\n\n", FAIL_ON="warning", SARIF="out.sarif")
    assert done.returncode == 1
    assert done.stdout.startswith("::warning file=a b.insights,line=1")
    assert (tmp_path / "out.sarif").exists()


def test_action_tests(tmp_path: Path) -> None:
    """The step runs cases and query files, and writes a JUnit report."""
    (tmp_path / "flow.log").write_text("a\n")
    (tmp_path / "a.insights").write_text("limit 5")
    done = run_step("Test queries", tmp_path, PATHS="a.insights\n", LOGS="flow.log\n", JUNIT="report.xml")
    assert done.returncode == 1
    assert "::error file=a.insights" in done.stdout
    assert (tmp_path / "report.xml").exists()


@pytest.mark.parametrize("changed", ["logs/flow.log", "ports.insights", "__snapshots__/a.insights", "a.insights.toml"])
def test_pre_commit_runs_the_cases_of_what_changed(changed: str, tmp_path: Path) -> None:
    """pre-commit itself, with the hook as it is shipped: a case runs when its log, query, snapshot or text changes."""
    line = "2 123456789010 eni-1 10.0.0.1 10.0.0.2 20641 22 6 20 4249 1418530010 1418530070 ACCEPT OK\n"
    case = 'query_file = "ports.insights"\nlogs = "logs"\nrows = [{ dstPort = 23, n = 1 }]\n'
    texts = {"logs/flow.log": line, "ports.insights": "stats count(*) as n by dstPort", "a.insights.toml": case}
    texts["__snapshots__/a.insights"] = ""
    for name, text in texts.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    hook = {**HOOKS["flowlocal-test"], "language": "system", "entry": f"{sys.executable} -m flowlocal test"}
    config = {"repos": [{"repo": "local", "hooks": [hook]}]}
    (tmp_path / ".pre-commit-config.yaml").write_text(yaml.safe_dump(config))
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    subprocess.run(["git", "add", "."], cwd=tmp_path, check=True)
    command = [sys.executable, "-m", "pre_commit", "run", "flowlocal-test", "--files", changed]
    environment = {**os.environ, "PRE_COMMIT_HOME": str(tmp_path / "cache")}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "the rows differ" in done.stdout
