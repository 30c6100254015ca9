"""The far field of a skyline: every discrete line of one azimuth swept once over an upper convex hull.

Cells enter a hull, and the slope to the hull's tangent point is the skyline. Each cell is pushed twice and asked once,
so the cost does not grow with the reach. The sweep sees exactly a window of cells ahead, never more: lines and blocks
are laid out in the index of the whole grid, and a sliding window over two hulls (the tail of one block, the head of the
next) replaces the usual single stack. The answer is therefore the same for any chunking.
"""

from __future__ import annotations

import math

import numba as nb
import numpy as np

__all__ = ["EARTH_BEND", "sweep"]

EARTH_BEND = (1 - 0.13) / (2 * 6_371_000.0)
"""Drop of a level surface with distance squared, less the usual refraction of 0.13 [1/m]."""

NOWHERE = np.float32(-1e30)
"""Height where a line leaves the window."""

_jit = nb.njit(nogil=True, fastmath={"contract", "arcp", "nsz", "reassoc"}, cache=True, error_model="numpy")


@nb.njit(nogil=True, inline="always", error_model="numpy")
def _across(z, y, x, beside, weight):  # type: ignore[no-untyped-def]
    """Height where a line crosses a column, between the two cells it passes."""
    other = y + beside
    if other < 0 or other >= z.shape[0]:
        return z[y, x]
    return z[y, x] + weight * (z[other, x] - z[y, x])


@nb.njit(nogil=True, inline="always", error_model="numpy")
def _push(hu, hz, count, u, z):  # type: ignore[no-untyped-def]
    """Add a point with rising ``u`` to an upper convex hull."""
    while count > 1 and (hz[count - 1] - hz[count - 2]) * (u - hu[count - 2]) <= (z - hz[count - 2]) * (
        hu[count - 1] - hu[count - 2]
    ):
        count -= 1
    hu[count] = u
    hz[count] = z
    return count + 1


@nb.njit(nogil=True, inline="always", error_model="numpy")
def _tangent(hu, hz, count, u, z):  # type: ignore[no-untyped-def]
    """Highest slope from (u, z) to a hull that lies wholly on one side; slopes along a hull have one peak."""
    low, high = 0, count - 1
    while low < high:
        mid = (low + high) >> 1
        if (hz[mid] - z) * abs(hu[mid + 1] - u) < (hz[mid + 1] - z) * abs(hu[mid] - u):
            low = mid + 1
        else:
            high = mid
    return (hz[low] - z) / abs(hu[low] - u)


@_jit
def _far(z, seat, rows, cols, z0, m, forward, step, lag, window, bend, row0, col0, tan):  # type: ignore[no-untyped-def]
    """Raise ``tan`` by cells ``lag`` … ``lag + window - 1`` columns ahead, on the discrete lines of slope ``m``.

    ``seat`` holds the number of the observer in a cell, or -1. ``row0, col0`` is the place of the window in the whole
    grid. For directions closer to a column the caller hands in transposed arrays. The curved Earth drops away by
    ``bend · distance²``: heights less ``bend · v²`` keep the hull straight, and the slope gains ``2 · bend · v``, where
    v counts from the start of the block, so that it too is the same in every window.
    """
    ny, nx = z.shape
    shift = np.empty(nx, np.int64)
    beside = np.empty(nx, np.int64)
    weight = np.empty(nx, np.float32)
    for x in range(nx):
        place = m * (col0 + x)
        nearest = math.floor(place + 0.5)
        shift[x] = nearest - row0
        beside[x] = 1 if place > nearest else -1
        weight[x] = np.float32(abs(place - nearest))
    lowest = min(shift[0], shift[nx - 1])
    highest = max(shift[0], shift[nx - 1])
    lines = ny + highest - lowest
    first = np.full(lines, nx, np.int64)
    last = np.full(lines, -1, np.int64)
    low = np.full(lines, np.float32(1e30), np.float32)
    for p in range(rows.size):
        line = rows[p] - shift[cols[p]] + highest
        t = cols[p] if forward > 0 else nx - 1 - cols[p]
        first[line] = min(first[line], t)
        last[line] = max(last[line], t)
        low[line] = min(low[line], z0[p])
    hu = np.empty(nx, np.float32)
    hz = np.empty(nx, np.float32)
    height = np.empty(nx, np.float32)
    watcher = np.empty(nx, np.int32)
    inv = np.float32(1.0 / step)
    drop = bend * step * step
    for line in range(lines):
        if last[line] < 0:
            continue
        b = line - highest
        # positions t along the line: t = 0 … nx-1 in the direction of view; cells outside the window have no row
        start = first[line]
        stop = last[line] + lag + window
        if stop > nx:
            stop = nx
        g0 = col0 if forward > 0 else -(col0 + nx - 1)
        for j in range(start, stop):
            x = j if forward > 0 else nx - 1 - j
            y = shift[x] + b
            height[j] = NOWHERE
            watcher[j] = -1
            if 0 <= y < ny:
                height[j] = _across(z, y, x, beside[x], weight[x])
                watcher[j] = seat[y, x]
        # --- tails of blocks, from the far end to the near end
        count = 0
        peak = NOWHERE
        slot = (g0 + stop) % window
        for j in range(stop - 1, start + lag - 1, -1):
            if slot == 0:
                count = 0
                peak = NOWHERE
                slot = window
            slot -= 1
            h = height[j]
            if h > low[line]:
                h -= np.float32(drop * slot * slot)
                count = _push(hu, hz, count, np.float32(-j), h)
                peak = max(peak, h)
            p = watcher[j - lag]
            if p >= 0 and count > 0:
                v = slot - lag
                eye = z0[p] - np.float32(drop * v * v)
                gain = np.float32(2.0 * bend * step * v)
                if (peak - eye) * inv > (tan[p] - gain) * lag:
                    slope = _tangent(hu, hz, count, np.float32(lag - j), eye) * inv + gain
                    tan[p] = max(tan[p], slope)
        # --- heads of the next blocks, from the near end to the far end
        count = 0
        peak = NOWHERE
        open_at = 0
        slot = (g0 + start + lag) % window
        for j in range(start + lag, last[line] + lag + window):
            if slot == 0:
                count = 0
                peak = NOWHERE
                open_at = j
            slot += 1
            if slot == window:
                slot = 0
            if j < stop:
                h = height[j]
                if h > low[line]:
                    v = j - open_at
                    h -= np.float32(drop * v * v)
                    count = _push(hu, hz, count, np.float32(j), h)
                    peak = max(peak, h)
            t = j - window + 1 - lag
            if t >= start and count > 0 and t + lag < open_at:
                p = watcher[t]
                if p >= 0:
                    v = t - open_at
                    eye = z0[p] - np.float32(drop * v * v)
                    gain = np.float32(2.0 * bend * step * v)
                    if (peak - eye) * inv > (tan[p] - gain) * (open_at - t):
                        slope = _tangent(hu, hz, count, np.float32(t), eye) * inv + gain
                        tan[p] = max(tan[p], slope)


def sweep(
    surface: tuple[np.ndarray, np.ndarray],
    seat: tuple[np.ndarray, np.ndarray],
    rows: np.ndarray,
    cols: np.ndarray,
    height: np.ndarray,
    azimuth: float,
    cell_m: float,
    lag: int,
    window: int,
    bend: float,
    origin: tuple[int, int],
    tan: np.ndarray,
) -> None:
    """Sweep all lines of one azimuth and raise ``tan`` by what stands ``lag`` … ``lag + window - 1`` steps ahead.

    Parameters
    ----------
    surface, seat : tuple of numpy.ndarray
        Heights [m] and numbers of the observers (-1: none), each as it is and transposed.
    rows, cols, height : numpy.ndarray
        Observers: cell and height of the eye [m], shape (n,).
    azimuth : float
        Clockwise from grid north [°].
    cell_m : float
        Cell side [m].
    lag, window : int
        First cell that counts and how many, in steps along the longer axis.
    bend : float
        Drop of the Earth's surface per squared distance [1/m].
    origin : tuple of int
        Row and column of the window in the whole grid.
    tan : numpy.ndarray
        Raised in place, float32, shape (n,).
    """
    dx, dy = math.sin(math.radians(azimuth)), -math.cos(math.radians(azimuth))
    step = cell_m / max(abs(dx), abs(dy))
    if abs(dx) >= abs(dy):
        forward = 1 if dx > 0 else -1
        _far(surface[0], seat[0], rows, cols, height, dy / dx, forward, step, lag, window, bend, *origin, tan)
    else:
        forward = 1 if dy > 0 else -1
        _far(surface[1], seat[1], cols, rows, height, dx / dy, forward, step, lag, window, bend, *origin[::-1], tan)
