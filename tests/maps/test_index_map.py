"""The map of the index: totals as circles, shares as fills, names apart, roofs where there is one township."""

from __future__ import annotations

import dataclasses
import math

import pytest

from guanghui.maps import index_page
from guanghui.pv.programme.phases import coverage_plan
from tests.maps.scene import PHASES, Scene

pytestmark = pytest.mark.browser

CIRCLES = """() => Object.values(Guanghui.page.map._layers).filter(l => l.getRadius && l.options.pane === "names")
  .map(l => [l.getRadius(), l.options.fillOpacity, Guanghui.page.map.latLngToContainerPoint(l.getLatLng())])"""
FILLS = """() => { const found = []; Guanghui.made("townships").eachLayer(l => found.push(l.options.fillColor));
  return found; }"""
LABELS = """() => [...document.querySelectorAll(".place.own")].filter(n => n.style.visibility !== "hidden")
  .map(n => n.getBoundingClientRect()).map(b => [b.left, b.top, b.right, b.bottom])"""


@pytest.fixture(scope="module")
def html(city_scene: Scene) -> str:
    s = city_scene
    return index_page(s.city, roofs=s.roofs, plan=s.plan, stock=s.stock)


def apart(a: list[float], b: list[float]) -> bool:
    return a[2] <= b[0] + 0.5 or b[2] <= a[0] + 0.5 or a[3] <= b[1] + 0.5 or b[3] <= a[1] + 0.5


def test_a_total_is_a_circle_as_large_as_its_figure(open_page, html: str, city_scene: Scene) -> None:
    page = open_page(html)
    assert all(radius == 0 for radius, _, _ in page.evaluate(CIRCLES))
    roofs = city_scene.roofs
    sums = roofs.groupby(roofs["township_code"].astype(str))["yield_kwh"].sum()
    page.evaluate("Guanghui.page.store.set({measure: 'yield_kwh', year: 0})")
    rows = page.evaluate("Guanghui.data.rows.map(row => row.code)")
    radii = [radius for radius, _, _ in page.evaluate(CIRCLES)]
    wanted = [math.sqrt(sums[code] / sums.max()) for code in rows]
    assert [radius / max(radii) for radius in radii] == pytest.approx(wanted, rel=1e-6)
    fills = set(page.evaluate(FILLS))
    assert len(fills) == 1, "no fill says a total"
    assert page.locator("#legend .circle").count() == 2
    assert page.heard == []


@pytest.mark.parametrize(("wide", "lang"), [(1440, "en"), (390, "zh")])
def test_no_name_lies_on_another(open_page, html: str, wide: int, lang: str) -> None:
    page = open_page(html, width=wide, fragment=f"#lang={lang}")
    for measure in ("share_pct", "capacity_kwp", "carbon_tc"):
        page.evaluate("measure => Guanghui.page.store.set({measure: measure})", measure)
        for zoom in (None, 9):
            if zoom:
                page.evaluate("zoom => Guanghui.page.map.setZoom(zoom, {animate: false})", zoom)
            boxes = page.evaluate(LABELS)
            assert boxes
            assert all(apart(a, b) for i, a in enumerate(boxes) for b in boxes[:i]), (measure, zoom)
        page.click("[data-t-label=whole]")


def test_one_township_shows_its_roofs(open_page, city_scene: Scene) -> None:
    s = city_scene
    code = str(s.city.townships["code"].iloc[0])
    alone = dataclasses.replace(s.city, townships=s.city.townships.iloc[:1])
    roofs = s.roofs[s.roofs["township_code"].astype(str) == code].reset_index(drop=True)
    page = open_page(index_page(alone, roofs=roofs, plan=coverage_plan(roofs, PHASES), stock=None))
    assert page.locator(".leaflet-raster-pane img").count() == 1
    assert "列入计划的屋顶" in page.inner_text("#legend")
    assert page.locator(".place.own").count() == 0
    west, south, east, north = roofs.to_crs(4326).total_bounds
    (low, high) = page.evaluate("Guanghui.data.roofs.bounds")
    assert low[0] < south < north < high[0]
    assert low[1] < west < east < high[1]
    assert page.heard == []
