"""Two townships side by side."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from guanghui.maps import compare_page
from guanghui.maps.city.thumbs import ROOF_COLOURS, RoofThumbs, Thumbs
from guanghui.maps.inputs import map_inputs
from guanghui.maps.words.numbers import format_number, format_range
from tests.maps.test_page import CODE, HOSTILE, data_of, hostile
from tests.maps.test_raster import pixels


@pytest.fixture(scope="module")
def thumbs(city_scene) -> Thumbs:
    s = city_scene
    return Thumbs(s.city.townships, map_inputs(s.city, s.stock), stock=s.stock)


def test_all_townships_are_drawn_at_one_scale(thumbs, city_scene):
    found = [thumbs.payload(code) for code in city_scene.city.townships["code"]]
    scales = [one["m_px"] for one in found]
    assert max(scales) / min(scales) < 1.01
    for one, town in zip(found, city_scene.city.townships.itertuples(), strict=True):
        rings = [np.array([point.split() for point in part.strip("Z").split("L")], float)
                 for part in one["outline"].split("M")[1:]]  # fmt: skip
        area = shapely.Polygon(rings[0]).area * one["m_px"] ** 2
        assert area == pytest.approx(town.area_m2, rel=0.02)
        assert max(one["width"], one["height"]) <= 421


def test_roofs_of_the_programme_stand_out_and_others_townships_are_not_shown(thumbs, city_scene):
    s = city_scene
    roofs = RoofThumbs(s.city.townships, s.roofs, s.plan)
    for code in s.city.townships["code"]:
        shown = pixels(roofs.picture(code))
        assert shown.shape[:2] == (thumbs.payload(code)["height"], thumbs.payload(code)["width"])
        colours = {"#{:02x}{:02x}{:02x}".format(*p[:3]) for p in shown[shown[..., 3] > 0]}
        assert colours == set(ROOF_COLOURS)
    others = RoofThumbs(s.city.townships, s.roofs[s.roofs["township_code"] != CODE])
    assert not pixels(others.picture(CODE))[..., 3].any()
    plain = Thumbs(s.city.townships, map_inputs(s.city, None))
    assert "carbon" not in plain.payload(CODE)
    assert plain.legend() is None


def test_the_payload_holds_the_months_and_the_area_of_every_township(city_scene):
    s = city_scene
    data = data_of(compare_page(s.city, roofs=s.roofs, plan=s.plan, stock=s.stock))
    for row in data["rows"]:
        own = s.roofs[s.roofs["township_code"] == row["code"]]
        np.testing.assert_allclose(row["months"], own[[f"yield_{m:02d}" for m in range(1, 13)]].sum())
        assert sum(row["months"]) == pytest.approx(row["pv"]["0"]["yield_kwh"])
    assert sum(r["area_ha"] for r in data["rows"]) == pytest.approx(s.city.townships["area_m2"].sum() / 1e4)
    bare = data_of(compare_page(s.city))
    assert bare["measures"] == []
    assert bare["rows"][0]["months"] is None


@pytest.mark.browser
def test_the_reader_chooses_two_and_sees_their_figures(open_page, city_scene):
    s = city_scene
    roofs = s.roofs.copy()
    roofs.attrs = {**s.roofs.attrs, "uncertainty": {"common": 0.06, "independent": 0.15}}
    page = open_page(compare_page(s.city, roofs=roofs, plan=s.plan, stock=s.stock, pages={CODE: "a.html"}))
    page.select_option("#left", "360482200")
    page.select_option("#right", CODE)
    assert page.locator(".place-card h2").all_inner_texts()[0].startswith("金湖乡")
    assert page.get_attribute(".place-card:nth-child(2) header a", "href") == "a.html#lang=zh"
    assert page.locator(".thumb img").evaluate_all("all => all.every(i => i.complete && i.naturalWidth > 0)")
    line = page.locator(".butterfly tbody tr", has_text="碳储量")
    table = s.stock.table.set_index("code")
    for side, code in (("at-left", "360482200"), ("at-right", CODE)):
        row = table.loc[code]
        assert line.locator(f".{side} b").inner_text() == format_number(row["total_tc"], "tc")
        assert line.locator(f".{side} small").inner_text() == format_range(
            row["total_low_tc"], row["total_high_tc"], "tc"
        )
    before = page.locator(".butterfly tbody tr", has_text="装机容量").locator(".at-right b").inner_text()
    page.check("input[name=year][value='2022']")
    chosen = s.plan.table[(s.plan.table["year"] == 2022) & (s.plan.table["township_code"] == CODE)]
    after = page.locator(".butterfly tbody tr", has_text="装机容量").locator(".at-right b").inner_text()
    assert after == format_number(chosen["capacity_kwp"].sum(), "kwp")
    assert after != before
    page.click("#swap")
    assert page.locator(".place-card h2").all_inner_texts()[0].startswith("甘露镇")
    assert f"left={CODE}" in page.evaluate("location.hash")
    page.click("#lang")
    assert "Side by side" not in page.title()
    assert "Compare townships" in page.title()
    assert page.heard == []


@pytest.mark.browser
def test_the_comparison_opens_at_the_townships_it_is_asked_for_and_fits_a_phone(open_page, city_scene):
    s = city_scene
    html = compare_page(s.city, roofs=s.roofs, plan=s.plan, stock=s.stock)
    page = open_page(html, width=390, height=844, fragment="#left=360482101&right=nonsense", is_mobile=True)
    assert page.input_value("#left") == "360482101"
    assert page.input_value("#right") == "360482101"
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.heard == []


@pytest.mark.browser
def test_hostile_names_stay_text_on_the_comparison(open_page, city_scene):
    city, roofs = hostile(city_scene)
    page = open_page(compare_page(city, roofs=roofs, stock=city_scene.stock, pages={CODE: "a.html"}))
    assert HOSTILE[0] in page.inner_text("#pair")
    assert HOSTILE[0] in page.inner_text("#left")
    assert page.heard == []
