"""Sheets for owners: one page of A4 a roof, with the figures of its card."""

from __future__ import annotations

import re

import pytest

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
