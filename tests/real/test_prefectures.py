"""Published prefectures, and what choosing by yield or by cost does to two real places."""

from __future__ import annotations

from pathlib import Path

import pytest

from guanghui.plan.inputs.config import load_region_file
from guanghui.plan.inputs.region import Region
from guanghui.plan.results.programme import add_money, by_objective
from guanghui.pv.assessment.survey import assess
from guanghui.pv.programme.plausibility import published


def test_figures_are_those_that_were_published(real: Path) -> None:
    text = (real / "README.md").read_text(encoding="utf-8")
    for row in published().itertuples():
        line = text[text.index(f"{row.name_zh} {row.name_en}") :].split("·")[0]
        for value in (row.roof_km2, row.ghi_kwh_m2, row.capacity_gw, row.energy_twh):
            assert f"{value:.2f}" in line, (row.name_zh, value)
        assert row.here_gw == pytest.approx(row.capacity_gw, rel=1e-3)
        assert row.here_twh == pytest.approx(row.energy_twh, rel=1e-3)


@pytest.mark.parametrize("name", ["suzhou"])
def test_by_yield_and_by_cost_differ_as_the_note_says(real: Path, name: str) -> None:
    path = Path("data/regions") / f"{name}.toml"
    named = load_region_file(path)[0].buildings
    assert named is not None
    if not (path.parent / named.path).is_file():
        pytest.skip("the region file looks for the real data beside the project, and it is not there")
    region = Region(path)
    roofs = assess(region)
    add_money(region, roofs)
    table = by_objective(region, roofs, None)
    assert table is not None
    table = table.set_index("objective")
    assert table.loc["energy", "yield_kwh"] >= table.loc["cost", "yield_kwh"]
    assert table.loc["cost", "capex_yuan"] <= table.loc["energy", "capex_yuan"]
    assert table.loc["lcoe", "lcoe_yuan_kwh"] <= table["lcoe_yuan_kwh"].min() * (1 + 1e-3)
    assert table.loc["cost", "same_share"] < 1
    assert any("by cost" in n.text for n in region.notes)
