"""Web Mercator, which Leaflet draws in: polygons, points and boxes brought to it and back to degrees."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely
from pyproj import CRS

from guanghui.geo.crs import WGS84, parse_crs, transformer

__all__ = ["MERCATOR", "from_mercator", "latlng_bounds", "mercator_bounds", "to_degrees", "to_mercator"]

MERCATOR = CRS.from_epsg(3857)


def _transform(shapes: npt.NDArray[Any], source: Any, target: CRS) -> npt.NDArray[Any]:
    move = transformer(parse_crs(source), target)
    return np.asarray(shapely.transform(shapes, lambda x, y: move.transform(x, y), interleaved=False), dtype=object)


def to_mercator(frame: gpd.GeoDataFrame) -> npt.NDArray[Any]:
    """Geometries of a frame in EPSG:3857.

    Parameters
    ----------
    frame : geopandas.GeoDataFrame
        Any CRS.

    Returns
    -------
    numpy.ndarray
        Of shapely geometries [m of Web Mercator], shape (n,).
    """
    return _transform(frame.geometry.to_numpy(), frame.crs, MERCATOR)


def to_degrees(frame: gpd.GeoDataFrame) -> npt.NDArray[Any]:
    """Geometries of a frame in longitude and latitude.

    Parameters
    ----------
    frame : geopandas.GeoDataFrame
        Any CRS.

    Returns
    -------
    numpy.ndarray
        Of shapely geometries, WGS 84 [°], shape (n,).
    """
    return _transform(frame.geometry.to_numpy(), frame.crs, WGS84)


def mercator_bounds(bounds: tuple[float, float, float, float], crs: Any) -> tuple[float, float, float, float]:
    """Box in EPSG:3857 around a box given in ``crs``.

    Parameters
    ----------
    bounds : tuple of float
        West, south, east, north in units of ``crs``.
    crs : object
        CRS, EPSG code or text.

    Returns
    -------
    tuple of float
        West, south, east, north [m of Web Mercator].
    """
    box = transformer(parse_crs(crs), MERCATOR).transform_bounds(*bounds, densify_pts=21)
    return float(box[0]), float(box[1]), float(box[2]), float(box[3])


def from_mercator(bounds: tuple[float, float, float, float], crs: Any) -> tuple[float, float, float, float]:
    """Box in ``crs`` around a box given in EPSG:3857.

    Parameters
    ----------
    bounds : tuple of float
        West, south, east, north [m of Web Mercator].
    crs : object
        CRS, EPSG code or text.

    Returns
    -------
    tuple of float
        West, south, east, north in units of ``crs``.
    """
    box = transformer(MERCATOR, parse_crs(crs)).transform_bounds(*bounds, densify_pts=21)
    return float(box[0]), float(box[1]), float(box[2]), float(box[3])


def latlng_bounds(bounds: tuple[float, float, float, float], crs: Any) -> list[list[float]]:
    """Box as Leaflet wants it: [[south, west], [north, east]] [°].

    Parameters
    ----------
    bounds : tuple of float
        West, south, east, north in units of ``crs``.
    crs : object
        CRS, EPSG code or text.
    """
    west, south, east, north = transformer(parse_crs(crs), WGS84).transform_bounds(*bounds, densify_pts=21)
    return [[round(south, 8), round(west, 8)], [round(north, 8), round(east, 8)]]
