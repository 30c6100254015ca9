"""What the pages ask of a city, and where an input that was not given is found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import geopandas as gpd
import pandas as pd
import xarray as xr
from pyproj import CRS

from guanghui.geo.landcover import wetland_types
from guanghui.geo.notes import Notes
from guanghui.maps.drawing.warp import Raster

__all__ = ["CarbonStock", "MapCity", "MapInputs", "map_inputs"]


class MapCity(Protocol):
    """A city: names, townships, notes, settings. Its land cover, wetlands and terrain are used where it has any."""

    @property
    def name(self) -> str:
        """Chinese name."""

    @property
    def name_en(self) -> str:
        """English name, may be empty."""

    @property
    def illustrative(self) -> bool:
        """Whether the data are made up."""

    @property
    def crs(self) -> CRS:
        """Metric CRS."""

    @property
    def townships(self) -> gpd.GeoDataFrame:
        """``code``, ``name``, ``name_en``, ``area_m2`` and polygons."""

    @property
    def notes(self) -> Notes:
        """Doubts about the data."""

    @property
    def settings(self) -> Any:
        """Carries ``maps`` (:class:`maps.settings.MapSettings`)."""


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
        May have ``landcover`` and ``landcover_before`` (:class:`geo.landcover.LandCover`), ``wetlands``,
        ``terrain``.
    stock : CarbonStock, optional
        May have ``classes``, the land classes the account was made with.
    landcover, landcover_before, wetlands, terrain
        What was given.

    Raises
    ------
    InputError
        If a wetland type is not known.
    """
    if landcover is None:
        landcover = getattr(stock, "classes", None)
    if landcover is None:
        landcover = _classes(city, "landcover")
    if landcover_before is None:
        landcover_before = _classes(city, "landcover_before")
    if wetlands is None:
        wetlands = getattr(city, "wetlands", None)
    if wetlands is not None and not wetlands.empty:
        kinds = wetland_types(wetlands["wetland_type"])
        wetlands = wetlands.to_crs(city.townships.crs).assign(wetland_type=kinds)
    else:
        wetlands = None
    if terrain is None:
        terrain = getattr(city, "terrain", None)
    return MapInputs(landcover, landcover_before, wetlands, terrain)


def _classes(city: MapCity, name: str) -> Raster | None:
    land = getattr(city, name, None)
    return None if land is None else land.clip(city.townships).classify(check=False)
