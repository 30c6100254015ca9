"""Columns of a layer as people fill them in: there or not, text made clean, numbers as written."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from guanghui.geo.errors import InputError, listing
from guanghui.geo.notes import Notes
from guanghui.geo.written import written_number

__all__ = ["number_column", "require_columns", "text_column"]

_EXACT = 2.0**63
"""Whole numbers from here on are no codes."""


def require_columns(path: object, frame: pd.DataFrame, wanted: dict[str, str]) -> None:
    """Stop when a column named in the region file is absent.

    Parameters
    ----------
    path : object
        File, for the message.
    frame : pandas.DataFrame
        What was read.
    wanted : dict
        Key of the region file -> column name.

    Raises
    ------
    InputError
        Names the key, the column and the columns there are.
    """
    for key, column in wanted.items():
        if column not in frame.columns:
            _refuse_cut(path, frame, key, column)
            names = listing([c for c in frame.columns if c != getattr(frame, "_geometry_column_name", None)], 20)
            raise InputError(
                f"{path}: there is no column {column!r} (key `{key}`); the columns are {names or 'none'}.",
                f"{path}：没有字段 {column!r}（键 `{key}`）；现有字段 {names or '（无）'}。",
            )


def _refuse_cut(path: object, frame: pd.DataFrame, key: str, column: str) -> None:
    """Name what a Shapefile does to a column: it keeps ten bytes of a name, and none without its table."""
    if not str(path).lower().endswith((".shp", ".zip")):
        return
    if len(frame.columns) == 1:
        raise InputError(
            f"{path}: there is no column {column!r} (key `{key}`) because its .dbf is missing; copy every file of this "
            "name together.",
            f"{path}：没有字段 {column!r}（键 `{key}`），因为缺少同名 .dbf；请把同名的所有文件一起复制。",
        )
    short = [c for c in frame.columns if c and column.startswith(c) and len(c.encode("gb18030")) in (9, 10)]
    if len(short) == 1:
        raise InputError(
            f"{path}: there is no column {column!r} (key `{key}`); a Shapefile cuts names after ten bytes: write "
            f"{short[0]!r}.",
            f"{path}：没有字段 {column!r}（键 `{key}`）；Shapefile 的字段名最多十个字节，请写 {short[0]!r}。",
        )


def number_column(
    path: Path, frame: pd.DataFrame, column: str, key: str, notes: Notes, kind: str = "number"
) -> np.ndarray:
    """Numbers of a column as people write them (``1,234.5``); what is unreadable becomes NaN and is counted.

    Parameters
    ----------
    path : pathlib.Path
        File, for the message.
    frame : pandas.DataFrame
        Its table.
    column : str
        Column read.
    key : str
        Key of the region file that names it.
    notes : Notes
        Told how many values stay unread.
    kind : {"number", "height", "storeys"}, default "number"
        What may stand beside the digits, see :func:`geo.written.written_number`.

    Raises
    ------
    InputError
        If under half of what is written can be read.
    """
    if pd.api.types.is_numeric_dtype(frame[column].dtype):
        return frame[column].to_numpy(float)
    text = text_column(frame[column])
    number = text.map({value: written_number(value, kind) for value in text.unique()}).to_numpy(float)
    written = (text != "").to_numpy()
    lost = written & np.isnan(number)
    if lost.any():
        example = str(text[lost].iloc[0])
        if 2 * lost.sum() > written.sum():
            raise InputError(
                f"{path}: `{key}` names column {column!r}, where {int(lost.sum())} of {int(written.sum())} values are "
                f"no numbers (for instance {example!r}); name the right column, or write plain numbers.",
                f"{path}：`{key}` 指定的字段 {column!r} 在 {int(written.sum())} 个值中有 {int(lost.sum())} 个不是数字"
                f"（如 {example!r}）；请指定正确的字段，或改写为数字。",
            )
        count = int(lost.sum())
        notes.add(
            path.name,
            f"{count} values of {column!r} are no numbers (for instance {example!r}): taken as empty",
            f"字段 {column} 有 {count} 个值不是数字（如 {example!r}），按空值处理",
        )
    return number


def text_column(values: Sequence[Any] | pd.Series) -> pd.Series:
    """Column as clean text: missing is empty, whole floats lose their ``.0``, spaces are trimmed.

    Names of Overture (a struct, or its JSON) are their primary name.

    Parameters
    ----------
    values : sequence or pandas.Series
        Column as it was read.

    Returns
    -------
    pandas.Series
        Of str, index as given.

    Examples
    --------
    >>> text_column([{"primary": "甲楼", "common": None}, '{"primary": "乙楼"}', " 丙楼 ", None]).tolist()
    ['甲楼', '乙楼', '丙楼', '']
    """
    series = pd.Series(values)
    if pd.api.types.is_float_dtype(series.dtype):
        known = series.dropna()
        if len(known) and (known == known.round()).all() and known.abs().max() < _EXACT:
            series = series.astype("Int64")
        elif len(known):
            series = series.map(lambda v: None if pd.isna(v) else f"{v:.15g}")
    elif series.dtype == object or pd.api.types.is_string_dtype(series.dtype):
        series = series.map(_primary)
    return series.astype("string").fillna("").str.strip().astype(str)


def _primary(value: Any) -> Any:
    """Primary name of a struct of names; anything else as it is."""
    if isinstance(value, str) and value.startswith("{") and '"primary"' in value:
        try:
            value = json.loads(value)
        except ValueError:
            return value
    return value.get("primary") if isinstance(value, dict) and "primary" in value else value
