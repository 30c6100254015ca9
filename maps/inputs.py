"""What the pages ask of a city, and where an input that was not given is found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import geopandas as gpd
import pandas as pd
import xarray as xr

from guanghui.geo.city import City
from guanghui.geo.landcover import AnyCover, wetland_types
from guanghui.maps.drawing.warp import Raster
from guanghui.maps.settings import MapSettings

__all__ = ["CarbonStock", "MapCity", "MapInputs", "map_inputs"]


class _Settings(Protocol):
    @property
    def maps(self) -> MapSettings:
        """Settings of the pages."""


MapCity = City[_Settings]
"""A city as the pages read it."""


class CarbonStock(Protocol):
    """What the pages need of the sinks result; :class:`sinks.Stock` is one."""

    @property
    def table(self) -> pd.DataFrame:
        """One row a township (``code``), the last one the city; columns of ``sinks.tables.TABLE_COLUMNS``."""

    @property
    def by_class(self) -> pd.DataFrame:
        """``code``, ``group``, ``class``, ``pool``, ``area_ha``, ``stock_tc``."""

    @property
    def density(self) -> xr.Dataset:
        """Pools and their total [t C/ha], dims (y, x), lazy."""

    @property
    def classes(self) -> xr.DataArray | None:
        """Ids of the land classes the account was made with, lazy; None where it was made from totals."""


@dataclass(frozen=True)
class MapInputs:
    """Layers below the results."""

    landcover: Raster | None
    """Ids of the common land classes."""
    landcover_before: Raster | None
    """The same at an earlier date, on any grid."""
    wetlands: gpd.GeoDataFrame | None
    """``name``, ``wetland_type`` (key of a land class) and polygons in the CRS of the townships."""
    terrain: Raster | None
    """Ground height [m]."""


def map_inputs(
    city: MapCity,
    stock: CarbonStock | None,
    *,
    landcover: Raster | None = None,
    landcover_before: Raster | None = None,
    wetlands: gpd.GeoDataFrame | None = None,
    terrain: Raster | None = None,
) -> MapInputs:
    """Take what was given, else what the stock or the city has.

    Parameters
    ----------
    city : MapCity
        Its ``landcover``, ``landcover_before``, ``wetlands`` and ``terrain`` are drawn where it has them.
    stock : CarbonStock, optional
        Its ``classes``, the land the account was made with, go before the city's land cover.
    landcover, landcover_before, wetlands, terrain
        What was given.

    Raises
    ------
    InputError
        If a wetland type is not known.
    """
    if landcover is None:
        landcover = None if stock is None else stock.classes
    if landcover is None:
        landcover = _classes(city, city.landcover)
    if landcover_before is None:
        landcover_before = _classes(city, city.landcover_before)
    if wetlands is None:
        wetlands = city.wetlands
    if wetlands is not None and not wetlands.empty:
        kinds = wetland_types(wetlands["wetland_type"])
        wetlands = wetlands.to_crs(city.townships.crs).assign(wetland_type=kinds)
    else:
        wetlands = None
    if terrain is None:
        terrain = city.terrain
    return MapInputs(landcover, landcover_before, wetlands, terrain)


def _classes(city: MapCity, land: AnyCover | None) -> Raster | None:
    return None if land is None else land.clip(city.townships).classify(check=False)
