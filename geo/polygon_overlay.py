"""Two dates of polygons laid over each other: exact areas of every pair of codes, thin pieces along borders apart.

Nothing is burned: a piece is the intersection of a polygon before and one after, measured as the stock measures its
polygons. Where a border was only drawn anew it leaves thin pieces on both sides; these are told from land that changed.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from pyproj import CRS, Proj, Transformer

from guanghui.geo.polygon_area import LONG_M, equal_area_m2
from guanghui.geo.polygon_cover import PolygonCover
from guanghui.geo.polygon_kernels import edges_of, shared
from guanghui.geo.vector import to_crs

__all__ = ["laid_over"]

Floats = npt.NDArray[np.float64]
_T = TypeVar("_T")
_AT_ONCE = 20_000
_WHOLE_M2 = 1e-6
_MOST = 0.5
_POLYGON = 3
_COLUMNS = ("zone", "before_row", "after_row", "area_m2", "width_m")


def laid_over(
    before: PolygonCover, after: PolygonCover, zones: gpd.GeoDataFrame, border_m: float = 0.0
) -> pd.DataFrame:
    """Area of every pair of codes in every zone, exactly.

    Parameters
    ----------
    before, after : PolygonCover
        Two dates in one CRS; of polygons that overlap at one date the smaller keeps the ground.
    zones : geopandas.GeoDataFrame
        Polygons, any CRS; they may overlap.
    border_m : float, default 0
        Pieces that changed and are narrower than this on average are border [m]; not where they make up more than half
        of a polygon of either date, which then came or went as a whole.

    Returns
    -------
    pandas.DataFrame
        ``zone`` (position), ``before``, ``after`` (codes), ``area_m2``, ``border_m2`` (of it along borders),
        ``square_m4`` and ``border_square_m4`` (squares of the areas of the pieces, summed: inside and along borders).

    Notes
    -----
    Polygons drawn alike at both dates are found by their coordinates and cut with nothing. The mean width of a piece is
    twice its area over its perimeter. A piece is what one polygon of each date shares.
    """
    own = to_crs(zones, CRS(before.frame.crs), "zones").geometry.to_numpy()
    pieces = pd.DataFrame(
        {k: np.concatenate(v) for k, v in zip(_COLUMNS, zip(*_pieces(before, after, own), strict=True), strict=True)}
    )
    old, new = (cover.frame["code"].to_numpy(object) for cover in (before, after))
    pieces["before"] = old[pieces["before_row"].to_numpy()]
    pieces["after"] = new[pieces["after_row"].to_numpy()]
    return _summed(pieces, _changed(pieces, before, after), border_m)


def _changed(pieces: pd.DataFrame, before: PolygonCover, after: PolygonCover) -> npt.NDArray[np.bool_]:
    """Pieces whose code changed; where a code means two things, or the legends differ, those whose class did."""
    old, new = before.legend, after.legend
    if old.name == new.name and all(old.classes[c] == new.classes[c] for c in {*old.classes} & {*new.classes}):
        return (pieces["before"] != pieces["after"]).to_numpy()
    classes = pieces["before"].map(old.classes), pieces["after"].map(new.classes)
    return (classes[0] != classes[1]).to_numpy()


def _summed(pieces: pd.DataFrame, changed: npt.NDArray[np.bool_], border_m: float) -> pd.DataFrame:
    area = pieces["area_m2"].to_numpy()
    thin = changed & (pieces["width_m"].to_numpy() < border_m)
    for side in ("before_row", "after_row"):
        row = pieces[side].to_numpy()
        whole, lost = (np.bincount(row, w, minlength=1) for w in (area, np.where(thin, area, 0.0)))
        thin &= ~(lost > _MOST * whole)[row]
    out = pieces.assign(
        border_m2=np.where(thin, area, 0.0),
        square_m4=np.where(thin, 0.0, area**2),
        border_square_m4=np.where(thin, area**2, 0.0),
    )
    sums = ["area_m2", "border_m2", "square_m4", "border_square_m4"]
    return out.groupby(["zone", "before", "after"], as_index=False)[sums].sum()


_Piece = tuple[npt.NDArray[Any], ...]


def _pieces(before: PolygonCover, after: PolygonCover, zones: npt.NDArray[Any]) -> Iterator[_Piece]:
    """Pieces in ``_COLUMNS``; polygons drawn alike first, then the others some at a time."""
    a, b = before.settled[0], after.settled[0]
    ground = before.pieces(zones)
    alike = _alike(a, b)
    same = ground[alike[ground["row"].to_numpy()] >= 0]
    row = same["row"].to_numpy()
    yield same["zone"].to_numpy(), row, alike[row], same["area_m2"].to_numpy(), np.full(len(row), np.inf)
    rest = ground[alike[ground["row"].to_numpy()] < 0].sort_values("row")
    rows, first, count = np.unique(rest["row"].to_numpy(), return_index=True, return_counts=True)
    others = np.setdiff1d(np.arange(len(b)), alike[alike >= 0])
    if len(rows) == 0 or len(others) == 0:
        return
    near, other = shapely.STRtree(b[others]).query(a[rows])  # boxes that meet: the kernel sees faster what does not
    zone, whole = rest["zone"].to_numpy(), rest["whole"].to_numpy()
    crs = CRS(before.frame.crs)
    lone = (count == 1) & whole[first]  # in one township and no other
    area, width, sure = _by_kernel(a[rows], b[others], near, other, lone, crs)
    yield zone[first[near[sure]]], rows[near[sure]], others[other[sure]], area, width
    near, other = near[~sure], other[~sure]

    def cut(part: slice) -> _Piece:
        i, j = near[part], others[other[part]]
        shapes, pair = _solid(shapely.intersection(a[rows[i]], b[j]))
        width = np.full(len(i), np.inf)
        plane, outline = (np.bincount(pair, f(shapes), len(i)) for f in (shapely.area, shapely.length))
        np.divide(2 * plane, outline, out=width, where=outline > 0)
        width, i, j = width[pair], i[pair], j[pair]
        each = np.repeat(np.arange(len(shapes)), count[i])  # once for every township its polygon lies in
        at = first[i[each]] + np.arange(len(each)) - np.repeat(np.cumsum(count[i]) - count[i], count[i])
        shapes = shapes[each]
        edge = np.flatnonzero(~whole[at])
        shapes[edge] = shapely.intersection(shapes[edge], zones[zone[at[edge]]])
        area = equal_area_m2(shapes, crs)
        kept = area > 0
        return zone[at][kept], rows[i[each]][kept], j[each][kept], area[kept], width[each][kept]

    yield from _spread(cut, len(near))


def _spread(work: Callable[[slice], _T], count: int) -> list[_T]:
    """Work on some at a time, on all processors; the results in order."""
    steps = [slice(start, start + _AT_ONCE) for start in range(0, count, _AT_ONCE)]
    with ThreadPoolExecutor(min(os.cpu_count() or 1, 4)) as pool:
        return list(pool.map(work, steps))


def _by_kernel(
    a: npt.NDArray[Any],
    b: npt.NDArray[Any],
    near: npt.NDArray[np.int64],
    other: npt.NDArray[np.int64],
    lone: npt.NDArray[np.bool_],
    crs: CRS,
) -> tuple[Floats, Floats, npt.NDArray[np.bool_]]:
    """Area [m²] and mean width [m] of what pairs share, and for which pairs; the others are left to GEOS.

    A polygon that is not the sum of its pieces, for a gap of the other date or for borders that run on top of each
    other, is not trusted, nor are its pairs; nor those wider than a place of one areal scale.
    """
    (old, old_first), (new, new_first) = edges_of(a), edges_of(b)
    origin = np.floor(old[:, :2].min(axis=0))  # whole numbers: taken off without rounding
    edges = (old - np.tile(origin, 2), old_first), (new - np.tile(origin, 2), new_first)
    mine, theirs = shapely.bounds(a)[near], shapely.bounds(b)[other]
    boxes = np.hstack([np.maximum(mine[:, :2], theirs[:, :2]), np.minimum(mine[:, 2:], theirs[:, 2:])])
    boxes -= np.tile(origin, 2)
    found = np.concatenate(
        [np.empty((0, 4)), *_spread(lambda part: shared(*edges, near[part], other[part], boxes[part]), len(near))]
    )
    plane = found[:, 0]
    sure = lone[near] & ((boxes[:, 2:] - boxes[:, :2]).max(axis=1, initial=0.0) <= LONG_M)
    for shapes, place in ((a, near), (b, other)):
        missing = np.abs(np.bincount(place, plane, len(shapes)) - shapely.area(shapes))
        sure &= (missing <= _WHOLE_M2)[place]  # not where it is NaN
    solid = sure & (plane > _WHOLE_M2)
    scale = np.ones(len(plane))
    if solid.any():
        move = Transformer.from_crs(crs, crs.geodetic_crs, always_xy=True)
        scale[solid] = Proj(crs).get_factors(*move.transform(*(found[solid, 2:] + origin).T)).areal_scale
    outline = np.where(solid, found[:, 1], 1.0)
    return np.where(solid, plane / scale, 0.0)[sure], np.where(solid, 2 * plane / outline, np.inf)[sure], sure


def _solid(shapes: npt.NDArray[Any]) -> tuple[npt.NDArray[Any], npt.NDArray[np.int64]]:
    """Single polygons of shapes, and the position of the shape each is of."""
    kind = shapely.get_type_id(shapes)
    single = np.flatnonzero((kind == _POLYGON) & ~shapely.is_empty(shapes))
    several = np.flatnonzero(kind > _POLYGON)
    parts, of = shapely.get_parts(shapes[several], return_index=True)
    polygons = shapely.get_type_id(parts) == _POLYGON
    found = np.concatenate([shapes[single], parts[polygons]]), np.concatenate([single, several[of[polygons]]])
    return found[0], found[1].astype(np.int64)


def _alike(a: npt.NDArray[Any], b: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    """Position in ``b`` of the polygon with the same coordinates, -1 where there is none."""
    found = {shape: k for k, shape in enumerate(shapely.to_wkb(b))}
    return np.array([found.get(shape, -1) for shape in shapely.to_wkb(a)], np.int64)
