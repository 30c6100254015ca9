"""The bare ground: lake plain in the east, rolling red-soil country, hills in the west and north-west."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from guanghui.data.demo.grid import fractal
from guanghui.data.demo.land import Land
from guanghui.data.demo.water import CONSTRUCTED, LAKE, MARSH, POND, RIVER, Bool, Water

__all__ = ["LAKE_LEVEL", "finish", "quantised", "raw"]

LAKE_LEVEL = 14.5
_STEP = 1.0 / 32.0  # heights are kept in 1/32 m: exact in float32, and the files compress well

Height = NDArray[np.float32]


def quantised(values: NDArray[np.floating], step: float = _STEP) -> Height:
    """Heights rounded to a power-of-two fraction of a metre.

    Parameters
    ----------
    values : numpy.ndarray
        Heights [m].
    step : float, default 1/32
        Fraction, a power of two [m].

    Returns
    -------
    numpy.ndarray
        float32, shape as given.
    """
    return (np.round(np.asarray(values, np.float64) / step) * step).astype(np.float32)


def raw(land: Land, water: Water) -> Height:
    """Ground before anything is built.

    Parameters
    ----------
    land : Land
        Geometry of the plan; its hills are drawn.
    water : Water
        Distances to lake and rivers.

    Returns
    -------
    ndarray of float32, shape (rows, columns)
        Height [m].
    """
    grid, plan, seed = land.grid, land.plan, land.seed
    x = ((grid.x - plan.origin[0]) / 1000.0).astype(np.float32)
    y = ((grid.y - plan.origin[1]) / 1000.0).astype(np.float32)
    shore = np.maximum(water.lake_distance, 0.0)
    rise = 1.0 - np.exp(-shore / 2600.0)
    z = LAKE_LEVEL + 1.6 + 17.0 * rise + (1.5 + 6.5 * rise) * fractal(grid, (seed, 30), 900.0, 4, gain=0.45)
    bend_x, bend_y = (
        fractal(grid, (seed, 31, k), 1400.0 * plan.warp, 3) * np.float32(0.42 * plan.warp) for k in (0, 1)
    )
    hills = np.zeros(grid.shape, np.float32)
    for u, v, ru, rv, height in plan.hills:
        r2 = ((x[None, :] + bend_x - u) / ru) ** 2 + ((y[:, None] + bend_y - v) / rv) ** 2
        hills = np.maximum(hills, np.float32(height) * np.exp(np.float32(-1.7) * r2 * np.sqrt(np.sqrt(r2))))
    ridges = 1.0 - np.abs(fractal(grid, (seed, 32), 620.0, 4, gain=0.5))  # creases of the noise are ridge lines
    z = z + hills * np.clip(0.62 + 0.4 * ridges, 0.35, 1.15)
    valley = np.exp(-((water.river_distance / 420.0) ** 1.5))
    bed = LAKE_LEVEL + 1.8 + 0.0011 * shore
    z = z + np.minimum(bed - z, 0.0) * valley
    shoreline = np.exp(-shore / 260.0)
    z = z + (np.minimum(z, LAKE_LEVEL + 0.9 + shore * 0.012) - z) * shoreline
    return np.maximum(z, LAKE_LEVEL + 0.3).astype(np.float32)


def finish(land: Land, water: Water, ground: Height, built: Bool) -> Height:
    """Grade the ground under settlements and lay the water flat.

    Parameters
    ----------
    land, water : Land, Water
        The plan.
    ground : ndarray
        From :func:`raw` [m].
    built : ndarray of bool
        Cells of districts, hamlets and single roofs.

    Returns
    -------
    ndarray of float32
        Height [m] in steps of 1/32 m.
    """
    cell = land.grid.cell
    weight = ndimage.gaussian_filter(ndimage.binary_dilation(built, iterations=4).astype(np.float32), 4.0)
    smooth = ground
    for _ in range(3):  # three box filters are as good as a Gaussian of 300 m, and much faster
        smooth = ndimage.uniform_filter(smooth, round(600.0 / cell))
    smooth = np.maximum(smooth, LAKE_LEVEL + 3.0)
    z = ground * (1.0 - weight) + smooth * weight
    label = water.label
    z = np.where(label == RIVER, np.minimum(z, LAKE_LEVEL + 0.2 + 0.0011 * np.maximum(water.lake_distance, 0.0)), z)
    z = np.where(label == MARSH, LAKE_LEVEL + 0.45 + 0.25 * (z - z.astype(np.int64)), z)
    z = np.where(label == CONSTRUCTED, LAKE_LEVEL + 1.2, z)
    z[label == LAKE] = LAKE_LEVEL
    ponds, count = ndimage.label(label == POND)
    if count:
        level = ndimage.minimum(z, ponds, np.arange(1, count + 1))
        z = np.where(ponds > 0, np.concatenate([[0.0], level])[ponds] - 0.5, z)
    return quantised(z)
