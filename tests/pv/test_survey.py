"""Faces and modules as results, and that they agree with the roofs."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from scipy.ndimage import zoom

from guanghui import pv
from guanghui.geo.buildings import read_buildings
from guanghui.geo.errors import InputError
from guanghui.pv.assessment.survey import FACE_UNITS, MODULE_UNITS
from guanghui.pv.settings import PvSettings
from tests.pv.test_assess import make_city
from tests.scenes import CRS, EAST, NORTH, town

SETTINGS = PvSettings(reach_m=80)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("survey")


@pytest.fixture(scope="module")
def city(folder):
    return make_city(folder)


@pytest.fixture(scope="module")
def found(city) -> pv.Survey:
    return pv.survey(city, detail="modules")


def test_faces_add_up_to_roofs(found) -> None:
    by = found.faces.groupby("building_id")
    roofs = found.roofs.set_index("building_id")
    for face, roof in {"area_m2": "roof_m2", "ground_m2": "footprint_m2", "usable_m2": "usable_m2",
                       "capacity_kwp": "capacity_kwp", "yield_kwh": "yield_kwh"}.items():  # fmt: skip
        np.testing.assert_allclose(by[face].sum(), roofs[roof], rtol=1e-9, err_msg=face)
    assert by.size().tolist() == roofs["faces"].tolist()
    assert (by["face"].max() == by.size()).all()


def test_polygons_of_faces_cover_their_outline(found) -> None:
    faces = found.faces
    outline = found.roofs.set_index("building_id").geometry
    for name, part in faces.groupby("building_id"):
        shapes = part.geometry.to_numpy()
        assert shapely.area(shapes).sum() == pytest.approx(outline[name].area, rel=1e-9)
        assert shapely.symmetric_difference(shapely.union_all(shapes), outline[name]).area < 1e-6
    assert (faces.area - faces["ground_m2"]).abs().sum() < 0.03 * faces["ground_m2"].sum()


def test_figures_of_faces_are_believable(found) -> None:
    faces = found.faces
    used = faces[faces["usable_m2"] > 0]
    assert (used["usable_m2"] <= used["area_m2"] + 1e-6).all()
    assert used["height_m"].between(2, 40).all()
    assert (faces["rmse_m"] < 0.2).all()
    assert used["poa_kwh_m2"].between(600, 1600).all()
    assert faces.loc[faces["usable_m2"] == 0, "poa_kwh_m2"].isna().all()
    assert set(FACE_UNITS) <= set(faces.columns)


def test_detail_changes_no_figure(city, found) -> None:
    plain = pv.survey(city)
    pd.testing.assert_frame_equal(pd.DataFrame(plain.roofs), pd.DataFrame(found.roofs))
    pd.testing.assert_frame_equal(plain.faces, pd.DataFrame(found.faces.drop(columns="geometry")))
    assert plain.modules is None
    assert not isinstance(plain.faces, gpd.GeoDataFrame)


def test_some_buildings_are_as_in_the_whole(city, found) -> None:
    ids = ["b003", "b007"]
    some = pv.faces(city, ids)
    whole = found.faces[found.faces["building_id"].isin(ids)].reset_index(drop=True)
    pd.testing.assert_frame_equal(
        pd.DataFrame(some.drop(columns="geometry")), pd.DataFrame(whole.drop(columns="geometry"))
    )
    assert some.geometry.geom_equals(whole.geometry).all()
    modules = pv.layout(city, "b003")
    assert set(modules["building_id"]) == {"b003"}
    assert len(modules) == (found.modules["building_id"] == "b003").sum()


def test_an_unknown_building_is_named(city) -> None:
    with pytest.raises(InputError, match="no building 'b999'"):
        pv.faces(city, ["b001", "b999"])


def test_modules_stand_on_their_faces(found) -> None:
    modules, roofs = found.modules, found.roofs.set_index("building_id")
    assert set(MODULE_UNITS) <= set(modules.columns)
    faces = found.faces.set_index(["building_id", "face"])
    for (name, face), part in modules.groupby(["building_id", "face"]):
        shapes = part.geometry.to_numpy()
        room = faces.loc[(name, face), "geometry"].buffer(1e-5)
        assert shapely.contains(room, shapes).all()
        inner = roofs.loc[name, "geometry"].buffer(-SETTINGS.setback_m + 1e-5, join_style="mitre")
        assert shapely.contains(inner, shapes).all()
        assert shapely.union_all(shapes).area == pytest.approx(shapely.area(shapes).sum(), rel=1e-6)
    flush = ~faces["rack"].reindex(pd.MultiIndex.from_frame(modules[["building_id", "face"]])).to_numpy()
    tilt = faces["surface_tilt"].reindex(pd.MultiIndex.from_frame(modules[["building_id", "face"]])).to_numpy()
    np.testing.assert_allclose(modules["surface_tilt"][flush], tilt[flush])
    np.testing.assert_allclose(modules["surface_tilt"][~flush], 10.0)
    np.testing.assert_allclose(modules["surface_azimuth"][~flush], 180.0, atol=0.01)


def test_packing_by_size_is_nearer_to_real_modules(folder, found) -> None:
    """The constant overrates the small faces of this town; the share by size is within 8 % of modules laid."""
    even = pv.assess(make_city(folder / "even", settings=PvSettings(reach_m=80, packing_model="constant")))
    laid = found.modules["capacity_kwp"].sum()
    assert found.roofs["capacity_kwp"].sum() == pytest.approx(laid, rel=0.08)
    assert even["capacity_kwp"].sum() > 1.08 * laid
    assert (found.roofs["capacity_kwp"] <= even["capacity_kwp"] + 1e-9).all()
    np.testing.assert_allclose(even["usable_m2"], found.roofs["usable_m2"])
    np.testing.assert_allclose(even["specific_yield_kwh_kwp"], found.roofs["specific_yield_kwh_kwp"], rtol=0.02)


def test_obstacles_are_left_free(folder) -> None:
    """A flat roof with a hut in its middle: no module touches it."""

    def hut(z, houses) -> None:
        houses[:] = [(60, 60, 24, 30, "flat")]
        z[:] = 0.0
        z[60:84, 60:90] = 9.0
        z[71:73, 74:76] = 11.6

    laid = pv.layout(make_city(folder / "hut", spoil=hut))
    hut_box = shapely.box(EAST + 74, NORTH - 73, EAST + 76, NORTH - 71)
    assert len(laid) > 50
    assert shapely.area(shapely.intersection(laid.geometry.to_numpy(), hut_box)).max() < 1e-9
    around = shapely.area(shapely.intersection(laid.geometry.to_numpy(), hut_box.buffer(3))).sum()
    assert around > 10  # it is the hut that is free, not half the roof


def test_presets_of_a_flat_roof(folder) -> None:
    """Pairs carry more and each kWp gives less; flush carries most."""

    def flat(z, houses) -> None:
        houses[:] = [(50, 50, 40, 60, "flat")]
        z[:] = 0.0
        z[50:90, 50:110] = 9.0

    results = {}
    for preset in ("rows-south", "east-west", "flush"):
        city = make_city(folder / preset, settings=PvSettings(reach_m=80, preset=preset), spoil=flat)
        results[preset] = pv.survey(city, detail="modules")
    capacity = {k: float(v.roofs["capacity_kwp"].iloc[0]) for k, v in results.items()}
    specific = {k: float(v.roofs["specific_yield_kwh_kwp"].iloc[0]) for k, v in results.items()}
    assert capacity["rows-south"] < capacity["east-west"] < capacity["flush"]
    assert specific["rows-south"] > specific["east-west"]
    assert specific["rows-south"] > specific["flush"]
    for name, result in results.items():
        real = result.modules["capacity_kwp"].sum()
        assert real == pytest.approx(capacity[name], rel=0.12), name
    assert results["flush"].roofs["roof_form"].tolist() == ["flat"]
    assert {k: v.roofs["mount"].tolist() for k, v in results.items()} == {
        "rows-south": ["rows"], "east-west": ["pairs"], "flush": ["flush"]
    }  # fmt: skip
    azimuths = np.sort(results["east-west"].modules["surface_azimuth"].unique())
    np.testing.assert_allclose(azimuths, [90, 270], atol=0.01)


@pytest.mark.parametrize("cell", [0.5, 2.0])
def test_other_cells_give_the_same_roofs(folder, found, cell: float) -> None:
    """The town read at 0.5 m and at 2 m: usable area stays near that of 1 m (parapets are blurred wider)."""
    import types

    from guanghui import geo
    from tests.scenes import write_raster

    z, _ = town()
    fine = (
        zoom(z, 2, order=1, grid_mode=True, mode="nearest") if cell < 1 else z.reshape(110, 2, 110, 2).mean(axis=(1, 3))
    )
    city = make_city(folder / f"cell{cell}")
    path = write_raster(folder / f"dsm{cell}.tif", fine.astype(np.float32), cell=cell)
    other = pv.assess(types.SimpleNamespace(**{**vars(city), "surface": geo.raster_source(path)}))
    assert other["footprint_m2"].sum() == pytest.approx(found.roofs["footprint_m2"].sum())
    assert other["usable_m2"].sum() == pytest.approx(found.roofs["usable_m2"].sum(), rel=0.1 if cell < 1 else 0.2)
    flat = found.roofs["roof_form"] == "flat"
    assert (other.loc[flat, "surface_tilt"] < 3).mean() > 0.8


def test_invalid_outlines_are_mended_on_reading_and_surveyed(folder) -> None:
    """A bow tie, a ring that touches itself and a spike: read, mended, faces cover what is left of them."""
    at = lambda *points: [(EAST + x, NORTH - y) for x, y in points]  # noqa: E731
    bow = shapely.Polygon(at((20, 20), (40, 40), (40, 20), (20, 40)))
    touching = shapely.Polygon(at((60, 20), (80, 20), (80, 40), (70, 40), (70, 20), (66, 40), (60, 40)))
    spike = shapely.Polygon(at((100, 20), (120, 20), (120, 60), (120, 40), (100, 40)))
    raw = gpd.GeoDataFrame({"id": ["a", "b", "c"], "h": 9.0}, geometry=[bow, touching, spike], crs=CRS)
    raw.to_file(folder / "broken.gpkg")
    town = gpd.GeoDataFrame(
        {"code": ["1"], "name": ["镇"], "name_en": ["Town"]},
        geometry=[shapely.box(EAST, NORTH - 200, EAST + 200, NORTH)], crs=CRS,
    )  # fmt: skip
    city = make_city(folder / "broken")
    city.buildings = read_buildings(folder / "broken.gpkg", town, city.crs, id="id", height="h", notes=city.notes)
    assert city.buildings.is_valid.all()
    result = pv.survey(city, detail="modules")
    traced = result.faces.area.groupby(result.faces["building_id"]).sum()
    np.testing.assert_allclose(traced, result.roofs.set_index("building_id").area[traced.index], rtol=1e-9)
    assert traced["a"] == pytest.approx(200, rel=1e-6)
    assert set(result.modules["building_id"]) <= {"a", "b", "c"}


def test_a_saw_tooth_hall_carries_modules_on_its_long_slopes(folder) -> None:
    """Teeth of 8 m that rise to the east: every module looks west, at the teeth's tilt."""

    def hall(z, houses) -> None:
        houses[:] = [(60, 60, 40, 48, "flat")]
        z[:] = 0.0
        z[60:100, 60:108] = 8 + (np.arange(48) % 8) * 0.4

    result = pv.survey(make_city(folder / "hall", spoil=hall), detail="modules")
    tilt = np.degrees(np.arctan(0.4))
    np.testing.assert_allclose(result.modules["surface_tilt"], tilt, atol=0.5)
    np.testing.assert_allclose(result.modules["surface_azimuth"], 270.0, atol=1.0)
    assert result.modules["area_m2"].sum() > 0.5 * result.faces["usable_m2"].sum()
    big = result.faces[result.faces["area_m2"] > 100]
    assert len(big) == 6


def test_courts_and_broken_outlines(folder) -> None:
    """A court stays free; an outline in two parts and one narrower than its setbacks do no harm."""
    city = make_city(folder / "courts")
    outer = shapely.box(EAST + 20, NORTH - 60, EAST + 60, NORTH - 20)
    inner = shapely.box(EAST + 32, NORTH - 48, EAST + 48, NORTH - 32)
    parts = shapely.MultiPolygon([shapely.box(EAST + 80, NORTH - 40, EAST + 95, NORTH - 25),
                                  shapely.box(EAST + 100, NORTH - 40, EAST + 112, NORTH - 25)])  # fmt: skip
    thin = shapely.box(EAST + 130, NORTH - 60, EAST + 130.8, NORTH - 30)
    city.buildings = city.buildings.iloc[:3].copy()
    city.buildings.geometry = [outer.difference(inner), parts, thin]
    city.buildings["height_m"] = 9.0
    city.buildings["footprint_m2"] = city.buildings.area
    result = pv.survey(city, detail="modules")
    np.testing.assert_allclose(
        result.faces.area.groupby(result.faces["building_id"]).sum().reindex(city.buildings["building_id"]).fillna(0),
        [outer.area - inner.area, parts.area, thin.area], rtol=1e-9,
    )  # fmt: skip
    assert not shapely.intersects(result.modules.geometry.to_numpy(), inner.buffer(0.4)).any()
    assert result.roofs["usable_m2"].iloc[2] == 0
