"""Colours and classes."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from guanghui.maps.drawing.style import RAMPS, Ramp, phase_colours, ramp, round_breaks


def lightness(colour: str) -> float:
    """CIE L* of a hex colour."""
    channel = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    linear = np.where(channel <= 0.04045, channel / 12.92, ((channel + 0.055) / 1.055) ** 2.4)
    y = float(linear @ [0.2126, 0.7152, 0.0722])
    return 116 * np.cbrt(y) - 16 if y > 0.008856 else 903.3 * y


@pytest.mark.parametrize("name", [n for n in RAMPS if n != "change"])
def test_ramps_fall_in_lightness_so_that_grey_print_and_colour_blind_eyes_can_follow(name: str):
    steps = np.diff([lightness(c) for c in RAMPS[name]])
    assert (steps < -4).all()


def test_the_diverging_ramp_is_lightest_in_the_middle():
    light = [lightness(c) for c in RAMPS["change"]]
    assert (np.diff(light[:4]) > 0).all()
    assert (np.diff(light[3:]) < 0).all()


def test_phases_fall_from_dark_to_light_and_any_number_fits():
    for years in ([2022, 2023, 2024], [2024], list(range(2020, 2031))):
        colours = phase_colours(years)
        assert list(colours) == sorted(years)
        assert (np.diff([lightness(c) for c in colours.values()]) > 0).all()


def test_classes_hold_their_lower_limit():
    three = Ramp("kwh", (10.0, 20.0), ("#000000", "#111111", "#222222"))
    assert three.classify([9.9, 10, 19.9, 20, np.nan]).tolist() == [0, 1, 1, 2, -1]
    with pytest.raises(ValueError, match="3 colours"):
        Ramp("kwh", (10.0, 20.0), ("#000000",))


@given(st.lists(st.floats(0.1, 1e9), min_size=1, max_size=60), st.integers(2, 8))
def test_limits_rise_lie_inside_and_are_few(values: list[float], classes: int):
    breaks = round_breaks(values, classes)
    assert len(breaks) < classes
    assert all(a < b for a, b in pairwise(breaks))
    assert all(min(values) < b <= max(values) for b in breaks)
    assert len(ramp("sun", "kwh", breaks).colours) == len(breaks) + 1


def test_limits_are_round():
    rng = np.random.default_rng(1)
    for b in round_breaks(rng.lognormal(9, 1.5, 5000)):
        assert float(f"{b:.2g}") == b
