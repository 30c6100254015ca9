"""Year on year: what was counted for each item of the plan, its change, and how far it is from the next target."""

from __future__ import annotations

import math

import pandas as pd

from guanghui.plan.inputs.region import Region
from guanghui.plan.results.scorecard import known_items

__all__ = ["YEARLY_COLUMNS", "yearly"]

YEARLY_COLUMNS = (
    "item", "name_zh", "name_en", "unit", "year", "actual", "change", "actual_change_pct", "target_year", "target",
    "target_reached_pct", "pace_a", "responsible", "source",
)  # fmt: skip


def yearly(region: Region) -> pd.DataFrame | None:
    """One row an item and year of ``[[actuals]]``, for the yearly report.

    Parameters
    ----------
    region : Region
        ``[[actuals]]`` and ``[[targets]]``.

    Returns
    -------
    pandas.DataFrame or None
        ``YEARLY_COLUMNS``, items in the order of the file and years rising: ``change`` on the year counted before [unit
        of the item], ``actual_change_pct`` the same relatively [%], ``target`` the next target at or after the year,
        ``target_reached_pct`` [%], ``pace_a`` what each year to that target must bring [unit of the item]. None without
        actuals.
    """
    if not region.file.actuals:
        return None
    items = known_items(region)
    rows: list[dict[str, object]] = []
    for name in dict.fromkeys(a.item for a in region.file.actuals):
        counted = sorted((a for a in region.file.actuals if a.item == name), key=lambda a: a.year)
        aims = sorted(((t.year, t) for t in region.file.targets if t.item == name and t.year and t.value is not None),
                      key=lambda pair: pair[0])  # fmt: skip
        before = math.nan
        for one in counted:
            aim = next((t for year, t in aims if year >= one.year), None)
            goal = math.nan if aim is None or aim.value is None else aim.value
            years = 0 if aim is None or aim.year is None else aim.year - one.year
            rows.append({
                "item": name, "name_zh": items.loc[name, "name_zh"], "name_en": items.loc[name, "name_en"],
                "unit": one.unit or (aim.unit if aim else ""), "year": one.year, "actual": one.value,
                "change": one.value - before,
                "actual_change_pct": 100 * (one.value / before - 1) if before else math.nan,
                "target_year": aim.year if aim else math.nan, "target": goal,
                "target_reached_pct": 100 * one.value / goal if goal else math.nan,
                "pace_a": max(goal - one.value, 0.0) / years if years > 0 else math.nan,
                "responsible": aim.responsible if aim else "", "source": one.source,
            })  # fmt: skip
            before = one.value
    return pd.DataFrame(rows, columns=list(YEARLY_COLUMNS))
