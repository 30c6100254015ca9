"""The coverage plan: which roofs are built by when, so that each year's share of the available roof is met.

*Available* is the usable area of the roofs that may be used (the plans' 可利用屋顶). Phases nest: what is built stays
built. Existing systems count first. Within a phase roofs are taken in the order of the building classes, best value
first inside a class; the last roof is the smallest system that still meets the share.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from guanghui.geo.buildings import BUILDING_CLASSES
from guanghui.geo.errors import InputError, listing
from guanghui.pv.programme.choose import Candidates, Objective
from guanghui.pv.programme.emissions import grid_co2_kg_kwh
from guanghui.pv.programme.table import SUMS, Programme, Reading, Scope, Share, share_of

__all__ = ["CLASS_ORDER", "SUMS", "CoveragePlan", "coverage_plan", "grid_co2_kg_kwh"]

CLASS_ORDER = BUILDING_CLASSES
"""Order of the 共青城 plan: 党政机关, 公共建筑, 企业厂房, 仓库, then 居民; shops stand with the enterprises."""


@dataclass(frozen=True)
class CoveragePlan:
    """The programme: a year for every roof, and the sums."""

    phase: pd.Series
    """Year each roof is built, 0 where it is not in the programme; index is ``building_id``."""
    shares: dict[int, float]
    """Year -> share of the available area asked for, all groups together [1]."""
    available_m2: float
    """Usable area of all roofs that may be used [m²]."""
    reached: pd.DataFrame
    """By year: target and reached share [1], overshoot [m²], area of the roofs taken last [m²], what bound it."""
    table: pd.DataFrame
    """By year (cumulative), township and class: ``SUMS``, and capex_yuan where prices are known."""
    co2_kg_kwh: float
    """Emission factor behind ``avoided_co2_t`` [kg/kWh]; NaN without one."""
    groups: pd.DataFrame = field(default_factory=pd.DataFrame)
    """As ``reached``, by group of the scope (one group for the city)."""
    parts: pd.DataFrame = field(default_factory=pd.DataFrame)
    """Part of each roof that is developed [1], index ``building_id``, one column a year."""
    by_roof: pd.DataFrame = field(default_factory=pd.DataFrame)
    """The programme itself, which every share and sum is a grouping of: by year (cumulative) one row a developed roof,
    ``building_id township_code township building_class part`` and ``SUMS`` (capex_yuan of new systems where prices are
    known); systems known by township only have an empty ``building_id``."""
    available: pd.Series = field(default_factory=lambda: pd.Series(dtype=float))
    """Usable area of each roof that may be used, 0 of those left out [m²]; index ``building_id``."""
    built: pd.DataFrame = field(default_factory=pd.DataFrame)
    """What stands on each roof at the end: capacity_kwp, yield_kwh, existing_kwp; index ``building_id``."""
    repowered: pd.DataFrame | None = None
    """What better modules add later, by township and class (:func:`pv.programme.repowering.repowered`): in no share
    and no sum of the phases."""

    def total(self, year: int | None = None) -> pd.Series:
        """Sums of the programme at the end of a year (the last by default).

        Parameters
        ----------
        year : int, optional
            A year of the phases; the last by default.
        """
        when = max(self.shares) if year is None else year
        rows = self.table[self.table["year"] == when]
        return rows[[c for c in (*SUMS, "capex_yuan") if c in rows]].sum(min_count=1).fillna(0.0)


def coverage_plan(
    roofs: pd.DataFrame,
    phases: Mapping[int, Share],
    *,
    order: Sequence[str] | None = CLASS_ORDER,
    objective: Objective = "energy",
    scope: Scope = "city",
    reading: Reading = "roofs",
    existing_kwp: pd.Series | None = None,
    township_kwp: pd.Series | None = None,
    excluded: pd.Series | None = None,
    chosen: pd.Series | None = None,
    chosen_alone: bool = False,
    budget_yuan: Mapping[int, float] | None = None,
    build_kwp: Mapping[int, float] | None = None,
    objectives: Mapping[int, Objective] | None = None,
    co2_kg_kwh: float | None = None,
) -> CoveragePlan:
    """Choose roofs year by year.

    Parameters
    ----------
    roofs : pandas.DataFrame
        From :func:`pv.assess`; with ``capex_yuan`` and ``lcoe_yuan_kwh`` where cost decides.
    phases : mapping
        Year -> share of the available area developed by its end [1], or a mapping of township code or building class
        to share; shares must not fall.
    order : sequence of str, optional
        Building classes first to last; None chooses by value alone.
    objective : {"energy", "cost", "lcoe"}
        Most energy, least investment, or least levelised cost for the share.
    scope : {"city", "township", "class"}
        Where the share is to be met: as a whole, in each township, or in each class.
    reading : {"roofs", "share"}
        Whole roofs, or that share of every roof.
    existing_kwp, township_kwp : pandas.Series, optional
        From :func:`pv.programme.existing.locate`. A roof that carries a system counts as developed, with the
        capacity it has.
    excluded : pandas.Series, optional
        From :func:`pv.programme.existing.exclude`; roofs with a reason are not available.
    chosen : pandas.Series, optional
        From :func:`pv.programme.chosen.chosen_years`: roofs that are built first, in their years, whatever the shares,
        budgets and limits are; others are added until a share is reached.
    chosen_alone : bool, default False
        No others are added.
    budget_yuan, build_kwp : mapping, optional
        Year -> most that may be spent [yuan] or built [kWp] in that phase; the share is then not guaranteed.
    objectives : mapping, optional
        Year -> objective of that phase, in place of ``objective``.
    co2_kg_kwh : float, optional
        Emission factor of the electricity replaced; the newest national one by default, NaN for none.

    Returns
    -------
    CoveragePlan

    Raises
    ------
    InputError
        Shares outside (0, 1] or falling, no usable roof at all, or an objective or budget without prices.
    """
    asked = {int(y): s for y, s in sorted(phases.items())}
    if budget_yuan and "capex_yuan" not in roofs:
        raise InputError(
            "[coverage] budget needs prices; add [economics] to the region file.",
            "[coverage] budget 需要价格；请在区域文件中添加 [economics]。",
        )
    if reading == "share" and (chosen_alone or (chosen is not None and (chosen > 0).any())):
        raise InputError(
            '[coverage] reading = "share" develops a part of every roof, so no roofs can be chosen; remove '
            '[[coverage.chosen]] or set reading = "roofs".',
            '[coverage] reading = "share" 对每个屋顶按比例建设，不能指定屋顶；请删除 [[coverage.chosen]] 或改为 '
            'reading = "roofs"。',
        )
    own = {year: (objectives or {}).get(year, objective) for year in asked}
    for wanted in dict.fromkeys([objective, *own.values()]):
        candidates = Candidates.of(roofs, order, wanted)  # refuses what has no prices; the arrays are the same
    work = Programme(roofs, candidates, scope, existing_kwp, township_kwp, excluded, chosen, chosen_alone)
    _check(asked, work)
    rows: list[dict[str, float | int | str]] = []
    for year, share in asked.items():
        limits = {"budget": (budget_yuan or {}).get(year, np.inf), "capacity": (build_kwp or {}).get(year, np.inf)}
        rows += work.develop(year, share, own[year], reading, limits)
    factor = grid_co2_kg_kwh()[0] if co2_kg_kwh is None else co2_kg_kwh
    groups = pd.DataFrame(rows)
    reached = _city(groups, work)
    parts = pd.DataFrame(work.parts, index=work.index)
    shares = {int(y): float(s) for y, s in zip(reached["year"], reached["target_share"], strict=True)}
    phase = pd.Series(work.phase, index=work.index, name="phase")
    rows_of = work.by_roof(factor)
    keys = ["year", "township_code", "township", "building_class"]
    table = rows_of.groupby(keys, as_index=False)[[c for c in (*SUMS, "capex_yuan") if c in rows_of]].sum()
    if not np.isfinite(factor):
        table["avoided_co2_t"] = np.nan
    available = pd.Series(work.area, index=work.index, name="available_m2")
    return CoveragePlan(
        phase, shares, work.total, reached, table, factor, groups, parts, rows_of, available, work.built()
    )  # fmt: skip


def _check(asked: Mapping[int, Share], work: Programme) -> None:
    if not asked:
        raise InputError(
            "[coverage] phases is empty; give at least one year and share.",
            "[coverage] phases 为空；请至少给出一个年份与比例。",
        )
    if work.total <= 0:
        raise InputError(
            "coverage: no roof has usable area; relax [pv] setback_m, min_patch_m2 or min_sun_share.",
            "coverage：没有可用屋顶面积；请放宽 [pv] setback_m、min_patch_m2 或 min_sun_share。",
        )
    for year, share in asked.items():
        named = share if isinstance(share, Mapping) else {"": share}
        unknown = sorted(set(named) - {"", *work.groups, *(CLASS_ORDER if work.scope == "class" else ())})
        if unknown:
            raise InputError(
                f"[coverage] phases {year}: {listing(unknown)} is no {work.scope} here; "
                f"there are {listing(work.groups)}.",
                f"[coverage] phases {year}：{listing(unknown)} 不是此处的 {work.scope}；现有 {listing(work.groups)}。",
            )
        for value in named.values():
            if not 0 <= value <= 1 or (value == 0 and not isinstance(share, Mapping)):
                raise InputError(
                    f"[coverage] phases: share {value:g} of {year} is no share between 0 and 1; write 0.30 for 30 %.",
                    f"[coverage] phases：{year} 年的比例 {value:g} 不在 0 到 1 之间；30 % 请写 0.30。",
                )
    for before, after in itertools.pairwise(asked.values()):
        for group in work.groups:
            if share_of(after, group) < share_of(before, group):
                values = [share_of(s, group) for s in asked.values()]
                raise InputError(
                    f"[coverage] phases: shares {listing(values)} fall; what is built stays built.",
                    f"[coverage] phases：比例 {listing(values)} 递减；已建的不会减少。",
                )


def _city(groups: pd.DataFrame, work: Programme) -> pd.DataFrame:
    """Sums of the groups, year by year."""
    sums = groups.groupby("year", as_index=False)[["target_m2", "reached_m2", "overshoot_m2", "last_roof_m2"]].sum()
    bounds = groups.groupby("year")["bound_by"].agg(lambda b: next((x for x in b if x != "share"), "share"))
    return pd.DataFrame(
        {
            "year": sums["year"],
            "target_share": sums["target_m2"] / work.total,
            "reached_share": sums["reached_m2"] / work.total,
            "overshoot_m2": sums["overshoot_m2"],
            "last_roof_m2": sums["last_roof_m2"],
            "bound_by": bounds.to_numpy(),
        }
    )
