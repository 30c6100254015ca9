"""Roof faces: planes grown over the surface model inside each outline.

Inside one outline a plane is started where the surface is smoothest, grown over connected cells that lie within a
tolerance of it, fitted anew as it grows, and grown once more from its final fit. What lies within the tolerance of two
planes, along ridges, hips and valleys, was taken by the first: it is shared out by the nearer plane, evenly where both
are as near, so that neither the order of growing nor a rounding matters; then each plane is fitted to its own cells.
Cells that no plane explains (parapets, chimneys, tanks, overhanging branches, walls caught by the outline) go to the
face they touch as *obstacles*: they count in its ground area, not in its usable area.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from guanghui.geo.compiled import njit
from guanghui.pv.roofs.fitting import add, solve
from guanghui.pv.roofs.ridges import fit, share

__all__ = ["QUIET_M", "FaceSet", "find_faces", "scatter"]

_jit = njit(nogil=True, cache=True, error_model="numpy")
_MIN_NEIGHBOURS = 6
_WALL_RISE = math.tan(math.radians(65.0))
"""A plane that rises more a metre is a wall and no roof [1] (assumed)."""
_STEEP_RISE = math.tan(math.radians(37.0))
"""A plane that rises more must be three cells wide somewhere [1] (assumed): two cells in a row, one on a parapet and
one on the roof beside it, always lie on a plane.
"""

_NOISE_CELLS = 40
"""Second differences from which the noise of a roof is told."""
QUIET_M = 0.14
"""Noise up to which the tolerance holds as it is given; lidar has 0.02 to 0.12 [m]."""
_SIGMAS = 3.0
"""How the tolerance grows with noise beyond [1]."""
_ROUNDS = 12
"""How often edges may move by a cell and planes be fitted to what is theirs then."""


@dataclass(frozen=True)
class FaceSet:
    """Faces of a set of buildings on one window, and the cells they are made of."""

    building: np.ndarray
    """Number of the building of each face, shape (f,)."""
    slope: np.ndarray
    """Rise per metre to the east and to the north, shape (f, 2)."""
    offset: np.ndarray
    """Height of the plane at cell (0, 0) of the window [m], float64, shape (f,)."""
    rmse_m: np.ndarray
    """Root mean square distance of the plane's own cells [m], shape (f,)."""
    rows: np.ndarray
    cols: np.ndarray
    """Cells of all buildings, shape (n,)."""
    face: np.ndarray
    """Face of each cell, shape (n,)."""
    obstacle: np.ndarray
    """Cells that stand off their plane, bool, shape (n,)."""
    cell_m: float

    @property
    def tilt(self) -> np.ndarray:
        """Tilt of each face [°], shape (f,)."""
        return np.degrees(np.arctan(np.hypot(self.slope[:, 0], self.slope[:, 1])))

    @property
    def azimuth(self) -> np.ndarray:
        """Direction each face looks to, clockwise from grid north [°], shape (f,)."""
        return np.degrees(np.arctan2(-self.slope[:, 0], -self.slope[:, 1])) % 360.0

    @property
    def normal(self) -> np.ndarray:
        """Unit normals (east, north, up), float32, shape (f, 3)."""
        vector = np.column_stack([-self.slope, np.ones(len(self.slope))])
        return (vector / np.linalg.norm(vector, axis=1, keepdims=True)).astype(np.float32)

    def plane_height(self) -> np.ndarray:
        """Height of the plane at the centre of every cell [m], float64, shape (n,)."""
        f = self.face
        east, north = self.cols * self.cell_m, -self.rows * self.cell_m
        return self.offset[f] + self.slope[f, 0] * east + self.slope[f, 1] * north


def find_faces(
    surface: np.ndarray,
    rows: np.ndarray,
    cols: np.ndarray,
    building: np.ndarray,
    cell_m: float,
    *,
    tolerance_m: float = 0.2,
    min_area_m2: float = 6.0,
) -> FaceSet:
    """Find the planes of every building.

    Parameters
    ----------
    surface : numpy.ndarray
        Heights of the window [m], float32, shape (rows, columns); finite at all cells given.
    rows, cols, building : numpy.ndarray
        Cells inside the outlines and the number of their building, sorted by building, shape (n,).
    cell_m : float
        Cell side [m].
    tolerance_m : float, default 0.2
        Farthest a cell may lie from its plane [m]; on a roof whose heights scatter by more than 0.14 m about planes, as
        photogrammetry does, three times the excess more.
    min_area_m2 : float, default 6
        Smaller planes are left to be obstacles, unless a building has no other.

    Returns
    -------
    FaceSet
        Every building has at least one face; one that no plane explains gets a level face at its median height.
    """
    starts = np.flatnonzero(np.r_[True, building[1:] != building[:-1]]) if len(building) else np.empty(0, np.int64)
    bounds = np.r_[starts, len(building)].astype(np.int64)
    face = np.full(len(rows), -1, np.int32)
    obstacle = np.zeros(len(rows), np.bool_)
    seat = np.full(surface.shape, -1, np.int32)
    seat[rows, cols] = np.arange(len(rows), dtype=np.int32)
    planes, owners, errors = _segment(
        np.ascontiguousarray(surface, np.float32), rows.astype(np.int64), cols.astype(np.int64), seat, bounds,
        float(cell_m), float(tolerance_m), max(3, round(min_area_m2 / cell_m**2)), face, obstacle,
    )  # fmt: skip
    number = building[starts] if len(starts) else building
    return FaceSet(number[owners], planes[:, 1:], planes[:, 0], errors, rows, cols, face, obstacle, float(cell_m))


@_jit
def scatter(second):  # type: ignore[no-untyped-def]
    """Standard deviation of heights about planes, robustly, from second differences along a row.

    Parameters
    ----------
    second : numpy.ndarray
        Absolute ``z[i - 1] - 2 z[i] + z[i + 1]`` [m], shape (n,): 0 on a plane, of √6 times the noise.

    Returns
    -------
    float
        [m].
    """
    return 1.4826 * np.median(second) / math.sqrt(6.0)


@_jit
def _noise(z, rows, cols, seat, lo, hi, work):  # type: ignore[no-untyped-def]
    """Standard deviation of heights about planes, from second differences along rows and columns; 0 of few cells."""
    ny, nx = z.shape
    count = 0
    for i in range(lo, hi):
        r, c = rows[i], cols[i]
        for dr, dc in ((1, 0), (0, 1)):
            if r < dr or c < dc or r + dr >= ny or c + dc >= nx:
                continue
            if lo <= seat[r - dr, c - dc] < hi and lo <= seat[r + dr, c + dc] < hi:
                work[count] = abs(float(z[r - dr, c - dc]) - 2.0 * z[r, c] + float(z[r + dr, c + dc]))
                count += 1
    if count < _NOISE_CELLS:
        return 0.0
    return scatter(work[:count])


@_jit
def _roughness(z, rows, cols, seat, lo, hi, cell, rough, plane):  # type: ignore[no-untyped-def]
    """Fit a plane to the 3 × 3 cells around each cell, inside its building; keep it and its largest residual."""
    ny, nx = z.shape
    s = np.empty(9)
    for i in range(lo, hi):
        r, c = rows[i], cols[i]
        s[:] = 0.0
        for dr in range(-1, 2):
            for dc in range(-1, 2):
                y, x = r + dr, c + dc
                if 0 <= y < ny and 0 <= x < nx and lo <= seat[y, x] < hi:
                    add(s, dc * cell, -dr * cell, float(z[y, x] - z[r, c]))
        rough[i - lo] = np.inf
        if s[0] < _MIN_NEIGHBOURS:
            continue
        a, b, d = solve(s)
        worst = 0.0
        for dr in range(-1, 2):
            for dc in range(-1, 2):
                y, x = r + dr, c + dc
                if 0 <= y < ny and 0 <= x < nx and lo <= seat[y, x] < hi:
                    worst = max(worst, abs(z[y, x] - z[r, c] - a - b * dc * cell + d * dr * cell))
        rough[i - lo] = worst
        plane[i - lo, 0] = a
        plane[i - lo, 1] = b
        plane[i - lo, 2] = d


@_jit
def _grow(z, rows, cols, seat, lo, hi, cell, seed, a, b, c, tol, refit, mark, stamp, taken, queue, s):  # type: ignore[no-untyped-def]
    """Collect cells connected to ``seed`` within ``tol`` of the plane; heights and places are relative to the seed."""
    ny, nx = z.shape
    r0, c0 = rows[seed], cols[seed]
    z0 = float(z[r0, c0])
    s[:] = 0.0
    queue[0] = seed
    mark[seed - lo] = stamp
    count = 1
    head = 0
    next_fit = 12.0
    while head < count:
        i = queue[head]
        head += 1
        r, q = rows[i], cols[i]
        add(s, (q - c0) * cell, (r0 - r) * cell, float(z[r, q]) - z0)
        if refit and s[0] >= next_fit:
            a, b, c = solve(s)
            next_fit = s[0] * 1.5
        for dr in range(-1, 2):
            for dc in range(-1, 2):
                y, x = r + dr, q + dc
                if y < 0 or x < 0 or y >= ny or x >= nx:
                    continue
                j = seat[y, x]
                if j < lo or j >= hi or mark[j - lo] == stamp or taken[j] >= 0:
                    continue
                if abs(float(z[y, x]) - z0 - a - b * (x - c0) * cell - c * (r0 - y) * cell) <= tol:
                    mark[j - lo] = stamp
                    queue[count] = j
                    count += 1
    return count


@_jit
def _has_middle(rows, cols, seat, lo, hi, mark, stamp, queue, count):  # type: ignore[no-untyped-def]
    """Whether some cell of a face has all eight neighbours in it."""
    ny, nx = seat.shape
    for k in range(count):
        r, c = rows[queue[k]], cols[queue[k]]
        if r < 1 or c < 1 or r >= ny - 1 or c >= nx - 1:
            continue
        whole = True
        for dr in range(-1, 2):
            for dc in range(-1, 2):
                j = seat[r + dr, c + dc]
                if j < lo or j >= hi or mark[j - lo] != stamp:
                    whole = False
        if whole:
            return True
    return False


@_jit
def _segment(z, rows, cols, seat, bounds, cell, asked, min_cells, face, obstacle):  # type: ignore[no-untyped-def]
    planes = []
    owners = []
    errors = []
    s = np.empty(9)
    for building in range(bounds.size - 1):
        lo, hi = bounds[building], bounds[building + 1]
        n = hi - lo
        rough = np.empty(n)
        tol = asked + _SIGMAS * max(_noise(z, rows, cols, seat, lo, hi, np.empty(2 * n)) - QUIET_M, 0.0)
        local = np.zeros((n, 3))
        _roughness(z, rows, cols, seat, lo, hi, cell, rough, local)
        order = np.argsort(rough)
        mark = np.full(n, -1, np.int32)
        queue = np.empty(n, np.int64)
        first = len(planes)
        stamp = 0
        for k in range(n):
            seed = lo + order[k]
            if rough[order[k]] > tol or not np.isfinite(rough[order[k]]):
                break
            if face[seed] >= 0:
                continue
            i = order[k]
            a, b, c = local[i, 0], local[i, 1], local[i, 2]
            if math.hypot(b, c) > _WALL_RISE:
                continue
            stamp += 1
            count = _grow(z, rows, cols, seat, lo, hi, cell, seed, a, b, c, tol, True, mark, stamp, face, queue, s)
            if count < min_cells:
                continue
            a, b, c = solve(s)
            stamp += 1
            count = _grow(z, rows, cols, seat, lo, hi, cell, seed, a, b, c, tol, False, mark, stamp, face, queue, s)
            if count < min_cells:
                continue
            a, b, c = solve(s)
            rise = math.hypot(b, c)
            if rise > _WALL_RISE:
                continue
            if rise > _STEEP_RISE and not _has_middle(rows, cols, seat, lo, hi, mark, stamp, queue, count):
                continue
            r0, c0 = rows[seed], cols[seed]
            z0 = float(z[r0, c0])
            square = 0.0
            for j in range(count):
                m = queue[j]
                face[m] = len(planes)
                d = float(z[rows[m], cols[m]]) - z0 - a - b * (cols[m] - c0) * cell - c * (r0 - rows[m]) * cell
                square += d * d
            planes.append((z0 + a - b * c0 * cell + c * r0 * cell, b, c))
            owners.append(building)
            errors.append(math.sqrt(square / count))
        if len(planes) == first and n > 0:
            heights = np.empty(n)
            for i in range(n):
                heights[i] = z[rows[lo + i], cols[lo + i]]
            level = np.median(heights)
            planes.append((level, 0.0, 0.0))
            owners.append(building)
            errors.append(math.sqrt(np.mean((heights - level) ** 2)))
            for i in range(lo, hi):
                face[i] = first
                obstacle[i] = abs(heights[i - lo] - level) > 5 * tol
        if len(planes) > first + 1:
            for _ in range(_ROUNDS):
                moved = share(z, rows, cols, seat, lo, hi, cell, planes, first, face)
                fit(z, rows, cols, lo, hi, cell, planes, errors, first, face)
                if moved == 0:
                    break
        _adopt(z, rows, cols, seat, lo, hi, cell, tol, planes, first, face, obstacle)
    out = np.empty((len(planes), 3))
    for i in range(len(planes)):
        out[i, 0], out[i, 1], out[i, 2] = planes[i]
    return out, np.array(owners, dtype=np.int64), np.array(errors, dtype=np.float64)


@_jit
def _adopt(z, rows, cols, seat, lo, hi, cell, tol, planes, first, face, obstacle):  # type: ignore[no-untyped-def]
    """Give cells no plane explains to the neighbouring face nearest in height, layer by layer from the faces out."""
    ny, nx = z.shape
    left = 0
    for i in range(lo, hi):
        if face[i] < 0:
            left += 1
    fresh = np.full(hi - lo, -1, np.int32)
    while left > 0:
        found = 0
        for i in range(lo, hi):
            if face[i] >= 0:
                continue
            r, c = rows[i], cols[i]
            best = np.inf
            for dr in range(-1, 2):
                for dc in range(-1, 2):
                    y, x = r + dr, c + dc
                    if y < 0 or x < 0 or y >= ny or x >= nx:
                        continue
                    j = seat[y, x]
                    if j < lo or j >= hi or face[j] < 0:
                        continue
                    a, b, d = planes[face[j]]
                    gap = abs(float(z[r, c]) - a - b * c * cell + d * r * cell)
                    if gap < best:
                        best = gap
                        fresh[i - lo] = face[j]
            if best < np.inf:
                obstacle[i] = best > 2 * tol
                found += 1
        if found == 0:
            for i in range(lo, hi):
                if face[i] < 0:
                    fresh[i - lo] = first
                    obstacle[i] = True
                    found += 1
        for i in range(lo, hi):
            if face[i] < 0 and fresh[i - lo] >= 0:
                face[i] = fresh[i - lo]
                left -= 1
