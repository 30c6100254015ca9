"""Walls of buildings as module planes: which stand free, where they look, and what light they get."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import geopandas as gpd
import numpy as np
import shapely
import xarray as xr

from guanghui.geo.grid import Grid
from guanghui.pv.shade.horizon import Beyond, Skyline
from guanghui.pv.sites.energy import Planes, SiteSun
from guanghui.pv.sites.hills import FarSkyline, Hills

__all__ = ["FOOT_M", "Walls", "light_of_walls", "walls_of"]

FOOT_M = 3.0
"""Lowest part of a wall that stays free [m] (assumed: shop fronts, damage)."""
_SHORTEST_M = 3.0
_OFF_M = 1.5
"""How far before the wall its light is looked at [m]; less than a cell would see the wall's own roof."""


@dataclass(frozen=True)
class Walls:
    """Walls of one or several buildings, shape (n,)."""

    building: np.ndarray
    """Position of the building."""
    area_m2: np.ndarray
    """Above the free foot [m²]."""
    foot_m2: np.ndarray
    azimuth: np.ndarray
    """They look there, clockwise from grid north [°]."""
    x: np.ndarray
    y: np.ndarray
    """Middle, in front of the wall [m]."""
    middle_m: np.ndarray
    """Height of the middle above ground [m]."""
    shared: np.ndarray
    """Another outline stands against it, bool."""


def walls_of(outlines: gpd.GeoDataFrame, height_m: np.ndarray) -> Walls:
    """Take outlines apart into walls.

    Parameters
    ----------
    outlines : geopandas.GeoDataFrame
        Polygons in a metric CRS; courts have walls too.
    height_m : numpy.ndarray
        Height of the walls above ground [m].
    """
    shapes = outlines.geometry.to_numpy()
    rows: list[tuple[float, ...]] = []
    for number, shape in enumerate(shapes):
        for part in shapely.get_parts(shape):
            solid = shapely.geometry.polygon.orient(part, 1.0)
            for ring in (solid.exterior, *solid.interiors):
                points = np.asarray(ring.coords)[:, :2]
                for (x0, y0), (x1, y1) in pairwise(points):
                    length = float(np.hypot(x1 - x0, y1 - y0))
                    if length >= _SHORTEST_M:
                        out = (y1 - y0) / length, -(x1 - x0) / length
                        rows.append((number, length, out[0], out[1], (x0 + x1) / 2, (y0 + y1) / 2))
    table = np.array(rows, float).reshape(-1, 6)
    building = table[:, 0].astype(int)
    high = np.asarray(height_m, float)[building]
    x, y = table[:, 4] + _OFF_M * table[:, 2], table[:, 5] + _OFF_M * table[:, 3]
    points = shapely.points(table[:, 4] + 0.3 * table[:, 2], table[:, 5] + 0.3 * table[:, 3])
    hit = np.unique(shapely.STRtree(shapes).query(points, predicate="intersects")[0])
    shared = np.zeros(len(table), bool)
    shared[hit] = True
    return Walls(
        building, table[:, 1] * np.maximum(high - FOOT_M, 0.0), table[:, 1] * np.minimum(high, FOOT_M),
        np.degrees(np.arctan2(table[:, 2], table[:, 3])) % 360.0, x, y, (np.maximum(high, FOOT_M) + FOOT_M) / 2, shared,
    )  # fmt: skip


def light_of_walls(
    walls: Walls, sun: SiteSun, surface: xr.DataArray | None, reach_m: float, hills: Hills | None = None
) -> tuple[np.ndarray, ...]:
    """Irradiation [kWh/m²] and energy [kWh/kWp] of every wall in a year.

    Parameters
    ----------
    walls : Walls
        From :func:`walls_of`.
    sun : SiteSun
        Sun, sky and system.
    surface : xarray.DataArray, optional
        Heights [m] that hide the sky; without it every wall is open.
    reach_m : float
        Farthest obstacle in the surface [m]; hills count beyond it.
    hills : Hills, optional
        Terrain far around.
    """
    count = len(walls.building)
    far = None
    if hills is not None and count:
        far = hills.beyond(walls.x, walls.y, walls.middle_m, sun.table.nodes, reach_m)
    poa, energy = np.zeros(count), np.zeros(count)
    for number in np.unique(walls.building):
        mine = np.flatnonzero(walls.building == number)
        planes = Planes(np.full(len(mine), 90.0), walls.azimuth[mine], np.zeros(len(mine), bool), np.zeros(len(mine)))
        beyond = None if far is None else far.part(mine)
        skyline = None if surface is None else _skyline(walls, mine, surface, reach_m, beyond)
        skyline = beyond if skyline is None else skyline
        poa[mine] = sun.irradiation(planes, skyline).annual
        energy[mine] = sun.energy(planes, skyline).sum(axis=1)
    return poa, energy


def _skyline(
    walls: Walls, mine: np.ndarray, surface: xr.DataArray, reach_m: float, beyond: FarSkyline | None
) -> Beyond | None:
    """What stands around the walls of one building; None where the surface does not reach them."""
    grid = Grid.of(surface)
    x, y = walls.x[mine], walls.y[mine]
    rows, cols = grid.window((x.min() - reach_m, y.min() - reach_m, x.max() + reach_m, y.max() + reach_m))
    if rows.start >= rows.stop or cols.start >= cols.stop:
        return None
    values = np.asarray(surface.isel(y=rows, x=cols).to_numpy(), float)
    part = grid.part(rows, cols)
    column, row = (~part.transform) * (x, y)
    at = (
        np.clip(np.floor(row).astype(int), 0, values.shape[0] - 1),
        np.clip(np.floor(column).astype(int), 0, values.shape[1] - 1),
    )
    ground = values[at]
    if not np.isfinite(ground).all():
        return None
    return Skyline(
        values, grid.cell[0], *at, height=ground + walls.middle_m[mine], reach_m=reach_m, beyond=beyond
    )  # fmt: skip
