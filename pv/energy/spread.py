"""P50 and P90: what all roofs share and what each has of its own, source by source.

An error all roofs share (weather year, weather source, model, the mix of assumed roof forms) stays in the sum of a
city; errors of the single roof (geometry, layout, soiling) average out. Both are normal and add in variance, which is
the textbook law of propagation (JCGM 100:2008, 5.1 and 5.2) with correlation one for the common and nought for the
independent part. A common error of which roofs have different amounts (assumed forms in one part of the region) is
fully correlated still, so common parts add as they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import ndtri

from guanghui.data import read_table
from guanghui.geo.units import LEVEL, Z95

__all__ = ["ADDITIVE", "Spread", "additive", "interval_ends", "quantile", "spread_of", "township_spread"]

ADDITIVE = ("yield_common_kwh", "yield_squares")
"""Columns of :func:`additive`: sums of them are those of the sum."""
_FARTHEST = 0.08
_OUTLINE = "outline"


@dataclass(frozen=True)
class Spread:
    """Relative standard deviations of yearly energy [1]."""

    common: float
    """Of the sum of all roofs."""
    independent: np.ndarray
    """Of each roof, shape (n,)."""
    sources: pd.DataFrame
    """One row a source: ``item kind applies value``, its mark and where it is from."""
    shared: np.ndarray
    """Common part of each roof, shape (n,)."""

    @property
    def attrs(self) -> dict[str, float]:
        """For ``roofs.attrs["uncertainty"]``: what all share, and that of the middle roof for a sentence."""
        return {"common": self.common, "independent": float(np.median(self.independent))}


def interval_ends(total: Any, squares: Any, common: Any) -> tuple[Any, Any]:
    """95 % interval of a sum of yields, not below 0.

    Parameters
    ----------
    total : float or array-like
        Sum of the yields [kWh].
    squares : float or array-like
        Sum of the squares of each roof's own standard deviation (``yield_sd_kwh``) [kWh²].
    common : float or array-like
        Relative standard deviation that the roofs of the sum share [1].

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


def additive(rows: pd.DataFrame) -> pd.DataFrame:
    """What adds up when roofs are summed, for the interval of the sum.

    Parameters
    ----------
    rows : pandas.DataFrame
        ``yield_kwh``, ``yield_sd_kwh`` (own standard deviation) [kWh] and ``yield_common`` (common part) [1] of roofs,
        or of what a programme builds on them.

    Returns
    -------
    pandas.DataFrame
        ``yield_common_kwh`` [kWh] and ``yield_squares`` [kWh²], on the index of ``rows``.

    Examples
    --------
    >>> roofs = pd.DataFrame({"yield_kwh": [10.0, 10.0], "yield_sd_kwh": [3.0, 4.0], "yield_common": [0.1, 0.1]})
    >>> additive(roofs).sum().tolist()
    [2.0, 25.0]
    """
    common = rows["yield_common"].fillna(0.0) * rows["yield_kwh"]
    return pd.DataFrame({"yield_common_kwh": common, "yield_squares": rows["yield_sd_kwh"].fillna(0.0) ** 2})


def spread_of(roofs: pd.DataFrame, *, illustrative_weather: bool) -> Spread:
    """Terms that apply to a survey.

    Parameters
    ----------
    roofs : pandas.DataFrame
        ``lod`` says how each roof was seen, ``height_source`` where the height of an outlined one is from, ``form_sd``
        and ``form_common`` what its assumed form costs; ``attrs["weather_sd"]``, where there, holds what the weather
        itself tells: the spread from year to year, half of the gap by which its radiation does not close, and the
        distance of the station.
    illustrative_weather : bool
        Weather made from normals is less certain.
    """
    shipped = read_table("factors", "uncertainty.csv").astype({"unit": str})
    table = _told_by_weather(shipped, roofs.attrs.get("weather_sd") or {})
    weather = "illustrative" if illustrative_weather else "measured"
    height = (roofs["lod"] + "_" + roofs["height_source"]).to_numpy(object) if "height_source" in roofs else None
    seen = roofs["lod"].to_numpy(object)

    def squares(kind: str) -> np.ndarray:
        """Sum of the squares that apply to each roof."""
        rows = table[table["kind"] == kind]
        total = np.full(len(roofs), float((rows["value"][rows["applies"].isin(["all", weather])] ** 2).sum()))
        for what, by in ((seen, rows[rows["applies"].isin(["surface", _OUTLINE])]), (height, rows)):
            if what is not None:
                known = by.groupby("applies")["value"].agg(lambda v: float((v**2).sum()))
                total += pd.Series(what).map(known).fillna(0.0).to_numpy(float)
        return total

    common, own = squares("common"), squares("independent")
    used = table[(table["kind"] == "independent") | table["applies"].isin(["all", weather]) | _outlined(table, height)]
    if "form_sd" in roofs:
        drawn = roofs["form_sd"].notna().to_numpy()
        level = float((table["value"][(table["item"] == "geometry") & (table["applies"] == _OUTLINE)] ** 2).sum())
        own = np.where(drawn, own - level + roofs["form_sd"].to_numpy(float) ** 2, own)
        shared = np.where(drawn, roofs["form_common"].to_numpy(float), 0.0)
        common = common + shared**2
        used = pd.concat([used, _form_rows(roofs, drawn)], ignore_index=True)
    shared_sd, single = np.sqrt(common), np.sqrt(np.maximum(own, 0.0))
    energy = roofs["yield_kwh"].to_numpy(float) if "yield_kwh" in roofs else np.ones(len(roofs))
    whole = float((shared_sd * energy).sum() / energy.sum()) if energy.sum() > 0 else float(np.sqrt(common.max()))
    return Spread(whole, single, used.reset_index(drop=True), shared_sd)


def _outlined(table: pd.DataFrame, height: np.ndarray | None) -> pd.Series:
    """Rows about heights that some roof of the region has."""
    return table["applies"].isin([] if height is None else list(np.unique(height.astype(str))))


def _form_rows(roofs: pd.DataFrame, drawn: np.ndarray) -> pd.DataFrame:
    """Sources of the roofs whose form is assumed or told: what they share, and that of the middle roof."""
    if not drawn.any():
        return pd.DataFrame()
    values = [float(roofs["form_common"][drawn].iloc[0]), float(roofs["form_sd"][drawn].median())]
    return pd.DataFrame(
        {
            "item": "roof_form", "kind": ["common", "independent"], "applies": _OUTLINE, "value": values, "unit": "1",
            "year": 2026, "mark": "calculated",
            "source": ["mix of forms after the roofs looked at, and what a form keeps from place to place",
                       "forms, tilts and obstacles the single roof may have; of the middle roof"],
        }
    )  # fmt: skip


def _told_by_weather(table: pd.DataFrame, told: dict[str, float | None]) -> pd.DataFrame:
    """Table with what the file itself tells: years, a balance left open, and how far away its station stands."""
    year, closure, far = told.get("year"), told.get("closure"), told.get("station_km")
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
    row = table["item"] == "weather_station"
    if not far:
        return table[~row]
    value = (table["value"] * far / 100.0).clip(upper=_FARTHEST)
    return table.assign(value=table["value"].where(~row, value), applies=table["applies"].where(~row, "all"))


def quantile(
    yield_kwh: np.ndarray,
    common: float | np.ndarray,
    independent: np.ndarray | float,
    exceeded: float,
    groups: np.ndarray,
) -> np.ndarray:
    """Energy of groups of roofs that is exceeded with a probability.

    Parameters
    ----------
    yield_kwh : numpy.ndarray
        Median of each roof [kWh], shape (n,).
    common : float or numpy.ndarray
        Relative standard deviation all roofs share, or the part of each [1].
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
    shared = np.bincount(groups, yield_kwh * common)
    own = np.bincount(groups, (yield_kwh * independent) ** 2)
    deviation = np.sqrt(shared**2 + own)
    return np.asarray(np.maximum(total - ndtri(exceeded) * deviation, 0.0))


def township_spread(roofs: pd.DataFrame, spread: Spread) -> pd.DataFrame:
    """P50, P90 and the 95 % interval by township and for the city (last row).

    Parameters
    ----------
    roofs : DataFrame
        ``township_code``, ``township`` and ``yield_kwh``.
    spread : Spread
        Deviations of these roofs, independent and common.

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
        found = {n: quantile(energy, spread.shared, spread.independent, q, groups) for n, q in levels.items()}
        out.append(names.assign(**found))
    return pd.concat(out, ignore_index=True)
