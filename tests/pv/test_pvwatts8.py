"""Alternating current against PVWatts version 8 on the same hours, and weak light against closed forms."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pvlib
import pytest

from guanghui.data import read_table
from guanghui.pv.energy.electric import hourly_ac, spectrum, weak_light
from guanghui.pv.energy.system import performance
from guanghui.pv.settings import PvSettings
from guanghui.pv.sun.glass import COVERS, cover_iam, hemisphere_through
from guanghui.pv.sun.weather_files import read_weather
from tests.scenes import hourly_weather

SAM = pd.read_csv(Path(__file__).parent / "pvwatts8.csv", comment="#")
FILES = {
    "nanchang": "CHN_Jiangxi.Nanchang.586060_CSWD.epw",
    "ganzhou": "CHN_Jiangxi.Ganzhou.579930_CSWD.epw",
    "dongtai": "CHN_Jiangsu.Dongtai.582510_CSWD.epw",
}


def _error_pct(place: str, weather, **settings: object) -> np.ndarray:
    """AC of the year above SAM's [%], one a case."""
    cases = SAM[SAM["place"] == place]
    planes = cases[["surface_tilt", "surface_azimuth"]].astype(float).assign(rack=cases["mount"] == "rack")
    ours = performance(weather, planes, PvSettings(temperature_model="noct", **settings)).energy.sum(axis=1)
    return 100 * (ours / cases["ac_kwh_kwp"].to_numpy() - 1)


@pytest.mark.parametrize("sky", ["perez", "perez-driesse"])
def test_a_made_year_equals_pvwatts(sky: str) -> None:
    error = _error_pct("synthetic", hourly_weather(), sky_model=sky)
    assert len(error) == 18
    assert abs(error.mean()) <= 0.5
    assert abs(error).max() <= 1.0


@pytest.mark.parametrize("place", FILES)
def test_stations_equal_pvwatts(real: Path, place: str) -> None:
    """Nine orientations on racks and flush with the roof: 0.5 % in the mean, 1 % at worst."""
    weather = read_weather(real / "weather" / FILES[place])
    for sky in ("perez", "perez-driesse"):
        error = _error_pct(place, weather, sky_model=sky)
        assert len(error) == 18
        assert abs(error.mean()) <= 0.5
        assert abs(error).max() <= 1.0


def test_without_weak_light_the_year_is_too_good() -> None:
    """A linear module with the same glass, colour and inverter gives 1.2 to 1.8 % more than SAM."""
    more = _error_pct("synthetic", hourly_weather(), low_light="none")
    assert 1.0 < more.mean() < 2.0


@pytest.mark.parametrize("kind", ["premium", "standard", "thin-film"])
def test_weak_light_is_the_diode_of_the_module(kind: str) -> None:
    """Lambert's W against the table, between its nodes."""
    table = read_table("factors", "modules.csv")
    rows = table[table["module_type"] == kind]
    module = dict(zip(rows["item"], rows["value"].astype(float), strict=True))
    light = np.array([3.3, 27.0, 111.0, 333.0, 777.0, 1000.0, 1234.0])
    diode = pvlib.pvsystem.calcparams_cec(light, 25.0, EgRef=1.12, dEgdT=-0.0002677, **module)
    power = pvlib.pvsystem.singlediode(*diode, method="lambertw")["p_mp"]
    expected = power / light / (power[5] / light[5])
    np.testing.assert_allclose(weak_light(light, kind), expected, rtol=2e-4)


def test_weak_light_costs_little_in_full_sun_and_much_at_dawn() -> None:
    assert weak_light(np.array([1000.0]))[0] == pytest.approx(1.0, abs=1e-6)
    rising = weak_light(np.array([10.0, 50.0, 100.0, 200.0, 400.0, 700.0]))
    assert (np.diff(rising) > 0).all()


def test_the_spectrum_is_one_at_the_air_mass_of_the_nameplate() -> None:
    zenith = float(np.degrees(np.arccos(1 / 1.5)))
    assert spectrum(np.array([zenith]), 0.0)[0] == pytest.approx(1.0, abs=2e-3)
    assert spectrum(np.array([85.0]), 0.0)[0] < 0.97


def test_the_inverter_has_its_efficiency_at_full_load_and_stands_by() -> None:
    settings = PvSettings(low_light="none", gamma_pdc=-1e-9)
    rated = 1 / settings.dc_ac_ratio
    for power in (0.3, 0.6, rated / settings.inverter_efficiency):
        out = hourly_ac(np.array([1000.0 * power]), np.array([25.0]), settings=settings, loss_pct=0.0)[0]
        standby = 0.004931 * rated
        line = (power - standby) / (rated / settings.inverter_efficiency - standby) * rated
        assert out == pytest.approx(line, rel=1e-6)
    assert out == pytest.approx(rated)
    idle = hourly_ac(np.array([3.0]), np.array([25.0]), settings=settings, loss_pct=0.0)
    assert idle[0] == 0.0


@pytest.mark.parametrize("cover", COVERS)
def test_covers_let_less_through_the_more_the_light_slants(cover: str) -> None:
    through = cover_iam(np.array([0.0, 30.0, 50.0, 65.0, 80.0, 89.0]), cover)
    assert through[0] == pytest.approx(1.0, abs=1e-4)
    assert (np.diff(through) <= 1e-9).all()
    cosine = (np.arange(4000) + 0.5) / 4000
    expected = (2 * cosine * cover_iam(np.degrees(np.arccos(cosine)), cover)).mean()
    assert hemisphere_through(cover) == pytest.approx(expected, abs=1e-4)


def test_a_coating_lets_more_through() -> None:
    angle = np.array([60.0, 75.0])
    plain, coated, pvwatts = (cover_iam(angle, c) for c in ("plain", "coated", "pvwatts8"))
    assert (plain < coated).all()
    assert (coated < pvwatts).all()
    np.testing.assert_allclose(coated, pvlib.iam.physical(angle, n_ar=1.3))
