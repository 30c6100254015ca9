from __future__ import annotations

import exactextract
import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import rasterio.warp
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.ops import split

from guanghui.geo.errors import InputError
from guanghui.geo.grid import Grid
from guanghui.geo.raster import from_numpy, open_raster
from guanghui.geo.vector import ellipsoid_area_m2
from guanghui.geo.zonal import cell_sums, class_areas, class_sums, density_sums

EQUAL = "EPSG:6933"
X, Y = 11_170_000.0, 3_600_000.0


def scene(height: int = 60, width: int = 80, cell: float = 100.0, seed: int = 1, chunk: int = 17):
    """Random classes and densities on an equal-area grid; one class is nodata."""
    rng = np.random.default_rng(seed)
    grid = Grid.from_bounds((X, Y - cell * height, X + cell * width, Y), cell, EQUAL)
    codes = rng.choice(np.array([0, 10, 40, 523], np.int16), grid.shape, p=[0.1, 0.4, 0.3, 0.2])
    density = np.where(codes == 0, np.nan, rng.gamma(2, 30, grid.shape)).astype(np.float32)
    classes = from_numpy(codes, grid, name="classes").chunk({"y": chunk, "x": chunk})
    classes.attrs["nodata"] = 0
    return grid, classes, from_numpy(density, grid).chunk({"y": chunk, "x": chunk})


def wiggly(grid: Grid, count: int = 5, seed: int = 3) -> gpd.GeoDataFrame:
    rng = np.random.default_rng(seed)
    west, south, east, north = grid.bounds
    shapes = []
    for i in range(count):
        angle = np.linspace(0, 2 * np.pi, 181)[:-1]
        radius = 1400 * (1 + 0.2 * np.sin(3 * angle + i) + 0.06 * np.sin(17 * angle))
        x, y = rng.uniform(west + 1500, east - 1500), rng.uniform(south + 1500, north - 1500)
        shapes.append(shapely.Polygon(np.c_[x + radius * np.cos(angle), y + radius * np.sin(angle)]))
    return gpd.GeoDataFrame(
        {"k": range(count)}, geometry=shapes, crs=grid.crs.to_wkt(), index=[f"z{i}" for i in range(count)]
    )


def test_three_by_three_by_hand() -> None:
    """One-hectare cells; the zone takes the left column whole, half of the middle one."""
    grid = Grid.from_bounds((X, Y - 300, X + 300, Y), 100.0, EQUAL)
    codes = from_numpy(np.array([[1, 2, 2], [1, 1, 2], [9, 2, 2]], np.uint8), grid)
    density = from_numpy(np.array([[10.0, 20, 99], [30, 40, 99], [np.nan, 60, 99]]), grid)
    zone = gpd.GeoDataFrame(geometry=[shapely.box(X, Y - 300, X + 150, Y)], crs=EQUAL)
    areas = class_areas(codes, zone, nodata=9)
    assert areas.area_m2.iloc[0].to_dict() == pytest.approx({1: 25_000.0, 2: 10_000.0}, rel=1e-8)
    assert areas.nodata_m2.iloc[0] == pytest.approx(10_000)
    sums = density_sums(density, zone).iloc[0]
    assert sums["sum"] == pytest.approx(10 + 30 + 10 + 20 + 30)
    assert sums["mean"] == pytest.approx(100 / 3.5)
    assert (sums["known_m2"], sums["nodata_m2"]) == (pytest.approx(35_000), pytest.approx(10_000))
    by_class, known = class_sums(codes, density, zone)
    assert by_class.iloc[0].to_dict() == pytest.approx({1: 60.0, 2: 40.0, 9: 0.0}, rel=1e-8)
    assert known.iloc[0].to_dict() == pytest.approx({1: 25_000.0, 2: 10_000.0, 9: 0.0}, rel=1e-8)


def test_results_stand_on_the_index_of_the_zones_and_in_its_order() -> None:
    grid, classes, density = scene()
    zones = wiggly(grid).iloc[::-1]
    assert class_areas(classes, zones).area_m2.index.tolist() == ["z4", "z3", "z2", "z1", "z0"]
    assert density_sums(density, zones).index.tolist() == ["z4", "z3", "z2", "z1", "z0"]


def test_sums_agree_with_exactextract(tmp_path) -> None:
    grid, _, density = scene(200, 260)
    zones = wiggly(grid, 8)
    path = tmp_path / "密度.tif"
    with rasterio.open(path, "w", driver="GTiff", height=200, width=260, count=1, dtype="float32", crs=EQUAL,
                       transform=grid.transform, nodata=np.nan) as out:  # fmt: skip
        out.write(density.to_numpy(), 1)
    theirs = exactextract.exact_extract(str(path), zones, ["sum", "count"], output="pandas")
    ours = cell_sums(open_raster(path, chunk=64), zones)
    np.testing.assert_allclose(ours["sum"], theirs["sum"], rtol=1e-9)  # its covered parts are float32
    np.testing.assert_allclose(ours["known_cells"], theirs["count"], rtol=1e-9)
    by_area = density_sums(open_raster(path, chunk=64), zones)  # cells of one hectare
    np.testing.assert_allclose(by_area["sum"], theirs["sum"], rtol=1e-8)


@pytest.mark.parametrize("crs", [4326, 3857, 4548, 32650, 6933])
def test_areas_are_those_of_the_ellipsoid_in_any_crs(crs: int) -> None:
    """Within 0.001 % of the geodesic area, degrees and Web Mercator included; zones come in another CRS."""
    town = shapely.Point(115.81, 29.25).buffer(0.05, quad_segs=64)
    zones = gpd.GeoDataFrame(geometry=[town], crs=4326)
    box = zones.to_crs(crs).total_bounds
    grid = Grid.from_bounds(tuple(box), (box[2] - box[0]) / 150, crs)
    codes = from_numpy(np.ones(grid.shape, np.uint8), grid)
    found = class_areas(codes, zones)
    assert found.area_m2.loc[0, 1] == pytest.approx(ellipsoid_area_m2(zones)[0], rel=1e-5)
    assert found.outside_m2.iloc[0] == 0


def test_townships_and_the_rest_are_the_whole() -> None:
    grid, classes, _ = scene(150, 170)
    west, south, east, north = grid.bounds
    cut = shapely.LineString([(west, south + 3000), (west + 6000, south + 9000), (east, north - 2000)])
    town = list(split(shapely.box(west + 500, south + 700, east - 900, north - 300), cut).geoms)
    rest = shapely.box(*grid.bounds).difference(shapely.union_all(town))
    zones = gpd.GeoDataFrame(geometry=[*town, rest], crs=EQUAL)
    whole = gpd.GeoDataFrame(geometry=[shapely.box(*grid.bounds)], crs=EQUAL)
    parts, all_ = class_areas(classes, zones), class_areas(classes, whole)
    np.testing.assert_allclose(parts.area_m2.sum(), all_.area_m2.iloc[0], rtol=1e-12)
    assert parts.nodata_m2.sum() == pytest.approx(all_.nodata_m2.iloc[0], rel=1e-12)


@settings(max_examples=25)
@given(st.integers(9, 61), st.integers(9, 81), st.integers(0, 5))
def test_tiling_conserves_everything(rows: int, cols: int, seed: int) -> None:
    """The same to 1e-12 whatever the chunks; parts of a cut raster sum to the whole to 1e-8 (areas are taken anew)."""
    grid, classes, density = scene(seed=seed)
    zones = wiggly(grid, 3)
    one = class_areas(classes.compute(), zones)
    tiled = class_areas(classes.chunk({"y": rows, "x": cols}), zones)
    pd.testing.assert_frame_equal(tiled.area_m2, one.area_m2, rtol=1e-12)
    sums = density_sums(density, zones)["sum"]
    pieces = [density.isel(y=y, x=x) for y in (slice(0, min(rows, 59)), slice(min(rows, 59), 60))
              for x in (slice(0, min(cols, 79)), slice(min(cols, 79), 80))]  # fmt: skip
    together = sum(density_sums(p, zones)["sum"] for p in pieces)
    np.testing.assert_allclose(together, sums, rtol=1e-8)


@settings(max_examples=20)
@given(st.integers(0, 50))
def test_nodata_is_area_and_never_carbon(seed: int) -> None:
    """A hole in the map moves area from known to nodata and takes exactly its own carbon away."""
    grid, _, density = scene(seed=seed)
    zones = wiggly(grid, 3, seed)
    full = density.fillna(0.0)
    holed = full.where(np.random.default_rng(seed).random(grid.shape) > 0.3)
    a, b = density_sums(full, zones), density_sums(holed, zones)
    np.testing.assert_allclose(b["known_m2"] + b["nodata_m2"], a["known_m2"], rtol=1e-12)
    lost = density_sums(full.where(np.isnan(holed), 0.0), zones)["sum"]
    np.testing.assert_allclose(b["sum"] + lost, a["sum"], rtol=1e-11)
    assert (b["nodata_m2"] > 0).all()


def test_more_than_255_overlapping_zones() -> None:
    _, classes, _ = scene()
    boxes = [shapely.box(X + 10 * i, Y - 5000, X + 10 * i + 1234, Y - 100) for i in range(400)]
    areas = class_areas(classes, gpd.GeoDataFrame(geometry=boxes, crs=EQUAL))
    np.testing.assert_allclose(areas.total_m2, 1234 * 4900, rtol=1e-7)


def test_land_beyond_the_raster_is_reported() -> None:
    grid, classes, density = scene()
    east = grid.bounds[2]
    zones = gpd.GeoDataFrame(geometry=[shapely.box(east - 1000, Y - 1000, east + 3000, Y), None,
                                       shapely.box(east + 1e5, Y, east + 2e5, Y + 10)], crs=EQUAL)  # fmt: skip
    areas, sums = class_areas(classes, zones), density_sums(density, zones)
    assert areas.outside_m2.iloc[0] == pytest.approx(3e6, rel=1e-6)
    assert areas.total_m2.iloc[0] == pytest.approx(4e6, rel=1e-6)
    assert sums["sum"].iloc[2] == 0
    assert np.isnan(sums["mean"].iloc[2])
    assert areas.total_m2.iloc[1] == 0


def test_what_cannot_be_counted_is_refused() -> None:
    grid, classes, density = scene()
    zones = wiggly(grid, 2)
    with pytest.raises(InputError, match="whole numbers"):
        class_areas(density, zones)
    moved = density.assign_coords(x=density.x + 50.0)
    with pytest.raises(InputError, match="one grid"):
        class_sums(classes, moved, zones)
    wild = from_numpy(np.array([[0, 10_000_000]], np.int32), Grid.from_bounds((X, Y - 100, X + 200, Y), 100.0, EQUAL))
    with pytest.raises(InputError, match="no land-cover"):
        class_areas(wild, gpd.GeoDataFrame(geometry=[shapely.box(X, Y - 100, X + 200, Y)], crs=EQUAL))


@settings(max_examples=8)
@given(st.sampled_from([4326, 3857, 32650]), st.integers(0, 20))
def test_reprojection_conserves_a_stock(crs: int, seed: int) -> None:
    """Patches of 10 x 10 cells warped to another CRS at an eighth of the cell: within 0.5 % of stock and area."""
    rng = np.random.default_rng(seed)
    home = Grid.from_bounds((400_000, 3_230_000, 406_000, 3_236_000), 100.0, "EPSG:4548")
    patches = np.kron(rng.choice(np.array([1, 2, 3], np.uint8), (6, 6)), np.ones((10, 10), np.uint8))
    raster = from_numpy(patches, home)
    zone = gpd.GeoDataFrame(geometry=[shapely.box(400_400, 3_230_300, 405_700, 3_235_800)], crs=4548)
    box = gpd.GeoSeries([shapely.box(*home.bounds).segmentize(200)], crs=4548).to_crs(crs).total_bounds
    step = (box[2] - box[0]) / 480
    there = Grid.from_bounds(tuple(box), step, crs)
    out = np.zeros(there.shape, np.uint8)
    rasterio.warp.reproject(patches, out, src_transform=home.transform, src_crs=home.crs.to_wkt(),
                            dst_transform=there.transform, dst_crs=there.crs.to_wkt(), resampling=0)  # fmt: skip
    moved = from_numpy(out, there)
    moved.attrs["nodata"] = 0
    stock = {1: 120.0, 2: 85.0, 3: 0.0}
    here, gone = (class_areas(a, zone).area_m2.iloc[0] for a in (raster, moved))
    assert gone.sum() == pytest.approx(here.sum(), rel=5e-3)
    totals = [sum(a * stock[int(c)] for c, a in areas.items()) for areas in (here, gone)]
    assert totals[1] == pytest.approx(totals[0], rel=5e-3)
