"""How the native reader is compiled, and what is said if it is missing or wrong."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from flowlocal.native import library

ROOT = Path(__file__).parents[2]
COMPILER = os.environ.get("CC") or shutil.which("cc")
SANITIZED = ["-g", "-O1", "-std=c11", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
FUZZ_SECONDS = os.environ.get("FLOWLOCAL_FUZZ_SECONDS", "3")


@pytest.mark.skipif(COMPILER is None, reason="needs a C compiler")
@pytest.mark.parametrize("define", [[], ["-DFL_SCALAR"]], ids=["vectors", "scalar"])
def test_any_bytes_are_read_within_bounds(define: list[str], tmp_path: Path) -> None:
    """Mutated lines through every kind of plan, under ASan and UBSan."""
    program, sources = tmp_path / "fuzz", map(str, sorted((ROOT / "native").glob("*.c")))
    command = [str(COMPILER), *SANITIZED, *define, "-o", str(program), str(ROOT / "tests/native/fuzz.c"), *sources]
    subprocess.run(command, check=True, timeout=120)
    done = subprocess.run([program, FUZZ_SECONDS], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.endswith("inputs without a fault\n")


@pytest.mark.skip(reason="text is not read natively yet")
def test_a_missing_library_is_one_sentence(tmp_path: Path) -> None:
    """Also if it is there but is no library."""
    package = tmp_path / "flowlocal"
    shutil.copytree(ROOT / "flowlocal", package, ignore=shutil.ignore_patterns("*.so", "*.dylib", "*.dll"))
    log = ROOT / "sample_logs/article/flow.log"
    code = "import sys; sys.argv[0] = 'flowlocal'; from flowlocal.cli import main; main()"

    def run() -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", code, "query", "stats count(*)", str(log)]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    for content in (None, b"not a library"):
        if content is not None:
            (package / "native" / library._NAME).write_bytes(content)
        done = run()
        assert done.returncode == 3
        assert "native reader" in done.stderr
        assert "install flowlocal again" in done.stderr
        assert len(done.stderr.splitlines()) <= 3
