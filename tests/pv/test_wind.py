"""Wind of an anemometer at another height, and what it is worth."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from guanghui.data import read_table
from guanghui.geo.errors import InputError
from guanghui.pv.energy.system import performance
from guanghui.pv.settings import PvSettings
from guanghui.pv.sun.weather_checks import checked_weather
from tests.scenes import LATITUDE, LONGITUDE, hourly_weather, raw_hours


def _read(height_m: float):
    return checked_weather(raw_hours(), latitude=LATITUDE, longitude=LONGITUDE, label="mast", wind_height_m=height_m)


def test_the_power_law_brings_wind_to_ten_metres() -> None:
    """Hellmann: v10 = v2 (10/2)^(1/7), 26 % more; at 10 m nothing is said and nothing changes."""
    ten, two = _read(10.0), _read(2.0)
    np.testing.assert_allclose(two.data["wind_speed"], ten.data["wind_speed"] * 5 ** (1 / 7))
    assert not any("brought to 10 m" in n.text for n in ten.notes)
    assert any("brought to 10 m" in n.text for n in two.notes)


@pytest.mark.parametrize("height_m", [0.0, -2.0, 1000.0, float("nan")])
def test_no_mast_is_that_high(height_m: float) -> None:
    with pytest.raises(InputError, match="wind_height_m"):
        _read(height_m)


def test_half_the_wind_takes_what_p90_holds_for_it() -> None:
    from dataclasses import replace

    weather = hourly_weather()
    calm = replace(weather, data=weather.data.assign(wind_speed=weather.data["wind_speed"] / 2))
    plane = pd.DataFrame({"surface_tilt": [10.0], "surface_azimuth": [180.0], "rack": [True]})
    full, less = (performance(w, plane, PvSettings()).energy.sum() for w in (weather, calm))
    table = read_table("factors", "uncertainty.csv").set_index("item")
    assert 1 - less / full == pytest.approx(float(table.loc["wind", "value"]), abs=0.006)
