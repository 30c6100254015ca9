"""Screening for voluntary carbon credits (CCER): which land could apply, by which rule it falls out. An estimate.

Two methodologies can be read from maps: afforestation (CCER-14-001-V01: land that was no forest for three years,
patches of at least 400 m², no wetland, no economic forest, no roadside or settlement greening) and salt-marsh
restoration (CCER-14-003-V01: bare flats with under 5 % vegetation, or cleared ponds). Ownership, planning and
additionality are checked on paper, so an area here is an upper end and a credit an estimate.
"""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from guanghui.geo.burn import burn
from guanghui.geo.errors import InputError
from guanghui.geo.landcover import land_class, land_classes
from guanghui.geo.units import CO2_PER_C
from guanghui.geo.zonal import class_areas
from guanghui.sinks.carbon.growth import growth_curve
from guanghui.sinks.carbon.wetland import gwp, methane
from guanghui.sinks.factors.coefficients import NONE, Coefficient, Draws, of
from guanghui.sinks.factors.table import Factors, load_factors
from guanghui.sinks.settings import CcerSettings, SinkSettings
from guanghui.sinks.tables import WHOLE_CODE, WHOLE_NAME, ByTownship
from guanghui.sinks.years.change import check_same_grid
from guanghui.sinks.years.potential import ELIGIBLE, Rule, Screen, living_carbon, screen

__all__ = ["CcerScreening", "afforestation", "salt_marsh"]

_FOREST = ("forest", "bamboo")
ESTIMATE = ("估算：仅作筛选，不代表可签发减排量", "an estimate for screening, no promise of credits")


@dataclass(frozen=True)
class CcerScreening(ByTownship):
    """Land that could apply and what it might earn."""

    methodology: str
    screen: Screen
    """Mask and the account of the rules."""
    table: pd.DataFrame
    """``code``, ``name``, ``eligible_ha``, ``gain_tco2_yr`` (mean of the crediting period, baseline taken off),
    ``credit_tco2_yr`` (after buffer and leakage) with ``credit_low_tco2_yr``, ``credit_high_tco2_yr`` (95 %) and
    ``credit_tco2`` over the period; the whole last."""
    sources: pd.DataFrame
    """Every factor that was used, the least trusted first."""
    label_zh: str = ESTIMATE[0]
    label_en: str = ESTIMATE[1]


def _ids(*keys: str) -> list[int]:
    """Ids of classes and all those below them."""
    return [c.id for c in land_classes().values() if c.id and set(c.lineage) & set(keys)]


def afforestation(
    classes: xr.DataArray,
    townships: gpd.GeoDataFrame,
    settings: SinkSettings,
    *,
    before: xr.DataArray | None = None,
    years_between: float = 0.0,
    planned: gpd.GeoDataFrame | None = None,
    group: str = "mixed",
    factors: Factors | None = None,
    draws: int = 10_000,
    seed: int = 0,
) -> CcerScreening:
    """Screen for afforestation credits, CCER-14-001-V01.

    Parameters
    ----------
    classes : xarray.DataArray
        Land classes today (uint8, 0 unknown) with CRS.
    townships : geopandas.GeoDataFrame
        ``code``, ``name`` and polygons.
    settings : SinkSettings
        ``ccer`` holds the switches.
    before : xarray.DataArray, optional
        Land classes at least ``history_years`` ago, on the same grid.
    years_between : float
        Years between the two maps.
    planned : geopandas.GeoDataFrame, optional
        Land planned for forest (规划造林地); all land when left out.
    group : str
        Species planted.
    factors : Factors, optional
        Tables.
    draws, seed : int
        Monte Carlo.

    Raises
    ------
    InputError
        If the history rule is on and the earlier map is missing or too recent.
    """
    factors = factors if factors is not None else load_factors()
    rules = _afforestation_rules(classes, settings.ccer, before, years_between, planned)
    patch = settings.ccer.min_patch_m2
    found = screen(classes, rules, patch, (f"连片不小于 {patch:g} m²", f"patches of at least {patch:g} m²"))
    years = settings.ccer.crediting_years
    curve = growth_curve(group, factors, method=settings.conversion)
    alive = of(curve.spread) * (float(curve.density(years)) / curve.spread.value)
    gains = {}
    for key, info in land_classes().items():
        baseline = living_carbon(info.id, factors, settings.climate) if info.id else 0.0
        gains[info.id] = (alive + Coefficient(((-baseline, ()),))) * (CO2_PER_C / years) if key != "unknown" else NONE
    table = _credits(found, classes, townships, gains, settings.ccer, Draws(draws, seed))
    return CcerScreening("CCER-14-001-V01", found, table, factors.report(alive.factors))


def _afforestation_rules(
    classes: xr.DataArray,
    ccer: CcerSettings,
    before: xr.DataArray | None,
    years_between: float,
    planned: gpd.GeoDataFrame | None,
) -> list[Rule]:
    now = classes.to_numpy()
    no_forest = ~np.isin(now, _ids(*_FOREST))
    history = np.ones(now.shape, bool)
    if ccer.history_years > 0:
        if before is None or years_between < ccer.history_years:
            raise InputError(
                f"[sinks.ccer] history_years = {ccer.history_years}: give a land cover at least that old "
                "([landcover_before]), or set it to 0.",
                f"[sinks.ccer] history_years = {ccer.history_years}：请提供至少这么早的 [landcover_before]，或设为 0。",
            )
        check_same_grid(classes, before)
        then = before.to_numpy()
        history = (then != 0) & ~np.isin(then, _ids(*_FOREST))
    plan = np.ones(now.shape, bool) if planned is None else burn(classes, planned).to_numpy() >= 0
    wetland = [c.id for c in land_classes().values() if c.group == "wetland"]
    cropland = [c.id for c in land_classes().values() if c.group == "cropland"]
    return [
        ("no_forest", "现状非森林", "no forest today", True, no_forest),
        ("history", f"前 {ccer.history_years} 年非森林", f"no forest {ccer.history_years} years ago",
         ccer.history_years > 0, history),
        ("planned", "规划造林地", "planned for forest", planned is not None, plan),
        ("wetland", "非湿地", "no wetland", ccer.exclude_wetland, ~np.isin(now, wetland)),
        ("orchard", "非经济林", "no economic forest", ccer.exclude_orchard, ~np.isin(now, _ids("orchard"))),
        ("urban", "非城镇村及通道绿化", "no settlement or roadside greening", ccer.exclude_urban,
         ~np.isin(now, _ids("built", "urban_green"))),
        ("cropland", "非耕地", "no cropland", True, ~np.isin(now, cropland)),
        ("plantable", "可造林", "land that can carry trees", True, ~np.isin(now, _ids("snow_ice", "sea"))),
    ]  # fmt: skip


def salt_marsh(
    classes: xr.DataArray,
    townships: gpd.GeoDataFrame,
    settings: SinkSettings,
    *,
    vegetation_cover: xr.DataArray | None = None,
    cleared: gpd.GeoDataFrame | None = None,
    factors: Factors | None = None,
    draws: int = 10_000,
    seed: int = 0,
) -> CcerScreening:
    """Screen for salt-marsh restoration credits, CCER-14-003-V01.

    Parameters
    ----------
    classes : xarray.DataArray
        Land classes (uint8, 0 unknown) with CRS; tidal flats are told apart from marsh.
    townships : geopandas.GeoDataFrame
        ``code``, ``name`` and polygons.
    settings : SinkSettings
        ``ccer`` and the salinity of ``wetland``.
    vegetation_cover : xarray.DataArray, optional
        Part of each cell under plants [0-1] on the same grid; without it every tidal flat counts as bare.
    cleared : geopandas.GeoDataFrame, optional
        Cleared ponds and works (退养退围), eligible beside the flats.
    factors : Factors, optional
        Tables.
    draws, seed : int
        Monte Carlo.
    """
    factors = factors if factors is not None else load_factors()
    now = classes.to_numpy()
    flat = np.isin(now, [land_class("tidal_flat").id])
    if cleared is not None:
        flat |= burn(classes, cleared).to_numpy() >= 0
    bare = np.ones(now.shape, bool)
    limit = settings.ccer.max_marsh_cover
    if vegetation_cover is not None:
        check_same_grid(classes, vegetation_cover)
        bare = np.asarray(vegetation_cover, float) < limit
    rules: list[Rule] = [
        ("flat", "光滩或已清退养殖塘", "bare flat or cleared pond", True, flat),
        ("bare", f"植被覆盖低于 {limit:.0%}", f"vegetation under {limit:.0%}", vegetation_cover is not None, bare),
    ]
    found = screen(classes, rules, 0.0, ("不限面积", "any size"))
    burial = of(factors.find("burial", ("salt_marsh",))) * CO2_PER_C
    out = methane("salt_marsh", settings, factors) * gwp("ch4", settings, factors) * 1e-3
    gain = burial + out * -1.0
    gains = dict.fromkeys((c.id for c in land_classes().values()), gain)
    table = _credits(found, classes, townships, gains, settings.ccer, Draws(draws, seed))
    return CcerScreening("CCER-14-003-V01", found, table, factors.report(gain.factors))


def _credits(
    found: Screen,
    classes: xr.DataArray,
    townships: gpd.GeoDataFrame,
    gains: dict[int, Coefficient],
    ccer: CcerSettings,
    draws: Draws,
) -> pd.DataFrame:
    """Area and credits by township; a gain below zero earns nothing but is shown."""
    zones = townships.set_index("code")[["geometry"]]
    values: npt.NDArray[np.uint8] = np.where(found.mask.to_numpy() == ELIGIBLE, classes.to_numpy(), 0).astype(np.uint8)
    areas = class_areas(found.mask.copy(data=values), zones, nodata=0).area_m2 / 1e4
    matrix = np.vstack([areas.to_numpy(), areas.to_numpy().sum(axis=0)])
    value = np.array([gains[int(c)].value for c in areas.columns])
    random = np.array([gains[int(c)].draw(draws) for c in areas.columns]).reshape(len(value), draws.draws)
    keep = (1 - ccer.buffer) * (1 - ccer.leakage)
    gain = matrix @ value
    credit = np.maximum(gain, 0.0) * keep
    low, high = np.percentile(np.maximum(matrix @ random, 0.0) * keep, (2.5, 97.5), axis=1)
    return pd.DataFrame({
        "code": [*areas.index, WHOLE_CODE], "name": [*townships["name"], WHOLE_NAME[0]],
        "eligible_ha": matrix.sum(axis=1),
        "gain_tco2_yr": gain, "credit_tco2_yr": credit, "credit_low_tco2_yr": low, "credit_high_tco2_yr": high,
        "credit_tco2": credit * ccer.crediting_years,
    })  # fmt: skip
