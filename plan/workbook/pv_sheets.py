"""The PV sheets of a region's workbook."""

from __future__ import annotations

from functools import partial

import geopandas as gpd
import pandas as pd

from guanghui.plan.inputs.region import Region
from guanghui.plan.results.programme import Existing, PvSide, new_buildings
from guanghui.plan.results.sensitivity import sensitivity
from guanghui.plan.workbook.tables import Sheet
from guanghui.pv.assessment.formed import ASSUMED
from guanghui.pv.assessment.survey import MONTH_COLUMNS
from guanghui.pv.energy.spread import Spread, township_spread
from guanghui.pv.programme.emissions import COAL, grid_co2_kg_kwh
from guanghui.pv.programme.phases import SUMS, CoveragePlan
from guanghui.pv.programme.plausibility import beside_survey
from guanghui.pv.programme.reasons import area_by_class
from guanghui.pv.programme.repowering import REPOWERED_SUMS

__all__ = ["pv_sheets", "roof_list", "township_pv"]

_SUMS = ("roofs", "footprint_m2", "roof_m2", "usable_m2", "capacity_kwp", "yield_kwh", *MONTH_COLUMNS)
_LIST = ("phase", "building_id", "name", "building_class", "township_code", "township", "usable_m2", "capacity_kwp",
         "yield_kwh", "yield_p90_kwh", "specific_yield_kwh_kwp", "existing_kwp", "capex_yuan", "lcoe_yuan_kwh",
         "npv_yuan", "irr", "payback_years", "self_use_share")  # fmt: skip


def township_pv(roofs: gpd.GeoDataFrame) -> pd.DataFrame:
    """PV potential by township, in the order of the codes.

    Parameters
    ----------
    roofs : GeoDataFrame
        Surveyed roofs [m², kWp, kWh].

    Returns
    -------
    pandas.DataFrame
        ``township_code``, ``township``, roofs, areas, capacity, yearly and monthly yield, specific yield, and the
        share of the energy that rests on assumed roof forms where there are any.
    """
    frame = pd.DataFrame(roofs.drop(columns="geometry")).assign(roofs=1)
    by = frame.groupby(["township_code", "township"], as_index=False)
    table = by[list(_SUMS)].sum()
    capacity = table["capacity_kwp"].where(table["capacity_kwp"] > 0)
    table.insert(8, "specific_yield_kwh_kwp", table["yield_kwh"] / capacity)
    if "form_source" in frame and (frame["form_source"] == ASSUMED).any():
        assumed = frame["yield_kwh"].where(frame["form_source"] == ASSUMED, 0.0)
        energy = assumed.groupby([frame["township_code"], frame["township"]]).sum().to_numpy()
        table.insert(9, "assumed_form_pct", 100.0 * energy / table["yield_kwh"].where(table["yield_kwh"] > 0))
    return table


def roof_list(roofs: gpd.GeoDataFrame, plan: CoveragePlan) -> pd.DataFrame:
    """Roofs of the programme, phase by phase, largest yield first; capacity and energy are those built.

    Parameters
    ----------
    roofs : GeoDataFrame
        Surveyed roofs in a metric CRS.
    plan : CoveragePlan
        Which of them are built, when and in which part.

    Returns
    -------
    pandas.DataFrame
        One row a roof, with its middle (``easting northing`` [m]) in place of an address.
    """
    built = plan.built.reindex(roofs["building_id"])
    frame = pd.DataFrame(roofs.drop(columns="geometry"))
    frame["phase"] = plan.phase.reindex(roofs["building_id"]).to_numpy()
    for column in ("capacity_kwp", "yield_kwh", "existing_kwp"):
        frame[column] = built[column].to_numpy()
    part = plan.parts[max(plan.shares)].reindex(roofs["building_id"]).to_numpy()
    frame["usable_m2"] = frame["usable_m2"] * part
    frame = frame[[c for c in _LIST if c in frame]]
    middle = roofs.geometry.representative_point()
    frame["easting"], frame["northing"] = middle.x.round(1).to_numpy(), middle.y.round(1).to_numpy()
    chosen = frame[frame["phase"] > 0]
    return chosen.sort_values(["phase", "yield_kwh", "building_id"], ascending=[True, False, True], ignore_index=True)


def pv_sheets(region: Region, roofs: gpd.GeoDataFrame, side: PvSide | None) -> list[Sheet]:
    """Sheets of survey, programme, money and uncertainty.

    Parameters
    ----------
    region : Region
        Settings.
    roofs : geopandas.GeoDataFrame
        From :func:`pv.assess`, with money.
    side : PvSide, optional
        Programme and what belongs to it.
    """
    weather = str(roofs.attrs.get("weather", ""))
    weather_en = str(roofs.attrs.get("weather_en", weather))
    made = bool(roofs.attrs.get("illustrative_weather", False))
    about = (f"气象：{weather}" + ("（示意气象）" if made else ""),
             f"weather: {weather_en}" + (" (illustrative weather)" if made else ""))  # fmt: skip
    out = [Sheet("pv_townships", "乡镇光伏潜力", "PV potential by township", township_pv(roofs), _SUMS, *about)]
    frame = pd.DataFrame(roofs.drop(columns="geometry"))
    if side is not None:
        out += _spread_sheets(roofs, side.spread)
        if side.plan is not None:
            frame.insert(0, "phase", side.plan.phase.reindex(roofs["building_id"]).to_numpy())
            out += _plan_sheets(region, roofs, side, side.plan, about)
        if side.prices is not None:
            out.append(Sheet("price_sources", "经济参数来源", "prices and their sources", side.prices.sources))
            zh, en = "各参数年份的价格并列，采用者标明", "prices of each vintage side by side; those used are marked"
            out.append(Sheet("price_vintages", "价格年份对照", "prices by vintage", side.prices.vintages, (), zh, en))
    if "reason" in roofs:
        out.append(_area_sheet(roofs))
    if (roofs["capacity_kwp"] > 0).any():
        out.append(_plausibility_sheet(roofs))
    out.append(Sheet("roofs", "屋顶清单", "roofs", frame, (), *about))
    return out


def _area_sheet(roofs: gpd.GeoDataFrame) -> Sheet:
    table = area_by_class(roofs)
    zh = "轮廓面积 = 可利用投影面积 + 各项扣减（水平投影）；无组件屋顶按主要原因列于屋顶清单"
    en = "outlines = usable on the ground + what is lost, by reason (horizontal); the roof list says why for each roof"
    return Sheet("roof_area", "屋顶面积去向", "where the roof area goes", table, tuple(table.columns[1:]), zh, en)


def _plausibility_sheet(roofs: gpd.GeoDataFrame) -> Sheet:
    zh = "本普查与 354 个地级市研究（Zhang 等 2023，屋顶面积 × 70 W/m² × 0.80）的口径差别：比值为各因子相乘"
    en = ("this survey beside the study of 354 prefectures (Zhang et al. 2023: roof area × 70 W/m² × 0.80): "
          "the ratio of energies is the product of the factors")  # fmt: skip
    return Sheet("plausibility", "量级核对", "order of magnitude", beside_survey(roofs), (), zh, en)


def _spread_sheets(roofs: gpd.GeoDataFrame, spread: Spread) -> list[Sheet]:
    common, own = 100 * spread.common, 100 * spread.attrs["independent"]
    zh = f"年发电量的不确定性：共同项 {common:.1f} %（气象、模型），单屋顶独立项 {own:.1f} %；全市 P90 不等于各乡镇之和"
    en = (f"uncertainty of a year: {common:.1f} % shared by all roofs (weather, model), {own:.1f} % of the single "
          "roof; the city's P90 is not the sum of the townships'")  # fmt: skip
    about_zh = "各来源的相对标准差：共有项对全部屋顶同向，合计时不减小；独立项互相抵消"
    about_en = "relative standard deviations by source: common ones stay in a sum, independent ones average out"
    table = spread.sources.drop(columns="year", errors="ignore")
    return [
        Sheet("pv_p90", "发电量 P50 与 P90", "P50 and P90", township_spread(roofs, spread), (), zh, en),
        Sheet("pv_uncertainty", "不确定性来源", "sources of uncertainty", table, (), about_zh, about_en),
    ]


def _plan_sheets(
    region: Region, roofs: gpd.GeoDataFrame, side: PvSide, plan: CoveragePlan, about: tuple[str, str]
) -> list[Sheet]:
    sums = tuple(c for c in (*SUMS, "capex_yuan") if c in plan.table)
    more = plan.repowered
    by_town = plan.table.groupby(["year", "township_code", "township"], as_index=False)[list(sums)].sum(min_count=1)
    sheet = partial(_sheet, about=about)
    out = [
        sheet("coverage", "覆盖计划达成", "coverage plan", _city(plan)),
        sheet("coverage_townships", "分期分乡镇（累计）", "phases by township (cumulative)", _kinds(by_town, more)),
        sheet(
            "coverage_classes",
            "分期分类（累计）",
            "phases by township and class (cumulative)",
            _kinds(plan.table, more),
        ),
    ]
    last = plan.table[plan.table["year"].eq(max(plan.shares))]
    out.append(sheet("coverage_last", "末期分乡镇分类", "last phase by township and class", last, sums))
    listed = roof_list(roofs, plan)
    for year in sorted(plan.shares):
        phase = listed[listed["phase"] == year]
        totals = tuple(
            c for c in ("usable_m2", "capacity_kwp", "yield_kwh", "existing_kwp", "capex_yuan") if c in phase
        )
        out.append(sheet(f"roofs_{year}", f"{year} 年屋顶清单", f"roofs of {year}", phase, totals))
    if more is not None:
        out.append(_repowered_sheet(more))
    new = new_buildings(region, roofs, plan)
    if new is not None:
        out.append(sheet("new_buildings", "新建建筑（累计）", "new buildings (cumulative)", new))
    if side.existing is not None:
        out.append(_existing_sheet(side.existing))
    if side.grid is not None:
        out.append(sheet("grid_check", "承载力核对", "grid check", side.grid))
    if side.objectives is not None:
        out.append(sheet("objectives", "按目标比较", "by objective", side.objectives))
    if side.prices is not None:
        out.append(sheet("sensitivity", "敏感性", "sensitivity", sensitivity(roofs, plan, side.prices)))
    return out


def _sheet(
    key: str, zh: str, en: str, frame: pd.DataFrame, totals: tuple[str, ...] = (), *, about: tuple[str, str]
) -> Sheet:
    return Sheet(key, zh, en, frame, totals, *about)


def _kinds(rows: pd.DataFrame, more: pd.DataFrame | None) -> pd.DataFrame:
    """Rows of the phases and of repowering, where there is any, by ``kind``; the latter are in no share."""
    if more is None:
        return rows
    keys = [c for c in ("kind", "year", "township_code", "township", "building_class") if c == "kind" or c in rows]
    added = more.groupby(keys, as_index=False)[list(REPOWERED_SUMS)].sum(min_count=1)
    return pd.concat([rows.assign(kind="programme"), added], ignore_index=True)[
        ["kind", *rows.columns, *(c for c in REPOWERED_SUMS if c not in rows)]
    ]


def _repowered_sheet(more: pd.DataFrame) -> Sheet:
    zh = (
        "首批屋顶更换高效组件后新增的装机、发电与减排，不计入覆盖率、各期合计与减排平衡；投资为全部新组件，"
        "assumed 为按现价假定；未计旧组件衰减"
    )
    en = (
        "what better modules add on roofs of the first phases: in no share, no sum of the phases and no balance; the "
        "investment is that of all new modules, assumed where it is today's price; wear of the old ones is not counted"
    )
    return Sheet("coverage_repowered", "更新改造（新增）", "repowering (added)", more, REPOWERED_SUMS, zh, en)


def _city(plan: CoveragePlan) -> pd.DataFrame:
    """The phases of the whole city with their energy, and avoided CO₂ by two factors."""
    table = plan.reached.copy()
    totals = pd.DataFrame([plan.total(int(y)) for y in table["year"]])
    for column in totals:
        table[column] = totals[column].to_numpy()
    if plan.co2_kg_kwh == plan.co2_kg_kwh:
        table["avoided_coal_t"] = table["yield_kwh"] * grid_co2_kg_kwh(COAL)[0] / 1000.0
    else:
        table = table.drop(columns="avoided_co2_t")
    return table


def _existing_sheet(existing: Existing) -> Sheet:
    zh = (
        "规划按整片屋面计（约 100 W/m²），为已批容量；本普查是同一批屋顶的可排布上限，"
        "消防通道、设备、荷载限制看不到，因此偏高；差别可用 [pv] packing 修正"
    )
    en = (
        "the plan counts whole roofs (about 100 W/m²), as approved; the survey says what could be laid out on the same "
        "roofs, blind to fire lanes, equipment and load limits, and so stands higher; [pv] packing tunes it"
    )
    sums = ("existing_kwp", "roofs", "footprint_m2", "usable_m2", "capacity_kwp")
    return Sheet("existing", "已建与已批项目", "existing and approved systems", existing.beside, sums, zh, en)
