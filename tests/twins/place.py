"""A place small enough to be read a hundred times: two townships, nine roofs, a surface, land cover, side tables."""

from __future__ import annotations

import os
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from tests.scenes import CRS, EAST, NORTH, gable, raw_hours, write_raster

SIDE = 120
LANDCOVER = """[landcover]
path = "cover.tif"
legend = "worldcover"
year = 2021
"""
SURFACE = """[surface]
path = "dsm.tif"
"""
BUILDINGS = """[buildings]
path = "roofs.gpkg"
id = "bid"
name = "title"
use = "use"
height = "h"
"""
TOWNSHIPS = """[townships]
path = "towns.gpkg"
name = "name"
code = "code"
"""
WEATHER = """[weather]
normals = "jiujiang"
"""
REGION = f"""[region]
name = "试镇"
name_en = "trial"
crs = "{CRS}"
{TOWNSHIPS}{BUILDINGS}{SURFACE}{LANDCOVER}{WEATHER}[coverage]
phases = [{{ year = 2026, share = 0.30 }}, {{ year = 2027, share = 0.40 }}]
"""


def some(cases: Iterable[Any], step: int) -> list[Any]:
    """Every ``step``-th case, all of them with ``GUANGHUI_ALL=1``: a suite that is run often stays short."""
    return list(cases)[:: 1 if os.environ.get("GUANGHUI_ALL") else step]


def heights() -> tuple[np.ndarray, list[tuple[int, int, int, int]]]:
    """Whole-decimetre heights [m] and the roofs (row, column, rows, columns)."""
    y, x = np.mgrid[0:SIDE, 0:SIDE]
    z = 20 + 0.01 * x + 0.005 * y
    roofs = []
    for i, r in enumerate(range(10, 100, 38)):
        for j, c in enumerate(range(10, 100, 38)):
            h, w = 14 + 2 * j, 18 + 2 * i
            z[r : r + h, c : c + w] = 29 + (gable((h, w), 25.0, 0.0) if (i + j) % 2 else 3.0 * j)
            roofs.append((r, c, h, w))
    return np.round(z, 1).astype("float32"), roofs


def outlines() -> gpd.GeoDataFrame:
    """The nine roofs."""
    boxes = [shapely.box(EAST + c, NORTH - r - h, EAST + c + w, NORTH - r) for r, c, h, w in heights()[1]]
    count = range(len(boxes))
    return gpd.GeoDataFrame(
        {"bid": [f"b{i}" for i in count], "title": [f"楼{i}" for i in count],
         "use": [("住宅", "工业", "学校")[i % 3] for i in count], "h": 9.0}, geometry=boxes, crs=CRS,
    )  # fmt: skip


def townships() -> gpd.GeoDataFrame:
    """West and east, a margin round the surface."""
    m = 40
    west = shapely.box(EAST - m, NORTH - SIDE - m, EAST + 60, NORTH + m)
    east = shapely.box(EAST + 60, NORTH - SIDE - m, EAST + SIDE + m, NORTH + m)
    return gpd.GeoDataFrame(
        {"name": ["东镇", "西乡"], "code": ["360482001", "360482002"]}, geometry=[east, west], crs=CRS
    )


def cover() -> np.ndarray:
    """WorldCover codes in cells of 10 m over both townships."""
    codes = np.full((20, 20), 40, "uint8")
    codes[:7], codes[7:10], codes[-3:], codes[-3:, :4], codes[10:14, 8:14] = 10, 30, 80, 90, 50
    return codes


@lru_cache(maxsize=1)
def hours_csv() -> str:
    """A year of hours as text: time, ghi, dhi, temp_air, wind_speed."""
    frame = raw_hours().round(1)
    frame.index = frame.index.tz_localize(None)
    return frame.to_csv(index_label="time", date_format="%Y-%m-%d %H:%M")


def build(folder: Path, *, roofs: bool = True, surface: bool = True, land: bool = True, text: str = REGION) -> Path:
    """Write the place and return its region file."""
    folder.mkdir(parents=True, exist_ok=True)
    if surface:
        write_raster(folder / "dsm.tif", heights()[0], nodata=-9999.0)
    if roofs:
        outlines().to_file(folder / "roofs.gpkg")
    if land:
        write_raster(folder / "cover.tif", cover(), cell=10.0, west=EAST - 40, north=NORTH + 40, nodata=0)
    townships().to_file(folder / "towns.gpkg")
    path = folder / "region.toml"
    path.write_text(text, encoding="utf-8")
    return path
