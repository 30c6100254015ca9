"""Roofs of which somebody looked up the form on a picture: the file, and the outlines that get it."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from guanghui.geo.errors import InputError, listing
from guanghui.geo.roof_forms import FORMS, roof_form
from guanghui.geo.side_table import plain_numbers, read_side_table

__all__ = ["LOOKED", "read_looked", "with_looked"]

LOOKED, COLUMN = "looked", "column"
"""Sources of a form: somebody looked; a column of the outlines."""
_STEEPEST_DEG = 75.0


def read_looked(path: Path) -> pd.DataFrame:
    """Read the file of looked-at roofs; rows whose form was left blank are not looked at yet.

    Parameters
    ----------
    path : pathlib.Path
        Columns ``building_id``, ``form`` and, where known, ``tilt`` [°] and ``clear_pct`` (share of the roof seen from
        above that modules can cover) [%].

    Returns
    -------
    pandas.DataFrame
        ``building_id``, ``form``, ``tilt`` and ``clear`` [1] (NaN where unknown).

    Raises
    ------
    InputError
        A column that is missing, a word that names no form, a tilt or a share that is none, a roof given two forms.
    """
    raw = read_side_table(path)
    missing = [c for c in ("building_id", "form") if c not in raw]
    if missing:
        raise InputError(
            f"{path.name}: column {listing(missing)} is missing; `guanghui sample` writes a file to fill in.",
            f"{path.name}：缺少列 {listing(missing)}；可用 guanghui sample 生成待填表格。",
        )
    forms, unknown = roof_form(raw["form"])
    if unknown:
        row = int(raw["form"].fillna("").str.strip().str.lower().isin(unknown).to_numpy().argmax()) + 1
        raise InputError(
            f"{path.name}: form {listing(unknown)} (row {row}) names no roof form; use {', '.join(FORMS)} or "
            "平顶, 双坡, 四坡, 单坡.",
            f"{path.name}：第 {row} 行起的 form {listing(unknown)} 不是屋顶形式；请用平顶、双坡、四坡、单坡"
            "或 flat、gable、hip、shed。",
        )
    tilt, written, row = _numbers(raw, "tilt", 0.0, _STEEPEST_DEG)
    if row:
        raise InputError(
            f"{path.name}: tilt {written!r} of row {row} is no angle of a roof, 0 to {_STEEPEST_DEG:g}°; "
            "correct it or leave it blank.",
            f"{path.name}：第 {row} 行 tilt {written!r} 不是屋面坡度（0 至 {_STEEPEST_DEG:g}°）；请更正或留空。",
        )
    clear, written, row = _numbers(raw, "clear_pct", 0.0, 100.0)
    if row == 0 and ((clear > 0) & (clear <= 1)).any():
        row = int(((clear > 0) & (clear <= 1)).to_numpy().argmax()) + 1
        written = str(raw["clear_pct"][row - 1]).strip()
    if row:
        raise InputError(
            f"{path.name}: clear_pct {written!r} of row {row} is no share in percent, 0 or 1 to 100 (70 for seven "
            "tenths); correct it or leave it blank.",
            f"{path.name}：第 {row} 行 clear_pct {written!r} 不是百分数（0 或 1 至 100，七成写 70）；请更正或留空。",
        )
    found = pd.DataFrame({"building_id": raw["building_id"].fillna("").astype(str).str.strip(), "form": forms,
                          "tilt": tilt, "clear": clear / 100.0})  # fmt: skip
    found = found[found["form"] != ""].drop_duplicates(ignore_index=True)
    twice = found["building_id"][found["building_id"].duplicated()].unique()
    if len(twice):
        raise InputError(
            f"{path.name}: roof {listing(twice)} is given more than one form; keep one row of each.",
            f"{path.name}：屋顶 {listing(twice)} 有多种形式；每个屋顶请只保留一行。",
        )
    return found


def _numbers(raw: pd.DataFrame, column: str, low: float, high: float) -> tuple[pd.Series, str, int]:
    """Numbers of a column that may be missing; the first cell out of range, and its row from 1 (0: none)."""
    if column not in raw:
        return pd.Series(np.nan, raw.index), "", 0
    written = raw[column].fillna("").astype(str).str.strip()
    value = plain_numbers(written)
    wrong = ((written != "") & ~((value >= low) & (value <= high))).to_numpy()
    at = int(wrong.argmax()) if wrong.any() else -1
    return value, "" if at < 0 else str(written.iloc[at]), at + 1


def with_looked(buildings: gpd.GeoDataFrame, looked: pd.DataFrame | None) -> gpd.GeoDataFrame:
    """Outlines with what is known of their form; what somebody looked at goes before a column of the file.

    Parameters
    ----------
    buildings : geopandas.GeoDataFrame
        From :func:`geo.buildings.read_buildings`.
    looked : pandas.DataFrame, optional
        From :func:`read_looked`.

    Returns
    -------
    geopandas.GeoDataFrame
        With ``form``, ``form_tilt`` [°], ``form_clear`` [1] and ``form_source`` (``looked``, ``column`` or blank) where
        any form is known.

    Raises
    ------
    InputError
        A roof that is not among the outlines.
    """
    if looked is None and "form" not in buildings:
        return buildings
    form = buildings["form"].to_numpy(object).copy() if "form" in buildings else np.full(len(buildings), "", object)
    source = np.where(form != "", COLUMN, "").astype(object)
    tilt, clear = np.full((2, len(buildings)), np.nan)
    if looked is not None:
        place = pd.Index(buildings["building_id"]).get_indexer(looked["building_id"])
        if (place < 0).any():
            gone = looked["building_id"][place < 0].tolist()
            raise InputError(
                f"[pv.form] looked: {listing(gone)} is no roof of [buildings]; take the ids of its column, as "
                "`guanghui sample` writes them.",
                f"[pv.form] looked：{listing(gone)} 不在 [buildings] 中；请用 guanghui sample 写出的编号。",
            )
        form[place], source[place], tilt[place] = looked["form"], LOOKED, looked["tilt"]
        clear[place] = looked.get("clear", np.nan)
    out = buildings.drop(columns="form", errors="ignore")
    at = out.columns.get_loc("geometry")
    for name, values in (("form_source", source), ("form_clear", clear), ("form_tilt", tilt), ("form", form)):
        out.insert(at, name, values)
    out.attrs = buildings.attrs
    return out
