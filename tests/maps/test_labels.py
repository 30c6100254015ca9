"""Names of the place on the map: packed, escaped, without collisions, small, and read from what a county has."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely

from guanghui.geo.errors import InputError
from guanghui.maps import township_page
from guanghui.maps.page.labels import KINDS, MOST_BYTES, PlaceLabels, label_payload
from guanghui.plan.inputs.region import Region
from tests.maps.scene import METRIC, SIZE, SOUTH, WEST, Scene
from tests.maps.test_pack import unpack
from tests.maps.test_page import HOSTILE

CODE = "360482100"


def frame(names: list[str], shapes: list) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame({"name": names}, geometry=shapes, crs=METRIC)


def layers(names: list[str] | None = None) -> list[PlaceLabels]:
    rng = np.random.default_rng(4)
    spots = [shapely.Point(WEST + x, SOUTH + y) for x, y in rng.uniform(500, SIZE / 2, (40, 2))]
    villages = frame(names or [f"{k}号村" for k in range(40)], spots[: len(names or spots)])
    road = shapely.LineString([(WEST + 200 + 90 * i, SOUTH + 5000 + 400 * np.sin(i / 9)) for i in range(120)])
    halves = [shapely.ops.substring(road, a, a + 0.25, normalized=True) for a in (0, 0.25, 0.5, 0.75)]
    roads = frame(
        ["昌九大道"] * 4 + [""], [*halves, shapely.LineString([(WEST + 900, SOUTH + 900), (WEST + 900, SOUTH + 7000)])]
    )
    river = frame(["博阳河"], [shapely.LineString([(WEST, SOUTH + 3600), (WEST + SIZE, SOUTH + 4200)]).buffer(55)])
    return [PlaceLabels("road", roads), PlaceLabels("village", villages), PlaceLabels("water", river)]


@pytest.fixture(scope="module")
def html(city_scene: Scene) -> str:
    s = city_scene
    return township_page(s.city, CODE, roofs=s.roofs, plan=s.plan, labels=layers())


def test_what_is_packed_is_what_the_layers_hold() -> None:
    box = (-2e7, -2e7, 2e7, 2e7)
    made = label_payload(layers(), box)
    assert made is not None
    assert made["left_out"] == 0
    columns = unpack({"data": made["data"], "columns": made["columns"]})
    assert sorted(columns["name"]) == sorted([*(f"{k}号村" for k in range(40)), "昌九大道", "博阳河"])
    assert [KINDS[int(k)] for k in columns["kind"]] == ["village"] * 40 + ["water", "road"]
    spots = gpd.GeoSeries(layers()[1].frame.geometry).to_crs(3857)
    at = dict(zip(columns["name"], zip(columns["x"], columns["y"], strict=True), strict=True))
    for name, spot in zip(layers()[1].frame["name"], spots, strict=True):
        assert at[name] == pytest.approx((spot.x, spot.y), abs=0.6)
    assert columns["points"].size == 2, "the four pieces of a road are one line, and one has no name"
    assert label_payload(layers(), (0, 0, 1, 1)) is None


def test_what_there_is_no_room_for_is_left_out_and_told(monkeypatch: pytest.MonkeyPatch, city_scene: Scene) -> None:
    rng = np.random.default_rng(1)
    start = rng.uniform(0, SIZE, (2000, 2)) + np.array([WEST, SOUTH])
    ways = [shapely.LineString(p + np.cumsum(rng.normal(0, 35, (24, 2)), axis=0)) for p in start]
    roads = PlaceLabels("road", frame([f"路{i}" for i in range(2000)], ways))
    whole = label_payload([roads], (-2e7, -2e7, 2e7, 2e7))
    assert whole is not None
    assert whole["left_out"] == 0
    assert len(whole["data"]) <= MOST_BYTES
    monkeypatch.setattr("guanghui.maps.page.labels.MOST_BYTES", 30_000)
    made = label_payload([roads], (-2e7, -2e7, 2e7, 2e7))
    assert made is not None
    assert len(made["data"]) <= 30_000
    assert made["left_out"] > 0
    html = township_page(city_scene.city, CODE, labels=[roads])
    assert "条道路与地名因页面大小未显示" in html


@pytest.mark.browser
def test_names_do_not_lie_on_each_other_and_can_be_put_away(open_page, html: str) -> None:
    page = open_page(html)
    for zoom in (13, 15):
        page.evaluate("zoom => Guanghui.page.map.setZoom(zoom, {animate: false})", zoom)
        boxes = page.eval_on_selector_all(
            ".place-label",
            "all => all.map(n => { const b = n.getBoundingClientRect(); return [b.left, b.top, b.right, b.bottom]; })",
        )
        assert len(boxes) > 3
        b = np.array(boxes)
        over = (b[:, None, 0] < b[None, :, 2] - 1) & (b[:, None, 2] > b[None, :, 0] + 1)
        over &= (b[:, None, 1] < b[None, :, 3] - 1) & (b[:, None, 3] > b[None, :, 1] + 1)
        assert over.sum() == len(b)
    page.uncheck("input[value=labels]")
    assert page.locator(".place-label").count() == 0
    page.check("input[value=labels]")
    page.evaluate("Guanghui.page.store.set({view: 'sink'})")
    assert page.locator(".place-label").count() > 0
    assert page.heard == []


@pytest.mark.browser
def test_hostile_names_are_text(open_page, city_scene: Scene) -> None:
    s = city_scene
    hostile = [name for name in HOSTILE if name.strip()]
    page = open_page(township_page(s.city, CODE, stock=s.stock, labels=layers(hostile)))
    page.evaluate("Guanghui.page.map.setZoom(14, {animate: false})")
    page.wait_for_timeout(100)
    assert page.locator(".place-label").count() > 0
    assert page.locator(".place-label *").count() == 0
    assert page.heard == []


def test_layers_are_read_with_their_own_columns_and_refused_by_name(village: Path, tmp_path: Path) -> None:
    towns = gpd.read_file(village.with_name("townships.gpkg"))
    west, south, east, north = towns.total_bounds
    road = gpd.GeoDataFrame(
        {"MC": ["Ⅰ号路", None]}, geometry=[shapely.LineString([(west, south), (east, north)]), None], crs=towns.crs
    )
    road.to_file(village.with_name("roads_of_names.gpkg"))
    far = gpd.GeoDataFrame({"MC": ["x"]}, geometry=[shapely.Point(west - 2, south)], crs=towns.crs)
    far.to_file(village.with_name("far_of_names.gpkg"))
    path = village.with_name("names.toml")

    def region(file: str, column: str) -> Region:
        text = f'\n[[maps.labels]]\npath = "{file}"\nkind = "road"\nname = "{column}"\n'
        path.write_text(village.read_text(encoding="utf-8") + text, encoding="utf-8")
        return Region(path)

    (labels,) = region("roads_of_names.gpkg", "MC").labels
    assert (labels.kind, labels.frame["name"].tolist()) == ("road", ["Ⅰ号路"])
    with pytest.raises(InputError, match="no column 'name'"):
        _ = region("roads_of_names.gpkg", "name").labels
    with pytest.raises(InputError, match="nothing of far_of_names"):
        _ = region("far_of_names.gpkg", "MC").labels
