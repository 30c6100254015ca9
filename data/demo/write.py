"""Write rasters, vector layers and tables so that the same content is the same bytes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pyogrio
import rasterio
from affine import Affine
from numpy.typing import NDArray

from guanghui.data.demo.land import CRS_METRIC

__all__ = ["write_layer", "write_raster"]

_DATE = "2023-12-01T00:00:00.000Z"  # GeoPackage wants a date of change; one that is always the same


@contextmanager
def _fixed_date() -> Iterator[None]:
    before = pyogrio.get_gdal_config_option("OGR_CURRENT_DATE")
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": _DATE})
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": before})


def write_layer(path: Path, frame: gpd.GeoDataFrame, layer: str, *, title: str, anew: bool = True) -> None:
    """Write a GeoPackage of one layer.

    Parameters
    ----------
    path : Path
        File to make anew.
    frame : geopandas.GeoDataFrame
        Rows in their final order.
    layer, title : str
        Name of the layer and what a GIS shows for it.
    anew : bool, default True
        Begin the file; else add the layer to it.
    """
    if anew:
        path.unlink(missing_ok=True)
    with _fixed_date():
        pyogrio.write_dataframe(
            frame, path, layer=layer, driver="GPKG", append=False, layer_options={"IDENTIFIER": title}
        )


def write_raster(
    path: Path, values: NDArray[Any], transform: Affine, *, nodata: float, unit: str = "", crs: str = CRS_METRIC
) -> None:
    """Write a tiled GeoTIFF, deflate with the predictor of its type.

    Parameters
    ----------
    path : Path
        File to make anew.
    values : ndarray, shape (rows, columns)
        Heights (float32) or classes (uint8).
    transform : Affine
        Pixel to map.
    nodata : float
        Value of no data.
    unit : str
        Unit of the band, kept in the file.
    crs : str
        Reference system.
    """
    floating = np.issubdtype(values.dtype, np.floating)
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        height=values.shape[0],
        width=values.shape[1],
        count=1,
        dtype=values.dtype.name,
        crs=crs,
        transform=transform,
        nodata=nodata,
        tiled=True,
        blockxsize=512,
        blockysize=512,
        compress="deflate",
        zlevel=6,
        predictor=3 if floating else 2,
    ) as target:
        target.write(values, 1)
        if unit:
            target.units = (unit,)
