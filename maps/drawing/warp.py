"""Bring rasters to the pixels of a Web Mercator picture, computing no more than the picture shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import rasterio
import rasterio.windows
import rioxarray  # noqa: F401  gives arrays their CRS
import xarray as xr
from affine import Affine
from rasterio.enums import Resampling
from scipy.ndimage import map_coordinates

from guanghui.geo.crs import transformer
from guanghui.geo.grid import Grid
from guanghui.geo.raster_source import RasterSource
from guanghui.maps.drawing.mercator import MERCATOR, from_mercator, latlng_bounds, mercator_bounds

__all__ = ["MAX_PX", "Box", "Canvas", "Raster", "Window", "canvas_for", "window_of"]

MAX_PX = 2048
Box: TypeAlias = tuple[float, float, float, float]
Raster: TypeAlias = xr.DataArray | RasterSource
_KNOTS = 33
_SPARE_CELLS = 2


@dataclass(frozen=True)
class Canvas:
    """Pixels of a picture in Web Mercator."""

    transform: Affine
    width: int
    height: int

    @property
    def box(self) -> Box:
        """West, south, east, north in EPSG:3857 [m]."""
        t = self.transform
        return t.c, t.f + t.e * self.height, t.c + t.a * self.width, t.f

    @property
    def bounds(self) -> list[list[float]]:
        """[[south, west], [north, east]] [°]."""
        return latlng_bounds(self.box, MERCATOR)


def canvas_for(box: Box, cell: float, max_px: int = MAX_PX) -> Canvas:
    """Pixels that cover a box.

    Parameters
    ----------
    box : tuple of float
        West, south, east, north in EPSG:3857 [m].
    cell : float
        Wanted side of a pixel [m in EPSG:3857]; coarser where the box would need more than ``max_px``.
    max_px : int, default 2048
        Longest side.
    """
    west, south, east, north = box
    side = max(cell, (east - west) / max_px, (north - south) / max_px)
    width, height = max(round((east - west) / side), 1), max(round((north - south) / side), 1)
    transform = Affine((east - west) / width, 0, west, 0, -(north - south) / height, north)
    return Canvas(transform, width, height)


@dataclass(frozen=True)
class Window:
    """The part of a raster that a picture shows, in memory, and the pixels of the picture."""

    values: npt.NDArray[Any]
    """Shape (rows, columns) or (layers, rows, columns)."""
    grid: Grid
    canvas: Canvas

    def sample(self, values: npt.NDArray[Any], fill: float) -> npt.NDArray[Any]:
        """Value of the cell under the middle of every pixel.

        Parameters
        ----------
        values : numpy.ndarray
            Anything on the cells of the window; leading dims are kept.
        fill : float
            Where the window has no cell.
        """
        row, col = self._places()
        outside = (row < 0) | (row >= self.grid.height) | (col < 0) | (col >= self.grid.width)
        cell = row.astype(np.int32) * self.grid.width + col.astype(np.int32)
        cell[outside] = 0
        out = values.reshape(*values.shape[:-2], -1).take(cell, axis=-1)
        if outside.any():
            out[..., outside] = fill
        return out

    def smooth(self) -> npt.NDArray[np.float32]:
        """Values between the cells, bilinear, NaN where the nearest cell has none."""
        row, col = self._places()
        near = self.sample(self.values, np.nan)
        between = map_coordinates(np.nan_to_num(self.values), [row - 0.5, col - 0.5], order=1, mode="nearest")
        return np.where(np.isfinite(near), between, np.nan).astype(np.float32)

    def _places(self) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """Row and column [cells] under the middle of every pixel.

        The projection is evaluated on a lattice and interpolated linearly between its knots; over the lattice cell of a
        city the error is far below a hundredth of a pixel.
        """
        t, back = self.canvas.transform, ~self.grid.transform
        v, u = np.linspace(0, self.canvas.height, _KNOTS), np.linspace(0, self.canvas.width, _KNOTS)
        uu, vv = np.meshgrid(u, v)
        x, y = transformer(MERCATOR, self.grid.crs).transform(t.c + t.a * uu, t.f + t.e * vv)
        down, along = _between_knots(self.canvas.height), _between_knots(self.canvas.width)
        row, col = (
            _stretched(_stretched(part, down, 0), along, 1) for part in (back.f + back.e * y, back.c + back.a * x)
        )
        return row, col


def _between_knots(count: int) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.float64]]:
    """Knot before the middle of every pixel, and how far on the way to the next it lies."""
    place = (np.arange(count) + 0.5) * (_KNOTS - 1) / count
    before = np.minimum(place.astype(np.intp), _KNOTS - 2)
    return before, place - before


def _stretched(
    values: npt.NDArray[np.float64], between: tuple[npt.NDArray[np.intp], npt.NDArray[np.float64]], axis: int
) -> npt.NDArray[np.float64]:
    """Values of the pixels from those of the knots, linear between them, along one axis."""
    before, part = between
    first, step = values.take(before, axis), np.diff(values, axis=axis).take(before, axis)
    step *= part[:, None] if axis == 0 else part
    return np.add(first, step, out=first)


def window_of(
    raster: Raster, box: Box | None = None, *, classes: bool = False, max_px: int = MAX_PX, canvas: Canvas | None = None
) -> Window:
    """Compute the part of a raster that a picture shows, no finer than the picture.

    Parameters
    ----------
    raster : xarray.DataArray or RasterSource
        Dims (y, x) or (layer, y, x), north up, with CRS; lazy or not.
    box : tuple of float, optional
        West, south, east, north in EPSG:3857 [m]; all of the raster by default.
    classes : bool, default False
        Where the raster is finer than the picture take the middle cell instead of the mean.
    max_px : int, default 2048
        Longest side of the picture.
    canvas : Canvas, optional
        Use these pixels.

    Returns
    -------
    Window
    """
    grid = raster.grid if isinstance(raster, RasterSource) else Grid.of(raster)
    wanted = canvas.box if canvas is not None else box
    whole = mercator_bounds(grid.bounds, grid.crs)
    shown = whole if wanted is None else _common(whole, wanted)
    west, south, east, north = from_mercator(shown, grid.crs)
    if canvas is None:
        canvas = canvas_for(shown, (shown[2] - shown[0]) * grid.cell[0] / (east - west), max_px)
    step = _step(grid, canvas)
    dx, dy = _SPARE_CELLS * step * grid.cell[0], _SPARE_CELLS * step * grid.cell[1]
    rows, cols = grid.window((west - dx, south - dy, east + dx, north + dy))
    if rows.start >= rows.stop or cols.start >= cols.stop:
        rows, cols = slice(0, 1), slice(0, 1)
    read = _read_source if isinstance(raster, RasterSource) else _read_array
    values = read(raster, rows, cols, step, classes)
    return Window(values, _coarser(grid.part(rows, cols), step, values.shape[-2:], classes), canvas)


def _common(a: Box, b: Box) -> Box:
    """What two boxes share; the second where they share nothing."""
    found = max(a[0], b[0]), max(a[1], b[1]), min(a[2], b[2]), min(a[3], b[3])
    return found if found[0] < found[2] and found[1] < found[3] else b


def _step(grid: Grid, canvas: Canvas) -> int:
    """How many cells of the raster a pixel of the picture is wide, at least one."""
    west, south, east, north = from_mercator(canvas.box, grid.crs)
    across, down = (east - west) / grid.cell[0] / canvas.width, (north - south) / grid.cell[1] / canvas.height
    return max(int(min(across, down) + 0.01), 1)


def _read_array(array: xr.DataArray, rows: slice, cols: slice, step: int, classes: bool) -> npt.NDArray[Any]:
    """Means of blocks of a quantity, the middle cells of blocks of classes; lazy arrays compute just these."""
    part = array.isel(y=rows, x=cols)
    if step > 1 and classes:
        part = part.isel(y=slice(step // 2, None, step), x=slice(step // 2, None, step))
    elif step > 1:
        part = part.coarsen(y=step, x=step, boundary="pad").mean()
    return np.asarray(part.data.compute() if hasattr(part.data, "dask") else part.data)


def _read_source(source: RasterSource, rows: slice, cols: slice, step: int, classes: bool) -> npt.NDArray[Any]:
    """Read blocks from disk, from overviews where the file has them."""
    shape = max((rows.stop - rows.start) // step, 1), max((cols.stop - cols.start) // step, 1)
    high, wide = min(shape[0] * step, rows.stop - rows.start), min(shape[1] * step, cols.stop - cols.start)
    window = rasterio.windows.Window(cols.start, rows.start, wide, high)
    method = Resampling.nearest if classes else Resampling.average
    with rasterio.open(source.opener) as data:
        found = data.read(1, window=window, out_shape=shape, resampling=method, masked=True)
    return found.filled(0) if classes else found.astype(np.float32).filled(np.nan)


def _coarser(grid: Grid, step: int, shape: tuple[int, ...], classes: bool) -> Grid:
    """Grid of blocks of cells; a class block lies where its middle cell does."""
    if step == 1:
        return grid
    t = grid.transform
    shift = step // 2 + 0.5 - step / 2 if classes else 0.0
    origin = Affine(t.a * step, 0, t.c + t.a * shift, 0, t.e * step, t.f + t.e * shift)
    return Grid(grid.crs, origin, shape[1], shape[0])
