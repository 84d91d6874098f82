"""Clusters for tests: Sail, which speaks Spark Connect without Java, Spark itself, and Dask."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from importlib.util import find_spec

import pytest

from flowlocal.cluster.protocol import TaskRunner
from flowlocal.cluster.runners import ClusterAddress, opened
from tests.cluster.corpus import Shards


def need(*packages: str, program: str | None = None) -> None:
    """Skip a test without a package or a program; fail it if clusters are what is tested."""
    lacking = [name for name in packages if find_spec(name) is None]
    lacking += [program] if program and shutil.which(program) is None else []
    if lacking:
        reason = f"not installed: {', '.join(lacking)}"
        (pytest.fail if os.environ.get("FLOWLOCAL_CLUSTERS") else pytest.skip)(reason)


@pytest.fixture(scope="session")
def shards(tmp_path_factory: pytest.TempPathFactory) -> Shards:
    """Return the folder in which the logs of cases are written as shards."""
    return Shards(tmp_path_factory.mktemp("shards"))


@pytest.fixture(scope="module")
def sail_address() -> Iterator[str]:
    """Yield the URL of a Sail server in this process, whose tasks are threads of one process."""
    need("pysail", "pyspark")
    from pysail.spark import SparkConnectServer  # noqa: PLC0415

    server = SparkConnectServer("127.0.0.1", 0)
    server.start(background=True)
    host, port = server.listening_address
    yield f"sc://{host}:{port}"
    server.stop()


@pytest.fixture(scope="module")
def sail(sail_address: str) -> Iterator[TaskRunner]:
    """Yield a runner on Sail."""
    with opened("spark", ClusterAddress(remote=sail_address)) as runner:
        yield runner


@pytest.fixture(scope="module")
def spark() -> Iterator[TaskRunner]:
    """Yield a runner on Spark in a virtual machine of Java."""
    need("pyspark", program="java")
    with opened("spark", ClusterAddress(master="local[2,4]")) as runner:
        yield runner


@pytest.fixture(scope="module")
def dask() -> Iterator[TaskRunner]:
    """Yield a runner on Dask with two worker processes."""
    need("distributed")
    with opened("dask", ClusterAddress()) as runner:
        yield runner
