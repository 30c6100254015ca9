"""Age of stands drives their growth: one figure in stock, change and projection, by hand from the curve."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from guanghui.geo.notes import Notes
from guanghui.plan.inputs.config import StandsSection
from guanghui.plan.inputs.stands import read_stands
from guanghui.sinks import SinkSettings, assess, baseline_of, outlook, project
from guanghui.sinks.carbon.forest import conversion
from guanghui.sinks.carbon.growth import growth_curve
from guanghui.sinks.factors.ages import AGE_CLASSES, age_limits
from guanghui.sinks.factors.table import load_factors, species_groups
from guanghui.sinks.flux import gain_loss
from guanghui.sinks.land.aged import aged_strata
from guanghui.sinks.land.layers import stand_layer
from guanghui.sinks.years.difference import assess_change
from tests.sinks.conftest import City, layer, place, three_towns, write_cover

F = load_factors()


def stands(**columns: list) -> object:
    """Stands of 10 ha side by side, fir of 60 m³/ha unless said otherwise."""
    count = len(next(iter(columns.values())))
    base = {"YOU_SHI_SZ": ["杉木"] * count, "HUO_LMGQXJ": [60.0] * count}
    raw = layer([place(i, 0, i + 1, 10) for i in range(count)], **(base | columns))
    notes = Notes()
    asked = {"age": "NL"} if "NL" in columns else {}
    return read_stands("s.gpkg", raw, raw[["geometry"]], StandsSection(path="s.gpkg", **asked), notes), notes


def growth_of(city: City, **columns: list) -> float:
    """Growth of the stands [t C/a], without the land about them."""
    frame, _ = stands(**columns)
    shaped = stand_layer(frame, city.crs, city.notes)
    rows = shaped.drop(columns="geometry").assign(code="000001001", layer="stands", source="stands", area_ha=10.0)
    rows["volume_m3"] = rows["volume_m3_ha"] * 10
    return sum(s.growth_m3_yr * s.coefficient.value for s in aged_strata(rows, city.sinks, F))


@pytest.fixture(autouse=True)
def few_draws(city: City) -> None:
    city.sinks = SinkSettings(draws=200, consumption_rate_pct=0)


def per_m3(group: str) -> float:
    return conversion({group: 1.0}, "bef", F).per_m3.value


def test_a_stand_of_known_age_gains_what_its_curve_gains_at_its_own_volume(city: City) -> None:
    """12 years old, 60 m³/ha: the yearly step of the curve, times 60 over its volume at 12."""
    curve = growth_curve("chinese_fir", F, "planted")
    found = growth_of(city, PINGJUN_NL=[12], QI_YUAN=["21"])
    at = [float(v) for v in curve.volume([12, 13])]
    assert found == pytest.approx(10 * 60 / at[0] * (at[1] - at[0]) * per_m3("chinese_fir"))


def test_the_class_stands_for_all_its_years(city: City) -> None:
    """Middle-aged planted fir is 10-20 years old: the mean of the ten yearly steps."""
    curve = growth_curve("chinese_fir", F, "planted")
    found = growth_of(city, LING_ZU=["2"], QI_YUAN=["21"])
    ages = np.arange(10.5, 20)
    now, later = curve.volume(ages).mean(), curve.volume(ages + 1).mean()
    assert found == pytest.approx(10 * 60 / now * (later - now) * per_m3("chinese_fir"))


def test_the_young_grow_faster_than_the_old_and_origin_and_purpose_count(city: City) -> None:
    by_class = [growth_of(city, LING_ZU=[c], QI_YUAN=["21"]) for c in "2345"]
    assert all(a > b > 0 for a, b in pairwise(by_class))
    assert growth_of(city, LING_ZU=["2"], QI_YUAN=["11"]) != pytest.approx(by_class[0])
    shelter = growth_of(city, LING_ZU=["2"], QI_YUAN=["21"], LIN_ZHONG=["112"])
    assert shelter < 0.6 * by_class[0]  # middle-aged to 30 years, not to 20


@pytest.mark.parametrize("use", [0.0, 3.0, None])
def test_growth_of_age_is_one_figure_in_stock_change_and_projection(city: City, tmp_path, use: float | None) -> None:
    city.sinks = SinkSettings(draws=200, consumption_rate_pct=use)
    city.stands, _ = stands(LING_ZU=["1", "2", "4", ""], QI_YUAN=["21", "11", "22", "21"], HUO_LMGQXJ=[9.0, 60, 95, 70])
    city.landcover_before = write_cover(tmp_path / "before.tif", three_towns(), year=2020)
    stock = assess(city)
    yearly = stock.table.set_index("code")["forest_growth_tc_yr"]
    change = assess_change(city, stock).table.set_index("code")["growth_tc"]
    np.testing.assert_allclose(change.astype(float), yearly.reindex(change.index), rtol=1e-9)
    aged = aged_strata(stock.reconciliation.strata, stock.settings, F)
    assert len(aged) == 3
    for code in yearly.index:
        begins = baseline_of(stock.table, stock.by_class, code=code, aged=aged)
        first = project(begins, stock.settings, factors=F).yearly()["forest"].iloc[0]
        assert first == pytest.approx(yearly[code], rel=1e-9)


def test_years_of_change_follow_the_curve_back(city: City, tmp_path) -> None:
    city.stands, _ = stands(PINGJUN_NL=[25], QI_YUAN=["21"], HUO_LMGQXJ=[80.0])
    city.landcover_before = write_cover(tmp_path / "before.tif", three_towns(), year=2011)
    stock = assess(city)
    stand = aged_strata(stock.reconciliation.strata, stock.settings, F)[0]
    curve = growth_curve("chinese_fir", F, "planted")
    at = [float(v) for v in curve.volume([16, 25, 26])]
    assert stand.grown_m3(10) == pytest.approx(800 / at[1] * (at[2] - at[0]))
    lines = assess_change(city, stock).account
    grown = lines.lines[(lines.lines["line"] == "growth")]["amount"].iloc[0]
    assert grown == pytest.approx(stand.grown_m3(10))


def test_a_use_the_user_states_is_cut_and_grows_again(city: City) -> None:
    city.sinks = SinkSettings(consumption_rate_pct=5, draws=200)
    city.stands, _ = stands(PINGJUN_NL=[25], QI_YUAN=["21"], HUO_LMGQXJ=[80.0])
    stock = assess(city)
    stand = aged_strata(stock.reconciliation.strata, stock.settings, F)[0]
    assert stand.growth_m3_yr == pytest.approx(stand.volume(1) - stand.volume(0))
    assert stand.use_m3_yr == pytest.approx(0.05 * 800)
    lines = stock.accounts["change"]
    mine = lines.lines.assign(value=lines.values)
    net = mine[(mine["line"] == "forest_growth")]["value"].iloc[:2].sum()
    assert net == pytest.approx((stand.growth_m3_yr - 40) * per_m3("chinese_fir"))
    gains = stand.gains_m3(60)
    assert gains[0] == 0
    assert gains[1] == pytest.approx(stand.growth_m3_yr - 40)
    assert (800 + gains > 0.25 * 800).all()  # what was cut stands again
    left, total = 1.0, 0.0  # brute force: hectares of each year of cutting
    cohorts: list[tuple[int, float]] = []
    for year in range(1, 61):
        cut = left * 0.05 * stand.volume(year - 1) / stand.volume(year)
        left -= cut
        cohorts.append((year, cut))
        again = sum(c * 10 * stand.site * float(stand.curve.volume(year - y)) for y, c in cohorts)
        total = left * stand.volume(year) + again - 800
    assert gains[60] == pytest.approx(total)


def test_stands_without_an_age_keep_the_rate_and_are_named(city: City) -> None:
    city.stands, _ = stands(LING_ZU=["2", "", ""], QI_YUAN=["21", "21", ""])
    stock = assess(city)
    assert any("20.0 ha of forest stands name no age" in n.text for n in city.notes)
    strata = stock.reconciliation.strata
    rest = strata[(strata["layer"] == "stands") & (strata["age"] == "")]
    assert rest["area_ha"].sum() == pytest.approx(20)
    lines = stock.accounts["change"]
    mine = lines.lines.assign(value=lines.values)
    rate = 0.088
    by_rate = float(rest["volume_m3"].sum()) * per_m3("chinese_fir") * rate
    assert (mine["value"] - by_rate).abs().min() == pytest.approx(0, abs=1e-9)


def test_a_class_without_an_origin_grows_as_natural_and_is_named(city: City) -> None:
    without = growth_of(city, LING_ZU=["2"])
    assert any("10.0 ha" in n.text and "no origin" in n.text for n in city.notes)
    assert without == pytest.approx(growth_of(city, LING_ZU=["2"], QI_YUAN=["天然"]))


@pytest.mark.parametrize(
    ("columns", "want"),
    [
        ({"LING_ZU": ["1", "2", "3.0", " 4 ", "5", "0"]}, [*AGE_CLASSES, ""]),
        ({"龄组": ["幼龄林", "中龄林", "近熟林", "成熟林", "过熟林", ""]}, [*AGE_CLASSES, ""]),
        ({"linzu": ["1", "2", "3", "4", "5", ""]}, [*AGE_CLASSES, ""]),
    ],
)
def test_age_classes_of_the_dialects(columns: dict[str, list], want: list[str]) -> None:
    assert stands(**columns)[0]["age_class"].tolist() == want


def test_origin_and_purpose_of_the_dialects() -> None:
    found, notes = stands(
        QI_YUAN=["11", "12", "13", "21", "24", "33", "天然", "人工林"],
        LIN_ZHONG=["111", "127", "231", "232", "233", "240", "水源涵养林", "一般用材林"],
    )
    assert found["origin"].tolist() == ["natural"] * 3 + ["planted"] * 3 + ["natural", "planted"]
    assert found["purpose"].tolist() == [
        "protection", "protection", "short_rotation", "fast", "timber", "firewood", "protection", "timber",
    ]  # fmt: skip
    assert not [n for n in notes if "cannot be read" in n.text]


def test_years_in_the_column_of_the_class_are_years_and_what_cannot_be_read_is_named() -> None:
    found, _ = stands(NL=[3, 12, 40])
    assert found["age_yr"].tolist() == [3, 12, 40]
    assert (found["age_class"] == "").all()
    odd, notes = stands(LING_ZU=["2", "很老"], QI_YUAN=["21", "99"])
    assert odd["age_class"].tolist() == ["middle", ""]
    assert sum("cannot be read" in n.text and "10.0 ha" in n.text for n in notes) == 2


def test_a_pine_of_18_years_is_mature_timber_and_middle_aged_shelter() -> None:
    """Sentence of the Guangxi table: newer limits 5/10/15/25 of planted timber, 10/20/25/35 of protection."""
    assert age_limits("masson_pine", "planted", "timber", "newer").age_class(18) == "mature"
    assert age_limits("masson_pine", "planted", "protection", "newer").age_class(18) == "middle"
    assert age_limits("chinese_fir", "planted").ends == (10, 20, 25, 35)


@pytest.mark.parametrize("edition", ["older", "newer"])
def test_limits_of_every_group_rise(edition: str) -> None:
    for group in species_groups().index:
        for origin in ("planted", "natural"):
            for purpose in ("timber", "fast", "short_rotation", "protection", "firewood"):
                limits = age_limits(group, origin, purpose, edition)
                assert list(limits.ends) == sorted(set(limits.ends))
                years = [limits.years(c) for c in AGE_CLASSES]
                assert [b for _, b in years[:-1]] == [a for a, _ in years[1:]]


def test_the_outlook_grows_by_age(city: City) -> None:
    """A forest that is all over-mature gains less to 2060 than the same forest young."""
    for name in ("terrain", "farmland", "excluded", "planned", "cleared", "works"):
        setattr(city, name, None)
    ends = {}
    for kind in "15":
        city.stands, _ = stands(LING_ZU=[kind] * 6, QI_YUAN=["21"] * 6, HUO_LMGQXJ=[30.0] * 6)
        wide = outlook(city).projection.wide()["forest"]
        ends[kind] = float(wide.iloc[-1])
        assert (wide.diff().iloc[1:] >= 0).all()
    assert ends["1"] > 1.3 * ends["5"]  # the other half of the forest grows alike


HINDCAST = pd.DataFrame(
    [("Jiangsu", 23.07, 25.69), ("Zhejiang", 25.08, 30.30), ("Anhui", 26.83, 31.65), ("Fujian", 41.43, 46.42),
     ("Jiangxi", 29.45, 30.96), ("Shandong", 22.26, 27.24), ("China", 40.12, 41.90)],
    columns=["place", "tc_ha_2004_08", "tc_ha_2009_13"],
)  # fmt: skip
"""Published densities of two national inventories, five years apart (Acta Ecologica Sinica 38(5), 2018, table 6)."""


@pytest.mark.parametrize("row", HINDCAST.to_dict("records"), ids=HINDCAST["place"].tolist())
def test_hindcast_of_two_inventories_by_the_rate(row: dict) -> None:
    found = gain_loss(row["tc_ha_2004_08"], 5, SinkSettings(), F)["value"]
    assert found == pytest.approx(row["tc_ha_2009_13"], rel=0.15)


def test_hindcast_of_the_poplars_of_shandong_by_the_curve() -> None:
    """From 21.65 t C/ha five years along the curve: 28.14 were found. Age classes are no such pair."""
    curve = growth_curve("poplar", F, "planted", "fang")
    ages = np.arange(0, 120, 0.1)
    age = ages[int(np.abs(curve.density(ages) - 21.65).argmin())]
    assert float(curve.density(age + 5)) == pytest.approx(28.14, rel=0.15)
