"""Outlines of roof faces: the cells of a face as a polygon, cut by the building's own outline."""

from __future__ import annotations

import itertools

import numpy as np
import shapely
from rasterio.features import shapes as traced
from scipy.ndimage import distance_transform_edt

from guanghui.geo.grid import Grid
from guanghui.pv.roofs.planes import FaceSet

__all__ = ["face_polygons", "free_polygons"]

_MARGIN = 2
_SMOOTH = 1.2
"""Steps of a staircase are taken away up to triangles of this side [cells]."""


def face_polygons(faces: FaceSet, shapes: np.ndarray, frame: Grid) -> np.ndarray:
    """Ground polygons of all faces.

    Parameters
    ----------
    faces : FaceSet
        Faces on the window ``frame``.
    shapes : numpy.ndarray
        Outlines, by number of building.
    frame : Grid
        Window the cells count from.

    Returns
    -------
    numpy.ndarray
        One geometry a face in the CRS of the frame, perhaps of several parts. Those of a building cover its outline
        without gap or overlap; staircases along slanting ridges are smoothed alike on both sides.
    """
    out = np.full(len(faces.building), shapely.Polygon(), dtype=object)
    owner = faces.building[faces.face]
    bounds = np.searchsorted(owner, np.arange(len(shapes) + 1))
    first = np.searchsorted(faces.building, np.arange(len(shapes) + 1))
    for i, (lo, hi) in enumerate(itertools.pairwise(bounds)):
        if hi == lo:
            continue
        if first[i + 1] - first[i] == 1:
            out[first[i]] = shapes[i]
            continue
        part, local = _window(frame, shapes[i], faces.rows[lo:hi], faces.cols[lo:hi])
        label = np.full(part.shape, -1, np.int32)
        label[local] = faces.face[lo:hi]
        nearest = distance_transform_edt(label < 0, return_distances=False, return_indices=True)
        numbers, pieces = _traced(label[tuple(nearest)], part)
        smooth = shapely.coverage_simplify(
            shapely.segmentize(pieces, part.cell[0] * 1.001), _SMOOTH * part.cell[0], simplify_boundary=False
        )
        inside = shapely.intersection(shapely.make_valid(smooth), shapes[i])
        if shapely.is_empty(inside).any():  # a face of a few cells was smoothed away
            inside = shapely.intersection(pieces, shapes[i])
        out[numbers] = inside
    return out


def free_polygons(
    polygons: np.ndarray, faces: FaceSet, shapes: np.ndarray, frame: Grid, blocked: np.ndarray, setback_m: float
) -> np.ndarray:
    """Take setback, obstacles and shaded cells from the polygons of faces.

    Parameters
    ----------
    polygons : numpy.ndarray
        From :func:`face_polygons`.
    faces : FaceSet
        Faces on the window ``frame``.
    shapes : numpy.ndarray
        Outlines, by number of building.
    frame : Grid
        Window the cells count from.
    blocked : numpy.ndarray
        Cells that may carry nothing, bool, shape (n,).
    setback_m : float
        Strip kept free along the outlines [m].

    Returns
    -------
    numpy.ndarray
        One geometry a face, empty where nothing is left.
    """
    inner = shapely.buffer(shapes, -setback_m, join_style="mitre") if setback_m > 0 else shapes.copy()
    bounds = np.searchsorted(faces.building[faces.face], np.arange(len(shapes) + 1))
    for i, (lo, hi) in enumerate(itertools.pairwise(bounds)):
        closed = blocked[lo:hi]
        if not closed.any():
            continue
        part, local = _window(frame, shapes[i], faces.rows[lo:hi], faces.cols[lo:hi])
        mask = np.zeros(part.shape, np.int32)
        mask[local] = closed
        numbers, pieces = _traced(mask, part)
        inner[i] = shapely.difference(inner[i], shapely.union_all(pieces[numbers == 1]))
    return shapely.intersection(polygons, inner[faces.building])


def _window(
    frame: Grid, shape: shapely.Geometry, rows: np.ndarray, cols: np.ndarray
) -> tuple[Grid, tuple[np.ndarray, np.ndarray]]:
    """Part of the frame around an outline, and cells counted from its corner."""
    t = frame.transform
    west, south, east, north = shapely.bounds(shape)
    top = min(int(np.floor((north - t.f) / t.e)), rows.min()) - _MARGIN
    left = min(int(np.floor((west - t.c) / t.a)), cols.min()) - _MARGIN
    bottom = max(int(np.ceil((south - t.f) / t.e)), rows.max() + 1) + _MARGIN
    right = max(int(np.ceil((east - t.c) / t.a)), cols.max() + 1) + _MARGIN
    return frame.part(slice(top, bottom), slice(left, right)), (rows - top, cols - left)


def _traced(label: np.ndarray, part: Grid) -> tuple[np.ndarray, np.ndarray]:
    """Numbers and (multi)polygons of the areas of equal number, one each."""
    found: dict[int, list[shapely.Geometry]] = {}
    for shape, number in traced(label, transform=part.transform):
        rings = shape["coordinates"]
        found.setdefault(int(number), []).append(shapely.Polygon(rings[0], rings[1:]))
    numbers = np.array(sorted(found), dtype=np.int64)
    pieces = [shapely.multipolygons(found[n]) if len(found[n]) > 1 else found[n][0] for n in numbers]
    return numbers, np.array(pieces, dtype=object)
