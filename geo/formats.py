"""What bureaus draw and list, brought to polygons: closed lines, sheets of points, eastings with a zone prefix."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import CRS

from guanghui.geo.errors import InputError, listing
from guanghui.geo.notes import Notes
from guanghui.geo.units import MU_PER_HA
from guanghui.geo.written import header_and_unit, written_number

__all__ = ["closed_lines", "one_zone_prefix", "squares"]

_X = ("lon", "lng", "longitude", "经度", "x", "东坐标", "x坐标")
_Y = ("lat", "latitude", "纬度", "y", "北坐标", "y坐标")
_AREA = ("area", "area_m2", "面积", "屋顶面积", "占地面积", "基底面积")
_AREA_UNITS = {
    "m2": 1.0, "m²": 1.0, "㎡": 1.0, "平方米": 1.0, "平米": 1.0, "平方": 1.0, "sqm": 1.0,
    "亩": 1e4 / MU_PER_HA, "mu": 1e4 / MU_PER_HA, "公顷": 1e4, "ha": 1e4, "万m2": 1e4, "万m²": 1e4, "万㎡": 1e4,
    "万平方米": 1e4, "万平米": 1e4, "km2": 1e6, "km²": 1e6, "平方公里": 1e6,
}  # fmt: skip
"""Units an area is written in -> m²."""
_DEGREES = re.compile(
    r"(\d+)\s*[°度]\s*(?:(\d+)\s*['′’分]\s*)?(?:(\d+(?:\.\d*)?)\s*(?:[\"”秒]|′′|'')\s*)?[NSEW东西南北]?", re.I
)
_SMALL_M2, _SMALL_SHARE = 4.0, 0.5
"""Roofs of a list are not, in the middle, as small as this: the unit is another."""
_CLOSED = 1e-2
"""Ends of a line this near are one in a drawing [m]; in degrees they must be the same."""


def closed_lines(path: Path, frame: gpd.GeoDataFrame, notes: Notes) -> gpd.GeoDataFrame:
    """Turn closed lines of a drawing into polygons; a ring inside the ring drawn just before is its courtyard.

    Parameters
    ----------
    path : pathlib.Path
        For the note.
    frame : geopandas.GeoDataFrame
        Features of a drawing; what is no closed line stays.
    notes : Notes
        Told how many courtyards were cut out.
    """
    shapes = frame.geometry.to_numpy().copy()
    outer, found = -1, 0
    near = 0.0 if frame.crs is not None and CRS(frame.crs).is_geographic else _CLOSED
    kind = shapely.get_type_id(shapes)
    for i in np.flatnonzero((kind == 1) | (kind == 2)):
        points = shapely.get_coordinates(shapes[i])
        if len(points) < 4 or np.hypot(*(points[0] - points[-1])) > near:
            continue
        ring = shapely.Polygon(points)
        if outer >= 0 and shapely.contains_properly(shapes[outer], ring):
            shapes[outer], shapes[i] = shapely.difference(shapes[outer], ring), shapely.Polygon()
            found += 1
        else:
            shapes[i], outer = ring, int(i)
    if found:
        notes.add(path.name, f"{found} closed lines lie inside the one drawn just before and were read as courtyards",
                  f"{found} 条闭合线位于前一条线之内，按天井扣除")  # fmt: skip
    return frame.set_geometry(gpd.GeoSeries(shapes, index=frame.index, crs=frame.crs))


def squares(path: Path, table: pd.DataFrame, notes: Notes) -> gpd.GeoDataFrame:
    """Roofs listed with longitude, latitude and area become squares of that area centred there.

    Parameters
    ----------
    path : pathlib.Path
        File the list came from, for what is said.
    table : pandas.DataFrame
        Columns 经度, 纬度, 面积 or ``lon``, ``lat``, ``area`` [°, m²].
    notes : Notes
        Gets the count of squares.

    Returns
    -------
    geopandas.GeoDataFrame
        WGS 84, columns of the list kept.

    Raises
    ------
    InputError
        If a column of place or area is absent, a value of it is no number or no area above 0, or the places are no
        degrees of longitude and latitude in this order.
    """
    units: dict[str, str] = {}
    lower: dict[str, str] = {}
    for header in table.columns:
        word, unit = header_and_unit(header)
        lower.setdefault(word.lower(), header)
        units[header] = unit.lower().replace("^", "")
    found = [next((lower[n] for n in names if n in lower), None) for names in (_X, _Y, _AREA)]
    if None in found:
        raise InputError(
            f"{path}: a list of roofs needs columns 经度, 纬度 and 面积 (or lon, lat, area); "
            f"the columns are {listing(table.columns, 20)}.",
            f"{path}：屋顶清单需要经度、纬度、面积三列（或 lon、lat、area）；现有字段 {listing(table.columns, 20)}。",
        )
    in_header = units[str(found[2])]
    if in_header and in_header not in _AREA_UNITS:
        raise InputError(
            f"{path}: column {found[2]!r} is in {in_header} by its header, which is no area known here; write m², 亩 "
            "or ha.",
            f"{path}：列 {found[2]!r} 的表头单位 {in_header} 不是已知的面积单位；请写 平方米、亩 或 公顷。",
        )
    x, y = (table[c].map(_degrees).to_numpy(float) for c in found[:2])
    area = table[str(found[2])].map(_area).to_numpy(float) * _AREA_UNITS.get(in_header, 1.0)
    bad = ~(np.isfinite(x) & np.isfinite(y) & (area > 0))
    if bad.any():
        raise InputError(
            f"{path}: rows {listing(np.flatnonzero(bad) + 2)} have no number in {listing(found)}; fill them in.",
            f"{path}：第 {listing(np.flatnonzero(bad) + 2)} 行的 {listing(found)} 不是数字；请补全。",
        )
    if np.quantile(area, _SMALL_SHARE) < _SMALL_M2:
        raise InputError(
            f"{path}: {found[2]!r} is {np.median(area):.3g} in the middle: too small for roofs in m² (in 亩 or 10,000 "
            "m²?); write the unit into the header, as in 面积（亩）.",
            f"{path}：{found[2]!r} 的中位数为 {np.median(area):.3g}，作为平方米的屋顶太小（是否为亩或万平方米？）；"
            "请把单位写进表头，如 面积（亩）。",
        )
    if (np.abs(y) > 90).any() and (np.abs(y) <= 180).all() and (np.abs(x) <= 90).all():
        raise InputError(
            f"{path}: {found[0]!r} up to {np.abs(x).max():.1f} and {found[1]!r} up to {np.abs(y).max():.1f} are "
            "latitude and longitude the wrong way round; swap the two headers.",
            f"{path}：{found[0]!r} 最大 {np.abs(x).max():.1f}、{found[1]!r} 最大 {np.abs(y).max():.1f}，经纬度写反了；"
            "请交换这两列的列名。",
        )
    if (np.abs(x) > 180).any() or (np.abs(y) > 90).any():
        raise InputError(
            f"{path}: {found[0]!r} and {found[1]!r} up to {max(np.abs(x).max(), np.abs(y).max()):.0f} are no degrees; "
            "give longitude and latitude in degrees.",
            f"{path}：{found[0]!r} 与 {found[1]!r} 不是度数；请给经纬度。",
        )
    phi = np.radians(y)
    curve = 1 - 0.00669438 * np.sin(phi) ** 2
    half = np.sqrt(area) / 2
    dx = np.degrees(half / (6378137.0 / np.sqrt(curve) * np.cos(phi)))
    dy = np.degrees(half / (6378137.0 * (1 - 0.00669438) / curve**1.5))
    notes.add(path.name, f"{len(table)} roofs of a list are squares of the area given, centred where the list says",
              f"清单中的 {len(table)} 个屋顶按所列面积以正方形表示，中心为所列坐标")  # fmt: skip
    return gpd.GeoDataFrame(table, geometry=shapely.box(x - dx, y - dy, x + dx, y + dy), crs="EPSG:4326")


def _degrees(cell: object) -> float:
    """Degrees as a number, or as degrees, minutes and seconds."""
    text = unicodedata.normalize("NFKC", str(cell)).strip()
    if found := _DEGREES.fullmatch(text):
        whole, minutes, seconds = (float(part or 0) for part in found.groups())
        sign = -1.0 if text[-1].upper() in "SW南西" else 1.0
        return sign * (whole + minutes / 60 + seconds / 3600)
    return written_number(text)


def _area(cell: object) -> float:
    """An area as a number or with its unit [m² where none is written]."""
    text = unicodedata.normalize("NFKC", str(cell)).strip().lower()
    unit = next((u for u in sorted(_AREA_UNITS, key=len, reverse=True) if text.endswith(u)), "")
    return written_number(text[: len(text) - len(unit)].strip()) * _AREA_UNITS.get(unit, 1.0)


def one_zone_prefix(path: Path, frame: gpd.GeoDataFrame, notes: Notes) -> gpd.GeoDataFrame:
    """Make eastings and CRS agree on the zone prefix of Chinese Gauss-Krüger coordinates.

    Zones 13-23 are 6 degrees wide and 25-45 3 degrees, so that a prefix names its zone.

    Parameters
    ----------
    path : pathlib.Path
        File the layer came from, for what is said.
    frame : geopandas.GeoDataFrame
        Layer with a CRS.
    notes : Notes
        Gets what was read otherwise than written.

    Returns
    -------
    geopandas.GeoDataFrame
        The layer, unchanged where prefix and CRS agree.

    Raises
    ------
    InputError
        If the prefix names another meridian than the CRS.
    """
    west = frame.geometry.bounds["minx"].dropna()
    if west.empty:
        return frame
    crs, east = CRS(frame.crs), float(west.median())
    zone = int(east // 1e6)
    if not (13 <= zone <= 23 or 25 <= zone <= 45):
        zone = 0
    if crs.is_geographic:
        if not zone:
            return frame
        code = 4491 + zone - 13 if zone <= 23 else 4513 + zone - 25
        notes.add(path.name, f"coordinates are metres with the prefix {zone}: read as EPSG:{code}",
                  f"坐标为带号 {zone} 的米制坐标，按 EPSG:{code} 读取")  # fmt: skip
        return frame.set_crs(code, allow_override=True)
    method = crs.coordinate_operation
    given = {p.name: p.value for p in method.params} if method is not None else {}
    offset = float(given.get("False easting", 0.0))
    meridian = given.get("Longitude of natural origin")
    if meridian is None or "Transverse Mercator" not in method.method_name:
        return frame
    own = int(offset // 1e6)
    if own == zone or (not zone and not 0 < east < 1e6):
        return frame
    if zone and abs((3 * zone if zone >= 25 else 6 * zone - 3) - meridian) > 1e-6:
        raise InputError(
            f"{path}: eastings begin with zone {zone} but the CRS {crs.name} has the meridian {meridian:g}°; "
            "set the right `crs` in its section.",
            f"{path}：东坐标带号为 {zone}，而坐标系 {crs.name} 的中央经线为 {meridian:g}°；请在该段设置正确的 crs。",
        )
    notes.add(path.name, f"eastings {'carry' if zone else 'lack'} the zone prefix, the CRS {crs.name} does not: mended",
              f"东坐标{'带' if zone else '不带'}带号，与坐标系 {crs.name} 不符，已按带号改正")  # fmt: skip
    return frame.set_geometry(frame.geometry.translate((own - zone) * 1e6, 0))
