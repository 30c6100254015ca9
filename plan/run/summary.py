"""A few lines for the terminal: what is to be brought, what came out."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np

from guanghui.maps.words.numbers import areas_in, format_number, format_range
from guanghui.plan.inputs.region import Region
from guanghui.plan.inputs.registry import INPUTS
from guanghui.plan.results.assembly import Results

__all__ = ["next_steps", "results", "to_bring"]


def to_bring(region: Region) -> list[str]:
    """What a file of targets still needs before anything can be worked out.

    Parameters
    ----------
    region : Region
        Opened region.
    """
    lines = [f"✓ {region.name} {region.name_en}: {len(region.file.targets)} 项规划指标 targets; 尚无数据 no inputs yet"]
    return lines + [f"  … [{i.section}] {i.key}: {i.zh} {i.en}" for i in INPUTS]


def next_steps(region: Region, out: Path | None = None, lang: str = "en") -> list[str]:
    """Where to look first after a demo, and what to do next.

    Parameters
    ----------
    region : Region
        Region that was worked out.
    out : pathlib.Path, optional
        Its output folder; the region's own by default.
    lang : {"zh", "en"}, default "en"
        Language.

    Returns
    -------
    list of str
        A line each.
    """
    installed = Path(sys.argv[0]).name == "guanghui"
    program = "guanghui" if installed else f"{os.path.relpath(sys.executable)} -m guanghui"
    index = ((out or region.out) / "index.html").resolve().as_uri()
    own, papers = f"{program} new my-county --from FOLDER", f"{program} report {os.path.relpath(region.path)} --pdf"
    if lang == "zh":
        steps = [("看地图：用浏览器打开，不需要网络", index), ("用自己的数据：给出图层所在的文件夹", own),
                 ("出 Word 简报、图片和网页 PDF", papers)]  # fmt: skip
    else:
        steps = [("see the maps: open this in a browser, no network is needed", index),
                 ("use your own data: name the folder of its layers", own),
                 ("make Word briefs, pictures and PDF of the pages", papers)]  # fmt: skip
    head = "接下来：" if lang == "zh" else "Next:"
    return [head, *(f"  {n}. {what}\n     {words}" for n, (what, words) in enumerate(steps, 1))]


def results(region: Region, found: Results, lang: str = "en") -> list[str]:
    """Main figures of a run.

    Parameters
    ----------
    region : Region
        Region of the run.
    found : Results
        Its results; what was not made gives no line.
    lang : {"zh", "en"}, default "en"
        Language.

    Returns
    -------
    list of str
        A line each.
    """
    with areas_in(region.settings.maps.unit):
        return _results(found, lang)


def _results(found: Results, lang: str) -> list[str]:
    lines, zh = [], lang == "zh"
    if found.roofs is not None:
        r = found.roofs
        built, area = int((r["capacity_kwp"] > 0).sum()), format_number(r["usable_m2"].sum(), "m2", lang)
        energy, capacity = r["yield_kwh"].sum(), r["capacity_kwp"].sum()
        power, yearly = _amounts(capacity, energy, lang)
        specific = format_number(energy / max(capacity, 1e-9), "kwh_kwp", lang)
        lines.append(
            f"光伏：{len(r):,} 座屋顶（可用 {built:,} 座，{area}），{power}，年发电量 {yearly}，等效利用小时 {specific}"
            if zh
            else f"PV: {len(r):,} roofs ({built:,} usable, {area}), {power}, {yearly}/a, {specific}"
        )
    if found.plan is not None:
        for row in found.plan.reached.itertuples():
            total = found.plan.total(row.year)
            share, roofs = f"{100 * row.reached_share:.2f} %", f"{total['roofs']:,.0f}"
            power, yearly = _amounts(total["capacity_kwp"], total["yield_kwh"], lang)
            lines.append(
                f"  {row.year} 年：可利用屋顶的 {share}，{roofs} 座屋顶，{power}，年发电量 {yearly}"
                if zh
                else f"  {row.year}: {share} of usable roof, {roofs} roofs, {power}, {yearly}/a"
            )
        more = found.plan.repowered
        if more is not None and len(more):
            added = more[["roofs", "capacity_kwp", "yield_kwh"]].sum()
            year, roofs = more["year"].iloc[0], f"{added['roofs']:,.0f}"
            power, yearly = _amounts(added["capacity_kwp"], added["yield_kwh"], lang)
            lines.append(
                f"  {year} 年：{roofs} 座屋顶更新改造，增加 {power}，年发电量增加 {yearly}（不计入任何占比）"
                if zh
                else f"  {year}: repowering of {roofs} roofs adds {power}, {yearly}/a (in no share)"
            )
    if found.sites is not None:
        beyond = found.sites.total()
        power, yearly = _amounts(beyond["capacity_kwp"], beyond["yield_kwh"], lang)
        specific = format_number(np.nan_to_num(beyond["specific_yield_kwh_kwp"]), "kwh_kwp", lang)
        lines.append(
            f"屋顶以外的光伏：{beyond['sites']:.0f} 处，{power}，年发电量 {yearly}，等效利用小时 {specific}"
            if zh
            else f"PV beyond roofs: {beyond['sites']:.0f} sites, {power}, {yearly}/a, {specific}"
        )
    if found.stock is not None:
        city = found.stock.city
        stock, change = format_number(city["total_tc"], "tc", lang), format_number(city["sink_tc_yr"], "tc", lang)
        between = format_range(city["total_low_tc"], city["total_high_tc"], "tc", lang, figure=city["total_tc"])
        lines.append(
            f"碳汇：碳储量 {stock}（95 % 区间 {between}），年变化 {change}"
            if zh
            else f"carbon: stock {stock} (95 % interval {between}), yearly change {change}"
        )
    return lines


def _amounts(capacity_kwp: float, yield_kwh: float, lang: str) -> tuple[str, str]:
    """Power and energy of a year, written as everywhere."""
    return format_number(capacity_kwp, "kwp", lang), format_number(yield_kwh, "kwh", lang)
