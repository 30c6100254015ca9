"""Gables too small for planes to grow on: two cells a side on a surface of one metre.

A plane needs a smooth window to start from; on a shed four cells wide every window lies across the ridge, and what is
found is a level strip along it, or nothing. For such buildings one ridge with two equal sides is fitted instead, and
kept only where it explains the heights far better than any single plane.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from guanghui.pv.roofs.planes import FaceSet

__all__ = ["split_small_gables"]

_MOST_CELLS = 60
"""A larger roof has room for planes to grow."""
_TILTS_DEG = (8.0, 50.0)
"""Sides of a gable (assumed)."""
_FAR_M = 1.5
"""Cells farther than this from the median belong to a neighbour or a wall."""
_LEAST_CELLS = 8
_LEAST_INSIDE = 0.55
_LEAST_SIDE = 0.25
_DIRECTIONS = np.radians(np.arange(0.0, 180.0, 7.5))
_RIDGES = 9
_GAIN = 0.5
"""The ridge must leave at most this share of the error a single plane leaves."""


def split_small_gables(faces: FaceSet, surface: np.ndarray, *, tolerance_m: float = 0.2) -> FaceSet:
    """Give a small building that has a single face the two sides of a gable, where it stands on one.

    Parameters
    ----------
    faces : FaceSet
        Faces as grown from planes.
    surface : numpy.ndarray
        Heights of the window [m], shape (rows, columns).
    tolerance_m : float, default 0.2
        Farthest a cell may lie from its plane [m]; half of it is the largest error of the fit.

    Returns
    -------
    FaceSet
        The same faces, those of such buildings replaced by two each; sums of cells are kept.
    """
    of_building = np.bincount(faces.building, minlength=1) if len(faces.building) else np.zeros(1, int)
    cells = np.bincount(faces.face, minlength=len(faces.building))
    alone = np.flatnonzero((of_building[faces.building] == 1) & (cells >= _LEAST_CELLS) & (cells <= _MOST_CELLS))
    if not len(alone):
        return faces
    order = np.argsort(faces.face, kind="stable")
    first = np.searchsorted(faces.face[order], alone)
    face, obstacle = faces.face.copy(), faces.obstacle.copy()
    slope, offset, rmse = faces.slope.copy(), faces.offset.copy(), faces.rmse_m.copy()
    new: list[tuple[int, np.ndarray, float, float]] = []
    for number, start in zip(alone, first, strict=True):
        mine = order[start : start + cells[number]]
        east, north = faces.cols[mine] * faces.cell_m, -faces.rows[mine] * faces.cell_m
        z = surface[faces.rows[mine], faces.cols[mine]].astype(float)
        found = _gable(east, north, z, tolerance_m / 2)
        if found is None:
            continue
        planes, left, error = found
        slope[number], offset[number], rmse[number] = planes[0][1:], planes[0][0], error
        new.append((int(faces.building[number]), planes[1][1:], float(planes[1][0]), error))
        face[mine[~left]] = len(faces.building) + len(new) - 1
        height = np.where(left, *(p[0] + p[1] * east + p[2] * north for p in planes))
        obstacle[mine] = np.abs(z - height) > 2 * tolerance_m
    if not new:
        return faces
    wide = replace(
        faces,
        building=np.r_[faces.building, [n[0] for n in new]],
        slope=np.vstack([slope, [n[1] for n in new]]),
        offset=np.r_[offset, [n[2] for n in new]],
        rmse_m=np.r_[rmse, [n[3] for n in new]],
        face=face,
        obstacle=obstacle,
    )
    return _by_building(wide)


def _by_building(faces: FaceSet) -> FaceSet:
    """Faces in the order of their buildings again."""
    order = np.argsort(faces.building, kind="stable")
    place = np.empty(len(order), faces.face.dtype)
    place[order] = np.arange(len(order))
    return replace(
        faces, building=faces.building[order], slope=faces.slope[order], offset=faces.offset[order],
        rmse_m=faces.rmse_m[order], face=place[faces.face],
    )  # fmt: skip


def _gable(
    east: np.ndarray, north: np.ndarray, z: np.ndarray, most_m: float
) -> tuple[np.ndarray, np.ndarray, float] | None:
    """Both sides (height at the origin, rise east, rise north), which cells are of the first, and the error [m]."""
    inside = np.abs(z - np.median(z)) <= _FAR_M
    if inside.sum() < max(_LEAST_CELLS, _LEAST_INSIDE * len(z)):
        return None
    middle = np.array([east[inside].mean(), north[inside].mean()])
    place = np.column_stack([east, north]) - middle
    single = np.column_stack([np.ones(inside.sum()), place[inside]])
    flat = z[inside] - single @ np.linalg.lstsq(single, z[inside], rcond=None)[0]
    most = min(most_m, _GAIN * float(np.sqrt(np.mean(flat**2))))
    across = np.column_stack([np.cos(_DIRECTIONS), np.sin(_DIRECTIONS)])
    d = across @ place.T
    ends = np.quantile(d[:, inside], [_LEAST_SIDE, 1 - _LEAST_SIDE], axis=1)
    ridge = ends[0, :, None] + (ends[1] - ends[0])[:, None] * np.linspace(0, 1, _RIDGES)
    away = np.abs(d[:, None, inside] - ridge[:, :, None])  # direction, ridge, cell
    mean = away.mean(axis=2, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        fall = ((away - mean) @ z[inside]) / ((away - mean) ** 2).sum(axis=2)
    top = z[inside].mean() - fall * mean[:, :, 0]
    error = np.sqrt(np.mean((z[inside] - top[:, :, None] - fall[:, :, None] * away) ** 2, axis=2))
    tilt = np.degrees(np.arctan(-fall))
    error = np.where((tilt >= _TILTS_DEG[0]) & (tilt <= _TILTS_DEG[1]), error, np.inf)
    i, j = np.unravel_index(int(np.argmin(error)), error.shape)
    if not error[i, j] < most:
        return None
    planes = []
    for side in (-1.0, 1.0):  # height = top + fall · side · (d − ridge)
        rise = fall[i, j] * side * across[i]
        planes.append([top[i, j] - fall[i, j] * side * ridge[i, j] - rise @ middle, *rise])
    return np.array(planes), d[i] < ridge[i, j], float(error[i, j])
