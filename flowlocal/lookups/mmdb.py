"""MaxMind DB files (``.mmdb``) as tables that are searched by address."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from functools import cached_property
from typing import TYPE_CHECKING, Any

import polars as pl
from msgspec import Struct

from flowlocal.events import UnreadableInput
from flowlocal.extras import needed_for
from flowlocal.lookups.documents import texts

if TYPE_CHECKING:
    from maxminddb import Reader

MARKER = b"\xab\xcd\xefMaxMind.com"
"""The bytes before the description of a database, which is at its end."""
MARKER_WITHIN = 128 * 1024
"""Bytes at the end of a file that can contain the description (specification of the format)."""

_COUNTRY = {
    "country": "country.iso_code|registered_country.iso_code|country",
    "country_name": "country.names.en|registered_country.names.en|country_name",
    "continent": "continent.code|continent",
}
_CITY = {
    **_COUNTRY,
    "city": "city.names.en|city",
    "region": "subdivisions[].names.en|region",
    "latitude": "location.latitude|latitude",
    "longitude": "location.longitude|longitude",
    "time_zone": "location.time_zone|timezone",
}
_ASN = {
    "asn": "autonomous_system_number|asn",
    "organization": "autonomous_system_organization|as_name|name",
}
KINDS: Mapping[str, Mapping[str, str]] = {"asn": _ASN, "city": _CITY, "country": _COUNTRY}
"""The tables by a word of the database's type, with their columns and the paths in its records."""


class AddressDatabase(Struct, frozen=True, dict=True):
    """A database that is searched for each address; it is opened when it is first searched.

    Attributes:
        path: its file.
        kind: a key of ``KINDS``; empty if its type is another: it then has the columns of all kinds.
    """

    path: str
    kind: str

    @classmethod
    def of(cls, path: str) -> AddressDatabase:
        """Return the database in a file.

        Raises:
            UnreadableInput: it is damaged, or the package that reads it is missing.
        """
        kind = _open(path).metadata().database_type.lower()
        return cls(path, next((word for word in KINDS if word in kind), ""))

    @property
    def columns(self) -> list[str]:
        """The columns that can be asked for."""
        return list(self._paths)

    @property
    def _paths(self) -> Mapping[str, str]:
        return KINDS[self.kind] if self.kind else {**_ASN, **_CITY}

    def cells(self, addresses: pl.Series, column: str) -> pl.Series:
        """Return a column's cell for each address; null for one that is not in the database, and for other text.

        Raises:
            UnreadableInput: the database is damaged.
        """
        path = self._paths[column]
        return pl.Series([self._cell(text, path) for text in addresses], dtype=pl.String)

    def _cell(self, text: str | None, path: str) -> str | None:
        record: Any = None
        with suppress(ValueError):  # text that is not an address, or an IPv6 address in a database of IPv4
            record = self._get(text) if text and "%" not in text else None
        return next(iter(texts(record, path)), None)

    def _get(self, text: str) -> object:
        from maxminddb import InvalidDatabaseError  # noqa: PLC0415 - an extra

        try:
            return self._reader.get(text)
        except (InvalidDatabaseError, OverflowError, MemoryError, UnicodeDecodeError, RecursionError) as error:
            raise _damaged(self.path, error) from None

    @cached_property
    def _reader(self) -> Reader:
        return _open(self.path)


def _open(path: str) -> Reader:
    with needed_for("a MaxMind database", "names", lambda lack, advice: UnreadableInput(lack, path, hint=advice)):
        import maxminddb  # noqa: PLC0415 - an extra
    try:
        return maxminddb.open_database(path)
    except OSError as error:
        raise UnreadableInput(f"the lookup table cannot be read: {error.strerror or error}", path) from error
    except Exception as error:  # noqa: BLE001 - a damaged description raises whatever its bytes lead to
        raise _damaged(path, error) from None


def _damaged(path: str, error: Exception) -> UnreadableInput:
    reason = str(error).partition("\n")[0] or type(error).__name__
    return UnreadableInput(f"the lookup table is a damaged MaxMind database: {reason}", path)
