"""What axe-core finds on the pages: nothing serious, in both views and languages, on a desk and on a phone."""

from __future__ import annotations

import pytest

from guanghui.maps import compare_page, index_page, works_page
from tests.maps.scene import balance, scorecard
from tests.maps.test_works import outlook  # noqa: F401  fixture

pytestmark = pytest.mark.browser
SERIOUS = {"serious", "critical"}


@pytest.fixture(scope="module")
def axe():
    return pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-core is not installed").Axe()


def serious(axe, page) -> list[str]:
    """Rules broken and the elements that break them."""
    found = axe.run(page, options={"resultTypes": ["violations"]}).response["violations"]
    return [f"{v['id']}: {[n['target'] for n in v['nodes']][:4]}" for v in found if v["impact"] in SERIOUS]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_township_page(open_page, axe, township_html: str, lang: str):
    page = open_page(township_html)
    page.evaluate("lang => Guanghui.page.store.set({lang: lang})", lang)
    assert serious(axe, page) == []
    page.evaluate("Guanghui.openRoof(11, true)")
    page.fill("#search input", "B0")
    assert serious(axe, page) == []
    page.press("#search input", "Escape")
    for state in ({"measure": "shade"}, {"measure": "month", "year": 2023}, {"view": "sink", "roof": -1}):
        page.evaluate("change => Guanghui.page.store.set(change)", state)
        assert serious(axe, page) == [], state


@pytest.mark.parametrize("wide", [1440, 390])
def test_the_pages_of_the_city(open_page, axe, city_scene, outlook, wide: int):  # noqa: F811
    s, o = city_scene, outlook
    pages = {code: f"{code}.html" for code in s.city.townships["code"]}
    for html in (
        index_page(s.city, roofs=s.roofs, plan=s.plan, stock=s.stock, scorecard=scorecard(), balance=balance(),
                   pages=pages, files={"a.xlsx": ("工作簿", "workbook")},
                   links={"compare": "c.html", "works": "w.html"}),
        compare_page(s.city, roofs=s.roofs, plan=s.plan, stock=s.stock, pages=pages),
        works_page(s.city, stock=s.stock, outlook=o, landcover_before=o.before),
    ):  # fmt: skip
        page = open_page(html, width=wide, height=900)
        assert serious(axe, page) == []
        page.click("#lang")
        assert serious(axe, page) == []
