"""Codes for a missing value, told once for every format: what bears one is a gap before anything is worked out."""

from __future__ import annotations

from typing import Any

import pandas as pd

from guanghui.geo.notes import Note

__all__ = ["COLUMNS", "MISSING", "is_radiation", "without_codes", "without_empty"]

COLUMNS = ("ghi", "dni", "dhi", "temp_air", "wind_speed")
"""Of hourly weather: radiation [W/m²], air [°C], wind [m/s]."""
_LEAST_RADIATION, _MISSING_FROM = -900.0, 9000.0
"""Radiation lies between; what does not is a code nobody listed [W/m², or kJ/m²]."""
_RADIATION_CODES = (9999.0, 99999.0)
MISSING: dict[str, dict[str, tuple[float, ...]]] = {
    "epw": {"radiation": _RADIATION_CODES, "temp_air": (99.9,), "wind_speed": (99.9, 999.0)},
    "tmy3": {"radiation": (-9900.0, *_RADIATION_CODES), "temp_air": (-9900.0, 99.9), "wind_speed": (-9900.0, 999.0)},
    "pvgis": {},
    "pvgis_tmy": {},
    "nsrdb": {"radiation": (-9999.0,), "temp_air": (-9999.0,), "wind_speed": (-9999.0,)},
    "suews": {"radiation": (-999.0, -9999.0), "temp_air": (-999.0,), "wind_speed": (-999.0,)},
    "csv": {
        "radiation": (-99.0, -999.0, -9999.0, -99999.0, *_RADIATION_CODES, 32766.0, 999999.0),
        "temp_air": (99.0, 99.9, -99.0, 999.0, -999.0, 9999.0, -9999.0, 32766.0),
        "wind_speed": (99.0, 99.9, -99.0, 999.0, -999.0, 9999.0, -9999.0, 32766.0),
    },
}
"""Codes that mark a missing value, by format."""
_RUN_CODE, _RUN = 999.0, 3
"""In a plain table this is a code as soon as so many rows in turn have it; once it may be radiation [W/m²]."""


def without_codes(kind: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Frame whose codes for missing are gaps.

    Parameters
    ----------
    kind : str
        Format of the file, a key of ``MISSING``.
    frame : pandas.DataFrame
        Columns as they came, of which those of ``COLUMNS`` are cleaned.
    """
    out = frame.copy()
    for column in (c for c in COLUMNS if c in out):
        group = "radiation" if column in ("ghi", "dni", "dhi") else column
        values = out[column].astype(float)
        bad = values.isin(MISSING[kind].get(group, ()))
        if kind == "csv" and group == "radiation":
            same = values.eq(_RUN_CODE)
            run = same.groupby((~same).cumsum()).transform("sum")
            bad |= same & (run >= _RUN)
        out[column] = values.mask(bad)
    return out


def is_radiation(values: Any) -> Any:
    """Whether values are radiation [W/m²] and no code for missing of any format.

    Parameters
    ----------
    values : object
        Number, array or Series [W/m²].

    Returns
    -------
    object
        Of bool, as given.
    """
    return (values > _LEAST_RADIATION) & (values < _MISSING_FROM)


def without_empty(data: pd.DataFrame, label: str, notes: list[Note]) -> pd.DataFrame:
    """Frame without radiation columns that hold nothing: only gaps, or zero all year under a global radiation.

    Parameters
    ----------
    data : pandas.DataFrame
        Columns ``ghi``, ``dni``, ``dhi`` [W/m²] as far as they came.
    label : str
        Name of the file, for the note.
    notes : list of Note
        Gets a line for each column of zeros.
    """
    out = data.drop(columns=[c for c in ("ghi", "dhi", "dni") if c in data and data[c].isna().all()])
    for column, zh in (("dhi", "散射辐射"), ("dni", "直射辐射")):
        if column in out and "ghi" in out and out["ghi"].max() > 0 and out[column].max() <= 0:
            out = out.drop(columns=column)
            notes.append(Note(label, f"{column} is zero all year under a global radiation that is not; it was taken "
                              "as missing", f"总辐射不为零而全年{zh}为零，已按缺测处理"))  # fmt: skip
    return out
