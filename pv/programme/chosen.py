"""Roofs of the programme that somebody chose by hand, as a page exports them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from guanghui.geo.errors import InputError, listing
from guanghui.geo.side_table import LAYER_ENDS, plain_numbers, read_side_table
from guanghui.geo.vector import read_layer

__all__ = ["chosen_years", "read_chosen"]


def read_chosen(path: Path, year: int | None = None) -> pd.DataFrame:
    """Read a list of chosen roofs.

    Parameters
    ----------
    path : pathlib.Path
        Table or layer with ``building_id`` and, where it is known, ``year`` of building; the layer that a page exports
        as programme is one.
    year : int, optional
        Year of rows that have none; the first phase by default.

    Returns
    -------
    pandas.DataFrame
        ``building_id year``, the year NaN where none is given, and ``middle`` (point in degrees) of a layer; one row a
        roof.

    Raises
    ------
    InputError
        Unreadable, no ids, a year that is none, or a roof with two years.
    """
    raw = read_side_table(path)
    if "building_id" not in raw:
        raise InputError(
            f"{path.name}: chosen roofs need a column building_id; found {listing(raw.columns)}. Export the layer "
            'again on the page of the township ("Export as programme").',
            f"{path.name}：指定屋顶需要 building_id 列；现有 {listing(raw.columns)}。"
            "请在乡镇页面重新“导出为建设名单”。",
        )
    given = raw["year"] if "year" in raw else pd.Series(np.nan, index=raw.index, dtype=object)
    years = plain_numbers(given)
    wrong = (given.notna() & (years.isna() | (years % 1 != 0))) | raw["building_id"].isna()
    if wrong.any():
        row = int(wrong.to_numpy().argmax())
        raise InputError(
            f"{path.name}: row {row + 1} has building_id {raw['building_id'].iloc[row]!r} and "
            f"year {given.iloc[row]!r}; give the id of a roof and a whole year, or leave the year empty.",
            f"{path.name}：第 {row + 1} 行 building_id 为 {raw['building_id'].iloc[row]!r}，"
            f"year 为 {given.iloc[row]!r}；请给出屋顶编号与整数年份，年份也可留空。",
        )
    found = pd.DataFrame({"building_id": raw["building_id"].astype(str), "year": years.fillna(year or np.nan)})
    if path.suffix.lower() in LAYER_ENDS:
        found["middle"] = _middles(path, found["building_id"])
    return _once(found, path.name)


def _middles(path: Path, ids: pd.Series) -> pd.Series:
    layer = read_layer(path)
    points = layer.geometry.representative_point().to_crs(4326)
    where = pd.Series(points.to_numpy(), index=layer["building_id"].astype(str))
    return ids.map(where[~where.index.duplicated()])


def _once(found: pd.DataFrame, name: str) -> pd.DataFrame:
    """One row a roof; a roof of two years is refused."""
    years = found.groupby("building_id")["year"].nunique(dropna=False)
    if (years > 1).any():
        both = years.index[years > 1]
        raise InputError(
            f"{name}: {listing(both)} stand there with two years; keep one row a roof.",
            f"{name}：{listing(both)} 有两个年份；每个屋顶请只保留一行。",
        )
    return found.drop_duplicates("building_id").reset_index(drop=True)


def chosen_years(
    roofs: gpd.GeoDataFrame, lists: Sequence[pd.DataFrame], phases: Sequence[int], *, part: bool = False
) -> pd.Series:
    """Year in which each chosen roof is built.

    Parameters
    ----------
    roofs : geopandas.GeoDataFrame
        All roofs of the region, from :func:`pv.assess`.
    lists : sequence of pandas.DataFrame
        From :func:`read_chosen`.
    phases : sequence of int
        Years of the programme.
    part : bool, default False
        Only some townships are worked out: roofs of the others are passed over.

    Returns
    -------
    pandas.Series
        Year, 0 for roofs that nobody chose; index ``building_id``.

    Raises
    ------
    InputError
        An unknown roof, a roof that lies elsewhere now, or a year that is no phase.
    """
    index = pd.Index(roofs["building_id"].astype(str), name="building_id")
    years = pd.Series(0, index=index, name="chosen_year")
    if not len(lists):
        return years
    found = _once(pd.concat(lists, ignore_index=True), "[[coverage.chosen]]")
    unknown = found.loc[~found["building_id"].isin(index), "building_id"]
    if len(unknown) and not part:
        raise InputError(
            f"[[coverage.chosen]]: there are no roofs {listing(unknown)}; the outlines have changed since the list was "
            "made: export it again from the pages of this region.",
            f"[[coverage.chosen]]：没有屋顶 {listing(unknown)}；建筑轮廓在导出后已变更：请从本区域的页面重新导出。",
        )
    found = found[found["building_id"].isin(index)].reset_index(drop=True)
    asked = found["year"].fillna(min(phases)).astype(int)
    other = sorted(set(asked) - set(phases))
    if other:
        raise InputError(
            f"[[coverage.chosen]]: {listing(other)} is no year of [coverage] phases; there are {listing(phases)}.",
            f"[[coverage.chosen]]：{listing(other)} 不是 [coverage] phases 的年份；现有 {listing(phases)}。",
        )
    _still_there(roofs.set_axis(index), found)
    years[found["building_id"].to_numpy()] = asked.to_numpy()
    return years


def _still_there(roofs: gpd.GeoDataFrame, found: pd.DataFrame) -> None:
    """Refuse a list whose ids now belong to other roofs: the middle of each must lie in the roof of its id."""
    if "middle" not in found:
        return
    told = found[found["middle"].notna()]
    points = gpd.GeoSeries(told["middle"].to_numpy(), crs=4326).to_crs(roofs.crs)
    outlines = roofs.geometry.loc[told["building_id"]]
    away = told.loc[~points.within(outlines.reset_index(drop=True)).to_numpy(), "building_id"]
    if len(away):
        raise InputError(
            f"[[coverage.chosen]]: {listing(away)} lie elsewhere than when the list was made, so ids now belong to "
            "other roofs: export it again from the pages of this region.",
            f"[[coverage.chosen]]：{listing(away)} 的位置与导出时不同，编号已对应其他屋顶：请从本区域的页面重新导出。",
        )
