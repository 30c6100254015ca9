"""From light behind the glass to alternating current: colour of the light, weak light, heat, losses, inverter.

The steps are those of PVWatts version 8 as SAM runs it; each can be switched off. Weak light: the efficiency of a
single-diode module at 25 °C over the irradiance, relative to 1000 W/m²; what heat takes stays the coefficient of the
settings. Against SAM's six-parameter model at every temperature this leaves 0.1 % of a year.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pvlib

from guanghui.data import read_table
from guanghui.pv.settings import PvSettings

__all__ = ["hourly_ac", "loss_factor", "spectrum", "weak_light"]

_AIR_MASS = {"A0": 0.918093, "A1": 0.086257, "A2": -0.024459, "A3": 0.002816, "A4": -0.000126}
"""Spectral modifier over the absolute air mass [1] (De Soto et al. 2006)."""
_LOWEST_SUN_DEG = 86.0
"""Zenith beyond which the air mass stays (SAM) [°]."""
_PRESSURE_1_M = 0.0001184
"""Fall of pressure with height (King et al. 1998) [1/m]."""
_STANDBY = 0.004931
"""Direct current an inverter needs before it delivers, over its alternating power [1] (PVWatts version 8)."""
_WEAKEST, _STRONGEST = 1.0, 1600.0


def spectrum(zenith: np.ndarray, altitude: float) -> np.ndarray:
    """What the colour of the light is worth to silicon, relative to an air mass of 1.5.

    Parameters
    ----------
    zenith : numpy.ndarray
        Of the sun [°].
    altitude : float
        Of the place [m].

    Returns
    -------
    numpy.ndarray
        [1], shape as given.
    """
    mass = pvlib.atmosphere.get_relative_airmass(np.minimum(zenith, _LOWEST_SUN_DEG), "kasten1966")
    absolute = mass * np.exp(-_PRESSURE_1_M * altitude)
    return np.asarray(pvlib.spectrum.spectral_factor_sapm(absolute, _AIR_MASS))


@lru_cache(maxsize=8)
def _weak_light_nodes(module_type: str) -> tuple[np.ndarray, np.ndarray]:
    """Irradiance [W/m²] and efficiency relative to 1000 W/m² [1]."""
    table = read_table("factors", "modules.csv")
    rows = table[table["module_type"] == module_type]
    module = dict(zip(rows["item"], rows["value"].astype(float), strict=True))
    light = np.sort(np.append(np.geomspace(_WEAKEST, _STRONGEST, 256), 1000.0))
    diode = pvlib.pvsystem.calcparams_cec(light, 25.0, EgRef=1.12, dEgdT=-0.0002677, **module)
    power = np.asarray(pvlib.pvsystem.max_power_point(*diode, method="newton")["p_mp"])
    efficiency = power / light
    return light, efficiency / efficiency[light == 1000.0]


def weak_light(effective: np.ndarray, module_type: str = "premium") -> np.ndarray:
    """Efficiency of a module at 25 °C relative to that at 1000 W/m².

    Parameters
    ----------
    effective : numpy.ndarray
        Irradiance that reaches the cells [W/m²].
    module_type : {"premium", "standard", "thin-film"}
        Of ``factors/modules.csv``.

    Returns
    -------
    numpy.ndarray
        [1], shape as given.

    Examples
    --------
    >>> [round(float(v), 3) for v in weak_light([100.0, 200.0, 1000.0])]
    [0.942, 0.967, 1.0]
    """
    return np.interp(effective, *_weak_light_nodes(module_type))


def loss_factor(settings: PvSettings) -> float:
    """Share of direct-current energy that is left after the fixed losses [1]; shading is modelled, not assumed.

    Parameters
    ----------
    settings : PvSettings
        Losses of PVWatts [%]: ``soiling_pct``, ``mismatch_pct``, ``wiring_pct``, ``connections_pct``, ``lid_pct``,
        ``nameplate_pct`` and ``availability_pct``; none by snow or age.

    Returns
    -------
    float
        Product of ``1 - loss`` [1].
    """
    lost = pvlib.pvsystem.pvwatts_losses(
        soiling=settings.soiling_pct, shading=0.0, snow=0.0, mismatch=settings.mismatch_pct, wiring=settings.wiring_pct,
        connections=settings.connections_pct, lid=settings.lid_pct, nameplate_rating=settings.nameplate_pct, age=0.0,
        availability=settings.availability_pct,
    )  # fmt: skip
    return float(1.0 - lost / 100.0)


def hourly_ac(
    effective: np.ndarray,
    cell_temperature: np.ndarray,
    *,
    settings: PvSettings,
    capacity_kwp: float = 1.0,
    loss_pct: float | None = None,
) -> np.ndarray:
    """Alternating-current power of a system, interval by interval, clipped by its inverter.

    Parameters
    ----------
    effective : numpy.ndarray
        Irradiance that reaches the cells [W/m²].
    cell_temperature : numpy.ndarray
        [°C].
    settings : PvSettings
        Weak light, temperature coefficient, losses, inverter.
    capacity_kwp : float, default 1
        [kWp].
    loss_pct : float, optional
        In place of the losses of the settings [%].

    Returns
    -------
    numpy.ndarray
        [kW], shape of ``effective``.

    References
    ----------
    Dobos 2014, PVWatts version 5 (NREL/TP-6A20-62641), as in pvlib; SAM Simulation Core, PVWatts version 8.
    """
    kept = loss_factor(settings) if loss_pct is None else 1 - loss_pct / 100
    light = np.maximum(effective, 0.0)
    direct = np.asarray(pvlib.pvsystem.pvwatts_dc(light, cell_temperature, capacity_kwp, settings.gamma_pdc)) * kept
    if settings.low_light == "diode":
        direct = direct * weak_light(light, settings.module_type)
    return _inverted(direct, capacity_kwp / settings.dc_ac_ratio, settings)


def _inverted(direct: np.ndarray, rated: float, settings: PvSettings) -> np.ndarray:
    """What an inverter of a rated power makes of direct current, both [kW]."""
    full = rated / settings.inverter_efficiency
    if settings.inverter_model == "pvwatts5":
        return np.asarray(pvlib.inverter.pvwatts(direct, full, settings.inverter_efficiency))
    standby = _STANDBY * rated
    return np.clip((direct - standby) * rated / (full - standby), 0.0, rated)
