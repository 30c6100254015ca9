"""Where trees could be planted, and what they would hold by some years."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr
from scipy import ndimage

from guanghui.geo.burn import burn
from guanghui.geo.cellarea import cell_areas, cell_sides
from guanghui.geo.grid import Grid
from guanghui.geo.landcover import land_class
from guanghui.geo.raster import from_numpy
from guanghui.geo.units import CO2_PER_C
from guanghui.geo.zonal import class_areas
from guanghui.sinks.carbon.forest import conversion, default_volume, has_volume, species_mix
from guanghui.sinks.carbon.growth import growth_curve
from guanghui.sinks.factors.coefficients import Draws, of
from guanghui.sinks.factors.table import Factors, load_factors
from guanghui.sinks.settings import PotentialSettings
from guanghui.sinks.tables import WHOLE_CODE, WHOLE_NAME, ByTownship

__all__ = [
    "ELIGIBLE",
    "Potential",
    "Rule",
    "Screen",
    "large_patches",
    "living_carbon",
    "planting_potential",
    "screen",
    "slope_deg",
    "water_distance",
]

Bools = npt.NDArray[np.bool_]
_OUT, ELIGIBLE = 1, 2
_EIGHT = np.ones((3, 3), bool)


@dataclass(frozen=True)
class Screen:
    """Land that passes a list of rules, and what each rule takes away."""

    mask: xr.DataArray
    """uint8: 2 where land passes every rule, 1 where it does not, 0 where land cover is unknown."""
    rules: pd.DataFrame
    """In the order of the rules: ``rule``, ``label_zh``, ``label_en``, ``used``, ``passes_ha`` (by itself),
    ``left_ha`` (after it and all before it); the first row is the land to begin with."""


@dataclass(frozen=True)
class Potential(ByTownship):
    """Where planting is possible and what it would bring."""

    screen: Screen
    table: pd.DataFrame
    """``code``, ``name``, ``eligible_ha``, and by year ``gain_<year>_tc`` with ``gain_<year>_low_tc`` and
    ``gain_<year>_high_tc`` (95 %) and ``gain_<year>_co2_t``; the whole last."""
    sources: pd.DataFrame
    """Every factor that was used, the least trusted first."""


Rule = tuple[str, str, str, bool, Bools]
"""Key, Chinese and English label, whether it is used, and where it is met."""


def screen(known: xr.DataArray, rules: list[Rule], min_patch_m2: float, patch_label: tuple[str, str]) -> Screen:
    """Apply rules one after the other and say what each leaves.

    Parameters
    ----------
    known : xarray.DataArray
        Raster whose cells count where they are not 0, with CRS; it is computed.
    rules : list
        See ``Rule``; masks lie on the grid of ``known``.
    min_patch_m2 : float
        Smallest connected patch, tested last; diagonal cells belong together.
    patch_label : tuple of str
        Chinese and English label of that test.

    Returns
    -------
    Screen
    """
    grid = Grid.of(known)
    area = cell_areas(grid).block(slice(0, grid.height), slice(0, grid.width)) / 1e4
    land = known.to_numpy() != 0
    left = land.copy()
    out = [_row("land", "有数据土地", "land with data", True, land, left, area)]
    for key, zh, en, used, met in rules:
        if used:
            left = left & met
        out.append(_row(key, zh, en, used, land & met, left, area))
    large = large_patches(left, area * 1e4, min_patch_m2)
    out.append(_row("patch", *patch_label, min_patch_m2 > 0, large, large, area))
    values = np.where(large, ELIGIBLE, np.where(land, _OUT, 0)).astype(np.uint8)
    mask = from_numpy(values, grid, name="eligible")
    mask.attrs |= {"nodata": 0, "long_name": "eligible land", "long_name_zh": "可实施区域"}
    return Screen(mask, pd.DataFrame(out))


def _row(
    key: str, zh: str, en: str, used: bool, met: Bools, left: Bools, area: npt.NDArray[np.float64]
) -> Mapping[str, object]:
    return {"rule": key, "label_zh": zh, "label_en": en, "used": used, "passes_ha": float(area[met].sum()),
            "left_ha": float(area[left].sum())}  # fmt: skip


def large_patches(mask: Bools, area_m2: npt.NDArray[np.float64], min_patch_m2: float) -> Bools:
    """Keep connected patches of at least some area; diagonal cells belong together.

    Parameters
    ----------
    mask : numpy.ndarray
        Shape (rows, columns).
    area_m2 : numpy.ndarray
        Area of each cell [m²], same shape.
    min_patch_m2 : float
        Least area of a patch [m²]; 0 or less keeps all.

    Returns
    -------
    numpy.ndarray
        Same shape.
    """
    if min_patch_m2 <= 0 or not mask.any():
        return mask
    label, count = ndimage.label(mask, structure=_EIGHT)
    size = np.bincount(label.ravel(), np.where(mask, area_m2, 0.0).ravel(), count + 1)
    large = size >= min_patch_m2 * (1 - 1e-9)
    large[0] = False
    return np.asarray(large[label], bool)


def slope_deg(terrain: xr.DataArray) -> npt.NDArray[np.float64]:
    """Slope of a terrain model by Horn's method [°].

    Parameters
    ----------
    terrain : xarray.DataArray
        Heights [m], dims (y, x), any CRS; NaN where unknown.

    Returns
    -------
    numpy.ndarray
        NaN where a neighbour is unknown. Distances are true metres also on grids in degrees.
    """
    grid = Grid.of(terrain)
    z = np.pad(np.asarray(terrain, float), 1, mode="edge")
    west = z[:-2, :-2] + 2 * z[1:-1, :-2] + z[2:, :-2]
    east = z[:-2, 2:] + 2 * z[1:-1, 2:] + z[2:, 2:]
    north = z[:-2, :-2] + 2 * z[:-2, 1:-1] + z[:-2, 2:]
    south = z[2:, :-2] + 2 * z[2:, 1:-1] + z[2:, 2:]
    dx, dy = (side[:, None] for side in cell_sides(grid))
    return np.degrees(np.arctan(np.hypot((east - west) / (8 * dx), (south - north) / (8 * dy))))


def planting_potential(
    classes: xr.DataArray,
    townships: gpd.GeoDataFrame,
    settings: PotentialSettings,
    *,
    slope: npt.NDArray[np.float64] | None = None,
    farmland: gpd.GeoDataFrame | None = None,
    excluded: gpd.GeoDataFrame | None = None,
    water_distance_m: npt.NDArray[np.float64] | None = None,
    factors: Factors | None = None,
    method: str = "bef",
    climate: str = "any",
    draws: int = 10_000,
    seed: int = 0,
) -> Potential:
    """Land that could be planted, and the carbon it would hold alive.

    Parameters
    ----------
    classes : xarray.DataArray
        Land classes (uint8, 0 unknown) with CRS, wetlands and stands burned in.
    townships : geopandas.GeoDataFrame
        ``code``, ``name`` and polygons.
    settings : PotentialSettings
        Classes, slope, patch, distance to water, species and years.
    slope : numpy.ndarray, optional
        Slope on the grid of ``classes`` [°].
    farmland : geopandas.GeoDataFrame, optional
        Permanent basic farmland (永久基本农田): never planted.
    excluded : geopandas.GeoDataFrame, optional
        Land the user keeps out.
    water_distance_m : numpy.ndarray, optional
        Distance to open water [m]; worked out from the classes when a limit is set.
    factors : Factors, optional
        Tables.
    method : {"bef", "fang"}
        Conversion of volume to carbon.
    climate : str, default "any"
        IPCC climate zone, of what stands there before.
    draws, seed : int
        Monte Carlo.

    Returns
    -------
    Potential
        Gains are living trees by the growth curve of the group, the carbon of what stood there before taken off.
    """
    factors = factors if factors is not None else load_factors()
    rules = _rules(classes, settings, slope, farmland, excluded, water_distance_m)
    label = (f"连片不小于 {settings.min_patch_m2:g} m²", f"patches of at least {settings.min_patch_m2:g} m²")
    found = screen(classes, rules, settings.min_patch_m2, label)
    areas = _eligible_ha(found.mask, classes, townships)
    table = _gains(areas, townships["name"].tolist(), settings, factors, Draws(draws, seed), method, climate)
    return Potential(found, table, factors.report([growth_curve(settings.group, factors).spread.id]))


def _rules(
    classes: xr.DataArray,
    settings: PotentialSettings,
    slope: npt.NDArray[np.float64] | None,
    farmland: gpd.GeoDataFrame | None,
    excluded: gpd.GeoDataFrame | None,
    water_distance_m: npt.NDArray[np.float64] | None,
) -> list[Rule]:
    ids = classes.to_numpy()
    everywhere = np.ones(ids.shape, bool)
    wanted = np.isin(ids, [land_class(k).id for k in settings.classes])
    rules: list[Rule] = [("classes", "可造林地类", "classes that may be planted", True, wanted)]
    steep = everywhere if slope is None else slope <= settings.max_slope_deg
    rules.append(
        (
            "slope",
            f"坡度不大于 {settings.max_slope_deg:g}°",
            f"slope up to {settings.max_slope_deg:g}°",
            slope is not None,
            steep,
        )
    )
    for key, zh, en, frame in (
        ("farmland", "非永久基本农田", "no permanent basic farmland", farmland),
        ("excluded", "不在用户排除区", "not excluded by the user", excluded),
    ):
        free = everywhere if frame is None else burn(classes, frame).to_numpy() < 0
        rules.append((key, zh, en, frame is not None, free))
    limit = settings.max_water_distance_m
    near = everywhere
    if limit is not None:
        distance = water_distance(classes) if water_distance_m is None else water_distance_m
        near = distance <= limit
    zh, en = ("距水面远近不限", "water at any distance")
    if limit is not None:
        zh, en = f"距水面不超过 {limit:g} m", f"water within {limit:g} m"
    rules.append(("water", zh, en, limit is not None, near))
    return rules


def water_distance(classes: xr.DataArray) -> npt.NDArray[np.float64]:
    """Distance of every cell to the nearest open water [m], infinite where there is none.

    Parameters
    ----------
    classes : xarray.DataArray
        Ids of land classes, dims (y, x); the cell side in the middle of the grid is taken for all.

    Returns
    -------
    numpy.ndarray
        Shape (rows, columns), 0 in water.
    """
    water = [k.id for k in map(land_class, ("water", "lake", "river", "reservoir", "pond", "reservoir_pond", "ditch"))]
    wet = np.isin(classes.to_numpy(), water)
    if not wet.any():
        return np.full(wet.shape, np.inf)
    width, height = (float(side[len(side) // 2]) for side in cell_sides(Grid.of(classes)))
    return np.asarray(ndimage.distance_transform_edt(~wet, sampling=(height, width)), float)


def _eligible_ha(mask: xr.DataArray, classes: xr.DataArray, townships: gpd.GeoDataFrame) -> pd.DataFrame:
    """Eligible area of every class by township [ha]."""
    zones = townships.set_index("code")[["geometry"]]
    codes = mask.copy(data=np.where(mask.to_numpy() == ELIGIBLE, classes.to_numpy(), 0).astype(np.uint8))
    return class_areas(codes, zones, nodata=0).area_m2 / 1e4


def _gains(
    areas: pd.DataFrame,
    names: list[str],
    settings: PotentialSettings,
    factors: Factors,
    draws: Draws,
    method: str,
    climate: str,
) -> pd.DataFrame:
    """Living trees of the curve less what stood there; the curve carries the spread of its age class."""
    curve = growth_curve(settings.group, factors, method=method)
    standing = {c: living_carbon(int(c), factors, climate) for c in areas.columns}
    out = pd.DataFrame({"eligible_ha": areas.sum(axis=1)})
    out["before_tc"] = sum((areas[c] * standing[c] for c in areas.columns), start=pd.Series(0.0, index=areas.index))
    out.loc[WHOLE_CODE] = out.sum()
    spread = of(curve.spread).draw(draws) / curve.spread.value
    ends = dict(zip(("low", "high"), np.percentile(spread, (2.5, 97.5)), strict=True))
    before = out.pop("before_tc")
    for year in settings.years:
        grown = out["eligible_ha"] * float(curve.density(year - settings.first_year))
        out[f"gain_{year}_tc"] = grown - before
        for end, factor in ends.items():
            out[f"gain_{year}_{end}_tc"] = grown * factor - before
        out[f"gain_{year}_co2_t"] = (grown - before) * CO2_PER_C
    out.insert(0, "name", [*names, WHOLE_NAME[0]])
    return out.rename_axis("code").reset_index()


def living_carbon(class_id: int, factors: Factors, climate: str = "any") -> float:
    """Living carbon of a hectare of a class, trees at the default volume [t C/ha].

    Parameters
    ----------
    class_id : int
        Id of a land class.
    factors : Factors
        Densities and conversions.
    climate : str, default "any"
        IPCC climate zone.

    Returns
    -------
    float
        0 where neither pool is told.

    Raises
    ------
    InputError
        If there is no such class.
    """
    key = land_class(class_id).key
    if has_volume(key):
        mix = species_mix(key)
        return default_volume(mix, factors).value * conversion(mix, "bef", factors).per_m3.value
    line = land_class(class_id).lineage
    return sum(factors.find(p, line, climate=climate).value for p in ("above", "below") if factors.has(p, line))
