"""Least-squares planes from sums over cells."""

from __future__ import annotations

from guanghui.geo.compiled import njit

__all__ = ["add", "solve"]

_jit = njit(nogil=True, cache=True, error_model="numpy")


@_jit
def solve(s):  # type: ignore[no-untyped-def]
    """Least-squares plane from the sums (n, x, y, z, xx, xy, yy, xz, yz): height at the origin and two slopes.

    Parameters
    ----------
    s : numpy.ndarray
        The nine sums [m, m²], float64, shape (9,), n > 0.

    Returns
    -------
    tuple of float
        Height at the origin [m], rise to the east and to the north [m/m]; cells on a line give a level plane at their
        mean.
    """
    n = s[0]
    mx, my, mz = s[1] / n, s[2] / n, s[3] / n
    xx, xy, yy = s[4] - n * mx * mx, s[5] - n * mx * my, s[6] - n * my * my
    xz, yz = s[7] - n * mx * mz, s[8] - n * my * mz
    det = xx * yy - xy * xy
    if det <= 1e-6 * (xx + yy + 1e-9) ** 2:
        return mz, 0.0, 0.0
    b = (xz * yy - yz * xy) / det
    c = (yz * xx - xz * xy) / det
    return mz - b * mx - c * my, b, c


@_jit
def add(s, x, y, z):  # type: ignore[no-untyped-def]
    """Add a cell to the sums of :func:`solve`.

    Parameters
    ----------
    s : numpy.ndarray
        The nine sums, changed in place, shape (9,).
    x, y, z : float
        East, north and height of the cell from the origin of the sums [m].
    """
    s[0] += 1.0
    s[1] += x
    s[2] += y
    s[3] += z
    s[4] += x * x
    s[5] += x * y
    s[6] += y * y
    s[7] += x * z
    s[8] += y * z
