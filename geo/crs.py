"""Coordinate systems: one metric system chosen for the place, and honest comparison of two."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from pyproj import CRS, Proj, Transformer
from pyproj.aoi import AreaOfInterest
from pyproj.database import query_utm_crs_info
from pyproj.exceptions import CRSError

from guanghui.geo.errors import InputError
from guanghui.geo.notes import Notes

__all__ = [
    "WGS84",
    "convergence_deg",
    "is_metric",
    "lonlat_bounds",
    "metric_crs",
    "parse_crs",
    "same_crs",
    "tell_old_datum",
    "transformer",
]

WGS84 = CRS.from_epsg(4326)

# Geographic systems of China and the world that coincide to within a metre: one frame for our purpose.
_COINCIDENT = {4326, 4490, 4979, 4480}
_CHINA_LON, _CHINA_LAT = (73.0, 136.0), (17.0, 54.0)
_MAX_METRIC_SCALE_ERROR = 0.01


def parse_crs(value: Any, source: object = "crs") -> CRS:
    """Read a CRS and replace it by its EPSG form when the registry knows it.

    ESRI-flavoured WKT from a ``.prj`` file is not *equal* to the same system from the registry although it means the
    same; comparing registry codes cures that.

    Parameters
    ----------
    value : Any
        Anything pyproj reads: ``"EPSG:4548"``, ``4548``, WKT, a rasterio or pyproj CRS.
    source : object
        File or key named in the error.

    Returns
    -------
    pyproj.CRS

    Raises
    ------
    InputError
        If pyproj cannot read it.
    """
    try:
        crs = CRS.from_user_input(value)
    except CRSError as error:
        raise InputError(
            f'{source}: {value!r} is no coordinate system that PROJ knows; write one like "EPSG:4548".',
            f"{source}：{value!r} 不是 PROJ 认识的坐标系；请写成 EPSG:4548 这样的形式。",
        ) from error
    code = crs.to_epsg(min_confidence=70)
    return CRS.from_epsg(code) if code else crs


def same_crs(a: Any, b: Any) -> bool:
    """Tell whether coordinates in ``a`` can be read as coordinates in ``b`` within a metre.

    CGCS2000 (EPSG:4490) and WGS 84 (EPSG:4326) are two systems on paper and one on the ground.

    Parameters
    ----------
    a, b : object
        CRS, EPSG code or text.
    """
    first, second = parse_crs(a), parse_crs(b)
    codes = {first.to_epsg(), second.to_epsg()}
    return first == second or (None not in codes and codes <= _COINCIDENT)


@lru_cache(maxsize=64)
def transformer(source: CRS, target: CRS) -> Transformer:
    """Transformer with x before y; making one takes a twentieth of a second, so they are kept.

    Parameters
    ----------
    source, target : CRS
        Systems.
    """
    return Transformer.from_crs(source, target, always_xy=True)


def lonlat_bounds(bounds: tuple[float, float, float, float], crs: Any) -> tuple[float, float, float, float]:
    """Bounds (west, south, east, north) in degrees of a box given in ``crs``.

    Parameters
    ----------
    bounds : tuple of float
        West, south, east, north in units of ``crs``.
    crs : object
        CRS, EPSG code or text.

    Returns
    -------
    tuple of float
        WGS 84 [°]; the edges are followed at 21 points each.
    """
    box = transformer(parse_crs(crs), WGS84).transform_bounds(*bounds, densify_pts=21)
    return float(box[0]), float(box[1]), float(box[2]), float(box[3])


def metric_crs(bounds_deg: tuple[float, float, float, float]) -> CRS:
    """Choose the metric CRS for a place.

    In China the CGCS2000 3-degree Gauss-Krüger zone of the centre, without zone prefix (EPSG:4534-4554), which is what
    its bureaus use; elsewhere the UTM zone of the centre.

    Parameters
    ----------
    bounds_deg : tuple of float
        West, south, east, north [°].

    Returns
    -------
    pyproj.CRS

    Examples
    --------
    >>> metric_crs((115.69, 29.15, 115.92, 29.39)).to_epsg()
    4548
    """
    lon, lat = (bounds_deg[0] + bounds_deg[2]) / 2, (bounds_deg[1] + bounds_deg[3]) / 2
    if _CHINA_LON[0] <= lon <= _CHINA_LON[1] and _CHINA_LAT[0] <= lat <= _CHINA_LAT[1]:
        meridian = min(max(round(lon / 3) * 3, 75), 135)
        return CRS.from_epsg(4534 + (meridian - 75) // 3)
    found = query_utm_crs_info(datum_name="WGS 84", area_of_interest=AreaOfInterest(lon, lat, lon, lat))
    if not found:
        raise InputError(
            f"no metric coordinate system covers longitude {lon:.3f}, latitude {lat:.3f}; set [region] crs.",
            f"东经 {lon:.3f}°、北纬 {lat:.3f}° 处没有以米为单位的坐标系；请设置 [region] crs。",
        )
    return CRS.from_epsg(int(found[0].code))


def is_metric(crs: Any, bounds: tuple[float, float, float, float]) -> bool:
    """Tell whether lengths in ``crs`` are metres on the ground at ``bounds``, to within 1 %.

    Web Mercator counts as metric only at the equator; a system in feet never does.

    Parameters
    ----------
    crs : object
        CRS, EPSG code or text.
    bounds : tuple of float
        West, south, east, north in units of ``crs``; the scale is taken in the middle.
    """
    system = parse_crs(crs)
    if not system.is_projected or any(a.unit_conversion_factor != 1.0 for a in system.axis_info[:2]):
        return False
    west, south, east, north = lonlat_bounds(bounds, system)
    factors = Proj(system).get_factors((west + east) / 2, (south + north) / 2)
    return bool(abs(factors.areal_scale**0.5 - 1) < _MAX_METRIC_SCALE_ERROR)


def convergence_deg(crs: Any, longitude: float, latitude: float) -> float:
    """Grid convergence: degrees to add to a grid azimuth to get the azimuth from true north.

    Parameters
    ----------
    crs : Any
        Projected CRS; 0 for a geographic one.
    longitude, latitude : float
        Place [°].

    Returns
    -------
    float
        [°], positive when grid north lies east (clockwise) of true north.
    """
    system = parse_crs(crs)
    if not system.is_projected:
        return 0.0
    return float(Proj(system).get_factors(longitude, latitude).meridian_convergence)


_OLD_DATUMS = {"Beijing 1954": "北京54", "New Beijing": "新北京54", "Xian 1980": "西安80"}
"""Datums whose seven parameters to CGCS2000 are not public: PROJ moves their degrees unchanged."""


def tell_old_datum(name: str, crs: Any, notes: Notes) -> None:
    """Note a layer of an old Chinese datum: brought to another, its places may be off by tens of metres.

    Parameters
    ----------
    name : str
        File, for the message.
    crs : Any
        Its CRS.
    notes : Notes
        Told once.
    """
    geodetic = CRS(crs).geodetic_crs
    datum = next((d for d in _OLD_DATUMS if geodetic is not None and geodetic.name == d), None)
    if datum is not None:
        zh = _OLD_DATUMS[datum]
        notes.add(name, f"coordinates are of {datum}; its shift to CGCS2000 is not public, so that places may come "
                  "out off by tens of metres: have them converted with the local parameters",
                  f"坐标为{zh}；其到 CGCS2000 的转换参数未公开，"
                  "位置可能偏差数十米：请按当地参数转换后再用")  # fmt: skip
