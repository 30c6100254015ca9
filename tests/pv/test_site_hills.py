"""Hills around plants beyond roofs: endless slopes against pvlib's hours, gaps of a terrain, places of a polygon."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pvlib
import pytest
import shapely
from scipy.ndimage import gaussian_filter, map_coordinates
from shapely.geometry import box

from guanghui.geo.raster_source import raster_source
from guanghui.pv.settings import PvSettings
from guanghui.pv.shade.sweep import EARTH_BEND
from guanghui.pv.sites.assess import Site, Sites, assess_sites
from guanghui.pv.sites.energy import Planes, SiteSun, site_sun
from guanghui.pv.sites.hills import Hills, places_in
from guanghui.pv.sites.screen import Screen
from guanghui.pv.sites.settings import SiteRules, SiteSettings
from tests.scenes import CRS, EAST, LATITUDE, NORTH, hourly_weather, write_raster

CELL, SIDE = 50.0, 421
MIDDLE = SIDE // 2
X, Y = EAST + (MIDDLE + 0.5) * CELL, NORTH - (MIDDLE + 0.5) * CELL
EYE = 1.5


@pytest.fixture(scope="module")
def sun() -> SiteSun:
    return site_sun(hourly_weather(), PvSettings(sky_model="isotropic"))


def valley(height_deg: float, axis: int, sides: int = 2) -> np.ndarray:
    """Endless slopes that rise at ``height_deg`` to both sides of a line, or to the south (east) alone; axis 0: it runs
    east. From the line they stand as endless walls do: ``tan(horizon) = tan(height) |cos(azimuth - across)|``."""
    along = (np.arange(SIDE) - MIDDLE) * CELL
    rise = np.tan(np.radians(height_deg)) * (np.abs(along) if sides == 2 else np.maximum(along, 0.0))
    z = np.broadcast_to(rise, (SIDE, SIDE)).astype(np.float32)
    return np.ascontiguousarray(z.T if axis == 0 else z)


def hills(folder: Path, z: np.ndarray, reach: float = 10_000.0) -> Hills:
    source = raster_source(write_raster(folder / "terrain.tif", z, cell=CELL))
    found = Hills.of(source, CRS, reach)
    assert found is not None
    return found


CASES = [(8.0, 0, 2), (20.0, 0, 2), (35.0, 0, 2), (20.0, 1, 2), (15.0, 0, 1)]


@pytest.mark.parametrize(("height", "axis", "sides"), CASES)
def test_a_valley_takes_what_pvlib_says_hour_by_hour(
    sun: SiteSun, tmp_path: Path, height: float, axis: int, sides: int
) -> None:
    """Endless walls hide the sun while ``tan(elevation) < tan h |cos(azimuth - across)|``. A plane tilted by b towards
    one of height h, with one of height k behind, sees (cos(b + h) + cos(max(k - b, 0)))/2 of the sky.
    """
    skyline = hills(tmp_path, valley(height, axis, sides)).skyline(np.array([X]), np.array([Y]), EYE, sun.table.nodes)
    h, across = np.radians(height), np.radians(180.0 if axis == 0 else 90.0)
    k = h if sides == 2 else 0.0
    suns = sun.weather.suns(10.0)
    elevation, azimuth = np.radians(90.0 - suns.zenith), np.radians(suns.azimuth)
    ahead = np.cos(azimuth - across)
    seen = np.tan(elevation) > np.where(ahead > 0, np.tan(h), np.tan(k)) * np.abs(ahead)
    for tilt in (0.0, 25.0) if axis == 0 else (0.0,):
        b = np.radians(tilt)
        sky = (np.cos(b + h) + np.cos(max(k - b, 0.0))) / 2
        beam = pvlib.irradiance.beam_component(tilt, 180.0, suns.zenith, suns.azimuth, suns.dni * seen)
        hourly = beam + sky * suns.dhi + (1 - sky) * 0.2 * suns.ghi
        truth = float(hourly.sum()) * suns.hours / 1000
        planes = Planes(np.array([tilt]), np.array([180.0]), np.ones(1, bool), np.zeros(1))
        got = sun.irradiation(planes, skyline)
        assert got.sky_view[0] == pytest.approx(sky, rel=3e-3)
        assert got.annual[0] == pytest.approx(truth, rel=3e-3)


def land(side: float) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(geometry=[box(X - side / 2, Y - side / 2, X + side / 2, Y + side / 2)], crs=CRS)


def worked(sun: SiteSun, there: Hills | None, kind: str = "ground") -> Sites:
    frame = land(100.0)
    town = gpd.GeoDataFrame({"code": ["1"], "name": ["镇"]}, geometry=[land(4000.0).geometry.iloc[0]], crs=CRS)
    if kind == "facade":
        frame["height_m"] = 12.0
    site = Site(SiteSettings.model_validate({"name": "a", "path": "a", "kind": kind}), frame)
    return assess_sites([site], town, sun, latitude=LATITUDE, rules=SiteRules(), screen=Screen(), hills=there)


@pytest.mark.parametrize("kind", ["ground", "carport", "facade"])
def test_hills_take_light_and_the_loss_says_how_much(sun: SiteSun, tmp_path: Path, kind: str) -> None:
    open_ = worked(sun, None, kind).table.iloc[0]
    flat = worked(sun, hills(tmp_path, np.full((SIDE, SIDE), 30, np.float32)), kind).table.iloc[0]
    shut = worked(sun, hills(tmp_path / "b", valley(20.0, 0)), kind)
    row = shut.table.iloc[0]
    assert np.isnan(open_["hills_loss_pct"])
    assert open_["hills_unknown_pct"] == 100.0
    assert flat["yield_kwh"] == pytest.approx(open_["yield_kwh"], rel=1e-6)
    assert (flat["hills_loss_pct"], flat["hills_unknown_pct"]) == pytest.approx((0.0, 0.0), abs=1e-4)
    assert row["yield_kwh"] == pytest.approx(open_["yield_kwh"] * (1 - row["hills_loss_pct"] / 100), rel=1e-9)
    assert 0.5 < row["hills_loss_pct"] < 25
    assert row["specific_yield_kwh_kwp"] == pytest.approx(row["yield_kwh"] / row["capacity_kwp"])
    assert shut.by_site()["hills_loss_pct"].iloc[0] == row["hills_loss_pct"]


def test_a_rough_skyline_is_that_of_rays_followed_by_hand(sun: SiteSun, tmp_path: Path) -> None:
    """Made-up hills, rays of 10 m steps over the same bilinear ground with the drop of the curved Earth."""
    rng = np.random.default_rng(4)
    z = 60 * gaussian_filter(rng.normal(size=(SIDE, SIDE)), 6) / 0.047 + 200
    x, y = X + np.array([0.0, 900.0, -1250.0]), Y + np.array([0.0, -1300.0, 2250.0])
    got = hills(tmp_path, z.astype(np.float32), 8000.0).skyline(x, y, EYE, sun.table.nodes)
    away = np.arange(10.0, 8000.0, 10.0)
    for k, azimuth in enumerate(sun.table.nodes):
        east, north = away * np.sin(np.radians(azimuth)), away * np.cos(np.radians(azimuth))
        for p in range(3):
            col, row = (x[p] - EAST) / CELL - 0.5, (NORTH - y[p]) / CELL - 0.5
            ground = map_coordinates(z, [row - north / CELL, col + east / CELL], order=1, mode="nearest")
            eye = z[round(row), round(col)] + EYE
            truth = max(float(((ground - eye - EARTH_BEND * away**2) / away).max()), 0.0)
            assert got.tangent[k, p] == pytest.approx(truth, abs=np.radians(0.1))


def test_what_the_terrain_does_not_know_hides_nothing_and_is_told(sun: SiteSun, tmp_path: Path) -> None:
    whole = worked(sun, hills(tmp_path / "a", valley(20.0, 0))).table.iloc[0]
    z = valley(20.0, 0)
    z[:, MIDDLE + 20 :] = np.nan  # all that lies a kilometre or more to the east
    half = worked(sun, hills(tmp_path / "b", z)).table.iloc[0]
    assert 0 < half["hills_loss_pct"] < whole["hills_loss_pct"]
    reach, turn = np.geomspace(100.0, 10_000.0, 8), np.radians(np.arange(0.0, 360.0, 10.0))
    east = reach[:, None] * np.sin(turn)
    assert half["hills_unknown_pct"] == pytest.approx(100 * (east > 20 * CELL - CELL / 2).mean(), abs=1.5)
    nothing = worked(sun, hills(tmp_path / "c", np.full((SIDE, SIDE), np.nan, np.float32))).table.iloc[0]
    assert np.isnan(nothing["hills_loss_pct"])
    assert nothing["yield_kwh"] == pytest.approx(worked(sun, None).table["yield_kwh"].iloc[0])


def test_places_of_a_polygon_stand_for_all_of_it() -> None:
    for shape, most in ((box(0, 0, 100, 100), 1), (box(0, 0, 4000, 2000), 30), (box(0, 0, 30_000, 2), 810)):
        x, y, part = places_in(shape)
        assert part.sum() == pytest.approx(1.0)
        assert len(x) <= most
        assert shapely.intersects(shape, shapely.points(x, y)).all()
        assert x @ part == pytest.approx(shape.centroid.x, rel=0.02)
    scattered = shapely.union_all([box(0, 0, 100, 100), box(50_000, 70_000, 50_300, 70_100)])
    x, _, part = places_in(scattered)
    assert part[x > 1000].sum() == pytest.approx(0.75)
    assert Hills.of(None, CRS, 1e4) is None
