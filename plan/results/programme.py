"""From surveyed roofs to a programme with money: what the region file asks for, handed to the PV room."""

from __future__ import annotations

from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import pandas as pd

from guanghui.geo.side_table import match_township
from guanghui.maps.words.i18n import word
from guanghui.plan.inputs.region import Region
from guanghui.plan.results.buildable import tell_load, with_load
from guanghui.pv.energy.loads import generation_shape, self_use_share
from guanghui.pv.energy.spread import Spread, quantile, spread_of
from guanghui.pv.programme.choose import OBJECTIVES, Objective
from guanghui.pv.programme.existing import exclude, locate
from guanghui.pv.programme.money import MONEY_UNITS, Prices, appraise, use_of_buildings
from guanghui.pv.programme.phases import CLASS_ORDER, CoveragePlan, coverage_plan, grid_co2_kg_kwh
from guanghui.pv.programme.reasons import leave_out
from guanghui.pv.programme.repowering import left_as_they_are, repowered

__all__ = [
    "Existing",
    "PvSide",
    "add_money",
    "add_spread",
    "by_objective",
    "new_buildings",
    "plan_of",
    "programme_of",
    "standing",
]

_OLD_YEARS = 2
"""Prices may be that much older than the first phase [a]."""
_ALIKE_PCT = 0.05
"""Two programmes that differ by less are called alike [%]."""
_JOINTS = (("en", ", "), ("zh", "、"))


@dataclass(frozen=True)
class Existing:
    """Systems that stand or are committed."""

    on_roof_kwp: pd.Series
    by_township_kwp: pd.Series
    beside: pd.DataFrame
    """One row a project: its own W per m² beside the survey's."""


@dataclass(frozen=True)
class PvSide:
    """The programme and what it stands on; any part may be missing but the spread."""

    plan: CoveragePlan | None
    prices: Prices | None
    spread: Spread
    existing: Existing | None = None
    grid: pd.DataFrame | None = None
    objectives: pd.DataFrame | None = None


def standing(region: Region, roofs: pd.DataFrame) -> Existing | None:
    """Existing systems of ``[existing]``, put on their roofs; None without the section, or without any.

    Of a region of chosen townships only those of its own; what stands in none of the whole region is refused.

    Parameters
    ----------
    region : Region
        With ``[existing]``.
    roofs : DataFrame
        Surveyed roofs of the region.
    """
    found = region.existing
    if found is None:
        return None
    if region.chosen:
        found = found[~_elsewhere(region, found)]
    return Existing(*locate(roofs, found)) if len(found) else None


def _elsewhere(region: Region, systems: pd.DataFrame) -> pd.Series:
    """Systems that are on a building, or else in a township, of the whole region and not of the chosen part."""
    every, own = region.whole.buildings, region.buildings
    assert every is not None
    assert own is not None
    others = every[~every["building_id"].isin(own["building_id"])]
    names = others["name"].fillna("").astype(str)
    towns = region.whole.townships
    away = towns[~towns["code"].isin(region.townships["code"])]
    known = match_township(systems["township"].unique(), [*away["code"].astype(str), *away["name"].astype(str)])
    by_name = systems["building_match"].map(lambda start: bool(start) and bool(names.str.startswith(start).any()))
    on_other = systems["building_id"].isin(others["building_id"]) | ((systems["building_id"] == "") & by_name)
    placed = (systems["building_id"] != "") | (systems["building_match"] != "")
    return on_other | (~placed & systems["township"].isin(list(known)))


def add_money(region: Region, roofs: gpd.GeoDataFrame) -> Prices | None:
    """Put money columns on the roofs, in place; None and no columns without ``[economics]``.

    Parameters
    ----------
    region : Region
        Prices and weather.
    roofs : geopandas.GeoDataFrame
        From :func:`pv.assess`.
    """
    tables = region.price_tables
    if tables is None:
        return None
    known, loads = tables
    generation = generation_shape(region.weather, region.settings.pv)
    self_use = self_use_share(roofs, generation, use_of_buildings(roofs, known), loads)
    money = appraise(roofs, known, self_use=self_use)
    roofs[list(money.columns)] = money
    roofs.attrs["units"] = {**roofs.attrs.get("units", {}), **MONEY_UNITS}
    _tell_age(region, known)
    doubtful = known.sources[known.sources["mark"].isin(["assumed", "unverified"])]
    items = sorted(set(doubtful["item"]))
    if items:
        named, named_zh = (joint.join(word(f"price_{item}", lang) for item in items) for lang, joint in _JOINTS)
        region.notes.add("economics", f"assumed or unverified: {named}; give the place's own",
                         f"未核实或假定：{named_zh}；请提供本地数值")  # fmt: skip
    return known


def _tell_age(region: Region, known: Prices) -> None:
    """Warn where investment and feed-in prices are over two years older than the first phase."""
    phases, year = region.settings.coverage.phases, known.youngest_year
    if not phases or year is None or phases[0].year - year <= _OLD_YEARS:
        return
    region.notes.add(
        "economics",
        f"the youngest of the prices for investment and feed-in is of {year}, the first phase of {phases[0].year}: "
        "set [pv] vintage = 2025, or give capex_yuan_w and feed_in_yuan_kwh",
        f"投资与上网电价的最新年份为 {year} 年，首期为 {phases[0].year} 年：请设 [pv] vintage = 2025，"
        "或给出 capex_yuan_w 与 feed_in_yuan_kwh",
    )


def add_spread(roofs: gpd.GeoDataFrame) -> Spread:
    """Put the P90 of each roof, its own deviation and the part of it that all roofs share on the roofs, in place.

    Parameters
    ----------
    roofs : GeoDataFrame
        With ``yield_kwh`` and what the spread is made of; gets ``yield_p90_kwh``, ``yield_sd_kwh`` [kWh] and
        ``yield_common`` [1].
    """
    spread = spread_of(roofs, illustrative_weather=bool(roofs.attrs.get("illustrative_weather", False)))
    energy = roofs["yield_kwh"].to_numpy(float)
    roofs["yield_p90_kwh"] = quantile(energy, spread.shared, spread.independent, 0.9, np.arange(len(roofs)))
    roofs["yield_sd_kwh"] = energy * spread.independent
    roofs["yield_common"] = spread.shared
    roofs.attrs["uncertainty"] = spread.attrs
    roofs.attrs["units"] = {**roofs.attrs.get("units", {}), "yield_p90_kwh": "kWh", "yield_sd_kwh": "kWh",
                            "yield_common": "1"}  # fmt: skip
    return spread


def programme_of(region: Region, roofs: gpd.GeoDataFrame, *, stands: Existing | None = None) -> CoveragePlan | None:
    """Coverage plan of the region's settings; None where no phases are asked for.

    Parameters
    ----------
    region : Region
        Settings; the emission factor is noted there.
    roofs : geopandas.GeoDataFrame
        With money columns where cost decides; gets the column ``excluded`` where roofs are left out.
    stands : Existing, optional
        From :func:`standing`.
    """
    coverage = region.settings.coverage
    if not coverage.phases:
        return None
    out = _excluded(region, roofs)
    if (out != "").any():
        roofs["excluded"] = out.to_numpy()
        leave_out(roofs, out)
    plan = plan_of(region, roofs, stands, out, coverage.objective)
    tell_load(region, roofs, plan, lambda kept: plan_of(region, roofs, stands, kept, coverage.objective))
    _note(region, plan.co2_kg_kwh, grid_co2_kg_kwh(coverage.grid, coverage.grid_year)[1], out)
    _note_chosen(region, roofs, plan)
    return _with_repowering(region, plan)


def _with_repowering(region: Region, plan: CoveragePlan) -> CoveragePlan:
    """Add what ``[coverage.repowering]`` asks for, and say what it leaves out."""
    given, efficiency = region.settings.coverage.repowering, region.settings.pv.module_efficiency
    if given is None:
        return plan
    left = left_as_they_are(plan, given, efficiency)
    if left > 0:
        region.notes.add(
            "coverage", f"repowering leaves {left:,.0f} kWp that stood before the programme as they are: their modules "
            "and their age are not known",
            f"更新改造不含规划前已有的 {left:,.0f} kWp：其组件与投运年份未知",
        )  # fmt: skip
    if given.capex_yuan_w is None and "capex_yuan" in plan.by_roof:
        region.notes.add(
            "coverage", f"repowering of {given.year} is priced as systems of today (assumed); give "
            "[coverage.repowering] capex_yuan_w",
            f"{given.year} 年更新改造按现价计（假定）；请给出 [coverage.repowering] capex_yuan_w",
        )  # fmt: skip
    return replace(plan, repowered=repowered(plan, given, efficiency))


def _note_chosen(region: Region, roofs: gpd.GeoDataFrame, plan: CoveragePlan) -> None:
    """Say how many roofs were chosen by hand and how many of them cannot be built on."""
    years = region.chosen_years
    if years is None:
        return
    ids = years.index[years > 0]
    ids = ids[ids.isin(roofs["building_id"].astype(str))]
    built = plan.phase.set_axis(plan.phase.index.astype(str))[ids] > 0
    lost = int((~built).sum())
    alone = region.settings.coverage.chosen_alone
    region.notes.add(
        "coverage",
        f"{int(built.sum())} roofs were chosen by hand and are built first"
        + (", no others" if alone else "")
        + (f"; {lost} chosen ones are left out or have no usable area" if lost else ""),
        f"{int(built.sum())} 个屋顶为人工指定，优先建设"
        + ("，不再添加其他屋顶" if alone else "")
        + (f"；另有 {lost} 个指定屋顶被排除或没有可用面积" if lost else ""),
    )


def plan_of(
    region: Region, roofs: gpd.GeoDataFrame, stands: Existing | None, out: pd.Series | None, objective: Objective
) -> CoveragePlan:
    """Coverage plan of the region's settings for some roofs.

    Parameters
    ----------
    region : Region
        Settings of ``[coverage]``.
    roofs : GeoDataFrame
        Surveyed roofs, with money where there is any.
    stands : Existing or None
        Systems that stand, taken first.
    out : Series or None
        Why a roof is left out, index ``building_id``; empty text where it is not.
    objective : {"energy", "cost", "lcoe"}
        What is kept small or large; that of the file leaves room for those its phases name themselves.
    """
    coverage = region.settings.coverage
    return coverage_plan(
        roofs, coverage.shares, order=CLASS_ORDER if coverage.order == "class" else None, objective=objective,
        scope=coverage.scope, reading=coverage.reading, existing_kwp=None if stands is None else stands.on_roof_kwp,
        chosen=region.chosen_years, chosen_alone=coverage.chosen_alone,
        township_kwp=None if stands is None else stands.by_township_kwp, excluded=out,
        budget_yuan={p.year: p.budget_yuan for p in coverage.phases if p.budget_yuan is not None},
        build_kwp={p.year: p.build_kwp for p in coverage.phases if p.build_kwp is not None},
        objectives={p.year: p.objective for p in coverage.phases if p.objective and objective == coverage.objective},
        co2_kg_kwh=grid_co2_kg_kwh(coverage.grid, coverage.grid_year)[0],
    )  # fmt: skip


def by_objective(
    region: Region, roofs: gpd.GeoDataFrame, stands: Existing | None, plan: CoveragePlan | None = None
) -> pd.DataFrame | None:
    """The same shares chosen by yield, by cost and by levelised cost; a note says how they differ.

    Parameters
    ----------
    region : Region
        Phases and order.
    roofs : geopandas.GeoDataFrame
        With money columns.
    stands : Existing, optional
        From :func:`standing`.
    plan : CoveragePlan, optional
        From :func:`programme_of`, which is one of the three; chosen anew by default.

    Returns
    -------
    pandas.DataFrame or None
        ``objective roofs capacity_kwp yield_kwh capex_yuan lcoe_yuan_kwh w_m2 same_share`` of the last phase, the last
        being the part of its roofs that the choice by yield takes too; None without prices or phases.
    """
    if "capex_yuan" not in roofs or not region.settings.coverage.phases:
        return None
    out = roofs.set_index("building_id")["excluded"] if "excluded" in roofs else None
    cost = (roofs["lcoe_yuan_kwh"] * roofs["yield_kwh"]).set_axis(roofs["building_id"])
    energy = roofs["yield_kwh"].set_axis(roofs["building_id"])
    have = {} if plan is None else {region.settings.coverage.objective: plan}
    plans = {name: have.get(name) or plan_of(region, roofs, stands, out, name) for name in OBJECTIVES}
    first, rows = plans["energy"].phase > 0, []
    for name, chosen in plans.items():
        taken, total = chosen.phase > 0, chosen.total()
        rows.append({"objective": name, "roofs": total["roofs"], "capacity_kwp": total["capacity_kwp"],
                     "yield_kwh": total["yield_kwh"], "capex_yuan": total["capex_yuan"],
                     "lcoe_yuan_kwh": cost[taken].sum() / energy[taken].sum(),
                     "w_m2": 1000 * total["capacity_kwp"] / total["usable_m2"],
                     "same_share": float((taken & first).sum() / max(taken.sum(), 1))})  # fmt: skip
    table = pd.DataFrame(rows)
    a_m2 = table[["yield_kwh", "capex_yuan"]].div([p.total()["usable_m2"] for p in plans.values()], axis=0)
    more = 100 * (a_m2["yield_kwh"][0] / a_m2["yield_kwh"][1] - 1)
    dearer = 100 * (a_m2["capex_yuan"][0] / a_m2["capex_yuan"][1] - 1)
    same = 100 * table["same_share"][1]
    if max(abs(more), abs(dearer)) < _ALIKE_PCT:
        region.notes.add(
            "coverage",
            f"by yield and by cost choose alike here: {same:.0f} % of the roofs are the same",
            f"按发电量优先与按造价优先选出的屋顶几乎一致（{same:.0f} % 相同）",
        )
        return table
    region.notes.add(
        "coverage",
        f"at equal area, by yield gives {more:.1f} % more energy than by cost for {dearer:.1f} % more money: "
        f"by cost takes large roofs and those that hold fewer modules per m²; {same:.0f} % of its roofs are the same",
        f"同样面积，按发电量优先比按造价优先多发 {more:.1f} %，投资多 {dearer:.1f} %：按造价会先选大屋顶和单位面积"
        f"装机较少的屋顶，两者有 {same:.0f} % 的屋顶相同",
    )
    return table


def _excluded(region: Region, roofs: gpd.GeoDataFrame) -> pd.Series:
    coverage = region.settings.coverage
    out = exclude(
        roofs, layers=list(region.left_out), max_shading_pct=coverage.max_shading_pct,
        buildings=coverage.exclude_buildings,
    )  # fmt: skip
    return with_load(roofs, out) if coverage.load_rule == "assumed" else out


def _note(region: Region, factor: float, source: tuple[str, str], out: pd.Series) -> None:
    if source[0]:
        region.notes.add("coverage", f"avoided CO₂ at {factor:g} kg/kWh ({source[0]})",
                         f"减排量按 {factor:g} kg/kWh 计（{source[1]}）")  # fmt: skip
    else:
        region.notes.add("coverage", "no emission factor for this grid: avoided CO₂ is not given",
                         "本地电网没有排放因子：不给出减排量")  # fmt: skip
    if (out != "").any():
        region.notes.add("coverage", f"{int((out != '').sum())} roofs are left out, with a reason in the roof list",
                         f"{int((out != '').sum())} 个屋顶不参与，原因见屋顶清单")  # fmt: skip


def new_buildings(region: Region, roofs: pd.DataFrame, plan: CoveragePlan) -> pd.DataFrame | None:
    """What new roofs add by year, beside the programme; None without ``[coverage.new_buildings]``.

    Parameters
    ----------
    region : Region
        With ``[coverage.new_buildings]``.
    roofs : DataFrame
        Surveyed roofs, whose density and yield new ones are given.
    plan : CoveragePlan
        Its years and its emission factors.

    Returns
    -------
    pandas.DataFrame
        ``year new_roof_m2 developed_m2 capacity_kwp yield_kwh avoided_co2_t``, cumulative; capacity per developed m²
        and yield per kWp are those of the class's usable roofs today.
    """
    new = region.settings.coverage.new_buildings
    if new is None:
        return None
    like = roofs[(roofs["building_class"] == new.building_class) & (roofs["usable_m2"] > 0)]
    like = like if len(like) else roofs[roofs["usable_m2"] > 0]
    density = float(like["capacity_kwp"].sum() / like["usable_m2"].sum())
    hours = float(like["yield_kwh"].sum() / like["capacity_kwp"].sum())
    years = np.arange(new.first_year, max(max(plan.shares), new.first_year) + 1)
    area = new.roof_m2_yr * (years - new.first_year + 1)
    table = pd.DataFrame({"year": years, "new_roof_m2": area, "developed_m2": area * new.share})
    table["capacity_kwp"] = table["developed_m2"] * density
    table["yield_kwh"] = table["capacity_kwp"] * hours
    table["avoided_co2_t"] = table["yield_kwh"] * plan.co2_kg_kwh / 1000
    return table
