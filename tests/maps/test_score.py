"""Scorecard and balance on the index page."""

from __future__ import annotations

import math

import numpy as np
import pytest

from guanghui.geo.errors import InputError
from guanghui.maps import index_page
from guanghui.maps.city.score import BALANCE_SERIES, STATUSES, balance_payload, score_rows
from guanghui.maps.words.i18n import words
from guanghui.maps.words.numbers import format_number
from tests.maps.scene import balance, scorecard
from tests.maps.test_page import HOSTILE


def test_every_finding_and_series_has_a_name():
    wanted = {f"status_{s}" for s in STATUSES} | {f"balance_{c.removesuffix('_t')}" for c, *_ in BALANCE_SERIES}
    wanted |= {f"balance_{panel}" for _, panel, *_ in BALANCE_SERIES}
    assert wanted <= set(words())


def test_rows_of_the_scorecard_are_those_of_the_table():
    table = scorecard()
    rows = score_rows(table)
    assert [r["status"] for r in rows] == table["status"].tolist()
    assert [r["target"] for r in rows] == table["target"].tolist()
    assert [r["result"] for r in rows] == [None if math.isnan(v) else v for v in table["result"]]
    assert rows[0]["year"] == "2025"
    assert score_rows(table.assign(year=table["year"].astype(float)))[0]["year"] == "2025"
    assert score_rows(None) == []


def test_a_scorecard_with_another_shape_is_refused():
    with pytest.raises(InputError, match="why_en"):
        score_rows(scorecard().drop(columns="why_en"))
    with pytest.raises(InputError, match="status fine"):
        score_rows(scorecard().assign(status="fine"))


def test_the_balance_keeps_its_gaps_and_leaves_out_what_it_has_not():
    found = balance_payload(balance())
    series = {one["key"]: one for one in found["series"]}
    assert found["years"][0] == 2020
    assert series["co2_kaya"]["values"][-1] is None
    assert series["avoided"]["low"] is None
    np.testing.assert_allclose(series["sink"]["low"], balance()["sink_low_t"])
    assert [one["key"] for one in balance_payload(balance()[["sink_t"]])["series"]] == ["sink"]
    assert balance_payload(balance().iloc[:0]) is None
    assert balance_payload(balance() * np.nan) is None


@pytest.mark.browser
def test_the_overview_shows_targets_and_draws_the_balance(open_page, city_scene):
    s = city_scene
    table, years = scorecard(), balance()
    table.loc[0, "why_zh"] = HOSTILE[0]
    page = open_page(index_page(s.city, roofs=s.roofs, plan=s.plan, stock=s.stock, scorecard=table, balance=years))
    lines = page.locator(".score tbody tr")
    assert lines.count() == len(table)
    assert HOSTILE[0] in lines.nth(0).inner_text()
    assert lines.nth(1).locator("td").nth(1).inner_text() == "120 MWp"
    assert lines.nth(3).locator("td").nth(2).inner_text() == "—"
    tally = [text.split() for text in page.locator(".score .tally .status").all_inner_texts()]
    assert tally == [["1", "达到"], ["1", "不足"], ["1", "超出"], ["1", "口径不同"], ["1", "无数据"]]
    charts = page.locator(".balance figure.chart")
    assert charts.count() == 2
    assert charts.nth(0).locator("path.line").count() == 3
    assert charts.nth(1).locator("path.line").count() == 2
    assert charts.nth(1).locator("path.band").count() == 1
    charts.nth(1).scroll_into_view_if_needed()
    box = charts.nth(1).locator("> svg").bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.97, box["y"] + 40)
    note = charts.nth(1).locator(".chart-note").inner_text()
    assert note.startswith("2060")
    for column in ("avoided_t", "sink_t", "sink_low_t", "sink_high_t"):
        assert format_number(years[column].iloc[-1], "tco2").split()[0] in note
    page.click(".figures-table summary")
    assert page.locator(".figures-table tbody tr").count() == len(years)
    page.click("#lang")
    assert "Against the plan's targets" in page.inner_text(".score h2")
    assert page.heard == []
