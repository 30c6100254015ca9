"""The place's carbon dioxide by year beside what roofs avoid and land takes up; the three are never added up."""

from __future__ import annotations

import numpy as np
import pandas as pd

from guanghui.geo.units import CO2_PER_C
from guanghui.plan.inputs.config import BalanceSection
from guanghui.plan.inputs.region import Region
from guanghui.pv.programme.emissions import factor_series
from guanghui.pv.programme.phases import CoveragePlan
from guanghui.sinks import Stock

__all__ = ["avoided_by_year", "balance", "contradiction", "kaya"]

_AGREE = 0.05
"""Two ways to one figure that differ by less agree [1]."""


def balance(region: Region, plan: CoveragePlan | None, stock: Stock | None) -> pd.DataFrame | None:
    """Emissions, avoided emissions and sink, year by year.

    Parameters
    ----------
    region : Region
        ``[balance]`` and the emission factor.
    plan : CoveragePlan, optional
        Programme.
    stock : sinks.Stock, optional
        Carbon; its yearly sink of today is set beside every year, since no trend of it is known.

    Returns
    -------
    pandas.DataFrame or None
        Index ``year``: ``co2_plan_t co2_trend_t co2_kaya_t avoided_t sink_t sink_low_t sink_high_t`` [t CO₂]; None
        without ``[balance]``.
    """
    section = region.file.balance
    if section is None:
        return None
    known = {int(y): float(v) for y, v in sorted(section.co2_t.items(), key=lambda item: int(item[0]))}
    years = np.arange(min(known), max(section.last_year, max(known)) + 1)
    out = pd.DataFrame(index=pd.Index(years, name="year"))
    out["co2_plan_t"] = pd.Series(known)
    out["co2_trend_t"] = _trend(known, years)
    out["co2_kaya_t"] = kaya(section, known, years)
    out["avoided_t"] = avoided_by_year(plan, region.settings.coverage.grid, years)
    for name, column in (
        ("sink_t", "sink_tc_yr"),
        ("sink_low_t", "sink_low_tc_yr"),
        ("sink_high_t", "sink_high_tc_yr"),
    ):
        out[name] = np.nan if stock is None else float(stock.city[column]) * CO2_PER_C
    doubt = contradiction(section)
    if doubt is not None:
        out.attrs["doubt_zh"], out.attrs["doubt_en"] = doubt
    return out


def contradiction(section: BalanceSection) -> tuple[str, str] | None:
    """What the plan says twice and differently: emissions, and emissions per product times product.

    Parameters
    ----------
    section : BalanceSection
        ``co2_t``, ``co2_per_gdp`` [t / 10⁴ yuan] and ``gdp_yuan`` [yuan] of the same years.

    Returns
    -------
    tuple of str or None
        In Chinese and English; None where no year has all three, or they agree within a twentieth.
    """
    said: list[tuple[str, str]] = []
    for year in sorted(set(section.co2_t) & set(section.co2_per_gdp) & set(section.gdp_yuan)):
        total, product = section.co2_t[year], section.co2_per_gdp[year] * section.gdp_yuan[year] / 1e4
        if total > 0 and abs(product / total - 1) > _AGREE:
            said.append((
                f"{year} 年：规划给出的排放总量为 {total:,.0f} t，而其碳强度 × 生产总值为 {product:,.0f} t，"
                f"相差 {product / total:.2f} 倍；规划自身不一致，图中取排放总量，请核实口径",
                f"{year}: the plan gives {total:,.0f} t of CO₂, its CO₂ per product times product is {product:,.0f} t, "
                f"{product / total:.2f} times as much; the plan contradicts itself, the chart takes the total: ask "
                "which was meant",
            ))  # fmt: skip
    return ("；".join(zh for zh, _ in said), "; ".join(en for _, en in said)) if said else None


def _trend(known: dict[int, float], years: np.ndarray) -> np.ndarray:
    """Straight line of least squares through the series; NaN with fewer than two years."""
    if len(known) < 2:
        return np.full(len(years), np.nan)
    slope, start = np.polyfit(list(known), list(known.values()), 1)
    return np.asarray(slope * years + start)


def kaya(section: BalanceSection, known: dict[int, float], years: np.ndarray) -> np.ndarray:
    """Kaya identity from the last known year on: people × product per head × energy per product × CO₂ per energy.

    Parameters
    ----------
    section : BalanceSection
        Yearly changes of the four.
    known : dict
        Year -> emissions [t CO₂].
    years : numpy.ndarray
        Years asked for; NaN before the last known one.
    """
    rates = (section.population_growth, section.gdp_growth, section.energy_intensity_change,
             section.carbon_intensity_change)  # fmt: skip
    step = float(np.prod([1 + r for r in rates]))
    last = max(known)
    return np.where(years >= last, known[last] * step ** (years - last).astype(float), np.nan)


def avoided_by_year(plan: CoveragePlan | None, grid: str, years: np.ndarray) -> np.ndarray:
    """Emissions avoided by what the programme has built [t CO₂], with the factor published for each year.

    Parameters
    ----------
    plan : CoveragePlan, optional
        Programme; a phase counts from the year it is completed.
    grid : str
        Region of ``factors/grid_co2.csv``.
    years : numpy.ndarray
        Years asked for; NaN before the first phase.
    """
    out = np.full(len(years), np.nan)
    if plan is None:
        return out
    factors = factor_series(grid, [int(y) for y in years])
    for i, year in enumerate(years):
        done = [phase for phase in plan.shares if phase <= year]
        if done:
            out[i] = float(plan.total(max(done))["yield_kwh"]) * factors[int(year)] / 1000.0
    return out
