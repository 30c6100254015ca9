"""Whether coordinates can be what their CRS says: degrees or metres, east before north, on Earth."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
from pyproj import CRS

from guanghui.geo.crs import WGS84, transformer
from guanghui.geo.errors import InputError

__all__ = ["check_extent"]

_SLACK_DEG = 1.0


def check_extent(path: Path, frame: gpd.GeoDataFrame) -> None:
    """Stop where the extent of a layer contradicts its CRS.

    Parameters
    ----------
    path : pathlib.Path
        File, for the message.
    frame : geopandas.GeoDataFrame
        Layer with CRS.

    Raises
    ------
    InputError
        Nothing to see, north written before east, degrees under metres or metres under degrees.
    """
    box = frame.total_bounds
    if not np.isfinite(box).all():
        raise InputError(
            f"{path}: no feature has a geometry; give the file that holds the polygons.",
            f"{path}：没有带图形的要素；请提供含面要素的文件。",
        )
    crs = CRS(frame.crs)
    middle = frame.geometry.bounds.median()
    x, y = float(middle[["minx", "maxx"]].mean()), float(middle[["miny", "maxy"]].mean())
    if _turned(crs, x, y):
        first, second = ("latitude", "longitude") if crs.is_geographic else ("northing", "easting")
        zh = "纬度写在经度之前" if crs.is_geographic else "北坐标写在东坐标之前"
        raise InputError(
            f"{path}: coordinates such as ({x:.7g}, {y:.7g}) have {first} before {second} for the CRS {crs.name}; "
            "swap X and Y (QGIS: Swap X and Y coordinates) and save the file again.",
            f"{path}：坐标如（{x:.7g}，{y:.7g}）按坐标系 {crs.name} 是{zh}；"
            "请交换 X、Y（QGIS：交换 X 和 Y 坐标）后重新保存。",
        )
    if crs.is_geographic and (box[0] < -180.001 or box[2] > 360.001 or box[1] < -90.001 or box[3] > 90.001):
        raise InputError(
            f"{path}: coordinates up to {np.abs(box).max():.0f} are no degrees although the CRS is {crs.name}; "
            'set `crs` in its section to what they are, as "EPSG:4548".',
            f"{path}：坐标高达 {np.abs(box).max():.0f}，不是度，而 CRS 为 {crs.name}；"
            '请在该段把 crs 设为其实际坐标系，如 "EPSG:4548"。',
        )
    if crs.is_projected and np.abs(box).max() <= 360:
        raise InputError(
            f"{path}: coordinates up to {np.abs(box).max():.1f} look like degrees although the CRS is {crs.name}; "
            'set `crs = "EPSG:4490"` (CGCS2000) or the right one.',
            f"{path}：坐标最大 {np.abs(box).max():.1f}，似为度，而 CRS 为 {crs.name}；"
            '请设置 crs = "EPSG:4490"（CGCS2000）或正确的坐标系。',
        )


def _turned(crs: CRS, x: float, y: float) -> bool:
    """Whether a place lies outside where its CRS is used and, with its coordinates swapped, inside."""
    if crs.area_of_use is None or (crs.is_projected and max(abs(x), abs(y)) <= 360):
        return False
    return not _used(crs, x, y) and _used(crs, y, x)


def _used(crs: CRS, x: float, y: float) -> bool:
    if crs.is_geographic:
        lon, lat = x, y
    else:
        lon, lat = transformer(crs, WGS84).transform(x, y)  # infinite where there is none
    west, south, east, north = crs.area_of_use.bounds
    across = west - _SLACK_DEG <= lon <= east + _SLACK_DEG or (west > east and (lon >= west or lon <= east))
    return bool(across and south - _SLACK_DEG <= lat <= north + _SLACK_DEG)
