"""Several stations for a county: whose weather a township has."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest

from guanghui import pv
from guanghui.geo.errors import InputError
from guanghui.pv.sun.stations import distances_km, weather_at
from guanghui.pv.sun.weather import Weather
from tests.pv.test_assess import make_city
from tests.scenes import hourly_weather


def station(name: str, latitude: float, longitude: float, *, beam: float = 1.0, warmer: float = 0.0) -> Weather:
    """The shared synthetic year elsewhere, with stronger beam and warmer air."""
    base = hourly_weather()
    data = base.data.copy()
    data["dni"] *= beam
    data["ghi"] = data["dhi"] + (data["ghi"] - data["dhi"]) * beam
    data["temp_air"] += warmer
    return dataclasses.replace(base, data=data, latitude=latitude, longitude=longitude, label=name)


WEST = station("west", 29.0, 115.0)
EAST = station("east", 29.0, 117.0, beam=0.8, warmer=4.0)
NORTH = station("north", 30.0, 116.0, beam=0.9)


def test_distances_are_geodesic() -> None:
    """A degree of latitude is 110.9 km at 29.5°, two of longitude at 29° are 194.8 km."""
    far = distances_km([WEST, EAST, NORTH], 116.0, 29.0)
    np.testing.assert_allclose(far, [97.4, 97.4, 110.85], rtol=2e-3)


def test_the_nearest_station_is_taken_as_it_is() -> None:
    assert weather_at([WEST, EAST], 115.4, 29.1) is WEST
    assert weather_at([WEST, EAST], 116.4, 29.1) is EAST
    assert weather_at([EAST], 10.0, 50.0, use="idw") is EAST
    assert weather_at([WEST, EAST], 117.0, 29.0, use="idw") is EAST


def test_half_way_the_months_are_the_mean_of_both() -> None:
    middle = weather_at([WEST, EAST], 116.0, 29.0, use="idw")
    np.testing.assert_allclose(middle.monthly("ghi"), (WEST.monthly("ghi") + EAST.monthly("ghi")) / 2, rtol=1e-9)
    np.testing.assert_allclose(middle.monthly("dhi"), (WEST.monthly("dhi") + EAST.monthly("dhi")) / 2, rtol=1e-9)
    assert middle.data["temp_air"].mean() == pytest.approx(WEST.data["temp_air"].mean() + 2.0)


def test_the_nearer_station_weighs_more_and_its_hours_stay() -> None:
    """A third of the way the weights are 4 to 1."""
    place = weather_at([WEST, EAST], 115.0 + 2 / 3, 29.0, use="idw")
    share = (place.monthly("ghi") - WEST.monthly("ghi")) / (EAST.monthly("ghi") - WEST.monthly("ghi"))
    np.testing.assert_allclose(share, 0.2, atol=2e-3)
    assert (place.latitude, place.longitude) == (WEST.latitude, WEST.longitude)
    lit = WEST.data["dni"] > 50
    ratio = (place.data["dni"] / WEST.data["dni"])[lit]
    assert ratio.groupby(pd.DatetimeIndex(ratio.index).month).std().max() < 1e-9  # clouds are not blurred


def test_parts_still_agree_hour_by_hour() -> None:
    place = weather_at([WEST, EAST, NORTH], 116.2, 29.4, use="idw")
    own, base = place.data, NORTH.data if weather_at([WEST, EAST, NORTH], 116.2, 29.4) is NORTH else EAST.data
    cosine = ((base["ghi"] - base["dhi"]) / base["dni"]).where(base["dni"] > 1)
    gap = own["ghi"] - own["dhi"] - own["dni"] * cosine
    assert gap.abs().max() < 1e-6
    assert (own[["ghi", "dhi", "dni"]] >= 0).all(axis=None)


def test_no_station_is_an_error() -> None:
    with pytest.raises(InputError, match="stations"):
        weather_at([], 116.0, 29.0)


def test_every_township_has_its_own_weather(tmp_path) -> None:
    """The roofs of a township are those of a city with that weather alone."""
    city = make_city(tmp_path / "two")
    city.weather_by_township = {"1": WEST, "2": EAST}
    both = pv.assess(city)
    for code, weather in (("1", WEST), ("2", EAST)):
        alone = make_city(tmp_path / code)
        alone.weather = weather
        mine = (both["township_code"] == code).to_numpy()
        single = pv.assess(alone)
        np.testing.assert_allclose(both.loc[mine, "yield_kwh"], single.loc[mine, "yield_kwh"], rtol=1e-6)
        np.testing.assert_allclose(both.loc[mine, "ghi_kwh_m2"], weather.ghi_kwh_m2, rtol=2e-3)
    assert both.attrs["weather"] in ("west · east", "east · west")
    assert both["building_id"].tolist() == city.buildings["building_id"].tolist()


def test_one_weather_for_all_townships_is_one_table(tmp_path) -> None:
    city = make_city(tmp_path / "same")
    plain = pv.assess(city)
    city.weather_by_township = {"1": city.weather, "2": city.weather}
    again = pv.assess(city)
    pd.testing.assert_frame_equal(pd.DataFrame(plain), pd.DataFrame(again))
