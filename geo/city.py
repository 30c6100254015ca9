"""What every room reads of a city: its names, its townships, its land, and where doubts go."""

from __future__ import annotations

from typing import Protocol, Self, TypeVar

import geopandas as gpd
from pyproj import CRS

from guanghui.geo.landcover import AnyCover
from guanghui.geo.notes import Notes
from guanghui.geo.raster_source import RasterSource

__all__ = ["City"]

SettingsT = TypeVar("SettingsT", covariant=True)


class City(Protocol[SettingsT]):
    """Inputs that more than one room reads; a room adds its own, and says which settings it reads."""

    @property
    def name(self) -> str:
        """Name shown in tables and on pages, Chinese."""

    @property
    def name_en(self) -> str:
        """English name, may be empty."""

    @property
    def code(self) -> str:
        """Administrative code."""

    @property
    def illustrative(self) -> bool:
        """Whether the data are made up."""

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
    def terrain(self) -> RasterSource | None:
        """Bare-earth heights [m]."""

    @property
    def landcover(self) -> AnyCover | None:
        """Land cover of the account."""

    @property
    def landcover_before(self) -> AnyCover | None:
        """Land cover of an earlier date."""

    @property
    def wetlands(self) -> gpd.GeoDataFrame | None:
        """``name``, ``wetland_type`` and polygons."""

    @property
    def settings(self) -> SettingsT:
        """Settings of the rooms."""
