"""The sun through a day on the roofs of a page: their skylines, packed, and where the sun stands on three days."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from guanghui.maps.drawing.style import Categories
from guanghui.maps.page.pack import Packer
from guanghui.maps.words.i18n import words
from guanghui.pv.assessment.skylines import AZIMUTHS, sun_paths

__all__ = ["RoofSky", "sun_measure", "sun_payload"]

_COLOURS = {"lit": "#f0a92e", "shaded": "#7b8fa6"}
_UNKNOWN = -1


@dataclass(frozen=True)
class RoofSky:
    """Skylines of the roofs of a region and the clock of the place."""

    skylines: pd.DataFrame
    """From :func:`pv.skylines`."""
    utc_offset_h: float
    """Of the local standard time [h]."""
    most: int = 10_000
    """Most roofs of a page that holds them."""


def sun_payload(
    packer: Packer, roofs: pd.DataFrame, sky: RoofSky | None, middle_deg: tuple[float, float] | None
) -> dict[str, Any] | None:
    """Pack the skylines of the roofs and return where the sun stands.

    Parameters
    ----------
    packer : Packer
        Receives ``skyline``: whole degrees, direction by direction, each but the first less that of the direction
        before; -1 in all directions of a roof whose skyline is not known.
    roofs : pandas.DataFrame
        Roofs of the page.
    sky : RoofSky, optional
        What is known of the region.
    middle_deg : tuple of float, optional
        Latitude and longitude of the page [°].

    Returns
    -------
    dict or None
        ``directions`` (their number), ``step_min`` and by day ``minute``, ``altitude`` and ``azimuth`` [°]; None where
        nothing is known or the page holds too many roofs.
    """
    if sky is None or middle_deg is None or len(roofs) > sky.most:
        return None
    known = sky.skylines.reindex(roofs["building_id"])
    if known.isna().all(axis=None):
        return None
    heights = known.fillna(_UNKNOWN).to_numpy(int).T
    packer.integers("skyline", np.diff(heights, axis=0, prepend=0).ravel())
    step = 10
    paths = sun_paths(*middle_deg, utc_offset_h=sky.utc_offset_h, step_min=step)
    days = [
        {
            "key": key,
            "minute": path.minute.tolist(),
            "altitude": path.altitude.round(2).tolist(),
            "azimuth": path.azimuth.round(2).tolist(),
        }
        for key, path in paths.items()
    ]
    return {"directions": len(AZIMUTHS), "step_min": step, "days": days}


def sun_measure() -> dict[str, Any]:
    """Colours of roofs that the sun reaches at an hour, and of those it does not."""
    items = tuple((key, *words()[f"sun_{key}"], colour) for key, colour in _COLOURS.items())
    return {"key": "sun", "column": "", "legend": Categories(items).payload(), "title": list(words()["measure_sun"])}
