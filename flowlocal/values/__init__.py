"""The value model: kinds, coercion, comparison, missing values, and how a value is printed."""

from flowlocal.values.boolean import Boolean
from flowlocal.values.double import Double
from flowlocal.values.flow import FlowInteger
from flowlocal.values.json import Array, Json, Nested
from flowlocal.values.mixed import Mixed, merge
from flowlocal.values.number import Number
from flowlocal.values.text import Text, missing
from flowlocal.values.timestamp import Timestamp
from flowlocal.values.value import Key, Value

__all__ = [
    "Array",
    "Boolean",
    "Double",
    "FlowInteger",
    "Json",
    "Key",
    "Mixed",
    "Nested",
    "Number",
    "Text",
    "Timestamp",
    "Value",
    "merge",
    "missing",
]
