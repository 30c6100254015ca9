"""Carbon of wetland works enters no sum; tonnes on adjusted areas say so on the map; what is shown twice agrees."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from guanghui.geo.zonal import density_sums
from guanghui.maps.page.forestry import growth_payload, work_rows
from guanghui.maps.page.sinkview import load_stock
from guanghui.sinks import SinkSettings, assess, load_factors, project
from guanghui.sinks.carbon.wetland import emissions
from guanghui.sinks.years.charts import projection_chart
from guanghui.sinks.years.outlook import _located, _works
from guanghui.sinks.years.projection import BESIDE, LINES, SUMS, Baseline
from tests.sinks.conftest import TOWNS, City, layer, place, three_towns, write_cover

F = load_factors()
WORKS = [
    {"kind": "afforestation", "first_year": 2021, "area_ha": 100},
    {"kind": "wetland_restoration", "first_year": 2021, "area_ha": 100},
    {"kind": "salt_marsh_planting", "first_year": 2022, "area_ha": 50},
]


def settings(works: list[dict]) -> SinkSettings:
    return SinkSettings.model_validate({"draws": 200, "projection": {"works": works}})


def test_sums_with_and_without_wetland_works_are_the_same() -> None:
    whole = project(Baseline(1000.0, 5.0), settings(WORKS), factors=F)
    dry = project(Baseline(1000.0, 5.0), settings(WORKS[:1]), factors=F)
    columns = ["change_tc", "low_tc", "high_tc"]
    for line in SUMS:
        mine, want = (f.frame[f.frame["line"] == line][columns].to_numpy() for f in (whole, dry))
        np.testing.assert_allclose(mine, want, rtol=1e-12)
    for line in BESIDE:
        assert whole.frame[whole.frame["line"] == line]["change_tc"].iloc[-1] > 0
        assert whole.gases[whole.gases["line"] == line]["balance_tco2e"].iloc[-1] > 0
    assert set(BESIDE) < set(LINES)


def test_every_wetland_work_has_its_gas_balance_beside_its_carbon(city: City) -> None:
    asked = settings(WORKS)
    works = _works(city, _located(city, asked.projection.works), asked, F)
    assert works["counted"].tolist() == [True, False, False]
    marsh = works.iloc[1]
    yearly = sum(c.value for c in emissions("marsh", asked, F).values())
    assert marsh["gases_2060_tco2e"] == pytest.approx(100 * yearly * 39)
    burial = F.find("burial", ("marsh", "wetland"), climate=asked.climate).value
    assert marsh["expected_2060_tc"] == pytest.approx(100 * burial * 39)
    assert np.isnan(works.iloc[0]["gases_2060_tco2e"])
    rows = work_rows(works)
    assert [r["counted"] for r in rows] == [True, False, False]
    assert rows[1]["gases"][-1]["value"] == marsh["gases_2060_tco2e"]
    assert rows[0]["gases"][-1]["value"] is None


def test_a_work_that_names_no_township_is_of_the_whole_region(city: City) -> None:
    city.townships["name_en"] = ["", "Zhong", ""]
    asked = settings(WORKS[:1])
    assert [code for _, code in _located(city, asked.projection.works)] == [""]


def test_the_chart_stacks_what_the_total_sums() -> None:
    found = project(Baseline(1000.0, 5.0), settings(WORKS), factors=F)
    axes = projection_chart(found, language="en").axes[0]
    top = sum(c.get_paths()[0].get_extents().ymax for c in axes.collections[-1:])
    total = found.frame[found.frame["line"] == "total"]["change_tc"].max() / 1e3
    assert top == pytest.approx(total, rel=1e-6)
    assert sum("in no sum" in t.get_text() for t in axes.get_legend().get_texts()) == len(BESIDE)
    lines = {one["key"]: one for one in growth_payload(found, [2060])["lines"]}
    assert lines["works"]["at"][0]["values"] == pytest.approx(lines["afforestation"]["at"][0]["values"])


MATRIX = {"forest": {"forest": 80, "cropland": 20}, "cropland": {"forest": 5, "cropland": 95}}


def test_densities_of_the_map_are_those_of_the_table_with_a_confusion_matrix(city: City) -> None:
    plain = assess(city)
    city.sinks = SinkSettings(map_accuracy=MATRIX, draws=200)
    stock = assess(city)
    assert stock.as_mapped
    assert not plain.as_mapped
    assert load_stock(stock).as_mapped
    keys = ["code", "class", "pool"]
    mine, was = (s.by_class.set_index(keys)["density_tc_ha"] for s in (stock, plain))
    np.testing.assert_allclose(mine.drop("", level="code"), was.drop("", level="code"), rtol=1e-12)
    drawn = density_sums(stock.density["total"].compute(), city.townships)
    np.testing.assert_allclose(drawn["sum"], density_sums(plain.density["total"].compute(), city.townships)["sum"])
    ratio = stock.map_error.ratio
    assert ratio["forest"] == pytest.approx((0.8 * 90 + 0.05 * 90) / 90)
    tonnes = stock.by_class.set_index(keys)["stock_tc"]
    scale = [ratio.get(c, 1.0) for c in tonnes.index.get_level_values("class")]
    np.testing.assert_allclose(tonnes, plain.by_class.set_index(keys)["stock_tc"] * scale, rtol=1e-9)
    assert any("as mapped" in n.text and "forest 0.850" in n.text for n in city.notes)


def test_map_and_table_agree_on_partly_missing_inputs(tmp_path: Path) -> None:
    """No data in a township, stands without volume, wetlands over the edge of the map: both say the same."""
    codes = three_towns()
    codes[4:6, 3:9] = 0
    stands = layer(
        [place(0, 0, 4, 3), place(4, 0, 8, 3)], species_group=["马尾松", "杉木"], volume_m3_ha=[90.0, np.nan]
    )
    wet = layer([place(21, 0, 25, 4)], wetland_type=["湖泊"], name=["湖"])
    city = City(TOWNS.copy(), write_cover(tmp_path / "land.tif", codes), stands=stands, wetlands=wet)
    stock = assess(city)
    drawn = density_sums(stock.density["total"].compute(), city.townships)
    np.testing.assert_allclose(drawn["sum"], stock.townships["total_tc"], rtol=1e-3)
    np.testing.assert_allclose(drawn["known_m2"] / 1e4, stock.townships["known_area_ha"], rtol=1e-6)
    whole = stock.by_class[stock.by_class["code"] == ""]["stock_tc"].sum()
    assert whole == pytest.approx(stock.city["total_tc"], rel=1e-12)
    trust = stock.trust[(stock.trust["code"] == "") & (stock.trust["quantity"] == "stock")]
    assert trust["amount_tc"].sum() == pytest.approx(stock.city["total_tc"], rel=1e-12)
    assert isinstance(stock.trust, pd.DataFrame)
