"""Money against an independent cash flow, loads against sums by hand."""

from __future__ import annotations

import numpy as np
import numpy_financial as npf
import pandas as pd
import pytest

from guanghui.data import read_table
from guanghui.geo.errors import InputError
from guanghui.pv.energy.loads import generation_shape, load_shapes, self_use_curve, self_use_share
from guanghui.pv.programme.money import appraise, cash_flow, prices, use_of_buildings
from guanghui.pv.settings import EconomicsSettings, PvSettings

RNG = np.random.default_rng(20)
CASES = list(
    zip(
        RNG.uniform(1e4, 4e6, 20), RNG.uniform(0.8, 1.5, 20), RNG.uniform(0.3, 0.9, 20), RNG.uniform(0, 0.03, 20),
        RNG.uniform(0, 0.01, 20), RNG.uniform(0, 0.1, 20), RNG.integers(10, 31, 20), strict=True,
    )
)  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_twenty_cases_equal_an_independent_cash_flow(case) -> None:
    capex, hours, price, opex, fall, rate, years = case
    energy = capex / 3500 * hours * 1000 * 1.0
    flows = [-capex] + [energy * (1 - fall) ** (t - 1) * price - opex * capex for t in range(1, years + 1)]
    found = cash_flow(np.array([capex]), np.array([energy]), np.array([price]), opex_share=opex, degradation=fall,
                      discount_rate=rate, life_years=int(years))  # fmt: skip
    assert found.npv_yuan[0] == pytest.approx(npf.npv(rate, flows), rel=1e-3)
    irr = npf.irr(flows)
    if sum(flows) > 0:
        assert found.irr[0] == pytest.approx(irr, rel=1e-3)
    else:
        assert np.isnan(found.irr[0])
    costs = npf.npv(rate, [capex] + [opex * capex] * years)
    power = npf.npv(rate, [0.0] + [energy * (1 - fall) ** (t - 1) for t in range(1, years + 1)])
    assert found.lcoe_yuan_kwh[0] == pytest.approx(costs / power, rel=1e-3)
    sums = np.cumsum(flows)
    if sums[-1] >= 0:
        year = int(np.argmax(sums >= 0))
        assert found.payback_years[0] == pytest.approx(year - 1 - sums[year - 1] / flows[year], rel=1e-3)
    else:
        assert np.isinf(found.payback_years[0])


def test_at_the_internal_rate_the_investment_is_worth_nothing_more() -> None:
    capex, energy, price = np.array([3e5, 3e5]), np.array([1e5, 9e4]), np.array([0.5, 0.6])
    way = {"opex_share": 0.015, "degradation": 0.005, "life_years": 25}
    irr = cash_flow(capex, energy, price, discount_rate=0.06, **way).irr
    for i in range(2):
        again = cash_flow(capex, energy, price, discount_rate=float(irr[i]), **way)
        assert again.npv_yuan[i] == pytest.approx(0, abs=1e-3)
        assert again.lcoe_yuan_kwh[i] == pytest.approx(price[i])


def roofs() -> pd.DataFrame:
    size = np.array([0.0, 8.0, 120.0, 2500.0])
    return pd.DataFrame({"building_class": ["residential", "rural_residential", "industrial", "industrial"],
                         "capacity_kwp": size, "yield_kwh": size * 950, "height_m": [9, 9, 9, 12.0],
                         "footprint_m2": [100, 120, 900, 18000.0]})  # fmt: skip


def test_money_of_a_roof_is_in_the_range_of_china() -> None:
    known = prices(EconomicsSettings(region="jiangxi"))
    money = appraise(roofs(), known, self_use=np.array([np.nan, 0.3, 0.6, 0.6]))
    assert money.iloc[0].isna().all()
    per_watt = money["capex_yuan"] / roofs()["capacity_kwp"] / 1000
    assert per_watt[1] > per_watt[2] > per_watt[3] > 3.0
    assert money["lcoe_yuan_kwh"][1:].between(0.25, 0.45).all()
    assert money["payback_years"][1:].between(6, 15).all()
    assert money["irr"][1:].between(0.04, 0.16).all()


def test_the_region_file_goes_before_the_shipped_price() -> None:
    given = EconomicsSettings(
        region="jiangxi", capex_yuan_w=2.76, feed_in_yuan_kwh=0.3, retail_yuan_kwh={"industrial": 0.9}
    )
    known = prices(given)
    assert known.feed_in_yuan_kwh == 0.3
    assert known.retail_yuan_kwh["industrial"] == 0.9
    assert known.capex_yuan_w.tolist() == [2.76]
    assert set(known.sources.loc[known.sources["mark"] == "given", "item"]) == {"capex", "feed_in", "retail"}


def test_a_place_without_prices_is_named() -> None:
    with pytest.raises(InputError, match="feed_in_yuan_kwh"):
        prices(EconomicsSettings(region="otago"))


def test_every_default_has_value_unit_year_source_and_mark() -> None:
    for name in ("economics.csv", "grid_co2.csv", "coverage_presets.csv"):
        table = read_table("factors", name)
        for column in ("value", "unit", "year", "mark", "source"):
            assert table[column].notna().all(), (name, column)
        assert set(table["mark"]) <= {"V", "2", "M", "assumed", "unverified"}


def test_self_use_is_the_lesser_of_load_and_generation() -> None:
    hours = pd.date_range("2021-01-04", periods=168, freq="h", tz="Etc/GMT-8")
    sun = pd.Series(np.where((hours.hour >= 8) & (hours.hour < 16), 1.0, 0.0), index=hours)
    flat = np.ones(24)
    curve = self_use_curve(sun, flat, flat)
    assert curve[0] == 0
    assert np.all(np.diff(curve) >= -1e-12)
    frame = pd.DataFrame({"building_class": ["other", "other"], "yield_kwh": [240.0, 240.0]})
    shapes = pd.DataFrame([flat], index=pd.MultiIndex.from_tuples([("other", "workday")]))
    share = self_use_share(frame, sun, np.array([240.0, 0.0]), shapes)
    assert share == pytest.approx([1 / 3, 0.0], abs=2e-3)  # a flat load meets the sun 8 of 24 hours


def test_offices_use_more_of_their_power_than_houses_of_the_same_use(weather) -> None:
    generation = generation_shape(weather, PvSettings())
    assert 800 < generation.sum() / weather.years < 1500
    frame = pd.DataFrame({"building_class": ["government", "rural_residential"], "yield_kwh": [1e5, 1e5]})
    share = self_use_share(frame, generation, np.array([1e5, 1e5]), load_shapes())
    assert 0.9 > share[0] > share[1] > 0.2


def test_use_of_buildings_is_floor_area_times_intensity() -> None:
    known = prices(EconomicsSettings(region="jiangxi"))
    use = use_of_buildings(roofs(), known)
    assert use[1] == pytest.approx(120 * 3 * 12)
    assert use[3] == pytest.approx(18000 * 120)


def test_wrong_load_shapes_are_named(tmp_path) -> None:
    path = tmp_path / "loads.csv"
    path.write_text("building_class,day,h00\nother,workday,1\n", encoding="utf-8")
    with pytest.raises(InputError, match="h01"):
        load_shapes(path)
