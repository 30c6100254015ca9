"""Figures by township: what the index, the comparison, the static maps and the brief are made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from maps.roofs import Programme, standing
from maps.sinkview import CarbonStock, carbon_facts
from maps.style import Ramp, ramp, round_breaks

__all__ = ["ALL_ROOFS", "MEASURES", "Measure", "measure_ramp", "pv_facts", "relative_range", "sink_facts"]

ALL_ROOFS = 0
"""Stands for every roof where a year stands for a phase."""
_CLASSES = 5
_Z95 = 1.959964
_SUMS = ("usable_m2", "capacity_kwp", "yield_kwh", "capex_yuan")


@dataclass(frozen=True)
class Measure:
    """A figure of a township."""

    key: str
    unit: str
    ramp: str
    view: str
    """``pv`` or ``sink``."""
    switch: bool = True
    """Can be chosen on the map."""
    hero: bool = True
    """Stands at the head of the index."""

    @property
    def word(self) -> str:
        """Key of its name."""
        return f"fact_{self.key}"

    @property
    def by_year(self) -> bool:
        """Whether it follows the phases."""
        return self.view == "pv"


MEASURES = (
    Measure("share_pct", "pct", "sun_areas", "pv", hero=False),
    Measure("roofs", "roofs", "sun_areas", "pv", switch=False),
    Measure("capacity_kwp", "kwp", "sun_areas", "pv"),
    Measure("yield_kwh", "kwh", "sun_areas", "pv"),
    Measure("avoided_co2_t", "tco2", "sun_areas", "pv"),
    Measure("capex_yuan", "yuan", "sun_areas", "pv", switch=False),
    Measure("carbon_tc", "tc", "carbon_areas", "sink"),
    Measure("sink_tco2_yr", "tco2", "carbon_areas", "sink"),
)


def pv_facts(
    townships: gpd.GeoDataFrame, roofs: pd.DataFrame, plan: Programme | None = None
) -> dict[int, pd.DataFrame]:
    """Sums by township of all roofs and of each phase.

    Parameters
    ----------
    townships : geopandas.GeoDataFrame
        ``code`` gives the rows and their order.
    roofs : pandas.DataFrame
        All roofs of the city.
    plan : Programme, optional
        Adds one table a phase year, cumulative.

    Returns
    -------
    dict of int to pandas.DataFrame
        Year (``ALL_ROOFS`` for everything) -> by code: ``roofs``, ``usable_m2``, ``capacity_kwp``, ``yield_kwh``,
        ``capex_yuan`` where known, ``avoided_co2_t`` where a plan names its factor, ``share_pct`` of the usable area;
        where ``roofs.attrs["uncertainty"]`` is given also ``_low`` and ``_high`` of energy and avoided CO₂ (95 %).
    """
    codes = townships["code"].astype(str)
    sums = [name for name in _SUMS if name in roofs]
    frame = pd.DataFrame({name: roofs[name].to_numpy(float) for name in sums})
    frame["roofs"] = 1.0
    place = roofs["township_code"].astype(str).to_numpy()
    spread = roofs.attrs.get("uncertainty")

    def table(values: pd.DataFrame, chosen: Any) -> pd.DataFrame:
        found = values[chosen].groupby(place[chosen])[["roofs", *sums]].sum().reindex(codes, fill_value=0.0)
        if plan is not None and "yield_kwh" in found and np.isfinite(plan.co2_kg_kwh):
            found["avoided_co2_t"] = found["yield_kwh"] * plan.co2_kg_kwh / 1000.0
        if spread and "yield_kwh" in found:
            squares = (values["yield_kwh"][chosen] ** 2).groupby(place[chosen]).sum().reindex(codes, fill_value=0.0)
            _add_ranges(found, squares, spread)
        return found

    everything = table(frame, np.ones(len(frame), bool))
    tables = {}
    if plan is not None:
        year_of = roofs["building_id"].map(plan.phase).fillna(0).to_numpy(int)
        stands = standing(roofs, plan)
        planned = frame.copy()
        for name in sorted(set(sums) & set(stands.columns)):
            planned.loc[stands.index, name] = stands[name]
        tables = {year: table(planned, (year_of > 0) & (year_of <= year)) for year in sorted(plan.shares)}
    tables[ALL_ROOFS] = everything
    if "usable_m2" in sums:
        for found in tables.values():
            whole = everything["usable_m2"].where(everything["usable_m2"] > 0)
            found["share_pct"] = 100.0 * found["usable_m2"] / whole
    return tables


def relative_range(total: Any, squares: Any, spread: Mapping[str, float]) -> Any:
    """Half width of the 95 % interval of a sum of yields, as a share of it.

    Parameters
    ----------
    total, squares : float or array-like
        Sum of the yields and of their squares.
    spread : mapping
        ``common``, what all roofs share (weather, model), and ``independent``, what is each roof's own: relative
        standard deviations [1].
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        alone = spread["independent"] * np.sqrt(squares) / total
    return _Z95 * np.sqrt(spread["common"] ** 2 + alone**2)


def _add_ranges(found: pd.DataFrame, squares: pd.Series, spread: Mapping[str, float]) -> None:
    part = relative_range(found["yield_kwh"], squares, spread).fillna(0.0)
    found["yield_squares"] = squares
    for name in ("yield_kwh", "avoided_co2_t"):
        if name in found:
            found[f"{name}_low"], found[f"{name}_high"] = found[name] * (1 - part), found[name] * (1 + part)


def sink_facts(townships: gpd.GeoDataFrame, stock: CarbonStock) -> pd.DataFrame:
    """Rows of :func:`maps.sinkview.carbon_facts` in the order of the townships; gaps where it has none."""
    table = carbon_facts(stock)
    return table[~table.index.duplicated()].reindex(townships["code"].astype(str))


def measure_ramp(measure: Measure, pv: Mapping[int, pd.DataFrame], sink: pd.DataFrame | None) -> Ramp:
    """Classes of a measure, one set for all phases so that years compare.

    Parameters
    ----------
    measure : Measure
        What is shown.
    pv : mapping of int to pandas.DataFrame
        From :func:`pv_facts`.
    sink : pandas.DataFrame, optional
        From :func:`sink_facts`; needed for a measure that does not follow the phases.
    """
    if measure.by_year:
        years = [year for year in pv if year != ALL_ROOFS or measure.key != "share_pct"]
        values = pd.concat([pv[year][measure.key] for year in years or [ALL_ROOFS]])
    else:
        assert sink is not None
        values = sink[measure.key]
    return ramp(measure.ramp, measure.unit, round_breaks(values, _CLASSES))
