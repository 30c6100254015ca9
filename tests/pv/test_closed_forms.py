"""Sky view and annual beam beside an endless wall, in a square court, under a cone and under a dome."""

from __future__ import annotations

import pytest

from benchmarks.closed_forms import SHAPES, Shape, measure
from guanghui.pv.sun.sky import SkyTable, sky_table


@pytest.fixture(scope="module")
def tables(weather) -> dict[int, SkyTable]:
    return {steps: sky_table(weather, steps=steps, sun_step_min=2.0) for steps in (72, 360)}


@pytest.mark.parametrize(("cell", "steps", "tolerance"), [(1.0, 72, 5e-3), (0.25, 360, 1e-3)])
@pytest.mark.parametrize("shape", SHAPES, ids=lambda s: s.name)
def test_closed_form(weather, tables, shape: Shape, cell: float, steps: int, tolerance: float) -> None:
    found = measure(shape, cell, weather, tables[steps])
    assert found["sky_view"] == pytest.approx(found["true_sky_view"], rel=tolerance)
    assert found["beam"] == pytest.approx(found["true_beam"], rel=tolerance)
