"""The survey of a region's roofs: outlines, surface and weather in, one row for each building out.

Buildings are worked in batches, neighbours together. A batch reads the window of the surface it needs (its buildings
and everything within reach of them), finds faces, skylines and irradiation there, and returns a small table, so memory
is bounded by the batch and tiles without roofs cost nothing. Batches are independent Dask tasks: threads, a local
cluster or a remote one run the same code, and because a skyline sees exactly ``reach_m`` far the result does not depend
on how buildings are batched.
"""

from __future__ import annotations

import logging
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import dask
import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
import xarray as xr
from pyproj import CRS

from geo.crs import convergence_deg
from geo.errors import InputError
from geo.grid import Grid
from geo.notes import Notes
from geo.raster import RasterSource, on_grid
from geo.surface import FOOT_M, canopy_top, extruded_surface, sample_heights, surface_model
from pv.batch import Batch, BatchResult, Piece, SiteModel, assess_batch
from pv.energy import Light, energy_per_kwp
from pv.settings import PvSettings
from pv.sky import sky_table
from pv.system import flat_rows
from pv.terrain import COARSE_CELL_M
from pv.weather import Weather

__all__ = ["MONTH_COLUMNS", "ROOF_UNITS", "PvCity", "assess", "plan_batches"]

log = logging.getLogger(__name__)

BATCH_CELLS = 2048
"""Side of the tiles by which buildings are batched [cells]."""
_DATUM_SLACK_M = 10.0
MONTH_COLUMNS = [f"yield_{m:02d}" for m in range(1, 13)]
ROOF_UNITS = {
    **dict.fromkeys(["footprint_m2", "roof_m2", "usable_m2", "modules_m2"], "m²"),
    **dict.fromkeys(["surface_tilt", "surface_azimuth"], "°"),
    **dict.fromkeys(["poa_kwh_m2", "ghi_kwh_m2"], "kWh/m²"),
    **dict.fromkeys(["yield_kwh", *MONTH_COLUMNS], "kWh"),
    "height_m": "m",
    "capacity_kwp": "kWp",
    "specific_yield_kwh_kwp": "kWh/kWp",
    "shading_loss_pct": "%",
}


class PvCity(Protocol):
    """What the survey needs to know of a region."""

    @property
    def buildings(self) -> gpd.GeoDataFrame | None:
        """Outlines in the region's CRS, as :func:`geo.buildings.read_buildings` returns them."""

    @property
    def surface(self) -> RasterSource | None:
        """Surface model, if there is one."""

    @property
    def terrain(self) -> RasterSource | None:
        """Bare-earth model, if there is one."""

    @property
    def canopy(self) -> RasterSource | None:
        """Trees the surface model does not show, if there are any."""

    @property
    def weather(self) -> Weather:
        """Checked hours."""

    @property
    def crs(self) -> CRS:
        """Metric CRS."""

    @property
    def middle_deg(self) -> tuple[float, float]:
        """Longitude and latitude the sun is computed for [°]; the same whichever townships are worked."""

    @property
    def settings(self) -> Any:
        """Carries ``pv`` (:class:`PvSettings`), ``surface_unit`` and ``canopy_is``."""

    @property
    def notes(self) -> Notes:
        """Where doubts go."""


def assess(city: PvCity, *, tile_folder: Path | None = None) -> gpd.GeoDataFrame:
    """Survey every roof of a region.

    Parameters
    ----------
    city : PvCity
        Outlines, surface, weather and settings.
    tile_folder : pathlib.Path, optional
        Where each batch writes its raster of plane irradiation (GeoTIFF, year and months, kWh/m²).

    Returns
    -------
    geopandas.GeoDataFrame
        One row a building, in the order of ``city.buildings``; columns and units in ``ROOF_UNITS`` and the docs.

    Raises
    ------
    InputError
        If the region has no outlines.
    """
    buildings = city.buildings
    if buildings is None or buildings.empty:
        raise InputError("[buildings]: the PV survey needs outlines; give path, or run the sinks alone.")
    settings: PvSettings = city.settings.pv
    ground = open_ground(city, buildings)
    model = site_model(city.weather, settings, city.crs, city.middle_deg, terrain_offset_m=ground.terrain_offset_m)
    batches = plan_batches(buildings, Grid.of(ground.surface), settings)
    log.info("surveying %d roofs in %d batches", len(buildings), len(batches))
    results = run_batches(ground, model, batches, tile_folder)
    return _roofs(buildings, results, model, city)


@dataclass(frozen=True)
class Ground:
    """Rasters of the region, lazy."""

    surface: xr.DataArray
    """Heights that the sun meets [m]."""
    canopy: xr.DataArray | None = None
    """Top of trees the surface does not show [m], on the same grid."""
    terrain: xr.DataArray | None = None
    """Coarse bare earth far around [m]."""
    terrain_offset_m: float = 0.0
    """What the surface reads above the terrain on the same ground [m]."""


def open_ground(city: PvCity, buildings: gpd.GeoDataFrame) -> Ground:
    """Open surface, trees and distant terrain of a region lazily.

    Parameters
    ----------
    city : PvCity
        Sources and settings.
    buildings : geopandas.GeoDataFrame
        Outlines; they are pushed up to their height where there is no surface model.
    """
    settings: PvSettings = city.settings.pv
    far = _distant(city, buildings) if settings.terrain_reach_m > settings.reach_m else None
    if city.surface is None:
        city.notes.add("surface", "no surface model: outlines were pushed up to their height, every roof is level",
                       "没有地表模型：建筑按高度拉伸，屋顶按平顶计算")  # fmt: skip
        pushed = extruded_surface(buildings, margin_m=settings.reach_m, terrain=city.terrain)
        return Ground(pushed, None, far)
    surface = surface_model(city.surface, city.crs, unit=city.settings.surface_unit, notes=city.notes)
    canopy = None
    if city.canopy is not None:
        canopy = canopy_top(city.canopy, surface, city.terrain, kind=city.settings.canopy_is)
    if far is None or city.terrain is None:
        return Ground(surface, canopy)
    return Ground(surface, canopy, far, _datum(city, city.surface, city.terrain, buildings))


def _distant(city: PvCity, buildings: gpd.GeoDataFrame) -> xr.DataArray | None:
    """Bare earth on the coarse grid, as far as hills are looked for."""
    if city.terrain is None:
        return None
    reach = city.settings.pv.terrain_reach_m + 2 * COARSE_CELL_M
    west, south, east, north = buildings.total_bounds
    grid = Grid.from_bounds((west - reach, south - reach, east + reach, north + reach), COARSE_CELL_M, buildings.crs)
    return on_grid(city.terrain, grid, resampling="average", name="terrain", units="m")


def _datum(city: PvCity, surface: RasterSource, terrain: RasterSource, buildings: gpd.GeoDataFrame) -> float:
    """Offset between the heights of surface and terrain, when it is too large to be buildings [m]."""
    some = buildings.iloc[:: max(1, len(buildings) // 200)]
    top, low = sample_heights(surface, some), sample_heights(terrain, some)
    unit = FOOT_M if city.settings.surface_unit == "ft" else 1.0
    gap = np.nanmedian(top * unit - low - some["height_m"].to_numpy(float)) if np.isfinite(top - low).any() else 0.0
    if abs(gap) < _DATUM_SLACK_M:
        return 0.0
    city.notes.add("surface", f"heights lie {gap:+.0f} m above the terrain's: another datum, allowed for",
                   f"地表模型与地形高程基准相差 {gap:+.0f} 米，已扣除")  # fmt: skip
    return float(gap)


def site_model(
    weather: Weather,
    settings: PvSettings,
    crs: CRS,
    middle_deg: tuple[float, float],
    *,
    terrain_offset_m: float = 0.0,
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
    """
    convergence = convergence_deg(crs, *middle_deg)
    table = sky_table(
        weather, steps=settings.azimuth_steps, model=settings.sky_model, albedo=settings.albedo, convergence=convergence
    )
    return SiteModel(table, settings, flat_rows(settings, middle_deg[1]), convergence, terrain_offset_m)


def plan_batches(
    buildings: gpd.GeoDataFrame, grid: Grid, settings: PvSettings, cells: int = BATCH_CELLS
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
    batches = []
    for (row, col), members in pd.Series(np.arange(len(buildings))).groupby([tile_row, tile_col]):
        index = members.to_numpy()
        west, south, east, north = shapely.total_bounds(shapes[index])
        rows = slice(math.floor((north - t.f) / t.e) - margin, math.ceil((south - t.f) / t.e) + margin)
        cols = slice(math.floor((west - t.c) / t.a) - margin, math.ceil((east - t.c) / t.a) + margin)
        batches.append(Batch(f"{row:04d}_{col:04d}", index, shapely.to_wkb(shapes[index]), heights[index], rows, cols))
    return batches


def run_batches(
    ground: Ground, model: SiteModel, batches: list[Batch], tile_folder: Path | None = None
) -> list[BatchResult]:
    """Compute batches with Dask, on whatever scheduler is active.

    Parameters
    ----------
    ground : Ground
        Lazy rasters.
    model : SiteModel
        From :func:`site_model`.
    batches : list of Batch
        From :func:`plan_batches`.
    tile_folder : pathlib.Path, optional
        Where rasters of irradiation go.
    """
    grid = Grid.of(ground.surface)
    shared = dask.delayed(model, pure=True, traverse=False)
    task = dask.delayed(assess_batch, pure=False)
    work = []
    for batch in batches:
        frame = grid.part(batch.rows, batch.cols)
        pieces = [_piece(raster, frame.bounds) for raster in (ground.surface, ground.canopy)]
        far = None
        if ground.terrain is not None:
            far = _piece(ground.terrain, _grown(frame.bounds, model.settings.terrain_reach_m))
        work.append(task(batch, frame, shared, *pieces, far, tile_folder))
    return list(dask.compute(*work))


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


def _roofs(buildings: gpd.GeoDataFrame, results: list[BatchResult], model: SiteModel, city: PvCity) -> gpd.GeoDataFrame:
    """Turn faces into energy and sum them up by building."""
    faces = pd.concat([r.faces for r in results], ignore_index=True).sort_values(
        ["building", "face"], ignore_index=True
    )
    lod = np.concatenate([r.lod for r in results])[np.argsort(np.concatenate([r.index for r in results]))]
    monthly = np.stack(faces.pop("poa").to_list()) if len(faces) else np.zeros((0, 12))
    energy = _face_energy(faces, monthly, model, city.weather)
    months = pd.DataFrame(energy, columns=MONTH_COLUMNS)
    months["building"] = faces["building"]
    by = faces.groupby("building")
    usable = by["usable_m2"].sum()
    capacity = by["capacity_kwp"].sum()
    largest = faces.loc[faces.groupby("building")["area_m2"].idxmax()].set_index("building")
    yields = months.groupby("building").sum()
    shares = faces["capacity_kwp"] / faces["building"].map(capacity).where(lambda c: c > 0)

    def weighted(column: pd.Series) -> pd.Series:
        return (column * shares).groupby(faces["building"]).sum(min_count=1)

    out = buildings.reset_index(drop=True).copy()
    position = out.index
    out["lod"] = lod
    flat = (faces["usable_m2"] * faces["rack"]).groupby(faces["building"]).sum() / usable.where(usable > 0)
    form = pd.cut(
        flat.reindex(position).fillna(1.0), [-0.1, 0.3, 0.7, 1.1], labels=["pitched", "mixed", "flat"]
    ).astype(str)
    out["roof_form"] = form.to_numpy()
    for column in ("surface_tilt", "surface_azimuth"):
        out[column] = largest[column].reindex(position).to_numpy()
    out["faces"] = by.size().reindex(position, fill_value=0).to_numpy()
    sums = by[["area_m2", "usable_m2", "modules_m2", "capacity_kwp"]].sum().reindex(position, fill_value=0.0)
    sums = sums.rename(columns={"area_m2": "roof_m2"})
    out[list(sums.columns)] = sums
    annual = pd.Series(monthly.sum(axis=1))
    out["poa_kwh_m2"] = weighted(annual).reindex(position).to_numpy()
    out["ghi_kwh_m2"] = float(model.table.ghi.sum())
    out["yield_kwh"] = yields.sum(axis=1).reindex(position, fill_value=0.0).to_numpy()
    out["specific_yield_kwh_kwp"] = (out["yield_kwh"] / out["capacity_kwp"].where(out["capacity_kwp"] > 0)).to_numpy()
    out["shading_loss_pct"] = (100 * (1 - weighted(annual) / weighted(faces["open_poa"]))).reindex(position).to_numpy()
    out[MONTH_COLUMNS] = yields.reindex(position, fill_value=0.0).to_numpy()
    out.attrs = {"units": ROOF_UNITS, "weather": city.weather.label, "illustrative_weather": city.weather.illustrative}
    geometry = out.pop("geometry")
    return gpd.GeoDataFrame(out, geometry=geometry, crs=buildings.crs)


def _face_energy(faces: pd.DataFrame, monthly: np.ndarray, model: SiteModel, weather: Weather) -> np.ndarray:
    """Alternating-current energy of each face by month [kWh], shape (f, 12)."""
    planes = faces[["rack"]].assign(surface_tilt=faces["module_tilt"], surface_azimuth=faces["module_azimuth"])
    light = Light(monthly, *(faces[c].to_numpy(float) for c in ("sky_view", "sky_through", "slant")))
    each = energy_per_kwp(light, planes, model.table, weather, model.settings)
    return faces["capacity_kwp"].to_numpy(float)[:, None] * each
