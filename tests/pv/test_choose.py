"""The chooser against brute force and linear programming."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from guanghui.geo.errors import InputError
from guanghui.pv.programme.choose import Candidates, choose, linear_bound


def candidates(seed: int, count: int) -> Candidates:
    rng = np.random.default_rng(seed)
    area = rng.lognormal(4, 1, count)
    capacity = area * rng.uniform(0.12, 0.21, count)
    energy = capacity * rng.uniform(800, 1100, count)
    frame = pd.DataFrame({"building_id": [f"b{i:06d}" for i in range(count)], "building_class": "other",
                          "usable_m2": area, "capacity_kwp": capacity, "yield_kwh": energy})  # fmt: skip
    frame["capex_yuan"] = capacity * rng.uniform(2500, 5000, count)
    frame["lcoe_yuan_kwh"] = frame["capex_yuan"] * rng.uniform(0.07, 0.09, count) / energy
    return Candidates.of(frame, None, "lcoe")


def subsets(count: int) -> np.ndarray:
    return np.array(list(itertools.product([0, 1], repeat=count)), dtype=bool)


@settings(max_examples=60)
@given(st.integers(0, 10_000), st.integers(2, 11), st.floats(0.05, 1.0))
def test_cost_is_least_up_to_one_roof_against_brute_force(seed: int, count: int, share: float) -> None:
    c = candidates(seed, count)
    need = share * c.area.sum()
    every = subsets(count)
    best = np.min((every @ c.capex)[every @ c.area >= need - 1e-9 * need])
    taken = choose(c, np.arange(count), need, objective="cost").roofs
    assert c.area[taken].sum() >= need * (1 - 1e-9)
    assert c.capex[taken].sum() <= best + c.capex[taken].max() + 1e-6


@settings(max_examples=60)
@given(st.integers(0, 10_000), st.integers(2, 11), st.floats(0.05, 1.0))
def test_energy_is_most_up_to_one_roof_against_brute_force(seed: int, count: int, share: float) -> None:
    """No set of roofs on the area asked for, whole or less, brings more than ours and one roof."""
    c = candidates(seed, count)
    need = share * c.area.sum()
    every = subsets(count)
    best = np.max((every @ c.energy)[every @ c.area <= need * (1 + 1e-9)])
    taken = choose(c, np.arange(count), need).roofs
    assert c.energy[taken].sum() >= best - c.energy.max()
    assert c.area[taken].sum() - c.area[taken[-1]] < need


@settings(max_examples=60)
@given(st.integers(0, 10_000), st.integers(3, 10), st.floats(0.1, 0.9))
def test_levelised_cost_is_least_up_to_one_roof_against_brute_force(seed: int, count: int, share: float) -> None:
    c = candidates(seed, count)
    need = share * c.area.sum()
    taken = choose(c, np.arange(count), need, objective="lcoe").roofs
    area = c.area[taken].sum()
    every = subsets(count)[1:]
    meets = every @ c.area
    inside = (meets >= need * (1 - 1e-9)) & (meets <= area * (1 + 1e-9))
    ours = c.yearly_cost[taken].sum() / c.energy[taken].sum()
    # at our ratio r no other choice between the need and our area has less of cost - r energy than the roofs before the
    # last one, and as much area as the last one has, of the best roof behind them
    reduced = c.yearly_cost - ours * c.energy
    behind = np.setdiff1d(np.arange(count), taken[:-1])
    bound = reduced[taken[:-1]].sum() + c.area[taken[-1]] * min(0.0, (reduced[behind] / c.area[behind]).min())
    one_roof = c.energy[taken[-1]] / c.energy[taken].sum() if len(taken) > 1 else 0.0
    best = ((every @ c.yearly_cost)[inside] / (every @ c.energy)[inside]).min()
    assert (every @ reduced)[inside].min() >= bound - 1e-9 * abs(bound) or ours <= best * (1 + one_roof)


def test_the_closed_form_bound_is_the_linear_programme() -> None:
    c = candidates(4, 400)
    for share in (0.1, 0.3, 0.77):
        need = share * c.area.sum()
        most = linprog(-c.energy, A_eq=c.area[None], b_eq=[need], bounds=(0, 1))
        least = linprog(c.capex, A_ub=-c.area[None], b_ub=[-need], bounds=(0, 1))
        assert linear_bound(c, np.arange(400), need) == pytest.approx(-most.fun, rel=1e-7)
        assert linear_bound(c, np.arange(400), need, "cost") == pytest.approx(least.fun, rel=1e-7)


@pytest.mark.parametrize("share", [0.3, 0.4, 0.5])
def test_twenty_thousand_roofs_lie_within_a_thousandth_of_the_bound(share: float) -> None:
    c = candidates(9, 20_000)
    free, need = np.arange(20_000), share * c.area.sum()
    energy = c.energy[choose(c, free, need).roofs].sum()
    cost = c.capex[choose(c, free, need, objective="cost").roofs].sum()
    assert energy >= 0.999 * linear_bound(c, free, need)
    assert cost <= 1.001 * linear_bound(c, free, need, "cost")


def test_a_budget_is_kept_and_spent_up_to_one_roof() -> None:
    c = candidates(5, 500)
    free = np.arange(500)
    budget = 0.2 * c.capex.sum()
    alone = choose(c, free, np.inf, rooms={"budget": budget})
    assert alone.bound_by == "budget"
    spent = c.capex[alone.roofs].sum()
    assert budget - c.capex.max() <= spent <= budget * (1 + 1e-9)
    both = choose(c, free, 0.9 * c.area.sum(), rooms={"budget": budget, "capacity": np.inf})
    assert both.bound_by == "budget"
    assert c.energy[alone.roofs].sum() >= c.energy[both.roofs].sum() - c.energy.max()


def test_what_cannot_be_chosen_by_is_named() -> None:
    frame = pd.DataFrame({"building_id": ["a"], "building_class": ["other"], "usable_m2": [1.0],
                          "capacity_kwp": [1.0], "yield_kwh": [1.0]})  # fmt: skip
    with pytest.raises(InputError, match="needs prices"):
        Candidates.of(frame, None, "cost")
    with pytest.raises(InputError, match="unknown"):
        Candidates.of(frame, None, "beauty")
