"""Every kind of page under paper, wheel, mouse, fingers, keys and the way back; nothing may fail or be lost."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from guanghui.maps import RoofIrradiation, index_page, township_page
from guanghui.pv.programme.phases import coverage_plan
from tests.maps.scene import PHASES, SOUTH, WEST, Scene
from tests.maps.test_access import axe, serious  # noqa: F401  fixture
from tests.maps.test_irradiation import write_tile

pytestmark = pytest.mark.browser

CODE = "360482100"
ZOOM = "Guanghui.page.map.getZoom()"
SHOWN = "[Guanghui.page.map.getZoom(), Guanghui.page.map.getCenter().lat, document.body.innerText.length]"
KINDS = ("usual", "one township", "carbon alone", "eight tiles")


@pytest.fixture(scope="module")
def html_of(city_scene: Scene, township_html: str, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], str]:
    """Township page of a kind."""
    made = {"usual": township_html}
    s = city_scene

    def one_township() -> str:
        alone = dataclasses.replace(s.city, townships=s.city.townships[s.city.townships["code"] == CODE])
        roofs = s.roofs[s.roofs["township_code"].astype(str) == CODE].reset_index(drop=True)
        return township_page(alone, CODE, roofs=roofs, plan=coverage_plan(roofs, PHASES), stock=s.stock)

    def eight_tiles() -> str:
        folder = tmp_path_factory.mktemp("tiles")
        steps = [(column, row) for row in range(2) for column in range(4)]
        files = [
            write_tile(Path(folder) / f"{row}_{column}.tif", WEST + 1500 + 200 * column, SOUTH + 6200 + 200 * row)
            for column, row in steps
        ]
        irradiation = RoofIrradiation(files, s.roofs)
        return township_page(s.city, CODE, roofs=s.roofs, plan=s.plan, stock=s.stock, irradiation=irradiation)

    makers = {
        "one township": one_township,
        "carbon alone": lambda: township_page(s.city, CODE, stock=s.stock),
        "eight tiles": eight_tiles,
    }

    def html(kind: str) -> str:
        if kind not in made:
            made[kind] = makers[kind]()
        return made[kind]

    return html


def middle(page) -> tuple[float, float]:
    box = page.locator(".leaflet-container").bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def wheel(page, turn: int) -> list[float]:
    """Zooms that the wheel passes through until it no longer moves the map."""
    seen = [page.evaluate(ZOOM)]
    for _ in range(16):
        page.mouse.wheel(0, turn)
        page.wait_for_timeout(90)  # a wheel waits for the next notch before it zooms
        page.wait_for_function("!Guanghui.page.map._animatingZoom")
        seen.append(page.evaluate(ZOOM))
        if seen[-1] == seen[-2] in page.evaluate("[Guanghui.page.map.getMinZoom(), Guanghui.page.map.getMaxZoom()]"):
            break
    return seen


@pytest.mark.parametrize("kind", KINDS)
def test_paper_wheel_and_mouse_leave_the_page_whole(open_page, html_of, kind: str) -> None:
    page = open_page(html_of(kind))
    assert page.evaluate("Guanghui.page.map.getSize().y === Guanghui.page.map.getContainer().clientHeight")
    before = page.evaluate(SHOWN)
    paper = page.pdf(prefer_css_page_size=True)
    assert 1 <= len(re.findall(rb"/Type\s*/Page\b", paper)) <= 3
    page.wait_for_timeout(100)
    assert page.evaluate(SHOWN) == before
    assert page.evaluate("Guanghui.page.map.getSize().y === Guanghui.page.map.getContainer().clientHeight")
    if kind == "eight tiles":
        page.check("input[value=irradiation]")
    page.mouse.move(*middle(page))
    near = wheel(page, -700)
    assert near[-1] == page.evaluate("Guanghui.page.map.getMaxZoom()") == 20
    far = wheel(page, 700)
    assert far[-1] == page.evaluate("Guanghui.page.map.getMinZoom()")
    page.click("[data-t-label=whole]")
    before = page.evaluate("Guanghui.page.map.getCenter().lng")
    page.evaluate("Guanghui.page.map.setZoom(14, {animate: false})")
    x, y = middle(page)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 150, y, steps=6)
    page.mouse.up()
    page.wait_for_timeout(350)
    assert page.evaluate("Guanghui.page.map.getCenter().lng") > before
    assert page.heard == []


@pytest.mark.parametrize("kind", KINDS)
def test_fingers_pan_pinch_tap_and_draw_sliders(open_page, html_of, kind: str) -> None:
    page = open_page(html_of(kind), width=390, height=844, has_touch=True, is_mobile=True, device_scale_factor=2)
    cdp = page.context.new_cdp_session(page)

    def touch(kind_: str, *points: tuple[float, float]) -> None:
        fingers = [{"x": x, "y": y, "id": i} for i, (x, y) in enumerate(points)]
        cdp.send("Input.dispatchTouchEvent", {"type": kind_, "touchPoints": fingers})

    def draw(*paths: list[tuple[float, float]]) -> None:
        touch("touchStart", *[path[0] for path in paths])
        for points in zip(*[path[1:] for path in paths], strict=True):
            touch("touchMove", *points)
            page.wait_for_timeout(16)
        touch("touchEnd")
        page.wait_for_timeout(350)

    x, y = middle(page)
    start = page.evaluate(ZOOM)
    steps = [10 + 9 * i for i in range(12)]
    draw([(x - s, y) for s in steps], [(x + s, y) for s in steps])
    assert page.evaluate(ZOOM) > start + 1
    lng = page.evaluate("Guanghui.page.map.getCenter().lng")
    draw([(x + 60 - 8 * i, y) for i in range(14)])
    assert page.evaluate("Guanghui.page.map.getCenter().lng") > lng
    if kind == "carbon alone":
        assert page.heard == []
        return
    roof = page.evaluate("Guanghui.page.roofs.top('yield_kwh', 1)[0]")
    at = page.evaluate(
        """roof => { const G = Guanghui, m = G.page.map, o = G.page.roofs.outlines;
        m.setView(o.middle(roof), 18, {animate: false});
        const p = m.latLngToContainerPoint(o.middle(roof)), b = m.getContainer().getBoundingClientRect();
        return [p.x + b.left, p.y + b.top]; }""",
        roof,
    )
    page.touchscreen.tap(*at)
    page.wait_for_timeout(350)
    assert page.is_visible("#card")
    page.locator("#card .close").tap()
    assert page.is_hidden("#card")
    page.locator("#tool-rectangle").tap()
    draw([(x - 60 + 10 * i, y - 60 + 10 * i) for i in range(13)])
    assert page.evaluate("Guanghui.page.store.state.selected.reduce((a, b) => a + b, 0)") >= 1
    page.locator("#tool-rectangle").tap()
    page.locator("#select-clear").tap()
    page.locator("#phase").scroll_into_view_if_needed()
    box = page.locator("#phase").bounding_box()
    row, left, wide = box["y"] + box["height"] / 2, box["x"] + 10, box["width"] - 20
    draw([(left + wide * (1 - i / 12), row) for i in range(13)])
    assert page.evaluate("Guanghui.page.store.state.year") == min(PHASES)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.heard == []


@pytest.mark.parametrize("kind", KINDS)
def test_keys_alone_reach_everything_and_are_never_caught(open_page, html_of, kind: str) -> None:
    page = open_page(html_of(kind))
    seen = []
    for _ in range(150):
        page.keyboard.press("Tab")
        found = page.evaluate(
            """() => { const e = document.activeElement; if (!e || e === document.body) return null;
            const b = e.getBoundingClientRect(), s = getComputedStyle(e);
            const name = e.id || e.dataset.tLabel || e.getAttribute("aria-label") || e.textContent.slice(0, 30);
            return [name, b.width * b.height > 0, s.outlineStyle !== "none" || e.matches("input")]; }"""
        )
        if found is None:
            break
        seen.append(found)
    else:
        raise AssertionError("Tab never leaves the page")
    names = [name for name, _, _ in seen]
    assert all(there and marked for _, there, marked in seen), [s for s in seen if not (s[1] and s[2])]
    wanted = {"lang", "print", "zoom_in", "whole"}
    assert any(name.startswith("map_") for name in names), "the map itself"
    if kind != "carbon alone":
        wanted |= {"phase", "least", "open-list", "tool-rectangle", "tool-lasso"}
    assert wanted <= set(names)
    page.focus(".leaflet-container")
    zoom, lng = page.evaluate(f"[{ZOOM}, Guanghui.page.map.getCenter().lng]")
    page.keyboard.press("+")
    page.wait_for_timeout(450)
    page.keyboard.press("ArrowRight")
    page.wait_for_timeout(450)
    assert page.evaluate(ZOOM) > zoom
    assert page.evaluate("Guanghui.page.map.getCenter().lng") > lng
    if kind == "carbon alone":
        return
    page.focus("#open-list")
    page.keyboard.press("Enter")
    page.wait_for_timeout(100)
    assert page.is_visible("#list")
    page.locator("#list .body button").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_timeout(100)
    assert page.is_visible("#card")
    page.keyboard.press("Escape")
    assert page.is_hidden("#card")
    assert page.evaluate("document.activeElement !== document.body"), "the focus goes back to where it was"
    assert page.heard == []


@pytest.mark.parametrize("kind", KINDS[1:])
def test_axe_finds_nothing_serious_and_back_goes_back(open_page, axe, html_of, kind: str) -> None:  # noqa: F811
    page = open_page(html_of(kind))
    page.click("#lang")
    if kind == "eight tiles":
        page.check("input[value=irradiation]")
    assert serious(axe, page) == []
    page.evaluate("Guanghui.page.map.setZoom(14, {animate: false})")
    page.wait_for_timeout(350)
    there = page.url
    page.goto("about:blank")
    page.go_back()
    page.wait_for_selector("body.ready")
    assert page.url == there
    assert page.evaluate(f"[Guanghui.lang, {ZOOM}]") == ["en", 14]
    assert page.heard == []


def test_back_and_forward_keep_what_was_shown(open_page, city_scene: Scene, township_html: str, tmp_path: Path) -> None:
    s = city_scene
    files = {CODE: "page.html"}
    (tmp_path / "page.html").write_text(township_html, encoding="utf-8", newline="\n")
    page = open_page(index_page(s.city, roofs=s.roofs, plan=s.plan, stock=s.stock, pages=files))
    index = tmp_path / "index.html"
    index.write_bytes((tmp_path / "page.html").read_bytes())
    (tmp_path / "page.html").write_text(township_html, encoding="utf-8", newline="\n")
    page.goto(index.as_uri())
    page.wait_for_selector("body.ready")
    page.click("#lang")
    page.wait_for_timeout(120)
    page.locator("a[href^='page.html']").first.click()
    page.wait_for_selector("body.township-page.ready")
    assert page.evaluate("Guanghui.lang") == "en"
    page.evaluate("Guanghui.page.store.set({year: 2023, classes: [1]})")
    page.go_back()
    page.wait_for_selector("body.overview-page.ready")
    assert page.evaluate("Guanghui.lang") == "en"
    page.go_forward()
    page.wait_for_selector("body.township-page.ready")
    state = page.evaluate("(({lang, year, classes}) => [lang, year, classes])(Guanghui.page.store.state)")
    assert state == ["en", 2023, [1]]
    assert page.heard == []
