"""A surface model laid on another grid without smoothing its steps: walls stay walls, slopes stay slopes."""

from __future__ import annotations

import dask
import dask.array as da
import numpy as np
import rasterio
import xarray as xr
from dask.base import tokenize
from rasterio.windows import Window

from guanghui.geo.crs import transformer
from guanghui.geo.grid import Grid
from guanghui.geo.raster import CHUNK, from_numpy
from guanghui.geo.raster_source import RasterSource
from guanghui.geo.unread import read_whole

__all__ = ["keeping_steps"]

_LATTICE = 64
"""Cells between which the projection is taken as straight; its bend over 64 cells stays far below a cell."""
_RIM = 2
_STRIP = 64
"""Rows of the target worked at once where each cell holds several spots."""
_WALL_RISE = 1.2
"""A cell in which heights differ by more of its side holds a wall [1] (assumed)."""


def keeping_steps(source: RasterSource, grid: Grid, *, chunk: int = CHUNK) -> xr.DataArray:
    """Lay a surface on a grid by planes inside its cells.

    Bilinear weights smear a wall over two cells, the nearest cell turns a slope into stairs. Here each cell of the
    source is a plane whose slope is the lesser of those to its two neighbours, and level where they disagree in sign
    (the minmod limiter, van Leer 1979, doi:10.1016/0021-9991(79)90145-1), so that no height beyond its neighbours
    arises. Where the target is coarser, as for a model that was enlarged without interpolation, a cell takes the mean
    of the spots in it, for the nearest one moves a slope by half of what was measured; where a wall stands in it, the
    spot in its middle.

    Parameters
    ----------
    source : RasterSource
        Heights in any CRS.
    grid : Grid
        Target.
    chunk : int, default 2048
        Side of a chunk [cells].

    Returns
    -------
    xarray.DataArray
        Heights as stored, float32, dims (y, x), lazy, NaN where there are none.
    """
    stamps = [path.stat().st_mtime_ns for path in source.paths]
    spots, rows = _spots(source, grid), []
    for r in range(0, grid.height, chunk):
        row = []
        for c in range(0, grid.width, chunk):
            part = grid.part(slice(r, min(r + chunk, grid.height)), slice(c, min(c + chunk, grid.width)))
            name = "planes-" + tokenize(source.opener, stamps, part, spots)
            block = dask.delayed(_block)(source, part, spots, dask_key_name=name)
            row.append(da.from_delayed(block, part.shape, dtype="float32", name=f"{name}-array"))
        rows.append(row)
    return from_numpy(da.block(rows), grid, name="surface", units="m")


def _spots(source: RasterSource, grid: Grid) -> int:
    """Cells of the source along a cell of the target."""
    r, c = grid.height // 2, grid.width // 2
    x, y = _places(grid.part(slice(r, r + 1), slice(c, c + 1)).finer(2), source.grid)
    return max(1, round(2 * float(max(np.ptp(x), np.ptp(y)))))


def _block(source: RasterSource, part: Grid, spots: int) -> np.ndarray:
    if spots == 1:
        return _planes(source, part)
    out, limit = np.empty(part.shape, "float32"), _WALL_RISE * part.cell[0]
    for r in range(0, part.height, _STRIP):
        strip = part.part(slice(r, min(r + _STRIP, part.height)), slice(0, part.width))
        z = _planes(source, strip.finer(spots)).reshape(strip.height, spots, strip.width, spots)
        middle = z[:, spots // 2, :, spots // 2]
        level = z.max(axis=(1, 3)) - z.min(axis=(1, 3)) <= limit  # never where a spot is unknown
        out[r : r + strip.height] = np.where(level, z.mean(axis=(1, 3)), middle)
    return out


def _planes(source: RasterSource, part: Grid) -> np.ndarray:
    x, y = _places(part, source.grid)
    row, col = np.floor(y).astype(int), np.floor(x).astype(int)
    whole = source.grid
    known = (row >= 0) & (row < whole.height) & (col >= 0) & (col < whole.width)
    out = np.full(part.shape, np.nan, "float32")
    if not known.any():
        return out
    r0, r1 = max(row[known].min() - _RIM, 0), min(row[known].max() + _RIM + 1, whole.height)
    c0, c1 = max(col[known].min() - _RIM, 0), min(col[known].max() + _RIM + 1, whole.width)
    with read_whole(source.label), rasterio.open(source.opener) as data:
        z = data.read(1, window=Window(c0, r0, c1 - c0, r1 - r0), masked=True).astype("float32").filled(np.nan)
    r, c = row[known] - r0, col[known] - c0
    value = z[r, c] + _slope(z, 1)[r, c] * (x[known] - col[known] - 0.5)
    out[known] = value + _slope(z, 0)[r, c] * (y[known] - row[known] - 0.5)
    return out


def _slope(z: np.ndarray, axis: int) -> np.ndarray:
    """Lesser of the steps to both neighbours, 0 where they differ in sign or one is unknown."""
    step = np.nan_to_num(np.diff(z, axis=axis), nan=0.0)
    none = [(0, 0), (0, 0)]
    before, after = none.copy(), none.copy()
    before[axis], after[axis] = (1, 0), (0, 1)
    left, right = np.pad(step, before), np.pad(step, after)
    return np.where(left * right > 0, np.where(np.abs(left) < np.abs(right), left, right), 0.0).astype("float32")


def _places(part: Grid, whole: Grid) -> tuple[np.ndarray, np.ndarray]:
    """Column and row of the source, with fractions, of every cell middle of a part of the target."""
    rows = np.unique(np.append(np.arange(0, part.height, _LATTICE), part.height))
    cols = np.unique(np.append(np.arange(0, part.width, _LATTICE), part.width))
    t, s = part.transform, whole.transform
    east, north = np.meshgrid(t.c + t.a * cols, t.f + t.e * rows)
    x, y = transformer(part.crs, whole.crs).transform(east, north)
    down, across = _weights(rows, part.height), _weights(cols, part.width).T
    return down @ ((x - s.c) / s.a) @ across, down @ ((y - s.f) / s.e) @ across


def _weights(knots: np.ndarray, count: int) -> np.ndarray:
    """Linear weights of the knots at the middle of every cell, shape (count, knots)."""
    middle = np.arange(count) + 0.5
    return np.stack([np.interp(middle, knots, one) for one in np.eye(len(knots))], axis=1)
