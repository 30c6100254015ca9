"""The skyline against closed forms, a dense ray march, and itself in other windows."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import map_coordinates

from guanghui.pv.shade.horizon import Skyline, skyline_tangent
from tests.scenes import town

AZIMUTHS = np.arange(2.5, 360, 27.0)


def march(z: np.ndarray, cell: float, row: int, col: int, azimuth: float, reach: float, step: float = 0.05) -> float:
    """Highest slope along a ray over the bilinear surface, by brute force."""
    d = np.arange(step, reach / cell, step)
    a = np.radians(azimuth)
    y, x = row - np.cos(a) * d, col + np.sin(a) * d
    inside = (y >= 0) & (x >= 0) & (y <= z.shape[0] - 1) & (x <= z.shape[1] - 1)
    heights = map_coordinates(z.astype(float), [y[inside], x[inside]], order=1)
    return float(max(np.max((heights - z[row, col]) / (d[inside] * cell)), 0.0))


def test_the_skyline_of_a_level_plane_is_zero() -> None:
    z = np.full((60, 70), 12.0, np.float32)
    tan = skyline_tangent(z, 1.0, np.array([30, 5]), np.array([35, 60]), AZIMUTHS, near=4)
    assert (tan == 0).all()


@pytest.mark.parametrize("cell", [0.5, 1.0, 2.0])
def test_an_endless_wall(cell: float) -> None:
    """A wall of height h at distance d across the view: tan = h/d · cos of the angle to its normal."""
    z = np.zeros((401, 401), np.float32)
    z[:, 240:] = 9.0
    rows, cols = np.array([200]), np.array([200])
    azimuth = np.array([30.0, 62.5, 90.0, 117.5, 150.0, 270.0])
    tan = skyline_tangent(z, cell, rows, cols, azimuth, near=16, reach_m=190 * cell)[0]
    distance = 40 * cell  # the bilinear wall reaches its height at the centre of column 240
    expected = np.maximum(9.0 / distance * np.sin(np.radians(azimuth)), 0.0)
    np.testing.assert_allclose(tan, expected, rtol=0.03, atol=1e-6)  # the edge lies between two steps of a slanting ray


def test_a_crater() -> None:
    """From the floor of a crater with a conical wall the rim stands equally high all around."""
    y, x = np.mgrid[-100:101, -100:101]
    z = (0.4 * np.clip(np.hypot(x, y) - 5, 0, 55)).astype(np.float32)
    tan = skyline_tangent(z, 1.0, np.array([100]), np.array([100]), AZIMUTHS, near=16, reach_m=90)[0]
    np.testing.assert_allclose(tan, 0.4 * 55 / 60, rtol=0.01)


@pytest.mark.parametrize("azimuth", np.arange(0.0, 361.0, 45.0))
@pytest.mark.parametrize("near", [6, 40])
def test_principal_azimuths_do_not_depend_on_the_turn_of_the_grid(azimuth: float, near: int) -> None:
    """A random surface looked at along its rows, columns and diagonals, and the same surface turned by 90°."""
    z = np.random.default_rng(5).uniform(0, 30, (61, 61)).astype(np.float32)
    rows, cols = (v.ravel() for v in np.mgrid[20:41:2, 20:41:2])

    def look(surface: np.ndarray, r: np.ndarray, c: np.ndarray, a: float) -> np.ndarray:
        return skyline_tangent(surface, 1.0, r, c, np.array([a]), near=near, reach_m=18.5)[:, 0]

    got = look(z, rows, cols, azimuth)
    for turns in (1, 2, 3):
        z = np.ascontiguousarray(np.rot90(z, -1))  # clockwise: (r, c) -> (c, n - 1 - r)
        rows, cols = cols, 60 - rows
        np.testing.assert_allclose(look(z, rows, cols, azimuth + 90.0 * turns), got, rtol=1e-5, atol=1e-6)
    for nudge in (-1e-6, 1e-6, 1e-10):
        np.testing.assert_allclose(look(z, rows, cols, azimuth + 270.0 + nudge), got, rtol=1e-4, atol=1e-4)


def test_due_east_reads_its_own_row() -> None:
    """A wall one row to the south hides nothing due east; a wall one row to the north neither."""
    for row in (19, 21):
        z = np.zeros((41, 41), np.float32)
        z[row, 21:] = 10.0
        z[5, 30] = 10.0  # something else stands in the quadrant
        tan = skyline_tangent(z, 1.0, np.array([20]), np.array([20]), np.array([90.0, 270.0]), near=16, reach_m=18)
        assert (tan == 0).all()


@pytest.mark.parametrize("near", [8, 16, 32])
def test_against_a_dense_ray_march(near: int) -> None:
    z, houses = town()
    rng = np.random.default_rng(0)
    spots = [(r + int(rng.integers(1, h - 1)), c + int(rng.integers(1, w - 1))) for r, c, h, w, _ in houses]
    rows, cols = np.array([s[0] for s in spots]), np.array([s[1] for s in spots])
    azimuth = np.array([2.5, 37.5, 77.5, 112.5, 160.0, 222.5, 300.0])
    tan = skyline_tangent(z, 1.0, rows, cols, azimuth, near=near, reach_m=120)
    truth = np.array([[march(z, 1.0, r, c, a, 120) for a in azimuth] for r, c in spots])
    error = np.degrees(np.arctan(tan)) - np.degrees(np.arctan(truth))
    assert np.abs(error).mean() < 0.4
    assert abs(error.mean()) < 0.25


def test_the_reach_is_exact() -> None:
    z = np.zeros((20, 400), np.float32)
    z[:, 200] = 50.0
    rows, cols = np.full(3, 10), np.array([98, 100, 102])
    tan = skyline_tangent(z, 1.0, rows, cols, np.array([90.0]), near=8, reach_m=100.0)[:, 0]
    assert tan[0] == 0
    np.testing.assert_allclose(tan[1:], [0.5, 50 / 98], rtol=1e-5)


@settings(max_examples=25)
@given(
    st.integers(0, 10_000),
    st.floats(0, 360, exclude_max=True),
    st.integers(0, 40),
    st.integers(0, 40),
    st.integers(20, 60),
)
def test_any_window_gives_the_same_skyline(seed: int, azimuth: float, top: int, left: int, reach: int) -> None:
    """A place sees exactly as far as the reach, so a window that holds the reach holds the answer."""
    rng = np.random.default_rng(seed)
    z = (rng.random((200, 210)) * 12).astype(np.float32)
    rows, cols = rng.integers(105, 115, 12), rng.integers(105, 115, 12)
    whole = Skyline(z, 1.0, rows, cols, near=6, reach_m=reach).raise_tangent(azimuth, np.zeros(12, np.float32))
    part = z[top : 200 - (40 - top), left : 210 - (40 - left)]
    cut = Skyline(part, 1.0, rows - top, cols - left, near=6, reach_m=reach, origin=(top, left))
    np.testing.assert_array_equal(whole, cut.raise_tangent(azimuth, np.zeros(12, np.float32)))


@settings(max_examples=20)
@given(st.integers(0, 10_000), st.floats(0.5, 30), st.floats(0, 359))
def test_raising_an_obstacle_never_lowers_the_skyline(seed: int, rise: float, azimuth: float) -> None:
    rng = np.random.default_rng(seed)
    z = (rng.random((80, 80)) * 5).astype(np.float32)
    rows, cols = rng.integers(20, 60, 10), rng.integers(20, 60, 10)
    eye = z[rows, cols].copy()
    taller = z.copy()
    r, c = rng.integers(0, 80, 2)
    taller[r, c] += np.float32(rise)
    low = Skyline(z, 1.0, rows, cols, eye, near=8, reach_m=60).raise_tangent(azimuth, np.zeros(10, np.float32))
    high = Skyline(taller, 1.0, rows, cols, eye, near=8, reach_m=60).raise_tangent(azimuth, np.zeros(10, np.float32))
    assert (high >= low - 1e-6).all()


def test_turning_the_scene_turns_the_skyline() -> None:
    rng = np.random.default_rng(1)
    z = (rng.random((91, 91)) * 8).astype(np.float32)
    middle = np.array([45])
    azimuth = np.arange(2.5, 360, 5.0)
    straight = skyline_tangent(z, 1.0, middle, middle, azimuth, near=10, reach_m=40)[0]
    turned = skyline_tangent(np.ascontiguousarray(np.rot90(z, -1)), 1.0, middle, middle, azimuth, near=10, reach_m=40)[
        0
    ]
    np.testing.assert_allclose(turned, np.roll(straight, 18), rtol=1e-5, atol=1e-6)


def test_holes_are_open_sky_never_walls() -> None:
    z = np.zeros((60, 60), np.float32)
    z[:, 40:] = np.nan
    tan = skyline_tangent(z, 1.0, np.array([30]), np.array([30]), AZIMUTHS, near=4, reach_m=25)
    assert (tan == 0).all()


def test_the_edge_of_the_surface_is_open_sky() -> None:
    z = np.zeros((40, 40), np.float32)
    tan = skyline_tangent(z, 1.0, np.array([0, 39]), np.array([0, 39]), AZIMUTHS, near=16, reach_m=300)
    assert (tan == 0).all()
