"""Cells of open roof whose light is the mean of their neighbours': a skyline changes fast beside an obstacle only."""

from __future__ import annotations

import numpy as np

from guanghui.geo.compiled import njit
from guanghui.pv.roofs.planes import FaceSet

__all__ = ["NONE", "between", "open_cells"]

NONE = np.empty(0, np.int64)
"""No cell is left out."""

_AROUND = 3
"""Cells around in which nothing may stand off the plane."""
_STANDS_M = 0.3
"""What stands above the plane beside a cell [m]; the surface's own noise does not."""
_RISES = 0.2
"""How much more it may be a cell farther away, as a slope [1]."""

_jit = njit(nogil=True, cache=True, error_model="numpy")


@_jit
def _find(z, number, rows, cols, face, work, plane, slope, cell_m, row0, col0):  # type: ignore[no-untyped-def]
    """Worked neighbours on two opposite sides, up to twice, of every cell that may be left out; -1 where it may not."""
    out = np.full((rows.size, 4), -1, np.int64)
    ny, nx = z.shape
    for p in range(rows.size):
        r, c = rows[p], cols[p]
        odd_row, odd_col = (r + row0) % 2 == 1, (c + col0) % 2 == 1
        if not work[p] or not (odd_row or odd_col):
            continue
        if r < _AROUND or c < _AROUND or r >= ny - _AROUND or c >= nx - _AROUND:
            continue
        f = face[p]
        i, j = int(odd_row), int(odd_col)
        found = False
        for k in range(1 + i * j):
            if k == 1:
                j = -j
            a, b = number[r - i, c - j], number[r + i, c + j]
            if a >= 0 and b >= 0 and face[a] == f and face[b] == f and work[a] and work[b]:
                out[p, 2 * k], out[p, 2 * k + 1] = a, b
                found = True
        if not found:
            continue
        clear = True
        for i in range(-_AROUND, _AROUND + 1):
            for j in range(-_AROUND, _AROUND + 1):
                h = z[r + i, c + j] - (plane[p] + cell_m * (slope[f, 0] * j - slope[f, 1] * i))
                if h > _STANDS_M and h > _STANDS_M + _RISES * cell_m * (np.sqrt(i * i + j * j) - 1.0):
                    clear = False
                    break
            if not clear:
                break
        if not clear:
            out[p] = -1
    return out


def open_cells(
    z: np.ndarray, faces: FaceSet, work: np.ndarray, origin: tuple[int, int]
) -> tuple[np.ndarray, np.ndarray]:
    """Cells that may be left out, and the neighbours on the same plane that stand for them.

    Cells of even row and column are always worked. Another one is left out where nothing stands above its plane within
    ``_AROUND`` cells and such a cell of its face lies on either side: in its row, in its column, or at its corners. The
    mean of the two (four) is then right to second order of a skyline that turns slowly; ridges, eaves and the feet of
    walls and chimneys are worked cell by cell.

    Parameters
    ----------
    z : numpy.ndarray
        Everything that may stand around [m].
    faces : FaceSet
        Faces and their cells.
    work : numpy.ndarray
        Cells that are wanted, bool, shape (n,).
    origin : tuple of int
        Row and column of the window in the whole grid, so that the choice does not depend on it.

    Returns
    -------
    tuple of numpy.ndarray
        Numbers of the cells, shape (k,), and of neighbours on two opposite sides, twice, -1 where there are none,
        shape (k, 4).
    """
    number = np.full(z.shape, -1, np.int64)
    number[faces.rows, faces.cols] = np.arange(len(faces.rows))
    plane = faces.plane_height()
    found = _find(z, number, faces.rows, faces.cols, faces.face, work, plane, faces.slope, faces.cell_m, *origin)
    left = np.flatnonzero((found >= 0).any(axis=1))
    return left, found[left]


def between(values: np.ndarray, cells: np.ndarray, beside: np.ndarray) -> None:
    """Fill in cells that were left out with the mean of their neighbours, in place.

    Parameters
    ----------
    values : numpy.ndarray
        Shape (n, k).
    cells, beside : numpy.ndarray
        From :func:`open_cells`.
    """
    if not len(cells):
        return
    there = (beside >= 0)[:, :, None]
    total = np.where(there, values[beside], 0.0).sum(axis=1)
    values[cells] = total / there.sum(axis=1)
