"""Money against numpy-financial, and limits that are shared by the groups of a phase."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy_financial as npf
import pandas as pd
import pytest

from guanghui.pv.programme.money import appraise, prices
from guanghui.pv.programme.phases import coverage_plan
from guanghui.pv.settings import EconomicsSettings

KNOWN = replace(
    prices(EconomicsSettings(region="jiangxi")),
    capex_kwp=np.array([1.0, 1000.0]), capex_yuan_w=np.array([3.0, 3.0]), feed_in_yuan_kwh=0.4,
    retail_yuan_kwh={"industrial": 0.8, "residential": 0.5},
)  # fmt: skip


@pytest.mark.parametrize(("self_use", "price"), [(1.0, 0.8), (0.0, 0.4), (0.25, 0.5)])
def test_what_is_used_saves_the_retail_price_and_the_rest_earns_the_feed_in(self_use: float, price: float) -> None:
    roof = pd.DataFrame({"building_class": ["industrial"], "capacity_kwp": [10.0], "yield_kwh": [9500.0],
                         "height_m": [9.0], "footprint_m2": [100.0]})  # fmt: skip
    money = appraise(roof, KNOWN, self_use=np.array([self_use])).iloc[0]
    capex = 10_000 * 3.0
    years = np.arange(KNOWN.life_years)
    flows = 9500 * (1 - KNOWN.degradation) ** years * price - KNOWN.opex_share * capex
    assert money["capex_yuan"] == pytest.approx(capex)
    assert money["npv_yuan"] == pytest.approx(npf.npv(KNOWN.discount_rate, [-capex, *flows]), rel=1e-9)
    assert money["irr"] == pytest.approx(npf.irr([-capex, *flows]), abs=1e-6)


def roofs(count: int = 12) -> pd.DataFrame:
    town = np.where(np.arange(count) % 2, "1", "2")
    return pd.DataFrame(
        {"building_id": [f"b{i:02d}" for i in range(count)], "township_code": town, "township": town,
         "building_class": "industrial", "usable_m2": 100.0, "capacity_kwp": 10.0, "yield_kwh": 9500.0,
         "capex_yuan": 30_000.0, "lcoe_yuan_kwh": 0.3}
    )  # fmt: skip


@pytest.mark.parametrize("scope", ["city", "township"])
def test_one_budget_is_shared_by_all_groups(scope: str) -> None:
    plan = coverage_plan(roofs(), {2030: 1.0}, scope=scope, budget_yuan={2030: 5 * 30_000.0})
    assert plan.total(2030)["capex_yuan"] <= 5 * 30_000.0 + 1e-6
    assert plan.total(2030)["roofs"] == 5


@pytest.mark.parametrize("scope", ["city", "township"])
def test_one_capacity_to_build_is_shared_by_all_groups(scope: str) -> None:
    plan = coverage_plan(roofs(), {2030: 1.0}, scope=scope, build_kwp={2030: 70.0})
    assert plan.total(2030)["capacity_kwp"] <= 70.0 + 1e-9


def test_only_what_is_new_on_a_roof_is_paid() -> None:
    """Half of every roof is asked for; one carries 3 of the 5 kWp already."""
    frame = roofs(2)
    stands = pd.Series([3.0, 0.0], index=pd.Index(frame["building_id"], name="building_id"))
    plan = coverage_plan(frame, {2030: 0.5}, reading="share", existing_kwp=stands)
    paid = plan.by_roof.set_index("building_id")["capex_yuan"]
    built = plan.by_roof.set_index("building_id")["capacity_kwp"]
    np.testing.assert_allclose(paid, (built - stands.reindex(built.index)) * 3000.0, rtol=1e-9)


def test_prices_of_the_region_file_take_their_place_in_a_table_of_one_type_a_column(tmp_path) -> None:
    """A year left empty once stood as text among numbers, and results with an own price could not be kept."""
    own = prices(
        EconomicsSettings(region="jiangxi", capex_yuan_w=3.1, life_years=20, retail_yuan_kwh={"industrial": 0.7})
    )
    assert (own.life_years, own.capex_yuan_w.tolist()) == (20, [3.1])
    given = own.sources[own.sources["mark"] == "given"].set_index("item")
    assert given.loc["capex", "value"] == 3.1
    assert given["year"].isna().all()
    own.sources.to_parquet(tmp_path / "prices.parquet")
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "prices.parquet"), own.sources)
