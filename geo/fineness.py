"""How fine a surface model is by its heights: cells that repeat their neighbour add nothing but stairs to a slope."""

from __future__ import annotations

import numpy as np

from guanghui.geo.raster_source import RasterSource
from guanghui.geo.sampled_windows import sampled_windows

__all__ = ["repeats"]

_WINDOWS, _SIDE = 5, 256
"""Windows looked at along each side of a raster, and their side [cells]."""
_LENGTH = 8
"""Cells in a row that tell a slope."""
_LONG = 16
"""Cells in a row that tell how many repeat: of 8 those with an even stair are found first."""
_GENTLE, _STEEP = 0.15, 1.5
"""Slopes looked at, rise over run: below a rounded height repeats, above stand walls."""
_ONE_STEP = {_LENGTH: 0.55, _LONG: 0.4}
"""A row whose largest step is more of its rise than this crosses a wall."""
_ROUNDED = 2.5
"""Where all steps are larger than so many units of rounding, steps of nought are no rounding."""
_EVERYWHERE, _LEAST = 0.75, 0.25
"""Share of the rows on slopes that must repeat, and the share of their steps that are naught."""
_ENOUGH = 40
_NEAR_WHOLE = 0.2
"""A factor this near a whole number is that number: rounding adds some steps of nought."""
_QUANTA = (1.0, 0.5, 0.1, 0.05, 0.01)


def repeats(source: RasterSource, cell_m: tuple[float, float], *, whole: bool = True) -> float:
    """Number of cells in a row that one measured height fills, as enlarging without interpolation leaves it.

    Heights of a real slope differ from cell to cell. Where most rows on slopes hold equal neighbours, and rounding of
    the heights does not explain it, the model was enlarged from a coarser one.

    Parameters
    ----------
    source : RasterSource
        Surface model.
    cell_m : tuple of float
        Width and height of its cells [m].
    whole : bool, default True
        Whether the model stands on the grid it was enlarged on, so that a factor near a whole number is that number.

    Returns
    -------
    float
        1 where every cell has its own height; otherwise the side of what was measured in sides of a cell, which where
        its width and height differ, as in degrees, is the root of their product.
    """
    windows = list(sampled_windows(source, _WINDOWS, _SIDE))
    shares = np.concatenate(_naught_each_way(windows, cell_m, _LENGTH))
    if len(shares) < _ENOUGH or np.quantile(shares, 1 - _EVERYWHERE) < _LEAST:
        return 1.0
    long = _naught_each_way(windows, cell_m, _LONG)
    ways = long if sum(map(len, long)) >= _ENOUGH else _naught_each_way(windows, cell_m, _LENGTH)
    told = [(side / (1.0 - way.mean()), len(way)) for way, side in zip(ways, cell_m, strict=True) if len(way)]
    measured_m, rows = np.array(told).T
    times = float(np.average(measured_m, weights=rows) / np.sqrt(cell_m[0] * cell_m[1]))
    return float(round(times)) if whole and abs(times - round(times)) < _NEAR_WHOLE else times


def _naught_each_way(
    windows: list[np.ndarray], cell_m: tuple[float, float], length: int
) -> tuple[np.ndarray, np.ndarray]:
    """Share of steps that are exactly 0 in every row of ``length`` cells on a slope, along rows and along columns."""
    across = [_naught(z, cell_m[0], length) for z in windows]
    down = [_naught(z.T, cell_m[1], length) for z in windows]
    return np.concatenate([np.zeros(0), *across]), np.concatenate([np.zeros(0), *down])


def _naught(z: np.ndarray, cell_m: float, length: int) -> np.ndarray:
    if z.shape[1] <= length:
        return np.zeros(0)
    step = np.diff(z, axis=1)
    parts = np.lib.stride_tricks.sliding_window_view(step, length, axis=1)[:, :: length // 2]
    rise = np.abs(parts.sum(2))
    run = length * cell_m
    one_way = ((parts >= 0).all(2) | (parts <= 0).all(2)) & (np.abs(parts).max(2) <= _ONE_STEP[length] * rise)
    least = np.where(parts == 0, np.inf, np.abs(parts)).min(2)
    slope = one_way & (least > _ROUNDED * _quantum(z)) & (rise >= _GENTLE * run) & (rise <= _STEEP * run)
    return (parts[slope] == 0).mean(1)


def _quantum(z: np.ndarray) -> float:
    """Step to which the heights are rounded; 0 where to none."""
    known = z[np.isfinite(z)]
    return next((q for q in _QUANTA if known.size and np.abs(known / q - np.round(known / q)).max() < 1e-3), 0.0)
