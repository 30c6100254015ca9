"""Scorecard: the figures of a plan against what was worked out or counted, and why some cannot be judged."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import pandas as pd

from guanghui.data import read_table
from guanghui.geo.errors import InputError, listing
from guanghui.plan.inputs.plan_sections import Actual, Target
from guanghui.plan.inputs.region import Region
from guanghui.plan.results.extent import WHOLE, Extent
from guanghui.plan.results.programme import Existing
from guanghui.plan.results.scorecard_paths import EVERYWHERE, PATHS, Answer, Found
from guanghui.pv.programme.money import Prices
from guanghui.pv.programme.phases import CoveragePlan
from guanghui.sinks import Stock

__all__ = ["COLUMNS", "VERDICTS", "known_items", "scorecard"]

COLUMNS = (
    "item", "name_zh", "name_en", "unit", "year", "target", "target_text", "target_text_en", "result", "actual",
    "actual_year", "actual_change_pct", "status", "basis", "why_zh", "why_en", "bring_zh", "bring_en", "responsible",
    "source",
)  # fmt: skip
VERDICTS = ("met", "short", "over", "under_way")
"""Statuses that judge; ``part``, ``not_comparable`` and ``no_data`` say why there is no judgement."""
_OVER = 1.1
"""A result this many times the target is called over."""
_ALL = 100.0
"""What 宜建尽建 asks for where the plan gives words only [%]."""


class _Verdict(NamedTuple):
    status: str
    basis: str = ""
    """``result``, ``actual`` or nothing."""
    why: tuple[str, str] = ("", "")


def scorecard(
    region: Region,
    *,
    roofs: pd.DataFrame | None = None,
    plan: CoveragePlan | None = None,
    existing: Existing | None = None,
    stock: Stock | None = None,
    prices: Prices | None = None,
    sites: pd.DataFrame | None = None,
    extent: Extent = WHOLE,
) -> pd.DataFrame | None:
    """Hold the results, and what was counted, against the targets of the region file.

    Parameters
    ----------
    region : Region
        ``[[targets]]`` and ``[[actuals]]``.
    roofs, plan, existing, stock, prices : optional
        What was worked out; a target whose result is missing says no_data.
    sites : pandas.DataFrame, optional
        Plants beyond roofs (``kind year capacity_kwp yield_kwh``).
    extent : Extent
        Whether the layers show the whole place: results of a part get no verdict.

    Returns
    -------
    pandas.DataFrame or None
        ``COLUMNS``; status met, short, over, under_way (counted, and its year is yet to come), part (of the place),
        not_comparable or no_data. None without targets.

    Raises
    ------
    InputError
        If an item is unknown, or was counted in another unit than its target is given in.

    Notes
    -----
    What was worked out goes first where it means the same as the target; else what was counted judges.
    """
    targets = region.file.targets
    if not targets:
        return None
    items = known_items(region)
    found = Found(region, roofs, plan, existing, stock, prices, sites, tuple(region.file.actuals))
    return pd.DataFrame([_row(t, items.loc[t.item], found, extent) for t in targets], columns=list(COLUMNS))


def known_items(region: Region) -> pd.DataFrame:
    """Items a target or a counted value may name, index ``item``.

    Parameters
    ----------
    region : Region
        With ``[[targets]]`` and ``[[actuals]]``.

    Raises
    ------
    InputError
        If the region file names another, or counts an item in another unit than that of its targets.
    """
    items = read_table("legends", "target_items.csv").fillna("").set_index("item")
    for key, named in (("targets", region.file.targets), ("actuals", region.file.actuals)):
        unknown = sorted({t.item for t in named} - set(items.index))
        if unknown:
            there = listing(items.index, len(items))
            raise InputError(
                f"{region.path}: [[{key}]] item {listing(unknown)} is unknown; there are {there}.",
                f"{region.path}：[[{key}]] 指标 {listing(unknown)} 未知；现有 {there}。",
            )
    _same_units(region)
    return items


def _same_units(region: Region) -> None:
    units = {t.item: t.unit for t in region.file.targets if t.unit}
    seen: dict[tuple[str, int], float] = {}
    for actual in region.file.actuals:
        wanted = units.get(actual.item, actual.unit)
        if actual.unit and actual.unit != wanted:
            raise InputError(
                f"{region.path}: [[actuals]] {actual.item} of {actual.year} is in {actual.unit}, its target in "
                f"{wanted}; give both in one unit.",
                f"{region.path}：[[actuals]] {actual.item}（{actual.year} 年）单位为 {actual.unit}，"
                f"指标单位为 {wanted}；请统一。",
            )
        key = actual.item, actual.year
        if key in seen:
            raise InputError(
                f"{region.path}: [[actuals]] {actual.item} is given twice for {actual.year} ({seen[key]:g} and "
                f"{actual.value:g}); keep one.",
                f"{region.path}：[[actuals]] {actual.item} 在 {actual.year} 年给出两次"
                f"（{seen[key]:g} 与 {actual.value:g}）；请保留一个。",
            )
        seen[key] = actual.value


def _row(target: Target, item: pd.Series, found: Found, extent: Extent) -> dict[str, object]:
    path = PATHS.get(target.item)
    answer = path(target, found) if path else Answer(why=(item["why_zh"], item["why_en"]))
    value = math.nan if target.value is None else target.value
    if target.item == "roofs_suitable" and math.isnan(value):
        value = _ALL
    counted = [a for a in found.actuals if a.item == target.item and (target.year is None or a.year <= target.year)]
    counted.sort(key=lambda a: a.year)
    unit = target.unit or ("%" if target.item == "roofs_suitable" else "")
    verdict = _verdict(target.model_copy(update={"unit": unit}), value, answer, counted, item, extent)
    brings = ("", "") if verdict.status in VERDICTS else (item["bring_zh"], item["bring_en"])
    if verdict.status == "part":
        brings = (
            "全域的数据图层，或统计值（[[actuals]]）",
            "layers of the whole place, or the counted figure ([[actuals]])",
        )
    last = counted[-1] if counted else None
    return {
        "item": target.item, "name_zh": item["name_zh"], "name_en": item["name_en"], "unit": unit,
        "year": target.year, "target": value, "target_text": target.text,
        "target_text_en": target.text_en or target.text, "result": answer.result,
        "actual": last.value if last else math.nan, "actual_year": last.year if last else math.nan,
        "actual_change_pct": _change(counted), "status": verdict.status, "basis": verdict.basis,
        "why_zh": verdict.why[0], "why_en": verdict.why[1], "bring_zh": brings[0], "bring_en": brings[1],
        "responsible": target.responsible,
        "source": " ".join(t for t in (target.document, target.section) if t),
    }  # fmt: skip


def _change(counted: Sequence[Actual]) -> float:
    """Change of the last counted value on the one before [%]."""
    if len(counted) < 2 or counted[-2].value == 0:
        return math.nan
    return 100 * (counted[-1].value / counted[-2].value - 1)


def _verdict(
    target: Target, value: float, answer: Answer, counted: Sequence[Actual], item: pd.Series, extent: Extent
) -> _Verdict:
    if math.isnan(value):
        return _Verdict("not_comparable", why=("规划未给出数值", "the plan gives no figure"))
    known = not math.isnan(answer.result)
    of_part = extent.part and target.item not in EVERYWHERE
    if known and answer.why is None and not of_part and not (answer.listed and counted):
        enough = answer.result >= value * (1 - 1e-9)
        if enough or not answer.at_least:
            return _Verdict(_held(answer.result, value, enough=enough), "result", answer.remark)
    if counted:
        return _by_count(target, value, counted[-1])
    if answer.why is not None:
        return _Verdict("not_comparable", why=answer.why)
    if not known:
        return _Verdict("no_data", why=(f"缺少输入：{item['bring_zh']}", f"missing input: {item['bring_en']}"))
    if of_part:
        return _Verdict("part", why=_of_the_place(answer.result, value, target.unit, extent))
    zh, en = answer.remark
    return _Verdict("no_data", why=(f"目前只有其中一部分（{zh}），缺少：{item['bring_zh']}",
                                    f"only a part of it is known ({en}); missing: {item['bring_en']}"))  # fmt: skip


def _held(result: float, value: float, *, enough: bool) -> str:
    if not enough:
        return "short"
    return "over" if result > value * _OVER else "met"


def _by_count(target: Target, value: float, last: Actual) -> _Verdict:
    enough = last.value >= value * (1 - 1e-9)
    ahead = target.year is not None and last.year < target.year
    status = "under_way" if not enough and ahead else _held(last.value, value, enough=enough)
    share = f"{100 * last.value / value:.0f} %" if value else "—"
    zh = f"按 {last.year} 年实绩，为目标的 {share}（{last.source}）"
    en = f"as counted for {last.year}: {share} of the target ({last.source})"
    return _Verdict(status, "actual", (zh, en))


def _of_the_place(result: float, value: float, unit: str, extent: Extent) -> tuple[str, str]:
    """A part of the place: how large it is, and what it holds of a quantity that adds up."""
    zh = en = ""
    if not math.isnan(extent.share):
        zh = f"，占总面积 {_percent(extent.share)}"
        en = f", {_percent(extent.share)} of its area"
    if "%" in unit or "/" in unit or not value:
        return (
            f"本数据只是该地的一部分{zh}；比例不能与全域目标对照，不作结论",
            f"the layers show a part of the place{en}; a ratio of a part is not held against the whole",
        )
    share = _percent(result / value)
    return (
        f"本数据只是该地的一部分{zh}；其结果相当于全域目标的 {share}，不作结论",
        f"the layers show a part of the place{en}; it holds {share} of the target of the whole, no verdict",
    )


def _percent(share: float) -> str:
    """A share in percent, small ones with two digits."""
    percent = 100 * share
    return f"{percent:.1f} %" if percent >= 1 or percent == 0 else f"{percent:.2g} %"
