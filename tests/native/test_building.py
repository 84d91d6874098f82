"""How the native reader is compiled, and what is said if it is missing or wrong."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from runpy import run_path
from types import SimpleNamespace
from zipfile import ZipFile

import pytest

from flowlocal.native import library
from tests.native.compiling import COMPILER, ROOT, Objects
from tests.test_layers import PACKAGE

SANITIZED = ["-g", "-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
SEED = "88172645463325252"
FUZZ_SECONDS = os.environ.get("FLOWLOCAL_FUZZ_SECONDS", "3")


@pytest.fixture(scope="module")
def sanitized(tmp_path_factory: pytest.TempPathFactory) -> Objects:
    """Return the files compiled with ASan and UBSan."""
    return Objects(tmp_path_factory.mktemp("sanitized"), SANITIZED)


@pytest.mark.skipif(COMPILER is None, reason="needs a C compiler")
@pytest.mark.parametrize("variant", ["", "FL_AVX2", "FL_SCALAR"], ids=["vectors", "AVX2", "scalar"])
def test_any_bytes_are_read_within_bounds(variant: str, sanitized: Objects, tmp_path: Path) -> None:
    """What libFuzzer has found, and mutated lines through every kind of plan, under ASan and UBSan."""
    with ZipFile(ROOT / "tests/native/corpus.zip") as corpus:
        corpus.extractall(tmp_path)
        found = [tmp_path / name for name in corpus.namelist()]
    assert fuzzed(sanitized, "fuzz", variant, found).endswith("inputs without a fault\n")


@pytest.mark.skipif(COMPILER is None, reason="needs a C compiler")
def test_any_groups_are_made_within_bounds(sanitized: Objects) -> None:
    """Columns of any integers, nulls and offsets become the groups that they are row by row, under ASan and UBSan."""
    assert fuzzed(sanitized, "fuzz_groups").endswith("tables without a fault\n")


def fuzzed(objects: Objects, name: str, variant: str = "", found: Sequence[Path] = ()) -> str:
    """Run a fuzzer for a while, and return what it prints."""
    program = objects.link(name, variant, [ROOT / f"tests/native/{name}.c"])
    done = subprocess.run([program, FUZZ_SECONDS, SEED, *found], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


@pytest.mark.parametrize("target", ["", "aarch64-linux-musl"])
def test_what_is_compiled_runs_on_any_processor(target: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The compiler is told a target or its least processor: left alone, Zig uses all that this processor has."""
    interface = SimpleNamespace(BuildHookInterface=object)
    monkeypatch.setitem(sys.modules, "hatchling.builders.hooks.plugin.interface", interface)
    build = run_path(str(ROOT / "hatch_build.py"))
    commands: list[list[str]] = []

    def ran(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        commands.append(command)
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(subprocess, "run", ran)
    build["compile_library"](ROOT / "native", tmp_path / "library", target, compiler="")
    assert {target or "-mcpu=baseline"} < {*commands[0]}


@pytest.mark.parametrize("made", ["missing", "text", "other library", "other version"])
def test_a_missing_or_wrong_library_is_one_sentence(made: str, tmp_path: Path) -> None:
    """Whatever is in the place of the library, commands that read logs say so, and the others work."""
    package = tmp_path / "flowlocal"
    shutil.copytree(PACKAGE, package, ignore=shutil.ignore_patterns("*.so", "*.dylib", "*.dll"))
    _put(made, package / "native" / library._NAME)
    log = ROOT / "sample_logs/article/flow.log"
    code = "import sys; sys.argv[0] = 'flowlocal'; from flowlocal.cli import main; main()"

    def run(*arguments: object) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", code, *map(str, arguments)]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    reading = [("query", "stats count(*)", log), ("fields", log), ("import", log, "-o", tmp_path / "dataset")]
    for arguments in reading:
        done = run(*arguments)
        assert done.returncode == 3
        assert "native reader" in done.stderr
        assert "install flowlocal again" in done.stderr
        assert len(done.stderr.splitlines()) == 1
    assert run("--help").returncode == run("check", "-q", "limit 1").returncode == 0


def _put(made: str, path: Path) -> None:
    """Put something else in the place of the library."""
    if made == "text":
        path.write_text("not a library")
    elif made != "missing":
        if COMPILER is None:
            pytest.skip("needs a C compiler")
        source = path.with_suffix(".c")
        source.write_text("int fl_version(void) { return -1; }" if made == "other version" else "int other;")
        subprocess.run([COMPILER, "-shared", "-fPIC", "-o", str(path), str(source)], check=True, timeout=60)
