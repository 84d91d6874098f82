"""``flowlocal rules``: propose security group rules from traffic, and compare existing ones with it."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

import click

from flowlocal import outputs
from flowlocal.ansi import one_line
from flowlocal.cli import _names, _options, _viewing
from flowlocal.sizes import Unit
from flowlocal.terminal import delivery, errors, memory, notes, progress_bar, screen

if TYPE_CHECKING:
    from flowlocal.api import Logs
    from flowlocal.lookups.folder import Names
    from flowlocal.result import Result
    from flowlocal.rules.network import Network
    from flowlocal.rules.observed import Observed

_CODE = {"terraform": (".tf",), "cloudformation": (".yaml", ".yml")}
"""Formats of code, with the suffixes of their files."""
_MOST = 10
_OPTIONAL = ("seenFrom", "seenTo", "flows", "interfaces", "addresses", "last", "answered", "serverBy", "bytes")
"""Columns that a narrow terminal leaves out, the least needed first; ids, too, if everything has a name."""


@click.command(name="rules", short_help="Propose security group rules, and find unused or wide ones.")
@click.argument("paths", nargs=-1, shell_complete=_options.files, metavar="[PATH]...")
@_options.format_option(
    sorted([*outputs.names(), *_CODE]), "Output format (default: table on a terminal, jsonl otherwise)."
)
@_options.output_file
@click.option(
    "--existing",
    is_flag=True,
    help="Show existing rules instead, and whether the traffic uses each, or needs less than it allows.",
)
@click.option(
    "--by",
    type=click.Choice(["group", "interface"]),
    help="Rules of security groups or of interfaces (default: group if --names has interfaces).",
)
@click.option(
    "--blocks",
    type=click.IntRange(min=1, max=1000),
    default=_MOST,
    show_default=True,
    metavar="N",
    help="Address blocks for a port before addresses are joined to larger ones.",
)
@_options.time_range
@_options.reading
@_options.names
@_viewing.options
@memory.option
@_options.progress
@_options.no_color
def command(  # noqa: PLR0917 - click passes them by name
    paths: tuple[str, ...],
    form: str | None,
    file: str | None,
    existing: bool,
    by: str | None,
    blocks: int,
    start: datetime | None,
    end: datetime | None,
    progress: bool | None,
    no_color: bool,
    **asked: Any,  # noqa: ANN401 - the shared options, as click names them
) -> int:
    """Propose the security group rules that the accepted traffic in each PATH needs, and no others.

    Each rule has a direction, protocol, server port and peer: a security group, or a block of addresses. Rejected
    traffic does not lead to rules, and ports of clients never become rules. A rule that is not proposed may still be
    needed: the logs show only the time that they cover.

    \b
    Examples:
      flowlocal rules logs/ --names names/
      flowlocal rules logs/ --names names/ -o terraform > rules.tf
      flowlocal rules logs/ --names names/ --existing
    """  # noqa: D301 - \b is click's mark for text that keeps its lines
    from flowlocal import api  # noqa: PLC0415 - not for --help
    from flowlocal.rules.network import Network  # noqa: PLC0415 - imports Polars

    code = form if form in _CODE else None if form else _code_of(file)
    chosen = None if code else delivery.choose(form, file)
    view = _viewing.view(asked, lambda: {"bytes": Unit.BYTES})
    _options.check_range(start, end)
    if existing and code:
        raise click.UsageError("--existing shows rules, not code: choose another format")
    names = _names.load({**asked, "with_names": bool(asked["names"])}, "")
    network = Network(names.tables if names else {})
    _check(network, existing=existing, by=by)
    sources = _options.sources(paths, screen.terminal(sys.stdin))
    logs = api.scan(sources, **_options.opening(asked), start=start, end=end)
    seen = _observe(logs, network, start, end, progress)
    by_group = by == "group" or (by is None and network.addresses.height > 0)
    answer = _existing(seen, network, blocks) if existing else _proposals(seen, network, blocks, by_group)
    if chosen:
        delivery.write(answer.result, chosen, file, color=not no_color, view=answer.narrowed(view))
    else:
        delivery.deliver(lambda sink: sink.write(answer.code(str(code))), file, color=False)
    _say(answer, names)
    return max(errors.code(seen.report), _names.code(names))


def _observe(
    logs: Logs, network: Network, start: datetime | None, end: datetime | None, progress: bool | None
) -> Observed:
    from flowlocal.rules.observed import observe  # noqa: PLC0415 - imports Polars

    with progress_bar.Bar(logs.source.total_bytes, progress) as bar:
        try:
            return observe(logs, network.addresses, start=start, end=end, on_bytes=bar.advance)
        except ValueError as error:
            raise click.UsageError(str(error)) from error


def _code_of(file: str | None) -> str | None:
    """Return the format of code that a file's suffix means."""
    suffix = PurePath(file).suffix.lower() if file else ""
    return next((name for name, suffixes in _CODE.items() if suffix in suffixes), None)


def _check(network: Network, *, existing: bool, by: str | None) -> None:
    """Refuse what needs tables that are not there."""
    if by == "group" and not network.addresses.height:
        raise click.UsageError("--by group needs the groups of interfaces: --names with describe-network-interfaces")
    if existing:
        from flowlocal.rules.existing import rules_of  # noqa: PLC0415 - imports Polars

        if not rules_of(network).height or not network.addresses.height:
            raise click.UsageError(
                "--existing needs --names with describe-network-interfaces, and describe-security-group-rules or "
                "describe-security-groups"
            )


@dataclass(frozen=True)
class _Answer:
    """Rows, and what is said about them.

    Attributes:
        seen: the traffic.
        result: the rows.
        notes: sentences on the rows.
        code: returns the rows as code of a format.
    """

    seen: Observed
    result: Result
    notes: tuple[str, ...]
    code: Callable[[str], str] = field(default=str)

    def narrowed(self, view: outputs.TableView) -> outputs.TableView:
        """Return a view with the columns that a narrow terminal leaves out."""
        ids = () if self.result.typed["name"].null_count() else ("id", "group")
        return view._replace(optional=(*_OPTIONAL, *ids, "rule", "protocol"))


def _existing(seen: Observed, network: Network, blocks: int) -> _Answer:
    from flowlocal.conversations import result_of  # noqa: PLC0415 - imports Polars
    from flowlocal.rules.existing import KEY, compare  # noqa: PLC0415

    rows = compare(seen, network, most=blocks)
    states = Counter(rows["state"].to_list())
    said = ", ".join(f"{count:,} {state}" for state, count in sorted(states.items()))
    return _Answer(seen, result_of(rows, KEY, seen.matched, seen.report), (f"{rows.height:,} rules: {said}",))


def _proposals(seen: Observed, network: Network, blocks: int, by_group: bool) -> _Answer:
    from flowlocal.conversations import result_of  # noqa: PLC0415 - imports Polars
    from flowlocal.rules.cloudformation import write_cloudformation  # noqa: PLC0415
    from flowlocal.rules.proposals import KEY, propose  # noqa: PLC0415
    from flowlocal.rules.terraform import write_terraform  # noqa: PLC0415

    found = propose(seen, network, by_group=by_group, most=blocks)
    writers = {"terraform": write_terraform, "cloudformation": write_cloudformation}

    def code(name: str) -> str:
        return "".join(f"{line}\n" for line in writers[name](found, seen))

    return _Answer(seen, result_of(found.rows, KEY, seen.matched, seen.report), found.notes, code)


def _say(answer: _Answer, names: Names | None) -> None:
    """Say on standard error what the rows do not show."""
    _names.warn(names)
    for note in (*answer.notes, *answer.seen.notes):
        click.echo(f"flowlocal: {one_line(note)}", err=True)
    for note in notes.on_reading(answer.seen.report):
        click.echo(note, err=True)
    click.echo(
        f"flowlocal: the logs show {answer.seen.span}; that there was no traffic then is no proof that a rule is not "
        "needed",
        err=True,
    )
