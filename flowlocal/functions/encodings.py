"""Encodings.

The documentation lists them among the string functions. If a text cannot be decoded, the result is missing (decided).
"""

from __future__ import annotations

import base64
import binascii
import re
from urllib.parse import quote, unquote_to_bytes

import polars as pl

from flowlocal.compiler.registry import TextArg, function
from flowlocal.values import Number, Text
from flowlocal.values.distinct import by_distinct

_LONGEST = 2**20
_HEX = re.compile(r"([+-]?)(?:0[xX])?([0-9a-fA-F]{1,250})")


@function("urlencode", examples=[("urlencode('a b/ü&c')", "a%20b%2F%C3%BC%26c")])
def urlencode(text: TextArg) -> Text:
    """Return the text encoded for a URL: all but letters, digits and ``-._~`` becomes ``%`` and hexadecimal digits.

    A space becomes ``%20`` (decided).
    """
    return Text(by_distinct(text, _url))


def _url(text: str) -> str | None:
    return _short(quote(text, safe="")) if len(text) <= _LONGEST else None


def _short(text: str) -> str | None:
    """Return the text; None if it is longer than the largest event."""
    return text if len(text) <= _LONGEST else None


@function("urldecode", examples=[("urldecode('my%2Dapp')", "my-app"), ("urldecode('a+b')", "a b")])
def urldecode(text: TextArg) -> Text:
    """Return the text with every ``%`` and two hexadecimal digits decoded to its character, and ``+`` to a space.

    Anything else stays as it is, including a ``%`` without digits (decided).
    """
    return Text(by_distinct(text, lambda coded: _text(unquote_to_bytes(coded.replace("+", " ")))))


@function("base64encode", examples=[("base64encode('hello')", "aGVsbG8=")])
def base64encode(text: TextArg) -> Text:
    """Return the text's UTF-8 in Base64, with padding."""
    return Text(by_distinct(text, lambda plain: _short(base64.b64encode(plain.encode()).decode())))


@function("base64decode", examples=[("base64decode('aGVsbG8=')", "hello"), ("base64decode('?')", None)])
def base64decode(text: TextArg) -> Text:
    """Return the text that is encoded in Base64; padding may be left out (decided)."""
    return Text(by_distinct(text, _from_base64))


def _from_base64(coded: str) -> str | None:
    stripped = coded.rstrip("=")
    try:
        return _text(base64.b64decode(stripped + "=" * (-len(stripped) % 4), validate=True))
    except (binascii.Error, ValueError):
        return None


@function("hexToAscii", examples=[("hexToAscii('48656c6c6f')", "Hello"), ("hexToAscii('xyz')", None)])
def hex_to_ascii(text: TextArg) -> Text:
    """Return the text whose bytes are written as pairs of hexadecimal digits, with or without a leading ``0x``.

    Bytes above 127 are read as UTF-8 (decided).
    """
    return Text(by_distinct(text, _from_hex))


def _from_hex(digits: str) -> str | None:
    try:
        return _text(binascii.unhexlify(digits.removeprefix("0x").removeprefix("0X")))
    except (binascii.Error, ValueError):
        return None


def _text(data: bytes) -> str | None:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return None


@function("hexToDec", examples=[("hexToDec('0xff')", "255"), ("hexToDec('xyz')", None)])
def hex_to_dec(text: TextArg) -> Number:
    """Return the number written in hexadecimal digits, with or without a leading ``0x``."""
    return Text(by_distinct(text, _from_digits)).number()


def _from_digits(digits: str) -> str | None:
    match = _HEX.fullmatch(digits)
    return str(int(match[1] + match[2], 16)) if match else None


@function("decToHex", examples=[("decToHex(255)", "0xff"), ("decToHex(-255.9)", "-0xff"), ("decToHex('x')", None)])
def dec_to_hex(number: Number) -> Text:
    """Return the number in lowercase hexadecimal digits after ``0x``; a fraction is cut off, a ``-`` comes first."""
    whole = pl.lit(None, pl.Int64) if number.integer is None else number.integer.cast(pl.Int64)
    texts = [by_distinct(whole, hex)]
    if number.real is not None:
        texts.append(by_distinct(number.parts["real"], lambda real: hex(int(real))))
    return Text(pl.coalesce(texts))
