"""The native reader as it is installed, and compiled for processors that have less, for lines and addresses."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from ctypes import CDLL
from functools import cache

import pytest

from flowlocal.native import addresses, library
from tests.native.compiling import COMPILER, VARIANTS, Objects


@pytest.fixture(scope="session")
def variants(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], CDLL]:
    """Return what compiles and loads a variant: once for all modules, as that takes longer than most of their tests."""
    objects = Objects(tmp_path_factory.mktemp("native"), ["-O1", "-fPIC"])
    return cache(lambda variant: library.loaded(objects.link(library._NAME, variant, options=["-shared"])))


@pytest.fixture(scope="module", params=["installed", *VARIANTS])
def reader(request: pytest.FixtureRequest, variants: Callable[[str], CDLL]) -> Iterator[None]:
    """Each variant of the native reader, in the place of the one that is installed."""
    if request.param == "installed":
        yield
        return
    if COMPILER is None:
        pytest.skip("needs a C compiler")
    compiled = variants(request.param)
    with pytest.MonkeyPatch.context() as patched:
        for module in (addresses, library):
            patched.setattr(module, "load", lambda: compiled)
        yield
