"""Nine inputs over which a well-known model goes wrong in silence; here each is right, refused or reported."""

from __future__ import annotations

import dask
import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from guanghui.geo.errors import InputError
from guanghui.geo.grid import Grid
from guanghui.geo.raster import from_numpy, open_raster
from guanghui.geo.stream import write_rasters
from guanghui.geo.zonal import density_sums
from guanghui.sinks.factors.lookup import PoolTable, lookup
from guanghui.sinks.years.change import change_map, table_change, transitions
from tests.sinks.conftest import EQUAL, TOWNS, X, Y, three_towns, write_cover


def table(**densities: float) -> PoolTable:
    frame = pd.DataFrame({"above": list(densities.values())}, index=[int(k[1:]) for k in densities])
    return PoolTable(frame.assign(below=0.0, soil=0.0, dead=0.0), "table")


SIX = table(c1=30.0, c2=29.0, c3=2.0)


def six(values, nodata: int | None = 0, crs: str = EQUAL, x: float = X, y: float = Y, cell: float = 100.0):
    codes = np.array(values, np.uint8).reshape(2, 3)
    grid = Grid.from_bounds((x, y - 2 * cell, x + 3 * cell, y), cell, crs)
    out = from_numpy(codes, grid)
    if nodata is not None:
        out.attrs["nodata"] = nodata
    return out


def around(raster) -> gpd.GeoDataFrame:
    grid = Grid.of(raster)
    return gpd.GeoDataFrame(geometry=[shapely.box(*grid.bounds)], crs=grid.crs.to_wkt())


def test_1_a_change_of_minus_one_is_a_change() -> None:
    """One of six cells changes by exactly −1 t C/ha: no value of a density stands for "no data"."""
    before, after = six([1, 1, 1, 1, 1, 1]), six([2, 1, 1, 3, 1, 1])
    found = table_change(before, after, SIX, around(before))
    assert found.zones["change_tc"].iloc[0] == pytest.approx(-1 - 28, rel=1e-8)
    assert found.change.to_numpy()[0, 0] == -1
    assert density_sums(found.change, around(before))["sum"].iloc[0] == pytest.approx(-29, rel=1e-8)


def test_1_minus_one_survives_a_file(tmp_path) -> None:
    before, after = six([1, 1, 1, 1, 1, 1]), six([2, 1, 1, 1, 1, 1])
    path = tmp_path / "change.tif"
    write_rasters({path: table_change(before, after, SIX, around(before)).change})
    assert density_sums(open_raster(path), around(before))["sum"].iloc[0] == pytest.approx(-1, rel=1e-8)


@pytest.mark.parametrize(("east", "south"), [(50.0, 0.0), (0.0, 50.0), (1e-3, 0.0)])
def test_2_a_map_half_a_cell_off_is_refused(east: float, south: float) -> None:
    before = six([1] * 6)
    after = before.assign_coords(x=before.x + east, y=before.y - south)
    with pytest.raises(InputError, match="shifted by"):
        table_change(before, after, SIX, around(before))
    with pytest.raises(InputError, match="shifted by"):
        change_map(lookup(before, SIX.total), lookup(after, SIX.total))


def test_3_a_map_ten_kilometres_away_is_refused() -> None:
    before, after = six([1] * 6), six([1] * 6, x=X + 10_000)
    with pytest.raises(InputError, match=r"100 cells east"):
        table_change(before, after, SIX, around(before))


def test_3_land_covers_of_a_city_too(tmp_path) -> None:
    codes = three_towns()
    before = write_cover(tmp_path / "a.tif", codes, year=2010)
    for after in (
        write_cover(tmp_path / "b.tif", codes, year=2020, shift=(0.5, 0)),
        write_cover(tmp_path / "c.tif", codes, year=2020, shift=(100, 0)),
        write_cover(tmp_path / "d.tif", codes[:, :29].copy(), year=2020),
    ):
        with pytest.raises(InputError, match="one grid"):
            transitions(before, after, TOWNS)


def stock_of(raster, zone: gpd.GeoDataFrame) -> float:
    return float(density_sums(lookup(raster, SIX.total), zone)["sum"].iloc[0])


@pytest.mark.parametrize("crs", ["EPSG:3857", "EPSG:4326", "EPSG:32650", "EPSG:4548"])
def test_4_and_5_web_mercator_and_degrees_give_the_true_area(crs: str) -> None:
    """Near 29.3° N Web Mercator is 32 % too large and degrees are no area at all; the stock is the same in all."""
    town = gpd.GeoDataFrame(geometry=[shapely.box(115.80, 29.25, 115.83, 29.27)], crs=4326)
    true = 30.0 * gpd.GeoDataFrame(geometry=town.geometry.segmentize(1e-3), crs=4326).to_crs(EQUAL).area.iloc[0] / 1e4
    box = town.to_crs(crs).total_bounds
    cell = (box[2] - box[0]) / 40
    grid = Grid.from_bounds((box[0] - cell, box[1] - cell, box[2] + cell, box[3] + cell), cell, crs)
    found = stock_of(from_numpy(np.ones(grid.shape, np.uint8), grid), town)
    assert found == pytest.approx(true, rel=1e-5)


def test_6_a_class_without_a_row_is_named() -> None:
    before = six([1, 1, 7, 1, 8, 8])
    with pytest.raises(InputError, match=r"7 \(1 cells\), 8 \(2 cells\)"):
        lookup(before, SIX.total).compute()


def test_7_half_a_map_without_data_is_reported() -> None:
    before = six([1, 1, 1, 0, 0, 0])
    found = table_change(before, before, SIX, around(before)).zones.iloc[0]
    assert found[["both_ha", "neither_ha", "before_tc"]].tolist() == pytest.approx([3, 3, 90], rel=1e-8)


def test_8_data_missing_at_one_date_leaves_four_areas_that_add_up() -> None:
    """Before − after is no change where one of them is unknown; the three numbers can be reconciled by the areas."""
    before, after = six([1, 1, 1, 0, 3, 0]), six([2, 1, 0, 1, 3, 0])
    found = table_change(before, after, SIX, around(before)).zones.iloc[0]
    areas = found[["both_ha", "only_before_ha", "only_after_ha", "neither_ha"]]
    assert areas.tolist() == pytest.approx([3, 1, 1, 1], rel=1e-8)
    assert found["change_tc"] == pytest.approx(-1, rel=1e-8)
    assert found["before_tc"] == pytest.approx(30 * 3 + 2, rel=1e-8)
    assert found["after_tc"] == pytest.approx(29 + 30 + 30 + 2, rel=1e-8)
    only_before, only_after = 30.0, 30.0
    assert found["after_tc"] - found["before_tc"] == pytest.approx(
        found["change_tc"] + only_after - only_before, abs=1e-6
    )


def test_9_two_workers_with_a_value_end_and_agree() -> None:
    rng = np.random.default_rng(1)
    grid = Grid.from_bounds((X, Y - 6000, X + 6000, Y), 100.0, EQUAL)
    before, after = (
        from_numpy(rng.integers(1, 4, grid.shape).astype(np.uint8), grid).chunk({"y": 7, "x": 11}) for _ in "ab"
    )
    zones = around(before)
    with dask.config.set(scheduler="synchronous"):
        one = table_change(before, after, SIX, zones, value_per_tc=59.0).zones
    with dask.config.set(scheduler="threads", num_workers=2):
        two = table_change(before, after, SIX, zones, value_per_tc=59.0).zones
    pd.testing.assert_frame_equal(one, two, check_exact=True)
    assert two["value"].iloc[0] == pytest.approx(59 * two["change_tc"].iloc[0])
