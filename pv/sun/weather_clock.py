"""The clock of a weather file: what its stamps mark, found by fitting the sun."""

from __future__ import annotations

import numpy as np
import pandas as pd

from guanghui.geo.errors import InputError
from guanghui.geo.notes import Note
from guanghui.pv.sun.weather import sun_position

__all__ = ["interval_middles"]

_CONVENTIONS = {"start": 0.5, "middle": 0.0, "end": -0.5}
_NEAR_NAME_MIN, _FIT_STEP_MIN = 5.0, 5.0
"""A fit this near to start, middle or end of the interval is that one; others are kept to this step [min]."""
_MAX_FIT_DRIFT_MIN = 15.0
_MAX_SHIFT_MIN = 90.0
"""Stamps further from the sun are not a matter of convention, but of a wrong place or UTC offset [min]."""
_CLEAR_DAYS = 0.2
"""Share of days, the clearest, that the sun is fitted to: cloud of one half of the day would move the fit."""


def interval_middles(
    data: pd.DataFrame,
    place: tuple[float, float, float],
    label: str,
    convention: str | None,
    notes: list[Note],
    by_hand: float | None = None,
) -> pd.DatetimeIndex:
    """Find what the stamps mark by fitting the sun, and move them to the middle of the interval.

    Parameters
    ----------
    data : pandas.DataFrame
        Radiation [W/m²] on stamps with a fixed UTC offset.
    place : tuple of float
        Latitude, longitude, altitude [°, °, m].
    label : str
        Station or file, for messages.
    convention : {"start", "middle", "end"} or None
        What the format says its stamps mark.
    notes : list of Note
        Told what was found.
    by_hand : float, optional
        Minutes from the stamps to the middle, in place of the fit [min].

    Returns
    -------
    pandas.DatetimeIndex

    Raises
    ------
    InputError
        If radiation follows no sun at this place.
    """
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
