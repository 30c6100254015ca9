"""Weather: any file pvlib reads, brought to one checked form whose beam, diffuse and global parts agree.

Every reader ends in :class:`Weather`: radiation averaged over equal intervals, labelled by the interval's *middle* in
local standard time. What was found and mended (time-stamp convention, values beyond the physical limits, closure) is
kept in ``Weather.notes`` and shown with the results.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd
import pvlib

from guanghui.geo.notes import Note

__all__ = ["SOLAR_CONSTANT", "SUN_STEP_MIN", "SunSeries", "Weather", "sun_position", "utc_values"]


SUN_STEP_MIN = 10
"""Step of the sun inside an interval [min]: an hourly sun would alias against narrow sectors and near edges."""
_CLASS_STEP_MIN = 30.0
SOLAR_CONSTANT = 1361.1  # W/m², ASTM E490-22


@dataclass(frozen=True)
class SunSeries:
    """Suns above the horizon with the radiation they bring, finer than the weather they come from."""

    month: np.ndarray
    """0…11, shape (t,)."""
    zenith: np.ndarray
    """Apparent zenith [°]."""
    azimuth: np.ndarray
    """Clockwise from true north [°]."""
    ghi: np.ndarray
    dni: np.ndarray
    dhi: np.ndarray
    """[W/m²]; ``ghi = dhi + dni · cos(zenith)`` to rounding."""
    dni_extra: np.ndarray
    """Extraterrestrial normal irradiance [W/m²]."""
    hours: float
    """What one row stands for, in hours of an average year [h]."""
    interval: np.ndarray
    """Row of ``Weather.data`` each sun belongs to."""
    altitude: float = 0.0
    """Of the place [m]."""


@dataclass(frozen=True)
class Weather:
    """One checked series of radiation and air for a place."""

    data: pd.DataFrame
    """Index: middle of the interval, fixed UTC offset. Columns ``ghi dni dhi`` [W/m²], ``temp_air`` [°C],
    ``wind_speed`` at 10 m [m/s]."""
    latitude: float
    longitude: float
    altitude: float
    label: str
    """Name of station or file."""
    label_en: str = field(default="", kw_only=True)
    """The same in English, where the name is Chinese."""
    illustrative: bool = False
    """True when made from normals instead of measured or modelled hours."""
    notes: tuple[Note, ...] = field(default=())
    year_sd: float = float("nan")
    """Relative standard deviation of GHI from year to year, where the series holds whole years enough [1]."""
    closure_sd: float = 0.0
    """Half of the gap between GHI and DHI + DNI cos z of the file, where it is large [1]."""

    @property
    def name_en(self) -> str:
        """Name of station or file in English, or as it is."""
        return self.label_en or self.label

    @property
    def step_min(self) -> float:
        """Length of an interval [min]."""
        index = self.data.index
        return float((index[1] - index[0]) / pd.Timedelta(minutes=1))

    @property
    def years(self) -> float:
        """Length of the series in years of 8760 hours."""
        return len(self.data) * self.step_min / 60 / 8760

    def monthly(self, column: str = "ghi") -> np.ndarray:
        """Sum of a radiation column by calendar month in an average year [kWh/m²], shape (12,).

        Parameters
        ----------
        column : str, default "ghi"
            Irradiance [W/m²]: ``ghi``, ``dni`` or ``dhi``.
        """
        months = pd.DatetimeIndex(self.data.index).month
        sums = self.data[column].groupby(months).sum().reindex(range(1, 13), fill_value=0.0)
        return sums.to_numpy(float) * self.step_min / 60 / 1000 / self.years

    @property
    def ghi_kwh_m2(self) -> float:
        """Global horizontal irradiation of an average year [kWh/m²]."""
        return float(self.monthly("ghi").sum())

    @cached_property
    def half_hour_suns(self) -> SunSeries:
        """Suns in steps of half an hour, for what every orientation class reads again: made once."""
        return self.suns(_CLASS_STEP_MIN)

    def suns(self, step_min: float = SUN_STEP_MIN) -> SunSeries:
        """Split every interval into short steps and spread its radiation over them.

        Beam normal irradiance is constant while the sun is up; diffuse follows the square root of sin(elevation);
        both keep the sums of the interval exactly.

        Parameters
        ----------
        step_min : float, default 10
            Length of a step [min]; it is rounded so that steps fill the interval.

        Returns
        -------
        SunSeries
            Only steps with the sun above the apparent horizon.
        """
        parts = max(1, round(self.step_min / step_min))
        short = self.step_min / parts
        offset = (np.arange(parts) + 0.5) * short - self.step_min / 2
        middle = pd.DatetimeIndex(self.data.index)
        times = pd.DatetimeIndex(
            (utc_values(middle)[:, None] + (offset * 60e9).astype("timedelta64[ns]")[None, :]).ravel()
        ).tz_localize("UTC")
        sun = sun_position(times, self.latitude, self.longitude, self.altitude)
        up = sun["cosine"] > 0
        interval = np.repeat(np.arange(len(middle)), parts)
        weight = np.sqrt(sun["cosine"])
        mean_weight = np.bincount(interval, weight, len(middle)) / parts
        row = interval[up]
        dhi = self.data["dhi"].to_numpy(float)[row] * weight[up] / mean_weight[row]
        dni = self.data["dni"].to_numpy(float)[row]
        local = times.tz_convert(middle.tz)
        return SunSeries(
            month=local.month.to_numpy()[up] - 1,
            zenith=sun["zenith"][up],
            azimuth=sun["azimuth"][up],
            ghi=dhi + dni * sun["cosine"][up],
            dni=dni,
            dhi=dhi,
            dni_extra=sun["extra"][up],
            hours=short / 60 / self.years,
            interval=row,
            altitude=self.altitude,
        )


def utc_values(index: pd.DatetimeIndex) -> np.ndarray:
    """Time stamps as numpy, in UTC.

    Parameters
    ----------
    index : pandas.DatetimeIndex
        Of any time zone.

    Returns
    -------
    numpy.ndarray
        ``datetime64``, without a zone, shape as given.
    """
    return index.tz_convert(None).to_numpy()


def sun_position(
    times_utc: pd.DatetimeIndex, latitude: float, longitude: float, altitude: float
) -> dict[str, np.ndarray]:
    """Apparent position of the sun (NREL SPA by pvlib) with the cosine of the zenith, 0 below the horizon.

    Parameters
    ----------
    times_utc : pandas.DatetimeIndex
        Moments, with their zone, shape (n,).
    latitude, longitude : float
        [°].
    altitude : float
        Above sea level [m].

    Returns
    -------
    dict
        ``zenith`` (refracted) and ``azimuth`` clockwise from true north [°], ``cosine`` [1], ``extra``:
        extraterrestrial normal irradiance [W/m²]; shape (n,) each.
    """
    position = pvlib.solarposition.get_solarposition(times_utc, latitude, longitude, altitude=altitude)
    zenith = position["apparent_zenith"].to_numpy(float)
    extra = np.asarray(pvlib.irradiance.get_extra_radiation(times_utc, solar_constant=SOLAR_CONSTANT), float)
    return {
        "zenith": zenith,
        "azimuth": position["azimuth"].to_numpy(float),
        "cosine": np.maximum(np.cos(np.radians(zenith)), 0.0),
        "extra": extra,
    }
