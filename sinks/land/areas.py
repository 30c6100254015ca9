"""Whose land is what: area of every class in every township, each place counted once.

Three layers may speak of one place. Wetland polygons come first, forest stands next, the land-cover raster last; a
layer is asked only where those before it are silent. All three are cut by the townships as polygons, so the areas of a
given layer are exact and the parts of a township sum to it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import CRS
from shapely.geometry.base import BaseGeometry

from guanghui.geo.errors import InputError
from guanghui.geo.landcover import AnyCover, land_class, refuse_unexplained
from guanghui.geo.zonal import ClassAreas
from guanghui.sinks.factors.table import OWN_TABLE
from guanghui.sinks.land.layers import Layers, polygons_of

__all__ = ["LAYERS", "LandAreas", "land_areas", "overlay_pieces"]

LAYERS = ("wetlands", "stands", "landcover")
"""Layers in order of precedence."""

NO_LAYERS = Layers()
_DUST_M2 = 1e-3
_DUST_SHARE = 1e-9


@dataclass(frozen=True)
class LandAreas:
    """Area of every class by township and layer, and what is not known."""

    frame: pd.DataFrame
    """``code`` of the township, ``class``, ``layer``, ``species``, ``age`` (origin and years of stands,
    ``planted 10-20``, else empty), ``area_ha``, ``volume_m3`` (of stands, else NaN).

    Stands without a volume have a row of their own, apart from the measured ones of their kind."""
    townships: pd.DataFrame
    """Index ``code``: ``area_ha``, ``known_ha``, ``nodata_ha`` (nodata in the raster and beyond it)."""
    codes: pd.DataFrame
    """Land cover as found: townships x codes of the product [ha]."""
    survey: pd.DataFrame | None = None
    """Areas the layer itself states beside those of its polygons, code by code
    (:meth:`geo.polygon_cover.PolygonCover.reconcile`); None where it states none."""


def land_areas(
    land: AnyCover, townships: gpd.GeoDataFrame, layers: Layers = NO_LAYERS, tabled: Collection[str] = ()
) -> LandAreas:
    """Count the land of every township once.

    Parameters
    ----------
    land : LandCover or PolygonCover
        Land cover; it is clipped to the townships.
    townships : geopandas.GeoDataFrame
        ``code`` and polygons, in a metric CRS.
    layers : Layers, optional
        Wetlands and stands in the CRS of the townships; they overrule the land cover in this order.
    tabled : collection of str, optional
        Codes that a carbon table of the user speaks of; their land is kept apart, ``species`` is ``#`` and the code.

    Returns
    -------
    LandAreas

    Raises
    ------
    InputError
        Codes the legend does not explain; townships in degrees.
    """
    crs = CRS(townships.crs)
    if not crs.is_projected:
        raise InputError(
            f"townships: the account works in metres, not in {crs.name}; bring them to a metric CRS first.",
            f"townships：碳汇账户以米计算，而坐标系为 {crs.name}；请先转为以米为单位的坐标系。",
        )
    part = land.clip(townships)
    found = part.areas(townships.set_index("code"))
    legend = part.numbering()
    refuse_unexplained(part.label, legend, found.area_m2.sum())
    overlays = [(name, pieces, part.areas(pieces)) for name, pieces in overlay_pieces(layers, townships)]
    table = {
        code: f"{land_class(key).key}{OWN_TABLE}{code}" if str(code) in tabled else land_class(key).key
        for code, key in legend.classes.items()
    }
    return replace(_account(found, table, overlays), survey=part.reconcile(townships))


def overlay_pieces(layers: Layers, townships: gpd.GeoDataFrame) -> list[tuple[str, gpd.GeoDataFrame]]:
    """Pieces of the layers by township, in order of precedence, each without what an earlier one took.

    Parameters
    ----------
    layers : Layers
        Wetlands and stands in the CRS of the townships.
    townships : geopandas.GeoDataFrame
        ``code`` and polygons.

    Returns
    -------
    list of tuple
        Name of the layer; its columns, ``code`` of the township and polygons.
    """
    out = []
    taken: BaseGeometry = shapely.Polygon()
    for name, frame in (("wetlands", layers.wetlands), ("stands", layers.stands)):
        if frame is not None:
            out.append((name, _cut(frame, townships, taken)))
            taken = shapely.union_all(frame.geometry.to_numpy()) if name == "wetlands" else taken
    return out


def _account(
    found: ClassAreas, table: dict[Any, str], overlays: list[tuple[str, gpd.GeoDataFrame, ClassAreas]]
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
    gaps = gaps.where(gaps > _DUST_SHARE * found.total_m2, 0.0)
    raster = (ground / 1e4).rename_axis(index="code").reset_index().melt("code", var_name="class", value_name="area_ha")
    kind, sign, code = (raster["class"].astype(str).str.partition(OWN_TABLE)[k] for k in range(3))
    own = {"class": kind, "species": sign + code}
    frames.append(raster.assign(layer="landcover", age="", volume_m3_ha=np.nan, **own))
    frame = pd.concat(frames, ignore_index=True)
    frame["volume_m3"] = frame.pop("volume_m3_ha") * frame["area_ha"]
    frame = frame[frame["area_ha"] > 0].assign(unmeasured=frame["volume_m3"].isna())
    keys = ["code", "class", "layer", "species", "age", "unmeasured"]
    sums = frame.groupby(keys, as_index=False).agg(
        area_ha=("area_ha", "sum"), volume_m3=("volume_m3", lambda v: v.sum(min_count=1))
    )
    frame = sums.drop(columns="unmeasured")
    towns = pd.DataFrame({"nodata_ha": gaps / 1e4})
    towns["known_ha"] = frame.groupby("code")["area_ha"].sum().reindex(towns.index, fill_value=0.0)
    towns["area_ha"] = towns["known_ha"] + towns["nodata_ha"]
    return LandAreas(frame, towns[["area_ha", "known_ha", "nodata_ha"]], found.area_m2 / 1e4)


def _classes(areas: pd.DataFrame, table: dict[Any, str]) -> pd.DataFrame:
    """Sum product codes to classes; codes that mean no data fall away."""
    named = areas[[c for c in areas.columns if c in table]]
    return named.T.groupby(named.columns.map(table)).sum().T


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
    pieces = np.array([polygons_of(p) for p in pieces], dtype=object)
    keep = shapely.area(pieces) > _DUST_M2
    out = layer.iloc[row[keep]].drop(columns="geometry").assign(code=townships["code"].to_numpy()[town[keep]])
    return gpd.GeoDataFrame(out, geometry=pieces[keep], crs=layer.crs).reset_index(drop=True)
