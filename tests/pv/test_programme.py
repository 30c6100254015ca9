"""Programmes by township and class, shares of every roof, existing systems and exclusions."""

from __future__ import annotations

import math

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import box

from guanghui.data import read_table
from guanghui.geo.errors import InputError
from guanghui.pv.presets import preset_shares
from guanghui.pv.programme.emissions import factor_series
from guanghui.pv.programme.existing import exclude, locate, read_existing
from guanghui.pv.programme.phases import coverage_plan
from tests.pv.test_coverage import PHASES, roofs

seeds = st.integers(0, 100_000)
shares = st.floats(0.02, 0.95)


@settings(max_examples=60)
@given(seeds, shares, st.floats(0.0, 0.2), st.sampled_from(["city", "township", "class"]))
def test_more_share_never_lowers_capacity(seed: int, share: float, more: float, scope: str) -> None:
    frame = roofs(seed).assign(capacity_kwp=lambda f: f["usable_m2"] * np.random.default_rng(seed).uniform(0.1, 0.2))
    less = coverage_plan(frame, {2030: share}, scope=scope)
    much = coverage_plan(frame, {2030: min(share + more, 1.0)}, scope=scope)
    assert much.total()["capacity_kwp"] >= less.total()["capacity_kwp"] - 1e-6


@settings(max_examples=60)
@given(seeds, shares, st.integers(0, 59))
def test_removing_a_roof_never_raises_the_total(seed: int, share: float, gone: int) -> None:
    """To the last decimal where roofs may be shared, up to the roof that overshoots where they are whole."""
    frame = roofs(seed)
    rest = frame.drop(index=gone)
    cut = [coverage_plan(f, {2030: share}, reading="share").total()["yield_kwh"] for f in (frame, rest)]
    assert cut[1] <= cut[0] * (1 + 1e-12)
    full, less = coverage_plan(frame, {2030: share}), coverage_plan(rest, {2030: share})
    assert less.available_m2 <= full.available_m2 * (1 + 1e-12)
    assert less.total()["usable_m2"] <= full.total()["usable_m2"] + less.reached["last_roof_m2"].iloc[0] + 1e-6


@settings(max_examples=30)
@given(seeds, st.sampled_from(["city", "township", "class"]), st.sampled_from(["roofs", "share"]))
def test_the_order_of_rows_changes_nothing(seed: int, scope: str, reading: str) -> None:
    frame = roofs(seed)
    shuffled = frame.sample(frac=1, random_state=seed % 1000).reset_index(drop=True)
    first = coverage_plan(frame, PHASES, scope=scope, reading=reading)
    second = coverage_plan(shuffled, PHASES, scope=scope, reading=reading)
    pd.testing.assert_frame_equal(first.parts.sort_index(), second.parts.sort_index())
    pd.testing.assert_frame_equal(first.table, second.table)


@settings(max_examples=40)
@given(seeds)
def test_the_notice_reaches_the_share_of_each_class(seed: int) -> None:
    frame = roofs(seed, 120)
    wanted = preset_shares("整县推进")
    plan = coverage_plan(frame, {2023: wanted}, scope="class")
    by_class = frame["usable_m2"].groupby(frame["building_class"]).sum()
    built = frame["usable_m2"][plan.phase.to_numpy() > 0].groupby(frame["building_class"]).sum()
    for name, share in wanted.items():
        if by_class.get(name, 0) > 0:
            assert built[name] / by_class[name] >= share - 1e-9
    assert "other" not in built
    assert (plan.groups["overshoot_m2"] <= plan.groups["last_roof_m2"] + 1e-6).all()


@settings(max_examples=40)
@given(seeds)
def test_every_township_meets_its_share(seed: int) -> None:
    frame = roofs(seed)
    plan = coverage_plan(frame, PHASES, scope="township")
    assert (plan.groups["reached_share"] >= plan.groups["target_share"] - 1e-9).all()
    assert set(plan.groups["group"]) == {"1", "2", "3"}
    assert plan.table.groupby("year")["usable_m2"].sum().to_numpy() == pytest.approx(
        (plan.reached["reached_share"] * plan.available_m2).to_numpy()
    )


def test_a_share_of_every_roof_is_exact_and_touches_every_roof() -> None:
    frame = roofs(3)
    plan = coverage_plan(frame, PHASES, reading="share")
    assert plan.reached["reached_share"].to_numpy() == pytest.approx([0.3, 0.4, 0.5])
    assert plan.total()["yield_kwh"] == pytest.approx(0.5 * frame["yield_kwh"].sum())
    assert ((plan.phase == 2022).to_numpy() == (frame["usable_m2"] > 0).to_numpy()).all()


def test_existing_systems_count_first_and_lower_what_is_to_be_built() -> None:
    frame = roofs(6, 100)
    on = frame["usable_m2"].nlargest(3).index
    stands = pd.Series(frame["capacity_kwp"][on].to_numpy() * 0.8, index=frame["building_id"][on])
    plan = coverage_plan(frame, {2030: 0.5}, existing_kwp=stands)
    assert (plan.phase[stands.index] == 2030).all()
    assert plan.total()["existing_kwp"] == pytest.approx(stands.sum())
    assert plan.built.loc[stands.index, "capacity_kwp"].to_numpy() == pytest.approx(stands.to_numpy())
    new = plan.phase.to_numpy().astype(bool) & ~frame["building_id"].isin(stands.index).to_numpy()
    area = frame["usable_m2"]
    assert area[new].sum() < coverage_plan(frame, {2030: 0.5}).total()["usable_m2"]
    assert area[new].sum() + area[on].sum() >= 0.5 * plan.available_m2


def test_megawatts_of_a_township_count_as_roof_of_that_township() -> None:
    frame = roofs(6, 100)
    known = pd.Series({"2": 0.1 * frame["capacity_kwp"][frame["township_code"] == "2"].sum()})
    plan = coverage_plan(frame, {2030: 0.3}, scope="township", township_kwp=known)
    rows = plan.table[plan.table["building_class"] == "existing"]
    assert rows["capacity_kwp"].to_list() == pytest.approx(known.to_list())
    town = frame[(frame["township_code"] == "2") & (frame["usable_m2"] > 0)]
    assert rows["yield_kwh"].iloc[0] == pytest.approx(0.1 * town["yield_kwh"].sum(), rel=1e-12)
    assert rows["usable_m2"].iloc[0] == pytest.approx(0.1 * town["usable_m2"].sum(), rel=1e-12)
    assert (plan.groups["reached_share"] >= 0.3 - 1e-9).all()
    alone = coverage_plan(frame, {2030: 0.3}, scope="township")
    new = [p.phase[(frame["township_code"] == "2").to_numpy()].astype(bool).sum() for p in (plan, alone)]
    assert new[0] < new[1]


def test_systems_are_found_by_name_id_and_township(tmp_path) -> None:
    frame = roofs(2, 20).assign(name="", footprint_m2=200.0)
    frame.loc[[3, 4], "name"] = ["一厂1号", "一厂2号"]
    path = tmp_path / "existing.csv"
    path.write_text(
        "name,building_match,building_id,township_code,capacity_mw\n一厂,一厂,,,0.02\n乙,,b0007,,0.01\n丙,,,3,1.5\n",
        encoding="utf-8",
    )
    placed, loose, beside = locate(frame, read_existing(path))
    assert placed[["b0003", "b0004"]].sum() == pytest.approx(20.0)
    assert placed["b0007"] == pytest.approx(10.0)
    assert loose.to_dict() == {"3": 1500.0}
    assert beside["plan_w_m2"].iloc[0] == pytest.approx(20_000 / 400)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name,kw\na,1\n", "capacity_mw"),
        ("township,capacity_mw\n1,many\n", "row 1"),
        ("name,township,capacity_mw\nx,atlantis,1\n", "no such"),
    ],
)
def test_wrong_tables_of_systems_are_named(tmp_path, text: str, message: str) -> None:
    path = tmp_path / "existing.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=message):
        locate(roofs(1), read_existing(path))


def test_excluded_roofs_are_neither_taken_nor_available() -> None:
    frame = roofs(5, 40)
    boxes = [box(i, 0, i + 0.8, 0.8) for i in range(40)]
    layer = gpd.GeoDataFrame({"reason": ["文物"]}, geometry=[box(-1, -1, 9.9, 2)], crs=4548)
    where = gpd.GeoDataFrame(frame.assign(shading_loss_pct=np.arange(40.0)), geometry=boxes, crs=4548)
    reason = exclude(where, layers=[(layer, "")], max_shading_pct=29.5, buildings={"b0015": "危房"})
    assert reason["b0000"] == "文物"
    assert reason["b0015"] == "危房"
    assert "shaded" in reason["b0039"]
    out = (reason != "").to_numpy()
    assert out.sum() == 10 + 1 + 10
    plan = coverage_plan(frame, {2030: 1.0}, excluded=reason)
    assert plan.available_m2 == pytest.approx(frame["usable_m2"][~out].sum())
    assert not plan.phase[out].any()


def test_a_yearly_cap_binds_before_the_share() -> None:
    frame = roofs(5, 200)
    cap = 0.05 * frame["capacity_kwp"].sum()
    plan = coverage_plan(frame, {2025: 0.5, 2026: 0.5}, build_kwp={2025: cap, 2026: cap})
    built = [plan.total(y)["capacity_kwp"] for y in (2025, 2026)]
    assert built[0] <= cap * (1 + 1e-9)
    assert built[1] <= 2 * cap * (1 + 1e-9)
    assert built[1] > 1.5 * cap
    assert plan.reached["bound_by"].to_list() == ["capacity", "capacity"]


def test_groups_that_do_not_exist_are_named() -> None:
    with pytest.raises(InputError, match="atlantis"):
        coverage_plan(roofs(1), {2030: {"atlantis": 0.5}}, scope="township")
    with pytest.raises(InputError, match="preset"):
        preset_shares("atlantis")


def test_a_year_takes_the_published_factor_nearest_to_it() -> None:
    table = read_table("factors", "grid_co2.csv")
    known = table[table["region"] == "jiangxi"].set_index("year")["value"].to_dict()
    first, last = min(known), max(known)
    asked = [first - 4, first, last, last + 3]
    assert factor_series("jiangxi", asked) == {
        first - 4: known[first], first: known[first], last: known[last], last + 3: known[last]
    }  # fmt: skip
    assert all(math.isnan(v) for v in factor_series("none", asked).values())
