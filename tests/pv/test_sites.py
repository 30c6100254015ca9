"""Plants beyond roofs: the published plant, the endless wall, and areas that sum to the whole."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from shapely.geometry import box

from guanghui.data import read_table
from guanghui.geo.crs import parse_crs
from guanghui.geo.errors import InputError
from guanghui.geo.grid import Grid
from guanghui.geo.landcover import LandCover, PolygonCover, custom_legend
from guanghui.geo.raster import from_numpy
from guanghui.geo.raster_source import raster_source
from guanghui.geo.vector import ellipsoid_area_m2
from guanghui.pv.settings import PvSettings
from guanghui.pv.sites.assess import SITE_COLUMNS, Site, assess_sites, names_once
from guanghui.pv.sites.energy import Planes, SiteSun, row_fence, rows_ahead, site_sun
from guanghui.pv.sites.presets import KINDS, preset
from guanghui.pv.sites.screen import KEPT, LayerRule, Screen, kept_after, slope_percent
from guanghui.pv.sites.settings import SiteRules, SiteSettings
from guanghui.pv.sites.walls import walls_of
from guanghui.pv.sun.normals import normals_table, weather_from_normals
from tests.scenes import CRS, EAST, LATITUDE, NORTH, write_raster

MU_M2 = 2000 / 3


@pytest.fixture(scope="module")
def sun() -> SiteSun:
    weather = weather_from_normals(
        normals_table("jiujiang", LATITUDE), latitude=LATITUDE, longitude=115.8, altitude=25.0
    )
    return site_sun(weather, PvSettings())


@pytest.fixture(scope="module")
def isotropic(weather) -> SiteSun:
    return site_sun(weather, PvSettings(sky_model="isotropic"))


def towns(*boxes: tuple[float, float, float, float]) -> gpd.GeoDataFrame:
    codes = [str(i) for i in range(len(boxes))]
    return gpd.GeoDataFrame({"code": codes, "name": codes}, geometry=[box(*b) for b in boxes], crs=CRS)


def square(side: float, east: float = EAST, north: float = NORTH) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(geometry=[box(east, north, east + side, north + side)], crs=CRS)


def site(frame: gpd.GeoDataFrame, **more: object) -> Site:
    given = {"name": "a", "path": "a.gpkg", "kind": "agri", **more}
    return Site(SiteSettings.model_validate(given), frame)


def worked(sites: list[Site], sun: SiteSun, screen: Screen | None = None, **more: object):
    area = towns((EAST - 1e4, NORTH - 1e4, EAST + 1e4, NORTH + 1e4))
    options = {"latitude": LATITUDE, "rules": SiteRules(), "screen": screen or Screen(), "co2_kg_kwh": 0.5, **more}
    return assess_sites(sites, options.pop("townships", area), sun, **options)


def test_jiangyi_comes_out_as_published(sun: SiteSun) -> None:
    """江益: 170 MW on 3,342 mu, 175.332 GWh a year (共青城市碳达峰试点建设实施方案, 2023-12): within 5 %."""
    side = np.sqrt(3342 * MU_M2)
    found = worked([site(square(side), status="approved", year=2023)], sun)
    row = found.table.iloc[0]
    assert row["capacity_kwp"] == pytest.approx(170_000, rel=0.05)
    assert row["specific_yield_kwh_kwp"] == pytest.approx(1031, rel=0.05)
    assert row["yield_kwh"] == pytest.approx(175.332e6, rel=0.05)
    assert row["w_m2"] == pytest.approx(76.3)
    assert row["avoided_co2_t"] == pytest.approx(row["yield_kwh"] * 0.5 / 1000)
    assert tuple(found.table.columns) == SITE_COLUMNS


def test_a_facade_before_an_endless_wall_sees_the_sky_of_the_closed_form(isotropic: SiteSun) -> None:
    """An endless wall of height h seen at a right angle leaves an upright plane (1 - sin h)/2 of the sky, and takes the
    sun while ``tan(elevation) < tan h cos(azimuth - facing)``."""
    suns = isotropic.weather.suns(10.0)
    zenith, azimuth = np.radians(suns.zenith), np.radians(suns.azimuth)
    for facing in (180.0, 120.0):
        for high in (0.0, 15.0, 30.0, 50.0):
            planes = Planes(np.array([90.0]), np.array([facing]), np.zeros(1, bool), np.array([high]))
            got = isotropic.irradiation(planes)
            sky = (1 - np.sin(np.radians(high))) / 2
            assert got.sky_view[0] == pytest.approx(sky, rel=0.01)
            ahead = np.cos(azimuth - np.radians(facing))
            seen = (ahead > 0) & (np.cos(zenith) > np.tan(np.radians(high)) * ahead * np.sin(zenith))
            beam = (suns.dni * np.sin(zenith) * ahead * seen).sum() * suns.hours / 1000
            diffuse = sky * suns.dhi.sum() * suns.hours / 1000
            ground = (1 - sky) * 0.2 * suns.ghi.sum() * suns.hours / 1000
            assert got.annual[0] == pytest.approx(beam + diffuse + ground, rel=0.01)
    assert row_fence(np.array([90.0]), np.array([45.0])).tolist() == [pytest.approx([1.0, 0.0], abs=1e-12)]


def test_tilt_rows_and_walls_are_in_order(sun: SiteSun) -> None:
    ahead = rows_ahead(sun.settings, 24.0, LATITUDE)
    tilts = np.array([0.0, 24.0, 24.0, 90.0, 90.0])
    toward = np.array([180.0, 180.0, 180.0, 180.0, 0.0])
    year = sun.energy(Planes(tilts, toward, np.array([1, 1, 1, 0, 0], bool), np.array([0, 0, ahead, 0, 0]))).sum(axis=1)
    assert 0 < ahead < 24
    assert year[1] > year[2] > year[3] > year[4] > 0
    assert year[1] > year[0]


def test_what_the_rules_take_sums_to_the_whole(tmp_path: Path) -> None:
    land = gpd.GeoDataFrame(geometry=[box(EAST + 3, NORTH + 4, EAST + 397, NORTH + 361)], crs=CRS)
    codes = np.full((60, 60), 40, np.uint8)
    codes[:, :20] = 80
    codes[:30, 20:30] = 50
    path = write_raster(tmp_path / "land.tif", codes, cell=10.0, west=EAST - 100, north=NORTH + 500)
    height = np.zeros((60, 60), np.float32)
    height[:, 42:] = np.arange(18) * 3.0  # 30 % up to the east
    rise = write_raster(tmp_path / "terrain.tif", height, cell=10.0, west=EAST - 100, north=NORTH + 500)
    layer = box(EAST + 250.5, NORTH + 100.5, EAST + 320.25, NORTH + 900)
    screen = Screen(
        [LayerRule("layer_1", "基本农田", "basic farmland", layer)], LandCover(raster_source(path), "worldcover", 2021),
        ("water", "built"), raster_source(rise), 12.0, 8.0,
    )  # fmt: skip
    lost, _ = kept_after(land.geometry.iloc[0], land.crs, screen)
    whole = float(ellipsoid_area_m2(land)[0])
    assert lost["area_m2"].sum() == pytest.approx(whole, rel=1e-9)
    areas = lost.set_index("rule")["area_m2"]
    scale = whole / shapely.area(land.geometry.iloc[0])
    inside = shapely.intersection(land.geometry.iloc[0], layer)
    assert areas["layer_1"] == pytest.approx(shapely.area(inside) * scale, rel=1e-6)
    water = box(EAST - 100, NORTH - 200, EAST + 100, NORTH + 900)
    built = box(EAST + 100, NORTH + 200, EAST + 200, NORTH + 900)
    taken = shapely.difference(shapely.intersection(land.geometry.iloc[0], shapely.union(water, built)), layer)
    assert areas["land_class"] == pytest.approx(shapely.area(taken) * scale, rel=1e-6)
    assert areas["slope"] > 0
    assert list(lost["rule"])[-1] == KEPT
    free, _ = kept_after(land.geometry.iloc[0], land.crs, Screen())
    assert free["area_m2"].tolist() == pytest.approx([whole])


def test_far_from_the_grid_is_taken_outside_of_the_reach() -> None:
    land = box(EAST, NORTH, EAST + 1000, NORTH + 100)
    reach = box(EAST - 10, NORTH - 10, EAST + 250, NORTH + 500)
    lost, left = kept_after(land, parse_crs(CRS), Screen([LayerRule("far", "远", "far", reach, outside=True)]))
    assert lost["area_m2"].to_numpy() / lost["area_m2"].sum() == pytest.approx([0.75, 0.25], rel=1e-4)
    assert shapely.area(left) == pytest.approx(25_000)


def test_slope_and_aspect_of_planes() -> None:
    y, x = np.mgrid[0:20, 0:20]
    for rise_north, rise_east, away in ((-0.1, 0.0, True), (0.1, 0.0, False), (0.0, 0.1, False), (-0.1, 0.2, False)):
        height = rise_north * -10.0 * y + rise_east * 10.0 * x
        slope, north = slope_percent(height, 10.0)
        assert slope[5:-5, 5:-5] == pytest.approx(100 * np.hypot(rise_north, rise_east))
        assert north[5:-5, 5:-5].all() == away  # falls to the north where it rises to the south
        assert slope_percent(-height, 10.0, north=False)[1][5:-5, 5:-5].all() == away


def test_new_plants_obey_and_standing_ones_keep_their_land(sun: SiteSun) -> None:
    screen = Screen([LayerRule("layer_1", "红线", "red line", box(EAST, NORTH, EAST + 50, NORTH + 100))])
    whole = float(ellipsoid_area_m2(square(100))[0])
    for status, part in (("possible", 0.5), ("approved", 1.0), ("existing", 1.0)):
        found = worked([site(square(100), status=status)], sun, screen)
        assert found.table["usable_m2"].iloc[0] == pytest.approx(part * whole, rel=1e-6)
    known = worked([site(square(100), status="existing", capacity_mw=0.5)], sun).table.iloc[0]
    assert known["capacity_kwp"] == known["capacity_low_kwp"] == known["capacity_high_kwp"] == 500.0
    assert known["w_m2"] == pytest.approx(5e5 / whole)
    again = worked([site(square(100)), site(square(100, EAST + 50), name="b")], sun)
    assert again.rules[again.rules["rule"] == "overlap"]["area_m2"].sum() == pytest.approx(whole / 2, rel=1e-6)
    assert again.table["usable_m2"].sum() == pytest.approx(1.5 * whole, rel=1e-6)


def test_a_site_across_townships_is_split_and_none_is_lost(sun: SiteSun) -> None:
    homes = towns((EAST - 500, NORTH - 500, EAST + 25, NORTH + 500), (EAST + 25, NORTH - 500, EAST + 500, NORTH + 500))
    found = worked([site(square(100))], sun, townships=homes)
    one = worked([site(square(100))], sun).table.iloc[0]
    assert found.table["capacity_kwp"].tolist() == pytest.approx([one["capacity_kwp"] / 4, 0.75 * one["capacity_kwp"]])
    assert found.table["yield_kwh"].sum() == pytest.approx(one["yield_kwh"])
    assert found.shapes["capacity_kwp"].iloc[0] == pytest.approx(one["capacity_kwp"])
    assert found.rules["area_m2"].sum() == pytest.approx(one["land_m2"])
    west = worked([site(square(100))], sun, townships=homes.iloc[:1])  # the rest lies outside and is not counted
    assert west.table["capacity_kwp"].tolist() == pytest.approx([one["capacity_kwp"] / 4], rel=1e-6)
    outside = west.rules.set_index("rule")["area_m2"]
    assert outside["outside"] == pytest.approx(0.75 * one["land_m2"], rel=1e-6)
    with pytest.raises(InputError, match="outside the townships"):
        worked([site(square(100, EAST + 2e5))], sun)
    with pytest.raises(InputError, match="stands twice"):
        names_once([site(square(1)), site(square(1))])


def test_walls_of_a_house_with_a_court_and_a_neighbour(sun: SiteSun) -> None:
    court = shapely.difference(box(0, 0, 30, 20), box(10, 5, 20, 15))
    frame = gpd.GeoDataFrame({"height_m": [12.0, 9.0]}, geometry=[court, box(30, 0, 45, 20)], crs=CRS)
    frame["geometry"] = frame.geometry.translate(EAST, NORTH)
    walls = walls_of(frame, frame["height_m"].to_numpy())
    first = walls.building == 0
    assert (walls.area_m2 + walls.foot_m2)[first].sum() == pytest.approx((100 + 40) * 12)
    assert walls.area_m2[first].sum() == pytest.approx(140 * 9)
    assert sorted(walls.azimuth[first].round().tolist()) == sorted([0, 90, 180, 270] * 2)
    assert walls.shared.sum() == 2  # the two that touch
    assert walls.area_m2[walls.shared] == pytest.approx([20 * 9, 20 * 6])
    found = worked([Site(SiteSettings(name="f", path="f", kind="facade"), frame)], sun)
    assert found.rules["area_m2"].sum() == pytest.approx((walls.area_m2 + walls.foot_m2).sum())
    kept = found.rules.set_index("rule")["area_m2"]
    assert found.table["capacity_kwp"].iloc[0] == pytest.approx(kept[KEPT] * 0.190)
    assert kept["dark"] > 0  # walls to the north
    with pytest.raises(InputError, match="height"):
        worked([Site(SiteSettings(name="f", path="f", kind="facade"), square(10))], sun)


def test_a_wall_before_a_facade_in_the_surface_takes_light(sun: SiteSun) -> None:
    z = np.zeros((240, 240), np.float32)
    z[100:110, 110:130] = 15.0
    houses = gpd.GeoDataFrame(
        {"height_m": [15.0]}, geometry=[box(EAST + 110, NORTH + 130, EAST + 130, NORTH + 140)], crs=CRS
    )
    grid = Grid.from_bounds((EAST, NORTH, EAST + 240, NORTH + 240), 1.0, parse_crs(CRS))
    here = Site(SiteSettings(name="f", path="f", kind="facade"), houses)
    alone = worked([here], sun, surface=from_numpy(z, grid), reach_m=100.0).table.iloc[0]
    before = z.copy()
    before[125:130, :] = 20.0
    shaded = worked([here], sun, surface=from_numpy(before, grid), reach_m=100.0).table.iloc[0]
    open_ = worked([here], sun).table.iloc[0]
    assert alone["yield_kwh"] == pytest.approx(open_["yield_kwh"], rel=0.01)
    assert shaded["specific_yield_kwh_kwp"] < 0.9 * alone["specific_yield_kwh_kwp"]


def test_every_preset_has_a_source_and_a_range() -> None:
    table = read_table("factors", "site_presets.csv")
    assert tuple(table["kind"]) == KINDS
    assert (table["source"].str.len() > 10).all()
    for kind in KINDS:
        one = preset(kind)
        assert one.w_m2_low < one.w_m2 < one.w_m2_high
        assert one.mark in ("V", "2", "K")
        assert one.mark != "K" or "assumed" in one.source
    assert preset("ground").tilt(29.0) == 24.0
    assert preset("ground").tilt(-3.0) == 0.0
    assert dataclasses.is_dataclass(preset("facade"))


def test_land_given_as_polygons_takes_land_as_a_raster_does() -> None:
    west, east = box(EAST - 50, NORTH - 50, EAST + 60, NORTH + 150), box(EAST + 60, NORTH - 50, EAST + 150, NORTH + 150)
    frame = gpd.GeoDataFrame({"code": ["1", "2"], "stated_m2": np.nan}, geometry=[west, east], crs=CRS)
    cover = PolygonCover(Path("land.gpkg"), frame, custom_legend({"1": "water", "2": "grassland"}, text=True), 2023)
    land = square(100).geometry.iloc[0]
    lost, _ = kept_after(land, parse_crs(CRS), Screen(land=cover, not_on=("water",)))
    areas = lost.set_index("rule")["area_m2"]
    assert areas["land_class"] / areas.sum() == pytest.approx(0.6, abs=1e-6)
    assert areas.sum() == pytest.approx(float(ellipsoid_area_m2(square(100))[0]), rel=1e-9)
