"""Cells of the surface inside outlines, and the surface mended where it does not show a building."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

import numpy as np
import shapely
from rasterio.features import rasterize

from guanghui.geo.grid import Grid

__all__ = ["RoofCells", "push_up"]

_FINE = 2
"""Sub-cells along a side by which the share of a cell inside an outline is counted."""
_MIN_SEEN = 0.6
_MIN_RISE_M = 1.5
_GROUND_RING_M = 6.0


@dataclass(frozen=True)
class RoofCells:
    """Cells of the window inside outlines, sorted by building."""

    rows: np.ndarray
    cols: np.ndarray
    building: np.ndarray
    ground_m2: np.ndarray
    """Part of the outline each cell stands for; sums to the outline's area."""
    free_m2: np.ndarray
    """The same for the outline less its setback."""

    @classmethod
    def inside(cls, shapes: np.ndarray, frame: Grid, setback_m: float) -> RoofCells:
        """Find the cells of outlines that lie in one frame.

        Parameters
        ----------
        shapes : numpy.ndarray
            Outlines in the CRS of the frame, shape (b,).
        frame : Grid
            Window of the surface's grid.
        setback_m : float
            Strip kept free along the outlines [m].
        """
        whole = _fine_labels(shapes, frame)
        inner = shapely.buffer(shapes, -setback_m, join_style="mitre") if setback_m > 0 else shapes
        free = _fine_labels(inner, frame)
        label, share = _majority(whole)
        rows, cols = np.nonzero(label >= 0)
        building = label[rows, cols]
        order = np.argsort(building, kind="stable")
        rows, cols, building = rows[order], cols[order], building[order]
        cell = frame.cell[0] ** 2
        sub = free.reshape(frame.height, _FINE, frame.width, _FINE)[rows, :, cols, :]
        inside = (sub == building[:, None, None]).mean(axis=(1, 2)) * cell
        ground = _to_total(share[rows, cols] * cell, building, shapely.area(shapes))
        return cls(rows, cols, building, ground, _to_total(inside, building, shapely.area(inner)))


def _fine_labels(shapes: np.ndarray, frame: Grid) -> np.ndarray:
    """Number of the outline over every sub-cell, -1 elsewhere."""
    t = frame.transform
    fine = type(t)(t.a / _FINE, 0, t.c, 0, t.e / _FINE, t.f)
    pairs = [(s, i) for i, s in enumerate(shapes) if not shapely.is_empty(s)]
    size = (frame.height * _FINE, frame.width * _FINE)
    if not pairs:
        return np.full(size, -1, np.int32)
    return rasterize(pairs, out_shape=size, transform=fine, fill=-1, dtype="int32")


def _majority(fine: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Outline that holds most of each cell, if it holds half of it, and its share."""
    h, w = fine.shape[0] // _FINE, fine.shape[1] // _FINE
    parts = fine.reshape(h, _FINE, w, _FINE).transpose(0, 2, 1, 3).reshape(h, w, _FINE**2)
    label = np.full((h, w), -1, np.int32)
    share = np.zeros((h, w))
    touched = (parts >= 0).any(axis=2)
    sub = parts[touched]
    votes = (sub[:, :, None] == sub[:, None, :]).sum(axis=2) * (sub >= 0)
    best = votes.argmax(axis=1)
    count = votes.max(axis=1)
    enough = 2 * count >= _FINE**2
    label[touched] = np.where(enough, np.take_along_axis(sub, best[:, None], 1)[:, 0], -1)
    share[touched] = np.where(enough, count / _FINE**2, 0.0)
    return label, share


def _to_total(part: np.ndarray, building: np.ndarray, total: np.ndarray) -> np.ndarray:
    """Scale cell areas so that those of a building sum to its true area."""
    found = np.bincount(building, part, len(total))
    factor = np.divide(total, found, out=np.zeros(len(total)), where=found > 0)
    return part * factor[building]


def push_up(z: np.ndarray, cells: RoofCells, heights: np.ndarray, cell_m: float) -> tuple[np.ndarray, np.ndarray]:
    """Push up buildings the surface does not show (holes, built after the flight), in place.

    Parameters
    ----------
    z : numpy.ndarray
        Heights of the window [m]; mended in place.
    cells : RoofCells
        Cells of the buildings.
    heights : numpy.ndarray
        Height above ground of each building [m], shape (b,).
    cell_m : float
        Cell side [m].

    Returns
    -------
    tuple of numpy.ndarray
        ``surface`` or ``outline`` for each building (object), and the height of the ground around it [m], shape (b,).
    """
    lod = np.full(len(heights), "surface", dtype=object)
    base = np.zeros(len(heights))
    ring = max(2, math.ceil(_GROUND_RING_M / cell_m))
    bounds = np.searchsorted(cells.building, np.arange(len(heights) + 1))
    for i, (lo, hi) in enumerate(itertools.pairwise(bounds)):
        r, c = cells.rows[lo:hi], cells.cols[lo:hi]
        if lo == hi:
            lod[i] = "outline"
            continue
        own = z[r, c]
        seen = np.isfinite(own)
        around = z[max(r.min() - ring, 0) : r.max() + ring + 1, max(c.min() - ring, 0) : c.max() + ring + 1]
        known = around[np.isfinite(around)]
        base[i] = ground = float(np.percentile(known, 5)) if known.size else 0.0
        if seen.mean() < _MIN_SEEN or float(np.median(own[seen])) - ground < _MIN_RISE_M:
            lod[i] = "outline"
            z[r, c] = ground + heights[i]
        elif not seen.all():
            z[r[~seen], c[~seen]] = np.median(own[seen])
    return lod, base
