"""The root command, which finds its subcommands by the presence of their modules."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import click

from flowlocal.cli import _mistakes
from flowlocal.cli._defaults import Defaults


@cache
def _modules() -> dict[str, str]:
    """Return module names by subcommand names: ``import_`` is ``import``, ``moto_server`` is ``moto-server``."""
    found = (module.name for module in iter_modules([str(Path(__file__).parent)]) if not module.name.startswith("_"))
    return {name.rstrip("_").replace("_", "-"): name for name in found}


class Subcommands(click.Group):
    """A group whose subcommands are the modules of this package."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the subcommands."""
        return sorted(_modules())

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the subcommand of that name, imported now."""
        module = _modules().get(cmd_name)
        if module is None:
            return None
        command = import_module(f"{__package__}.{module}").command
        assert isinstance(command, click.Command)  # noqa: S101 - the contract of this package's modules
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the subcommand and its arguments; a query in its place is one for ``query``."""
        if args[0] not in _modules():
            if not _mistakes.is_query(args[0]):
                raise click.UsageError(_mistakes.unknown_command(args, _modules()), ctx)
            args = ["query", *args]
        return super().resolve_command(ctx, args)


@click.command(
    cls=Subcommands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100, "default_map": Defaults()},
    epilog="Start with:  flowlocal query 'stats count(*) by dstPort, action' PATH",
)
@click.version_option(package_name="flowlocal", message="%(prog)s %(version)s")
def flowlocal() -> None:
    """CloudWatch Logs Insights over VPC flow logs, offline."""
