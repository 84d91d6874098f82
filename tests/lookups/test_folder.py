"""Folders with names: what is taken, and what is said about the rest."""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path

import polars as pl
import pytest
from mmdb_writer import MMDBWriter
from netaddr import IPSet  # type: ignore[import-untyped]

import flowlocal
from flowlocal.events import UnreadableInput
from flowlocal.lookups.folder import Names
from flowlocal.lookups.hosts import COLUMNS
from flowlocal.lookups.mmdb import AddressDatabase

ESTATE = Path(__file__).parents[2] / "sample_logs" / "estate" / "names"
SUBNETS = {"Subnets": [{"SubnetId": "subnet-1", "CidrBlock": "10.0.0.0/24", "VpcId": "vpc-1"}]}
OTHERS = {"Subnets": [{"SubnetId": "subnet-2", "CidrBlock": "10.1.0.0/24", "Tags": [{"Key": "a", "Value": "b"}]}]}


def database(path: Path, kind: str, records: dict[str, dict[str, object]]) -> None:
    """Write a MaxMind database."""
    writer = MMDBWriter(ip_version=6, ipv4_compatible=True, database_type=kind, languages=["en"], description=kind)
    for block, record in records.items():
        writer.insert_network(IPSet([block]), record)
    writer.to_db_file(str(path))


def frame(names: Names, name: str) -> pl.DataFrame:
    """Return a table of rows."""
    table = names.tables[name]
    assert isinstance(table, pl.DataFrame)
    return table


FILES: dict[str, tuple[bytes, str]] = {
    "subnets by another name.txt": (json.dumps(SUBNETS).encode(), ""),
    "more/subnets.json.gz": (gzip.compress(json.dumps(OTHERS).encode()), ""),
    "windows.json": (json.dumps(SUBNETS).encode("utf-16"), ""),
    "hosts.csv": (b"address,owner\n10.0.0.1,ann\n", ""),
    "notes.md": (b"# Notes\n", "at least two columns"),
    "photo.png": (b"\x89PNG\r\n\x1a\n\xff\xff", "not UTF-8"),
    "volumes.json": (b'{"Volumes": []}', "'Volumes'"),
    "cut.json": (b'{"Vpcs": [{"VpcId": "vpc-1"', "cut off"),
    "damaged.gz": (gzip.compress(b"x" * 1000)[:-9], "damaged gzip"),
    "damaged.mmdb": (b"junk\xab\xcd\xefMaxMind.com\xe1Gjunk", "damaged MaxMind database"),
    "subnets.csv": (b"a,b\n1,2\n", "has other columns"),
    "empty.json": (b"", "not a valid CSV"),
}
DAMAGED = {"cut.json", "damaged.gz", "damaged.mmdb"}


@pytest.mark.parametrize("name", FILES)
def test_files(tmp_path: Path, name: str) -> None:
    """A file is taken by its content, or refused with one sentence that has its path."""
    data, reason = FILES[name]
    (tmp_path / "more").mkdir()
    (tmp_path / name).write_bytes(data)
    if name == "subnets.csv":
        (tmp_path / "a.json").write_text(json.dumps(SUBNETS))
    names = Names.of(tmp_path)
    refused = [str(each) for each in names.refused]
    assert len(refused) == bool(reason)
    assert all(each.startswith(f"{tmp_path / name}: not taken as names: ") and reason in each for each in refused)
    assert all("\n" not in each for each in refused)
    assert names.damaged == (name in DAMAGED)


def test_a_table_of_several_files(tmp_path: Path) -> None:
    """Files of several accounts are one table, each row once, with the tags of all."""
    for number, each in enumerate([SUBNETS, OTHERS, SUBNETS]):
        (tmp_path / f"{number}.json").write_text(json.dumps(each))
    names = Names.of(tmp_path)
    table = frame(names, "subnets")
    assert table.select("subnet_id", "tag.a").rows() == [("subnet-1", None), ("subnet-2", "b")]
    assert names.summary == "names: subnets (2 rows of 3 files)"


def test_links_and_pipes(tmp_path: Path) -> None:
    """Nothing is read outside of the folder, and nothing that waits for a writer."""
    folder = tmp_path / "names"
    folder.mkdir()
    (tmp_path / "subnets.json").write_text(json.dumps(SUBNETS))
    (folder / "link.json").symlink_to(tmp_path / "subnets.json")
    os.mkfifo(folder / "pipe.json")
    refused = {Path(each.path).name: each.reason for each in Names.of(folder).refused}
    assert "outside of the folders that were named" in refused["link.json"]
    assert "not a regular file" in refused["pipe.json"]


def test_no_folder(tmp_path: Path) -> None:
    """A folder that does not exist is an error."""
    with pytest.raises(UnreadableInput, match="no such file or folder"):
        Names.of(tmp_path / "none")


def test_databases(tmp_path: Path) -> None:
    """Databases are tables by the kind that they say they are."""
    record = {"country": {"iso_code": "DE", "names": {"en": "Germany"}}, "continent": {"code": "EU"}}
    database(tmp_path / "a.mmdb", "GeoLite2-Country", {"8.8.8.0/24": record, "2d00::/16": record})
    database(tmp_path / "b.bin", "GeoLite2-ASN", {"8.8.0.0/16": {"autonomous_system_number": 64512}})
    tables = {name: each for name, each in Names.of(tmp_path).tables.items() if isinstance(each, AddressDatabase)}
    addresses = pl.Series(["8.8.8.8", "2d00::1", "1.1.1.1", "-", None, "fe80::1%x"])
    country, asn = tables["country"], tables["asn"]
    assert country.cells(addresses, "country").to_list() == ["DE", "DE", None, None, None, None]
    assert asn.cells(addresses, "asn").to_list() == ["64512", None, None, None, None, None]


def test_databases_in_queries(tmp_path: Path) -> None:
    """`cidrlookup` searches a database; `lookup` says so."""
    database(tmp_path / "a.mmdb", "GeoLite2-Country", {"26.0.0.0/8": {"country": {"iso_code": "DE"}}})
    tables = Names.of(tmp_path).tables
    logs = flowlocal.scan(ESTATE.parent / "logs")
    count = "stats count(*) as n by country | sort country"
    rows = logs.query(f"cidrlookup country srcAddr OUTPUT country | {count}", tables=tables).rows
    expected = logs.query("filter srcAddr like /^26\\./ | stats count(*) as n").rows[0]["n"]
    assert [row for row in rows if "country" in row] == [{"country": "DE", "n": expected}]
    with pytest.raises(flowlocal.MalformedQuery, match="country is searched by address") as caught:
        logs.query(f"lookup country srcAddr OUTPUT country | {count}", tables=tables)
    assert caught.value.hint == "write `cidrlookup country FIELD OUTPUT …`"


def test_names_of_the_estate() -> None:
    """The table of names has a row for each address in each VPC, with what the other tables know."""
    table = frame(Names.of(ESTATE), "names")
    assert table.columns == list(COLUMNS)
    rows = {(row["address"], row["name"]): row for row in table.rows(named=True)}
    assert {("10.10.16.11", "web-1"), ("10.10.16.11", "lab-box"), ("28.10.1.20", "nat-a")} <= set(rows)
    assert rows["10.10.16.100", "ecr"]["service"] == "com.amazonaws.eu-central-1.ecr.api"
    assert rows["10.10.16.11", "web-1"]["zone"] == "euc1-az2"
    assert rows["10.10.16.11", "web-1"]["subnet"] == "app-a"
    assert ("29.50.7.7", "api.payments.example") in rows


ENTRIES = '{"Entries": [{"Cidr": "10.9.0.0/16", "Description": "office"}, {"Cidr": "2001:db8::/32"}]}'
SERVICE = '{"PrefixListId": "pl-2", "PrefixListName": "s3", "Cidrs": ["3.5.0.0/19"]}'
LISTS = f'{{"PrefixLists": [{SERVICE}, {{"PrefixListId": "pl-1"}}]}}'


def test_prefix_lists(tmp_path: Path) -> None:
    """Entries belong to the list that their file is named after; without a name they are refused with the reason."""
    (tmp_path / "eu pl-1 entries.json").write_text(ENTRIES)
    (tmp_path / "entries.json").write_text(ENTRIES)
    (tmp_path / "lists.json").write_text(LISTS)
    names = Names.of(tmp_path)
    lists = names.tables["prefix_lists"]
    assert isinstance(lists, pl.DataFrame)
    rows = lists.select("prefix_list_id", "cidr", "name").rows()
    found = [("pl-1", "10.9.0.0/16", None), ("pl-1", "2001:db8::/32", None)]
    assert set(rows) == {*found, ("pl-2", "3.5.0.0/19", "s3"), ("pl-1", None, None)}
    (refused,) = names.refused
    assert refused.reason.startswith("entries of a prefix list without its id: name the file after the list")
    assert not names.damaged
