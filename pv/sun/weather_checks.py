"""Raw hours made into checked weather: the clock, the limits, the radiation balance, the air."""

from __future__ import annotations

import logging

import numpy as np
import pandas as pd
import pvlib

from guanghui.geo.errors import InputError
from guanghui.geo.notes import Note
from guanghui.pv.sun.weather import Weather, utc_values
from guanghui.pv.sun.weather_balance import closed, interval_cosine
from guanghui.pv.sun.weather_clock import interval_middles
from guanghui.pv.sun.weather_codes import is_radiation, without_empty
from guanghui.pv.sun.weather_units import air_temperature, check_split, clearest_hours, wind_speed

__all__ = ["checked_weather"]

log = logging.getLogger(__name__)

_WIND_AT_M, _WIND_EXPONENT = 10.0, 1 / 7
_ANEMOMETERS_M = (1.0, 200.0)
_WHOLE_YEAR = 0.005
"""A series this near to whole years counts as such [years]."""
_RADIATION = ("ghi", "dhi", "dni")
_YEARS_OF_SPREAD, _YEAR_SHARE = 3, 0.99
"""Whole calendar years that tell the spread from year to year, and the share of its steps that makes a year whole."""


def checked_weather(
    frame: pd.DataFrame,
    *,
    latitude: float,
    longitude: float,
    altitude: float = 0.0,
    label: str,
    convention: str | None = None,
    illustrative: bool = False,
    wind_height_m: float = 10.0,
    shift_min: float | None = None,
) -> Weather:
    """Turn raw columns into :class:`Weather`: find the time stamps, apply the limits, close the radiation balance.

    Parameters
    ----------
    frame : pandas.DataFrame
        Index: time stamps with a fixed UTC offset, equal steps of at most an hour. Columns: ``ghi`` and any of
        ``dhi``, ``dni`` [W/m²]; ``temp_air`` [°C] and ``wind_speed`` [m/s] when known.
    latitude, longitude, altitude : float
        Place [°, °, m].
    label : str
        Station or file, for messages.
    convention : {"start", "middle", "end"}, optional
        What the file's stamps mark, where its format says so. The fit is made in any case and wins.
    illustrative : bool, default False
        True for series made from normals.
    wind_height_m : float, default 10
        Height of the anemometer [m]; wind is brought to 10 m.
    shift_min : float, optional
        Minutes from the stamps to the middle of their intervals, where they are known; used in place of the fit.

    Returns
    -------
    Weather

    Raises
    ------
    InputError
        Missing columns, gaps, less than a year, uneven steps, radiation that no sun at this place explains.

    Notes
    -----
    *Time stamps.* The shift that makes GHI of the clearest days follow the cosine of the zenith best is fitted. It is
    used to 5 min; within 5 min of the start, middle or end of the interval that one is taken. A drift beyond 15 min
    from these is reported (a wrong longitude or time zone shows so), a shift beyond 90 min is refused.

    *Years.* A series that ends within a year is completed by the same dates of the years before.

    *Limits*, after the BSRN tests (Long & Dutton 2002): 0 ≤ DHI ≤ GHI ≤ extraterrestrial horizontal + 20 W/m².

    *Wind.* Modules are cooled by the wind at 10 m: SAPM and NOCT were fitted to it, and roofs stand about as high.
    Other heights are brought there by the power law with an exponent of 1/7.

    *Closure.* GHI and DHI are kept, DNI is recomputed as (GHI - DHI) / mean cos z of the interval, at most
    the beam of the clearest air at that air mass; what is above goes to DHI. Then GHI = DHI + DNI cos z holds exactly
    for every interval, and the plane of array is consistent whatever its tilt. The file's own DNI only serves when
    GHI or DHI is missing (DHI by Erbs-Driesse when both are).
    """
    notes: list[Note] = []
    data = _regular(frame, label, notes)
    check_split(label, data)
    given = len(data)
    data = _whole_years(data, label, notes)
    place = (latitude, longitude, altitude)
    middle = interval_middles(data, place, label, convention, notes, by_hand=shift_min)
    data.index = middle
    step = float((middle[1] - middle[0]) / pd.Timedelta(minutes=1))
    cosine, extra, most = interval_cosine(middle, step, place)
    data = closed(data, cosine, extra, most, label, notes)
    if not illustrative:
        clearest_hours(label, data["ghi"].to_numpy(float), cosine, notes)
    closure = float(data.attrs.pop("closure_sd", 0.0))
    spread = _year_spread(data["ghi"].iloc[:given], step, label, notes)
    years = len(data) * step / 60 / 8760
    if years < 0.99:
        raise InputError(
            f"{label}: the series covers {years * 365:.0f} days; give at least one whole year.",
            f"{label}：序列只有 {years * 365:.0f} 天；请至少提供一整年。",
        )
    data["temp_air"] = air_temperature(label, data, notes)
    data["wind_speed"] = _wind_at_10_m(wind_speed(label, data, notes), wind_height_m, label, notes)
    log.info("%s: %.0f kWh/m² GHI a year", label, data["ghi"].sum() * step / 60e3 / years)
    columns = ["ghi", "dni", "dhi", "temp_air", "wind_speed"]
    return Weather(
        data[columns], latitude, longitude, altitude, label, illustrative, notes=tuple(notes),
        year_sd=spread, closure_sd=closure,
    )  # fmt: skip


def _year_spread(ghi: pd.Series, step: float, label: str, notes: list[Note]) -> float:
    """Relative standard deviation of the sums of whole calendar years; NaN where there are too few."""
    by = ghi.groupby(pd.DatetimeIndex(ghi.index).year)
    sums = by.sum()[by.size() >= _YEAR_SHARE * 8760 * 60 / step]
    if len(sums) < _YEARS_OF_SPREAD:
        return float("nan")
    spread = float(sums.std() / sums.mean())
    notes.append(Note(label, f"global radiation of its {len(sums)} years differs by {100 * spread:.1f} % from year to "
                      "year: used for P90 in place of the assumed value",
                      f"{len(sums)} 年总辐射的年际标准差为 {100 * spread:.1f} %，"
                      "已代替假定值用于 P90"))  # fmt: skip
    return spread


def _regular(frame: pd.DataFrame, label: str, notes: list[Note]) -> pd.DataFrame:
    """Check index and radiation columns, and fill short gaps from the same time of the days around."""
    if "ghi" not in frame and not {"dhi", "dni"} <= set(frame.columns):
        raise InputError(
            f"{label}: there is no global radiation (ghi), nor both dhi and dni; columns are {list(frame.columns)}.",
            f"{label}：没有总辐射 (ghi)，也没有散射与直射 (dhi, dni)；现有列 {list(frame.columns)}。",
        )
    index = pd.DatetimeIndex(frame.index)
    if index.tz is None:
        raise InputError(
            f"{label}: time stamps have no UTC offset; set `utc_offset` in [weather].",
            f"{label}：时间没有时区；请在 [weather] 中设置 utc_offset。",
        )
    data = _even(frame, label)
    radiation = [c for c in _RADIATION if c in data]
    data[radiation] = data[radiation].where(is_radiation(data[radiation])).astype(float)
    data = without_empty(data, label, notes)
    empty = [c for c in radiation if c not in data]
    radiation = [c for c in radiation if c in data]
    if "ghi" not in radiation and not {"dhi", "dni"} <= set(radiation):
        raise InputError(
            f"{label}: every hour of {', '.join(empty)} is marked as missing; give global radiation (ghi), "
            "or dhi and dni.",
            f"{label}：{', '.join(empty)} 每个时次都标为缺测；请提供总辐射 (ghi)，或散射与直射。",
        )
    needed = ["ghi", "dhi"] if {"ghi", "dhi"} <= set(radiation) else radiation
    gap = data[needed].isna().any(axis=1).to_numpy()
    gaps = int(gap.sum())
    if gaps > 0.02 * len(data):
        raise InputError(
            f"{label}: {gaps} of {len(data)} hours have no radiation; fill the gaps or give another year.",
            f"{label}：{len(data)} 个时次中有 {gaps} 个没有辐射；请补缺或换一年。",
        )
    if gaps:
        starts = np.flatnonzero(np.diff(np.concatenate([[0], gap.astype(int), [0]])) == 1)
        ends = np.flatnonzero(np.diff(np.concatenate([[0], gap.astype(int), [0]])) == -1)
        most = int(np.argmax(ends - starts))
        longest, when = int((ends - starts)[most]), f"{data.index[starts[most]]:%Y-%m-%d %H:%M}"
        notes.append(Note(label, f"{gaps} steps have no radiation (the longest gap: {longest} steps from {when}); "
                          "they were filled from the same time of the days around",
                          f"{gaps} 个时段缺辐射（最长 {longest} 个，始于 {when}），"
                          "已用前后日同一时刻补齐"))  # fmt: skip
    if data[radiation].isna().to_numpy().any():
        clock = data.index.hour * 60 + data.index.minute
        for column in radiation:
            data[column] = data[column].groupby(clock).transform(lambda s: s.interpolate(limit_direction="both"))
    data[radiation] = data[radiation].interpolate(limit_direction="both").clip(lower=0.0)
    return data


def _even(frame: pd.DataFrame, label: str) -> pd.DataFrame:
    """Rows at equal steps; what is missing between becomes an empty row."""
    index = pd.DatetimeIndex(frame.index)
    minutes = np.diff(utc_values(index)) / np.timedelta64(1, "m")
    if len(minutes) == 0 or not minutes.min() > 0:
        raise InputError(
            f"{label}: time stamps are not evenly rising; sort the rows and fill missing hours.",
            f"{label}：时间不是等间隔递增；请排序并补全缺失时次。",
        )
    step = float(np.median(minutes))
    if step > 60:
        raise InputError(
            f"{label}: steps are longer than an hour; give hourly or finer data.",
            f"{label}：步长超过一小时；请提供逐小时或更细的数据。",
        )
    if minutes.max() <= 1.5 * step:
        return frame.copy()
    missing = np.round(minutes / step) - 1
    if np.abs(minutes / step - missing - 1).max() > 0.01 or missing.sum() > 0.02 * len(frame):
        raise InputError(
            f"{label}: time stamps are not evenly rising ({missing.sum():.0f} steps are missing, the longest gap is "
            f"{minutes.max() / 60:.1f} h); sort the rows and fill missing hours.",
            f"{label}：时间不是等间隔递增（缺 {missing.sum():.0f} 步，最长缺"
            f"{minutes.max() / 60:.1f} 小时）；请排序并补全缺失时次。",
        )
    return frame.reindex(pd.date_range(index[0], index[-1], freq=pd.Timedelta(minutes=step)))


def _whole_years(data: pd.DataFrame, label: str, notes: list[Note]) -> pd.DataFrame:
    """Complete the last year, so that every calendar month weighs the same and an average year is their sum.

    What is missing is taken from the same dates a year before; its radiation is scaled month by month to the mean of
    these dates over all years that have them.
    """
    index = pd.DatetimeIndex(data.index)
    step = index[1] - index[0]
    years = len(data) * (step / pd.Timedelta(hours=1)) / 8760
    count = int(np.ceil(years))
    if years < 1 or abs(years - round(years)) <= _WHOLE_YEAR:
        return data
    wanted = pd.date_range(index[-1] + step, index[0] + pd.DateOffset(years=count), freq=step, inclusive="left")
    past = [data.reindex(wanted - pd.DateOffset(years=k), method="nearest", tolerance=step) for k in range(1, count)]
    fill = past[0].set_index(wanted)
    for column in (c for c in _RADIATION if c in data):
        mean = pd.concat([p[column].set_axis(wanted) for p in past], axis=1).mean(axis=1)
        sums = pd.DataFrame({"mean": mean, "last": fill[column]}).groupby(wanted.month).transform("sum")
        fill[column] *= (sums["mean"] / sums["last"].where(sums["last"] > 0)).fillna(1.0)
    months = years * 12
    notes.append(Note(label, f"the series covers {months:.1f} months; its last year was completed by the same dates of "
                      "the years before, so that every calendar month weighs the same",
                      f"数据覆盖 {months:.1f} 个月；末年缺少的时段由往年同期补齐，使各月权重相同"))  # fmt: skip
    return pd.concat([data, fill])


def _wind_at_10_m(speed: pd.Series, height_m: float, label: str, notes: list[Note]) -> pd.Series:
    """Wind of an anemometer at another height, by the power law."""
    if not np.isfinite(height_m) or not _ANEMOMETERS_M[0] <= height_m <= _ANEMOMETERS_M[1]:
        raise InputError(
            f"{label}: wind_height_m = {height_m:g} is no height of an anemometer; give 1 to 200 m, usually 10.",
            f"{label}：wind_height_m = {height_m:g} 不是风速仪高度；请填 1 至 200 米，通常为 10。",
        )
    if height_m == _WIND_AT_M:
        return speed
    brought = pvlib.atmosphere.windspeed_powerlaw(speed, height_m, _WIND_AT_M, exponent=_WIND_EXPONENT)
    factor = (_WIND_AT_M / height_m) ** _WIND_EXPONENT
    notes.append(Note(label, f"wind of {height_m:g} m was brought to 10 m (power law 1/7: × {factor:.2f})",
                      f"{height_m:g} 米风速按 1/7 幂律换算到 10 米（× {factor:.2f}）"))  # fmt: skip
    return brought
