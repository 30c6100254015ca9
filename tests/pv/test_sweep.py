"""The hull sweep against a plain walk along every line."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guanghui.pv.shade.sweep import EARTH_BEND, sweep


def _walk(z: np.ndarray, azimuth: float, cell_m: float, lag: int, window: int, bend: float, eyes: np.ndarray):
    """Highest slope to the cells ``lag`` … ``lag + window - 1`` steps ahead of every cell, one by one."""
    dx, dy = math.sin(math.radians(azimuth)), -math.cos(math.radians(azimuth))
    rows, cols = z.shape
    turned = abs(dx) < abs(dy)
    if turned:
        z, eyes, dx, dy = z.T, eyes.T, dy, dx
        rows, cols = cols, rows
    step, slope, forward = cell_m / abs(dx), dy / dx, 1 if dx > 0 else -1
    out = np.zeros(z.shape)
    offset = np.floor(slope * np.arange(cols) + 0.5).astype(int)
    for row in range(rows):
        for col in range(cols):
            line = row - offset[col]
            for k in range(lag, lag + window):
                x = col + forward * k
                if not 0 <= x < cols:
                    break
                y = line + offset[x]
                if not 0 <= y < rows:
                    continue
                past = slope * x - offset[x]
                beside = y + (1 if past > 0 else -1)
                height = z[y, x] + (abs(past) * (z[beside, x] - z[y, x]) if 0 <= beside < rows else 0.0)
                away = k * step
                out[row, col] = max(out[row, col], (height - bend * away**2 - eyes[row, col]) / away)
    return out.T if turned else out


@settings(max_examples=40)
@given(
    seed=st.integers(0, 10_000),
    azimuth=st.floats(0.0, 360.0).filter(lambda a: abs(a % 45) > 0.1),
    lag=st.integers(1, 6),
    window=st.integers(1, 30),
    bend=st.sampled_from([0.0, EARTH_BEND, 1e-3]),
)
def test_every_cell_sees_exactly_its_window(seed: int, azimuth: float, lag: int, window: int, bend: float) -> None:
    rng = np.random.default_rng(seed)
    z = np.cumsum(rng.normal(0, 1, (17, 23)), axis=seed % 2).astype(np.float32)
    seen = rng.random(z.shape) < 0.6
    rows, cols = np.nonzero(seen)
    eyes = (z + rng.uniform(0, 2, z.shape)).astype(np.float32)
    order = (np.argsort(cols, kind="stable"), np.argsort(rows, kind="stable"))
    tan = np.zeros(len(rows), np.float32)
    both = (z, np.ascontiguousarray(z.T))
    sweep(both, order, rows, cols, eyes[seen], azimuth, 2.0, lag, window, bend, (0, 0), tan)
    expected = _walk(z.astype(float), azimuth, 2.0, lag, window, bend, eyes.astype(float))[seen]
    np.testing.assert_allclose(tan, expected, atol=2e-5)


@pytest.mark.parametrize("azimuth", [33.0, 200.0])
def test_a_bowl_is_seen_at_its_rim(azimuth: float) -> None:
    """Every cell of a bowl lies below the chord of its neighbours: none but the ends of the view may be asked."""
    y, x = np.mgrid[0:41, 0:41]
    z = (0.02 * ((y - 20.0) ** 2 + (x - 20.0) ** 2)).astype(np.float32)
    rows, cols = np.array([20]), np.array([20])
    tan = np.zeros(1, np.float32)
    order = (np.array([0]), np.array([0]))
    sweep((z, np.ascontiguousarray(z.T)), order, rows, cols, z[rows, cols], azimuth, 1.0, 2, 9, 0.0, (0, 0), tan)
    expected = _walk(z.astype(float), azimuth, 1.0, 2, 9, 0.0, z.astype(float))[20, 20]
    assert expected > 0.15
    assert tan[0] == pytest.approx(expected, rel=1e-4)
