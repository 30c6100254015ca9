"""The sheets of the carbon side: stock, balance, uncertainty, change, potential, projection, credits, sources."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from guanghui.geo.landcover import land_class
from guanghui.geo.units import MU_PER_HA
from guanghui.plan.inputs.region import Region
from guanghui.plan.workbook.tables import Sheet
from guanghui.sinks import Outlook, Stock
from guanghui.sinks.tables import WHOLE_NAME
from guanghui.sinks.totals import city_totals
from guanghui.sinks.years.effect import WorksEffect
from guanghui.sinks.years.ledger import KINDS, Ledger
from guanghui.sinks.years.projection import LINES, SUMS

__all__ = ["official_sheets", "outlook_sheets", "source_sheets", "stock_sheets"]

_ABOUT = (
    "碳储量以 t C 计；储量、年变化与湿地温室气体分列，不可相加",
    "carbon in t C; stock, yearly change and wetland gases are separate and must not be added",
)
_QUANTITIES: Mapping[str, tuple[str, str]] = {
    "stock": ("碳储量 (t C)", "stock (t C)"),
    "change": ("年变化 (t C/a)", "yearly change (t C/a)"),
    "wetland_balance": ("湿地温室气体 (t CO₂e/a)", "wetland gases (t CO₂e/a)"),
}


def stock_sheets(stock: Stock) -> list[Sheet]:
    """Sheets of the stock.

    Parameters
    ----------
    stock : Stock
        Carbon of the region.
    """
    official, table = stock.reconciliation, stock.table.drop(columns="name_en")
    summary = official.summary.rename_axis("quantity").reset_index()
    methods = official.methods.rename_axis("method").reset_index()
    why = official.reason_zh, official.reason_en
    out = [
        Sheet("sinks_townships", "乡镇碳储量与碳汇", "carbon by township", table, (), *_ABOUT),
        Sheet("sinks_classes", "分类分库碳储量", "carbon by class and pool", stock.by_class, (), *_ABOUT),
        Sheet("wetland_balance", "湿地温室气体", "wetland greenhouse gases", stock.balance, (), *_ABOUT),
        Sheet("sinks_uncertainty", "不确定性", "uncertainty", _uncertainty(stock), (),
              "蒙特卡洛（共用参数抽样）与 IPCC 方法 1 并列，95 % 区间",
              "Monte Carlo with shared draws beside IPCC Approach 1, 95 % ranges"),
        Sheet("reconciliation", "蓄积与覆盖率核对", "reconciliation with the inventory", summary, (), *why),
        Sheet("reconciliation_strata", "分层核对", "reconciliation by stratum", official.strata, (), *why),
        Sheet("conversions", "两种换算", "both conversions", methods, (), *why),
    ]  # fmt: skip
    if stock.trust is not None:
        out.append(
            Sheet(
                "carbon_trust",
                "数据可信度",
                "trust by weight",
                _labelled(stock.trust),
                (),
                "每项按其最差参数归类；损失与增长按大小计权。假定、未核实、外省或国外参数为存疑",
                "each term counts with its worst factor, losses weigh as gains do; assumed, unverified, of "
                "another province or from abroad is doubtful",
            )
        )
    plots = stock.next_plots
    if len(plots):
        out.append(
            Sheet(
                "next_plots",
                "下一块样地",
                "next field plot",
                plots.drop(columns=["class", "pool"]),
                (),
                "再测 1 块或 10 块样地，全市碳储量 95 % 区间的半宽变为多少；样地差异取公布的标准差，"
                "无公布时取现用参数的标准误差；按误差传播，不计地图误差",
                "half the 95 % range of the stock after 1 or 10 more plots; plots differ by the published standard "
                "deviation, else by the standard error of the factor; propagated errors, without that of the map",
            )
        )
    if stock.survey is not None:
        zh = (
            "图层自带面积与图斑椭球面积（乡镇界内）对照；差值为自带减图斑；1 亩 = 1/15 公顷。园地与林业口径的经济林、"
            "0307 与林业口径的疏林、未成林、迹地定义不同，不可直接相比"
        )
        en = (
            "areas the layer states beside those of its polygons on the ellipsoid, inside the townships; difference "
            "is stated less polygons; 1 mu = 1/15 ha. Garden land and the foresters' economic forest, 0307 and "
            "their open woodland, young stands and clearings are defined apart and do not compare"
        )
        out.append(
            Sheet(
                "landcover_check",
                "地类面积核对",
                "land-cover areas against the survey",
                _mu(stock.survey),
                ("stated_ha", "mapped_ha", "unstated_ha", "difference_ha", "stated_mu", "mapped_mu", "difference_mu"),
                zh,
                en,
            )
        )
    if stock.own_table is not None:
        out.append(
            Sheet(
                "own_carbon_table",
                "自有碳密度表",
                "own carbon table",
                stock.own_table,
                ("planar_ha", "area_ha", "planar_tc", "stock_tc"),
                "仅土地覆盖（乡镇界内），不含小班与湿地图层；平面列为像元数乘像元面积（InVEST 口径），"
                "差值为平面相对椭球",
                "land cover alone inside the townships, without surveyed stands and wetlands; planar columns "
                "are cells times their size, as InVEST counts; difference is plane over ellipsoid",
            )
        )
    if stock.map_error is not None:
        areas = stock.map_error.frame.rename_axis("class").reset_index()
        out.append(Sheet("map_accuracy", "制图精度校正面积", "areas adjusted for map error", areas))
    return out


def _mu(frame: pd.DataFrame) -> pd.DataFrame:
    """Areas of the survey in mu beside those in hectares."""
    own = {f"{n}_mu": frame[f"{n}_ha"] * MU_PER_HA for n in ("stated", "mapped", "difference")}
    return frame.assign(**own)


def _uncertainty(stock: Stock) -> pd.DataFrame:
    names = dict(zip(stock.table["code"], stock.table["name"], strict=True))
    out = stock.uncertainty.copy()
    out.insert(2, "name", out["code"].map(names))
    return _labelled(out)


def _labelled(frame: pd.DataFrame) -> pd.DataFrame:
    """Quantities by their names."""
    out = frame.copy()
    for place, label in enumerate(("label_zh", "label_en")):
        out.insert(1 + place, label, [_QUANTITIES[q][place] for q in out["quantity"]])
    return out.drop(columns="quantity")


def outlook_sheets(found: Outlook) -> list[Sheet]:
    """Sheets of what comes next.

    Parameters
    ----------
    found : Outlook
        Change, potential, credits, projection, works.
    """
    out = [Sheet("sinks_outlook", "潜力与预期汇总", "outlook by township", found.table.drop(columns="name_en"))]
    if found.change is not None:
        zh, en = f"两期相隔 {found.change.transitions.years:g} 年", f"{found.change.transitions.years:g} years apart"
        out += [
            Sheet("change_townships", "乡镇变化", "change by township", found.change.table, (), zh, en),
            Sheet("change_matrix", "地类转移矩阵", "transition matrix", found.change.matrix, (), zh, en),
        ]
        if found.change.transitions.codes is not None:
            out += _polygon_sheets(found.change.swaps, found.change.transitions.codes)
    if found.potential is not None:
        rules = found.potential.screen.rules
        out.append(Sheet("planting_rules", "造林潜力条件", "rules of planting", rules))
    if len(found.works):
        out.append(Sheet("works", "规划工程", "works of the plan", found.works))
    out.append(Sheet("projection", "2060 年预测", "projection", _projection(found), (),
                     "自起始年的变化；自然情景与规划工程分列；湿地工程单列、不计入合计",
                     "change since the first year; usual and works apart; wetland works beside the sums"))  # fmt: skip
    if len(found.projection.gases):
        gases = found.projection.gases.copy()
        for place in range(2):
            gases.insert(2 + place, ("label_zh", "label_en")[place], [LINES[k][place] for k in gases["line"]])
        out.append(
            Sheet(
                "works_gases",
                "湿地工程温室气体",
                "gases of wetland works",
                gases,
                (),
                "自起始年累计；埋藏为负，甲烷与氧化亚氮为正。湿地工程的固碳量不计入任何合计",
                "since the first year; burial negative, methane and nitrous oxide positive. The carbon of "
                "wetland works enters no sum",
            )
        )
    if found.ledger is not None:
        out += _ledger_sheets(found.ledger)
    out += _credit_sheets(found)
    if found.effect is not None:
        out.append(_effect_sheet(found.effect))
    return out


def _polygon_sheets(both_ways: pd.DataFrame, codes: pd.DataFrame) -> list[Sheet]:
    """Pairs of classes that changed into each other, and pairs of codes, of two surveys of polygons."""
    swaps = both_ways.copy()
    for side in ("after", "before"):
        for place, name in enumerate(("label_zh", "label_en")):
            labels = [getattr(land_class(k), name) for k in swaps[side]]
            swaps.insert(list(swaps.columns).index(side) + 1 + place, f"{side}_{name}", labels)
    changed = (codes["before"] != codes["after"]) | (codes["before_class"] != codes["after_class"])
    moved = codes[changed].drop(columns=["before_class", "after_class"])
    return [
        Sheet("change_swaps", "地类互换", "swaps of classes", swaps, ("gross_ha", "net_ha"),
              "毛面积为两向之和；只计净变化", "gross is both ways together; only the net is counted"),
        Sheet("change_codes", "图斑地类变化", "change of survey codes", moved, ("area_ha", "border_ha"),
              "两期图斑精确叠加（椭球面积）；其中界线重绘窄条不视为地类变化的证据",
              "polygons of both dates cut by each other, areas on the ellipsoid; the part along borders drawn anew is "
              "no evidence of change"),
    ]  # fmt: skip


def _ledger_sheets(found: Ledger) -> list[Sheet]:
    zh = "活立木与事件枯死木：年初 + 生长 + 工程 − 采伐 − 火灾 − 病虫害 − 转出 = 年末"
    en = (
        "living trees and dead wood of events: opening + growth + works − harvest − fire − pests − conversion = closing"
    )
    kinds = (
        found.events["kind"].map({k: v[0] for k, v in KINDS.items()}),
        found.events["kind"].map({k: v[1] for k, v in KINDS.items()}),
    )
    events = found.events.drop(columns="kind")
    events.insert(0, "label_zh", kinds[0])
    events.insert(1, "label_en", kinds[1])
    return [
        Sheet("ledger", "年度台账", "ledger by township and year", found.table, (), zh, en),
        Sheet("ledger_events", "采伐灾害事件", "events of the ledger", events, (), zh, en),
        Sheet("ledger_factors", "事件去向参数", "where the carbon of events goes", found.sources),
    ]


def _projection(found: Outlook) -> pd.DataFrame:
    frame = found.projection.frame.copy()
    known = {**LINES, **SUMS}
    for place, label in enumerate(("label_zh", "label_en")):
        frame.insert(2 + place, label, [known[line][place] for line in frame["line"]])
    return frame


def _credit_sheets(found: Outlook) -> list[Sheet]:
    if not found.credits:
        return []
    about = found.credits[0].label_zh, found.credits[0].label_en
    tables = [c.table.assign(methodology=c.methodology) for c in found.credits]
    rules = [c.screen.rules.assign(methodology=c.methodology) for c in found.credits]
    return [
        Sheet("ccer_townships", "CCER 筛查（估算）", "CCER screening (estimate)", _first(tables), (), *about),
        Sheet("ccer_rules", "CCER 条件", "rules of the screening", _first(rules), (), *about),
        Sheet("ccer_years", "造林减排量（估算）", "afforestation credits by year", found.credit_years, (), *about),
    ]


def _first(frames: list[pd.DataFrame]) -> pd.DataFrame:
    frame = pd.concat(frames, ignore_index=True)
    frame.insert(0, "methodology", frame.pop("methodology"))
    return frame


def _effect_sheet(effect: WorksEffect) -> Sheet:
    zh = (f"工程效应 {effect.effect_tc_ha:.2f} t C/ha（95 %：{effect.low_tc_ha:.2f} 至 {effect.high_tc_ha:.2f}），"
          f"合计 {effect.effect_tc:,.0f} t C，{'显著' if effect.proven else '不显著'}")  # fmt: skip
    en = (f"effect {effect.effect_tc_ha:.2f} t C/ha (95 %: {effect.low_tc_ha:.2f} to {effect.high_tc_ha:.2f}), "
          f"{effect.effect_tc:,.0f} t C in all, {'proven' if effect.proven else 'not proven'}")  # fmt: skip
    places = effect.places.rename(columns={"before": "before_tc_ha", "after": "after_tc_ha", "change": "change_tc_ha"})
    return Sheet("works_effect", "工程成效监测评估", "effect of works", places.drop(columns="weight"), (), zh, en)


def official_sheets(region: Region) -> list[Sheet]:
    """Living trees from official totals, for a region without land cover; nothing where none are known.

    Parameters
    ----------
    region : Region
        Settings and townships.
    """
    totals = city_totals(region)
    if totals is None:
        return []
    frame = totals.reset_index()
    frame.insert(0, "name", WHOLE_NAME[0])
    return [Sheet("official_totals", "官方总量推算", "from official totals", frame, (),
                  "仅由官方蓄积与覆盖率推算，无栅格数据",
                  "from the official volume and cover alone, no raster")]  # fmt: skip


def source_sheets(stock: Stock, found: Outlook | None) -> list[Sheet]:
    """Every factor in use with its source, and those nobody verified.

    Parameters
    ----------
    stock, found
        Results.
    """
    every = stock.sources if found is None else pd.concat([stock.sources, found.sources]).drop_duplicates("id")
    every = every.rename(columns={"basis": "basis_en"})
    doubtful = every[every["unverified"]]
    zh = f"所用 {len(every)} 个参数中 {len(doubtful)} 个未核实或为假定"
    en = f"{len(doubtful)} of the {len(every)} factors in use are unverified or assumed"
    return [
        Sheet("carbon_unverified", "未核实碳参数", "unverified carbon factors", doubtful, (), zh, en),
        Sheet("carbon_factors", "碳参数来源", "carbon factors and sources", every, (), zh, en),
    ]
