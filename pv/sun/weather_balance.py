"""The limits of radiation and its balance: GHI = DHI + DNI cos z for every interval, under the clearest air."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pvlib

from guanghui.geo.notes import Note
from guanghui.pv.sun.weather import SUN_STEP_MIN, sun_position, utc_values

__all__ = ["closed", "interval_cosine"]

_TWILIGHT_ALLOWANCE = 20.0  # W/m², diffuse light that outlasts the geometric horizon
_LEAST_TURBIDITY, _MOST_TRANSMITTED = 1.5, 0.88
"""The clearest air: its Linke turbidity, and the most it lets through."""
_TOLD_PERCENT = 0.01
"""Radiation moved from beam to diffuse is told from this share of GHI [%]."""
_CLOSES = 0.05
"""A file whose parts differ by less is taken to close; half of a larger gap goes into P90."""


def interval_cosine(
    middle: pd.DatetimeIndex, step_min: float, place: tuple[float, float, float]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean of max(cos zenith, 0) over each interval, extraterrestrial and most possible beam normal irradiance.

    The most possible beam is weighted by the cosine, so that it is a limit of what arrives on level ground.

    Parameters
    ----------
    middle : pandas.DatetimeIndex
        Middles of the intervals, shape (n,).
    step_min : float
        Length of an interval [min].
    place : tuple of float
        Latitude, longitude [°] and altitude [m].

    Returns
    -------
    tuple
        Cosine [1], extraterrestrial normal and most possible beam [W/m²], shape (n,) each.
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


def closed(
    data: pd.DataFrame, cosine: np.ndarray, extra: np.ndarray, most: np.ndarray, label: str, notes: list[Note]
) -> pd.DataFrame:
    """Apply the limits and make GHI = DHI + DNI cos z hold for every interval.

    Parameters
    ----------
    data : pandas.DataFrame
        ``ghi``, or ``dhi`` and ``dni`` [W/m²].
    cosine, extra, most : numpy.ndarray
        From :func:`interval_cosine`.
    label : str
        Station or file, for messages.
    notes : list of Note
        Told what was cut, moved and recomputed.

    Returns
    -------
    pandas.DataFrame
        With ``ghi``, ``dni``, ``dhi``; ``attrs["closure_sd"]`` where the file's own parts do not close.
    """
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
