"""The page on forest and restoration works, from results of the sinks room."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from guanghui.geo.landcover import land_class, land_classes
from guanghui.maps import works_page
from guanghui.maps.page.forestry import change_matrix, growth_payload, rule_rows, work_rows
from guanghui.maps.words.i18n import words
from guanghui.maps.words.numbers import format_column, format_number, format_range
from guanghui.sinks.settings import CcerSettings, ProjectionSettings, SinkSettings, Work
from guanghui.sinks.years import ccer
from guanghui.sinks.years.change import pair_areas
from guanghui.sinks.years.potential import planting_potential
from guanghui.sinks.years.projection import BESIDE, LINES, Baseline, project
from guanghui.sinks.years.transitions import Transitions
from tests.maps.test_page import CODE, HOSTILE, data_of, hostile

WORKS = (
    Work(kind="afforestation", first_year=2022, last_year=2025, area_ha=300),
    Work(kind="wetland_restoration", first_year=2023, area_ha=40),
)
SETTINGS = SinkSettings(projection=ProjectionSettings(works=WORKS), ccer=CcerSettings(history_years=0), draws=400)


@pytest.fixture(scope="module")
def outlook(city_scene) -> SimpleNamespace:
    """Everything the page can show."""
    s = city_scene
    now = s.stock.classes
    before = now.copy(data=now.to_numpy().copy())
    before[300:420, 300:420] = land_class("cropland").id
    before.attrs = now.attrs
    frame = _long(pair_areas(before, now, s.city.townships).known_ha, s.city.townships["code"])
    return SimpleNamespace(
        before=before,
        change=SimpleNamespace(transitions=Transitions(frame, frame.iloc[:0], 1.0)),
        potential=planting_potential(now, s.city.townships, SETTINGS.potential),
        credits=(ccer.afforestation(now, s.city.townships, SETTINGS, draws=400),),
        projection=project(Baseline(2e5, 300.0), SETTINGS),
        works=_works(),
    )


def _works() -> pd.DataFrame:
    """Works in the shape of the outlook."""
    rows = []
    for work in WORKS:
        alone = SETTINGS.model_copy(update={"projection": ProjectionSettings(works=(work,))})
        found = project(Baseline(0.0), alone)
        at = found.frame[found.frame["line"] == work.kind].set_index("year")
        gases = found.gases.set_index("year")["balance_tco2e"] if work.kind in BESIDE else {}
        ends = {"": "change_tc", "low_": "low_tc", "high_": "high_tc"}
        rows.append({
            "code": "", "name": "甘露镇", "line": work.kind, "first_year": work.first_year,
            "last_year": work.last_year or work.first_year, "area_ha": work.area_ha,
            "counted": work.kind not in BESIDE,
            **{f"expected_{y}_{end}tc": at.loc[y, c] for y in (2030, 2060) for end, c in ends.items()},
            **{f"gases_{y}_tco2e": gases[y] if work.kind in BESIDE else float("nan") for y in (2030, 2060)},
        })  # fmt: skip
    return pd.DataFrame(rows)


def _long(pairs: pd.DataFrame, codes: pd.Series) -> pd.DataFrame:
    """One row a township and pair of classes, as :func:`sinks.years.change.transitions` gives them."""
    keys = {c.id: key for key, c in land_classes().items()}
    rows = [
        {"code": code, "before": keys[before], "after": keys[after], "area_ha": area}
        for code, row in zip(codes, pairs.to_numpy(), strict=True)
        for (before, after), area in zip(pairs.columns, row, strict=True)
        if area > 0
    ]
    return pd.DataFrame(rows)


@pytest.fixture(scope="module")
def html(city_scene, outlook) -> str:
    return works_page(city_scene.city, stock=city_scene.stock, outlook=outlook, landcover_before=outlook.before)


def test_every_line_of_a_projection_has_a_name():
    assert {f"line_{key}" for key in (*LINES, "usual", "works", "total")} <= set(words())


def test_the_matrix_holds_all_the_land_and_its_sums_are_those_of_the_classes(outlook):
    found = change_matrix(outlook.change.transitions)
    assert np.sum(found["area_ha"]) == pytest.approx(outlook.change.transitions.frame["area_ha"].sum())
    assert len(found["area_ha"]) == len(found["groups"]) == len(found["area_ha"][0])
    labels = [group["label"][1] for group in found["groups"]]
    crop, forest = labels.index("Cropland"), labels.index("Forest")
    moved = outlook.change.transitions.frame.query("before == 'cropland' and after == 'forest'")["area_ha"].sum()
    assert found["area_ha"][crop][forest] == pytest.approx(moved)
    assert moved > 0


def test_the_matrix_of_two_surveys_says_what_lies_along_redrawn_borders(outlook):
    assert "border_ha" not in change_matrix(outlook.change.transitions)
    pieces = pd.DataFrame({"code": ["1", "2"], "before": "forest", "after": "cropland", "border_ha": [0.25, 0.5]})
    assert change_matrix(replace(outlook.change.transitions, pieces=pieces))["border_ha"] == 0.75


def test_rules_only_ever_take_land_away(outlook):
    for screening in (outlook.potential.screen, outlook.credits[0].screen):
        areas = [row["area_ha"] for row in rule_rows(screening)]
        assert areas == sorted(areas, reverse=True)


def test_the_growth_table_gives_the_figures_of_the_projection(outlook):
    found = growth_payload(outlook.projection, (2030, 2045, 2060, 2090))
    assert found["wanted"] == [2030, 2045, 2060]
    frame = outlook.projection.frame.set_index(["line", "year"])
    for line in found["lines"]:
        for year, one in zip(found["wanted"], line["at"], strict=True):
            row = frame.loc[(line["key"], year)]
            assert one == {"values": row["change_tc"], "low": row["low_tc"], "high": row["high_tc"]}
    assert [one["key"] for one in found["series"]] == ["usual", "works", "total"]


def test_works_are_listed_with_their_years_and_what_they_bring(outlook):
    rows = work_rows(outlook.works)
    assert [(w["first"], w["last"]) for w in rows] == [(2022, 2025), (2023, 2023)]
    for row in rows:
        assert [one["year"] for one in row["expected"]] == [2030, 2060]
        assert all(one["low"] < one["value"] < one["high"] for one in row["expected"])
    assert [row["counted"] for row in rows] == [True, False]
    assert rows[1]["gases"][-1]["value"] > 0
    assert work_rows(outlook.works.iloc[:0]) == []


def test_a_city_without_any_of_it_still_has_a_page(city_scene):
    data = data_of(works_page(city_scene.city))
    assert data["growth"] is None
    assert data["works"] == []
    assert data["credits"] == []


@pytest.mark.browser
def test_the_page_shows_areas_gains_credits_works_and_changes(open_page, html: str, city_scene, outlook):
    page = open_page(html)
    whole = outlook.potential.table.iloc[-1]
    hero = page.inner_text("#hero").replace("\n", " ").replace(" ", "")
    for column, unit in (("eligible_ha", "ha"), ("gain_2045_tc", "tc"), ("gain_2060_tc", "tc")):
        assert format_number(whole[column], unit).replace(" ", "") in hero
    credit = outlook.credits[0].table.iloc[-1]
    assert format_range(credit["credit_low_tco2_yr"], credit["credit_high_tco2_yr"], "tco2") in page.inner_text(
        "#story"
    )
    total = outlook.projection.frame.query("line == 'total' and year == 2060").iloc[0]
    line = page.locator("#side tr.sum").inner_text()
    lines = outlook.projection.frame.query("year == 2060")
    step, _ = format_column(list(lines["change_tc"]), "tc")
    assert step in page.locator("#side thead").inner_text()
    assert format_number(total["change_tc"], "tc").split()[0] in line
    hero_labels = page.locator("#hero dt").all_inner_texts()
    forecast = [i for i, text in enumerate(hero_labels) if "预测" in text]
    scenario = [i for i, text in enumerate(hero_labels) if "宜林地全部造林情形" in text]
    assert forecast
    assert scenario
    assert max(forecast) < min(scenario)
    assert "2022–2025" in page.inner_text("#plan")
    work = outlook.works.iloc[0]
    shown = page.inner_text("#plan tbody tr >> nth=0")
    assert format_number(work["expected_2060_tc"], "tc").split()[0] in shown
    step, _ = format_column(list(outlook.works["expected_2060_tc"]), "tc")
    assert step in page.locator("#plan thead").inner_text()
    assert page.locator(".matrix tbody tr").count() == len(data_of(html)["change"]["groups"])
    for key, title in (("landcover", "土地覆盖"), ("change", "土地变化"), ("credits", "CCER")):
        page.check(f"input[value={key}]")
        assert title in page.inner_text("#legend")
        page.uncheck(f"input[value={key}]")
        assert title not in page.inner_text("#legend")
    page.uncheck("input[value=potential]")
    assert page.is_hidden("#legend")
    before = page.evaluate("Guanghui.page.map.getZoom()")
    page.click("#ranking .link >> nth=1")
    assert page.evaluate("Guanghui.page.map.getZoom()") > before
    page.click("#lang")
    assert "Land to plant" in page.inner_text("#hero")
    assert not any("\u4e00" <= c <= "\u9fff" for c in page.inner_text("#side") + page.inner_text("#story"))
    assert page.heard == []


@pytest.mark.browser
def test_hostile_names_stay_text_and_the_page_fits_a_phone(open_page, city_scene, outlook):
    city, _ = hostile(city_scene)
    html = works_page(city, stock=city_scene.stock, outlook=outlook)
    page = open_page(html, width=390, height=844, is_mobile=True)
    assert HOSTILE[0] in page.inner_text("#ranking")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert CODE in html
    assert page.heard == []


def test_the_next_plots_of_the_stock_are_told_in_one_table(city_scene, open_page) -> None:
    s = city_scene
    plots = pd.DataFrame({
        "land_zh": ["旱地", "杉木"], "land_en": ["dry cropland", "Chinese fir"], "pool_zh": ["土壤有机碳", "枯落物"],
        "pool_en": ["soil organic carbon", "litter"],
        "name": ["甲镇", "乙乡"], "area_ha": [5000.0, 20.0], "variance_pct": [60.0, 1.0], "spread_known": [False, True],
        "now_tc": [9e4, 9e4], "after_1_tc": [7e4, 8.9e4], "after_10_tc": [5e4, 8.8e4],
    })  # fmt: skip
    stock = SimpleNamespace(**{**vars(s.stock), "next_plots": plots})
    html = works_page(s.city, stock=stock)
    told = data_of(html)["plots"]
    assert told["rows"][0]["one"] == pytest.approx(2e4)
    assert told["rows"][1]["land"] == ["杉木", "Chinese fir"]
    page = open_page(html)
    for lang, name in (("zh", "旱地 · 土壤有机碳"), ("en", "dry cropland · soil organic carbon")):
        page.evaluate("lang => Guanghui.page.store.set({lang: lang})", lang)
        text = page.inner_text("#story")
        assert name in text
        assert "*" in text
    assert page.heard == []
    assert "plots" not in data_of(works_page(s.city, stock=s.stock))
