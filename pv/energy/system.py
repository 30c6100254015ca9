"""From irradiation to energy: one hourly system model per orientation class.

Module temperature and inverter clipping are not linear in irradiation, so they cannot live in the sky table. They are
run hour by hour for each orientation class that occurs, in the open and with all direct light hidden; the result is
energy (AC) per kWp and per kWh/m² of diffuse and of direct light behind the glass, by month. In weak light a module is
worse and in shade cooler, so the two differ. A roof's energy is its capacity times its own shaded light of each kind
times that ratio (``benchmarks.system``).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pvlib

from guanghui.pv.energy.electric import hourly_ac, spectrum
from guanghui.pv.settings import PvSettings
from guanghui.pv.sun.glass import cover_iam, diffuse_iam
from guanghui.pv.sun.sky import components
from guanghui.pv.sun.weather import SunSeries, Weather

__all__ = [
    "ClassHours", "ClassYear", "PlaneLight", "Rows", "class_hours", "class_of", "flat_rows", "performance",
    "plane_light", "plane_power",
]  # fmt: skip

_TILT_STEP, _AZIMUTH_STEP = 5.0, 10.0
_CLEAR = {"sky": 1.0, "horizon": 1.0, "ground": 1.0}
_RACK_HEIGHT_M = 0.5
"""Middle of a module on a rack above the roof [m] (assumed; only the back side of two-sided modules knows it)."""
_REAR_STRUCTURE = 0.02
"""Light from behind that the rack takes [1] (pvlib infinite sheds)."""


@dataclass(frozen=True)
class Rows:
    """Rows of racks on a flat roof."""

    tilt: float
    """[°]."""
    azimuth: float
    """Towards the equator, clockwise from true north [°]."""
    gcr: float
    """Module length / row pitch [1]."""
    masking_deg: float
    """Elevation of the row in front, averaged over the module [°]."""
    per_pitch: int = 1
    """2 for pairs of rows back to back, the first looking to ``azimuth``, the second the other way."""
    rule_gcr: float | None = None
    """What the rule of the winter solstice asks for, where the floor stands above it [1]."""


def flat_rows(settings: PvSettings, latitude: float) -> Rows:
    """Lay out rows for a latitude.

    Parameters
    ----------
    settings : PvSettings
        Rack tilt and the rule for the pitch.
    latitude : float
        [°].

    Returns
    -------
    Rows

    Notes
    -----
    No shade from 9 to 15 h solar time on the winter solstice: ``D = L cos β + L sin β (0.707 tan φ + 0.4338) / (0.707 -
    0.4338 tan φ)``, the rule of GB 50797-2012, which is exact geometry for the sun at ±45° hour angle and -23.45°
    declination. Beyond about 55° it asks for absurd pitches; ``rack_gcr`` is then the floor. Pairs that look east and
    west touch at the ridge and stand a walkway apart at the foot.
    """
    if settings.preset == "east-west":
        return _pairs(settings)
    tilt = np.radians(settings.rack_tilt)
    gcr, rule = settings.rack_gcr, None
    if settings.rack_spacing == "solstice":
        tangent = np.tan(np.radians(abs(latitude)))
        below = 0.707 - 0.4338 * tangent
        pitch = np.cos(tilt) + np.sin(tilt) * (0.707 * tangent + 0.4338) / below if below > 0 else np.inf
        gcr = max(settings.rack_gcr, 1.0 / pitch)
        rule = float(1.0 / pitch) if 1.0 / pitch < settings.rack_gcr else None
    masking = float(pvlib.shading.masking_angle_passias(settings.rack_tilt, gcr)) if settings.rack_tilt > 0 else 0.0
    return Rows(settings.rack_tilt, 180.0 if latitude >= 0 else 0.0, float(gcr), masking, rule_gcr=rule)


def _pairs(settings: PvSettings) -> Rows:
    """Pairs of landscape rows, back to back."""
    tilt = np.radians(settings.rack_tilt)
    walk = settings.east_west_walk_m / settings.module_width_m
    gcr = min(1.0, 2.0 / (2.0 * np.cos(tilt) + walk))
    up = (np.arange(100) + 0.5) / 100
    ridge = np.arctan2((1 - up) * np.sin(tilt), (1 + up) * np.cos(tilt) + walk)
    return Rows(settings.rack_tilt, 90.0, float(gcr), float(np.degrees(ridge.mean())), per_pitch=2)


def class_of(surface_tilt: np.ndarray, surface_azimuth: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Round orientations to their class: 5° of tilt, 10° of azimuth; a level plane has azimuth 180.

    Parameters
    ----------
    surface_tilt : numpy.ndarray
        From level [°].
    surface_azimuth : numpy.ndarray
        Clockwise from true north, downhill [°].

    Returns
    -------
    tuple of numpy.ndarray
        Tilt and azimuth of the class [°], shape as given.
    """
    tilt = np.round(np.asarray(surface_tilt) / _TILT_STEP) * _TILT_STEP
    azimuth = np.round(np.asarray(surface_azimuth) / _AZIMUTH_STEP) * _AZIMUTH_STEP % 360.0
    return tilt, np.where(tilt == 0, 180.0, azimuth)


@dataclass(frozen=True)
class ClassYear:
    """What orientation classes do in an average year with nothing around them; arrays have shape (classes, 12)."""

    radiation: np.ndarray
    """On the plane [kWh/m²]."""
    light: np.ndarray
    """Behind the glass [kWh/m²]."""
    direct_through: np.ndarray
    """Share of beam, circumsolar light and horizon band that the glass lets through [1]."""
    energy: np.ndarray
    """Alternating current [kWh/kWp]."""
    direct_through_light: np.ndarray
    """Direct light behind the glass [kWh/m²], part of ``light``."""
    dark_energy: np.ndarray
    """Alternating current with all direct light hidden [kWh/kWp]."""

    @property
    def ratio(self) -> np.ndarray:
        """Energy by irradiation of the open plane [kWh/kWp per kWh/m²]; 0 in months without sun."""
        return _ratio(self.energy, self.radiation)

    @property
    def per_diffuse(self) -> np.ndarray:
        """Energy of light of sky and ground behind the glass alone [kWh/kWp per kWh/m²]; 0 in months without sun."""
        return _ratio(self.dark_energy, self.light - self.direct_through_light)

    @property
    def per_direct(self) -> np.ndarray:
        """What direct light behind the glass adds to that [kWh/kWp per kWh/m²]; 0 in months without sun."""
        return _ratio(self.energy - self.dark_energy, self.direct_through_light)


def _ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    return np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)


def performance(weather: Weather, classes: pd.DataFrame, settings: PvSettings) -> ClassYear:
    """Run each orientation class through the hours of the weather.

    Parameters
    ----------
    weather : Weather
        Radiation, air temperature and wind.
    classes : pandas.DataFrame
        Columns ``surface_tilt``, ``surface_azimuth`` (true north) [°] and ``rack`` (bool), one row a class.
    settings : PvSettings
        System.

    Returns
    -------
    ClassYear

    References
    ----------
    Dobos 2014, PVWatts version 5 (NREL/TP-6A20-62641); King et al. 2004 (SAPM temperature); De Soto et al. 2006 (glass
    cover); Marion 2017 (diffuse incidence-angle modifiers).
    """
    suns = weather.half_hour_suns
    air = weather.data["temp_air"].to_numpy(float)[suns.interval]
    wind = weather.data["wind_speed"].to_numpy(float)[suns.interval]
    radiation, light, direct, energy, sunny, dark = (np.zeros((len(classes), 12)) for _ in range(6))
    columns = zip(classes["surface_tilt"], classes["surface_azimuth"], classes["rack"], strict=True)
    kwh = suns.hours / 1000.0
    rows = flat_rows(settings, weather.latitude)
    two_sided = settings.bifaciality > 0 and rows.per_pitch == 1
    for row, (tilt, azimuth, rack) in enumerate(columns):
        got = plane_light(suns, tilt, azimuth, settings=settings)
        rear = _rear(suns, tilt, azimuth, rows.gcr, settings) if rack and two_sided else 0.0
        power = _power(got, air, wind, rack=bool(rack), settings=settings, rear=rear)
        radiation[row] = np.bincount(suns.month, got.radiation, 12) * kwh
        light[row] = np.bincount(suns.month, got.light, 12) * kwh
        through = np.bincount(suns.month, got.direct_light, 12)
        direct[row] = _ratio(through, np.bincount(suns.month, got.direct, 12))
        energy[row] = np.bincount(suns.month, power, 12) * suns.hours
        sunny[row] = through * kwh
        hidden = _power(got.without_beam(), air, wind, rack=bool(rack), settings=settings, rear=rear)
        dark[row] = np.bincount(suns.month, hidden, 12) * suns.hours
    return ClassYear(radiation, light, direct, energy, sunny, dark)


@dataclass(frozen=True)
class ClassHours:
    """Energy of orientation classes with nothing around them, hour by hour of an average year of 365 days."""

    direct: np.ndarray
    """From beam, circumsolar light and horizon band [kWh/kWp], shape (classes, 8760)."""
    diffuse: np.ndarray
    """From the even sky and the ground [kWh/kWp], shape (classes, 8760)."""


def class_hours(weather: Weather, classes: pd.DataFrame, settings: PvSettings) -> ClassHours:
    """Run each orientation class through the hours of the weather and keep the hours.

    Parameters
    ----------
    weather, classes, settings
        As in :func:`performance`.

    Returns
    -------
    ClassHours
        The even part is what the class gives with all direct light hidden, as in :func:`performance`; hours of several
        years are averaged, 29 February counts with the 28th.
    """
    suns = weather.half_hour_suns
    air = weather.data["temp_air"].to_numpy(float)[suns.interval]
    wind = weather.data["wind_speed"].to_numpy(float)[suns.interval]
    index = pd.DatetimeIndex(weather.data.index)[suns.interval]
    first = np.cumsum([0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30])
    day = first[index.month - 1] + np.where((index.month == 2) & (index.day == 29), 28, index.day) - 1
    slot = np.asarray(day * 24 + index.hour)
    direct, diffuse = np.zeros((len(classes), 8760)), np.zeros((len(classes), 8760))
    for row, (tilt, azimuth, rack) in enumerate(classes.itertuples(index=False)):
        got = plane_light(suns, tilt, azimuth, settings=settings)
        power = _power(got, air, wind, rack=bool(rack), settings=settings) * suns.hours
        hidden = _power(got.without_beam(), air, wind, rack=bool(rack), settings=settings) * suns.hours
        direct[row] = np.bincount(slot, np.maximum(power - hidden, 0.0), 8760)
        diffuse[row] = np.bincount(slot, np.minimum(hidden, power), 8760)
    return ClassHours(direct, diffuse)


@dataclass(frozen=True)
class PlaneLight:
    """Irradiance of an open plane, sun by sun [W/m²], shape (t,)."""

    radiation: np.ndarray
    """All of it."""
    light: np.ndarray
    """Behind the glass."""
    direct: np.ndarray
    """Beam, circumsolar light and horizon band."""
    direct_light: np.ndarray
    """The same behind the glass."""
    spectrum: np.ndarray
    """What the colour of the light is worth to silicon [1]."""

    def without_beam(self) -> PlaneLight:
        """The same with all direct light hidden."""
        none = np.zeros_like(self.direct)
        return PlaneLight(self.radiation - self.direct, self.light - self.direct_light, none, none, self.spectrum)


def plane_light(suns: SunSeries, surface_tilt: float, surface_azimuth: float, *, settings: PvSettings) -> PlaneLight:
    """Put an open plane under a series of suns, before and behind its glass.

    Parameters
    ----------
    suns : SunSeries
        Suns and radiation.
    surface_tilt, surface_azimuth : float
        Plane [°], azimuth from true north.
    settings : PvSettings
        Sky model, albedo, whether diffuse light is reflected too.
    """
    aoi = np.asarray(pvlib.irradiance.aoi(surface_tilt, surface_azimuth, suns.zenith, suns.azimuth))
    sky = components(suns, surface_tilt, surface_azimuth, settings.sky_model)
    beam = suns.dni * np.maximum(np.cos(np.radians(aoi)), 0.0) + sky["circumsolar"]
    ground = settings.albedo * suns.ghi * (1 - np.cos(np.radians(surface_tilt))) / 2
    seen = diffuse_iam(float(surface_tilt), settings.glass) if settings.diffuse_iam else _CLEAR
    direct = beam + sky["horizon"]
    direct_light = beam * cover_iam(np.minimum(aoi, 90.0), settings.glass) + sky["horizon"] * seen["horizon"]
    light = direct_light + sky["isotropic"] * seen["sky"] + ground * seen["ground"]
    colour = spectrum(suns.zenith, suns.altitude) if settings.spectrum == "air-mass" else np.ones_like(light)
    return PlaneLight(direct + sky["isotropic"] + ground, light, direct, direct_light, colour)


def plane_power(
    suns: SunSeries,
    temp_air: np.ndarray,
    wind_speed: np.ndarray,
    surface_tilt: float,
    surface_azimuth: float,
    *,
    rack: bool,
    settings: PvSettings,
    loss_pct: float | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Run one open plane through sun, cover glass, cell temperature and inverter.

    Parameters
    ----------
    suns : SunSeries
        Suns and radiation.
    temp_air, wind_speed : numpy.ndarray
        Air temperature [°C] and wind [m/s] at each sun, shape (t,).
    surface_tilt, surface_azimuth : float
        Plane [°], azimuth from true north.
    rack : bool
        On an open rack; else flush with the roof, where it runs hotter.
    settings : PvSettings
        System.
    loss_pct : float, optional
        In place of the losses of the settings [%].

    Returns
    -------
    tuple of numpy.ndarray
        Plane irradiance [W/m²] and power of 1 kWp [kW], shape (t,).
    """
    got = plane_light(suns, surface_tilt, surface_azimuth, settings=settings)
    power = _power(got, temp_air, wind_speed, rack=rack, settings=settings, loss_pct=loss_pct)
    return got.radiation, power


def _power(
    got: PlaneLight,
    temp_air: np.ndarray,
    wind_speed: np.ndarray,
    *,
    rack: bool,
    settings: PvSettings,
    loss_pct: float | None = None,
    rear: np.ndarray | float = 0.0,
) -> np.ndarray:
    """Power of 1 kWp [kW], sun by sun."""
    cell = _cell_temperature(got.radiation, temp_air, wind_speed, rack=rack, settings=settings)
    return hourly_ac((got.light + rear) * got.spectrum, cell, settings=settings, loss_pct=loss_pct)


def _rear(suns: SunSeries, tilt: float, azimuth: float, gcr: float, settings: PvSettings) -> np.ndarray:
    """What the back side of modules in rows adds to the front's light [W/m²] (infinite sheds, Mikofski et al. 2019).

    Rows shade the ground behind them and see less sky for each other; structure and unevenness take their share.
    """
    length = settings.module_length_m
    kept = (1 - _REAR_STRUCTURE) * (1 - settings.rear_mismatch_pct / 100)
    behind = pvlib.bifacial.infinite_sheds.get_irradiance_poa(
        180.0 - tilt, (azimuth + 180.0) % 360.0, suns.zenith, suns.azimuth, gcr, _RACK_HEIGHT_M, length / gcr,
        suns.ghi, suns.dhi, suns.dni, settings.albedo,
    )  # fmt: skip
    return np.nan_to_num(np.asarray(behind["poa_global"])) * settings.bifaciality * kept


def _cell_temperature(
    poa: np.ndarray, temp_air: np.ndarray, wind_speed: np.ndarray, *, rack: bool, settings: PvSettings
) -> np.ndarray:
    """Temperature of the cells on a rack or flush with the roof [°C]."""
    known = pvlib.temperature.TEMPERATURE_MODEL_PARAMETERS
    if settings.temperature_model == "sapm":
        mount = known["sapm"]["open_rack_glass_glass" if rack else "close_mount_glass_glass"]
        found = pvlib.temperature.sapm_cell(poa, temp_air, wind_speed, **mount)
    elif settings.temperature_model == "noct":
        noct = 45.0 if rack else 49.0
        found = pvlib.temperature.noct_sam(poa, temp_air, wind_speed, noct, settings.module_efficiency)
    elif rack:
        found = pvlib.temperature.faiman(poa, temp_air, wind_speed)
    else:
        found = pvlib.temperature.pvsyst_cell(
            poa,
            temp_air,
            wind_speed,
            module_efficiency=settings.module_efficiency,
            **known["pvsyst"]["semi_integrated"],
        )
    return np.asarray(found)
