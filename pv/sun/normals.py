"""A weather year from monthly normals, for places without an hourly file; always marked illustrative.

A month is made of clear and overcast days. A clear day is pvlib's Ineichen clear sky; an overcast day is a constant
part of it, all diffuse. The share of clear days and the brightness of overcast ones follow in closed form from the
month's global and diffuse sums, so both are met exactly and beam and diffuse keep the proportion planes of any tilt ask
for (scaling a clear sky alone would give far too much beam).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pvlib

from guanghui.data import read_table
from guanghui.geo.errors import InputError
from guanghui.pv.sun.weather import Weather
from guanghui.pv.sun.weather_checks import checked_weather

__all__ = ["Normals", "normals_names", "normals_table", "weather_from_normals"]

_YEAR = 2021
_STEP_MIN = 10
_MONTHS = [f"m{i:02d}" for i in range(1, 13)]
_DAYS = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
_DIURNAL_K = 4.0  # half the daily range of air temperature [K], assumed
_DARKEST, _BRIGHTEST = 0.12, 0.65  # what an overcast day may keep of a clear one, assumed


@dataclass(frozen=True)
class Normals:
    """Twelve monthly numbers per variable."""

    name: str
    ghi: np.ndarray
    """Global horizontal irradiation [kWh/m²], shape (12,)."""
    dhi_share: np.ndarray
    """Diffuse part of it [1], shape (12,)."""
    temp_air: np.ndarray | None
    """Mean air temperature [°C]."""
    wind_speed: np.ndarray | None
    """Mean wind [m/s]."""
    source: str
    name_zh: str


def normals_names() -> list[str]:
    """Names of the normals that ship."""
    return sorted(read_table("climate", "normals.csv")["region"].unique())


def normals_table(name: str, latitude: float) -> Normals:
    """Look up shipped normals.

    Parameters
    ----------
    name : str
        Region as in ``climate/normals.csv``.
    latitude : float
        Of the place [°]; used to estimate the diffuse part where none ships.

    Raises
    ------
    InputError
        If there is no such region.

    Examples
    --------
    Global radiation of a year on level ground [kWh/m²]:

    >>> round(float(normals_table("nanchang", latitude=28.7).ghi.sum()))
    1294
    """
    table = read_table("climate", "normals.csv")
    rows = table[table["region"] == name].set_index("variable")
    if rows.empty:
        raise InputError(
            f'[weather] normals = "{name}": there are none of that name; there are {", ".join(normals_names())}.',
            f"[weather] normals = “{name}”：没有此名；现有 {', '.join(normals_names())}。",
        )
    ghi = rows.loc["ghi", _MONTHS].to_numpy(float) * float(rows.loc["ghi", "annual"])

    def series(variable: str) -> np.ndarray | None:
        return rows.loc[variable, _MONTHS].to_numpy(float) if variable in rows.index else None

    share = series("dhi_share")
    return Normals(
        name, ghi, monthly_diffuse_share(ghi, latitude) if share is None else share, series("temp_air"),
        series("wind_speed"), str(rows.loc["ghi", "source"]), str(rows.loc["ghi", "name_zh"]),
    )  # fmt: skip


def monthly_diffuse_share(ghi_kwh_m2: np.ndarray, latitude: float) -> np.ndarray:
    """Diffuse part of monthly global irradiation from the clearness index.

    Parameters
    ----------
    ghi_kwh_m2 : numpy.ndarray
        Monthly sums, shape (12,).
    latitude : float
        [°].

    Returns
    -------
    numpy.ndarray
        [1], shape (12,).

    References
    ----------
    Erbs, Klein & Duffie 1982, doi:10.1016/0038-092X(82)90302-4, monthly correlation for sunset angles below and above
    81.4°.
    """
    middle = np.cumsum(_DAYS) - _DAYS / 2
    declination = np.radians(23.45 * np.sin(2 * np.pi * (284 + middle) / 365))
    phi = np.radians(latitude)
    sunset = np.arccos(np.clip(-np.tan(phi) * np.tan(declination), -1, 1))
    extra = 1361.1 * (1 + 0.033 * np.cos(2 * np.pi * middle / 365))
    day = (
        24
        / np.pi
        * extra
        * (np.cos(phi) * np.cos(declination) * np.sin(sunset) + sunset * np.sin(phi) * np.sin(declination))
    )
    kt = np.clip(np.asarray(ghi_kwh_m2) * 1000 / (day * _DAYS), 0.3, 0.8)
    low_sun = 1.391 - 3.560 * kt + 4.189 * kt**2 - 2.137 * kt**3
    high_sun = 1.311 - 3.022 * kt + 3.427 * kt**2 - 1.821 * kt**3
    return np.where(np.degrees(sunset) <= 81.4, low_sun, high_sun)


def weather_from_normals(
    normals: Normals, *, latitude: float, longitude: float, altitude: float = 0.0, utc_offset: float | None = None
) -> Weather:
    """Make an hourly year that meets monthly normals.

    Parameters
    ----------
    normals : Normals
        Monthly sums and means.
    latitude, longitude, altitude : float
        Place [°, °, m].
    utc_offset : float, optional
        [h]; the nearest whole hour of the longitude by default.

    Returns
    -------
    Weather
        ``illustrative`` is True; monthly GHI equals the normals to 0.5 %.
    """
    offset = round(longitude / 15) if utc_offset is None else utc_offset
    zone = f"Etc/GMT{-int(offset):+d}"
    fine = pd.date_range(f"{_YEAR}-01-01 00:05", periods=365 * 144, freq=f"{_STEP_MIN}min", tz=zone)
    month = fine.month.to_numpy() - 1
    day = fine.day_of_year.to_numpy() - 1
    climate = pvlib.clearsky.lookup_linke_turbidity(fine, latitude, longitude).to_numpy()
    clear = _Clear(fine, latitude, longitude, altitude)
    ghi, dhi = np.zeros(len(fine)), np.zeros(len(fine))
    for m in range(12):
        rows = np.flatnonzero(month == m)
        target, diffuse = normals.ghi[m], normals.ghi[m] * normals.dhi_share[m]
        ghi[rows], dhi[rows] = _month(clear, rows, climate[rows], day[rows], target, diffuse)
    hourly = pd.DataFrame({"ghi": ghi, "dhi": dhi}, index=fine).resample("1h").mean()
    hourly.index = hourly.index + pd.Timedelta(minutes=30)
    hour, which = hourly.index.hour.to_numpy() + 0.5, hourly.index.month.to_numpy() - 1
    if normals.temp_air is not None:
        swing = _DIURNAL_K * np.cos(2 * np.pi * (hour - 15) / 24)
        hourly["temp_air"] = normals.temp_air[which] + swing
    if normals.wind_speed is not None:
        hourly["wind_speed"] = normals.wind_speed[which]
    made = checked_weather(
        hourly, latitude=latitude, longitude=longitude, altitude=altitude, label=f"{normals.name_zh}月平均值",
        convention="middle", illustrative=True,
    )  # fmt: skip
    return replace(made, label_en=f"monthly normals of {normals.name.capitalize()}")


class _Clear:
    """Ineichen clear sky for any turbidity, with the sun computed once."""

    def __init__(self, times: pd.DatetimeIndex, latitude: float, longitude: float, altitude: float) -> None:
        sun = pvlib.solarposition.get_solarposition(times, latitude, longitude, altitude=altitude)
        self.zenith = sun["apparent_zenith"].to_numpy()
        self.extra = np.asarray(pvlib.irradiance.get_extra_radiation(times))
        mass = pvlib.atmosphere.get_relative_airmass(self.zenith)
        self.mass = pvlib.atmosphere.get_absolute_airmass(mass, pvlib.atmosphere.alt2pres(altitude))
        self.altitude = altitude

    def __call__(self, rows: np.ndarray, turbidity: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        with np.errstate(divide="ignore", invalid="ignore"):  # below the horizon, where all comes out as 0
            sky = pvlib.clearsky.ineichen(
                self.zenith[rows], self.mass[rows], turbidity, altitude=self.altitude, dni_extra=self.extra[rows]
            )
        return np.nan_to_num(np.asarray(sky["ghi"])), np.nan_to_num(np.asarray(sky["dhi"]))


def _month(
    clear: _Clear, rows: np.ndarray, turbidity: np.ndarray, day: np.ndarray, target: float, diffuse: float
) -> tuple[np.ndarray, np.ndarray]:
    """Global and diffuse of one month as clear and overcast days that meet both sums.

    The climatological turbidity is lowered until the overcast days are neither black nor nearly clear.
    """
    kwh = _STEP_MIN / 60 / 1000
    for factor in np.linspace(1.0, 0.4, 25):
        ghi, dhi = clear(rows, np.maximum(turbidity * factor, 1.8))
        total, part = ghi.sum() * kwh, dhi.sum() * kwh
        share = min((target - diffuse) / (total - part), 0.97)
        dull = (target - share * total) / ((1 - share) * total)
        if dull >= _DARKEST:
            break
    days = np.unique(day)
    weight = _spread(len(days), share)[np.searchsorted(days, day)]
    dull = float(np.clip(dull, _DARKEST, _BRIGHTEST))
    made_ghi = weight * ghi + (1 - weight) * dull * ghi
    made_dhi = weight * dhi + (1 - weight) * dull * ghi
    return _meet(made_ghi, made_dhi, target / kwh, diffuse / kwh)


def _spread(count: int, share: float) -> np.ndarray:
    """Weights 0 or 1 (one in between) for days, scattered evenly, that sum to ``share · count``."""
    order = np.argsort((np.arange(count) * 0.6180339887) % 1.0)
    weight = np.zeros(count)
    whole = int(share * count)
    weight[order[:whole]] = 1.0
    if whole < count:
        weight[order[whole]] = share * count - whole
    return weight


def _meet(ghi: np.ndarray, dhi: np.ndarray, target: float, diffuse: float) -> tuple[np.ndarray, np.ndarray]:
    """Scale beam and diffuse by a few percent so that the sums are met exactly."""
    beam = (ghi - dhi) * (target - diffuse) / max((ghi - dhi).sum(), 1e-9)
    low = dhi * diffuse / max(dhi.sum(), 1e-9)
    return beam + low, low
