"""Polygons onto a grid: which polygon a cell belongs to, decided by the part of it that each covers."""

# mypy: disable-error-code="no-untyped-def"

from __future__ import annotations

from typing import Any

import dask.array as da
import geopandas as gpd
import numpy as np
import numpy.typing as npt
import xarray as xr

from guanghui.geo.compiled import njit
from guanghui.geo.coverage import Coverage, coverage
from guanghui.geo.grid import Grid

__all__ = ["burn", "burn_block"]


def burn(like: xr.DataArray, zones: gpd.GeoDataFrame, *, at_least: float = 0.5) -> xr.DataArray:
    """Position of the polygon each cell belongs to, lazily.

    A cell belongs to the polygon that covers the largest part of it, if all polygons together cover at least
    ``at_least`` of it; of two equal parts the earlier polygon wins.

    Parameters
    ----------
    like : xarray.DataArray
        Raster whose grid and chunks are used, dims (y, x).
    zones : geopandas.GeoDataFrame
        Polygons, any CRS; overlaps count twice towards ``at_least``.
    at_least : float, default 0.5
        Covered part of a cell that is needed [1].

    Returns
    -------
    xarray.DataArray
        int32, position in ``zones`` or -1, on the grid of ``like``.
    """
    cover = coverage(zones, Grid.of(like))
    source = like if like.chunks else like.chunk()
    data = da.map_blocks(
        burn_block, source.data, cover=cover, at_least=at_least, dtype=np.int32, meta=np.empty((0, 0), np.int32)
    )
    out = source.copy(data=data)
    out.name, out.attrs = "zone", {"nodata": -1, "long_name": "position of the polygon"}
    return out


def burn_block(
    block: npt.NDArray[Any], cover: Coverage, at_least: float, block_info: Any = None
) -> npt.NDArray[np.int32]:
    """Position of the polygon of every cell of a block; see :func:`burn`.

    Parameters
    ----------
    block : numpy.ndarray
        Block of the raster; only its shape counts.
    cover : Coverage
        Coverage of the polygons on the grid.
    at_least : float
        Least part of a cell that all polygons together must hold [1].
    block_info : object, optional
        What dask tells of the place of the block.

    Returns
    -------
    numpy.ndarray
        Shape of the block; -1 where no polygon holds enough.
    """
    place = block_info[0]["array-location"]
    rows = slice(place[0][0], place[0][1])
    out = np.full(block.shape, -1, np.int32)
    best, total = np.zeros(block.shape), np.zeros(block.shape)
    origin = (place[0][0], place[1][0])
    _paint_runs(out, best, total, origin, *cover.runs(rows))
    _paint_edges(out, best, total, origin, *cover.edges(rows))
    out[total < at_least - 1e-9] = -1
    return out


@njit(nogil=True, cache=True)
def _paint_runs(out, best, total, origin, zone, row, start, stop):
    for i in range(len(row)):
        for c in range(max(start[i] - origin[1], 0), min(stop[i] - origin[1], out.shape[1])):
            r = row[i] - origin[0]
            total[r, c] += 1.0
            if best[r, c] < 1.0:
                best[r, c] = 1.0
                out[r, c] = zone[i]


@njit(nogil=True, cache=True)
def _paint_edges(out, best, total, origin, zone, row, col, part):
    for i in range(len(row)):
        c = col[i] - origin[1]
        if 0 <= c < out.shape[1]:
            r = row[i] - origin[0]
            total[r, c] += part[i]
            if part[i] > best[r, c]:
                best[r, c] = part[i]
                out[r, c] = zone[i]
