"""Moto as a server of its own, with the query engine of flowlocal: ``python -m flowlocal.aws.moto_server -p 5000``.

Takes the arguments of ``moto_server``; needs the extra ``moto``.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from flowlocal.aws.mocking import mock_insights
from flowlocal.extras import MissingExtra, needed_for


def main(arguments: Sequence[str]) -> None:
    """Run moto's server until it is stopped.

    Args:
        arguments: those of ``moto_server``.

    Raises:
        UnsupportedMoto: the installed moto is too old or too different; the message names its version.
    """
    try:
        mock_insights().start()
        with needed_for("moto's server", "moto"):
            from moto.server import main as serve  # noqa: PLC0415 - an extra
    except MissingExtra as error:
        sys.exit(f"flowlocal: {error}")
    serve(list(arguments))


if __name__ == "__main__":
    main(sys.argv[1:])
