"""Light behind glass against pvlib's integrals and a dome cut into small pieces."""

from __future__ import annotations

import numpy as np
import pvlib
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guanghui.pv.energy.hourly import mean_slant
from guanghui.pv.shade.irradiation import normals, open_irradiation, shaded_irradiation
from guanghui.pv.sun.glass import hemisphere_through
from guanghui.pv.sun.sky import components
from tests.scenes import hourly_weather


@pytest.fixture(scope="module")
def table():
    from guanghui.pv.sun.sky import sky_table

    return sky_table(hourly_weather(), cover="plain")


@pytest.mark.parametrize("tilt", [0.0, 10.0, 25.0, 45.0, 60.0, 90.0])
def test_an_open_sky_and_ground_pass_as_in_marion(table, tilt: float) -> None:
    got = open_irradiation(table, np.array([tilt]), np.array([200.0]))
    known = pvlib.iam.marion_diffuse("physical", tilt)
    assert got.sky_through[0] / got.sky_view[0] == pytest.approx(float(known["sky"]), abs=1e-3)
    if tilt >= 10:
        ground = (hemisphere_through("plain") - got.sky_through[0]) / (1 - got.sky_view[0])
        assert ground == pytest.approx(float(known["ground"]), abs=0.08 if tilt < 20 else 0.02)


class Rim:
    """The same skyline all around."""

    def __init__(self, tangent: float) -> None:
        self.tangent = np.float32(tangent)

    def raise_tangent(self, azimuth: float, tan: np.ndarray) -> np.ndarray:
        return np.maximum(tan, self.tangent, out=tan)


def dome(normal: np.ndarray, rim: float) -> float:
    """Sky above a rim that passes the glass of a plane, summed over small pieces."""
    azimuth, height = np.radians(np.arange(0.5, 360)), np.radians((np.arange(900) + 0.5) / 10)
    cosine = normal[0] * np.outer(np.sin(azimuth), np.cos(height)) + normal[2] * np.sin(height)
    cosine = np.maximum(cosine + normal[1] * np.outer(np.cos(azimuth), np.cos(height)), 0.0)
    glass = np.asarray(pvlib.iam.physical(np.degrees(np.arccos(np.minimum(cosine, 1.0)))))
    piece = np.cos(height) * np.radians(0.1) * np.radians(1.0)
    return float((cosine * glass * piece * (np.tan(height) > rim)).sum() / np.pi)


@settings(max_examples=12)
@given(st.floats(0, 60), st.floats(0, 359), st.floats(0, 1.5))
def test_a_sky_above_a_rim(tilt: float, azimuth: float, rim: float) -> None:
    from guanghui.pv.sun.sky import sky_table

    sky = sky_table(hourly_weather(), model="isotropic", cover="plain")
    plane = normals(np.array([tilt]), np.array([azimuth]))
    got = shaded_irradiation(sky, plane, Rim(rim))
    assert got.sky_through[0] == pytest.approx(dome(plane[0].astype(float), rim), abs=2.5e-3)
    assert got.sky_through[0] <= got.sky_view[0]


def test_direct_light_at_right_angles_and_its_slant(weather, table) -> None:
    """Facing the sun all year collects every beam above the plane's own horizon."""
    got = open_irradiation(table, np.array([30.0]), np.array([180.0]))
    s = weather.suns()
    cosine = np.cos(np.radians(pvlib.irradiance.aoi(30.0, 180.0, s.zenith, s.azimuth)))
    beam = s.dni + components(s, s.zenith, s.azimuth, "perez-driesse")["circumsolar"]
    facing = (beam * (cosine > 0)).sum() * s.hours / 1000
    assert got.normal_beam[0] == pytest.approx(facing, rel=2e-3)
    direct = (beam * np.maximum(cosine, 0)).sum() * s.hours / 1000
    band = table.band.sum() * (1 - np.cos(np.radians(120))) / 2  # rough: a band stands in half of the view
    slant = mean_slant(table, got.monthly, got.sky_view, got.normal_beam)[0]
    assert slant == pytest.approx(facing / direct, rel=0.03 + abs(band) / direct)
