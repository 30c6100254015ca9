"""One batch of neighbouring roofs: a window of the surface in, a table of faces out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import shapely

from guanghui.geo.grid import Grid
from guanghui.geo.raster import from_numpy, write_cog
from guanghui.pv.assessment.scene import Scene
from guanghui.pv.assessment.task import Batch, BatchResult, Measured, Piece, SiteModel
from guanghui.pv.assessment.thin import NONE, between, open_cells
from guanghui.pv.energy.hourly import mean_slant
from guanghui.pv.roofs.account import area_account
from guanghui.pv.roofs.cells import RoofCells, push_up
from guanghui.pv.roofs.facets import face_polygons, free_polygons
from guanghui.pv.roofs.gables import split_small_gables
from guanghui.pv.roofs.modules import Mount, lay_modules, main_direction
from guanghui.pv.roofs.offset import edge_scores
from guanghui.pv.roofs.packing import filled_share
from guanghui.pv.roofs.planes import FaceSet, find_faces
from guanghui.pv.shade.irradiation import normals, open_irradiation

__all__ = ["assess_batch", "measure_batch"]

_TILE_DECIMALS = 1
"""Irradiation in rasters is kept to 0.1 kWh/m²: a third of the bytes."""
_LOOKOUTS = 5
"""Cells of a face whose skyline is kept for its hours."""
_EYE_FLUSH_M, _EYE_RACK_M = 0.1, 0.3
"""Height of the modules' middle above the roof plane [m] (assumed)."""


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
    measured = _measure(batch, frame, z, shapes)
    cells = RoofCells.inside(shapes, frame, settings.setback_m)
    lod, base = push_up(z, cells, batch.heights, frame.cell[0])
    tolerance = settings.plane_tolerance_m
    faces = find_faces(z, cells.rows, cells.cols, cells.building, frame.cell[0], tolerance_m=tolerance)
    faces = split_small_gables(faces, z, tolerance_m=tolerance)
    scene = Scene(z, None if canopy is None else canopy.spread(frame), terrain, frame)
    mounts = _Mounts.on(faces, model, batch.flush)
    sides, free = _irradiate(scene, cells, faces, mounts, model)
    if tile_folder is not None and len(cells.rows):
        poa = np.mean([side.poa for side in sides], axis=0)
        _write_tile(tile_folder / f"{batch.name}.tif", frame, cells, poa)
    table = _face_table(cells, faces, sides, free, base, model)
    modules = None
    if model.detail == "hours":
        table["skyline"] = list(_skylines(scene, cells, faces, free, mounts, model))
    elif model.detail != "table":
        outlines = face_polygons(faces, shapes, frame)
        table["geometry"] = outlines
        if model.detail == "modules":
            blocked = ~free & (cells.free_m2 > 0)
            open_to = free_polygons(outlines, faces, shapes, frame, blocked, settings.setback_m)
            modules = _lay(open_to, shapes, faces, mounts, table, model)
            modules["building"] = batch.index[modules["building"].to_numpy(int)]
    table["building"] = batch.index[table["building"].to_numpy(int)]
    return BatchResult(batch.index, lod, table, measured, modules, batch.weather)


def measure_batch(batch: Batch, frame: Grid, surface: Piece | None) -> Measured:
    """Only measure the offset of the batch's sample.

    Parameters
    ----------
    batch : Batch
        Buildings.
    frame : Grid
        Window of the surface's grid around them.
    surface : Piece or None
        Known part of the surface in the window [m].
    """
    z = np.full(frame.shape, np.nan, np.float32) if surface is None else surface.spread(frame)
    return _measure(batch, frame, z, shapely.from_wkb(batch.shapes))


def _measure(batch: Batch, frame: Grid, z: np.ndarray, shapes: np.ndarray) -> Measured:
    return Measured(batch.index[batch.sample], edge_scores(z, frame, shapes[batch.sample]))


@dataclass(frozen=True)
class _Mounts:
    """How modules stand on each face; azimuths from grid north [°]."""

    rack: np.ndarray
    tilt: np.ndarray
    azimuth: np.ndarray
    """Of the modules; of the first of two rows standing back to back."""
    toward: float
    """Where racks look [°]."""

    @classmethod
    def on(cls, faces: FaceSet, model: SiteModel, flush: np.ndarray) -> _Mounts:
        level = faces.tilt < model.settings.flat_below
        rack = level & ~flush[faces.building] if len(flush) else level & (model.settings.preset != "flush")
        toward = model.rows.azimuth - model.convergence
        return cls(rack, np.where(rack, model.rows.tilt, faces.tilt), np.where(rack, toward, faces.azimuth), toward)

    def turned(self, by: float) -> _Mounts:
        """The rows that stand back to back with these."""
        return _Mounts(self.rack, self.tilt, np.where(self.rack, self.azimuth + by, self.azimuth), self.toward + by)


@dataclass(frozen=True)
class _Side:
    """Light on the modules of every cell that look one way."""

    mounts: _Mounts
    poa: np.ndarray
    """By month [kWh/m²], float32, NaN where not worked, shape (n, 12)."""
    aspects: np.ndarray
    """Sky in view, the same behind glass, direct light at right angles; shape (n, 3)."""


def _irradiate(
    scene: Scene, cells: RoofCells, faces: FaceSet, mounts: _Mounts, model: SiteModel
) -> tuple[list[_Side], np.ndarray]:
    """Light on every cell, from both sides where racks stand in pairs; and which cells may carry modules."""
    settings = model.settings
    face = faces.face
    work = ~faces.obstacle & (cells.free_m2 > 0) & (faces.tilt[face] <= settings.max_tilt)
    sides = [_on_modules(scene, cells, faces, work, mounts, model)]
    if model.rows.per_pitch == 2:
        back = _on_modules(scene, cells, faces, work & mounts.rack[face], mounts.turned(180.0), model)
        front, flush = sides[0], ~mounts.rack[face]
        back.poa[flush], back.aspects[flush] = front.poa[flush], front.aspects[flush]
        sides.append(back)
    year = np.mean([np.nan_to_num(s.poa).sum(axis=1) for s in sides], axis=0)
    return sides, work & (year >= settings.min_sun_share * model.table.ghi.sum())


def _on_modules(
    scene: Scene, cells: RoofCells, faces: FaceSet, work: np.ndarray, mounts: _Mounts, model: SiteModel
) -> _Side:
    """Light on the modules of some cells, behind the row in front."""
    face = faces.face
    poa = np.full((len(face), 12), np.nan, np.float32)
    aspects = np.zeros((len(face), 3), np.float32)
    if work.any():
        left, beside = (NONE, NONE) if model.settings.every_cell else open_cells(scene.top, faces, work, scene.origin)
        work = work.copy()
        work[left] = False
        eye = faces.plane_height() + np.where(mounts.rack, _EYE_RACK_M, _EYE_FLUSH_M)[face]
        plane = normals(mounts.tilt, mounts.azimuth)
        ahead = np.tan(np.radians(model.rows.masking_deg))
        toward = np.radians(mounts.toward)
        fence = np.where(mounts.rack[:, None], ahead * np.array([np.sin(toward), np.cos(toward)]), 0.0)
        got = scene.irradiation(cells, work, eye[work], plane[face[work]], fence[face[work]], model)
        poa[work] = got.monthly
        aspects[work] = np.stack([got.sky_view, got.sky_through, got.normal_beam], axis=1)
        for values in (poa, aspects):
            between(values, left, beside)
    return _Side(mounts, poa, aspects)


def _light_columns(side: _Side, faces: FaceSet, weight: np.ndarray, model: SiteModel) -> dict[str, object]:
    """Light on each face, averaged over the cells that carry modules, and that of the open plane."""
    count = len(faces.building)
    total = np.bincount(faces.face, weight, count)
    columns = np.concatenate([np.nan_to_num(side.poa), side.aspects], axis=1)
    mean = np.stack([np.bincount(faces.face, weight * c, count) for c in columns.T], axis=1)
    mean = np.divide(mean, total[:, None], out=np.zeros_like(mean), where=total[:, None] > 0)
    monthly, (view, through, normal_beam) = mean[:, :12], mean[:, 12:].T
    free = open_irradiation(model.table, side.mounts.tilt, side.mounts.azimuth)
    slant = mean_slant(model.table, monthly, view, normal_beam)
    free_slant = mean_slant(model.table, free.monthly, free.sky_view, free.normal_beam)
    return {
        "open_poa": free.annual,
        "sky_view": view,
        "sky_through": through,
        "slant": slant - free_slant,
        "poa": list(monthly),
    }


def _face_table(
    cells: RoofCells, faces: FaceSet, sides: list[_Side], free: np.ndarray, base: np.ndarray, model: SiteModel
) -> pd.DataFrame:
    settings, mounts = model.settings, sides[0].mounts
    count = len(faces.building)
    slant = 1.0 / np.cos(np.radians(np.minimum(faces.tilt, 85.0)))
    ground = np.bincount(faces.face, cells.ground_m2, count)
    weight = np.where(free, cells.free_m2, 0.0)
    usable = np.bincount(faces.face, weight, count) * slant
    usable[usable < settings.min_patch_m2] = 0.0
    account = area_account(cells, faces, free, usable > 0, settings)
    modules = usable * filled_share(usable, settings) * np.where(mounts.rack, model.rows.gcr, 1.0)
    height = np.bincount(faces.face, cells.ground_m2 * faces.plane_height(), count)
    light = [_light_columns(side, faces, weight, model) for side in sides]
    table = pd.DataFrame(
        {
            "building": faces.building,
            "face": np.arange(count),
            "surface_tilt": faces.tilt,
            "surface_azimuth": (faces.azimuth + model.convergence) % 360.0,
            "module_tilt": mounts.tilt,
            "module_azimuth": (mounts.azimuth + model.convergence) % 360.0,
            "rack": mounts.rack,
            "rmse_m": faces.rmse_m,
            "height_m": np.divide(height, ground, out=np.zeros(count), where=ground > 0) - base[faces.building],
            "area_m2": ground * slant,
            "ground_m2": ground,
            "obstacle_m2": np.bincount(faces.face, np.where(faces.obstacle, cells.ground_m2, 0.0), count) * slant,
            "usable_m2": usable,
            "modules_m2": modules,
            "capacity_kwp": modules * settings.module_w_m2 / 1000.0,
            **account,
            **light[0],
        }
    )
    for back in light[1:]:
        table["open_poa"] = (table["open_poa"] + back.pop("open_poa")) / 2
        table = table.assign(**{f"back_{name}": values for name, values in back.items()})
    return table


def _skylines(
    scene: Scene, cells: RoofCells, faces: FaceSet, free: np.ndarray, mounts: _Mounts, model: SiteModel
) -> np.ndarray:
    """Skyline of a few cells of each face that carry modules, sines in 255ths, shape (faces, cells, nodes)."""
    out = np.zeros((len(faces.building), _LOOKOUTS, len(model.table.nodes)), np.uint8)
    order = np.flatnonzero(free)
    order = order[np.argsort(faces.face[order], kind="stable")]
    first = np.searchsorted(faces.face[order], np.arange(len(faces.building) + 1))
    used = np.flatnonzero(np.diff(first) > 0)
    if not len(used):
        return out
    width = np.diff(first)[used]
    step = (np.arange(_LOOKOUTS) + 0.5) / _LOOKOUTS
    pick = order[first[used][:, None] + (step * width[:, None]).astype(int)].ravel()
    lift = np.where(mounts.rack, _EYE_RACK_M, _EYE_FLUSH_M)[faces.face[pick]]
    plane = normals(mounts.tilt, mounts.azimuth)[faces.face[pick]]
    sines = scene.skyline_sines(cells.rows[pick], cells.cols[pick], faces.plane_height()[pick] + lift, plane, model)
    out[used] = np.round(255.0 * np.clip(sines.T, 0, 1)).astype(np.uint8).reshape(len(used), _LOOKOUTS, -1)
    return out


def _lay(
    open_to: np.ndarray, shapes: np.ndarray, faces: FaceSet, mounts: _Mounts, table: pd.DataFrame, model: SiteModel
) -> pd.DataFrame:
    """Modules on every face that is used."""
    frames = []
    headings: dict[int, float] = {}
    for f in np.flatnonzero(table["usable_m2"].to_numpy() > 0):
        owner = int(faces.building[f])
        if owner not in headings:
            headings[owner] = main_direction(shapes[owner])
        mount = Mount(
            (float(faces.slope[f, 0]), float(faces.slope[f, 1])), float(mounts.tilt[f]), float(mounts.azimuth[f]),
            bool(mounts.rack[f]),
        )  # fmt: skip
        laid = lay_modules(open_to[f], mount, headings[owner], model.rows, model.settings)
        frames.append(laid.assign(building=owner, face=f))
    if not frames:
        columns = ["surface_tilt", "surface_azimuth", "portrait", "geometry", "building", "face"]
        return pd.DataFrame(columns=columns)
    modules = pd.concat(frames, ignore_index=True)
    modules["surface_azimuth"] = (modules["surface_azimuth"] + model.convergence) % 360.0
    return modules


def _write_tile(path: Path, frame: Grid, cells: RoofCells, poa: np.ndarray) -> None:
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
