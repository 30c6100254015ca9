from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guanghui.sinks import SinkSettings, assess
from guanghui.sinks.carbon.wetland import emissions, methane, verdict
from guanghui.sinks.factors.table import OwnFactor, load_factors
from tests.sinks.conftest import City, layer, place

F = load_factors()


def net(key: str, **wetland) -> float:
    """Balance of a hectare, best estimate, without N₂O [t CO₂e/yr]."""
    gwp = wetland.pop("gwp", "AR6-100")
    climate = wetland.pop("climate", "warm_temperate_moist")
    out = emissions(key, SinkSettings(gwp=gwp, climate=climate, wetland=wetland), F)
    return sum(c.value for g, c in out.items() if g != "n2o")


def test_salt_decides_about_a_planted_marsh() -> None:
    """By the Supplement's defaults 0.91 t C buried against 193.7 kg CH₄: −3.34 above 18 ppt, +1.89 below."""
    assert net("salt_marsh", salinity_ppt=25) == pytest.approx(-3.34, abs=0.01)
    assert net("salt_marsh", salinity_ppt=5) == pytest.approx(1.89, abs=0.01)
    assert net("salt_marsh") == net("salt_marsh", salinity_ppt=5)  # unknown counts on the side of the source
    assert net("mangrove", salinity_ppt=5) == pytest.approx(-0.71, abs=0.01)


def test_marsh_and_reservoir_are_sources_by_default() -> None:
    assert methane("marsh", SinkSettings(), F).value * 27e-3 == pytest.approx(6.3, abs=0.05)
    assert methane("marsh", SinkSettings(climate="tropical_moist"), F).value * 27e-3 == pytest.approx(24.3, abs=0.05)
    for state, out in (("oligotrophic", 80.3 * 0.7), ("mesotrophic", 80.3 * 3), ("eutrophic", 80.3 * 10)):
        settings = SinkSettings(wetland={"trophic_state": state, "downstream": False})
        assert methane("reservoir", settings, F).value == pytest.approx(out, rel=1e-12)


def test_below_the_dam_and_in_the_first_years() -> None:
    old, young = SinkSettings(wetland={"reservoir_age_years": 40}), SinkSettings(wetland={"reservoir_age_years": 5})
    assert methane("reservoir", old, F).value == pytest.approx(80.3 * 1.09)
    assert methane("reservoir", young, F).value == pytest.approx(127.5 * 1.09)
    assert "co2" not in emissions("reservoir", old, F)
    assert emissions("reservoir", young, F)["co2"].value == pytest.approx(1.46 * 44 / 12)


def test_twenty_years_weigh_methane_three_times() -> None:
    hundred, twenty = (emissions("marsh", SinkSettings(gwp=g), F)["ch4"].value for g in ("AR6-100", "AR6-20"))
    assert twenty / hundred == pytest.approx(79.7 / 27.0)


@given(st.floats(-1e6, 1e6), st.floats(0, 1e6), st.floats(0, 1e6))
def test_a_source_is_never_called_a_sink(value: float, below: float, above: float) -> None:
    word = verdict(value, value - below, value + above)
    if value > 0 or value + above > 0:
        assert word != "sink"
    if value < 0:
        assert word != "source"
    assert verdict(value, value - below, value + above, 0.0) == "none"


def test_the_four_types_of_gongqingcheng_are_of_low_confidence(city: City) -> None:
    kinds = ["永久性淡水湖", "永久性河流", "草本沼泽", "库塘"]
    city.wetlands = layer([place(20 + 2 * i, 0, 22 + 2 * i, 5) for i in range(4)], name=[""] * 4, wetland_type=kinds)
    balance = assess(city).balance.query("code == ''").set_index("label_zh")
    assert set(kinds) <= set(balance.index)
    for kind in kinds:
        assert balance.loc[kind, "confidence"] == "low"
        assert balance.loc[kind, "confidence_zh"] == "默认值，可信度低"
        row = balance.loc[kind]
        gases = row[["burial_tco2e_yr", "ch4_tco2e_yr", "n2o_tco2e_yr", "co2_tco2e_yr"]].sum()
        assert row["net_tco2e_yr"] == pytest.approx(gases, rel=1e-12)
        if row["net_high_tco2e_yr"] > 0:
            assert row["verdict"] != "sink"


def test_a_salt_marsh_known_to_be_a_sink_may_be_called_one(city: City) -> None:
    own = [{"id": "wetland.salt_marsh.burial", "value": 2.0, "low": 1.8, "high": 2.2, "source": "样品"},
           {"id": "wetland.wetland.n2o", "value": 0.1, "low": 0.05, "high": 0.2, "source": "样品"}]  # fmt: skip
    city.wetlands = layer([place(20, 0, 30, 10)], name=[""], wetland_type=["盐沼"])
    city.sinks = SinkSettings(wetland={"salinity_ppt": 28}, own_factors=own)
    table = assess(city).table.set_index("name")
    assert table.loc["西乡", "wetland_verdict"] == "sink"
    assert table.loc["东乡", "wetland_verdict"] == "none"


def test_both_horizons_and_the_stock_stand_beside_the_balance(city: City) -> None:
    stock = assess(city)
    marsh = stock.balance.query("code == '' and `class` == 'marsh'").iloc[0]
    assert marsh["net_gwp100_tco2e_yr"] == pytest.approx(marsh["net_tco2e_yr"])
    assert marsh["net_gwp20_tco2e_yr"] > 2 * marsh["net_gwp100_tco2e_yr"]
    soil = stock.by_class.query("code == '' and `class` == 'marsh'")["stock_tc"].sum()
    assert marsh["stock_tc"] == pytest.approx(soil)


def test_a_measured_lake_has_its_trophic_state_in_it() -> None:
    """15.2 kg CH4 measured on Poyang stay; the default of reservoirs is scaled, one of the region's own is not."""
    rich = SinkSettings(wetland={"trophic_state": "eutrophic"})
    plain = SinkSettings()
    assert emissions("lake", rich, F)["ch4"].value == emissions("lake", plain, F)["ch4"].value
    scaled = emissions("reservoir", rich, F)["ch4"].value / emissions("reservoir", plain, F)["ch4"].value
    assert scaled == pytest.approx(10)
    own = load_factors([OwnFactor("wetland.reservoir.ch4.warm_temperate_moist", 50.0, 40.0, 60.0, "chambers 2024")])
    assert emissions("reservoir", rich, own)["ch4"].value == emissions("reservoir", plain, own)["ch4"].value
