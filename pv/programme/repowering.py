"""Repowering: better modules on roofs of the first phases; rows of their own kind, in no share of roofs."""

from __future__ import annotations

import numpy as np
import pandas as pd

from guanghui.geo.errors import InputError, listing
from guanghui.pv.programme.phases import CoveragePlan
from guanghui.pv.settings import Repowering

__all__ = ["KIND", "REPOWERED_COLUMNS", "REPOWERED_SUMS", "check_repowering", "left_as_they_are", "repowered"]

KIND = "repowered"
REPOWERED_SUMS = ("roofs", "replaced_kwp", "capacity_kwp", "yield_kwh", "avoided_co2_t", "capex_yuan")
REPOWERED_COLUMNS = ("kind", "year", "township_code", "township", "building_class", *REPOWERED_SUMS, "mark")
_KEYS = ["township_code", "township", "building_class"]


def check_repowering(given: Repowering, years: list[int], module_efficiency: float) -> int:
    """Hold the section against the phases and the modules of the survey.

    Parameters
    ----------
    given : Repowering
        ``[coverage.repowering]``.
    years : list of int
        Years of the phases.
    module_efficiency : float
        Of the modules laid first [1].

    Returns
    -------
    int
        Last phase whose modules are replaced.

    Raises
    ------
    InputError
        If no phase is old enough by then, or the new modules are no better.
    """
    if not years:
        raise InputError(
            "[coverage.repowering] needs phases whose modules are replaced; give [coverage] phases or remove it.",
            "[coverage.repowering] 需要已有分期；请给出 [coverage] phases 或删除该段。",
        )
    age = max(given.age_years, 1)
    old = [y for y in years if y <= given.year - age]
    if not old:
        raise InputError(
            f"[coverage.repowering] year = {given.year}: no phase ({listing(sorted(years))}) is "
            f"{age} years old by then; give a later year or a lower age_years.",
            f"[coverage.repowering] year = {given.year}：届时没有分期（{listing(sorted(years))}）满 "
            f"{age} 年；请改用更晚的年份或更小的 age_years。",
        )
    if given.module_efficiency <= module_efficiency:
        raise InputError(
            f"[coverage.repowering] module_efficiency = {given.module_efficiency:g} is not better than the "
            f"{module_efficiency:g} of the modules laid first ([pv] module_efficiency); give that of the new modules.",
            f"[coverage.repowering] module_efficiency = {given.module_efficiency:g} 不高于首批组件的 "
            f"{module_efficiency:g}（[pv] module_efficiency）；请填写新组件的效率。",
        )
    return max(old)


def repowered(plan: CoveragePlan, given: Repowering, module_efficiency: float) -> pd.DataFrame:
    """What better modules add on the roofs built early, by township and class.

    Parameters
    ----------
    plan : CoveragePlan
        Programme; what it built by the last phase that is old enough is replaced, but for systems that stood before.
    given : Repowering
        ``[coverage.repowering]``.
    module_efficiency : float
        Of the modules laid first [1].

    Returns
    -------
    pandas.DataFrame
        ``REPOWERED_COLUMNS``: power replaced and power and energy *added* [kWp, kWh], CO₂ avoided by what is added [t],
        the whole investment of the new modules [yuan] (NaN without a price) and its mark (``given``, ``assumed``).

    Raises
    ------
    InputError
        As :func:`check_repowering`.

    Notes
    -----
    The same area carries the new modules, so power grows by the ratio of the efficiencies, at the same energy per kWp.
    That worn modules would give less by then is not counted, as nowhere in the programme. Without ``capex_yuan_w`` the
    roof's price per kWp of today is taken, which is an assumption.
    """
    until = check_repowering(given, sorted(plan.shares), module_efficiency)
    rows = plan.by_roof[(plan.by_roof["year"] == until) & ~_others(plan.by_roof)]
    ratio = given.module_efficiency / module_efficiency
    old = rows["capacity_kwp"].to_numpy(float)
    out = rows[_KEYS].assign(roofs=1, replaced_kwp=old, capacity_kwp=old * (ratio - 1))
    out["yield_kwh"] = rows["yield_kwh"].to_numpy(float) * (ratio - 1)
    out["avoided_co2_t"] = out["yield_kwh"] * plan.co2_kg_kwh / 1000.0
    if given.capex_yuan_w is not None:
        out["capex_yuan"] = old * ratio * 1000.0 * given.capex_yuan_w
    elif "capex_yuan" in rows:
        out["capex_yuan"] = rows["capex_yuan"].to_numpy(float) * ratio
    else:
        out["capex_yuan"] = np.nan
    table = out.groupby(_KEYS, as_index=False)[list(REPOWERED_SUMS)].sum(min_count=1)
    table = table.assign(kind=KIND, year=given.year, mark="assumed" if given.capex_yuan_w is None else "given")
    return table[list(REPOWERED_COLUMNS)]


def left_as_they_are(plan: CoveragePlan, given: Repowering, module_efficiency: float) -> float:
    """Power of systems that stood before the programme, whose modules and age are not known [kWp].

    Parameters
    ----------
    plan : CoveragePlan
        Programme.
    given : Repowering
        ``[coverage.repowering]``.
    module_efficiency : float
        Of the modules laid first [1].
    """
    until = check_repowering(given, sorted(plan.shares), module_efficiency)
    return float(plan.by_roof.loc[(plan.by_roof["year"] == until) & _others(plan.by_roof), "capacity_kwp"].sum())


def _others(rows: pd.DataFrame) -> pd.Series:
    """Rows of systems that stood before."""
    return (rows["existing_kwp"] > 0) | (rows["building_id"] == "")
