"""Layouts: header lines, format strings, records that are recognised; names of fields."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

import flowlocal
from flowlocal.events import UnreadableInput
from flowlocal.sources.records import catalog
from flowlocal.sources.records import layout as layouts
from flowlocal.values.kinds import FieldKind
from tests.sources.conftest import ACCEPTED, HEADER, NO_DATA, REJECTED, read

GATEWAY = (
    "6 TransitGateway 123456789012 tgw-1 tgw-attach-1 123456789012 123456789013 vpc-1 vpc-2 subnet-1 subnet-2 eni-1"
    " eni-2 use1-az1 use1-az2 tgw-attach-2 10.0.0.1 10.1.0.1 443 50000 6 10 1000 1700000000 1700000060 OK IPv4"
    " 0 0 0 0 19 us-east-1 ingress - -"
)
VALUES = {"version": "11", "log-status": "OK", "type": "IPv4", "action": "ACCEPT"}
FORMATS = {
    "${version} ${account-id}": ("version", "account-id"),
    "$${version} $${account-id}": ("version", "account-id"),
    r"$\{version} $\{account-id}": ("version", "account-id"),
    "version account_id": ("version", "account-id"),
    "version,account-id": ("version", "account-id"),
    "'${version} ${account-id}'": ("version", "account-id"),
    '"version account-id" ': ("version", "account-id"),
    "${version} ${a-field-of-tomorrow} ${instance-tag-3}": ("version", "a-field-of-tomorrow", "instance-tag-3"),
}
NAMES = {
    "srcaddr": "srcAddr",
    "dstport": "dstPort",
    "start": "startTime",
    "end": "endTime",
    "tcp-flags": "tcpFlags",
    "pkt-srcaddr": "pktSrcAddr",
    "instance-tag-2": "instanceTag2",
    "next-hop-az-id": "nextHopAzId",
    "packets-lost-no-route": "packetsLostNoRoute",
    "ecs-second-container-id": "ecsSecondContainerId",
}


def _record(names: tuple[str, ...], version: int) -> str:
    def value(name: str) -> str:
        if name == "version":
            return str(version)
        return VALUES.get(name, "7" if name in catalog.INTEGERS else "10.0.0.1" if name in catalog.ADDRESSES else "x")

    return " ".join(map(value, names))


@pytest.mark.parametrize("text", FORMATS)
def test_format_strings(text: str) -> None:
    """A format string is read in every spelling in which it is found."""
    assert layouts.from_format(text).names == FORMATS[text]


@pytest.mark.parametrize("text", ["", "${srcaddr} %", "${src addr}"])
def test_no_format_strings(text: str, write: Callable[..., Path]) -> None:
    """An invalid format string is refused with a sentence."""
    with pytest.raises(UnreadableInput, match="log format"):
        read(write("x.log", "a b\n"), log_format=text)


@pytest.mark.parametrize(("field", "name"), NAMES.items())
def test_names(field: str, name: str) -> None:
    """Fields are called as the service calls them."""
    assert catalog.insights_name(field) == name


def test_every_field_has_a_name_of_its_own() -> None:
    """Seventy-two fields, as many names."""
    assert len(catalog.KNOWN) == 72
    assert len({catalog.insights_name(field) for field in catalog.KNOWN}) == 72


@pytest.mark.parametrize("version", catalog.ALL_UP_TO)
def test_versions_are_recognised(version: int, write: Callable[..., Path]) -> None:
    """Records of "all fields up to a version" need no header."""
    names = catalog.ALL_UP_TO[version]
    found = read(write("x.log", [_record(names, version)] * 2))
    assert [field for field in found.events.fields if not field.startswith("@")] == list(
        map(catalog.insights_name, names)
    )
    assert found.column("trafficPath" if version >= 5 else "dstPort") == [7, 7]


def test_custom_header(write: Callable[..., Path]) -> None:
    """A header in any order names the fields; the log's spelling is a second name."""
    found = read(write("x.log", ["tcp-flags dstport new-field srcaddr action start", "18 443 q 10.0.0.1 ACCEPT 5"]))
    assert found.column("tcpFlags") == [18]
    assert found.column("newField") == ["q"]
    assert found.events.aliases["tcp-flags"] == "tcpFlags"
    assert found.events.aliases["start"] == "startTime"
    assert found.events.fields["tcpFlags"].kind is FieldKind.INTEGER


def test_last_integer_missing(write: Callable[..., Path]) -> None:
    """A dash in the last field is a record, a line that ends before it is none."""
    found = read(write("x.log", ["dstport srcaddr action start bytes", "443 a ACCEPT 5 -", "443 a ACCEPT 5"]))
    assert found.column("_record") == [True, False]
    assert found.column("bytes") == [None, None]


def test_format_given(write: Callable[..., Path]) -> None:
    """Records without a header are read in the format given."""
    found = read(write("x.log", ["443 - 1700000000"]), log_format="${dstport} ${tcp-flags} ${start}")
    assert (found.column("dstPort"), found.column("tcpFlags")) == ([443], [None])
    assert str(found.column("@timestamp")[0]) == "2023-11-14 22:13:20"
    assert found.column("@logStream") == [None]
    assert found.column("@log") == ["flowlocal"]


def test_format_given_behind_a_time(write: Callable[..., Path]) -> None:
    """The given format also applies after an export's time."""
    found = read(write("x.log", ["2023-11-14T22:13:20.500Z 443 x ACCEPT"]), log_format="dstport subnet-id action")
    assert found.column("dstPort") == [443]
    assert found.column("@message") == ["443 x ACCEPT"]
    assert str(found.column("@timestamp")[0]) == "2023-11-14 22:13:20.500000"


UNKNOWN = ["eni-1 10.0.0.1 443 ACCEPT", "eni-1 10.0.0.2 443 REJECT"]


def _logs(write: Callable[..., Path]) -> dict[str, Path]:
    """Return records of an unknown layout as bare lines, lines of an export, events, and in a folder."""
    events = [{"timestamp": 1_700_000_000_000, "message": line, "logStreamName": "s"} for line in UNKNOWN]
    return {
        "lines": write("x.log", UNKNOWN),
        "export": write("y.log", [f"2023-11-14T22:13:20.000Z {line}" for line in UNKNOWN]),
        "events": write("z.json", [json.dumps({"events": events})]),
        "folder": write("folder/x.log", UNKNOWN).parent,
    }


@pytest.mark.parametrize("kind", ["lines", "export", "events", "folder"])
def test_unknown_layout(kind: str, write: Callable[..., Path]) -> None:
    """Records of an unknown layout are events, which `parse` can take apart under any names."""
    path = _logs(write)[kind]
    pieces = (
        'parse @message "* * * *" as interface, srcaddr, dstPort, action | filter action = "REJECT" | display dstPort'
    )
    assert flowlocal.query(pieces, path).rows == [{"dstPort": "443"}]
    result = flowlocal.query("display @message | sort @message", path)
    assert [row["@message"] for row in result.rows] == UNKNOWN
    assert "--log-format" in "".join(result.report.warnings)


NAMING = [
    "fields dstPort",
    "stats sum(bytes) by @logStream",
    "filter srcaddr = 'x'",
    "sort `tcp-flags`",
    "dedup action",
    "parse '* *' as a, b | stats count(*) by a | filter action = 'x'",
    "filter @message in (SOURCE logGroups() | fields action)",
    "join left=a right=b where a.@message = b.@message (SOURCE logGroups()) | fields b.action",
]


@pytest.mark.parametrize("query", NAMING)
@pytest.mark.parametrize("kind", ["lines", "export", "events", "folder"])
def test_unknown_layout_and_its_fields(kind: str, query: str, write: Callable[..., Path]) -> None:
    """A query that names a field which only the layout has is refused, with the option to give."""
    with pytest.raises(UnreadableInput, match="unknown layout") as error:
        flowlocal.query(query, _logs(write)[kind])
    assert "--log-format" in error.value.hint


@pytest.mark.parametrize("kind", ["lines", "export", "events", "folder"])
def test_unknown_layout_given(kind: str, write: Callable[..., Path]) -> None:
    """With the layout given, the fields are there."""
    found = flowlocal.query(
        "fields dstPort | filter action = 'REJECT'",
        _logs(write)[kind],
        log_format="${interface-id} ${srcaddr} ${dstport} ${action}",
    )
    assert found.rows == [{"dstPort": "443"}]


def test_unknown_layout_beside_a_known_one(write: Callable[..., Path]) -> None:
    """A field that other files have is refused, too, for it would be missing here without a word."""
    paths = [write("x.log", UNKNOWN), write("y.log", [HEADER, ACCEPTED])]
    with pytest.raises(UnreadableInput, match="unknown layout"):
        flowlocal.query("stats count(*) by action", *paths)
    assert flowlocal.query("stats count(*) as n", *paths).rows == [{"n": "3"}]


MISSPELT = {
    "version accountId interfaceId srcaddr dstaddr srcport dstport protocol": ("accountId", "account-id"),
    "version account-id interface-id srcadr dstaddr srcport dstport protocol": ("srcadr", "srcaddr"),
    "version accountid srcaddr dstaddr srcport dstport protocol": ("accountid", "account-id"),
    "version srcaddr dstaddr srcport dstprot protocol bytes logStatus": ("dstprot", "dstport"),
}


@pytest.mark.parametrize("header", MISSPELT)
def test_misspelt_header(header: str, write: Callable[..., Path]) -> None:
    """A header with a name that is nearly one of a field is refused with that name, not half taken."""
    path = write("x.log", [header, "2 123456789010 10.0.0.1 10.0.0.2 1 2 6 7"])
    with pytest.raises(UnreadableInput, match=MISSPELT[header][0]) as error:
        read(path)
    assert f"did you mean `{MISSPELT[header][1]}`" in error.value.hint
    with pytest.raises(ValueError, match=MISSPELT[header][0]):
        layouts.from_format(header)
    given = read(path, log_format="version account-id srcaddr dstaddr srcport dstport protocol bytes")
    assert given.column("dstPort") == [None, 2]


def test_header_with_new_names(write: Callable[..., Path]) -> None:
    """A name that is unlike all others is one of a newer version."""
    found = read(write("x.log", [f"{HEADER} next-hop-tgw-id instance-tag-3 mood", f"{ACCEPTED} a b c"]))
    assert found.column("nextHopTgwId") == ["a"]
    assert found.column("instanceTag3") == ["b"]


def test_transit_gateway(write: Callable[..., Path]) -> None:
    """Transit Gateway records have their own fields and no stream."""
    found = read(write("x.log", [GATEWAY]))
    assert found.column("tgwPairAttachmentId") == ["tgw-attach-2"]
    assert found.column("packetsLostTtlExpired") == [0]
    assert found.column("@logStream") == [None]
    assert found.column("@log") == ["123456789012:flowlocal"]


def test_mixed_records(write: Callable[..., Path]) -> None:
    """VPC and Transit Gateway records in one file are read in their layouts; what the others lack is missing."""
    found = read(write("x.log", [ACCEPTED, GATEWAY, NO_DATA, "odd", GATEWAY]))
    assert found.column("dstPort") == [22, 50000, None, None, 50000]
    assert found.column("tcpFlags") == [None, "19", None, None, "19"]
    assert found.column("_record") == [True, True, True, False, True]
    assert found.events.fields["tcpFlags"].kind is FieldKind.TEXT
    assert found.column("action") == ["ACCEPT", None, "-", None, None]


def test_mixed_files(write: Callable[..., Path]) -> None:
    """Files of different layouts: an integer that not every record has is text, so that it can be missing."""
    one = write("1.log", [HEADER, ACCEPTED])
    two = write("2.log", ["version tcp-flags start dstport account-id", "3 - 1700000000 80 1"])
    found = read(one, two)
    assert found.column("dstPort") == [22, 80]
    assert found.column("tcpFlags") == [None, "-"]
    assert found.column("bytes") == ["4249", None]


def test_another_header_later(write: Callable[..., Path]) -> None:
    """A header of another layout further down holds for the lines that fit it."""
    found = read(write("x.log", [HEADER, ACCEPTED, "dstport srcaddr action start", "80 a ACCEPT 5"]))
    assert found.column("dstPort") == [22, 80]
    assert found.report.odd_count == 0


def test_another_header_far_down(write: Callable[..., Path]) -> None:
    """A late header causes a warning; one that would make lines be read wrongly stops the run."""
    many = [HEADER, *[REJECTED] * 2000]
    found = read(write("x.log", [*many, "dstport srcaddr action start", "80 a ACCEPT 5"]))
    assert found.report.odd_count == 1
    assert "another layout begins in line 2002" in found.report.warnings[0]
    backwards = " ".join(reversed(HEADER.split()))
    with pytest.raises(UnreadableInput, match="another layout begins in line 2002"):
        read(write("y.log", [*many, backwards, ACCEPTED]))


@pytest.mark.parametrize("name", ["x.log", "x.log.gz"])
def test_another_header_in_a_later_block(
    name: str, write: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its line is counted from the beginning of the file, not of the block, and is reported once for each layout."""
    monkeypatch.setattr("flowlocal.sources.reading.lines.SMALL", 0)
    monkeypatch.setattr("flowlocal.sources.reading.lines.BLOCK_BYTES", 1000)
    many = [HEADER, *[REJECTED] * 2000]
    custom = ["dstport srcaddr action start", "80 10.0.0.1 ACCEPT 5"]
    found = read(write(name, [*many, *custom, *many, *custom, "odd"]))
    assert [line.line for line in found.report.odd_lines] == [2003, 4006, 4007]
    assert [warning.partition(": ")[2] for warning in found.report.warnings] == [
        "another layout begins in line 2002; split the file there to read what follows"
    ]
    backwards = " ".join(reversed(HEADER.split()))
    with pytest.raises(UnreadableInput, match="another layout begins in line 2002") as error:
        read(write(f"y{name}", [*many, backwards, ACCEPTED]))
    assert error.value.line == 2002


@pytest.mark.parametrize("name", ["end", "action", "version"])
def test_a_name_alone(name: str, write: Callable[..., Path]) -> None:
    """A line of one field's name alone is not a header but an unparsed line; a warning names one of several."""
    found = read(write("x.log", [HEADER, ACCEPTED, name, REJECTED, "start end", ACCEPTED]))
    assert found.column("@message") == [ACCEPTED, name, REJECTED, ACCEPTED]
    assert [(line.line, line.reason) for line in found.report.odd_lines] == [(3, "1 value, expected 14")]
    assert "another layout begins in line 5" in found.report.warnings[0]


def test_milliseconds(write: Callable[..., Path]) -> None:
    """Start times in milliseconds are times, too."""
    found = read(write("x.log", [ACCEPTED.replace("1418530010", "1418530010123")]))
    assert str(found.column("@timestamp")[0]) == "2014-12-14 04:06:50.123000"
    assert found.column("startTime") == [1418530010123]
