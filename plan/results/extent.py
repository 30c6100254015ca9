"""How much of the place the layers show: a part is never held against figures of the whole."""

from __future__ import annotations

import math
from dataclasses import dataclass

from guanghui.data import read_table
from guanghui.plan.inputs.region import Region

__all__ = ["WHOLE", "Extent", "extent_of"]

_WHOLE_SHARE = 0.9
"""From this share of the official area on, the townships are the place [1]: generalised borders differ by less."""


@dataclass(frozen=True)
class Extent:
    """What part of the place a region file shows."""

    part: bool
    share: float = math.nan
    """Area of the townships over the official area [1]; NaN where that is not known."""
    official_km2: float = math.nan


WHOLE = Extent(part=False)


def extent_of(region: Region) -> Extent:
    """Hold the area of the townships against the official area of the place.

    Parameters
    ----------
    region : Region
        ``[region] area_km2``, else the area of ``factors/plan_totals.csv`` by its code; ``part`` goes before both.

    Returns
    -------
    Extent
        The whole where nothing is known of the official area.
    """
    given = region.file.region
    official = given.area_km2 if given.area_km2 is not None else _printed(region.code)
    share = math.nan
    if region.file.townships is not None and math.isfinite(official):
        share = float(region.whole.townships["area_m2"].sum()) / 1e6 / official
    part = share < _WHOLE_SHARE if given.part is None else given.part
    return Extent(bool(part), share, official)


def _printed(code: str) -> float:
    table = read_table("factors", "plan_totals.csv").set_index("code")["area_km2"]
    table.index = table.index.astype(str)
    return float(table.get(code, math.nan))
