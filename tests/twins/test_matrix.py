"""Six roles of rasters, nine encodings, one file or tiles: what a role is handed is the same every time."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import rasterio
from rasterio.enums import ColorInterp
from rasterio.transform import from_origin

from guanghui.geo.landcover import LandCover
from guanghui.geo.raster import open_raster
from guanghui.plan.inputs.region import Region
from tests.scenes import CRS, EAST, NORTH
from tests.twins import place

CELL, SIDE = 4.0, 40
HOLE = np.zeros((SIDE, SIDE), bool)
HOLE[12:18, 17:24] = True
TRUTH = 10.0 + np.add.outer(np.arange(SIDE), np.arange(SIDE)) % 50  # whole numbers of WorldCover's range and of heights
CLASSES = np.where(TRUTH < 35, 10, 40)
ROLES = {
    "surface": '[surface]\npath = "{}"\n',
    "terrain": '[surface]\nterrain = "{}"\n',
    "canopy": '[surface]\npath = "dsm.tif"\ncanopy = "{}"\n',
    "biomass": place.LANDCOVER + '[biomass]\npath = "{}"\n',
    "landcover": place.LANDCOVER.replace('"cover.tif"', '"{}"'),
    "landcover_before": place.LANDCOVER + '[landcover_before]\npath = "{}"\nlegend = "worldcover"\nyear = 2015\n',
}
CODES = ("landcover", "landcover_before")


@lru_cache(maxsize=1)
def read_once() -> gpd.GeoDataFrame:
    """Townships as the region reads them."""
    return place.townships().assign(name_en="", area_m2=1.0)[["code", "name", "name_en", "area_m2", "geometry"]]


def encoded(values: np.ndarray, codes: bool) -> dict[str, tuple[np.ndarray, dict[str, Any]]]:
    """Nine ways to write the same numbers and the same hole."""

    def filled(value: float, kind: str, times: float = 1.0, less: float = 0.0) -> np.ndarray:
        return np.where(HOLE, value, np.round((values - less) * times)).astype(kind)

    both = {
        "uint8 255": (filled(255, "uint8"), {"nodata": 255}),
        "uint8 0": (filled(0, "uint8"), {"nodata": 0}),
        "int16 -9999": (filled(-9999, "int16"), {"nodata": -9999}),
        "uint16 65535": (filled(65535, "uint16"), {"nodata": 65535}),
        "int32 -1": (filled(-1, "int32"), {"nodata": -1}),
        "mask": (filled(10, "uint8"), {"mask": ~HOLE}),
        "alpha": (filled(10, "uint8"), {"alpha": np.where(HOLE, 0, 255)}),
        "float32 -9999": (filled(-9999, "float32"), {"nodata": -9999.0}),
    }
    if codes:
        return {**both, "float64 nan": (filled(np.nan, "float64"), {"nodata": np.nan})}
    return {**both, "int16 scaled": (filled(-32768, "int16", 10, 5), {"nodata": -32768, "scale": 0.1, "offset": 5.0})}


def write(path: Path, values: np.ndarray, cols: slice, options: dict[str, Any]) -> None:
    part, alpha, mask = values[:, cols], options.get("alpha"), options.get("mask")
    west = EAST - 20 + cols.start * CELL
    with (
        rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True),
        rasterio.open(
            path, "w", driver="GTiff", height=SIDE, width=part.shape[1], count=1 if alpha is None else 2,
            dtype=values.dtype.name, crs=CRS, transform=from_origin(west, NORTH + 20, CELL, CELL),
            nodata=options.get("nodata"),
        ) as out,
    ):  # fmt: skip
        out.write(part, 1)
        if alpha is not None:
            out.write(alpha[:, cols].astype(values.dtype), 2)
            out.colorinterp = [ColorInterp.gray, ColorInterp.alpha]
        if mask is not None:
            out.write_mask(mask[:, cols])
        if "scale" in options:
            out.scales, out.offsets = (options["scale"],), (options["offset"],)


EVERY = [(role, tiled) for tiled in (False, True) for role in ROLES]


@pytest.mark.parametrize(("role", "tiled"), place.some(EVERY, 5))
def test_a_role_is_handed_the_same(tmp_path: Path, role: str, tiled: bool) -> None:
    codes = role in CODES
    truth = CLASSES if codes else TRUTH
    place.build(tmp_path)
    for name, (values, options) in encoded(truth, codes).items():
        if tiled:
            write(tmp_path / "x_a.tif", values, slice(0, 23), options)
            write(tmp_path / "x_b.tif", values, slice(23, SIDE), options)
        else:
            write(tmp_path / "x.tif", values, slice(0, SIDE), options)
        text = place.REGION.replace(place.SURFACE, "").replace(place.LANDCOVER, "")
        (tmp_path / "region.toml").write_text(text + ROLES[role].format("x_*.tif" if tiled else "x.tif"), "utf-8")
        region = Region(tmp_path / "region.toml")
        region.__dict__["_townships_read"] = read_once()
        given = getattr(region, role)
        array = given.codes() if isinstance(given, LandCover) else open_raster(given)
        found = array.to_numpy().astype(float)
        if codes:
            found = np.where(found == array.attrs.get("nodata", -(10**9)), np.nan, found)
        np.testing.assert_allclose(found, np.where(HOLE, np.nan, truth), rtol=1e-6, err_msg=name)
