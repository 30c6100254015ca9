"""The demo surface against its own truth: heights, pitches, saw teeth, trees, seams."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely

from guanghui.data.demo import build
from guanghui.data.demo.build import grow
from guanghui.data.demo.landcover import TREE
from guanghui.data.demo.surface import NOISE_M, Scene


class Surface:
    """The tiles as one array, the terrain under it, and the roofs with their truth."""

    def __init__(self, folder: Path) -> None:
        tiles = {}
        for path in sorted((folder / "surface").glob("*.tif")):
            with rasterio.open(path) as tile:
                tiles[tile.bounds.left, tile.bounds.top] = tile.read(1)
        self.west = min(x for x, _ in tiles)
        self.north = max(y for _, y in tiles)
        self.z = np.hstack([tiles[key] for key in sorted(tiles)])
        with rasterio.open(folder / "terrain.tif") as source:
            self.terrain, t = source.read(1).astype(float), source.transform
        row, column = np.mgrid[0 : self.z.shape[0], 0 : self.z.shape[1]] + 0.5
        fx, fy = (self.west + column - t.c) / t.a - 0.5, (self.north - row - t.f) / t.e - 0.5
        j, i = fx.astype(int), fy.astype(int)
        a, b = fx - j, fy - i
        g = self.terrain
        self.ground = (g[i, j] * (1 - a) + g[i, j + 1] * a) * (1 - b) + (
            g[i + 1, j] * (1 - a) + g[i + 1, j + 1] * a
        ) * b
        roofs = gpd.read_file(folder / "buildings.gpkg")
        self.roofs = roofs.merge(pd.read_parquet(folder / "truth.parquet"), on="building_id")
        self.roofs["narrow_m"] = self.roofs[["length_m", "width_m"]].min(axis=1)
        assert len(self.roofs) == len(roofs)

    def cells(self, shape: shapely.Geometry) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """x, y and height of the cells whose centre lies in a shape."""
        west, south, east, north = shape.bounds
        columns = np.arange(int(west - self.west) - 1, int(east - self.west) + 2)
        rows = np.arange(int(self.north - north) - 1, int(self.north - south) + 2)
        x, y = np.meshgrid(self.west + columns + 0.5, self.north - rows - 0.5)
        inside = shapely.contains_xy(shape, x, y)
        return x[inside], y[inside], self.z[np.ix_(rows, columns)][inside]


@pytest.fixture(scope="module")
def surface(tmp_path_factory: pytest.TempPathFactory) -> Surface:
    return Surface(build(tmp_path_factory.mktemp("demo"), extent="village").parent)


def plane(x: np.ndarray, y: np.ndarray, z: np.ndarray) -> tuple[float, float]:
    """Pitch and downhill azimuth [deg] of the plane through most cells; crowns and boxes fall out."""
    keep = np.ones(x.size, bool)
    for limit in (1.0, 0.4, 0.12, 0.12):
        design = np.column_stack([x - x.mean(), y - y.mean(), np.ones(x.size)])
        p = np.linalg.lstsq(design[keep], z[keep], rcond=None)[0]
        off = z - design @ p
        keep = np.abs(off - np.median(off)) < limit
    return float(np.degrees(np.arctan(np.hypot(p[0], p[1])))), float(np.degrees(np.arctan2(-p[0], -p[1])) % 360)


def faces(
    surface: Surface, roofs: gpd.GeoDataFrame
) -> Iterator[tuple[object, int, np.ndarray, np.ndarray, np.ndarray]]:
    """The two sides of rectangular single-span gables, clear of edge and ridge."""
    for roof in roofs.itertuples():
        x, y, z = surface.cells(roof.geometry.buffer(-0.8))
        centre = roof.geometry.centroid
        azimuth = np.radians(roof.ridge_azimuth_deg)
        across = (x - centre.x) * np.cos(azimuth) - (y - centre.y) * np.sin(azimuth)  # to the right of the ridge
        for side in (-1, 1):
            at = across * side > 0.8
            if at.sum() >= 20:
                yield roof, side, x[at], y[at], z[at]


def angle_between(a: float, b: float) -> float:
    return abs((a - b + 180.0) % 360.0 - 180.0)


def test_all_roof_forms_and_shapes_are_there(surface: Surface) -> None:
    assert set(surface.roofs["form"]) == {"flat", "gable", "hip", "sawtooth"}
    assert set(surface.roofs["shape"]) == {"rectangle", "L", "U", "court"}
    assert surface.roofs["form"].value_counts().min() >= 2


def test_truth_ground_is_the_terrain_under_the_roof(surface: Surface) -> None:
    for roof in surface.roofs.iloc[::7].itertuples():
        west, south, east, north = roof.geometry.bounds
        window = surface.ground[
            int(surface.north - north) : int(surface.north - south) + 1,
            int(west - surface.west) : int(east - surface.west) + 1,
        ]
        assert window.mean() == pytest.approx(roof.ground_m, abs=0.15)


def test_flat_roofs_stand_at_their_height(surface: Surface) -> None:
    flat = surface.roofs[surface.roofs["form"] == "flat"]
    assert len(flat) > 100
    for roof in flat.itertuples():
        _, _, z = surface.cells(roof.geometry)
        assert np.median(z) - roof.ground_m == pytest.approx(roof.height_m, abs=0.3), roof.building_id


def test_parapets_stand_at_the_edge(surface: Surface) -> None:
    roofs = surface.roofs
    some = roofs[(roofs["parapet_m"] >= 0.6) & (roofs["shape"] == "rectangle") & (roofs["narrow_m"] > 9)].head(80)
    for roof in some.itertuples():
        edge = roof.geometry.buffer(-0.05).difference(roof.geometry.buffer(-0.65))
        _, _, z = surface.cells(edge)
        assert np.median(z) - roof.ground_m - roof.height_m == pytest.approx(roof.parapet_m, abs=0.1)


def test_pitched_roofs_reach_their_ridge_and_not_more(surface: Surface) -> None:
    roofs = surface.roofs
    pitched = roofs[(roofs["form"] != "flat") & (roofs["obstacles"] == 0)]
    for roof in pitched.itertuples():
        _, _, z = surface.cells(roof.geometry)
        top = np.percentile(z, 90) - roof.ground_m
        assert top < roof.ridge_height_m + 0.2
        assert top > roof.height_m + 0.6 * (roof.ridge_height_m - roof.height_m) - 0.2


def test_gables_have_their_pitch_and_ridge(surface: Surface) -> None:
    roofs = surface.roofs
    gables = roofs[
        (roofs["form"] == "gable") & (roofs["spans"] == 1) & (roofs["shape"] == "rectangle") & (roofs["narrow_m"] > 8.5)
    ]
    seen = 0
    for roof, side, x, y, z in faces(surface, gables[gables["obstacles"] == 0]):
        tilt, azimuth = plane(x, y, z)
        assert tilt == pytest.approx(roof.tilt_deg, abs=1.0), roof.building_id
        assert angle_between(azimuth, roof.ridge_azimuth_deg + 90.0 * side) < 3.0 + 12.0 / roof.tilt_deg
        seen += 1
    assert seen > 150


def test_industrial_gables_are_low_and_wide_ones_have_spans(surface: Surface) -> None:
    roofs = surface.roofs
    halls = roofs[(roofs["use"] == "工业厂房") & (roofs["form"] == "gable")]
    assert halls["tilt_deg"].between(5.0, 8.0).all()
    assert (halls["narrow_m"] / halls["spans"] <= 36.0).all()
    assert halls["spans"].max() >= 2


def test_saw_teeth_face_south(surface: Surface) -> None:
    saws = surface.roofs[surface.roofs["form"] == "sawtooth"]
    for roof in saws.itertuples():
        assert 7.5 <= roof.tooth_m <= 12.0
        assert angle_between(roof.face_azimuth_deg, 180.0) < 20.0
        x, y, z = surface.cells(roof.geometry.buffer(-1.5))
        centre = roof.geometry.centroid
        azimuth = np.radians(roof.face_azimuth_deg)
        along = (x - centre.x) * np.sin(azimuth) + (y - centre.y) * np.cos(azimuth)  # downhill
        tooth = np.mod(roof.width_m / 2 - along, roof.tooth_m)
        first = (tooth > 1.2) & (tooth < roof.tooth_m - 1.2) & (np.abs(along) < roof.tooth_m)
        number = np.floor((roof.width_m / 2 - along[first]) / roof.tooth_m)
        one = number == np.bincount(number.astype(int)).argmax()
        tilt, down = plane(x[first][one], y[first][one], z[first][one])
        assert tilt == pytest.approx(roof.tilt_deg, abs=1.0)
        assert angle_between(down, roof.face_azimuth_deg) < 3.0


def test_open_ground_is_the_terrain_with_the_noise_of_a_flight(surface: Surface) -> None:
    above = surface.z - surface.ground
    open_ground = np.abs(above) < 0.25
    assert open_ground.mean() > 0.4
    assert above[open_ground].std() == pytest.approx(NOISE_M, rel=0.05)
    assert above[open_ground].mean() == pytest.approx(0.0, abs=0.002)
    assert above.min() > -0.3


def test_trees_stand_beside_roofs_and_hardly_over_them(surface: Surface) -> None:
    above = surface.z - surface.ground
    houses = surface.roofs[surface.roofs["use"] == "农村住宅"]
    everything = shapely.union_all(surface.roofs.geometry.to_numpy()).buffer(1.2)
    shapely.prepare(everything)
    beside, covered, cells = 0, 0, 0
    for roof in houses.itertuples():
        x, y, _ = surface.cells(roof.geometry.buffer(7.0))
        row, column = (surface.north - y).astype(int), (x - surface.west).astype(int)
        free = ~shapely.contains_xy(everything, x, y)
        beside += bool((above[row, column][free] > 2.5).sum() >= 3)
        _, _, own = surface.cells(roof.geometry)
        covered += int((own - roof.ground_m > roof.ridge_height_m + 3.2).sum())
        cells += own.size
    assert beside / len(houses) > 0.4
    assert covered / cells < 0.01


def test_tiles_are_windows_of_one_surface() -> None:
    country = grow(extent="village")
    origin = country.land.plan.tile_origin
    keys = country.built.tiles(origin)
    bounds = shapely.bounds(country.built.outlines)
    forest = country.cover.now == TREE
    scene = Scene.stage(360482, country.land.grid, country.ground, country.built, bounds, forest, keys, origin)
    left, right = scene.tile(keys[0], origin), scene.tile(keys[1], origin)
    middle = scene.tile(keys[0], (origin[0] + 512.0, origin[1]))  # the same ground through a shifted window
    joined = np.hstack([left, right])[:, 512 : 512 + 1024]
    assert np.abs(middle - joined).max() < 12.0 * NOISE_M  # only the noise differs
