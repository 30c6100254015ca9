"""Everything beside the stock in one call: by township, with ranges, and the same as the parts give alone."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from guanghui.geo.errors import InputError
from guanghui.geo.grid import Grid
from guanghui.geo.raster import from_numpy, write_cog
from guanghui.geo.raster_source import RasterSource, raster_source
from guanghui.sinks import SinkSettings, WorksSurvey, assess, baseline_of, outlook, project
from guanghui.sinks.factors.table import column_label
from guanghui.sinks.settings import CcerSettings, PotentialSettings, ProjectionSettings, Work
from tests.sinks.conftest import EQUAL, TOWNS, City, X, Y, layer, place, three_towns, write_cover

WORKS = (
    Work(kind="afforestation", first_year=2021, last_year=2024, area_ha=10, township="西乡"),
    Work(kind="tending", first_year=2023, area_ha=20),
)


@dataclass
class Place(City):
    """A city with what the outlook asks for."""

    terrain: RasterSource | None = None
    farmland: gpd.GeoDataFrame | None = None
    excluded: gpd.GeoDataFrame | None = None
    planned: gpd.GeoDataFrame | None = None
    cleared: gpd.GeoDataFrame | None = None
    works: WorksSurvey | None = None


@pytest.fixture
def city(tmp_path: Path) -> Place:
    sinks = SinkSettings(
        standing_volume_m3=3600, draws=500, projection=ProjectionSettings(works=WORKS),
        potential=PotentialSettings(classes=("grassland",)),
    )  # fmt: skip
    old = three_towns()
    old[7:9, 20:] = 40  # grass was cropland
    return Place(TOWNS.copy(), write_cover(tmp_path / "landcover.tif", three_towns()), sinks,
                 landcover_before=write_cover(tmp_path / "before.tif", old, year=2015))  # fmt: skip


def test_townships_and_the_city(city: Place) -> None:
    stock = assess(city)
    found = outlook(city, stock)
    table = found.table.set_index("name")
    assert list(table.index) == ["东乡", "中乡", "西乡", "全市"]
    assert table["eligible_ha"].tolist() == pytest.approx([0, 0, 20, 20], rel=1e-6)
    assert table["works_ha"].tolist() == [0, 0, 10, 30]
    assert table["changed_ha"].tolist() == pytest.approx([0, 0, 20, 20], rel=1e-6)
    assert table.loc["西乡", "ccer_ha"] == pytest.approx(20, rel=1e-6)
    alone = project(baseline_of(stock.table, stock.by_class), city.sinks, seed=city.seed).frame
    for year in (2030, 2045, 2060):
        want = alone[(alone["line"] == "total") & (alone["year"] == year)].iloc[0]
        assert table.loc["全市", f"expected_{year}_tc"] == pytest.approx(want["change_tc"], rel=1e-12)
        low, mid, high = (table[f"expected_{year}_{end}tc"] for end in ("low_", "", "high_"))
        assert (low <= mid).all()
        assert (mid <= high).all()
        tending = found.works.loc[found.works["line"] == "tending", f"expected_{year}_tc"].sum()
        towns = mid.iloc[:-1].sum() + tending  # the work without a township is in the last row alone
        assert towns == pytest.approx(mid["全市"], rel=1e-9)
    assert found.works["code"].tolist() == ["000001003", ""]
    assert found.unverified["id"].isin(found.sources["id"]).all()
    assert found.effect is None
    for frame in (found.table, found.works, found.credit_years):
        for column in frame.columns:
            assert column_label(str(column))[0]


def test_rules_count_the_townships_alone(city: Place) -> None:
    """The raster reaches over all three townships; with one of them chosen its 100 ha are the land of the rules."""
    city.townships = city.townships.iloc[2:]
    city.sinks = city.sinks.model_copy(update={"standing_volume_m3": None})
    found = outlook(city)
    assert found.potential is not None
    left = found.potential.screen.rules.set_index("rule")["left_ha"]
    assert left["land"] == pytest.approx(90, rel=1e-6)  # 10 ha have no data
    assert left["patch"] == pytest.approx(found.table["eligible_ha"].iloc[-1], rel=1e-6)


def test_a_map_too_young_switches_the_history_rule_off_and_says_so(city: Place) -> None:
    assert city.landcover_before is not None
    city.landcover_before = type(city.landcover_before)(city.landcover_before.source, "worldcover", 2020)
    found = outlook(city)
    rules = found.credits[0].screen.rules.set_index("rule")
    assert not rules.loc["history", "used"]
    assert any(n.source == "ccer" and "history" in n.text for n in city.notes)


def test_steep_land_is_left_out(city: Place, tmp_path: Path) -> None:
    assert city.landcover is not None
    grid = city.landcover.grid
    y, x = np.meshgrid(grid.coords()["y"], grid.coords()["x"], indexing="ij")
    heights = from_numpy(np.where(x > X + 2500, 2.0 * (x - X), 0.0).astype(np.float32) + 0 * y.astype(np.float32), grid)
    city.terrain = raster_source(write_cog(heights, tmp_path / "terrain.tif"))
    found = outlook(city)
    assert found.potential is not None
    rules = found.potential.screen.rules.set_index("rule")
    assert rules.loc["slope", "used"]
    assert 8 <= found.table["eligible_ha"].iloc[-1] <= 10


def test_surveyed_works_are_held_against_their_control(city: Place, tmp_path: Path) -> None:
    grid = Grid.from_bounds((X, Y - 1000, X + 3000, Y), 100.0, EQUAL)
    before = np.full(grid.shape, 40.0, np.float32)
    after = before + 4
    after[:5] += 10
    files = [
        raster_source(write_cog(from_numpy(a, grid), tmp_path / f"agb{i}.tif")) for i, a in enumerate((before, after))
    ]
    spots = [
        *(place(2 + 4 * i, 1, 5 + 4 * i, 4) for i in range(4)),
        *(place(2 + 4 * i, 6, 5 + 4 * i, 9) for i in range(4)),
    ]
    places = layer(spots, kind=["works"] * 4 + ["control"] * 4)
    city.works = WorksSurvey(places, *files)
    effect = outlook(city).effect
    assert effect is not None
    assert effect.effect_tc_ha == pytest.approx(10 * 0.47 * (1 + 0.26), rel=0.1)
    city.works = WorksSurvey(places, *files, quantity="tc_ha")
    plain = outlook(city).effect
    assert plain is not None
    assert plain.effect_tc_ha == pytest.approx(10, rel=1e-6)
    city.works = WorksSurvey(places.assign(kind="x"), *files)
    with pytest.raises(InputError, match="write works or control"):
        outlook(city)


def test_a_work_in_no_township_of_the_run_is_left_out_and_reported(city: Place) -> None:
    lost = Work(kind="tending", first_year=2023, area_ha=1, township="北乡")
    city.sinks = city.sinks.model_copy(update={"projection": ProjectionSettings(works=(*WORKS, lost))})
    found = outlook(city)
    assert found.table["works_ha"].iloc[-1] == 30
    assert any("北乡" in n.text for n in city.notes)


def test_without_works_or_an_earlier_map(city: Place) -> None:
    city.landcover_before = None
    city.sinks = SinkSettings(draws=200, ccer=CcerSettings(history_years=0))
    found = outlook(city)
    assert found.change is None
    assert found.works.empty
    assert (found.table["works_ha"] == 0).all()
    assert "changed_ha" not in found.table
    assert isinstance(found.credit_years, pd.DataFrame)
