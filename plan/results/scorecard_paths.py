"""What a run knows of each figure a plan may give: one path from the results to every item of the scorecard."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import shapely

from guanghui.geo.landcover import land_class, wetland_types
from guanghui.maps.words.numbers import format_number
from guanghui.plan.inputs.plan_sections import Actual, Target
from guanghui.plan.inputs.region import Region
from guanghui.plan.results.programme import Existing
from guanghui.pv.programme.money import Prices, use_of_buildings
from guanghui.pv.programme.phases import CoveragePlan
from guanghui.sinks import Stock

__all__ = ["EVERYWHERE", "PATHS", "Answer", "Found"]

_MU_HA = 1 / 15
_MADE = ("reservoir_pond", "reservoir", "pond", "aquaculture", "ditch", "constructed_wetland", "salt_pan")
"""Wetland classes that people made; the others are natural (自然湿地)."""
_GREEN = ("forest", "green")
"""Groups of land classes that count as green inside a town."""
_TREES = ("forest", "woodland", "orchard", "young_plantation", "bamboo", "mangrove", "swamp_forest")
EVERYWHERE = frozenset({"roof_density_w_m2"})
"""Items whose figure is that of single projects, and so of a part as well as of the whole."""


@dataclass(frozen=True)
class Found:
    """What a run knows."""

    region: Region
    roofs: pd.DataFrame | None = None
    plan: CoveragePlan | None = None
    existing: Existing | None = None
    stock: Stock | None = None
    prices: Prices | None = None
    sites: pd.DataFrame | None = None
    """Plants beyond roofs: ``kind year capacity_kwp yield_kwh``; year 0 for what is only possible."""
    actuals: Sequence[Actual] = field(default_factory=tuple)


@dataclass(frozen=True)
class Answer:
    """A figure, and what is to be said of it."""

    result: float = math.nan
    why: tuple[str, str] | None = None
    """Why the figures cannot be compared."""
    remark: tuple[str, str] = ("", "")
    """What a verdict stands on."""
    at_least: bool = False
    """More may be there than is known: the figure can meet a target and never miss it."""
    listed: bool = False
    """A list of what is meant to be done: what was counted goes before it."""


def _reached(target: Target, found: Found) -> float:
    """Share of the usable roof reached by the year of the target [%]; NaN without a programme or year."""
    if found.plan is None or target.year is None:
        return math.nan
    done = found.plan.reached
    rows = done[done["year"] <= target.year]
    return 100 * float(rows["reached_share"].iloc[-1]) if len(rows) else 0.0


def _roof_share(target: Target, found: Found) -> Answer:
    return Answer(_reached(target, found))


def _suitable(target: Target, found: Found) -> Answer:
    return Answer(_reached(target, found), remark=("宜建尽建按可利用屋顶 100 % 理解",
                                                   "read as 100 % of the usable roof"))  # fmt: skip


def _roof_projects(_: Target, found: Found) -> Answer:
    if found.existing is None:
        return Answer()
    return Answer(float(found.existing.beside["existing_kwp"].sum()) / 1000)


def _density(_: Target, found: Found) -> Answer:
    if found.existing is None:
        return Answer()
    beside = found.existing.beside
    gross = float(beside["footprint_m2"].sum())
    if gross <= 0:
        return Answer()
    ours = 1000 * float(beside["capacity_kwp"].sum()) / gross
    module = found.region.settings.pv.module_w_m2
    theirs = 1000 * float(beside["existing_kwp"].sum()) / gross
    return Answer(ours, (
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


def _new_roofs(_: Target, found: Found) -> Answer:
    new = found.region.settings.coverage.new_buildings
    if new is None:
        return Answer()
    return Answer(
        100 * new.share, ("该比例是输入的假定，不是结果", "this share is an assumption of the input, not a result")
    )


def _roofs_at(target: Target, found: Found, column: str) -> float:
    """Sum over the programme's roofs by the year of the target; NaN where there are no roofs at all."""
    if found.plan is None or target.year is None:
        return math.nan
    built = [y for y in found.plan.shares if y <= target.year]
    return float(found.plan.total(max(built))[column]) if built else 0.0


def _sites_at(target: Target, found: Found, column: str, kinds: Sequence[str] = ()) -> float:
    """Sum over the plants beyond roofs that stand by the year of the target; NaN where none are given."""
    if found.sites is None or target.year is None:
        return math.nan
    rows = found.sites[(found.sites["year"] > 0) & (found.sites["year"] <= target.year)]
    rows = rows[rows["kind"].isin(kinds)] if kinds else rows
    return float(rows[column].sum())


def _pv(target: Target, found: Found, column: str, unit: float) -> Answer:
    roofs, sites = _roofs_at(target, found, column), _sites_at(target, found, column)
    if math.isnan(roofs) and math.isnan(sites):
        return Answer()
    result = float(np.nansum([roofs, sites])) / unit
    open_ends = math.isnan(roofs) or math.isnan(sites)
    kind = "kwp" if column == "capacity_kwp" else "kwh"
    parts = [[format_number(np.nan_to_num(v), kind, lang) for v in (roofs, sites)] for lang in ("zh", "en")]
    remark = "屋顶 {}，其他场址 {}".format(*parts[0]), "roofs {}, other sites {}".format(*parts[1])
    return Answer(result, remark=remark, at_least=open_ends)


def _pv_capacity(target: Target, found: Found) -> Answer:
    return _pv(target, found, "capacity_kwp", 1000.0)


def _pv_energy(target: Target, found: Found) -> Answer:
    return _pv(target, found, "yield_kwh", 1e6)


def _counted(target: Target, found: Found, item: str) -> float:
    """Latest counted value of another item by the year of the target; NaN without one."""
    rows = [a for a in found.actuals if a.item == item and (target.year is None or a.year <= target.year)]
    return max(rows, key=lambda a: a.year).value if rows else math.nan


def _with(others: Sequence[str]) -> Callable[[Target, Found], Answer]:
    def path(target: Target, found: Found) -> Answer:
        own = _pv_capacity(target, found)
        counted = [_counted(target, found, item) for item in others]
        if math.isnan(own.result):
            return own
        more = float(np.nansum(counted))
        zh, en = own.remark
        if more:
            zh, en = f"{zh}，其他可再生能源 {more:,.1f} MW", f"{en}, other renewables {more:,.1f} MW"
        return Answer(own.result + more, remark=(zh, en), at_least=own.at_least or bool(np.isnan(counted).any()))

    return path


def _of_kinds(*kinds: str) -> Callable[[Target, Found], Answer]:
    return lambda target, found: Answer(_sites_at(target, found, "capacity_kwp", kinds) / 1000)


def _building_share(target: Target, found: Found) -> Answer:
    energy = _roofs_at(target, found, "yield_kwh")
    if math.isnan(energy) or found.roofs is None or found.prices is None:
        return Answer()
    use = float(use_of_buildings(found.roofs, found.prices).sum())
    remark = ("只计屋顶光伏与建筑用电（面积 × 单位用电），不含供热与热水",
              "roof PV over electricity (floor area x use per m²); heat and hot water are not in it")  # fmt: skip
    return Answer(100 * energy / use if use > 0 else math.nan, remark=remark)


def _forest_cover(_: Target, found: Found) -> Answer:
    if found.stock is None:
        return Answer()
    return Answer(100 * float(found.stock.city["forest_cover"]))


def _volume(_: Target, found: Found) -> Answer:
    if found.stock is None:
        return Answer()
    result = float(found.stock.city["volume_m3"])
    if found.region.settings.sinks.standing_volume_m3 is None:
        return Answer(result)
    raw = getattr(found.stock, "reconciliation", None)
    if raw is not None:  # what the map or the stands gave before they were scaled
        return Answer(float(raw.summary["raw"]["standing_volume"]), remark=(
            "取校准前由小班或土地覆盖得到的蓄积；校准后等于官方总量，不能反过来检验它",
            "the volume of stands or map before it was scaled; scaled it is the official one and cannot test it",
        ))  # fmt: skip
    return Answer(result, ("结果已按官方蓄积总量校准，不能反过来检验该总量",
                           "the result was scaled to the official volume and cannot test it"))  # fmt: skip


def _tree_cover(_: Target, found: Found) -> Answer:
    if found.stock is None:
        return Answer()
    areas = found.stock.areas
    mine = areas.frame["class"].map(lambda key: bool(set(land_class(key).lineage) & set(_TREES)))
    share = 100 * float(areas.frame.loc[mine, "area_ha"].sum()) / float(areas.townships["known_ha"].sum())
    return Answer(share, remark=("林地、园地与成片树木占已知土地；小于像元的四旁树未计，结果偏低",
                                 "forest, orchards and groups of trees over known land; lone trees are smaller than a "
                                 "cell and not in it, so it is low"))  # fmt: skip


def _wetland_areas(found: Found) -> pd.DataFrame | None:
    if found.region.wetlands is None:
        return None
    frame = found.region.wetlands
    return frame.assign(kind=wetland_types(frame["wetland_type"]).to_numpy())


def _constructed(_: Target, found: Found) -> Answer:
    frame = _wetland_areas(found)
    if frame is None:
        return Answer()
    area = float(frame.loc[frame["kind"] == "constructed_wetland"].geometry.area.sum())
    return Answer(area, remark=("湿地图层中人工湿地的面积", "area of constructed wetlands in the wetland layer"))


def _protected(_: Target, found: Found) -> Answer:
    frame = _wetland_areas(found)
    if frame is None or found.region.protected is None:
        return Answer()
    natural = shapely.union_all(frame.loc[~frame["kind"].isin(_MADE)].geometry.to_numpy())
    if natural.area <= 0:
        return Answer()
    kept = shapely.intersection(natural, shapely.union_all(found.region.protected.geometry.to_numpy()))
    return Answer(100 * kept.area / natural.area, remark=("不含库塘、养殖、沟渠、盐田与人工湿地",
                                                          "without reservoirs, ponds, ditches, salt pans and "
                                                          "constructed wetlands"))  # fmt: skip


def _green_cover(_: Target, found: Found) -> Answer:
    land, zone = found.region.landcover, found.region.built_up
    if land is None or zone is None:
        return Answer()
    part = land.clip(zone)
    areas = part.areas(zone).area_m2.sum()
    table = part.numbering().classes
    green = [c for c in areas.index if c in table and land_class(table[c]).group in _GREEN]
    known = float(areas[[c for c in areas.index if c in table]].sum())
    return Answer(100 * float(areas[green].sum()) / known if known > 0 else math.nan, remark=(
        "土地覆盖中建成区内林草所占面积；小于像元的绿地未计",
        "trees, shrubs and grass of the land cover inside the built-up area; green smaller than a cell is not in it",
    ))  # fmt: skip


def _works(kind: str) -> Callable[[Target, Found], Answer]:
    def path(target: Target, found: Found) -> Answer:
        works = [w for w in found.region.settings.sinks.projection.works if w.kind == kind]
        if not works or target.year is None:
            return Answer()
        area = sum(a for w in works for year, a in w.by_year().items() if year <= target.year)
        return Answer(area / _MU_HA, listed=True, remark=("按工程表累计，未经现场核实",
                                             "sum of the list of works, not seen in the field"))  # fmt: skip

    return path


PATHS: Mapping[str, Callable[[Target, Found], Answer]] = {
    "roof_share_pct": _roof_share,
    "roofs_suitable": _suitable,
    "roof_projects_mw": _roof_projects,
    "roof_density_w_m2": _density,
    "new_roof_share_pct": _new_roofs,
    "building_renewable_share_pct": _building_share,
    "pv_capacity_mw": _pv_capacity,
    "pv_generation_gwh": _pv_energy,
    "ground_pv_mw": _of_kinds("ground"),
    "agri_pv_mw": _of_kinds("agri", "forest_light", "fishery"),
    "water_pv_mw": _of_kinds("floating", "fishery"),
    "carport_mw": _of_kinds("carport"),
    "facade_mw": _of_kinds("facade"),
    "new_energy_mw": _with(("wind_mw", "biomass_mw")),
    "renewable_mw": _with(("wind_mw", "biomass_mw")),
    "wind_solar_mw": _with(("wind_mw",)),
    "forest_cover_pct": _forest_cover,
    "standing_volume_m3": _volume,
    "tree_cover_pct": _tree_cover,
    "constructed_wetland_m2": _constructed,
    "wetland_protected_pct": _protected,
    "green_cover_pct": _green_cover,
    "afforestation_mu": _works("afforestation"),
    "restoration_mu": _works("degraded_restoration"),
    "closure_mu": _works("closure"),
    "tending_mu": _works("tending"),
    "wetland_works_mu": _works("wetland_restoration"),
}
"""Item -> its path; items without one are judged by what was counted (``[[actuals]]``) alone."""
