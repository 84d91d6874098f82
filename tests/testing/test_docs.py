"""The page "Test your queries" is run: its files are written, its commands entered one after the other."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = Path(__file__).parent.parent.parent / "docs" / "test-your-queries.md"
BLOCK = re.compile(r"^```([\w-]+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FILE = re.compile(r"# (\S+\.\w+)\n")
SECONDS = re.compile(r"\d+\.\d+ ?s\b")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return an empty folder, in which ``flowlocal`` and ``pytest`` are those of this checkout."""
    for name, module in (("flowlocal", "flowlocal"), ("pytest", "pytest")):
        script = tmp_path / "bin" / name
        script.parent.mkdir(exist_ok=True)
        script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m {module} "$@"\n')
        script.chmod(0o755)
    (tmp_path / "work").mkdir()
    return tmp_path / "work"


def enter(command: str, folder: Path) -> str:
    """Return what a command prints, without seconds."""
    aside = ("FORCE_COLOR", "GITHUB_ACTIONS", "PYTEST_ADDOPTS", "PYTEST_CURRENT_TEST")
    variables = {name: value for name, value in os.environ.items() if name not in aside}
    variables["PATH"] = f"{folder.parent / 'bin'}:{variables['PATH']}"
    done = subprocess.run(
        ["/bin/sh", "-c", command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        check=False,
        cwd=folder,
        env={**variables, "NO_COLOR": "1"},
        timeout=120,
    )
    return SECONDS.sub("… s", done.stdout)


@pytest.mark.skipif(shutil.which("sh") is None, reason="the commands are written for a POSIX shell")
def test_page(folder: Path) -> None:
    """Every command prints what the page shows."""
    for kind, text in BLOCK.findall(PAGE.read_text(encoding="utf-8")):
        if kind != "shell-session":
            if name := FILE.match(text):
                (folder / name[1]).write_text(text if kind != "text" else text[name.end() :], encoding="utf-8")
            continue
        for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
            command, _, shown = part.partition("\n")
            assert enter(command, folder) == SECONDS.sub("… s", shown), command
