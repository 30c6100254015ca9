"""Figures by township: what the index, the comparison, the static maps and the brief are made of."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from guanghui.maps.drawing.style import Ramp, ramp, round_breaks
from guanghui.maps.inputs import CarbonStock
from guanghui.maps.page.roofs import Programme
from guanghui.maps.page.sinkview import carbon_facts
from guanghui.pv.energy.spread import ADDITIVE, additive, interval_ends

__all__ = [
    "ALL_ROOFS",
    "MEASURES",
    "Measure",
    "measure_ramp",
    "plain_numbers",
    "pv_facts",
    "sink_facts",
    "with_interval",
]

ALL_ROOFS = 0
"""Stands for every roof where a year stands for a phase."""
_CLASSES = 5
_SURE = ("yield_sd_kwh", "yield_common")
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
        ``capex_yuan`` where known, ``avoided_co2_t`` where a plan names its factor, ``available_m2`` of the roofs that
        may be used and ``share_pct`` of it (phases are groupings of ``plan.by_roof``); where
        ``roofs.attrs["uncertainty"]`` is given also ``_low`` and ``_high`` of energy and avoided CO₂ (95 %).
    """
    codes = townships["code"].astype(str)
    sums = [name for name in _SUMS if name in roofs]
    spread = roofs.attrs.get("uncertainty")
    every = pd.DataFrame({name: roofs[name].to_numpy(float) for name in sums})
    every["roofs"] = 1.0
    every["township_code"] = roofs["township_code"].astype(str).to_numpy()
    told = spread is not None and "yield_kwh" in sums
    if spread is not None and told:
        every[list(_SURE)] = _sure(roofs, spread).to_numpy()
    avoided = plan is not None and math.isfinite(plan.co2_kg_kwh)
    if plan is not None and avoided and "yield_kwh" in sums:
        every["avoided_co2_t"] = every["yield_kwh"] * plan.co2_kg_kwh / 1000.0
    whole = _by_township(every, codes, told=told)
    if "usable_m2" in sums:
        whole["available_m2"] = whole["usable_m2"]
        if plan is not None:
            place = roofs["township_code"].astype(str).groupby(roofs["building_id"].to_numpy()).first()
            whole["available_m2"] = plan.available.groupby(place).sum().reindex(codes, fill_value=0.0)
        whole["share_pct"] = np.where(whole["usable_m2"] > 0, 100.0, np.nan)
    tables = {}
    if plan is not None:
        here = plan.by_roof["building_id"].isin(roofs["building_id"]) | (plan.by_roof["building_id"] == "")
        rows = plan.by_roof[here].assign(township_code=plan.by_roof["township_code"][here].astype(str))
        rows = rows if avoided else rows.drop(columns="avoided_co2_t", errors="ignore")
        for year in sorted(plan.shares):
            now = rows[rows["year"] == year]
            if spread is not None and told and not set(_SURE) <= set(now.columns):
                now = _sure_of_parts(now, roofs, _sure(roofs, spread))
            table = _by_township(now, codes, told=told)
            if "available_m2" in whole:
                table["available_m2"] = whole["available_m2"]
                table["share_pct"] = 100.0 * table["usable_m2"] / whole["available_m2"].where(whole["available_m2"] > 0)
            tables[year] = table
    tables[ALL_ROOFS] = whole
    return tables


def _sure(roofs: pd.DataFrame, spread: Mapping[str, float]) -> pd.DataFrame:
    """Own deviation [kWh] and common part [1] of each roof; those of the middle roof where the table has none."""
    own = roofs["yield_sd_kwh"] if "yield_sd_kwh" in roofs else spread["independent"] * roofs["yield_kwh"]
    common = roofs["yield_common"] if "yield_common" in roofs else pd.Series(spread["common"], roofs.index)
    return pd.DataFrame({"yield_sd_kwh": own.astype(float), "yield_common": common.astype(float)})


def _sure_of_parts(rows: pd.DataFrame, roofs: pd.DataFrame, sure: pd.DataFrame) -> pd.DataFrame:
    """Rows of a programme that does not tell how sure it is, as sure as the roofs they stand on."""
    energy = roofs["yield_kwh"].where(roofs["yield_kwh"] > 0)
    of = sure.assign(own=sure["yield_sd_kwh"] / energy).set_axis(roofs["building_id"].to_numpy())
    own = rows["building_id"].map(of["own"]).fillna(0.0).astype(float)
    common = rows["building_id"].map(of["yield_common"]).fillna(of["yield_common"].mean()).astype(float)
    return rows.assign(yield_sd_kwh=own * rows["yield_kwh"], yield_common=common)


def _by_township(rows: pd.DataFrame, codes: pd.Series, *, told: bool) -> pd.DataFrame:
    """Rows of the programme, or of all roofs, summed by township, with the interval where the result tells one."""
    names = [c for c in ("roofs", *_SUMS, "avoided_co2_t") if c in rows]
    if told and "yield_kwh" in rows:
        rows = rows.assign(**additive(rows))
        names += ADDITIVE
    found = rows.groupby("township_code")[names].sum().reindex(codes, fill_value=0.0)
    with_interval(found)
    return found


def with_interval(sums: Any) -> None:
    """Add ``_low`` and ``_high`` of energy and avoided CO₂, in place; the interval of a sum is no sum of intervals.

    Parameters
    ----------
    sums : pandas.DataFrame or pandas.Series
        ``yield_kwh``, the sums of :data:`pv.energy.spread.ADDITIVE` where the result tells how sure it is, and
        ``avoided_co2_t`` where known.
    """
    if not set(ADDITIVE) <= set(sums.keys()):
        return
    with np.errstate(divide="ignore", invalid="ignore"):
        common = np.nan_to_num(np.divide(sums["yield_common_kwh"], sums["yield_kwh"]))
        low, high = interval_ends(sums["yield_kwh"], sums["yield_squares"], common)
        for name in ("yield_kwh", "avoided_co2_t"):
            if name in sums:
                each = np.nan_to_num(np.divide(sums[name], sums["yield_kwh"]))
                sums[f"{name}_low"], sums[f"{name}_high"] = each * low, each * high


def plain_numbers(row: pd.Series) -> dict[str, float | None]:
    """Figures of a row for a page; what is no number becomes None.

    Parameters
    ----------
    row : Series
        Figures of one township; NaN where unknown.
    """
    values = pd.to_numeric(row, errors="coerce")
    return {str(k): (float(v) if math.isfinite(v) else None) for k, v in values.items() if k not in ("code", "name")}


def sink_facts(townships: gpd.GeoDataFrame, stock: CarbonStock) -> pd.DataFrame:
    """Rows of :func:`maps.page.sinkview.carbon_facts` in the order of the townships; gaps where it has none.

    Parameters
    ----------
    townships : GeoDataFrame
        ``code`` in the order wanted.
    stock : CarbonStock
        Carbon account of the same region.
    """
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
