"""A small made-up city for the map tests: three townships, villages, hills, water, all columns of the contract."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from types import SimpleNamespace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
import xarray as xr
from pyproj import CRS
from scipy.ndimage import gaussian_filter

from guanghui.geo import Grid, Notes, ellipsoid_area_m2, from_numpy
from guanghui.maps.settings import MapSettings
from guanghui.pv.programme.phases import CoveragePlan, coverage_plan

METRIC = CRS.from_epsg(4548)
WEST, SOUTH, SIZE = 379_000.0, 3_234_000.0, 12_000.0
PHASES = {2022: 0.30, 2023: 0.40, 2024: 0.50}
MONTHS = np.array([55, 58, 72, 90, 104, 102, 128, 122, 98, 86, 68, 62], float)
CLASSES = {
    "government": (600, 0.01), "public": (900, 0.04), "industrial": (3200, 0.05), "commercial": (500, 0.08),
    "warehouse": (1800, 0.02), "residential": (420, 0.14), "rural_residential": (130, 0.64), "other": (60, 0.02),
}  # fmt: skip


@dataclass
class Stock:
    """Stand-in for the result of the sinks room."""

    table: pd.DataFrame
    by_class: pd.DataFrame
    density: xr.Dataset
    classes: xr.DataArray


@dataclass
class City:
    """What the pages ask of a city."""

    townships: gpd.GeoDataFrame
    terrain: xr.DataArray | None
    wetlands: gpd.GeoDataFrame | None
    name: str = "共青城市"
    name_en: str = "Gongqingcheng"
    code: str = "360482"
    illustrative: bool = True
    seed: int = 360482
    crs: CRS = METRIC
    landcover: None = None
    landcover_before: None = None
    notes: Notes = field(default_factory=Notes)
    settings: Any = field(default_factory=lambda: SimpleNamespace(maps=MapSettings()))


@dataclass
class Scene:
    """City and results."""

    city: City
    roofs: gpd.GeoDataFrame
    plan: CoveragePlan
    stock: Stock


@lru_cache(maxsize=2)
def scene(count: int = 3000) -> Scene:
    """Build everything, the same every time."""
    grid = Grid.from_bounds((WEST - 1000, SOUTH - 1000, WEST + SIZE + 1000, SOUTH + SIZE + 1000), 10.0, METRIC)
    rng = np.random.default_rng(7)
    heights = _terrain(grid, rng)
    towns = _townships()
    water = _wetlands(towns)
    land = _landcover(grid, heights, water)
    roofs = _roofs(towns, count, rng)
    city = City(towns, from_numpy(heights, grid, name="terrain", units="m"), water)
    city.notes.add(
        "buildings", "12 of 3012 outlines were invalid and were repaired", "3012 个轮廓中有 12 个无效，已修复"
    )
    plan = coverage_plan(roofs, PHASES)
    return Scene(city, roofs, plan, _stock(towns, land, grid))


def _townships() -> gpd.GeoDataFrame:
    t = np.linspace(0, 1, 60)
    wave = 900 * np.sin(5 * t) + 500 * np.sin(11 * t + 1)
    split_x = np.c_[WEST + SIZE * 0.5 + wave, SOUTH + SIZE * t]
    half = np.linspace(0, 1, 40)
    start = np.interp(0.52, t, split_x[:, 0])
    split_y = np.c_[start + (WEST + SIZE - start) * half, SOUTH + SIZE * 0.52 + 600 * np.sin(6 * half)]
    box = shapely.box(WEST, SOUTH, WEST + SIZE, SOUTH + SIZE)
    round_box = box.buffer(-1800, quad_segs=4).buffer(1800, quad_segs=12)
    left, right = sorted(shapely.ops.split(round_box, shapely.LineString(split_x)).geoms, key=lambda g: g.centroid.x)
    middle = shapely.LineString(np.vstack([[WEST, split_y[0, 1]], split_y, [WEST + 2 * SIZE, split_y[-1, 1]]]))
    low, high = sorted(shapely.ops.split(right, middle).geoms, key=lambda g: g.centroid.y)[:2]
    frame = gpd.GeoDataFrame(
        {
            "code": ["360482100", "360482101", "360482200"],
            "name": ["甘露镇", "江益镇", "金湖乡"],
            "name_en": ["Ganlu", "Jiangyi", "Jinhu"],
        },
        geometry=[left, low, high],
        crs=METRIC,
    )
    frame["area_m2"] = ellipsoid_area_m2(frame)
    return frame[["code", "name", "name_en", "area_m2", "geometry"]]


def _terrain(grid: Grid, rng: np.random.Generator) -> np.ndarray:
    noise = sum(gaussian_filter(rng.normal(size=grid.shape), s) * s * 9 for s in (12, 30, 70))
    y = np.linspace(1, 0, grid.height)[:, None]
    x = np.linspace(0, 1, grid.width)[None, :]
    hills = 150 * np.exp(-((x - 0.25) ** 2 + (y - 0.75) ** 2) / 0.05)
    return np.clip(18 + noise * 1.2 + hills, 12, None).astype(np.float32)


def _wetlands(towns: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    t = np.linspace(-0.05, 1.05, 80)
    river = shapely.LineString(np.c_[WEST + SIZE * t, SOUTH + SIZE * (0.30 + 0.08 * np.sin(7 * t))]).buffer(55)
    lake = (
        shapely.Point(WEST + 9300, SOUTH + 2300)
        .buffer(1300)
        .union(shapely.Point(WEST + 10200, SOUTH + 1500).buffer(1000))
    )
    marsh = lake.buffer(260).difference(lake)
    ponds = [shapely.box(WEST + a, SOUTH + b, WEST + a + 260, SOUTH + b + 170) for a, b in
             [(1500, 2200), (1800, 2500), (7200, 8600), (8800, 9900), (3100, 5400)]]  # fmt: skip
    whole = towns.union_all()
    shapes = [
        lake.intersection(whole),
        marsh.difference(river).intersection(whole),
        river.difference(lake).intersection(whole),
        *ponds,
    ]
    kinds = ["lake", "marsh", "river", *["reservoir_pond"] * len(ponds)]
    names = ["南湖", "南湖沼泽", "博阳河", *[f"{i + 1}号塘" for i in range(len(ponds))]]
    return gpd.GeoDataFrame({"name": names, "wetland_type": kinds}, geometry=shapes, crs=METRIC)


def _landcover(grid: Grid, heights: np.ndarray, water: gpd.GeoDataFrame) -> np.ndarray:
    from rasterio.features import rasterize

    land = np.where(heights > 45, 1, np.where(heights > 36, 20, 30)).astype(np.uint8)
    ids = {"lake": 41, "river": 42, "marsh": 43, "reservoir_pond": 44}
    pairs = [(g, ids[k]) for g, k in zip(water.geometry, water["wetland_type"], strict=True)]
    wet = rasterize(pairs, grid.shape, transform=grid.transform, dtype="uint8")
    return np.where(wet > 0, wet, land).astype(np.uint8)


def _as_classes(land: np.ndarray, grid: Grid) -> xr.DataArray:
    array = from_numpy(land, grid, name="land_class")
    array.attrs["nodata"] = 0
    return array


def _roofs(towns: gpd.GeoDataFrame, count: int, rng: np.random.Generator) -> gpd.GeoDataFrame:
    villages = max(count // 60, 3)
    centre = np.c_[
        rng.uniform(WEST + 900, WEST + SIZE - 900, villages), rng.uniform(SOUTH + 900, SOUTH + SIZE - 900, villages)
    ]
    centre[0] = WEST + 2600, SOUTH + 6400
    weight = rng.gamma(1.2, size=villages)
    weight[0] += weight.sum() * 0.25
    home = rng.choice(villages, count, p=weight / weight.sum())
    spread = np.where(home == 0, 700, 190)[:, None]
    spot = centre[home] + rng.normal(size=(count, 2)) * spread
    spot = np.round(spot / 24) * 24 + rng.uniform(-3, 3, (count, 2))
    names = list(CLASSES)
    kind = rng.choice(names, count, p=[CLASSES[c][1] for c in names])
    area = np.array([CLASSES[c][0] for c in kind]) * rng.lognormal(0, 0.35, count)
    turn = (home * 37) % 90 + rng.normal(0, 4, count)
    shape = [_outline(x, y, a, t, i) for i, ((x, y), a, t) in enumerate(zip(spot, area, turn, strict=True))]
    frame = gpd.GeoDataFrame({"building_class": kind}, geometry=shape, crs=METRIC)
    frame = frame[~frame.geometry.duplicated()].reset_index(drop=True)
    from guanghui.geo import assign_townships

    zone = assign_townships(frame, towns)
    frame, zone = frame[zone >= 0].reset_index(drop=True), zone[zone >= 0]
    n = len(frame)
    frame["building_id"] = [f"B{i:05d}" for i in range(n)]
    frame["name"] = [
        f"第{i}号厂房" if c in ("industrial", "warehouse") else "" for i, c in enumerate(frame["building_class"])
    ]
    frame["use"] = frame["building_class"]
    frame["height_m"] = np.round(rng.uniform(4, 22, n), 1)
    frame["height_source"] = "measured"
    frame["township_code"] = towns["code"].to_numpy()[zone]
    frame["township"] = towns["name"].to_numpy()[zone]
    frame["footprint_m2"] = frame.geometry.area
    frame["lod"] = "surface"
    pitched = np.isin(frame["building_class"], ["rural_residential", "other"])
    frame["roof_form"] = np.where(pitched, "pitched", "flat")
    frame["surface_tilt"] = np.where(pitched, rng.normal(26, 4, n), rng.uniform(0, 4, n))
    frame["surface_azimuth"] = rng.uniform(0, 360, n)
    frame["faces"] = np.where(pitched, 2, 1)
    frame["roof_m2"] = frame["footprint_m2"] / np.cos(np.radians(frame["surface_tilt"]))
    frame["usable_m2"] = frame["roof_m2"] * rng.uniform(0.35, 0.75, n)
    frame["modules_m2"] = frame["usable_m2"] * np.where(pitched, 0.9, 0.65)
    frame["capacity_kwp"] = frame["modules_m2"] * 0.21
    frame["shading_loss_pct"] = np.clip(rng.gamma(2, 2.2, n), 0, 45)
    facing = np.cos(np.radians(frame["surface_azimuth"] - 180)) * np.sin(np.radians(frame["surface_tilt"]))
    frame["poa_kwh_m2"] = 1213 * (1 + 0.18 * facing) * (1 - frame["shading_loss_pct"] / 100)
    frame["ghi_kwh_m2"] = 1213.0
    frame["specific_yield_kwh_kwp"] = frame["poa_kwh_m2"] * 0.80
    frame["yield_kwh"] = frame["specific_yield_kwh_kwp"] * frame["capacity_kwp"]
    season = MONTHS[None, :] * rng.normal(1, 0.03, (n, 12))
    monthly = frame["yield_kwh"].to_numpy()[:, None] * season / season.sum(axis=1, keepdims=True)
    frame[[f"yield_{m:02d}" for m in range(1, 13)]] = monthly
    frame.attrs = {"weather": "九江月均气候（示意）", "illustrative_weather": True}
    return frame.sort_values("building_id", ignore_index=True)


def _outline(x: float, y: float, area: float, turn: float, i: int) -> Any:
    wide = np.sqrt(area * 1.5)
    deep = area / wide
    shape = shapely.box(x - wide / 2, y - deep / 2, x + wide / 2, y + deep / 2)
    if i % 5 == 1:
        shape = shape.difference(shapely.box(x, y, x + wide / 2, y + deep / 2))
    elif i % 29 == 3 and area > 300:
        shape = shape.difference(shapely.box(x - wide / 5, y - deep / 5, x + wide / 5, y + deep / 5))
    return shapely.affinity.rotate(shape, turn, origin=(x, y))


_DENSITY = {1: (38, 9, 3, 5, 82), 20: (9, 3, 0.5, 1.5, 70), 30: (3, 0.6, 0, 0, 74), 41: (0, 0, 0, 0, 95),
            42: (0, 0, 0, 0, 60), 43: (6, 5, 0, 1, 140), 44: (0, 0, 0, 0, 80)}  # fmt: skip
_CLASS_OF = {"forest": ("forest",), "green": ("shrub",), "cropland": ("cropland",),
             "wetland": ("lake", "river", "marsh", "reservoir_pond")}  # fmt: skip
POOLS = ("above", "below", "dead", "litter", "soil")


def _stock(towns: gpd.GeoDataFrame, land: np.ndarray, grid: Grid) -> Stock:
    from rasterio.features import rasterize

    table = np.full((256, 5), np.nan, np.float32)
    for code, pools in _DENSITY.items():
        table[code] = pools
    cube = table[land]
    texture = 1 + 0.15 * gaussian_filter(np.random.default_rng(3).normal(size=grid.shape), 8) * 8
    cover = np.nansum(cube, axis=2) * np.where(np.isnan(cube[..., 0]), np.nan, 1) * texture
    layers = {
        p: from_numpy((cube[..., i] * texture).astype(np.float32), grid, name=p, units="t C/ha").chunk(512)
        for i, p in enumerate(POOLS)
    }
    layers["total"] = from_numpy(cover.astype(np.float32), grid, name="total", units="t C/ha").chunk(512)
    zones = rasterize(
        [(g, i + 1) for i, g in enumerate(towns.geometry)], grid.shape, transform=grid.transform, dtype="uint8"
    )
    groups = {"forest": (1,), "green": (20,), "cropland": (30,), "wetland": (41, 42, 43, 44)}
    sums, rows = [], []
    for i, town in enumerate(towns.itertuples(), start=1):
        area = {g: float(np.isin(land[zones == i], ids).sum()) * 0.01 for g, ids in groups.items()}
        total = float(np.nansum(cube[zones == i].sum(axis=1))) * 0.01
        sink = area["forest"] * 3.1 + area["wetland"] * 0.6
        wet = area["wetland"]
        sums.append({
            "code": town.code, "name": town.name, "area_ha": town.area_m2 / 1e4, "forest_ha": area["forest"],
            "wetland_ha": wet, "forest_cover": area["forest"] / town.area_m2 * 1e4, "total_tc": total,
            "total_low_tc": total * 0.78, "total_high_tc": total * 1.24, "sink_tc_yr": sink,
            "sink_low_tc_yr": sink * 0.5, "sink_high_tc_yr": sink * 1.6, "wetland_balance_tco2e_yr": wet * 1.2,
            "wetland_balance_low_tco2e_yr": wet * -0.4, "wetland_balance_high_tco2e_yr": wet * 3.0,
        })  # fmt: skip
        for group, ids in groups.items():
            for land_class, code in zip(_CLASS_OF[group], ids, strict=True):
                inside = (zones == i) & (land == code)
                for p, pool in enumerate(POOLS):
                    rows.append({
                        "code": town.code, "name": town.name, "group": group, "class": land_class, "pool": pool,
                        "area_ha": float(inside.sum()) * 0.01, "stock_tc": float(np.nansum(cube[inside][:, p])) * 0.01,
                    })  # fmt: skip
    frame = pd.DataFrame(sums)
    whole = frame.drop(columns=["code", "name"]).sum().to_dict()
    whole["forest_cover"] = whole["forest_ha"] / whole["area_ha"]
    frame = pd.concat([frame, pd.DataFrame([{"code": "", "name": "全市", **whole}])], ignore_index=True)
    return Stock(frame, pd.DataFrame(rows), xr.Dataset(layers), _as_classes(land, grid))


def scorecard() -> pd.DataFrame:
    """Five targets of a plan, one for each finding."""
    rows = [
        ("forest_cover", "森林覆盖率", "Forest cover", "%", 2025, 27.0, "≥ 27%", 27.4, "met", "", ""),
        ("capacity", "光伏装机容量", "PV capacity", "MWp", 2025, 120.0, "", 86.5, "short", "屋顶可用面积不足",
         "not enough usable roof"),
        ("co2", "二氧化碳排放总量", "CO₂ emissions", "万吨", 2030, 212.0, "≤ 212", 230.4, "over", "", ""),
        ("storage", "新型储能", "Storage", "MWh", 2025, 40.0, "", np.nan, "no_data", "本工具不计算储能",
         "storage is not worked out here"),
        ("volume", "活立木蓄积量", "Standing volume", "万立方米", 2025, 35.0, "", 32.0, "not_comparable",
         "年份不同", "another year"),
    ]  # fmt: skip
    columns = ["item", "name_zh", "name_en", "unit", "year", "target", "target_text", "result", "status", "why_zh",
               "why_en"]  # fmt: skip
    return pd.DataFrame(rows, columns=columns).assign(source="made up")


def balance() -> pd.DataFrame:
    """Emissions that rise and fall, avoided CO₂ from the first phase on, a sink with its interval."""
    year = np.arange(2020, 2061)
    plan = 1.9e6 + 6e4 * np.clip(year - 2020, 0, 10) - 4.2e4 * np.clip(year - 2030, 0, None)
    sink = 1.2e4 + 150.0 * (year - 2020)
    return pd.DataFrame(
        {
            "co2_plan_t": plan,
            "co2_trend_t": 1.9e6 + 6.5e4 * (year - 2020) * np.exp(-(year - 2020) / 40),
            "co2_kaya_t": np.where(year <= 2035, 1.88e6 + 5.2e4 * np.clip(year - 2020, 0, 12), np.nan),
            "avoided_t": np.select([year < 2022, year < 2025], [np.nan, 1.1e4 * (year - 2021)], 4.6e4),
            "sink_t": sink,
            "sink_low_t": sink * 0.6,
            "sink_high_t": sink * 1.5,
        },
        index=pd.Index(year, name="year"),
    )
