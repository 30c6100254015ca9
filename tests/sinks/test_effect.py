from __future__ import annotations

import numpy as np
import pytest

from guanghui.geo.errors import InputError
from guanghui.geo.grid import Grid
from guanghui.geo.raster import from_numpy
from guanghui.sinks.years.effect import works_effect
from tests.sinks.conftest import EQUAL, X, Y, layer, place

GRID = Grid.from_bounds((X, Y - 2000, X + 4000, Y), 100.0, EQUAL)
WORKS = [place(2 + 5 * i, 2, 5 + 5 * i, 6) for i in range(6)]
CONTROL = [place(2 + 5 * i, 12, 5 + 5 * i, 16) for i in range(6)]


def maps(effect: float, everywhere: float, noise: float = 0.0, seed: int = 0):
    rng = np.random.default_rng(seed)
    before = 20 + rng.normal(0, 2, GRID.shape)
    after = before + everywhere
    after[:8] += effect
    for i in range(6):  # places differ in how they grew
        after[:, 2 + 5 * i : 5 + 5 * i] += rng.normal(0, noise, (20, 1)) if noise else 0.0
    return from_numpy(before, GRID), from_numpy(after, GRID)


def test_what_happened_everywhere_falls_out() -> None:
    before, after = maps(effect=3.0, everywhere=5.0)
    found = works_effect(before, after, layer(WORKS), layer(CONTROL))
    assert found.effect_tc_ha == pytest.approx(3.0, abs=1e-9)
    assert found.effect_tc == pytest.approx(3.0 * 6 * 12, rel=1e-7)
    assert found.effect_co2_t == pytest.approx(found.effect_tc * 44 / 12)
    assert found.proven
    assert found.places["kind"].value_counts().to_dict() == {"works": 6, "control": 6}


def test_a_noisy_nothing_is_not_proven() -> None:
    hits = [works_effect(*maps(0.0, 5.0, noise=3.0, seed=s), layer(WORKS), layer(CONTROL)).proven for s in range(60)]
    assert sum(hits) <= 8  # 5 % by chance


def test_places_half_unknown_count_by_what_is_known() -> None:
    before, after = maps(2.0, 0.0)
    holed = before.copy()
    holed[:4] = np.nan
    found = works_effect(holed, after, layer(WORKS), layer(CONTROL))
    assert found.effect_tc_ha == pytest.approx(2.0, abs=1e-9)
    assert found.places.loc[found.places["kind"] == "works", "known_share"].tolist() == pytest.approx([0.5] * 6)


def test_without_a_control_nothing_is_claimed() -> None:
    before, after = maps(2.0, 0.0)
    with pytest.raises(InputError, match="control"):
        works_effect(before, after, layer(WORKS), layer([]).iloc[:0])
    with pytest.raises(InputError, match="overlaps"):
        works_effect(before, after, layer(WORKS), layer([place(0, 0, 10, 10)]))
    with pytest.raises(InputError, match="no data"):
        works_effect(before, after, layer(WORKS), layer([place(90, 2, 95, 6)]))
    alone = works_effect(before, after, layer(WORKS[:1]), layer(CONTROL[:1]))
    assert np.isnan(alone.low_tc_ha)
    assert not alone.proven
