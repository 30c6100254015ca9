"""Land cover of São Miguel (CORINE) by municipality: six real zones with rugged coasts."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import exactextract
import geopandas as gpd
import numpy as np
import pytest
import rasterio
import shapely
from rasterio.windows import Window

from guanghui.geo.crs import metric_crs
from guanghui.geo.errors import InputError
from guanghui.geo.grid import cell_area_m2
from guanghui.geo.landcover import LandCover, land_class
from guanghui.geo.raster import open_raster
from guanghui.geo.raster_source import raster_source
from guanghui.geo.vector import ellipsoid_area_m2
from guanghui.geo.zonal import cell_sums, class_areas
from guanghui.sinks import SinkSettings, assess
from guanghui.sinks.years.change import transitions
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


def test_classes_and_pools_of_six_municipalities(island) -> None:
    """Stock of every class and pool is exactextract's area times the density; nothing hides between the tables."""
    zones, land, folder = island
    stock = assess(City(zones.to_crs(metric_crs(tuple(zones.total_bounds))), land, SinkSettings()))
    theirs = exactextract.exact_extract(
        str(folder / "clc2018_v2020_20u1.tif"), zones, ["unique", "frac"], output="pandas"
    )
    names = land.numbering().classes
    towns = stock.by_class[stock.by_class["code"] != ""].set_index(["code", "class", "pool"])
    assert towns.index.is_unique
    whole = ellipsoid_area_m2(zones) / 1e4
    for code, area, row in zip(zones["code"], whole, theirs.itertuples(), strict=True):
        shares: dict[str, float] = {}
        for number, share in zip(row.unique, row.frac, strict=True):
            shares[names[int(number)]] = shares.get(names[int(number)], 0.0) + share
        mine = towns.loc[code]
        assert set(mine.index.get_level_values("class")) == set(shares)
        for (key, _), r in mine.iterrows():
            assert r["area_ha"] == pytest.approx(shares[key] * area, abs=5e-4 * area)
            assert r["stock_tc"] == pytest.approx(r["density_tc_ha"] * r["area_ha"], rel=1e-9, abs=1e-9)
    table = stock.table.set_index("code")["total_tc"]
    np.testing.assert_allclose(towns["stock_tc"].groupby("code").sum(), table[zones["code"]], rtol=1e-12)
    city = stock.by_class[stock.by_class["code"] == ""].set_index(["class", "pool"])
    np.testing.assert_allclose(towns["stock_tc"].groupby(["class", "pool"]).sum(),
                               city["stock_tc"].sort_index(), rtol=1e-12, atol=1e-9)  # fmt: skip
    density = city["density_tc_ha"]
    assert 70 < density["grassland", "soil"] < 130  # 0-100 cm; half the island is pasture
    assert 15 < density["forest_needleleaf", "above"] + density["forest_needleleaf", "below"] < 60
    assert density["sea", "soil"] == 0
    assert (city["low_tc"] <= city["stock_tc"] + 1e-9).all()
    assert (city["stock_tc"] <= city["high_tc"] + 1e-9).all()


def test_a_window_of_the_worldcover_pair(real: Path) -> None:
    """2020 to 2021, 3,000 x 3,000 cells of the two tiles: transitions against NumPy on the same window."""
    folder = real / "landcover" / "worldcover"
    pair = [LandCover(raster_source(folder / f"ESA_WorldCover_10m_{y}_{v}_N00E006_Map.tif"), "worldcover", y,
                      accept_versions=True)
            for y, v in ((2020, "v100"), (2021, "v200"))]  # fmt: skip
    grid = pair[0].grid
    row, col = 17_000, 8_000  # Príncipe: forest, settlement, sea
    box = grid.part(slice(row, row + 3000), slice(col, col + 3000)).bounds
    zone = gpd.GeoDataFrame({"code": ["1"], "name": ["x"]}, geometry=[shapely.box(*box)], crs=4326)
    with pytest.raises(InputError, match=r"is version V1\.0\.0, .* V2\.0\.0.*accept_versions"):
        transitions(*(replace(land, accept_versions=False) for land in pair), zone)
    found = transitions(*pair, zone)
    raw = [land.codes().isel(y=slice(row, row + 3000), x=slice(col, col + 3000)).to_numpy() for land in pair]
    area = cell_area_m2(grid, slice(row, row + 3000))[:, 0] / 1e4
    codes = {land_class(k).key: c for c, k in pair[0].numbering().classes.items()}
    for r in found.frame.to_dict("records"):
        cells = ((raw[0] == codes[r["before"]]) & (raw[1] == codes[r["after"]])).sum(axis=1)
        assert r["area_ha"] == pytest.approx(float(cells @ area), rel=1e-9)
    both = ((raw[0] > 0) & (raw[1] > 0)).sum(axis=1)
    assert found.coverage["both_ha"].iloc[0] == pytest.approx(float(both @ area), rel=1e-9)
    assert found.coverage.sum(axis=1).iloc[0] == pytest.approx(float(3000 * area.sum()), rel=1e-9)


def test_the_whole_pair_in_bounded_memory(real: Path, tmp_path: Path) -> None:
    """2 x 1.3 gigapixels: every cell of the matrix is the area of its pixels by a bare loop, in under 1 GiB."""
    step = [sys.executable, "-m", "benchmarks.stock", "--step", "real", "--folder", str(tmp_path)]
    done = subprocess.run(step, capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2])
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["peak_gib"] <= 1.0
    assert found["low_tc"] < found["change_tc"] < found["high_tc"]
    folder = real / "landcover" / "worldcover"
    paths = [folder / f"ESA_WorldCover_10m_{n}_N00E006_Map.tif" for n in ("2020_v100", "2021_v200")]
    land = LandCover(raster_source(paths[0]), "worldcover", 2020)
    area = cell_area_m2(land.grid)[:, 0] / 1e4
    want = np.zeros((256, 256))
    with rasterio.open(paths[0]) as a, rasterio.open(paths[1]) as b:
        for row in range(0, a.height, 1024):
            window = Window(0, row, a.width, min(1024, a.height - row))
            first, second = a.read(1, window=window), b.read(1, window=window)
            for i in np.flatnonzero((first > 0).any(axis=1) | (second > 0).any(axis=1)):
                pairs = np.bincount(first[i].astype(np.uint16) * 256 + second[i], minlength=65_536)
                want += pairs.reshape(256, 256) * area[row + i]
    names = land.numbering().classes
    known = {f"{names[i]}>{names[j]}": want[i, j] for i in names for j in names if want[i, j] > 0}
    assert found["matrix_ha"] == pytest.approx(known, rel=1e-9)
    assert found["known_ha"] == pytest.approx(sum(known.values()), rel=1e-9)
