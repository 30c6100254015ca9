from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import rasterio

from guanghui.geo.raster_source import raster_source
from guanghui.geo.zonal import density_sums
from guanghui.sinks import SinkSettings, assess
from guanghui.sinks.factors.table import load_factors
from guanghui.sinks.land.strata import SOURCES
from tests.sinks.conftest import EQUAL, HA, City, X, Y, layer, place

F = load_factors()
MIXED = F["forest.mixed.carbon_fraction"].value


def agb(path, values: np.ndarray, cell: float = HA, nodata: float | None = None):
    height, width = values.shape
    transform = rasterio.transform.from_origin(X, Y, cell, cell)
    with rasterio.open(path, "w", driver="GTiff", height=height, width=width, count=1, dtype="float32", crs=EQUAL,
                       transform=transform, nodata=nodata) as out:  # fmt: skip
        out.write(values.astype(np.float32), 1)
    return raster_source(path)


def biomass_values() -> np.ndarray:
    """60 t/ha in the west of 东乡, 100 in its east, 0 (unknown in some products) in 中乡."""
    values = np.zeros((10, 30))
    values[:, :5], values[:, 5:10] = 60.0, 100.0
    return values


def test_biomass_decides_where_it_knows(city: City, tmp_path) -> None:
    source = agb(tmp_path / "agb.tif", biomass_values())
    stock = assess(replace(city, biomass=source))
    strata = stock.reconciliation.strata.set_index("code")
    assert strata["source"].to_dict() == {"000001001": "biomass", "000001002": "default"}
    t = stock.table.set_index("name")
    root = F["forest.mixed.root_shoot"].value
    alive = t.loc["东乡", "forest_biomass_tc"] - 60 * F["forest.mixed.understorey"].value
    assert alive == pytest.approx((30 * 60 + 30 * 100) * MIXED * (1 + root), rel=1e-6)
    cells = stock.density["above"].compute()
    assert float(cells[0, 0]) == pytest.approx(60 * MIXED, rel=1e-6)
    assert float(cells[0, 9]) == pytest.approx(100 * MIXED, rel=1e-6)
    sums = density_sums(stock.density["total"], city.townships)["sum"]
    np.testing.assert_allclose(sums, stock.table["total_tc"].iloc[:-1], rtol=1e-6)


def test_biomass_is_reconciled_and_keeps_its_pattern(city: City, tmp_path) -> None:
    city.sinks = SinkSettings(standing_volume_m3=6000.0)
    stock = assess(replace(city, biomass=agb(tmp_path / "agb.tif", biomass_values())))
    assert stock.table["volume_m3"].iloc[-1] == pytest.approx(6000, rel=1e-9)
    above = stock.density["above"].compute()
    assert float(above[0, 9] / above[0, 0]) == pytest.approx(100 / 60, rel=1e-6)
    sums = density_sums(stock.density["total"], city.townships)["sum"]
    np.testing.assert_allclose(sums, stock.table["total_tc"].iloc[:-1], rtol=1e-6)


def test_stands_come_before_biomass_and_the_map_shows_it(city: City, tmp_path) -> None:
    city.stands = layer([place(0, 0, 5, 6)], species_group=["杉木"], volume_m3_ha=[50.0])
    city.sinks = SinkSettings(standing_volume_m3=6000.0)
    stock = assess(replace(city, biomass=agb(tmp_path / "agb.tif", biomass_values())))
    where = stock.forest_source.compute().to_numpy()
    assert where[0, 0] == SOURCES["stands"][0]
    assert where[0, 9] == SOURCES["biomass"][0]
    assert where[0, 12] == SOURCES["inventory"][0]
    assert where[9, 0] == SOURCES["none"][0]
    assert set(stock.reconciliation.strata["source"]) == {"stands", "biomass", "inventory"}


def test_a_biomass_raster_is_less_certain_than_an_inventory(city: City, tmp_path) -> None:
    city.stands = layer([place(0, 0, 10, 6)], species_group=["mixed"], volume_m3_ha=[50.0])
    by_stands = assess(city).uncertainty
    city.stands = None
    by_biomass = assess(replace(city, biomass=agb(tmp_path / "agb.tif", biomass_values()))).uncertainty
    widths = [((u["monte_carlo_sd"] / u["value"])[(u["quantity"] == "change") & (u["code"] == "000001001")]).iloc[0]
              for u in (by_stands, by_biomass)]  # fmt: skip
    assert widths[1] > widths[0]


@pytest.mark.parametrize("method", ["bef", "fang"])
def test_the_carbon_of_the_raster_is_kept_under_either_conversion(city: City, tmp_path, method: str) -> None:
    """20 t/ha of biomass above ground are 20 times the carbon fraction, in the table as on the map."""
    city.sinks = SinkSettings(conversion=method)
    stock = assess(replace(city, biomass=agb(tmp_path / "agb.tif", np.full((10, 30), 20.0))))
    fraction = load_factors().find("carbon_fraction", ("mixed",)).value
    assert float(stock.density["above"][0, 0]) == pytest.approx(20.0 * fraction, rel=1e-5)
    rows = stock.by_class[(stock.by_class["class"] == "forest") & (stock.by_class["pool"] == "above")]
    assert rows["stock_tc"].sum() == pytest.approx(90 * 20.0 * fraction * rows_scale(rows), rel=1e-4)
    chosen = stock.reconciliation.methods.loc[method, "after_tc"]
    assert chosen == pytest.approx(
        stock.accounts["stock"].totals(["class", "pool"])["forest"][["above", "below"]].sum()
    )


def rows_scale(rows) -> float:
    """The last row of a table by class may be the city itself: how often each hectare is in it."""
    return rows["area_ha"].sum() / 90


@pytest.mark.parametrize(("cell", "repeat"), [(50.0, 2), (200.0, 0.5)])
def test_other_cell_sizes_give_the_same_mean(city: City, tmp_path, cell: float, repeat: float) -> None:
    values = np.full((10, 30), 80.0)
    values = np.kron(values, np.ones((2, 2))) if repeat == 2 else values[::2, ::2]
    stock = assess(replace(city, biomass=agb(tmp_path / "agb.tif", values, cell)))
    assert float(stock.density["above"][0, 0]) == pytest.approx(80 * MIXED, rel=1e-5)


def test_canopy_height_gives_biomass_by_plots_of_the_region(city: City, tmp_path) -> None:
    """B = 2.5 H^1.2: heights made from the biomass of the other tests give their carbon again."""
    heights = (biomass_values() / 2.5) ** (1 / 1.2)
    direct = assess(replace(city, biomass=agb(tmp_path / "agb.tif", biomass_values())))
    city.sinks = SinkSettings(canopy_allometry={"coefficient": 2.5, "exponent": 1.2})
    canopy = assess(replace(city, biomass=agb(tmp_path / "height.tif", heights)))
    np.testing.assert_allclose(canopy.table["total_tc"], direct.table["total_tc"], rtol=1e-5)


def test_an_allometry_needs_both_numbers() -> None:
    with pytest.raises(ValueError, match="exponent"):
        SinkSettings(canopy_allometry={"coefficient": 2.5})
