"""Prices, cash flows and emission factors from tables of a few rows, every figure worked out by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from guanghui.geo.errors import InputError
from guanghui.pv.programme import emissions, money
from guanghui.pv.settings import EconomicsSettings

ROWS = [
    ("all", "capex", "100", 4.0, 2021), ("2022", "capex", "10", 5.0, 2022), ("2025", "capex", "10", 3.0, 2024),
    ("all", "opex_share", "all", 0.02, 2020), ("all", "degradation", "all", 0.006, 2020),
    ("all", "life_years", "all", 25, 2020), ("all", "discount_rate", "all", 0.05, 2020),
    ("2022", "feed_in", "jiangxi", 0.41, 2019), ("2025", "feed_in", "jiangxi", 0.38, 2025),
    ("all", "feed_in", "hubei", 0.44, 2019), ("all", "retail", "public", 0.7, 2020),
    ("all", "retail", "industrial", 0.6, 2020), ("all", "use_intensity", "public", 80.0, 2020),
]  # fmt: skip


@pytest.fixture(autouse=True)
def table(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [(v, i, k, x, "u", "", y, "V", f"s{n}") for n, (v, i, k, x, y) in enumerate(ROWS)]
    names = ["vintage", "item", "key", "value", "unit", "uncertainty", "year", "mark", "source"]
    monkeypatch.setattr(money, "read_table", lambda *_: pd.DataFrame(rows, columns=names))


def test_the_rows_of_a_vintage_and_a_region() -> None:
    known = money.prices(EconomicsSettings(region="jiangxi"))
    assert (known.capex_kwp.tolist(), known.capex_yuan_w.tolist()) == ([10.0, 100.0], [5.0, 4.0])
    assert (known.opex_share, known.degradation, known.life_years, known.discount_rate) == (0.02, 0.006, 25, 0.05)
    assert known.feed_in_yuan_kwh == 0.41
    assert known.retail_yuan_kwh == {"public": 0.7, "industrial": 0.6}
    assert known.use_kwh_m2 == {"public": 80.0}
    assert known.youngest_year == 2022
    assert known.vintages[["item", "vintage", "used"]].to_numpy().tolist() == [
        ["capex", "2022", True], ["capex", "2025", False],
        ["feed_in", "2022", True], ["feed_in", "2025", False]]  # fmt: skip
    newer = money.prices(EconomicsSettings(region="jiangxi"), 2025)
    assert (newer.capex_yuan_w.tolist(), newer.feed_in_yuan_kwh, newer.youngest_year) == ([3.0, 4.0], 0.38, 2025)
    assert newer.vintages["used"].tolist() == [False, True, False, True]
    assert money.prices(EconomicsSettings(region="hubei")).feed_in_yuan_kwh == 0.44


def test_a_place_gives_its_own() -> None:
    own = money.prices(EconomicsSettings(region="jiangxi", capex_yuan_w=3.3, opex_share=0.0, feed_in_yuan_kwh=0.2,
                                         retail_yuan_kwh={"public": 0.9}))  # fmt: skip
    assert (own.capex_kwp.tolist(), own.capex_yuan_w.tolist()) == ([100.0], [3.3])
    assert (own.opex_share, own.feed_in_yuan_kwh, own.youngest_year) == (0.0, 0.2, None)
    assert own.retail_yuan_kwh == {"public": 0.9, "industrial": 0.6}
    assert not own.vintages["used"].any()
    half = money.prices(EconomicsSettings(region="jiangxi", feed_in_yuan_kwh=0.2))
    assert half.capex_kwp.tolist() == [10.0, 100.0]
    assert half.youngest_year is None
    with pytest.raises(InputError, match="has no feed-in price"):
        money.prices(EconomicsSettings(region="nowhere"))


def flow(first: object, years: int, *, opex: float = 0.0, fall: float = 0.0, rate: float = 0.0) -> money.Finance:
    """Of 200 yuan that earn ``first`` of themselves in year 1, at half a yuan a kWh."""
    share = np.atleast_1d(np.asarray(first, dtype=float))
    return money.cash_flow(np.full(len(share), 200.0), 400 * share, np.full(len(share), 0.5), opex_share=opex,
                           degradation=fall, discount_rate=rate, life_years=years)  # fmt: skip


def test_the_rate_of_one_year_is_what_comes_back_less_one() -> None:
    """Rates are sought between -50 % and 500 %; what never pays back has none."""
    found = flow([1.1, 1.5, 2.9, 5.0, 5.9, 7.0, 0.9, 0.4, 0.0], 1).irr
    assert found[:5] == pytest.approx([0.1, 0.5, 1.9, 4.0, 4.9], abs=1e-9)
    assert found[6] == pytest.approx(-0.1, abs=1e-9)
    assert np.isnan(found[[5, 7, 8]]).all()  # 600 %, -60 % and nothing at all
    assert flow([1.3], 1, opex=0.1).irr == pytest.approx([0.2])
    assert flow([0.8], 2, fall=0.25).irr == pytest.approx([0.4 + np.sqrt(0.16 + 0.6) - 1])
    assert flow([0.55], 2, opex=0.04).irr == pytest.approx([(0.51 + np.sqrt(0.51**2 + 4 * 0.51)) / 2 - 1])
    assert np.isnan(flow([0.5], 2, opex=0.6).irr[0])


@pytest.mark.parametrize(
    ("first", "years", "more", "wait"),
    [
        (0.4, 3, {}, 2.5), (0.5, 2, {}, 2.0), (0.5, 3, {}, 2.0), (2.0, 3, {}, 0.5), (1.0, 1, {}, 1.0),
        (0.8, 3, {"fall": 0.5}, 1.5), (0.8, 3, {"opex": 0.3}, 2.0), (0.4, 2, {}, np.inf), (0.3, 3, {}, np.inf),
        (0.9, 9, {"fall": 0.5, "opex": 0.1}, 1 + 0.2 / 0.35),
    ],
)  # fmt: skip
def test_years_until_it_is_paid_back(first: float, years: int, more: dict, wait: float) -> None:
    assert flow(first, years, **more).payback_years == pytest.approx([wait])


def test_worth_and_levelised_cost_of_two_years() -> None:
    """Energy 300 and 240 kWh at 0.5 yuan, 10 yuan of upkeep a year, a rate of a quarter."""
    got = flow(0.75, 2, opex=0.05, fall=0.2, rate=0.25)
    assert got.npv_yuan == pytest.approx([(150 - 10) / 1.25 + (120 - 10) / 1.25**2 - 200])
    assert got.lcoe_yuan_kwh == pytest.approx([(200 + 10 / 1.25 + 10 / 1.5625) / (300 / 1.25 + 240 / 1.5625)])
    assert flow(0.25, 7).npv_yuan == pytest.approx([7 * 50 - 200])
    assert flow(0.25, 3, fall=0.2, rate=-0.2).npv_yuan == pytest.approx([3 * 50 / 0.8 - 200])
    assert flow(0.25, 3, fall=0.2, rate=0.1).npv_yuan == pytest.approx([50 / 1.1 + 40 / 1.21 + 32 / 1.331 - 200])
    nothing = money.cash_flow(np.array([0.0, 0.5, 5.0]), np.array([9.0, 0.5, 0.0]), np.ones(3), opex_share=0.1,
                              degradation=0.0, discount_rate=0.0, life_years=1)  # fmt: skip
    assert np.isnan(nothing.npv_yuan[0])
    assert np.isnan(nothing.payback_years[0])
    assert np.isnan(nothing.lcoe_yuan_kwh[2])
    assert nothing.lcoe_yuan_kwh[1] == pytest.approx(0.55 / 0.5)


def test_the_price_of_a_kilowatt_is_straight_in_the_logarithm_of_size() -> None:
    known = money.prices(EconomicsSettings(region="jiangxi"))
    size = np.array([10.0, 100.0, 10 * np.sqrt(10), 1.0, 4000.0, 0.5, 0.0])
    roofs = pd.DataFrame({"building_class": "public", "capacity_kwp": size, "yield_kwh": 1000 * size})
    got = money.appraise(roofs, known, self_use=np.full(7, 0.25))
    assert (got["capex_yuan"][:6] / size[:6]).tolist() == pytest.approx([5000, 4000, 4500, 5000, 4000, 5000])
    assert got["capex_yuan"].isna().tolist() == [False] * 6 + [True]
    assert (got["self_use_share"] == 0.25).all()
    with pytest.raises(InputError, match="no price for warehouse") as refused:
        money.appraise(roofs.assign(building_class="warehouse"), known, self_use=np.zeros(7))
    assert "warehouse" in refused.value.zh


def test_use_of_a_building_is_floor_area_times_intensity() -> None:
    """Storeys of 3 m; halls count once; at least one storey; a given number comes before the height."""
    known = money.prices(EconomicsSettings(region="jiangxi", use_kwh_m2={"industrial": 50.0}))
    roofs = pd.DataFrame({"building_class": ["public", "public", "public", "industrial", "unknown"],
                          "height_m": [9.0, 1.0, 10.0, 9.0, 9.0], "footprint_m2": [10.0, 20.0, 30.0, 40.0, 50.0]}
                         )  # fmt: skip
    assert money.use_of_buildings(roofs, known).tolist() == [2400.0, 1600.0, 7200.0, 2000.0, 0.0]
    for unknown in (0.0, np.nan):
        given = roofs.assign(storeys=[1.0, unknown, unknown, 5.0, 1.0])
        assert money.use_of_buildings(given, known).tolist() == [800.0, 1600.0, 7200.0, 2000.0, 0.0]


@pytest.fixture
def factors(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [("national", 2021, 0.55, "全国", "national", "S1", "来源一"),
            ("national", 2023, 0.53, "全国", "national", "S3", "来源三"),
            ("national", 2022, 0.54, "全国", "national", "S2", "来源二"),
            ("jiangxi", 2022, 0.57, "江西", "Jiangxi", "J", "赣"),
            ("jiangxi", 2026, 0.50, "江西", "Jiangxi", "K", "赣二")]  # fmt: skip
    names = ["region", "year", "value", "name_zh", "name_en", "source", "source_zh"]
    monkeypatch.setattr(emissions, "read_table", lambda *_: pd.DataFrame(rows, columns=names))


@pytest.mark.usefixtures("factors")
def test_the_factor_of_a_year_the_newest_or_the_nearest() -> None:
    assert emissions.grid_co2_kg_kwh() == (0.53, ("national 2023: S3", "全国 2023 年：来源三"))
    assert emissions.grid_co2_kg_kwh("national", 2021) == (0.55, ("national 2021: S1", "全国 2021 年：来源一"))
    assert emissions.grid_co2_kg_kwh("jiangxi")[0] == 0.5
    assert np.isnan(emissions.grid_co2_kg_kwh("none")[0])
    assert emissions.grid_co2_kg_kwh("none")[1] == ("", "")
    with pytest.raises(InputError, match=r"'hubei' 2021; there are national 2021, .*jiangxi 2026") as refused:
        emissions.grid_co2_kg_kwh("hubei", 2021)
    assert "'hubei' 2021 没有排放因子" in refused.value.zh
    with pytest.raises(InputError, match="'national' 2030"):
        emissions.grid_co2_kg_kwh("national", 2030)
    near = emissions.factor_series("jiangxi", [2010, 2022, 2023, 2024, 2025, 2030])
    assert near == {2010: 0.57, 2022: 0.57, 2023: 0.57, 2024: 0.5, 2025: 0.5, 2030: 0.5}
    assert np.isnan(emissions.factor_series("none", [2022])[2022])
    with pytest.raises(InputError, match="'hubei'"):
        emissions.factor_series("hubei", [2022])
