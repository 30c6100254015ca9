"""Ground belongs to one outline: areas add up to the area of the union."""

import time

import geopandas as gpd
import numpy as np
import pytest
import shapely

from guanghui.geo.disjoint import disjoint, holders, one_outline_each
from guanghui.geo.notes import Notes


def boxes(*corners):
    return np.array([shapely.box(*c) for c in corners])


def test_podium_and_towers():
    shapes = boxes((0, 0, 40, 30), (5, 5, 15, 15), (20, 5, 30, 15))
    out = disjoint(shapes)
    assert shapely.area(out).tolist() == [1000, 100, 100]
    assert shapely.area(shapes).tolist() == [1200, 100, 100]


def test_random_outlines_keep_the_union_and_are_quick():
    rng = np.random.default_rng(1)
    x, y = rng.uniform(0, 4000, (2, 20_000))
    w, h = rng.uniform(4, 30, (2, 20_000))
    shapes = shapely.box(x, y, x + w, y + h)
    start = time.process_time()
    out = disjoint(shapes)
    assert time.process_time() - start < 6  # 2 s on an idle core
    assert shapely.area(out).sum() == pytest.approx(shapely.union_all(shapes).area, rel=1e-9)


def test_yards_and_covered_outlines_are_named():
    roofs = [(i * 12, 0, i * 12 + 10, 10) for i in range(6)]
    halves = [(200, 0, 205, 10), (205, 0, 210, 10), (200, 0, 210, 10)]
    shapes = boxes((-20, -20, 100, 60), *roofs, *halves)
    assert holders(shapes).tolist() == [True] + [False] * 9
    notes = Notes()
    frame = gpd.GeoDataFrame({"building_id": [f"b{i}" for i in range(10)]}, geometry=shapes, crs="EPSG:4548")
    out = one_outline_each("f.gpkg", frame, notes)
    assert out["footprint_m2"].sum() == pytest.approx(700)
    said = " ".join(n.text for n in notes)
    assert "yards or parcels, not roofs: b0" in said
    assert "1 outlines were covered fully" in said


def test_a_second_source_shifted_adds_only_its_margin():
    first = boxes(*[(i * 20, 0, i * 20 + 10, 10) for i in range(5)])
    both = np.r_[first, shapely.box(*(shapely.bounds(first) + 1).T)]
    assert shapely.area(disjoint(both)).sum() == pytest.approx(shapely.union_all(both).area, rel=1e-9)
