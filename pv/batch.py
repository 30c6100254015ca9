"""One batch of neighbouring roofs: a window of the surface in, a table of faces out."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import shapely
from rasterio.features import rasterize

from geo.grid import Grid
from geo.raster import from_numpy, write_cog
from pv.energy import mean_slant
from pv.faces import FaceSet, find_faces
from pv.horizon import Skyline
from pv.irradiation import Irradiation, blend, normals, open_irradiation, shaded_irradiation
from pv.settings import PvSettings
from pv.sky import SkyTable
from pv.system import Rows
from pv.terrain import DistantTerrain, TerrainWindow

__all__ = ["Batch", "BatchResult", "Piece", "SiteModel", "assess_batch"]

_FINE = 2
"""Sub-cells along a side by which the share of a cell inside an outline is counted."""
_MIN_SEEN = 0.6
_MIN_RISE_M = 1.5
_GROUND_RING_M = 6.0
_TILE_DECIMALS = 1
"""Irradiation in rasters is kept to 0.1 kWh/m²: a third of the bytes."""
_EYE_FLUSH_M, _EYE_RACK_M = 0.1, 0.3
"""Height of the modules' middle above the roof plane [m] (assumed)."""


@dataclass(frozen=True)
class SiteModel:
    """What all batches of a region share."""

    table: SkyTable
    settings: PvSettings
    rows: Rows
    convergence: float
    """Grid azimuth + convergence = true azimuth [°]."""
    terrain_offset_m: float = 0.0
    """What the surface model reads above the bare-earth model on the same ground [m]."""


@dataclass(frozen=True)
class Batch:
    """Buildings worked together, and the window of the surface they need."""

    name: str
    index: np.ndarray
    """Positions in the region's buildings."""
    shapes: np.ndarray
    """Outlines as WKB."""
    heights: np.ndarray
    """Height above ground where the surface does not show the building [m]."""
    rows: slice
    cols: slice
    """Window in the surface's grid; it may reach beyond it."""


@dataclass(frozen=True)
class BatchResult:
    """Faces of a batch; ``poa`` holds twelve monthly sums [kWh/m²]."""

    index: np.ndarray
    lod: np.ndarray
    """``surface`` or ``outline`` for each building of ``index``."""
    faces: pd.DataFrame


@dataclass(frozen=True)
class Piece:
    """Known part of a raster, and the grid it lies on."""

    values: np.ndarray
    grid: Grid

    def spread(self, frame: Grid) -> np.ndarray:
        """Lay the piece into a frame of the same grid; NaN where it knows nothing."""
        out = np.full(frame.shape, np.nan, np.float32)
        top = round((frame.transform.f - self.grid.transform.f) / frame.cell[1])
        left = round((self.grid.transform.c - frame.transform.c) / frame.cell[0])
        out[top : top + self.grid.height, left : left + self.grid.width] = self.values
        return out


def assess_batch(
    batch: Batch,
    frame: Grid,
    model: SiteModel,
    surface: Piece | None,
    canopy: Piece | None = None,
    terrain: Piece | None = None,
    tile_folder: Path | None = None,
) -> BatchResult:
    """Find faces, skylines and irradiation of a batch.

    Parameters
    ----------
    batch : Batch
        Buildings.
    frame : Grid
        Window of the surface's grid around them; it may reach beyond the surface.
    model : SiteModel
        Sky, settings, rows.
    surface : Piece or None
        Known part of the surface in the window [m]; None when there is none.
    canopy : Piece, optional
        Top of the trees [m] on the same grid, where the surface has none.
    terrain : Piece, optional
        Coarse bare earth [m] far around.
    tile_folder : pathlib.Path, optional
        Where the raster of irradiation goes.
    """
    settings = model.settings
    z = np.full(frame.shape, np.nan, np.float32) if surface is None else surface.spread(frame)
    shapes = shapely.from_wkb(batch.shapes)
    cells = _Cells.inside(shapes, frame, settings.setback_m)
    lod = _complete(z, cells, batch.heights, frame.cell[0])
    faces = find_faces(z, cells.rows, cells.cols, cells.building, frame.cell[0], tolerance_m=settings.plane_tolerance_m)
    scene = _Scene(z, None if canopy is None else canopy.spread(frame), terrain, frame)
    poa, table = _irradiate(scene, cells, faces, model)
    if tile_folder is not None and len(cells.rows):
        _write_tile(tile_folder / f"{batch.name}.tif", frame, cells, poa)
    table["building"] = batch.index[table["building"].to_numpy(int)]
    return BatchResult(batch.index, lod, table)


@dataclass(frozen=True)
class _Scene:
    """What stands around the roofs of a batch."""

    z: np.ndarray
    canopy: np.ndarray | None
    terrain: Piece | None
    frame: Grid

    def irradiation(
        self, cells: _Cells, work: np.ndarray, eye: np.ndarray, normal: np.ndarray, fence: np.ndarray, model: SiteModel
    ) -> Irradiation:
        """Irradiation of some cells under the skyline of surface, trees and hills."""
        rows, cols = cells.rows[work], cells.cols[work]
        beyond = self._hills(rows, cols, eye, model)

        def under(surface: np.ndarray) -> Irradiation:
            skyline = Skyline(
                surface, self.frame.cell[0], rows, cols, eye, near=model.settings.near_cells,
                reach_m=model.settings.reach_m, origin=_origin(self.frame), beyond=beyond,
            )  # fmt: skip
            return shaded_irradiation(model.table, normal, skyline, fence=fence)

        bare = under(self.z)
        if self.canopy is None or not np.isfinite(self.canopy).any():
            return bare
        return blend(bare, under(np.fmax(self.z, self.canopy)), np.array(model.settings.opacity, np.float32))

    def _hills(self, rows: np.ndarray, cols: np.ndarray, eye: np.ndarray, model: SiteModel) -> DistantTerrain | None:
        if self.terrain is None:
            return None
        t = self.frame.transform
        x, y = t.c + (cols + 0.5) * t.a, t.f + (rows + 0.5) * t.e
        window = TerrainWindow(self.terrain.values, self.terrain.grid, model.terrain_offset_m)
        settings = model.settings
        return DistantTerrain(window, x, y, eye, from_m=settings.reach_m, to_m=settings.terrain_reach_m)


def _origin(frame: Grid) -> tuple[int, int]:
    """Row and column of a window counted from the zero of the CRS, the same for every window of a grid."""
    t = frame.transform
    return round(-t.f / frame.cell[1]), round(t.c / frame.cell[0])


@dataclass(frozen=True)
class _Cells:
    """Cells of the window inside outlines, sorted by building."""

    rows: np.ndarray
    cols: np.ndarray
    building: np.ndarray
    ground_m2: np.ndarray
    """Part of the outline each cell stands for; sums to the outline's area."""
    free_m2: np.ndarray
    """The same for the outline less its setback."""

    @classmethod
    def inside(cls, shapes: np.ndarray, frame: Grid, setback_m: float) -> _Cells:
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


def _complete(z: np.ndarray, cells: _Cells, heights: np.ndarray, cell_m: float) -> np.ndarray:
    """Push up buildings the surface does not show (holes, built after the flight), in place; tell which they were."""
    lod = np.full(len(heights), "surface", dtype=object)
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
        ground = float(np.percentile(known, 5)) if known.size else 0.0
        if seen.mean() < _MIN_SEEN or float(np.median(own[seen])) - ground < _MIN_RISE_M:
            lod[i] = "outline"
            z[r, c] = ground + heights[i]
        elif not seen.all():
            z[r[~seen], c[~seen]] = np.median(own[seen])
    return lod


def _irradiate(scene: _Scene, cells: _Cells, faces: FaceSet, model: SiteModel) -> tuple[np.ndarray, pd.DataFrame]:
    """Irradiation of every cell [kWh/m² by month] and the table of faces."""
    settings = model.settings
    rack = faces.tilt < settings.flat_below
    rack_azimuth = model.rows.azimuth - model.convergence
    tilt = np.where(rack, model.rows.tilt, faces.tilt)
    azimuth = np.where(rack, rack_azimuth, faces.azimuth)
    plane = normals(tilt, azimuth)
    ahead = np.tan(np.radians(model.rows.masking_deg))
    toward = np.radians(rack_azimuth)
    fence = np.where(rack[:, None], ahead * np.array([np.sin(toward), np.cos(toward)]), 0.0)
    face = faces.face
    eye = faces.plane_height() + np.where(rack, _EYE_RACK_M, _EYE_FLUSH_M)[face]
    poa = np.full((len(face), 12), np.nan, np.float32)
    aspects = np.zeros((len(face), 3), np.float32)
    work = ~faces.obstacle & (cells.free_m2 > 0) & (faces.tilt[face] <= settings.max_tilt)
    if work.any():
        got = scene.irradiation(cells, work, eye[work], plane[face[work]], fence[face[work]], model)
        poa[work] = got.monthly
        aspects[work] = np.stack([got.sky_view, got.sky_through, got.normal_beam], axis=1)
    sunny = work & (np.nan_to_num(poa).sum(axis=1) >= settings.min_sun_share * model.table.ghi.sum())
    return poa, _face_table(cells, faces, tilt, azimuth, rack, sunny, poa, aspects, model)


def _face_table(
    cells: _Cells, faces: FaceSet, tilt: np.ndarray, azimuth: np.ndarray, rack: np.ndarray, sunny: np.ndarray,
    poa: np.ndarray, aspects: np.ndarray, model: SiteModel,
) -> pd.DataFrame:  # fmt: skip
    """One row a face; ``aspects`` holds sky in view, the same behind glass, and direct light at right angles."""
    settings = model.settings
    count = len(faces.building)
    slant = 1.0 / np.cos(np.radians(np.minimum(faces.tilt, 85.0)))
    area = np.bincount(faces.face, cells.ground_m2, count) * slant
    weight = np.where(sunny, cells.free_m2, 0.0)
    usable = np.bincount(faces.face, weight, count) * slant
    usable[usable < settings.min_patch_m2] = 0.0
    total = np.bincount(faces.face, weight, count)
    columns = np.concatenate([np.nan_to_num(poa), aspects], axis=1)
    mean = np.stack([np.bincount(faces.face, weight * c, count) for c in columns.T], axis=1)
    mean = np.divide(mean, total[:, None], out=np.zeros_like(mean), where=total[:, None] > 0)
    monthly, (view, through, normal_beam) = mean[:, :12], mean[:, 12:].T
    free = open_irradiation(model.table, tilt, azimuth)
    slant = mean_slant(model.table, monthly, view, normal_beam)
    free_slant = mean_slant(model.table, free.monthly, free.sky_view, free.normal_beam)
    modules = usable * settings.packing * np.where(rack, model.rows.gcr, 1.0)
    return pd.DataFrame(
        {
            "building": faces.building,
            "face": np.arange(count),
            "surface_tilt": faces.tilt,
            "surface_azimuth": (faces.azimuth + model.convergence) % 360.0,
            "module_tilt": tilt,
            "module_azimuth": (azimuth + model.convergence) % 360.0,
            "rack": rack,
            "rmse_m": faces.rmse_m,
            "area_m2": area,
            "usable_m2": usable,
            "modules_m2": modules,
            "capacity_kwp": modules * settings.module_w_m2 / 1000.0,
            "open_poa": free.annual,
            "sky_view": view,
            "sky_through": through,
            "slant": slant - free_slant,
            "poa": list(monthly),
        }
    )


def _write_tile(path: Path, frame: Grid, cells: _Cells, poa: np.ndarray) -> None:
    """Write irradiation of the year and the months around the batch's own roofs."""
    rows = slice(int(cells.rows.min()), int(cells.rows.max()) + 1)
    cols = slice(int(cells.cols.min()), int(cells.cols.max()) + 1)
    part = frame.part(rows, cols)
    image = np.full((13, part.height, part.width), np.nan, np.float32)
    poa = np.round(poa, _TILE_DECIMALS)
    image[0, cells.rows - rows.start, cells.cols - cols.start] = np.round(poa.sum(axis=1), _TILE_DECIMALS)
    image[1:, cells.rows - rows.start, cells.cols - cols.start] = poa.T
    array = from_numpy(image, part, name="poa", units="kWh/m²")
    array.attrs["long_name"] = "plane-of-array irradiation"
    write_cog(array, path, bands=["year", *[f"month {m:02d}" for m in range(1, 13)]])
