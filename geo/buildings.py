"""Buildings: outlines with what is known of their use, storeys and height."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import CRS

from guanghui.data import read_table
from guanghui.geo.building_facts import FACTS, building_facts, more_columns
from guanghui.geo.columns import number_column, require_columns, text_column
from guanghui.geo.errors import InputError, listing
from guanghui.geo.gcj02 import SHIFTS, shift_of, unshifted
from guanghui.geo.notes import Notes
from guanghui.geo.outlines import disjoint, holders
from guanghui.geo.roof_forms import FORMS, roof_form
from guanghui.geo.townships import assign_townships
from guanghui.geo.vector import read_layer, to_crs

__all__ = ["BUILDING_CLASSES", "STOREY_M", "building_class", "read_buildings"]

BUILDING_CLASSES = (
    "government", "public", "industrial", "commercial", "warehouse", "residential", "rural_residential", "other",
)  # fmt: skip
"""Classes of the programme, in the order of the 共青城 plan."""
STOREY_M = 3.0
"""Height of a storey where only storeys are known [m] (GB 50096-2011 asks for at least 2.8 m in dwellings; assumed)."""
_CLASS_HEIGHT_M = {"industrial": 9.0, "warehouse": 9.0, "rural_residential": 6.5, "government": 12.0, "public": 12.0,
                   "commercial": 12.0, "residential": 18.0, "other": 6.0}  # fmt: skip
_MIN_AREA_M2 = 4.0
_TOLD_M2 = 1.0
_MAX_HEIGHT_M = 600.0


_UNSAID = {"", "yes", "unknown", "unclassified", "null", "none", "nan", "-", "—", "/", "无", "未知", "不详"}
"""Uses that say none; ``yes`` is OpenStreetMap's for a building of any."""


def building_class(use: pd.Series, mapping: Mapping[str, str] | None = None, default: str = "other") -> pd.Series:
    """Map raw use values to the classes of the programme.

    Parameters
    ----------
    use : pandas.Series
        Raw text: Chinese words, English words, OpenStreetMap values.
    mapping : mapping, optional
        Raw value -> class, looked at before the shipped table ``legends/building_use.csv``.
    default : str, default "other"
        Class of gaps and of words nobody knows.

    Returns
    -------
    pandas.Series
        One of ``BUILDING_CLASSES``, on the index of ``use``.

    Raises
    ------
    InputError
        If the mapping names a class that does not exist.
    """
    unknown = sorted({*(mapping or {}).values(), default} - set(BUILDING_CLASSES))
    if unknown:
        raise InputError(
            f"[buildings.uses]: {listing(unknown)} is no building class; use one of {', '.join(BUILDING_CLASSES)}.",
            f"[buildings.uses]：{listing(unknown)} 不是建筑类别；可用 {', '.join(BUILDING_CLASSES)}。",
        )
    found = _known_use(use, mapping or {})
    return found.where(found != "", default)


def _known_use(use: pd.Series, mapping: Mapping[str, str]) -> pd.Series:
    """Class of each use, empty where nothing is written or nobody knows the word."""
    table = read_table("legends", "building_use.csv")
    words = {str(w).lower(): str(c) for w, c in zip(table["word"], table["class"], strict=True)}
    exact = {str(k).strip().lower(): v for k, v in mapping.items()}
    by_length = sorted(words, key=len, reverse=True)

    def classify(value: str) -> str:
        text = value.strip().lower()
        if text in exact:
            return exact[text]
        if text in words or not re.search(r"[\u4e00-\u9fff]", text):
            return words.get(text, "")
        return next((words[w] for w in by_length if w in text), "")

    return use.map({value: classify(str(value)) for value in use.unique()}).astype(str)


def read_buildings(
    path: Path,
    townships: gpd.GeoDataFrame,
    crs: CRS,
    *,
    id: str | None = None,
    name: str | None = None,
    use: str | None = None,
    height: str | None = None,
    storeys: str | None = None,
    facts: Mapping[str, str | None] | None = None,
    form: str | None = None,
    more: Sequence[str] = (),
    uses: Mapping[str, str] | None = None,
    default_class: str = "other",
    layer: str | None = None,
    file_crs: Any = None,
    encoding: str | None = None,
    notes: Notes | None = None,
) -> gpd.GeoDataFrame:
    """Read building outlines, bring them to the region's CRS and give each to its township.

    Parameters
    ----------
    path : pathlib.Path
        Polygon layer.
    townships : geopandas.GeoDataFrame
        From :func:`geo.townships.read_townships`.
    crs : pyproj.CRS
        Metric CRS of the region.
    id, name, use, height, storeys, form : str, optional
        Columns; any may be absent.
    facts : mapping, optional
        Any of ``geo.building_facts.FACTS`` -> column.
    more : sequence of str, optional
        Further columns, kept as they are under their own names.
    uses : mapping, optional
        Raw use -> class, before the shipped words.
    default_class : str, default "other"
        Class of buildings without a use.
    layer, file_crs, encoding, notes
        As in :func:`geo.vector.read_layer`.

    Returns
    -------
    geopandas.GeoDataFrame
        ``building_id``, ``name``, ``use`` (raw), ``building_class``, ``height_m``, ``height_source`` (``measured``,
        ``storeys`` or ``assumed``; a height raster adds ``raster``, the survey ``surface``), ``storeys`` (NaN where
        unknown), ``township_code``, ``township``, ``footprint_m2``, the facts and columns asked for
        and geometry, sorted by id; with a column of forms also ``form`` (one of :data:`geo.roof_forms.FORMS`, blank
        where unknown).
        ``attrs["overlap_m2"]``: ground the file draws more than once; here it belongs to one outline.

    Raises
    ------
    InputError
        Missing column, no building inside any township.
    """
    notes = notes if notes is not None else Notes()
    raw = read_layer(path, layer=layer, crs=file_crs, encoding=encoding, notes=notes)
    asked = {"id": id, "name": name, "use": use, "height": height, "storeys": storeys, "form": form, **(facts or {})}
    asked |= {f"more[{place}]": column for place, column in enumerate(more)}
    require_columns(path, raw, {f"buildings.{k}": c for k, c in asked.items() if c is not None})
    frame = gpd.GeoDataFrame(geometry=to_crs(raw[["geometry"]], crs, path).geometry, crs=crs)
    frame["building_id"] = _ids(path, raw[id] if id else None, len(raw), notes)
    frame["name"] = text_column(raw[name]) if name else ""
    frame["use"] = text_column(raw[use]) if use else ""
    frame["building_class"] = building_class(frame["use"], uses, default_class)
    _tell_unknown_use(path, frame["use"], uses or {}, default_class, notes)
    frame["storeys"] = _column(path, raw, storeys, "storeys", STOREY_M, notes)
    measured = _column(path, raw, height, "height", 1.0, notes)
    told = building_facts(path, raw, {f: asked.get(f) for f in FACTS}, notes).join(more_columns(raw, more))
    frame[list(told.columns)] = told
    frame["height_m"], frame["height_source"] = _heights(measured, frame["storeys"].to_numpy(), frame["building_class"])
    if form:
        frame["form"] = _forms(path, raw[form], notes)
    frame["footprint_m2"] = frame.geometry.area
    small = frame["footprint_m2"] < _MIN_AREA_M2
    if small.any():
        notes.add(path.name, f"{int(small.sum())} outlines under {_MIN_AREA_M2:g} m² were left out",
                  f"{int(small.sum())} 个面积不足 {_MIN_AREA_M2:g} m² 的轮廓已剔除")  # fmt: skip
    frame = _drop_repeats(path, frame[~small], notes)
    frame = _roofs_only(path, frame, townships, notes)
    frame, overlap_m2 = _apart(path, frame, notes)
    zone = assign_townships(frame, townships)
    outside = zone < 0
    hint, hint_zh = "", ""
    if outside.any() and not shift_of(file_crs):
        hint, hint_zh = _shift_hint(frame, townships, int((~outside).sum()))
    if outside.all():
        raise InputError(
            f"{path}: none of {len(frame)} buildings lies in a township; "
            + (hint or "compare the CRS of both layers (a shift of some 500 m means GCJ-02 coordinates)")
            + ".",
            f"{path}：{len(frame)} 栋建筑没有一栋在乡镇内；"
            + (hint_zh or "请比较两图层的 CRS（相差约 500 米即为 GCJ-02 坐标）")
            + "。",
        )
    if outside.any():
        notes.add(path.name, f"{int(outside.sum())} of {len(frame)} buildings lie outside every township: left out"
                  + (hint and f"; {hint}"), f"{len(frame)} 栋建筑中有 {int(outside.sum())} 栋不在任何乡镇内，已剔除"
                  + (hint_zh and f"；{hint_zh}"))  # fmt: skip
    frame = frame[~outside].copy()
    frame["township_code"] = townships["code"].to_numpy()[zone[~outside]]
    frame["township"] = townships["name"].to_numpy()[zone[~outside]]
    order = ["building_id", "name", "use", "building_class", "height_m", "height_source", "storeys", "township_code",
             "township", "footprint_m2", *(["form"] if form else []), *told.columns, "geometry"]  # fmt: skip
    out = frame.sort_values("building_id", ignore_index=True)[order]
    out.attrs["overlap_m2"] = overlap_m2
    return out


def _tell_unknown_use(path: Path, use: pd.Series, uses: Mapping[str, str], default: str, notes: Notes) -> None:
    """Say which words for use nobody knows: their roofs get the class of gaps, with its mounts, load and prices."""
    strange = use[~use.str.strip().str.lower().isin(_UNSAID) & (_known_use(use, uses) == "")]
    if len(strange):
        named = listing(list(strange.value_counts().index[:5]))
        notes.add(path.name, f"use of {len(strange)} of {len(use)} buildings is not understood ({named}): they count "
                  f"as {default!r}; name their classes in [buildings.uses]",
                  f"{len(use)} 栋建筑中有 {len(strange)} 栋的用途无法识别（{named}），按 {default!r} 类处理；"
                  "请在 [buildings.uses] 中指定其类别")  # fmt: skip


def _ids(path: Path, column: pd.Series | None, count: int, notes: Notes) -> pd.Series:
    width = len(str(count))
    if column is None:
        return pd.Series([f"b{str(i + 1).zfill(width)}" for i in range(count)])
    text = text_column(column)
    text = text.where(text != "", [f"row{i + 1}" for i in range(count)])
    repeat = text.duplicated(keep=False)
    if repeat.any():
        text = text.where(~repeat, text + "#" + (text.groupby(text).cumcount() + 1).astype(str))
        notes.add(path.name, f"{int(repeat.sum())} building ids occur more than once and were numbered (#1, #2 …)",
                  f"{int(repeat.sum())} 个建筑编号重复，已加序号区分")  # fmt: skip
    return text


def _column(path: Path, raw: pd.DataFrame, column: str | None, kind: str, unit_m: float, notes: Notes) -> np.ndarray:
    """Heights or storeys as written; NaN where there is none or where it is no height of a building."""
    if column is None:
        return np.full(len(raw), np.nan)
    number = number_column(path, raw, column, f"buildings.{kind}", notes, kind)
    good = (number > 0) & (number * unit_m <= _MAX_HEIGHT_M)
    wrong = ~np.isnan(number) & ~good
    if wrong.any():
        notes.add(path.name, f"{int(wrong.sum())} values of {column!r} are no height and were ignored",
                  f"字段 {column} 有 {int(wrong.sum())} 个值不合理，已忽略")  # fmt: skip
    return np.where(good, number, np.nan)


def _forms(path: Path, column: pd.Series, notes: Notes) -> pd.Series:
    """Forms as written; words nobody knows are named and left unknown, a column without any known word is refused."""
    forms, unknown = roof_form(text_column(column))
    if unknown and (forms == "").all():
        raise InputError(
            f"{path}: no word of column {column.name!r} (buildings.form) names a roof form ({listing(unknown)}); use "
            f"{', '.join(FORMS)} or 平顶, 双坡, 四坡, 单坡.",
            f"{path}：字段 {column.name}（buildings.form）中没有屋顶形式（{listing(unknown)}）；"
            "请用平顶、双坡、四坡、单坡或 flat、gable、hip、shed。",
        )
    if unknown:
        named = listing(unknown)
        notes.add(path.name, f"roof forms {named} are unknown: those roofs count as not looked at",
                  f"屋顶形式 {named} 无法识别，这些屋顶按未知处理")  # fmt: skip
    return forms


def _heights(measured: np.ndarray, storeys: np.ndarray, classes: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """Height and where it comes from: measured before storeys before the class."""
    source = np.where(~np.isnan(measured), "measured", np.where(~np.isnan(storeys), "storeys", "assumed"))
    assumed = classes.map(_CLASS_HEIGHT_M).to_numpy(float)
    value = np.where(~np.isnan(measured), measured, np.where(~np.isnan(storeys), storeys * STOREY_M, assumed))
    return value, source.astype(object)


def _shift_hint(frame: gpd.GeoDataFrame, townships: gpd.GeoDataFrame, inside: int) -> tuple[str, str]:
    """Say which undeclared shift would bring clearly more outlines into townships; nothing is moved."""
    points = gpd.GeoDataFrame(geometry=frame.geometry.representative_point(), crs=frame.crs)
    best, most = "", inside + max(1, len(frame) // 20) - 1
    for key, _, spots in unshifted(points):
        spots = spots.set_geometry(spots.geometry.buffer(0.5))
        count = int((assign_townships(spots, townships) >= 0).sum())
        if count > most:
            best, most = key, count
    if not best:
        return "", ""
    name, _ = SHIFTS[best]
    return (f'with {name} {most} of {len(frame)} would lie inside: set `crs = "{best}"` if that is what they are',
            f'若为 {name} 坐标，{len(frame)} 栋中有 {most} 栋位于乡镇内：如属实请设 crs = "{best}"')  # fmt: skip


def _drop_repeats(path: Path, frame: gpd.GeoDataFrame, notes: Notes) -> gpd.GeoDataFrame:
    """Drop outlines drawn twice, so that no roof is counted twice."""
    key = pd.Series(
        shapely.to_wkb(shapely.normalize(shapely.set_precision(frame.geometry.to_numpy(), 0.01))),
        index=frame.index,
    )
    twice = key.duplicated()
    if twice.any():
        notes.add(path.name, f"{int(twice.sum())} outlines are drawn twice; one of each was kept",
                  f"{int(twice.sum())} 个轮廓重复绘制，只保留一个")  # fmt: skip
    return frame[~twice]


def _roofs_only(path: Path, frame: gpd.GeoDataFrame, townships: gpd.GeoDataFrame, notes: Notes) -> gpd.GeoDataFrame:
    """Leave out yards, parcels and whole districts, and name them: what is larger than its own township is no roof."""
    room = townships.geometry.to_crs(frame.crs).area.to_numpy()
    footprint = frame["footprint_m2"].to_numpy()
    large = footprint > room.min()
    if large.any():
        zone = assign_townships(frame[large], townships)
        large[large] = footprint[large] > np.where(zone < 0, room.max(), room[zone])
    yard = holders(frame.geometry.to_numpy()) | large
    if yard.any():
        named = listing([f"{i} ({a:,.0f} m²)" for i, a in frame.loc[yard, ["building_id", "footprint_m2"]].to_numpy()])
        notes.add(path.name, f"{int(yard.sum())} outlines lie round many buildings or are larger than a township, so "
                  f"they are yards or parcels and no roofs: left out ({named})",
                  f"{int(yard.sum())} 个轮廓包含多栋建筑或大于乡镇，视为院落或宗地，已剔除（{named}）")  # fmt: skip
    return frame[~yard]


def _apart(path: Path, frame: gpd.GeoDataFrame, notes: Notes) -> tuple[gpd.GeoDataFrame, float]:
    """Give every square metre to one outline, and say how many were drawn more than once [m²].

    Heights of a second drawing fill those that were only assumed.
    """
    found = disjoint(frame.geometry.to_numpy(), least_m2=_MIN_AREA_M2)
    gone = shapely.is_empty(found.shapes)
    if not (found.trimmed.any() or gone.any()):
        return frame, 0.0
    out = frame.set_geometry(gpd.GeoSeries(found.shapes, index=frame.index, crs=frame.crs))
    out["footprint_m2"] = out.geometry.area
    source, height = out["height_source"].to_numpy(object, copy=True), out["height_m"].to_numpy(float, copy=True)
    for k in np.flatnonzero(gone):
        keep = found.into[k]
        if source[keep] == "assumed" and source[k] != "assumed":
            source[keep], height[keep] = source[k], height[k]
    out["height_source"], out["height_m"] = source, height
    if found.overlap_m2 < _TOLD_M2 and not gone.any():  # hair-thin overlaps of neighbours
        return out[~gone], found.overlap_m2
    notes.add(path.name, f"outlines overlap on {found.overlap_m2:,.0f} m²: {int(found.trimmed.sum())} gave the part to "
              f"those inside them, {int(found.twice.sum())} were a second drawing, {int((gone & ~found.twice).sum())} "
              "lay within others",
              f"轮廓重叠 {found.overlap_m2:,.0f} m²：{int(found.trimmed.sum())} 个让给其内部轮廓，"
              f"{int(found.twice.sum())} 个重复绘制，{int((gone & ~found.twice).sum())} 个被覆盖")  # fmt: skip
    return out[~gone], found.overlap_m2
