"""Batches of neighbouring buildings as Dask tasks."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import dask
import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
import xarray as xr
from pyproj import CRS

from guanghui.geo.crs import convergence_deg
from guanghui.geo.grid import Grid
from guanghui.pv.assessment.batch import assess_batch, measure_batch
from guanghui.pv.assessment.ground import Ground
from guanghui.pv.assessment.task import Batch, BatchResult, Detail, Measured, Piece, SiteModel
from guanghui.pv.energy.system import flat_rows
from guanghui.pv.roofs.mounts import flush_roofs
from guanghui.pv.settings import PvSettings
from guanghui.pv.sun.sky import sky_table
from guanghui.pv.sun.weather import Weather

__all__ = ["BATCH_CELLS", "measure_batches", "plan_batches", "run_batches", "site_model"]

BATCH_CELLS = 2048
"""Side of the tiles by which buildings are batched [cells]."""


def site_model(
    weather: Weather,
    settings: PvSettings,
    crs: CRS,
    middle_deg: tuple[float, float],
    *,
    terrain_offset_m: float = 0.0,
    detail: Detail = "table",
) -> SiteModel:
    """Prepare what all batches share: sky table, rows, orientation of the grid.

    Parameters
    ----------
    weather : Weather
        Checked hours.
    settings : PvSettings
        Models and systems.
    crs : pyproj.CRS
        Metric CRS of the surface.
    middle_deg : tuple of float
        Longitude and latitude of the site [°].
    terrain_offset_m : float, default 0
        What the surface reads above the terrain on the same ground [m].
    detail : {"table", "polygons", "modules"}, default "table"
        Whether batches also trace the faces, and lay modules on them.
    """
    convergence = convergence_deg(crs, *middle_deg)
    table = sky_table(
        weather,
        steps=settings.azimuth_steps,
        model=settings.sky_model,
        albedo=settings.albedo,
        convergence=convergence,
        cover=settings.glass,
    )
    return SiteModel(table, settings, flat_rows(settings, middle_deg[1]), convergence, terrain_offset_m, detail)


def plan_batches(
    buildings: gpd.GeoDataFrame,
    grid: Grid,
    settings: PvSettings,
    cells: int = BATCH_CELLS,
    *,
    sample: np.ndarray | None = None,
    weather: np.ndarray | None = None,
) -> list[Batch]:
    """Sort buildings into batches by the tile their middle lies in.

    Parameters
    ----------
    buildings : geopandas.GeoDataFrame
        Outlines in the CRS of the grid.
    grid : Grid
        Grid of the surface.
    settings : PvSettings
        ``reach_m`` is the margin each window needs.
    cells : int
        Side of a tile [cells].
    sample : numpy.ndarray, optional
        Buildings whose offset from the surface is measured, bool, shape (b,); none by default.
    weather : numpy.ndarray, optional
        Number of the weather of each building; a batch has one. All 0 by default.

    Returns
    -------
    list of Batch
        In order of tile; each knows its window, which may reach beyond the grid.
    """
    middle = buildings.geometry.representative_point()
    t = grid.transform
    tile_col = np.floor((middle.x.to_numpy() - t.c) / t.a / cells).astype(int)
    tile_row = np.floor((middle.y.to_numpy() - t.f) / t.e / cells).astype(int)
    margin = int(np.ceil(settings.reach_m / grid.cell[0])) + 2
    shapes = buildings.geometry.to_numpy()
    heights = buildings["height_m"].to_numpy(float)
    measured = np.zeros(len(buildings), bool) if sample is None else sample
    skies = np.zeros(len(buildings), int) if weather is None else weather
    flush = flush_roofs(buildings, settings)
    batches = []
    for (row, col, kind), members in pd.Series(np.arange(len(buildings))).groupby([tile_row, tile_col, skies]):
        index = members.to_numpy()
        west, south, east, north = shapely.total_bounds(shapes[index])
        rows = slice(math.floor((north - t.f) / t.e) - margin, math.ceil((south - t.f) / t.e) + margin)
        cols = slice(math.floor((west - t.c) / t.a) - margin, math.ceil((east - t.c) / t.a) + margin)
        outlines = shapely.to_wkb(shapes[index])
        name = f"{row:04d}_{col:04d}" + (f"_{kind}" if kind else "")
        sampled = np.flatnonzero(measured[index])
        batches.append(Batch(name, index, outlines, heights[index], rows, cols, sampled, int(kind), flush[index]))
    return batches


def run_batches(
    ground: Ground, model: SiteModel | Sequence[SiteModel], batches: list[Batch], tile_folder: Path | None = None
) -> list[BatchResult]:
    """Compute batches with Dask, on whatever scheduler is active.

    Parameters
    ----------
    ground : Ground
        Lazy rasters.
    model : SiteModel or sequence of SiteModel
        From :func:`site_model`; one for each weather of the batches.
    batches : list of Batch
        From :func:`plan_batches`.
    tile_folder : pathlib.Path, optional
        Where rasters of irradiation go.
    """
    models = [model] if isinstance(model, SiteModel) else list(model)
    shared = [dask.delayed(m, pure=True, traverse=False) for m in models]
    task = dask.delayed(assess_batch, pure=False)

    def one(batch: Batch, frame: Grid) -> Any:
        pieces = [_piece(raster, frame.bounds) for raster in (ground.surface, ground.canopy)]
        far = None
        if ground.terrain is not None:
            far = _piece(ground.terrain, _grown(frame.bounds, models[0].settings.terrain_reach_m))
        return task(batch, frame, shared[batch.weather], *pieces, far, tile_folder)

    return _computed(ground, batches, one)


def measure_batches(ground: Ground, batches: list[Batch]) -> list[Measured]:
    """Only measure how far outlines lie beside the surface.

    Parameters
    ----------
    ground : Ground
        Lazy rasters.
    batches : list of Batch
        With a sample; see :func:`plan_batches`.
    """
    task = dask.delayed(measure_batch, pure=False)

    def one(batch: Batch, frame: Grid) -> Any:
        return task(batch, frame, _piece(ground.surface, frame.bounds))

    return _computed(ground, [b for b in batches if len(b.sample)], one)


def _computed(ground: Ground, batches: list[Batch], one: Callable[[Batch, Grid], Any]) -> list[Any]:
    grid = Grid.of(ground.surface)
    return list(dask.compute(*[one(batch, grid.part(batch.rows, batch.cols)) for batch in batches]))


def _grown(bounds: tuple[float, float, float, float], by: float) -> tuple[float, float, float, float]:
    return bounds[0] - by, bounds[1] - by, bounds[2] + by, bounds[3] + by


def _piece(raster: xr.DataArray | None, bounds: tuple[float, float, float, float]) -> Any:
    """Part of a lazy raster inside bounds, as one delayed piece; None where there is none."""
    if raster is None:
        return None
    grid = Grid.of(raster)
    inset = 1e-6 * grid.cell[0]
    rows, cols = grid.window((bounds[0] + inset, bounds[1] + inset, bounds[2] - inset, bounds[3] - inset))
    if rows.start >= rows.stop or cols.start >= cols.stop:
        return None
    values = raster.data[rows, cols].rechunk((-1, -1)).to_delayed()[0, 0]
    return dask.delayed(Piece, pure=False)(values, grid.part(rows, cols))
