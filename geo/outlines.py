"""Outlines that lie on one another: every square metre belongs to one of them, the innermost."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

__all__ = ["Disjoint", "disjoint", "holders", "polygon_parts"]

_SAME_SHARE = 0.6
"""Two outlines that share this part of the smaller one, and are of a size, are one building drawn twice (assumed)."""
_SAME_SIZE = 0.7
_SLIVER_SHARE = 0.05
"""What is left of an outline under this part of it goes to the outline that covers most of it (assumed)."""
_TOUCH_M2 = 1e-7
_MANY = 6
"""An outline round this many others is a yard or a parcel, not a podium (assumed)."""
_LARGE_M2 = 30_000.0
"""One larger than this is a yard where it holds two others (assumed)."""
_HELD_SHARE = 0.9


@dataclass(frozen=True)
class Disjoint:
    """Outlines without overlap; their areas sum to the area of the union of what was given."""

    shapes: np.ndarray
    """One for each outline given; empty where it went into another."""
    into: np.ndarray
    """Position of the outline each one is part of now; its own where it stays."""
    trimmed: np.ndarray
    """Whether an outline gave a part to those inside it, bool."""
    twice: np.ndarray
    """Whether it was the second drawing of another, bool."""
    overlap_m2: float
    """Area that was drawn more than once [m²]."""


def disjoint(shapes: np.ndarray, *, least_m2: float = 0.0) -> Disjoint:
    """Give every part of overlapping outlines to one of them.

    Of two outlines the smaller keeps what both cover, so that towers stand out of their podium. Two drawings of one
    building (shifted sources) become one outline, their union. What would be left of an outline as a sliver goes to the
    one that covers most of it.

    Parameters
    ----------
    shapes : numpy.ndarray
        Valid polygons in a metric CRS, shape (n,).
    least_m2 : float, default 0
        Smallest remainder that stays an outline of its own [m²].

    Returns
    -------
    Disjoint
        The areas sum to the area of the union.

    Examples
    --------
    >>> podium, tower = shapely.box(0, 0, 40, 30), shapely.box(10, 10, 25, 25)
    >>> found = disjoint(np.array([podium, tower]))
    >>> shapely.area(found.shapes).tolist()
    [975.0, 225.0]
    """
    out = shapes.copy()
    count = len(out)
    into = np.arange(count)
    trimmed, twice = np.zeros(count, bool), np.zeros(count, bool)
    before = float(shapely.area(out).sum())
    outer, inner, shared = _pairs(out)
    area = shapely.area(out)
    same = (shared >= _SAME_SHARE * area[inner]) & (area[inner] >= _SAME_SIZE * area[outer])
    for a, b in sorted(zip(outer[same].tolist(), inner[same].tolist(), strict=True)):
        first, second = _root(into, a), _root(into, b)
        if first != second:
            keep, gone = min(first, second), max(first, second)
            out[keep] = shapely.union(out[keep], out[gone])
            out[gone] = shapely.Polygon()
            into[gone], twice[gone] = keep, True
    if same.any():
        outer, inner, shared = _pairs(out)
        area = shapely.area(out)
    order = np.lexsort((inner, outer, area[outer]))  # the smallest outer outlines first
    for pairs in np.split(order, np.flatnonzero(np.diff(outer[order])) + 1) if len(order) else []:
        k = int(outer[pairs[0]])
        left = shapely.difference(out[k], shapely.union_all(_now(out, into, inner[pairs])))
        trimmed[k] = True
        rest = float(shapely.area(left))
        if rest > max(least_m2, _SLIVER_SHARE * area[k]):
            out[k] = left
            continue
        most = _root(into, int(inner[pairs[np.argmax(shared[pairs])]]))
        out[most] = shapely.union(out[most], left)
        out[k], into[k] = shapely.Polygon(), most
    out = polygon_parts(out)
    for k in range(count):
        into[k] = _root(into, k)
    return Disjoint(
        out, into, trimmed & ~shapely.is_empty(out), twice, max(before - float(shapely.area(out).sum()), 0.0)
    )


def _now(shapes: np.ndarray, into: np.ndarray, which: np.ndarray) -> np.ndarray:
    """Outlines as they stand now, those that went into another by that other."""
    return shapes[np.unique([_root(into, int(k)) for k in which])]


def _root(into: np.ndarray, k: int) -> int:
    while into[k] != k:
        k = int(into[k])
    return k


def _pairs(shapes: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Outlines that share area: the larger, the smaller, and the area they share [m²]."""
    area = shapely.area(shapes)
    one, two = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    larger = (area[one] > area[two]) | ((area[one] == area[two]) & (one > two))
    one, two = one[larger], two[larger]
    shared = shapely.area(shapely.intersection(shapes[one], shapes[two]))
    real = shared > _TOUCH_M2
    return one[real], two[real], shared[real]


def polygon_parts(shapes: np.ndarray) -> np.ndarray:
    """Keep the polygons of mixed collections; everything that is no polygon becomes empty.

    Parameters
    ----------
    shapes : numpy.ndarray
        Any geometries, shape (n,).
    """
    kind = shapely.get_type_id(shapes)
    out = shapes.copy()
    out[(kind != 3) & (kind != 6)] = shapely.Polygon()
    for i in np.flatnonzero(kind == 7):
        parts = [g for g in shapely.get_parts(shapes[i]) if g.geom_type in ("Polygon", "MultiPolygon")]
        out[i] = shapely.union_all(parts) if parts else shapely.Polygon()
    return out


def holders(shapes: np.ndarray) -> np.ndarray:
    """Tell which outlines are yards or parcels round buildings rather than roofs.

    Parameters
    ----------
    shapes : numpy.ndarray
        Valid polygons in a metric CRS, shape (n,).

    Returns
    -------
    numpy.ndarray
        Bool, shape (n,): outlines that hold six others or more, or two where they are larger than 30,000 m².
    """
    outer, inner, shared = _pairs(shapes)
    area = shapely.area(shapes)
    held = shared >= _HELD_SHARE * area[inner]
    small = area[inner] < 0.5 * area[outer]
    number = np.bincount(outer[held & small], minlength=len(shapes))
    return (number >= _MANY) | ((number >= 2) & (area > _LARGE_M2))
