"""Yearly change of the stock: net growth of the forest, burial in wetlands, soil of the farmland.

A look-up on land cover cannot see growth: a forest that stays forest would never gain, and a province whose inventories
rise would seem to lose carbon. The forest term is therefore volume x (growth − use) x conversion, as in the provincial
inventory; stands whose age is known grow as the curve of their group does at that age (:mod:`sinks.land.aged`), less
the same use. Bamboo, orchards, shrub and grass are taken to be in balance, and so is the soil of standing forest (IPCC
Tier 1).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from guanghui.geo.landcover import land_class
from guanghui.sinks.carbon.cropland import paddy_methane, soil_gain
from guanghui.sinks.carbon.forest import has_volume
from guanghui.sinks.carbon.pools import pools_per_ha
from guanghui.sinks.carbon.wetland import burial, emissions
from guanghui.sinks.factors.account import Account, Lines
from guanghui.sinks.factors.coefficients import Coefficient, Draws, constant, of, total
from guanghui.sinks.factors.table import OWN_TABLE, Factors
from guanghui.sinks.land.aged import aged_strata, use_rate
from guanghui.sinks.land.areas import LandAreas
from guanghui.sinks.land.strata import by_map, strata_coefficients, stratum_keys
from guanghui.sinks.settings import SinkSettings

__all__ = ["change_account", "gain_loss", "gas_account", "net_growth_rate"]


def net_growth_rate(settings: SinkSettings, factors: Factors) -> Coefficient:
    """Gross growth less harvest and mortality, of a cubic metre in a year [m³ m⁻³ yr⁻¹].

    Parameters
    ----------
    settings : SinkSettings
        ``growth_rate_pct`` and ``consumption_rate_pct`` of the region [%/yr], where known.
    factors : Factors
        What stands for one that is not.

    Raises
    ------
    InputError
        If no table gives it.
    """
    growth, use = (
        constant(given / 100) if given is not None else of(factors.find(name, ("tree",)), weight=0.01)
        for given, name in (
            (settings.growth_rate_pct, "growth_rate"),
            (settings.consumption_rate_pct, "consumption_rate"),
        )
    )
    return growth + use * -1.0


def change_account(areas: LandAreas, strata: pd.DataFrame, settings: SinkSettings, factors: Factors) -> Account:
    """Change of the stock in a year [t C yr⁻¹] by township, class and line.

    Parameters
    ----------
    areas : LandAreas
        Land of the townships.
    strata : pandas.DataFrame
        Forest strata with their volumes (:func:`sinks.land.strata.forest_strata`).
    settings : SinkSettings
        Growth rates, straw, climate.
    factors : Factors
        Tables.

    Returns
    -------
    Account
        Keys ``code``, ``class``, ``line`` (``forest_growth``, ``wetland_burial`` or ``cropland_soil``).
    """
    lines = Lines()
    rate = net_growth_rate(settings, factors)
    known = strata_coefficients(strata, settings, factors)
    growth = {key: s.conversion.per_m3 * rate * s.timber for key, s in known.items()}
    aged = aged_strata(strata, settings, factors)
    use = use_rate(settings, factors) * -1.0
    cut = {key: s.conversion.per_m3 * s.timber * use for key, s in known.items() if s.amount == "volume_m3"}
    cut |= {key: s.conversion.per_m3 * use for key, s in known.items() if s.amount != "volume_m3"}
    for stand in aged:
        keys = {"code": stand.code, "class": stand.land_class, "line": "forest_growth"}
        lines.add(stand.growth_m3_yr, stand.coefficient, mapped=stand.mapped, **keys)
    for stand in aged:
        keys = {"code": stand.code, "class": stand.land_class, "line": "forest_growth"}
        lines.add(stand.volume_m3, cut[stand.key], mapped=stand.mapped, **keys)
    ageless = strata[strata["age"] == ""]
    for key, row in zip(stratum_keys(ageless), ageless.to_dict("records"), strict=True):
        keys = {"code": row["code"], "class": row["class"], "line": "forest_growth"}
        lines.add(row[known[key].amount], growth[key], mapped=by_map(row), **keys)
    for row in areas.frame[areas.frame["species"].str.startswith(OWN_TABLE)].to_dict("records"):
        if has_volume(row["class"]):  # trees of a carbon table grow by the same rate as any
            living = pools_per_ha(row["class"], settings, factors, row["species"])
            keys = {"code": row["code"], "class": row["class"], "line": "forest_growth"}
            alive = total(living[p] for p in ("above", "below") if p in living)
            lines.add(row["area_ha"], alive * rate, mapped=True, **keys)
    for group, line, build in (("wetland", "wetland_burial", burial), ("cropland", "cropland_soil", soil_gain)):
        for code, name, area, mapped, coefficient in _by_class(areas, group, build, settings, factors):
            lines.add(area, coefficient, mapped=mapped, code=code, line=line, **{"class": name})
    return lines.account(["code", "class", "line"])


def gas_account(areas: LandAreas, settings: SinkSettings, factors: Factors) -> Account:
    """Greenhouse gases of wetlands and paddies in a year [t CO₂e yr⁻¹], positive to the air.

    Parameters
    ----------
    areas : LandAreas
        Area of every class of a township [ha].
    settings : SinkSettings
        Climate, warming potentials and rice.
    factors : Factors
        Emission factors.

    Returns
    -------
    Account
        Keys ``code``, ``class``, ``line``: ``burial``, ``ch4``, ``n2o``, ``co2`` of wetlands, ``paddy_ch4`` of paddies.

    Raises
    ------
    InputError
        If no table gives a factor.
    """
    lines = Lines()
    gases = {k: emissions(k, settings, factors) for k in _classes(areas, "wetland")}
    for row in areas.frame.to_dict("records"):
        for gas, coefficient in gases.get(row["class"], {}).items():
            mapped = row["layer"] == "landcover"
            lines.add(row["area_ha"], coefficient, mapped=mapped, code=row["code"], line=gas, **{"class": row["class"]})
    for code, key, area, mapped, coefficient in _by_class(areas, "cropland", paddy_methane, settings, factors):
        lines.add(area, coefficient, mapped=mapped, code=code, line="paddy_ch4", **{"class": key})
    return lines.account(["code", "class", "line"])


def _classes(areas: LandAreas, group: str) -> list[str]:
    return [k for k in areas.frame["class"].unique() if land_class(k).group == group]


_Build = Callable[[str, SinkSettings, Factors], Coefficient]


def _by_class(
    areas: LandAreas, group: str, build: _Build, settings: SinkSettings, factors: Factors
) -> list[tuple[str, str, float, bool, Coefficient]]:
    """Township, class, area, whether the map says it, and coefficient of every piece of land of a group."""
    built = {k: build(k, settings, factors) for k in _classes(areas, group)}
    rows = areas.frame[areas.frame["class"].isin(list(built))]
    return [
        (r["code"], r["class"], float(r["area_ha"]), r["layer"] == "landcover", built[r["class"]])
        for r in rows.to_dict("records")
    ]


def gain_loss(
    density_tc_ha: float, years: float, settings: SinkSettings, factors: Factors, *, draws: int = 10_000, seed: int = 0
) -> pd.Series:
    """Carry a biomass density forward by growth and use.

    Parameters
    ----------
    density_tc_ha : float
        Density at the start [t C ha⁻¹].
    years : float
        Years passed.
    settings : SinkSettings
        Growth and consumption rates, where known.
    factors : Factors
        Their defaults.
    draws, seed : int
        Monte Carlo.

    Returns
    -------
    pandas.Series
        ``value``, ``low``, ``high`` at the end [t C ha⁻¹], 95 % range.

    Notes
    -----
    ``C(t) = C(0) (1 + g − u)^t`` with constant yearly rates of growth g and use u.
    """
    rate = net_growth_rate(settings, factors)
    end = density_tc_ha * (1 + rate.draw(Draws(draws, seed))) ** years
    low, high = np.percentile(end, (2.5, 97.5))
    return pd.Series({"value": density_tc_ha * (1 + rate.value) ** years, "low": low, "high": high})
