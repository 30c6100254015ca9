"""Bare earth far around some places, on the coarse grid of distant hills, and how much of it is not known."""

from __future__ import annotations

import dask.array as da
import geopandas as gpd
import numpy as np
import xarray as xr

from guanghui.geo.grid import Grid
from guanghui.geo.raster import on_grid
from guanghui.geo.raster_source import RasterSource
from guanghui.geo.surface import sample_heights
from guanghui.pv.shade.terrain import COARSE_CELL_M

__all__ = ["TOLD_UNKNOWN_PCT", "coarse_terrain", "unknown_around"]

TOLD_UNKNOWN_PCT = 0.5
"""Share of unknown ground that is worth a word [%]."""

_PARTS, _CHUNK = 3, 512
"""Lattice points along a coarse cell, and coarse cells along a chunk."""
_RINGS = 8
"""Distances at which the terrain is looked up for its gaps."""


def coarse_terrain(
    terrain: RasterSource, bounds: tuple[float, float, float, float], crs: object, reach_m: float
) -> xr.DataArray:
    """Mean heights of the coarse cells around some places; NaN where a part of a cell is not known.

    Parameters
    ----------
    terrain : RasterSource
        Bare earth [m].
    bounds : tuple of float
        West, south, east and north of the places [m].
    crs : object
        Metric CRS of the bounds.
    reach_m : float
        Farthest hill that counts [m].

    Returns
    -------
    xarray.DataArray
        Lazy, cells of ``COARSE_CELL_M``.
    """
    reach = reach_m + 2 * COARSE_CELL_M
    west, south, east, north = bounds
    grid = Grid.from_bounds((west - reach, south - reach, east + reach, north + reach), COARSE_CELL_M, crs)
    mean = on_grid(terrain, grid, resampling="average", name="terrain", units="m", chunk=_CHUNK)
    return mean.copy(data=da.where(_wholly_known(terrain, grid), mean.data, np.float32(np.nan)))


def _wholly_known(terrain: RasterSource, grid: Grid) -> da.Array:
    """Whether a coarse cell is known on a lattice all over it: the mean of a known part may stand above the whole."""
    side = grid.cell[0] / _PARTS
    t = grid.transform
    fine = Grid(grid.crs, type(t)(side, 0, t.c, 0, -side, t.f), grid.width * _PARTS, grid.height * _PARTS)
    there = da.isfinite(on_grid(terrain, fine, resampling="nearest", chunk=_PARTS * _CHUNK).data)
    return da.coarsen(np.all, there, {0: _PARTS, 1: _PARTS})


def unknown_around(
    terrain: RasterSource, x: np.ndarray, y: np.ndarray, crs: object, *, from_m: float, to_m: float
) -> tuple[float, float]:
    """Share of the ground around some places that the terrain does not know, and of the horizon with a part unknown.

    Parameters
    ----------
    terrain : RasterSource
        Bare earth.
    x, y : numpy.ndarray
        Places [m], shape (n,).
    crs : object
        Metric CRS of the places.
    from_m, to_m : float
        Nearest and farthest ground looked at [m].

    Returns
    -------
    tuple of float
        [%], over eight distances on a geometric scale and every 10° of the horizon.
    """
    reach = np.geomspace(max(from_m, 1.0), to_m, _RINGS)
    turn = np.radians(np.arange(0.0, 360.0, 10.0))
    east = np.asarray(x)[:, None, None] + reach[:, None] * np.sin(turn)
    north = np.asarray(y)[:, None, None] + reach[:, None] * np.cos(turn)
    places = gpd.GeoDataFrame(geometry=gpd.points_from_xy(east.ravel(), north.ravel()), crs=crs)
    known = np.isfinite(sample_heights(terrain, places)).reshape(east.shape)
    return 100 * (1 - float(known.mean())), 100 * (1 - float(known.all(axis=1).mean()))
