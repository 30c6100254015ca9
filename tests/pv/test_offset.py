"""Outlines that lie beside their roofs."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from rasterio.transform import from_origin

from guanghui import geo
from guanghui.geo.grid import Grid
from guanghui.pv.assessment.survey import assess
from guanghui.pv.roofs.offset import edge_scores, find_offset, moved, offsets_by_township, pick_sample, report_offsets
from guanghui.pv.settings import PvSettings
from tests.pv.test_assess import make_city
from tests.scenes import CRS, EAST, NORTH, outlines, town

SIZE = 330


@pytest.fixture(scope="module")
def scene() -> tuple[np.ndarray, gpd.GeoDataFrame]:
    z, houses = town(SIZE, seed=8)
    frame = outlines(houses)
    frame["township_code"] = np.where(frame.centroid.x < EAST + SIZE / 2, "1", "2")
    noise = np.random.default_rng(1).normal(0, 0.05, z.shape)
    return (z + noise).astype(np.float32), frame


def grid_of(z: np.ndarray, cell: float = 1.0) -> Grid:
    return Grid(geo.crs.parse_crs(CRS), from_origin(EAST, NORTH, cell, cell), z.shape[1], z.shape[0])


def found_in(z: np.ndarray, frame: gpd.GeoDataFrame, cell: float = 1.0):
    return find_offset(edge_scores(z, grid_of(z, cell), frame.geometry.to_numpy()))


@pytest.mark.parametrize(("east", "north"), [(1.3, -0.8), (-2.2, 0.4), (0.0, 2.9), (0.7, 0.7)])
def test_a_shifted_town_is_found(scene, east: float, north: float) -> None:
    z, frame = scene
    offset = found_in(z, frame.set_geometry(frame.translate(east, north)))
    assert offset is not None
    assert offset.east_m == pytest.approx(east, abs=0.3)
    assert offset.north_m == pytest.approx(north, abs=0.3)
    assert offset.sure
    assert offset.matters


def test_a_right_town_gives_no_alarm(scene) -> None:
    z, frame = scene
    offset = found_in(z, frame)
    assert offset is not None
    assert offset.distance_m < 0.3
    assert offset.sure
    assert not offset.matters


@pytest.mark.parametrize("cell", [0.5, 2.0])
def test_grids_of_other_cells(scene, cell: float) -> None:
    z, frame = scene
    if cell > 1:
        half = z[: SIZE // 2 * 2, : SIZE // 2 * 2].reshape(SIZE // 2, 2, SIZE // 2, 2).mean(axis=(1, 3))
    else:
        half = np.repeat(np.repeat(z, 2, axis=0), 2, axis=1)
    offset = found_in(half, frame.set_geometry(frame.translate(1.3, -0.8)), cell)
    assert offset is not None
    assert offset.east_m == pytest.approx(1.3, abs=0.3)
    assert offset.north_m == pytest.approx(-0.8, abs=0.3)


def test_nothing_is_claimed_where_nothing_stands(scene) -> None:
    z, frame = scene
    flat = np.full_like(z, 20.0)
    assert found_in(flat, frame) is None
    assert found_in(np.full_like(z, np.nan), frame) is None
    beyond = frame.set_geometry(frame.translate(9.0, 9.0))
    offset = found_in(z, beyond)
    assert offset is None or not offset.matters


def test_townships_of_different_sheets(scene) -> None:
    z, frame = scene
    east = np.where(frame["township_code"] == "1", 1.5, 0.0)
    shapes = [shapely.affinity.translate(s, e, 0) for s, e in zip(frame.geometry, east, strict=True)]
    shifted = frame.set_geometry(gpd.GeoSeries(shapes, crs=frame.crs))
    scores = edge_scores(z, grid_of(z), shifted.geometry.to_numpy())
    offsets = offsets_by_township(shifted, np.arange(len(shifted)), scores)
    assert offsets["1"].east_m == pytest.approx(1.5, abs=0.3)
    assert not offsets["2"].matters
    back = moved(shifted, offsets)
    np.testing.assert_allclose(back.centroid.x, frame.centroid.x, atol=0.3)
    notes = geo.Notes()
    report_offsets(offsets, notes, applied=False)
    assert any("township 1" in n.text and "east" in n.text for n in notes)
    assert not any("township 2" in n.text for n in notes)


def test_the_sample_is_of_ordinary_roofs(scene) -> None:
    _, frame = scene
    many = frame.loc[frame.index.repeat(4)].reset_index(drop=True)
    many.loc[0, "geometry"] = shapely.box(EAST, NORTH - 3, EAST + 3, NORTH)
    chosen = pick_sample(many)
    assert not chosen[0]
    assert 0 < chosen[many["township_code"] == "1"].sum() <= 80


def test_the_survey_reports_and_snaps(tmp_path) -> None:
    """Outlines 1.3 m east and 0.8 m south: told by default, mended when asked, untouched when off."""
    cities = {}
    for snap in ("report", "apply", "off"):
        city = make_city(tmp_path / snap, settings=PvSettings(reach_m=80, outline_snap=snap))
        cities[snap] = city
    right = assess(cities["off"])
    roofs = {}
    for snap, city in cities.items():
        city.buildings = city.buildings.set_geometry(city.buildings.translate(1.3, -0.8))
        roofs[snap] = assess(city)
    told = [n.text for n in cities["report"].notes if n.source == "buildings"]
    assert len(told) == 1
    assert "+1." in told[0]
    assert 'outline_snap = "apply"' in told[0]
    assert not [n for n in cities["off"].notes if n.source == "buildings"]
    assert any("moved" in n.text for n in cities["apply"].notes)
    assert roofs["report"]["yield_kwh"].tolist() == roofs["off"]["yield_kwh"].tolist()
    off = abs(roofs["report"]["surface_tilt"] - right["surface_tilt"]).mean()
    mended = abs(roofs["apply"]["surface_tilt"] - right["surface_tilt"]).mean()
    assert mended <= off
    assert abs(roofs["apply"]["usable_m2"].sum() / right["usable_m2"].sum() - 1) < 0.03
    assert roofs["report"]["usable_m2"].sum() < 0.95 * right["usable_m2"].sum()
    assert roofs["apply"].geometry.equals(cities["apply"].buildings.geometry)
    east, north, error = roofs["report"].attrs["outline_offset_m"]
    assert (east, north) == (pytest.approx(1.3, abs=0.3), pytest.approx(-0.8, abs=0.3))
    assert error < 0.25
