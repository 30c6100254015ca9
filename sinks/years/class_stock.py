"""What the classes alone say: a hectare has the stock of its class, at once and without growth."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from guanghui.geo.landcover import land_class
from guanghui.sinks.carbon.forest import conversion, default_volume, has_volume, species_mix
from guanghui.sinks.carbon.pools import pools_per_ha
from guanghui.sinks.city import SinkCity
from guanghui.sinks.factors.coefficients import Coefficient, of, total
from guanghui.sinks.factors.table import OWN_TABLE, Factors
from guanghui.sinks.settings import SinkSettings
from guanghui.sinks.stock import Stock
from guanghui.sinks.years.transitions import Transitions

__all__ = ["Own", "class_pools", "class_volume", "lookup_codes", "lookup_lines", "mean_volumes", "own_class_pools"]

_STILL = 1e-12

Own = Mapping[str, Mapping[str, Coefficient]]
"""Class -> pool -> carbon by a table of the user [t C/ha]."""


def mean_volumes(stock: Stock) -> Mapping[str, float]:
    """Mean standing volume of each class of the map [m³/ha].

    Parameters
    ----------
    stock : Stock
        Of the later date.
    """
    strata = stock.reconciliation.strata
    sums = strata[strata["layer"] == "landcover"].groupby("class")[["volume_m3", "area_ha"]].sum()
    return dict(zip(sums.index.astype(str), sums["volume_m3"] / sums["area_ha"], strict=True))


def own_class_pools(city: SinkCity, stock: Stock, factors: Factors) -> Own:
    """Mean pools of each class that a carbon table of the user speaks of [t C/ha], by the land of its codes.

    A class that is gone at the later date has the mean of its codes at the earlier one.

    Parameters
    ----------
    city : SinkCity
        With both land covers.
    stock : Stock
        Of the later date.
    factors : Factors
        Tables, with those of the user.
    """
    rows = stock.areas.frame[stock.areas.frame["species"].str.startswith(OWN_TABLE)]
    area = {(str(k), str(s)): float(v) for (k, s), v in rows.groupby(["class", "species"])["area_ha"].sum().items()}
    here = {key for key, _ in area}
    if city.landcover is not None and city.landcover_before is not None and stock.settings.own_pools:
        then = city.landcover_before.clip(city.townships).census()
        size = dict(zip(then.index.astype(str), then.to_numpy(float), strict=True))
        for code, key in city.landcover.numbering().classes.items():
            if str(code) in stock.settings.own_pools and land_class(key).key not in here:
                area[land_class(key).key, f"{OWN_TABLE}{code}"] = size.get(str(code), 0.0) + _STILL
    whole: dict[str, float] = {}
    for (key, _), ha in area.items():
        whole[key] = whole.get(key, 0.0) + ha
    parts: dict[str, dict[str, list[Coefficient]]] = {}
    for (key, species), ha in area.items():
        for pool, c in pools_per_ha(key, stock.settings, factors, species).items():
            parts.setdefault(key, {}).setdefault(pool, []).append(c * (ha / whole[key]))
    return {key: {pool: total(cs) for pool, cs in pools.items()} for key, pools in parts.items()}


def class_pools(
    key: str, settings: SinkSettings, factors: Factors, volumes: Mapping[str, float], own: Own
) -> dict[str, Coefficient]:
    """All pools of a hectare of a class, trees at the volume of the class.

    Parameters
    ----------
    key : str
        Land class.
    settings : SinkSettings
        Species mix, conversion, soil.
    factors : Factors
        Tables.
    volumes : mapping
        Class -> standing volume [m³/ha], as of :func:`mean_volumes`.
    own : mapping
        Class -> pool -> carbon by a table of the user [t C/ha].
    """
    if key in own:
        return dict(own[key])
    out = dict(pools_per_ha(key, settings, factors))
    if has_volume(key):
        mix = species_mix(key, settings.species_mix)
        c = conversion(mix, settings.conversion, factors)
        volume = class_volume(key, mix, factors, volumes)
        out |= {"above": c.above_m3 * volume + c.above_ha, "below": c.below_m3 * volume + c.below_ha}
    return out


def class_volume(key: str, mix: Mapping[str, float], factors: Factors, volumes: Mapping[str, float]) -> Coefficient:
    """Standing volume of a hectare of a class: its mean in the account, else the default of its mix [m³/ha].

    Parameters
    ----------
    key : str
        Land class.
    mix : mapping
        Species group -> share of volume [1].
    factors : Factors
        Tables.
    volumes : mapping
        Class -> standing volume [m³/ha], as of :func:`mean_volumes`.
    """
    if key in volumes:
        return of(factors.find("volume_error", ("tree",))) * volumes[key]
    return default_volume(mix, factors)


def lookup_lines(
    found: Transitions, settings: SinkSettings, factors: Factors, volumes: Mapping[str, float], own: Own
) -> pd.Series:
    """What the classes alone say, by township [t C]; with a table of the user, polygons by their codes.

    Parameters
    ----------
    found : Transitions
        Areas.
    settings : SinkSettings
        Species mix, conversion, soil.
    factors : Factors
        Tables.
    volumes : mapping
        Class -> standing volume [m³/ha], as of :func:`mean_volumes`.
    own : mapping
        Class -> pool -> carbon by a table of the user [t C/ha].
    """
    if found.codes is not None and settings.own_pools:
        return lookup_codes(found.codes, settings, factors, volumes)
    keys = dict.fromkeys([*found.frame["before"], *found.frame["after"]])
    density = {k: sum(c.value for c in class_pools(k, settings, factors, volumes, own).values()) for k in keys}
    change = found.frame["area_ha"] * (found.frame["after"].map(density) - found.frame["before"].map(density))
    return change.groupby(found.frame["code"]).sum()


def lookup_codes(
    codes: pd.DataFrame, settings: SinkSettings, factors: Factors, volumes: Mapping[str, float]
) -> pd.Series:
    """What the codes alone say, by township [t C]: the table where it speaks of them, else their class.

    Parameters
    ----------
    codes : pandas.DataFrame
        Pairs of codes, as in :class:`sinks.years.transitions.Transitions`.
    settings : SinkSettings
        Species mix, conversion, soil.
    factors : Factors
        Tables.
    volumes : mapping
        Class -> standing volume [m³/ha], as of :func:`mean_volumes`.
    """
    area = codes["area_ha"] - (0.0 if settings.change.count_border else codes["border_ha"])
    density: dict[tuple[str, str], float] = {}
    for side in ("before", "after"):
        for code, key in set(zip(codes[side], codes[f"{side}_class"], strict=True)) - set(density):
            if str(code) in settings.own_pools:
                pools = pools_per_ha(key, settings, factors, f"{OWN_TABLE}{code}")
            else:
                pools = class_pools(key, settings, factors, volumes, {})
            density[code, key] = sum(c.value for c in pools.values())
    old, new = (
        np.array([density[pair] for pair in zip(codes[side], codes[f"{side}_class"], strict=True)])
        for side in ("before", "after")
    )
    return (area * (new - old)).groupby(codes["code"]).sum()
