"""One batch of neighbouring roofs: a window of the surface in, a table of faces out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import shapely

from geo.grid import Grid
from geo.raster import from_numpy, write_cog
from pv.cells import RoofCells, push_up
from pv.horizon import Skyline
from pv.irradiation import normals, open_irradiation, shaded_irradiation
from pv.planes import FaceSet, find_faces
from pv.settings import PvSettings
from pv.sky import SkyTable
from pv.system import Rows
from pv.terrain import DistantTerrain, TerrainWindow

__all__ = ["Batch", "BatchResult", "Piece", "SiteModel", "assess_batch"]

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
    cells = RoofCells.inside(shapes, frame, settings.setback_m)
    lod = push_up(z, cells, batch.heights, frame.cell[0])
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
        self,
        cells: RoofCells,
        work: np.ndarray,
        eye: np.ndarray,
        normal: np.ndarray,
        fence: np.ndarray,
        model: SiteModel,
    ) -> np.ndarray:
        """Monthly irradiation of some cells under the skyline of surface, trees and hills [kWh/m²]."""
        rows, cols = cells.rows[work], cells.cols[work]
        beyond = self._hills(rows, cols, eye, model)

        def under(surface: np.ndarray) -> np.ndarray:
            skyline = Skyline(
                surface, self.frame.cell[0], rows, cols, eye, near=model.settings.near_cells,
                reach_m=model.settings.reach_m, origin=_origin(self.frame), beyond=beyond,
            )  # fmt: skip
            return shaded_irradiation(model.table, normal, skyline, fence=fence).monthly

        bare = under(self.z)
        if self.canopy is None or not np.isfinite(self.canopy).any():
            return bare
        opacity = np.array(model.settings.opacity, np.float32)
        return bare * (1 - opacity) + under(np.fmax(self.z, self.canopy)) * opacity

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


def _irradiate(scene: _Scene, cells: RoofCells, faces: FaceSet, model: SiteModel) -> tuple[np.ndarray, pd.DataFrame]:
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
    work = ~faces.obstacle & (cells.free_m2 > 0) & (faces.tilt[face] <= settings.max_tilt)
    if work.any():
        poa[work] = scene.irradiation(cells, work, eye[work], plane[face[work]], fence[face[work]], model)
    sunny = work & (np.nan_to_num(poa).sum(axis=1) >= settings.min_sun_share * model.table.ghi.sum())
    return poa, _face_table(cells, faces, tilt, azimuth, rack, sunny, poa, model)


def _face_table(
    cells: RoofCells, faces: FaceSet, tilt: np.ndarray, azimuth: np.ndarray, rack: np.ndarray, sunny: np.ndarray,
    poa: np.ndarray, model: SiteModel,
) -> pd.DataFrame:  # fmt: skip
    settings = model.settings
    count = len(faces.building)
    slant = 1.0 / np.cos(np.radians(np.minimum(faces.tilt, 85.0)))
    area = np.bincount(faces.face, cells.ground_m2, count) * slant
    weight = np.where(sunny, cells.free_m2, 0.0)
    usable = np.bincount(faces.face, weight, count) * slant
    usable[usable < settings.min_patch_m2] = 0.0
    total = np.bincount(faces.face, weight, count)
    monthly = np.stack([np.bincount(faces.face, weight * np.nan_to_num(poa[:, m]), count) for m in range(12)], axis=1)
    monthly = np.divide(monthly, total[:, None], out=np.zeros_like(monthly), where=total[:, None] > 0)
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
            "open_poa": open_irradiation(model.table, tilt, azimuth).annual,
            "poa": list(monthly),
        }
    )


def _write_tile(path: Path, frame: Grid, cells: RoofCells, poa: np.ndarray) -> None:
    """Write irradiation of the year and the months around the batch's own roofs."""
    rows = slice(int(cells.rows.min()), int(cells.rows.max()) + 1)
    cols = slice(int(cells.cols.min()), int(cells.cols.max()) + 1)
    part = frame.part(rows, cols)
    image = np.full((13, part.height, part.width), np.nan, np.float32)
    image[0, cells.rows - rows.start, cells.cols - cols.start] = poa.sum(axis=1)
    image[1:, cells.rows - rows.start, cells.cols - cols.start] = poa.T
    array = from_numpy(image, part, name="poa", units="kWh/m²")
    array.attrs["long_name"] = "plane-of-array irradiation"
    write_cog(array, path, bands=["year", *[f"month {m:02d}" for m in range(1, 13)]])
