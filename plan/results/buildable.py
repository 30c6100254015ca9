"""Roofs the load rule leaves out: their reason in the programme, and a note on how many, why, and what they cost it."""

from __future__ import annotations

from collections.abc import Callable

import geopandas as gpd
import pandas as pd

from guanghui.geo.errors import listing
from guanghui.plan.inputs.region import Region
from guanghui.pv.programme.load import KNOWN_BY, failing, load_rules
from guanghui.pv.programme.phases import CoveragePlan

__all__ = ["LOAD", "tell_load", "with_load"]

LOAD = "荷载规则（假定）load rule (assumed): "
"""How the reason of such a roof begins."""


def with_load(roofs: pd.DataFrame, excluded: pd.Series) -> pd.Series:
    """Reasons with those of the load rule added; a roof that is left out already keeps its reason.

    Parameters
    ----------
    roofs : pandas.DataFrame
        With the facts of the buildings.
    excluded : pandas.Series
        From :func:`pv.programme.existing.exclude`.
    """
    rules = load_rules().set_index("rule")
    words = {str(r): f"{LOAD}{rules.loc[r, 'reason_zh']} {rules.loc[r, 'reason_en']}" for r in rules.index}
    found = failing(roofs).map(words).fillna("").to_numpy()
    return excluded.where(excluded != "", pd.Series(found, index=excluded.index, dtype=object))


def tell_load(
    region: Region, roofs: gpd.GeoDataFrame, plan: CoveragePlan, again: Callable[[pd.Series], CoveragePlan]
) -> None:
    """Note which roofs fail, why, and what the last phase loses by it.

    Parameters
    ----------
    region : Region
        Gets the note.
    roofs : geopandas.GeoDataFrame
        With ``excluded`` where roofs are left out.
    plan : CoveragePlan
        As it is.
    again : callable
        Reasons -> the plan with them.
    """
    on = region.settings.coverage.load_rule == "assumed"
    if not any(c in roofs for c in KNOWN_BY):
        if on:
            region.notes.add(
                "coverage", "load_rule: [buildings] names no year, material, owner or heritage: no roof fails",
                "load_rule：[buildings] 未给出 year_built、material、ownership、heritage，因此没有屋顶被剔除",
            )  # fmt: skip
        return
    failed = failing(roofs)
    usable = roofs["usable_m2"] > 0
    count = int(((failed != "") & usable).sum())
    if not count:
        return
    rules = load_rules().set_index("rule")
    by_rule = failed[(failed != "") & usable].value_counts()
    why = listing([f"{rules.loc[r, 'reason_en']} {n}" for r, n in by_rule.items()])
    why_zh = "、".join(f"{rules.loc[r, 'reason_zh']} {n}" for r, n in by_rule.items())
    area = 100 * float(roofs.loc[failed != "", "usable_m2"].sum() / roofs["usable_m2"].sum())
    said = f"{count} of {int(usable.sum())} roofs ({area:.1f} % of the usable area) fail the assumed load rule: {why}"
    said_zh = (
        f"{int(usable.sum())} 个可用屋顶中有 {count} 个（可利用面积的 {area:.1f} %）不满足假定的荷载规则：{why_zh}"
    )
    if not on:
        region.notes.add("coverage", f'{said}; they are kept (load_rule = "assumed" leaves them out)',
                         f'{said_zh}；目前保留（load_rule = "assumed" 可剔除）')  # fmt: skip
        return
    reasons = roofs["excluded"].set_axis(pd.Index(roofs["building_id"], name="building_id"))
    before, now = again(reasons.where(~reasons.str.startswith(LOAD), "")).total(), plan.total()
    year = max(plan.shares)
    size, energy = (100 * (float(now[c]) / float(before[c]) - 1) for c in ("capacity_kwp", "yield_kwh"))
    region.notes.add(
        "coverage", f"{said}; the phase of {year} has {size:+.1f} % capacity and {energy:+.1f} % energy by it",
        f"{said_zh}；{year} 年目标的装机因此变化 {size:+.1f} %，发电量 {energy:+.1f} %",
    )  # fmt: skip
