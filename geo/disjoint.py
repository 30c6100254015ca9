"""Outlines that share no ground: what two of them cover belongs to the inner, smaller one."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely

from guanghui.geo.notes import Notes

__all__ = ["disjoint", "holders", "one_outline_each"]

_SLIVER_M2 = 1e-6
_HELD = 5
"""An outline that holds at least so many others …"""
_FILLED = 0.7
"""… and is covered by them by less than this is a yard or parcel, no building (assumed; a podium holds few towers)."""


def disjoint(shapes: np.ndarray) -> np.ndarray:
    """Give ground covered by several polygons to the smallest of them; the larger ones lose it.

    Parameters
    ----------
    shapes : numpy.ndarray
        Valid polygons in a metric CRS.

    Returns
    -------
    numpy.ndarray
        Polygons of the same union whose areas add up to its area; empty where smaller ones cover everything. Of two
        equally large ones the first keeps the ground.
    """
    out = shapes.copy()
    area = shapely.area(shapes)
    rank = np.empty(len(shapes), dtype=np.int64)
    rank[np.argsort(area, kind="stable")] = np.arange(len(shapes))
    outer, inner = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    loses = rank[outer] > rank[inner]
    outer, inner = outer[loses], inner[loses]
    shared = shapely.area(shapely.intersection(shapes[outer], shapes[inner])) > 0
    outer, inner = outer[shared], inner[shared]
    if not len(outer):
        return out
    order = np.argsort(outer, kind="stable")
    outer, inner = outer[order], inner[order]
    first = np.flatnonzero(np.r_[True, outer[1:] != outer[:-1]])
    cover = np.array([shapely.union_all(part) for part in np.split(shapes[inner], first[1:])])
    cut = shapely.difference(shapes[outer[first]], cover)
    lines = np.flatnonzero(~np.isin(shapely.get_type_id(cut), (3, 6)))
    for i in lines:
        parts = [g for g in shapely.get_parts(cut[i]) if g.geom_type in ("Polygon", "MultiPolygon")]
        cut[i] = shapely.union_all(parts) if parts else shapely.Polygon()
    cut[shapely.area(cut) < _SLIVER_M2] = shapely.Polygon()
    out[outer[first]] = cut
    return out


def holders(shapes: np.ndarray) -> np.ndarray:
    """Tell which polygons are yards or parcels: they hold many others and are mostly open ground between them.

    Parameters
    ----------
    shapes : numpy.ndarray
        Valid polygons in a metric CRS.

    Returns
    -------
    numpy.ndarray
        bool, shape (n,).
    """
    points = shapely.point_on_surface(shapes)
    holder, held = shapely.STRtree(points).query(shapes, predicate="contains")
    area = shapely.area(shapes)
    smaller = area[held] < 0.5 * area[holder]
    holder, held = holder[smaller], held[smaller]
    count = np.bincount(holder, minlength=len(shapes))
    filled = np.bincount(holder, weights=area[held], minlength=len(shapes))
    return np.asarray((count >= _HELD) & (filled < _FILLED * area))


def one_outline_each(name: str, frame: gpd.GeoDataFrame, notes: Notes) -> gpd.GeoDataFrame:
    """Leave out yards, then make outlines disjoint, and say how many were touched.

    Parameters
    ----------
    name : str
        File, for the notes.
    frame : geopandas.GeoDataFrame
        Outlines with ``building_id`` in a metric CRS.
    notes : Notes
        Told what changed.

    Returns
    -------
    geopandas.GeoDataFrame
        Without yards and without outlines that others cover fully; ``footprint_m2`` is the ground kept.
    """
    yard = holders(frame.geometry.to_numpy())
    if yard.any():
        ids = ", ".join(frame["building_id"][yard].head(10))
        notes.add(name, f"{int(yard.sum())} outlines hold {_HELD} or more others and are taken as yards or parcels, "
                        f"not roofs: {ids}",
                  f"{int(yard.sum())} 个轮廓内含 {_HELD} 个以上其他轮廓，视为院落或宗地，不计屋顶：{ids}")  # fmt: skip
        frame = frame[~yard]
    before = frame.geometry.to_numpy()
    after = disjoint(before)
    lost = shapely.area(before) - shapely.area(after)
    gone = shapely.is_empty(after)
    if (lost > _SLIVER_M2).any():
        count, ground = int((lost > _SLIVER_M2).sum()), float(lost.sum())
        notes.add(name, f"{count} outlines overlap smaller ones: {ground:.1f} m² was left to the inner outline; "
                        f"{int(gone.sum())} outlines were covered fully and left out",
                  f"{count} 个轮廓与较小轮廓重叠：{ground:.1f} m² 归内层轮廓，"
                  f"{int(gone.sum())} 个被完全覆盖的轮廓已剔除")  # fmt: skip
    frame = frame.set_geometry(gpd.GeoSeries(after, index=frame.index, crs=frame.crs))
    frame["footprint_m2"] = frame.geometry.area
    return frame[~gone].copy()
