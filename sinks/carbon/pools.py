"""Carbon of a hectare by pool, for every land class: which factors make it up."""

from __future__ import annotations

from collections.abc import Mapping

from guanghui.geo.landcover import land_class
from guanghui.sinks.carbon.forest import has_volume, species_mix
from guanghui.sinks.factors.coefficients import NONE, Coefficient, constant, of, total
from guanghui.sinks.factors.table import OWN_TABLE, Factors, species_lineage
from guanghui.sinks.settings import SinkSettings

__all__ = ["POOLS", "cropland_split", "pools_per_ha", "tier1_soil"]

POOLS = ("above", "below", "understorey", "dead", "litter", "soil")
"""Pools in the order they are shown; the first two of a forest follow from its volume."""

_LOOKED_UP = ("above", "below", "understorey", "litter", "soil")
_UNDER_TREES = ("understorey", "dead", "litter", "soil")
_SPLIT = ("cropland",)


def pools_per_ha(key: str, settings: SinkSettings, factors: Factors, species: str = "") -> dict[str, Coefficient]:
    """Pools of a hectare of a class that do not follow from standing volume.

    Parameters
    ----------
    key : str
        Land class.
    settings : SinkSettings
        Depth of soil, climate, species mix, part of paddy.
    factors : Factors
        Tables.
    species : str, optional
        Species group of a stand, or ``#`` and the code of land that a table of the user speaks of.

    Returns
    -------
    dict
        Pool -> coefficient [t C ha⁻¹]; for forest with volume without ``above`` and ``below``.

    Raises
    ------
    InputError
        If a class has no factor for above, below, litter or soil.
    """
    if species.startswith(OWN_TABLE):
        own = {p: of(factors[f"{species}.{p}"]) for p in POOLS if f"{species}.{p}" in factors}
        return own if settings.soil else {p: c for p, c in own.items() if p != "soil"}
    if has_volume(key):
        pools = _under_trees(species_mix(key, settings.species_mix, species), settings, factors)
    elif key not in ("irrigated", "dryland", "paddy") and land_class(key).lineage[-1] in _SPLIT:
        pools = cropland_split({k: _looked_up(k, settings, factors) for k in ("paddy", "dryland")}, settings, factors)
    else:
        pools = _looked_up(key, settings, factors)
    if not settings.soil:
        return {pool: c for pool, c in pools.items() if pool != "soil"}
    reference = tier1_soil(key, settings, factors) if settings.soil_source == "tier1" else None
    return pools if reference is None else pools | {"soil": reference}


_TIER1_USE = {
    "paddy": "paddy", "dryland": "annual_crop", "irrigated": "annual_crop", "orchard": "perennial_crop",
}  # fmt: skip
_NATIVE = ("forest", "woodland", "bamboo", "shrub", "grassland")


def tier1_soil(key: str, settings: SinkSettings, factors: Factors) -> Coefficient | None:
    """Soil to 30 cm by IPCC Tier 1: reference stock of climate and soil times the factor of the use.

    Parameters
    ----------
    key : str
        Land class.
    settings : SinkSettings
        Climate zone, soil type, part of paddy.
    factors : Factors
        Tables 2.3, 5.5 and 6.2 of the 2019 Refinement.

    Returns
    -------
    Coefficient or None
        [t C/ha]; None for land the tables do not speak of (wetlands, settlements, bare land).

    Raises
    ------
    InputError
        If no reference is tabled for the climate zone.
    """
    line = land_class(key).lineage
    if key not in _TIER1_USE and line[-1] in _SPLIT:
        kinds = {k: {"soil": tier1_soil(k, settings, factors) or NONE} for k in ("paddy", "dryland")}
        return cropland_split(kinds, settings, factors)["soil"]
    if key not in _TIER1_USE and line[-1] not in _NATIVE:
        return None
    reference = of(factors.find("soil_reference", (settings.soil_type,), depth="0-30", climate=settings.climate))
    if key not in _TIER1_USE:
        return reference
    return reference * factors.find("stock_factor", (_TIER1_USE[key],), climate=settings.climate)


def _under_trees(mix: Mapping[str, float], settings: SinkSettings, factors: Factors) -> dict[str, Coefficient]:
    out = {}
    for pool in _UNDER_TREES:
        depth = settings.depth if pool == "soil" else "-"
        found = {g: factors.find(pool, species_lineage(g), depth=depth, climate=settings.climate) for g in mix}
        out[pool] = total(of(found[g], weight=share) for g, share in mix.items())
    return out


def _looked_up(key: str, settings: SinkSettings, factors: Factors) -> dict[str, Coefficient]:
    line = land_class(key).lineage
    out = {}
    for pool in _LOOKED_UP:
        depth = settings.depth if pool == "soil" else "-"
        if pool == "understorey" and not factors.has(pool, line):
            continue
        out[pool] = of(factors.find(pool, line, depth=depth, climate=settings.climate))
    return out


def cropland_split(
    kinds: Mapping[str, Mapping[str, Coefficient]], settings: SinkSettings, factors: Factors
) -> dict[str, Coefficient]:
    """Mix paddy and dry cropland where the legend does not tell them apart.

    Parameters
    ----------
    kinds : mapping
        ``paddy`` and ``dryland`` -> name -> coefficient; a name one of them lacks counts as nothing there.
    settings : SinkSettings
        Part of paddy, where it is known.
    factors : Factors
        Its default and range otherwise.

    Returns
    -------
    dict
        Name -> coefficient of a hectare of cropland.
    """
    given = settings.cropland.paddy_share
    share = constant(given) if given is not None else of(factors.find("paddy_share", ("cropland",)))
    rest = constant(1.0) + share * -1.0
    names = dict.fromkeys([*kinds["paddy"], *kinds["dryland"]])
    return {n: share * kinds["paddy"].get(n, NONE) + rest * kinds["dryland"].get(n, NONE) for n in names}
