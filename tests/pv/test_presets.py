"""Named systems: what they change, and that the defaults are the plain one."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from guanghui.pv.energy.system import flat_rows, performance
from guanghui.pv.settings import MODULE_TYPES, PvSettings


def energy(weather, settings: PvSettings, tilt: float = 10.0, azimuth: float = 180.0, rack: bool = True) -> float:
    planes = pd.DataFrame([(tilt, azimuth, rack)], columns=["surface_tilt", "surface_azimuth", "rack"])
    return float(performance(weather, planes, settings).energy.sum())


def test_the_plain_settings_are_the_premium_module_in_rows() -> None:
    plain = PvSettings()
    named = PvSettings(module_type="premium", preset="rows-south")
    assert plain == named
    assert plain.module_efficiency == MODULE_TYPES["premium"]["module_efficiency"]
    assert plain.gamma_pdc == MODULE_TYPES["premium"]["gamma_pdc"]


@pytest.mark.parametrize("name", list(MODULE_TYPES))
def test_a_module_type_gives_its_figures_unless_they_are_set(name: str) -> None:
    settings = PvSettings(module_type=name)
    assert {k: getattr(settings, k) for k in MODULE_TYPES[name]} == MODULE_TYPES[name]
    own = PvSettings(module_type=name, module_efficiency=0.225)
    assert own.module_efficiency == 0.225
    assert own.gamma_pdc == MODULE_TYPES[name]["gamma_pdc"]


def test_an_unknown_preset_is_refused() -> None:
    with pytest.raises(ValidationError, match="preset"):
        PvSettings(preset="rows-north")
    with pytest.raises(ValidationError, match="module_type"):
        PvSettings(module_type="perovskite")


def test_a_hotter_coefficient_costs_energy(weather) -> None:
    """All else alike; PVWatts version 8 gives its standard module 0.5 % more, by its weak light."""
    alike = {"low_light": "none", "spectrum": "none"}
    assert energy(weather, PvSettings(module_type="standard", **alike)) < energy(weather, PvSettings(**alike))
    assert energy(weather, PvSettings(module_type="standard")) > energy(weather, PvSettings())


def test_pairs_stand_a_walkway_apart() -> None:
    """Two modules of 1.134 m at 10° and a walkway of 0.5 m: 2.268 / (2.2336 + 0.5)."""
    rows = flat_rows(PvSettings(preset="east-west"), 29.0)
    assert rows.gcr == pytest.approx(2 * 1.134 / (2 * 1.134 * np.cos(np.radians(10)) + 0.5))
    assert (rows.per_pitch, rows.azimuth, rows.tilt) == (2, 90.0, 10.0)
    assert 1 < rows.masking_deg < 6
    wide = flat_rows(PvSettings(preset="east-west", east_west_walk_m=2.0), 29.0)
    assert wide.gcr < rows.gcr
    assert wide.masking_deg < rows.masking_deg
    assert flat_rows(PvSettings(preset="east-west", rack_tilt=0, east_west_walk_m=0), 29.0).gcr == 1.0


def test_two_sided_modules_gain_by_what_the_roof_reflects(weather) -> None:
    """A few percent on a low rack over a grey roof, more over a white one, none flush and none when off."""
    plain = energy(weather, PvSettings())
    grey = energy(weather, PvSettings(bifaciality=0.8)) / plain - 1
    white = energy(weather, PvSettings(bifaciality=0.8, albedo=0.6)) / energy(weather, PvSettings(albedo=0.6)) - 1
    assert 0.005 < grey < 0.06
    assert white > 2 * grey
    flush = [energy(weather, PvSettings(bifaciality=b), 20.0, rack=False) for b in (0.0, 0.8)]
    assert flush[0] == flush[1]


def test_a_wider_pitch_lets_more_light_behind(weather) -> None:
    near = PvSettings(bifaciality=0.8, rack_spacing="gcr", rack_gcr=0.9)
    far = PvSettings(bifaciality=0.8, rack_spacing="gcr", rack_gcr=0.4)
    assert energy(weather, far) > energy(weather, near)
