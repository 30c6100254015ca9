"""The survey of a region's roofs: outlines, surface and weather in, one row for each building out.

Buildings are worked in batches, neighbours together. A batch reads the window of the surface it needs (its buildings
and everything within reach of them), finds faces, skylines and irradiation there, and returns a small table, so memory
is bounded by the batch and tiles without roofs cost nothing. Batches are independent Dask tasks: threads, a local
cluster or a remote one run the same code, and because a skyline sees exactly ``reach_m`` far the result does not depend
on how buildings are batched.
"""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Sequence
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
from pyproj import Geod

from guanghui.geo.errors import InputError
from guanghui.geo.grid import Grid
from guanghui.geo.pieces import Store
from guanghui.pv.assessment.batches import Watch, measure_batches, plan_batches, run_batches, site_model
from guanghui.pv.assessment.formed import tell as tell_assumed
from guanghui.pv.assessment.formed import with_form_columns, with_forms
from guanghui.pv.assessment.ground import Ground, PvCity, open_ground
from guanghui.pv.assessment.hour_faces import HourlyFaces, hour_rows
from guanghui.pv.assessment.outlined import Outlined
from guanghui.pv.assessment.task import BatchResult, Detail, Lost, Measured, SiteModel
from guanghui.pv.assessment.telling import tell_floor, tell_flush, tell_lost, tell_two_sided, tell_unseen
from guanghui.pv.energy.hourly import Light, energy_per_kwp
from guanghui.pv.energy.system import ClassYear
from guanghui.pv.roofs.account import LOSSES, roof_account
from guanghui.pv.roofs.mounts import mount_of
from guanghui.pv.roofs.offset import Offset, moved, offsets_by_township, pick_sample, report_offsets
from guanghui.pv.settings import PvSettings
from guanghui.pv.sun.weather import Weather

__all__ = [
    "FACE_UNITS",
    "MODULE_UNITS",
    "MONTH_COLUMNS",
    "ROOF_UNITS",
    "Survey",
    "assess",
    "faces",
    "layout",
    "survey",
]

log = logging.getLogger(__name__)

MONTH_COLUMNS = [f"yield_{m:02d}" for m in range(1, 13)]
ROOF_UNITS = {
    **dict.fromkeys(["footprint_m2", "roof_m2", "usable_m2", "modules_m2", "used_m2", *LOSSES], "m²"),
    **dict.fromkeys(["surface_tilt", "surface_azimuth"], "°"),
    **dict.fromkeys(["poa_kwh_m2", "ghi_kwh_m2"], "kWh/m²"),
    **dict.fromkeys(["yield_kwh", *MONTH_COLUMNS], "kWh"),
    "height_m": "m",
    "capacity_kwp": "kWp",
    "specific_yield_kwh_kwp": "kWh/kWp",
    "shading_loss_pct": "%",
}
LEVEL_TILT_DEG = 3.0
"""A roof with less tilt looks nowhere: its azimuth is blank [°]."""
_NEARLY = 0.99
FACE_UNITS = {
    **dict.fromkeys(["area_m2", "ground_m2", "obstacle_m2", "usable_m2", "modules_m2"], "m²"),
    **dict.fromkeys(["surface_tilt", "surface_azimuth", "module_tilt", "module_azimuth"], "°"),
    **dict.fromkeys(["height_m", "rmse_m"], "m"),
    "poa_kwh_m2": "kWh/m²",
    "capacity_kwp": "kWp",
    "yield_kwh": "kWh",
    "shading_loss_pct": "%",
}
MODULE_UNITS = {"surface_tilt": "°", "surface_azimuth": "°", "area_m2": "m²", "capacity_kwp": "kWp"}


@dataclasses.dataclass(frozen=True)
class Survey:
    """Everything one pass over the roofs finds."""

    roofs: gpd.GeoDataFrame
    """One row a building; see :func:`assess`."""
    faces: pd.DataFrame
    """One row a roof face; see :func:`faces`. With polygons it is a GeoDataFrame."""
    modules: gpd.GeoDataFrame | None = None
    """One row a module, when asked; see :func:`layout`."""
    hours: tuple[HourlyFaces, ...] | None = None
    """When asked; see :func:`pv.assessment.hours.hours`."""
    lost: dict[str, str] = dataclasses.field(default_factory=dict)
    """Id of each building whose roof could not be worked -> why; all figures are without it."""


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
    return survey(city, tile_folder=tile_folder).roofs


def faces(city: PvCity, building_ids: Sequence[str] | None = None, *, polygons: bool = True) -> pd.DataFrame:
    """Roof faces of a region, or of some of its buildings.

    Parameters
    ----------
    city : PvCity
        Outlines, surface, weather and settings.
    building_ids : sequence of str, optional
        Only these buildings; what stands around them is seen all the same.
    polygons : bool, default True
        Whether each face is traced. Faces of a building then cover its outline without gap or overlap.

    Returns
    -------
    geopandas.GeoDataFrame or pandas.DataFrame
        One row a face: ``building_id``, ``face`` (from 1 within its building), ``surface_tilt`` and
        ``surface_azimuth`` [°, from true north], ``area_m2`` (true), ``ground_m2``, ``height_m`` (middle of the plane
        above the ground around), ``rmse_m`` of its own cells from the plane, ``obstacle_m2`` and ``usable_m2`` (true),
        ``module_tilt``, ``module_azimuth``, ``rack``, ``modules_m2``, ``capacity_kwp``, ``poa_kwh_m2`` on the modules,
        ``shading_loss_pct``, ``yield_kwh`` (AC a year).

    Raises
    ------
    InputError
        No outlines, or an id that no building has.
    """
    return survey(city, building_ids, detail="polygons" if polygons else "table").faces


def layout(city: PvCity, building_ids: Sequence[str] | None = None) -> gpd.GeoDataFrame:
    """Real modules on the roofs of a region, or of some of its buildings.

    Parameters
    ----------
    city : PvCity
        Outlines, surface, weather and settings.
    building_ids : sequence of str, optional
        Only these buildings.

    Returns
    -------
    geopandas.GeoDataFrame
        One row a module: ``building_id``, ``face``, ``surface_tilt``, ``surface_azimuth`` [°], ``portrait`` (bool),
        ``area_m2`` (true), ``capacity_kwp``, and its rectangle in ground projection.

    Raises
    ------
    InputError
        No outlines, or an id that no building has.
    """
    found = survey(city, building_ids, detail="modules").modules
    assert found is not None
    return found


def survey(
    city: PvCity,
    building_ids: Sequence[str] | None = None,
    *,
    detail: Detail = "table",
    tile_folder: Path | None = None,
    store: Store | None = None,
    watch: Watch | None = None,
    memory: int | None = None,
) -> Survey:
    """Find roofs, faces and modules in one pass.

    Parameters
    ----------
    city : PvCity
        Outlines, surface, weather and settings.
    building_ids : sequence of str, optional
        Only these buildings.
    detail : {"table", "polygons", "modules", "hours"}, default "table"
        Whether faces are traced, modules laid on them, or skylines kept for the hours; none changes a figure.
    tile_folder : pathlib.Path, optional
        Where each batch writes its raster of plane irradiation.
    store : geo.pieces.Store, optional
        Where finished batches are kept, and found again by the next survey.
    watch : callable, optional
        Told how many roofs are done, and of how many.
    memory : int, optional
        What batches at work may need together [bytes].

    Raises
    ------
    InputError
        No outlines, or an id that no building has.
    """
    buildings = city.buildings
    if buildings is None or buildings.empty:
        raise InputError(
            "[buildings]: the PV survey needs outlines; give path, or run the sinks alone.",
            "[buildings]：光伏调查需要建筑轮廓；请给出 path，或只算碳汇。",
        )
    wanted = _positions(buildings, building_ids)
    settings: PvSettings = city.settings.pv
    ground = open_ground(city, buildings)
    skies, sky = _skies(city, buildings)
    models = [
        site_model(w, settings, city.crs, city.middle_deg, terrain_offset_m=ground.terrain_offset_m, detail=detail)
        for w in skies
    ]
    placed, sample = _placed(city, buildings, ground)
    batches = plan_batches(placed, Grid.of(ground.surface), settings, sample=sample, weather=sky)
    batches = [b for b in batches if np.isin(b.index, wanted).any()]
    log.info("surveying %d roofs in %d batches", len(wanted), len(batches))
    lost: list[Lost] = []
    results = run_batches(
        ground, models, batches, tile_folder, store=store, lost=lost, watch=watch, memory=memory
    )  # fmt: skip
    offsets = _offsets(buildings, [r.measured for r in results])
    report_offsets(offsets, city.notes, applied=False)
    by_sky = [[r for r in results if r.weather == k] for k in range(len(skies))]
    lod = np.full(len(buildings), "outline", dtype=object)
    if city.surface is not None:  # else all that is seen was pushed up from outlines
        for result in results:
            lod[result.index] = result.lod
    for one in lost:
        lod[one.index] = "lost"
    gone = tell_lost(city, buildings, lost)
    drawn = (lod == "outline") & (settings.form.assume == "prior")
    tables, outlined = [], []
    for of_sky in zip(by_sky, models, skies, strict=True):
        if of_sky[0]:
            faces_of_sky, outlines = _face_frame(*of_sky, wanted, drawn, buildings)
            tables.append(faces_of_sky)
            outlined += [outlines] if outlines is not None else []
    table = pd.concat(tables, ignore_index=True).sort_values(["building", "face"], ignore_index=True)
    tell_unseen(city, lod[wanted])
    tell_floor(city, models[0].rows, table)
    tell_two_sided(city, settings, models[0].rows)
    tell_flush(city, settings, models[0].rows, table)
    formed = with_forms(table, outlined, buildings, MONTH_COLUMNS, settings)
    table = formed.faces
    ghi = np.array([m.table.ghi.sum() for m in models], float)[sky]
    roofs = with_form_columns(_roof_table(buildings, lod, table, ghi, skies, settings), formed.roofs).iloc[wanted]
    roofs = roofs.reset_index(drop=True)
    tell_assumed(roofs, city.notes)
    roofs.attrs["weather_sd"]["station_km"] = _station_km(skies, city.middle_deg)
    if "" in offsets:
        whole = offsets[""]
        roofs.attrs["outline_offset_m"] = [round(v, 2) for v in (whole.east_m, whole.north_m, whole.error_m)]
    by_hour = None
    if detail == "hours":
        by_hour = tuple(
            HourlyFaces(hour_rows(table[sky[table["building"]] == k], m, buildings, MONTH_COLUMNS), w, m, settings)
            for k, (m, w) in enumerate(zip(models, skies, strict=True))
        )
    modules = _module_frame(results, table, buildings, settings)
    return Survey(roofs, _named(table, buildings), modules, by_hour, gone)


def _skies(city: PvCity, buildings: gpd.GeoDataFrame) -> tuple[list[Weather], np.ndarray]:
    """Distinct weathers of the region, and the number of that each building stands in."""
    by_township = city.weather_by_township
    if not by_township:
        return [city.weather], np.zeros(len(buildings), int)
    towns = buildings["township_code"].astype(str)
    own = [by_township.get(code, city.weather) for code in towns]
    found = list({id(w): w for w in own}.values())
    number = {id(w): k for k, w in enumerate(found)}
    return found, np.array([number[id(w)] for w in own])


def _positions(buildings: gpd.GeoDataFrame, building_ids: Sequence[str] | None) -> np.ndarray:
    if building_ids is None:
        return np.arange(len(buildings))
    ids = [building_ids] if isinstance(building_ids, str) else list(building_ids)
    found = pd.Index(buildings["building_id"]).get_indexer(ids)
    if (found < 0).any():
        missing = ids[int(np.flatnonzero(found < 0)[0])]
        raise InputError(
            f"building_ids: there is no building {missing!r}; take ids from city.buildings.building_id.",
            f"building_ids：没有建筑 {missing!r}；请用 city.buildings.building_id 中的编号。",
        )
    return np.unique(found)


def _placed(city: PvCity, buildings: gpd.GeoDataFrame, ground: Ground) -> tuple[gpd.GeoDataFrame, np.ndarray | None]:
    """Outlines where they are worked, and those whose offset is still to be measured on the way."""
    settings: PvSettings = city.settings.pv
    if city.surface is None or settings.outline_snap == "off":
        return buildings, None
    sample = pick_sample(buildings)
    if settings.outline_snap == "report":
        return buildings, sample
    measured = measure_batches(ground, plan_batches(buildings, Grid.of(ground.surface), settings, sample=sample))
    offsets = _offsets(buildings, measured)
    report_offsets(offsets, city.notes, applied=True)
    return moved(buildings, offsets), None


def _offsets(buildings: gpd.GeoDataFrame, measured: list[Measured]) -> dict[str, Offset]:
    index = np.concatenate([m.index for m in measured])
    return offsets_by_township(buildings, index, np.concatenate([m.scores for m in measured])) if len(index) else {}


def _station_km(skies: list[Weather], middle_deg: tuple[float, float]) -> float | None:
    """Distance of the nearest station from the middle of the region [km]; None for normals, which are of the region."""
    if any(w.illustrative for w in skies):
        return None
    _, _, away = Geod(ellps="WGS84").inv(
        [w.longitude for w in skies], [w.latitude for w in skies], *np.tile(middle_deg, (len(skies), 1)).T
    )
    return float(np.min(away)) / 1000.0


def _face_frame(
    results: list[BatchResult], model: SiteModel, weather: Weather, wanted: np.ndarray, drawn: np.ndarray,
    buildings: gpd.GeoDataFrame,
) -> tuple[pd.DataFrame, Outlined | None]:  # fmt: skip
    """Faces of the buildings wanted, with their energy, and those known by their outline, ready to be drawn."""
    table = pd.concat([r.faces for r in results], ignore_index=True)
    table = table[table["building"].isin(wanted)].sort_values(["building", "face"], ignore_index=True)
    monthly = np.stack(table.pop("poa").to_list()) if len(table) else np.zeros((0, 12))
    table["poa_kwh_m2"] = monthly.sum(axis=1)
    if model.rows.per_pitch == 2 and len(table):
        table["poa_kwh_m2"] = (table["poa_kwh_m2"] + np.stack(table["back_poa"].to_list()).sum(axis=1)) / 2
    known: dict[tuple[float, float, bool], ClassYear] = {}
    table[MONTH_COLUMNS] = _face_energy(table, monthly, model, weather, known)
    level = drawn[table["building"].to_numpy(int)]
    if not level.any():
        return table, None

    def energy(faces: pd.DataFrame, months: np.ndarray) -> np.ndarray:
        return _face_energy(faces, months, model, weather, known)

    return table, Outlined.of(table[level], monthly[level], buildings, model, energy)


def _named(table: pd.DataFrame, buildings: gpd.GeoDataFrame) -> pd.DataFrame:
    """Faces as they are given out."""
    out = table[["surface_tilt", "surface_azimuth", "area_m2", "ground_m2", "height_m", "rmse_m", "obstacle_m2",
                 "usable_m2", "module_tilt", "module_azimuth", "rack", "modules_m2", "capacity_kwp",
                 "poa_kwh_m2"]].copy()  # fmt: skip
    out.insert(0, "building_id", buildings["building_id"].to_numpy()[table["building"]])
    out.insert(1, "face", table.groupby("building").cumcount() + 1)
    used = out["capacity_kwp"] > 0
    out["shading_loss_pct"] = (100 * (1 - table["poa_kwh_m2"] / table["open_poa"])).where(used)
    out["yield_kwh"] = table[MONTH_COLUMNS].sum(axis=1)
    out["poa_kwh_m2"] = out["poa_kwh_m2"].where(used)
    out.attrs = {"units": FACE_UNITS}
    if "geometry" not in table:
        return out
    return gpd.GeoDataFrame(out, geometry=table["geometry"].to_numpy(), crs=buildings.crs)


def _module_frame(
    results: list[BatchResult], table: pd.DataFrame, buildings: gpd.GeoDataFrame, settings: PvSettings
) -> gpd.GeoDataFrame | None:
    """Modules as they are given out, face by face."""
    parts = [r.modules for r in results if r.modules is not None]
    if not parts:
        return None
    modules = pd.concat(parts, ignore_index=True)
    number = table[["building", "face"]].assign(number=table.groupby("building").cumcount() + 1)
    modules = number.merge(modules, on=["building", "face"], how="inner")
    area = settings.module_length_m * settings.module_width_m
    out = pd.DataFrame(
        {
            "building_id": buildings["building_id"].to_numpy()[modules["building"].to_numpy(int)],
            "face": modules["number"],
            "surface_tilt": modules["surface_tilt"].astype(float),
            "surface_azimuth": modules["surface_azimuth"].astype(float),
            "portrait": modules["portrait"].astype(bool),
            "area_m2": area,
            "capacity_kwp": area * settings.module_w_m2 / 1000.0,
        }
    )
    out.attrs = {"units": MODULE_UNITS}
    return gpd.GeoDataFrame(out, geometry=modules["geometry"].to_numpy(), crs=buildings.crs)


def _roof_table(
    buildings: gpd.GeoDataFrame,
    lod: np.ndarray,
    faces: pd.DataFrame,
    ghi_kwh_m2: np.ndarray,
    skies: list[Weather],
    settings: PvSettings,
) -> gpd.GeoDataFrame:
    """Sum faces up by building."""
    months = faces[["building", *MONTH_COLUMNS]]
    by = faces.groupby("building")
    usable = by["usable_m2"].sum()
    capacity = by["capacity_kwp"].sum()
    largest = _main_faces(faces)
    yields = months.groupby("building").sum()
    shares = faces["capacity_kwp"] / faces["building"].map(capacity).where(lambda c: c > 0)

    def weighted(column: pd.Series) -> pd.Series:
        return (column * shares).groupby(faces["building"]).sum(min_count=1)

    out = buildings.reset_index(drop=True).copy()
    position = out.index
    out["lod"] = lod
    level = faces["surface_tilt"] < settings.flat_below
    flat = (faces["usable_m2"] * level).groupby(faces["building"]).sum() / usable.where(usable > 0)
    form = pd.cut(
        flat.reindex(position).fillna(1.0), [-0.1, 0.3, 0.7, 1.1], labels=["pitched", "mixed", "flat"]
    ).astype(str)
    out["roof_form"] = form.to_numpy()
    for column in ("surface_tilt", "surface_azimuth"):
        out[column] = largest[column].reindex(position).to_numpy()
    out["surface_azimuth"] = out["surface_azimuth"].where(out["surface_tilt"] >= LEVEL_TILT_DEG)
    out["faces"] = by.size().reindex(position, fill_value=0).to_numpy(int)
    _heights_seen(out, faces)
    sums = by[["area_m2", "usable_m2", "modules_m2", "capacity_kwp"]].sum()
    sums = sums.reindex(position, fill_value=0.0).rename(columns={"area_m2": "roof_m2"})
    out[list(sums.columns)] = sums
    out["mount"] = mount_of(faces, settings).reindex(position).fillna("").to_numpy()
    account = roof_account(faces, out["footprint_m2"].to_numpy(float))
    out[list(account.columns)] = account.to_numpy(object)
    out[["used_m2", *LOSSES]] = out[["used_m2", *LOSSES]].astype(float)
    out["poa_kwh_m2"] = weighted(faces["poa_kwh_m2"]).reindex(position).to_numpy()
    out["ghi_kwh_m2"] = ghi_kwh_m2
    out["yield_kwh"] = yields.sum(axis=1).reindex(position, fill_value=0.0).to_numpy()
    out["specific_yield_kwh_kwp"] = (out["yield_kwh"] / out["capacity_kwp"].where(out["capacity_kwp"] > 0)).to_numpy()
    out["shading_loss_pct"] = (
        (100 * (1 - weighted(faces["poa_kwh_m2"]) / weighted(faces["open_poa"]))).reindex(position).to_numpy()
    )
    out[MONTH_COLUMNS] = yields.reindex(position, fill_value=0.0).to_numpy()
    label, illustrative = " · ".join(dict.fromkeys(w.label for w in skies)), any(w.illustrative for w in skies)
    label_en = " · ".join(dict.fromkeys(w.name_en for w in skies))
    own = [w.year_sd for w in skies if w.year_sd == w.year_sd]
    out.attrs = {
        "units": ROOF_UNITS, "weather": label, "weather_en": label_en, "illustrative_weather": illustrative,
        "weather_sd": {"year": max(own) if len(own) == len(skies) else None,
                       "closure": max((w.closure_sd for w in skies), default=0.0)},
    }  # fmt: skip
    geometry = out.pop("geometry")
    return gpd.GeoDataFrame(out, geometry=geometry, crs=buildings.crs)


def _main_faces(faces: pd.DataFrame) -> pd.DataFrame:
    """Main face of each building: the largest on the ground; of nearly equal ones that which looks most to the south.

    Two sides of a gable differ by noise alone, so those within 1 % of the largest count as equal.
    """
    most = faces.groupby("building")["ground_m2"].transform("max")
    near = faces[faces["ground_m2"] >= _NEARLY * most]
    from_south = (near["surface_azimuth"] - 180.0).abs().round(0)
    return near.assign(_south=from_south).sort_values(["building", "_south", "face"]).groupby("building").first()


def _heights_seen(roofs: pd.DataFrame, faces: pd.DataFrame) -> None:
    """Put the height the surface shows in the place of an assumed one, in place."""
    if "height_source" not in roofs:
        return
    weight = faces["ground_m2"]
    seen = (faces["height_m"] * weight).groupby(faces["building"]).sum() / weight.groupby(faces["building"]).sum()
    height = seen.reindex(roofs.index)
    use = roofs["height_source"].isin(["assumed", "raster"]) & (roofs["lod"] == "surface") & (height > 0)
    roofs.loc[use, "height_m"] = height[use]
    roofs.loc[use, "height_source"] = "surface"


def _face_energy(
    faces: pd.DataFrame, monthly: np.ndarray, model: SiteModel, weather: Weather,
    known: dict[tuple[float, float, bool], ClassYear],
) -> np.ndarray:  # fmt: skip
    """Alternating-current energy of each face by month [kWh], shape (f, 12)."""
    planes = faces[["rack"]].assign(surface_tilt=faces["module_tilt"], surface_azimuth=faces["module_azimuth"])
    each = _per_kwp(faces, monthly, planes, model, weather, known)
    if model.rows.per_pitch == 2 and len(faces):
        turned = (planes["surface_azimuth"] + 180.0 * faces["rack"]) % 360.0
        back = np.stack(faces["back_poa"].to_list())
        each = (each + _per_kwp(faces, back, planes.assign(surface_azimuth=turned), model, weather, known, "back_")) / 2
    return faces["capacity_kwp"].to_numpy(float)[:, None] * each


def _per_kwp(
    faces: pd.DataFrame, monthly: np.ndarray, planes: pd.DataFrame, model: SiteModel, weather: Weather,
    known: dict[tuple[float, float, bool], ClassYear], side: str = "",
) -> np.ndarray:  # fmt: skip
    """Energy of the modules of each face that look one way [kWh/kWp], shape (f, 12)."""
    light = Light(monthly, *(faces[side + c].to_numpy(float) for c in ("sky_view", "sky_through", "slant")))
    return energy_per_kwp(light, planes, model.table, weather, model.settings, known)
