"""Rectangles in polygons, against lattices tried one by one and plain geometry."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pvlib
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from guanghui.pv.energy.system import flat_rows
from guanghui.pv.roofs.modules import Mount, lay_modules, main_direction
from guanghui.pv.roofs.packing import Packed, Tile, best_packing, pack
from guanghui.pv.settings import PvSettings

MODULE = Tile(1.134, 2.278, 2.298, 0.02)


def boxes(packed: Packed) -> np.ndarray:
    u, v = packed.corner.T
    return shapely.box(u, v, u + packed.tile.width, v + packed.tile.depth)


def blob(seed: int, size: float = 22.0) -> shapely.Geometry:
    """A random convex outline with a round and a square hole."""
    rng = np.random.default_rng(seed)
    outline = shapely.convex_hull(shapely.MultiPoint(rng.uniform(0, size, (7, 2))))
    x, y = rng.uniform(4, size - 4, 2)
    a, b = rng.uniform(4, size - 4, 2)
    return outline.difference(shapely.Point(x, y).buffer(1.5)).difference(shapely.box(a, b, a + 2, b + 3))


def lattice(polygon: shapely.Geometry, tile: Tile, steps: int = 8) -> int:
    """Most tiles of one rigid lattice, over steps × steps offsets."""
    west, south, east, north = polygon.bounds
    shapely.prepare(polygon)
    best = 0
    for i in range(steps):
        for j in range(steps):
            u = np.arange(west - (tile.width + tile.gap) * i / steps, east, tile.width + tile.gap)
            v = np.arange(south - tile.pitch * (1 - j / steps), north, tile.pitch)
            corner = np.array(np.meshgrid(u, v)).reshape(2, -1)
            tiles = shapely.box(corner[0], corner[1], corner[0] + tile.width, corner[1] + tile.depth)
            best = max(best, int(shapely.contains(polygon, tiles).sum()))
    return best


@pytest.mark.parametrize("seed", range(12))
def test_no_lattice_holds_more(seed: int) -> None:
    polygon = blob(seed)
    assert len(pack(polygon, MODULE)) >= lattice(polygon, MODULE) > 3


@settings(max_examples=30)
@given(st.integers(0, 10_000), st.floats(0.5, 3), st.floats(0.5, 3), st.floats(0, 2), st.floats(0, 0.1))
def test_tiles_lie_inside_and_apart(seed: int, width: float, depth: float, aisle: float, gap: float) -> None:
    polygon = blob(seed)
    packed = pack(polygon, Tile(width, depth, depth + aisle, gap))
    tiles = boxes(packed)
    assert shapely.contains(polygon.buffer(1e-5), tiles).all()
    assert shapely.union_all(tiles).area == pytest.approx(len(packed) * width * depth, rel=1e-6)
    rows = np.unique(packed.corner[:, 1])
    assert (np.diff(rows) >= depth + aisle - 1e-6).all()


def test_a_rectangle_is_filled_to_the_last_row() -> None:
    tile = Tile(1.0, 2.0, 2.0, 0.0)
    assert len(pack(shapely.box(3, 5, 13, 15), tile)) == 50
    assert len(pack(shapely.box(0, 0, 10, 9.99), tile)) == 40
    assert len(pack(shapely.box(0, 0, 10, 10).difference(shapely.box(4, 4, 6, 6)), tile)) == 48


def test_two_parts_and_nothing() -> None:
    parts = shapely.MultiPolygon([shapely.box(0, 0, 2, 2), shapely.box(5, 7, 7, 9)])
    assert len(pack(parts, Tile(1.0, 2.0, 2.0, 0.0))) == 4
    assert len(pack(shapely.Polygon(), MODULE)) == 0
    assert len(pack(shapely.box(0, 0, 1, 1), MODULE)) == 0


def test_the_rectangle_that_fills_more_is_taken() -> None:
    portrait, landscape = Tile(1.0, 2.0, 2.0, 0.0), Tile(2.0, 1.0, 1.0, 0.0)
    assert best_packing(shapely.box(0, 0, 5, 2), [portrait, landscape]).tile == portrait
    assert best_packing(shapely.box(0, 0, 2, 5), [portrait, landscape]).tile == landscape


@pytest.mark.parametrize("turn", [0.0, 17.0, 45.5, 89.0])
def test_the_main_direction_of_a_turned_block(turn: float) -> None:
    block = shapely.affinity.rotate(shapely.box(0, 0, 30, 10).union(shapely.box(0, 0, 8, 20)), -turn)
    assert (main_direction(block) - turn + 45) % 90 - 45 == pytest.approx(0, abs=1e-6)


def pitched(tilt: float, azimuth: float) -> Mount:
    rise, toward = np.tan(np.radians(tilt)), np.radians(azimuth)
    return Mount((-rise * np.sin(toward), -rise * np.cos(toward)), tilt, azimuth, rack=False)


@pytest.mark.parametrize(
    ("tilt", "azimuth", "direction"), [(30.0, 180.0, 0.0), (25.0, 117.0, 30.0), (40.0, 300.0, 5.0)]
)
def test_modules_on_a_slope(tilt: float, azimuth: float, direction: float) -> None:
    settings = PvSettings()
    free = shapely.affinity.rotate(shapely.box(0, 0, 14, 9), -azimuth)
    laid = lay_modules(free, pitched(tilt, azimuth), direction, flat_rows(settings, 29.0), settings)
    shapes = laid["geometry"].to_numpy()
    assert len(laid) > 20
    assert shapely.contains(free.buffer(1e-5), shapes).all()
    size = settings.module_length_m * settings.module_width_m
    np.testing.assert_allclose(shapely.area(shapes), size * np.cos(np.radians(tilt)), rtol=1e-9)
    assert shapely.union_all(shapes).area == pytest.approx(shapely.area(shapes).sum(), rel=1e-6)
    a, b = pitched(tilt, azimuth).slope
    for shape in shapes[:3]:  # lifted onto the roof they are rectangles of the module's size
        x, y = shapely.get_coordinates(shape).T
        edge = np.diff(np.column_stack([x, y, a * x + b * y]), axis=0)
        assert edge[0] @ edge[1] == pytest.approx(0, abs=1e-9)
        assert sorted(np.linalg.norm(edge[:2], axis=1)) == pytest.approx([1.134, 2.278])


def test_modules_follow_the_eaves_when_lidar_turns_the_face_a_little() -> None:
    settings = PvSettings()
    free = shapely.box(0, 0, 16, 7)
    laid = lay_modules(free, pitched(30.0, 184.0), 0.0, flat_rows(settings, 29.0), settings)
    exact = lay_modules(free, pitched(30.0, 180.0), 0.0, flat_rows(settings, 29.0), settings)
    assert len(laid) == len(exact)


def test_a_level_roof_flush_follows_its_walls() -> None:
    settings = PvSettings(preset="flush")
    free = shapely.affinity.rotate(shapely.box(0, 0, 20, 8), 33)
    laid = lay_modules(
        free, Mount((0.0, 0.0), 0.0, 77.0, False), main_direction(free), flat_rows(settings, 29), settings
    )
    first = shapely.get_coordinates(laid["geometry"].iloc[0])
    edge = np.degrees(np.arctan2(*(first[1] - first[0]))) % 90
    assert (edge - main_direction(free) + 45) % 90 - 45 == pytest.approx(0, abs=1e-6)
    assert len(laid) * 1.134 * 2.278 > 0.8 * free.area


def solstice_sun(latitude: float, hour: float) -> tuple[float, float]:
    """Elevation and azimuth of the sun at a true solar time of the winter solstice, by pvlib (NREL SPA) [°]."""
    guess = pd.Timestamp("2021-12-21 00:00", tz="UTC") + pd.Timedelta(hours=hour)
    equation = float(pvlib.solarposition.equation_of_time_spencer71(guess.day_of_year))
    time = pd.DatetimeIndex([guess - pd.Timedelta(minutes=equation)])
    sun = pvlib.solarposition.get_solarposition(time, latitude, 0.0)
    return float(sun["elevation"].iloc[0]), float(sun["azimuth"].iloc[0])


@pytest.mark.parametrize("latitude", [22.0, 29.3, 36.0])
@pytest.mark.parametrize("tilt", [10.0, 20.0])
def test_rows_throw_no_shade_on_each_other_at_the_winter_solstice(latitude: float, tilt: float) -> None:
    settings = PvSettings(rack_tilt=tilt, rack_gcr=0.2)
    rows = flat_rows(settings, latitude)
    roof = shapely.box(0, 0, 25, 40)
    laid = lay_modules(roof, Mount((0.0, 0.0), tilt, 180.0, True), 0.0, rows, settings)
    bounds = shapely.bounds(laid["geometry"].to_numpy())
    south = np.unique(bounds[:, 1].round(6))
    north = np.unique(bounds[:, 3].round(6))
    assert len(south) > 5
    long = settings.module_length_m if laid["portrait"].iloc[0] else settings.module_width_m
    top = long * np.sin(np.radians(tilt))
    for hour in (9.0, 10.5, 12.0, 15.0):
        elevation, azimuth = solstice_sun(latitude, hour)
        reach = top / np.tan(np.radians(elevation)) * np.cos(np.radians(azimuth - 180.0))
        assert (north[:-1] + reach <= south[1:] + 0.01).all()
    early = solstice_sun(latitude, 8.0)
    reach = top / np.tan(np.radians(early[0])) * np.cos(np.radians(early[1] - 180.0))
    assert (north[:-1] + reach > south[1:]).all()  # and no wider apart than that


def test_pairs_look_east_and_west_and_touch_at_the_ridge() -> None:
    settings = PvSettings(preset="east-west")
    rows = flat_rows(settings, 29.0)
    roof = shapely.box(0, 0, 80, 60)
    laid = lay_modules(roof, Mount((0.0, 0.0), 10.0, rows.azimuth, True), 0.0, rows, settings)
    east, west = laid[laid["surface_azimuth"] == 90.0], laid[laid["surface_azimuth"] == 270.0]
    assert len(east) == len(west) > 20
    shapes = laid["geometry"].to_numpy()
    assert shapely.contains(roof.buffer(1e-6), shapes).all()
    assert shapely.union_all(shapes).area == pytest.approx(shapely.area(shapes).sum(), rel=1e-6)
    one = shapely.bounds(east["geometry"].to_numpy())
    other = shapely.bounds(west["geometry"].to_numpy())
    np.testing.assert_allclose(np.unique(one[:, 0].round(6)), np.unique(other[:, 2].round(6)), atol=1e-5)
    south = PvSettings()
    fewer = lay_modules(roof, Mount((0.0, 0.0), 10.0, 180.0, True), 0.0, flat_rows(south, 29.0), south)
    assert len(laid) > len(fewer)
