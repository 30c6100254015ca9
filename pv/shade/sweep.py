"""The far field of a skyline: every discrete line of one azimuth swept once over an upper convex hull.

Cells enter a hull, and the slope to the hull's tangent point is the skyline. A cell that may matter is pushed twice and
each observer asks twice, so the cost does not grow with the reach. The sweep sees exactly a window of cells ahead,
never more: lines and blocks are laid out in the index of the whole grid, and a sliding window over two hulls (the tail
of one block, the head of the next) replaces the usual single stack. The answer is therefore the same for any chunking.
"""

from __future__ import annotations

import math

import numpy as np

from guanghui.geo.compiled import njit

__all__ = ["EARTH_BEND", "heading", "sweep"]

EARTH_BEND = (1 - 0.13) / (2 * 6_371_000.0)
"""Drop of a level surface with distance squared, less the usual refraction of 0.13 [1/m]."""

NOWHERE = np.float32(-1e30)
"""Height where a line leaves the window."""

_jit = njit(nogil=True, fastmath={"contract", "arcp", "nsz", "reassoc"}, cache=True, error_model="numpy")


@njit(nogil=True, inline="always", error_model="numpy")
def _push(hu, hz, count, u, z):  # type: ignore[no-untyped-def]
    """Add a point with rising ``u`` to an upper convex hull."""
    while count > 1 and (hz[count - 1] - hz[count - 2]) * (u - hu[count - 2]) <= (z - hz[count - 2]) * (
        hu[count - 1] - hu[count - 2]
    ):
        count -= 1
    hu[count] = u
    hz[count] = z
    return count + 1


@njit(nogil=True, inline="always", error_model="numpy")
def _tangent(hu, hz, count, u, z, at):  # type: ignore[no-untyped-def]
    """Point of a hull that lies wholly on one side where the slope from (u, z) is highest, looked for from ``at``.

    Slopes along a hull have one peak, and the peak of the last eye is seldom far from the next.
    """
    at = min(at, count - 1)
    while at + 1 < count and (hz[at] - z) * abs(hu[at + 1] - u) < (hz[at + 1] - z) * abs(hu[at] - u):
        at += 1
    while at > 0 and (hz[at] - z) * abs(hu[at - 1] - u) <= (hz[at - 1] - z) * abs(hu[at] - u):
        at -= 1
    return at


@njit(nogil=True, inline="always", error_model="numpy")
def _edge(cells, i, y, ny, beside, weight):  # type: ignore[no-untyped-def]
    """Height of a line at a cell that may lie outside the window or on its edge."""
    if y < 0 or y >= ny:
        return NOWHERE
    if i + beside < 0 or i + beside >= cells.size:
        return cells[i]
    return cells[i] + weight * (cells[i + beside] - cells[i])


@_jit
def _far(z, order, rows, cols, z0, m, forward, step, lag, window, bend, row0, col0, tan):  # type: ignore[no-untyped-def]
    """Raise ``tan`` by cells ``lag`` … ``lag + window - 1`` columns ahead, on the discrete lines of slope ``m``.

    ``order`` lists the observers by rising column. ``row0, col0`` is the place of the window in the whole grid. For
    directions closer to a column the caller hands in transposed arrays. The curved Earth drops away by
    ``bend · distance²``: heights less ``bend · v²`` keep the hull straight, and the slope gains ``2 · bend · v``, where
    v counts from the start of the block, so that it too is the same in every window.

    Only cells above the chord of their two neighbours enter a hull: any other one is outdone by the ends of its hollow,
    and where a hollow reaches over an end of the view, the cell at that end is compared by itself.
    """
    ny, nx = z.shape
    cells = z.ravel()
    # positions t = 0 … nx-1 in the direction of view: row of line 0, its place in the flat array, the cell beside
    shift = np.empty(nx, np.int64)
    place = np.empty(nx, np.int64)
    beside = np.empty(nx, np.int64)
    weight = np.empty(nx, np.float32)
    for t in range(nx):
        x = t if forward > 0 else nx - 1 - t
        exact = m * (col0 + x)
        nearest = math.floor(exact + 0.5)
        shift[t] = nearest - row0
        place[t] = shift[t] * nx + x
        beside[t] = nx if exact > nearest else -nx
        weight[t] = np.float32(abs(exact - nearest))
    lowest = min(shift[0], shift[nx - 1])
    highest = max(shift[0], shift[nx - 1])
    lines = ny + highest - lowest
    # observers line by line, in the order of view
    opens = np.zeros(lines + 1, np.int64)
    low = np.full(lines, np.float32(1e30), np.float32)
    for p in range(rows.size):
        line = rows[p] - shift[cols[p] if forward > 0 else nx - 1 - cols[p]] + highest
        opens[line + 1] += 1
        low[line] = min(low[line], z0[p])
    for line in range(lines):
        opens[line + 1] += opens[line]
    where = np.empty(rows.size, np.int32)
    watcher = np.empty(rows.size, np.int32)
    free = opens.copy()
    for k in range(rows.size):
        p = order[k] if forward > 0 else order[rows.size - 1 - k]
        t = cols[p] if forward > 0 else nx - 1 - cols[p]
        line = rows[p] - shift[t] + highest
        where[free[line]] = t
        watcher[free[line]] = p
        free[line] += 1
    hu = np.empty(nx, np.float32)
    hz = np.empty(nx, np.float32)
    height = np.empty(nx + 2, np.float32)
    crest = np.empty(nx, np.int64)
    inv = np.float32(1.0 / step)
    drop = np.float32(bend * step * step)
    turn = np.float32(2.0 * bend * step)
    far = lag + window - 1
    per_near, per_far = np.float32(1.0 / (step * lag)), np.float32(1.0 / (step * far))
    sunk_near, sunk_far = np.float32(bend * (step * lag) ** 2), np.float32(bend * (step * far) ** 2)
    grid = col0 if forward > 0 else -(col0 + nx - 1)
    for line in range(lines):
        if opens[line] == opens[line + 1]:
            continue
        b = line - highest
        base = b * nx
        start = where[opens[line]] + lag
        stop = min(where[opens[line + 1] - 1] + lag + window, nx)
        # the part of the line inside the window, and the part of that with a row on either side
        enter, leave = start, stop
        while enter < stop and not 0 < shift[enter] + b < ny - 1:
            height[enter] = _edge(cells, place[enter] + base, shift[enter] + b, ny, beside[enter], weight[enter])
            enter += 1
        while leave > enter and not 0 < shift[leave - 1] + b < ny - 1:
            leave -= 1
            height[leave] = _edge(cells, place[leave] + base, shift[leave] + b, ny, beside[leave], weight[leave])
        for t in range(enter, leave):
            i = place[t] + base
            height[t] = cells[i] + weight[t] * (cells[i + beside[t]] - cells[i])
        crests = 0
        before = NOWHERE
        height[stop] = NOWHERE
        for t in range(start, stop):
            h = height[t]
            crest[crests] = t
            crests += (h > low[line]) & (h + drop > np.float32(0.5) * (before + height[t + 1]))
            before = h
        # --- blocks where views begin: from the far end to the near end
        count = 0
        peak = NOWHERE
        block = nx
        at = 0
        k = crests - 1
        for i in range(opens[line + 1] - 1, opens[line] - 1, -1):
            p = watcher[i]
            begin = where[i] + lag
            if begin >= stop:
                continue
            eye = z0[p]
            best = max(tan[p], (height[begin] - eye - sunk_near) * per_near)
            end = begin + window - 1
            if end < stop:
                best = max(best, (height[end] - eye - sunk_far) * per_far)
            if begin < block:
                block = begin - (grid + begin) % window
                count = 0
                peak = NOWHERE
                while k >= 0 and crest[k] >= block + window:
                    k -= 1
            while k >= 0 and crest[k] >= begin:
                v = np.float32(crest[k] - block)
                h = height[crest[k]] - drop * v * v
                count = _push(hu, hz, count, np.float32(-crest[k]), h)
                peak = max(peak, h)
                k -= 1
            v = np.float32(where[i] - block)
            eye -= drop * v * v
            gain = turn * v
            need = best - gain
            if count > 0 and (peak - eye) * inv > need * np.float32(lag if need > 0 else far):
                u = np.float32(-where[i])
                at = _tangent(hu, hz, count, u, eye, at)
                best = max(best, (hz[at] - eye) / (u - hu[at]) * inv + gain)
            tan[p] = best
        # --- the next blocks, where views end: from the near end to the far end
        count = 0
        peak = NOWHERE
        block = -nx
        at = 0
        k = 0
        for i in range(opens[line], opens[line + 1]):
            begin = where[i] + lag
            if begin >= block:
                block = begin - (grid + begin) % window + window
                count = 0
                peak = NOWHERE
                while k < crests and crest[k] < block:
                    k += 1
            while k < crests and crest[k] < begin + window:
                v = np.float32(crest[k] - block)
                h = height[crest[k]] - drop * v * v
                count = _push(hu, hz, count, np.float32(crest[k]), h)
                peak = max(peak, h)
                k += 1
            if count == 0:
                continue
            p = watcher[i]
            v = np.float32(where[i] - block)
            eye = z0[p] - drop * v * v
            gain = turn * v
            need = tan[p] - gain
            if (peak - eye) * inv > need * (-v if need > 0 else np.float32(far)):
                u = np.float32(where[i])
                at = _tangent(hu, hz, count, u, eye, at)
                tan[p] = max(tan[p], (hz[at] - eye) / (hu[at] - u) * inv + gain)


def heading(azimuth: float) -> tuple[float, float]:
    """Direction on the grid of an azimuth, exact along rows, columns and diagonals.

    The cosine of 90° is 6e-17 in floating point: a ray with that slope crosses no row, yet is not level either.

    Parameters
    ----------
    azimuth : float
        Clockwise from grid north [°].

    Returns
    -------
    tuple of float
        Columns eastward and rows southward of a unit step [1].
    """
    turn = azimuth % 360.0
    octant = round(turn / 45.0)
    if abs(turn - 45.0 * octant) < 1e-7:
        side = math.sqrt(0.5) if octant % 2 else 1.0
        dx = (0, 1, 1, 1, 0, -1, -1, -1)[octant % 8]
        dy = (-1, -1, 0, 1, 1, 1, 0, -1)[octant % 8]
        return side * dx, side * dy
    angle = math.radians(turn)
    return math.sin(angle), -math.cos(angle)


def sweep(
    surface: tuple[np.ndarray, np.ndarray],
    order: tuple[np.ndarray, np.ndarray],
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
    surface : tuple of numpy.ndarray
        Heights [m], as they are and transposed.
    order : tuple of numpy.ndarray
        Observers sorted by column, and by row.
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
        Raised in place, float32, shape (n,), nowhere below 0: what stands lower than the lowest eye is left out.
    """
    dx, dy = heading(azimuth)
    step = cell_m / max(abs(dx), abs(dy))
    if abs(dx) >= abs(dy):
        forward = 1 if dx > 0 else -1
        _far(surface[0], order[0], rows, cols, height, dy / dx, forward, step, lag, window, bend, *origin, tan)
    else:
        forward = 1 if dy > 0 else -1
        _far(surface[1], order[1], cols, rows, height, dx / dy, forward, step, lag, window, bend, *origin[::-1], tan)
