"""Open rasters lazily, lay them on a grid, write cloud-optimised GeoTIFFs."""

from __future__ import annotations

import logging
import math
import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import dask
import numpy as np
import rasterio
import rasterio.shutil
import rioxarray
import xarray as xr
from dask.base import tokenize
from pyproj import CRS
from rasterio.enums import Resampling
from rasterio.errors import RasterioError
from rasterio.vrt import WarpedVRT
from rasterio.windows import Window

from guanghui.geo.crs import parse_crs, same_crs
from guanghui.geo.errors import InputError
from guanghui.geo.files import atomic
from guanghui.geo.grid import Grid

__all__ = ["CHUNK", "RasterSource", "from_numpy", "on_grid", "open_raster", "raster_source", "write_cog"]

log = logging.getLogger(__name__)

# GDAL would keep 5 % of the machine's memory as block cache; chunks are whole blocks, so little is read twice.
os.environ.setdefault("GDAL_CACHEMAX", "128")

CHUNK = 2048
_VRT_TYPES = {"uint8": "Byte", "int8": "Int8", "uint16": "UInt16", "int16": "Int16", "uint32": "UInt32",
              "int32": "Int32", "float32": "Float32", "float64": "Float64"}  # fmt: skip
_WARP_TOLERANCE = 1e-5  # with GDAL's default the answer depends on the window that is read


@dataclass(frozen=True)
class RasterSource:
    """One raster on disk, or a mosaic of tiles that behaves as one."""

    paths: tuple[Path, ...]
    opener: str
    """What GDAL opens: a path, or a virtual mosaic written as XML."""
    grid: Grid
    dtype: str
    nodata: float | None

    @property
    def label(self) -> str:
        """Short name for messages."""
        return str(self.paths[0]) if len(self.paths) == 1 else f"{self.paths[0].parent} ({len(self.paths)} tiles)"


def raster_source(paths: Path | Sequence[Path], *, crs: Any = None, band: int = 1) -> RasterSource:
    """Check one raster or a set of tiles and describe it; nothing but headers is read.

    Parameters
    ----------
    paths : path or sequence of paths
        One file, or tiles of one grid (same CRS, cell size and alignment; they may leave gaps).
    crs : Any, optional
        Used where the file carries no CRS.
    band : int, default 1
        Band used of every file.

    Returns
    -------
    RasterSource

    Raises
    ------
    InputError
        Missing or unreadable file, no CRS, rotated, tiles that do not share a grid.
    """
    files = (paths,) if isinstance(paths, Path) else tuple(paths)
    if not files:
        raise InputError("raster: the pattern matches no file; check the path in the region file.")
    heads = [_head(path, crs, band) for path in files]
    first = heads[0]
    if len(files) == 1 and band == 1 and not first[3]:
        return RasterSource(files, str(files[0]), first[0], first[1], first[2])
    for path, (grid, dtype, nodata, _) in zip(files, heads, strict=True):
        shift = np.array([grid.transform.c - first[0].transform.c, grid.transform.f - first[0].transform.f])
        steps = shift / np.array(first[0].cell)
        off = np.abs(steps - np.round(steps)).max()
        if not same_crs(grid.crs, first[0].crs) or not np.allclose(grid.cell, first[0].cell, rtol=1e-6) or off > 0.01:
            raise InputError(
                f"{path}: this tile does not share CRS, cell size and alignment with {files[0].name} "
                f"(cell {grid.cell} against {first[0].cell}); warp the tiles to one grid."
            )
        if dtype != first[1] or repr(nodata) != repr(first[2]):
            raise InputError(
                f"{path}: data type {dtype} and nodata {nodata} differ from {files[0].name}; write all tiles alike."
            )
    whole = _union([h[0] for h in heads])
    xml = _mosaic_xml(files, [h[0] for h in heads], whole, first[1], first[2], band)
    return RasterSource(files, xml, whole, first[1], first[2])


def _head(path: Path, crs: Any, band: int) -> tuple[Grid, str, float | None, bool]:
    """Grid, data type, nodata of a file, and whether its CRS came from the caller."""
    if not path.exists():
        raise InputError(f"{path}: there is no such file; check the path in the region file.")
    try:
        with rasterio.open(path) as src:
            if band > src.count:
                raise InputError(f"{path}: band {band} is asked for but the file has {src.count}.")
            found = src.crs
            override = found is None and crs is not None
            if found is None and crs is None:
                raise InputError(
                    f'{path}: the raster has no CRS; set `crs = "EPSG:…"` in its section or write it into the file.'
                )
            try:
                grid = Grid(parse_crs(found if found is not None else crs, path), src.transform, src.width, src.height)
            except InputError as error:
                raise InputError(f"{path}: {error}") from error
            return grid, src.dtypes[band - 1], src.nodata, override
    except RasterioError as error:
        raise InputError(
            f"{path}: GDAL cannot read this as a raster ({_first_line(error)}); give a GeoTIFF or another GDAL format."
        ) from error


def _first_line(error: BaseException) -> str:
    return str(error).splitlines()[0][:160] if str(error) else type(error).__name__


def _union(grids: Sequence[Grid]) -> Grid:
    first = grids[0]
    width, height = first.cell
    west = min(g.bounds[0] for g in grids)
    north = max(g.bounds[3] for g in grids)
    cols = round((max(g.bounds[2] for g in grids) - west) / width)
    rows = round((north - min(g.bounds[1] for g in grids)) / height)
    t = first.transform
    origin = type(t)(t.a, 0, west, 0, t.e, north)
    return Grid(first.crs, origin, cols, rows)


def _mosaic_xml(
    files: Sequence[Path], grids: Sequence[Grid], whole: Grid, dtype: str, nodata: float | None, band: int
) -> str:
    """GDAL virtual mosaic as text: it needs no file of its own and travels to workers by value."""
    if dtype not in _VRT_TYPES:
        raise InputError(f"{files[0]}: data type {dtype} is not supported in a mosaic; use float32 or an integer type.")
    t = whole.transform
    fill = "" if nodata is None else f"<NoDataValue>{nodata!r}</NoDataValue>"
    parts = []
    for path, grid in zip(files, grids, strict=True):
        col = round((grid.transform.c - t.c) / t.a)
        row = round((grid.transform.f - t.f) / t.e)
        size = f'xSize="{grid.width}" ySize="{grid.height}"'
        mask = "" if nodata is None else f"<NODATA>{nodata!r}</NODATA>"
        parts.append(
            f'<ComplexSource><SourceFilename relativeToVRT="0">{escape(str(path.resolve()))}</SourceFilename>'
            f'<SourceBand>{band}</SourceBand><SrcRect xOff="0" yOff="0" {size}/>'
            f'<DstRect xOff="{col}" yOff="{row}" {size}/>'
            f"{mask}</ComplexSource>"
        )
    srs = escape(whole.crs.to_wkt())
    return (
        f'<VRTDataset rasterXSize="{whole.width}" rasterYSize="{whole.height}"><SRS>{srs}</SRS>'
        f"<GeoTransform>{t.c!r},{t.a!r},0,{t.f!r},0,{t.e!r}</GeoTransform>"
        f'<VRTRasterBand dataType="{_VRT_TYPES[dtype]}" band="1">{fill}{"".join(parts)}</VRTRasterBand></VRTDataset>'
    )


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
