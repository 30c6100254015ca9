"""The demo city's files: what they hold, that they agree, and that a seed always gives the same bytes."""

from __future__ import annotations

import tomllib
from itertools import pairwise
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely
from rasterio.crs import CRS
from rasterio.features import geometry_mask
from rasterio.warp import Resampling, reproject

from guanghui.data.demo import build

USES = {"党政机关", "学校", "医院", "村委会", "工业厂房", "仓库", "商业", "住宅小区", "农村住宅", "其他"}
CODES = {"360482001": "茶山街道", "360482100": "甘露镇", "360482101": "江益镇"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("demo"), extent="village").parent


@pytest.fixture(scope="module")
def buildings(folder: Path) -> gpd.GeoDataFrame:
    return gpd.read_file(folder / "buildings.gpkg")


@pytest.fixture(scope="module")
def townships(folder: Path) -> gpd.GeoDataFrame:
    return gpd.read_file(folder / "townships.gpkg")


def contents(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def on_terrain_grid(folder: Path, name: str) -> np.ndarray:
    """A land-cover file on the 10 m metric grid of the terrain."""
    with rasterio.open(folder / "terrain.tif") as grid, rasterio.open(folder / name) as source:
        out = np.zeros(grid.shape, np.uint8)
        reproject(
            rasterio.band(source, 1), out, dst_transform=grid.transform, dst_crs=grid.crs, resampling=Resampling.nearest
        )
    return out


def city_mask(folder: Path, townships: gpd.GeoDataFrame) -> np.ndarray:
    with rasterio.open(folder / "terrain.tif") as grid:
        return ~geometry_mask(townships.to_crs("EPSG:4548").geometry, grid.shape, grid.transform)


def test_same_seed_same_bytes_other_seed_other_bytes(folder: Path, tmp_path: Path) -> None:
    first = contents(folder)
    second = contents(build(tmp_path / "again", extent="village").parent)
    assert second.keys() == first.keys()
    assert [k for k in first if first[k] != second[k]] == []
    other = contents(build(tmp_path / "again", extent="village", seed=7).parent)  # over the old files
    assert other["buildings.gpkg"] != first["buildings.gpkg"]
    assert other["terrain.tif"] != first["terrain.tif"]


def test_unknown_extent_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"'county'.*city.*village"):
        build(tmp_path, extent="county")  # type: ignore[arg-type]


def test_progress_counts_up_to_its_total(tmp_path: Path) -> None:
    calls: list[tuple[int, int, str]] = []
    build(tmp_path, extent="village", progress=lambda done, total, text: calls.append((done, total, text)))
    assert all(b[0] == a[0] + 1 for a, b in pairwise(calls))
    assert calls[-1][0] == calls[-1][1]
    assert all(text for _, _, text in calls)


def test_region_file_names_files_that_exist(folder: Path) -> None:
    text = (folder / "region.toml").read_text(encoding="utf-8")
    region = tomllib.loads(text)
    assert region["region"]["illustrative"] is True
    assert "../../demo" not in text
    for section, key in (("townships", "path"), ("buildings", "path"), ("surface", "terrain"), ("landcover", "path")):
        assert (folder / region[section][key]).is_file()
    assert (folder / region["landcover_before"]["path"]).is_file()
    assert (folder / region["stands"]["path"]).is_file()
    assert list(folder.glob(region["surface"]["path"]))
    assert "path" not in region["weather"]
    columns = gpd.read_file(folder / "buildings.gpkg", rows=1).columns
    assert {region["buildings"][k] for k in ("id", "name", "use", "height", "storeys")} <= set(columns)


def test_shipped_region_file_points_at_the_demo_folder(folder: Path) -> None:
    shipped = Path(__file__).parents[2] / "data" / "regions" / "gongqingcheng.toml"
    region = tomllib.loads(shipped.read_text(encoding="utf-8"))
    assert region["buildings"]["path"] == "../../demo/buildings.gpkg"
    assert region["sinks"]["standing_volume_m3"] == 320000
    local = tomllib.loads((folder / "region.toml").read_text(encoding="utf-8"))
    assert local.keys() == region.keys()


def test_townships_cover_the_land_once(townships: gpd.GeoDataFrame) -> None:
    assert townships.crs.to_epsg() == 4490
    assert dict(zip(townships["code"], townships["name"], strict=True)) == CODES
    assert townships["name_en"].tolist() == ["Chashan", "Ganlu", "Jiangyi"]
    assert townships.is_valid.all()
    union = townships.union_all()
    assert union.geom_type == "Polygon"
    assert len(union.interiors) == 0
    assert union.area == pytest.approx(shapely.area(townships.geometry.to_numpy()).sum(), rel=1e-9)
    assert townships.to_crs("EPSG:4548").area.sum() == pytest.approx(7.2e6, rel=2e-3)


def test_buildings_are_a_bureaus_table(buildings: gpd.GeoDataFrame) -> None:
    assert buildings.crs.to_epsg() == 4548
    assert set(buildings["use"]) == USES
    assert buildings["building_id"].is_unique
    assert buildings.is_valid.all()
    assert set(buildings.geom_type) == {"Polygon"}
    assert buildings["height_m"].between(2.0, 120.0).all()
    assert buildings["storeys"].between(1, 33).all()
    assert not {"form", "tilt_deg", "ridge_azimuth_deg"} & set(buildings.columns)
    named = buildings[buildings["use"].isin(["党政机关", "学校", "医院", "村委会", "工业厂房"])]
    assert (named["name"] != "").all()
    assert (buildings.loc[buildings["use"] == "农村住宅", "name"] == "").all()
    houses = buildings[buildings["use"] == "农村住宅"].area
    assert 85.0 < houses.median() < 165.0


def test_no_two_buildings_overlap_and_some_touch(buildings: gpd.GeoDataFrame) -> None:
    shapes = buildings.geometry.to_numpy()
    first, second = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    first, second = first[first < second], second[first < second]
    shared = shapely.intersection(shapes[first], shapes[second])
    assert shapely.area(shared).max() < 0.1
    assert (shapely.length(shared) > 5.0).sum() > 20


def test_every_building_has_the_code_of_the_township_that_holds_most_of_it(
    buildings: gpd.GeoDataFrame, townships: gpd.GeoDataFrame
) -> None:
    metric = townships.to_crs("EPSG:4548")
    share = np.column_stack([buildings.intersection(g).area / buildings.area for g in metric.geometry])
    np.testing.assert_allclose(share.sum(axis=1), 1.0, atol=1e-6)
    assert ((share > 0.001).sum(axis=1) > 1).sum() >= 10, "borders of townships follow no wall"
    codes = metric["code"].to_numpy()[share.argmax(axis=1)]
    assert (buildings["building_id"].str.slice(0, 9) == codes).all()
    assert set(codes) == set(CODES)


def test_every_building_has_100_m_of_surface_around_it(folder: Path, buildings: gpd.GeoDataFrame) -> None:
    tiles = []
    for path in sorted((folder / "surface").glob("*.tif")):
        with rasterio.open(path) as tile:
            assert tile.crs == CRS.from_epsg(4548)
            assert tile.dtypes == ("float32",)
            assert tile.res == (1.0, 1.0)
            assert tile.shape == (1024, 1024)
            assert tile.block_shapes == [(512, 512)]
            assert tile.bounds.left % 1 == tile.bounds.top % 1 == 0
            assert np.isfinite(tile.read(1)).all()
            tiles.append(shapely.box(*tile.bounds))
    assert len(tiles) == 2
    flown = shapely.union_all(tiles)
    assert shapely.covers(flown, shapely.buffer(buildings.geometry.to_numpy(), 99.0, cap_style="square")).all()


def test_land_cover_has_its_shares(folder: Path, townships: gpd.GeoDataFrame) -> None:
    with rasterio.open(folder / "landcover.tif") as source:
        assert source.crs == CRS.from_epsg(4326)
        assert source.nodata == 0
        assert source.res == pytest.approx((1 / 12000, 1 / 12000))
        assert source.transform.c * 12000 == pytest.approx(round(source.transform.c * 12000), abs=1e-6)
    cover = on_terrain_grid(folder, "landcover.tif")[city_mask(folder, townships)]
    assert set(np.unique(cover)) == {10, 20, 30, 40, 50, 60, 80, 90}
    share = {code: float((cover == code).mean() * 100) for code in np.unique(cover)}
    assert share[10] == pytest.approx(27.0, abs=0.3)
    assert share[40] == pytest.approx(27.0, abs=0.5)
    assert 20.0 < share[80] + share[90] < 30.0


def test_buildings_stand_on_built_ground_and_not_in_water(folder: Path, buildings: gpd.GeoDataFrame) -> None:
    cover = on_terrain_grid(folder, "landcover.tif")
    with rasterio.open(folder / "terrain.tif") as grid:
        at = buildings.representative_point()
        row, column = rasterio.transform.rowcol(grid.transform, at.x.to_numpy(), at.y.to_numpy())
    assert (cover[row, column] == 50).mean() > 0.97
    wetlands = gpd.read_file(folder / "wetlands.gpkg")
    assert not buildings.intersects(wetlands.union_all()).any()


def test_a_year_earlier_plantations_were_open_land(folder: Path, townships: gpd.GeoDataFrame) -> None:
    inside = city_mask(folder, townships)
    now, before = (on_terrain_grid(folder, n)[inside] for n in ("landcover.tif", "landcover_2020.tif"))
    planted = (now == 10) & (before != 10)
    assert planted.sum() / 100 == pytest.approx(6.0, abs=0.4)
    assert set(before[planted]) <= {20, 30, 40}
    changed = now != before
    assert set(now[changed]) == {10, 50, 90}
    assert ((now == 90) & changed).sum() / 100 == pytest.approx(1.0, abs=0.2)


def test_wetlands_are_apart_and_agree_with_the_land_cover(folder: Path) -> None:
    wetlands = gpd.read_file(folder / "wetlands.gpkg")
    assert wetlands.crs.to_epsg() == 4548
    natural = wetlands[wetlands["constructed"] == 0]
    assert set(natural["wetland_type"]) == {"永久性淡水湖", "永久性河流", "草本沼泽", "库塘"}
    made = wetlands[wetlands["constructed"] == 1]
    assert made["name"].tolist() == ["南湖潜流人工湿地"]
    assert made.area.sum() == pytest.approx(53000.0, rel=1e-6)
    assert wetlands.is_valid.all()
    assert wetlands.union_all().area == pytest.approx(wetlands.area.sum(), rel=1e-9)
    cover = on_terrain_grid(folder, "landcover.tif")
    with rasterio.open(folder / "terrain.tif") as grid:
        for kind, code in (("永久性淡水湖", 80), ("永久性河流", 80), ("草本沼泽", 90), ("库塘", 80), ("人工湿地", 90)):
            shapes = wetlands.loc[wetlands["wetland_type"] == kind].geometry
            mask = ~geometry_mask(shapes, grid.shape, grid.transform)
            assert (cover[mask] == code).mean() > 0.93, kind


def test_stands_hold_the_inventorys_volume(folder: Path, townships: gpd.GeoDataFrame) -> None:
    stands = gpd.read_file(folder / "stands.gpkg")
    assert stands.crs.to_epsg() == 4548
    assert stands["stand_id"].is_unique
    assert set(stands["township"]) <= set(CODES)
    without = stands["species_group"].isin(["毛竹", "经济林"])
    assert (stands.loc[without, "volume_m3_ha"] == 0).all()
    assert (stands.loc[~without, "volume_m3_ha"] > 0).all()
    region = tomllib.loads((folder / "region.toml").read_text(encoding="utf-8"))
    volume = float((stands["area_ha"] * stands["volume_m3_ha"]).sum())
    assert volume == pytest.approx(region["sinks"]["standing_volume_m3"], rel=0.005)
    assert stands.area.sum() / 1e4 == pytest.approx(stands["area_ha"].sum(), rel=1e-4)
    assert stands.union_all().area == pytest.approx(stands.area.sum(), rel=1e-9)
    forest = (on_terrain_grid(folder, "landcover.tif")[city_mask(folder, townships)] == 10).sum() / 100
    assert stands["area_ha"].sum() == pytest.approx(forest, rel=0.06)


def test_approved_projects_have_roof_enough(folder: Path, buildings: gpd.GeoDataFrame) -> None:
    text = (folder / "existing_pv.csv").read_text(encoding="utf-8")
    assert text.startswith("# 来源 source: 共青城市碳达峰试点建设实施方案")
    projects = pd.read_csv(folder / "existing_pv.csv", comment="#", dtype={"township": str})
    assert dict(zip(projects["name"], projects["capacity_mw"], strict=True)) == {"国科学校": 2.3, "青网科技园": 1.7}
    for project in projects.itertuples():
        mine = buildings[buildings["name"].str.startswith(project.building_match)]
        assert len(mine) >= 3
        assert (mine["building_id"].str.slice(0, 9) == project.township).all()
        assert mine.area.sum() * 100.0 == pytest.approx(project.capacity_mw * 1e6, rel=0.06)


def test_read_me_says_invented_in_both_languages(folder: Path) -> None:
    text = (folder / "README.txt").read_text(encoding="utf-8")
    for words in ("示范数据", "全部为虚构", "Everything in this folder is invented", "360482"):
        assert words in text
    for path in contents(folder):
        name = path.split("/")[-1]
        assert name in text or name.startswith("dsm_") or name == "README.txt"
