"""Small made-up scenes that many tests share; everything is computed, nothing is read."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pvlib
import rasterio
import shapely
from rasterio.transform import from_origin

from guanghui.pv.sun.weather import Weather
from guanghui.pv.sun.weather_checks import checked_weather

LATITUDE, LONGITUDE = 29.27, 115.81
EAST, NORTH = 384_400.0, 3_239_600.0  # about 29.27 N 115.81 E in EPSG:4548
CRS = "EPSG:4548"


def raw_hours(shift_min: float = 0.0) -> pd.DataFrame:
    """Hourly ghi, dhi, temp_air, wind_speed of a year; stamps are ``shift_min`` after the middle of the hour."""
    frame = _hours().copy()
    frame.index = frame.index + pd.Timedelta(minutes=30 + shift_min)
    return frame


@lru_cache(maxsize=1)
def _hours(seed: int = 3) -> pd.DataFrame:
    fine = pd.date_range("2021-01-01 00:05", periods=365 * 144, freq="10min", tz="Etc/GMT-8")
    place = pvlib.location.Location(LATITUDE, LONGITUDE, "Etc/GMT-8", 25)
    sun = place.get_solarposition(fine)
    mass = pvlib.atmosphere.get_absolute_airmass(
        pvlib.atmosphere.get_relative_airmass(sun["apparent_zenith"]), 101000.0
    )
    extra = pvlib.irradiance.get_extra_radiation(fine)
    clear = pvlib.clearsky.ineichen(sun["apparent_zenith"], mass, 4.0, 25, extra)["ghi"].fillna(0).to_numpy()
    rng = np.random.default_rng(seed)
    cloud = np.repeat(rng.choice([0.95, 0.6, 0.25], size=8760, p=[0.45, 0.25, 0.3]), 6)
    ghi = pd.Series(clear * cloud, index=fine).resample("1h").mean()
    share = pd.Series(np.where(cloud > 0.9, 0.25, np.where(cloud > 0.5, 0.7, 1.0)), index=fine).resample("1h").mean()
    hour = np.arange(8760) % 24
    day = np.arange(8760) / 24
    air = 18 + 11 * np.sin((day - 110) / 365 * 2 * np.pi) + 4 * np.sin((hour - 9) / 24 * 2 * np.pi)
    return pd.DataFrame({"ghi": ghi, "dhi": ghi * share, "temp_air": air, "wind_speed": 2.0}, index=ghi.index)


@lru_cache(maxsize=1)
def hourly_weather() -> Weather:
    """The hours of :func:`raw_hours` as checked weather."""
    return checked_weather(raw_hours(), latitude=LATITUDE, longitude=LONGITUDE, altitude=25.0, label="synthetic")


def gable(shape: tuple[int, int], tilt: float, eave: float = 6.0, cell: float = 1.0) -> np.ndarray:
    """Heights of a gable roof whose ridge runs along the columns (faces look north and south)."""
    rows = (np.arange(shape[0]) + 0.5) * cell
    rise = np.minimum(rows, shape[0] * cell - rows) * np.tan(np.radians(tilt))
    return np.broadcast_to(eave + rise[:, None], shape).copy()


def town(size: int = 220, cell: float = 1.0, seed: int = 5) -> tuple[np.ndarray, list[tuple[int, int, int, int, str]]]:
    """A block of flat and gable roofs with parapets, a tower and trees; heights and (row, col, rows, cols, form)."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:size, 0:size]
    z = 20 + 0.01 * x + 2 * np.sin(y / 40.0)
    houses = []
    for r in range(14, size - 26, 30):
        for c in range(14, size - 26, 30):
            h, w = int(rng.integers(10, 16)), int(rng.integers(12, 20))
            base = z[r : r + h, c : c + w].max()
            if rng.random() < 0.5:
                z[r : r + h, c : c + w] = base + gable((h, w), rng.uniform(18, 32))
                houses.append((r, c, h, w, "gable"))
            else:
                roof = np.full((h, w), base + rng.choice([6.0, 9.0, 24.0], p=[0.6, 0.3, 0.1]))
                roof[[0, -1], :] += 1.0
                roof[1:-1, [0, -1]] += 1.0
                z[r : r + h, c : c + w] = roof
                houses.append((r, c, h, w, "flat"))
    for _ in range(size * size // 1500):
        r, c = rng.integers(4, size - 4, 2)
        if all(not (a - 2 <= r < a + h + 2 and b - 2 <= c < b + w + 2) for a, b, h, w, _ in houses):
            z[r - 1 : r + 2, c - 1 : c + 2] += rng.uniform(4, 9)
    return z.astype(np.float32), houses


def outlines(
    houses: list[tuple[int, int, int, int, str]], cell: float = 1.0, classes: tuple[str, ...] = ("住宅",)
) -> gpd.GeoDataFrame:
    """Outlines of the houses of a town whose north-west corner is (EAST, NORTH)."""
    boxes = [
        shapely.box(EAST + c * cell, NORTH - (r + h) * cell, EAST + (c + w) * cell, NORTH - r * cell)
        for r, c, h, w, _ in houses
    ]
    frame = gpd.GeoDataFrame({"building_id": [f"b{i:03d}" for i in range(len(boxes))]}, geometry=boxes, crs=CRS)
    frame["use"] = [classes[i % len(classes)] for i in range(len(boxes))]
    frame["height_m"] = 6.0
    return frame


def write_raster(
    path: Path,
    values: np.ndarray,
    *,
    cell: float | tuple[float, float] = 1.0,
    crs: str | None = CRS,
    nodata: float | None = None,
    west: float = EAST,
    north: float = NORTH,
) -> Path:
    """Write an array as GeoTIFF."""
    path.parent.mkdir(parents=True, exist_ok=True)
    height, width = values.shape
    transform = from_origin(west, north, *(cell if isinstance(cell, tuple) else (cell, cell)))
    with rasterio.open(
        path, "w", driver="GTiff", height=height, width=width, count=1, dtype=values.dtype.name, crs=crs,
        transform=transform, nodata=nodata,
    ) as out:  # fmt: skip
        out.write(values, 1)
    return path
