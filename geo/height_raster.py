"""Heights of buildings from a raster of building heights, where the outlines have none."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely

from guanghui.geo.errors import InputError
from guanghui.geo.notes import Notes
from guanghui.geo.raster_source import RasterSource
from guanghui.geo.surface import sample_heights

__all__ = ["with_raster_heights"]

_SPOTS = 8
_INSIDE = 0.6
"""How far out from its middle a building is looked at, as a part of the way to its edge [1]."""
_LOWEST_M, _HIGHEST_M = 1.5, 600.0


def with_raster_heights(buildings: gpd.GeoDataFrame, raster: RasterSource, notes: Notes) -> gpd.GeoDataFrame:
    """Buildings with the mean height a raster shows on them in the place of an assumed one.

    Parameters
    ----------
    buildings : geopandas.GeoDataFrame
        From :func:`geo.buildings.read_buildings`; measured heights and those from storeys stay.
    raster : RasterSource
        Heights above ground [m] of any cell size; 0 and no data are no building.
    notes : Notes
        Told how many got one.

    Returns
    -------
    geopandas.GeoDataFrame
        ``height_source`` is ``raster`` where it was used.

    Raises
    ------
    InputError
        If no building without a height gets one.
    """
    need = np.flatnonzero((buildings["height_source"] == "assumed").to_numpy())
    if not len(need):
        return buildings
    own = buildings.iloc[need]
    spots = _spots(own.geometry.to_numpy())
    points = gpd.GeoDataFrame(geometry=spots.ravel(), crs=buildings.crs)
    values = sample_heights(raster, points).reshape(spots.shape)
    good = (values >= _LOWEST_M) & (values <= _HIGHEST_M)
    count = good.sum(axis=1)
    mean = np.where(good, values, 0.0).sum(axis=1) / np.maximum(count, 1)
    known = count > 0
    if not known.any():
        raise InputError(
            f"[buildings] height_raster: {raster.label} shows a height of {_LOWEST_M:g} to {_HIGHEST_M:g} m on none of "
            f"the {len(need)} buildings without one; give building heights in metres above ground of this place.",
            f"[buildings] height_raster：{raster.label} 在 {len(need)} 栋无高度的建筑上均没有 {_LOWEST_M:g} 至 "
            f"{_HIGHEST_M:g} 米的高度；请提供本地以米为单位的建筑高度（离地）。",
        )
    out = buildings.copy()
    rows = out.index[need[known]]
    out.loc[rows, "height_m"] = mean[known]
    out.loc[rows, "height_source"] = "raster"
    out.attrs = buildings.attrs
    notes.add(
        "buildings",
        f"{int(known.sum())} of {len(buildings)} heights come from the height raster (errors of 3-6 m: shade costs "
        f"1-2 % of the energy too much), {int((~known).sum())} are still assumed by class",
        f"{len(buildings)} 栋建筑中 {int(known.sum())} 栋高度取自高度栅格（误差 3-6 米，遮挡约高估 1-2 %），"
        f"{int((~known).sum())} 栋仍按类别假定",
    )
    return out


def _spots(shapes: np.ndarray) -> np.ndarray:
    """Places on each building, its middle first, shape (n, 1 + 8)."""
    middle = shapely.point_on_surface(shapes)
    rings = shapely.get_exterior_ring(shapely.convex_hull(shapes))
    edge = shapely.line_interpolate_point(rings[:, None], np.arange(_SPOTS) / _SPOTS, normalized=True)
    x = shapely.get_x(middle)[:, None] + _INSIDE * (shapely.get_x(edge) - shapely.get_x(middle)[:, None])
    y = shapely.get_y(middle)[:, None] + _INSIDE * (shapely.get_y(edge) - shapely.get_y(middle)[:, None])
    spots = shapely.points(x, y)
    inside = shapely.contains(shapes[:, None], spots)
    return np.concatenate([middle[:, None], np.where(inside, spots, middle[:, None])], axis=1)
