"""A city of three townships on one-hectare cells: everything can be added up by hand."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import shapely
from pyproj import CRS

from guanghui.geo.grid import Grid
from guanghui.geo.landcover import LandCover
from guanghui.geo.notes import Notes
from guanghui.geo.raster_source import RasterSource, raster_source
from guanghui.sinks.factors.own_pools import OwnPools
from guanghui.sinks.factors.table import OwnCurve
from guanghui.sinks.settings import SinkSettings

EQUAL = "EPSG:6933"
X, Y = 11_170_000.0, 3_600_000.0
HA = 100.0
"""Side of a cell of one hectare [m]."""


@dataclass
class City:
    """What the carbon account asks of a city."""

    townships: gpd.GeoDataFrame
    landcover: LandCover | None
    sinks: SinkSettings = field(default_factory=SinkSettings)
    landcover_before: LandCover | None = None
    wetlands: gpd.GeoDataFrame | None = None
    stands: gpd.GeoDataFrame | None = None
    biomass: RasterSource | None = None
    own_pools: OwnPools | None = None
    own_growth: dict[str, OwnCurve] = field(default_factory=dict)
    name: str = "三乡市"
    code: str = "000001"
    seed: int = 7
    notes: Notes = field(default_factory=Notes)

    @property
    def whole(self) -> City:
        return self

    @property
    def crs(self) -> CRS:
        return CRS(self.townships.crs)

    @property
    def settings(self) -> Any:
        return SimpleNamespace(sinks=self.sinks)


def place(col0: float, row0: float, col1: float, row1: float) -> shapely.Polygon:
    """Box from cell (col0, row0) to (col1, row1), counted from the upper left corner."""
    return shapely.box(X + HA * col0, Y - HA * row1, X + HA * col1, Y - HA * row0)


def layer(shapes: list[shapely.Geometry], **columns: Any) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=EQUAL)


def write_cover(path: Path, codes: np.ndarray, *, legend: str = "worldcover", year: int = 2021, nodata: int | None = 0,
                shift: tuple[float, float] = (0.0, 0.0), crs: str = EQUAL) -> LandCover:  # fmt: skip
    """Write codes as a raster whose first cell lies at (X, Y), shifted by some cells."""
    height, width = codes.shape
    x, y = X + HA * shift[0], Y - HA * shift[1]
    grid = Grid.from_bounds((x, y - HA * height, x + HA * width, y), HA, crs)
    transform = rasterio.transform.from_origin(x, y, HA, HA)
    with rasterio.open(path, "w", driver="GTiff", height=height, width=width, count=1, dtype=codes.dtype,
                       crs=grid.crs.to_wkt(), transform=transform, nodata=nodata) as out:  # fmt: skip
        out.write(codes, 1)
    return LandCover(raster_source(path), legend, year)


TOWNS = layer(
    [place(0, 0, 10, 10), place(10, 0, 20, 10), place(20, 0, 30, 10)],
    code=["000001001", "000001002", "000001003"],
    name=["东乡", "中乡", "西乡"],
    name_en=["Dong", "Zhong", "Xi"],
    area_m2=[1e6, 1e6, 1e6],
)


def three_towns() -> np.ndarray:
    """Codes (WorldCover) of 30 x 10 cells: 100 ha a township.

    东乡: 60 ha forest, 40 ha cropland. 中乡: 30 ha forest, 50 ha cropland, 20 ha built. 西乡: 50 ha water, 20 ha
    herbaceous wetland, 20 ha grass, 10 ha without data.
    """
    codes = np.zeros((10, 30), np.uint8)
    codes[:6, :10], codes[6:, :10] = 10, 40
    codes[:3, 10:20], codes[3:8, 10:20], codes[8:, 10:20] = 10, 40, 50
    codes[:5, 20:], codes[5:7, 20:], codes[7:9, 20:] = 80, 90, 30
    return codes


@pytest.fixture
def city(tmp_path: Path) -> City:
    """Three townships with land cover and nothing else."""
    return City(TOWNS.copy(), write_cover(tmp_path / "landcover.tif", three_towns()))
