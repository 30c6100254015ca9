"""Tiles the surface model is flown in, and which of them boxes touch."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from guanghui.data.demo.grid import Float
from guanghui.data.demo.water import Bool

__all__ = ["TILE", "in_tiles", "tiles_of"]

TILE = 1024.0
"""Side of a tile [m]."""


def tiles_of(bounds: Float, origin: tuple[float, float], margin: float) -> set[tuple[int, int]]:
    """Tiles (column, row from the south-west origin) touched by boxes widened by ``margin`` [m]; bounds (n, 4).

    Parameters
    ----------
    bounds : numpy.ndarray
        West, south, east, north of the boxes [m], shape (n, 4).
    origin : tuple of float
        South-west corner of tile (0, 0) [m].
    margin : float
        Widening of a box on every side [m].
    """
    low, high = _corners(bounds, origin, margin)
    out: set[tuple[int, int]] = set()
    for (a, b), (c, d) in {(tuple(p), tuple(q)) for p, q in zip(low.tolist(), high.tolist(), strict=True)}:
        out.update((i, j) for i in range(a, c + 1) for j in range(b, d + 1))
    return out


def _corners(bounds: Float, origin: tuple[float, float], margin: float) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    low = np.floor((bounds[:, :2] - margin - np.array(origin)) / TILE).astype(np.intp)
    high = np.floor((bounds[:, 2:] + margin - np.array(origin)) / TILE).astype(np.intp)
    return low, high


def in_tiles(bounds: Float, origin: tuple[float, float], margin: float, tiles: set[tuple[int, int]]) -> Bool:
    """Which boxes, widened by ``margin`` [m], need none but the given tiles.

    Parameters
    ----------
    bounds : numpy.ndarray
        West, south, east, north of the boxes [m], shape (n, 4).
    origin : tuple of float
        South-west corner of tile (0, 0) [m].
    margin : float
        Widening of a box on every side [m].
    tiles : set of tuple
        (column, row) of the tiles there are.

    Returns
    -------
    numpy.ndarray
        Shape (n,).
    """
    low, high = _corners(bounds, origin, margin)
    corners = zip(low.tolist(), high.tolist(), strict=True)
    return np.array([{(a, b), (c, d), (a, d), (c, b)} <= tiles for (a, b), (c, d) in corners], bool)
