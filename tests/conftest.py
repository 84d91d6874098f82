"""Settings that all tests share."""

from __future__ import annotations

import gc
import os
from collections.abc import Generator
from contextlib import suppress
from functools import cache

import pytest
from hypothesis import HealthCheck, settings

_calm = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
settings.register_profile("everyday", _calm, max_examples=40, derandomize=True)
settings.register_profile("thorough", _calm, max_examples=int(os.environ.get("FLOWLOCAL_EXAMPLES", "5000")))
settings.load_profile(os.environ.get("FLOWLOCAL_TESTS", "everyday"))


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Look for garbage less often, and not in what was imported and collected: that took a fifth of the time."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.collect()
        gc.freeze()
        gc.set_threshold(50_000, 20, 100)
        gc.enable()


@pytest.fixture(scope="session", autouse=True)
def _models_of_services() -> None:
    """Read the model of each AWS service once: moto ends the session that has them with each test."""
    with suppress(ImportError):
        from botocore.loaders import JSONFileLoader  # type: ignore[import-untyped]  # noqa: PLC0415 - an extra

        load = JSONFileLoader.load_file
        kept = cache(lambda path: load(JSONFileLoader(), path))
        JSONFileLoader.load_file = lambda _, path: kept(path)
