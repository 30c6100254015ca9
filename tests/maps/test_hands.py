"""Pages under a real hand: drags go on, Enter opens and leaves open, zooming out costs little."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.browser


@pytest.fixture
def page(open_page, township_html: str):
    return open_page(township_html)


def drag(page, selector: str, key: str, start: float, end: float) -> list[float]:
    """Values of a key of the state while a slider is drawn from one part of its track to another."""
    page.locator(selector).scroll_into_view_if_needed()
    box = page.locator(selector).bounding_box()
    y, left, wide = box["y"] + box["height"] / 2, box["x"] + 8, box["width"] - 16
    seen = [page.evaluate("key => Guanghui.page.store.state[key]", key)]
    page.mouse.move(left + wide * start, y)
    page.mouse.down()
    for step in range(1, 21):
        page.mouse.move(left + wide * (start + (end - start) * step / 20), y)
        value = page.evaluate("key => Guanghui.page.store.state[key]", key)
        if value != seen[-1]:
            seen.append(value)
    page.mouse.up()
    return seen


def test_the_phases_can_be_dragged_through(page) -> None:
    page.evaluate("Guanghui.page.store.set({year: 0})")
    assert drag(page, "#phase", "year", 1.0, 0.0) == [0, 2024, 2023, 2022]
    assert page.locator("#panel .lead h2").inner_text() == page.evaluate("Guanghui.t('sums_phase', {year: 2022})")
    assert drag(page, "#phase", "year", 0.0, 1.0) == [2022, 2023, 2024, 0]


def test_the_months_can_be_dragged_through(page) -> None:
    page.evaluate("Guanghui.page.store.set({measure: 'month', month: 1})")
    assert drag(page, "#month", "month", 0.0, 1.0) == list(range(1, 13))


def test_least_energy_can_be_dragged(page) -> None:
    page.evaluate("Guanghui.page.store.set({least: 0})")
    seen = drag(page, "#least", "least", 0.0, 1.0)
    assert len(seen) >= 3
    assert seen == sorted(seen)


def test_a_slider_still_answers_the_keyboard(page) -> None:
    page.evaluate("Guanghui.page.store.set({year: 0})")
    page.locator("#phase").focus()
    for year in (2024, 2023, 2022):
        page.keyboard.press("ArrowLeft")
        assert page.evaluate("Guanghui.page.store.state.year") == year
    assert page.evaluate("document.activeElement.id") == "phase"


@pytest.mark.parametrize("down", [False, True])
def test_enter_in_the_search_opens_the_card_and_leaves_it_open(page, down: bool) -> None:
    page.click("#search input")
    page.keyboard.type(page.evaluate("Guanghui.page.roofs.columns.building_id[3]"))
    if down:
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter", delay=60)
    page.wait_for_timeout(200)
    assert page.is_visible("#card")
    assert page.evaluate("Guanghui.page.store.state.roof") >= 0


def test_zooming_out_costs_little(page) -> None:
    took = page.evaluate(
        """() => [9, 7, 5, 3].map(z => {
          const layer = Object.values(Guanghui.page.map._layers).filter(l => l.drawTile && l.outlines)[0];
          const o = layer.outlines, world = 20037508.342789244, size = 2 * world / Math.pow(2, z);
          const x = Math.floor((o.box[0] + world) / size), y = Math.floor((world - o.box[1]) / size);
          const start = performance.now();
          layer.drawTile(document.createElement("canvas"), {x: x, y: y, z: z});
          return performance.now() - start;
        })"""
    )
    assert max(took) < 200, took


def test_the_wheel_stops_while_the_place_can_be_seen(page) -> None:
    box = page.locator(".leaflet-container").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    for _ in range(30):
        page.mouse.wheel(0, 400)
        page.wait_for_timeout(60)
    page.wait_for_timeout(400)
    sizes = page.evaluate(
        """() => { const m = Guanghui.page.map, b = L.latLngBounds(Guanghui.data.page.bounds);
        const a = m.latLngToContainerPoint(b.getSouthWest()), c = m.latLngToContainerPoint(b.getNorthEast());
        return [m.getZoom(), m.getMinZoom(), Math.max(c.x - a.x, a.y - c.y)]; }"""
    )
    assert sizes[0] == sizes[1] > 5
    assert 100 < sizes[2] <= 230


def test_the_place_cannot_be_dragged_out_of_sight(page) -> None:
    box = page.locator(".leaflet-container").bounding_box()
    x, y = box["x"] + box["width"] * 0.6, box["y"] + box["height"] * 0.3
    page.evaluate("() => { const m = Guanghui.page.map; m.setZoom(m.getMinZoom() + 1, {animate: false}); }")
    for _ in range(6):
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(x - 300, y + 200, steps=5)
        page.mouse.move(x - 420, y + 300, steps=5)
        page.mouse.up()
    page.wait_for_timeout(500)
    seen = "Guanghui.page.map.getBounds().intersects(L.latLngBounds(Guanghui.data.page.bounds))"
    assert page.evaluate(seen)


def test_one_class_alone_takes_one_click_and_the_title_says_the_filter(page) -> None:
    whole = page.evaluate("Guanghui.page.roofs.totals().roofs")
    title = page.locator("#panel .lead h2").inner_text()
    page.locator("#panel .bars .only").nth(1).click()
    hidden = page.evaluate("Guanghui.page.store.state.classes")
    assert 1 not in hidden
    assert len(hidden) == page.locator("#panel .bars .only").count() - 1
    assert page.locator("#panel .lead h2").inner_text() == f"{title}（已筛选）"
    name = page.evaluate("Guanghui.pick(Guanghui.page.roofs.spec.categories.building_class[1].label)")
    assert page.locator("#panel .filter span").inner_text() == f"仅 {name}"
    assert 0 < page.evaluate("Guanghui.page.roofs.totals().roofs") < whole
    page.click("#reset")
    assert page.locator("#panel .lead h2").inner_text() == title
    assert page.evaluate("Guanghui.page.roofs.totals().roofs") == whole


def test_a_small_place_opens_as_large_as_its_map(page) -> None:
    """Limits set on a map that stood farther out once set off a zoom of their own, over the first fit."""
    zoom = page.evaluate(
        """async () => {
          const map = Guanghui.page.map, at = map.getCenter();
          const small = L.latLngBounds([at.lat - 0.004, at.lng - 0.004], [at.lat + 0.004, at.lng + 0.004]);
          map.options.minZoom = 0;
          map.setView(at, 9, {animate: false});
          Guanghui.keepNear(map, small);
          Guanghui.fit(map, small, Guanghui.made("outline"));
          const wanted = map.getZoom();
          await new Promise(done => setTimeout(done, 900));
          return [wanted, map.getZoom()];
        }"""
    )
    assert zoom[0] == zoom[1] > 13
