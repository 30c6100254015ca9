"""Open rasters lazily, lay them on a grid, write cloud-optimised GeoTIFFs."""

from __future__ import annotations

import logging
import math
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import dask
import numpy as np
import rasterio
import rasterio.shutil
import rioxarray
import xarray as xr
from dask.base import tokenize
from pyproj import CRS
from rasterio.enums import Resampling
from rasterio.vrt import WarpedVRT
from rasterio.windows import Window

from guanghui.geo.crs import parse_crs
from guanghui.geo.files import atomic
from guanghui.geo.grid import Grid
from guanghui.geo.raster_source import RasterSource, raster_source

__all__ = ["CHUNK", "from_numpy", "on_grid", "open_raster", "write_cog"]

log = logging.getLogger(__name__)

# GDAL would keep 5 % of the machine's memory as block cache; chunks are whole blocks, so little is read twice.
os.environ.setdefault("GDAL_CACHEMAX", "128")

CHUNK = 2048
_WARP_TOLERANCE = 1e-5  # with GDAL's default the answer depends on the window that is read


def open_raster(
    source: RasterSource | Path | Sequence[Path], *, name: str = "raster", units: str = "", chunk: int = CHUNK
) -> xr.DataArray:
    """Open a raster lazily as it is.

    Parameters
    ----------
    source : RasterSource, path or paths
        What to open.
    name, units : str
        Kept in the array.
    chunk : int, default 2048
        Side of a chunk [cells].

    Returns
    -------
    xarray.DataArray
        Dims (y, x), dask-backed, with CRS. Floats have NaN where there is no data; integers keep their nodata code in
        ``attrs["nodata"]``.
    """
    src = source if isinstance(source, RasterSource) else raster_source(source)
    array = _lazy(src.opener, src.dtype, src.nodata, chunk, tokenize(src.opener, _stamp(src)))
    return _dress(array, src.grid.crs, name, units, src.nodata)


def on_grid(
    source: RasterSource | Path | Sequence[Path],
    grid: Grid,
    *,
    resampling: str = "nearest",
    name: str = "raster",
    units: str = "",
    chunk: int = CHUNK,
) -> xr.DataArray:
    """Open a raster lazily, warped to a grid; identical grids are read without warping.

    Parameters
    ----------
    source : RasterSource, path or paths
        What to open.
    grid : Grid
        Target.
    resampling : str, default "nearest"
        GDAL method. Use ``nearest`` or ``mode`` for classes, ``average`` or ``bilinear`` for quantities.
    name, units, chunk
        As in :func:`open_raster`.

    Returns
    -------
    xarray.DataArray
        Dims (y, x) on ``grid``.

    Raises
    ------
    InputError
        If the raster lies wholly outside the grid, or a float method is asked for integer classes.
    """
    src = source if isinstance(source, RasterSource) else raster_source(source)
    if src.grid.matches(grid):
        return open_raster(src, name=name, units=units, chunk=chunk)
    method = Resampling[resampling]
    nodata = src.nodata
    if nodata is None and src.dtype.startswith("float"):
        nodata = math.nan
    with rasterio.open(src.opener) as data:
        vrt = WarpedVRT(
            data,
            src_crs=src.grid.crs.to_wkt(),
            crs=grid.crs.to_wkt(),
            transform=grid.transform,
            width=grid.width,
            height=grid.height,
            resampling=method,
            nodata=nodata,
            tolerance=_WARP_TOLERANCE,
        )
        array = _lazy(vrt, src.dtype, nodata, chunk, tokenize(src.opener, _stamp(src), grid, resampling))
    return _dress(array, grid.crs, name, units, nodata)


def _stamp(source: RasterSource) -> list[int]:
    return [path.stat().st_mtime_ns for path in source.paths]


def _lazy(opener: Any, dtype: str, nodata: float | None, chunk: int, token: str) -> xr.DataArray:
    """Open lazily under a task name of our own: rioxarray's knows the file but not the grid it is warped to."""
    masked = dtype.startswith("float")
    array = rioxarray.open_rasterio(opener, chunks=None, cache=False, lock=False, masked=masked)
    assert isinstance(array, xr.DataArray)
    array = array.isel(band=0, drop=True).chunk({"x": chunk, "y": chunk}, name_prefix="raster-", token=token)
    return array.astype("float32") if masked else array


def _dress(array: xr.DataArray, crs: CRS, name: str, units: str, nodata: float | None) -> xr.DataArray:
    array.name = name
    array.attrs = {"units": units} if units else {}
    if nodata is not None and not math.isnan(nodata) and array.dtype.kind in "iu":
        array.attrs["nodata"] = int(nodata)
    array.encoding = {}
    return array.rio.write_crs(crs.to_wkt())


def from_numpy(values: np.ndarray, grid: Grid, *, name: str = "raster", units: str = "") -> xr.DataArray:
    """Wrap an array that lies on ``grid`` as a raster with CRS.

    Parameters
    ----------
    values : numpy.ndarray or dask.array.Array
        Shape of the grid, or (layers, rows, columns) with a leading ``band``.
    grid : Grid
        Where it lies.
    name, units : str
        Kept in the array.
    """
    dims = ("y", "x") if values.ndim == 2 else ("band", "y", "x")
    array = xr.DataArray(values, dims=dims, coords=grid.coords(), name=name, attrs={"units": units} if units else {})
    return array.rio.write_crs(grid.crs.to_wkt()).rio.write_transform(grid.transform)


def write_cog(
    array: xr.DataArray,
    path: Path,
    *,
    categorical: bool = False,
    tags: dict[str, str] | None = None,
    bands: Sequence[str] | None = None,
) -> Path:
    """Compute a raster block row by block row and write it as a cloud-optimised GeoTIFF.

    Parameters
    ----------
    array : xarray.DataArray
        Dims (y, x) or (band, y, x), lazy or not, with CRS. Only one row of chunks is in memory at a time.
    path : pathlib.Path
        Target; it is either whole or absent.
    categorical : bool, default False
        Overviews by mode, nodata 0; else by average, nodata NaN.
    tags : dict, optional
        Written into the file beside ``units`` and ``long_name``.
    bands : sequence of str, optional
        Band descriptions.

    Returns
    -------
    pathlib.Path
    """
    data = array.data if array.ndim == 3 else array.data[None]
    count, height, width = data.shape
    kind = np.dtype(data.dtype)
    nodata: float | None = math.nan if kind.kind == "f" else array.attrs.get("nodata", 0 if categorical else None)
    profile = {
        "driver": "GTiff", "count": count, "height": height, "width": width, "dtype": kind.name,
        "crs": parse_crs(array.rio.crs).to_wkt(), "transform": array.rio.transform(recalc=True), "nodata": nodata,
        "tiled": True, "blockxsize": 512, "blockysize": 512, "compress": "deflate", "zlevel": 1, "bigtiff": "IF_SAFER",
        "sparse_ok": True,
    }  # fmt: skip
    meta = {
        "units": str(array.attrs.get("units", "")),
        "long_name": str(array.attrs.get("long_name", array.name or "")),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".cog-") as folder, atomic(path) as part:
        stream = Path(folder) / "stream.tif"
        with rasterio.open(stream, "w", **profile) as out:
            out.update_tags(**{k: v for k, v in {**meta, **(tags or {})}.items() if v})
            for index, label in enumerate(bands or [], start=1):
                out.set_band_description(index, label)
            _stream(data, out)
        rasterio.shutil.copy(
            stream, part, driver="COG", compress="DEFLATE", predictor="YES", blocksize=512, bigtiff="IF_SAFER",
            overview_resampling="MODE" if categorical else "AVERAGE", sparse_ok="YES",
        )  # fmt: skip
    return path


def _stream(data: Any, out: Any) -> None:
    """Write an array by rows of chunks; the chunks of a row are computed together."""
    if not hasattr(data, "dask"):
        out.write(np.asarray(data))
        return
    data = data.rechunk({0: -1})
    row = 0
    for i, rows in enumerate(data.chunks[1]):
        col = 0
        for block, cols in zip(
            dask.compute(*[data.blocks[0, i, j] for j in range(data.numblocks[2])]),
            data.chunks[2],
            strict=True,
        ):
            out.write(block, window=Window(col, row, cols, rows))
            col += cols
        row += rows
