"""Pages show the programme table: what stands with its own size, parts with their part, shares of what may be used."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely.geometry import box

from guanghui.maps.city.index import city_total
from guanghui.maps.page.facts import ALL_ROOFS, pv_facts
from guanghui.maps.page.roofs import measures, roof_payload
from guanghui.pv.energy.spread import spread_of
from guanghui.pv.programme.phases import CoveragePlan, coverage_plan

TOWNSHIPS = gpd.GeoDataFrame({"code": ["1", "2"]}, geometry=[box(0, 0, 1, 1), box(1, 0, 2, 1)], crs=32650)
PHASES = {2022: 0.30, 2023: 0.40, 2024: 0.50}


def roofs_of(count: int, seed: int) -> gpd.GeoDataFrame:
    rng = np.random.default_rng(seed)
    usable = rng.uniform(20.0, 900.0, count)
    kwp = usable * rng.uniform(0.1, 0.2, count)
    code = rng.choice(["1", "2"], count)
    frame = pd.DataFrame(
        {
            "building_id": [f"b{i:03d}" for i in range(count)], "township_code": code, "township": code,
            "building_class": rng.choice(["public", "industrial", "residential"], count), "usable_m2": usable,
            "capacity_kwp": kwp, "yield_kwh": kwp * rng.uniform(800.0, 1100.0, count), "capex_yuan": kwp * 3500.0,
            "lcoe_yuan_kwh": rng.uniform(0.2, 0.5, count), "lod": rng.choice(["surface", "outline"], count),
        }
    )  # fmt: skip
    shapes = [box(i, 0, i + 0.5, 0.5) for i in range(count)]
    roofs = gpd.GeoDataFrame(frame, geometry=shapes, crs=32650)
    spread = spread_of(roofs, illustrative_weather=False)
    roofs["yield_sd_kwh"] = roofs["yield_kwh"] * spread.independent
    roofs.attrs["uncertainty"] = spread.attrs
    return roofs


def planned(roofs: gpd.GeoDataFrame, **options: object) -> CoveragePlan:
    return coverage_plan(roofs, PHASES, **options)  # type: ignore[arg-type]


def agree(roofs: gpd.GeoDataFrame, plan: CoveragePlan) -> None:
    """Workbook, index and township pages say the same of every year."""
    facts = pv_facts(TOWNSHIPS, roofs, plan)
    city = city_total(facts, None, roofs.attrs["uncertainty"])["pv"]
    reached = plan.reached.set_index("year")
    for year in plan.shares:
        total = plan.total(year)
        index = city[str(year)]
        assert index["share_pct"] == pytest.approx(100 * reached.loc[year, "reached_share"], rel=1e-9)
        for name in ("roofs", "usable_m2", "capacity_kwp", "yield_kwh", "capex_yuan", "avoided_co2_t"):
            assert index[name] == pytest.approx(total[name], rel=1e-9, abs=1e-9)
            by_town = plan.table[plan.table["year"] == year].groupby("township_code")[name].sum()
            assert facts[year][name].to_dict() == pytest.approx(by_town.reindex(["1", "2"]).fillna(0.0).to_dict())
    for code in ("1", "2"):
        own = roofs[roofs["township_code"] == code].reset_index(drop=True)
        if own.empty:
            continue
        payload = roof_payload(own, measures(roofs, plan), plan)
        loose = plan.by_roof[(plan.by_roof["building_id"] == "") & (plan.by_roof["township_code"] == code)]
        for year in plan.shares:
            there = payload["phases"]["developed"][str(year)]
            taken = own["building_id"].map(plan.phase).between(1, year)
            for name in ("usable_m2", "capacity_kwp", "yield_kwh", "capex_yuan"):
                rows = (own[name] * there["part"]).where(taken, 0.0)
                for place, row in there["rows"].items():
                    rows[int(place)] = row[name]
                beside = float(loose.loc[loose["year"] == year, name].sum()) if len(loose) else 0.0
                whole = rows.sum() + beside
                assert whole == pytest.approx(facts[year].loc[code, name], rel=1e-6, abs=0.01)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    seed=st.integers(0, 10_000), reading=st.sampled_from(["roofs", "share"]),
    scope=st.sampled_from(["city", "township", "class"]), on_roof=st.booleans(), loose=st.booleans(),
    left_out=st.booleans(), budget=st.booleans(),
)  # fmt: skip
def test_every_output_says_the_same(
    seed: int, reading: str, scope: str, on_roof: bool, loose: bool, left_out: bool, budget: bool
) -> None:
    roofs = roofs_of(40, seed)
    index = pd.Index(roofs["building_id"], name="building_id")
    options: dict[str, object] = {"reading": reading, "scope": scope, "co2_kg_kwh": 0.5}
    if on_roof:
        options["existing_kwp"] = pd.Series(np.where(np.arange(40) % 9 == 0, 12.0, 0.0), index=index)
    if loose:
        options["township_kwp"] = pd.Series({"1": 150.0, "2": 1e5})
    if left_out:
        options["excluded"] = pd.Series(np.where(np.arange(40) % 4 == 1, "kept out", ""), index=index)
    if budget and reading == "roofs":
        options["budget_yuan"] = {2023: 4e5}
    agree(roofs, planned(roofs, **options))


def test_what_stands_counts_with_its_own_size() -> None:
    roofs = roofs_of(40, 3)
    stands = pd.Series({"b000": 7.0}).rename_axis("building_id")
    facts = pv_facts(TOWNSHIPS, roofs[:1], planned(roofs[:1], existing_kwp=stands, co2_kg_kwh=0.5))
    code = roofs["township_code"][0]
    assert facts[2022].loc[code, "capacity_kwp"] == pytest.approx(7.0)
    assert facts[2022].loc[code, "capex_yuan"] == 0.0
    assert facts[ALL_ROOFS].loc[code, "capacity_kwp"] == pytest.approx(roofs["capacity_kwp"][0])


def test_without_a_factor_nothing_is_avoided_and_nothing_breaks() -> None:
    roofs = roofs_of(10, 4)
    facts = pv_facts(TOWNSHIPS, roofs, planned(roofs, co2_kg_kwh=float("nan")))
    assert "avoided_co2_t" not in facts[2023]


def test_a_systems_share_of_a_half_developed_roof_is_half() -> None:
    roofs = roofs_of(12, 5)
    plan = planned(roofs, reading="share")
    assert plan.total(2024)["capacity_kwp"] == pytest.approx(0.5 * roofs["capacity_kwp"].sum(), rel=1e-12)
    facts = pv_facts(TOWNSHIPS, roofs, plan)
    assert facts[2024]["capacity_kwp"].sum() == pytest.approx(0.5 * roofs["capacity_kwp"].sum(), rel=1e-12)


def test_the_interval_of_the_index_is_that_of_the_workbook() -> None:
    from guanghui.pv.energy.spread import township_spread

    roofs = roofs_of(40, 6)
    spread = spread_of(roofs, illustrative_weather=False)
    sheet = township_spread(roofs, spread).iloc[-1]
    index = city_total(pv_facts(TOWNSHIPS, roofs), None, roofs.attrs["uncertainty"])["pv"][str(ALL_ROOFS)]
    assert index["yield_kwh_low"] == pytest.approx(sheet["low_kwh"], rel=1e-9)
    assert index["yield_kwh_high"] == pytest.approx(sheet["high_kwh"], rel=1e-9)


@pytest.mark.parametrize("co2", [0.5, float("nan")])
@pytest.mark.parametrize("dtype", [object, "string"])
def test_a_township_where_nothing_is_built_yet(co2: float, dtype: object) -> None:
    """Its page counts zero and keeps the columns of the others: a page of it once failed."""
    roofs = roofs_of(40, 3)
    roofs["building_id"] = roofs["building_id"].astype(dtype)
    roofs["building_class"] = np.where(roofs["township_code"] == "1", "public", "residential")
    plan = planned(roofs, order=("public", "residential"), co2_kg_kwh=co2)
    alone = TOWNSHIPS[TOWNSHIPS["code"] == "2"]
    facts = pv_facts(alone, roofs[roofs["township_code"] == "2"], plan)
    first = facts[2022]
    assert first.loc["2", "roofs"] == 0
    assert (first.loc["2", ["yield_kwh", "yield_kwh_low", "yield_kwh_high"]] == 0).all()
    assert list(first.columns) == list(facts[2024].columns)
    assert ("avoided_co2_t" in first) == np.isfinite(co2)
