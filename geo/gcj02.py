"""Coordinates in GCJ-02, the shifted degrees of Chinese web maps, brought back to true ones.

GCJ-02 is no coordinate reference system that any file could name, and nothing in a file tells it from WGS 84. So it is
converted only where the region file declares it, never guessed. The shift is that of the formula in public use since
2010 (as in the open implementations *eviltransform* and *coordtransform*): a sum of sines of the offset from
105°E 35°N, scaled by the radii of the Krasovsky ellipsoid; it amounts to 200-700 m and changes by some 30 m in 0.1°.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from guanghui.geo.errors import InputError

__all__ = [
    "SHIFTS", "bd09_to_gcj02", "from_bd09", "from_gcj02", "gcj02_to_bd09", "gcj02_to_wgs84", "shift_of",
    "unshifted",     "wgs84_to_gcj02",
]  # fmt: skip

Floats = npt.NDArray[np.float64]

_AXIS_M, _ECCENTRICITY2 = 6378245.0, 0.00669342162296594323
_LON0, _LAT0 = 105.0, 35.0
_AREA = (72.004, 0.8293, 137.8347, 55.8271)
_ROUNDS = 12


def wgs84_to_gcj02(lon: npt.ArrayLike, lat: npt.ArrayLike) -> tuple[Floats, Floats]:
    """Shift true degrees as Chinese web maps do.

    Parameters
    ----------
    lon, lat : array-like
        WGS 84 or CGCS2000 [°].
    """
    east, north = np.asarray(lon, float), np.asarray(lat, float)
    x, y = east - _LON0, north - _LAT0
    root = np.sqrt(np.abs(x))
    waves = 20 * np.sin(6 * np.pi * x) + 20 * np.sin(2 * np.pi * x)
    up = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + 2 / 3 * (
        waves + 20 * np.sin(np.pi * y) + 40 * np.sin(np.pi / 3 * y)
        + 160 * np.sin(np.pi / 12 * y) + 320 * np.sin(np.pi / 30 * y)
    )  # fmt: skip
    right = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + 2 / 3 * (
        waves + 20 * np.sin(np.pi * x) + 40 * np.sin(np.pi / 3 * x)
        + 150 * np.sin(np.pi / 12 * x) + 300 * np.sin(np.pi / 30 * x)
    )  # fmt: skip
    phi = np.radians(north)
    curve = 1 - _ECCENTRICITY2 * np.sin(phi) ** 2
    meridian = _AXIS_M * (1 - _ECCENTRICITY2) / curve**1.5
    parallel = _AXIS_M / np.sqrt(curve) * np.cos(phi)
    return east + np.degrees(right / parallel), north + np.degrees(up / meridian)


def gcj02_to_wgs84(lon: npt.ArrayLike, lat: npt.ArrayLike) -> tuple[Floats, Floats]:
    """Undo the shift, to a thousandth of a millimetre.

    Parameters
    ----------
    lon, lat : array-like
        GCJ-02 [°].

    Raises
    ------
    InputError
        If any point lies outside the area the shift is made for.
    """
    east, north = np.asarray(lon, float), np.asarray(lat, float)
    west, south, far_east, far_north = _AREA
    if east.size and not (
        west <= east.min() and east.max() <= far_east and south <= north.min() and north.max() <= far_north
    ):
        raise InputError(
            f"GCJ-02: coordinates {east.min():.2f}…{east.max():.2f}, {north.min():.2f}…{north.max():.2f} are no "
            "degrees inside China; GCJ-02 is shifted degrees, so check `crs` of this section.",
            f"GCJ-02：坐标 {east.min():.2f}…{east.max():.2f}, {north.min():.2f}…{north.max():.2f} 不是中国境内的度数；"
            "GCJ-02 是加偏的经纬度，请检查该段的 crs。",
        )
    return _undone(wgs84_to_gcj02, east, north)


def _undone(
    shift: Callable[[Floats, Floats], tuple[Floats, Floats]], east: Floats, north: Floats
) -> tuple[Floats, Floats]:
    """Degrees that a shift brings to those given, by fixed-point iteration."""
    found_east, found_north = east, north
    for _ in range(_ROUNDS):
        shifted_east, shifted_north = shift(found_east, found_north)
        found_east, found_north = found_east + (east - shifted_east), found_north + (north - shifted_north)
    return found_east, found_north


def gcj02_to_bd09(lon: npt.ArrayLike, lat: npt.ArrayLike) -> tuple[Floats, Floats]:
    """Shift GCJ-02 degrees once more, as Baidu's maps do (formula in public use).

    Parameters
    ----------
    lon, lat : array-like
        GCJ-02 [°].
    """
    x, y = np.asarray(lon, float), np.asarray(lat, float)
    wave = np.pi * 3000 / 180
    radius = np.hypot(x, y) + 2e-5 * np.sin(y * wave)
    angle = np.arctan2(y, x) + 3e-6 * np.cos(x * wave)
    return radius * np.cos(angle) + 0.0065, radius * np.sin(angle) + 0.006


def bd09_to_gcj02(lon: npt.ArrayLike, lat: npt.ArrayLike) -> tuple[Floats, Floats]:
    """Undo the further shift of Baidu's maps, by iteration, to far below a millimetre.

    Parameters
    ----------
    lon, lat : array-like
        BD-09 [°].
    """
    return _undone(gcj02_to_bd09, np.asarray(lon, float), np.asarray(lat, float))


def from_bd09(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Bring a layer in BD-09 to WGS 84, see :func:`from_gcj02`.

    Parameters
    ----------
    frame : geopandas.GeoDataFrame
        Layer in BD-09 longitude and latitude [°].
    """
    shapes = shapely.transform(frame.geometry.to_numpy(), lambda x, y: bd09_to_gcj02(x, y), interleaved=False)
    return from_gcj02(frame.set_geometry(gpd.GeoSeries(shapes, index=frame.index, crs=4326)))


def from_gcj02(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Bring a layer in GCJ-02 to WGS 84; what the file says of its CRS is overridden, only degrees are taken.

    Parameters
    ----------
    frame : geopandas.GeoDataFrame
        Geometries in shifted degrees.

    Raises
    ------
    InputError
        If coordinates lie outside the area the shift is made for.
    """
    shapes = shapely.transform(frame.geometry.to_numpy(), lambda x, y: gcj02_to_wgs84(x, y), interleaved=False)
    return frame.set_geometry(gpd.GeoSeries(shapes, index=frame.index, crs=4326))


SHIFTS: Mapping[str, tuple[str, Callable[[gpd.GeoDataFrame], gpd.GeoDataFrame]]] = MappingProxyType(
    {"gcj02": ("GCJ-02", from_gcj02), "bd09": ("BD-09", from_bd09)}
)
"""What a region file writes as ``crs`` of shifted degrees -> their name, and the way back to WGS 84."""


def unshifted(frame: gpd.GeoDataFrame) -> Iterator[tuple[str, str, gpd.GeoDataFrame]]:
    """Where a layer would lie if its coordinates were of each of ``SHIFTS``, for those that reach so far.

    Parameters
    ----------
    frame : geopandas.GeoDataFrame
        In any CRS.

    Yields
    ------
    tuple of str, str and geopandas.GeoDataFrame
        Key and name of the shift, and the layer in its own CRS.
    """
    degrees = frame.to_crs(4326)
    for key, (name, undo) in SHIFTS.items():
        try:
            moved = undo(degrees).to_crs(frame.crs)
        except InputError:  # no such shift there
            continue
        yield key, name, moved


def shift_of(crs: Any) -> str:
    """Key of ``SHIFTS`` that a region file declares; empty where it declares none.

    Parameters
    ----------
    crs : object
        Value of the region file, for instance ``"GCJ-02"``; case and hyphens do not count.
    """
    key = crs.strip().lower().replace("-", "") if isinstance(crs, str) else ""
    return key if key in SHIFTS else ""
