"""The estate of the samples: its logs, its names, and a network of them."""

from __future__ import annotations

import importlib.util
import sys
from functools import cache
from pathlib import Path
from typing import Any

import flowlocal
from flowlocal.lookups.folder import Names
from flowlocal.rules.network import Network
from flowlocal.rules.observed import Observed, observe

ESTATE = Path(__file__).parents[2] / "sample_logs" / "estate"
LOGS, NAMES = ESTATE / "logs", ESTATE / "names"


@cache
def network() -> Network:
    """Return the network that the tables describe."""
    return Network(Names.of(NAMES).tables)


@cache
def seen() -> Observed:
    """Return the traffic of the logs."""
    return observe(flowlocal.scan(LOGS), network().addresses)


def _story() -> Any:
    """Return the module that describes the estate, of which logs and tables are made."""
    spec = importlib.util.spec_from_file_location("estate_network", ESTATE / "network.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


story = _story()
