"""The page on running without AWS is run: its commands in one shell, its Python beside it, its output compared."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import moto
import pytest

ROOT = Path(__file__).parent.parent.parent
PAGE = (ROOT / "docs" / "run-without-aws.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def blocks(language: str) -> list[str]:
    """Return the blocks of the page in a language."""
    return [text for kind, text in BLOCKS if kind == language]


@pytest.mark.skipif(shutil.which("sh") is None, reason="the commands are written for a POSIX shell")
def test_endpoint(tmp_path: Path) -> None:
    """What the page shows of the endpoint is what it does, but for the port, which may be taken."""
    for name, module in (("flowlocal", "flowlocal"), ("aws", "awscli")):
        pytest.importorskip(module, reason=f"the page uses the command {name}")
        (tmp_path / name).write_text(f'#!/bin/sh\nexec "{sys.executable}" -m {module} "$@"\n')
        (tmp_path / name).chmod(0o755)
    (tmp_path / "ask.py").write_text(blocks("python")[0])
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    serve, *commands = (text.replace("4586", port) for text in blocks("sh"))
    started = serve.replace("flowlocal serve", f"flowlocal serve --port {port}").replace(
        " &\n", " > served &\npid=$!\n"
    )
    started += "\nuntil grep -q export served; do sleep 0.1; done\ncat served\n"
    script = "\n".join(["trap 'kill $pid' EXIT", started, *commands, f'"{sys.executable}" ask.py'])
    shutil.copytree(ROOT / "sample_logs" / "s3", tmp_path / "sample_logs" / "s3")
    variables = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    variables |= {
        "PATH": f"{tmp_path}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    done = subprocess.run(
        ["sh", "-e", "-c", script],
        cwd=tmp_path,
        env=variables,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert done.stdout == "".join(blocks("text")).replace("4586", port), done.stderr


@pytest.mark.skipif(not hasattr(moto, "mock_aws"), reason="the page names mock_aws, which moto has since version 5")
def test_moto(monkeypatch: pytest.MonkeyPatch) -> None:
    """The test on the page passes."""
    monkeypatch.chdir(ROOT)
    names: dict[str, object] = {}
    exec(compile(blocks("python")[1], "page", "exec"), names)
    test = names["test_rejects"]
    assert callable(test)
    test()
