"""Township and index pages as text: whole, the same every time, safe with hostile names, and content without inputs."""

from __future__ import annotations

import dataclasses
import json
import re
from html.parser import HTMLParser

import geopandas as gpd
import numpy as np
import pytest

from guanghui.geo.errors import InputError
from guanghui.maps import index_page, save, township, township_page
from guanghui.maps.page.facts import ALL_ROOFS, pv_facts, sink_facts
from guanghui.maps.page.sinkview import carbon_facts
from guanghui.sinks.tables import TABLE_COLUMNS

CODE = "360482100"
HOSTILE = [
    "<script>alert(1)</script>",
    "</script><script>alert(2)</script>",
    "<!--<script>",
    "'\"`\\ ${alert(3)} {{7*7}} {% raw %} {# x #}",
    "𠮷野家🏠" + "长" * 300,
    "=cmd|' /C calc'!A0",
    "../../etc/passwd",
    "con",
    "line\nbreak\r\ttab\u2028sep",
    "<img src=x onerror=alert(4)>",
]


class Loads(HTMLParser):
    """Addresses a page would load by itself."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("script", "link", "img", "iframe", "source", "object", "embed", "base"):
            self.found += [v for k, v in attrs if k in ("src", "href", "data") and v]


def data_of(html: str) -> dict:
    """Data block of a page."""
    found = re.search(r'<script type="application/json" id="guanghui-data">(.*?)</script>', html, re.DOTALL)
    assert found
    return json.loads(found.group(1))


def test_a_page_loads_nothing_and_the_same_inputs_give_the_same_bytes(city_scene, township_html: str):
    s = city_scene
    assert Loads(township_html).found == []
    again = township_page(s.city, CODE, roofs=s.roofs, plan=s.plan, stock=s.stock)
    assert again == township_html
    assert index_page(s.city, roofs=s.roofs, plan=s.plan, stock=s.stock) == index_page(
        s.city, roofs=s.roofs, plan=s.plan, stock=s.stock
    )


def test_a_date_is_shown_only_when_it_is_given(city_scene, township_html: str):
    assert data_of(township_html)["page"]["date"] == ""
    dated = township_page(city_scene.city, CODE, date="2023-12-01")
    assert data_of(dated)["page"]["date"] == "2023-12-01"


def test_a_township_page_is_small(township_html: str):
    assert len(township_html.encode()) < 1_500_000


def test_what_is_missing_leaves_its_part_out(city_scene):
    s = city_scene
    bare = dataclasses.replace(s.city, terrain=None, wetlands=None)
    pv = data_of(township_page(bare, CODE, roofs=s.roofs))
    assert pv["page"]["views"] == ["pv"]
    assert pv["sink"] is None
    assert pv["roofs"]["phases"] is None
    assert "phase" not in [m["key"] for m in pv["roofs"]["measures"]]
    sink = data_of(township_page(bare, CODE, stock=s.stock))
    assert sink["page"]["views"] == ["sink"]
    assert sink["roofs"] is None
    assert next(layer["key"] for layer in sink["layers"] if layer["role"] == "raster") == "pool_total"
    nothing = data_of(township_page(bare, CODE))
    assert [layer["key"] for layer in nothing["layers"]] == ["veil", "neighbours", "outline"]
    empty_roofs = data_of(township_page(bare, CODE, roofs=s.roofs.iloc[:0]))
    assert empty_roofs["roofs"] is None


def test_columns_that_are_missing_or_empty_do_no_harm(city_scene):
    s = city_scene
    thin = s.roofs[["building_id", "township_code", "yield_kwh", "geometry"]].copy()
    thin.loc[0, "yield_kwh"] = np.nan
    data = data_of(township_page(s.city, CODE, roofs=thin))
    assert [m["key"] for m in data["roofs"]["measures"]] == ["yield_kwh"]
    zero = s.roofs.copy()
    zero["yield_kwh"] = 0.0
    zero[[f"yield_{m:02d}" for m in range(1, 13)]] = 0.0
    zero["specific_yield_kwh_kwp"] = np.nan
    data = data_of(township_page(s.city, CODE, roofs=zero, plan=s.plan))
    assert data["roofs"]["month_shape"] is None
    assert "specific_yield_kwh_kwp" not in [m["key"] for m in data["roofs"]["measures"]]


def test_townships_share_the_classes_of_the_city(city_scene):
    s = city_scene
    legends = [
        {
            m["key"]: m["legend"]
            for m in data_of(township_page(s.city, c, roofs=s.roofs, plan=s.plan))["roofs"]["measures"]
        }
        for c in s.city.townships["code"]
    ]
    assert legends[0] == legends[1] == legends[2]


def test_an_unknown_township_is_one_sentence(city_scene):
    with pytest.raises(InputError, match="no township '999'"):
        township_page(city_scene.city, "999")


def test_illustrative_data_and_weather_are_marked(city_scene):
    s = city_scene
    assert data_of(township_page(s.city, CODE, roofs=s.roofs))["page"]["marks"] == ["mark_demo"]
    real = dataclasses.replace(s.city, illustrative=False)
    assert data_of(township_page(real, CODE, roofs=s.roofs))["page"]["marks"] == ["mark_weather"]
    measured = s.roofs.copy()
    measured.attrs = {"illustrative_weather": False}
    assert data_of(township_page(real, CODE, roofs=measured))["page"]["marks"] == []
    assert data_of(index_page(real, roofs=s.roofs))["page"]["marks"] == ["mark_weather"]


def hostile(scene):
    """The scene with hostile text wherever text comes from data."""
    towns = scene.city.townships.copy()
    towns.loc[0, "name"], towns.loc[0, "name_en"] = HOSTILE[0], HOSTILE[1]
    towns.loc[1, "name"] = HOSTILE[3]
    city = dataclasses.replace(scene.city, townships=towns, name=HOSTILE[2], name_en=HOSTILE[9])
    city.notes = type(city.notes)()
    city.notes.add(HOSTILE[0], HOSTILE[1], HOSTILE[3])
    wet = scene.city.wetlands.copy()
    wet.loc[0, "name"] = HOSTILE[9]
    city.wetlands = wet
    roofs = scene.roofs.copy()
    own = roofs.index[roofs["township_code"] == CODE][: len(HOSTILE)]
    roofs.loc[own, "name"] = HOSTILE
    roofs.loc[own[0], "building_id"] = HOSTILE[0]
    roofs.loc[own[1], "building_class"] = HOSTILE[1]
    roofs.attrs = scene.roofs.attrs
    return city, roofs


def test_hostile_text_never_becomes_markup_or_template(city_scene):
    city, roofs = hostile(city_scene)
    for html in (
        township_page(city, CODE, roofs=roofs, stock=city_scene.stock),
        index_page(
            city,
            roofs=roofs,
            stock=city_scene.stock,
            pages={CODE: "a.html"},
            files={"a.xlsx": (HOSTILE[0], HOSTILE[0])},
        ),
    ):
        own = sum(asset.count("alert(") for asset in re.findall(r"<script>\n.*?\n</script>", html, re.DOTALL))
        outside = re.sub(r"<script[ >].*?</script>", "", html, flags=re.DOTALL)
        assert "alert(" not in outside.replace("&lt;script&gt;alert(", "").replace("&lt;!--", "")
        assert "onerror=" not in outside
        assert own == 0
        assert "{{7*7}}" in html
        assert data_of(html)["page"]["city"] == [HOSTILE[2], HOSTILE[9]]


def test_a_saved_page_is_whole_and_its_folder_is_made(tmp_path, township_html: str):
    path = save(township_html, tmp_path / "deep" / "a.html")
    assert path.read_bytes() == township_html.encode()
    assert [p.name for p in path.parent.iterdir()] == ["a.html"]


def test_a_notebook_shows_the_page_in_a_frame_of_its_own(city_scene):
    shown = township(city_scene.city, "甘露镇", stock=city_scene.stock)
    frame = shown._repr_html_()
    assert frame.startswith("<iframe srcdoc=")
    assert "<script" not in frame
    assert data_of(shown.html)["page"]["home"] == ""
    with pytest.raises(InputError, match="no township"):
        township(city_scene.city, "乌有乡")


def test_facts_equal_the_tables_of_the_plan_and_sum_to_the_city(city_scene):
    s = city_scene
    facts = pv_facts(s.city.townships, s.roofs, s.plan)
    assert list(facts) == [2022, 2023, 2024, ALL_ROOFS]
    for year in s.plan.shares:
        table = s.plan.table[s.plan.table["year"] == year].groupby("township_code").sum(numeric_only=True)
        for column in ("roofs", "usable_m2", "capacity_kwp", "yield_kwh", "avoided_co2_t"):
            np.testing.assert_allclose(facts[year][column], table[column].reindex(facts[year].index), rtol=1e-12)
    everything = facts[ALL_ROOFS]
    assert everything["roofs"].sum() == len(s.roofs)
    assert everything["yield_kwh"].sum() == pytest.approx(s.roofs["yield_kwh"].sum(), rel=1e-12)
    total = data_of(index_page(s.city, roofs=s.roofs, plan=s.plan))["total"]["pv"]["2024"]
    assert total["share_pct"] / 100 == pytest.approx(s.plan.reached["reached_share"].iloc[-1], rel=1e-9)


def test_a_township_without_roofs_has_zeros_and_no_share(city_scene):
    s = city_scene
    some = s.roofs[s.roofs["township_code"] != "360482200"]
    facts = pv_facts(s.city.townships, some, s.plan)
    assert facts[2024].loc["360482200", "yield_kwh"] == 0
    assert np.isnan(facts[2024].loc["360482200", "share_pct"])
    assert data_of(index_page(s.city, roofs=some, plan=s.plan))["rows"][2]["pv"]["2024"]["share_pct"] is None


def test_carbon_columns_are_those_of_the_sinks_table(city_scene):
    used = set(city_scene.stock.table.columns) - {"code", "name"}
    assert used <= set(TABLE_COLUMNS)
    facts = carbon_facts(city_scene.stock)
    np.testing.assert_allclose(facts["sink_tco2_yr"], city_scene.stock.table["sink_tc_yr"] * 44 / 12)
    assert facts.index[-1] == ""
    rows = sink_facts(city_scene.city.townships, city_scene.stock)
    assert rows["carbon_tc"].sum() == pytest.approx(facts["carbon_tc"].iloc[-1])


def test_wetlands_are_cut_to_the_township(city_scene):
    from guanghui.maps.page.wetlands import wetland_view

    town = city_scene.city.townships.geometry.iloc[0]
    view = wetland_view(city_scene.city.wetlands, town)
    assert view is not None
    assert view.frame.geometry.difference(town.buffer(1e-6)).area.max() < 1e-6
    assert view.frame["area_ha"].is_monotonic_decreasing
    away = gpd.GeoSeries([town], crs=city_scene.city.crs).translate(1e5, 0).iloc[0]
    assert wetland_view(city_scene.city.wetlands, away) is None


def test_names_lead_to_their_pages_and_files_are_listed(city_scene) -> None:
    s = city_scene
    html = township_page(
        s.city, CODE, stock=s.stock, pages={"360482101": "360482101-江益镇.html"},
        links={"compare.html": ("乡镇对比", "compare townships")},
    )  # fmt: skip
    page = data_of(html)["page"]
    assert {p["code"]: p["href"] for p in page["places"]} == {"360482101": "360482101-江益镇.html", "360482200": ""}
    assert page["links"] == [{"href": "compare.html", "label": ["乡镇对比", "compare townships"]}]
