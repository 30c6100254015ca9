"""Figures of townships by hand: sums, intervals, shares by phase, classes of the map, what a page may hold."""

from __future__ import annotations

import math
from dataclasses import FrozenInstanceError
from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import box

from guanghui.maps.page.facts import (
    ALL_ROOFS,
    MEASURES,
    measure_ramp,
    plain_numbers,
    pv_facts,
    sink_facts,
    with_interval,
)
from guanghui.maps.page.roofs import FIELDS

TOWNS = gpd.GeoDataFrame({"code": ["2", "1", "3"]}, geometry=[box(i, 0, i + 1, 1) for i in range(3)], crs=32650)
Z = 1.959963984540054


def roofs(**more: object) -> pd.DataFrame:
    frame = pd.DataFrame({
        "building_id": ["a", "b", "c", "d"], "township_code": ["1", "1", "2", "1"],
        "usable_m2": [10.0, 30.0, 20.0, 0.0], "capacity_kwp": [2.0, 5.0, 4.0, 0.0],
        "yield_kwh": [2000.0, 6000.0, 1000.0, 0.0], "capex_yuan": [100.0, 400.0, 300.0, 0.0], **more,
    })  # fmt: skip
    frame.attrs["uncertainty"] = {"common": 0.1, "independent": 0.3}
    return frame


def programme(co2: float = 0.5, **more: object) -> SimpleNamespace:
    """a in 2025; b by half and a system known by township in 2030; "z" stands in another place."""
    rows = [(2030, "a", "1", 1.0, 10.0, 2.0, 2000.0), (2030, "b", "1", 0.5, 15.0, 2.5, 3000.0),
            (2030, "", "2", math.nan, 0.0, 8.0, 7000.0), (2030, "z", "1", 1.0, 99.0, 99.0, 99_000.0),
            (2025, "a", "1", 1.0, 10.0, 2.0, 2000.0)]  # fmt: skip
    names = ["year", "building_id", "township_code", "part", "usable_m2", "capacity_kwp", "yield_kwh"]
    by_roof = pd.DataFrame(rows, columns=names)
    by_roof["roofs"], by_roof["capex_yuan"] = 1, by_roof["capacity_kwp"] * 50
    by_roof["avoided_co2_t"] = by_roof["yield_kwh"] * co2 / 1000
    available = pd.Series({"a": 10.0, "b": 30.0, "c": 0.0, "d": 0.0})
    return SimpleNamespace(shares={2030: 0.5, 2025: 0.2}, co2_kg_kwh=co2, by_roof=by_roof.assign(**more),
                           available=available, phase=None)  # fmt: skip


def test_all_roofs_are_summed_in_the_order_of_the_townships() -> None:
    found = pv_facts(TOWNS, roofs())
    assert list(found) == [ALL_ROOFS] == [0]
    table = found[0]
    assert list(table.index) == ["2", "1", "3"]
    assert table["roofs"].tolist() == [1.0, 3.0, 0.0]
    assert table["usable_m2"].tolist() == [20.0, 40.0, 0.0]
    assert table["available_m2"].tolist() == [20.0, 40.0, 0.0]
    assert table["share_pct"].fillna(-1).tolist() == [100.0, 100.0, -1]
    assert table["capex_yuan"].tolist() == [300.0, 500.0, 0.0]
    assert "avoided_co2_t" not in table
    half = Z * math.sqrt((0.1 * 8000) ** 2 + 600**2 + 1800**2)
    assert table.loc["1", ["yield_kwh_low", "yield_kwh_high"]].tolist() == pytest.approx([8000 - half, 8000 + half])
    half = Z * math.sqrt(100**2 + 300**2)
    assert table.loc["2", ["yield_kwh_low", "yield_kwh_high"]].tolist() == pytest.approx([1000 - half, 1000 + half])
    assert table.loc["3", ["yield_kwh_low", "yield_kwh_high"]].tolist() == [0.0, 0.0]
    little = pv_facts(TOWNS, roofs().assign(usable_m2=[0.25, 0.25, 0.0, 0.0]))[0]
    assert little["share_pct"].fillna(-1).tolist() == [-1, 100.0, -1]


def test_how_sure_a_roof_is_goes_before_the_middle_roof() -> None:
    own = roofs(yield_sd_kwh=[10.0, 20.0, 30.0, 0.0], yield_common=[0.2, 0.4, 0.05, 0.9])
    table = pv_facts(TOWNS, own)[0]
    half = Z * math.sqrt((0.2 * 2000 + 0.4 * 6000) ** 2 + 10**2 + 20**2)
    assert table.loc["1", "yield_kwh_high"] == pytest.approx(8000 + half)
    half = Z * math.sqrt((0.05 * 1000) ** 2 + 30**2)
    assert table.loc["2", ["yield_kwh_low", "yield_kwh_high"]].tolist() == pytest.approx([1000 - half, 1000 + half])
    untold = roofs()
    untold.attrs = {}
    assert not [c for c in pv_facts(TOWNS, untold)[0] if c.endswith(("_low", "_high"))]
    without = roofs().drop(columns=["yield_kwh", "usable_m2"])
    assert set(pv_facts(TOWNS, without)[0]) == {"roofs", "capacity_kwp", "capex_yuan"}


def test_phases_are_shares_of_what_may_be_used() -> None:
    found = pv_facts(TOWNS, roofs(), programme())
    assert list(found) == [2025, 2030, 0]
    whole = found[0]
    assert whole["available_m2"].tolist() == [0.0, 40.0, 0.0]
    assert whole["share_pct"].fillna(-1).tolist() == [100.0, 100.0, -1]
    assert whole["avoided_co2_t"].tolist() == [0.5, 4.0, 0.0]
    assert whole.loc["1", "avoided_co2_t_low"] == pytest.approx(whole.loc["1", "yield_kwh_low"] * 0.5 / 1000)
    first, last = found[2025], found[2030]
    assert first["share_pct"].fillna(-1).tolist() == [-1, 25.0, -1]
    assert last["share_pct"].fillna(-1).tolist() == [-1, 62.5, -1]
    assert last["roofs"].tolist() == [1.0, 2.0, 0.0]
    assert last["capacity_kwp"].tolist() == [8.0, 4.5, 0.0]
    assert last["capex_yuan"].tolist() == [400.0, 225.0, 0.0]
    assert last["avoided_co2_t"].tolist() == pytest.approx([3.5, 2.5, 0.0])


def test_a_developed_half_is_half_as_unsure_and_what_has_no_roof_as_unsure_as_all() -> None:
    last = pv_facts(TOWNS, roofs(), programme())[2030]
    half = Z * math.sqrt((0.1 * 5000) ** 2 + 600**2 + 900**2)
    ends = [5000 - half, 5000 + half]
    assert last.loc["1", ["yield_kwh_low", "yield_kwh_high"]].tolist() == pytest.approx(ends)
    assert last.loc["1", ["avoided_co2_t_low", "avoided_co2_t_high"]].tolist() == pytest.approx(
        [end * 0.0005 for end in ends]
    )
    mixed = roofs(yield_common=[0.2, 0.4, 0.3, 0.5], yield_sd_kwh=[200.0, 300.0, 50.0, 0.0])
    last = pv_facts(TOWNS, mixed, programme())[2030]
    assert last.loc["2", "yield_kwh_high"] == pytest.approx(7000 + Z * 0.35 * 7000)  # the mean of all; no own part
    half = Z * math.sqrt((0.2 * 2000 + 0.4 * 3000) ** 2 + 200**2 + 150**2)
    assert last.loc["1", "yield_kwh_high"] == pytest.approx(5000 + half)
    told = pv_facts(TOWNS, mixed, programme(yield_sd_kwh=7.0, yield_common=0.01))[2030]
    half = Z * math.sqrt((0.01 * 5000) ** 2 + 2 * 7**2)
    assert told.loc["1", "yield_kwh_high"] == pytest.approx(5000 + half)


def test_without_a_factor_nothing_is_avoided() -> None:
    found = pv_facts(TOWNS, roofs(), programme(math.nan))
    assert not any("avoided_co2_t" in table for table in found.values())


def test_a_sum_of_the_city_gets_its_own_interval() -> None:
    sums = pd.Series({"yield_kwh": 1000.0, "yield_common_kwh": 50.0, "yield_squares": 3600.0, "avoided_co2_t": 0.25})
    with_interval(sums)
    half = Z * math.sqrt(50**2 + 3600)
    assert sums["yield_kwh_low"] == pytest.approx(1000 - half)
    assert sums["avoided_co2_t_high"] == pytest.approx((1000 + half) * 0.25 / 1000)
    untold = pd.Series({"yield_kwh": 1000.0, "yield_common_kwh": 50.0})
    with_interval(untold)
    assert list(untold.index) == ["yield_kwh", "yield_common_kwh"]
    dark = pd.Series({"yield_kwh": 0.0, "yield_common_kwh": 0.0, "yield_squares": 0.0})
    with np.errstate(all="raise"):
        with_interval(dark)
    assert (dark["yield_kwh_low"], dark["yield_kwh_high"]) == (0.0, 0.0)


def test_a_page_gets_numbers_or_nothing() -> None:
    row = pd.Series({"code": 1, "name": "甲", "a": 2, "b": math.nan, "c": math.inf, "d": "x", "e": "3.5"})
    assert plain_numbers(row) == {"a": 2.0, "b": None, "c": None, "d": None, "e": 3.5}


def test_carbon_stands_in_the_order_of_the_townships_with_gaps() -> None:
    table = pd.DataFrame({"code": ["1", "2", "2", ""], "total_tc": [10.0, 20.0, 99.0, 30.0]})
    found = sink_facts(TOWNS, SimpleNamespace(table=table))
    assert found["carbon_tc"].fillna(-1).to_dict() == {"2": 20.0, "1": 10.0, "3": -1}


def test_what_a_measure_is() -> None:
    rows = [(m.key, m.unit, m.ramp, m.view, m.switch, m.hero, m.by_year, m.word) for m in MEASURES]
    sun, land = "sun_areas", "carbon_areas"
    assert rows == [
        ("share_pct", "pct", sun, "pv", True, False, True, "fact_share_pct"),
        ("roofs", "roofs", sun, "pv", False, True, True, "fact_roofs"),
        ("capacity_kwp", "kwp", sun, "pv", True, True, True, "fact_capacity_kwp"),
        ("yield_kwh", "kwh", sun, "pv", True, True, True, "fact_yield_kwh"),
        ("avoided_co2_t", "tco2", sun, "pv", True, True, True, "fact_avoided_co2_t"),
        ("capex_yuan", "yuan", sun, "pv", False, True, True, "fact_capex_yuan"),
        ("carbon_tc", "tc", land, "sink", True, True, False, "fact_carbon_tc"),
        ("sink_tco2_yr", "tco2", land, "sink", True, True, False, "fact_sink_tco2_yr"),
    ]


def test_classes_of_a_measure_hold_for_all_its_years() -> None:
    """At most five classes in round steps; the share of all roofs is no phase and sets no class."""
    share, capacity, carbon = MEASURES[0], MEASURES[2], MEASURES[6]
    low, high = np.linspace(100.0, 105.0, 12), np.linspace(105.5, 111.5, 12)
    pv = {
        2025: pd.DataFrame({"share_pct": low, "capacity_kwp": low}),
        2030: pd.DataFrame({"share_pct": high, "capacity_kwp": low}),
        0: pd.DataFrame({"share_pct": [300.0] * 12, "capacity_kwp": high}),
    }
    assert measure_ramp(share, pv, None).breaks == (102.5, 105.0, 107.5, 110.0)
    assert measure_ramp(capacity, pv, None).breaks == (102.5, 105.0, 107.5, 110.0)
    assert measure_ramp(share, {0: pv[0]}, None).breaks == ()
    sink = pd.DataFrame({"carbon_tc": np.r_[low, high]})
    found = measure_ramp(carbon, pv, sink)
    assert (found.breaks, found.unit, found.colours[0]) == ((102.5, 105.0, 107.5, 110.0), "tc", "#f0f4d6")


@pytest.mark.parametrize("one", [MEASURES[0], FIELDS[0]], ids=["measure", "field"])
def test_what_is_shown_is_the_same_for_every_page(one: object) -> None:
    with pytest.raises(FrozenInstanceError):
        one.unit = "other"
