"""Effect of works: what changed on treated land, less what changed on land like it without works (成效监测评估)."""

from __future__ import annotations

import math
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import xarray as xr
from scipy import stats

from geo.errors import InputError
from geo.zonal import density_sums
from sinks.change import check_same_grid
from sinks.wetland import CO2_PER_C

__all__ = ["WorksEffect", "works_effect"]


@dataclass(frozen=True)
class WorksEffect:
    """Before and after, with and without works."""

    places: pd.DataFrame
    """Every polygon: ``kind`` (``works`` or ``control``), ``area_ha``, ``before``, ``after``, ``change`` [t C/ha],
    ``known_share``."""
    effect_tc_ha: float
    """Change on works less change on controls [t C/ha]."""
    low_tc_ha: float
    """95 % range (Welch), NaN with fewer than two polygons of a kind."""
    high_tc_ha: float
    effect_tc: float
    """Effect on the whole area of the works [t C]."""
    effect_co2_t: float
    """The same as CO₂ [t CO₂]."""

    @property
    def proven(self) -> bool:
        """Tell whether the range leaves zero out."""
        return bool(self.low_tc_ha > 0 or self.high_tc_ha < 0)


def works_effect(
    before: xr.DataArray, after: xr.DataArray, works: gpd.GeoDataFrame, control: gpd.GeoDataFrame
) -> WorksEffect:
    """Compare treated with untreated land before and after.

    Parameters
    ----------
    before, after : xarray.DataArray
        Carbon density of two dates on one grid [t C/ha], NaN where unknown; from biomass products or this account.
    works, control : geopandas.GeoDataFrame
        Polygons of the works, and of land like them on which nothing was done; neither may touch the other.

    Returns
    -------
    WorksEffect

    Raises
    ------
    InputError
        No control, works and control that overlap, polygons without data, two grids.

    Notes
    -----
    Before-after-control-impact: means of the polygons weighted by their known area, 95 % range by Welch's t with the
    weighted variance between polygons. What happened everywhere (a wet year, a new sensor) falls out of the difference.
    """
    check_same_grid(before, after)
    if not len(works) or not len(control):
        raise InputError("works: both treated polygons and a control are needed; without one a change proves nothing.")
    shared = works.union_all().intersection(control.to_crs(works.crs).union_all()).area
    if shared > 1e-6 * works.union_all().area:
        raise InputError("works: the control overlaps the treated land; take it from land on which nothing was done.")
    places = pd.concat([_places(before, after, works, "works"), _places(before, after, control, "control")])
    unknown = places[places["known_share"] < 1e-9]
    if len(unknown):
        raise InputError(f"works: {len(unknown)} polygons have no data at both dates; leave them out.")
    treated, other = (_mean(places[places["kind"] == k]) for k in ("works", "control"))
    effect = treated[0] - other[0]
    half = _half_width(treated, other)
    area = float(places.loc[places["kind"] == "works", "area_ha"].sum())
    places = places.reset_index(drop=True)
    return WorksEffect(places, effect, effect - half, effect + half, effect * area, effect * area * CO2_PER_C)


def _places(before: xr.DataArray, after: xr.DataArray, zones: gpd.GeoDataFrame, kind: str) -> pd.DataFrame:
    both = before.notnull() & after.notnull()  # noqa: PD004 - xarray has no notna
    first, second = (density_sums(a.where(both), zones) for a in (before, after))
    area = first[["known_m2", "nodata_m2", "outside_m2"]].sum(axis=1)
    return pd.DataFrame({
        "kind": kind, "area_ha": area / 1e4, "before": first["mean"], "after": second["mean"],
        "change": second["mean"] - first["mean"], "known_share": first["known_m2"] / area,
        "weight": first["known_m2"] / 1e4,
    })  # fmt: skip


def _mean(places: pd.DataFrame) -> tuple[float, float, int]:
    """Weighted mean of the changes, the variance of that mean, and how many there are."""
    weight, change = places["weight"].to_numpy(float), places["change"].to_numpy(float)
    share = weight / weight.sum()
    mean = float(share @ change)
    count = len(change)
    if count < 2:
        return mean, math.nan, count
    variance = float(share**2 @ (change - mean) ** 2) * count / (count - 1)
    return mean, variance, count


def _half_width(a: tuple[float, float, int], b: tuple[float, float, int]) -> float:
    variance = a[1] + b[1]
    if math.isnan(variance):
        return math.nan
    if variance == 0:
        return 0.0
    freedom = variance**2 / (a[1] ** 2 / (a[2] - 1) + b[1] ** 2 / (b[2] - 1))
    return float(stats.t.ppf(0.975, freedom) * np.sqrt(variance))
