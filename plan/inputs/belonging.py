"""Whether what a region file names belongs together: outlines and surface, weather and place, terrain, factors.

Every reader believes its own file; here the files are held against each other. What is doubtful is noted, what cannot
be the same place is refused with the likely causes.
"""

from __future__ import annotations

from collections.abc import Callable

import geopandas as gpd
import numpy as np
import shapely
from pyproj import Geod

from guanghui.data import read_table
from guanghui.geo.errors import InputError, listing
from guanghui.geo.raster_source import RasterSource
from guanghui.geo.side_table import match_township
from guanghui.geo.surface import sample_heights, surface_grid
from guanghui.geo.surface_faults import tell_faults
from guanghui.plan.inputs.layers_place import biomass_size, layers_place, stand_volumes
from guanghui.plan.inputs.region import Region
from guanghui.plan.inputs.roofs_shown import roofs_seen
from guanghui.plan.inputs.surface_fit import tell_surface_fit
from guanghui.pv.sun.weather import Weather

__all__ = [
    "STEPS", "covered_share", "grid_places", "land_codes", "own_numbers", "place_of_factors", "surface_cells",
    "terrain_cover", "weather_place",
]  # fmt: skip

_NOTE_SHARE = 0.9
_FAR_KM, _FAR_DEG, _FAR_UP_M, _ELSEWHERE_KM = 100.0, 1.5, 500.0, 1000.0
_TROPIC_DEG = 2.0
"""So near the equator the hemisphere does not matter [°]."""
_GEOD = Geod(ellps="GRS80")


def surface_cells(region: Region) -> None:
    """Whether the cells of the surface model are fine enough to tell roofs and hold heights, before hours are spent.

    Parameters
    ----------
    region : Region
        With a surface model; else nothing is said.

    Raises
    ------
    InputError
        If they are wider than 5 m.
    """
    if region.surface is not None and region.file.buildings is not None:
        surface_grid(region.surface, region.crs, region.notes)
        tell_faults(region.surface, region.notes, unit=region.settings.surface_unit)


def grid_places(region: Region) -> None:
    """Note the places of the transformer table that are no township of the region.

    Parameters
    ----------
    region : Region
        With a transformer table; else nothing is said.
    """
    table = region.power_grid
    if table is None:
        return
    towns = region.whole.townships
    known = [*towns["code"].astype(str), *towns["name"].astype(str)]
    places = table["place"].astype(str)
    lost = sorted(set(places) - set(match_township(places, known)))
    if lost:
        region.notes.add("grid", f"{listing(lost)}: no such township; their capacity is not used, correct the names",
                         f"{listing(lost)}：没有此乡镇，其容量未采用；请更正名称")  # fmt: skip


def terrain_cover(region: Region) -> None:
    """Note it where the bare-earth model shows only a part of the townships.

    Parameters
    ----------
    region : Region
        With terrain; else nothing is said.
    """
    if region.terrain is None:
        return
    share = covered_share(region, region.terrain)
    if share < _NOTE_SHARE:
        region.notes.add(
            "terrain",
            f"the terrain shows {100 * share:.0f} % of the townships: hills beyond it cast no shade; give one that "
            "reaches around the region",
            f"地形只覆盖乡镇范围的 {100 * share:.0f} %：范围外的山体不计遮挡；请提供覆盖全区及周边的地形",
        )


def covered_share(region: Region, raster: RasterSource) -> float:
    """Part of a regular pattern of points in the townships where a raster has a value.

    Parameters
    ----------
    region : Region
        With townships.
    raster : RasterSource
        One of its rasters.
    """
    area = shapely.union_all(region.townships.geometry.to_numpy())
    west, south, east, north = area.bounds
    x, y = np.meshgrid(np.linspace(west, east, 42)[1:-1], np.linspace(south, north, 42)[1:-1])
    points = shapely.points(x.ravel(), y.ravel())
    points = points[shapely.contains(area, points)]
    if len(points) == 0:
        return 1.0
    return float(
        np.isfinite(sample_heights(raster, gpd.GeoDataFrame(geometry=points, crs=region.townships.crs))).mean()
    )


def weather_place(region: Region) -> None:
    """Distance, height and hemisphere of the weather stations.

    Parameters
    ----------
    region : Region
        With outlines and an hourly file; else nothing is said.

    Raises
    ------
    InputError
        If a station lies in the other hemisphere or beyond 1,000 km, unless ``[weather] far = true``.
    """
    w = region.file.weather
    if region.buildings is None or not (w.path or w.stations):
        return
    found = region.stations if w.stations else (region.weather,)
    longitude, latitude = region.middle_deg
    km = [_GEOD.inv(longitude, latitude, s.longitude, s.latitude)[2] / 1000 for s in found]
    for station, far in zip(found, km, strict=True):
        other = station.latitude * latitude < 0 and min(abs(station.latitude), abs(latitude)) > _TROPIC_DEG
        if (far > _ELSEWHERE_KM or other) and not w.far:
            half = "N" if station.latitude >= 0 else "S"
            where = f"{station.label} ({abs(station.latitude):.2f}° {half}, {station.longitude:.2f}° E)"
            raise InputError(
                f"{region.path}: [weather] {where} lies {far:,.0f} km from the region"
                f"{' in the other hemisphere' if other else ''}; give a station of this place, correct latitude and "
                "longitude, or set far = true in [weather] where it is meant.",
                f"{region.path}：[weather] {where} 距本区 {far:,.0f} 公里{'，且在另一半球' if other else ''}；"
                "请换用本地站点、更正经纬度，确需使用时在 [weather] 中设 far = true。",
            )
    nearest = int(np.argmin(km))
    _doubts(region, found[nearest], km[nearest])


def _doubts(region: Region, station: Weather, km: float) -> None:
    longitude, latitude = region.middle_deg
    off = max(abs(station.latitude - latitude), abs(station.longitude - longitude) * np.cos(np.radians(latitude)))
    if km >= _FAR_KM or off >= _FAR_DEG:
        region.notes.add("weather", f"{station.label} lies {km:,.0f} km from the region: its sun and air may differ",
                         f"{station.label} 距本区 {km:,.0f} 公里：日照与气温可能不同")  # fmt: skip
    if region.terrain is None or station.altitude == 0:
        return
    ground = region.townships.geometry.representative_point()
    heights = sample_heights(region.terrain, gpd.GeoDataFrame(geometry=ground))
    if not np.isfinite(heights).any():
        return
    up = float(np.nanmedian(heights)) - station.altitude
    if abs(up) >= _FAR_UP_M:
        region.notes.add("weather", f"the region lies {up:+,.0f} m above {station.label}: its air is colder or warmer",
                         f"本区比 {station.label} 高 {up:+,.0f} 米：气温有差别")  # fmt: skip


def place_of_factors(region: Region) -> None:
    """Note an emission factor, prices or normals that are of another province.

    Parameters
    ----------
    region : Region
        Opened region.
    """
    if region.buildings is None:
        return
    f = region.file
    used = [("grid", f.coverage.grid)] if f.coverage.phases else []
    used += [("price", f.economics.region)] if f.economics is not None and f.economics.region else []
    used += [("normals", f.weather.normals)] if f.weather.normals and not (f.weather.path or f.weather.stations) else []
    known = read_table("legends", "provinces.csv").set_index(["kind", "key"])
    longitude, latitude = region.middle_deg
    what = {
        "grid": ("coverage", "the emission factor", "排放因子"),
        "price": ("economics", "the feed-in price", "上网电价"),
        "normals": ("weather", "the monthly normals", "月平均值"),
    }
    for kind, key in used:
        if (kind, key) not in known.index:
            continue
        row = known.loc[(kind, key)]
        if row["west"] <= longitude <= row["east"] and row["south"] <= latitude <= row["north"]:
            continue
        topic, en, zh = what[kind]
        region.notes.add(
            topic,
            f'{en} "{key}" is of {row["name_en"]} and the region lies elsewhere '
            f"({longitude:.1f}° E, {latitude:.1f}° N)",
            f"{zh} {key} 属于{row['name_zh']}，而本区不在其范围内（东经 {longitude:.1f}°，北纬 {latitude:.1f}°）",
        )


def land_codes(region: Region) -> None:
    """Read the codes of the land covers in full, and hold polygons against the townships, before hours are spent.

    Parameters
    ----------
    region : Region
        With land cover; else nothing is said.

    Raises
    ------
    InputError
        If a legend does not explain a code, or the codes fit several numberings.
    """
    for cover in (region.landcover, region.landcover_before):
        if cover is not None:
            part = cover.clip(region.townships)
            part.check()
            part.fit(region.townships, region.notes)


def own_numbers(region: Region) -> None:
    """Hold factors and the carbon table of the user against the account, before hours are spent on roofs.

    Parameters
    ----------
    region : Region
        Opened region.

    Raises
    ------
    InputError
        A factor that does not exist, a code of the map that the table lacks, a growth table that cannot be
        used.
    """
    region.settings.sinks.factors()
    region.settings.sinks.model_copy(update={"own_growth": dict(region.own_growth)}).factors()
    pools = region.own_pools
    if pools is not None and region.landcover is not None:
        pools.refuse_missing(region.landcover.clip(region.townships).census(), region.notes)


STEPS: tuple[Callable[[Region], None], ...] = (
    surface_cells, roofs_seen, tell_surface_fit, terrain_cover, weather_place, place_of_factors, land_codes,
    layers_place, stand_volumes, biomass_size, own_numbers, grid_places,
)  # fmt: skip
"""What is held against each other, in the order it is told."""
