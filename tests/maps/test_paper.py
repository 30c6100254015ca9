"""Pages on paper: A4 landscape, nothing below the foot or beyond the edge, nothing left out."""

from __future__ import annotations

import re

import numpy as np
import pytest

from guanghui.maps import compare_page, index_page, works_page
from tests.maps.scene import balance, scorecard
from tests.maps.test_works import outlook  # noqa: F401  fixture

pytestmark = pytest.mark.browser
SET = "change => Guanghui.page.store.set(change)"


@pytest.fixture
def page(open_page, township_html: str):
    return open_page(township_html)


def sheets_of(page) -> int:
    """Pages of the PDF that printing gives; each must be A4 landscape."""
    pdf = page.pdf(prefer_css_page_size=True, print_background=True)
    sides = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", pdf)
    assert sides
    np.testing.assert_allclose(np.array(sides, float), [[841.9, 595.3]] * len(sides), atol=1.0)
    return len(sides)


LOST = """() => {
  const foot = document.querySelector(".foot").getBoundingClientRect(), wide = 277 * 96 / 25.4 + 2;
  const shown = n => n.getClientRects().length && (!n.checkVisibility || n.checkVisibility());
  const kinds = ".block li, .block dd, td, th, .hero div, #legend, .notes li, .chart";
  const texts = [...document.querySelectorAll(kinds)].filter(shown);
  return texts.filter(n => { const r = n.getBoundingClientRect(); return r.bottom > foot.top + 1 || r.right > wide; })
    .map(n => n.textContent.slice(0, 20));
}"""


def lost_on_paper(page) -> list[str]:
    """Texts below the foot or beyond the edge of the sheet, while the page is set for paper."""
    page.set_viewport_size({"width": 1047, "height": 711})
    page.emulate_media(media="print")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    lost = page.evaluate(LOST)
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    page.emulate_media(media="screen")
    return lost


def test_what_has_no_room_beside_the_map_flows_onto_a_second_sheet(page):
    for change in ({"view": "pv", "year": 2023}, {"view": "sink"}):
        page.evaluate(SET, change)
        order = page.evaluate("[...document.getElementById('panel').children].map(n => n.textContent)")
        assert sheets_of(page) <= 2
        assert page.evaluate("document.body.classList.contains('printing')") is False
        assert page.evaluate("[...document.getElementById('panel').children].map(n => n.textContent)") == order
        assert lost_on_paper(page) == []
    assert page.heard == []


def test_the_pages_of_the_city_lose_nothing_on_paper(open_page, city_scene, outlook):  # noqa: F811
    s, o = city_scene, outlook
    for html, parts in (
        (index_page(s.city, roofs=s.roofs, plan=s.plan, stock=s.stock, scorecard=scorecard(), balance=balance()),
         ("#ranking td", "#score td", "#balance .chart")),
        (compare_page(s.city, roofs=s.roofs, plan=s.plan, stock=s.stock), ("#figures td",)),
        (works_page(s.city, stock=s.stock, outlook=o), ("#ranking td", "#plan td", ".matrix td")),
    ):  # fmt: skip
        page = open_page(html)
        assert sheets_of(page) <= 7
        assert lost_on_paper(page) == []
        page.evaluate("document.body.classList.add('printing')")
        for part in parts:
            assert page.locator(part).first.is_visible(), part
        assert page.heard == []


def test_a3_is_filled_as_a4_is(page):
    page.select_option("#paper", "A3")
    pdf = page.pdf(prefer_css_page_size=True, print_background=True)
    sides = np.array(re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", pdf), float)
    np.testing.assert_allclose(sides, [[1190.6, 841.9]] * len(sides), atol=1.0)
    page.set_viewport_size({"width": 1512, "height": 1047})
    page.emulate_media(media="print")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    wide = page.evaluate("document.body.getBoundingClientRect().width * 25.4 / 96")
    tall = page.evaluate("document.querySelector('.stage').getBoundingClientRect().height * 25.4 / 96")
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    page.emulate_media(media="screen")
    assert wide == pytest.approx(400, abs=1)
    assert 220 < tall < 277
    page.select_option("#paper", "A4")
    assert sheets_of(page) <= 2
