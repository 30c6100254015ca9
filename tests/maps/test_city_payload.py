"""What the overview and the comparison of a city are given, by hand, on a city of three squares."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from guanghui.maps import compare_page, index_page
from guanghui.maps.city import index as module
from guanghui.maps.city.index import city_total, known
from guanghui.maps.page.facts import MEASURES, pv_facts
from tests.maps.small import MONTHS, payload_of, sheets_of, small_city, small_plan, small_roofs, small_stock

PARTS = {"bounds": [[0, 0], [1, 1]], "layers": ["layer"], "carbon": "legend",
         "pictures": {code: {"ground": f"g{code}"} for code in "123"}}  # fmt: skip
Z = 1.959963984540054
CO2 = 44 / 12


def index(**options: object) -> dict:
    return payload_of(index_page, small_city(), parts=PARTS, **options)


def compare(**options: object) -> dict:
    return payload_of(compare_page, small_city(), parts=PARTS, **options)


def full() -> dict:
    return {"roofs": small_roofs(), "plan": small_plan(), "stock": small_stock()}


def test_the_overview_has_its_measures_in_order() -> None:
    found = index(**full())
    assert found["years"] == [2025, 2030, 0]
    rows = [(m["key"], m["unit"], m["view"], m["by_year"], m["hero"], m["table"], m["legend"] is None)
            for m in found["measures"]]  # fmt: skip
    assert rows == [
        ("share_pct", "pct", "pv", True, False, True, False), ("roofs", "roofs", "pv", True, True, True, True),
        ("capacity_kwp", "kwp", "pv", True, True, True, False), ("yield_kwh", "kwh", "pv", True, True, True, False),
        ("avoided_co2_t", "tco2", "pv", True, True, True, False),
        ("carbon_tc", "tc", "sink", False, True, True, False),
        ("sink_tco2_yr", "tco2", "sink", False, True, True, False),
    ]  # fmt: skip
    assert found["measures"][0]["word"] == "fact_share_pct"
    bare = index()
    assert (bare["years"], bare["measures"], bare["total"]) == ([0], [], {"pv": {}, "sink": None})
    assert [m["key"] for m in index(stock=small_stock())["measures"]] == ["carbon_tc", "sink_tco2_yr"]
    assert (bare["score"], bare["balance"], bare["yearly"], bare["readings"], bare["tables"]) == ([], None, [], [], [])
    assert bare["layers"] == ["layer"]


def test_a_measure_is_known_where_one_township_has_a_figure() -> None:
    share, carbon = MEASURES[0], MEASURES[6]
    one = pd.DataFrame({"share_pct": [math.nan, 3.0], "carbon_tc": [math.nan, math.nan]})
    assert known(share, {0: one}, None) is True
    assert known(share, {2025: one}, None) is False
    assert known(share, {0: one * math.nan}, None) is False
    assert known(carbon, {0: one}, None) is False
    assert known(carbon, {}, one) is False
    assert known(carbon, {}, one.fillna(1.0)) is True
    assert known(carbon, {}, one[["share_pct"]]) is False


def test_rows_of_townships_have_their_figures_by_year() -> None:
    rows = {row["code"]: row for row in index(**full(), pages={"2": "b.html"})["rows"]}
    assert list(rows) == ["2", "1", "3"]
    assert [row["href"] for row in rows.values()] == ["b.html", "", ""]
    assert [row["name"] for row in rows.values()] == [["乙", "B"], ["甲", "A"], ["丙", "C"]]
    assert list(rows["1"]["pv"]) == ["2025", "2030", "0"]
    assert [rows["1"]["pv"][y]["capacity_kwp"] for y in rows["1"]["pv"]] == [2.0, 4.5, 7.0]
    assert rows["3"]["pv"]["0"]["share_pct"] is None
    assert rows["2"]["sink"]["carbon_tc"] == 100.0
    assert rows["1"]["sink"]["sink_tco2_yr"] == pytest.approx(3 * CO2)
    assert rows["1"]["at"] == pytest.approx(
        [small_city().townships.to_crs(4326).geometry[1].centroid.y, rows["1"]["at"][1]], abs=1e-4
    )
    assert index()["rows"][0]["sink"] is None


def test_sums_of_the_city_are_shares_of_its_whole_and_intervals_of_its_sum() -> None:
    total = index(**full())["total"]
    assert total["sink"]["carbon_tc"] == 135.0
    assert total["sink"]["sink_tco2_yr"] == pytest.approx(15 * CO2)
    first, last, whole = (total["pv"][year] for year in ("2025", "2030", "0"))
    assert first["share_pct"] == pytest.approx(100 * 10 / 60)
    assert last["share_pct"] == pytest.approx(100 * 25 / 60)
    assert whole["share_pct"] == pytest.approx(100.0)
    assert (whole["roofs"], whole["yield_kwh"], last["yield_kwh"]) == (3.0, 9000.0, 5000.0)
    half = Z * math.sqrt(900**2 + 1800**2 + 600**2 + 300**2)
    assert whole["yield_kwh_low"] == pytest.approx(9000 - half)
    assert whole["yield_kwh_high"] == pytest.approx(9000 + half)
    assert whole["avoided_co2_t_high"] == pytest.approx((9000 + half) * 0.0005)
    left_out = small_plan()
    left_out.available["c"] = 0.0
    part = index(roofs=small_roofs(), plan=left_out)["total"]["pv"]
    assert part["0"]["share_pct"] == pytest.approx(100.0)
    assert part["2030"]["share_pct"] == pytest.approx(100 * 25 / 40)
    left_out.available[:] = 0.0
    assert index(roofs=small_roofs(), plan=left_out)["total"]["pv"]["2030"]["share_pct"] is None
    little = small_plan()
    little.available[:] = [0.25, 0.25, 0.0]
    little.by_roof["usable_m2"] = [0.0, 0.25, 0.25]
    facts = pv_facts(small_city().townships, small_roofs(), little)
    assert city_total(facts, None, None)["pv"]["2025"]["share_pct"] == pytest.approx(50.0)
    assert "share_pct" not in index(roofs=small_roofs().drop(columns="usable_m2"))["total"]["pv"]["0"]


def test_links_files_and_language_of_the_overview() -> None:
    page = index(files={"a.xlsx": ("表", "table")}, links={"compare": "c.html"}, lang="en", date="2026-01-02")["page"]
    assert page["files"] == [{"label": ["表", "table"], "href": "a.xlsx"}]
    assert page["links"] == [{"word": "nav_compare", "href": "c.html"}]
    assert (page["lang"], page["date"], page["bounds"]) == ("en", "2026-01-02", [[0, 0], [1, 1]])
    assert index()["page"]["lang"] == "zh"


def test_the_map_of_the_overview_shows_the_ground_around(monkeypatch: pytest.MonkeyPatch) -> None:
    sheets = sheets_of(monkeypatch, module)
    found = payload_of(index_page, small_city())
    west, south, east, north = sheets[0].clip.bounds
    rim = 0.18 * max(east - west, north - south)
    assert np.subtract(sheets[0].within, (west, south, east, north)) == pytest.approx([-rim, -rim, rim, rim])
    (areas,) = found["layers"]
    assert areas["key"] == "townships"
    assert areas["style"] == {"color": "#ffffff", "weight": 1.6, "fillColor": "#d9dcd6", "fillOpacity": 0.6}
    (south_west, north_east) = found["page"]["bounds"]
    assert south_west[0] < north_east[0]
    assert south_west[1] < north_east[1]


def test_the_comparison_has_figures_months_and_land_of_each_township() -> None:
    found = compare(**full(), pages={"2": "b.html"})
    rows = {row["code"]: row for row in found["rows"]}
    assert [row["area_ha"] for row in rows.values()] == [100.0, 200.0, 50.0]
    assert [row["href"] for row in rows.values()] == ["b.html", "", ""]
    for code, energy in (("1", 8000.0), ("2", 1000.0), ("3", 0.0)):
        assert rows[code]["months"] == pytest.approx([energy * m / 78 for m in range(1, 13)])
    assert [(g["label"][1], g["value"], g["area_ha"]) for g in rows["1"]["groups"]] == [
        ("forest", 25.0, 3.0), ("wetland", 5.0, 2.0),
    ]  # fmt: skip
    assert [g["value"] for g in rows["2"]["groups"]] == [100.0]
    assert rows["3"]["groups"] == []
    assert rows["2"]["pictures"]["ground"] == "g2"
    assert rows["2"]["pictures"]["roofs"] != rows["1"]["pictures"]["roofs"]
    assert found["legends"]["carbon"] == "legend"
    assert found["legends"]["roofs"] is not None
    assert found["years"] == [2025, 2030, 0]


def test_the_comparison_names_its_measures_and_which_have_an_interval() -> None:
    rows = [(m["key"], m["unit"], m["view"], m["by_year"], m["ranged"]) for m in compare(**full())["measures"]]
    assert rows == [
        ("share_pct", "pct", "pv", True, False), ("roofs", "roofs", "pv", True, False),
        ("capacity_kwp", "kwp", "pv", True, False), ("yield_kwh", "kwh", "pv", True, True),
        ("avoided_co2_t", "tco2", "pv", True, True), ("carbon_tc", "tc", "sink", False, True),
        ("sink_tco2_yr", "tco2", "sink", False, True), ("forest_ha", "ha", "sink", False, False),
        ("wetland_ha", "ha", "sink", False, False),
    ]  # fmt: skip
    assert compare(**full())["measures"][-1]["word"] == "fact_wetland_ha"


def test_the_comparison_without_results() -> None:
    bare = compare()
    assert (bare["years"], bare["measures"], bare["legends"]) == ([0], [], {"roofs": None, "carbon": "legend"})
    assert bare["rows"][0]["months"] is None
    assert (bare["rows"][0]["groups"], bare["rows"][0]["pictures"]) == ([], {"ground": "g2"})
    assert bare["page"]["links"] == [{"word": "nav_index", "href": "index.html"}]
    assert compare(home="")["page"]["links"] == []
    assert (compare(lang="en")["page"]["lang"], bare["page"]["lang"]) == ("en", "zh")
    short = compare(roofs=small_roofs().drop(columns=MONTHS[4]))
    assert short["rows"][1]["months"] is None


def test_the_comparison_draws_the_townships_once() -> None:
    found = payload_of(compare_page, small_city(), stock=small_stock())
    assert [set(row["pictures"]) >= {"width", "height", "outline"} for row in found["rows"]] == [True] * 3
    assert found["legends"]["carbon"]["unit"] == "tc_ha"
