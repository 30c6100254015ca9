"""The survey from outlines and surface to kWh, on a small town."""

from __future__ import annotations

import types

import dask
import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from guanghui import geo
from guanghui.geo.errors import InputError
from guanghui.geo.grid import Grid
from guanghui.pv.assessment.survey import MONTH_COLUMNS, assess, open_ground, plan_batches, run_batches, site_model
from guanghui.pv.settings import FormSettings, PvSettings
from tests.scenes import CRS, EAST, LATITUDE, LONGITUDE, NORTH, hourly_weather, outlines, town, write_raster

SETTINGS = PvSettings(reach_m=80)


def make_city(folder, *, surface: bool = True, settings: PvSettings = SETTINGS, spoil=None):
    z, houses = town()
    if spoil is not None:
        spoil(z, houses)
    frame = outlines(houses)
    frame["township_code"] = np.where(np.arange(len(frame)) % 2, "1", "2")
    frame["township"] = "镇" + frame["township_code"]
    for column, value in {"name": "", "building_class": "residential", "height_source": "measured"}.items():
        frame[column] = value
    frame["footprint_m2"] = frame.area
    source = geo.raster_source(write_raster(folder / "dsm.tif", z, nodata=-9999.0)) if surface else None
    rooms = types.SimpleNamespace(pv=settings, surface_unit="m", canopy_is="height")
    return types.SimpleNamespace(
        buildings=frame, surface=source, terrain=None, canopy=None, weather=hourly_weather(), settings=rooms,
        weather_by_township={}, middle_deg=(LONGITUDE, LATITUDE), crs=geo.crs.parse_crs(CRS), notes=geo.Notes(),
    )  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("town")


@pytest.fixture(scope="module")
def city(folder):
    return make_city(folder)


@pytest.fixture(scope="module")
def roofs(city) -> gpd.GeoDataFrame:
    return assess(city)


def test_one_row_a_building_in_order(city, roofs) -> None:
    assert roofs["building_id"].tolist() == city.buildings["building_id"].tolist()
    assert roofs.crs == city.buildings.crs


def test_months_add_up_to_the_year(roofs) -> None:
    np.testing.assert_allclose(roofs[MONTH_COLUMNS].sum(axis=1), roofs["yield_kwh"], rtol=1e-9)


def test_townships_add_up_to_the_city(roofs) -> None:
    parts = roofs.groupby("township_code")[["capacity_kwp", "yield_kwh", "usable_m2"]].sum().sum()
    pd.testing.assert_series_equal(parts, roofs[["capacity_kwp", "yield_kwh", "usable_m2"]].sum(), rtol=1e-12)


def test_areas_are_bounded(roofs) -> None:
    assert (roofs["usable_m2"] <= roofs["roof_m2"] + 1e-6).all()
    assert (roofs["roof_m2"] >= roofs["footprint_m2"] - 1e-6).all()
    assert (roofs["modules_m2"] <= roofs["usable_m2"]).all()


def test_forms_and_tilts_are_those_built(roofs) -> None:
    _, houses = town()
    gables = np.array([h[4] == "gable" for h in houses])
    assert (roofs.loc[gables, "roof_form"] == "pitched").mean() > 0.9
    assert (roofs.loc[~gables, "roof_form"] == "flat").all()
    assert roofs.loc[gables, "surface_tilt"].between(15, 35).all()
    assert (roofs.loc[~gables, "surface_tilt"] < 3).all()


def test_yields_are_believable(roofs) -> None:
    built = roofs[roofs["capacity_kwp"] > 0]
    assert built["specific_yield_kwh_kwp"].between(550, 1300).all()
    assert (built["poa_kwh_m2"] <= 1.2 * built["ghi_kwh_m2"]).all()
    assert built["shading_loss_pct"].between(-0.5, 45).all()
    density = 1000 * built["capacity_kwp"].sum() / built["usable_m2"].sum()
    assert 120 < density < 200  # W per m² of usable roof


def test_an_open_flat_roof_equals_pvlib_on_its_rack(folder) -> None:
    """One flat roof alone in a field: rack irradiation by pvlib, less the rows' own shade."""

    def lonely(z, houses) -> None:
        r, c, h, w, _ = houses[12]
        z[:] = 0.0
        z[r : r + h, c : c + w] = 6.0
        houses[:] = [(r, c, h, w, "flat")]

    roofs = assess(make_city(folder / "lonely", spoil=lonely))
    s = hourly_weather().suns()
    import pvlib

    total = pvlib.irradiance.get_total_irradiance(
        10, 180, s.zenith, s.azimuth, s.dni, s.ghi, s.dhi, s.dni_extra, albedo=0.2, model="perez-driesse"
    )
    truth = float(np.asarray(total["poa_global"]).sum() * s.hours / 1000)
    assert roofs["poa_kwh_m2"][0] == pytest.approx(truth, rel=0.01)


def test_batches_of_any_size_give_the_same_roofs(city) -> None:
    ground = open_ground(city, city.buildings)
    model = site_model(city.weather, SETTINGS, city.crs, city.middle_deg)
    tables = []
    for cells in (37, 100, 5000):
        results = run_batches(ground, model, plan_batches(city.buildings, Grid.of(ground.surface), SETTINGS, cells))
        faces = pd.concat([r.faces for r in results]).sort_values(["building", "area_m2", "surface_azimuth"])
        tables.append(np.stack(faces["poa"].to_list()) * faces["usable_m2"].to_numpy()[:, None])
    np.testing.assert_allclose(tables[0], tables[2], rtol=1e-6)
    np.testing.assert_allclose(tables[1], tables[2], rtol=1e-6)


def test_threads_and_a_single_thread_agree(city, roofs) -> None:
    with dask.config.set(scheduler="synchronous"):
        again = assess(city)
    pd.testing.assert_frame_equal(
        pd.DataFrame(again.drop(columns="geometry")), pd.DataFrame(roofs.drop(columns="geometry"))
    )


def test_without_a_surface_outlines_are_extruded(folder) -> None:
    city = make_city(folder, surface=False)
    assert (assess(city)["roof_form"] == "unseen").all()
    level = make_city(folder, surface=False, settings=PvSettings(reach_m=80, form=FormSettings(assume="level")))
    roofs = assess(level)
    assert (roofs["roof_form"] == "flat").all()
    assert (roofs["form_source"] == "level").all()
    assert "form_sd" not in roofs
    assert any("pushed up" in str(n) for n in city.notes)
    assert roofs["capacity_kwp"].sum() > 0


def test_a_building_the_surface_does_not_show_is_extruded(folder) -> None:
    def erase(z, houses) -> None:
        r, c, h, w, _ = houses[0]
        z[r : r + h, c : c + w] = z[r - 2, c - 2]
        r, c, h, w, _ = houses[1]
        z[r : r + h, c : c + w] = -9999.0

    roofs = assess(make_city(folder / "erased", spoil=erase))
    assert roofs["lod"].tolist()[:3] == ["outline", "outline", "surface"]
    assert (roofs["capacity_kwp"][:2] > 0).all()


def test_a_tower_next_door_costs_energy(folder) -> None:
    def tower(z, houses) -> None:
        r, c, h, w, _ = houses[0]
        z[r + h + 6 : r + h + 14, c : c + w] = z.max() + 40  # south of the first house

    plain = assess(make_city(folder / "plain"))
    shaded = assess(make_city(folder / "tower", spoil=tower))
    assert shaded["shading_loss_pct"][0] > plain["shading_loss_pct"][0] + 5


def test_irradiation_tiles_are_written(city, folder, roofs) -> None:
    import rasterio

    assess(city, tile_folder=folder / "tiles")
    files = sorted((folder / "tiles").glob("*.tif"))
    assert files
    with rasterio.open(files[0]) as tile:
        assert tile.count == 13
        values = tile.read()
        assert tile.tags()["units"] == "kWh/m²"
    known = np.isfinite(values[0])
    np.testing.assert_allclose(values[1:, known].sum(axis=0), values[0][known], rtol=1e-5)


def test_without_outlines_the_survey_says_so(city) -> None:
    with pytest.raises(InputError, match="outlines"):
        assess(types.SimpleNamespace(buildings=None))


def test_a_courtyard_is_no_roof(folder) -> None:
    city = make_city(folder)
    outer = shapely.box(EAST + 20, NORTH - 60, EAST + 60, NORTH - 20)
    inner = shapely.box(EAST + 32, NORTH - 48, EAST + 48, NORTH - 32)
    city.buildings = city.buildings.iloc[:1].copy()
    city.buildings.geometry = [outer.difference(inner)]
    city.buildings["footprint_m2"] = city.buildings.area
    roofs = assess(city)
    assert roofs["footprint_m2"][0] == pytest.approx(40 * 40 - 16 * 16)
    assert roofs["usable_m2"][0] < roofs["roof_m2"][0]
