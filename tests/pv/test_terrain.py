"""Distant hills and trees."""

from __future__ import annotations

import dask.array as da
import numpy as np
import pandas as pd
import pytest

from guanghui import geo
from guanghui.geo.grid import Grid
from guanghui.geo.raster import from_numpy
from guanghui.geo.surface import canopy_top, surface_model
from guanghui.pv.assessment.survey import Ground, assess, open_ground, plan_batches, run_batches, site_model
from guanghui.pv.settings import PvSettings
from guanghui.pv.shade.irradiation import normals, shaded_irradiation
from guanghui.pv.shade.sweep import EARTH_BEND
from guanghui.pv.shade.terrain import COARSE_CELL_M, DistantTerrain, TerrainWindow
from guanghui.pv.sun.sky import sky_table
from tests.pv.test_assess import make_city
from tests.scenes import EAST, NORTH, hourly_weather, write_raster


def window(heights: np.ndarray, offset: float = 0.0) -> TerrainWindow:
    north = round(NORTH / COARSE_CELL_M) * COARSE_CELL_M
    west = round(EAST / COARSE_CELL_M) * COARSE_CELL_M
    grid = Grid.from_bounds(
        (west, north - heights.shape[0] * COARSE_CELL_M, west + heights.shape[1] * COARSE_CELL_M, north),
        COARSE_CELL_M,
        4548,
    )
    return TerrainWindow(heights.astype(np.float32), grid, offset)


def seen(win: TerrainWindow, row: float, col: float, height: float, azimuth: float, **reach: float) -> float:
    t = win.grid.transform
    x, y = np.array([t.c + (col + 0.5) * t.a]), np.array([t.f + (row + 0.5) * t.e])
    options = {"from_m": 300.0, "to_m": 9000.0, **reach}
    hills = DistantTerrain(win, x, y, np.array([height]), **options)
    return float(hills.raise_tangent(azimuth, np.zeros(1, np.float32))[0])


def test_a_ridge_stands_as_high_as_geometry_says() -> None:
    """A wall of 400 m at 4 km, less the drop of the curved Earth."""
    z = np.zeros((60, 200))
    z[:, 120] = 400.0
    distance = 80 * COARSE_CELL_M
    expected = (400 - EARTH_BEND * distance**2) / distance
    assert seen(window(z), 30, 40, 0.0, 90.0) == pytest.approx(expected, rel=1e-3)
    assert EARTH_BEND * distance**2 == pytest.approx(1.09, abs=0.01)


def test_a_higher_eye_sees_it_lower() -> None:
    z = np.zeros((60, 200))
    z[:, 120] = 400.0
    distance = 80 * COARSE_CELL_M
    for eye in (10.0, 30.0, 60.0):
        expected = (400 - eye - EARTH_BEND * distance**2) / distance
        assert seen(window(z), 30, 40, eye, 90.0) == pytest.approx(expected, rel=1e-3)


def test_another_datum_changes_nothing() -> None:
    z = np.zeros((60, 200))
    z[:, 120] = 400.0
    assert seen(window(z, 25.0), 30, 40, 35.0, 90.0) == pytest.approx(seen(window(z), 30, 40, 10.0, 90.0))


def test_near_and_far_limits_hold() -> None:
    z = np.zeros((60, 200))
    z[:, 45] = 400.0  # 250 m away
    z[:, 190] = 900.0  # 7.5 km away
    assert seen(window(z), 30, 40, 0.0, 90.0, to_m=7000.0) == 0.0
    assert seen(window(z), 30, 40, 0.0, 90.0) > 0.1


def test_unknown_terrain_is_open_sky() -> None:
    z = np.full((60, 200), np.nan)
    z[:, :60] = 5.0
    assert seen(window(z), 30, 40, 5.0, 90.0) == 0.0


@pytest.mark.parametrize("relief_m", [0.0, 400.0])
def test_part_of_a_terrain_never_hides_more_than_the_whole(relief_m: float) -> None:
    """Random masks, lakes and clipped frames on flat land and on hills: each leaves the skyline as it was or lower."""
    rng = np.random.default_rng(11)
    y, x = np.mgrid[0:90, 0:90]
    z = 50 + relief_m * np.abs(np.sin(x / 9.0) * np.cos(y / 7.0)) + rng.uniform(0, relief_m / 8, x.shape)
    t = window(z).grid.transform
    row, col = rng.uniform(30, 60, 60), rng.uniform(30, 60, 60)
    places = t.c + (col + 0.5) * t.a, t.f + (row + 0.5) * t.e
    eye = z[row.round().astype(int), col.round().astype(int)] + rng.uniform(0, 20, 60)
    azimuths = np.arange(0.0, 360.0, 30.0)

    def skyline(heights: np.ndarray) -> np.ndarray:
        hills = DistantTerrain(window(heights), *places, eye, from_m=200, to_m=2000)
        return np.stack([hills.raise_tangent(a, np.zeros(60, np.float32)) for a in azimuths])

    whole = skyline(z)
    assert (whole.max() > 0.05) == (relief_m > 0)
    for draw in range(30):
        masked = np.where(rng.random(z.shape) < rng.uniform(0.01, 0.9), np.nan, z)
        if draw % 3 == 0:  # a lake
            masked = z.copy()
            r, c = rng.integers(20, 60, 2)
            masked[r : r + 12, c : c + 12] = np.nan
        elif draw % 3 == 1:  # the frame of a surface model
            masked = np.full_like(z, np.nan)
            masked[32:58, 32:58] = z[32:58, 32:58]
        part = skyline(masked)
        assert np.isfinite(part).all()
        assert (part <= whole + 1e-5).all()


@pytest.mark.parametrize("relief_m", [0.0, 400.0])
def test_gaps_never_lower_a_yield_below_that_of_the_whole_terrain(relief_m: float) -> None:
    """Thirty random parts of a terrain: irradiation of tilted planes lies between whole terrain and open sky."""
    rng = np.random.default_rng(23)
    y, x = np.mgrid[0:70, 0:70]
    z = 50 + relief_m * np.abs(np.sin(x / 9.0) * np.cos(y / 7.0))
    t = window(z).grid.transform
    row, col = rng.uniform(22, 48, 24), rng.uniform(22, 48, 24)
    places = t.c + (col + 0.5) * t.a, t.f + (row + 0.5) * t.e
    eye = z[row.round().astype(int), col.round().astype(int)] + rng.uniform(0, 20, 24)
    planes = normals(rng.uniform(0, 40, 24), rng.uniform(0, 360, 24))
    sky = sky_table(hourly_weather(), steps=24, model="isotropic", sun_step_min=30)

    def year(heights: np.ndarray) -> np.ndarray:
        hills = DistantTerrain(window(heights), *places, eye, from_m=150, to_m=1500)
        return shaded_irradiation(sky, planes, hills).annual

    whole, clear = year(z), year(np.full_like(z, np.nan))
    assert (whole.min() < 0.97 * clear.max()) or relief_m == 0
    for draw in range(30):
        masked = np.where(rng.random(z.shape) < rng.uniform(0.01, 0.9), np.nan, z)
        if draw % 3 == 0:
            r, c = rng.integers(15, 45, 2)
            masked = z.copy()
            masked[r : r + 12, c : c + 12] = np.nan
        part = year(masked)
        assert (part >= whole * (1 - 1e-5)).all()
        assert (part <= clear * (1 + 1e-5)).all()


def _open(tmp_path, bare: np.ndarray, cell: float):
    """Ground of the town under a terrain that reaches 1 km around it."""
    city = make_city(tmp_path, settings=PvSettings(reach_m=80, terrain_reach_m=1000))
    edge = (NORTH + 1500.0, EAST - 1500.0)
    path = write_raster(tmp_path / "bare.tif", bare.astype(np.float32), cell=cell, north=edge[0], west=edge[1])
    city.terrain = geo.raster_source(path)
    return city, open_ground(city, city.buildings)


def test_a_coarse_cell_known_in_part_is_not_known(tmp_path) -> None:
    """Half of every coarse cell is a ridge, the other half unknown: the mean of the ridge would hide too much."""
    bare = np.full((330, 330), 20.0)
    bare[:, 200:205] = 300.0
    whole = _open(tmp_path, bare, 10.0)[1].terrain.to_numpy()
    bare[:, 205:230] = np.nan
    part = _open(tmp_path, bare, 10.0)[1].terrain.to_numpy()
    known = np.isfinite(part)
    assert 0.5 < known.mean() < np.isfinite(whole).mean()
    assert (part[known] <= whole[known] + 1e-3).all()


def test_unknown_ground_around_is_told_with_its_size(tmp_path) -> None:
    bare = np.full((330, 330), 20.0)
    city, _ = _open(tmp_path, bare, 10.0)
    assert not any("not in the terrain" in n.text for n in city.notes)
    bare[:, 165:] = np.nan  # all to the east of the town's middle
    city, _ = _open(tmp_path, bare, 10.0)
    (note,) = [n for n in city.notes if "not in the terrain" in n.text]
    share = float(note.text.split(" % is not")[0].split()[-1])
    assert 35 < share < 60
    assert "未知处不遮挡" in note.text_zh


def test_an_eye_beside_unknown_ground_still_sees_the_hills() -> None:
    """A gap away from an eye takes nothing from it; a gap under its neighbour only what that cell gave."""
    z = np.zeros((60, 200))
    z[:, 120] = 400.0
    gap = z.copy()
    gap[20:25, 30:35] = np.nan
    assert seen(window(gap), 30, 40, 0.0, 90.0) == seen(window(z), 30, 40, 0.0, 90.0) > 0.09


def test_any_window_gives_the_same_hills() -> None:
    rng = np.random.default_rng(3)
    z = rng.uniform(0, 300, (160, 170)).astype(np.float32)
    whole = window(z)
    rows, cols = slice(20, 150), slice(10, 160)
    part = TerrainWindow(z[rows, cols], whole.grid.part(rows, cols))
    t = whole.grid.transform
    x, y = t.c + rng.uniform(80, 90, 20) * t.a, t.f + rng.uniform(80, 90, 20) * t.e
    eye = rng.uniform(50, 300, 20)
    for azimuth in (2.5, 47.5, 91.0, 200.0, 333.0):
        one = DistantTerrain(whole, x, y, eye, from_m=300, to_m=2500).raise_tangent(azimuth, np.zeros(20, np.float32))
        two = DistantTerrain(part, x, y, eye, from_m=300, to_m=2500).raise_tangent(azimuth, np.zeros(20, np.float32))
        np.testing.assert_allclose(two, one, rtol=1e-6, atol=1e-8)


def hilly_ground(city, folder, height: float = 600.0) -> Ground:
    """The town with a ridge 1.5 km to its south."""
    surface = surface_model(city.surface, city.crs)
    box = Grid.of(surface).bounds
    grid = Grid.from_bounds((box[0] - 5000, box[1] - 5000, box[2] + 5000, box[3] + 5000), COARSE_CELL_M, city.crs)
    z = np.full(grid.shape, 20.0, np.float32)
    south = grid.window((box[0] - 5000, box[1] - 2000, box[2] + 5000, box[1] - 1500))[0]
    z[south] = height
    return Ground(surface, None, from_numpy(da.from_array(z, chunks=64), grid, name="terrain", units="m"))


def test_batches_with_hills_do_not_depend_on_their_size(tmp_path) -> None:
    settings = PvSettings(reach_m=80, terrain_reach_m=4000)
    city = make_city(tmp_path, settings=settings)
    ground = hilly_ground(city, tmp_path)
    model = site_model(hourly_weather(), settings, city.crs, city.middle_deg)
    tables = []
    for cells in (60, 5000):
        results = run_batches(ground, model, plan_batches(city.buildings, Grid.of(ground.surface), settings, cells))
        faces = pd.concat([r.faces for r in results]).sort_values(["building", "area_m2", "surface_azimuth"])
        tables.append(np.stack(faces["poa"].to_list()))
    np.testing.assert_allclose(tables[0], tables[1], rtol=1e-6)
    flat = run_batches(Ground(ground.surface), model, plan_batches(city.buildings, Grid.of(ground.surface), settings))
    december = np.stack(pd.concat([r.faces for r in flat])["poa"].to_list())[:, 11].mean()
    assert tables[1][:, 11].mean() < december


@pytest.mark.parametrize(("lift", "expected"), [(0.0, 0.0), (25.0, 25.0), (-40.0, -40.0)])
def test_the_datum_is_read_on_open_ground_whatever_is_known_of_heights(tmp_path, lift, expected) -> None:
    """Outlines without a height of their own (0 m here) are no sign of another datum."""
    city = make_city(
        tmp_path, settings=PvSettings(reach_m=80, terrain_reach_m=4000), spoil=lambda z, houses: raised(z, houses, lift)
    )
    city.buildings["height_m"] = 0.0
    y, x = np.mgrid[0:220, 0:220]
    bare = 20 + 0.01 * x + 2 * np.sin(y / 40.0)  # the ground of the town
    city.terrain = geo.raster_source(write_raster(tmp_path / "bare.tif", bare.astype(np.float32)))
    ground = open_ground(city, city.buildings)
    assert ground.terrain_offset_m == pytest.approx(expected, abs=0.5)
    assert any("datum" in note.text for note in city.notes) == (expected != 0)


def raised(z: np.ndarray, houses: list, lift: float) -> None:
    """Another datum, and every roof 13 m higher than it was."""
    for r, c, h, w, _ in houses:
        z[r : r + h, c : c + w] += 13
    z += lift


def test_trees_beside_a_roof_cost_energy_by_their_opacity(tmp_path) -> None:
    z_city = make_city(tmp_path / "a", settings=PvSettings(reach_m=80, min_sun_share=0))
    houses = z_city.buildings
    west, south, east, _ = houses.geometry.iloc[0].bounds
    trees = np.zeros((220, 220), np.float32)
    row, col = round(NORTH - south), round(west - EAST)
    trees[row + 2 : row + 6, col : col + round(east - west)] = 25.0
    path = write_raster(tmp_path / "trees.tif", trees)
    energy = {}
    for name, opacity in (("none", 0.0), ("half", 0.5), ("full", 1.0)):
        city = make_city(tmp_path / name, settings=PvSettings(reach_m=80, canopy_opacity=opacity, min_sun_share=0))
        city.canopy = geo.raster_source(path)
        energy[name] = assess(city)["yield_kwh"][0]
    assert energy["none"] == pytest.approx(assess(z_city)["yield_kwh"][0], rel=1e-6)
    assert energy["full"] < 0.93 * energy["none"]
    assert energy["half"] == pytest.approx((energy["none"] + energy["full"]) / 2, rel=0.02)


def test_bare_months_let_the_sun_through() -> None:
    settings = PvSettings(bare_months=(12, 1, 2))
    assert settings.opacity[0] == settings.bare_opacity
    assert settings.opacity[6] == settings.canopy_opacity


def test_canopy_heights_stand_on_the_ground(tmp_path) -> None:
    z = np.full((40, 40), 12.0, np.float32)
    trees = np.zeros((40, 40), np.float32)
    trees[10, 10] = 7.0
    surface = surface_model(geo.raster_source(write_raster(tmp_path / "z.tif", z)), geo.crs.parse_crs(4548))
    source = geo.raster_source(write_raster(tmp_path / "t.tif", trees))
    top = canopy_top(source, surface, None).to_numpy()
    assert top[10, 10] == 19.0
    assert np.isnan(top).sum() == 40 * 40 - 1
    assert canopy_top(source, surface, None, kind="top").to_numpy()[10, 10] == 7.0
