"""The map: carbon density of every cell by pool, lazily, from the same classes, volumes and factors as the tables."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

import dask.array as da
import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from guanghui.geo.burn import burn
from guanghui.geo.landcover import AnyCover, land_class, land_classes
from guanghui.sinks.carbon.forest import Conversion, conversion, default_volume, has_volume, species_mix
from guanghui.sinks.carbon.pools import POOLS, pools_per_ha
from guanghui.sinks.factors.coefficients import Coefficient
from guanghui.sinks.factors.table import OWN_TABLE, Factors, pool_labels
from guanghui.sinks.land.biomass import volume_per_biomass
from guanghui.sinks.land.layers import Layers
from guanghui.sinks.land.strata import SOURCES, stand_sources, stratum_conversion
from guanghui.sinks.settings import SinkSettings

__all__ = ["UnitMap", "density_map", "source_map", "unit_map"]

_CLASSES = 256
_OF_STANDS = ("stands", "table_planted", "table_natural")


@dataclass(frozen=True)
class UnitMap:
    """Which unit of the account each cell belongs to: a land class, or a forest stand."""

    units: xr.DataArray
    """int32: id of the land class, or 256 + position of the stand; 0 where there is no data."""
    stands: gpd.GeoDataFrame | None
    """Stands as :class:`sinks.land.layers.Layers` holds them."""
    tabled: tuple[tuple[str, str], ...] = ()
    """Class, and ``#`` with the code, of land that a carbon table of the user speaks of; numbered after the stands."""

    @property
    def keys(self) -> list[tuple[str, str]]:
        """Class and species group of every unit, by its number; empty for numbers without a class."""
        names = {info.id: key for key, info in land_classes().items() if info.id}
        out = [(names.get(i, ""), "") for i in range(_CLASSES)]
        if self.stands is not None:
            out += list(zip(self.stands["class"], self.stands["species"], strict=True))
        return [*out, *self.tabled]

    @property
    def classes(self) -> xr.DataArray:
        """Land class of every cell, uint8, 0 where there is no data; lazy."""
        ids = np.array([land_class(k).id if k else 0 for k, _ in self.keys], np.uint8)
        out = _map(lambda u: ids[u], ids.dtype, self.units)
        out.name, out.attrs = "land_class", {"nodata": 0, "long_name": "land class", "long_name_zh": "地类"}
        return out


def unit_map(land: AnyCover, townships: gpd.GeoDataFrame, layers: Layers, tabled: Collection[str] = ()) -> UnitMap:
    """Land cover with stand and wetland polygons burned in, lazily; wetlands overrule stands, stands the raster.

    A cell takes the polygon that holds the largest part of it, if the polygons of that layer cover at least half of it.
    Tables use exact parts instead, so at the edge of a polygon the map is rounder than the table.

    Parameters
    ----------
    land : AnyCover
        Land cover; it is clipped to the townships.
    townships : geopandas.GeoDataFrame
        Polygons.
    layers : Layers
        Wetlands and stands.
    tabled : collection of str, optional
        Codes that a carbon table of the user speaks of.
    """
    part = land.clip(townships)
    own: list[tuple[str, str]] = []
    if tabled:
        first = _CLASSES + (0 if layers.stands is None else len(layers.stands))
        numbers = {}
        for code, key in part.numbering().classes.items():
            numbers[code] = land_class(key).id
            if str(code) in tabled:
                numbers[code] = first + len(own)
                own.append((land_class(key).key, f"{OWN_TABLE}{code}"))
        units = part.numbered(numbers)
    else:
        units = part.classify(check=False).astype(np.int32)
    if layers.stands is not None:
        units = _over(units, layers.stands, np.arange(len(layers.stands), dtype=np.int32) + _CLASSES)
    if layers.wetlands is not None:
        units = _over(units, layers.wetlands, np.array([land_class(k).id for k in layers.wetlands["class"]], np.int32))
    return UnitMap(units, layers.stands, tuple(own))


def _over(units: xr.DataArray, layer: gpd.GeoDataFrame, numbers: npt.NDArray[np.int32]) -> xr.DataArray:
    return _map(lambda u, owner: np.where(owner >= 0, numbers[owner], u), np.dtype(np.int32), units, burn(units, layer))


def _map(function: Callable[..., Any], dtype: np.dtype[Any], *arrays: xr.DataArray) -> xr.DataArray:
    data = da.map_blocks(function, *(a.data for a in arrays), dtype=dtype, meta=np.empty((0, 0), dtype))
    return arrays[0].copy(data=data)


def density_map(
    units: UnitMap,
    townships: gpd.GeoDataFrame,
    strata: pd.DataFrame,
    settings: SinkSettings,
    factors: Factors,
    *,
    biomass: xr.DataArray | None = None,
) -> xr.Dataset:
    """Carbon density by pool.

    Parameters
    ----------
    units : UnitMap
        What lies where.
    townships : geopandas.GeoDataFrame
        ``code`` and polygons; cells outside are NaN.
    strata : pandas.DataFrame
        Reconciled forest strata.
    settings : SinkSettings
        Conversion, soil, depth.
    factors : Factors
        Tables.
    biomass : xarray.DataArray, optional
        Above-ground biomass on the same grid [t/ha]: the pattern of the forest where it is known.

    Returns
    -------
    xarray.Dataset
        One variable a pool and ``total`` (float32, dims (y, x), t C/ha, NaN where unknown or outside); lazy.
    """
    base, slope = _tables(units, settings, factors)
    volume = _volumes(units, townships, strata, settings, factors)
    zone = burn(units.units, townships)
    pools = [p for p in POOLS if settings.soil or p != "soil"]
    timber = _map(lambda u, z: volume[z, u], volume.dtype, units.units, zone)
    if biomass is not None:
        per_tonne = _per_biomass(units, townships, strata, settings, factors)
        seen = _map(lambda u, z, b: b * per_tonne[z, u], volume.dtype, units.units, zone, biomass)
        timber = _map(lambda v, s: np.where(s > 0, s, v), volume.dtype, timber, seen)
    out = {pool: _layer(units.units, zone, timber, base[pool], slope.get(pool)) for pool in pools}
    if biomass is not None and settings.conversion != "bef":
        raster = _by_raster(units, townships, strata)
        _, linear = _tables(units, settings.model_copy(update={"conversion": "bef"}), factors)
        for pool, per_m3 in linear.items():
            own = _layer(units.units, zone, timber, np.zeros_like(per_m3), per_m3)
            out[pool] = _map(lambda o, r, u, z: np.where(raster[z, u], r, o), np.dtype(np.float32), out[pool], own,
                             units.units, zone)  # fmt: skip
    out["total"] = _map(lambda *parts: np.sum(parts, axis=0, dtype=np.float32), np.dtype(np.float32), *out.values())
    return xr.Dataset({pool: _dress(layer, pool) for pool, layer in out.items()})


_Table = npt.NDArray[np.float32]


def _layer(
    units: xr.DataArray, zone: xr.DataArray, volume: xr.DataArray, base: _Table, slope: _Table | None
) -> xr.DataArray:
    def look(u: npt.NDArray[np.int32], z: npt.NDArray[np.int32], v: _Table) -> _Table:
        value = base[u] if slope is None else base[u] + slope[u] * v
        return np.where((u > 0) & (z >= 0), value, np.float32(np.nan))

    return _map(look, np.dtype(np.float32), units, zone, volume)


def _tables(units: UnitMap, settings: SinkSettings, factors: Factors) -> tuple[dict[str, _Table], dict[str, _Table]]:
    """Density without volume [t C/ha], and what each cubic metre adds [t C/m³], by pool and unit."""
    keys = units.keys
    base = {pool: np.zeros(len(keys), np.float32) for pool in POOLS}
    slope = {pool: np.zeros(len(keys), np.float32) for pool in ("above", "below")}
    known: dict[tuple[str, str], tuple[dict[str, float], dict[str, float]]] = {}
    for i, (key, species) in enumerate(keys):
        if not key:
            continue
        if (key, species) not in known:
            per_ha = dict(pools_per_ha(key, settings, factors, species))
            per_m3: dict[str, Coefficient] = {}
            if has_volume(key) and not species.startswith(OWN_TABLE):
                c = conversion(species_mix(key, settings.species_mix, species), settings.conversion, factors)
                per_ha |= {"above": c.above_ha, "below": c.below_ha}
                per_m3 = {"above": c.above_m3, "below": c.below_m3}
            known[key, species] = ({p: c.value for p, c in per_ha.items()}, {p: c.value for p, c in per_m3.items()})
        for table, values in zip((base, slope), known[key, species], strict=True):
            for pool, value in values.items():
                table[pool][i] = value
    for i, own in _by_growth_table(units, settings, factors).items():
        for pool, alone, grown in (("above", own.above_ha, own.above_m3), ("below", own.below_ha, own.below_m3)):
            base[pool][i], slope[pool][i] = alone.value, grown.value
    return base, slope


def _by_growth_table(units: UnitMap, settings: SinkSettings, factors: Factors) -> dict[int, Conversion]:
    """Conversion of the stands whose carbon is that of the user's growth table, by the number of their unit."""
    stands = units.stands
    if stands is None:
        return {}
    sources = stand_sources(stands["age"], np.ones(len(stands), bool))
    rows = np.flatnonzero(sources != "stands")
    keys = [(str(stands["class"].iloc[i]), str(stands["species"].iloc[i]), str(sources.iloc[i])) for i in rows]
    made = {k: stratum_conversion(k, settings, factors, settings.conversion) for k in dict.fromkeys(keys)}
    return {_CLASSES + int(i): made[k] for i, k in zip(rows, keys, strict=True)}


def _volumes(
    units: UnitMap, townships: gpd.GeoDataFrame, strata: pd.DataFrame, settings: SinkSettings, factors: Factors
) -> _Table:
    """Standing volume by township (last row: outside) and unit [m³/ha]."""
    keys = units.keys
    table = np.zeros((len(townships) + 1, len(keys)), np.float32)
    place = {code: i for i, code in enumerate(townships["code"])}
    for row in strata[strata["layer"] == "landcover"].to_dict("records"):
        table[place[row["code"]], land_class(row["class"]).id] = row["volume_m3"] / row["area_ha"]
    if units.stands is not None:
        gap = [
            default_volume(species_mix(k, settings.species_mix, s), factors).value if has_volume(k) else 0.0
            for k, s in keys[_CLASSES : _CLASSES + len(units.stands)]
        ]
        own = units.stands["volume_m3_ha"].fillna(pd.Series(gap, index=units.stands.index)).to_numpy(float)
        for code, factor in strata.groupby("code")["factor"].first().items():
            table[place[code], _CLASSES : _CLASSES + len(own)] = own * factor
    return table


def _per_biomass(
    units: UnitMap, townships: gpd.GeoDataFrame, strata: pd.DataFrame, settings: SinkSettings, factors: Factors
) -> _Table:
    """Volume a tonne of biomass stands for, reconciled, by township and unit [m³/t]; 0 where no raster decides."""
    table = np.zeros((len(townships) + 1, len(units.keys)), np.float32)
    place = {code: i for i, code in enumerate(townships["code"])}
    for row in strata[strata["source"] == "biomass"].to_dict("records"):
        factor = volume_per_biomass(row["class"], settings, factors) * row["factor"]
        table[place[row["code"]], land_class(row["class"]).id] = factor
    return table


def _by_raster(units: UnitMap, townships: gpd.GeoDataFrame, strata: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Where a biomass raster decides, by township (last row: outside) and unit."""
    table = np.zeros((len(townships) + 1, len(units.keys)), np.bool_)
    place = {code: i for i, code in enumerate(townships["code"])}
    for row in strata[strata["source"] == "biomass"].to_dict("records"):
        table[place[row["code"]], land_class(row["class"]).id] = True
    return table


def source_map(units: UnitMap, townships: gpd.GeoDataFrame, strata: pd.DataFrame) -> xr.DataArray:
    """Where the volume of each forest cell comes from: numbers of :data:`sinks.land.strata.SOURCES`, uint8, lazy.

    Parameters
    ----------
    units : UnitMap
        Unit of every cell and what the units are.
    townships : geopandas.GeoDataFrame
        Polygons with ``code``, in the order of the map.
    strata : pandas.DataFrame
        ``code``, ``class``, ``species``, ``layer`` and ``source`` of every stratum.

    Returns
    -------
    xarray.DataArray
        Dims (y, x); 0 where there is no forest.
    """
    keys = units.keys
    table = np.zeros((len(townships) + 1, len(keys)), np.uint8)
    place = {code: i for i, code in enumerate(townships["code"])}
    last = _CLASSES + (0 if units.stands is None else len(units.stands))
    stands = pd.DataFrame(keys[_CLASSES:last], columns=["class", "species"])
    if units.stands is not None:
        known = units.stands["volume_m3_ha"].notna().to_numpy()
        stands["source"] = stand_sources(units.stands["age"], known).to_numpy()
    for row in strata.to_dict("records"):
        number = SOURCES[row["source"]][0]
        if row["layer"] == "landcover":
            table[place[row["code"]], land_class(row["class"]).id] = number
            continue
        own = (stands["class"] == row["class"]) & (stands["species"] == row["species"])
        own &= stands["source"] == (row["source"] if row["source"] in _OF_STANDS else "")
        table[place[row["code"]], _CLASSES + np.flatnonzero(own)] = number
    zone = burn(units.units, townships)
    out = _map(lambda u, z: table[z, u], table.dtype, units.units, zone)
    out.name = "forest_source"
    out.attrs = {"nodata": 0, "long_name": "source of the forest", "long_name_zh": "森林数据来源"}
    return out


def _dress(layer: xr.DataArray, pool: str) -> xr.DataArray:
    labels = pool_labels()
    zh, en = ("合计", "total") if pool == "total" else (str(labels.loc[pool, c]) for c in ("label_zh", "label_en"))
    layer.name = pool
    layer.attrs = {"units": "t C/ha", "long_name": f"carbon density, {en}", "long_name_zh": f"碳密度：{zh}"}
    return layer
