"""Five scenes with known roofs: three made up, two real (where the data are)."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
from rasterio.features import rasterize

from benchmarks.common import REAL
from guanghui import geo
from guanghui.geo.surface import surface_model
from guanghui.pv.sun.normals import normals_table, weather_from_normals
from guanghui.pv.sun.weather import Weather
from guanghui.pv.sun.weather_files import read_weather


@dataclass(frozen=True)
class Scene:
    """A surface, the number of the roof over every cell (-1: none), and weather."""

    name: str
    z: np.ndarray
    roof: np.ndarray
    cell: float
    weather: Weather


def _normals(name: str, latitude: float, longitude: float, altitude: float) -> Weather:
    table = normals_table(name, latitude)
    return weather_from_normals(table, latitude=latitude, longitude=longitude, altitude=altitude)


def town(size: int = 1000, seed: int = 7) -> Scene:
    """Street grid on rolling ground under a ridge: flat roofs with parapets and huts, gables, street trees."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:size, 0:size].astype(float)
    z = 30 + 6 * np.sin(2 * np.pi * x / 700) * np.cos(2 * np.pi * y / 900)
    z += 90 * np.exp(-(((x + y - 1.75 * size) / np.sqrt(2) / (0.07 * size)) ** 2))
    roof = np.full((size, size), -1, np.int32)
    count = 0
    for r in range(10, size - 30, 26):
        for c in range(10, size - 30, 26):
            if rng.random() < 0.25:
                continue
            h, w = int(rng.integers(9, 17)), int(rng.integers(9, 19))
            storeys = rng.choice([3.2, 6.4, 9.6, 18.0, 33.0], p=[0.25, 0.4, 0.2, 0.1, 0.05])
            eave = z[r : r + h, c : c + w].max() + storeys
            z[r : r + h, c : c + w] = eave + _top(rng, h, w, storeys)
            roof[r : r + h, c : c + w] = count
            count += 1
    for _ in range(size * size // 1500):
        r, c = rng.integers(6, size - 6, 2)
        if roof[r, c] >= 0:
            continue
        radius, crown = rng.uniform(1.5, 4.0), rng.uniform(4, 11)
        k = int(np.ceil(radius))
        dr, dc = np.mgrid[-k : k + 1, -k : k + 1]
        shape = crown * np.sqrt(np.clip(1 - (dr**2 + dc**2) / (radius + 0.3) ** 2, 0, 1))
        window = (slice(r - k, r + k + 1), slice(c - k, c + k + 1))
        z[window] = np.where(roof[window] < 0, np.maximum(z[window], z[r, c] + shape), z[window])
    return Scene("town", z.astype(np.float32), roof, 1.0, _normals("nanchang", 28.5, 115.95, 30))


def _top(rng: np.random.Generator, h: int, w: int, storeys: float) -> np.ndarray:
    """Roof above its eave: a gable along the longer side, or flat with parapet and hut."""
    r, c = np.mgrid[0:h, 0:w]
    if rng.random() < 0.45 and storeys < 12:
        across, width = (r, h) if w >= h else (c, w)
        return np.tan(np.radians(rng.uniform(18, 33))) * np.minimum(across + 0.5, width - across - 0.5)
    top = np.zeros((h, w))
    top[[0, -1], :] = 1.0
    top[:, [0, -1]] = 1.0
    top[2:5, 2:5] = 2.6
    return top


def courts(size: int = 500, seed: int = 11) -> Scene:
    """Turned perimeter blocks with courtyards of many widths, and towers."""
    rng = np.random.default_rng(seed)
    z = np.full((size, size), 12.0)
    roof = np.full((size, size), -1, np.int32)
    y, x = np.mgrid[0:size, 0:size].astype(float)
    count = 0
    for r in range(45, size - 40, 78):
        for c in range(45, size - 40, 78):
            turn = np.radians(rng.uniform(0, 90))
            u = (x - c) * np.cos(turn) + (y - r) * np.sin(turn)
            v = -(x - c) * np.sin(turn) + (y - r) * np.cos(turn)
            half, wing, height = rng.uniform(18, 28), rng.uniform(8, 13), rng.uniform(9, 24)
            outer = np.maximum(np.abs(u), np.abs(v))
            ring = (outer <= half) & (outer >= half - wing)
            pitch = np.tan(np.radians(rng.choice([0, 25, 40])))
            z = np.where(ring, 12 + height + pitch * (wing / 2 - np.abs(outer - half + wing / 2)), z)
            roof[ring] = count
            tower = (np.abs(u - half + 4) < 4) & (np.abs(v - half + 4) < 4)
            z[tower] = 12 + height + 12
            count += 1
    return Scene("courts", z.astype(np.float32), roof, 1.0, _normals("yancheng", 33.4, 120.1, 4))


def village() -> Scene:
    """The small demo city: hip, gable, flat and saw-tooth roofs, trees, noise."""
    from guanghui.data.demo import build

    with tempfile.TemporaryDirectory() as folder:
        region = build(Path(folder), extent="village")
        source = geo.raster_source(sorted(region.parent.glob("surface/*.tif")))
        z = geo.open_raster(source).to_numpy()
        frame = geo.read_layer(region.parent / "buildings.gpkg")
    return _cut("village", z, frame, source.grid, _normals("jiujiang", 29.27, 115.81, 25))


def _cut(name: str, z: np.ndarray, frame: gpd.GeoDataFrame, grid: geo.Grid, weather: Weather) -> Scene:
    pairs = [(s, i) for i, s in enumerate(frame.to_crs(grid.crs).geometry)]
    roof = rasterize(pairs, out_shape=z.shape, transform=grid.transform, fill=-1, dtype="int32")
    known = np.isfinite(z)
    low = float(z[known].min())
    return Scene(name, np.where(known, z, low).astype(np.float32), np.where(known, roof, -1), grid.cell[0], weather)


def goteborg() -> Scene:
    """Town block with its own met file."""
    folder = REAL / "goteborg"
    source = geo.raster_source(folder / "dsm.tif")
    z = surface_model(source, source.grid.crs).to_numpy()
    weather = read_weather(folder / "GBG_TMY_1977.txt", latitude=57.7, longitude=11.97, utc_offset=1)
    return _cut("goteborg", z, geo.read_layer(folder / "buildings.shp"), source.grid, weather)


def shotover() -> Scene:
    """Lidar surface of a suburb in the southern hemisphere."""
    folder = REAL / "shotover"
    source = geo.raster_source(folder / "dsm.tif")
    z = surface_model(source, source.grid.crs).to_numpy()
    weather = _normals("queenstown", -45.0, 168.77, 357)
    return _cut("shotover", z, geo.read_layer(folder / "buildings.gpkg"), source.grid, weather)


def all_scenes() -> list[Scene]:
    """Every scene there are data for."""
    made = [town(), courts(), village()]
    return [*made, goteborg(), shotover()] if REAL.is_dir() else made
