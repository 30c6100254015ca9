"""Roofs that carry a system already count in the programme with what stands, not with what they could carry."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pytest
from shapely.geometry import box

from maps.facts import ALL_ROOFS, pv_facts
from maps.roofs import standing
from pv.coverage import CoveragePlan

ROOFS = pd.DataFrame(
    {
        "building_id": ["a", "b", "c"], "township_code": ["1", "1", "2"], "usable_m2": [100.0, 200.0, 50.0],
        "capacity_kwp": [15.0, 30.0, 8.0], "yield_kwh": [15e3, 29e3, 8e3], "capex_yuan": [6e4, 11e4, 4e4],
    }
)  # fmt: skip
TOWNSHIPS = gpd.GeoDataFrame({"code": ["1", "2"]}, geometry=[box(0, 0, 1, 1), box(1, 0, 2, 1)], crs=32650)


def programme(factor: float) -> CoveragePlan:
    phase = pd.Series([2023, 2022, 0], index=pd.Index(ROOFS["building_id"]), name="phase")
    built = pd.DataFrame(
        {"capacity_kwp": [15.0, 20.0, 0.0], "yield_kwh": [15e3, 19e3, 0.0], "existing_kwp": [0.0, 20.0, 0.0]},
        index=phase.index,
    )
    return CoveragePlan(phase, {2022: 0.5, 2023: 0.8}, 350.0, pd.DataFrame(), pd.DataFrame(), factor, built=built)


def test_the_sums_of_a_phase_hold_what_stands() -> None:
    facts = pv_facts(TOWNSHIPS, ROOFS, programme(0.5))
    assert facts[2022].loc["1", "capacity_kwp"] == 20.0
    assert facts[2022].loc["1", "capex_yuan"] == 0.0
    assert facts[2023].loc["1", ["capacity_kwp", "yield_kwh", "capex_yuan"]].tolist() == [35.0, 34e3, 6e4]
    assert facts[2023].loc["1", "avoided_co2_t"] == pytest.approx(17.0)
    assert facts[ALL_ROOFS].loc["1", "capacity_kwp"] == 45.0


def test_without_a_factor_nothing_is_avoided_and_nothing_breaks() -> None:
    facts = pv_facts(TOWNSHIPS, ROOFS, programme(float("nan")))
    assert "avoided_co2_t" not in facts[2023]
    assert standing(ROOFS, programme(float("nan"))).index.tolist() == [1]
