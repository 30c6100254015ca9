"""Describe a raster, or tiles that are one: what the files say of themselves, believed after it was read."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from xml.sax.saxutils import escape

import numpy as np
import rasterio
from pyproj import CRS
from rasterio.enums import ColorInterp, MaskFlags

from guanghui.geo.crs import parse_crs, same_crs, tell_old_datum
from guanghui.geo.errors import InputError
from guanghui.geo.grid import Grid
from guanghui.geo.notes import Notes
from guanghui.geo.remote import VECTOR_ENDS, refuse_hidden
from guanghui.geo.undeclared import undeclared_fill
from guanghui.geo.units import FOOT_M
from guanghui.geo.unread import RASTER_ERRORS

__all__ = ["RasterSource", "Role", "raster_source"]

_VRT_TYPES = {"uint8": "Byte", "int8": "Int8", "uint16": "UInt16", "int16": "Int16", "uint32": "UInt32",
              "int32": "Int32", "float32": "Float32", "float64": "Float64"}  # fmt: skip


_NO_DATA_CODE = -32768


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
    "km": 1000.0, "ft": FOOT_M, "foot": FOOT_M, "feet": FOOT_M, "international foot": FOOT_M,
    "us survey foot": 1200 / 3937, "us survey feet": 1200 / 3937, "us-ft": 1200 / 3937, "ftus": 1200 / 3937,
    "foot_us": 1200 / 3937, "米": 1.0, "厘米": 0.01, "英尺": FOOT_M,
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

    @property
    def kind(self) -> tuple[str, str]:
        """Data type and nodata, so that NaN equals NaN."""
        return self.dtype, repr(self.nodata)


def raster_source(
    paths: Path | Sequence[Path],
    *,
    crs: Any = None,
    band: int | None = None,
    role: Role = "raw",
    to_metres: bool = False,
    heights: bool = False,
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
    heights : bool, default False
        The quantity is a height above the datum, where a block of exact zeros with nothing near them is a hole.
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
        raise InputError(
            "raster: the pattern matches no file; check the path in the region file.",
            "栅格：没有匹配的文件；请检查区域文件中的路径。",
        )
    heads = [_head(path, crs, band) for path in files]
    first = heads[0]
    if notes is not None:
        tell_old_datum(files[0].name, first.grid.crs, notes)
    factors = [_metres(path, h, notes) if to_metres else 1.0 for path, h in zip(files, heads, strict=True)]
    linear = [(f * h.scale, f * h.offset) for f, h in zip(factors, heads, strict=True)]
    fills: list[float | None] = [None] * len(files)
    if role == "quantity":
        fills = [
            undeclared_fill(path, band or 1, line, heights=heights, notes=notes) if h.silent else None
            for path, h, line in zip(files, heads, linear, strict=True)
        ]
    told = any(
        h.dtype[0] != "f" or h.masked or line != (1.0, 0.0) or fill is not None
        for h, line, fill in zip(heads, linear, fills, strict=True)
    )
    quantity = role == "quantity" and (told or len(files) > 1)  # what lies between tiles is unknown too
    alike = all(h.kind == first.kind for h in heads)
    integers = all(h.dtype[0] in "iu" for h in heads)
    gaps = len(files) > 1 and integers and (not alike or first.nodata is None)
    codes = role == "codes" and (gaps or any(h.masked for h in heads))
    if len(files) == 1 and band in (None, 1) and not first.override and not quantity and not codes:
        return RasterSource(files, os.fspath(files[0]), first.grid, first.dtype, first.nodata)
    for path, head in zip(files, heads, strict=True):
        grid, one = head.grid, first.grid
        shift = np.array([grid.transform.c - one.transform.c, grid.transform.f - one.transform.f])
        steps = shift / np.array(one.cell)
        off = np.abs(steps - np.round(steps)).max()
        if not same_crs(grid.crs, one.crs) or not np.allclose(grid.cell, one.cell, rtol=1e-6) or off > 0.01:
            raise InputError(
                f"{path}: this tile does not share CRS, cell size and alignment with {files[0].name} "
                f"(cell {grid.cell} against {one.cell}); warp the tiles to one grid.",
                f"{path}：该图幅与 {files[0].name} 的 CRS、像元或对齐方式不同"
                f"（{grid.cell} 与 {one.cell}）；请统一到一个网格。",
            )
        if not quantity and not (codes and integers) and head.kind != first.kind:
            raise InputError(
                f"{path}: data type {head.dtype} and nodata {head.nodata} differ from {files[0].name}; "
                "write all tiles alike.",
                f"{path}：数据类型 {head.dtype}、无数据值 {head.nodata} 与 {files[0].name} 不同；请统一各图幅。",
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
            "file, or set unit in its section.",
            f"{path}：波段标注的单位 {head.unit!r} 不是已知长度单位；请改为 m 或 ft，或在该段设置 unit。",
        )
    factor = _TO_METRES[unit]
    if factor != 1.0 and notes is not None:
        notes.add(path.name, f"heights are in {head.unit} as the file says and were brought to metres",
                  f"高程单位按文件标注为 {head.unit}，已换算为米")  # fmt: skip
    return factor


def _head(path: Path, crs: Any, band: int | None) -> _Head:
    """What a file says of itself."""
    if not path.exists():
        raise InputError(
            f"{path}: there is no such file; check the path in the region file.",
            f"{path}：没有此文件；请检查区域文件中的路径。",
        )
    refuse_hidden(path)
    try:
        with rasterio.open(path) as src:
            shown = [b for b, c in zip(src.indexes, src.colorinterp, strict=True) if c != ColorInterp.alpha]
            if band is None and len(shown) > 1:
                raise InputError(
                    f"{path}: the file has {len(shown)} bands and nothing says which one is meant; set `band = 1` (or "
                    "another) in its section, or write one band to a file of its own.",
                    f"{path}：文件有 {len(shown)} 个波段，未说明用哪一个；"
                    "请在该段设置 band = 1（或其他），或另存单波段文件。",
                )
            number = band or 1
            if number > src.count:
                raise InputError(
                    f"{path}: band {number} is asked for but the file has {src.count}.",
                    f"{path}：要求第 {band} 波段，而文件只有 {src.count} 个。",
                )
            found = None if src.crs is None or _is_local(src.crs) else src.crs
            override = found is None and crs is not None
            if found is None and crs is None and src.crs is not None:
                raise InputError(
                    f"{path}: the raster's CRS ({_name_of(src.crs)}) is a local one that lies nowhere on Earth; set "
                    '`crs = "EPSG:…"` in its section.',
                    f'{path}：栅格的坐标系（{_name_of(src.crs)}）是无法定位的局部坐标系；请在该段设置 crs = "EPSG:…"。',
                )
            if found is None and crs is None:
                raise InputError(
                    f'{path}: the raster has no CRS; set `crs = "EPSG:…"` in its section or write it into the file.',
                    f'{path}：栅格没有 CRS；请在该段设置 crs = "EPSG:…"，或写入文件。',
                )
            try:
                grid = Grid(parse_crs(found if found is not None else crs, path), src.transform, src.width, src.height)
            except InputError as error:
                raise InputError(f"{path}: {error}", f"{path}：{error.in_language('zh')}") from error
            flags = src.mask_flag_enums[number - 1]
            return _Head(
                grid, src.dtypes[number - 1], src.nodatavals[number - 1], override, src.scales[number - 1],
                src.offsets[number - 1], src.units[number - 1] or "",
                MaskFlags.per_dataset in flags or MaskFlags.alpha in flags, MaskFlags.all_valid in flags,
            )  # fmt: skip
    except RASTER_ERRORS as error:
        if path.suffix.lower() in VECTOR_ENDS:
            raise InputError(
                f"{path}: this is a vector layer and a raster is wanted here; rasterise the field of its codes "
                "(gdal_rasterize -a FIELD -tr 10 10) and give the GeoTIFF.",
                f"{path}：这是矢量图层，此处需要栅格；请把代码字段栅格化"
                "（gdal_rasterize -a 字段 -tr 10 10），再提供 GeoTIFF。",
            ) from error
        raise InputError(
            f"{path}: GDAL cannot read this as a raster ({_first_line(error)}); give a GeoTIFF or another GDAL format.",
            f"{path}：无法作为栅格读取（{_first_line(error)}）；请提供 GeoTIFF 等 GDAL 格式。",
        ) from error


def _is_local(crs: Any) -> bool:
    """Whether a CRS says nothing of where on Earth it lies."""
    known = CRS.from_wkt(crs.to_wkt())
    return not (known.is_projected or known.is_geographic or known.is_geocentric)


def _name_of(crs: Any) -> str:
    return CRS.from_wkt(crs.to_wkt()).name[:60]


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
            f"{tiles.files[0]}: data type {dtype} is not supported in a mosaic; use float32 or an integer type.",
            f"{tiles.files[0]}：镶嵌不支持数据类型 {dtype}；请用 float32 或整数。",
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
            f'<ComplexSource><SourceFilename relativeToVRT="0">{escape(os.fspath(path.resolve()))}</SourceFilename>'
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
