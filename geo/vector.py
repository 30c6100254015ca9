"""Read and write vector layers: known CRS, readable text, valid geometry, or a sentence that says what is wrong."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely
from pyproj import CRS
from pyproj.exceptions import ProjError

from guanghui.geo.crs import parse_crs, same_crs, tell_old_datum
from guanghui.geo.errors import InputError, listing
from guanghui.geo.extent import check_extent
from guanghui.geo.files import atomic
from guanghui.geo.formats import one_zone_prefix
from guanghui.geo.gcj02 import SHIFTS, shift_of
from guanghui.geo.notes import Notes
from guanghui.geo.outlines import polygon_parts
from guanghui.geo.vector_files import read_vector_file

__all__ = [
    "ellipsoid_area_m2",
    "read_layer",
    "to_crs",
    "write_gpkg",
    "write_parquet",
]

log = logging.getLogger(__name__)

_PARQUET_ROWS = 10_000
_FIXED_DATE = "2000-01-01T00:00:00.000Z"  # written into GeoPackages, so that equal content gives equal bytes


def read_layer(
    path: Path,
    *,
    layer: str | None = None,
    crs: Any = None,
    encoding: str | None = None,
    polygons: bool = True,
    notes: Notes | None = None,
) -> gpd.GeoDataFrame:
    """Read a vector layer and mend what can be mended.

    Parameters
    ----------
    path : pathlib.Path
        GeoPackage, GeoParquet, GeoJSON, Shapefile … anything GDAL reads.
    layer : str, optional
        Layer of a file that holds several.
    crs : Any, optional
        Used where the file carries no CRS; ``"gcj02"`` declares the shifted degrees of Chinese web maps, which are
        brought to true ones whatever the file says.
    encoding : str, optional
        Text encoding of a Shapefile without ``.cpg``, usually ``"gbk"`` in China.
    polygons : bool, default True
        Keep polygons only; invalid ones are repaired and counted.
    notes : Notes, optional
        Receives what was repaired or dropped.

    Returns
    -------
    geopandas.GeoDataFrame
        Fresh index 0…n-1, geometry valid and not empty, CRS set.

    Raises
    ------
    InputError
        Missing, unreadable or empty file, unknown layer, no CRS, text in the wrong encoding, no polygon.
    """
    notes = notes if notes is not None else Notes()
    frame = read_vector_file(path, layer, encoding, notes)
    if frame.empty:
        raise InputError(
            f"{path}: the layer has no feature; give the file that holds the polygons.",
            f"{path}：图层没有要素；请提供含面要素的文件。",
        )
    _check_text(path, frame)
    if shift := shift_of(crs):
        frame = _true_degrees(path, frame, notes, shift)
    elif frame.crs is None:
        if crs is None:
            raise InputError(
                f'{path}: the layer has no CRS; set `crs = "EPSG:…"` in its section or write it into the file.',
                f'{path}：图层没有 CRS；请在该段设置 crs = "EPSG:…"，或写入文件。',
            )
        frame = frame.set_crs(parse_crs(crs, path))
    else:
        frame = frame.set_crs(parse_crs(frame.crs, path), allow_override=True)
        if crs is not None and not same_crs(crs, frame.crs):
            asked, said = parse_crs(crs, path), CRS(frame.crs).name
            notes.add(path.name, f"`crs` of the region file ({asked.name}) wins over that of the file ({said})",
                      f"以区域文件所写坐标系（{asked.name}）为准，不用文件自带的（{said}）")  # fmt: skip
            frame = frame.set_crs(asked, allow_override=True)
    frame = one_zone_prefix(path, frame, notes)
    tell_old_datum(path.name, frame.crs, notes)
    check_extent(path, frame)
    return _repair(path, frame, notes) if polygons else frame.reset_index(drop=True)


def _true_degrees(path: Path, frame: gpd.GeoDataFrame, notes: Notes, shift: str) -> gpd.GeoDataFrame:
    """Undo the shift of web maps and say so."""
    system, undo = SHIFTS[shift]
    try:
        moved = undo(frame)
    except InputError as error:
        raise InputError(f"{path}: {error}", f"{path}：{error.in_language('zh')}") from None
    notes.add(
        path.name, f"coordinates were declared {system} and brought to WGS 84", f"坐标按声明由 {system} 转换为 WGS 84"
    )
    return moved


def _check_text(path: Path, frame: gpd.GeoDataFrame) -> None:
    """GBK text read as Latin-1 shows up as runs of accented capitals; real names do not look like that."""
    for column in frame.columns.drop(frame.geometry.name):
        if not pd.api.types.is_string_dtype(frame[column].dtype):
            continue
        sample = frame[column].dropna().astype(str).head(200)
        odd = sample.str.count(r"[\u0080-\u00ff]") >= 2
        if len(sample) and (odd & sample.str.contains(r"[À-ÿ]{2}[\u0080-\u00ff]*[À-ÿ]", regex=True)).mean() > 0.3:
            raise InputError(
                f"{path}: text of column {column!r} looks garbled ({sample[odd].iloc[0]!r}); "
                'set `encoding = "gbk"` in its section.',
                f'{path}：字段 {column!r} 的文字似为乱码（{sample[odd].iloc[0]!r}）；请在该段设置 encoding = "gbk"。',
            )


def _repair(path: Path, frame: gpd.GeoDataFrame, notes: Notes) -> gpd.GeoDataFrame:
    shapes = shapely.force_2d(frame.geometry.to_numpy())
    bad = ~shapely.is_valid(shapes)
    bad &= ~shapely.is_missing(shapes)
    if bad.any():
        shapes[bad] = shapely.make_valid(shapes[bad], method="structure", keep_collapsed=False)
        notes.add(
            path.name,
            f"{int(bad.sum())} of {len(frame)} geometries were invalid and were repaired "
            f"(rows {listing(np.flatnonzero(bad))})",
            f"{len(frame)} 个图形中有 {int(bad.sum())} 个无效，已自动修复",
        )
    shapes = polygon_parts(shapes)
    empty = shapely.is_missing(shapes) | shapely.is_empty(shapes)
    if empty.all():
        kinds = listing(sorted(set(frame.geometry.geom_type.dropna())))
        raise InputError(
            f"{path}: no feature is a polygon (found {kinds}); give the layer of outlines or areas.",
            f"{path}：没有面要素（现有 {kinds}）；请提供轮廓或面图层。",
        )
    if empty.any():
        notes.add(
            path.name,
            f"{int(empty.sum())} of {len(frame)} features have no polygon and were left out "
            f"(rows {listing(np.flatnonzero(empty))})",
            f"{len(frame)} 个要素中有 {int(empty.sum())} 个没有面图形，已剔除",
        )
    out = frame.set_geometry(gpd.GeoSeries(shapes, index=frame.index, crs=frame.crs))
    return out[~empty].reset_index(drop=True)


def to_crs(frame: gpd.GeoDataFrame, crs: CRS, source: object = "layer") -> gpd.GeoDataFrame:
    """Bring a layer to a CRS, or say why it cannot be.

    Parameters
    ----------
    frame : geopandas.GeoDataFrame
        Layer with a CRS.
    crs : CRS
        System to bring it to.
    source : object, default "layer"
        File or layer, for the error.

    Raises
    ------
    InputError
        If coordinates fall outside where the projection is defined.
    """
    try:
        moved = frame.to_crs(crs)
    except ProjError as error:
        raise InputError(
            f"{source}: coordinates cannot be brought to {crs.name} ({error}); is the CRS of the file right?",
            f"{source}：坐标无法转换到 {crs.name}（{error}）；文件的 CRS 是否正确？",
        ) from error
    if not np.isfinite(moved.total_bounds).all():
        raise InputError(
            f"{source}: coordinates cannot be brought to {crs.name}; is the CRS of the file right?",
            f"{source}：坐标无法转换到 {crs.name}；文件的 CRS 是否正确？",
        )
    return moved


def ellipsoid_area_m2(frame: gpd.GeoDataFrame) -> np.ndarray:
    """Area of polygons on the ellipsoid, whatever the CRS of the layer.

    Edges are straight lines of the layer's CRS; they are densified before the geodesic area is taken, so that a long
    edge keeps the shape it has on the map.

    Parameters
    ----------
    frame : geopandas.GeoDataFrame
        Polygons.

    Returns
    -------
    numpy.ndarray
        [m²], shape (n,).
    """
    crs = CRS(frame.crs)
    step = 0.005 if crs.is_geographic else 500.0
    dense = frame.geometry.segmentize(step).to_crs(4326)
    geod = CRS.from_epsg(4326).get_geod()
    assert geod is not None
    return np.array([_oriented_area(geod, g) for g in dense])


def _oriented_area(geod: Any, geometry: Any) -> float:
    total = 0.0
    for part in shapely.get_parts(geometry):
        total += abs(geod.geometry_area_perimeter(shapely.Polygon(part.exterior))[0])
        total -= sum(abs(geod.geometry_area_perimeter(shapely.Polygon(ring))[0]) for ring in part.interiors)
    return total


def write_parquet(frame: gpd.GeoDataFrame, path: Path, units: dict[str, str] | None = None) -> Path:
    """Write GeoParquet 1.1: Hilbert-sorted, zstd, with a bounding-box column for fast windows.

    Parameters
    ----------
    frame : geopandas.GeoDataFrame
        Any CRS; it is kept as PROJJSON.
    path : pathlib.Path
        Target; it is either whole or absent.
    units : dict, optional
        Column -> unit, kept in ``frame.attrs["units"]``.
    """
    ordered = (
        frame.iloc[np.argsort(frame.geometry.hilbert_distance().to_numpy(), kind="stable")] if len(frame) else frame
    )
    ordered.attrs = {"units": units or {}}
    with atomic(path) as part:
        ordered.to_parquet(
            part,
            index=False,
            compression="zstd",
            write_covering_bbox=True,
            schema_version="1.1.0",
            row_group_size=_PARQUET_ROWS,
        )
    return path


def write_gpkg(layers: dict[str, gpd.GeoDataFrame], path: Path) -> Path:
    """Write one GeoPackage with several layers for a desktop GIS.

    Parameters
    ----------
    layers : dict
        Layer name -> frame.
    path : pathlib.Path
        Target; it is either whole or absent.
    """
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": _FIXED_DATE})
    with atomic(path) as part:
        for name, frame in layers.items():
            frame.to_file(part, layer=name, driver="GPKG", engine="pyogrio")
    return path
