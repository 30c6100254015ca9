from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from guanghui.geo.burn import burn
from guanghui.geo.cellarea import cell_areas
from guanghui.geo.coverage import coverage
from guanghui.geo.grid import Grid, cell_area_m2
from guanghui.geo.raster import from_numpy

CRS = "EPSG:4548"
GRID = Grid.from_bounds((0, 0, 20, 15), 1.0, CRS)

# GEOS, the truth here, takes a triangle with a corner at 1e-190 for three whole cells: nine decimals are enough
# whole and half numbers put vertices and edges onto grid lines, where a cut is easily lost
coordinate = st.one_of(st.integers(-6, 26).map(float), st.integers(-12, 52).map(lambda v: v / 2),
                       st.floats(-6, 26).map(lambda v: round(v, 9)))  # fmt: skip
ring = st.lists(st.tuples(coordinate, coordinate), min_size=3, max_size=9)


def polygon(points) -> shapely.Geometry:
    shape = shapely.make_valid(shapely.Polygon(points), method="structure", keep_collapsed=False)
    assume(shape.area > 1e-6)
    return shape


def parts(shape, grid: Grid = GRID) -> np.ndarray:
    """Covered part of every cell, from runs and border cells."""
    c = coverage(gpd.GeoSeries([shape], crs=CRS), grid)
    out = np.zeros(grid.shape)
    for row, start, stop in zip(c.run_row, c.run_start, c.run_stop, strict=True):
        out[row, start:stop] += 1.0
    np.add.at(out, (c.edge_row, c.edge_col), c.edge_part)
    return out


def brute(shape, grid: Grid = GRID) -> np.ndarray:
    """The same by intersecting every cell with the polygon."""
    west, _, _, north = grid.bounds
    rows, cols = np.indices(grid.shape)
    cells = shapely.box(west + cols, north - rows - 1, west + cols + 1, north - rows)
    return shapely.area(shapely.intersection(cells, shape))


@settings(max_examples=120)
@given(ring)
def test_every_cell_is_covered_by_as_much_as_its_intersection_says(points) -> None:
    shape = polygon(points)
    np.testing.assert_allclose(parts(shape), brute(shape), atol=1e-9)


@settings(max_examples=60)
@given(ring, ring)
def test_holes_and_parts(points, hole) -> None:
    shape = shapely.difference(polygon(points), polygon(hole))
    assume(shape.area > 1e-6 and shape.geom_type in ("Polygon", "MultiPolygon"))
    np.testing.assert_allclose(parts(shape), brute(shape), atol=1e-9)


def test_the_covered_area_is_that_of_the_polygon_inside_the_raster() -> None:
    """Cross-check 7: exact coverage sums to the planar area to 1e-12."""
    angle = np.linspace(0, 2 * np.pi, 361)[:-1]
    radius = 6 * (1 + 0.2 * np.sin(3 * angle) + 0.05 * np.sin(19 * angle))
    shape = shapely.Polygon(np.c_[14 + radius * np.cos(angle), 8 + radius * np.sin(angle)])
    inside = shape.intersection(shapely.box(*GRID.bounds)).area
    assert parts(shape).sum() == pytest.approx(inside, rel=1e-12)


def test_a_level_edge_inside_a_row_of_cells_is_not_lost() -> None:
    """The border runs along the middle of many cells without crossing a line between rows."""
    assert parts(shapely.box(2.25, 3.5, 17.75, 9.25)).sum() == pytest.approx(15.5 * 5.75, rel=1e-14)


def test_zones_may_overlap_and_be_many() -> None:
    boxes = [shapely.box(x, 2, x + 5.5, 12.5) for x in np.linspace(0, 14, 700)]
    cells = coverage(gpd.GeoSeries(boxes, crs=CRS), GRID).cells()
    np.testing.assert_allclose(cells, 5.5 * 10.5, rtol=1e-12)


def test_missing_and_empty_shapes_cover_nothing() -> None:
    shapes = gpd.GeoSeries([None, shapely.Polygon(), shapely.box(0, 0, 2, 2), shapely.box(90, 90, 95, 95)], crs=CRS)
    assert coverage(shapes, GRID).cells().tolist() == [0, 0, 4, 0]


def test_a_polygon_around_the_raster_covers_it_all() -> None:
    assert coverage(gpd.GeoSeries([shapely.box(-50, -50, 80, 70)], crs=CRS), GRID).cells().tolist() == [300.0]


@pytest.mark.parametrize("chunk", [3, 7, 20])
def test_burning_gives_the_cell_to_the_largest_part_whatever_the_chunks(chunk: int) -> None:
    zones = gpd.GeoDataFrame(geometry=[shapely.box(0, 0, 5.4, 15), shapely.box(5.4, 0, 10.7, 15)], crs=CRS)
    like = from_numpy(np.zeros(GRID.shape), GRID).chunk({"y": chunk, "x": chunk})
    owner = burn(like, zones).compute().to_numpy()
    assert (owner[:, :5] == 0).all()
    assert (owner[:, 5] == 1).all()  # 0.4 of the cell against 0.6
    assert (owner[:, 10] == 1).all()
    assert (owner[:, 11:] == -1).all()


def test_a_cell_less_than_half_covered_stays_free() -> None:
    zones = gpd.GeoDataFrame(geometry=[shapely.box(0, 0, 5.49, 15)], crs=CRS)
    owner = burn(from_numpy(np.zeros(GRID.shape), GRID), zones).to_numpy()
    assert (owner[:, 5] == -1).all()


@pytest.mark.parametrize(("crs", "x", "y", "cell"), [
    ("EPSG:3857", 12_890_000, 3_400_000, 30.0), ("EPSG:4548", 400_000, 3_230_000, 30.0),
    ("EPSG:32650", 700_000, 3_230_000, 500.0), ("EPSG:2236", 700_000, 500_000, 100.0), ("EPSG:4326", 115, 29, 0.001),
])  # fmt: skip
def test_block_wise_cell_areas_are_the_exact_ones(crs: str, x: float, y: float, cell: float) -> None:
    grid = Grid.from_bounds((x, y - cell * 300, x + cell * 400, y), cell, crs)
    areas = cell_areas(grid)
    whole = areas.block(slice(0, grid.height), slice(0, grid.width))
    np.testing.assert_allclose(whole, np.broadcast_to(cell_area_m2(grid), grid.shape), rtol=5e-7)
    np.testing.assert_array_equal(areas.block(slice(20, 60), slice(150, 290)), whole[20:60, 150:290])
