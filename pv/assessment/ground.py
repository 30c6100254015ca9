"""Rasters a survey stands on: the surface the sun meets, trees it does not show, and the hills far around."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import geopandas as gpd
import numpy as np
import shapely
import xarray as xr

from guanghui.geo.city import City
from guanghui.geo.raster_source import RasterSource
from guanghui.geo.surface import canopy_top, extruded_surface, sample_heights, surface_model
from guanghui.geo.units import FOOT_M
from guanghui.pv.settings import PvSettings
from guanghui.pv.shade.far_ground import TOLD_UNKNOWN_PCT, coarse_terrain, unknown_around
from guanghui.pv.sun.weather import Weather

__all__ = ["Ground", "PvCity", "open_ground"]

_DATUM_SLACK_M = 10.0
_LOOKED_FROM = 9
"""Roofs from which the terrain is looked up for its gaps."""
_OFF_M, _CLEAR_M = 12.0, 5.0
"""How far from its building ground is looked for, and how far from every outline it lies [m]."""


class _Settings(Protocol):
    @property
    def pv(self) -> PvSettings:
        """Settings of roofs, modules and energy."""

    @property
    def surface_unit(self) -> str:
        """Unit of the surface model's heights, where the region file names one."""

    @property
    def canopy_is(self) -> str:
        """Whether the canopy holds heights of trees or of their tops."""


class PvCity(City[_Settings], Protocol):
    """What the survey needs to know of a region."""

    @property
    def buildings(self) -> gpd.GeoDataFrame | None:
        """Outlines in the region's CRS, as :func:`geo.buildings.read_buildings` returns them."""

    @property
    def surface(self) -> RasterSource | None:
        """Surface model, if there is one."""

    @property
    def canopy(self) -> RasterSource | None:
        """Trees the surface model does not show, if there are any."""

    @property
    def weather(self) -> Weather:
        """Checked hours."""

    @property
    def weather_by_township(self) -> Mapping[str, Weather]:
        """Township code -> hours of its own station; the others have ``weather``."""

    @property
    def middle_deg(self) -> tuple[float, float]:
        """Longitude and latitude the sun is computed for [°]; the same whichever townships are worked."""


@dataclass(frozen=True)
class Ground:
    """Rasters of the region, lazy."""

    surface: xr.DataArray
    """Heights that the sun meets [m]."""
    canopy: xr.DataArray | None = None
    """Top of trees the surface does not show [m], on the same grid."""
    terrain: xr.DataArray | None = None
    """Coarse bare earth far around [m]."""
    terrain_offset_m: float = 0.0
    """What the surface reads above the terrain on the same ground [m]."""


def open_ground(city: PvCity, buildings: gpd.GeoDataFrame) -> Ground:
    """Open surface, trees and distant terrain of a region lazily.

    Parameters
    ----------
    city : PvCity
        Sources and settings.
    buildings : geopandas.GeoDataFrame
        Outlines; they are pushed up to their height where there is no surface model.
    """
    settings = city.settings.pv
    far = _distant(city, buildings) if settings.terrain_reach_m > settings.reach_m else None
    if city.surface is None:
        level = settings.form.assume == "level"
        city.notes.add(
            "surface",
            "no surface model: outlines were pushed up to their height" + (", every roof is level" if level else ""),
            "没有地表模型：建筑按高度拉伸" + ("，屋顶按平顶计算" if level else ""),
        )
        pushed = extruded_surface(buildings, margin_m=settings.reach_m, terrain=city.terrain)
        return Ground(pushed, None, far)
    surface = surface_model(city.surface, city.crs, unit=city.settings.surface_unit, notes=city.notes)
    canopy = None
    if city.canopy is not None:
        canopy = canopy_top(city.canopy, surface, city.terrain, kind=city.settings.canopy_is)
    if far is None or city.terrain is None:
        return Ground(surface, canopy)
    return Ground(surface, canopy, far, _datum(city, city.surface, city.terrain, buildings))


def _distant(city: PvCity, buildings: gpd.GeoDataFrame) -> xr.DataArray | None:
    """Bare earth on the coarse grid, as far as hills are looked for."""
    if city.terrain is None:
        return None
    _tell_unknown(city, city.terrain, buildings)
    return coarse_terrain(city.terrain, buildings.total_bounds, buildings.crs, city.settings.pv.terrain_reach_m)


def _tell_unknown(city: PvCity, terrain: RasterSource, buildings: gpd.GeoDataFrame) -> None:
    """Say how much of the ground that could hide the sun from the roofs the terrain does not know."""
    settings = city.settings.pv
    some = buildings.geometry.iloc[:: max(1, len(buildings) // _LOOKED_FROM)].representative_point()
    ground, directions = unknown_around(
        terrain, some.x.to_numpy(), some.y.to_numpy(), buildings.crs,
        from_m=settings.reach_m, to_m=settings.terrain_reach_m,
    )  # fmt: skip
    if ground < TOLD_UNKNOWN_PCT:
        return
    km = settings.terrain_reach_m / 1000
    city.notes.add(
        "surface",
        f"of the ground within {km:g} km of the roofs {ground:.0f} % is not in the terrain, which leaves "
        f"{directions:.0f} % of the horizon with a part unknown: it hides no sun, so yields among hills may be high",
        f"屋顶周围 {km:g} 公里内 {ground:.0f} % 的地面不在地形数据中，{directions:.0f} % 的天际线有未知部分："
        "未知处不遮挡阳光，山区发电量可能偏高",
    )


def _datum(city: PvCity, surface: RasterSource, terrain: RasterSource, buildings: gpd.GeoDataFrame) -> float:
    """Offset between the heights of surface and terrain on open ground, when it is too large to be slope [m].

    Roofs tell nothing of it: the height of a building may be unknown or wrong.
    """
    places = _open_places(buildings)
    gap = sample_heights(surface, places) * (FOOT_M if city.settings.surface_unit == "ft" else 1.0)
    gap = gap - sample_heights(terrain, places)
    offset = float(np.nanmedian(gap)) if np.isfinite(gap).any() else 0.0
    if abs(offset) < _DATUM_SLACK_M:
        return 0.0
    city.notes.add("surface", f"heights lie {offset:+.0f} m above the terrain's: another datum, allowed for",
                   f"地表模型与地形高程基准相差 {offset:+.0f} 米，已扣除")  # fmt: skip
    return round(offset, 1)  # a median over some roofs: finer digits would move with any one of them


def _open_places(buildings: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Points some metres off a sample of buildings and clear of every other."""
    some = buildings.geometry.iloc[:: max(1, len(buildings) // 200)]
    rings = shapely.get_exterior_ring(shapely.convex_hull(some.buffer(_OFF_M).to_numpy()))
    points = shapely.line_interpolate_point(rings[:, None], np.arange(8) / 8, normalized=True).ravel()
    tree = shapely.STRtree(buildings.geometry.to_numpy())
    built, _ = tree.query(points, predicate="dwithin", distance=_CLEAR_M)
    return gpd.GeoDataFrame(geometry=np.delete(points, np.unique(built)), crs=buildings.crs)
