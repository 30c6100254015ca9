"""Where the next field plot helps most: the range of the stock falls as the joined variances say."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from guanghui.geo.units import Z95
from guanghui.sinks import assess, load_factors
from guanghui.sinks.factors.account import Lines
from guanghui.sinks.factors.coefficients import of
from guanghui.sinks.factors.sampling import next_plots
from tests.sinks.conftest import City

ONE = next(iter(load_factors().values()))


def mean(name: str, value: float, sd: float, quantity: str = "soil", spread: float = np.nan):
    width = Z95 * sd
    return replace(ONE, id=name, subject=name, quantity=quantity, value=value, low=value - width, high=value + width,
                   distribution="normal", plots_sd=spread, twin="")  # fmt: skip


def test_one_plot_takes_what_the_joined_variance_says() -> None:
    lines = Lines()
    soil, litter, turn = mean("a", 80, 24, spread=48), mean("b", 3, 1, "litter"), mean("c", 0.5, 0.1, "carbon_fraction")
    lines.add(100, of(soil), code="1", pool="soil", **{"class": "dryland"})
    lines.add(300, of(soil), code="2", pool="soil", **{"class": "dryland"})
    lines.add(50, of(litter), code="1", pool="litter", **{"class": "forest"})
    lines.add(1000, of(turn), code="1", pool="above", **{"class": "forest"})
    account = lines.account(["code", "class", "pool"])
    found = next_plots(account, {"1": "甲", "2": "乙"})
    assert found["pool"].tolist() == ["soil", "litter"], "a share of carbon in wood is measured on no plot"
    first = found.iloc[0]
    assert (first["code"], first["name"], first["area_ha"], first["spread_known"]) == ("2", "乙", 400, True)
    parts = np.array([400 * 24.0, 50 * 1.0, 1000 * 0.1]) ** 2
    assert first["now_tc"] == pytest.approx(Z95 * np.sqrt(parts.sum()))
    assert first["variance_pct"] == pytest.approx(100 * parts[0] / parts.sum())
    for n in (1, 10):  # 1 / (1 / u² + n / s²)
        left = (400**2) / (1 / 24**2 + n / 48**2) + parts[1:].sum()
        assert first[f"after_{n}_tc"] == pytest.approx(Z95 * np.sqrt(left))
    other = found.iloc[1]
    assert not other["spread_known"]
    assert other["after_1_tc"] == pytest.approx(Z95 * np.sqrt(parts.sum() - parts[1] / 2))


def test_a_class_of_several_kinds_of_land_names_the_kind() -> None:
    lines = Lines()
    for name, sd in (("paddy", 20.0), ("dryland", 10.0)):
        soil = replace(mean(f"soil.{name}", 80, sd), subject=name)
        lines.add(50, of(soil), code="1", pool="soil", **{"class": "cropland"})
    found = next_plots(lines.account(["code", "class", "pool"]), {"1": "甲"})
    assert found["land_zh"].tolist() == ["耕地（未分类型）：水田", "耕地（未分类型）：旱地"]
    assert found["land_en"].tolist() == ["cropland (kind unknown): paddy", "cropland (kind unknown): dry cropland"]


def test_nothing_measurable_gives_no_row() -> None:
    lines = Lines()
    lines.add(10, of(mean("c", 0.5, 0.1, "carbon_fraction")), code="1", pool="above", **{"class": "forest"})
    assert next_plots(lines.account(["code", "class", "pool"]), {}).empty
    assert next_plots(Lines().account(["code", "class", "pool"]), {}).empty


def test_a_city_is_told_its_widest_mean_first(city: City) -> None:
    stock = assess(city)
    found = stock.next_plots
    assert found["narrower_1_pct"].is_monotonic_decreasing
    assert 0 < found["narrower_1_pct"].iloc[0] < found["narrower_10_pct"].iloc[0] < 100
    propagated = stock.accounts["stock"].propagated_sd().sum()
    assert found["now_tc"].to_numpy() == pytest.approx(Z95 * propagated)
    assert set(found["code"]) <= set(stock.table["code"]) - {""}
