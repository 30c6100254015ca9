"""Distant hills: the skyline beyond the reach of the surface model, from a coarse bare-earth model.

Buildings hide the sky near by, mountains far away; what lies beyond the reach of the surface model is swept on a coarse
grid with the curved Earth, once for eyes on the ground and once for eyes high above it at every coarse cell of the
built-up area. A roof takes the value at its place and height by interpolation; near and far are merged by the higher.

Ground that is not known hides nothing and lowers no eye: no eye stands on it, the view from there counts as open, and a
roof beside it looks from the upper eyes. So part of a terrain never hides more sky than the whole of it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from guanghui.geo.compiled import njit
from guanghui.geo.grid import Grid
from guanghui.pv.shade.horizon import ABYSS
from guanghui.pv.shade.sweep import EARTH_BEND, sweep

__all__ = ["COARSE_CELL_M", "DistantTerrain", "TerrainWindow"]

COARSE_CELL_M = 50.0
"""Cell of the coarse grid [m]; its corners lie on whole multiples, whatever the region."""
_HIGH_M = 60.0
"""Height of the upper eyes above the ground [m]; higher places take their value."""


@dataclass(frozen=True)
class TerrainWindow:
    """Part of the coarse model around some roofs."""

    heights: np.ndarray
    """Bare earth [m], float32, NaN where unknown."""
    grid: Grid
    offset_m: float = 0.0
    """What the surface model reads above this one on the same ground [m]: another vertical datum."""


class DistantTerrain:
    """Skyline of the coarse terrain for a set of places.

    Parameters
    ----------
    window : TerrainWindow
        Coarse heights, at least ``to_m`` around all places where known.
    x, y : numpy.ndarray
        Places in the CRS of the window [m], shape (n,).
    height : numpy.ndarray
        Height of the eyes [m], shape (n,).
    from_m, to_m : float
        Nearest and farthest terrain that counts [m].
    above_ground : bool, default False
        Whether ``height`` counts from the ground of the window.
    """

    def __init__(
        self,
        window: TerrainWindow,
        x: np.ndarray,
        y: np.ndarray,
        height: np.ndarray,
        *,
        from_m: float,
        to_m: float,
        above_ground: bool = False,
    ) -> None:
        grid = window.grid
        t = grid.transform
        self._z = np.where(np.isfinite(window.heights), window.heights, ABYSS).astype(np.float32)
        self._both = (self._z, np.ascontiguousarray(self._z.T))
        self._cell, self._from, self._to = grid.cell[0], from_m, to_m
        self._origin = (-round(t.f / self._cell), round(t.c / self._cell))
        col, row = (x - t.c) / t.a - 0.5, (y - t.f) / t.e - 0.5
        row, col = np.clip(row, 0, grid.height - 1.001), np.clip(col, 0, grid.width - 1.001)
        rows = slice(int(row.min()), int(row.max()) + 2)
        cols = slice(int(col.min()), int(col.max()) + 2)
        self._row, self._col = (row - rows.start).astype(np.float32), (col - cols.start).astype(np.float32)
        rr, cc = np.mgrid[rows, cols]
        self._shape = rr.shape
        ground = window.heights[rows, cols].astype(np.float32)
        self._known = np.flatnonzero(np.isfinite(ground))
        self._rows, self._cols = rr.ravel()[self._known].astype(np.int64), cc.ravel()[self._known].astype(np.int64)
        self._eyes = ground.ravel()[self._known]
        self._order = (np.argsort(self._cols, kind="stable"), np.arange(len(self._known)))
        floor = _bilinear(ground, self._row, self._col)
        above = np.where(np.isfinite(floor), height, np.nan) if above_ground else height - window.offset_m - floor
        self._lift = np.where(np.isfinite(above), np.clip(above / _HIGH_M, 0.0, 1.0), 1.0).astype(np.float32)

    def raise_tangent(self, azimuth: float, tan: np.ndarray) -> np.ndarray:
        """Raise ``tan`` to the distant skyline in one direction, in place.

        Parameters
        ----------
        azimuth : float
            Clockwise from grid north [°].
        tan : numpy.ndarray
            Tangents already known, float32, shape (n,).
        """
        step = self._cell / max(abs(math.sin(math.radians(azimuth))), abs(math.cos(math.radians(azimuth))))
        lag = max(1, math.ceil(self._from / step))
        window = int(self._to / step) - lag + 1
        if window <= 0 or not len(self._known):
            return tan
        levels = []
        for lift in (0.0, _HIGH_M):
            out = np.zeros(self._eyes.size, np.float32)
            sweep(
                self._both, self._order, self._rows, self._cols, self._eyes + np.float32(lift), azimuth,
                self._cell, lag, window, EARTH_BEND, self._origin, out,
            )  # fmt: skip
            level = np.zeros(self._shape, np.float32)
            level.ravel()[self._known] = out
            levels.append(level)
        _raise(levels[0], levels[1], self._row, self._col, self._lift, tan)
        return tan


_jit = njit(nogil=True, cache=True, error_model="numpy")


@_jit
def _bilinear(values, row, col):  # type: ignore[no-untyped-def]
    out = np.empty(row.size, np.float32)
    for p in range(row.size):
        out[p] = _at(values, row[p], col[p])
    return out


@njit(nogil=True, inline="always", error_model="numpy")
def _at(values, row, col):  # type: ignore[no-untyped-def]
    r, c = int(row), int(col)
    f, g = row - r, col - c
    upper = values[r, c] * (np.float32(1) - g) + values[r, c + 1] * g
    lower = values[r + 1, c] * (np.float32(1) - g) + values[r + 1, c + 1] * g
    return upper * (np.float32(1) - f) + lower * f


@_jit
def _raise(low, high, row, col, lift, tan):  # type: ignore[no-untyped-def]
    """Interpolate between cells and between the two eyes."""
    for p in range(row.size):
        value = _at(low, row[p], col[p]) * (np.float32(1) - lift[p]) + _at(high, row[p], col[p]) * lift[p]
        if value > tan[p]:
            tan[p] = value
