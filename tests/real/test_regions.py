"""Real places by others, worked with the same command as the demo city."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from guanghui.plan.inputs.region import Region
from guanghui.plan.run.check import check
from guanghui.plan.run.pipeline import run
from guanghui.plan.run.writing import Run

REGIONS = Path(__file__).parents[2] / "data" / "regions"


def work(name: str, folder: Path) -> Run:
    region = Region(REGIONS / f"{name}.toml")
    assert check(region) == []
    done = run(region, folder / name)
    assert not done.failures
    assert done.index.exists()
    return done


@pytest.mark.usefixtures("real")
def test_shotover(tmp_path: Path) -> None:
    """A suburb with 1,057 roofs: about 160 m² usable each, some 30 MWp, 1,000-1,200 kWh/kWp under 1,464 kWh/m²."""
    roofs = work("shotover", tmp_path).results.roofs
    assert roofs is not None
    assert len(roofs) == 1057
    assert roofs["footprint_m2"].sum() == pytest.approx(213_562, rel=1e-3)
    assert (roofs["lod"] == "surface").mean() > 0.9
    assert 20_000 < roofs["capacity_kwp"].sum() < 40_000
    assert 950 < roofs["yield_kwh"].sum() / roofs["capacity_kwp"].sum() < 1250
    steep = roofs[roofs["surface_tilt"] > 15]
    southward = steep["surface_azimuth"].between(135, 225)
    northward = ~steep["surface_azimuth"].between(45, 315)
    best, worst = steep[northward]["poa_kwh_m2"].median(), steep[southward]["poa_kwh_m2"].median()
    assert best > 1.01 * worst  # the southern hemisphere looks north; all faces of a roof are in the mean


@pytest.mark.usefixtures("real")
def test_goteborg(tmp_path: Path) -> None:
    """A dense block at 57.7° N with its own met file: some 700-850 kWh/kWp, and broken outlines are mended."""
    done = work("goteborg", tmp_path)
    roofs, stock = done.results.roofs, done.results.stock
    assert roofs is not None
    assert stock is not None
    assert 30 <= len(roofs) <= 60
    assert 650 < roofs["yield_kwh"].sum() / roofs["capacity_kwp"].sum() < 900
    assert roofs["shading_loss_pct"].median() > 2
    assert stock.table["area_ha"].iloc[-1] == pytest.approx(234 * 223 / 1e4, rel=2e-3)


@pytest.mark.usefixtures("real")
def test_sao_miguel(tmp_path: Path) -> None:
    """Six municipalities on CORINE: 744.7 km², most carbon in soil, forest a fifth of the land."""
    stock = work("sao_miguel", tmp_path).results.stock
    assert stock is not None
    towns, whole = stock.table.iloc[:-1], stock.table.iloc[-1]
    assert len(towns) == 6
    assert whole["area_ha"] == pytest.approx(74_470, rel=5e-3)
    np.testing.assert_allclose(towns["total_tc"].sum(), whole["total_tc"], rtol=1e-9)
    assert 50 < whole["density_tc_ha"] < 140
    assert 0.1 < whole["forest_cover"] < 0.3
