"""Plants beyond roofs: land less what the rules take, power per land, energy by the engine of the roofs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
import xarray as xr

from guanghui.geo.errors import InputError, listing
from guanghui.pv.sites.energy import Planes, SiteSun, rows_ahead
from guanghui.pv.sites.hills import Hills, loss_pct, places_in
from guanghui.pv.sites.presets import Preset, preset
from guanghui.pv.sites.screen import KEPT, LayerRule, Screen, kept_after
from guanghui.pv.sites.settings import SiteRules, SiteSettings
from guanghui.pv.sites.walls import light_of_walls, walls_of

__all__ = ["SITE_COLUMNS", "Site", "Sites", "assess_sites", "names_once"]

SITE_COLUMNS = (
    "site", "kind", "status", "year", "township_code", "township", "land_m2", "usable_m2", "w_m2", "capacity_kwp",
    "capacity_low_kwp", "capacity_high_kwp", "module_tilt", "module_azimuth", "specific_yield_kwh_kwp", "yield_kwh",
    "hills_loss_pct", "hills_unknown_pct", "avoided_co2_t",
)  # fmt: skip
_LEAST_LIGHT = 0.4
"""Walls that get less of an open level plane's light are left free [1] (assumed)."""
_OVERLAP_M2 = 1.0
_EYE_M = 1.5
"""Middle of the modules above the ground [m] (assumed)."""
_LOOKED_FROM = 16
"""Walls from which the terrain is looked up for its gaps."""
_OF_SITE = ["kind", "status", "year", "w_m2", "hills_loss_pct", "hills_unknown_pct"]
_SUMMED = ["land_m2", "usable_m2", "capacity_kwp", "capacity_low_kwp", "capacity_high_kwp", "yield_kwh"]


@dataclass(frozen=True)
class Site:
    """One entry of ``[[sites]]`` with its polygons in the CRS of the region."""

    settings: SiteSettings
    frame: gpd.GeoDataFrame
    """Polygons; ``height_m`` of the walls for façades."""


@dataclass(frozen=True)
class Sites:
    """What plants beyond roofs give; never part of any share of roofs."""

    table: pd.DataFrame
    """One row a site and township: ``SITE_COLUMNS``."""
    rules: pd.DataFrame
    """``site rule rule_zh rule_en area_m2``: what each rule takes and what is left; sums to the land of the site."""
    shapes: gpd.GeoDataFrame
    """Polygon of each site as given, with ``site kind status year capacity_kwp yield_kwh usable_m2``."""

    def by_site(self, township_code: str = "") -> pd.DataFrame:
        """Sums of each site, of all townships by default.

        Parameters
        ----------
        township_code : str, default ""
            Only what lies in this township.

        Returns
        -------
        pandas.DataFrame
            Index ``site``; ``kind status year w_m2``, what hills take and how much of the ground around is not known
            [%], and sums of land [m²], capacity [kWp] and yield [kWh].
        """
        table = self.table
        if township_code:
            table = table[table["township_code"].astype(str) == township_code]
        groups = table.groupby("site", sort=False)
        return groups[[c for c in _OF_SITE if c in table]].first().join(groups[_SUMMED].sum())

    def total(self, township_code: str = "") -> pd.Series:
        """Sums over the sites, of all townships by default.

        Parameters
        ----------
        township_code : str, default ""
            Only what lies in this township.

        Returns
        -------
        pandas.Series
            ``sites`` and sums of land [m²], capacity [kWp] and yield [kWh]; ``specific_yield_kwh_kwp``, NaN without
            capacity.
        """
        by_site = self.by_site(township_code)
        total = by_site[_SUMMED].sum()
        total["sites"] = len(by_site)
        capacity = total["capacity_kwp"]
        total["specific_yield_kwh_kwp"] = total["yield_kwh"] / capacity if capacity > 0 else float("nan")
        return total


def assess_sites(
    sites: Sequence[Site],
    townships: gpd.GeoDataFrame,
    sun: SiteSun,
    *,
    latitude: float,
    rules: SiteRules,
    screen: Screen,
    surface: xr.DataArray | None = None,
    reach_m: float = 300.0,
    hills: Hills | None = None,
    co2_kg_kwh: float = math.nan,
) -> Sites:
    """Work plants out.

    Parameters
    ----------
    sites : sequence of Site
        In the order of the region file; land of an earlier one is not counted again.
    townships : geopandas.GeoDataFrame
        ``code``, ``name`` and polygons.
    sun : SiteSun
        Sun, sky and system.
    latitude : float
        [°].
    rules : SiteRules
        Limits of the region.
    screen : Screen
        Layers, land cover and terrain they are held against.
    surface : xarray.DataArray, optional
        Heights that shade walls [m].
    reach_m : float, default 300
        Farthest obstacle looked for [m].
    hills : Hills, optional
        Terrain far around; without it what hills take is not known (NaN).
    co2_kg_kwh : float, optional
        Emission factor; NaN for none.

    Raises
    ------
    InputError
        If a site lies outside the townships, or façades have no height.
    """
    whole = shapely.union_all(townships.geometry.to_numpy())
    rows: list[dict[str, object]] = []
    taken: list[pd.DataFrame] = []
    shapes: list[dict[str, object]] = []
    before: shapely.Geometry = shapely.Polygon()
    for site in sites:
        kind, s = preset(site.settings.kind), site.settings
        land = shapely.union_all(shapely.make_valid(site.frame.geometry.to_numpy()))
        if shapely.area(shapely.intersection(land, whole)) <= 0:
            raise InputError(
                f"[[sites]] {s.name}: the polygon lies outside the townships; correct its CRS or the file {s.path}.",
                f"[[sites]] {s.name}：范围不在乡镇内；请更正坐标系或文件 {s.path}。",
            )
        if s.kind == "facade":
            found, lost = _facades(site, kind, sun, surface, reach_m, hills)
        else:
            own = Screen([*_beyond(whole, land), *_others(before, land)])  # what stands or is approved keeps its land
            if s.status == "possible":
                own = _limits(screen, own.layers, kind, rules)
            found, lost = _field(site, land, kind, own, sun, latitude, hills)
            before = shapely.union(before, land)
        lost.insert(0, "site", s.name)
        taken.append(lost)
        mine = _by_township(s, land, found, townships, co2_kg_kwh)
        rows += mine
        total = {c: sum(float(str(r[c])) for r in mine) for c in ("capacity_kwp", "yield_kwh", "usable_m2")}
        shapes.append(
            {"site": s.name, "kind": s.kind, "status": s.status, "year": s.year or 0, **total, "geometry": land}
        )
    table = pd.DataFrame(rows, columns=list(SITE_COLUMNS))
    return Sites(table, pd.concat(taken, ignore_index=True), gpd.GeoDataFrame(shapes, crs=townships.crs))


def _beyond(whole: shapely.Geometry, land: shapely.Geometry) -> list[LayerRule]:
    if shapely.area(shapely.difference(land, whole)) <= _OVERLAP_M2:
        return []
    return [LayerRule("outside", "在乡镇范围之外", "outside the townships", whole, outside=True)]


def _others(before: shapely.Geometry, land: shapely.Geometry) -> list[LayerRule]:
    if shapely.area(shapely.intersection(before, land)) <= _OVERLAP_M2:
        return []
    return [LayerRule("overlap", "与前述场址重叠", "land of a site named before", before)]


def _limits(screen: Screen, first: Sequence[LayerRule], kind: Preset, rules: SiteRules) -> Screen:
    """Limits of a new plant of one kind; kinds without a slope in their preset know none."""
    slopes = kind.max_slope_pct is not None
    steepest = rules.max_slope_pct if slopes and rules.max_slope_pct is not None else kind.max_slope_pct
    return replace(
        screen, layers=(*first, *screen.layers), not_on=kind.not_on, max_slope_pct=steepest,
        max_north_pct=rules.max_north_pct if slopes else None,
    )  # fmt: skip


def _field(
    site: Site,
    land: shapely.Geometry,
    kind: Preset,
    screen: Screen,
    sun: SiteSun,
    latitude: float,
    hills: Hills | None,
) -> tuple[dict[str, float], pd.DataFrame]:
    """A plant on land, water or sheds."""
    s = site.settings
    lost, rest = kept_after(land, site.frame.crs, screen)
    left = float(lost.loc[lost["rule"] == KEPT, "area_m2"].iloc[0])
    share = kind.share if s.share is None else s.share
    if s.capacity_mw is not None:
        share = 1.0 if s.share is None else s.share
    if share < 1:
        lost.loc[lost["rule"] == KEPT, "area_m2"] = left * share
        free = ("not_used", "未占用部分", "part that stays free", left * (1 - share))
        lost = pd.concat([lost.iloc[:-1], pd.DataFrame([free], columns=list(lost.columns)), lost.iloc[-1:]],
                         ignore_index=True)  # fmt: skip
    usable = left * share
    density = kind.w_m2 if s.w_m2 is None else s.w_m2
    ends = (kind.w_m2_low, kind.w_m2_high) if s.w_m2 is None else (s.w_m2, s.w_m2)
    kwp = usable * density / 1000.0
    low, high = (usable * w / 1000.0 for w in ends)
    if s.capacity_mw is not None:
        kwp = low = high = 1000.0 * s.capacity_mw
        density = 1000.0 * kwp / usable if usable > 0 else math.nan
    tilt = kind.tilt(latitude) if s.tilt is None else s.tilt
    toward = (180.0 if latitude >= 0 else 0.0) - sun.convergence if s.azimuth is None else s.azimuth - sun.convergence
    ahead = rows_ahead(sun.settings, tilt, latitude) if kind.rows else 0.0
    hours, loss, unknown = _hours_of_field(
        rest if shapely.area(rest) > 0 else land, sun, (tilt, toward % 360.0, kind.rack, ahead), hills
    )
    return {
        "land_m2": float(lost["area_m2"].sum()), "usable_m2": usable, "w_m2": density, "capacity_kwp": kwp,
        "capacity_low_kwp": low, "capacity_high_kwp": high, "module_tilt": tilt,
        "module_azimuth": (toward + sun.convergence) % 360.0, "yield_kwh": kwp * hours, "hills_loss_pct": loss,
        "hills_unknown_pct": unknown,
    }, lost  # fmt: skip


def _hours_of_field(
    land: shapely.Geometry, sun: SiteSun, plane: tuple[float, float, bool, float], hills: Hills | None
) -> tuple[float, float, float]:
    """Energy of a field [kWh/kWp], what hills take of it [%] and how much of the ground around is not known [%]."""
    free = float(sun.energy(Planes(*(np.array([v]) for v in plane))).sum())
    if hills is None:
        return free, math.nan, 100.0
    x, y, part = places_in(land)
    skyline = hills.skyline(x, y, _EYE_M, sun.table.nodes)
    hours = sun.energy(Planes(*(np.full(len(x), v) for v in plane)), skyline).sum(axis=1)
    seen, unknown = float(hours @ part), hills.unknown_pct(x, y)
    return seen, loss_pct(seen, free, unknown), unknown


def _facades(
    site: Site, kind: Preset, sun: SiteSun, surface: xr.DataArray | None, reach_m: float, hills: Hills | None
) -> tuple[dict[str, float], pd.DataFrame]:
    """Walls of buildings; areas are those of walls, not of land."""
    s = site.settings
    if "height_m" not in site.frame or not np.isfinite(site.frame["height_m"]).all():
        raise InputError(
            f"[[sites]] {s.name}: façades need a height of every building; name its column with `height`.",
            f"[[sites]] {s.name}：立面需要每栋建筑的高度；请用 height 指明字段。",
        )
    walls = walls_of(site.frame, site.frame["height_m"].to_numpy(float))
    poa, hours = light_of_walls(walls, sun, surface, reach_m, hills)
    near = hours if hills is None else light_of_walls(walls, sun, surface, reach_m)[1]
    share = kind.share if s.share is None else s.share
    free, dark = walls.shared, poa < _LEAST_LIGHT * float(sun.table.ghi.sum())
    used = ~free & ~dark
    clad = np.where(used, walls.area_m2 * share, 0.0)
    density = kind.w_m2 if s.w_m2 is None else s.w_m2
    ends = (kind.w_m2_low, kind.w_m2_high) if s.w_m2 is None else (s.w_m2, s.w_m2)
    kwp = clad * density / 1000.0
    lost = pd.DataFrame([
        ("foot", "地面以上 3 m", "lowest 3 m", float(walls.foot_m2.sum())),
        ("shared", "与邻楼相接", "wall against a neighbour", float(walls.area_m2[free].sum())),
        ("dark", "光照不足", "too dark", float(walls.area_m2[~free & dark].sum())),
        ("not_used", "门窗与其他墙面", "windows and other wall", float((walls.area_m2[used] * (1 - share)).sum())),
        (KEPT, "可用", "usable", float(clad.sum())),
    ], columns=["rule", "rule_zh", "rule_en", "area_m2"])  # fmt: skip
    some = slice(None, None, max(1, len(walls.x) // _LOOKED_FROM))
    unknown = 100.0 if hills is None or not len(walls.x) else hills.unknown_pct(walls.x[some], walls.y[some])
    total = float(kwp.sum())
    if s.capacity_mw is not None:
        kwp = kwp * (1000.0 * s.capacity_mw / total if total > 0 else 0.0)
    return {
        "land_m2": float(lost["area_m2"].sum()), "usable_m2": float(clad.sum()), "w_m2": density,
        "capacity_kwp": float(kwp.sum()), "capacity_low_kwp": float(kwp.sum()) * ends[0] / density,
        "capacity_high_kwp": float(kwp.sum()) * ends[1] / density, "module_tilt": 90.0, "module_azimuth": math.nan,
        "yield_kwh": float((kwp * hours).sum()),
        "hills_loss_pct": loss_pct(float((kwp * hours).sum()), float((kwp * near).sum()), unknown),
        "hills_unknown_pct": unknown,
    }, lost  # fmt: skip


def _by_township(
    s: SiteSettings, land: shapely.Geometry, found: dict[str, float], townships: gpd.GeoDataFrame, co2: float
) -> list[dict[str, object]]:
    """Rows of a site, one a township, by the part of its polygon in each."""
    homes = townships.geometry.to_numpy()
    parts = shapely.area(shapely.intersection(homes, land))
    parts = parts / parts.sum()
    rows: list[dict[str, object]] = []
    for code, name, part in zip(townships["code"].astype(str), townships["name"], parts, strict=True):
        if part <= 0:
            continue
        own = {k: v * part if k.endswith(("_m2", "_kwp", "_kwh")) and k != "w_m2" else v for k, v in found.items()}
        kwp = own["capacity_kwp"]
        rows.append({
            "site": s.name, "kind": s.kind, "status": s.status, "year": s.year or 0, "township_code": code,
            "township": str(name), **own, "specific_yield_kwh_kwp": own["yield_kwh"] / kwp if kwp > 0 else math.nan,
            "avoided_co2_t": own["yield_kwh"] * co2 / 1000.0,
        })  # fmt: skip
    return rows


def names_once(sites: Sequence[Site]) -> None:
    """Refuse two sites of one name.

    Parameters
    ----------
    sites : sequence of Site
        Sites of a region.

    Raises
    ------
    InputError
        If a name stands twice.
    """
    names = [s.settings.name for s in sites]
    twice = sorted({n for n in names if names.count(n) > 1})
    if twice:
        raise InputError(
            f"[[sites]]: the name {listing(twice)} stands twice; give each site its own.",
            f"[[sites]]：名称 {listing(twice)} 重复；请为每个场址取不同名称。",
        )
