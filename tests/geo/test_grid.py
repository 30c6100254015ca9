from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Transformer

from guanghui.geo.errors import InputError
from guanghui.geo.grid import Grid, cell_area_m2
from guanghui.geo.vector import ellipsoid_area_m2

ALBERS = "+proj=aea +lat_1=25 +lat_2=47 +lat_0=0 +lon_0=105 +datum=WGS84 +units=m"
PLACES = {
    "Rongjiang": (114.9, 25.8),
    "Gongqingcheng": (115.81, 29.25),
    "Yancheng": (120.6, 33.5),
    "Queenstown": (168.7, -45.0),
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("crs", [4326, 4490, 3857, 32650, 4548, ALBERS, 6933])
def test_cell_areas_are_those_of_the_ellipsoid(place: str, crs) -> None:
    """Below 0.001 % of the geodesic area in any CRS, Web Mercator included."""
    lon, lat = PLACES[place]
    if crs in (4548, 32650, ALBERS) and place == "Queenstown":
        pytest.skip("far outside the area of this projection")
    box = (lon - 0.1, lat - 0.09, lon + 0.1, lat + 0.09)
    if crs not in (4326, 4490):
        box = Transformer.from_crs(4326, crs, always_xy=True).transform_bounds(*box)
    cell = (box[2] - box[0]) / 200
    grid = Grid.from_bounds(box, cell, crs)
    areas = np.broadcast_to(cell_area_m2(grid), grid.shape)
    frame = gpd.GeoDataFrame(geometry=[shapely.box(*grid.bounds).segmentize(cell)], crs=grid.crs.to_wkt())
    if crs in (4326, 4490):  # the cells' edges are parallels, not geodesics: densify to follow them
        frame.geometry = frame.geometry.segmentize(1e-4)
    assert areas.sum() == pytest.approx(ellipsoid_area_m2(frame)[0], rel=1e-5)


@pytest.mark.parametrize("crs", [4326, 3857, 4548])
def test_a_window_has_the_areas_of_its_place(crs) -> None:
    box = (
        (115.7, 29.2, 115.9, 29.4)
        if crs == 4326
        else Transformer.from_crs(4326, crs, always_xy=True).transform_bounds(115.7, 29.2, 115.9, 29.4)
    )
    grid = Grid.from_bounds(box, (box[2] - box[0]) / 97, crs)
    whole = np.broadcast_to(cell_area_m2(grid), grid.shape)
    part = cell_area_m2(grid, slice(10, 30), slice(40, 70))
    np.testing.assert_allclose(np.broadcast_to(part, (20, 30)), whole[10:30, 40:70], rtol=1e-9)


@settings(max_examples=60)
@given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6), st.floats(1, 5e4), st.floats(1, 5e4), st.floats(0.2, 100))
def test_a_grid_holds_the_bounds_it_was_made_for(x: float, y: float, w: float, h: float, cell: float) -> None:
    grid = Grid.from_bounds((x, y, x + w, y + h), cell, 4548)
    west, south, east, north = grid.bounds
    slack = cell * 1e-6
    assert west <= x + slack
    assert south <= y + slack
    assert east >= x + w - slack
    assert north >= y + h - slack
    assert east - west <= w + 2 * cell + slack


def test_windows_parts_and_padding_agree() -> None:
    grid = Grid.from_bounds((0, 0, 100, 50), 1.0, 4548)
    rows, cols = grid.window((10.2, 5.5, 20.7, 9.9))
    part = grid.part(rows, cols)
    assert part.bounds == (10.0, 5.0, 21.0, 10.0)
    assert grid.pad(3).bounds == (-3, -3, 103, 53)
    assert grid.window((200, 200, 300, 300))[1] == slice(100, 100)


def test_matching_is_strict_to_a_millionth_of_a_cell() -> None:
    grid = Grid.from_bounds((0, 0, 100, 50), 1.0, 4548)
    t = grid.transform
    assert grid.matches(Grid(grid.crs, Affine(t.a, 0, t.c + 1e-8, 0, t.e, t.f), grid.width, grid.height))
    assert not grid.matches(Grid(grid.crs, Affine(t.a, 0, t.c + 0.5, 0, t.e, t.f), grid.width, grid.height))
    assert not grid.matches(Grid.from_bounds((0, 0, 100, 50), 1.0, 4549))


def test_south_up_and_rotated_grids_are_refused() -> None:
    with pytest.raises(InputError, match="north-up"):
        Grid(4548, Affine(1, 0, 0, 0, 1, 0), 5, 5)
    with pytest.raises(InputError, match="north-up"):
        Grid(4548, Affine(1, 0.2, 0, 0, -1, 0), 5, 5)
