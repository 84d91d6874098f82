r"""Filter patterns: which events FilterLogEvents, metric filters, subscription filters and Live Tail take.

A pattern is one of three kinds, told apart by its first character:

- terms (``ERROR -"time out" %4\d\d%``): texts that a message contains;
- ``{ $.status = 4* && $.took > 1e3 }``: conditions on the members of a message that is JSON;
- ``[ip, ..., status = 4*, bytes > 1000]``: conditions on the fields of a message, which blanks separate.

A term matches wherever its characters are, also inside a word: the documentation says "contain the word", and its
own examples let ``ERROR`` match ``Exiting with ERRORCODE: -1`` and ``Exception`` match ``InvalidQueryException``.

Each rule names its source: documented ("Filter pattern syntax" and "TestMetricFilter"), recorded (a test suite that
its author ran against TestMetricFilter, and errors that people report), or decided.
"""

from __future__ import annotations

from flowlocal.filter_patterns.errors import InvalidPattern
from flowlocal.filter_patterns.kinds import FilterPattern
from flowlocal.filter_patterns.parsing import parse

__all__ = ["FilterPattern", "InvalidPattern", "parse"]
