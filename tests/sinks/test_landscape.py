"""A landscape over decades beside libcbm: ages run on alike, and what differs is named."""

from __future__ import annotations

import importlib.util
from dataclasses import replace

import numpy as np
import pytest

from benchmarks import landscape as peer


def test_strata_age_as_the_stands_of_libcbm_do() -> None:
    """Totals of the peer after 0 to 60 years, from its carbon at ages of ten years: within 1 %."""
    found = peer.compared()
    assert len(peer.LIVE_TC) == len(peer.YEARS)
    for name in ("ageing, carbon by age of the peer", "the same, classes of whole years (0-10)"):
        assert np.abs(found[name]).max() < 1.0
    assert np.abs(found["ageing, carbon by age of the peer"]).max() < 0.1


def test_the_landscape_is_the_sum_of_its_hectares() -> None:
    """By hand: bare land and two hundred single ages of a hundred hectares, level after the last."""
    curve = replace(peer.by_age(peer.DENSITY_TC_HA), per_m3_tc=0.5)
    ages = np.arange(1, 201)
    for years in (0, 7, 60):
        want = 200 * curve.volume(years) + 100 * curve.volume(ages + years).sum()
        assert peer.landscape_tc(curve, years) == pytest.approx(0.5 * float(want), rel=1e-12)


def test_the_figures_that_stand_in_are_those_of_the_peer() -> None:
    if importlib.util.find_spec("libcbm") is None:
        pytest.skip("libcbm is not installed")
    density, live, ran = peer.peer()
    assert ran
    np.testing.assert_allclose(density, peer.DENSITY_TC_HA, atol=6e-4)
    np.testing.assert_allclose(live, peer.LIVE_TC, rtol=1e-6)
