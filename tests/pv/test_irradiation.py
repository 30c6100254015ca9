"""Irradiation against pvlib hour by hour, closed forms, and conservation."""

from __future__ import annotations

import numpy as np
import pvlib
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from guanghui.pv.shade.horizon import Skyline
from guanghui.pv.shade.irradiation import normals, open_irradiation, shaded_irradiation
from guanghui.pv.sun.sky import SKY_MODELS, components, sky_table
from tests.scenes import hourly_weather

TILT = np.array([0.0, 10.0, 20.0, 30.0, 30.0, 30.0, 30.0, 45.0, 60.0])
AZIMUTH = np.array([180.0, 180.0, 180.0, 0.0, 90.0, 180.0, 270.0, 135.0, 200.0])


@pytest.fixture(scope="module")
def table():
    return sky_table(hourly_weather())


def pvlib_year(weather, tilt: float, azimuth: float, model: str = "perez-driesse") -> np.ndarray:
    """Monthly plane irradiation summed over the same suns by pvlib [kWh/m²]."""
    s = weather.suns()
    total = pvlib.irradiance.get_total_irradiance(
        tilt, azimuth, s.zenith, s.azimuth, s.dni, s.ghi, s.dhi, s.dni_extra,
        airmass=pvlib.atmosphere.get_relative_airmass(s.zenith), albedo=0.2, model=model,
    )  # fmt: skip
    return np.bincount(s.month, np.nan_to_num(np.asarray(total["poa_global"])), 12) * s.hours / 1000


def test_an_unshaded_plane_equals_pvlib(weather, table) -> None:
    ours = open_irradiation(table, TILT, AZIMUTH)
    truth = np.array([pvlib_year(weather, t, a) for t, a in zip(TILT, AZIMUTH, strict=True)])
    np.testing.assert_allclose(ours.annual, truth.sum(axis=1), rtol=1e-4)
    np.testing.assert_allclose(ours.monthly, truth, rtol=2e-3)


@pytest.mark.parametrize("model", SKY_MODELS)
def test_every_sky_model_equals_pvlib(weather, model: str) -> None:
    ours = open_irradiation(sky_table(weather, model=model), np.array([25.0]), np.array([150.0]))
    assert ours.annual[0] == pytest.approx(pvlib_year(weather, 25.0, 150.0, model).sum(), rel=2e-4)


def test_unknown_sky_model_is_named(weather) -> None:
    with pytest.raises(ValueError, match="cloudy"):
        sky_table(weather, model="cloudy")


def test_a_level_plane_receives_the_global_radiation(weather, table) -> None:
    assert open_irradiation(table, np.array([0.0]), np.array([180.0])).annual[0] == pytest.approx(
        weather.ghi_kwh_m2, rel=2e-3
    )


def test_months_add_up_to_the_year(table) -> None:
    ours = open_irradiation(table, TILT, AZIMUTH)
    np.testing.assert_allclose(ours.monthly.sum(axis=1), ours.annual, rtol=1e-5)


def test_the_sky_a_tilted_plane_sees(table) -> None:
    """Closed form of the open view: (1 + cos tilt)/2."""
    ours = open_irradiation(table, TILT, AZIMUTH)
    np.testing.assert_allclose(ours.sky_view, (1 + np.cos(np.radians(TILT))) / 2, rtol=1e-4)


@pytest.mark.parametrize(("cell", "tolerance"), [(1.0, 5e-3), (0.25, 1e-3)])
def test_sky_view_beside_an_endless_wall(table, cell: float, tolerance: float) -> None:
    """A level place at distance d of a wall of height h sees (1 + cos β)/2 of the sky, tan β = h/d (Oke 1987)."""
    half = int(60 / cell)
    z = np.zeros((2 * half + 1, half + int(20 / cell)), np.float32)
    z[:, int(12 / cell) :] = 8.0
    eye = np.array([half]), np.array([0])
    d = int(12 / cell) * cell
    skyline = Skyline(z, cell, *eye, near=int(32 / cell), reach_m=58.0)
    view = shaded_irradiation(table, normals(np.zeros(1), np.zeros(1)), skyline).sky_view[0]
    assert view == pytest.approx((1 + np.cos(np.arctan(8.0 / d))) / 2, abs=tolerance)


def test_sky_view_of_a_round_court(table) -> None:
    """In the middle of a court with a level rim of elevation h all around, cos² h of the sky is left."""
    cell = 0.25
    y, x = np.mgrid[-120:121, -120:121] * cell
    z = np.where(np.hypot(x, y) >= 15.0, 9.0, 0.0).astype(np.float32)
    skyline = Skyline(z, cell, np.array([120]), np.array([120]), near=80, reach_m=29.0)
    view = shaded_irradiation(table, normals(np.zeros(1), np.zeros(1)), skyline).sky_view[0]
    assert view == pytest.approx(np.cos(np.arctan(9.0 / 15.0)) ** 2, abs=5e-3)


def court_skyline(azimuth: np.ndarray, half: float, height: float) -> np.ndarray:
    """Elevation of the rim of a square court seen from its middle [rad]."""
    a = np.radians(azimuth)
    distance = half / np.maximum(np.abs(np.sin(a)), np.abs(np.cos(a)))
    return np.arctan(height / distance)


@pytest.mark.parametrize(("tilt", "azimuth"), [(0.0, 180.0), (20.0, 180.0), (30.0, 80.0)])
def test_beam_in_a_walled_court_equals_a_brute_force_by_hour(weather, table, tilt: float, azimuth: float) -> None:
    """Every sun of the year tested against the rim of a square court, beam and circumsolar by pvlib."""
    cell, half, height = 0.5, 10.0, 6.0
    y, x = np.mgrid[-60:61, -60:61] * cell
    z = np.where(np.maximum(np.abs(x), np.abs(y)) >= half, height, 0.0).astype(np.float32)
    skyline = Skyline(z, cell, np.array([60]), np.array([60]), near=30, reach_m=29.0)
    plane = normals(np.array([tilt]), np.array([azimuth]))
    shaded = shaded_irradiation(table, plane, skyline)
    rest = shaded.sky_view[0] * table.isotropic.sum() + (1 - shaded.sky_view[0]) * table.ground.sum()

    s = weather.suns(5)
    seen = np.radians(90 - s.zenith) > court_skyline(s.azimuth, half, height)
    cosine = np.maximum(np.cos(np.radians(pvlib.irradiance.aoi(tilt, azimuth, s.zenith, s.azimuth))), 0)
    beam = s.dni * cosine + components(s, tilt, azimuth, "perez-driesse")["circumsolar"]
    truth = float((beam * seen).sum() * s.hours / 1000)
    band = 0.0  # the rim hides the whole horizon band
    assert shaded.annual[0] - rest - band == pytest.approx(truth, rel=1e-2)


def test_rows_in_front_are_a_skyline_of_their_own(table) -> None:
    """A fence of tangent t towards the south equals an endless wall of that height on the surface."""
    z = np.zeros((60, 401), np.float32)
    z[40:, :] = 4.0
    skyline = Skyline(z, 1.0, np.array([20]), np.array([200]), near=24, reach_m=190)
    plane = normals(np.array([10.0]), np.array([180.0]))
    wall = shaded_irradiation(table, plane, skyline).annual[0]
    fence = shaded_irradiation(table, plane, fence=np.array([[0.0, -4.0 / 20.0]])).annual[0]
    assert fence == pytest.approx(wall, rel=2e-3)


def test_sun_hours_of_an_open_place(weather, table) -> None:
    hours = shaded_irradiation(table, normals(np.zeros(1), np.zeros(1)), sun_hours=True).sun_hours
    assert hours is not None
    assert hours.sum() == pytest.approx(len(weather.suns().zenith) * weather.suns().hours, rel=1e-3)


@settings(max_examples=15)
@given(st.integers(0, 10_000), st.floats(1, 40))
def test_energy_is_never_negative_and_walls_never_add_beam(seed: int, rise: float) -> None:
    table = sky_table(hourly_weather(), steps=24, model="haydavies", albedo=0.0)
    rng = np.random.default_rng(seed)
    z = (rng.random((60, 60)) * 10).astype(np.float32)
    rows, cols = rng.integers(10, 50, 8), rng.integers(10, 50, 8)
    plane = normals(rng.uniform(0, 50, 8), rng.uniform(0, 360, 8))
    eye = z[rows, cols] + 0.5
    before = shaded_irradiation(table, plane, Skyline(z, 1.0, rows, cols, eye, near=8, reach_m=40))
    spot = rng.integers(0, 60, 2)
    assume(not ((rows == spot[0]) & (cols == spot[1])).any())  # no wall: it would bury an eye under its own roof
    z[tuple(spot)] += np.float32(rise)
    after = shaded_irradiation(table, plane, Skyline(z, 1.0, rows, cols, eye, near=8, reach_m=40))
    assert (before.monthly >= 0).all()
    bound = 1e-4 + 2e-6 * before.monthly.sum(axis=1, keepdims=True)  # float32 sums: 8e-4 of 1,425 kWh/m² was seen
    assert (after.monthly <= before.monthly + bound).all()


def test_grid_convergence_turns_the_sun(weather) -> None:
    """A plane looking to grid azimuth a under convergence g is a plane looking to true azimuth a + g."""
    turned = open_irradiation(sky_table(weather, convergence=10.0), np.array([35.0]), np.array([100.0]))
    straight = open_irradiation(sky_table(weather), np.array([35.0]), np.array([110.0]))
    np.testing.assert_allclose(turned.monthly, straight.monthly, rtol=3e-3)


def test_turning_scene_and_sun_together_changes_nothing(weather) -> None:
    rng = np.random.default_rng(4)
    z = (rng.random((91, 91)) * 8).astype(np.float32)
    middle = np.array([45])
    plane = normals(np.array([25.0]), np.array([160.0]))
    turned_plane = normals(np.array([25.0]), np.array([250.0]))
    straight = shaded_irradiation(sky_table(weather), plane, Skyline(z, 1.0, middle, middle, near=10, reach_m=40))
    turned_z = np.ascontiguousarray(np.rot90(z, -1))
    skyline = Skyline(turned_z, 1.0, middle, middle, near=10, reach_m=40)
    turned = shaded_irradiation(sky_table(weather, convergence=-90.0), turned_plane, skyline)
    np.testing.assert_allclose(turned.annual, straight.annual, rtol=2e-3)
