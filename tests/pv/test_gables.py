"""Small gables on a coarse surface."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guanghui.pv.roofs.gables import split_small_gables
from guanghui.pv.roofs.planes import FaceSet, find_faces


def roof_of(form: str, turn: float, width: float, length: float, tilt: float, noise: np.ndarray) -> np.ndarray:
    """Heights of a turned roof at cell centres, finite on the roof alone; the ridge runs along its length."""
    size = noise.shape[0]
    y, x = np.mgrid[0:size, 0:size] - (size - 1) / 2 + 0.13
    east, north = x, -y
    along = east * np.sin(np.radians(turn)) + north * np.cos(np.radians(turn))
    across = east * np.cos(np.radians(turn)) - north * np.sin(np.radians(turn))
    rise = np.tan(np.radians(tilt))
    z = {"gable": 9 - np.abs(across) * rise, "shed": 9 - across * rise, "valley": 9 + np.abs(across) * rise}[form]
    return np.where((np.abs(across) <= width / 2) & (np.abs(along) <= length / 2), z + noise, np.nan)


def both(roof: np.ndarray) -> tuple[FaceSet, FaceSet]:
    rows, cols = np.nonzero(np.isfinite(roof))
    z = np.where(np.isfinite(roof), roof, 0.0).astype(np.float32)
    before = find_faces(z, rows, cols, np.zeros(len(rows), int), 1.0)
    return before, split_small_gables(before, z)


def main_tilt(faces: FaceSet) -> float:
    return float(faces.tilt[np.bincount(faces.face, minlength=len(faces.building)).argmax()])


@settings(max_examples=60)
@given(
    turn=st.floats(0, 180), width=st.floats(3.6, 5.0), length=st.floats(5.5, 8.0), tilt=st.floats(15, 35),
    seed=st.integers(0, 99),
)  # fmt: skip
def test_a_small_gable_has_its_tilt(turn, width, length, tilt, seed) -> None:
    noise = np.random.default_rng(seed).normal(0, 0.02, (14, 14))
    before, after = both(roof_of("gable", turn, width, length, tilt, noise))
    if len(before.building) == 1:
        assert main_tilt(after) == pytest.approx(tilt, abs=10.0)


ROOFS = [
    [[24.00, 24.02, 24.06, 24.02, 24.00, 24.03], [24.45, 24.41, 24.45, 24.45, 24.50, 24.50],
     [24.39, 24.50, 24.47, 24.45, 24.45, 24.42], [24.06, 24.05, 24.05, 24.02, 24.09, 24.05]],
    [[30.17, 30.25, 30.20, 30.16, 30.16, 30.20], [30.58, 30.61, 30.58, 30.59, 30.58, 30.59],
     [30.17, 30.22, 30.19, 30.23, 30.20, 30.25]],
]  # fmt: skip


@pytest.mark.parametrize("heights", ROOFS)
@pytest.mark.parametrize("turned", [False, True])
def test_two_cells_a_side_are_two_faces(heights: list[list[float]], turned: bool) -> None:
    """The outline also caught the ground in front of both eaves, as outlines do on a surface of one metre."""
    roof = np.array(heights)
    ground = np.full((1, roof.shape[1]), 21.2)
    roof = np.vstack([ground, roof, ground])
    before, after = both(roof.T if turned else roof)
    assert len(after.building) == 2
    np.testing.assert_allclose(after.tilt, 22.5, atol=2.5)
    np.testing.assert_allclose(sorted(after.azimuth), [90.0, 270.0] if turned else [0.0, 180.0], atol=8.0)
    assert len(after.face) == len(before.face)
    low = (roof.T if turned else roof)[after.rows, after.cols] < 22
    assert after.obstacle[low].all()
    assert not after.obstacle[~low].any()
    np.testing.assert_allclose(
        after.plane_height()[~low], (roof.T if turned else roof)[after.rows, after.cols][~low], atol=0.1
    )


@pytest.mark.parametrize(("form", "tilt"), [("shed", 20.0), ("shed", 0.0), ("valley", 20.0)])
def test_other_small_roofs_stay_as_they_are(form: str, tilt: float) -> None:
    noise = np.random.default_rng(1).normal(0, 0.05, (14, 14))
    before, after = both(roof_of(form, 90.0, 5.0, 7.0, tilt, noise))
    assert len(after.building) == len(before.building)
    np.testing.assert_array_equal(after.slope, before.slope)
