"""Land cover of a region: cells with a legend, or the polygons of a land survey (三调 DLTB) with their codes."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
from pyogrio.errors import DataSourceError
from pyproj import CRS

from guanghui.geo.columns import number_column, text_column
from guanghui.geo.errors import InputError, listing
from guanghui.geo.landcover import Legend, PolygonCover, custom_legend
from guanghui.geo.notes import Notes
from guanghui.geo.own_legend import THIRD_SURVEY, text_codes, text_legend
from guanghui.geo.units import MU_PER_HA
from guanghui.geo.vector import read_layer, to_crs
from guanghui.plan.inputs.land_sections import LandcoverSection

__all__ = ["is_polygons", "read_polygons"]

_VECTOR = (
    ".shp", ".geojson", ".json", ".gdb", ".fgb", ".parquet", ".geoparquet", ".kml", ".kmz", ".gml", ".tab", ".mif",
    ".dxf",
)  # fmt: skip
_EITHER = (".gpkg", ".sqlite")
_CODE = ("DLBM", "地类编码", "地类代码")
_NAME = ("DLMC", "地类名称")
_AREA = ("TBMJ", "TBDLMJ", "图斑面积", "MIAN_JI", "面积")
_RIDGE = ("KCMJ", "扣除面积")
_UNITS = {"m²": 1.0, "ha": 1e4, "mu": 1e4 / MU_PER_HA}
_NEAR, _SLIVER_M2 = 0.2, 1.0
_LISTED = 12


def is_polygons(path: Path, asked: LandcoverSection) -> bool:
    """Tell whether a land cover is a vector layer.

    Parameters
    ----------
    path : pathlib.Path
        File of ``[landcover]``.
    asked : LandcoverSection
        ``code`` names a column, which only a layer has.
    """
    kind = path.suffix.lower()
    if kind in _VECTOR or asked.code is not None:
        return True
    if kind not in _EITHER:
        return False
    try:
        return len(pyogrio.list_layers(path)) > 0
    except (DataSourceError, ValueError):
        return False


def read_polygons(
    path: Path, asked: LandcoverSection, crs: CRS, notes: Notes, own: Legend | None = None
) -> PolygonCover:
    """Read a land-cover layer.

    Parameters
    ----------
    path : pathlib.Path
        Any vector format.
    asked : LandcoverSection
        Columns, legend, year.
    crs : pyproj.CRS
        Metric CRS of the region.
    notes : Notes
        Told what was recognised, and where names and codes or areas do not fit.
    own : Legend, optional
        Legend of a table of the user, instead of that of the section.

    Raises
    ------
    InputError
        No column of codes, no legend for it, names that say another class than the codes, an area whose unit cannot be
        told.
    """
    raw = read_layer(path, layer=asked.layer, crs=asked.crs, encoding=asked.encoding, notes=notes)
    columns = {c.upper(): str(c) for c in raw.columns if c != raw.geometry.name}
    code = _named(path, "code", asked.code, _CODE, columns)
    if code is None:
        raise InputError(
            f"{path}: no column of land-cover codes was recognised; name it with `code` in [landcover]; the columns "
            f"are {listing(columns.values(), 20)}.",
            f"{path}：未找到地类代码字段；请在 [landcover] 用 code 指明；现有字段 {listing(columns.values(), 20)}。",
        )
    known = own if own is not None else _legend(path, code, asked)
    codes, known = text_codes(raw[code], known)
    known = known.without({c for c in codes.unique() if c in asked.void or c.lstrip("0") in asked.void})
    frame = to_crs(raw[["geometry"]], crs, path)
    frame["code"] = codes.to_numpy(object)
    size = frame.geometry.area / 1e4
    name = _named(path, "name", asked.name, _NAME, columns)
    if name is not None and known.name == THIRD_SURVEY:
        _compare_names(path, text_column(raw[name]), name, codes, known, size, notes)
    area = _named(path, "area", asked.area, _AREA, columns)
    frame["stated_m2"] = np.nan if area is None else _stated(path, raw, area, frame.geometry.area, notes)
    ridge = next((columns[c] for c in _RIDGE if c in columns), None)
    if ridge is not None and known.name == THIRD_SURVEY:
        cut = float(np.nansum(number_column(path, raw, ridge, "landcover.area", notes))) / 1e4
        if cut > 0:
            notes.add("landcover", f"field ridges ({ridge}, {cut:,.2f} ha) lie inside the polygons of cropland and are "
                      "counted as such",
                      f"田坎等扣除面积（{ridge}，{cut:,.2f} 公顷）位于耕地图斑内，按所在图斑计")  # fmt: skip
    shown = [f"{k} = {c}" for k, c in (("code", code), ("name", name), ("area", area)) if c is not None]
    notes.add("landcover", f"polygons, columns {', '.join(shown)}, legend {known.name}",
              f"矢量图斑，字段 {'，'.join(shown)}，图例 {known.name}")  # fmt: skip
    return PolygonCover(path, gpd.GeoDataFrame(frame[["code", "stated_m2", "geometry"]], crs=frame.crs), known,
                        asked.year, asked.accept_versions, area or "")  # fmt: skip


def _named(path: Path, key: str, given: str | None, names: tuple[str, ...], columns: dict[str, str]) -> str | None:
    """Column the user names, else the first of known names."""
    if given is None:
        return next((columns[n] for n in names if n in columns), None)
    if given.upper() not in columns:
        raise InputError(
            f"{path}: there is no column {given!r} (key `landcover.{key}`); the columns are "
            f"{listing(columns.values(), 20)}.",
            f"{path}：没有字段 {given!r}（键 `landcover.{key}`）；现有字段 {listing(columns.values(), 20)}。",
        )
    return columns[given.upper()]


def _legend(path: Path, code: str, asked: LandcoverSection) -> Legend:
    if isinstance(asked.legend, str):
        return text_legend(asked.legend)
    if asked.legend is not None:
        return custom_legend(asked.legend, text=True)
    if code.upper() == "DLBM":
        return text_legend(THIRD_SURVEY)
    raise InputError(
        f'{path}: what the codes of {code} mean is not said; set `legend` in [landcover] to "{THIRD_SURVEY}", the '
        "name of another legend, or a table of your own.",
        f'{path}：未说明字段 {code} 的代码含义；请在 [landcover] 设置 legend，如 "{THIRD_SURVEY}"，或自己的图例表。',
    )


def _compare_names(
    path: Path, names: pd.Series, column: str, codes: pd.Series, known: Legend, size: pd.Series, notes: Notes
) -> None:
    """Names beside the codes: a name the survey gives to land of another class speaks against the code."""
    labels = {_short(zh): known.classes[c] for c, (zh, _) in known.labels.items() if c in known.classes}
    said = names.map(_short)
    own = codes.map(known.classes)
    clash = said.isin(list(labels)) & own.notna() & (said.map(labels) != own)
    if clash.any():
        words = codes[clash] + "/" + names[clash]
        found = size[clash].groupby(words).sum().sort_values(ascending=False)
        text = listing([f"{w} ({ha:,.2f} ha)" for w, ha in found.items()], _LISTED)
        raise InputError(
            f"{path}: codes and names ({column}) say different land: {text}; correct them, or name the right columns "
            "with `code` and `name` in [landcover].",
            f"{path}：地类编码与名称（{column}）不一致：{text}；请更正，或在 [landcover] 用 code 与 name 指明字段。",
        )
    odd = ~said.isin(list(labels)) & (said != "")
    if odd.any():
        notes.add("landcover", f"{size[odd].sum():,.2f} ha have names in {column} that the survey does not use "
                  f"({listing(names[odd].unique(), 5)}): the codes decide",
                  f"{size[odd].sum():,.2f} 公顷的 {column} 不是三调地类名称"
                  f"（{listing(names[odd].unique(), 5)}）：以编码为准")  # fmt: skip


def _short(name: str) -> str:
    return name.replace("其它", "其他").replace("（", "(").split("(")[0].removeprefix("可调整").strip()


def _stated(path: Path, raw: pd.DataFrame, column: str, ours_m2: pd.Series, notes: Notes) -> np.ndarray:
    """Areas of the layer itself [m²], in the unit that its polygons tell."""
    stated: np.ndarray = number_column(path, raw, column, "landcover.area", notes)
    stated = np.where((stated > 0) | ((stated == 0) & (ours_m2.to_numpy(float) < _SLIVER_M2)), stated, np.nan)
    told = np.isfinite(stated)
    if not told.any():
        return stated
    ratio = {unit: float(np.nansum(stated)) * scale / float(ours_m2[told].sum()) for unit, scale in _UNITS.items()}
    unit = min(ratio, key=lambda u: abs(np.log(ratio[u])))
    if abs(np.log(ratio[unit])) > _NEAR:
        raise InputError(
            f"{path}: {column} sums to {np.nansum(stated):,.2f}, which is neither m², ha nor mu of the polygons "
            f"({float(ours_m2[told].sum()) / 1e4:,.2f} ha); name the right column with `area` in [landcover].",
            f"{path}：字段 {column} 合计 {np.nansum(stated):,.2f}，与图斑面积"
            f"（{float(ours_m2[told].sum()) / 1e4:,.2f} 公顷）按平方米、公顷或亩都不符；"
            "请在 [landcover] 用 area 指明字段。",
        )
    notes.add("landcover", f"{column} is read in {unit}", f"字段 {column} 的单位按 {unit} 读取")
    return np.asarray(stated * _UNITS[unit])
