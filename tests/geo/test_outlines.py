"""Overlapping outlines: every square metre once, towers out of podiums, two drawings as one, yards named."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import CRS

from guanghui.geo.buildings import read_buildings
from guanghui.geo.errors import InputError
from guanghui.geo.gcj02 import gcj02_to_bd09, wgs84_to_gcj02
from guanghui.geo.grid import Grid
from guanghui.geo.notes import Notes
from guanghui.geo.outlines import disjoint, holders
from guanghui.pv.roofs.cells import RoofCells

METRIC = CRS.from_epsg(32650)
WEST, SOUTH = 400_000.0, 3_200_000.0


def boxes(rows: list[tuple[float, float, float, float]]) -> np.ndarray:
    return np.array([shapely.box(x, y, x + w, y + h) for x, y, w, h in rows])


# GEOS divides by zero on coordinates of 1e-295; a metre to six decimals is finer than any survey
SPOT, SIDE = (st.floats(a, b).map(lambda v: round(v, 6)) for a, b in ((0, 60), (3, 40)))
ROWS = st.lists(st.tuples(SPOT, SPOT, SIDE, SIDE), min_size=1, max_size=14)


@settings(max_examples=200)
@given(ROWS, st.sampled_from([0.0, 4.0]))
def test_the_areas_sum_to_the_union_and_nothing_overlaps(rows, least) -> None:
    shapes = boxes(rows)
    found = disjoint(shapes, least_m2=least)
    union = shapely.area(shapely.union_all(shapes))
    assert shapely.area(found.shapes).sum() == pytest.approx(union, rel=1e-9)
    kept = found.shapes[~shapely.is_empty(found.shapes)]
    assert shapely.is_valid(kept).all()
    one, two = shapely.STRtree(kept).query(kept, predicate="intersects")
    shared = shapely.area(shapely.intersection(kept[one], kept[two]))[one != two]
    assert (shared < 1e-5).all()
    assert (shapely.is_empty(found.shapes) == (found.into != np.arange(len(rows)))).all()


def test_towers_stand_out_of_their_podium() -> None:
    found = disjoint(boxes([(0, 0, 60, 40), (5, 5, 15, 15), (30, 10, 12, 20)]), least_m2=4)
    assert shapely.area(found.shapes).tolist() == [2400 - 225 - 240, 225, 240]
    assert found.trimmed.tolist() == [True, False, False]
    assert found.overlap_m2 == pytest.approx(465)


@pytest.mark.parametrize("shift", [0.0, 0.5, 1.0, 2.0])
def test_a_second_source_beside_the_first_counts_no_roof_twice(shift: float) -> None:
    first = boxes([(40.0 * i, 0.0, 12.0, 10.0) for i in range(50)])
    second = shapely.transform(first, lambda c: c + np.array([shift, 0.5 * shift]))
    found = disjoint(np.r_[first, second], least_m2=4)
    assert int((~shapely.is_empty(found.shapes)).sum()) == 50
    assert found.twice.sum() == 50


def test_a_yard_round_many_buildings_is_named_and_a_podium_is_not() -> None:
    yard = [(0, 0, 100, 100), *((10.0 * i, 10, 6, 6) for i in range(7))]
    podium = [(200, 0, 80, 60), *((205.0 + 18 * i, 10, 12, 12) for i in range(4))]
    assert np.flatnonzero(holders(boxes([*yard, *podium]))).tolist() == [0]
    park = [(0, 0, 250, 200), (10, 10, 20, 20), (100, 100, 20, 20)]
    assert np.flatnonzero(holders(boxes(park))).tolist() == [0]


@pytest.fixture
def towns() -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame({"code": ["1"], "name": ["镇"]}, crs=METRIC,
                            geometry=[shapely.box(WEST, SOUTH, WEST + 1000, SOUTH + 1000)])  # fmt: skip


def layer(path: Path, rows: list[tuple[float, float, float, float]], **columns: object) -> Path:
    shapes = shapely.transform(boxes(rows), lambda c: c + np.array([WEST, SOUTH]))
    gpd.GeoDataFrame(pd.DataFrame(columns), geometry=shapes, crs=METRIC).to_file(path)
    return path


def test_roofs_read_from_a_layer_cover_its_union_once(tmp_path: Path, towns: gpd.GeoDataFrame) -> None:
    rows = [(100, 100, 60, 40), (105, 105, 15, 15), (300, 100, 12, 10), (301, 100.5, 12, 10), (500, 500, 20, 20),
            (0, 0, 3000, 3000)]  # fmt: skip
    heights = [12.0, 60.0, None, 9.0, 6.0, 5.0]
    notes = Notes()
    found = read_buildings(layer(tmp_path / "roofs.gpkg", rows, id=list("abcdef"), h=heights), towns, METRIC, id="id",
                           height="h", notes=notes)  # fmt: skip
    assert found["building_id"].tolist() == ["a", "b", "c", "e"]
    union = shapely.area(shapely.union_all(boxes(rows[:5])))
    assert found["footprint_m2"].sum() == pytest.approx(union, rel=1e-9)
    assert found.attrs["overlap_m2"] == pytest.approx(15 * 15 + 11 * 9.5)
    assert found.set_index("building_id")["height_m"].to_dict() == {"a": 12.0, "b": 60.0, "c": 9.0, "e": 6.0}
    said = " ".join(n.text for n in notes)
    assert "f (9,000,000 m²)" in said
    assert "1 gave the part to those inside them, 1 were a second drawing" in said
    grid = Grid.from_bounds((WEST, SOUTH, WEST + 1000, SOUTH + 1000), 1.0, METRIC)
    cells = RoofCells.inside(found.geometry.to_numpy(), grid, 0.5)
    assert cells.ground_m2.sum() == pytest.approx(union, rel=1e-9)


@pytest.mark.parametrize("shift", ["gcj02", "bd09"])
@pytest.mark.parametrize("where", ["all outside", "half outside"])
def test_an_undeclared_shift_is_named_and_never_applied(tmp_path: Path, shift: str, where: str) -> None:
    """50 roofs shifted some 400 m (1,000 m) against a township that holds all of them, or just ends beside them."""
    rows = [(20.0 * (k % 10), 20.0 * (k // 10), 12.0, 12.0) for k in range(50)]
    true = gpd.GeoDataFrame(geometry=shapely.transform(boxes(rows), lambda c: c + np.array([WEST, SOUTH])), crs=METRIC)
    move = {"gcj02": wgs84_to_gcj02, "bd09": lambda x, y: gcj02_to_bd09(*wgs84_to_gcj02(x, y))}[shift]
    moved = true.to_crs(4326)
    moved = moved.set_geometry(
        gpd.GeoSeries(shapely.transform(moved.geometry.to_numpy(), move, interleaved=False), crs=4326)
    )
    path = tmp_path / "roofs.geojson"
    moved.to_file(path)
    east, north = (moved.to_crs(METRIC).total_bounds - true.total_bounds)[:2]
    reach = (0.0, 0.0) if where == "all outside" else (east + 92.0, north + 300.0)
    west, south, right, top = true.total_bounds
    zone = shapely.union(shapely.box(west - 5, south - 5, right + 5, top + 5),
                         shapely.box(west + east, south + north, west + reach[0], south + reach[1])
                         if where == "half outside" else shapely.Polygon())  # fmt: skip
    town = gpd.GeoDataFrame({"code": ["1"], "name": ["镇"]}, geometry=[zone], crs=METRIC)
    wanted = f"with {'GCJ-02' if shift == 'gcj02' else 'BD-09'} 50 of 50 would lie inside"
    notes = Notes()
    if where == "all outside":
        with pytest.raises(InputError, match=wanted):
            read_buildings(path, town, METRIC, notes=notes)
    else:
        found = read_buildings(path, town, METRIC, notes=notes)
        assert 0 < len(found) < 50
        assert any(wanted in note.text for note in notes)
    back = read_buildings(path, town, METRIC, file_crs=shift)
    assert len(back) == 50
    assert (
        shapely.distance(back.geometry.centroid.to_numpy(), true.geometry.centroid.to_numpy()[_order(back)]).max()
        < 0.01
    )


def _order(found: gpd.GeoDataFrame) -> np.ndarray:
    """Position of each roof in the layer, from the running number of its id."""
    return found["building_id"].str[1:].astype(int).to_numpy() - 1
