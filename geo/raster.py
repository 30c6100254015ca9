"""Open rasters lazily, lay them on a grid, write cloud-optimised GeoTIFFs."""

from __future__ import annotations

import logging
import math
import os
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from xml.sax.saxutils import escape

import dask
import numpy as np
import rasterio
import rasterio.shutil
import rioxarray
import xarray as xr
from dask.base import tokenize
from pyproj import CRS
from rasterio.enums import ColorInterp, MaskFlags, Resampling
from rasterio.errors import RasterioError
from rasterio.vrt import WarpedVRT
from rasterio.windows import Window

from guanghui.geo.crs import parse_crs, same_crs
from guanghui.geo.errors import InputError
from guanghui.geo.files import atomic
from guanghui.geo.grid import Grid
from guanghui.geo.notes import Notes

__all__ = ["CHUNK", "RasterSource", "from_numpy", "on_grid", "open_raster", "raster_source", "write_cog"]

log = logging.getLogger(__name__)

# GDAL would keep 5 % of the machine's memory as block cache; chunks are whole blocks, so little is read twice.
os.environ.setdefault("GDAL_CACHEMAX", "128")

CHUNK = 2048
_VRT_TYPES = {"uint8": "Byte", "int8": "Int8", "uint16": "UInt16", "int16": "Int16", "uint32": "UInt32",
              "int32": "Int32", "float32": "Float32", "float64": "Float64"}  # fmt: skip
_NO_DATA_CODE = -32768
_FILL_RAW, _FILL = -1000.0, -500.0  # a stored number and the quantity it stands for: beyond both, nothing was measured
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


Role = Literal["raw", "quantity", "codes"]
_TO_METRES = {
    "": 1.0, "m": 1.0, "metre": 1.0, "metres": 1.0, "meter": 1.0, "meters": 1.0, "dm": 0.1, "cm": 0.01, "mm": 0.001,
    "km": 1000.0, "ft": 0.3048, "foot": 0.3048, "feet": 0.3048, "international foot": 0.3048,
    "us survey foot": 1200 / 3937, "us survey feet": 1200 / 3937, "us-ft": 1200 / 3937, "ftus": 1200 / 3937,
    "foot_us": 1200 / 3937, "米": 1.0, "厘米": 0.01, "英尺": 0.3048,
}  # fmt: skip
"""Unit a band may name for heights -> metres."""


@dataclass(frozen=True)
class _Head:
    """What a file says of one of its bands."""

    grid: Grid
    dtype: str
    nodata: float | None
    override: bool
    """Whether the CRS came from the caller."""
    scale: float
    offset: float
    unit: str
    masked: bool
    """Whether a mask band or alpha says where there is no data."""
    silent: bool
    """Whether nothing in the file says where there is no data."""


def raster_source(
    paths: Path | Sequence[Path],
    *,
    crs: Any = None,
    band: int | None = None,
    role: Role = "raw",
    to_metres: bool = False,
    notes: Notes | None = None,
) -> RasterSource:
    """Check one raster or a set of tiles and describe it; nothing but headers is read.

    Only a quantity in a file that says nothing of no data is read through once, for a number such as -9999 in its
    holes.

    Parameters
    ----------
    paths : path or sequence of paths
        One file, or tiles of one grid (same CRS, cell size and alignment; they may leave gaps).
    crs : Any, optional
        Used where the file carries no CRS.
    band : int, optional
        Band used of every file, from 1; it must be said where a file has several.
    role : {"raw", "quantity", "codes"}, default "raw"
        A quantity is read as float32 with its scale and offset, NaN wherever nodata, mask band or alpha says so; codes
        as integers with one code for no data. Raw values are those of the file.
    to_metres : bool, default False
        Bring a quantity that names a unit of length to metres.
    notes : Notes, optional
        Told what was converted, and which number was taken for no data though the file does not say so.

    Returns
    -------
    RasterSource

    Raises
    ------
    InputError
        Missing or unreadable file, no CRS, rotated, several bands and none named, a unit nobody knows, tiles that do
        not share a grid.
    """
    files = (paths,) if isinstance(paths, Path) else tuple(paths)
    if not files:
        raise InputError("raster: the pattern matches no file; check the path in the region file.")
    heads = [_head(path, crs, band) for path in files]
    first = heads[0]
    factors = [_metres(path, h, notes) if to_metres else 1.0 for path, h in zip(files, heads, strict=True)]
    linear = [(f * h.scale, f * h.offset) for f, h in zip(factors, heads, strict=True)]
    fills: list[float | None] = [None] * len(files)
    if role == "quantity":
        fills = [_fill(path, h, band or 1, line, notes) for path, h, line in zip(files, heads, linear, strict=True)]
    told = any(
        h.dtype[0] != "f" or h.masked or line != (1.0, 0.0) or fill is not None
        for h, line, fill in zip(heads, linear, fills, strict=True)
    )
    quantity = role == "quantity" and (told or len(files) > 1)  # what lies between tiles is unknown too
    alike = all((h.dtype, repr(h.nodata)) == (first.dtype, repr(first.nodata)) for h in heads)
    integers = all(h.dtype[0] in "iu" for h in heads)
    gaps = len(files) > 1 and integers and (not alike or first.nodata is None)
    codes = role == "codes" and (gaps or any(h.masked for h in heads))
    if len(files) == 1 and band in (None, 1) and not first.override and not quantity and not codes:
        return RasterSource(files, str(files[0]), first.grid, first.dtype, first.nodata)
    for path, head in zip(files, heads, strict=True):
        grid, one = head.grid, first.grid
        shift = np.array([grid.transform.c - one.transform.c, grid.transform.f - one.transform.f])
        steps = shift / np.array(one.cell)
        off = np.abs(steps - np.round(steps)).max()
        if not same_crs(grid.crs, one.crs) or not np.allclose(grid.cell, one.cell, rtol=1e-6) or off > 0.01:
            raise InputError(
                f"{path}: this tile does not share CRS, cell size and alignment with {files[0].name} "
                f"(cell {grid.cell} against {one.cell}); warp the tiles to one grid."
            )
        if (
            not quantity
            and not (codes and integers)
            and (head.dtype != first.dtype or repr(head.nodata) != repr(first.nodata))
        ):
            raise InputError(
                f"{path}: data type {head.dtype} and nodata {head.nodata} differ from {files[0].name}; "
                "write all tiles alike."
            )
    whole = _union([h.grid for h in heads])
    dtype, nodata = first.dtype, first.nodata
    if quantity:
        dtype, nodata = "float32", math.nan
    elif codes:  # a code that no class can have
        dtype = "int16" if all(h.dtype in ("uint8", "int8", "int16") for h in heads) else "int32"
        nodata = _NO_DATA_CODE
    if not quantity:
        linear = [(1.0, 0.0)] * len(files)
    source = _Mosaic(files, [h.grid for h in heads], linear, fills, band or 1, by_mask=quantity or codes)
    return RasterSource(files, _mosaic_xml(source, whole, dtype, nodata), whole, dtype, nodata)


def _metres(path: Path, head: _Head, notes: Notes | None) -> float:
    """What brings the values of a band to metres, by the unit it names."""
    unit = head.unit.strip().lower()
    if unit not in _TO_METRES:
        raise InputError(
            f"{path}: the band says its unit is {head.unit!r}, which is no length known here; write m or ft into the "
            "file, or set unit in its section."
        )
    factor = _TO_METRES[unit]
    if factor != 1.0 and notes is not None:
        notes.add(path.name, f"heights are in {head.unit} as the file says and were brought to metres",
                  f"高程单位按文件标注为 {head.unit}，已换算为米")  # fmt: skip
    return factor


def _fill(path: Path, head: _Head, band: int, linear: tuple[float, float], notes: Notes | None) -> float | None:
    """Find the number that fills the holes of a file that says nothing of no data; the commonest of several."""
    if not head.silent or head.dtype[0] == "u":
        return None
    scale, offset = linear
    cells: Counter[float] = Counter()
    try:
        with rasterio.open(path) as src:
            for _, window in src.block_windows(band):
                block = src.read(band, window=window)
                low = block[np.isfinite(block) & (block < _FILL_RAW)]
                values, counts = np.unique(low[low * float(scale) + offset < _FILL], return_counts=True)
                cells.update(dict(zip(values.tolist(), counts.tolist(), strict=True)))
    except RasterioError as error:
        raise InputError(
            f"{path}: GDAL cannot read this file to its end ({_first_line(error)}); fetch it again."
        ) from error
    if not cells:
        return None
    value, count = cells.most_common(1)[0]
    if notes is not None:
        notes.add(path.name, f"{count:,} cells of {value:g} were taken for no data, which the file does not declare",
                  f"{count:,} 个像元值为 {value:g}，文件未声明无数据值，已按无数据处理")  # fmt: skip
    return float(value)


def _head(path: Path, crs: Any, band: int | None) -> _Head:
    """What a file says of itself."""
    if not path.exists():
        raise InputError(f"{path}: there is no such file; check the path in the region file.")
    try:
        with rasterio.open(path) as src:
            shown = [b for b, c in zip(src.indexes, src.colorinterp, strict=True) if c != ColorInterp.alpha]
            if band is None and len(shown) > 1:
                raise InputError(
                    f"{path}: the file has {len(shown)} bands and nothing says which one is meant; set `band = 1` (or "
                    "another) in its section, or write one band to a file of its own."
                )
            number = band or 1
            if number > src.count:
                raise InputError(f"{path}: band {number} is asked for but the file has {src.count}.")
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
            flags = src.mask_flag_enums[number - 1]
            return _Head(
                grid, src.dtypes[number - 1], src.nodatavals[number - 1], override, src.scales[number - 1],
                src.offsets[number - 1], src.units[number - 1] or "",
                MaskFlags.per_dataset in flags or MaskFlags.alpha in flags, MaskFlags.all_valid in flags,
            )  # fmt: skip
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


@dataclass(frozen=True)
class _Mosaic:
    """Tiles of a virtual mosaic."""

    files: Sequence[Path]
    grids: Sequence[Grid]
    linear: Sequence[tuple[float, float]]
    """Scale and offset of the values of each tile."""
    fills: Sequence[float | None]
    """Number that stands for no data in a tile that does not say so."""
    band: int
    by_mask: bool
    """Whether nodata, mask band or alpha of each tile decide; else the common nodata does."""


def _mosaic_xml(tiles: _Mosaic, whole: Grid, dtype: str, nodata: float | None) -> str:
    """GDAL virtual mosaic as text: it needs no file of its own and travels to workers by value."""
    if dtype not in _VRT_TYPES:
        raise InputError(
            f"{tiles.files[0]}: data type {dtype} is not supported in a mosaic; use float32 or an integer type."
        )
    t = whole.transform
    fill = "" if nodata is None else f"<NoDataValue>{nodata!r}</NoDataValue>"
    parts = []
    for path, grid, (scale, offset), own in zip(tiles.files, tiles.grids, tiles.linear, tiles.fills, strict=True):
        col = round((grid.transform.c - t.c) / t.a)
        row = round((grid.transform.f - t.f) / t.e)
        size = f'xSize="{grid.width}" ySize="{grid.height}"'
        mask = "" if nodata is None else f"<NODATA>{nodata!r}</NODATA>"
        if tiles.by_mask:
            mask = "<UseMaskBand>true</UseMaskBand>" if own is None else f"<NODATA>{own!r}</NODATA>"
        line = ""
        if (scale, offset) != (1.0, 0.0):
            line = f"<ScaleOffset>{offset!r}</ScaleOffset><ScaleRatio>{scale!r}</ScaleRatio>"
        parts.append(
            f'<ComplexSource><SourceFilename relativeToVRT="0">{escape(str(path.resolve()))}</SourceFilename>'
            f'<SourceBand>{tiles.band}</SourceBand><SrcRect xOff="0" yOff="0" {size}/>'
            f'<DstRect xOff="{col}" yOff="{row}" {size}/>'
            f"{line}{mask}</ComplexSource>"
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
