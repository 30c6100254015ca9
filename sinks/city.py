"""What the carbon account needs of a city."""

from __future__ import annotations

from typing import Protocol, Self

import geopandas as gpd
from pyproj import CRS

from guanghui.geo.landcover import LandCover
from guanghui.geo.notes import Notes
from guanghui.geo.raster_source import RasterSource
from guanghui.sinks.settings import SinkSettings

__all__ = ["CityLike"]


class _Settings(Protocol):
    @property
    def sinks(self) -> SinkSettings:
        """Settings of the carbon account."""


class CityLike(Protocol):
    """The parts of a city that the carbon account reads."""

    @property
    def name(self) -> str:
        """Name shown in tables."""

    @property
    def code(self) -> str:
        """Administrative code."""

    @property
    def seed(self) -> int:
        """Seed of every random draw."""

    @property
    def crs(self) -> CRS:
        """Metric CRS of the region."""

    @property
    def notes(self) -> Notes:
        """Doubts about the data."""

    @property
    def townships(self) -> gpd.GeoDataFrame:
        """``code``, ``name``, ``name_en``, ``area_m2`` and polygons, sorted by code."""

    @property
    def whole(self) -> Self:
        """The region all official totals are of; the city itself unless some of its townships were chosen."""

    @property
    def landcover(self) -> LandCover | None:
        """Land cover of the account."""

    @property
    def landcover_before(self) -> LandCover | None:
        """Land cover of an earlier date."""

    @property
    def wetlands(self) -> gpd.GeoDataFrame | None:
        """``name``, ``wetland_type`` and polygons."""

    @property
    def stands(self) -> gpd.GeoDataFrame | None:
        """Forest stands (小班): ``species_group``, ``volume_m3_ha`` and polygons."""

    @property
    def biomass(self) -> RasterSource | None:
        """Above-ground dry biomass of the trees [t/ha], from a canopy or radar product."""

    @property
    def settings(self) -> _Settings:
        """Settings of all rooms."""
