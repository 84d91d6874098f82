"""The native reader as it is installed, and compiled for processors that have less."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from flowlocal.native import addresses, distinct, groups, library, totals
from tests.native.test_building import COMPILER, ROOT


@pytest.fixture(scope="module", params=["installed", "FL_AVX2", "FL_SSE2", "FL_SCALAR"])
def reader(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Each variant of the native reader, in the place of the one that is installed."""
    if request.param == "installed":
        yield
        return
    if COMPILER is None:
        pytest.skip("needs a C compiler")
    path = tmp_path_factory.mktemp("native") / library._NAME
    with pytest.MonkeyPatch.context() as patched:
        compiled = library.loaded(_compiled(path, request.param))
        for module in (addresses, distinct, groups, library, totals):
            patched.setattr(module, "load", lambda: compiled)
        yield


def _compiled(path: Path, define: str) -> Path:
    sources = map(str, sorted((ROOT / "native").glob("*.c")))
    command = [str(COMPILER), "-O1", "-std=c11", "-fPIC", "-shared", f"-D{define}", "-o", str(path), *sources]
    subprocess.run(command, check=True, timeout=120)
    return path
