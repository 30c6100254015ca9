"""What a layer says of its buildings beyond use and height: roof material, year of building, owner, heritage."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from guanghui.data import read_table
from guanghui.geo.columns import text_column
from guanghui.geo.errors import listing
from guanghui.geo.notes import Notes

__all__ = ["FACTS", "MATERIALS", "building_facts", "more_columns", "roof_material"]

MATERIALS = ("steel", "concrete", "tile")
"""Roofs as the choice of mounts and the load rule know them."""
FACTS = ("material", "year_built", "ownership", "heritage")
_NO = {"", "0", "n", "no", "false", "none", "否", "无", "非", "不是"}
_YEARS = (1000, 2100)


def roof_material(text: pd.Series) -> pd.Series:
    """Material of roofs from words.

    Parameters
    ----------
    text : pandas.Series
        Raw text: Chinese or English words, OpenStreetMap values.

    Returns
    -------
    pandas.Series
        One of ``MATERIALS``, or empty where nothing is said or nobody knows the word; on the index of ``text``.
    """
    table = read_table("legends", "roof_material.csv")
    words = dict(zip(table["word"].astype(str), table["material"].astype(str), strict=True))
    by_length = sorted(words, key=len, reverse=True)

    def classify(value: str) -> str:
        value = value.strip().lower()
        if value in words or not re.search(r"[\u4e00-\u9fff]", value):
            return words.get(value, "")
        return next((words[w] for w in by_length if w in value), "")

    return text.map({value: classify(str(value)) for value in text.unique()})


def building_facts(path: Path, raw: pd.DataFrame, columns: Mapping[str, str | None], notes: Notes) -> pd.DataFrame:
    """Read the columns that are named; the others stay away.

    Parameters
    ----------
    path : pathlib.Path
        The layer, for messages.
    raw : pandas.DataFrame
        As it was read.
    columns : mapping
        Fact (``FACTS``) -> column, None where there is none.
    notes : Notes
        Gets what was not understood.

    Returns
    -------
    pandas.DataFrame
        Those asked for of ``roof_material``, ``year_built`` (NaN where unknown), ``ownership`` (text), ``heritage``
        (bool).
    """
    out = pd.DataFrame(index=raw.index)
    if column := columns.get("material"):
        given = text_column(raw[column])
        out["roof_material"] = roof_material(given)
        strange = given[(given != "") & (out["roof_material"] == "")]
        if len(strange):
            named = listing(sorted(strange.unique())[:5])
            notes.add(path.name, f"roof material of {len(strange)} buildings is not understood ({named}): their class "
                      "decides", f"{len(strange)} 栋建筑的屋面材料无法识别（{named}），按建筑类别处理")  # fmt: skip
    if column := columns.get("year_built"):
        given = text_column(raw[column])
        year = pd.to_numeric(given.str.extract(r"(?<!\d)(\d{4})(?!\d)")[0], errors="coerce").to_numpy(float)
        good = (year >= _YEARS[0]) & (year <= _YEARS[1])
        wrong = int(((given != "") & ~good).sum())
        if wrong:
            notes.add(path.name, f"{wrong} values of {column!r} are no year and were ignored",
                      f"字段 {column} 有 {wrong} 个值不是年份，已忽略")  # fmt: skip
        out["year_built"] = np.where(good, year, np.nan)
    if column := columns.get("ownership"):
        out["ownership"] = text_column(raw[column])
    if column := columns.get("heritage"):
        out["heritage"] = ~text_column(raw[column]).str.strip().str.lower().isin(_NO)
    return out


def more_columns(raw: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """Read columns that mean nothing to us but something to their owner, as they are: a number or a text.

    Parameters
    ----------
    raw : pandas.DataFrame
        As it was read.
    columns : sequence of str
        Columns of ``raw``.

    Returns
    -------
    pandas.DataFrame
        Under their own names: numbers, NaN where there is none, if nothing else stands in a column; else text.

    Examples
    --------
    >>> raw = pd.DataFrame({"业主": ["学校", None], "合同": ["12", ""]})
    >>> more_columns(raw, ["业主", "合同"]).to_dict("list")
    {'业主': ['学校', ''], '合同': [12.0, nan]}
    """
    out = pd.DataFrame(index=raw.index)
    for column in columns:
        given = text_column(raw[column])
        number = pd.to_numeric(given.where(given != ""), errors="coerce").astype(float)
        written = given.str.fullmatch(r"0\d+")  # a code with a zero in front is no number
        numeric = bool(number.notna().any()) and not bool((number.isna() & (given != "")).any() or written.any())
        out[column] = number if numeric else given
    return out
