"""Raw hours made into checked weather: the clock, the limits, the radiation balance, the air."""

from __future__ import annotations

import logging
from typing import Any

import numpy as np
import pandas as pd
import pvlib

from guanghui.geo.errors import InputError
from guanghui.geo.notes import Note
from guanghui.pv.sun.weather import SUN_STEP_MIN, Weather, sun_position, utc_values

__all__ = ["checked_weather", "is_radiation"]

log = logging.getLogger(__name__)

_WIND_AT_M, _WIND_EXPONENT = 10.0, 1 / 7
_ANEMOMETERS_M = (1.0, 200.0)
_TWILIGHT_ALLOWANCE = 20.0  # W/m², diffuse light that outlasts the geometric horizon


_CONVENTIONS = {"start": 0.5, "middle": 0.0, "end": -0.5}


_LEAST_TURBIDITY, _MOST_TRANSMITTED = 1.5, 0.88
"""The clearest air: its Linke turbidity, and the most it lets through."""


_TOLD_PERCENT = 0.01
"""Radiation moved from beam to diffuse is told from this share of GHI [%]."""


_NEAR_NAME_MIN, _FIT_STEP_MIN = 5.0, 5.0
"""A fit this near to start, middle or end of the interval is that one; others are kept to this step [min]."""


_MAX_FIT_DRIFT_MIN = 15.0


_MAX_SHIFT_MIN = 90.0
"""Stamps further from the sun are not a matter of convention, but of a wrong place or UTC offset [min]."""


_WHOLE_YEAR = 0.005
"""A series this near to whole years counts as such [years]."""


_CLEAR_DAYS = 0.2
"""Share of days, the clearest, that the sun is fitted to: cloud of one half of the day would move the fit."""


_RADIATION = ("ghi", "dhi", "dni")


_CLOSES = 0.05
"""A file whose parts differ by less is taken to close; half of a larger gap goes into P90."""


_YEARS_OF_SPREAD, _YEAR_SHARE = 3, 0.99
"""Whole calendar years that tell the spread from year to year, and the share of its steps that makes a year whole."""


_LEAST_RADIATION, _MISSING_FROM = -900.0, 9000.0
"""Radiation lies between; what does not is a code for missing [W/m², or kJ/m²]."""


def _interval_cosine(
    middle: pd.DatetimeIndex, step_min: float, place: tuple[float, float, float]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean of max(cos zenith, 0) over each interval, extraterrestrial and most possible beam normal irradiance.

    The most possible beam is weighted by the cosine, so that it is a limit of what arrives on level ground.
    """
    parts = max(1, round(step_min / SUN_STEP_MIN))
    offset = ((np.arange(parts) + 0.5) / parts - 0.5) * step_min
    times = (utc_values(middle)[:, None] + (offset * 60e9).astype("timedelta64[ns]")).ravel()
    sun = sun_position(pd.DatetimeIndex(times).tz_localize("UTC"), *place)
    most = _most_beam(sun["zenith"], sun["extra"], place[2])
    cosine = sun["cosine"].reshape(-1, parts).mean(1)
    level = (most * sun["cosine"]).reshape(-1, parts).mean(1)
    limit = np.divide(level, cosine, out=np.zeros_like(level), where=cosine > 0)
    return cosine, sun["extra"].reshape(-1, parts).mean(1), limit


def _most_beam(zenith: np.ndarray, extra: np.ndarray, altitude: float) -> np.ndarray:
    """Beam normal irradiance of the clearest air at the air mass of a sun, at most 0.88 of the extraterrestrial.

    Optical depth of clean dry air by Kasten (1996, doi:10.1016/0038-092X(95)00114-7) times a turbidity of 1.5, which is
    1.7 on the older Linke scale of air mass 2: below that of very clear and cold air.
    """
    relative = pvlib.atmosphere.get_relative_airmass(np.minimum(zenith, 90.0))
    mass = pvlib.atmosphere.get_absolute_airmass(relative, pvlib.atmosphere.alt2pres(altitude))
    low = 6.6296 + mass * (1.7513 + mass * (-0.1202 + mass * (0.0065 - mass * 0.00013)))
    depth = 1.0 / np.where(mass <= 20.0, low, 10.4 + 0.718 * mass)
    return extra * np.minimum(np.exp(-_LEAST_TURBIDITY * depth * mass), _MOST_TRANSMITTED)


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
    given = len(data)
    data = _whole_years(data, label, notes)
    place = (latitude, longitude, altitude)
    middle = _label_middle(data, place, label, convention, notes, by_hand=shift_min)
    data.index = middle
    step = float((middle[1] - middle[0]) / pd.Timedelta(minutes=1))
    cosine, extra, most = _interval_cosine(middle, step, place)
    data = _closed(data, cosine, extra, most, label, notes)
    closure = float(data.attrs.pop("closure_sd", 0.0))
    spread = _year_spread(data["ghi"].iloc[:given], step, label, notes)
    years = len(data) * step / 60 / 8760
    if years < 0.99:
        raise InputError(
            f"{label}: the series covers {years * 365:.0f} days; give at least one whole year.",
            f"{label}：序列只有 {years * 365:.0f} 天；请至少提供一整年。",
        )
    data = _air(data, label, notes)
    data["wind_speed"] = _wind_at_10_m(data["wind_speed"], wind_height_m, label, notes)
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


def is_radiation(values: Any) -> Any:
    """Whether values are radiation and no code for missing (9999, 99999, -999, -9999 and the like)."""
    return (values > _LEAST_RADIATION) & (values < _MISSING_FROM)


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
    empty = [c for c in radiation if data[c].isna().all()]
    radiation = [c for c in radiation if c not in empty]
    data = data.drop(columns=empty)
    if "ghi" not in radiation and not {"dhi", "dni"} <= set(radiation):
        raise InputError(
            f"{label}: every hour of {', '.join(empty)} is marked as missing; give global radiation (ghi), "
            "or dhi and dni.",
            f"{label}：{', '.join(empty)} 每个时次都标为缺测；请提供总辐射 (ghi)，或散射与直射。",
        )
    for column, zh in (("dhi", "散射辐射"), ("dni", "直射辐射")):
        if column in radiation and "ghi" in radiation and data["ghi"].max() > 0 and data[column].max() <= 0:
            radiation.remove(column)
            data = data.drop(columns=column)
            notes.append(Note(label, f"{column} is zero all year under a global radiation that is not; it was taken "
                              "as missing", f"总辐射不为零而全年{zh}为零，已按缺测处理"))  # fmt: skip
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


def _label_middle(
    data: pd.DataFrame,
    place: tuple[float, float, float],
    label: str,
    convention: str | None,
    notes: list[Note],
    by_hand: float | None = None,
) -> pd.DatetimeIndex:
    """Find what the stamps mark by fitting the sun, and move them to the middle of the interval."""
    index = pd.DatetimeIndex(data.index)
    step = float((index[1] - index[0]) / pd.Timedelta(minutes=1))
    ghi = (data["ghi"] if "ghi" in data else data["dhi"] + data["dni"]).to_numpy(float)
    shift = _fit_shift(index, ghi, step, place)
    if by_hand is not None:
        apart = abs(by_hand - shift)
        doubt = not apart <= _MAX_FIT_DRIFT_MIN
        fit = "the sun fits no shift" if np.isnan(shift) else f"the sun fits at {shift:+.0f} min"
        fit_zh = "太阳位置无法拟合" if np.isnan(shift) else f"太阳位置拟合 {shift:+.0f} 分钟"
        notes.append(Note(label, f"stamps were moved by {by_hand:+g} min as shift_min says ({fit})"
                          + ("; check shift_min, place and UTC offset" if doubt else ""),
                          f"时间标记按 shift_min 移动 {by_hand:+g} 分钟（{fit_zh}）"
                          + ("，请核对 shift_min、地点与时区" if doubt else "")))  # fmt: skip
        return pd.DatetimeIndex(index + pd.Timedelta(minutes=by_hand))
    if np.isnan(shift):
        raise InputError(
            f"{label}: radiation follows no sun at {place[0]:.2f}°, {place[1]:.2f}° within {_MAX_SHIFT_MIN:.0f} min of "
            "its time stamps; check place and UTC offset.",
            f"{label}：在 {place[0]:.2f}°, {place[1]:.2f}° 处，辐射与太阳位置相差超过"
            f"{_MAX_SHIFT_MIN:.0f} 分钟；请检查地点与时区。",
        )
    found = min(_CONVENTIONS, key=lambda c: abs(_CONVENTIONS[c] * step - shift))
    drift = shift - _CONVENTIONS[found] * step
    named = abs(drift) <= _NEAR_NAME_MIN
    used = _CONVENTIONS[found] * step if named else _FIT_STEP_MIN * round(shift / _FIT_STEP_MIN)
    minutes = round(shift)
    words = {"start": "起点", "middle": "中点", "end": "终点"}
    if named:
        notes.append(Note(label, f"time stamps mark the {found} of the interval (sun fitted at {minutes:+d} min)",
                          f"时间标记为时段{words[found]}（太阳位置拟合 {minutes:+d} 分钟）"))  # fmt: skip
    else:
        notes.append(Note(label, "time stamps mark neither start, middle nor end of the interval (sun fitted at "
                          f"{minutes:+d} min); they were moved by {used:+.0f} min to its middle",
                          f"时间标记既非时段起点、中点，也非终点（太阳位置拟合 {minutes:+d} 分钟），"
                          f"已移动 {used:+.0f} 分钟至时段中点"))  # fmt: skip
    if convention is not None and not (named and convention == found):
        notes.append(Note(label, f"its format says the stamps mark the {convention}; the fit was used",
                          f"文件格式规定为{words[convention]}，已采用拟合结果"))  # fmt: skip
    if abs(drift) > _MAX_FIT_DRIFT_MIN:
        notes.append(Note(label, f"the sun is {drift:+.0f} min from the {found} of the interval; "
                          "check longitude and UTC offset",
                          f"太阳时与时段{words[found]}相差 {drift:+.0f} 分钟，请核对经度与时区"))  # fmt: skip
    return pd.DatetimeIndex(index + pd.Timedelta(minutes=used))


def _fit_shift(index: pd.DatetimeIndex, ghi: np.ndarray, step: float, place: tuple[float, float, float]) -> float:
    """Minutes to add to the stamps so that GHI follows the sun best; NaN when it follows none within 90 min.

    On clear days GHI is even about noon, so its distance from the cosine of the zenith is least at the true middle of
    the interval; a parabola through the least of 5-minute steps gives the minute.
    """
    rows = _clear_rows(index, ghi, step, place)
    some, measured = index[rows], ghi[rows]

    def scores(shifts: np.ndarray) -> np.ndarray:
        out = np.empty(len(shifts))
        for i, shift in enumerate(shifts):
            sun = sun_position(pd.DatetimeIndex(some + pd.Timedelta(minutes=shift)).tz_convert("UTC"), *place)
            clear = sun["cosine"] * sun["extra"]
            out[i] = np.sqrt(((measured - clear * (measured @ clear) / max(clear @ clear, 1.0)) ** 2).mean())
        return out

    coarse = np.arange(-_MAX_SHIFT_MIN - 15.0, _MAX_SHIFT_MIN + 16.0, 15.0)
    score = scores(coarse)
    best = int(np.argmin(score))
    if best in (0, len(coarse) - 1) or score[best] > 0.95 * score.max():
        return float("nan")
    fine = coarse[best] + np.arange(-15.0, 16.0, _FIT_STEP_MIN)
    score = scores(fine)
    best = int(np.clip(np.argmin(score), 1, len(fine) - 2))
    left, mid, right = score[best - 1 : best + 2]
    bend = left - 2 * mid + right
    shift = fine[best] + (_FIT_STEP_MIN / 2 * (left - right) / bend if bend > 0 else 0.0)
    return float(shift) if abs(shift) <= _MAX_SHIFT_MIN + _FIT_STEP_MIN / 2 else float("nan")


def _clear_rows(index: pd.DatetimeIndex, ghi: np.ndarray, step: float, place: tuple[float, float, float]) -> np.ndarray:
    """Rows of the clearest days of the first year, at most four an hour."""
    first = np.flatnonzero(np.arange(len(index)) * step < 366 * 1440)[:: max(1, int(15 // step))]
    day = pd.factorize(index[first].normalize())[0]
    sun = sun_position(index[first].tz_convert("UTC"), *place)
    above = np.bincount(day, sun["cosine"] * sun["extra"])
    clearness = np.where(above > 0.2 * above.max(), np.bincount(day, ghi[first]) / np.maximum(above, 1.0), 0.0)
    return first[(clearness >= np.quantile(clearness, 1 - _CLEAR_DAYS))[day]]


def _closed(
    data: pd.DataFrame, cosine: np.ndarray, extra: np.ndarray, most: np.ndarray, label: str, notes: list[Note]
) -> pd.DataFrame:
    """Apply the limits and make GHI = DHI + DNI cos z hold for every interval."""
    known = set(data.columns)
    if "ghi" not in known:
        data["ghi"] = data["dhi"] + data["dni"] * cosine
    ghi = data["ghi"].to_numpy(float)
    ceiling = np.where(cosine > 0, extra * cosine + _TWILIGHT_ALLOWANCE, 0.0)
    above = ghi > ceiling
    removed = float((ghi - ceiling)[above].sum() / max(ghi.sum(), 1.0) * 100)
    ghi = np.minimum(ghi, ceiling)
    if above.any():
        notes.append(
            Note(
                label,
                f"{int(above.sum())} intervals exceeded the extraterrestrial sun and were cut ({removed:.2f} % of GHI)",
                f"{int(above.sum())} 个时段超过大气外辐射，已削减（占总辐射 {removed:.2f} %）",
            )
        )
    if "dhi" in known:
        dhi = np.minimum(data["dhi"].to_numpy(float), ghi)
    elif "dni" in known:
        dhi = np.clip(ghi - data["dni"].to_numpy(float) * cosine, 0.0, ghi)
    else:
        zenith = np.degrees(np.arccos(np.clip(cosine, 0, 1)))
        split = pvlib.irradiance.erbs_driesse(ghi, zenith, dni_extra=extra)
        dhi = np.minimum(np.nan_to_num(np.asarray(split["dhi"]), nan=0.0), ghi)
        notes.append(
            Note(
                label,
                "diffuse radiation is missing and was modelled (Erbs-Driesse)",
                "缺少散射辐射，按 Erbs-Driesse 模型分解",
            )
        )
    if "dni" in known:
        gap = ghi.sum() / max((dhi + data["dni"].to_numpy(float) * cosine).sum(), 1.0) - 1
        if abs(gap) > 0.005:
            found = f"GHI is {100 * gap:+.1f} % against DHI + DNI·cos z of the file"
            found_zh = f"文件中 GHI 与 DHI + DNI·cos z 相差 {100 * gap:+.1f} %"
            carried = carried_zh = ""
            if abs(gap) >= _CLOSES and "ghi" in known:
                data.attrs["closure_sd"] = abs(gap) / 2
                carried = f"; half of the gap ({50 * abs(gap):.1f} %) is carried into P90"
                carried_zh = f"；差值的一半（{50 * abs(gap):.1f} %）计入 P90"
            notes.append(Note(label, f"{found}; GHI and DHI are kept, DNI was recomputed from them{carried}",
                              f"{found_zh}；保留总辐射与散射，已重算 DNI{carried_zh}"))  # fmt: skip
    beam = ghi - dhi
    with np.errstate(divide="ignore", invalid="ignore"):
        dni = np.where(cosine > 0, beam / cosine, 0.0)
    over = dni > most
    moved = float(((dni - most) * cosine)[over].sum() / max(ghi.sum(), 1.0) * 100)
    if moved > _TOLD_PERCENT:
        notes.append(Note(label, f"beam of {int(over.sum())} intervals exceeded that of the clearest air; the excess "
                          f"was counted as diffuse ({moved:.2f} % of GHI)",
                          f"{int(over.sum())} 个时段直射超过最洁净大气的上限，"
                          f"超出部分计入散射（占总辐射 {moved:.2f} %）"))  # fmt: skip
    dni = np.minimum(dni, most)
    data["ghi"], data["dni"] = ghi, dni
    data["dhi"] = np.maximum(ghi - dni * cosine, 0.0)
    return data


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


def _air(data: pd.DataFrame, label: str, notes: list[Note]) -> pd.DataFrame:
    """Fill what is missing of air temperature and wind with stated constants."""
    for column, default, zh in (("temp_air", 15.0, "气温"), ("wind_speed", 2.0, "风速")):
        values = data[column].astype(float) if column in data else pd.Series(np.nan, index=data.index)
        values = values.where(values.between(-60, 60) if column == "temp_air" else values.between(0, 60))
        if values.isna().all():
            notes.append(Note(label, f"{column} is missing; {default:g} is assumed", f"缺少{zh}，假定为 {default:g}"))
        data[column] = values.interpolate(limit_direction="both").fillna(default)
    return data
