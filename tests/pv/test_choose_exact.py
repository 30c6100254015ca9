"""The chooser on a handful of roofs whose best choice is worked out by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from guanghui.pv.programme.choose import Candidates, choose, queue_of


def made(area: list[float], energy: list[float], **more: list[float]) -> Candidates:
    count = len(area)
    given = {k: np.array(more.get(k, [np.nan] * count), dtype=float) for k in ("capacity", "capex", "yearly_cost")}
    rank = np.array(more.get("rank", [0] * count), dtype=int)
    return Candidates(np.array(list("abcdefgh")[:count]), rank, np.array(area, float), np.array(energy, float), **given)


def taken(c: Candidates, need: float, **how: object) -> tuple[list[int], float, str]:
    got = choose(c, np.arange(len(c.area)), need, **how)
    return got.roofs.tolist(), got.last_m2, got.bound_by


def test_the_columns_of_a_choice() -> None:
    frame = pd.DataFrame({"building_id": ["x", "y", "z"], "building_class": ["industrial", "public", "shed"],
                          "usable_m2": [3.0, 5.0, 7.0], "capacity_kwp": [1.0, np.nan, 2.0],
                          "yield_kwh": [1000.0, np.nan, 2000.0], "capex_yuan": [9.0, np.nan, 8.0],
                          "lcoe_yuan_kwh": [0.3, 0.4, 0.2]})  # fmt: skip
    c = Candidates.of(frame, ("public", "industrial"), "lcoe")
    assert c.rank.tolist() == [1, 0, 2]
    assert c.area.tolist() == [3.0, 5.0, 7.0]
    assert c.energy.tolist() == [1000.0, 0.0, 2000.0]
    assert c.capacity.tolist() == [1.0, 0.0, 2.0]
    assert c.yearly_cost.tolist() == pytest.approx([300.0, 0.0, 400.0])
    assert Candidates.of(frame, None, "energy").rank.tolist() == [0, 0, 0]
    assert np.isnan(Candidates.of(frame.drop(columns="capex_yuan"), None, "energy").capex).all()


def test_the_queue_goes_by_class_then_merit_then_id() -> None:
    c = Candidates(np.array(list("dxbac")), np.zeros(5, int), np.array([0.5, 0.0, 1.0, 0.5, 0.5]),
                   np.array([5.0, 500.0, 20.0, 5.0, np.nan]), *(np.ones(5) for _ in range(3)))  # fmt: skip
    assert queue_of(c, np.arange(5), -c.energy, c.area).tolist() == [2, 3, 0, 4]
    late = Candidates(c.ids, np.array([0, 0, 1, 0, 0]), c.area, c.energy, c.capacity, c.capex, c.yearly_cost)
    assert queue_of(late, np.arange(5), -c.energy, c.area).tolist() == [3, 0, 4, 2]
    assert queue_of(c, np.arange(5), -c.energy, np.array([0.5, 1, 0, 0.4, 0.5])).tolist() == [3, 0, 4]


FOUR = made([10, 10, 10, 4], [100, 90, 80, 28], capacity=[2.0, 1.8, 1.9, 0.6], capex=[9.0, 8.0, 7.0, 6.0])


@pytest.mark.parametrize(
    ("need", "expected"),
    [
        (0.0, ([], 0.0, "share")), (-3.0, ([], 0.0, "share")), (0.1, ([3], 4.0, "share")),
        (10.0, ([1], 10.0, "share")), (20.0, ([0, 1], 10.0, "share")), (24.0, ([0, 1, 3], 4.0, "share")),
        (24.1, ([0, 1, 2], 10.0, "share")), (34.0, ([0, 1, 2, 3], 4.0, "share")),
        (34.1, ([0, 1, 2, 3], 4.0, "roofs")),
    ],
)  # fmt: skip
def test_the_last_roof_is_the_smallest_that_meets_the_need(need: float, expected: tuple) -> None:
    assert taken(FOUR, need) == expected


def test_the_last_roof_is_of_the_class_whose_turn_it_is() -> None:
    c = made([10, 10, 10, 4], [100, 90, 80, 28], capacity=[2.0, 1.8, 1.9, 0.6], rank=[0, 0, 0, 1])
    assert taken(c, 24.0) == ([0, 1, 2], 10.0, "share")
    nothing = choose(FOUR, np.zeros(0, int), 5.0)
    assert (len(nothing.roofs), nothing.last_m2, nothing.bound_by) == (0, 0.0, "roofs")


def test_by_cost_takes_the_cheapest_area_and_ends_with_the_cheapest_roof() -> None:
    c = made([10, 10, 10, 40], [1, 2, 3, 4], capacity=[1.0, 5.0, 6.0, 0.5], capex=[30.0, 20.0, 10.0, 100.0])
    assert taken(c, 20.0, objective="cost") == ([2, 1], 10.0, "share")
    assert taken(c, 25.0, objective="cost") == ([2, 1, 0], 10.0, "share")


@pytest.mark.parametrize(
    ("room", "expected"),
    [
        (60.0, ([0, 2, 3], 12.0, "share")), (59.0, ([0, 2], 11.0, "limit")),
        (30.0, ([0], 10.0, "limit")), (29.9, ([2], 11.0, "limit")), (5.0, ([], 0.0, "limit")),
    ],
)  # fmt: skip
@pytest.mark.parametrize("name", ["budget", "capacity"])
def test_a_limit_passes_roofs_that_break_it_and_takes_those_that_fit(name: str, room: float, expected: tuple) -> None:
    size = [30.0, 40.0, 20.0, 10.0]
    c = made([10, 13, 11, 12], [100, 117, 88, 84], **{"capex": [1.0] * 4, "capacity": [1.0] * 4}
             | {"capex" if name == "budget" else "capacity": size})  # fmt: skip
    got = taken(c, 31.0, rooms={name: room, "capacity" if name == "budget" else "budget": np.inf})
    assert got == (*expected[:2], name if expected[2] == "limit" else expected[2])


@pytest.mark.parametrize(("budget", "last"), [(45.0, 1), (50.0, 2)])
def test_the_last_roof_fits_the_budget_left(budget: float, last: int) -> None:
    c = made([10, 10, 10], [100, 90, 80], capacity=[2.0, 2.0, 1.0], capex=[30.0, 14.0, 20.0])
    assert taken(c, 15.0, rooms={"budget": budget})[0] == [0, last]


def test_without_a_share_the_scarce_thing_is_the_budget_or_else_the_capacity() -> None:
    c = made([10, 11, 12, 13], [100, 90, 80, 70], capacity=[4.0, 2.0, 1.0, 7.0], capex=[50.0, 30.0, 10.0, 15.0])
    assert taken(c, np.inf, rooms={"budget": 25.0}) == ([2, 3], 13.0, "budget")
    assert taken(c, np.inf, rooms={"budget": 55.0, "capacity": 99.0}) == ([2, 3, 1], 11.0, "budget")
    assert taken(c, np.inf, rooms={"capacity": 3.0}) == ([2, 1], 11.0, "capacity")
    assert taken(c, np.inf) == ([0, 1, 2, 3], 13.0, "roofs")


def test_levelised_cost_is_that_of_the_whole_with_what_stands() -> None:
    """Alone 10/50 is less than 60/200; beside 900/1000 it is 960/1200 = 0.80 against 910/1050 = 0.87."""
    c = made([10, 10], [50, 200], capacity=[1.0, 1.0], yearly_cost=[10.0, 60.0])
    assert taken(c, 10.0, objective="lcoe")[0] == [0]
    assert taken(c, 10.0, objective="lcoe", built=(900.0, 1000.0))[0] == [1]
