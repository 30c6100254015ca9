"""Cells along the edge of two faces, at ridges, hips and valleys: each to the nearer plane.

A plane takes in whatever lies within its tolerance, so the face found first reaches over the ridge. Here the edge moves
by a cell a round until every cell beside it is with the plane nearer to it, and each plane is fitted to its own.
"""

from __future__ import annotations

import math

import numpy as np

from guanghui.geo.compiled import njit
from guanghui.pv.roofs.fitting import add, solve

__all__ = ["fit", "share"]

_jit = njit(nogil=True, cache=True, error_model="numpy")
_EDGE_RISE = 0.1
"""Planes that part by less a metre have no edge between them, only noise [1] (assumed)."""
_AS_NEAR_M = 1e-3
"""A cell is as near to two planes when its distances differ by less: far above rounding, far below any survey [m]."""
_EAST, _NORTH = math.sin(1.0), math.cos(1.0)
"""A direction no roof is drawn in, which tells two faces apart whatever their order [1]."""


@_jit
def _gap(z, plane, r, c, cell):  # type: ignore[no-untyped-def]
    """Distance of a cell from a plane, up or down [m]."""
    return abs(float(z[r, c]) - plane[0] - plane[1] * c * cell + plane[2] * r * cell)


@_jit
def share(z, rows, cols, seat, lo, hi, cell, planes, first, face):  # type: ignore[no-untyped-def]
    """Give cells along the edge of two faces to the nearer plane; as near to both, every other cell to each.

    Parameters
    ----------
    z : numpy.ndarray
        Surface [m], shape (rows, columns).
    rows, cols : numpy.ndarray
        Place in ``z`` of the cells of all buildings, shape (n,).
    seat : numpy.ndarray
        Number of the cell at a place of ``z``, int32, negative where none is.
    lo, hi : int
        Cells ``lo`` to below ``hi`` are the building's.
    cell : float
        Cell side [m].
    planes : numpy.ndarray
        Height at row 0, column 0 [m] and rise to the east and north [m/m], shape (k, 3).
    first : int
        Number of the building's first plane; they run to the end of ``planes``.
    face : numpy.ndarray
        Plane of every cell, -1 for none; changed in place.
    """
    ny, nx = z.shape
    size = np.zeros(len(planes) - first, np.int64)
    for i in range(lo, hi):
        if face[i] >= 0:
            size[face[i] - first] += 1
    fresh = np.empty(hi - lo, np.int32)
    moved = 0
    for i in range(lo, hi):
        own = best = face[i]
        fresh[i - lo] = own
        if own < 0:
            continue
        r, c = rows[i], cols[i]
        least = _gap(z, planes[own], r, c, cell)
        for dr in range(-1, 2):
            for dc in range(-1, 2):
                y, x = r + dr, c + dc
                if y < 0 or x < 0 or y >= ny or x >= nx:
                    continue
                j = seat[y, x]
                if j < lo or j >= hi or face[j] < 0 or face[j] == own or face[j] == best:
                    continue
                other, mine = planes[face[j]], planes[own]
                if math.hypot(other[1] - mine[1], other[2] - mine[2]) < _EDGE_RISE:
                    continue
                gap = _gap(z, other, r, c, cell)
                if gap < least - _AS_NEAR_M:
                    best, least = face[j], gap
                elif gap <= least + _AS_NEAR_M:
                    known = planes[best]
                    way = (other[1] - known[1]) * _EAST + (other[2] - known[2]) * _NORTH
                    if (way < 0.0) == ((r + c) % 2 == 0):
                        best, least = face[j], min(gap, least)
        fresh[i - lo] = best
    for i in range(lo, hi):
        old, new = face[i], fresh[i - lo]
        if new != old and size[old - first] > 3:
            face[i] = new
            size[old - first] -= 1
            size[new - first] += 1
            moved += 1
    return moved


@_jit
def fit(z, rows, cols, lo, hi, cell, planes, errors, first, face):  # type: ignore[no-untyped-def]
    """Fit each plane of a building to its own cells, and its error.

    Parameters
    ----------
    z : numpy.ndarray
        Surface [m], shape (rows, columns).
    rows, cols : numpy.ndarray
        Place in ``z`` of the cells of all buildings, shape (n,).
    lo, hi : int
        Cells ``lo`` to below ``hi`` are the building's.
    cell : float
        Cell side [m].
    planes : numpy.ndarray
        As in :func:`share`; those from ``first`` on are changed in place.
    errors : numpy.ndarray
        Root mean square distance of the cells from each plane, up or down [m], changed in place, shape (k,).
    first : int
        Number of the building's first plane.
    face : numpy.ndarray
        Plane of every cell, -1 for none.
    """
    count = len(planes) - first
    sums = np.zeros((count, 9))
    z0, r0, c0 = float(z[rows[lo], cols[lo]]), rows[lo], cols[lo]
    for i in range(lo, hi):
        if face[i] >= 0:
            add(sums[face[i] - first], (cols[i] - c0) * cell, (r0 - rows[i]) * cell, float(z[rows[i], cols[i]]) - z0)
    square = np.zeros(count)
    for k in range(count):
        a, b, c = solve(sums[k])
        planes[first + k] = (z0 + a - b * c0 * cell + c * r0 * cell, b, c)
    for i in range(lo, hi):
        if face[i] >= 0:
            square[face[i] - first] += _gap(z, planes[face[i]], rows[i], cols[i], cell) ** 2
    for k in range(count):
        errors[first + k] = math.sqrt(square[k] / sums[k, 0])
