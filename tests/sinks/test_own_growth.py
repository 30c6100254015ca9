"""Growth by a table of the user, and libcbm's tutorial as a whole by it."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from benchmarks import harvested
from guanghui.geo.errors import InputError
from guanghui.sinks import SinkSettings, assess
from guanghui.sinks.carbon.forest import conversion
from guanghui.sinks.carbon.growth import growth_curve
from guanghui.sinks.factors.own_growth import read_own_growth
from guanghui.sinks.factors.table import load_factors
from guanghui.sinks.land.strata import SOURCES
from tests.sinks.conftest import City, layer, place

VOLUMES = "树种,起源,年龄（年）,每公顷蓄积（m³/ha）\n杉木,人工,5,10\n杉木,人工,10,60\n杉木,人工,30,240\n"
CARBON = "species_group,age_a,volume_m3_ha,agb_tc_ha,bgb_tc_ha\nmasson_pine,10,50,20,5\nmasson_pine,20,120,44,11\n"


def table(folder: Path, text: str) -> Path:
    file = folder / "growth.csv"
    file.write_text(text, encoding="utf-8")
    return file


def test_volumes_by_age_are_read_and_converted(tmp_path: Path) -> None:
    factors = load_factors(growth=read_own_growth(table(tmp_path, VOLUMES)))
    curve = growth_curve("chinese_fir", factors, "planted")
    np.testing.assert_allclose(curve.volume([0, 2.5, 5, 20, 30, 90]), [0, 5, 10, 150, 240, 240])
    np.testing.assert_allclose(curve.density([10, 30]), curve.per_m3_tc * np.array([60, 240]))
    shipped = growth_curve("chinese_fir", load_factors(), "natural")
    assert growth_curve("chinese_fir", factors, "natural").asymptote_m3_ha == shipped.asymptote_m3_ha


@pytest.mark.parametrize("method", ["bef", "fang"])
def test_carbon_by_age_is_the_carbon_and_the_volume_tells_the_site(city: City, tmp_path: Path, method: str) -> None:
    """40 ha of pine: 20 without a volume hold 25 t C/ha at 10 years; 20 with twice the volume grow twice as fast."""
    city.own_growth = read_own_growth(table(tmp_path, CARBON))
    city.sinks = SinkSettings(draws=200, consumption_rate_pct=0, conversion=method)
    shapes = [place(0, 0, 10, 2), place(0, 2, 10, 4)]
    ages = {"age_class": "", "age_yr": [10.0, 10.0], "origin": "planted", "purpose": ""}
    city.stands = layer(shapes, species_group=["马尾松"] * 2, volume_m3_ha=[np.nan, 100.0], **ages)
    stock = assess(city)
    trees = stock.by_class[(stock.by_class["code"] == "000001001") & stock.by_class["pool"].isin(["above", "below"])]
    fir = trees[trees["class"] == "forest_needleleaf"]["stock_tc"].sum()
    c = conversion({"masson_pine": 1.0}, method, load_factors())
    measured = 100 * c.per_m3.value + (c.above_ha + c.below_ha).value
    assert fir == pytest.approx(20 * 25 + 20 * measured, rel=1e-9)
    grown = stock.accounts["change"].lines
    mine = grown[(grown["line"] == "forest_growth") & (grown["class"] == "forest_needleleaf")]
    values = [c.value for c in stock.accounts["change"].coefficients]
    total = sum(a * values[i] for a, i in zip(mine["amount"], mine["coefficient"], strict=True))
    assert total == pytest.approx(20 * 3.0 + 2 * 20 * 3.0, rel=1e-9)  # 30 t C/ha in ten years
    density = (stock.density["above"] + stock.density["below"]).to_numpy()
    assert density[1, 4] == pytest.approx(25, rel=1e-5)
    assert float(stock.density["below"][1, 4]) == pytest.approx(5, rel=1e-5)
    assert int(stock.forest_source[1, 4]) == SOURCES["table_planted"][0]
    assert any("own growth table" in n.text for n in city.notes)
    assert "own_growth.masson_pine.any" in set(stock.sources["id"])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("species_group,age_a\n杉木,5\n", "needs species_group, age_a and volume_m3_ha"),
        ("树种,年龄,蓄积\n火星树,5,10\n火星树,9,20\n", "火星树"),
        ("树种,年龄,蓄积\n毛竹,5,10\n毛竹,9,20\n", "毛竹"),
        ("树种,年龄,蓄积\n杉木,5,10\n杉木,5,20\n", "each once"),
        ("树种,年龄,蓄积（m³/亩）\n杉木,5,1\n杉木,9,2\n", "m³/亩"),
        ("树种,年龄,蓄积\n杉木,5,-1\n杉木,9,2\n", "-1"),
        ("树种,起源,年龄,蓄积\n杉木,野生,5,1\n杉木,野生,9,2\n", "野生"),
    ],
)
def test_tables_that_cannot_be_used_are_refused(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        read_own_growth(table(tmp_path, text))


def test_trust_and_range_of_carbon_by_age_are_the_users(city: City, tmp_path: Path) -> None:
    """The land cover of the first town is all under stands; what grows there is the table's, within its own 20 %."""
    text = CARBON.replace("agb_tc_ha,bgb", "agb_tc_ha,agb_tc_ha_cv,bgb").replace(",20,5", ",20,,5")
    city.own_growth = read_own_growth(table(tmp_path, text.replace(",44,11", ",44,0.1,11")))
    city.sinks = SinkSettings(draws=4000, consumption_rate_pct=0, soil=False)
    ages = {"age_class": "", "age_yr": [10.0], "origin": "planted", "purpose": ""}
    city.stands = layer([place(0, 0, 10, 10)], species_group=["马尾松"], volume_m3_ha=[np.nan], **ages)
    stock = assess(city)
    trust = stock.trust[(stock.trust["code"] == "000001001") & (stock.trust["kind"] == "own")].set_index("quantity")
    assert trust.loc["stock", "amount_tc"] == pytest.approx(100 * 25)
    assert trust.loc["change", "amount_tc"] == pytest.approx(100 * 3)
    grown = stock.uncertainty.set_index(["code", "quantity"]).loc[("000001001", "change")]
    assert (grown["high"] - grown["low"]) / grown["value"] == pytest.approx(2 * 1.96 * 0.1, rel=0.05)
    assert grown["unranged"] == pytest.approx(0)
    city.own_growth = read_own_growth(table(tmp_path, CARBON))
    bare = assess(city).uncertainty.set_index(["code", "quantity"])["unranged"]
    assert bare["000001001", "change"] == pytest.approx(300)
    assert any("have no range" in n.text for n in city.notes)


def test_the_harvested_landscape_of_libcbm_from_a_region_file(tmp_path: Path) -> None:
    """60 years of clear-cuts, the oldest first: live carbon and wood carried out within 1 % at all dates."""
    ours = harvested.found(tmp_path)
    assert ours["opening"][0] == pytest.approx(761_594.4, rel=0.002)
    np.testing.assert_allclose(ours["live"], harvested.LIVE_TC, rtol=0.01)
    np.testing.assert_allclose(ours["live_same"], harvested.LIVE_TC, rtol=0.003)
    np.testing.assert_allclose(ours["products"], harvested.PRODUCTS_TC, rtol=0.01)
    assert ours["residual"][0] < 1e-9 * ours["opening"][0]


def test_the_figures_that_stand_in_are_those_of_the_harvested_peer() -> None:
    if importlib.util.find_spec("libcbm") is None:
        pytest.skip("libcbm is not installed")
    live, carried, ran = harvested.peer()
    assert ran
    np.testing.assert_allclose(live, harvested.LIVE_TC, rtol=1e-6)
    np.testing.assert_allclose(carried, harvested.PRODUCTS_TC, rtol=1e-6)
