"""A lexer of Pygments for queries, registered as `insights`, so that documentation and terminals colour them.

It needs no list of commands or functions: the first word of a stage is its command, and a word before a parenthesis is
a function. Pygments loads this module only when it is asked for the lexer.
"""

from __future__ import annotations

import re
from typing import ClassVar

from pygments.lexer import RegexLexer, default, include
from pygments.token import Comment, Keyword, Name, Number, Operator, Punctuation, String, Text

_REGEX = r"/(?:\\.|[^/\\\n])*/"
_SUBQUERY = r"\((?=\s*(?:SOURCE|fields|filter|parse|stats)\b)"


class InsightsLexer(RegexLexer):
    r"""The lexer of CloudWatch Logs Insights queries.

    >>> from pygments import highlight
    >>> from pygments.formatters import NullFormatter
    >>> highlight("filter dstPort = 22 | stats count(*)", InsightsLexer(), NullFormatter())
    'filter dstPort = 22 | stats count(*)\n'
    """

    name = "CloudWatch Logs Insights"
    aliases: ClassVar = ["insights", "cwli"]
    filenames: ClassVar = ["*.insights", "*.cwli"]
    flags = re.IGNORECASE

    tokens: ClassVar = {
        "root": [
            include("blanks"),
            (r"\|", Punctuation),
            (r"\)", Punctuation, "#pop"),  # the end of a subquery
            (r"(?:filter|where)\b", Keyword, "stage"),
            (r"parse\b", Keyword, "parse"),
            (r"[a-z]\w*(?=\s*\()", Name.Function, "stage"),  # an aggregate without its `stats`
            (r"[a-z]\w*", Keyword, "stage"),
            default("stage"),
        ],
        "blanks": [(r"\s+", Text), (r"#.*", Comment.Single)],
        "stage": [
            include("blanks"),
            (r"(?=[|)])", Text, "#pop"),
            (r"(?:like|=~)(?=\s*/)", Operator.Word, "pattern"),
            (r"(?:and|or|not|like|in|as|by|asc|desc)\b", Operator.Word),
            include("values"),
        ],
        "parse": [(_REGEX, String.Regex), include("stage")],
        "values": [
            (r"\{\{\s*\w+\s*\}\}", Name.Variable),
            (r'"(?:\\.|[^"\\])*"', String.Double),
            (r"'(?:\\.|[^'\\])*'", String.Single),
            (r"`[^`]*`", Name),
            (r"@\w+", Name.Builtin),
            (r"(?:\d+(?:\.\d+)?|\.\d+)(?:e[+-]?\d+)?[a-z]*", Number),
            (r"\$?[^\W\d]\w*(?=\s*\()", Name.Function),
            (r"[^\W\d][\w.]*", Name),
            (_SUBQUERY, Punctuation, "root"),
            (r"\(", Punctuation, "group"),
            (r"[\[\],:]", Punctuation),
            (r"[=!<>~]=?|[-+*/%^.$]", Operator),
        ],
        "pattern": [include("blanks"), (_REGEX, String.Regex, "#pop"), default("#pop")],
        "group": [(r"\)", Punctuation, "#pop"), include("stage")],
    }
