"""A figure and its interval are in one unit; a column of a table has one step; Python and the page write the same."""

from __future__ import annotations

import math
import re

import pytest

from guanghui.maps.words.numbers import UNITS, format_column, format_number, format_range

VALUES = [0.3, 9_500.0, 9_999.0, 12_000.0, 99_900.0, 1e5, 9.7e7, 1.04e8, -25_874.0]


def word(text: str) -> str:
    return re.sub(r"^[\d,.\-–~ ]+", "", text)


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("unit", sorted(UNITS))
def test_an_interval_has_the_unit_of_its_figure(unit: str, lang: str) -> None:
    for value in VALUES:
        ends = sorted((0.8 * value, 1.2 * value))
        assert word(format_range(*ends, unit, lang, figure=value)) == word(format_number(value, unit, lang))


@pytest.mark.browser
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_python_and_the_page_write_the_same(open_page, township_html: str, lang: str) -> None:
    page = open_page(township_html)
    page.evaluate("lang => (Guanghui.lang = lang)", lang)
    columns = [[3.3e3, 682e3], [6082.0, 5.3, -12.7], [2759096.0, 532.0], [12.34, None], [0.0], VALUES]
    for unit in UNITS:
        for values in columns:
            filled = [math.nan if value is None else value for value in values]
            found = page.evaluate(
                "([v, u]) => { const c = Guanghui.column(v, u); return [c.unit, v.map(c.text)]; }", [values, unit]
            )
            assert found == list(format_column(filled, unit, lang)), (unit, values)
        for value in VALUES:
            ends = sorted((0.8 * value, 1.2 * value))
            found = page.evaluate("a => Guanghui.range(...a)", [*ends, unit, value])
            assert found == format_range(*ends, unit, lang, figure=value)


@pytest.mark.browser
def test_cards_of_all_roofs_have_one_unit(open_page, township_html: str) -> None:
    page = open_page(township_html)
    wrong = page.evaluate(
        """() => { const P = Guanghui.page, wrong = []; let seen = 0;
        P.roofs.spec.uncertainty = {common: 0.08, independent: 0.1, z: 1.96};
        for (let i = 0; i < P.roofs.count; i++) {
          P.store.set({roof: i});
          const unit = document.querySelector("#card .big span"), range = document.querySelector("#card .interval");
          if (!unit || !range) continue;
          seen++;
          const has = text => text.match(/亿?万?千瓦时/)[0];
          if (has(unit.textContent) !== has(range.textContent)) wrong.push(i);
        }
        return [seen, wrong]; }"""
    )
    assert wrong[0] > 1000
    assert wrong[1] == []
