"""The skyline: from any place on a surface model, how high the horizon stands in every direction.

The surface is read as *bilinear* between cell centres (boxes would shift the skyline by 2-4°). For one azimuth the
work is split in two:

near field
    the ray is followed cell by cell through the first ``near`` cells and the highest slope is taken exactly, including
    the bulge of the bilinear patch between the grid lines;
far field
    :mod:`pv.sweep` looks from ``near`` to ``reach``, whatever stands between.

Places without data are open sky. Angles leave this module as tangents, because that is what the sky table asks for.
"""

from __future__ import annotations

import math
from typing import Protocol

import numpy as np
from scipy.ndimage import maximum_filter

from guanghui.geo.compiled import njit
from guanghui.pv.shade.sweep import heading, sweep

__all__ = ["ABYSS", "Beyond", "Skyline", "skyline_tangent"]

ABYSS = np.float32(-1e6)
"""Height given to cells without data: far below everything, so that they never hide the sky [m]."""

_jit = njit(nogil=True, fastmath={"contract", "arcp", "nsz", "reassoc"}, cache=True, error_model="numpy")


@njit(nogil=True, inline="always", error_model="numpy")
def _patch(z, row, col, y, x, dy, dx, length, dist, z0, best):  # type: ignore[no-untyped-def]
    """Highest slope over the part of one bilinear patch that the ray crosses.

    The ray enters at (y, x) inside the patch, runs ``length`` major steps with (dy, dx) per step and is ``dist``
    major steps from its start. Along it the height is a + bt + ct², so slope (a + bt + ct² - z0)/(dist + t) has its
    extremes at the ends and at one point in closed form.
    """
    h00 = z[row, col]
    e1 = z[row, col + 1] - h00
    e2 = z[row + 1, col] - h00
    e3 = z[row + 1, col + 1] - z[row + 1, col] - e1
    a = h00 + e1 * x + e2 * y + e3 * x * y - z0
    b = e1 * dx + e2 * dy + e3 * (x * dy + y * dx)
    c = e3 * dx * dy
    slope = (a + b * length + c * length * length) / (dist + length)
    if slope > best:
        best = slope
    if dist == 0.0 and a > -1e-4 and b > best:  # an eye on the surface looks along it
        best = b
    if c < 0.0:
        inside = dist * dist - (b * dist - a) / c
        if inside > 0.0:
            t = math.sqrt(inside) - dist
            if 0.0 < t < length:
                slope = (a + b * t + c * t * t) / (dist + t)
                if slope > best:
                    best = slope
    return best


@_jit
def _near(z, top, roof, rows, cols, z0, dx, dy, step, near, tan):  # type: ignore[no-untyped-def]
    """Raise ``tan`` by everything within ``near`` major steps of each place; nothing there stands above ``roof``."""
    ny, nx = z.shape
    by_column = abs(dx) >= abs(dy)
    if by_column:
        forward = 1 if dx > 0 else -1
        slope = dy / abs(dx)
        n_major, n_minor = nx, ny
    else:
        forward = 1 if dy > 0 else -1
        slope = dx / abs(dy)
        n_major, n_minor = ny, nx
    scale = np.float32(1.0 / step)
    for p in range(rows.size):
        if by_column:
            major, minor = cols[p], rows[p]
        else:
            major, minor = rows[p], cols[p]
        height = z0[p]
        best = tan[p] * np.float32(step)
        above = roof[p] - height
        for k in range(near):
            if above <= best * k:
                break
            cell = major + k if forward > 0 else major - k - 1
            v0 = minor + k * slope
            v1 = v0 + slope
            j0 = math.floor(v0)
            j1 = math.floor(v1)
            if slope < 0.0 and v0 == j0:
                j0 -= 1
            if cell < 0 or cell >= n_major - 1 or min(j0, j1) < 0 or max(j0, j1) >= n_minor - 1:
                break
            peak = max(top[j0, cell], top[j1, cell]) if by_column else max(top[cell, j0], top[cell, j1])
            if peak - height <= best * k:
                continue
            entry = 0.0 if forward > 0 else 1.0
            dist = float(k)
            if j0 == j1:
                if by_column:
                    best = _patch(z, j0, cell, v0 - j0, entry, slope, forward, 1.0, dist, height, best)
                else:
                    best = _patch(z, cell, j0, entry, v0 - j0, forward, slope, 1.0, dist, height, best)
            else:
                part = (max(j0, j1) - v0) / slope
                turn = entry + forward * part
                edge = 0.0 if slope > 0.0 else 1.0
                if by_column:
                    best = _patch(z, j0, cell, v0 - j0, entry, slope, forward, part, dist, height, best)
                    best = _patch(z, j1, cell, edge, turn, slope, forward, 1.0 - part, dist + part, height, best)
                else:
                    best = _patch(z, cell, j0, entry, v0 - j0, forward, slope, part, dist, height, best)
                    best = _patch(z, cell, j1, turn, edge, forward, slope, 1.0 - part, dist + part, height, best)
        tan[p] = best * scale


def _highest_around(z: np.ndarray, cells: int, rows: np.ndarray, cols: np.ndarray) -> np.ndarray:
    """Highest cell within ``cells`` of some places in each quadrant (north or south, west or east), shape (2, 2, n)."""
    half = cells // 2 + 1
    top = maximum_filter(z, 2 * half + 1, mode="nearest")
    out = np.empty((2, 2, len(rows)), np.float32)
    for i, j in np.ndindex(2, 2):
        middle = (
            np.clip(rows + (2 * i - 1) * half, 0, z.shape[0] - 1),
            np.clip(cols + (2 * j - 1) * half, 0, z.shape[1] - 1),
        )
        out[i, j] = top[middle]
    return out


class Beyond(Protocol):
    """Something that knows a skyline for some places: of the surface, or of what lies beyond it."""

    def raise_tangent(self, azimuth: float, tan: np.ndarray) -> np.ndarray:
        """Raise ``tan`` to the skyline in one direction, in place.

        Parameters
        ----------
        azimuth : float
            Clockwise from grid north [°].
        tan : numpy.ndarray
            Tangents already known, float32, shape (n,).
        """


class Skyline:
    """Skyline of a set of places on one window of a surface model, asked azimuth by azimuth.

    Parameters
    ----------
    surface : numpy.ndarray
        Heights [m], shape (rows, columns), north up, square cells; NaN where unknown.
    cell_m : float
        Cell side [m].
    rows, cols : numpy.ndarray
        Places, at cell centres, shape (n,).
    height : numpy.ndarray, optional
        Height of the eye at each place [m]; the surface itself by default.
    near : int, default 32
        Cells of the exact near field.
    reach_m : float, default 500
        Farthest cell that can hide the sky [m].
    origin : tuple of int, default (0, 0)
        Row and column of the window in the whole grid; it makes the answer independent of the window.
    beyond : Beyond, optional
        What is asked for the skyline farther away, such as :class:`pv.shade.terrain.DistantTerrain`.
    """

    def __init__(
        self,
        surface: np.ndarray,
        cell_m: float,
        rows: np.ndarray,
        cols: np.ndarray,
        height: np.ndarray | None = None,
        *,
        near: int = 32,
        reach_m: float = 500.0,
        origin: tuple[int, int] = (0, 0),
        beyond: Beyond | None = None,
    ) -> None:
        self.cell_m = float(cell_m)
        self.near = near
        self.reach_m = reach_m
        self.origin = origin
        self.beyond = beyond
        self.rows = np.ascontiguousarray(rows, np.int64)
        self.cols = np.ascontiguousarray(cols, np.int64)
        self._z = np.where(np.isfinite(surface), surface, ABYSS).astype(np.float32, copy=False)
        self.height = self._z[self.rows, self.cols] if height is None else np.ascontiguousarray(height, np.float32)
        lower = np.maximum(self._z[:-1], self._z[1:])
        self._top = np.maximum(lower[:, :-1], lower[:, 1:])
        self._roof = _highest_around(self._z, near + 1, self.rows, self.cols)
        self._both = (self._z, np.ascontiguousarray(self._z.T))
        self._order = (np.argsort(self.cols, kind="stable"), np.argsort(self.rows, kind="stable"))

    def raise_tangent(self, azimuth: float, tan: np.ndarray) -> np.ndarray:
        """Raise ``tan`` to the skyline in one direction, in place.

        Parameters
        ----------
        azimuth : float
            Clockwise from grid north [°].
        tan : numpy.ndarray
            Tangents already known (for example of the plane's own horizon), float32, shape (n,).

        Returns
        -------
        numpy.ndarray
            ``tan``, never lower than it was.
        """
        dx, dy = heading(azimuth)
        step = self.cell_m / max(abs(dx), abs(dy))
        roof = self._roof[int(dy > 0), int(dx > 0)]
        _near(self._z, self._top, roof, self.rows, self.cols, self.height, dx, dy, step, self.near, tan)
        window = int(self.reach_m / step) - self.near + 1
        if window > 0:
            sweep(
                self._both, self._order, self.rows, self.cols, self.height, azimuth, self.cell_m, self.near, window,
                0.0, self.origin, tan,
            )  # fmt: skip
        if self.beyond is not None:
            self.beyond.raise_tangent(azimuth, tan)
        return tan


def skyline_tangent(
    surface: np.ndarray, cell_m: float, rows: np.ndarray, cols: np.ndarray, azimuths: np.ndarray, **options: object
) -> np.ndarray:
    """Tangent of the skyline above level for several directions.

    Parameters
    ----------
    surface, cell_m, rows, cols
        As in :class:`Skyline`.
    azimuths : numpy.ndarray
        Clockwise from grid north [°], shape (k,).
    **options : object
        Further arguments of :class:`Skyline`.

    Returns
    -------
    numpy.ndarray
        float32, shape (n, k), 0 where the view is open.
    """
    skyline = Skyline(surface, cell_m, rows, cols, **options)  # type: ignore[arg-type]
    out = np.zeros((len(azimuths), len(skyline.rows)), np.float32)
    for k, azimuth in enumerate(azimuths):
        skyline.raise_tangent(float(azimuth), out[k])
    return np.ascontiguousarray(out.T)
