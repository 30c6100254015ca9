"""Forest strata of a city: which forest, in which township, with which volume, reconciled with the inventory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from guanghui.geo.landcover import land_class
from guanghui.sinks.carbon.forest import METHODS, Conversion, conversion, default_volume, has_volume, species_mix
from guanghui.sinks.carbon.growth import TabledCurve, growth_curve
from guanghui.sinks.factors.coefficients import NONE, Coefficient, constant, of
from guanghui.sinks.factors.table import OWN_TABLE, Factors
from guanghui.sinks.land.areas import LandAreas
from guanghui.sinks.land.reconcile import Reconciliation, factor_by_total, reconcile
from guanghui.sinks.settings import SinkSettings

__all__ = [
    "BY_CARBON",
    "SOURCES",
    "StratumCoefficients",
    "by_map",
    "forest_strata",
    "stand_sources",
    "strata_coefficients",
    "stratum_conversion",
    "stratum_keys",
]

_REASON = {
    "bef": (
        "采用省级清单指南方法：与上级清单口径一致；随蓄积线性变化，乡镇之和等于全市",
        "the method of the provincial inventory guide: comparable with the accounts above the county, and linear, so "
        "that townships sum",
    ),
    "fang": (
        "按设置采用方精云换算因子连续函数法（含根）；低蓄积林分可能偏高",
        "set by the user: Fang's continuous function, roots inside; it may be high in stands of low volume",
    ),
}
_KEYS = ["code", "class", "layer", "species", "age"]


StratumKey = tuple[str, str, str]
"""Class, species group and source of a stratum."""
BY_CARBON = " carbon"
"""After the age of a stand whose carbon is that of the user's growth table."""

SOURCES: Mapping[str, tuple[int, str, str]] = {
    "none": (0, "无林", "no forest with volume"),
    "stands": (1, "小班", "stand inventory"),
    "biomass": (2, "生物量栅格", "biomass raster"),
    "inventory": (3, "官方蓄积分摊", "official volume spread over the map"),
    "default": (4, "单位面积默认值", "default volume per hectare"),
    "table_planted": (5, "自有生长表（人工林）", "own growth table, planted"),
    "table_natural": (6, "自有生长表（天然林）", "own growth table, natural"),
}
"""Where the volume of a forest comes from, in order of precedence: number on maps and labels."""


def forest_strata(
    areas: LandAreas,
    settings: SinkSettings,
    factors: Factors,
    *,
    region_ha: float,
    biomass: pd.Series | None = None,
) -> Reconciliation:
    """Volumes of all forest strata, raw and reconciled, with both conversions beside each other.

    Parameters
    ----------
    areas : LandAreas
        Land of the townships.
    settings : SinkSettings
        Official totals, species mix, conversion, explicit yes.
    factors : Factors
        Tables.
    region_ha : float
        Area of the region, to turn the official forest cover into hectares.
    biomass : pandas.Series, optional
        (``code``, ``class``) -> standing volume by a biomass raster [m³/ha]; it stands behind stands and before the
        default.

    Returns
    -------
    Reconciliation

    Raises
    ------
    InputError
        As :func:`sinks.land.reconcile.reconcile`.
    """
    trees = areas.frame["class"].map(has_volume).astype(bool) & ~areas.frame["species"].str.startswith(OWN_TABLE)
    rows = areas.frame[trees].reset_index(drop=True)
    mixes = [species_mix(k, settings.species_mix, s) for k, s in zip(rows["class"], rows["species"], strict=True)]
    default = np.array([default_volume(m, factors).value for m in mixes]) * rows["area_ha"].to_numpy(float)
    seen = _by_biomass(rows, biomass) * rows["area_ha"]
    by_stand = stand_sources(rows["age"], rows["volume_m3"].notna().to_numpy())
    source = np.where(by_stand != "", by_stand, np.where(seen.notna(), "biomass", "default"))
    volume = rows["volume_m3"].fillna(seen).fillna(pd.Series(default, index=rows.index))
    strata = rows[[*_KEYS, "area_ha"]].assign(raw_volume_m3=volume, measured=source != "default", source=source)
    tabled = rows.empty and bool(settings.own_pools)
    official = None if tabled else settings.standing_volume_m3
    by_township = {} if tabled else settings.township_volume_m3
    done = reconcile(strata, official_m3=official, by_township_m3=by_township, accept=settings.accept_factor)
    done["reconciled"] = official is not None
    if official is None:
        done["reconciled"] = done["code"].isin(by_township)
    spread = done["reconciled"] & (done["source"] == "default")
    done["source"] = done["source"].where(~spread, "inventory")
    summary, methods = _summary(done, areas, settings, region_ha), _methods(done, settings, factors)
    return Reconciliation(done, summary, methods, *_REASON[settings.conversion])


def stand_sources(age: pd.Series, known: npt.NDArray[np.bool_]) -> pd.Series:
    """Source of the trees of stands, key of ``SOURCES``; empty where the volume is unknown.

    Parameters
    ----------
    age : pandas.Series
        Origin and years, as the layers hold them.
    known : numpy.ndarray
        Whether the volume is known, on the rows of ``age``.
    """
    tabled = age.str.endswith(BY_CARBON)
    return pd.Series(np.where(known, "stands", ""), index=age.index).mask(tabled, "table_" + age.str.split(" ").str[0])


def stratum_conversion(key: StratumKey, settings: SinkSettings, factors: Factors, method: str) -> Conversion:
    """Conversion of a stratum.

    Biomass of a raster is turned back as it came, whatever the method of inventories; a growth table of the user that
    states carbon keeps it, and its own range and trust.

    Parameters
    ----------
    key : tuple of str
        Class, species group and source.
    settings : SinkSettings
        Species mix; conversion of the account.
    factors : Factors
        Conversions and growth of the user.
    method : str
        Conversion of inventories.

    Raises
    ------
    InputError
        If no table gives a factor.
    """
    name, species, source = key
    mix = species_mix(name, settings.species_mix, species)
    if not source.startswith("table_"):
        return conversion(mix, "bef" if source == "biomass" else method, factors)
    group = max(mix.items(), key=lambda item: item[1])[0]
    curve = growth_curve(group, factors, source.removeprefix("table_"), settings.conversion)
    assert isinstance(curve, TabledCurve)
    own = of(curve.spread, weight=curve.per_m3_tc / curve.spread.value)
    return Conversion(method, own * (1 - curve.below_share), own * curve.below_share, NONE, NONE)


def by_map(stratum: Mapping[str, object]) -> bool:
    """Tell whether the volume of a stratum follows from the area of the map, and from no inventory.

    Parameters
    ----------
    stratum : mapping
        Row with ``layer`` and ``reconciled``.
    """
    return stratum["layer"] == "landcover" and not stratum["reconciled"]


def _by_biomass(rows: pd.DataFrame, biomass: pd.Series | None) -> pd.Series:
    """Volume of the raster for land that only the land cover speaks of [m³/ha]."""
    if biomass is None or biomass.empty:
        return pd.Series(np.nan, index=rows.index)
    found = biomass.reindex(pd.MultiIndex.from_frame(rows[["code", "class"]])).to_numpy(float)
    return pd.Series(np.where(rows["layer"] == "landcover", found, np.nan), index=rows.index)


def _summary(strata: pd.DataFrame, areas: LandAreas, settings: SinkSettings, region_ha: float) -> pd.DataFrame:
    """Totals before and after; the mapped forest is compared with the official cover, not scaled to it."""
    raw, after = strata["raw_volume_m3"].sum(), strata["volume_m3"].sum()
    closed = areas.frame[areas.frame["class"].map(_counts_as_cover)]
    mapped = closed["area_ha"].sum()
    cover = settings.forest_cover_pct
    official_ha = np.nan if cover is None else cover / 100 * region_ha
    volume = settings.standing_volume_m3
    frame = pd.DataFrame(
        {
            "raw": [raw, mapped],
            "official": [np.nan if volume is None else volume, official_ha],
            "reconciled": [after, mapped],
            "unit": ["m3", "ha"],
        },
        index=pd.Index(["standing_volume", "forest_area"], name="total"),
    )
    frame["factor"] = [after / raw if raw > 0 else np.nan, _cover_factor(mapped, official_ha, settings)]
    return frame[["raw", "official", "reconciled", "factor", "unit"]]


def _cover_factor(mapped: float, official: float, settings: SinkSettings) -> float:
    if np.isnan(official):
        return float("nan")
    return factor_by_total(mapped, official, "forest cover [ha]", accept=settings.accept_factor)


def _counts_as_cover(key: str) -> bool:
    """Official forest cover counts tree stands and bamboo, not open woodland."""
    return key == "bamboo" or (has_volume(key) and land_class(key).lineage[-1] != "woodland")


def _methods(strata: pd.DataFrame, settings: SinkSettings, factors: Factors) -> pd.DataFrame:
    out = []
    for method in METHODS:
        before = after = 0.0
        for (key, species, source), rows in strata.groupby(["class", "species", "source"]):
            c = stratum_conversion((str(key), str(species), str(source)), settings, factors, method)
            per_ha = (c.above_ha.value + c.below_ha.value) * rows["area_ha"].sum()
            before += c.per_m3.value * rows["raw_volume_m3"].sum() + per_ha
            after += c.per_m3.value * rows["volume_m3"].sum() + per_ha
        out.append({"method": method, "before_tc": before, "after_tc": after, "chosen": method == settings.conversion})
    volume = float(strata["volume_m3"].sum())
    frame = pd.DataFrame(out).set_index("method")
    frame.insert(2, "tc_per_m3", frame["after_tc"] / volume if volume > 0 else np.nan)
    return frame


@dataclass(frozen=True)
class StratumCoefficients:
    """How the trees of a stratum are counted."""

    conversion: Conversion
    amount: str
    """Column that is multiplied: ``volume_m3``, or ``area_ha`` where the volume is a default."""
    timber: Coefficient
    """Cubic metres for each unit of that column, with its error."""


def stratum_keys(strata: pd.DataFrame) -> list[StratumKey]:
    """Key of every stratum, in the order of the rows.

    Parameters
    ----------
    strata : pandas.DataFrame
        ``class``, ``species`` and ``source``.
    """
    columns = (strata[c].astype(str) for c in ("class", "species", "source"))
    return list(zip(*columns, strict=True))


def strata_coefficients(
    strata: pd.DataFrame, settings: SinkSettings, factors: Factors
) -> Mapping[StratumKey, StratumCoefficients]:
    """Coefficients of all strata; those alike share one, so that they are drawn once.

    A measured or official volume carries the error of inventories, one read from a biomass raster that of such
    products, a default the range of the default.

    Parameters
    ----------
    strata : pandas.DataFrame
        ``class``, ``species`` and ``source``.
    settings : SinkSettings
        Species mix and conversion.
    factors : Factors
        Conversions, default volumes and errors.

    Returns
    -------
    mapping
        Conversion, and volume or its error, by stratum key.

    Raises
    ------
    InputError
        If no table gives a factor.
    """
    out = {}
    for key in dict.fromkeys(stratum_keys(strata)):
        name, species, source = key
        mix = species_mix(name, settings.species_mix, species)
        converted = stratum_conversion(key, settings, factors, settings.conversion)
        if source.startswith("table_"):
            out[key] = StratumCoefficients(converted, "volume_m3", constant(1.0))
        elif source == "default":
            out[key] = StratumCoefficients(converted, "area_ha", default_volume(mix, factors))
        else:
            error = factors.find("biomass_error" if source == "biomass" else "volume_error", ("tree",))
            out[key] = StratumCoefficients(converted, "volume_m3", of(error))
    return out
