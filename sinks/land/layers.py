"""Polygons that overrule the land cover: surveyed wetlands and forest stands, shaped so that none counts twice."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import CRS
from shapely.geometry.base import BaseGeometry

from guanghui.geo.columns import require_columns
from guanghui.geo.errors import InputError, listing
from guanghui.geo.landcover import land_class, wetland_types
from guanghui.geo.notes import Notes
from guanghui.geo.vector import to_crs
from guanghui.sinks.factors.species import LAND, read_species
from guanghui.sinks.factors.table import species_lineage
from guanghui.sinks.land.ages import AGE_COLUMNS, read_ages

__all__ = ["WETLAND_PRECEDENCE", "Layers", "polygons_of", "stand_layer", "wetland_layer"]

WETLAND_PRECEDENCE = (
    "constructed_wetland", "mangrove", "seagrass", "salt_marsh", "swamp_forest", "swamp_shrub", "peatland", "marsh",
    "saline_marsh", "aquaculture", "pond", "reservoir", "ditch", "reservoir_pond", "salt_pan", "tidal_flat",
    "floodplain", "lake", "river", "coastal_water", "water", "wetland",
)  # fmt: skip
"""Where wetland polygons overlap the first of these wins: the special before the general."""

_CLASS_OF_SPECIES = {
    "open_woodland": "woodland",
    "conifer": "forest_needleleaf",
    "broadleaf": "forest_broadleaf",
    "mixed": "forest_mixed",
}
_OVERLAP_SHARE = 1e-4
_FOREST = ("forest", "woodland")
_LISTED = 12


@dataclass(frozen=True)
class Layers:
    """Shaped wetlands and stands, in order of precedence; ``None`` where there are none.

    Both hold ``class``, ``species`` (stands only, else empty), ``volume_m3_ha`` (stands only, else NaN), ``age``
    (origin and years of stands where known, else empty) and polygons.
    """

    wetlands: gpd.GeoDataFrame | None = None
    stands: gpd.GeoDataFrame | None = None

    @classmethod
    def shape(
        cls, wetlands: gpd.GeoDataFrame | None, stands: gpd.GeoDataFrame | None, crs: CRS, notes: Notes
    ) -> Layers:
        """Shape the layers of a city.

        Parameters
        ----------
        wetlands : geopandas.GeoDataFrame, optional
            Polygons with ``wetland_type``.
        stands : geopandas.GeoDataFrame, optional
            Polygons with ``species_group`` and ``volume_m3_ha``.
        crs : CRS
            System of the result, metric.
        notes : Notes
            Gets what was mended.

        Raises
        ------
        InputError
            As :func:`wetland_layer` and :func:`stand_layer`.
        """
        return cls(
            wetland_layer(wetlands, crs, notes) if wetlands is not None and len(wetlands) else None,
            stand_layer(stands, crs, notes) if stands is not None and len(stands) else None,
        )


def wetland_layer(wetlands: gpd.GeoDataFrame, crs: CRS, notes: Notes) -> gpd.GeoDataFrame:
    """Wetland polygons as one shape a class, without overlap, in ``crs``.

    Parameters
    ----------
    wetlands : geopandas.GeoDataFrame
        Polygons with ``wetland_type``, any CRS.
    crs : CRS
        System of the result, metric; areas are taken in it.
    notes : Notes
        Gets the area of overlaps [ha], counted once after ``WETLAND_PRECEDENCE``.

    Raises
    ------
    InputError
        If the column ``wetland_type`` is missing or a type is not known.
    """
    require_columns("wetlands", wetlands, {"wetlands.type": "wetland_type"})
    kinds = wetland_types(wetlands["wetland_type"])
    shapes = to_crs(wetlands, crs, "wetlands").geometry
    rows, doubled = [], 0.0
    taken: BaseGeometry = shapely.Polygon()
    for key in WETLAND_PRECEDENCE:
        own = shapes[(kinds == key).to_numpy()]
        if own.empty:
            continue
        whole = shapely.union_all(own.to_numpy())
        free = shapely.difference(whole, taken)
        doubled += whole.area - free.area
        taken = shapely.union(taken, free)
        rows.append({"class": key, "geometry": polygons_of(free)})
    if doubled > 1.0:
        notes.add("wetlands", f"polygons of different wetland types overlap on {doubled / 1e4:,.2f} ha, counted once",
                  f"不同类型的湿地图斑重叠 {doubled / 1e4:,.2f} ha，只计一次")  # fmt: skip
    frame = gpd.GeoDataFrame(rows, geometry="geometry", crs=crs)
    return frame.assign(species="", volume_m3_ha=np.nan, age="")


def stand_layer(stands: gpd.GeoDataFrame, crs: CRS, notes: Notes) -> gpd.GeoDataFrame:
    """Forest stands with class, species group and volume, in ``crs``.

    Parameters
    ----------
    stands : geopandas.GeoDataFrame
        Polygons with ``species_group`` and ``volume_m3_ha`` [m³/ha], any CRS.
    crs : CRS
        System of the result, metric.
    notes : Notes
        Gets what was mended and what is missing.

    Returns
    -------
    geopandas.GeoDataFrame
        ``class``, ``species``, ``volume_m3_ha`` (NaN where unknown or without trees), ``age`` (empty) and polygons.

    Raises
    ------
    InputError
        If a column is missing, or a volume is negative or beyond belief.
    """
    require_columns("stands", stands, {"stands.group": "species_group", "stands.volume": "volume_m3_ha"})
    frame = to_crs(stands, crs, "stands").reset_index(drop=True)
    volume = pd.to_numeric(frame["volume_m3_ha"], errors="coerce")
    wrong = volume[(volume < 0) | (volume > 2000)]
    if len(wrong):
        raise InputError(
            f"stands: row {wrong.index[0]} has a volume of {wrong.iloc[0]:g} m³/ha; it must lie between 0 and 2000 "
            "(is it the volume of the whole stand?).",
            f"stands：第 {wrong.index[0]} 行蓄积 {wrong.iloc[0]:g} m³/ha，应在 0 至 2000 之间"
            "（是否填了整个小班的蓄积？）。",
        )
    kind, species = _kinds(frame, notes)
    overlap = _overlap_m2(frame.geometry.to_numpy())
    if overlap > _OVERLAP_SHARE * frame.geometry.area.sum():
        raise InputError(
            f"stands: polygons overlap on {overlap / 1e4:,.1f} ha; each place must belong to one stand.",
            f"stands：小班重叠 {overlap / 1e4:,.1f} 公顷；每处只能属于一个小班。",
        )
    missing = int((volume.isna() & kind.map(_has_trees)).sum())
    if missing:
        notes.add("stands", f"{missing} stands have no volume: the default of their kind is used",
                  f"{missing} 个小班没有蓄积，按同类默认值计")  # fmt: skip
    columns = {"class": kind, "species": species, "volume_m3_ha": volume, "age": ""}
    out = gpd.GeoDataFrame(columns, geometry=frame.geometry, crs=crs)
    trees = out["class"].map(_has_trees).astype(bool)
    out = out.assign(volume_m3_ha=out["volume_m3_ha"].where(trees), species=out["species"].where(trees, ""))
    if set(AGE_COLUMNS) <= set(frame.columns) and trees.any():
        edition = str(frame["age_limits"].iloc[0]) if "age_limits" in frame else "older"
        area = frame.geometry.area / 1e4
        out.loc[trees, "age"] = read_ages(frame[trees], out["species"][trees], area[trees], edition, notes)
    return out[out["class"] != ""].reset_index(drop=True)


def _has_trees(key: str) -> bool:
    return bool(key) and land_class(key).lineage[-1] in _FOREST


def _kinds(frame: gpd.GeoDataFrame, notes: Notes) -> tuple[pd.Series, pd.Series]:
    """Land class and species group of every stand: land type first, species inside forest only.

    A stand whose land type leaves the class to the land cover has an empty class.
    """
    words = frame["species_group"].fillna("").astype(str).str.strip()
    found = read_species(words)
    decided = "land_class" in frame.columns
    kind = frame["land_class"].astype(str) if decided else found.map(_stand_class)
    forest = kind.map(_has_trees) if decided else pd.Series(True, index=frame.index)
    area = frame.geometry.area / 1e4
    _refuse_unknown(words, area, forest & (found == "") & (words != ""))
    silent = forest & (words == "")
    if silent.any():
        notes.add("stands", f"{area[silent].sum():,.1f} ha of forest stands name no species: taken as mixed trees",
                  f"{area[silent].sum():,.1f} 公顷林地小班没有树种，按未分树种计")  # fmt: skip
    odd = forest & found.str.startswith(LAND) & decided
    if odd.any():
        notes.add("stands", f"{area[odd].sum():,.1f} ha are forest by land type and {listing(words[odd].unique(), 5)} "
                  "by species: the land type decides",
                  f"{area[odd].sum():,.1f} 公顷按地类为林地、按树种为{listing(words[odd].unique(), 5)}："
                  "以地类为准")  # fmt: skip
    tree = found.where(~found.str.startswith(LAND) & (found != ""), "")
    return kind, tree if decided else tree.mask(silent, "tree")


def _refuse_unknown(words: pd.Series, area_ha: pd.Series, unknown: pd.Series) -> None:
    """Stop at species nobody knows, each with its hectares."""
    if not unknown.any():
        return
    sizes = area_ha[unknown].groupby(words[unknown]).sum().sort_values(ascending=False)
    names = listing([f"{w} ({ha:,.1f} ha)" for w, ha in sizes.items()], _LISTED)
    raise InputError(
        f"stands: these species are not known: {names}; write a name or a group of factors/species.csv, "
        "or say in [stands] what the codes mean with `dialect`.",
        f"stands：不认识这些树种：{names}；请改为树种名或 factors/species.csv 中的树种组，"
        "代码请在 [stands] 中用 dialect 说明其代码体系。",
    )


def _overlap_m2(shapes: np.ndarray) -> float:
    """Area that two of the shapes share, summed over pairs."""
    left, right = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    once = left < right
    return float(shapely.area(shapely.intersection(shapes[left[once]], shapes[right[once]])).sum())


def _stand_class(species: str) -> str:
    """Land class of a stand that only its species speaks of."""
    if species.startswith(LAND):
        return species.removeprefix(LAND)
    if not species:
        return "forest"
    lineage = species_lineage(species)
    return next((_CLASS_OF_SPECIES[s] for s in lineage if s in _CLASS_OF_SPECIES), "forest")


def polygons_of(shape: BaseGeometry) -> BaseGeometry:
    """Polygon parts of a geometry; points and lines left by an intersection fall away.

    Parameters
    ----------
    shape : shapely.Geometry
        Any geometry.

    Returns
    -------
    shapely.Geometry
        Polygon or several; only a collection is changed.
    """
    if shape.geom_type != "GeometryCollection":
        return shape
    return shapely.union_all([p for p in shapely.get_parts(shape) if p.geom_type == "Polygon"])
