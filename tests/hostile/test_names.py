"""Folders of names as they come: damaged, huge, odd and wrong files are one sentence each, and never a defect."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import pytest

from tests.hostile.command import RECORD, here

QUERY = "lookup names address as srcAddr OUTPUT name | fields srcAddr, name"
DEEP = b'{"Subnets": ' + b"[" * 200_000
FILES = {
    "deep.json": DEEP,
    "numbers.json": b'{"Subnets": [{"SubnetId": 5, "CidrBlock": 7, "VpcId": true}]}',
    "nulls.json": b'{"Subnets": [{"SubnetId": "subnet-1", "Ipv6CidrBlockAssociationSet": [null], "Tags": null}]}',
    "digits.json": b'{"Subnets": [' + b"9" * 10_000 + b"]}",
    "surrogate.json": b'{"Subnets": [{"SubnetId": "\\ud800"}]}',
    "bytes.bin": bytes(range(256)) * 50,
    "nul.csv": b"a,b\n\x00,\x00\n",
    "quotes.csv": b'a,b\n"x,1\n',
    "marker.mmdb": b"\xab\xcd\xefMaxMind.com" + b"\xff" * 200,
    "only-marker.mmdb": b"\xab\xcd\xefMaxMind.com",
    "bomb.json.gz": gzip.compress(b" " * 50_000_000),
    "cut.json.gz": gzip.compress(DEEP)[:50],
    "ranges.json": b'{"prefixes": [{"ip_prefix": "not a block", "service": "S3", "region": "x"}]}',
    "bad-cidr.json": b'{"Subnets": [{"SubnetId": "subnet-1", "VpcId": "vpc-1", "CidrBlock": "10.0.0.1/99"}]}',
    "resolver.json": b'{"query_name": 5, "answers": {"a": 1}}',
    "resolver2.json": b'{"query_name": "x.", "answers": [{"Type": "A"}, 5]}',
    "escape.json": b'{"\\u001b[31mred": 1}',
}


@pytest.mark.parametrize("name", FILES)
def test_one_file(tmp_path: Path, name: str) -> None:
    """The query is answered, or refused as unreadable; what was not taken is said in one line without control codes."""
    (tmp_path / "names").mkdir()
    (tmp_path / "names" / name).write_bytes(FILES[name])
    (tmp_path / "flow.log").write_text(RECORD)
    run = here("query", "--names", tmp_path / "names", "--with-names", QUERY, tmp_path / "flow.log")
    assert run.code in {0, 3}, run.err
    assert '"srcAddr"' in run.out, run.err
    assert "\x1b" not in run.err
    assert run.err.count("not taken as names") <= 1


def test_all_of_them(tmp_path: Path) -> None:
    """Good files are taken whatever lies beside them."""
    folder = tmp_path / "names"
    folder.mkdir()
    for name, data in FILES.items():
        (folder / name).write_bytes(data)
    (folder / "good.json").write_text(
        '{"NetworkInterfaces": [{"NetworkInterfaceId": "eni-1", "PrivateIpAddress": "10.0.0.1",'
        ' "TagSet": [{"Key": "Name", "Value": "web"}]}]}'
    )
    os.symlink(folder, folder / "loop")
    (tmp_path / "flow.log").write_text(RECORD)
    run = here("query", "--names", folder, "--with-names", "fields srcAddr", tmp_path / "flow.log")
    assert run.code == 3, run.err
    assert '"srcAddr.name": "web"' in run.out


@pytest.mark.parametrize("path", ["none", "/dev/zero", "/dev/null"])
def test_no_folder(tmp_path: Path, path: str) -> None:
    """A path that is nothing to take names from ends with a sentence."""
    (tmp_path / "flow.log").write_text(RECORD)
    run = here("query", "--names", path, "limit 1", "flow.log", folder=tmp_path)
    assert run.code in {0, 3}
    assert "name" in run.err
