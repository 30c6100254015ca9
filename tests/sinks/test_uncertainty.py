from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from guanghui.geo.errors import InputError
from guanghui.sinks import assess
from guanghui.sinks.factors.account import Lines
from guanghui.sinks.factors.coefficients import Draws, constant
from guanghui.sinks.factors.uncertainty import adjusted_areas, with_map_error
from tests.sinks.conftest import City

# Olofsson et al. 2014, table 8: deforestation, forest gain, stable forest, stable non-forest
CLASSES = ["deforestation", "gain", "forest", "other"]
COUNTS = pd.DataFrame([[66, 0, 5, 4], [0, 55, 8, 12], [1, 0, 153, 11], [2, 1, 9, 313]], index=CLASSES, columns=CLASSES)
MAPPED = pd.Series([200_000.0, 150_000.0, 3_200_000.0, 6_450_000.0], index=CLASSES) * 0.09  # 30 m pixels in ha


def test_the_published_example() -> None:
    """Its text gives 21,158 ha ± 6,158 (deforestation), 11,686 ± 3,756 (gain), 285,770 ± 15,510, 581,386 ± 16,282."""
    found = adjusted_areas(COUNTS, MAPPED)
    assert found.frame["adjusted_ha"].tolist() == pytest.approx([21_158, 11_686, 285_770, 581_386], rel=2e-4)
    half = (found.frame["high_ha"] - found.frame["low_ha"]) / 2
    assert half.tolist() == pytest.approx([6_158, 3_756, 15_510, 16_282], rel=2e-3)
    assert found.overall_accuracy == pytest.approx(0.95, abs=0.005)
    assert found.frame["users_accuracy"].tolist() == pytest.approx([0.88, 0.73, 0.93, 0.96], abs=0.005)
    assert found.frame["producers_accuracy"].tolist() == pytest.approx([0.75, 0.85, 0.93, 0.96], abs=0.01)


def test_adjusting_moves_area_and_loses_none() -> None:
    found = adjusted_areas(COUNTS, MAPPED)
    assert found.frame["adjusted_ha"].sum() == pytest.approx(MAPPED.sum(), rel=1e-12)
    draws = found.area_draws(5000, seed=1)
    total = sum(draws[k] * MAPPED[k] for k in CLASSES)
    np.testing.assert_allclose(total, MAPPED.sum(), rtol=1e-12)
    for k in CLASSES:
        mean = (draws[k] * MAPPED[k]).mean()
        assert mean == pytest.approx(found.frame.loc[k, "adjusted_ha"], rel=0.02)
        assert (draws[k] * MAPPED[k]).std() == pytest.approx(found.frame.loc[k, "se_ha"], rel=0.06)


def test_a_perfect_map_has_no_error() -> None:
    perfect = pd.DataFrame(np.diag([50, 60]), index=["a", "b"], columns=["a", "b"])
    found = adjusted_areas(perfect, pd.Series({"a": 10.0, "b": 30.0}))
    assert found.frame["adjusted_ha"].tolist() == [10.0, 30.0]
    assert found.frame["se_ha"].tolist() == [0.0, 0.0]
    np.testing.assert_allclose(found.area_draws(10, 0)["a"], 1, rtol=1e-12)


def test_matrices_that_cannot_be_used_are_refused() -> None:
    with pytest.raises(InputError, match="not the same"):
        adjusted_areas(COUNTS.drop(columns="gain"), MAPPED)
    with pytest.raises(InputError, match="negative"):
        adjusted_areas(COUNTS * -1, MAPPED)
    few = COUNTS.copy()
    few.loc["gain"] = [0, 1, 0, 0]
    with pytest.raises(InputError, match="gain"):
        adjusted_areas(few, MAPPED)


def test_the_error_of_the_map_reaches_the_total() -> None:
    """With densities known for sure the spread of a total is that of its areas, the same for all townships."""
    lines = Lines()
    for code in ("x", "y"):
        lines.add(MAPPED["forest"] / 2, constant(100.0), mapped=True, code=code, **{"class": "forest"})
    account = lines.account(["code", "class"])
    draws = Draws(20_000, 3)
    assert account.draws([], draws)[1].std() == 0
    areas = adjusted_areas(COUNTS, MAPPED)
    found = with_map_error(account, areas, draws)
    assert found.draws([], draws)[1].std() == pytest.approx(100 * areas.frame.loc["forest", "se_ha"], rel=0.05)
    towns = found.draws(["code"], draws)[1]
    np.testing.assert_allclose(towns[0], towns[1])
    assert found.total == pytest.approx(100 * areas.frame.loc["forest", "adjusted_ha"])
    low, high = found.interval([], draws).iloc[0]
    assert low < found.total < high


def test_surveyed_land_is_no_business_of_the_maps_error() -> None:
    lines = Lines()
    lines.add(500.0, constant(100.0), code="x", **{"class": "forest"})
    account = lines.account(["code", "class"])
    found = with_map_error(account, adjusted_areas(COUNTS, MAPPED), Draws(1000, 3))
    assert found.total == account.total
    assert found.draws([], Draws(1000, 3))[1].std() == 0


def test_a_city_takes_a_confusion_matrix(city: City) -> None:
    stock = assess(city)
    mapped = stock.areas.frame.groupby("class")["area_ha"].sum()
    names = mapped.index.tolist()
    counts = pd.DataFrame(np.full((len(names), len(names)), 2) + np.diag([60] * len(names)), index=names, columns=names)
    draws = Draws(2000, city.seed)
    account = with_map_error(stock.accounts["stock"], adjusted_areas(counts, mapped), draws)
    assert account.total != stock.accounts["stock"].total
    low, high = account.interval([], draws).iloc[0]
    assert low < account.total < high
