"""Area, outline and middle of what two polygons share, many pairs at a time, without building the shapes.

The border of an intersection is made of the parts of each border that lie inside the other polygon; area and middle are
integrals along it. The caller holds the sums against the areas of whole polygons and has the few pairs that borders
running on top of each other may spoil cut by GEOS.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from guanghui.geo.compiled import njit

__all__ = ["edges_of", "shared"]

Floats = npt.NDArray[np.float64]
_MOST = 64
_CLOSED_M = 1e-7


def edges_of(shapes: npt.NDArray[Any]) -> tuple[Floats, npt.NDArray[np.int64]]:
    """Edges of polygons, their inside on the left.

    Parameters
    ----------
    shapes : numpy.ndarray
        Polygons of one or several parts, with holes.

    Returns
    -------
    edges : numpy.ndarray
        ``x0``, ``y0``, ``x1``, ``y1``, shape (edges, 4), polygon by polygon.
    first : numpy.ndarray
        First edge of every polygon, one more at the end.
    """
    parts, owner = shapely.get_parts(shapes, return_index=True)
    rings, part = shapely.get_rings(parts, return_index=True)
    hole = np.concatenate([[False], part[1:] == part[:-1]])
    turn = shapely.is_ccw(rings) == hole
    rings[turn] = shapely.reverse(rings[turn])
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    same = ring[1:] == ring[:-1]
    edges = np.column_stack([xy[:-1][same], xy[1:][same]])
    of = owner[part[ring[1:][same]]]
    return edges, np.searchsorted(of, np.arange(len(shapes) + 1))


@njit(cache=True, nogil=True)
def _inside(x: float, y: float, edges: Floats, start: int, stop: int) -> bool:
    """Whether a point lies in a polygon, by the edges east of it."""
    odd = False
    for k in range(start, stop):
        y0, y1 = edges[k, 1], edges[k, 3]
        if (y0 > y) != (y1 > y) and x < edges[k, 0] + (y - y0) / (y1 - y0) * (edges[k, 2] - edges[k, 0]):
            odd = not odd
    return odd


@njit(cache=True, nogil=True)
def _along(
    a: Floats, a0: int, a1: int, b: Floats, b0: int, b1: int, box: Floats, first: bool, out: Floats,
    cuts: Floats, near: npt.NDArray[np.int64],
) -> bool:  # fmt: skip
    """Add what the edges of one polygon that lie in another give; False where there are too many crossings."""
    some = 0
    for m in range(b0, b1):
        if (max(b[m, 0], b[m, 2]) >= box[0] and min(b[m, 0], b[m, 2]) <= box[2]
                and max(b[m, 1], b[m, 3]) >= box[1] and min(b[m, 1], b[m, 3]) <= box[3]):  # fmt: skip
            near[some] = m
            some += 1
    ox, oy = box[0], box[1]
    for k in range(a0, a1):
        px, py, qx, qy = a[k, 0], a[k, 1], a[k, 2], a[k, 3]
        if max(px, qx) < box[0] or min(px, qx) > box[2] or max(py, qy) < box[1] or min(py, qy) > box[3]:
            continue
        dx, dy = qx - px, qy - py
        count, alike = 2, 0
        cuts[0], cuts[1] = 0.0, 1.0
        for m in near[:some]:
            rx, ry, sx, sy = b[m, 0], b[m, 1], b[m, 2], b[m, 3]
            if max(rx, sx) < min(px, qx) or min(rx, sx) > max(px, qx):
                continue
            if max(ry, sy) < min(py, qy) or min(ry, sy) > max(py, qy):
                continue
            if px == rx and py == ry and qx == sx and qy == sy:
                alike = 1
                break
            if px == sx and py == sy and qx == rx and qy == ry:
                alike = -1
                break
            ex, ey = sx - rx, sy - ry
            bottom = dx * ey - dy * ex
            if bottom == 0.0:
                continue
            t = ((rx - px) * ey - (ry - py) * ex) / bottom
            u = ((rx - px) * dy - (ry - py) * dx) / bottom
            if 0.0 < t < 1.0 and -1e-9 <= u <= 1.0 + 1e-9:
                if count == _MOST:
                    return False
                cuts[count] = t
                count += 1
        if alike == -1 or (alike == 1 and not first):
            continue
        if alike == 0:
            cuts[:count].sort()
        else:
            count = 2
        for n in range(count - 1):
            t0, t1 = cuts[n], cuts[n + 1]
            if t1 <= t0:
                continue
            if alike == 0 and not _inside(px + (t0 + t1) / 2 * dx, py + (t0 + t1) / 2 * dy, b, b0, b1):
                continue
            x0, y0, x1, y1 = px + t0 * dx - ox, py + t0 * dy - oy, px + t1 * dx - ox, py + t1 * dy - oy
            cross = x0 * y1 - x1 * y0
            out[0] += cross / 2
            out[1] += (x0 + x1) * cross / 6
            out[2] += (y0 + y1) * cross / 6
            out[3] += np.hypot(x1 - x0, y1 - y0)
            out[4] += x1 - x0
            out[5] += y1 - y0
    return True


@njit(cache=True, nogil=True)
def _pairs(
    a: Floats, a_first: npt.NDArray[np.int64], b: Floats, b_first: npt.NDArray[np.int64],
    left: npt.NDArray[np.int64], right: npt.NDArray[np.int64], boxes: Floats, found: Floats,
) -> None:  # fmt: skip
    most = max(np.diff(a_first).max(), np.diff(b_first).max())
    cuts, near, out = np.empty(_MOST), np.empty(most, np.int64), np.empty(6)
    for k in range(len(left)):
        out[:] = 0.0
        i, j = left[k], right[k]
        args = a_first[i], a_first[i + 1], b_first[j], b_first[j + 1]
        fine = _along(a, args[0], args[1], b, args[2], args[3], boxes[k], True, out, cuts, near)
        fine = fine and _along(b, args[2], args[3], a, args[0], args[1], boxes[k], False, out, cuts, near)
        fine = fine and abs(out[4]) < _CLOSED_M and abs(out[5]) < _CLOSED_M
        found[k, 0] = out[0] if fine else np.nan
        found[k, 1] = out[3]
        solid = fine and out[0] > 0
        found[k, 2] = boxes[k, 0] + (out[1] / out[0] if solid else 0.0)
        found[k, 3] = boxes[k, 1] + (out[2] / out[0] if solid else 0.0)


def shared(
    a: tuple[Floats, npt.NDArray[np.int64]],
    b: tuple[Floats, npt.NDArray[np.int64]],
    left: npt.NDArray[np.int64],
    right: npt.NDArray[np.int64],
    boxes: Floats,
) -> Floats:
    """What pairs of polygons share.

    Parameters
    ----------
    a, b : tuple
        Of :func:`edges_of`.
    left, right : numpy.ndarray
        Positions of the polygons of every pair.
    boxes : numpy.ndarray
        Box both polygons of a pair share, shape (pairs, 4).

    Returns
    -------
    numpy.ndarray
        Area on the plane [m²], NaN where the outline does not close; outline [m]; x and y of the middle; (pairs, 4).
    """
    found = np.empty((len(left), 4))
    _pairs(*a, *b, left, right, boxes, found)
    return found
