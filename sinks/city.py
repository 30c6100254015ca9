"""What the carbon account needs of a city."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import geopandas as gpd

from guanghui.geo.city import City
from guanghui.geo.raster_source import RasterSource
from guanghui.sinks.factors.own_pools import OwnPools
from guanghui.sinks.factors.table import OwnCurve
from guanghui.sinks.settings import SinkSettings

__all__ = ["SinkCity"]


class _Settings(Protocol):
    @property
    def sinks(self) -> SinkSettings:
        """Settings of the carbon account."""


class SinkCity(City[_Settings], Protocol):
    """The parts of a city that the carbon account reads."""

    @property
    def stands(self) -> gpd.GeoDataFrame | None:
        """Forest stands (小班): ``species_group``, ``volume_m3_ha`` and polygons."""

    @property
    def own_pools(self) -> OwnPools | None:
        """Carbon of the land cover by a table of the user, code by code."""

    @property
    def own_growth(self) -> Mapping[str, OwnCurve]:
        """Growth by a table of the user: species group and origin -> curve; empty without one."""

    @property
    def biomass(self) -> RasterSource | None:
        """Above-ground dry biomass of the trees [t/ha], from a canopy or radar product."""
