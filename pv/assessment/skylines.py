"""What each roof sees of the sky, one byte a direction: enough to tell at which hours of a day the sun reaches it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from guanghui.geo.pieces import Store
from guanghui.pv.assessment.ground import PvCity
from guanghui.pv.assessment.hour_faces import HourlyFaces
from guanghui.pv.assessment.survey import MONTH_COLUMNS, survey
from guanghui.pv.sun.weather import sun_position

__all__ = ["AZIMUTHS", "DAYS", "skylines", "sun_paths", "sunlit"]

AZIMUTHS = np.arange(0, 360, 5)
"""Directions of a kept skyline, from true north [°]."""
DAYS = {"winter": (12, 21), "equinox": (3, 20), "summer": (6, 21)}
"""Days whose sun is shown: month and day."""
_YEAR = 2025
"""Year of these days; the sun stands within 0.2° of its place in any other."""


def skylines(city: PvCity, building_ids: Sequence[str] | None = None, *, store: Store | None = None) -> pd.DataFrame:
    """Skyline of the main face of each roof that carries modules.

    Parameters
    ----------
    city : PvCity
        Outlines, surface, weather and settings.
    building_ids : sequence of str, optional
        Only these buildings.
    store : geo.pieces.Store, optional
        Where finished batches are kept, and found again.

    Returns
    -------
    pandas.DataFrame
        Height below which the sun does not reach the modules [°], whole degrees in one byte; index ``building_id``, one
        column a direction of ``AZIMUTHS`` (``sky_000`` …). The face is the one that gives most energy, the height the
        median of a few of its cells, with the plane's own horizon in it; trees count as solid.
    """
    before = list(city.notes.items)
    found = survey(city, building_ids, detail="hours", store=store)
    city.notes.items[:] = before  # the survey of the run has said it all
    assert found.hours is not None
    parts = [_of_faces(part) for part in found.hours]
    order = pd.Index(found.roofs["building_id"])
    table = pd.concat(parts)
    return table.loc[order[order.isin(table.index)]]


def _of_faces(part: HourlyFaces) -> pd.DataFrame:
    energy = part.table[MONTH_COLUMNS].sum(axis=1)
    used = part.table[energy > 0]
    main = energy[used.index].groupby(used["building_id"]).idxmax()
    names = [f"sky_{azimuth:03d}" for azimuth in AZIMUTHS]
    if main.empty:
        return pd.DataFrame(columns=names, index=pd.Index([], name="building_id"), dtype=np.uint8)
    sines = np.median(np.stack(used.loc[main.to_numpy(), "skyline"].to_list()).astype(float), axis=1) / 255.0
    heights = np.degrees(np.arcsin(np.clip(sines, 0.0, 1.0)))
    nodes = (part.model.table.nodes + part.model.convergence) % 360.0
    seen = np.stack([np.interp(AZIMUTHS, nodes, row, period=360.0) for row in heights])
    whole = np.floor(seen + 0.5).astype(np.uint8)
    return pd.DataFrame(whole, index=pd.Index(main.index, name="building_id"), columns=names)


def sunlit(skyline: np.ndarray, altitude: np.ndarray, azimuth: np.ndarray) -> np.ndarray:
    """Whether suns stand above skylines, which run straight from one kept direction to the next.

    Parameters
    ----------
    skyline : numpy.ndarray
        Heights at ``AZIMUTHS`` [°], shape (roofs, 72).
    altitude, azimuth : numpy.ndarray
        Of the sun, azimuth from true north [°], shape (suns,).

    Returns
    -------
    numpy.ndarray
        bool, shape (roofs, suns).
    """
    step = 360.0 / skyline.shape[1]
    left = np.floor(azimuth / step).astype(int) % skyline.shape[1]
    way = azimuth / step - np.floor(azimuth / step)
    heights = skyline.astype(float)
    low = heights[:, left]
    height = low + way * (heights[:, (left + 1) % skyline.shape[1]] - low)
    lit: np.ndarray = (altitude > 0) & (altitude > height)
    return lit


@dataclass(frozen=True)
class SunPath:
    """The sun of one day, from sunrise to sunset."""

    minute: np.ndarray
    """Of local standard time [min]."""
    altitude: np.ndarray
    """Apparent height [°]."""
    azimuth: np.ndarray
    """From true north [°]."""


def sun_paths(
    latitude: float, longitude: float, *, utc_offset_h: float, altitude_m: float = 0.0, step_min: int = 10
) -> dict[str, SunPath]:
    """The sun on the solstices and the equinox.

    Parameters
    ----------
    latitude, longitude : float
        Of the place [°].
    utc_offset_h : float
        Of the local standard time [h].
    altitude_m : float, default 0
        Of the place [m].
    step_min : int, default 10
        Between two positions [min].

    Returns
    -------
    dict of str to SunPath
        Key of ``DAYS`` -> positions with the sun above the level horizon.
    """
    out = {}
    minutes = np.arange(0, 1440, step_min)
    for name, (month, day) in DAYS.items():
        midnight = pd.Timestamp(_YEAR, month, day, tz="UTC") - pd.Timedelta(hours=utc_offset_h)
        sun = sun_position(midnight + pd.to_timedelta(minutes, unit="min"), latitude, longitude, altitude_m)
        height = 90.0 - sun["zenith"]
        up = height > 0
        out[name] = SunPath(minutes[up], height[up], sun["azimuth"][up])
    return out
