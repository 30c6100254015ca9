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
from guanghui.geo.errors import InputError
from guanghui.geo.landcover import land_class, wetland_types
from guanghui.geo.notes import Notes
from guanghui.geo.vector import to_crs
from guanghui.sinks.factors.table import species_lineage, species_of

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
_BAMBOO, _ORCHARD = ("竹", "bamboo"), ("经济林", "果", "茶", "orchard")


@dataclass(frozen=True)
class Layers:
    """Shaped wetlands and stands, in order of precedence; ``None`` where there are none.

    Both hold ``class``, ``species`` (stands only, else empty), ``volume_m3_ha`` (stands only, else NaN) and polygons.
    """

    wetlands: gpd.GeoDataFrame | None = None
    stands: gpd.GeoDataFrame | None = None

    @classmethod
    def shape(
        cls, wetlands: gpd.GeoDataFrame | None, stands: gpd.GeoDataFrame | None, crs: CRS, notes: Notes
    ) -> Layers:
        """Shape the layers of a city.

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
    return frame.assign(species="", volume_m3_ha=np.nan)


def stand_layer(stands: gpd.GeoDataFrame, crs: CRS, notes: Notes) -> gpd.GeoDataFrame:
    """Forest stands with class, species group and volume, in ``crs``.

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
    words = frame["species_group"].fillna("").astype(str)
    species = species_of(words)
    kind = pd.Series([_stand_class(w, s) for w, s in zip(words, species, strict=True)])
    overlap = _overlap_m2(frame.geometry.to_numpy())
    if overlap > _OVERLAP_SHARE * frame.geometry.area.sum():
        raise InputError(
            f"stands: polygons overlap on {overlap / 1e4:,.1f} ha; each place must belong to one stand.",
            f"stands：小班重叠 {overlap / 1e4:,.1f} 公顷；每处只能属于一个小班。",
        )
    if volume.isna().any():
        notes.add("stands", f"{int(volume.isna().sum())} stands have no volume: the default of their kind is used",
                  f"{int(volume.isna().sum())} 个小班没有蓄积，按同类默认值计")  # fmt: skip
    columns = {"class": kind, "species": species, "volume_m3_ha": volume}
    out = gpd.GeoDataFrame(columns, geometry=frame.geometry, crs=crs)
    trees = out["class"].map(lambda k: land_class(k).lineage[-1] in ("forest", "woodland"))
    return out.assign(volume_m3_ha=out["volume_m3_ha"].where(trees), species=out["species"].where(trees, ""))


def _overlap_m2(shapes: np.ndarray) -> float:
    """Area that two of the shapes share, summed over pairs."""
    left, right = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    once = left < right
    return float(shapely.area(shapely.intersection(shapes[left[once]], shapes[right[once]])).sum())


def _stand_class(words: str, species: str) -> str:
    if any(w in words for w in _BAMBOO):
        return "bamboo"
    if any(w in words for w in _ORCHARD):
        return "orchard"
    lineage = species_lineage(species)
    return next((_CLASS_OF_SPECIES[s] for s in lineage if s in _CLASS_OF_SPECIES), "forest")


def polygons_of(shape: BaseGeometry) -> BaseGeometry:
    """Polygon parts of a geometry; points and lines left by an intersection fall away."""
    if shape.geom_type != "GeometryCollection":
        return shape
    return shapely.union_all([p for p in shapely.get_parts(shape) if p.geom_type == "Polygon"])
