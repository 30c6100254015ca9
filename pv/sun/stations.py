"""Weather of a place among several stations: the nearest one's, or weighted by distance.

Averaging the hours of distant stations would blur their clouds: mean hours have less beam than any real hour. So the
hours stay those of the nearest station, and only each month's beam, diffuse radiation, air temperature and wind are
brought to the inverse-distance mean of all stations.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd
from pyproj import Geod

from guanghui.geo.errors import InputError
from guanghui.pv.sun.weather import Weather

__all__ = ["distances_km", "weather_at"]

_POWER = 2.0
_AT_STATION_KM = 0.1


def distances_km(stations: Sequence[Weather], longitude: float, latitude: float) -> np.ndarray:
    """Geodesic distance of a place from each station [km], shape (n,).

    Parameters
    ----------
    stations : sequence of Weather
        Series with a place each.
    longitude, latitude : float
        The place, WGS 84 [°].
    """
    geod = Geod(ellps="WGS84")
    metres = [geod.inv(longitude, latitude, s.longitude, s.latitude)[2] for s in stations]
    return np.array(metres) / 1000.0


def weather_at(
    stations: Sequence[Weather], longitude: float, latitude: float, *, use: Literal["nearest", "idw"] = "nearest"
) -> Weather:
    """Weather of a place.

    Parameters
    ----------
    stations : sequence of Weather
        Checked hours of each station.
    longitude, latitude : float
        The place [°].
    use : {"nearest", "idw"}, default "nearest"
        The nearest station as it is; or its hours with monthly means weighted by 1/distance² over all stations
        (Shepard 1968, doi:10.1145/800186.810616).

    Returns
    -------
    Weather
        Of the nearest station itself, the same object, where it needs no change.

    Raises
    ------
    InputError
        If there is no station.
    """
    if not stations:
        raise InputError(
            "[weather] stations: there is none; name at least one hourly file.",
            "[weather] stations：没有站点；请至少给出一个逐小时文件。",
        )
    far = distances_km(stations, longitude, latitude)
    nearest = stations[int(np.argmin(far))]
    if use == "nearest" or len(stations) == 1 or far.min() < _AT_STATION_KM:
        return nearest
    weight = far**-_POWER
    weight /= weight.sum()
    return _toward(nearest, stations, weight)


def _months(weather: Weather) -> np.ndarray:
    return pd.DatetimeIndex(weather.data.index).month.to_numpy() - 1


def _means(weather: Weather) -> np.ndarray:
    """Monthly means of horizontal beam, diffuse, air temperature and wind, shape (12, 4)."""
    d = weather.data
    columns = np.column_stack([d["ghi"] - d["dhi"], d["dhi"], d["temp_air"], d["wind_speed"]])
    month = _months(weather)
    count = np.maximum(np.bincount(month, minlength=12), 1)
    return np.stack([np.bincount(month, c, 12) / count for c in columns.T], axis=1)


def _toward(nearest: Weather, stations: Sequence[Weather], weight: np.ndarray) -> Weather:
    """The nearest station's hours with the weighted months of all."""
    own = _means(nearest)
    wanted = np.tensordot(weight, np.stack([_means(s) for s in stations]), axes=1)
    factor = np.divide(wanted, own, out=np.ones_like(own), where=own > 0)
    month = _months(nearest)
    data = nearest.data.copy()
    beam = (data["ghi"] - data["dhi"]) * factor[month, 0]
    data["dni"] = data["dni"] * factor[month, 0]
    data["dhi"] = data["dhi"] * factor[month, 1]
    data["ghi"] = data["dhi"] + beam
    data["temp_air"] = data["temp_air"] + (wanted - own)[month, 2]
    data["wind_speed"] = data["wind_speed"] * factor[month, 3]
    names = ", ".join(s.label for s in stations)
    return dataclasses.replace(
        nearest,
        data=data,
        label=f"{nearest.label} (months weighted by distance: {names})",
        illustrative=any(s.illustrative for s in stations),
    )
