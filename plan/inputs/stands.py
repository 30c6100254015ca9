"""Forest stands (小班) of a region: the layer as it was handed over, made what the account asks for."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from guanghui.geo.columns import number_column
from guanghui.geo.errors import InputError
from guanghui.geo.landcover import land_class
from guanghui.geo.notes import Notes
from guanghui.plan.inputs.config import StandsSection
from guanghui.sinks.land.ages import AGE_COLUMNS, AgeWords, stand_ages
from guanghui.sinks.land.stand_fields import FIELDS, find_columns, grown_stands, volume_m3_ha
from guanghui.sinks.land.survey import decode_stands
from guanghui.sinks.land.volume_check import compare_volumes

__all__ = ["read_stands"]

_HA_OF = {"ha": 1.0, "mu": 1 / 15, "m2": 1e-4}
_AREA_SHARE = 1e-4


def read_stands(
    path: Path, raw: gpd.GeoDataFrame, shapes: gpd.GeoDataFrame, asked: StandsSection, notes: Notes
) -> gpd.GeoDataFrame:
    """Read a stand layer.

    Parameters
    ----------
    path : pathlib.Path
        File, for messages.
    raw : geopandas.GeoDataFrame
        The layer as it is.
    shapes : geopandas.GeoDataFrame
        Its polygons in the metric CRS of the region, on the same index.
    asked : StandsSection
        Columns, unit and dialect the region file names.
    notes : Notes
        Told what was recognised.

    Returns
    -------
    geopandas.GeoDataFrame
        ``species_group``, ``volume_m3_ha``, ``AGE_COLUMNS``, ``age_limits`` (edition of the age classes),
        ``land_class`` where the layer has land types (empty: the land cover decides), geometry.

    Raises
    ------
    InputError
        Columns not found, codes no dialect or several explain, a volume whose unit cannot be told.
    """
    names = [c for c in raw.columns if c != raw.geometry.name]
    given = {k: getattr(asked, k) for k in FIELDS}
    columns = find_columns(path, names, given, notes)
    area = shapes.geometry.area / 1e4
    frame = shapes[["geometry"]].copy()
    decoded = decode_stands(path, raw, columns, area, asked.dialect, notes)
    frame[list(decoded.columns)] = decoded
    told = {k: getattr(columns, k) for k in ("age", "years", "planted", "grade", "origin", "purpose")}
    dated = AgeWords(asked.year, asked.grade_years, frame["species_group"])
    frame[list(AGE_COLUMNS)] = stand_ages(raw, told, area, notes, dated)
    frame["age_limits"] = asked.age_limits
    diameter = None if columns.diameter is None else pd.to_numeric(raw[columns.diameter], errors="coerce").to_numpy()
    known = columns.age is not None or diameter is not None
    grown = grown_stands(frame, diameter) if known else None
    if columns.volume is None:
        frame["volume_m3_ha"] = np.nan
    else:
        values = number_column(path, raw, columns.volume, "stands.volume", notes)
        frame["volume_m3_ha"] = volume_m3_ha(
            path, values, columns.volume, asked.volume_unit, area.to_numpy(float), grown
        )
        compare_volumes(raw, columns, frame["volume_m3_ha"], area, _grown_forest(frame, grown), notes)
    if "land_class" in frame:
        young = (frame["land_class"] == "young_plantation") & frame["volume_m3_ha"].isna()
        frame.loc[young, "volume_m3_ha"] = 0.0  # a plantation that is not yet forest has none by definition
    if columns.area is not None:
        _compare_area(path, raw, columns.area, asked.area_unit, area, notes)
    order = [
        "species_group",
        "volume_m3_ha",
        *AGE_COLUMNS,
        "age_limits",
        *(["land_class"] if "land_class" in frame else []),
    ]
    return frame[[*order, "geometry"]]


def _grown_forest(frame: pd.DataFrame, grown: np.ndarray | None) -> np.ndarray:
    """Closed forest past its youth; where the layer tells neither age nor diameter, all of it."""
    forest = np.ones(len(frame), bool)
    if "land_class" in frame:
        closed = [k for k in frame["land_class"].unique() if k and land_class(k).lineage[-1] == "forest"]
        forest = frame["land_class"].isin(closed).to_numpy()
    return forest & grown if grown is not None and (forest & grown).any() else forest


def _compare_area(
    path: Path, raw: pd.DataFrame, column: str, unit: str | None, area_ha: pd.Series, notes: Notes
) -> None:
    """Put the surveyed areas beside those of the polygons; the unit is told by the polygons where nobody says it."""
    stated = number_column(path, raw, column, "stands.area", notes)
    sums = {u: float(np.nansum(stated)) * scale for u, scale in _HA_OF.items()}
    ours = float(area_ha[~np.isnan(stated)].sum())
    near = min(sums, key=lambda u: abs(sums[u] - ours))
    if unit is not None and abs(sums[unit] - ours) > 0.5 * ours:
        raise InputError(
            f"{path}: {column} sums to {sums[unit]:,.1f} ha in {unit}, the polygons to {ours:,.1f} ha; is the unit "
            f"{near}? (`area_unit` in [stands])",
            f"{path}：字段 {column} 按 {unit} 合计 {sums[unit]:,.1f} 公顷，"
            f"图斑合计 {ours:,.1f} 公顷；单位是否为 {near}？（[stands] 的 area_unit）",
        )
    use = unit or near
    if abs(sums[use] - ours) > _AREA_SHARE * ours:
        notes.add("stands", f"{column} sums to {sums[use]:,.2f} ha (read in {use}), the polygons to {ours:,.2f} ha: "
                  "the polygons count",
                  f"字段 {column} 合计 {sums[use]:,.2f} 公顷（按 {use} 读），"
                  f"图斑合计 {ours:,.2f} 公顷：以图斑为准")  # fmt: skip
