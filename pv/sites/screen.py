"""What is left of a polygon when rules take land away, one after the other; the areas sum to the whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
import xarray as xr

from guanghui.geo.grid import Grid
from guanghui.geo.landcover import AnyCover, LandCover, land_class, land_classes
from guanghui.geo.raster import from_numpy, on_grid
from guanghui.geo.raster_source import RasterSource
from guanghui.geo.vector import ellipsoid_area_m2
from guanghui.geo.zonal import class_areas

__all__ = ["KEPT", "LayerRule", "Screen", "kept_after", "slope_percent"]

KEPT = "kept"
_KEPT, _LAND, _STEEP, _NORTH, _UNKNOWN = 1, 2, 3, 4, 5
_RASTER_RULES = {
    _LAND: ("land_class", "土地类别不宜", "land of a class it may not stand on"),
    _STEEP: ("slope", "坡度超限", "steeper than allowed"),
    _NORTH: ("aspect", "北坡", "slope that looks away from the sun"),
    _UNKNOWN: ("unknown", "坡度或地类未知", "slope or land not known"),
}


@dataclass(frozen=True)
class LayerRule:
    """A layer that takes land away."""

    key: str
    zh: str
    en: str
    shape: shapely.Geometry
    """In the CRS of the sites."""
    outside: bool = False
    """Takes what lies outside of it (too far from the grid), not inside."""


@dataclass(frozen=True)
class Screen:
    """Limits of one kind of plant, and what they are held against."""

    layers: Sequence[LayerRule] = ()
    land: AnyCover | None = None
    not_on: tuple[str, ...] = ()
    terrain: RasterSource | None = None
    max_slope_pct: float | None = None
    max_north_pct: float | None = None
    """Slopes that look away from the sun may be so steep [%]."""
    cell_m: float = 10.0
    north: bool = True
    """Whether the sun stands in the south at noon."""


def kept_after(site: shapely.Geometry, crs: object, screen: Screen) -> tuple[pd.DataFrame, shapely.Geometry]:
    """Take away what each rule forbids, in order: layers first, then land classes, slope and aspect.

    Parameters
    ----------
    site : shapely.Geometry
        Polygon in a metric CRS.
    crs : object
        Of the polygon.
    screen : Screen
        Rules.

    Returns
    -------
    tuple of pandas.DataFrame and shapely.Geometry
        ``rule rule_zh rule_en area_m2``, the last row ``kept``: land is counted by the first rule that takes it, and
        the areas [m², on the ellipsoid] sum to the polygon; and what the layers left (rasters cut no polygon).

    Notes
    -----
    Layers cut exactly; rasters decide by cells of ``cell_m``, each counted with the part of it inside the polygon.
    """
    whole = _area(site, crs)
    rows, left = [], site
    for rule in screen.layers:
        rest = shapely.intersection(left, rule.shape) if rule.outside else shapely.difference(left, rule.shape)
        before, after = _area(left, crs), _area(rest, crs)
        rows.append((rule.key, rule.zh, rule.en, before - after))
        left = rest
    remaining = whole - sum(r[3] for r in rows)
    codes = None if shapely.area(left) <= 0 else _codes(left, crs, screen)
    if codes is not None:
        areas = class_areas(codes, gpd.GeoDataFrame(geometry=[left], crs=crs), nodata=0).area_m2.iloc[0]
        for code, words in _RASTER_RULES.items():
            if areas.get(code, 0.0) > 0:
                rows.append((*words, float(areas[code])))
        remaining = whole - sum(r[3] for r in rows)
    rows.append((KEPT, "可用", "usable", max(remaining, 0.0)))
    return pd.DataFrame(rows, columns=["rule", "rule_zh", "rule_en", "area_m2"]), left


def _area(shape: shapely.Geometry, crs: object) -> float:
    return float(ellipsoid_area_m2(gpd.GeoDataFrame(geometry=[shape], crs=crs))[0]) if shapely.area(shape) > 0 else 0.0


def _codes(shape: shapely.Geometry, crs: object, screen: Screen) -> xr.DataArray | None:
    """Which rule takes each cell around a polygon; None where no raster rule is asked for."""
    by_land = screen.land is not None and bool(screen.not_on)
    by_slope = screen.terrain is not None and (screen.max_slope_pct is not None or screen.max_north_pct is not None)
    if not by_land and not by_slope:
        return None
    west, south, east, north = shapely.bounds(shape)
    pad = 3 * screen.cell_m
    grid = Grid.from_bounds((west - pad, south - pad, east + pad, north + pad), screen.cell_m, crs)
    codes = np.full(grid.shape, _KEPT, np.uint8)
    if by_slope and screen.terrain is not None:
        slope, away = slope_percent(_heights(screen.terrain, grid), screen.cell_m, north=screen.north)
        if screen.max_north_pct is not None:
            codes[away & (slope > screen.max_north_pct)] = _NORTH
        if screen.max_slope_pct is not None:
            codes[slope > screen.max_slope_pct] = _STEEP
        codes[~np.isfinite(slope)] = _UNKNOWN
    if by_land and screen.land is not None:
        found, numbering = _land(screen.land, grid)
        taken = [c for c, key in numbering.items() if set(land_class(key).lineage) & set(screen.not_on)]
        codes[~np.isin(found, list(numbering))] = _UNKNOWN
        codes[np.isin(found, taken)] = _LAND
    return from_numpy(codes, grid, name="site_rules")


def _land(land: AnyCover, grid: Grid) -> tuple[np.ndarray, Mapping[int, str]]:
    """Codes of the land on a grid, and the class each means; polygons are drawn as ids of the common classes."""
    if isinstance(land, LandCover):
        return on_grid(land.source, grid, resampling="nearest").to_numpy(), land.numbering().classes
    known = {c.id: c.key for c in land_classes().values() if c.id > 0}
    return land.on(grid).classify(check=False).to_numpy(), known


def _heights(terrain: RasterSource, grid: Grid) -> np.ndarray:
    return np.asarray(on_grid(terrain, grid, resampling="bilinear").to_numpy(), float)


def slope_percent(height: np.ndarray, cell_m: float, *, north: bool = True) -> tuple[np.ndarray, np.ndarray]:
    """Slope of each cell [%], and whether it falls away from the noon sun.

    Parameters
    ----------
    height : numpy.ndarray
        Heights [m], north up.
    cell_m : float
        Cell side [m].
    north : bool, default True
        Northern hemisphere: what falls to the north looks away.
    """
    down, across = np.gradient(height, cell_m)
    # rows run south: a surface that rises with the row falls to the north
    falls_north = down > np.abs(across)
    falls_south = -down > np.abs(across)
    return 100 * np.hypot(down, across), falls_north if north else falls_south
