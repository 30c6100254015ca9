"""Dated bundles of technology and prices."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from guanghui.data import read_table
from guanghui.pv.energy.system import performance
from guanghui.pv.presets import VINTAGES
from guanghui.pv.programme.money import prices
from guanghui.pv.settings import EconomicsSettings, PvSettings
from tests.scenes import hourly_weather

TABLE = read_table("factors", "vintages.csv")


def test_every_value_has_a_unit_a_year_a_mark_and_a_source() -> None:
    for column in ("value", "unit", "year", "mark", "source"):
        assert TABLE[column].notna().all(), column
    assert set(TABLE["mark"]) <= {"V", "2", "assumed", "unverified"}
    assert sorted(TABLE["vintage"].unique()) == list(VINTAGES)
    by_year = TABLE.groupby("vintage")["item"].apply(set)
    assert by_year[2022] == by_year[2025]


def test_the_default_is_the_bundle_of_2022() -> None:
    """The defaults in the code and the rows of 2022 are one thing."""
    plain, told = PvSettings(), PvSettings(vintage=2022)
    assert plain == told
    for row in TABLE[TABLE["vintage"] == 2022].itertuples():
        assert getattr(plain, row.item) == row.value


def test_explicit_keys_go_before_the_type_and_the_type_before_the_bundle() -> None:
    new = PvSettings(vintage=2025)
    assert (new.module_efficiency, new.gamma_pdc, new.inverter_efficiency) == (0.225, -0.0029, 0.983)
    kind = PvSettings(vintage=2025, module_type="standard")
    assert (kind.module_efficiency, kind.inverter_efficiency) == (0.19, 0.983)
    own = PvSettings(vintage=2025, module_type="standard", module_efficiency=0.2, lid_pct=2.0)
    assert (own.module_efficiency, own.gamma_pdc, own.lid_pct) == (0.2, -0.0037, 2.0)
    with pytest.raises(ValueError, match="vintage"):
        PvSettings(vintage=2023)


def test_newer_systems_give_more() -> None:
    """Losses 11.4 -> 8.5 %, inverter 96 -> 98.3 %, and less lost to heat: 6 to 9 % a kWp."""
    plane = pd.DataFrame({"surface_tilt": [10.0], "surface_azimuth": [180.0], "rack": [True]})
    old, new = (performance(hourly_weather(), plane, PvSettings(vintage=v)).energy.sum() for v in VINTAGES)
    assert 1.05 < new / old < 1.10


def test_prices_follow_the_vintage_and_stand_side_by_side() -> None:
    old, new = (prices(EconomicsSettings(region="jiangxi"), v) for v in VINTAGES)
    assert np.interp(100.0, old.capex_kwp, old.capex_yuan_w) == 3.74
    assert np.interp(100.0, new.capex_kwp, new.capex_yuan_w) == 2.70
    assert (old.feed_in_yuan_kwh, new.feed_in_yuan_kwh) == (0.4143, 0.38)
    assert old.retail_yuan_kwh == new.retail_yuan_kwh
    assert (old.youngest_year, new.youngest_year) == (2022, 2025)
    for known, year in ((old, "2022"), (new, "2025")):
        table = known.vintages
        assert set(table["item"]) == {"capex", "feed_in", "opex_share"}
        assert set(table.loc[table["used"], "vintage"]) == {year}
        assert set(table["vintage"]) == {"2022", "2025"}
        assert set(table.loc[table["item"] == "feed_in", "key"]) == {"jiangxi"}
        used = table.loc[table["used"], ["item", "key", "value"]].merge(known.sources, on=["item", "key"])
        assert (used["value_x"] == used["value_y"]).all()


def test_own_prices_have_no_age() -> None:
    own = prices(EconomicsSettings(region="jiangxi", capex_yuan_w=2.5, feed_in_yuan_kwh=0.3))
    assert own.youngest_year is None
    assert set(own.vintages.loc[own.vintages["used"], "item"]) == {"opex_share"}
