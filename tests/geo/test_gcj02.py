"""The shift of Chinese web maps, and its way back."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from guanghui.geo import Notes
from guanghui.geo.errors import InputError
from guanghui.geo.gcj02 import from_gcj02, gcj02_to_wgs84, shift_of, wgs84_to_gcj02
from guanghui.geo.vector import read_layer

GEOD = Geod(ellps="WGS84")


@pytest.mark.parametrize(
    ("true", "shifted"),
    [
        ((121.5272106, 31.1774276), (121.531541859215, 31.17530398364597)),
        ((113.912316, 22.543847), (113.9171764808363, 22.540796131694766)),
        ((116.377817, 39.911954), (116.38404722455657, 39.91334545536069)),
    ],
)  # Shanghai, Shenzhen, Beijing: the test points of eviltransform
def test_the_shift_is_that_of_other_implementations(true, shifted):
    found = wgs84_to_gcj02(*true)
    assert GEOD.inv(*shifted, float(found[0]), float(found[1]))[2] < 0.01


@pytest.mark.parametrize(("lon", "lat", "metres"), [(119.5, 31.2, 539), (120.6, 28.0, 541)])
def test_it_is_as_far_as_others_measured(lon: float, lat: float, metres: float):
    there = wgs84_to_gcj02(lon, lat)
    assert GEOD.inv(lon, lat, float(there[0]), float(there[1]))[2] == pytest.approx(metres, abs=1.0)


@given(st.floats(74, 134), st.floats(18, 53))
def test_there_and_back_is_the_same_point(lon: float, lat: float):
    back = gcj02_to_wgs84(*wgs84_to_gcj02(lon, lat))
    assert GEOD.inv(lon, lat, float(back[0]), float(back[1]))[2] < 1e-4


def test_what_is_no_degree_of_china_is_refused():
    with pytest.raises(InputError, match="inside China"):
        gcj02_to_wgs84([390_000.0], [3_240_000.0])
    with pytest.raises(InputError, match="inside China"):
        gcj02_to_wgs84([12.0], [57.7])
    assert gcj02_to_wgs84([], [])[0].size == 0


@pytest.mark.parametrize(("text", "yes"), [("gcj02", True), ("GCJ-02", True), ("EPSG:4326", False), (None, False)])
def test_only_a_declaration_counts(text, yes: bool):
    assert (shift_of(text) == "gcj02") is yes


def test_a_layer_is_converted_only_where_it_is_declared(tmp_path: Path):
    true = gpd.GeoDataFrame({"n": ["a"]}, geometry=[shapely.box(115.80, 29.20, 115.801, 29.201)], crs=4490)
    corners = shapely.get_coordinates(true.geometry.to_numpy())
    shifted = shapely.set_coordinates(true.geometry.to_numpy().copy(), np.column_stack(wgs84_to_gcj02(*corners.T)))
    path = tmp_path / "web.gpkg"
    true.set_geometry(gpd.GeoSeries(shifted, crs=4490)).to_file(path)
    notes = Notes()
    back = read_layer(path, crs="GCJ-02", notes=notes)
    assert shapely.hausdorff_distance(back.geometry.iloc[0], true.geometry.iloc[0]) < 1e-9
    assert any("GCJ-02" in note.text for note in notes)
    plain = read_layer(path, notes=Notes())
    assert shapely.hausdorff_distance(plain.geometry.iloc[0], true.geometry.iloc[0]) > 1e-3
    metric = true.to_crs(4548)
    metric.to_file(tmp_path / "m.gpkg")
    with pytest.raises(InputError, match=r"m\.gpkg: GCJ-02"):
        read_layer(tmp_path / "m.gpkg", crs="gcj02")


def test_attributes_and_order_stay(tmp_path: Path):
    frame = gpd.GeoDataFrame({"n": [3, 1]}, geometry=gpd.points_from_xy([115.8, 116.0], [29.2, 29.3]), index=[7, 5])
    moved = from_gcj02(frame)
    assert moved["n"].tolist() == [3, 1]
    assert moved.index.tolist() == [7, 5]
    assert moved.crs.to_epsg() == 4326
