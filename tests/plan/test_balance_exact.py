"""Balance, sensitivity and grid check of places of a few figures, worked out by hand."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from guanghui.plan.results import balance as rooms
from guanghui.plan.results.power_grid import grid_check
from guanghui.plan.results.sensitivity import sensitivity


def section(**more: object) -> SimpleNamespace:
    given = {"co2_t": {2022: 130.0, 2020: 100.0, 2021: 130.0}, "last_year": 2024, "co2_per_gdp": {}, "gdp_yuan": {},
             "population_growth": 0.5, "gdp_growth": 0.2, "energy_intensity_change": -0.5,
             "carbon_intensity_change": 0.1}  # fmt: skip
    return SimpleNamespace(**(given | more))


def place(part: object) -> SimpleNamespace:
    settings = SimpleNamespace(coverage=SimpleNamespace(grid="g"))
    return SimpleNamespace(file=SimpleNamespace(balance=part), settings=settings)


PLAN = SimpleNamespace(shares={2023: 0.5, 2021: 0.2},
                       total=lambda year: {"yield_kwh": {2021: 1000.0, 2023: 4000.0}[year]})  # fmt: skip


@pytest.fixture(autouse=True)
def factors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rooms, "factor_series", lambda grid, years: {y: 0.5 + (y - 2020) / 10 for y in years})


def test_the_balance_year_by_year() -> None:
    """Least squares through 100, 130, 130: 120 + 15 (year - 2021); Kaya 1.5 x 1.2 x 0.5 x 1.1 = 0.99 a year."""
    stock = SimpleNamespace(city={"sink_tc_yr": 3.0, "sink_low_tc_yr": 1.5, "sink_high_tc_yr": 6.0})
    got = rooms.balance(place(section()), PLAN, stock)
    assert got.index.tolist() == [2020, 2021, 2022, 2023, 2024]
    assert got["co2_plan_t"].tolist()[:3] == [100.0, 130.0, 130.0]
    assert got["co2_plan_t"].isna().tolist() == [False] * 3 + [True] * 2
    assert got["co2_trend_t"].tolist() == pytest.approx([105.0, 120.0, 135.0, 150.0, 165.0])
    assert got["co2_kaya_t"].tolist() == pytest.approx([np.nan, np.nan, 130.0, 128.7, 127.413], nan_ok=True)
    assert got["avoided_t"].tolist() == pytest.approx([np.nan, 0.6, 0.7, 3.2, 3.6], nan_ok=True)
    assert got[["sink_t", "sink_low_t", "sink_high_t"]].iloc[2].tolist() == pytest.approx([11.0, 5.5, 22.0])
    assert got.attrs == {}
    bare = rooms.balance(place(section(last_year=2000)), None, None)
    assert bare.index.tolist() == [2020, 2021, 2022]
    assert bare[["avoided_t", "sink_t", "sink_low_t", "sink_high_t"]].isna().all(axis=None)
    assert rooms.balance(place(None), PLAN, stock) is None


@pytest.mark.parametrize(("known", "trend"), [({2020: 7.0}, [np.nan] * 2), ({2020: 7.0, 2021: 9.0}, [7.0, 9.0])])
def test_a_trend_needs_two_years(known: dict, trend: list) -> None:
    assert rooms._trend(known, np.array([2020, 2021])).tolist() == pytest.approx(trend, nan_ok=True)


def test_a_plan_that_says_two_things() -> None:
    """Totals of 1000 t beside 0.5 t a 10 000 yuan times 40 million, and 100 t beside 0.2 times 10 million."""
    both = section(co2_t={2025: 1000.0, 2020: 100.0, 2030: 5.0}, co2_per_gdp={2025: 0.5, 2020: 0.2},
                   gdp_yuan={2025: 4e7, 2020: 1e7, 2030: 1e9})  # fmt: skip
    zh, en = rooms.contradiction(both)
    assert [part[:5] for part in en.split("; ") if part[:2] == "20"] == ["2020:", "2025:"]
    assert "1,000 t of CO₂, its CO₂ per product times product is 2,000 t, 2.00 times" in en
    assert "100 t of CO₂, its CO₂ per product times product is 200 t" in en
    assert "2025 年：规划给出的排放总量为 1,000 t，而其碳强度 × 生产总值为 2,000 t，相差 2.00 倍" in zh
    assert zh.index("2020 年") < zh.index("2025 年")
    assert rooms.balance(place(both), None, None).attrs == {"doubt_zh": zh, "doubt_en": en}


@pytest.mark.parametrize(("total", "doubted"), [(100.0, False), (104.0, False), (96.0, False), (106.0, True),
                                                (94.0, True), (0.0, False), (0.5, True)])  # fmt: skip
def test_a_twentieth_is_no_contradiction(total: float, doubted: bool) -> None:
    one = section(co2_t={2025: total}, co2_per_gdp={2025: 0.5}, gdp_yuan={2025: 2e6})
    assert (rooms.contradiction(one) is not None) == doubted


def test_a_fifth_more_or_less_of_each_input() -> None:
    """New are half of a and all of b: 4000 + 6000 yuan and 2000 + 8000 kWh; c stands already.

    A kWh of a is worth 0.25 x 0.8 + 0.75 x 0.4 = 0.5 yuan, one of b the feed-in of 0.4: 0.42 in the mean. One year
    without interest, upkeep of a tenth.
    """
    ids = ["a", "b", "c"]
    roofs = pd.DataFrame({"building_id": ids, "building_class": ["x", "y", "x"], "capex_yuan": [8000.0, 6000.0, 900.0],
                          "yield_kwh": [4000.0, 8000.0, 500.0], "self_use_share": [0.25, np.nan, 0.5]})  # fmt: skip
    plan = SimpleNamespace(
        shares={2025: 0.1, 2030: 0.5}, built=pd.DataFrame({"existing_kwp": [0.0, 0.0, 0.5]}, index=ids),
        parts=pd.DataFrame({2025: [0.0, 1.0, 1.0], 2030: [0.5, 1.0, 1.0]}, index=ids))  # fmt: skip
    known = SimpleNamespace(retail_yuan_kwh={"x": 0.8, "y": 0.9}, feed_in_yuan_kwh=0.4, opex_share=0.1,
                            degradation=0.0, discount_rate=0.0, life_years=1)  # fmt: skip
    got = sensitivity(roofs, plan, known)
    assert got["input"].tolist() == ["none", *(n for n in ("share", "price", "cost", "yield") for _ in range(2))]
    assert got["change_pct"].tolist() == [0.0, *[-20.0, 20.0] * 4]
    factor = np.array([[1, 1, 1, 1], *([f if i == j else 1 for j in range(4)] for i in range(4) for f in (0.8, 1.2))])
    share, price, cost, energy = factor.T
    assert got["capex_yuan"].to_numpy() == pytest.approx(10000 * share * cost)
    assert got["yield_kwh"].to_numpy() == pytest.approx(10000 * share * energy)
    assert got["lcoe_yuan_kwh"].to_numpy() == pytest.approx(1.1 * cost / energy)
    assert got["npv_yuan"].to_numpy() == pytest.approx(share * (4200 * price * energy - 11000 * cost))
    assert np.isinf(got["payback_years"]).all()
    dear = sensitivity(roofs, plan, SimpleNamespace(**vars(known) | {"life_years": 20}))
    assert dear["payback_years"].to_numpy() == pytest.approx(1 / (0.42 * price * energy / cost - 0.1))
    twenty = dear["irr"].to_numpy()
    assert sum(0.32 / (1 + twenty[0]) ** t for t in range(1, 21)) == pytest.approx(1.0)
    unseen = pd.DataFrame({"building_id": ["d"], "building_class": ["y"]})
    built = pd.concat([plan.built, pd.DataFrame({"existing_kwp": [0.0]}, ["d"])])
    parts = pd.concat([plan.parts, pd.DataFrame({2025: [1.0], 2030: [1.0]}, ["d"])])
    more = SimpleNamespace(shares=plan.shares, built=built, parts=parts)
    pd.testing.assert_frame_equal(sensitivity(pd.concat([roofs, unseen]), more, known), got)
    dark = sensitivity(roofs.assign(yield_kwh=0.0), plan, known)
    assert dark["npv_yuan"].isna().all()


def test_power_of_the_inverters_against_the_transformers() -> None:
    """1.25 kW of modules on a kW of inverter; 80 % of the rating may be used."""
    rows = [("1", "甲", 100.0), ("2", "乙", 75.0), ("3", "丙", 101.0), ("4", "丁", 5.0), ("5", "戊", 74.0)]
    table = pd.DataFrame([(2025, *r) for r in rows], columns=["year", "township_code", "township", "capacity_kwp"])
    extra = table.head(1).assign(year=2030, capacity_kwp=50.0)
    plan = SimpleNamespace(table=pd.concat([table, extra, extra.assign(capacity_kwp=10.0)]))
    grid = pd.DataFrame(
        {"place": ["1", "2", "3", "5", "1", "别处"], "capacity_kva": [60.0, 100.0, 100.0, 100.0, 40.0, 9.0]}
    )
    noted: list[tuple[str, str, str]] = []
    region = SimpleNamespace(
        power_grid=grid, file=SimpleNamespace(grid=SimpleNamespace(limit_share=0.8)),
        settings=SimpleNamespace(pv=SimpleNamespace(dc_ac_ratio=1.25)),
        notes=SimpleNamespace(add=lambda *said: noted.append(said)))  # fmt: skip
    got = grid_check(region, table, plan)
    now = got[got["year"] == 2025]
    assert now["capacity_kva"].tolist() == pytest.approx([100.0, 100.0, 100.0, np.nan, 100.0], nan_ok=True)
    assert now["limit_kw"].tolist() == pytest.approx([80.0, 80.0, 80.0, np.nan, 80.0], nan_ok=True)
    assert now["used_share"].tolist() == pytest.approx([1.0, 0.75, 1.01, np.nan, 0.74], nan_ok=True)
    assert now["zone"].tolist() == ["yellow", "green", "red", "unknown", "green"]
    assert got[got["year"] == 2030]["used_share"].tolist() == pytest.approx([0.6])
    assert [n[0] for n in noted] == ["grid"]
    assert "别处: no such township" in noted[0][1]
    assert "别处 无对应乡镇" in noted[0][2]
    region.power_grid = grid.head(5).replace({"place": {"1": "甲"}})
    assert grid_check(region, table, plan)["used_share"].tolist()[:3] == pytest.approx([1.0, 0.75, 1.01])
    assert len(noted) == 1
    region.file.grid = None
    assert grid_check(region, table, plan) is None


def test_a_township_that_uses_nothing_is_green() -> None:
    table = pd.DataFrame({"year": [2030], "township_code": ["1"], "township": ["甲"], "capacity_kwp": [0.0]})
    region = SimpleNamespace(
        power_grid=pd.DataFrame({"place": ["甲"], "capacity_kva": [100.0]}), notes=SimpleNamespace(add=lambda *a: None),
        file=SimpleNamespace(grid=SimpleNamespace(limit_share=0.8)),
        settings=SimpleNamespace(pv=SimpleNamespace(dc_ac_ratio=1.2)),
    )  # fmt: skip
    got = grid_check(region, table, SimpleNamespace(table=table))
    assert got["zone"].tolist() == ["green"]
