"""Plants beyond roofs as the region file asks for them, handed to the PV room."""

from __future__ import annotations

import math

import pandas as pd
import shapely
from pyproj import Proj

from guanghui.geo.errors import listing
from guanghui.geo.surface import surface_model
from guanghui.plan.inputs.region import Region
from guanghui.pv.programme.emissions import grid_co2_kg_kwh
from guanghui.pv.shade.far_ground import TOLD_UNKNOWN_PCT
from guanghui.pv.sites.assess import Sites, assess_sites
from guanghui.pv.sites.energy import site_sun
from guanghui.pv.sites.hills import Hills
from guanghui.pv.sites.presets import preset
from guanghui.pv.sites.screen import LayerRule, Screen

__all__ = ["sites_of"]


def sites_of(region: Region) -> Sites | None:
    """Work out ``[[sites]]``; None without any.

    Parameters
    ----------
    region : Region
        Sites, rules, land cover, terrain, surface and weather.
    """
    if not region.file.sites:
        return None
    whole = region.whole  # land is accounted for the whole place, whichever townships are looked at
    coverage, settings, rules = region.settings.coverage, region.settings.pv, region.file.site_rules
    longitude, latitude = whole.middle_deg
    convergence = float(Proj(whole.crs).get_factors(longitude, latitude).meridian_convergence)
    sun = site_sun(whole.weather, settings, convergence)
    surface = None
    if whole.surface is not None and any(s.kind == "facade" for s in region.file.sites):
        surface = surface_model(whole.surface, whole.crs, unit=region.settings.surface_unit, notes=region.notes)
    hills = Hills.of(whole.terrain, whole.crs, settings.terrain_reach_m)
    factor = grid_co2_kg_kwh(coverage.grid, coverage.grid_year)[0]
    found = assess_sites(
        whole.site_layers, whole.townships, sun, latitude=latitude, rules=rules, screen=_screen(whole, latitude),
        surface=surface, reach_m=settings.reach_m, hills=hills,
        co2_kg_kwh=factor if factor == factor else math.nan,
    )  # fmt: skip
    _say(region, found)
    _say_hills(region, found.table.drop_duplicates("site"), looked=hills is not None)
    return found


def _screen(region: Region, latitude: float) -> Screen:
    rules = region.file.site_rules
    layers = [
        LayerRule(f"layer_{number}", zh, en, shapely.union_all(shapely.make_valid(frame.geometry.to_numpy())))
        for number, (frame, zh, en) in enumerate(region.site_exclusions, 1)
    ]
    near = region.site_near
    if near is not None:
        reach = shapely.union_all(shapely.buffer(near.geometry.to_numpy(), 1000 * rules.near_km))
        zh, en = f"距电网超过 {rules.near_km:g} km", f"more than {rules.near_km:g} km from the grid"
        layers.append(LayerRule("far", zh, en, reach, outside=True))
    return Screen(layers, region.landcover, terrain=region.terrain, cell_m=rules.cell_m, north=latitude >= 0)


def _say(region: Region, found: Sites) -> None:
    """What a plant's figures stand on, and what was not looked at."""
    new = [s for s in region.file.sites if s.status == "possible" and s.kind not in ("carport", "facade")]
    missing = [(zh, en) for there, zh, en in (
        (region.landcover, "土地覆盖", "land cover"), (region.terrain, "地形", "terrain"),
        (region.site_exclusions or None, "基本农田、生态红线等图层", "layers of basic farmland and red line"),
    ) if there is None]  # fmt: skip
    if new and missing:
        region.notes.add(
            "sites", f"new sites were not held against {', '.join(en for _, en in missing)}: none is given",
            f"新场址未核对{'、'.join(zh for zh, _ in missing)}：没有提供",
        )  # fmt: skip
    kinds = sorted({s.kind for s in region.file.sites if s.w_m2 is None and s.capacity_mw is None})
    doubtful = [preset(k) for k in kinds if preset(k).mark != "V"]
    if doubtful:
        region.notes.add(
            "sites", f"power per land is second hand or assumed for {', '.join(p.en for p in doubtful)}: give w_m2",
            f"{'、'.join(p.zh for p in doubtful)}的单位面积装机为二手资料或假定：请给出 w_m2",
        )  # fmt: skip
    once = found.table.drop_duplicates("site")
    for row in once.to_dict("records"):
        kind = preset(str(row["kind"]))
        if not kind.w_m2_low <= row["w_m2"] <= kind.w_m2_high:
            region.notes.add(
                "sites",
                f"{row['site']}: {row['w_m2']:.1f} W/m² lies outside the {kind.w_m2_low:g}-{kind.w_m2_high:g} met for "
                f"{kind.en}: is the polygon that of the plant?",
                f"{row['site']}：{row['w_m2']:.1f} W/m² 超出{kind.zh}常见的 {kind.w_m2_low:g}-{kind.w_m2_high:g}："
                "请核对范围与容量",
            )


def _say_hills(region: Region, once: pd.DataFrame, *, looked: bool) -> None:
    """Which plants hills could shade without its being seen."""
    reach = region.settings.pv.terrain_reach_m
    if not looked:
        why = ("no [surface] terrain is given", "没有提供 [surface] terrain") if region.terrain is None else (
            f"[pv] terrain_reach_m is {reach:g}", f"[pv] terrain_reach_m 为 {reach:g}")  # fmt: skip
        region.notes.add(
            "sites", f"plants in the open and on water are not shaded by hills: {why[0]}; their light is that of open "
            "rows", f"地面与水面场址未计山体遮挡（{why[1]}），按开阔地成排布置计算",
        )  # fmt: skip
        return
    gaps = once[once["hills_unknown_pct"] >= TOLD_UNKNOWN_PCT]
    if gaps.empty:
        return
    named = [f"{row['site']} {row['hills_unknown_pct']:.0f} %" for row in gaps.to_dict("records")]
    region.notes.add(
        "sites", f"the terrain does not know all the ground within {reach / 1000:g} km of plants ({listing(named)}): "
        "what is not known shades none, so their yields may be high; give a terrain that reaches farther",
        f"场址周围 {reach / 1000:g} 公里内地形数据缺失：{listing(named)}；未知处不计遮挡，发电量可能偏高；"
        "请提供范围更大的地形",
    )  # fmt: skip
