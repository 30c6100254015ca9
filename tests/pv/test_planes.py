"""Roof faces of known roofs."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from guanghui.pv.roofs import ridges
from guanghui.pv.roofs.planes import find_faces
from tests.scenes import gable


def faces_of(roof: np.ndarray, cell: float = 1.0, **options):
    """Faces of one building whose cells are the finite ones."""
    rows, cols = np.nonzero(np.isfinite(roof))
    z = np.where(np.isfinite(roof), roof, 0.0).astype(np.float32)
    return find_faces(z, rows, cols, np.zeros(len(rows), int), cell, **options)


def areas(faces) -> np.ndarray:
    return np.bincount(faces.face, minlength=len(faces.building))


def test_a_gable_has_two_faces_with_its_tilt() -> None:
    faces = faces_of(gable((12, 20), 25.0))
    assert len(faces.building) == 2
    np.testing.assert_allclose(faces.tilt, 25.0, atol=0.5)
    np.testing.assert_allclose(sorted(faces.azimuth), [0.0, 180.0], atol=0.5)
    assert sorted(areas(faces)) == [120, 120]
    assert not faces.obstacle.any()


@pytest.mark.parametrize("tilt", [8.0, 15.0, 30.0])
@pytest.mark.parametrize("rows", [13, 14])
def test_a_ridge_is_shared_between_its_faces(rows: int, tilt: float) -> None:
    """A row of cells under the ridge belongs to both halves; a flat gable does not go to the half found first."""
    faces = faces_of(gable((rows, 20), tilt))
    assert sorted(areas(faces)) == [rows * 10, rows * 10]
    np.testing.assert_allclose(faces.tilt, tilt, atol=0.5)


@given(
    rows=st.integers(9, 21), width=st.integers(12, 24), tilt=st.floats(6, 40), turn=st.floats(0, 90),
    seed=st.integers(0),
)  # fmt: skip
@settings(max_examples=40)
def test_a_rounding_moves_no_cell(rows: int, width: int, tilt: float, turn: float, seed: int) -> None:
    """A gable that lies anyhow: heights to a hundredth of a millimetre give each cell to the same plane.

    But for cells that are nearer to one plane by what still counts as equally near: there the rule has its own edge.
    """
    y, x = np.mgrid[0:rows, 0:width].astype(float)
    across = (y - (rows - 1) / 2) * np.cos(np.radians(turn)) + (x - (width - 1) / 2) * np.sin(np.radians(turn))
    roof = 30 - np.abs(across) * np.tan(np.radians(tilt))
    nearer = 2 * np.abs(across) * np.tan(np.radians(tilt))
    assume(not (np.abs(nearer - ridges._AS_NEAR_M) < 1e-4).any())
    noise = np.random.default_rng(seed).normal(0, 1e-5, roof.shape)
    plain, noisy = faces_of(roof), faces_of(roof + noise)
    assert len(plain.building) == len(noisy.building)
    np.testing.assert_allclose(plain.slope[plain.face], noisy.slope[noisy.face], atol=1e-3)


@pytest.mark.parametrize("cell", [0.5, 1.0, 2.0])
@pytest.mark.parametrize("tilt", [12.0, 20.0, 35.0])
def test_cells_of_any_size_give_the_same_tilt(cell: float, tilt: float) -> None:
    faces = faces_of(gable((int(16 / cell), int(24 / cell)), tilt, cell=cell), cell)
    big = areas(faces) >= 6
    np.testing.assert_allclose(faces.tilt[big], tilt, atol=1.0)


def test_lidar_noise_moves_the_tilt_little() -> None:
    rng = np.random.default_rng(2)
    roof = gable((14, 24), 22.0) + rng.normal(0, 0.05, (14, 24))
    faces = faces_of(roof)
    two = np.argsort(areas(faces))[-2:]
    np.testing.assert_allclose(faces.tilt[two], 22.0, atol=1.0)
    assert areas(faces)[two].sum() > 0.95 * roof.size


def test_a_hip_roof_has_four_faces() -> None:
    y, x = np.mgrid[0:14, 0:24]
    edge = np.minimum(np.minimum(y + 0.5, 14 - y - 0.5), np.minimum(x + 0.5, 24 - x - 0.5))
    faces = faces_of(6 + edge * np.tan(np.radians(25)))
    big = areas(faces) >= 20
    assert big.sum() == 4
    np.testing.assert_allclose(faces.tilt[big], 25.0, atol=1.5)


def test_a_flat_roof_with_parapet_and_hut() -> None:
    roof = np.full((20, 30), 10.0)
    roof[[0, -1], :] += 1.0
    roof[1:-1, [0, -1]] += 1.0
    roof[5:8, 5:8] += 2.6
    faces = faces_of(roof)
    main = int(np.argmax(areas(faces)))
    assert faces.tilt[main] < 0.5
    usable = (faces.face == main) & ~faces.obstacle
    assert usable.sum() == pytest.approx(18 * 28 - 9, abs=2)


def test_a_saw_tooth_hall() -> None:
    x = np.arange(48)
    roof = np.broadcast_to(8 + (x % 8) * 0.4, (40, 48)).copy()
    faces = faces_of(roof)
    big = areas(faces) >= 100
    assert big.sum() == 6
    np.testing.assert_allclose(faces.tilt[big], np.degrees(np.arctan(0.4)), atol=0.5)
    np.testing.assert_allclose(faces.azimuth[big], 270.0, atol=1.0)


def test_a_wall_caught_by_the_outline_is_no_face() -> None:
    roof = np.full((12, 20), 12.0)
    roof[-3:] = [[9.0], [6.0], [3.0]]  # rises 3 m a metre
    faces = faces_of(roof)
    assert len(faces.building) == 1
    assert faces.tilt[0] < 1.0
    assert faces.obstacle[faces.rows >= 9].all()
    assert not faces.obstacle[faces.rows < 9].any()


def test_noise_without_a_plane_still_is_one_roof() -> None:
    rng = np.random.default_rng(0)
    faces = faces_of(rng.uniform(0, 20, (6, 6)))
    assert len(faces.building) >= 1
    assert (faces.face >= 0).all()


def test_a_tiny_building_is_level_at_its_median() -> None:
    faces = faces_of(np.array([[3.0, 3.0]]))
    assert faces.tilt.tolist() == [0.0]
    assert faces.plane_height().tolist() == [3.0, 3.0]


def test_buildings_do_not_mix() -> None:
    z = np.full((10, 20), 5.0, np.float32)
    rows, cols = (a.ravel() for a in np.mgrid[0:10, 0:20])
    building = (cols >= 10).astype(int)
    order = np.argsort(building, kind="stable")
    faces = find_faces(z, rows[order], cols[order], building[order], 1.0)
    assert faces.building.tolist() == [0, 1]
    assert (faces.building[faces.face] == building[order]).all()


@settings(max_examples=20)
@given(st.floats(5, 45), st.floats(0, 360, exclude_max=True))
def test_any_single_plane_is_recovered(tilt: float, azimuth: float) -> None:
    y, x = np.mgrid[0:15, 0:15]
    slope = np.tan(np.radians(tilt))
    down = x * np.sin(np.radians(azimuth)) - y * np.cos(np.radians(azimuth))
    faces = faces_of(50 - slope * down)
    assert len(faces.building) == 1
    assert faces.tilt[0] == pytest.approx(tilt, abs=1e-2)
    assert (faces.azimuth[0] - azimuth + 180) % 360 - 180 == pytest.approx(0, abs=0.1)
    assert faces.rmse_m[0] < 1e-3


@pytest.mark.parametrize("height", [0.8, 1.1, 1.6])
def test_the_slope_from_a_parapet_to_the_roof_is_no_face(height: float) -> None:
    """One cell of parapet all round: every cell of the roof inside is of the level face and free."""
    roof = np.full((14, 22), 12.0)
    roof[[0, -1]] += height
    roof[1:-1, [0, -1]] += height
    faces = faces_of(roof)
    assert (faces.tilt < 1.0).all()
    inside = (faces.rows > 0) & (faces.rows < 13) & (faces.cols > 0) & (faces.cols < 21)
    assert len(np.unique(faces.face[inside])) == 1
    assert not faces.obstacle[inside].any()
    assert not np.isin(faces.face[~inside & ~faces.obstacle], faces.face[inside]).any()


def test_the_sides_of_a_long_shed_stay() -> None:
    """Two cells a side at 22° are narrow and no parapet."""
    faces = faces_of(gable((4, 30), 22.0))
    assert sorted(areas(faces)) == [60, 60]
    np.testing.assert_allclose(faces.tilt, 22.0, atol=1.0)
