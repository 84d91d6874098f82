"""Hash functions."""

from __future__ import annotations

import hashlib

from flowlocal.compiler.registry import TextArg, function
from flowlocal.values import Text
from flowlocal.values.distinct import by_distinct


@function("md5", examples=[("md5('hello')", "5d41402abc4b2a76b9719d911017c592"), ("md5(nothing)", None)])
def md5(text: TextArg) -> Text:
    """Return the MD5 hash of the text's UTF-8 in lowercase hexadecimal digits. MD5 does not protect secrets."""
    return Text(by_distinct(text, lambda plain: hashlib.md5(plain.encode(), usedforsecurity=False).hexdigest()))


@function(
    "sha256",
    examples=[("sha256('hello')", "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824")],
)
def sha256(text: TextArg) -> Text:
    """Return the SHA-256 hash of the text's UTF-8 in lowercase hexadecimal digits."""
    return Text(by_distinct(text, lambda plain: hashlib.sha256(plain.encode()).hexdigest()))
