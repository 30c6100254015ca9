"""Scorecard: the figures of a plan against what was worked out, and why some of them cannot be compared."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from guanghui.data import read_table
from guanghui.geo.errors import InputError, listing
from guanghui.plan.inputs.config import Target
from guanghui.plan.inputs.region import Region
from guanghui.plan.results.programme import Existing
from guanghui.pv.programme.phases import CoveragePlan
from guanghui.sinks import Stock

__all__ = ["COLUMNS", "known_items", "scorecard"]

COLUMNS = ("item", "name_zh", "name_en", "unit", "year", "target", "target_text", "target_text_en", "result",
           "status", "why_zh", "why_en", "source")  # fmt: skip
_OVER = 1.1
"""A result this many times the target is called over."""


@dataclass(frozen=True)
class _Found:
    """What a run knows."""

    region: Region
    roofs: pd.DataFrame | None
    plan: CoveragePlan | None
    existing: Existing | None
    stock: Stock | None


@dataclass(frozen=True)
class _Answer:
    result: float = float("nan")
    why: tuple[str, str] | None = None
    """Why the figures cannot be compared."""


def scorecard(
    region: Region,
    *,
    roofs: pd.DataFrame | None = None,
    plan: CoveragePlan | None = None,
    existing: Existing | None = None,
    stock: Stock | None = None,
) -> pd.DataFrame | None:
    """Hold the results against the targets of the region file.

    Parameters
    ----------
    region : Region
        ``[[targets]]``.
    roofs, plan, existing, stock : optional
        What was worked out; a target whose result is missing says no_data.

    Returns
    -------
    pandas.DataFrame or None
        ``COLUMNS``; status met, short, over, not_comparable or no_data. None without targets.

    Raises
    ------
    InputError
        If a target's item is unknown.
    """
    targets = region.file.targets
    if not targets:
        return None
    items = known_items(region)
    found = _Found(region, roofs, plan, existing, stock)
    return pd.DataFrame([_row(t, items.loc[t.item], found) for t in targets], columns=list(COLUMNS))


def known_items(region: Region) -> pd.DataFrame:
    """Items a target may name, index ``item``.

    Raises
    ------
    InputError
        If a target of the region file names another.
    """
    items = read_table("legends", "target_items.csv").fillna("").set_index("item")
    unknown = sorted({t.item for t in region.file.targets} - set(items.index))
    if unknown:
        there = listing(items.index, 40)
        raise InputError(
            f"{region.path}: [[targets]] item {listing(unknown)} is unknown; there are {there}.",
            f"{region.path}：[[targets]] 指标 {listing(unknown)} 未知；现有 {there}。",
        )
    return items


def _row(target: Target, item: pd.Series, found: _Found) -> dict[str, object]:
    work = _RESULTS.get(target.item)
    answer = work(target, found) if work else _Answer(why=(item["why_zh"], item["why_en"]))
    value = float("nan") if target.value is None else target.value
    status, why = _status(value, answer, item)
    return {
        "item": target.item, "name_zh": item["name_zh"], "name_en": item["name_en"], "unit": target.unit,
        "year": target.year, "target": value, "target_text": target.text,
        "target_text_en": target.text_en or target.text, "result": answer.result, "status": status,
        "why_zh": why[0], "why_en": why[1], "source": " ".join(t for t in (target.document, target.section) if t),
    }  # fmt: skip


def _status(target: float, answer: _Answer, item: pd.Series) -> tuple[str, tuple[str, str]]:
    if answer.why is not None:
        return "not_comparable", answer.why
    if np.isnan(answer.result):
        return "no_data", (f"缺少输入：{item['bring_zh']}", f"missing input: {item['bring_en']}")
    if np.isnan(target):
        return "not_comparable", ("规划未给出数值", "the plan gives no figure")
    if answer.result < target * (1 - 1e-9):
        return "short", ("", "")
    return ("over" if answer.result > target * _OVER else "met"), ("", "")


def _roof_share(target: Target, found: _Found) -> _Answer:
    if found.plan is None or target.year is None:
        return _Answer()
    done = found.plan.reached
    rows = done[done["year"] <= target.year]
    return _Answer(100 * float(rows["reached_share"].iloc[-1]) if len(rows) else 0.0)


def _roof_projects(_: Target, found: _Found) -> _Answer:
    if found.existing is None:
        return _Answer()
    return _Answer(float(found.existing.beside["existing_kwp"].sum()) / 1000)


def _density(_: Target, found: _Found) -> _Answer:
    if found.existing is None:
        return _Answer()
    beside = found.existing.beside
    gross = float(beside["footprint_m2"].sum())
    if gross <= 0:
        return _Answer()
    ours = 1000 * float(beside["capacity_kwp"].sum()) / gross
    module = found.region.settings.pv.module_w_m2
    theirs = 1000 * float(beside["existing_kwp"].sum()) / gross
    return _Answer(ours, (
        f"口径不同：按 {module:.0f} W/m² 的组件，规划的 {theirs:.0f} W/m² 只相当于铺满屋面的 "
        f"{100 * theirs / module:.0f} %，"
        f"本普查在同一批屋顶可排布 {100 * ours / module:.0f} %。"
        "消防通道、设备、荷载限制在轮廓和地表模型上看不到，"
        "早期组件功率也较低；以实测项目修正 [pv] packing",
        f"other base: with modules of {module:.0f} W/m² the plan's {theirs:.0f} W/m² would cover "
        f"{100 * theirs / module:.0f} % of the roof, the survey lays out {100 * ours / module:.0f} % of the same roofs."
        " Fire lanes, equipment and load limits show in no outline or surface model, and earlier modules give less per "
        "m²; tune [pv] packing to metered projects",
    ))  # fmt: skip


def _forest_cover(_: Target, found: _Found) -> _Answer:
    if found.stock is None:
        return _Answer()
    return _Answer(100 * float(found.stock.city["forest_cover"]))


def _volume(_: Target, found: _Found) -> _Answer:
    if found.stock is None:
        return _Answer()
    result = float(found.stock.city["volume_m3"])
    if found.region.settings.sinks.standing_volume_m3 is None:
        return _Answer(result)
    return _Answer(result, ("结果已按官方蓄积总量校准，不能反过来检验该总量",
                            "the result was scaled to the official volume and cannot test it"))  # fmt: skip


def _new_roofs(target: Target, found: _Found) -> _Answer:
    new = found.region.settings.coverage.new_buildings
    if new is None:
        return _Answer()
    return _Answer(
        100 * new.share, ("该比例是输入的假定，不是结果", "this share is an assumption of the input, not a result")
    )


_RESULTS: dict[str, Callable[[Target, _Found], _Answer]] = {
    "roof_share_pct": _roof_share,
    "roof_projects_mw": _roof_projects,
    "roof_density_w_m2": _density,
    "forest_cover_pct": _forest_cover,
    "standing_volume_m3": _volume,
    "new_roof_share_pct": _new_roofs,
}
