"""Brute force that shares no code with the engine: rays marched in short steps over the bilinear surface."""

from __future__ import annotations

import math

import numba as nb
import numpy as np

from guanghui.pv.sun.sky import SkyTable, components
from guanghui.pv.sun.weather import SunSeries

STEP_NEAR, STEP_FAR, NEAR_CELLS = 0.1, 0.25, 40.0
STEP_FIRST = 0.005  # slopes over a curved patch are steepest at its very beginning


@nb.njit(parallel=True, fastmath=True)
def visible(z, rows, cols, eye, east, north, climb, reach, seen):  # type: ignore[no-untyped-def]
    """Mark the suns each place sees; directions per cell, ``climb`` in metres per cell."""
    ny, nx = z.shape
    top = z.max()
    for p in nb.prange(rows.size):
        for t in range(east.size):
            free = True
            d = STEP_NEAR
            while d < reach:
                height = eye[p] + d * climb[t]
                if height > top:
                    break
                x = cols[p] + d * east[t]
                y = rows[p] - d * north[t]
                c, r = math.floor(x), math.floor(y)
                if r < 0 or c < 0 or r + 1 >= ny or c + 1 >= nx:
                    break
                f, g = x - c, y - r
                upper = z[r, c] * (1 - f) + z[r, c + 1] * f
                lower = z[r + 1, c] * (1 - f) + z[r + 1, c + 1] * f
                if upper * (1 - g) + lower * g > height + 1e-4:
                    free = False
                    break
                d += STEP_NEAR if d < NEAR_CELLS else STEP_FAR
            seen[p, t] = free


@nb.njit(parallel=True, fastmath=True)
def marched_tangent(z, rows, cols, eye, azimuth, cell, reach, out):  # type: ignore[no-untyped-def]
    """Tangent of the skyline by marching each azimuth."""
    ny, nx = z.shape
    for p in nb.prange(rows.size):
        for k in range(azimuth.size):
            dx, dy = math.sin(azimuth[k]), -math.cos(azimuth[k])
            best = 0.0
            d = STEP_FIRST
            while d < reach:
                x, y = cols[p] + d * dx, rows[p] + d * dy
                c, r = math.floor(x), math.floor(y)
                if r < 0 or c < 0 or r + 1 >= ny or c + 1 >= nx:
                    break
                f, g = x - c, y - r
                upper = z[r, c] * (1 - f) + z[r, c + 1] * f
                lower = z[r + 1, c] * (1 - f) + z[r + 1, c + 1] * f
                slope = (upper * (1 - g) + lower * g - eye[p]) / (d * cell)
                if slope > best:
                    best = slope
                d += STEP_FIRST if d < 2.0 else (STEP_NEAR / 2 if d < NEAR_CELLS else STEP_FAR / 2)
            out[p, k] = best


@nb.njit
def stepped_tangent(z, rows, cols, azimuth, reach, out):  # type: ignore[no-untyped-def]
    """Tangent of the skyline the plain way: one step a cell, nearest cell, all the way out."""
    ny, nx = z.shape
    for p in range(rows.size):
        eye = z[rows[p], cols[p]]
        for k in range(azimuth.size):
            dx, dy = math.sin(azimuth[k]), -math.cos(azimuth[k])
            best = 0.0
            for step in range(1, int(reach) + 1):
                r, c = int(rows[p] + step * dy + 0.5), int(cols[p] + step * dx + 0.5)
                if r < 0 or c < 0 or r >= ny or c >= nx:
                    break
                best = max(best, (z[r, c] - eye) / step)
            out[p, k] = best


def sky_share(tangent: np.ndarray, normal: np.ndarray, azimuth: np.ndarray) -> np.ndarray:
    """Cosine-weighted sky that planes see above a skyline, by the closed form of each direction."""
    across = normal[:, :1] * np.sin(azimuth) + normal[:, 1:2] * np.cos(azimuth)
    height = np.arctan(np.maximum(np.maximum(tangent, -across / normal[:, 2:3]), 0.0))
    level = (np.pi / 2 - height) / 2 - np.sin(2 * height) / 4
    return (across * level + normal[:, 2:3] * np.cos(height) ** 2 / 2).sum(axis=1) * 2 / len(azimuth)


def band_share(tangent: np.ndarray, normal: np.ndarray, azimuth: np.ndarray, band_deg: float) -> np.ndarray:
    """Free part of the horizon band in front of planes."""
    across = normal[:, :1] * np.sin(azimuth) + normal[:, 1:2] * np.cos(azimuth)
    height = np.degrees(np.arctan(np.maximum(np.maximum(tangent, -across / normal[:, 2:3]), 0.0)))
    free = np.clip(1 - height / band_deg, 0, 1)
    return (np.maximum(across, 0) * free).sum(axis=1) * np.pi / len(azimuth)


def traced_months(
    z: np.ndarray,
    cell: float,
    rows: np.ndarray,
    cols: np.ndarray,
    normal: np.ndarray,
    suns: SunSeries,
    model: str,
    reach_m: float,
) -> np.ndarray:
    """Beam and circumsolar of every place by a shadow ray to every sun and pvlib's transposition [kWh/m² by month]."""
    zenith, azimuth = np.radians(suns.zenith), np.radians(suns.azimuth)
    seen = np.empty((len(rows), len(zenith)), np.bool_)
    eye = z[rows, cols].astype(float)
    visible(z, rows, cols, eye, np.sin(azimuth), np.cos(azimuth), cell / np.tan(zenith), reach_m / cell, seen)
    out = np.empty((len(rows), 12))
    for p, n in enumerate(normal.astype(float)):
        tilt = math.degrees(math.acos(min(1.0, n[2])))
        facing = math.degrees(math.atan2(n[0], n[1])) % 360
        cosine = np.sin(zenith) * (n[0] * np.sin(azimuth) + n[1] * np.cos(azimuth)) + n[2] * np.cos(zenith)
        beam = suns.dni * np.maximum(cosine, 0) + components(suns, tilt, facing, model)["circumsolar"]
        out[p] = np.bincount(suns.month, beam * seen[p], 12) * suns.hours / 1000
    return out


def diffuse_months(table: SkyTable, share: np.ndarray, band: np.ndarray) -> np.ndarray:
    """Isotropic, horizon band and reflected parts by month [kWh/m²]."""
    return share[:, None] * table.isotropic + band[:, None] * table.band + (1 - share)[:, None] * table.ground
