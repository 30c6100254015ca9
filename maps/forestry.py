"""What changed on the land and where trees could be planted: rows for panels, tables and briefs."""

from __future__ import annotations

import re
from typing import Any, Protocol

import pandas as pd
import xarray as xr

from geo.landcover import land_class
from maps.ground import LAND_GROUPS, land_group
from maps.i18n import words

__all__ = ["LandChange", "Planting", "PlantingScreen", "change_rows", "planting_rows"]

_MOST = 6
_LEAST_HA = 0.01
_CITY = ""


class LandChange(Protocol):
    """Which land became which; :class:`sinks.change.Transitions` is one."""

    @property
    def frame(self) -> pd.DataFrame:
        """``code``, ``before``, ``after`` (keys of land classes), ``area_ha``."""

    @property
    def years(self) -> float:
        """Years between the two dates."""


class PlantingScreen(Protocol):
    """Land that passes the rules; :class:`sinks.potential.Screen` is one."""

    @property
    def mask(self) -> xr.DataArray:
        """2 where every rule is met."""

    @property
    def rules(self) -> pd.DataFrame:
        """``rule``, ``label_zh``, ``label_en``, ``used``, ``passes_ha``, ``left_ha``."""


class Planting(Protocol):
    """Where planting is possible and what it would bring; :class:`sinks.potential.Potential` is one."""

    @property
    def screen(self) -> PlantingScreen:
        """Mask and rules."""

    @property
    def table(self) -> pd.DataFrame:
        """``code``, ``name``, ``eligible_ha``, ``gain_<year>_tc``, ``gain_<year>_co2_t``; the whole last."""


def group_of(key: str) -> str:
    """Display group of a land class."""
    return list(LAND_GROUPS)[land_group()[land_class(key).id]]


def change_rows(change: LandChange, code: str = _CITY) -> list[dict[str, Any]]:
    """Largest changes from one land group to another in a township, or in the city.

    Parameters
    ----------
    change : LandChange
        Transitions.
    code : str
        Code of the township; empty for the city.

    Returns
    -------
    list of dict
        ``before`` and ``after`` (labels in both languages), their colours, ``area_ha``; at most six.
    """
    frame = change.frame if code == _CITY else change.frame[change.frame["code"].astype(str) == code]
    keys = pd.unique(pd.concat([frame["before"], frame["after"]]))
    group = {key: group_of(key) for key in keys}
    moved = frame.assign(before=frame["before"].map(group), after=frame["after"].map(group))
    moved = moved[moved["before"] != moved["after"]].groupby(["before", "after"], as_index=False)["area_ha"].sum()
    moved = moved[moved["area_ha"] >= _LEAST_HA].sort_values(
        ["area_ha", "before", "after"], ascending=[False, True, True]
    )
    return [
        {"before": _named(row.before), "after": _named(row.after), "area_ha": float(row.area_ha),
         "color": LAND_GROUPS[row.after][2]}
        for row in moved.head(_MOST).itertuples()
    ]  # fmt: skip


def _named(group: str) -> list[str]:
    return list(words()[LAND_GROUPS[group][0]])


def planting_rows(potential: Planting, code: str = _CITY) -> dict[str, Any] | None:
    """Land to plant in a township, or in the city, and the carbon it would hold by year.

    Returns
    -------
    dict or None
        ``eligible_ha`` and ``gains`` (year, t CO₂); None when the table has no such row.
    """
    rows = potential.table[potential.table["code"].astype(str) == code]
    if rows.empty:
        return None
    row = rows.iloc[-1]
    years = sorted(
        int(m.group(1)) for c in potential.table.columns if (m := re.fullmatch(r"gain_(\d{4})_co2_t", str(c)))
    )
    gains = [{"year": year, "value": float(row[f"gain_{year}_co2_t"])} for year in years]
    return {"eligible_ha": float(row["eligible_ha"]), "gains": gains}
