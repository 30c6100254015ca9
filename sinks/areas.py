"""Whose land is what: area of every class in every township, each place counted once.

Three layers may speak of one place. Wetland polygons come first, forest stands next, the land-cover raster last; a
layer is asked only where those before it are silent. All three are cut by the townships as polygons, so the areas of a
given layer are exact and the parts of a township sum to it.
"""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import CRS
from shapely.geometry.base import BaseGeometry

from geo.errors import InputError
from geo.landcover import LandCover, land_class, refuse_unexplained, wetland_types
from geo.notes import Notes
from geo.vector import require_columns, to_crs
from geo.zonal import ClassAreas, class_areas
from sinks.factors import species_lineage, species_of

__all__ = ["LAYERS", "WETLAND_PRECEDENCE", "LandAreas", "land_areas", "stand_layer", "wetland_layer"]

LAYERS = ("wetlands", "stands", "landcover")
"""Layers in order of precedence."""

WETLAND_PRECEDENCE = (
    "constructed_wetland", "mangrove", "seagrass", "salt_marsh", "swamp_forest", "swamp_shrub", "peatland", "marsh",
    "saline_marsh", "aquaculture", "pond", "reservoir", "ditch", "reservoir_pond", "salt_pan", "tidal_flat",
    "floodplain", "lake", "river", "coastal_water", "water", "wetland",
)  # fmt: skip
"""Where wetland polygons overlap the first of these wins: the special before the general."""

_DUST_M2 = 1e-3
_CLASS_OF_SPECIES = {
    "open_woodland": "woodland",
    "conifer": "forest_needleleaf",
    "broadleaf": "forest_broadleaf",
    "mixed": "forest_mixed",
}
_BAMBOO, _ORCHARD = ("竹", "bamboo"), ("经济林", "果", "茶", "orchard")


@dataclass(frozen=True)
class LandAreas:
    """Area of every class by township and layer, and what is not known."""

    frame: pd.DataFrame
    """``code`` of the township, ``class``, ``layer``, ``species``, ``area_ha``, ``volume_m3`` (of stands, else NaN)."""
    townships: pd.DataFrame
    """Index ``code``: ``area_ha``, ``known_ha``, ``nodata_ha`` (nodata in the raster and beyond it)."""
    codes: pd.DataFrame
    """Land cover as found: townships x codes of the product [ha]."""


def land_areas(
    land: LandCover,
    townships: gpd.GeoDataFrame,
    *,
    wetlands: gpd.GeoDataFrame | None = None,
    stands: gpd.GeoDataFrame | None = None,
    notes: Notes | None = None,
) -> LandAreas:
    """Count the land of every township once.

    Parameters
    ----------
    land : LandCover
        Land cover; it is clipped to the townships.
    townships : geopandas.GeoDataFrame
        ``code`` and polygons.
    wetlands : geopandas.GeoDataFrame, optional
        Polygons with ``wetland_type``; they overrule stands and land cover.
    stands : geopandas.GeoDataFrame, optional
        Forest stands with ``species_group`` and ``volume_m3_ha``; they overrule land cover.
    notes : Notes, optional
        Receives overlaps and gaps.

    Returns
    -------
    LandAreas

    Raises
    ------
    InputError
        Codes the legend does not explain, unknown wetland types, missing columns.
    """
    notes = notes if notes is not None else Notes()
    crs = CRS(townships.crs)
    part = land.clip(townships)
    codes = part.codes()
    found = class_areas(codes, townships.set_index("code"))
    legend = part.numbering()
    refuse_unexplained(part.source.label, legend, found.area_m2.sum())
    overlays = []
    taken: BaseGeometry = shapely.Polygon()
    for layer, frame in (("wetlands", wetlands), ("stands", stands)):
        if frame is None or frame.empty:
            continue
        shaped = wetland_layer(frame, crs, notes) if layer == "wetlands" else stand_layer(frame, crs, notes)
        pieces = _cut(shaped, townships, taken)
        taken = shapely.union_all([taken, *pieces.geometry])
        overlays.append((layer, pieces, class_areas(codes, pieces)))
    table = {code: land_class(key).key for code, key in legend.classes.items()}
    return _account(found, table, overlays)


def _account(
    found: ClassAreas, table: dict[int, str], overlays: list[tuple[str, gpd.GeoDataFrame, ClassAreas]]
) -> LandAreas:
    """Take the land under each overlay from the raster's classes and give it to the overlay's."""
    ground = _classes(found.area_m2, table)
    gaps = found.total_m2 - ground.sum(axis=1)
    frames = []
    for layer, pieces, under in overlays:
        below = _classes(under.area_m2, table)
        hidden = below.groupby(pieces["code"].to_numpy()).sum()
        ground = ground.sub(hidden.reindex(ground.index), fill_value=0.0).fillna(0.0)[ground.columns]
        unseen = (under.total_m2 - below.sum(axis=1)).groupby(pieces["code"].to_numpy()).sum()
        gaps = gaps.sub(unseen.reindex(gaps.index), fill_value=0.0)
        frames.append(pieces.drop(columns="geometry").assign(layer=layer, area_ha=under.total_m2.to_numpy() / 1e4))
    ground = ground.where(ground.abs() > _DUST_M2, 0.0)
    gaps = gaps.where(gaps.abs() > _DUST_M2, 0.0)
    raster = (ground / 1e4).rename_axis(index="code").reset_index().melt("code", var_name="class", value_name="area_ha")
    frames.append(raster.assign(layer="landcover", species="", volume_m3_ha=np.nan))
    frame = pd.concat(frames, ignore_index=True)
    frame["volume_m3"] = frame.pop("volume_m3_ha") * frame["area_ha"]
    keys = ["code", "class", "layer", "species"]
    frame = (
        frame[frame["area_ha"] > 0]
        .groupby(keys, as_index=False)
        .agg(area_ha=("area_ha", "sum"), volume_m3=("volume_m3", lambda v: v.sum(min_count=1)))
    )
    towns = pd.DataFrame({"nodata_ha": gaps / 1e4})
    towns["known_ha"] = frame.groupby("code")["area_ha"].sum().reindex(towns.index, fill_value=0.0)
    towns["area_ha"] = towns["known_ha"] + towns["nodata_ha"]
    return LandAreas(frame, towns[["area_ha", "known_ha", "nodata_ha"]], found.area_m2 / 1e4)


def _classes(areas: pd.DataFrame, table: dict[int, str]) -> pd.DataFrame:
    """Sum product codes to classes; codes that mean no data fall away."""
    named = areas[[c for c in areas.columns if c in table]]
    return named.T.groupby(named.columns.map(table)).sum().T


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
        rows.append({"class": key, "geometry": _polygons(free)})
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
            "(is it the volume of the whole stand?)."
        )
    words = frame["species_group"].fillna("").astype(str)
    species = species_of(words)
    kind = pd.Series([_stand_class(w, s) for w, s in zip(words, species, strict=True)])
    total, union = float(frame.geometry.area.sum()), float(shapely.union_all(frame.geometry.to_numpy()).area)
    if total > union * (1 + 1e-4):
        overlap = (total - union) / 1e4
        raise InputError(f"stands: polygons overlap on {overlap:,.1f} ha; each place must belong to one stand.")
    if volume.isna().any():
        notes.add("stands", f"{int(volume.isna().sum())} stands have no volume: the default of their kind is used",
                  f"{int(volume.isna().sum())} 个小班没有蓄积，按同类默认值计")  # fmt: skip
    columns = {"class": kind, "species": species, "volume_m3_ha": volume}
    out = gpd.GeoDataFrame(columns, geometry=frame.geometry, crs=crs)
    trees = out["class"].map(lambda k: land_class(k).lineage[-1] in ("forest", "woodland"))
    return out.assign(volume_m3_ha=out["volume_m3_ha"].where(trees), species=out["species"].where(trees, ""))


def _stand_class(words: str, species: str) -> str:
    if any(w in words for w in _BAMBOO):
        return "bamboo"
    if any(w in words for w in _ORCHARD):
        return "orchard"
    lineage = species_lineage(species)
    return next((_CLASS_OF_SPECIES[s] for s in lineage if s in _CLASS_OF_SPECIES), "forest")


def _cut(layer: gpd.GeoDataFrame, townships: gpd.GeoDataFrame, taken: BaseGeometry) -> gpd.GeoDataFrame:
    """Pieces of a layer by township, without what an earlier layer took."""
    shapes = layer.geometry.to_numpy()
    zones = townships.geometry.to_numpy()
    town, row = shapely.STRtree(shapes).query(zones, predicate="intersects")
    pieces = shapely.intersection(shapes[row], zones[town])
    if not taken.is_empty:
        shapely.prepare(taken)
        touched = shapely.intersects(taken, pieces)
        pieces[touched] = shapely.difference(pieces[touched], taken)
    pieces = np.array([_polygons(p) for p in pieces], dtype=object)
    keep = shapely.area(pieces) > _DUST_M2
    out = layer.iloc[row[keep]].drop(columns="geometry").assign(code=townships["code"].to_numpy()[town[keep]])
    return gpd.GeoDataFrame(out, geometry=pieces[keep], crs=layer.crs).reset_index(drop=True)


def _polygons(shape: BaseGeometry) -> BaseGeometry:
    """Polygon parts of a geometry; points and lines left by an intersection fall away."""
    if shape.geom_type != "GeometryCollection":
        return shape
    return shapely.union_all([p for p in shapely.get_parts(shape) if p.geom_type == "Polygon"])
