"""Wetland balance: what is buried, what comes out as methane and nitrous oxide, and which of them weighs more.

A wetland that stores carbon can still warm: by the default factors of the 2013 Wetlands Supplement an inland marsh, a
pond and a brackish marsh give off more in methane than they bury. A balance is called a sink only when its whole 95 %
range lies below zero.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from guanghui.geo.landcover import land_class
from guanghui.geo.units import CO2_PER_C
from guanghui.sinks.factors.coefficients import Coefficient, of
from guanghui.sinks.factors.table import Factors
from guanghui.sinks.settings import SinkSettings

__all__ = ["GASES", "VERDICTS", "burial", "emissions", "gwp", "verdict"]

GASES = ("burial", "ch4", "n2o", "co2")
_GWP = {"AR6-100": "gwp_ar6_100", "AR6-20": "gwp_ar6_20", "AR5-100": "gwp_ar5_100"}
_TIDAL = ("salt_marsh", "mangrove")
_BRACKISH_PPT = 18.0
_YOUNG_YEARS = 20.0
_TIER1 = "ipcc2019"
"""Source of the default methane that the trophic factor was made for; a measured lake has its trophic state in it."""
_TROPHIC = ("lake", "reservoir", "reservoir_pond", "water")
VERDICTS: Mapping[str, tuple[str, str]] = MappingProxyType({
    "source": ("净排放源", "net source"),
    "sink": ("净吸收汇", "net sink"),
    "uncertain": ("源汇不确定", "source or sink not certain"),
    "none": ("无湿地", "no wetland"),
})  # fmt: skip


def gwp(gas: str, settings: SinkSettings, factors: Factors) -> Coefficient:
    """Warming potential of methane or nitrous oxide [t CO₂e t⁻¹].

    Parameters
    ----------
    gas : str
        ``ch4`` or ``n2o``.
    settings : SinkSettings
        ``gwp``: report of the IPCC and horizon, ``AR6-100``, ``AR6-20`` or ``AR5-100``.
    factors : Factors
        Potentials of that report and horizon.

    Raises
    ------
    InputError
        If no table gives it.
    """
    return of(factors.find(_GWP[settings.gwp], (gas,)))


def burial(key: str, settings: SinkSettings, factors: Factors) -> Coefficient:
    """Carbon a hectare of wetland buries in a year [t C ha⁻¹ yr⁻¹].

    Parameters
    ----------
    key : str
        Land class.
    settings : SinkSettings
        ``climate``, the IPCC zone.
    factors : Factors
        ``burial`` of the class or what stands for it.

    Raises
    ------
    InputError
        If there is no such class, or no table gives a factor.
    """
    return of(factors.find("burial", land_class(key).lineage, climate=settings.climate))


def emissions(key: str, settings: SinkSettings, factors: Factors) -> dict[str, Coefficient]:
    """Gases of a hectare of wetland, in CO₂ equivalents; burial counts as negative.

    Parameters
    ----------
    key : str
        Wetland class.
    settings : SinkSettings
        Salinity, trophic state, age of reservoirs, climate, warming potentials.
    factors : Factors
        Tables.

    Returns
    -------
    dict
        ``burial``, ``ch4``, ``n2o`` and, for young reservoirs, ``co2`` -> coefficient [t CO₂e ha⁻¹ yr⁻¹].

    Notes
    -----
    CH₄ and N₂O in kg are divided by 1,000; burial in t C is multiplied by −44/12. The trophic factor and the share
    released below a dam are those of the 2019 Refinement, volume 4 chapter 7, equations 7.10-7.15 (Tier 1); the
    trophic factor scales its own default alone, not methane that was measured on lakes of some trophic state.
    """
    line = land_class(key).lineage
    out = {
        "burial": burial(key, settings, factors) * -CO2_PER_C,
        "ch4": methane(key, settings, factors) * gwp("ch4", settings, factors) * 1e-3,
        "n2o": of(factors.find("n2o", line, climate=settings.climate)) * gwp("n2o", settings, factors) * 1e-3,
    }
    if key == "reservoir" and settings.wetland.reservoir_age_years <= _YOUNG_YEARS:
        out["co2"] = of(factors.find("co2_young", line, climate=settings.climate)) * CO2_PER_C
    return out


def methane(key: str, settings: SinkSettings, factors: Factors) -> Coefficient:
    """Methane of a hectare of wetland in a year [kg CH₄ ha⁻¹ yr⁻¹]."""
    line, water = land_class(key).lineage, settings.wetland
    if line[0] in _TIDAL:
        salt = water.salinity_ppt is not None and water.salinity_ppt >= _BRACKISH_PPT
        return of(factors.find("ch4_saline" if salt else "ch4_brackish", ("tidal",)))
    young = key == "reservoir" and water.reservoir_age_years <= _YOUNG_YEARS
    factor = factors.find("ch4_young" if young else "ch4", line, climate=settings.climate)
    out = of(factor)
    if water.trophic_state and line[0] in _TROPHIC and factor.source == _TIER1:
        out = out * factors.find(f"trophic_{water.trophic_state}", ("reservoir",))
    if key == "reservoir" and water.downstream:
        out = out + out * factors.find("downstream_share", ("reservoir",))
    return out


def verdict(net: float, low: float, high: float, area_ha: float = 1.0) -> str:
    """Name a balance; ``sink`` only where the whole range lies below zero.

    Parameters
    ----------
    net, low, high : float
        Best estimate and 95 % range, positive when gas goes to the air [t CO₂e yr⁻¹].
    area_ha : float
        Area of wetland; without any there is nothing to judge.

    Returns
    -------
    str
        ``source``, ``sink``, ``uncertain`` or ``none``.
    """
    if area_ha <= 0:
        return "none"
    if high < 0 and net < 0:
        return "sink"
    return "source" if low > 0 and net > 0 else "uncertain"
