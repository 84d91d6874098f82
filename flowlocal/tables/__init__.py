"""Lookup tables that come with flowlocal: names for the numbers of flow logs.

| table | matched by | gives |
|---|---|---|
| ``protocols`` | ``protocol`` | ``name``, ``description`` (IANA protocol numbers) |
| ``ports`` | ``port``, ``protocol`` | ``protocol_name``, ``service`` (well-known and much-used ports) |
| ``tcp_flags`` | ``flags`` | ``names``, ``meaning`` (the ``tcp-flags`` bit mask) |
| ``traffic_paths`` | ``path`` | ``name`` (``traffic-path``) |
| ``encryption_status`` | ``status`` | ``name`` (``encryption-status``) |
"""

from __future__ import annotations

from pathlib import Path


def shipped() -> dict[str, Path]:
    """Return the tables by name: CSV files with a header."""
    return {path.stem: path for path in sorted(Path(__file__).parent.glob("*.csv"))}
