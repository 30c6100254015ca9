"""Areas of many polygons on the ellipsoid, and which of them overlap, in arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from pyproj import CRS, Proj, Transformer
from pyproj.crs import ProjectedCRS
from pyproj.crs.coordinate_operation import LambertAzimuthalEqualAreaConversion

__all__ = ["LONG_M", "equal_area_m2", "overlapping_pairs"]

LONG_M = 500.0
"""Widest polygon that one areal scale holds for [m]."""


def equal_area_m2(shapes: npt.NDArray[Any], crs: CRS) -> npt.NDArray[np.float64]:
    """Area of polygons on the ellipsoid of their CRS.

    Parameters
    ----------
    shapes : numpy.ndarray
        Polygons in a metric CRS, whose straight lines are their edges; long ones are densified.
    crs : pyproj.CRS
        Their CRS.

    Returns
    -------
    numpy.ndarray
        [m²], shape (n,), exact to about 1e-8: polygons up to 500 m wide by the areal scale of the projection at their
        centroid, others in Lambert's azimuthal equal-area projection about their middle.
    """
    out = np.zeros(len(shapes))
    filled = np.flatnonzero(~shapely.is_empty(shapes) & ~shapely.is_missing(shapes))
    if len(filled) == 0:
        return out
    part = shapes[filled]
    box = shapely.bounds(part)
    wide = np.maximum(box[:, 2] - box[:, 0], box[:, 3] - box[:, 1]) > LONG_M
    small = filled[~wide]
    if len(small):
        middle = shapely.get_coordinates(shapely.centroid(shapes[small]))
        lonlat = Transformer.from_crs(crs, crs.geodetic_crs, always_xy=True).transform(middle[:, 0], middle[:, 1])
        out[small] = shapely.area(shapes[small]) / Proj(crs).get_factors(*lonlat).areal_scale
    if wide.any():
        out[filled[wide]] = _projected_m2(shapely.segmentize(part[wide], LONG_M), crs, box[wide])
    return out


def _projected_m2(shapes: npt.NDArray[Any], crs: CRS, box: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    lon, lat = Transformer.from_crs(crs, crs.geodetic_crs, always_xy=True).transform(
        (box[:, 0].min() + box[:, 2].max()) / 2, (box[:, 1].min() + box[:, 3].max()) / 2
    )
    equal = ProjectedCRS(LambertAzimuthalEqualAreaConversion(lat, lon), geodetic_crs=crs.geodetic_crs)
    move = Transformer.from_crs(crs, equal, always_xy=True)

    def moved(xy: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return np.column_stack(move.transform(xy[:, 0], xy[:, 1]))

    return np.asarray(shapely.area(shapely.transform(shapes, moved)))


def overlapping_pairs(shapes: npt.NDArray[Any], least_m2: float) -> npt.NDArray[np.int64]:
    """Pairs of polygons that share ground, shape (pairs, 2), the lower position first.

    Polygons whose every edge is run back by exactly one neighbour overlap with none; only the others are held against
    each other.

    Parameters
    ----------
    shapes : numpy.ndarray
        Valid polygons in metres.
    least_m2 : float
        Smaller overlaps are rounding [m²].
    """
    doubtful = _unpaired(shapes)
    some = shapes[doubtful]
    left, right = shapely.STRtree(some).query(some, predicate="intersects")
    once = left < right
    left, right = left[once], right[once]
    touch = shapely.touches(some[left], some[right])
    left, right = left[~touch], right[~touch]
    common = shapely.area(shapely.intersection(some[left], some[right]))
    large = common > least_m2
    return np.column_stack([doubtful[left[large]], doubtful[right[large]]]).astype(np.int64)


def _unpaired(shapes: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    """Positions of polygons with an edge that no single neighbour runs the other way."""
    parts, owner = shapely.get_parts(shapes, return_index=True)
    rings, part = shapely.get_rings(parts, return_index=True)
    hole = np.concatenate([[False], part[1:] == part[:-1]])
    turned = np.where(shapely.is_ccw(rings) ^ hole, 1.0, -1.0)
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    same = ring[1:] == ring[:-1]
    start, stop, ring = xy[:-1][same], xy[1:][same], ring[1:][same]
    forward = (start[:, 0] < stop[:, 0]) | ((start[:, 0] == stop[:, 0]) & (start[:, 1] < stop[:, 1]))
    low, high = np.where(forward[:, None], start, stop), np.where(forward[:, None], stop, start)
    group, _ = pd.factorize(_hash(np.column_stack([low, high])))
    turn = np.bincount(group, np.where(forward, turned[ring], -turned[ring]))
    clean = (np.bincount(group) == 2) & (turn == 0)
    return np.unique(owner[part[ring[~clean[group]]]])


def _hash(values: npt.NDArray[np.float64]) -> npt.NDArray[np.uint64]:
    """Number of each row of numbers."""
    bits = np.ascontiguousarray(values + 0.0).view(np.uint64)
    out = np.zeros(len(bits), np.uint64)
    for k in range(bits.shape[1]):
        out = (out ^ bits[:, k]) * np.uint64(0x9E3779B97F4A7C15)
        out ^= out >> np.uint64(29)
    return out
