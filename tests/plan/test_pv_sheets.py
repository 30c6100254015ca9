"""The PV sheets by hand: which sheets in which order, what their rows, totals and sentences hold."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from guanghui.plan.results.programme import PvSide
from guanghui.plan.workbook import pv_sheets as module
from guanghui.plan.workbook.pv_sheets import pv_sheets, roof_list, township_pv
from guanghui.pv.energy.spread import Spread
from guanghui.pv.programme.phases import CoveragePlan

MONTHS = [f"yield_{m:02d}" for m in range(1, 13)]


def roofs() -> gpd.GeoDataFrame:
    """Four roofs of two townships, the second township first; b4 has no modules."""
    frame = pd.DataFrame({
        "building_id": ["b1", "b2", "b3", "b4"], "name": ["甲楼", "", "", ""],
        "building_class": ["public", "industrial", "public", "other"],
        "township_code": ["2", "1", "1", "3"], "township": ["乙", "甲", "甲", "丙"],
        "footprint_m2": [100.0, 200.0, 400.0, 50.0], "roof_m2": [110.0, 220.0, 440.0, 55.0],
        "usable_m2": [40.0, 80.0, 160.0, 0.0], "capacity_kwp": [0.5, 16.0, 32.0, 0.0],
        "yield_kwh": [0.5, 14_000.0, 30_000.0, 3.0], "ghi_kwh_m2": [1200.0, 1200.0, 1200.0, 1200.0],
    })  # fmt: skip
    for number, month in enumerate(MONTHS, start=1):
        frame[month] = frame["yield_kwh"] * number / 78.0
    spots = [shapely.Point(10.26, 20.74), shapely.Point(30, 1), shapely.Point(40, 2), shapely.Point(50, 3)]
    found = gpd.GeoDataFrame(frame, geometry=spots, crs=32650)
    found.attrs = {"weather": "九江", "weather_en": "Jiujiang"}
    return found


def programme(co2: float = 0.5) -> CoveragePlan:
    """b3 in 2025, b1 and b2 in 2030, a half of b2 alone; b4 never."""
    phase = pd.Series({"b4": 0, "b3": 2025, "b2": 2030, "b1": 2030})
    parts = pd.DataFrame({2025: {"b1": 0.0, "b2": 0.0, "b3": 0.25}, 2030: {"b1": 1.0, "b2": 0.5, "b3": 0.75}})
    built = pd.DataFrame(
        {"capacity_kwp": {"b1": 3.0, "b2": 8.0, "b3": 24.0, "b4": 0.0},
         "yield_kwh": {"b1": 7000.0, "b2": 7000.0, "b3": 21_000.0, "b4": 0.0},
         "existing_kwp": {"b1": 1.0, "b2": 0.0, "b3": 2.0, "b4": 0.0}}
    )  # fmt: skip
    table = pd.DataFrame({
        "year": [2025, 2030, 2030, 2030], "township_code": ["1", "1", "1", "2"], "township": ["甲", "甲", "甲", "乙"],
        "building_class": ["public", "industrial", "public", "public"], "roofs": [1, 1, 2, 4],
        "usable_m2": [40.0, 40.0, 120.0, 40.0], "capacity_kwp": [8.0, 8.0, 24.0, 3.0],
        "yield_kwh": [7000.0, 7000.0, 21_000.0, 2500.0], "existing_kwp": [2.0, 0.0, 2.0, 1.0],
        "avoided_co2_t": np.array([7000.0, 7000.0, 21_000.0, 2500.0]) * co2 / 1000,
        "capex_yuan": [25_000.0, 25_000.0, 70_000.0, np.nan],
    })  # fmt: skip
    reached = pd.DataFrame({"year": [2025, 2030], "target_share": [0.2, 0.6], "reached_share": [0.25, 0.61]})
    return CoveragePlan(phase, {2030: 0.6, 2025: 0.2}, 280.0, reached, table, co2, parts=parts, built=built)


def region(new: object = None) -> SimpleNamespace:
    return SimpleNamespace(settings=SimpleNamespace(coverage=SimpleNamespace(new_buildings=new)))


def side(**known: object) -> PvSide:
    sources = pd.DataFrame({"item": ["model", "soiling"], "value": [0.03, 0.02], "year": [2020, 2021]})
    spread = Spread(0.0625, np.array([0.1, 0.3, 0.2, 0.2]), sources, np.full(4, 0.0625))
    return PvSide(**{"plan": None, "prices": None, "spread": spread, **known})


def by_key(found: list) -> dict:
    return {sheet.key: sheet for sheet in found}


def test_townships_stand_in_the_order_of_their_codes_with_their_sums() -> None:
    table = township_pv(roofs())
    assert list(table.columns) == ["township_code", "township", "roofs", "footprint_m2", "roof_m2", "usable_m2",
                                   "capacity_kwp", "yield_kwh", "specific_yield_kwh_kwp", *MONTHS]  # fmt: skip
    assert table["township"].tolist() == ["甲", "乙", "丙"]
    assert table["roofs"].tolist() == [2, 1, 1]
    assert table["footprint_m2"].tolist() == [600.0, 100.0, 50.0]
    assert table["specific_yield_kwh_kwp"].fillna(-1).tolist() == [pytest.approx(44_000 / 48), 1.0, -1]
    assert table["yield_03"].tolist() == pytest.approx([44_000 * 3 / 78, 0.5 * 3 / 78, 3 * 3 / 78])


def test_the_share_on_assumed_forms_stands_behind_the_yield_and_is_percent() -> None:
    table = township_pv(roofs().assign(form_source=["assumed", "assumed", "surface", "told"]))
    assert list(table.columns)[7:11] == ["yield_kwh", "specific_yield_kwh_kwp", "assumed_form_pct", "yield_01"]
    assert table["assumed_form_pct"].tolist() == [pytest.approx(100 * 14 / 44), 100.0, 0.0]
    dark = roofs().assign(form_source="assumed", yield_kwh=[-5.0, 1.0, 1.0, 0.0])
    assert township_pv(dark)["assumed_form_pct"].isna().tolist() == [False, True, True]


def test_the_roof_list_is_by_phase_then_yield_then_number_with_what_is_built() -> None:
    table = roof_list(roofs(), programme())
    assert list(table.columns) == [
        "phase", "building_id", "name", "building_class", "township_code", "township", "usable_m2", "capacity_kwp",
        "yield_kwh", "existing_kwp", "easting", "northing",
    ]  # fmt: skip
    assert table["building_id"].tolist() == ["b3", "b1", "b2"]
    assert table["phase"].tolist() == [2025, 2030, 2030]
    assert table["usable_m2"].tolist() == [120.0, 40.0, 40.0]
    assert table["capacity_kwp"].tolist() == [24.0, 3.0, 8.0]
    assert table["existing_kwp"].tolist() == [2.0, 1.0, 0.0]
    assert table.loc[1, ["easting", "northing"]].tolist() == [10.3, 20.7]
    later = programme()
    later.built.loc["b2", "yield_kwh"] = 7001.0
    assert roof_list(roofs(), later)["building_id"].tolist() == ["b3", "b2", "b1"]
    assert list(table.index) == [0, 1, 2]
    unknown = replace(programme(), phase=programme().phase.drop("b4"))
    assert roof_list(roofs(), unknown)["building_id"].tolist() == ["b3", "b1", "b2"]


def test_the_survey_alone_has_townships_order_of_magnitude_and_roofs() -> None:
    found = pv_sheets(region(), roofs(), None)
    assert [sheet.key for sheet in found] == ["pv_townships", "plausibility", "roofs"]
    assert found[0].totals == ("roofs", "footprint_m2", "roof_m2", "usable_m2", "capacity_kwp", "yield_kwh", *MONTHS)
    assert (found[0].about_zh, found[0].about_en) == ("气象：九江", "weather: Jiujiang")
    assert (found[2].about_zh, found[2].about_en) == ("气象：九江", "weather: Jiujiang")
    assert "phase" not in found[2].frame
    assert "geometry" not in found[2].frame
    assert len(found[2].frame) == 4
    made = roofs()
    made.attrs = {"weather": "样例", "illustrative_weather": True}
    about = pv_sheets(region(), made, None)[0]
    assert about.about_zh == "气象：样例（示意气象）"
    assert about.about_en == "weather: 样例 (illustrative weather)"


def test_the_order_of_magnitude_needs_capacity_however_little() -> None:
    bare = roofs().assign(capacity_kwp=0.0)
    assert [s.key for s in pv_sheets(region(), bare, None)] == ["pv_townships", "roofs"]
    unknown = roofs().assign(capacity_kwp=np.nan)
    assert [s.key for s in pv_sheets(region(), unknown, None)] == ["pv_townships", "roofs"]
    little = roofs().assign(capacity_kwp=[0.0, 0.25, 0.25, 0.0])
    assert [s.key for s in pv_sheets(region(), little, None)] == ["pv_townships", "plausibility", "roofs"]


def test_the_area_of_roofs_is_summed_but_for_the_class() -> None:
    with_account = roofs().assign(used_m2=[40.0, 80.0, 160.0, 0.0], reason=["", "", "", "small"])
    sheet = by_key(pv_sheets(region(), with_account, None))["roof_area"]
    assert list(sheet.frame.columns) == ["building_class", "roofs", "bare_roofs", "footprint_m2", "used_m2"]
    assert sheet.totals == ("roofs", "bare_roofs", "footprint_m2", "used_m2")


def test_the_uncertainty_is_told_in_percent_in_both_languages() -> None:
    found = by_key(pv_sheets(region(), roofs(), side()))
    assert list(found) == ["pv_townships", "pv_p90", "pv_uncertainty", "plausibility", "roofs"]
    p90 = found["pv_p90"]
    assert "共同项 6.2 %（" in p90.about_zh
    assert "独立项 20.0 %；" in p90.about_zh
    assert p90.about_en.startswith("uncertainty of a year: 6.2 % shared by all roofs")
    assert "20.0 % of the single roof" in p90.about_en
    assert p90.frame["township_code"].tolist() == ["1", "2", "3", ""]
    assert p90.frame["p50_kwh"].tolist() == [44_000.0, 0.5, 3.0, 44_003.5]
    assert found["pv_uncertainty"].frame.to_dict("list") == {"item": ["model", "soiling"], "value": [0.03, 0.02]}


def test_the_programme_has_its_sheets_in_the_order_of_the_questions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "sensitivity", lambda *_: pd.DataFrame({"input": ["yield"]}))
    prices = SimpleNamespace(sources=pd.DataFrame({"item": ["a"]}), vintages=pd.DataFrame({"item": ["b"]}))
    existing = SimpleNamespace(beside=pd.DataFrame({"existing_kwp": [5.0]}))
    known = side(plan=programme(), prices=prices, existing=existing, grid=pd.DataFrame({"zone": ["z"]}),
                 objectives=pd.DataFrame({"objective": ["energy"]}))  # fmt: skip
    new = SimpleNamespace(building_class="public", first_year=2029, roof_m2_yr=10.0, share=0.5)
    found = pv_sheets(region(new), roofs(), known)
    assert [sheet.key for sheet in found] == [
        "pv_townships", "pv_p90", "pv_uncertainty", "coverage", "coverage_townships", "coverage_classes",
        "coverage_last", "roofs_2025", "roofs_2030", "new_buildings", "existing", "grid_check", "objectives",
        "sensitivity", "price_sources", "price_vintages", "plausibility", "roofs",
    ]  # fmt: skip
    sheets = by_key(found)
    about = ("气象：九江", "weather: Jiujiang")
    for key in ("coverage", "coverage_last", "roofs_2025", "new_buildings", "grid_check", "objectives", "sensitivity"):
        assert (sheets[key].about_zh, sheets[key].about_en) == about
    assert sheets["existing"].totals == ("existing_kwp", "roofs", "footprint_m2", "usable_m2", "capacity_kwp")
    assert "100 W/m²" in sheets["existing"].about_zh
    assert sheets["price_sources"].frame["item"].tolist() == ["a"]
    assert sheets["price_vintages"].frame["item"].tolist() == ["b"]
    assert sheets["new_buildings"].frame["developed_m2"].tolist() == [5.0, 10.0]
    roof_sheet = sheets["roofs"].frame
    assert list(roof_sheet.columns)[:2] == ["phase", "building_id"]
    assert roof_sheet["phase"].tolist() == [2030, 2030, 2025, 0]


def test_phases_are_summed_by_township_and_the_last_stands_alone() -> None:
    found = by_key(pv_sheets(region(), roofs(), side(plan=programme())))
    assert not {"new_buildings", "existing", "grid_check", "objectives", "sensitivity"} & set(found)
    towns = found["coverage_townships"].frame
    assert towns[["year", "township"]].to_numpy().tolist() == [[2025, "甲"], [2030, "甲"], [2030, "乙"]]
    last = towns[towns["year"] == 2030].set_index("township")
    assert last.loc["甲", ["roofs", "capacity_kwp", "capex_yuan"]].tolist() == [3, 32.0, 95_000.0]
    assert last.loc["乙", ["roofs", "capacity_kwp"]].tolist() == [4, 3.0]
    assert np.isnan(last.loc["乙", "capex_yuan"])  # no price is known of any of its roofs: no sum of nothing
    assert len(found["coverage_classes"].frame) == 4
    sheet = found["coverage_last"]
    assert sheet.frame["year"].tolist() == [2030] * 3
    sums = ("roofs", "usable_m2", "capacity_kwp", "yield_kwh", "existing_kwp", "avoided_co2_t", "capex_yuan")
    assert sheet.totals == sums
    assert found["roofs_2025"].frame["building_id"].tolist() == ["b3"]
    assert found["roofs_2030"].frame["building_id"].tolist() == ["b1", "b2"]
    assert found["roofs_2030"].totals == ("usable_m2", "capacity_kwp", "yield_kwh", "existing_kwp")
    assert found["roofs_2030"].title_zh == "2030 年屋顶清单"


def test_the_city_has_its_energy_and_avoided_carbon_by_two_factors() -> None:
    table = by_key(pv_sheets(region(), roofs(), side(plan=programme())))["coverage"].frame
    assert table["year"].tolist() == [2025, 2030]
    assert table["reached_share"].tolist() == [0.25, 0.61]
    assert table["yield_kwh"].tolist() == [7000.0, 30_500.0]
    assert table["avoided_co2_t"].tolist() == pytest.approx([3.5, 15.25])
    assert table["avoided_coal_t"].tolist() == pytest.approx([5.6, 24.4])  # 0.8 kg/kWh, the plan's coal comparison
    unknown = by_key(pv_sheets(region(), roofs(), side(plan=programme(float("nan")))))["coverage"].frame
    assert not {"avoided_co2_t", "avoided_coal_t"} & set(unknown)
