"""Whether radiation, air and wind are what their columns say: units and swapped columns give themselves away."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pvlib

from guanghui.geo.errors import InputError
from guanghui.geo.notes import Note
from guanghui.pv.sun.weather_codes import is_radiation

__all__ = ["air_temperature", "check_radiation_unit", "check_split", "clearest_hours", "wind_speed"]

_HIGH = 0.995
"""Quantile that tells the unit of radiation."""
_LOWEST_PEAK, _HIGHEST_PEAK = 5.0, 1600.0
"""Between these lies that quantile of global radiation anywhere on Earth [W/m²]."""
_DAYLIGHT, _ABOVE, _ABOVE_W = 50.0, 1.05, 10.0
"""From this global radiation diffuse may not be more than it by a share and so much: sensors differ [W/m², 1, W/m²]."""
_ABOVE_HOURS = 0.05
"""Share of daylight in which diffuse exceeds global by which columns are wrong."""
_SUN_COSINE = 0.34
"""Hours with the sun above 20° tell how clear the clearest are."""
_CLEAR = 0.98
"""Quantile of global radiation over that of a clear sky; 1.0 to 1.3 at stations, cloudy ones included."""
_DIM, _DARK, _BRIGHT = 0.75, 0.5, 1.5
_COLDEST, _HOTTEST = -60.0, 57.0
"""Air anywhere on Earth [°C]."""
_KELVIN = (200.0, 330.0)
_RARE = 0.001
"""Share of hours that may lie outside: faults of a sensor, filled from the hours around."""
_HOT_YEAR, _COLD_YEAR = 32.0, -15.0
"""Mean of a year where people live [°C]."""
_WINDY_YEAR = 10.0
"""Mean wind of a year at 10 m that hardly a place on land has; km/h are 3.6 times as much [m/s]."""
_FASTEST = 60.0
_AIR_C, _WIND_M_S = 15.0, 2.0
"""What is assumed where the file has none."""


def check_radiation_unit(label: str, frame: pd.DataFrame) -> None:
    """Refuse radiation in kW, kJ or MJ by its high hours; one spike or a code for missing does not.

    Parameters
    ----------
    label : str
        File, for messages.
    frame : pandas.DataFrame
        ``ghi`` or ``dni`` [W/m²].

    Raises
    ------
    InputError
        If the high hours are none of W/m².
    """
    column = "ghi" if "ghi" in frame and is_radiation(frame["ghi"]).any() else "dni"
    if column not in frame:
        return
    values = frame[column].where(is_radiation(frame[column]))
    peak = float(values.quantile(_HIGH))
    if peak < _LOWEST_PEAK:
        raise InputError(
            f"{label}: {column} hardly exceeds {peak:.2f}; it must be in W/m² (this looks like kW/m² or MJ/m²).",
            f"{label}：{column} 最大仅约 {peak:.2f}；单位须为 W/m²（似为 kW/m² 或 MJ/m²）。",
        )
    if peak > _HIGHEST_PEAK:
        raise InputError(
            f"{label}: {column} reaches {peak:.0f}; it must be in W/m² (this looks like kJ/m² or a wrong column).",
            f"{label}：{column} 高达 {peak:.0f}；单位须为 W/m²（似为 kJ/m² 或选错列）。",
        )


def check_split(label: str, data: pd.DataFrame) -> None:
    """Refuse a diffuse column that exceeds the global one: the two are swapped, or it is the beam.

    Parameters
    ----------
    label : str
        File, for messages.
    data : pandas.DataFrame
        ``ghi``, ``dhi`` [W/m²]; without one of them nothing is checked.

    Raises
    ------
    InputError
        If that is so in more than a twentieth of daylight.
    """
    if not {"ghi", "dhi"} <= set(data.columns):
        return
    ghi, dhi = data["ghi"].to_numpy(float), data["dhi"].to_numpy(float)
    day = np.maximum(ghi, dhi) > _DAYLIGHT
    above = day & (dhi > ghi * _ABOVE + _ABOVE_W)
    share = float(above.sum() / max(day.sum(), 1))
    if share > _ABOVE_HOURS:
        raise InputError(
            f"{label}: diffuse radiation (dhi) exceeds global (ghi) in {100 * share:.0f} % of daylight: the two "
            "columns are swapped, or dhi is the beam (dni); set [weather.columns].",
            f"{label}：白天有 {100 * share:.0f} % 的时次散射 (dhi) 大于总辐射 (ghi)：两列写反，"
            "或 dhi 实为直射 (dni)；请设置 [weather.columns]。",
        )


def clearest_hours(label: str, ghi: np.ndarray, cosine: np.ndarray, notes: list[Note]) -> None:
    """Hold the clearest hours against a clear sky (Haurwitz 1945): radiation of another unit or plane shows.

    Parameters
    ----------
    label : str
        File, for messages.
    ghi : numpy.ndarray
        Global radiation of each interval [W/m²], shape (n,).
    cosine : numpy.ndarray
        Mean cosine of the zenith of each interval, shape (n,).
    notes : list of Note
        Told where the clearest hours are dim or too bright.

    Raises
    ------
    InputError
        If the clearest hours do not reach half of a clear sky.
    """
    high = cosine > _SUN_COSINE
    if not high.any():
        return
    zenith = pd.Series(np.degrees(np.arccos(np.clip(cosine[high], 0.0, 1.0))))
    clear = pvlib.clearsky.haurwitz(zenith)["ghi"].to_numpy()
    ratio = float(np.quantile(ghi[high] / clear, _CLEAR))
    if ratio < _DARK:
        raise InputError(
            f"{label}: the clearest hours reach only {100 * ratio:.0f} % of a clear sky's global radiation; it must be "
            "that of level ground in W/m² (another unit, or a wrong column).",
            f"{label}：最晴时次的总辐射只有晴空值的 {100 * ratio:.0f} %；须为水平面总辐射，单位 W/m²"
            "（单位不同或选错列）。",
        )
    if not _DIM <= ratio <= _BRIGHT:
        notes.append(Note(label, f"the clearest hours have {100 * ratio:.0f} % of a clear sky's global radiation "
                          "(stations have 100 to 130 %): check unit, sensor and column; the yield follows it in full",
                          f"最晴时次的总辐射为晴空值的 {100 * ratio:.0f} %（台站一般为 100 %–130 %）："
                          "请核对单位、仪器与所选列；发电量与之同比"))  # fmt: skip


def air_temperature(label: str, data: pd.DataFrame, notes: list[Note]) -> pd.Series:
    """Air temperature without gaps [°C]; kelvin are brought to it, other units refused.

    Parameters
    ----------
    label : str
        File, for messages.
    data : pandas.DataFrame
        ``temp_air``, or without it.
    notes : list of Note
        Told of kelvin, and of what is assumed.

    Raises
    ------
    InputError
        If the temperatures are none of air in °C.
    """
    values = data["temp_air"].astype(float) if "temp_air" in data else pd.Series(np.nan, index=data.index)
    known = values.dropna()
    if len(known) and known.between(*_KELVIN).mean() > 1 - _RARE:
        values, known = values - 273.15, known - 273.15
        notes.append(Note(label, "temp_air is in kelvin and was brought to °C", "气温为开尔文，已换算为 °C"))
    if len(known):
        low, high = known.quantile(_RARE), known.quantile(1 - _RARE)
        if low < _COLDEST or high > _HOTTEST or not _COLD_YEAR <= known.mean() <= _HOT_YEAR:
            raise InputError(
                f"{label}: temp_air lies between {low:.1f} and {high:.1f} with a mean of {known.mean():.1f}; it must "
                "be air in °C (this looks like °F, tenths of a degree or a wrong column): set [weather.columns] "
                "temp_air, or mend the column.",
                f"{label}：气温在 {low:.1f} 与 {high:.1f} 之间，平均 {known.mean():.1f}；须为 °C（似为华氏度、"
                "十分之一度或选错列）：请设置 [weather.columns] temp_air，或更正该列。",
            )
    values = values.where(values.between(_COLDEST, _HOTTEST))
    if values.isna().all():
        notes.append(Note(label, f"temp_air is missing; {_AIR_C:g} °C is assumed all year (10 °C more cost about 4 % "
                          "of the yield)",
                          f"缺少气温，全年假定为 {_AIR_C:g} °C（每高 10 °C 发电量约减 4 %）"))  # fmt: skip
    return values.interpolate(limit_direction="both").fillna(_AIR_C)


def wind_speed(label: str, data: pd.DataFrame, notes: list[Note]) -> pd.Series:
    """Wind speed without gaps [m/s].

    Parameters
    ----------
    label : str
        File, for messages.
    data : pandas.DataFrame
        ``wind_speed``, or without it.
    notes : list of Note
        Told of a mean that no place on land has, and of what is assumed.
    """
    values = data["wind_speed"].astype(float) if "wind_speed" in data else pd.Series(np.nan, index=data.index)
    values = values.where(values.between(0.0, _FASTEST))
    if values.isna().all():
        notes.append(Note(label, f"wind_speed is missing; {_WIND_M_S:g} m/s is assumed all year (1 m/s more gives "
                          "about 1 % of the yield)",
                          f"缺少风速，全年假定为 {_WIND_M_S:g} m/s（每高 1 m/s 发电量约增 1 %）"))  # fmt: skip
    elif values.mean() > _WINDY_YEAR:
        notes.append(Note(label, f"the mean wind is {values.mean():.1f} m/s, more than places on land have: is it in "
                          "km/h or knots? In km/h the yield comes out about 1 % high",
                          f"平均风速 {values.mean():.1f} m/s，超过陆地常见值：是否为 km/h 或节？"
                          "若为 km/h，发电量约偏高 1 %"))  # fmt: skip
    return values.interpolate(limit_direction="both").fillna(_WIND_M_S)
