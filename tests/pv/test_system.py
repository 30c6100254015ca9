from __future__ import annotations

import numpy as np
import pandas as pd
import pvlib
import pytest

from guanghui.pv.energy.electric import loss_factor
from guanghui.pv.energy.system import class_of, flat_rows, performance
from guanghui.pv.settings import PvSettings


@pytest.mark.parametrize("latitude", [20.0, 28.5, 32.0, 40.0])
@pytest.mark.parametrize("tilt", [5.0, 10.0, 20.0])
def test_rows_do_not_shade_each_other_at_nine_on_the_winter_solstice(latitude: float, tilt: float) -> None:
    """The pitch of GB 50797 against plain geometry: the shadow of the row in front just reaches the next."""
    rows = flat_rows(PvSettings(rack_tilt=tilt, rack_gcr=0.05), latitude)
    declination, hour = np.radians(-23.45), np.radians(45.0)
    phi = np.radians(latitude)
    elevation = np.arcsin(np.sin(phi) * np.sin(declination) + np.cos(phi) * np.cos(declination) * np.cos(hour))
    azimuth = np.arcsin(np.cos(declination) * np.sin(hour) / np.cos(elevation))
    length = 1.0
    gap = length * np.sin(np.radians(tilt)) * np.cos(azimuth) / np.tan(elevation)
    pitch = length * np.cos(np.radians(tilt)) + gap
    assert 1 / rows.gcr == pytest.approx(pitch, rel=3e-3)


def test_row_density_of_the_anchor_table() -> None:
    """PV-ANCHORS B.1: 28.5° N, 10°: pitch 1.286 L and 167 W/m² with 215 W/m² modules."""
    rows = flat_rows(PvSettings(), 28.5)
    assert 1 / rows.gcr == pytest.approx(1.286, abs=2e-3)
    assert rows.gcr * 215 == pytest.approx(167, abs=0.5)


def test_racks_look_to_the_equator() -> None:
    assert flat_rows(PvSettings(), 29.0).azimuth == 180
    assert flat_rows(PvSettings(), -45.0).azimuth == 0


def test_far_north_the_ratio_has_a_floor() -> None:
    assert flat_rows(PvSettings(), 65.0).gcr == PvSettings().rack_gcr


def test_losses_multiply_and_hold_no_shading() -> None:
    parts = [2.0, 2.0, 2.0, 0.5, 1.5, 1.0, 3.0]
    assert loss_factor(PvSettings()) == pytest.approx(np.prod([1 - p / 100 for p in parts]))


def test_orientation_classes() -> None:
    tilt, azimuth = class_of(np.array([1.0, 22.0, 48.0]), np.array([77.0, 356.0, 94.9]))
    assert tilt.tolist() == [0.0, 20.0, 50.0]
    assert azimuth.tolist() == [180.0, 0.0, 90.0]


def classes(*rows: tuple[float, float, bool]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["surface_tilt", "surface_azimuth", "rack"])


def test_performance_equals_a_model_chain(weather) -> None:
    """The same system as one pvlib ModelChain, hour by hour."""
    settings = PvSettings(low_light="none", spectrum="none", inverter_model="pvwatts5", cover="plain")
    suns = weather.suns(30)
    ratio = performance(weather, classes((20.0, 180.0, True)), settings).ratio[0]
    total = pvlib.irradiance.get_total_irradiance(
        20,
        180,
        suns.zenith,
        suns.azimuth,
        suns.dni,
        suns.ghi,
        suns.dhi,
        suns.dni_extra,
        albedo=0.2,
        model="perez-driesse",
    )
    poa = np.asarray(total["poa_global"])
    air = weather.data["temp_air"].to_numpy()[suns.interval]
    cell = pvlib.temperature.faiman(poa, air, 2.0)
    aoi = pvlib.irradiance.aoi(20, 180, suns.zenith, suns.azimuth)
    system = pvlib.pvsystem.PVSystem(
        arrays=[
            pvlib.pvsystem.Array(
                pvlib.pvsystem.FixedMount(20, 180), module_parameters={"pdc0": 1.0, "gamma_pdc": -0.0035}
            )
        ],
        inverter_parameters={"pdc0": 1 / 1.2 / 0.96, "eta_inv_nom": 0.96},
    )
    beam = np.asarray(total["poa_direct"]) * np.asarray(pvlib.iam.physical(aoi))
    dc = system.pvwatts_dc(beam + np.asarray(total["poa_diffuse"]) * 0.955, cell) * loss_factor(settings)
    ac = np.asarray(pvlib.inverter.pvwatts(dc, 1 / 1.2 / 0.96, 0.96))
    expected = ac.sum() / (poa.sum() / 1000)
    ours = (ratio * np.bincount(suns.month, poa, 12)).sum() / poa.sum()
    assert ours == pytest.approx(expected, rel=0.01)


def test_performance_ratio_is_believable_and_hot_months_are_worse(weather) -> None:
    ratio = performance(weather, classes((10.0, 180.0, True), (25.0, 180.0, False)), PvSettings()).ratio
    assert ((ratio > 0.65) & (ratio < 0.9)).all()
    assert (ratio[:, 6] < ratio[:, 0]).all()
    assert (ratio[1] < ratio[0]).all()  # flush modules run hotter


def test_clipping_costs_energy(weather) -> None:
    wide = performance(weather, classes((20.0, 180.0, True)), PvSettings(dc_ac_ratio=1.0)).ratio
    tight = performance(weather, classes((20.0, 180.0, True)), PvSettings(dc_ac_ratio=2.5)).ratio
    assert (tight < wide).all()


@pytest.mark.parametrize("model", ["faiman", "sapm", "noct"])
def test_every_temperature_model_makes_flush_modules_hotter(weather, model: str) -> None:
    settings = PvSettings(temperature_model=model)
    rack, flush = performance(weather, classes((20.0, 180.0, True), (20.0, 180.0, False)), settings).ratio.mean(axis=1)
    assert 0.93 * rack < flush < rack
