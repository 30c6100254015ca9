"""The pages in a real browser with the network off."""

from __future__ import annotations

import io

import numpy as np
import pytest
import shapely
from PIL import Image
from pyproj import Transformer

from guanghui.maps import index_page, township, township_page, works_page
from guanghui.maps.page.roofs import FIELDS
from guanghui.maps.words.numbers import UNITS, format_number, format_range
from tests.maps.test_page import CODE, HOSTILE, hostile
from tests.maps.test_works import outlook  # noqa: F401  fixture

pytestmark = pytest.mark.browser
SET = "change => Guanghui.page.store.set(change)"


@pytest.fixture
def page(open_page, township_html: str):
    return open_page(township_html)


def own(scene):
    return scene.roofs[scene.roofs["township_code"] == CODE].reset_index(drop=True)


def ink(page) -> list[str]:
    """Colours on the roof tiles, the most frequent first."""
    return page.evaluate(
        """() => {
          const seen = {};
          document.querySelectorAll("canvas.roof-tile").forEach(tile => {
            const d = tile.getContext("2d").getImageData(0, 0, tile.width, tile.height).data;
            for (let i = 0; i < d.length; i += 4) if (d[i + 3] === 255) {
              const k = "#" + [d[i], d[i + 1], d[i + 2]].map(v => ("0" + v.toString(16)).slice(-2)).join("");
              seen[k] = (seen[k] || 0) + 1;
            }
          });
          return Object.keys(seen).sort((a, b) => seen[b] - seen[a]);
        }"""
    )


def figures(page) -> list[str]:
    return page.eval_on_selector_all(
        "#panel .lead dl.figures > div", "divs => divs.map(d => d.querySelector('dd').textContent)"
    )


def test_nothing_is_asked_of_the_network_and_nothing_fails(page):
    for change in ({"view": "sink"}, {"lang": "en"}, {"view": "pv", "measure": "phase", "year": 2023}, {"lang": "zh"}):
        page.evaluate(SET, change)
    for pool in ("pool_soil", "landcover", "none"):
        page.evaluate("p => Guanghui.page.store.set({view: 'sink', raster: {pv: 'none', sink: p}})", pool)
    page.wait_for_timeout(200)
    assert page.heard == []


def test_the_slider_changes_colours_and_sums_to_those_of_the_plan(page, city_scene):
    s = city_scene
    page.evaluate(SET, {"measure": "phase"})
    seen = {}
    for step, year in enumerate([2022, 2023, 2024]):
        page.fill("#phase", str(step))
        seen[year] = ink(page)
        rows = s.plan.table[(s.plan.table["year"] == year) & (s.plan.table["township_code"] == CODE)]
        shown = figures(page)
        for text, column, unit in zip(
            shown, ("roofs", "capacity_kwp", "yield_kwh", "avoided_co2_t"), ("roofs", "kwp", "kwh", "tco2"), strict=True
        ):
            assert text.replace(" ", "") == format_number(rows[column].sum(), unit).replace(" ", ""), (year, column)
        assert page.get_attribute("#phase", "aria-valuetext") == str(year)
    assert "#c4611a" not in seen[2022][:2]
    assert "#c4611a" in seen[2023]
    assert "#efae44" in seen[2024]
    page.fill("#phase", "3")
    assert figures(page)[0] == f"{len(own(s)):,}座"


def test_recolouring_keeps_the_tiles(page):
    page.evaluate("document.querySelectorAll('canvas.roof-tile').forEach((t, i) => (t.dataset.mine = i))")
    before = page.eval_on_selector_all("canvas.roof-tile", "tiles => tiles.map(t => t.dataset.mine)")
    first = ink(page)
    page.evaluate(SET, {"measure": "building_class"})
    assert ink(page) != first
    assert page.eval_on_selector_all("canvas.roof-tile", "tiles => tiles.map(t => t.dataset.mine)") == before


def test_a_click_on_a_roof_shows_its_row_of_the_table(page, city_scene):
    roofs = own(city_scene)
    for row in (int(roofs["yield_kwh"].argmax()), 11, 500):
        roof = roofs.iloc[row]
        page.evaluate(SET, {"roof": -1})
        spot = roofs.geometry.iloc[[row]].representative_point().to_crs(4326).iloc[0]
        page.evaluate("([lat, lng]) => Guanghui.page.map.setView([lat, lng], 18, {animate: false})", [spot.y, spot.x])
        box = page.locator(".folium-map").bounding_box()
        page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        page.wait_for_selector("#card:not([hidden])")
        assert roof["building_id"] in page.inner_text("#card header p")
        energy = page.inner_text("#card .big").replace(" ", "").replace("\n", "")
        assert energy == format_number(roof["yield_kwh"], "kwh").replace(" ", "") + "/年"
        names = page.eval_on_selector_all("#card dt", "n => n.map(e => e.textContent)")
        texts = dict(zip(names, page.eval_on_selector_all("#card dd", "n => n.map(e => e.textContent)"), strict=True))
        from guanghui.maps.words.i18n import word

        for field in (f for f in FIELDS if f.card and f.column in roofs):
            stored = np.floor(roof[field.column] * field.scale + 0.5) / field.scale
            assert texts[word(f"field_{field.column}")] == format_number(stored, field.unit), field.column
            assert abs(stored - roof[field.column]) <= 0.5 / field.scale


def test_months_of_the_card_are_those_of_the_row(page, city_scene):
    roofs = own(city_scene)
    months = page.evaluate("Guanghui.page.roofs.months(42)")
    wanted = roofs.loc[42, [f"yield_{m:02d}" for m in range(1, 13)]].to_numpy(float)
    np.testing.assert_allclose(months, wanted, rtol=2e-3)


def test_search_finds_a_roof_by_number_and_by_name_and_opens_it(page, city_scene):
    roofs = own(city_scene)
    named = roofs[roofs["name"] != ""].iloc[3]
    for text, wanted in (
        (roofs["building_id"].iloc[77], roofs["building_id"].iloc[77]),
        (named["name"], named["building_id"]),
    ):
        page.fill("#search input", text)
        assert page.get_attribute("#search input", "aria-expanded") == "true"
        page.press("#search input", "ArrowDown")
        page.press("#search input", "Enter")
        assert wanted in page.inner_text("#card header p")
        page.keyboard.press("Escape")
        assert page.is_hidden("#card")
    page.fill("#search input", "no such roof")
    assert page.inner_text("#found") == "没有找到"


def test_layers_toggle_and_the_legend_follows(page, city_scene):
    page.click("#tabs [data-view=sink]")
    assert "碳密度" in page.inner_text("#legend")
    assert "永久性河流" in page.inner_text("#legend")
    assert page.locator(".leaflet-raster-pane img").count() == 1
    page.uncheck("input[value=wetlands]")
    assert "永久性河流" not in page.inner_text("#legend")
    assert page.locator(".leaflet-areas-pane path").count() == 0
    for raster, wanted in (("pool_soil", "土壤"), ("landcover", "耕地")):
        page.check(f"input[value={raster}]")
        assert wanted in page.inner_text("#legend")
        assert page.locator(".leaflet-raster-pane img").count() == 1
    page.check("input[name=raster][value=none]")
    assert page.is_hidden("#legend")
    assert page.locator(".leaflet-raster-pane img").count() == 0
    page.click("#tabs [data-view=pv]")
    assert "年发电量" in page.inner_text("#legend")
    page.check("input[value=shading_loss_pct]")
    assert "遮挡损失" in page.inner_text("#legend")
    assert page.heard == []


def test_classes_and_least_yield_filter_the_sums(page, city_scene):
    roofs = own(city_scene)
    button = page.locator(".bars button", has_text="工业厂房")
    button.click()
    assert button.get_attribute("aria-pressed") == "false"
    left = roofs[roofs["building_class"] != "industrial"]
    assert figures(page)[0] == f"{len(left):,}座"
    assert page.evaluate("document.activeElement.tagName") == "BUTTON"
    page.fill("#least", "2")
    left = left[left["yield_kwh"] >= 1e4]
    assert figures(page)[2] == format_number(left["yield_kwh"].sum(), "kwh").replace(" ", "")


def test_the_picture_says_what_lies_under_the_pointer(page, city_scene):
    s = city_scene
    town = s.city.townships.iloc[[0]]
    page.evaluate(SET, {"view": "sink", "raster": {"pv": "none", "sink": "landcover"}})
    page.wait_for_function("Guanghui.made('landcover').getElement().complete")
    grid = s.stock.classes
    inside = town.to_crs(grid.rio.crs).geometry.iloc[0].representative_point()
    truth = int(grid.sel(x=inside.x, y=inside.y, method="nearest"))
    spot = town.representative_point().to_crs(4326).iloc[0]
    read = """([lat, lng]) => {
      const spec = Guanghui.data.layers.filter(layer => layer.key === "landcover")[0];
      return Guanghui.readPicture(spec, L.latLng(lat, lng));
    }"""
    text = page.evaluate(read, [spot.y, spot.x])
    assert text == {1: "森林", 20: "草灌园绿", 30: "耕地"}[truth]


def test_numbers_read_the_same_in_the_page_and_in_python(page):
    rng = np.random.default_rng(5)
    cases = [
        (float(v), unit)
        for unit in UNITS
        for v in [0.0, 0.004, 0.5, 9.995, 99.95, 999.5, -12.345, *(10.0 ** rng.uniform(-3, 10, 40))]
    ]
    for lang in ("zh", "en"):
        page.evaluate("l => (Guanghui.lang = l)", lang)
        shown = page.evaluate("cases => cases.map(c => Guanghui.number(c[0], c[1]))", cases)
        assert shown == [format_number(v, u, lang) for v, u in cases]
        ranges = page.evaluate("cases => cases.map(c => Guanghui.range(c[0] * 0.8, c[0] * 1.3, c[1]))", cases)
        assert ranges == [format_range(v * 0.8, v * 1.3, u, lang) for v, u in cases]


def test_both_languages_are_on_the_page(page):
    assert page.inner_text("#place") == "甘露镇"
    assert page.get_attribute("html", "lang") == "zh-CN"
    page.click("#lang")
    assert page.inner_text("#place") == "Ganlu"
    assert page.get_attribute("html", "lang") == "en"
    body = " ".join(page.locator("#panel .block:not(:has(.best))").all_inner_texts())  # names of roofs stay as they are
    assert not any("\u4e00" <= c <= "\u9fff" for c in body)
    assert "Energy a year" in body


def test_hostile_names_are_shown_as_text(open_page, city_scene):
    city, roofs = hostile(city_scene)
    page = open_page(township_page(city, CODE, roofs=roofs, stock=city_scene.stock))
    assert page.inner_text("#place") == HOSTILE[0]
    for roof, name in enumerate(HOSTILE):
        page.evaluate("roof => Guanghui.openRoof(roof, true)", roof)
        assert page.inner_text("#card h2") == " ".join(name.split())
    page.fill("#search input", "<script>")
    assert "<script>" in page.inner_text("#found")
    page.evaluate(SET, {"view": "sink"})
    assert HOSTILE[9] in page.inner_text("#panel") or "onerror" not in page.inner_html("#panel").replace("&lt;img", "")
    page.evaluate("document.querySelector('details').open = true")
    assert HOSTILE[0] in page.inner_text("#panel details")
    overview = open_page(
        index_page(city, roofs=roofs, stock=city_scene.stock, files={"a.xlsx": (HOSTILE[0], HOSTILE[0])})
    )
    assert HOSTILE[0] in overview.inner_text("#ranking")
    assert HOSTILE[0] in overview.inner_text("#files")
    assert page.heard == []
    assert overview.heard == []


def blobs(picture: bytes, colour: tuple[int, int, int]) -> tuple[float, float, int]:
    """Middle of the pixels of a colour in a screenshot, and how many there are."""
    pixel = np.asarray(Image.open(io.BytesIO(picture)).convert("RGB")).astype(int)
    rows, cols = np.nonzero(np.abs(pixel - colour).max(axis=2) <= 2)
    return float(cols.mean() + 0.5), float(rows.mean() + 0.5), len(rows)


def test_overlays_lie_on_the_screen_where_their_cells_lie_on_the_ground(open_page, city_scene):
    """Marked cells at four corners and in the middle of a township, found again on the screen within one pixel."""
    s = city_scene
    land = s.stock.classes.copy(data=np.full(s.stock.classes.shape, 30, np.uint8))
    land.attrs = s.stock.classes.attrs
    west, south, east, north = s.city.townships.geometry.iloc[0].buffer(-700).bounds
    spots = [(x, y) for x in (west, east) for y in (south, north)] + [((west + east) / 2, (south + north) / 2)]
    inside = shapely.prepared.prep(s.city.townships.geometry.iloc[0])
    spots = [nearest_inside(inside, spot, spots[-1]) for spot in spots]
    values, cols, rows = land.to_numpy(), land["x"].to_numpy(), land["y"].to_numpy()
    truth = []
    for x, y in spots:
        col, row = int(np.abs(cols - x).argmin()), int(np.abs(rows - y).argmin())
        values[row - 2 : row + 3, col - 2 : col + 3] = 41
        truth.append((cols[col], rows[row]))
    page = open_page(township_page(s.city, CODE, stock=s.stock, landcover=land, wetlands=s.city.wetlands.iloc[:0]))
    page.evaluate(SET, {"view": "sink", "raster": {"pv": "none", "sink": "landcover"}, "overlays": []})
    page.evaluate("document.querySelectorAll('.over, .leaflet-control-container').forEach(n => n.remove())")
    move = Transformer.from_crs(s.city.crs, 4326, always_xy=True)
    box = page.locator(".folium-map").bounding_box()
    for x, y in truth:
        lng, lat = move.transform(x, y)
        page.evaluate("([lat, lng]) => Guanghui.page.map.setView([lat, lng], 16, {animate: false})", [lat, lng])
        page.wait_for_function("Guanghui.made('landcover').getElement().complete")
        at = page.evaluate("([lat, lng]) => { const p = Guanghui.page.map.latLngToContainerPoint([lat, lng]);"
                           " return [p.x, p.y, Guanghui.metresPerPx(Guanghui.page.map)]; }", [lat, lng])  # fmt: skip
        col, row, count = blobs(page.screenshot(clip=box), (0x3F, 0x87, 0xBF))
        one_cell = 10.0 / np.cos(np.radians(lat)) / at[2]
        assert (4.5 * one_cell) ** 2 < count < (6.2 * one_cell) ** 2  # five cells fall on five or six pixels
        assert np.hypot(col - at[0], row - at[1]) < one_cell


def nearest_inside(inside, spot, middle):
    """A place on the way from a corner to the middle that lies inside."""
    for share in np.linspace(0, 1, 41):
        x, y = (a + (b - a) * share for a, b in zip(spot, middle, strict=True))
        if inside.contains(shapely.Point(x, y).buffer(60)):
            return x, y
    raise AssertionError(spot)


def ranked(page) -> list[str]:
    return page.eval_on_selector_all("#ranking tbody tr td:first-child", "n => n.map(e => e.textContent)")


def fills(page) -> list[str]:
    return page.eval_on_selector_all(".leaflet-areas-pane path", "p => p.map(e => e.getAttribute('fill'))")


def test_the_overview_switches_measures_sorts_and_links(open_page, city_scene):
    s = city_scene
    pages = {c: f"maps/{c}.html" for c in s.city.townships["code"]}
    page = open_page(index_page(s.city, roofs=s.roofs, plan=s.plan, stock=s.stock, pages=pages))
    links = page.eval_on_selector_all("#ranking tbody a", "n => n.map(e => e.getAttribute('href'))")
    assert links == [f"{href}#lang=zh" for href in pages.values()]
    assert ranked(page) == s.city.townships["name"].tolist()
    page.click("#ranking th:has-text('碳储量') button")
    order = s.stock.table.iloc[:-1].sort_values("total_tc", ascending=False)["name"].tolist()
    assert ranked(page) == order
    page.click("#ranking th:has-text('碳储量') button")
    assert ranked(page) == order[::-1]
    assert page.get_attribute("#ranking th:has-text('碳储量')", "aria-sort") == "ascending"
    share = fills(page)
    page.check("input[name=measure][value=carbon_tc]")
    assert fills(page) != share
    assert "碳储量" in page.inner_text("#legend")
    row = s.stock.table.iloc[0]
    first = page.locator("#ranking tbody tr", has_text=row["name"])
    between = format_range(row["total_low_tc"], row["total_high_tc"], "tc", figure=row["total_tc"])
    assert between.split()[0] in first.inner_text()
    page.check("input[name=measure][value=capacity_kwp]")
    page.check("input[name=year][value='2022']")
    assert page.inner_text("#ranking thead th:nth-child(4)").split() == ["装机容量", "MWp"]
    cell = float(page.inner_text("#ranking tfoot td:nth-child(4)"))
    assert cell == pytest.approx(s.plan.total(2022)["capacity_kwp"] / 1e3, rel=5e-3)
    assert page.heard == []


def test_a_notebook_shows_a_live_map_without_a_network(open_page, city_scene):
    s = city_scene
    shown = township(s.city, "甘露镇", roofs=s.roofs, plan=s.plan, stock=s.stock)
    body = f'<!DOCTYPE html><meta charset="utf-8"><title>cell</title><body class="ready">{shown._repr_html_()}</body>'
    page = open_page(body)
    frame = page.frames[1]
    frame.wait_for_selector("body.ready")
    frame.fill("#phase", "0")
    rows = s.plan.table[(s.plan.table["year"] == 2022) & (s.plan.table["township_code"] == CODE)]
    assert frame.inner_text("#panel .lead dd >> nth=0").replace("\n", "") == f"{rows['roofs'].sum():,.0f}座"
    frame.click("#tabs [data-view=sink]")
    frame.wait_for_function("Guanghui.made('pool_total').getElement().complete")
    read = """() => Guanghui.readPicture(Guanghui.data.layers.filter(l => l.key === "pool_total")[0],
                                       Guanghui.page.map.getCenter())"""
    assert "吨碳/公顷" in frame.evaluate(read)
    assert page.heard == []


def test_the_works_page_is_the_same_twice(city_scene, outlook):  # noqa: F811
    s = city_scene
    assert works_page(s.city, stock=s.stock, outlook=outlook) == works_page(s.city, stock=s.stock, outlook=outlook)


def test_pages_fit_a_phone(open_page, city_scene, township_html: str):
    for html in (
        township_html,
        index_page(city_scene.city, roofs=city_scene.roofs, plan=city_scene.plan, stock=city_scene.stock),
    ):
        page = open_page(html, width=390, height=844, device_scale_factor=2, has_touch=True, is_mobile=True)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        assert page.heard == []
