from __future__ import annotations

import numpy as np
import pytest

from guanghui.sinks import SinkSettings, assess
from guanghui.sinks.factors.account import Account, Lines
from guanghui.sinks.factors.coefficients import NONE, Coefficient, Draws, constant, of, total
from guanghui.sinks.factors.table import Factor, load_factors
from tests.sinks.conftest import City

F = load_factors()


def factor(name: str, value: float, cv: float, distribution: str = "normal") -> Factor:
    s = np.sqrt(np.log1p(cv**2))
    half = 1.959964 * (s if distribution == "lognormal" else cv * value)
    ends = (
        np.exp(np.log(value) - s * s / 2 + d * half) if distribution == "lognormal" else value + d * half
        for d in (-1, 1)
    )
    return Factor(name, name, "x", value, *map(float, ends), "1", "-", "x", "any", distribution, "V", "x", "x")


def test_products_and_sums_of_factors() -> None:
    a, b = factor("a", 2.0, 0.1), factor("b", 3.0, 0.2)
    c = of(a, b, weight=0.5) + of(a) * 4.0
    assert c.value == pytest.approx(0.5 * 6 + 8)
    assert c.slopes() == pytest.approx({"a": 0.5 * 3 + 4, "b": 0.5 * 2})
    assert (of(a) * of(b)).value == 6
    assert total([of(a), of(b)]).value == 5
    assert NONE.value == 0
    assert constant(7.0).draw(Draws(3, 0)).tolist() == [7, 7, 7]
    draws = Draws(1000, 1)
    np.testing.assert_allclose(c.draw(draws), 0.5 * draws[a] * draws[b] + 4 * draws[a])


def test_a_square_moves_twice_as_much() -> None:
    a = factor("a", 3.0, 0.01)
    assert of(a, a).slopes()["a"] == pytest.approx(6.0)


def account(parts: list[tuple[float, Coefficient, str]]) -> Account:
    lines = Lines()
    for amount, coefficient, code in parts:
        lines.add(amount, coefficient, code=code)
    return lines.account(["code"])


def test_one_factor_is_one_draw_for_all_townships() -> None:
    """A county of 20 townships is no better known than one: the errors are the same error."""
    shared = of(factor("forest", 100.0, 0.3, "lognormal"))
    spread = account([(10.0, shared, f"t{i}") for i in range(20)])
    draws = Draws(10_000, 3)
    _, towns = spread.draws(["code"], draws)
    _, county = spread.draws([], draws)
    assert county.std() / county.mean() == pytest.approx(towns[0].std() / towns[0].mean(), rel=1e-12)
    own = account([(10.0, of(factor(f"f{i}", 100.0, 0.3, "lognormal")), f"t{i}") for i in range(20)])
    _, apart = own.draws([], draws)
    assert apart.std() / apart.mean() == pytest.approx(0.3 / np.sqrt(20), rel=0.05)


def test_the_same_draw_on_both_dates_keeps_a_difference_known() -> None:
    """Change of 100 ha from crop to forest: the error is that of 100 ha, not of the whole county."""
    forest, crop = of(factor("forest", 131.4, 0.3, "lognormal")), of(factor("crop", 91.0, 0.2, "lognormal"))
    draws = Draws(10_000, 5)
    change = account([(100.0, forest, "x"), (-100.0, crop, "x")]).draws([], draws)[1][0]
    before = 5000 * forest.draw(draws) + 5000 * crop.draw(draws)
    after = 5100 * forest.draw(draws) + 4900 * crop.draw(draws)
    np.testing.assert_allclose(after - before, change, rtol=1e-9, atol=1e-6)
    other = Draws(10_000, 6)
    apart = 5100 * forest.draw(other) + 4900 * crop.draw(other) - before
    assert apart.std() > 10 * change.std()


def test_error_propagation_agrees_with_the_draws() -> None:
    """IPCC Approach 1 beside Approach 2: linear accounts of normal factors give the same spread."""
    parts = [
        (a, of(factor(f"f{i}", v, cv)), "x") for i, (a, v, cv) in enumerate([(3, 10, 0.1), (5, 7, 0.2), (1, 50, 0.15)])
    ]
    both = account(parts)
    mc = both.draws([], Draws(200_000, 1))[1].std()
    assert both.propagated_sd().iloc[0] == pytest.approx(mc, rel=0.01)
    assert both.propagated_sd().iloc[0] == pytest.approx(np.sqrt((3 * 1) ** 2 + (5 * 1.4) ** 2 + 7.5**2))


def test_the_interval_covers_the_truth_as_often_as_it_says() -> None:
    """Worlds in which every factor is off by its own error: 93-97 % of the true totals lie in the 95 % range."""
    rng = np.random.default_rng(11)
    truths, parts = np.zeros(4000), []
    for i, cv in enumerate((0.3, 0.2, 0.25, 0.6, 0.45)):
        amount, f = rng.uniform(1, 9), factor(f"f{i}", rng.uniform(20, 150), cv, "lognormal")
        parts.append((amount, of(f), "x"))
        truths += amount * f.draw(4000, seed=99)
    low, high = account(parts).interval([], Draws(10_000, 1)).iloc[0]
    assert 0.93 < ((truths >= low) & (truths <= high)).mean() < 0.97


@pytest.mark.parametrize("distribution", ["normal", "lognormal"])
def test_ranges_around_wrong_estimates_cover_the_one_truth(distribution: str) -> None:
    """The truth stands still, every study errs in its own way: 93-97 % of the ranges hold the true total."""
    rng = np.random.default_rng(23)
    truth, cv = np.array([120.0, 35.0, 80.0, 60.0]), np.array([0.12, 0.25, 0.2, 0.15])
    amount, hits, trials = np.array([4.0, 9.0, 3.0, 5.0]), 0, 1500
    for trial in range(trials):
        error = rng.normal(size=4) * cv
        found = truth * (np.exp(error) if distribution == "lognormal" else 1 + error)
        sd = found * cv if distribution == "lognormal" else truth * cv
        parts = [
            (a, of(factor(f"f{i}", v, s / v, distribution)), "x")
            for i, (a, v, s) in enumerate(zip(amount, found, sd, strict=True))
        ]
        low, high = account(parts).interval([], Draws(2_000, trial)).iloc[0]
        hits += int(low <= truth @ amount <= high)
    assert 0.93 < hits / trials < 0.97


def test_twice_the_land_is_twice_the_range() -> None:
    """More cells of a class know no more of its factor: the relative range stays, to the last bit."""
    f = of(factor("f", 90.0, 0.3, "lognormal"))
    once, twice = (account([(a, f, "x")] * n).interval([], Draws(10_000, 1)).iloc[0] for a, n in ((5.0, 1), (5.0, 2)))
    np.testing.assert_allclose(twice, 2 * once, rtol=1e-12)


def test_single_coefficients_scale_and_negative_amounts_turn_the_range() -> None:
    f = of(factor("f", 10.0, 0.5, "lognormal"))
    out = account([(2.0, f, "a"), (-3.0, f, "b")]).interval(["code"], Draws(5000, 1))
    low, high = np.percentile(f.draw(Draws(5000, 1)), (2.5, 97.5))
    assert out.loc["a"].tolist() == pytest.approx([2 * low, 2 * high])
    assert out.loc["b"].tolist() == pytest.approx([-3 * high, -3 * low])


def test_the_total_lies_in_its_range(city: City) -> None:
    u = assess(city).uncertainty
    assert (u["low"] <= u["value"]).all()
    assert (u["value"] <= u["high"]).all()
    stock = u[(u["quantity"] == "stock") & (u["code"] == "")].iloc[0]
    assert stock["propagated_sd"] == pytest.approx(stock["monte_carlo_sd"], rel=0.06)


def test_draws_follow_the_seed_of_the_region(city: City) -> None:
    first = assess(city).table["total_low_tc"].iloc[-1]
    city.seed = 8
    second = assess(city).table["total_low_tc"].iloc[-1]
    assert first != second
    assert first == pytest.approx(second, rel=0.03)


def test_more_draws_do_not_move_the_estimate(city: City) -> None:
    few = assess(city).table["total_tc"]
    city.sinks = SinkSettings(draws=200)
    assert assess(city).table["total_tc"].tolist() == few.tolist()
