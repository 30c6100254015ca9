from __future__ import annotations

import pytest

from guanghui.sinks import SinkSettings, assess
from guanghui.sinks.carbon.cropland import paddy_methane, soil_gain
from guanghui.sinks.factors.table import load_factors
from guanghui.sinks.flux import gain_loss, net_growth_rate
from tests.sinks.conftest import City

F = load_factors()


def test_growth_gives_the_sign_of_jiangxi() -> None:
    """26.27 t C/ha (2001-05) grew to 30.96 (2009-13): inside our interval, from rates of another province.

    A look-up on land cover says that the province lost 45.8 Mt C from 1990 to 2020.
    """
    start, end = (F[f"inventory.jiangxi.biomass_{y}"].value for y in ("2001_2005", "2009_2013"))
    found = gain_loss(start, 2011 - 2003, SinkSettings(), F)
    assert found["value"] > start
    assert found["low"] < end < found["high"]
    assert found["low"] > start
    assert F["inventory.jiangxi.lookup_change_1990_2020"].value < 0


def test_the_province_closes() -> None:
    """Cross-check 8: 263.87 Tg over 26.27 t/ha is 10.04 Mha of forest."""
    total, density = (
        F["inventory.jiangxi.biomass_total_2001_2005"].value,
        F["inventory.jiangxi.biomass_2001_2005"].value,
    )
    assert total / density == pytest.approx(10.04, abs=0.005)


def test_rates_of_the_region_overrule_the_default() -> None:
    assert net_growth_rate(SinkSettings(), F).value == pytest.approx(0.088 - 0.0624)
    given = SinkSettings(growth_rate_pct=7.0, consumption_rate_pct=4.5)
    assert net_growth_rate(given, F).value == pytest.approx(0.025)
    assert not net_growth_rate(given, F).factors


def test_a_forest_cut_faster_than_it_grows_loses(city: City) -> None:
    city.sinks = SinkSettings(growth_rate_pct=5.0, consumption_rate_pct=8.0)
    row = assess(city).table.iloc[-1]
    assert row["forest_growth_tc_yr"] < 0


def test_unchanged_forest_still_gains(city: City) -> None:
    assert (assess(city).table.set_index("name").loc[["东乡", "中乡"], "forest_growth_tc_yr"] > 0).all()


def test_straw_claims_nothing_until_it_is_said() -> None:
    assert soil_gain("paddy", SinkSettings(), F).value == 0
    full = SinkSettings(cropland={"straw_return_share": 1.0})
    assert soil_gain("paddy", full, F).value == pytest.approx(55 * 1.35 * 0.08 / 20)
    assert soil_gain("dryland", full, F).value == 0
    mixed = SinkSettings(cropland={"straw_return_share": 1.0, "paddy_share": 0.25})
    assert soil_gain("cropland", mixed, F).value == pytest.approx(0.25 * 0.297)


def test_paddy_methane_is_a_line_of_its_own() -> None:
    double = paddy_methane("paddy", SinkSettings(), F).value
    single = paddy_methane("paddy", SinkSettings(cropland={"rice_seasons": "single"}), F).value
    assert double == pytest.approx((211.4 + 224.0) * 27e-3)
    assert single == pytest.approx(215.5 * 27e-3)
    assert paddy_methane("dryland", SinkSettings(), F).value == 0
