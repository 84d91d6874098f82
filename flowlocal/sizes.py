"""Sizes as people write them."""

from __future__ import annotations

import re

QUERY_MEMORY = "600MB"
"""What a query may hold in memory, unless said: the whole process then stays below a gigabyte (measured)."""
SPOOL = "10GB"
"""How much of a stream, such as standard input, is kept on the disk by default."""
SPOOL_VARIABLE = "FLOWLOCAL_SPOOL"
"""The variable that says otherwise; ``--spool`` sets it, so that processes started for queries see it, too."""
MOST_ROWS = 2**31 - 1
"""The largest number of rows that an option takes."""
_SIZE = re.compile(r"(\d{1,6})\s?(MB|GB)", re.IGNORECASE)
_MEGABYTES = {"MB": 1, "GB": 1000}


def megabytes(text: str) -> int:
    """The megabytes (of a million bytes) in a text such as ``600MB`` or ``4GB``.

    Raises:
        ValueError: it is no such size, or none at all; says what to write.
    """
    written = _SIZE.fullmatch(text.strip())
    if written is None or not int(written[1]):
        raise ValueError(f"{text!r} is no size; write 600MB or 4GB")
    return int(written[1]) * _MEGABYTES[written[2].upper()]
