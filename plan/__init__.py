"""Run it: region file, pipeline, tables, manifest and command line.

Names are imported when they are first asked for, so that the command line answers at once.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from guanghui.plan.inputs.region import Region
    from guanghui.plan.inputs.region import open_region as open
    from guanghui.plan.results.assembly import Results, work
    from guanghui.plan.results.store import load

__all__ = ["Region", "Results", "load", "open", "work"]

_HOMES = {
    "Region": ("guanghui.plan.inputs.region", "Region"),
    "Results": ("guanghui.plan.results.assembly", "Results"),
    "load": ("guanghui.plan.results.store", "load"),
    "open": ("guanghui.plan.inputs.region", "open_region"),
    "work": ("guanghui.plan.results.assembly", "work"),
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home, own = _HOMES[name]
    value = globals()[name] = getattr(importlib.import_module(home), own)
    return value
