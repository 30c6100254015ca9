"""Independent cross-checks: expected values published with the InVEST models, Global Forest Watch and inventories.

Numbers 6 (dead wood and litter), 7 (exact coverage) and 8 (closure of the province) are tests of their own modules:
``test_forest.py``, ``tests/geo/test_coverage.py`` and ``test_flux.py``.
"""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from guanghui.geo.errors import InputError
from guanghui.geo.grid import Grid
from guanghui.geo.raster import from_numpy
from guanghui.sinks.factors.lookup import PoolTable, lookup, read_pool_table
from guanghui.sinks.years.change import table_change, value_constant
from guanghui.sinks.years.coastal import CoastalClass, net_by_period

EQUAL = "EPSG:6933"
X, Y = 11_170_000.0, 3_600_000.0

POOLS = PoolTable(
    pd.DataFrame(
        {"above": [15.0, 5.0, 2.0], "below": [10.0, 3.0, 1.0], "soil": [60.0, 20.0, 5.0], "dead": [1.0, 0.0, 0.0]},
        index=[1, 2, 3],
    ),
    "carbon_pools.csv",
)


def square(value: int, nodata: int | None = None, size: int = 10, cell: float = 1.0):
    """A map of one class on cells of one square metre, equal-area."""
    grid = Grid.from_bounds((X, Y, X + size * cell, Y + size * cell), cell, EQUAL)
    out = from_numpy(np.full(grid.shape, value, np.int16), grid)
    if nodata is not None:
        out.attrs["nodata"] = nodata
    return out, gpd.GeoDataFrame(geometry=[shapely.box(*grid.bounds)], crs=EQUAL)


@pytest.mark.parametrize("nodata", [None, -9999])
def test_1_carbon_of_two_dates_and_its_value(nodata) -> None:
    """0.01 ha; densities 86 and 28, change −58 t/ha, totals 0.86, 0.28, −0.58 t; with and without nodata (3)."""
    before, zone = square(1, nodata)
    after, _ = square(2, nodata)
    constant = value_constant(2016, 2030, 43.0, discount_pct=-7.1, price_change_pct=2.8)
    assert constant == pytest.approx(59.0013607025006, rel=1e-9)
    found = table_change(before, after, POOLS, zone, value_per_tc=constant)
    assert np.unique(found.before).tolist() == [86.0]
    assert np.unique(found.after).tolist() == [28.0]
    assert np.unique(found.change).tolist() == [-58.0]
    row = found.zones.iloc[0]
    assert row["both_ha"] == pytest.approx(0.01, rel=1e-8)
    area = row["both_ha"]
    assert row["before_tc"] == pytest.approx(86 * area, rel=1e-12)
    assert row["after_tc"] == pytest.approx(28 * area, rel=1e-12)
    assert row["change_tc"] == pytest.approx(-58 * area, rel=1e-12)
    assert row[["before_tc", "after_tc", "change_tc"]].tolist() == pytest.approx([0.86, 0.28, -0.58], rel=1e-8)
    assert row["value"] / area == pytest.approx(-3422.078920745, rel=1e-9)
    assert row["value"] == pytest.approx(-34.2208, rel=1e-5)


def test_1_with_both_rates_zero_a_tonne_is_worth_its_price() -> None:
    constant = value_constant(2016, 2030, 43.0, discount_pct=0, price_change_pct=0)
    assert constant == pytest.approx(43.0, rel=1e-12)
    assert -58 * constant == pytest.approx(-2494.0, rel=1e-12)


def test_2_value_constant() -> None:
    found = value_constant(2010, 2012, 50.0, discount_pct=50, price_change_pct=5)
    assert found == pytest.approx(40.87301587, abs=5e-9)
    q = 1 / (1.5 * 1.05)
    assert found == pytest.approx(50 / 2 * (1 - q**2) / (1 - q), rel=1e-12)
    with pytest.raises(InputError):
        value_constant(2012, 2010, 50.0, discount_pct=0, price_change_pct=0)
    with pytest.raises(InputError):
        value_constant(2010, 2012, 50.0, discount_pct=-100, price_change_pct=0)


def test_3_a_missing_code_is_named() -> None:
    before, zone = square(200)
    with pytest.raises(InputError, match=r"200"):
        lookup(before, POOLS.total).compute()
    with pytest.raises(InputError, match=r"200"):
        table_change(before, before, POOLS, zone)
    with pytest.raises(InputError, match=r"200 \(0\.01 ha\)"):
        POOLS.refuse_missing(pd.Series({200: 100.0, 1: 5.0}))


def test_4_look_up() -> None:
    grid = Grid.from_bounds((X, Y, X + 2, Y + 2), 1.0, EQUAL)
    codes = from_numpy(np.array([[1, 1], [2, 3]], np.uint8), grid)
    assert lookup(codes, {1: 5000, 2: 60, 3: 120}).to_numpy().tolist() == [[5000, 5000], [60, 120]]


def test_5_blue_carbon() -> None:
    """Mangrove 64 + 313 + 3, +2/+5.35/+1 a year, half-lives 15 and 7.5 years, loss 1.0 and 0.66."""
    classes = {
        "mangrove": CoastalClass(64, 313, 3, 2, 5.35, 1, 15, 7.5, 1.0, 0.66),
        "lot": CoastalClass(gathers=False),
    }
    first = net_by_period(["mangrove", "lot", "mangrove"], [2000, 2010, 2020], 2030, classes)
    second = net_by_period(["lot", "mangrove", "lot"], [2000, 2010, 2020], 2030, classes)
    assert first.tolist() == pytest.approx([83.5, -176.97920578926838, 73.5], rel=1e-12)
    assert second.tolist() == pytest.approx([0, 73.5, -28.698006714801988], rel=1e-12, abs=1e-12)
    by_hand = 84 * (1 - 0.5 ** (10 / 15)) + 366.5 * 0.66 * (1 - 0.5 ** (10 / 7.5))
    assert first[1] == pytest.approx(-by_hand, rel=1e-12)


def test_5_land_left_destroyed_goes_on_losing() -> None:
    classes = {"m": CoastalClass(10, 100, biomass_half_life=5, soil_half_life=10), "x": CoastalClass(gathers=False)}
    parts = net_by_period(["m", "x", "x", "x"], [2000, 2001, 2011, 2021], 2031, classes)
    once = net_by_period(["m", "x"], [2000, 2001], 2031, classes)
    assert parts[1:].sum() == pytest.approx(once[1], rel=1e-12)
    assert (np.diff(np.abs(parts[1:])) < 0).all()
    with pytest.raises(InputError, match="not described"):
        net_by_period(["y"], [2000], 2010, classes)
    with pytest.raises(InputError, match="rise"):
        net_by_period(["m", "x"], [2010, 2000], 2020, classes)


def test_a_pool_table_is_read_and_checked(tmp_path) -> None:
    path = tmp_path / "碳库.csv"
    path.write_text(
        "lucode,LULC_name,c_above,c_below,c_soil,c_dead\n1,林,15,10,60,1\n2,草,5,3,20,0\n", encoding="utf-8-sig"
    )
    assert read_pool_table(path).total == {1: 86.0, 2: 28.0}
    path.write_text("lucode,c_above,c_below,c_soil\n1,15,10,60\n", encoding="utf-8")
    with pytest.raises(InputError, match="c_dead"):
        read_pool_table(path)
    path.write_text("lucode,c_above,c_below,c_soil,c_dead\n1,15,10,60,x\n1,1,1,1,1\n", encoding="utf-8")
    with pytest.raises(InputError, match="twice"):
        read_pool_table(path)
    path.write_text("lucode,c_above,c_below,c_soil,c_dead\n1,15,10,-60,0\n", encoding="utf-8")
    with pytest.raises(InputError, match="negative"):
        read_pool_table(path)
    with pytest.raises(InputError, match="no such file"):
        read_pool_table(tmp_path / "none.csv")
