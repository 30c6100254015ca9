"""Slopes of a roof drawn on its outline: how much of it drains to each eave, and where that slope looks.

Every spot of the outline belongs to its nearest eave, which is the roof of equal pitch (a medial-axis partition): an
L-shaped outline gives six slopes of the right size. A hip roof has an eave along every edge; a gable has none along the
short ends, so its slopes run through to the end wall.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely

from guanghui.geo.compiled import njit

__all__ = ["slopes"]

_jit = njit(nogil=True, cache=True, error_model="numpy")
_SIMPLER_M = 0.6
"""Corners of an outline nearer than this to the line of their neighbours are left out [m]."""
_CELLS = 32.0
"""Spots along the side of a square of the outline's area."""
_FINEST_M = 0.5
_AS_NEAR = 0.02
"""Distances that differ by less of a spot's side are the same [1]."""
_SHORT = 1.02
"""An edge is short that is no longer than its neighbours by more: a square has no ends [1]."""


def slopes(shapes: np.ndarray, form: str) -> pd.DataFrame:
    """Slopes that a roof of equal pitch has on each outline.

    Parameters
    ----------
    shapes : numpy.ndarray
        Outlines [m], shape (n,).
    form : {"gable", "hip"}
        Whether the short ends have a slope of their own.

    Returns
    -------
    pandas.DataFrame
        ``roof`` (position), ``share`` of the outline on the ground [1], ``azimuth`` from grid north [°]; shares of a
        roof sum to 1.
    """
    lines, line_roof, convex_end = _rings(shapes)
    edge = lines[:, 2:] - lines[:, :2]
    length = np.hypot(edge[:, 0], edge[:, 1])
    eave = np.ones(len(lines), bool)
    if form == "gable":
        eave = ~convex_end
        none = np.bincount(line_roof, eave, len(shapes)) < 2
        eave |= none[line_roof]
    azimuth = np.degrees(np.arctan2(edge[:, 1], -edge[:, 0])) % 360.0
    first = np.searchsorted(line_roof, np.arange(len(shapes) + 1))
    area = shapely.area(shapes)
    cell = np.maximum(np.sqrt(area) / _CELLS, _FINEST_M)
    share = _shares(lines, length, eave, first, shapely.bounds(shapes), cell)
    used = np.flatnonzero(share > 0)
    return pd.DataFrame({"roof": line_roof[used], "share": share[used], "azimuth": azimuth[used]})


def _rings(shapes: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Edges (x0, y0, x1, y1) with the roof on their left, the roof of each, and whether it is a short convex end."""
    simple = shapely.simplify(shapes, _SIMPLER_M)
    empty = shapely.is_empty(simple)
    simple = np.where(empty, shapes, simple)
    parts, of_part = shapely.get_parts(simple, return_index=True)
    rings, of_ring = shapely.get_rings(parts, return_index=True)
    coordinates, of_point = shapely.get_coordinates(rings, return_index=True)
    same = of_point[1:] == of_point[:-1]
    lines = np.column_stack([coordinates[:-1], coordinates[1:]])[same]
    ring = of_point[:-1][same]
    roof = of_part[of_ring[ring]]
    x0, y0, x1, y1 = lines.T
    outer = np.append(True, of_ring[1:] != of_ring[:-1])  # the first ring of each part
    turn = np.bincount(ring, x0 * y1 - x1 * y0, len(rings))
    flip = (turn > 0) != outer  # an outer ring runs anticlockwise, a hole clockwise
    back = flip[ring]
    lines = np.where(back[:, None], lines[:, [2, 3, 0, 1]], lines)
    # neighbours along the ring, as it runs
    start = np.searchsorted(ring, np.arange(len(rings)))
    stop = np.searchsorted(ring, np.arange(len(rings)), side="right")
    place = np.arange(len(lines))
    before = np.where(place == start[ring], stop[ring] - 1, place - 1)
    after = np.where(place == stop[ring] - 1, start[ring], place + 1)
    before, after = np.where(back, after, before), np.where(back, before, after)
    edge = lines[:, 2:] - lines[:, :2]
    length = np.hypot(edge[:, 0], edge[:, 1])

    def cross(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        return np.asarray(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0])

    convex = (cross(edge[before], edge) > 0) & (cross(edge, edge[after]) > 0)
    short = (length <= _SHORT * length[before]) & (length <= _SHORT * length[after])
    order = np.argsort(roof, kind="stable")
    return lines[order], roof[order], (convex & short)[order]


@_jit
def _give(out, near, off, lo, hi, slack):  # type: ignore[no-untyped-def]
    """Give a spot to its nearest eave; at a corner the bisector decides, on a hip both slopes get a half of it."""
    reach = near[lo:hi].min() + slack
    across, alike = 0.0, 0
    for k in range(lo, hi):
        if near[k] <= reach:
            across = max(across, off[k])
    for k in range(lo, hi):
        if near[k] <= reach and off[k] >= across - slack:
            alike += 1
    for k in range(lo, hi):
        if near[k] <= reach and off[k] >= across - slack:
            out[k] += 1.0 / alike


@_jit
def _shares(lines, length, eave, first, bounds, cell):  # type: ignore[no-untyped-def]
    """Share of each outline that lies nearest to each of its eaves."""
    out, near, off = np.zeros(len(lines)), np.zeros(len(lines)), np.zeros(len(lines))
    for i in range(len(cell)):
        lo, hi = first[i], first[i + 1]
        step = cell[i]
        total = 0
        # an even number, so that no spot lies on the ridge of a rectangle
        nx = 2 * max(int(np.ceil((bounds[i, 2] - bounds[i, 0]) / step / 2)), 1)
        ny = 2 * max(int(np.ceil((bounds[i, 3] - bounds[i, 1]) / step / 2)), 1)
        for a in range(ny):
            y = bounds[i, 1] + (a + 0.5) * (bounds[i, 3] - bounds[i, 1]) / ny
            for b in range(nx):
                x = bounds[i, 0] + (b + 0.5) * (bounds[i, 2] - bounds[i, 0]) / nx
                inside = False
                near[lo:hi] = np.inf
                for k in range(lo, hi):
                    x0, y0, x1, y1 = lines[k, 0], lines[k, 1], lines[k, 2], lines[k, 3]
                    if (y0 > y) != (y1 > y) and x0 + (x1 - x0) * (y - y0) / (y1 - y0) > x:
                        inside = not inside
                    if not eave[k] or length[k] <= 0.0:
                        continue
                    t = ((x - x0) * (x1 - x0) + (y - y0) * (y1 - y0)) / (length[k] * length[k])
                    t = min(max(t, 0.0), 1.0)
                    near[k] = np.hypot(x - x0 - t * (x1 - x0), y - y0 - t * (y1 - y0))
                    off[k] = abs((x - x0) * (y1 - y0) - (y - y0) * (x1 - x0)) / length[k]
                if inside and near[lo:hi].min() < np.inf:
                    _give(out, near, off, lo, hi, _AS_NEAR * step)
                    total += 1
        if total > 0:
            for k in range(lo, hi):
                out[k] /= total
        elif hi > lo:
            out[lo + np.argmax(length[lo:hi])] = 1.0
    return out
