"""Single terms by closed form: inverter, bulge of a patch, look-ups between nodes, horizon band, near field."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from guanghui.pv.energy.electric import hourly_ac, loss_factor
from guanghui.pv.energy.hourly import energy_per_kwp
from guanghui.pv.energy.system import plane_power
from guanghui.pv.settings import PvSettings
from guanghui.pv.shade.horizon import skyline_tangent
from guanghui.pv.shade.irradiation import normals, open_irradiation, shaded_irradiation
from guanghui.pv.sun.sky import sky_table
from tests.pv.test_glass import Rim
from tests.scenes import hourly_weather


@pytest.mark.parametrize("ratio", [0.9, 1.2, 1.5])
def test_an_inverter_gives_its_size_at_most_and_the_curve_of_pvwatts_below(ratio: float) -> None:
    """Dobos 2014, eq. 11-13: load ζ = P / P0, η = η0/0.9637 · (-0.0162 ζ - 0.0059/ζ + 0.9858)."""
    settings = PvSettings(dc_ac_ratio=ratio, low_light="none", inverter_model="pvwatts5")
    full, some = hourly_ac(np.array([5000.0, 300.0]), np.array([25.0, 25.0]), settings=settings, capacity_kwp=7.0)
    assert full == pytest.approx(7.0 / ratio, rel=1e-9)
    direct = 0.3 * 7.0 * loss_factor(settings)
    load = direct * ratio * 0.96 / 7.0
    assert some == pytest.approx(direct * 0.96 / 0.9637 * (-0.0162 * load - 0.0059 / load + 0.9858), rel=1e-9)


def test_the_bulge_of_a_bilinear_patch_hides_the_sky() -> None:
    """Along the diagonal of a saddle the height is 20 t (1 - t), higher between its corners than at either."""
    z = np.zeros((21, 21), np.float32)
    z[11, 12] = z[12, 11] = 10.0  # opposite corners of the patch one diagonal step from the eye
    tan = skyline_tangent(z, 1.0, np.array([10]), np.array([10]), np.array([135.0]), near=8, reach_m=10)[0, 0]
    t = np.linspace(0, 1, 100_001)
    assert tan == pytest.approx((20 * t * (1 - t) / ((1 + t) * np.sqrt(2))).max(), rel=1e-5)


def test_the_sky_is_read_between_nodes() -> None:
    """A level plane sees 1 - sin² H of the sky; half way between two nodes it sees their mean."""
    table = sky_table(hourly_weather(), bins=8, model="isotropic")
    for sine in (2.25 / 8, 3.5 / 8, 5.75 / 8):
        low = int(sine * 8)
        w = sine * 8 - low
        expected = 1 - ((1 - w) * low**2 + w * (low + 1) ** 2) / 64
        got = shaded_irradiation(table, normals(np.array([0.0]), np.array([180.0])), Rim(np.tan(np.arcsin(sine))))
        assert got.sky_view[0] == pytest.approx(expected, abs=2e-6)


@pytest.mark.parametrize(("rim_deg", "left"), [(0.0, 1.0), (3.25, 0.5), (5.2, 0.2), (7.0, 0.0)])
def test_a_horizon_band_of_six_and_a_half_degrees(rim_deg: float, left: float) -> None:
    """Perez 1990: an upright plane sees the whole band; a rim takes its share of 6.5°."""
    table = sky_table(hourly_weather())
    plane, rim = normals(np.array([90.0]), np.array([180.0])), Rim(np.tan(np.radians(rim_deg)))
    with_band = shaded_irradiation(replace(table, band=np.full(12, 1000.0)), plane, rim).monthly
    without = shaded_irradiation(replace(table, band=np.zeros(12)), plane, rim).monthly
    np.testing.assert_allclose(with_band - without, 1000.0 * left, atol=3.0)


@pytest.mark.parametrize("near", [5, 8, 16])
def test_a_ring_at_the_end_of_the_near_field_is_seen_all_around(near: int) -> None:
    """A square wall ``near`` cells away, in every direction and before the far field begins."""
    y, x = np.mgrid[-40:41, -40:41]
    z = np.where(np.maximum(abs(x), abs(y)) == near, 12.0, 0.0).astype(np.float32)
    azimuth = np.arange(0.0, 360.0, 11.25)
    azimuth = azimuth[azimuth % 90 != 45]  # where two walls meet, the patch bulges
    tan = skyline_tangent(z, 1.0, np.array([40]), np.array([40]), azimuth, near=near, reach_m=near - 1.0)[0]
    along = np.maximum(abs(np.sin(np.radians(azimuth))), abs(np.cos(np.radians(azimuth))))
    np.testing.assert_allclose(tan, 12.0 / near * along, rtol=1e-5)


@pytest.mark.parametrize(("tilt", "azimuth"), [(20.0, 180.0), (30.0, 90.0)])
def test_an_open_plane_yields_what_its_hours_do(tilt: float, azimuth: float) -> None:
    """The table against the same plane sun by sun; light more slanting than the open plane's own passes less glass."""
    weather, settings = hourly_weather(), PvSettings()
    table = sky_table(weather)
    light = open_irradiation(table, np.array([tilt]), np.array([azimuth]))
    planes = pd.DataFrame({"surface_tilt": [tilt], "surface_azimuth": [azimuth], "rack": [False]})

    def year(slant: float) -> float:
        seen = SimpleNamespace(
            monthly=light.monthly, sky_view=light.sky_view, sky_through=light.sky_through, slant=np.array([slant])
        )
        return float(energy_per_kwp(seen, planes, table, weather, settings).sum())

    suns = weather.suns(10)
    air, wind = (weather.data[c].to_numpy()[suns.interval] for c in ("temp_air", "wind_speed"))
    power = plane_power(suns, air, wind, tilt, azimuth, rack=False, settings=settings)[1]
    assert year(0.0) == pytest.approx((power * suns.hours).sum(), rel=0.01)
    assert year(0.5) < year(0.0) < year(-0.5)
