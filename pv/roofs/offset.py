"""How far outlines lie beside the surface, found from the step in height along their edges.

An outline digitised from another picture, or in a shifted datum, lies beside its roof; then walls are taken for roof
and eaves for ground. For a shift of all outlines the score is the mean step in height from just outside to just inside
the edges, each step limited so that a tower or a tree weighs no more than a house. The shift with the highest score
is what the outlines would have to be moved by. Townships are measured one by one, since outlines often come in sheets.
"""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from guanghui.geo.compiled import njit
from guanghui.geo.grid import Grid
from guanghui.geo.notes import Notes

__all__ = ["Offset", "edge_scores", "find_offset", "moved", "offsets_by_township", "pick_sample", "report_offsets"]

_jit = njit(nogil=True, cache=True, error_model="numpy")
STEP_M, FARTHEST_M = 0.5, 4.0
SHIFTS = np.arange(-FARTHEST_M, FARTHEST_M + STEP_M / 2, STEP_M)
"""Shifts tried along each axis [m]."""
_PEAK_M = 1.0
_LIMIT_M = 3.0
_POINT_M = 1.0
_SMALLEST_M2, _LARGEST_M2 = 40.0, 3000.0
_FEWEST = 15
_PER_TOWNSHIP = 80
_DRAWS = 30
_NOTED_M = 0.5
_SURE_M = 0.25


@dataclass(frozen=True)
class Offset:
    """Where outlines lie, seen from the surface."""

    east_m: float
    """Positive: the outlines lie to the east of the roofs [m]."""
    north_m: float
    error_m: float
    """Standard error of either, from redrawing the sample of roofs [m]."""
    roofs: int
    """Roofs measured."""

    @property
    def distance_m(self) -> float:
        """Length of the offset [m]."""
        return float(np.hypot(self.east_m, self.north_m))

    @property
    def sure(self) -> bool:
        """Whether it is known well enough to act on."""
        return self.roofs >= _FEWEST and self.error_m <= _SURE_M

    @property
    def matters(self) -> bool:
        """Whether it is sure, and larger than what outlines and lidar are good for."""
        return self.sure and self.distance_m > max(_NOTED_M, 3 * self.error_m)


def pick_sample(buildings: gpd.GeoDataFrame) -> np.ndarray:
    """Choose the roofs to be measured: ordinary ones, evenly from each township.

    Parameters
    ----------
    buildings : geopandas.GeoDataFrame
        Outlines in a metric CRS, column ``township_code``.

    Returns
    -------
    numpy.ndarray
        bool, shape (b,). A township's sample is the same whichever others are worked.
    """
    area = buildings.area.to_numpy()
    fit = np.flatnonzero((area >= _SMALLEST_M2) & (area <= _LARGEST_M2))
    town = _towns(buildings)[fit]
    chosen = np.zeros(len(buildings), bool)
    for code in pd.unique(town):
        of_town = fit[town == code]
        count = min(len(of_town), _PER_TOWNSHIP)
        chosen[of_town[np.linspace(0, len(of_town) - 1, count).astype(int)]] = True
    return chosen


def _towns(buildings: gpd.GeoDataFrame) -> np.ndarray:
    """Code of the township of each building."""
    return buildings["township_code"].astype(str).to_numpy()


def edge_scores(z: np.ndarray, frame: Grid, shapes: np.ndarray) -> np.ndarray:
    """Mean limited step in height along the edges of each outline, for every shift tried.

    Parameters
    ----------
    z : numpy.ndarray
        Heights of the window [m], float32, NaN where unknown.
    frame : Grid
        Its grid.
    shapes : numpy.ndarray
        Outlines in the CRS of the frame, shape (n,).

    Returns
    -------
    numpy.ndarray
        [m], float32, shape (n, shifts north, shifts east); NaN where the surface shows nothing.
    """
    t = frame.transform
    reach = max(0.5, 0.75 * frame.cell[0])
    out = np.full((len(shapes), len(SHIFTS), len(SHIFTS)), np.nan, np.float32)
    for i, shape in enumerate(shapes):
        middle, inward = _edges(shape)
        if len(middle) == 0:
            continue
        inner, outer = middle + reach * inward, middle - reach * inward
        _score(
            z, (inner[:, 0] - t.c) / t.a - 0.5, (inner[:, 1] - t.f) / t.e - 0.5, (outer[:, 0] - t.c) / t.a - 0.5,
            (outer[:, 1] - t.f) / t.e - 0.5, SHIFTS / t.a, SHIFTS / t.e, _LIMIT_M, out[i],
        )  # fmt: skip
    return out


def _edges(shape: shapely.Geometry) -> tuple[np.ndarray, np.ndarray]:
    """Points along all rings of an outline and the unit vectors into it, shapes (p, 2)."""
    rings = shapely.get_rings(shapely.orient_polygons(shapely.get_parts(shape)))
    points, inward = [np.zeros((0, 2))], [np.zeros((0, 2))]
    for ring in rings:
        corner = shapely.get_coordinates(shapely.segmentize(ring, _POINT_M))
        along = np.diff(corner, axis=0)
        length = np.hypot(along[:, 0], along[:, 1])
        keep = length > 1e-3
        points.append((corner[:-1] + along / 2)[keep])
        inward.append(np.column_stack([-along[keep, 1], along[keep, 0]]) / length[keep, None])
    return np.concatenate(points), np.concatenate(inward)


@_jit
def _at(z, x, y):  # type: ignore[no-untyped-def]
    """Bilinear height at a place in cells; NaN beyond the window."""
    c, r = int(np.floor(x)), int(np.floor(y))
    if r < 0 or c < 0 or r + 1 >= z.shape[0] or c + 1 >= z.shape[1]:
        return np.nan
    fx, fy = x - c, y - r
    return (z[r, c] * (1 - fx) + z[r, c + 1] * fx) * (1 - fy) + (z[r + 1, c] * (1 - fx) + z[r + 1, c + 1] * fx) * fy


@_jit
def _score(z, in_x, in_y, out_x, out_y, east, north, limit, out):  # type: ignore[no-untyped-def]
    for j in range(north.size):
        for i in range(east.size):
            total = 0.0
            count = 0
            for p in range(in_x.size):
                dx, dy = east[i], north[j]
                step = _at(z, in_x[p] + dx, in_y[p] + dy) - _at(z, out_x[p] + dx, out_y[p] + dy)
                if step == step:
                    total += min(max(step, -limit), limit)
                    count += 1
            if 2 * count >= in_x.size and count > 0:
                out[j, i] = total / count


def find_offset(scores: np.ndarray, seed: int = 0) -> Offset | None:
    """Offset of outlines from the scores of single roofs.

    Parameters
    ----------
    scores : numpy.ndarray
        From :func:`edge_scores`, shape (n, shifts north, shifts east).
    seed : int, default 0
        Of the redrawn samples.

    Returns
    -------
    Offset or None
        None when no shift within reach is the best, or nothing stands up along the edges.
    """
    known = scores[np.isfinite(scores).all(axis=(1, 2))].astype(float)
    if len(known) == 0:
        return None
    best = _peak(known.mean(axis=0))
    if best is None:
        return None
    rng = np.random.default_rng(seed)
    draws = rng.multinomial(len(known), np.full(len(known), 1 / len(known)), _DRAWS) / len(known)
    again = [p for p in (_peak(np.tensordot(w, known, 1)) for w in draws) if p is not None]
    if len(again) < 0.8 * _DRAWS:
        return None
    error = float(np.sqrt(np.mean(np.var(np.array(again), axis=0))))
    return Offset(-best[0], -best[1], error, len(known))


def _peak(score: np.ndarray) -> tuple[float, float] | None:
    """Shift east and north of the highest score, by a quadratic surface fitted around it [m]."""
    j, i = np.unravel_index(int(np.argmax(score)), score.shape)
    k = round(_PEAK_M / STEP_M)
    if score[j, i] < 0.2 or not (k <= j < len(SHIFTS) - k and k <= i < len(SHIFTS) - k):
        return None
    y, x = np.meshgrid(SHIFTS[j - k : j + k + 1], SHIFTS[i - k : i + k + 1], indexing="ij")
    x, y, v = x.ravel() - SHIFTS[i], y.ravel() - SHIFTS[j], score[j - k : j + k + 1, i - k : i + k + 1].ravel()
    a = np.column_stack([np.ones_like(x), x, y, x * x, x * y, y * y])
    _, gx, gy, xx, xy, yy = np.linalg.lstsq(a, v, rcond=None)[0]
    curve = np.array([[2 * xx, xy], [xy, 2 * yy]])
    if xx >= 0 or np.linalg.det(curve) <= 0:
        return None
    move = np.clip(np.linalg.solve(curve, [-gx, -gy]), -_PEAK_M, _PEAK_M)
    return float(SHIFTS[i] + move[0]), float(SHIFTS[j] + move[1])


def offsets_by_township(buildings: gpd.GeoDataFrame, index: np.ndarray, scores: np.ndarray) -> dict[str, Offset]:
    """Offsets of townships; under the key ``""`` that of the whole region.

    Parameters
    ----------
    buildings : geopandas.GeoDataFrame
        Outlines, column ``township_code``.
    index : numpy.ndarray
        Positions of the roofs measured, shape (n,).
    scores : numpy.ndarray
        Their scores.
    """
    order = np.argsort(index, kind="stable")
    index, scores = index[order], scores[order]
    code = _towns(buildings)[index]
    groups = {"": np.ones(len(index), bool), **{str(c): code == c for c in sorted(pd.unique(code))}}
    found = {name: find_offset(scores[members]) for name, members in groups.items()}
    return {name: offset for name, offset in found.items() if offset is not None}


def moved(buildings: gpd.GeoDataFrame, offsets: dict[str, Offset]) -> gpd.GeoDataFrame:
    """Outlines laid over their roofs: each township by its own offset, by the region's where its own is not sure.

    Parameters
    ----------
    buildings : geopandas.GeoDataFrame
        Outlines, column ``township_code``.
    offsets : dict of str to Offset
        From :func:`offsets_by_township`; offsets that do not matter move nothing.
    """
    shift = np.zeros((len(buildings), 2))
    code = _towns(buildings)
    for town in pd.unique(code):
        own = offsets.get(town)
        used = own if own is not None and own.sure else offsets.get("")
        if used is not None and used.matters:
            shift[code == town] = -used.east_m, -used.north_m
    shapes = buildings.geometry.to_numpy()
    count = shapely.get_num_coordinates(shapes)
    there = shapely.set_coordinates(shapes.copy(), shapely.get_coordinates(shapes) + np.repeat(shift, count, axis=0))
    return buildings.set_geometry(gpd.GeoSeries(there, index=buildings.index, crs=buildings.crs))


def report_offsets(offsets: dict[str, Offset], notes: Notes, *, applied: bool) -> None:
    """Tell offsets that matter: the region's, and those of townships that differ from it.

    Parameters
    ----------
    offsets : dict of str to Offset
        From :func:`offsets_by_township`.
    notes : Notes
        Where doubts go.
    applied : bool
        Whether the outlines were moved.
    """
    whole = offsets.get("")
    done, done_zh = ("they were moved", "已平移修正") if applied else ('set [pv] outline_snap = "apply"', "未修正")
    for town, found in offsets.items():
        same = town and whole is not None and np.hypot(
            found.east_m - whole.east_m, found.north_m - whole.north_m
        ) < _NOTED_M + 3 * found.error_m  # fmt: skip
        if same or not found.matters:
            continue
        place, place_zh = (f" of township {town}", f"（{town}）") if town else ("", "")
        figures = f"{found.east_m:+.1f} m east and {found.north_m:+.1f} m north"
        notes.add("buildings",
                  f"outlines{place} lie {figures} of the surface (±{found.error_m:.1f} m, {found.roofs} roofs); {done}",
                  f"建筑轮廓{place_zh}相对地表模型偏东 {found.east_m:+.1f} 米、偏北 {found.north_m:+.1f} 米"
                  f"（±{found.error_m:.1f} 米，{found.roofs} 栋），{done_zh}")  # fmt: skip
