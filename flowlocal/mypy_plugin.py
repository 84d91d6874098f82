"""Plugin for mypy that knows ``frame.insights``: ``plugins = ["flowlocal.mypy_plugin"]`` in mypy's configuration.

Polars adds namespaces to its frames when a program runs, where type checkers do not see them.
"""

from __future__ import annotations

from collections.abc import Callable

from mypy.nodes import MypyFile
from mypy.plugin import ClassDefContext, Plugin
from mypy.plugins.common import add_attribute_to_class

_NAMESPACE = "flowlocal.namespace"
_ACCESSORS = {
    "polars.dataframe.frame.DataFrame": f"{_NAMESPACE}.Insights",
    "polars.lazyframe.frame.LazyFrame": f"{_NAMESPACE}.LazyInsights",
}
"""The classes of frames, and those of their attribute."""
_LINE_OF_IMPORT = -1
_HIGH_PRIORITY = 10


class InsightsPlugin(Plugin):
    """Adds the attribute ``insights`` to the classes of frames.

    >>> from mypy.options import Options
    >>> hook = InsightsPlugin(Options()).get_customize_class_mro_hook
    >>> hook("polars.dataframe.frame.DataFrame") is None, hook("builtins.int") is None
    (False, True)
    """

    def get_additional_deps(self, file: MypyFile) -> list[tuple[int, str, int]]:
        """Return the module of the namespaces for the modules of frames, so that it is loaded with them."""
        holds_frames = any(name.startswith(f"{file.fullname}.") for name in _ACCESSORS) and file.fullname != "polars"
        return [(_HIGH_PRIORITY, _NAMESPACE, _LINE_OF_IMPORT)] if holds_frames else []

    def get_customize_class_mro_hook(self, fullname: str) -> Callable[[ClassDefContext], None] | None:
        """Return what adds the attribute to a class of frames; None for other classes."""
        return _add_insights if fullname in _ACCESSORS else None


def _add_insights(context: ClassDefContext) -> None:
    accessor = context.api.named_type_or_none(_ACCESSORS[context.cls.fullname])
    if accessor is None:
        context.api.defer()
        return
    add_attribute_to_class(context.api, context.cls, "insights", accessor)


def plugin(_version: str) -> type[Plugin]:
    """Return the plugin; mypy calls this with its version.

    >>> plugin("2.0").__name__
    'InsightsPlugin'
    """
    return InsightsPlugin
