"""Command lines with a common mistake, and what was probably meant."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import click

from flowlocal.language.suggest import nearest

_OPTIONS = {
    "--since": "--start, for example `--start -3h`",
    "--from": "--start, for example `--start -3h`",
    "--last": "--start, for example `--start -3h`",
    "--start-time": "--start",
    "--until": "--end",
    "--to": "--end",
    "--end-time": "--end",
    "--json": "-o json",
    "--jsonl": "-o jsonl",
    "--csv": "-o csv",
    "--markdown": "-o markdown",
    "--parquet": "-o parquet",
    "--out": "--output",
    "--output-format": "--format",
    "--log-group-name": "--log-group",
    "--head": "--limit",
    "--max-items": "--limit",
    "--max-results": "--limit",
    "--query-string": "the query as the first argument",
    "--query": "the query as the first argument",
    "-q": "the query as the first argument",
}
"""Options of other tools, and what to write instead."""

_LOCAL = {
    "--region": "files are read from paths, so that no region is needed",
    "--profile": "files are read from paths, so that no profile is needed",
}


def is_query(text: str) -> bool:
    """Return True if an argument in place of a subcommand can only be a query."""
    return any(character in text for character in " |(\n") and not is_path(text)


def is_path(text: str) -> bool:
    """Return True if a file or folder has this name."""
    try:
        return bool(text.strip()) and Path(text).exists()
    except (OSError, ValueError):  # too long for a name, or not valid in one
        return False


def unknown_command(arguments: Sequence[str], known: Iterable[str]) -> str:
    """Return the message for a first argument that is neither a subcommand nor a query."""
    word, *others = arguments
    if is_path(word):
        query = next(filter(is_query, others), "stats count(*)")
        return f"{word} is a path; a query comes before it: {_line(query, word)}"
    meant = nearest(word, known)
    hint = f"did you mean `flowlocal {meant}`?" if meant else "`flowlocal --help` lists the commands"
    return f"no command is called {word}; {hint}"


def check_arguments(text: str, paths: Sequence[str]) -> None:
    """Refuse a query after its paths, and a query without quotes.

    Raises:
        click.UsageError: the message has the right command line.
    """
    if is_path(text):
        query = next(filter(is_query, paths), None)
        if query is not None:
            others = [path for path in paths if path != query]
            raise click.UsageError(f"the query comes before the paths: {_line(query, text, *others)}")
    elif paths and _is_word(text) and _is_word(paths[0]) and _is_command(text):
        end = next((at for at, path in enumerate(paths) if is_path(path)), len(paths))
        words = " ".join([text, *paths[:end]])
        raise click.UsageError(f"put the query in quotes: {_line(words, *(paths[end:] or ['PATH']))}")


def _is_word(text: str) -> bool:
    """Return True if an argument can be a word of a query, but is neither a file nor like the name of one."""
    return text not in {"", "-"} and not set("/\\.*?[| (") & set(text) and not is_path(text)


def _is_command(word: str) -> bool:
    from flowlocal.planning.registry import find  # noqa: PLC0415 - not for --help

    return find(word.lower()) is not None


def _line(query: str, *paths: str) -> str:
    import shlex  # noqa: PLC0415 - only for this message

    quoted = f'"{query}"' if "'" in query and '"' not in query else shlex.quote(query)
    return " ".join(["flowlocal query", quoted, *map(shlex.quote, paths)])


def unknown_option(error: click.NoSuchOption, query_options: Iterable[str]) -> click.UsageError:
    """Return an error that says what to write instead of an option, if that is known."""
    name = error.option_name
    if error.ctx is None:
        return error
    known = {spelling for parameter in error.ctx.command.params for spelling in parameter.opts}
    if name in _LOCAL:
        return click.UsageError(f"no such option: {name}; {_LOCAL[name]}", error.ctx)
    if error.ctx.parent is None and name in query_options:
        return click.UsageError(f"{name} comes after a command: `flowlocal query QUERY [PATH]... {name}`", error.ctx)
    meant = _OPTIONS.get(name, "")
    if meant and (meant.split(",")[0].split()[0] in known or not meant.startswith("-")):
        return click.UsageError(f"no such option: {name}; write {meant}", error.ctx)
    return error


def lost_query_file(file: str, places: Sequence[str], names: Sequence[str]) -> str:
    """Return the message for a query file that does not exist.

    Args:
        file: what was named.
        places: the folders that were searched.
        names: the query files there.
    """
    meant = nearest(Path(file).stem, names)
    known = ", ".join(names[:10]) + (f" and {len(names) - 10} others" if len(names) > 10 else "")
    found = f"did you mean {meant}?" if meant else f"found there: {known}" if known else "no query file is there"
    return f"there is no query file {file} in {' or '.join(places)}; {found}"
