"""P50 and P90: what all roofs share and what each has of its own.

An error all roofs share (weather year, weather source, model) stays in the sum of a city; errors of the single roof
(geometry, layout, soiling) average out. Both are normal and add in variance, which is the textbook law of propagation
(JCGM 100:2008, 5.1 and 5.2) with correlation one for the common and nought for the independent part.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import norm

from guanghui.data import read_table
from guanghui.geo.units import LEVEL, Z95

__all__ = ["Spread", "interval_ends", "quantile", "spread_of", "township_spread"]


@dataclass(frozen=True)
class Spread:
    """Relative standard deviations of yearly energy [1]."""

    common: float
    independent: np.ndarray
    """Of each roof, shape (n,)."""
    sources: pd.DataFrame

    @property
    def attrs(self) -> dict[str, float]:
        """For ``roofs.attrs["uncertainty"]``: what all share, and that of the middle roof for a sentence."""
        return {"common": self.common, "independent": float(np.median(self.independent))}


def interval_ends(total: Any, squares: Any, common: float) -> tuple[Any, Any]:
    """95 % interval of a sum of yields, not below 0.

    Parameters
    ----------
    total : float or array-like
        Sum of the yields [kWh].
    squares : float or array-like
        Sum of the squares of each roof's own standard deviation (``yield_sd_kwh``) [kWh²].
    common : float
        Relative standard deviation all roofs share [1].

    Returns
    -------
    tuple
        Low and high end [kWh].

    Examples
    --------
    >>> low, high = interval_ends(100.0, 0.0, 0.1)
    >>> round(float(low), 1), round(float(high), 1)
    (80.4, 119.6)
    """
    half = Z95 * np.sqrt((common * total) ** 2 + squares)
    return np.maximum(total - half, 0.0), total + half


def spread_of(roofs: pd.DataFrame, *, illustrative_weather: bool) -> Spread:
    """Terms that apply to a survey.

    Parameters
    ----------
    roofs : pandas.DataFrame
        ``lod`` says how each roof was seen; ``attrs["weather_sd"]``, where there, holds what the weather file itself
        tells: the spread from year to year, and half of the gap by which its radiation does not close.
    illustrative_weather : bool
        Weather made from normals is less certain.
    """
    table = _told_by_weather(read_table("factors", "uncertainty.csv"), roofs.attrs.get("weather_sd") or {})
    weather = "illustrative" if illustrative_weather else "measured"
    common = table[(table["kind"] == "common") & table["applies"].isin(["all", weather])]
    own = table[table["kind"] == "independent"]
    shared = float((own["value"][own["applies"] == "all"] ** 2).sum())
    by_lod = own[own["applies"] != "all"].groupby("applies")["value"].agg(lambda v: float((v**2).sum()))
    single = roofs["lod"].map(by_lod).fillna(by_lod.max()).to_numpy(float)
    used = table[(table["kind"] == "independent") | table["applies"].isin(["all", weather])]
    return Spread(float(np.sqrt((common["value"] ** 2).sum())), np.sqrt(shared + single), used.reset_index(drop=True))


def _told_by_weather(table: pd.DataFrame, told: dict[str, float | None]) -> pd.DataFrame:
    """Table with the year-to-year spread of the file in place of the assumed one, and a row for a balance left open."""
    year, closure = told.get("year"), told.get("closure")
    if year is not None:
        row = table["item"] == "weather_year"
        table = table.assign(
            value=table["value"].where(~row, year),
            mark=table["mark"].where(~row, "measured"),
            source=table["source"].where(~row, "spread of the yearly sums of global radiation in the weather file"),
        )
    if closure:
        gap = table[table["item"] == "weather_source"].head(1).assign(
            item="weather_closure", applies="all", value=closure, mark="measured",
            source="half of the gap between global radiation and its parts in the weather file",
        )  # fmt: skip
        table = pd.concat([table, gap], ignore_index=True)
    return table


def quantile(
    yield_kwh: np.ndarray, common: float, independent: np.ndarray | float, exceeded: float, groups: np.ndarray
) -> np.ndarray:
    """Energy of groups of roofs that is exceeded with a probability.

    Parameters
    ----------
    yield_kwh : numpy.ndarray
        Median of each roof [kWh], shape (n,).
    common : float
        Relative standard deviation all roofs share [1].
    independent : numpy.ndarray or float
        Of each roof [1].
    exceeded : float
        0.9 for P90.
    groups : numpy.ndarray
        Number of the group of each roof, from 0, shape (n,).

    Returns
    -------
    numpy.ndarray
        [kWh], one a group, not below 0.
    """
    total = np.bincount(groups, yield_kwh)
    own = np.bincount(groups, (yield_kwh * independent) ** 2)
    deviation = np.sqrt((common * total) ** 2 + own)
    return np.asarray(np.maximum(total - norm.ppf(exceeded) * deviation, 0.0))


def township_spread(roofs: pd.DataFrame, spread: Spread) -> pd.DataFrame:
    """P50, P90 and the 95 % interval by township and for the city (last row).

    Returns
    -------
    pandas.DataFrame
        ``township_code township p50_kwh p90_kwh low_kwh high_kwh``; P90 of the city is above the sum of the townships'.
    """
    towns = roofs[["township_code", "township"]].drop_duplicates().sort_values("township_code", ignore_index=True)
    number = roofs["township_code"].map({c: i for i, c in enumerate(towns["township_code"])}).to_numpy(int)
    energy = roofs["yield_kwh"].to_numpy(float)
    city = pd.DataFrame([{"township_code": "", "township": "合计 total"}])
    out = []
    for names, groups in ((towns, number), (city, np.zeros(len(roofs), dtype=int))):
        levels = {"p50_kwh": 0.5, "p90_kwh": 0.9, "low_kwh": (1 + LEVEL) / 2, "high_kwh": (1 - LEVEL) / 2}
        found = {n: quantile(energy, spread.common, spread.independent, q, groups) for n, q in levels.items()}
        out.append(names.assign(**found))
    return pd.concat(out, ignore_index=True)
