"""Sheets for owners: one page of A4 a roof, with the figures of its card."""

from __future__ import annotations

import re

import geopandas as gpd
import numpy as np
import pytest
import shapely

from guanghui.maps import township_page
from guanghui.maps.page.faces import SHAPE_QUANTUM_M
from tests.maps.test_page import CODE

pytestmark = pytest.mark.browser


@pytest.fixture
def page(open_page, township_html: str):
    found = open_page(township_html)
    found.evaluate("() => { window.print = () => { window.printed = (window.printed || 0) + 1; }; }")
    return found


def sides(page) -> list[tuple[float, float]]:
    pdf = page.pdf(prefer_css_page_size=True, print_background=True)
    return [(float(a), float(b)) for a, b in re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", pdf)]


def test_a_card_prints_one_sheet_with_its_figures(page) -> None:
    page.evaluate("Guanghui.openRoof(Guanghui.page.roofs.top('yield_kwh', 1)[0], true)")
    page.click("#roof-sheet")
    assert page.evaluate("window.printed") == 1
    page.emulate_media(media="print")
    text = page.locator("#sheets").inner_text()
    card = page.evaluate("[...document.querySelectorAll('#card dl:first-of-type dd')].map(n => n.textContent)")
    assert card
    for figure in card:
        assert figure in text
    own = page.locator("#sheets .plan .own")
    assert own.count() == 1
    assert sides(page) == [pytest.approx((595.3, 841.9), abs=1)]
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert page.locator("#sheets").count() == 0
    assert page.evaluate("document.body.className").find("printing") < 0
    assert page.heard == []


def test_a_list_prints_a_sheet_for_each_roof(page) -> None:
    page.evaluate("Guanghui.selectRoofs(Guanghui.page.roofs.top('yield_kwh', 4), false); Guanghui.openList()")
    page.click("#list_sheets")
    assert page.locator("#sheets .roof-sheet").count() == 4
    assert len(sides(page)) == 4


def test_faces_and_modules_are_drawn_where_the_survey_laid_them(open_page, city_scene) -> None:
    roofs = city_scene.roofs[city_scene.roofs["township_code"] == CODE].reset_index(drop=True)
    own = roofs.iloc[[4, 9]]
    halves = [half for shape in own.geometry for half in cut(shape)]
    tiles = [shapely.box(x, y, x + 1.0, y + 2.0) for at in (0, 1) for x, y in grid(own.geometry.iloc[at])]
    count = len(grid(own.geometry.iloc[0]))
    ids = own["building_id"].tolist()
    faces = gpd.GeoDataFrame(
        {"building_id": np.repeat(ids, 2), "face": [1, 2, 1, 2], "surface_tilt": 24.6, "surface_azimuth": 170.2},
        geometry=halves, crs=roofs.crs,
    )  # fmt: skip
    modules = gpd.GeoDataFrame(
        {"building_id": np.repeat(ids, [count, len(tiles) - count]), "face": 1, "capacity_kwp": 0.5},
        geometry=tiles, crs=roofs.crs,
    )  # fmt: skip
    html = township_page(city_scene.city, CODE, roofs=city_scene.roofs, plan=city_scene.plan, faces=faces,
                         modules=modules.sample(frac=1, random_state=1))  # fmt: skip
    page = open_page(html)
    page.evaluate("() => { window.print = () => {}; }")
    for at, name in enumerate(ids):
        told = page.evaluate(
            """id => { const r = Guanghui.page.roofs, roof = r.columns.building_id.indexOf(id);
            const found = r.shapes("module", roof), o = found.outlines, out = [];
            for (let i = o.ringStart[o.roofStart[found.first]]; i < o.ringStart[o.roofStart[found.end]]; i++)
              out.push([o.x[i], o.y[i]]);
            return out; }""",
            name,
        )
        wanted = shapely.get_coordinates(modules[modules["building_id"] == name].to_crs(3857).geometry.to_numpy())
        assert len(told) == 4 * len(grid(own.geometry.iloc[at]))
        assert shapely.hausdorff_distance(shapely.MultiPoint(told), shapely.MultiPoint(wanted)) < 2 * SHAPE_QUANTUM_M
    page.evaluate("id => Guanghui.openRoof(Guanghui.page.roofs.columns.building_id.indexOf(id), true)", ids[0])
    page.click("#roof-sheet")
    page.emulate_media(media="print")
    assert page.locator("#sheets .plan .face").count() == 2
    assert page.locator("#sheets .plan .module").count() == count
    assert f"{count}块" in page.inner_text("#sheets .plan + figcaption").replace(" ", "")
    assert page.locator("#sheets .plan .face title").first.text_content() == "方位 170°，坡度 25°"
    assert sides(page) == [pytest.approx((595.3, 841.9), abs=1)]
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    page.evaluate("Guanghui.page.store.set({roof: -1})")
    page.evaluate("() => Guanghui.printRoofs(Guanghui.page.roofs, [0], Guanghui.page.store.state)")
    assert page.locator("#sheets .plan .module").count() == 0
    assert page.locator("#sheets .plan + figcaption").count() == 0
    assert page.heard == []


def test_faces_too_many_for_a_page_are_named_on_the_sheet(open_page, city_scene, monkeypatch) -> None:
    monkeypatch.setattr("guanghui.maps.page.faces._MOST_CORNERS", 100)
    roofs = city_scene.roofs[city_scene.roofs["township_code"] == CODE].iloc[:30]
    faces = gpd.GeoDataFrame({"building_id": roofs["building_id"], "face": 1}, geometry=roofs.geometry, crs=roofs.crs)
    page = open_page(township_page(city_scene.city, CODE, roofs=city_scene.roofs, plan=city_scene.plan, faces=faces))
    page.evaluate("() => { window.print = () => {}; }")
    page.evaluate("() => Guanghui.printRoofs(Guanghui.page.roofs, [0], Guanghui.page.store.state)")
    assert page.inner_text("#sheets .plan + figcaption") == "坡面轮廓过多，未载入本页"
    assert page.locator("#sheets .plan .face").count() == 0


def cut(shape: shapely.Geometry) -> list[shapely.Geometry]:
    west, south, east, north = shape.bounds
    middle = (west + east) / 2
    return [shape.intersection(shapely.box(a, south, b, north)) for a, b in ((west, middle), (middle, east))]


def grid(shape: shapely.Geometry) -> list[tuple[float, float]]:
    west, south, east, north = shape.buffer(-2).bounds
    return [(x, y) for x in np.arange(west, east - 1, 3.0) for y in np.arange(south, north - 2, 4.0)]
