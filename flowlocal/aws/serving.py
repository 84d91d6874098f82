"""The endpoint in a thread of this process, and the variables that lead clients to it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flowlocal.aws.lookup_tables import Files

_CREDENTIALS = ("AWS_ACCESS_KEY_ID", "AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_WEB_IDENTITY_TOKEN_FILE")
_CONFIGURATION = {"AWS_SHARED_CREDENTIALS_FILE": ".aws/credentials", "AWS_CONFIG_FILE": ".aws/config"}
"""Variables and files that give clients credentials and a region; if there are none, made-up ones are set."""


_PLAIN_HOST = {"AWS_DISABLE_HOST_PREFIX_INJECTION": "true"}
"""For StartLiveTail: clients would look up ``stream-127.0.0.1``. Other services' real endpoints may need the prefix, so
it is set only beside made-up credentials."""


def variables(url: str) -> dict[str, str]:
    """Return the variables that lead clients to an endpoint, and what clients insist on besides."""
    found = {"AWS_ENDPOINT_URL_CLOUDWATCH_LOGS": url}
    files = [os.environ.get(name) or Path("~").expanduser() / path for name, path in _CONFIGURATION.items()]
    if any(map(os.environ.get, _CREDENTIALS)) or any(map(os.path.exists, files)):
        return found
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or "us-east-1"
    made_up = {"AWS_ACCESS_KEY_ID": "none", "AWS_SECRET_ACCESS_KEY": "none"}
    return {**found, **made_up, "AWS_REGION": region, "AWS_DEFAULT_REGION": region, **_PLAIN_HOST}


@contextmanager
def serving(groups: Mapping[str, Sequence[str]], *, tables: Files | None = None) -> Iterator[str]:
    """Answer the CloudWatch Logs API in a thread of this process; yield the address.

    Args:
        groups: paths by the name of their log group.
        tables: files of lookup tables by name.

    Raises:
        UnreadableInput: a path cannot be read.
    """
    from flowlocal.aws.endpoint import Endpoint  # noqa: PLC0415 - loads Polars
    from flowlocal.aws.local_groups import FileGroup  # noqa: PLC0415
    from flowlocal.aws.local_store import LocalAccount  # noqa: PLC0415

    files = [FileGroup(name, paths) for name, paths in groups.items()]
    for group in files:
        group.events()
    endpoint = Endpoint("127.0.0.1", 0, LocalAccount(files, tables=tables))
    thread = Thread(target=endpoint.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield endpoint.url
    finally:
        endpoint.shutdown()
        endpoint.server_close()
        thread.join()
