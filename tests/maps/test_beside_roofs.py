"""Sites, meters, both readings and counts on the pages: what is stored is shown, and in no sum of the roofs."""

from __future__ import annotations

from types import SimpleNamespace

import geopandas as gpd
import pandas as pd
import pytest

from guanghui.maps import index_page, township_page
from guanghui.maps.words.numbers import format_number
from guanghui.pv.sites.assess import Sites
from tests.maps.scene import Scene, balance, scorecard

CODE = "360482100"
HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def beside(city_scene: Scene) -> tuple[Sites, SimpleNamespace, pd.DataFrame, pd.DataFrame]:
    towns = city_scene.city.townships.set_index("code")
    spot = towns.geometry[CODE].representative_point().buffer(300)
    table = pd.DataFrame({
        "site": ["湖东农光", HOSTILE], "kind": ["agri", "carport"], "status": ["approved", "possible"],
        "year": [2022, 0],
        "township_code": [CODE, CODE], "township": "甘露镇", "land_m2": [2e6, 9e3], "usable_m2": [2e6, 8e3],
        "w_m2": [76.3, 185.0], "capacity_kwp": [152_600.0, 1480.0], "capacity_low_kwp": [152_600.0, 1200.0],
        "capacity_high_kwp": [152_600.0, 1680.0], "yield_kwh": [157e6, 1.5e6],
    })  # fmt: skip
    shapes = gpd.GeoDataFrame({"site": ["湖东农光"], "kind": ["agri"]}, geometry=[spot], crs=city_scene.city.crs)
    sites = Sites(table, pd.DataFrame(), shapes)
    roof = city_scene.roofs[city_scene.roofs["township_code"].astype(str) == CODE].iloc[:1]
    about = {"plant": ["p1"], "township_code": [CODE], "township": ["甘露镇"]}
    meters = SimpleNamespace(
        calibration=None,
        plants=pd.DataFrame({**about, "index": [0.83]}),
        suspects=pd.DataFrame(
            {**about, "fault": ["string"], "since": [pd.Timestamp("2025-06-03")], "size": [0.17], "hours": [""]}
        ),
        shapes=gpd.GeoDataFrame(
            {"plant": ["p1"], "fault": ["string"], "township_code": [CODE]}, geometry=roof.geometry.to_numpy(),
            crs=roof.crs,
        ),
    )  # fmt: skip
    years = pd.DataFrame({
        "name_zh": ["储能"], "name_en": ["storage"], "unit": ["MW"], "year": [2024], "actual": [50.0],
        "actual_change_pct": [25.0], "target_year": [2025.0], "target": [100.0], "target_reached_pct": [50.0],
        "responsible": ["发展改革委"],
    })  # fmt: skip
    rows = [("city", 4e6, 0.5, 2e6), ("zone", 1e6, 0.5, 5e5)]
    readings = pd.DataFrame([
        {"reading": r, "year": 2024, "target_share": 0.5, "available_m2": a, "reached_share": s, "roofs": 10,
         "capacity_kwp": a * s * 0.1, "yield_kwh": a * s * 100, "left_m2": left, "left_kwp": left * 0.1,
         "city_share": s, "zone_share": s} for r, a, s, left in rows
    ])  # fmt: skip
    return sites, meters, years, readings


@pytest.mark.browser
def test_the_index_shows_what_stands_beside_the_roofs(open_page, city_scene: Scene, beside) -> None:
    s, (sites, meters, years, readings) = city_scene, beside
    table = balance()
    table.attrs.update(doubt_zh="规划自身不一致", doubt_en="the plan contradicts itself")
    plain = index_page(s.city, roofs=s.roofs, plan=s.plan)
    page = open_page(index_page(
        s.city, roofs=s.roofs, plan=s.plan, scorecard=scorecard(), balance=table, yearly=years, readings=readings,
        sites=sites, meters=meters,
    ))  # fmt: skip
    tables = page.locator("#tables section")
    assert tables.count() == 2
    first = tables.nth(0).inner_text()
    assert "湖东农光" in first
    assert HOSTILE in first
    assert format_number(158.5e6, "kwh").split()[0] in first
    assert "组串失效" in tables.nth(1).inner_text()
    assert "+25.0%" in page.locator("#yearly").inner_text().replace(" ", "")
    assert page.locator("#readings tbody tr").count() == 2
    assert "规划自身不一致" in page.locator("#balance").inner_text()
    hero = page.locator("#hero").inner_text()
    page.click("#lang")
    assert "the plan contradicts itself" in page.locator("#balance").inner_text()
    assert "silent string" in page.locator("#tables").inner_text()
    assert page.heard == []
    assert open_page(plain).locator("#hero").inner_text() == hero  # no site is in a sum of the roofs


@pytest.mark.browser
def test_a_township_lists_its_sites_and_suspects(open_page, city_scene: Scene, beside) -> None:
    s, (sites, meters, _, _) = city_scene, beside
    page = open_page(township_page(s.city, CODE, roofs=s.roofs, plan=s.plan, sites=sites, meters=meters))
    panel = page.locator("#panel").inner_text()
    for word in ("屋顶以外的光伏场址", "湖东农光", "电站监测", "组串失效"):
        assert word in panel
    legend = page.locator("#legend").inner_text()
    assert "农光互补" in legend
    assert "组串失效" in legend
    other = next(str(c) for c in s.city.townships["code"] if str(c) != CODE)
    bare = township_page(s.city, other, roofs=s.roofs, plan=s.plan, sites=sites, meters=meters)
    assert "湖东农光" not in bare
    assert page.heard == []


@pytest.mark.browser
def test_the_card_of_a_township_tells_hills_and_repowering(open_page, city_scene: Scene, beside) -> None:
    s, sites = city_scene, beside[0]
    told = Sites(sites.table.assign(hills_loss_pct=[4.27, float("nan")], hills_unknown_pct=[12.0, 100.0]),
                 sites.rules, sites.shapes)  # fmt: skip
    more = pd.DataFrame({
        "kind": "repowered", "year": 2045, "township_code": [CODE, "x"], "township": ["甘露镇", "别处"],
        "building_class": "public", "roofs": [3, 9], "replaced_kwp": [400.0, 9.0], "capacity_kwp": [100.0, 9.0],
        "yield_kwh": [1e5, 9.0], "avoided_co2_t": [50.0, 9.0], "capex_yuan": [1e6, 9.0], "mark": "assumed",
    })  # fmt: skip
    page = open_page(township_page(s.city, CODE, roofs=s.roofs, plan=s.plan, sites=told, repowered=more))
    panel = page.locator("#panel").inner_text()
    for text in ("山体遮挡 4.3 %，地形缺 12 %", "未计山体遮挡", "更新改造", "400 kWp (更换的旧装机)",
                 "100 kWp (新增装机)", "按现价假定"):  # fmt: skip
        assert text in panel
    assert "别处" not in panel
    index = open_page(index_page(s.city, roofs=s.roofs, plan=s.plan, sites=told, repowered=more))
    shown = index.locator("#tables").inner_text()
    for text in ("山体遮挡 4.3 %", "别处", "409 kWp"):
        assert text in shown
    assert page.heard == []
    assert index.heard == []
