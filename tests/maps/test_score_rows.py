"""Rows of targets, years and bases and series of the balance, as the page reads them, cell by cell."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from guanghui.geo.errors import InputError
from guanghui.maps.city.score import balance_payload, reading_rows, score_rows, yearly_rows

TARGET = {
    "name_zh": "装机", "name_en": "capacity", "unit": "MW", "year": 2030.0, "target": 120.0, "target_text": "约",
    "target_text_en": "about", "result": 86.5, "status": "short", "why_zh": "因", "why_en": "why", "source": "plan",
    "responsible": "局", "bring_zh": "补", "bring_en": "bring", "actual": 50.0, "actual_year": 2024.0,
    "actual_change_pct": -2.5,
}  # fmt: skip


def test_a_target_in_full_and_with_what_it_must_have() -> None:
    (row,) = score_rows(pd.DataFrame([TARGET]))
    assert row == {
        "name": ["装机", "capacity"], "unit": "MW", "year": "2030", "target": 120.0, "target_text": ["约", "about"],
        "result": 86.5, "status": "short", "why": ["因", "why"], "source": "plan", "responsible": "局",
        "bring": ["补", "bring"], "actual": 50.0, "actual_year": "2024", "actual_change_pct": -2.5,
    }  # fmt: skip
    needed = ("name_zh", "name_en", "unit", "year", "target", "target_text", "result", "status", "why_zh", "why_en")
    bare = pd.DataFrame([{k: TARGET[k] for k in needed}]).assign(year=math.nan, target=math.nan, result="x", unit=None)
    (row,) = score_rows(bare)
    assert row == {
        "name": ["装机", "capacity"], "unit": "", "year": "", "target": None, "target_text": ["约", ""],
        "result": None, "status": "short", "why": ["因", "why"], "source": "", "responsible": "", "bring": ["", ""],
        "actual": None, "actual_year": "", "actual_change_pct": None,
    }  # fmt: skip
    for name in needed:
        with pytest.raises(InputError, match=f"columns are missing: {name}"):
            score_rows(bare.drop(columns=name))
    assert score_rows(bare.iloc[:0]) == []


@pytest.mark.parametrize("status", ["met", "short", "over", "under_way", "part", "not_comparable", "no_data"])
def test_every_status_the_scorecard_may_say_is_shown(status: str) -> None:
    both = pd.DataFrame([{**TARGET, "status": status}, {**TARGET, "status": "met"}])
    assert [row["status"] for row in score_rows(both)] == [status, "met"]


def test_a_year_of_what_was_counted() -> None:
    table = pd.DataFrame([{
        "name_zh": "装机", "name_en": "capacity", "unit": "MW", "year": 2024, "actual": 50.0, "actual_change_pct": 25.0,
        "target_year": 2030.0, "target": 120.0, "target_reached_pct": 41.7, "responsible": "局",
    }])  # fmt: skip
    assert yearly_rows(table) == [{
        "name": ["装机", "capacity"], "unit": "MW", "year": "2024", "actual": 50.0, "change_pct": 25.0,
        "target": 120.0, "target_year": "2030", "reached_pct": 41.7, "responsible": "局",
    }]  # fmt: skip
    assert yearly_rows(table.iloc[:0]) == []
    assert yearly_rows(None) == []
    gap = yearly_rows(table.assign(actual_change_pct=math.inf, target_year=math.nan))[0]
    assert (gap["change_pct"], gap["target_year"]) == (None, "")


def test_bases_of_the_coverage_in_percent() -> None:
    table = pd.DataFrame([{
        "reading": "zone", "year": 2025.0, "available_m2": 10.0, "roofs": 2, "capacity_kwp": 3.0, "yield_kwh": 4.0,
        "left_m2": 5.0, "left_kwp": math.nan, "target_share": 0.25, "reached_share": 0.5, "city_share": 0.125,
        "zone_share": math.nan,
    }])  # fmt: skip
    assert reading_rows(table) == [{
        "reading": "zone", "year": 2025, "available_m2": 10.0, "roofs": 2.0, "capacity_kwp": 3.0, "yield_kwh": 4.0,
        "left_m2": 5.0, "left_kwp": None, "target_pct": 25.0, "reached_pct": 50.0, "city_pct": 12.5, "zone_pct": None,
    }]  # fmt: skip
    assert reading_rows(None) == []
    assert reading_rows(table.iloc[:0]) == []


def test_the_balance_in_order_of_the_years() -> None:
    table = pd.DataFrame(
        {"co2_plan_t": [3.0, 1.0], "co2_trend_t": [4.0, math.nan], "co2_kaya_t": [5.0, 5.5], "avoided_t": [6.0, 0.0],
         "sink_t": [7.0, 8.0], "sink_low_t": [6.5, 7.5], "sink_high_t": [7.5, 8.5]}, index=[2030, 2025],
    )  # fmt: skip
    table.attrs = {"doubt_zh": "疑", "doubt_en": "doubt"}
    found = balance_payload(table)
    assert found is not None
    assert (found["years"], found["doubt"]) == ([2025, 2030], ["疑", "doubt"])
    rows = [(s["key"], s["panel"], s["color"], s["dashes"], s["values"], s["low"], s["high"]) for s in found["series"]]
    assert rows == [
        ("co2_plan", "emission", "#12303a", "", [1.0, 3.0], None, None),
        ("co2_trend", "emission", "#7b8689", "7 4", [None, 4.0], None, None),
        ("co2_kaya", "emission", "#8f6eb1", "2 3", [5.5, 5.0], None, None),
        ("avoided", "saving", "#c2611a", "", [0.0, 6.0], None, None),
        ("sink", "saving", "#2b7d55", "", [8.0, 7.0], [7.5, 6.5], [8.5, 7.5]),
    ]
    for end in ("sink_low_t", "sink_high_t"):
        half = balance_payload(table.drop(columns=end))
        assert half is not None
        assert (half["series"][-1]["low"], half["series"][-1]["high"]) == (None, None)
    table.attrs = {}
    bare = balance_payload(table.drop(columns=["co2_plan_t", "avoided_t"]))
    assert bare is not None
    assert bare["doubt"] == ["", ""]
    assert [s["key"] for s in bare["series"]] == ["co2_trend", "co2_kaya", "sink"]
    assert balance_payload(None) is None
    assert balance_payload(table[["sink_low_t"]]) is None
