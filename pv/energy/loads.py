"""How much of a roof's power its own building uses: hourly load shape against hourly generation."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from guanghui.data import read_table
from guanghui.geo.errors import InputError, listing
from guanghui.geo.side_table import read_side_table
from guanghui.pv.energy.system import flat_rows, plane_power
from guanghui.pv.settings import PvSettings
from guanghui.pv.sun.weather import Weather

__all__ = ["generation_shape", "load_shapes", "self_use_curve", "self_use_share"]

_HOURS = [f"h{h:02d}" for h in range(24)]
_RATIOS = np.concatenate(([0.0], np.geomspace(0.01, 100.0, 120)))
"""Yearly use over yearly generation at which the share is worked out."""


def load_shapes(path: Path | None = None) -> pd.DataFrame:
    """Typical days by building class.

    Parameters
    ----------
    path : pathlib.Path, optional
        A user's own CSV of the same columns (``building_class day h00 … h23``); the shipped assumptions by default.

    Returns
    -------
    pandas.DataFrame
        Index ``(building_class, day)``, 24 columns, only the shape counts.

    Raises
    ------
    InputError
        Missing columns, negative or empty days.
    """
    table = read_table("factors", "load_shapes.csv") if path is None else read_side_table(path)
    name = "load_shapes.csv" if path is None else path.name
    missing = [c for c in ("building_class", "day", *_HOURS) if c not in table]
    if missing:
        raise InputError(
            f"{name}: column {listing(missing)} is missing; take data/factors/load_shapes.csv as a pattern.",
            f"{name}：缺少列 {listing(missing)}；请参照 data/factors/load_shapes.csv。",
        )
    shapes = table.set_index(["building_class", "day"])[_HOURS].apply(pd.to_numeric, errors="coerce")
    wrong = shapes.isna().any(axis=1) | (shapes < 0).any(axis=1) | (shapes.sum(axis=1) <= 0)
    if wrong.any():
        raise InputError(
            f"{name}: day {wrong.idxmax()} needs 24 numbers not below 0, not all 0.",
            f"{name}：{wrong.idxmax()} 需要 24 个不小于 0 且不全为 0 的数。",
        )
    return shapes


def generation_shape(weather: Weather, settings: PvSettings) -> pd.Series:
    """Generation of 1 kWp on flat racks, interval by interval of the weather.

    Parameters
    ----------
    weather : Weather
        Checked hours.
    settings : PvSettings
        System.

    Returns
    -------
    pandas.Series
        [kWh], index as ``weather.data``; several years keep their length.
    """
    suns = weather.half_hour_suns
    air = weather.data["temp_air"].to_numpy(float)[suns.interval]
    wind = weather.data["wind_speed"].to_numpy(float)[suns.interval]
    rows = flat_rows(settings, weather.latitude)
    _, power = plane_power(suns, air, wind, rows.tilt, rows.azimuth, rack=True, settings=settings)
    energy = np.bincount(suns.interval, power, len(weather.data)) * suns.hours
    return pd.Series(energy, index=weather.data.index, name="kwh_kwp")


def self_use_curve(generation: pd.Series, workday: np.ndarray, weekend: np.ndarray) -> np.ndarray:
    """Share of generation used in the building, for the ratios of yearly use to yearly generation in ``_RATIOS``.

    Parameters
    ----------
    generation : pandas.Series
        Energy by interval, index of local standard time.
    workday, weekend : numpy.ndarray
        Shape of the load by hour, shape (24,).

    Returns
    -------
    numpy.ndarray
        Shares [1], shape of the ratios: sum over hours of the lesser of load and generation, over generation.
    """
    index = pd.DatetimeIndex(generation.index)
    hour = index.hour.to_numpy()
    load = np.where(index.day_of_week.to_numpy() < 5, np.asarray(workday)[hour], np.asarray(weekend)[hour])
    power = generation.to_numpy(float) / generation.sum()
    load = load / load.sum()
    return np.minimum(_RATIOS[:, None] * load, power).sum(axis=1)


def self_use_share(roofs: pd.DataFrame, generation: pd.Series, use_kwh: np.ndarray, shapes: pd.DataFrame) -> np.ndarray:
    """Self-use share of every roof.

    Parameters
    ----------
    roofs : pandas.DataFrame
        ``building_class`` and ``yield_kwh``.
    generation : pandas.Series
        From :func:`generation_shape`.
    use_kwh : numpy.ndarray
        Yearly use of each building [kWh], shape (n,).
    shapes : pandas.DataFrame
        From :func:`load_shapes`.

    Returns
    -------
    numpy.ndarray
        [1], shape (n,); NaN where nothing is generated or the class has no shape.
    """
    yields = roofs["yield_kwh"].to_numpy(float)
    ratio = np.divide(use_kwh, yields, out=np.full(len(roofs), np.nan), where=yields > 0)
    classes = roofs["building_class"].to_numpy()
    out = np.full(len(roofs), np.nan)
    for name in np.unique(classes.astype(str)):
        if (name, "workday") not in shapes.index:
            continue
        day = shapes.loc[(name, "workday")].to_numpy(float)
        end = shapes.loc[(name, "weekend")].to_numpy(float) if (name, "weekend") in shapes.index else day
        here = classes == name
        out[here] = np.interp(ratio[here], _RATIOS, self_use_curve(generation, day, end))
    return out
