"""Farmland: what its soil gains from straw, and the methane of its paddies on a line of its own."""

from __future__ import annotations

from guanghui.geo.landcover import land_class
from guanghui.sinks.carbon.pools import cropland_split
from guanghui.sinks.carbon.wetland import gwp
from guanghui.sinks.factors.coefficients import NONE, Coefficient, of, total
from guanghui.sinks.factors.table import Factors
from guanghui.sinks.settings import SinkSettings

__all__ = ["STRAW_YEARS", "paddy_methane", "soil_gain"]

STRAW_YEARS = 20
"""Years over which a change of management moves the soil from one balance to another (IPCC Tier 1)."""
_SEASONS = {"single": ("single_rice",), "double": ("early_rice", "late_rice")}


def soil_gain(key: str, settings: SinkSettings, factors: Factors) -> Coefficient:
    """Carbon the soil of a hectare of cropland gains in a year [t C ha⁻¹ yr⁻¹].

    Only straw that began to be given back within the last 20 years counts, and only on paddy; what the crop itself
    takes up is harvested and is no sink.

    Parameters
    ----------
    key : str
        Class of the group cropland.
    settings : SinkSettings
        ``cropland.straw_return_share``, climate.
    factors : Factors
        Tables.
    """
    gain = of(factors.find("straw_gain", ("paddy",), climate=settings.climate)) * settings.cropland.straw_return_share
    return _on_paddy(key, gain, settings, factors)


def paddy_methane(key: str, settings: SinkSettings, factors: Factors) -> Coefficient:
    """Methane of a hectare of cropland in a year [t CO₂e ha⁻¹ yr⁻¹]; dry cropland gives none.

    Parameters
    ----------
    key : str
        Land class of cropland; only ``paddy`` and the paddy share of unnamed cropland give methane.
    settings : SinkSettings
        ``cropland`` (paddy share [1], rice seasons, double where none is said) and ``gwp``.
    factors : Factors
        Emission by season [kg CH₄ ha⁻¹].

    Raises
    ------
    InputError
        If no table gives a factor.
    """
    seasons = [of(factors.find("ch4", (s,))) for s in _SEASONS[settings.cropland.rice_seasons or "double"]]
    return _on_paddy(key, total(seasons) * gwp("ch4", settings, factors) * 1e-3, settings, factors)


def _on_paddy(key: str, per_ha: Coefficient, settings: SinkSettings, factors: Factors) -> Coefficient:
    line = land_class(key).lineage
    if line[0] == "paddy":
        return per_ha
    if line[0] in ("dryland", "irrigated") or line[-1] != "cropland":
        return NONE
    return cropland_split({"paddy": {"x": per_ha}, "dryland": {}}, settings, factors)["x"]
