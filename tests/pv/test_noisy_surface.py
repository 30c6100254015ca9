"""Noise of the surface model does not break roofs into pieces: area and tilt hold with decimetres of it."""

from __future__ import annotations

import numpy as np
import pytest

from guanghui.pv.roofs.planes import find_faces

SIDE = 20
ROWS, COLS = (a.ravel() for a in np.mgrid[2 : 2 + SIDE, 2 : 2 + SIDE])
HOUSE = np.zeros(SIDE * SIDE, np.int64)


def gable(noise_m: float, seed: int = 1) -> np.ndarray:
    """Two faces of 20 x 10 m and 25°, ridge along the rows."""
    z = np.full((SIDE + 4, SIDE + 4), 5.0)
    away = np.abs(np.arange(SIDE) + 0.5 - SIDE / 2)
    z[2 : 2 + SIDE, 2 : 2 + SIDE] = 12.0 - np.tan(np.radians(25.0)) * away[:, None]
    return (z + np.random.default_rng(seed).normal(0, noise_m, z.shape)).astype(np.float32)


@pytest.mark.parametrize("noise_m", [0.0, 0.05, 0.1, 0.2, 0.3, 0.4])
def test_two_faces_stay_two(noise_m: float) -> None:
    faces = find_faces(gable(noise_m), ROWS, COLS, HOUSE, 1.0)
    largest = np.sort(np.bincount(faces.face))[-2:]
    assert largest.min() >= 0.45 * len(ROWS)
    assert largest.sum() >= 0.95 * len(ROWS)
    assert faces.tilt[faces.face].mean() == pytest.approx(25.0, abs=0.3 + 4 * noise_m)
    assert faces.obstacle.mean() <= 0.03


def test_a_quiet_roof_keeps_its_obstacles() -> None:
    """A tank of half a metre stands off its plane where the heights are sound; noise of others changes nothing."""
    z = gable(0.03)
    z[6:8, 6:8] += 0.6
    both = np.vstack([z, gable(0.4, 3)])
    rows, cols = np.r_[ROWS, ROWS + SIDE + 4], np.r_[COLS, COLS]
    faces = find_faces(both, rows, cols, np.r_[HOUSE, HOUSE + 1], 1.0)
    tank = (rows >= 6) & (rows < 8) & (cols >= 6) & (cols < 8)
    assert faces.obstacle[tank].all()
    assert not faces.obstacle[(faces.building[faces.face] == 0) & ~tank].any()
