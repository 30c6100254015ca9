"""Coordinates under the pointer and what the ruler measures, against pyproj."""

from __future__ import annotations

import pytest
from pyproj import Geod, Transformer

pytestmark = pytest.mark.browser


@pytest.fixture
def page(open_page, township_html: str):
    return open_page(township_html)


def test_coordinates_are_those_of_the_zone(page) -> None:
    for lng, lat, epsg in ((115.81, 29.25, 4547), (115.0, 25.9, 4547), (113.51, 23.1, 4547), (120.2, 33.4, 4549)):
        east, north = Transformer.from_crs(4490, epsg, always_xy=True).transform(lng, lat)
        meridian = {4547: 114, 4549: 120}[epsg]
        if meridian != 3 * round(lng / 3):
            meridian = 3 * round(lng / 3)
            east, north = Transformer.from_crs(
                4490, f"+proj=tmerc +lat_0=0 +lon_0={meridian} +k=1 +x_0=500000 +y_0=0 +ellps=GRS80 +units=m",
                always_xy=True,
            ).transform(lng, lat)  # fmt: skip
        found = page.evaluate("([lat, lng, m]) => Guanghui.plane(lat, lng, m)", [lat, lng, meridian])
        assert found["x"] + 500_000 == pytest.approx(east, abs=0.001)
        assert found["y"] == pytest.approx(north, abs=0.001)
    stage = page.locator(".folium-map").bounding_box()
    page.mouse.move(stage["x"] + 300, stage["y"] + 300)
    assert "CGCS2000" in page.inner_text("#where")
    assert page.evaluate("Guanghui.placeText({lat: 57.7, lng: 11.97})") == ["11.97000° E, 57.70000° N (WGS 84)"]


def test_the_ruler_measures_length_and_area_and_opens_no_card(page) -> None:
    page.click("#tool-ruler")
    stage = page.locator(".folium-map").bounding_box()
    for x, y in ((300, 200), (700, 220), (640, 520)):
        page.mouse.click(stage["x"] + x, stage["y"] + y)
    points = page.evaluate(
        "() => [[300, 200], [700, 220], [640, 520]].map(p => Guanghui.page.map.containerPointToLatLng(p))"
    )
    geod = Geod(ellps="GRS80")
    lngs, lats = [p["lng"] for p in points], [p["lat"] for p in points]
    found = page.evaluate("points => Guanghui.measured(points)", points)
    assert found["length"] == pytest.approx(geod.line_length(lngs, lats), rel=1e-5)
    assert found["area"] == pytest.approx(abs(geod.polygon_area_perimeter(lngs, lats)[0]), rel=1e-5)
    told = page.inner_text("#measured")
    assert f"{found['length'] / 1000:.4g} 公里" in told
    assert "面积" in told
    assert not page.is_visible("#card")
    page.keyboard.press("Escape")
    assert not page.is_visible("#measured")
    assert page.evaluate("Guanghui.page.store.state.tool") == ""
    assert page.heard == []
