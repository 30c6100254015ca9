"""What the pages of the forestry station are handed: the shape of results of sinks, and no more of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import pandas as pd
import xarray as xr

__all__ = [
    "CreditScreening",
    "ForestOutlook",
    "Growth",
    "LandChange",
    "Planting",
    "PlantingScreen",
    "StockChange",
    "TreeLedger",
]


class LandChange(Protocol):
    """Which land became which; :class:`sinks.years.transitions.Transitions` is one."""

    @property
    def frame(self) -> pd.DataFrame:
        """``code``, ``before``, ``after`` (keys of land classes), ``area_ha``."""

    @property
    def years(self) -> float:
        """Years between the two dates."""

    @property
    def pieces(self) -> pd.DataFrame | None:
        """Of polygons, pairs that changed with ``border_ha``, the part along borders drawn anew."""


class PlantingScreen(Protocol):
    """Land that passes the rules; :class:`sinks.years.potential.Screen` is one."""

    @property
    def mask(self) -> xr.DataArray:
        """2 where every rule is met."""

    @property
    def rules(self) -> pd.DataFrame:
        """``rule``, ``label_zh``, ``label_en``, ``used``, ``passes_ha``, ``left_ha``."""


class Planting(Protocol):
    """Where planting is possible and what it would bring; :class:`sinks.years.potential.Potential` is one."""

    @property
    def screen(self) -> PlantingScreen:
        """Mask and rules."""

    @property
    def table(self) -> pd.DataFrame:
        """``code``, ``name``, ``eligible_ha``, ``gain_<year>_tc``, ``gain_<year>_co2_t``; the whole last."""


class CreditScreening(Protocol):
    """Land that could apply for credits; :class:`sinks.years.ccer.CcerScreening` is one."""

    @property
    def methodology(self) -> str:
        """Number of the methodology."""

    @property
    def screen(self) -> PlantingScreen:
        """Mask and rules."""

    @property
    def table(self) -> pd.DataFrame:
        """``code``, ``eligible_ha``, ``credit_tco2_yr`` and its ``credit_low_…``, ``credit_high_…``; the whole last."""


class Growth(Protocol):
    """Change of the stock by year; :class:`sinks.years.projection.Projection` is one."""

    @property
    def frame(self) -> pd.DataFrame:
        """``year``, ``line``, ``change_tc``, ``low_tc``, ``high_tc``; also the sums ``usual``, ``works``, ``total``."""


class StockChange(Protocol):
    """Change between two dates; :class:`sinks.years.difference.CityChange` is one."""

    @property
    def transitions(self) -> LandChange:
        """Which land became which."""


class ForestOutlook(Protocol):
    """What comes next; :class:`sinks.years.outlook.Outlook` is one."""

    @property
    def works(self) -> pd.DataFrame:
        """One row a work.

        ``name`` (of the township, or of the city), ``line``, ``first_year``, ``last_year``, ``area_ha``, and by year
        ``expected_<year>_tc``, ``expected_<year>_low_tc``, ``expected_<year>_high_tc``.
        """

    @property
    def change(self) -> StockChange | None:
        """None without an earlier land cover."""

    @property
    def potential(self) -> Planting | None:
        """None where it was not screened."""

    @property
    def credits(self) -> Sequence[CreditScreening]:
        """Screenings for credits; the first is shown on the map."""

    @property
    def projection(self) -> Growth:
        """The stock to 2060."""


class TreeLedger(Protocol):
    """Trees year by year; :class:`sinks.years.ledger.Ledger` is one."""

    @property
    def city_years(self) -> pd.DataFrame:
        """``year`` and ``opening_tc`` to ``closing_tc`` of the whole city."""
