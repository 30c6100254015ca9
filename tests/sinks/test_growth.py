from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from guanghui.geo.errors import InputError
from guanghui.sinks import SinkSettings
from guanghui.sinks.carbon.forest import volume_carbon_tc
from guanghui.sinks.carbon.growth import age_points, growth_curve
from guanghui.sinks.carbon.wetland import emissions
from guanghui.sinks.factors.table import load_factors, species_groups
from guanghui.sinks.flux import net_growth_rate
from guanghui.sinks.settings import CcerSettings
from guanghui.sinks.years.projection import Baseline, afforestation_credits, project

F = load_factors()
GROUPS = species_groups().index.tolist()
PLAN = [
    {"kind": "afforestation", "first_year": 2021, "last_year": 2025, "area_ha": 400},
    {"kind": "degraded_restoration", "first_year": 2021, "last_year": 2025, "area_ha": 133},
    {"kind": "closure", "first_year": 2021, "last_year": 2025, "area_ha": 200},
    {"kind": "tending", "first_year": 2021, "last_year": 2025, "area_ha": 133},
    {"kind": "wetland_restoration", "first_year": 2023, "area_ha": 5.3},
    {"kind": "straw_return", "first_year": 2023, "last_year": 2024, "area_ha": 733},
]
"""Works of the 14th five-year plan of 共青城 (0.6, 0.2, 0.3, 0.2 万亩), 南湖 wetland, high-standard farmland."""


@pytest.mark.parametrize("method", ["bef", "fang"])
@pytest.mark.parametrize("origin", ["planted", "natural"])
@pytest.mark.parametrize("group", GROUPS)
def test_growth_begins_with_nothing_and_ends_at_the_stock_of_its_volume(group: str, origin: str, method: str) -> None:
    curve = growth_curve(group, F, origin, method)
    table = curve.table(200)
    assert table[0] == 0
    assert table[1] < 0.5
    assert (np.diff(table) >= 0).all()
    assert table[-1] <= curve.asymptote_tc_ha
    assert curve.density(-5) == 0
    for age in age_points(group, F, origin)["age"]:
        stock = volume_carbon_tc(float(curve.volume(age)), 1.0, {group: 1.0}, F).loc[method, "total_tc"]
        assert float(curve.density(age)) == pytest.approx(stock, rel=1e-9)


@pytest.mark.parametrize("origin", ["planted", "natural"])
@pytest.mark.parametrize("group", GROUPS)
def test_the_curve_of_volume_follows_the_inventory(group: str, origin: str) -> None:
    """Within a third and 20 m³/ha of the volumes that the published densities were computed from, over all ages."""
    curve, points = growth_curve(group, F, origin), age_points(group, F, origin)
    miss = np.abs(curve.volume(points["age"]) - points["volume"])
    assert float(miss.mean()) <= 0.33 * float(points["volume"].mean()) + 5
    assert curve.asymptote_m3_ha <= 1.3 * points["volume"].max() * (1 + 1e-9)


def test_the_published_densities_are_turned_back_to_their_volume() -> None:
    """Young planted Masson pine, 11.2 t C/ha: (2 x 11.2 - 20.547) / 0.5034 = 3.7 m³/ha; the rest is b."""
    young = age_points("masson_pine", F).loc["young"]
    assert young["volume"] == pytest.approx((22.4 - 20.547) / 0.5034)


def test_stands_are_planted_or_natural() -> None:
    with pytest.raises(InputError, match="planted, natural"):
        age_points("oak", F, "wild")


def plan(**projection) -> SinkSettings:
    return SinkSettings.model_validate({"projection": {"works": PLAN, **projection}})


def test_the_plan_of_gongqingcheng_to_2060() -> None:
    found = project(Baseline(126_860, 2_070), plan(), factors=F, seed=1)
    wide = found.wide()
    assert wide.index.tolist() == list(range(2020, 2061))
    assert (wide.loc[2020] == 0).all()
    np.testing.assert_allclose(wide["total"], wide["usual"] + wide["works"], rtol=1e-12)
    np.testing.assert_allclose(wide["usual"], wide["forest"] + wide["wetland"], rtol=1e-12)
    assert (wide.diff().iloc[1:] >= -1e-9).all().all()
    assert wide["wetland"][2060] == pytest.approx(40 * 2_070)
    assert wide["degraded_restoration"][2060] == pytest.approx(133 * 0.5 * 20)
    assert wide["straw_return"][2060] == pytest.approx(733 * 0.297 * 20)
    fir = growth_curve("mixed", F)
    cohorts = sum(80 * float(fir.density(2060 - y)) for y in range(2021, 2026)) * 0.85
    assert wide["afforestation"][2060] == pytest.approx(cohorts)
    assert 1.5 < wide["forest"][2060] / 126_860 + 1 < 2.5
    total = found.frame[found.frame["line"] == "total"].set_index("year")
    assert (total.loc[2021:, "low_tc"] < total.loc[2021:, "change_tc"]).all()
    assert (total.loc[2021:, "change_tc"] < total.loc[2021:, "high_tc"]).all()
    assert "growth.tree.restored_gain" in set(found.sources["id"])


def test_without_works_nothing_is_added() -> None:
    wide = project(Baseline(1000.0), SinkSettings(), factors=F).wide()
    assert (wide["works"] == 0).all()
    np.testing.assert_allclose(wide["total"], wide["forest"])


def test_the_net_rate_falls_as_the_forest_ages() -> None:
    yearly = project(Baseline(1000.0), plan(growth_decline_per_year=0.05), factors=F).wide()["forest"]
    rate = (1000 + yearly).pct_change().dropna()
    assert rate.iloc[0] == pytest.approx(0.0256)
    np.testing.assert_allclose(rate.to_numpy()[1:] / rate.to_numpy()[:-1], 0.95, rtol=1e-9)


def test_credits_hold_back_buffer_and_leakage_and_end() -> None:
    ccer = CcerSettings(buffer=0.1, leakage=0.05, crediting_years=20)
    found = project(Baseline(0.0), plan(), factors=F)
    credits_ = afforestation_credits(found, ccer, baseline_tco2_yr=10.0)
    year = credits_.set_index("year").loc[2035]
    net = year["gain_tco2"] - 10.0
    assert year["credit_tco2"] == pytest.approx(net * 0.95 * 0.9)
    assert year["leakage_tco2"] + year["buffer_tco2"] + year["credit_tco2"] == pytest.approx(net)
    assert (credits_["credit_tco2"] >= 0).all()
    assert (credits_["credit_tco2"] > 0).sum() <= 20
    assert credits_["credit_sum_tco2"].iloc[-1] < credits_["gain_tco2"].sum()
    none = afforestation_credits(project(Baseline(5.0), SinkSettings(), factors=F), ccer)
    assert (none["credit_tco2"] == 0).all()


def test_a_chart_is_drawn_in_both_languages(tmp_path) -> None:
    from guanghui.sinks.years.charts import projection_chart

    found = project(Baseline(126_860, 2_070), plan(), factors=F)
    for language in ("zh", "en"):
        figure = projection_chart(found, language=language, title="共青城" if language == "zh" else "Gongqingcheng")
        path = tmp_path / f"{language}.png"
        figure.savefig(path)
        assert path.stat().st_size > 20_000
        assert len(figure.axes[0].get_legend().get_texts()) == len(PLAN) + 2 + 1


def test_wetland_works_show_their_gases_beside_the_carbon_they_bury() -> None:
    """100 ha of marsh from 2021 on: what a hectare gives to the air in a year, 39 times by 2060."""
    works = [{"kind": "wetland_restoration", "first_year": 2021, "area_ha": 100}]
    settings = SinkSettings.model_validate({"projection": {"works": works}})
    found = project(Baseline(1000.0, 0.0), settings, factors=F)
    yearly = sum(c.value for c in emissions("marsh", settings, F).values())
    last = found.gases.set_index("year")["balance_tco2e"][2060]
    assert last == pytest.approx(100 * yearly * 39)
    assert last > 0
    assert project(Baseline(1000.0, 0.0), plan(works=[]), factors=F).gases.empty


@pytest.mark.parametrize("row", pd.read_csv("benchmarks/hindcast.csv", comment="#").to_dict("records"), ids=str)
def test_the_net_rate_meets_the_volume_of_the_next_inventory(row: dict) -> None:
    """Volume of the first inventory, grown by the default net rate for the years between: within 15 % of the second."""
    rate = net_growth_rate(SinkSettings(), load_factors()).value
    grown = row["first_m3_ha"] * (1 + rate) ** (row["last_year"] - row["first_year"])
    assert grown == pytest.approx(row["last_m3_ha"], rel=0.15)
    assert len(row["source"]) > 20
