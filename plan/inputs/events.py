"""Events of ``[[events]]``: written one by one, as a table, or as a polygon layer."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
from pyproj import CRS

from guanghui.geo.errors import InputError, listing
from guanghui.geo.notes import Notes
from guanghui.geo.side_table import plain_numbers, read_side_table
from guanghui.geo.vector import read_layer, to_crs
from guanghui.plan.inputs.config import EventSection
from guanghui.sinks.factors.table import species_lineage

__all__ = ["COLUMNS", "read_events"]

COLUMNS = {
    "kind": ("kind", "类型", "事件", "事件类型"),
    "year": ("year", "年份", "年度", "BHND"),
    "township": ("township", "乡镇", "township_code", "XIANG"),
    "area_ha": ("area_ha", "面积公顷", "面积_公顷", "面积（公顷）", "面积(公顷)"),
    "volume_m3": ("volume_m3", "蓄积", "蓄积_m3", "蓄积（m³）", "采伐蓄积"),
}
"""Names of the columns of a table or layer, the first found wins."""
_TABLES = (".csv", ".xlsx", ".xls", ".txt", ".tsv")
_KINDS = {
    "harvest": "harvest", "采伐": "harvest", "主伐": "harvest", "间伐": "harvest", "皆伐": "harvest",
    "fire": "fire", "火灾": "fire", "森林火灾": "fire",
    "pest": "pest", "病虫害": "pest", "松材线虫": "pest", "松材线虫病": "pest", "疫木": "pest",
    "conversion": "conversion", "占用": "conversion", "征占用": "conversion", "转出": "conversion",
    "毁林": "conversion",
}  # fmt: skip
_ROW = ["kind", "year", "township", "area_ha", "volume_m3", "killed", "removed", "replanted", "oldest", "geometry"]
_YEARS = (1990, 2100)


def read_events(
    entries: tuple[EventSection, ...], find: Callable[[str], Path], crs: CRS, notes: Notes
) -> pd.DataFrame | None:
    """Read all entries.

    Parameters
    ----------
    entries : tuple of EventSection
        Of the region file.
    find : callable
        File that an entry names -> its path.
    crs : pyproj.CRS
        Metric CRS of the region, for polygons.
    notes : Notes
        Told what layers hold.

    Returns
    -------
    pandas.DataFrame or None
        ``kind``, ``year``, ``township``, ``area_ha``, ``volume_m3`` (NaN where not given), ``killed``, ``removed``,
        ``replanted``, ``oldest``, ``geometry`` (None without a polygon); None without entries.

    Raises
    ------
    InputError
        A column missing, a kind or year that cannot be read, an area below nothing.
    """
    if not entries:
        return None
    parts = [_entry(entry, number, find, crs, notes) for number, entry in enumerate(entries, 1)]
    return pd.concat([p.astype({"geometry": object}) for p in parts], ignore_index=True)[_ROW]


def _entry(
    entry: EventSection, number: int, find: Callable[[str], Path], crs: CRS, notes: Notes
) -> pd.DataFrame:  # fmt: skip
    if entry.replanted:
        species_lineage(entry.replanted)
    same = {
        "killed": entry.killed, "removed": entry.removed, "replanted": entry.replanted, "oldest": entry.oldest_first,
    }  # fmt: skip
    if entry.path is None:
        nan = float("nan")
        area, volume = (nan if v is None else v for v in (entry.area_ha, entry.volume_m3))
        row = {"kind": entry.kind, "year": entry.year, "township": entry.township, "area_ha": area, "volume_m3": volume,
               **same, "geometry": None}  # fmt: skip
        return pd.DataFrame([row])
    path = find(entry.path)
    if path.suffix.lower() in _TABLES:
        raw = read_side_table(path)
        shapes: pd.Series = pd.Series([None] * len(raw), index=raw.index, dtype=object)
        needed = ["township"]
    else:
        layer = read_layer(path, layer=entry.layer, crs=entry.crs, encoding=entry.encoding, notes=notes)
        if layer.empty:
            raise InputError(
                f"[[events]] {number}: {path.name} holds no polygon; remove the entry.",
                f"[[events]] 第 {number} 项：{path.name} 没有面要素；请删除该项。",
            )
        raw = pd.DataFrame(layer.drop(columns=layer.geometry.name))
        shapes = pd.Series(
            gpd.GeoDataFrame(to_crs(layer[["geometry"]], crs, path)).geometry.to_numpy(), raw.index, object
        )
        needed = []
    columns = {k: next((c for c in names if c in raw.columns), None) for k, names in COLUMNS.items()}
    needed += [k for k in ("kind", "year") if getattr(entry, k) is None]
    missing = [k for k in needed if columns[k] is None]
    if "township" in needed and columns["area_ha"] is None and columns["volume_m3"] is None:
        missing.append("area_ha or volume_m3")
    if missing:
        raise InputError(
            f"{path}: an event needs {listing(missing)}; the columns are {listing(raw.columns, 20)}.",
            f"{path}：事件缺少 {listing(missing)}；现有字段 {listing(raw.columns, 20)}。",
        )
    out = pd.DataFrame(index=raw.index)
    out["kind"] = entry.kind or raw[columns["kind"]].map(lambda v: _KINDS.get(str(v).strip().lower(), ""))
    _refuse(path, columns["kind"], raw, out["kind"] == "", f"one of {', '.join(sorted(set(_KINDS.values())))}", "类型")
    years = np.full(len(raw), entry.year) if entry.year else plain_numbers(raw[columns["year"]].astype(str))
    out["year"] = np.asarray(years, float)
    bad = ~out["year"].between(*_YEARS) | (out["year"] % 1 != 0)
    _refuse(path, columns["year"], raw, bad, "a year", "年份")
    out["year"] = out["year"].astype(int)
    out["township"] = "" if columns["township"] is None else raw[columns["township"]].fillna("").astype(str).str.strip()
    drawn = shapes.notna()
    for name in ("area_ha", "volume_m3"):
        column = columns[name]
        out[name] = np.nan if column is None else plain_numbers(raw[column].astype("string").astype(object))
    out.loc[drawn, ["area_ha", "volume_m3"]] = np.nan  # a polygon is what it covers
    none = ~drawn & ~((out["area_ha"] > 0) ^ (out["volume_m3"] > 0))
    _refuse(path, columns["area_ha"] or columns["volume_m3"], raw, none, "an area or a volume above 0, one of the two",
            "面积或蓄积")  # fmt: skip
    return out.assign(**same, geometry=shapes)


def _refuse(path: Path, column: str | None, raw: pd.DataFrame, bad: pd.Series, wanted: str, zh: str) -> None:
    if not bad.any():
        return
    row = int(bad.to_numpy().argmax())
    found = "" if column is None else raw[column].iloc[row]
    raise InputError(
        f"{path}: row {row + 1}: {column} is {found!r}, not {wanted}; correct it.",
        f"{path}：第 {row + 1} 行：{column} 为 {found!r}，无法作为{zh}；请更正。",
    )
