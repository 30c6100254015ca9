from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guanghui.geo.errors import InputError
from guanghui.pv.programme.phases import CLASS_ORDER, coverage_plan, grid_co2_kg_kwh

PHASES = {2022: 0.30, 2023: 0.40, 2024: 0.50}


def roofs(seed: int, count: int = 60) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    usable = np.round(rng.lognormal(5, 1, count), 2) * (rng.random(count) > 0.1)
    usable[0] = 100.0
    capacity = usable * 0.15
    frame = pd.DataFrame(
        {
            "building_id": [f"b{i:04d}" for i in range(count)],
            "building_class": rng.choice(CLASS_ORDER, count),
            "township_code": rng.choice(["1", "2", "3"], count),
            "usable_m2": usable,
            "capacity_kwp": capacity,
            "specific_yield_kwh_kwp": np.where(capacity > 0, rng.uniform(800, 1050, count), np.nan),
        }
    )
    frame["township"] = "镇" + frame["township_code"]
    frame["yield_kwh"] = frame["capacity_kwp"] * frame["specific_yield_kwh_kwp"].fillna(0)
    return frame


seeds = st.integers(0, 100_000)


@settings(max_examples=60)
@given(seeds, st.sampled_from([CLASS_ORDER, None]))
def test_every_phase_is_met_with_at_most_one_roof_too_many(seed: int, order) -> None:
    frame = roofs(seed)
    plan = coverage_plan(frame, PHASES, order=order)
    assert (plan.reached["reached_share"] >= plan.reached["target_share"] - 1e-9).all()
    assert (plan.reached["overshoot_m2"] <= plan.reached["last_roof_m2"] + 1e-6).all()


@settings(max_examples=40)
@given(seeds)
def test_phases_nest_and_tables_are_sums_of_roofs(seed: int) -> None:
    frame = roofs(seed)
    plan = coverage_plan(frame, PHASES)
    year = plan.phase.to_numpy()
    for when in PHASES:
        built = frame[(year > 0) & (year <= when)]
        rows = plan.table[plan.table["year"] == when]
        assert rows["roofs"].sum() == len(built)
        assert rows["capacity_kwp"].sum() == pytest.approx(built["capacity_kwp"].sum())
        assert rows["yield_kwh"].sum() == pytest.approx(built["yield_kwh"].sum())
    totals = [plan.total(y)["capacity_kwp"] for y in PHASES]
    assert totals == sorted(totals)


@settings(max_examples=40)
@given(seeds, st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(seed: int, random) -> None:
    frame = roofs(seed)
    shuffled = frame.sample(frac=1, random_state=random.randrange(1000)).reset_index(drop=True)
    first = coverage_plan(frame, PHASES).phase
    second = coverage_plan(shuffled, PHASES).phase
    pd.testing.assert_series_equal(first.sort_index(), second.sort_index())


@settings(max_examples=40)
@given(seeds, st.floats(0.05, 0.9), st.floats(0.01, 0.1))
def test_more_share_never_lowers_the_area_built(seed: int, share: float, more: float) -> None:
    frame = roofs(seed)
    less = coverage_plan(frame, {2030: share})
    much = coverage_plan(frame, {2030: min(share + more, 1.0)})
    assert much.reached["reached_share"][0] >= less.reached["target_share"][0] - 1e-9
    assert much.total()["usable_m2"] >= share * less.available_m2 - 1e-6


def test_classes_come_in_the_order_of_the_plan() -> None:
    frame = roofs(3, 400)
    plan = coverage_plan(frame, {2025: 0.3})
    chosen = frame[plan.phase.to_numpy() > 0]["building_class"].map(CLASS_ORDER.index)
    left = frame[(plan.phase.to_numpy() == 0) & (frame["usable_m2"] > 0)]["building_class"].map(CLASS_ORDER.index)
    assert sorted(chosen)[-2] <= left.min()


def test_whole_programme_takes_every_usable_roof() -> None:
    frame = roofs(8)
    plan = coverage_plan(frame, {2030: 1.0})
    assert ((plan.phase.to_numpy() > 0) == (frame["usable_m2"].to_numpy() > 0)).all()


def test_avoided_emissions_use_the_named_factor() -> None:
    frame = roofs(8)
    plan = coverage_plan(frame, {2030: 1.0}, co2_kg_kwh=0.5)
    assert plan.total()["avoided_co2_t"] == pytest.approx(frame["yield_kwh"].sum() * 0.5 / 1000)
    assert grid_co2_kg_kwh("jiangxi", 2022)[0] == 0.5752
    assert grid_co2_kg_kwh()[0] == 0.5366


@pytest.mark.parametrize(
    ("phases", "message"),
    [({}, "empty"), ({2025: 30}, "0.30 for 30"), ({2025: 0.0}, "no share"), ({2024: 0.5, 2025: 0.4}, "fall")],
)
def test_wrong_phases_are_named(phases, message: str) -> None:
    with pytest.raises(InputError, match=message):
        coverage_plan(roofs(1), phases)


def test_a_city_without_usable_roofs_is_named() -> None:
    with pytest.raises(InputError, match="no roof"):
        coverage_plan(roofs(1).assign(usable_m2=0.0), PHASES)


def test_unknown_grid_region_is_named() -> None:
    with pytest.raises(InputError, match="atlantis"):
        grid_co2_kg_kwh("atlantis")
