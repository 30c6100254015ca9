"""Carbon of the land cover by a table of the user: by code, as the InVEST carbon model takes it, or by land class."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

import geopandas as gpd
import numpy as np
import pandas as pd

from guanghui.geo.columns import text_column
from guanghui.geo.errors import InputError, listing
from guanghui.geo.landcover import AnyCover, LandCover, Legend, land_class, land_classes
from guanghui.geo.notes import Notes
from guanghui.geo.side_table import plain_numbers, read_side_table
from guanghui.geo.zonal import class_cells
from guanghui.sinks.factors.own_ranges import read_ranges
from guanghui.sinks.factors.table import OwnRange

__all__ = ["OwnPools", "read_own_pools", "say_table", "table_check"]

_POOLS: Mapping[str, tuple[str, ...]] = {
    "above": ("c_above", "above", "地上"),
    "below": ("c_below", "below", "地下"),
    "understorey": ("understorey", "林下"),
    "dead": ("c_dead", "dead", "枯死木", "死有机质"),
    "litter": ("litter", "凋落物", "枯落物"),
    "soil": ("c_soil", "soil", "土壤"),
}
_SAID = 1e-4
_CODE, _CLASS = ("lucode", "code", "代码", "地类代码", "dlbm"), ("class", "land_class", "类别", "地类")


@dataclass(frozen=True)
class OwnPools:
    """Carbon of land-cover codes by pool."""

    by_code: dict[str, dict[str, float]]
    """Code as text -> pool -> [t C/ha]."""
    missing: tuple[str, ...]
    """Codes of the legend the table does not speak of."""
    source: str
    by_class: bool
    """Whether the table is by land class; codes it lacks then keep the shipped factors."""
    pools: tuple[str, ...]
    """Pools the table has; the others count as nothing on its land."""
    ranges: Mapping[str, Mapping[str, OwnRange]] = field(default_factory=dict)
    """Code as text -> pool -> range, where the table has one."""

    def refuse_missing(self, areas_m2: pd.Series, notes: Notes) -> None:
        """Stop where codes of a map are not in a table by code; say so where one by class lacks them.

        Parameters
        ----------
        areas_m2 : pandas.Series
            Code -> area.
        notes : Notes
            Told.

        Raises
        ------
        InputError
            With the codes and their areas.
        """
        lost = areas_m2[areas_m2.index.astype(str).isin(self.missing)].sort_values(ascending=False)
        found = listing(f"{code} ({area / 1e4:,.4g} ha)" for code, area in lost.items())
        found_zh = listing(f"{code}（{area / 1e4:,.4g} 公顷）" for code, area in lost.items())
        if len(lost) and not self.by_class:
            raise InputError(
                f"{self.source}: the carbon table has no row for the codes {found} of the map; add them.",
                f"{self.source}：碳密度表缺少图上代码 {found_zh} 的行；请补充。",
            )
        if len(lost):
            notes.add("carbon", f"the own carbon table lacks the classes of the codes {found}: shipped factors there",
                      f"自有碳密度表未含代码 {found_zh} 的类别：该处用内置参数")  # fmt: skip
        none = [p for p in ("above", "below", "soil") if p not in self.pools]
        if none:
            notes.add("carbon", f"the own carbon table has no pool {listing(none)}: counted as nothing on its land",
                      f"自有碳密度表没有碳库 {listing(none)}：其土地上按无计")  # fmt: skip


def read_own_pools(path: Path, known: Legend) -> OwnPools:
    """Read a carbon table and give every code of a legend its pools.

    Parameters
    ----------
    path : pathlib.Path
        CSV or Excel: ``lucode`` (or ``code``) or ``class``, and pools [t C/ha], each with a range where known:
        ``<pool>_low`` and ``<pool>_high`` (95 %), or ``<pool>_sd`` or ``<pool>_cv`` (of the mean; a share).
    known : Legend
        Legend of the land cover.

    Raises
    ------
    InputError
        Columns missing, a row twice, a class not known, a value that is negative or no number.
    """
    table = read_side_table(path)
    lower = {str(c).strip().lower(): c for c in table.columns}
    code, kind = (next((lower[n] for n in names if n in lower), None) for names in (_CODE, _CLASS))
    pools = {p: next((lower[n] for n in names if n in lower), None) for p, names in _POOLS.items()}
    given = {p: c for p, c in pools.items() if c is not None}
    if not given or (code is None and kind is None):
        raise InputError(
            f"{path}: a carbon table needs lucode (or class) and the pools c_above, c_below, c_soil, c_dead; the "
            f"columns are {listing(table.columns, 20)}.",
            f"{path}：碳密度表需要 lucode（或 class）与 c_above、c_below、c_soil、c_dead 各列；"
            f"现有列 {listing(table.columns, 20)}。",
        )
    keys = text_column(table[code if code is not None else kind])
    keys = keys.str.replace(r"^(\d+)\.0+$", r"\1", regex=True)
    twice = keys[keys.duplicated()]
    if len(twice):
        raise InputError(
            f"{path}: the rows {listing(twice)} occur twice; one row each.",
            f"{path}：{listing(twice)} 重复；每个一行。",
        )
    values = pd.DataFrame({p: plain_numbers(table[c]).to_numpy(float) for p, c in given.items()}, index=keys.to_numpy())
    wrong = values.index[(~np.isfinite(values) | (values < 0)).any(axis=1)]
    if len(wrong):
        raise InputError(
            f"{path}: rows {listing(wrong)} have a value that is negative or no number; correct them.",
            f"{path}：{listing(wrong)} 的值为负或不是数字；请更正。",
        )
    ranges = read_ranges(path, table, lower, {p: _POOLS[p] for p in given}, values)
    own = {str(k): {str(p): float(v) for p, v in row.items()} for k, row in values.to_dict("index").items()}
    row: dict[object, str | None]
    if code is not None:
        row = {c: _row_of(str(c), own) for c in known.classes}
    else:
        names = {n.lower(): c.key for c in land_classes().values() for n in (c.key, c.label_zh, c.label_en)}
        strange = [k for k in own if k.lower() not in names]
        if strange:
            raise InputError(
                f"{path}: the classes {listing(strange)} are not known; use {listing(land_classes(), 60)}.",
                f"{path}：未知类别 {listing(strange)}；可用 {listing(land_classes(), 60)}。",
            )
        by_key = {names[k.lower()]: k for k in own}
        row = {c: next((by_key[k] for k in land_class(key).lineage if k in by_key), None)
               for c, key in known.classes.items()}  # fmt: skip
    rows = {str(c): r for c, r in row.items() if r is not None}
    lost = tuple(str(c) for c, r in row.items() if r is None)
    found = {c: own[r] for c, r in rows.items()}
    spread = {c: ranges[r] for c, r in rows.items() if r in ranges}
    return OwnPools(found, lost, str(path), code is None, tuple(given), spread)


def _row_of(code: str, own: Mapping[str, object]) -> str | None:
    """Row of a code, with or without the zeros a number loses."""
    return next((k for k in (code, code.lstrip("0") or "0") if k in own), None)


def _bare(own_range: OwnRange | None) -> bool:
    return own_range is None or own_range.distribution == "fixed"


def table_check(
    land: AnyCover,
    townships: gpd.GeoDataFrame,
    pools: Mapping[str, Mapping[str, float]],
    ranges: Mapping[str, Mapping[str, OwnRange]] = MappingProxyType({}),
) -> pd.DataFrame:
    """Carbon of the land cover alone by the table, on the plane as InVEST counts it and on the ellipsoid.

    Surveyed stands and wetlands, which overrule the land cover in the account, are left out of this comparison.

    Parameters
    ----------
    land : LandCover or PolygonCover
        Land cover.
    townships : geopandas.GeoDataFrame
        Polygons; what lies outside does not count.
    pools : mapping
        Code -> pool -> [t C/ha].
    ranges : mapping, optional
        Code -> pool -> range, where there is one.

    Returns
    -------
    pandas.DataFrame
        ``code``, ``class``, ``density_tc_ha``, ``planar_ha``, ``planar_tc`` (cells times their size on the map; NaN
        for polygons and for cells in degrees), ``area_ha``, ``stock_tc`` (on the ellipsoid), ``unranged_tc`` (of
        it in pools without a range), ``difference_pct``.
    """
    part = land.clip(townships)
    area = part.areas(townships).area_m2.sum() / 1e4
    plane = pd.Series(np.nan, index=area.index)
    if isinstance(part, LandCover) and not part.grid.crs.is_geographic:
        metre = part.grid.crs.axis_info[0].unit_conversion_factor
        cell_ha = part.grid.cell[0] * part.grid.cell[1] * metre**2 / 1e4
        plane = class_cells(part.codes(), townships).sum().reindex(area.index) * cell_ha
    classes = part.numbering().classes
    codes = [c for c in area.index if str(c) in pools]
    density = np.array([sum(pools[str(c)].values()) for c in codes])
    names = {"code": [str(c) for c in codes], "class": [classes[c] for c in codes]}
    out = pd.DataFrame({**names, "density_tc_ha": density})
    out["planar_ha"], out["area_ha"] = plane[codes].to_numpy(), area[codes].to_numpy()
    out["planar_tc"], out["stock_tc"] = out["planar_ha"] * density, out["area_ha"] * density
    out["unranged_tc"] = out["area_ha"] * [
        sum(v for p, v in pools[str(c)].items() if _bare(ranges.get(str(c), {}).get(p))) for c in codes
    ]
    out["difference_pct"] = 100 * (out["planar_ha"] / out["area_ha"] - 1)
    return out


def say_table(table: pd.DataFrame | None, whole_tc: float, bare_tc: float, notes: Notes) -> None:
    """Say what the table makes on the ellipsoid and on the plane, and how much of the stock has no range.

    Parameters
    ----------
    table : pandas.DataFrame, optional
        From :func:`table_check`; where there is none, only what has no range is said.
    whole_tc, bare_tc : float
        Stock, and what of it rests on numbers without a range [t C].
    notes : Notes
        Told.
    """
    bare = whole_tc > 0 and bare_tc > _SAID * whole_tc
    part = f"{bare_tc:,.1f} t C ({100 * bare_tc / whole_tc:.1f} %)" if bare else ""
    said = f"{part} of the stock have no range, so the intervals leave their error out"
    said_zh = f"碳储量中 {part} 没有区间，置信区间不含其误差"
    if table is None:
        if bare:
            notes.add("carbon", said, said_zh)
        return
    plane, true = float(table["planar_tc"].sum()), float(table["stock_tc"].sum())
    en = f"own carbon table: {true:,.1f} t C of the land cover on the ellipsoid"
    zh = f"自有碳密度表：土地覆盖按椭球面积 {true:,.1f} t C"
    if plane > 0 < true:
        off = 100 * (plane / true - 1)
        en, zh = en + f", {plane:,.1f} on the plane ({off:+.4f} %)", zh + f"，按平面面积 {plane:,.1f}（{off:+.4f} %）"
    notes.add("carbon", f"{en}; {said if bare else 'every value has a range'}",
              f"{zh}；{said_zh if bare else '各值均有区间'}")  # fmt: skip
