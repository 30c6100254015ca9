"""Land cover of São Miguel (CORINE) by municipality: six real zones with rugged coasts."""

from __future__ import annotations

from pathlib import Path

import exactextract
import geopandas as gpd
import numpy as np
import pytest

from geo.crs import metric_crs
from geo.landcover import LandCover
from geo.raster import raster_source
from geo.vector import ellipsoid_area_m2
from geo.zonal import cell_sums, class_areas
from sinks import SinkSettings, assess
from tests.sinks.conftest import City


@pytest.fixture(scope="module")
def island(real: Path) -> tuple[gpd.GeoDataFrame, LandCover, Path]:
    folder = real / "landcover" / "sao_miguel"
    zones = gpd.read_file(folder / "concelhos.gpkg")
    zones["code"] = [str(i + 1) for i in range(len(zones))]
    zones["name_en"] = zones["name"]
    zones["area_m2"] = ellipsoid_area_m2(zones)
    return zones, LandCover(raster_source(folder / "clc2018_v2020_20u1.tif"), "corine", 2018), folder


def test_areas_of_six_municipalities(island) -> None:
    """Classes sum to the geodesic area to 1e-6, and agree with exactextract class by class."""
    zones, land, folder = island
    found = class_areas(land.codes(), zones)
    np.testing.assert_allclose(found.known_m2, ellipsoid_area_m2(zones), rtol=1e-6)
    theirs = exactextract.exact_extract(
        str(folder / "clc2018_v2020_20u1.tif"), zones, ["unique", "frac", "count"], output="pandas"
    )
    for i, row in theirs.iterrows():
        shares = found.area_m2.loc[i] / found.known_m2[i]
        for code, share in zip(row["unique"], row["frac"], strict=True):
            assert shares[code] == pytest.approx(share, abs=2e-4)  # theirs counts cells, ours their area


def test_people_are_counted_not_weighed(island, real: Path) -> None:
    zones, _, folder = island
    raster = raster_source(folder / "gpw_v411_2020_count_2020.tif")
    from geo.raster import open_raster

    ours = cell_sums(open_raster(raster), zones)["sum"]
    theirs = exactextract.exact_extract(str(folder / "gpw_v411_2020_count_2020.tif"), zones, ["sum"], output="pandas")[
        "sum"
    ]
    np.testing.assert_allclose(ours, theirs, rtol=1e-6)


def test_the_account_of_the_island(island) -> None:
    zones, land, _ = island
    crs = metric_crs(tuple(zones.total_bounds))
    stock = assess(City(zones.to_crs(crs), land, SinkSettings()))
    table = stock.table.set_index("name")
    whole = table.loc["全市"]
    assert whole["area_ha"] == pytest.approx(74_473, rel=1e-3)
    assert whole["known_share"] == pytest.approx(1, abs=1e-5)
    assert whole["paddy_ch4_tco2e_yr"] == 0  # CORINE names rice fields, and there are none
    assert 60 < whole["density_tc_ha"] < 130
    np.testing.assert_allclose(table["total_tc"].iloc[:-1].sum(), whole["total_tc"], rtol=1e-12)
    groups = stock.by_class.groupby(["code", "pool"])["stock_tc"].sum().unstack()
    assert (groups >= 0).all().all()
    forest = table["forest_ha"]
    assert forest["Povoação"] > forest["Lagoa"]
