"""Effect of works: what changed on treated land, less what changed on land like it without works (成效监测评估)."""

from __future__ import annotations

import math
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import xarray as xr
from scipy.special import stdtrit

from guanghui.geo.errors import InputError
from guanghui.geo.raster import on_grid
from guanghui.geo.raster_source import RasterSource
from guanghui.geo.units import CO2_PER_C
from guanghui.geo.zonal import density_sums
from guanghui.sinks.carbon.forest import biomass_carbon
from guanghui.sinks.factors.table import Factors
from guanghui.sinks.years.change import check_same_grid

__all__ = ["QUANTITIES", "WorksEffect", "WorksSurvey", "survey_effect", "works_effect"]

QUANTITIES = ("agb_t_ha", "tc_ha")
"""What a raster of two dates holds: above-ground dry biomass [t/ha], or carbon [t C/ha]."""
_KINDS = {"works": "works", "control": "control", "工程区": "works", "实施区": "works", "工程": "works",
          "对照区": "control", "对照": "control"}  # fmt: skip


@dataclass(frozen=True)
class WorksSurvey:
    """Polygons of works and of their controls, and what was measured on them at two dates."""

    places: gpd.GeoDataFrame
    """``kind`` (``works`` or ``control``, 工程区 or 对照区) and polygons."""
    before: RasterSource
    after: RasterSource
    quantity: str = "agb_t_ha"
    """One of ``QUANTITIES``."""


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


def survey_effect(survey: WorksSurvey, factors: Factors) -> WorksEffect:
    """Effect of surveyed works; biomass becomes the carbon of living trees, roots included.

    Parameters
    ----------
    survey : WorksSurvey
        The later raster gives the grid; the earlier one is averaged onto it where it differs.
    factors : Factors
        Carbon fraction and root-shoot ratio.

    Raises
    ------
    InputError
        A quantity or kind that is not known, and as :func:`works_effect`.
    """
    if survey.quantity not in QUANTITIES:
        raise InputError(
            f"works: quantity {survey.quantity!r} is not known; use one of {', '.join(QUANTITIES)}.",
            f"works：quantity {survey.quantity!r} 未知；可用 {', '.join(QUANTITIES)}。",
        )
    strange = sorted(set(survey.places["kind"].astype(str)) - set(_KINDS))
    if strange:
        raise InputError(
            f"works: kind {strange[0]!r} is not known; write works or control (工程区, 对照区).",
            f"works：kind {strange[0]!r} 未知；请写 works 或 control（工程区、对照区）。",
        )
    kinds = survey.places["kind"].astype(str).map(_KINDS)
    per_unit = sum(float(part) for part in biomass_carbon(1.0, factors)) if survey.quantity == "agb_t_ha" else 1.0
    grid = survey.after.grid
    before, after = (on_grid(s, grid, resampling="average") * per_unit for s in (survey.before, survey.after))
    works, control = (survey.places[kinds == k] for k in ("works", "control"))
    return works_effect(before, after, works, control)


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
        raise InputError(
            "works: both treated polygons and a control are needed; without one a change proves nothing.",
            "works：须同时有工程区与对照区；没有对照，变化不能说明成效。",
        )
    shared = works.union_all().intersection(control.to_crs(works.crs).union_all()).area
    if shared > 1e-6 * works.union_all().area:
        raise InputError(
            "works: the control overlaps the treated land; take it from land on which nothing was done.",
            "works：对照区与工程区重叠；请选取未施工的土地。",
        )
    places = pd.concat([_places(before, after, works, "works"), _places(before, after, control, "control")])
    unknown = places[places["known_share"] < 1e-9]
    if len(unknown):
        raise InputError(
            f"works: {len(unknown)} polygons have no data at both dates; leave them out.",
            f"works：{len(unknown)} 个图斑两期均无数据；请剔除。",
        )
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
    return float(stdtrit(freedom, 0.975) * np.sqrt(variance))
