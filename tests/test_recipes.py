"""The recipes for contributors: each is run on a copy of the checkout."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs/development/recipes.md").read_text(encoding="utf-8")
RECIPES = dict(re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL))
STEP = re.compile(r"^(?:(Append to|New file) `(.+?)`:\n\n)?```(python|toml|sh)\n(.*?)^```", re.MULTILINE | re.DOTALL)
COPIED = ("flowlocal", "tests", "docs", "sample_logs", "native", "tools", "pyproject.toml", "README.md")
TOOLS = {"python": [], "pytest": ["-m", "pytest", "-p", "no:cacheprovider"], "flowlocal": ["-m", "flowlocal"]}


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the checkout, to which all recipes are added: compiling it takes longer than the recipes."""
    tmp_path = tmp_path_factory.mktemp("checkout")
    for name in COPIED:
        target, source = tmp_path / name, ROOT / name
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, target)
    return tmp_path


@pytest.mark.parametrize("name", RECIPES)
def test_recipe(name: str, copy: Path) -> None:
    """What a recipe says works as it says."""
    steps = STEP.findall(RECIPES[name])
    assert any(language == "sh" for _, _, language, _ in steps)
    for verb, file, language, text in steps:
        if language == "sh":
            _run(text, copy)
        else:
            assert (copy / file).exists() == (verb == "Append to")
            with (copy / file).open("a", encoding="utf-8") as stream:
                stream.write(text)


def _run(commands: str, folder: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # or every line compiles all of the copy
    for line in commands.splitlines():
        tool, *arguments = shlex.split(line)
        done = subprocess.run(
            [sys.executable, *TOOLS[tool], *arguments],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        assert done.returncode == 0, f"$ {line}\n{done.stdout}{done.stderr}"
