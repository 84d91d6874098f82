"""Completion inside of ``%%insights`` cells, with the suggestions of the shell."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from IPython.core.completer import CompletionContext, SimpleCompletion, SimpleMatcherResult, context_matcher

from flowlocal.shell.suggesting import suggest

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from flowlocal.shell.knowledge import Knowledge

_MAGIC = "%%insights"
_IDENTIFIER = "flowlocal.insights"


def load(shell: InteractiveShell, known: Callable[[str], Knowledge]) -> None:
    """Give the completer of a shell the names that are valid in a query.

    Args:
        shell: the shell.
        known: returns those names, given the line of the magic.
    """

    @context_matcher(identifier=_IDENTIFIER)  # type: ignore[untyped-decorator]
    def match(context: CompletionContext) -> SimpleMatcherResult:
        line, _, query = context.full_text.lstrip().partition("\n")
        if not context.cursor_line or line.split()[:1] != [_MAGIC]:
            return {"completions": []}
        typed = query.split("\n")[: context.cursor_line]
        typed[-1] = typed[-1][: context.cursor_position]
        return _matches("\n".join(typed), known(line.partition(_MAGIC)[2]))

    others = [
        each for each in shell.Completer.custom_matchers if getattr(each, "matcher_identifier", "") != _IDENTIFIER
    ]
    shell.Completer.custom_matchers[:] = [*others, match]


def _matches(before: str, known: Knowledge) -> SimpleMatcherResult:
    found = suggest(before, known)
    begun = before[len(before) - found[0].begun :] if found else ""
    completions = [SimpleCompletion(each.text, type=each.meta) for each in found]
    return {"completions": completions, "matched_fragment": begun, "suppress": True, "ordered": True}
