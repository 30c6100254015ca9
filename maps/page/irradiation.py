"""Irradiation of roof cells, file by file: read once, brought to the map once, kept for the next page."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import rasterio
import shapely
from affine import Affine
from rasterio.enums import Resampling
from rasterio.features import geometry_mask

from guanghui.geo.crs import parse_crs
from guanghui.geo.errors import InputError
from guanghui.geo.grid import Grid
from guanghui.maps.drawing.mercator import mercator_bounds
from guanghui.maps.drawing.raster import Picture, paint_cells
from guanghui.maps.drawing.style import ramp
from guanghui.maps.drawing.warp import Box, Canvas, Window, canvas_for
from guanghui.maps.page.pack import Packer

__all__ = ["RoofIrradiation"]

YEAR_SHARES = (0.6, 0.75, 0.85, 0.95, 1.02)
"""Class limits as shares of what open level ground receives in the year."""
MONTH_SHARES = (0.035, 0.06, 0.085, 0.11, 0.13, 0.145)
"""Class limits of a month, the same for all months, as shares of what level ground receives in the year."""
_USUAL_GHI = 1250.0
_ROUND, _ROUND_MONTH = 50.0, 5.0
_YEAR_M, _MONTH_M = 2.0, 4.0
_MOST_YEAR, _MOST_MONTH = 1_000_000, 250_000
"""Roof pixels a page holds; where a township has more, its pixels are two, three … times as wide."""
_KEPT = 192
_BANDS = 13
_LEVEL = 6


@dataclass(frozen=True)
class _Piece:
    """One file on the pixels of the map, already in classes (0 is clear)."""

    year: npt.NDArray[np.uint8]
    year_canvas: Canvas
    at: npt.NDArray[np.intp]
    """Place of the roof cells among the pixels of the month canvas, row by row."""
    months: npt.NDArray[np.uint8] | None
    """Shape (12, roof cells)."""
    month_canvas: Canvas


class RoofIrradiation:
    """Pictures of the irradiation of roof cells.

    Parameters
    ----------
    files : sequence of pathlib.Path
        Rasters as :func:`pv.assess` writes them: band 1 the year, bands 2 to 13 the months, or band 1 alone
        [kWh/m²], NaN off the roofs. They may overlap and leave gaps.
    roofs : geopandas.GeoDataFrame, optional
        ``ghi_kwh_m2`` sets the classes of the year.

    Raises
    ------
    InputError
        A file cannot be read or has no CRS.
    """

    def __init__(self, files: Sequence[Path], roofs: gpd.GeoDataFrame | None = None) -> None:
        ghi = float(roofs["ghi_kwh_m2"].median()) if roofs is not None and "ghi_kwh_m2" in roofs else _USUAL_GHI
        self.year = ramp("sun", "kwh_m2", [_ROUND * round(share * ghi / _ROUND) for share in YEAR_SHARES])
        self.month = ramp("sun", "kwh_m2", [_ROUND_MONTH * round(share * ghi / _ROUND_MONTH) for share in MONTH_SHARES])
        self._grids = {path: _grid_of(path) for path in sorted(files)}
        self._boxes = {path: mercator_bounds(grid.bounds, grid.crs) for path, grid in self._grids.items()}
        self._piece = lru_cache(maxsize=_KEPT)(self._read)

    def pictures(self, within: Box, clip: Any = None) -> list[Picture]:
        """Pictures of the year.

        Parameters
        ----------
        within : tuple of float
            West, south, east, north in EPSG:3857 [m]; files that lie elsewhere are not read.
        clip : shapely geometry, optional
            Nothing is painted outside it (EPSG:3857).
        """
        cut = [(_cut(piece.year, piece.year_canvas, clip), piece.year_canvas) for piece in self._pieces(within)]
        times = _times(sum(int(np.count_nonzero(index)) for index, _ in cut), _MOST_YEAR)
        found = []
        for index, canvas in cut:
            if index.any():
                at = np.flatnonzero(index)
                at, classes, wide = _coarser(at, index.ravel()[at][None], canvas, times)
                coarse = np.zeros(wide.height * wide.width, np.uint8)
                coarse[at] = classes[0]
                found.append(paint_cells(coarse.reshape(wide.height, wide.width), self.year.colours, wide))
        return found

    def months(self, within: Box, clip: Any = None) -> dict[str, Any] | None:
        """The twelve months, packed: as the months of a roof differ little, pictures would weigh four times more.

        Parameters
        ----------
        within, clip
            As in :meth:`pictures`.

        Returns
        -------
        dict or None
            ``pieces`` (bounds, width, height, roof cells ``n``) and packed columns: ``at``, pixels of the roof cells,
            and ``m1`` … ``m12``, the class of a cell plus one, each less that of the month before. None without months.
        """
        fine = []
        for piece in self._pieces(within):
            canvas, at, months = piece.month_canvas, piece.at, piece.months
            if months is None:
                return None
            if _straddles(canvas, clip):
                inside = ~geometry_mask([clip], (canvas.height, canvas.width), canvas.transform).ravel()[at]
                at, months = at[inside], months[:, inside]
            if at.size:
                fine.append((at, months, canvas))
        if not fine:
            return None
        times = _times(sum(len(at) for at, _, _ in fine), _MOST_MONTH)
        pieces, cells, classes = [], [], []
        for at, months, canvas in (_coarser(*part, times) for part in fine):
            pieces.append({"bounds": canvas.bounds, "w": canvas.width, "h": canvas.height, "n": len(at)})
            cells.append(at)
            classes.append(months)
        packer = Packer(level=_LEVEL)
        packer.integers("at", np.concatenate(cells), delta=True)
        steps = np.diff(np.concatenate(classes, axis=1).astype(np.int16), axis=0, prepend=0)
        for month, step in enumerate(steps, start=1):
            packer.integers(f"m{month}", step)
        return {"pieces": pieces, "legend": self.month.payload(), **packer.payload()}

    def _pieces(self, within: Box) -> Iterator[_Piece]:
        return (self._piece(path) for path in self._touching(within))

    def _touching(self, within: Box) -> list[Path]:
        west, south, east, north = within
        return [p for p, b in self._boxes.items() if b[0] < east and b[2] > west and b[1] < north and b[3] > south]

    def _read(self, path: Path) -> _Piece:
        """Read a file at the pixels of the year, and take means of them for the months."""
        grid, box = self._grids[path], self._boxes[path]
        step = max(int(_YEAR_M / grid.cell[0] + 0.01), 1)
        shape = max(grid.height // step, 1), max(grid.width // step, 1)
        with rasterio.open(path) as data:
            bands = list(range(1, (_BANDS if data.count >= _BANDS else 1) + 1))
            values = data.read(bands, out_shape=(len(bands), *shape), resampling=Resampling.average)
            if data.nodata is not None and not np.isnan(data.nodata):
                values = np.where(values == data.nodata, np.nan, values)
        values = values.astype(np.float32, copy=False)
        scale = Affine.scale(grid.width / shape[1], grid.height / shape[0])
        read = Grid(grid.crs, grid.transform @ scale, shape[1], shape[0])
        stretch = (box[2] - box[0]) / (grid.bounds[2] - grid.bounds[0])
        fine = canvas_for(box, max(_YEAR_M, read.cell[0]) * stretch)
        rough = canvas_for(box, max(_MONTH_M, read.cell[0]) * stretch)
        year = np.zeros((fine.height, fine.width), np.uint8)
        at, cells = _roof_cells(values[0], read, fine)
        year.ravel()[at] = self.year.classify(values[0].ravel()[cells]) + 1
        at, cells = _roof_cells(values[0], read, rough)
        months = None
        if len(values) == _BANDS:
            months = (self.month.classify(values[1:].reshape(_BANDS - 1, -1)[:, cells]) + 1).astype(np.uint8)
        return _Piece(year, fine, at, months, rough)


def _grid_of(path: Path) -> Grid:
    try:
        with rasterio.open(path) as data:
            if data.crs is None:
                raise InputError(
                    f"{path}: this raster has no CRS; it cannot be put on a map.",
                    f"{path}：栅格没有 CRS，无法放到地图上。",
                )
            return Grid(parse_crs(data.crs.to_wkt()), data.transform, data.width, data.height)
    except rasterio.errors.RasterioIOError as error:
        raise InputError(
            f"{path}: this raster cannot be read ({error}).", f"{path}：栅格无法读取（{error}）。"
        ) from None


def _times(count: int, most: int) -> int:
    """How many times as wide pixels must be for no more than so many of them."""
    return max(math.ceil(math.sqrt(count / most)), 1)


def _coarser(
    at: npt.NDArray[np.intp], classes: npt.NDArray[np.uint8], canvas: Canvas, times: int
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.uint8], Canvas]:
    """Roof pixels that are some times as wide: each has the mean class of the roof pixels in it, rounded."""
    if times == 1:
        return at, classes, canvas
    wide = Canvas(
        canvas.transform @ Affine.scale(times), math.ceil(canvas.width / times), math.ceil(canvas.height / times)
    )
    row, col = np.divmod(at, canvas.width)
    spots, of = np.unique(row // times * wide.width + col // times, return_inverse=True)
    count = np.bincount(of)
    means = np.stack([np.bincount(of, weights=layer) / count for layer in classes])
    return spots, np.floor(means + 0.5).astype(np.uint8), wide


def _straddles(canvas: Canvas, clip: Any) -> bool:
    return clip is not None and not shapely.contains_properly(clip, shapely.box(*canvas.box))


def _cut(index: npt.NDArray[np.uint8], canvas: Canvas, clip: Any) -> npt.NDArray[np.uint8]:
    """Classes inside the clip; the kept ones stay as they are."""
    if not _straddles(canvas, clip):
        return index
    return np.where(geometry_mask([clip], index.shape, canvas.transform), np.uint8(0), index)


def _roof_cells(
    values: npt.NDArray[np.float32], grid: Grid, canvas: Canvas
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Pixels whose middle lies in a cell with a value, and that cell; both counted row by row."""
    cell = np.where(np.isfinite(values), np.arange(values.size).reshape(values.shape), -1)
    under = Window(cell, grid, canvas).sample(cell, -1).ravel()
    at = np.flatnonzero(under >= 0)
    return at, under[at]
