"""Legends of text codes (三调), and legends of the user's own in a table."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pandas as pd

from guanghui.data import read_table
from guanghui.geo.columns import text_column
from guanghui.geo.errors import InputError, listing
from guanghui.geo.landcover import Legend, custom_legend, land_class, land_classes, legend
from guanghui.geo.side_table import read_side_table

__all__ = ["THIRD_SURVEY", "read_legend", "text_codes", "text_legend"]

THIRD_SURVEY = "third_survey"
_CODE = ("code", "lucode", "value", "代码", "编码", "地类代码", "地类编码", "dlbm", "值")
_CLASS = ("class", "land_class", "类别", "地类", "土地类别")
_ZH, _EN = ("label_zh", "名称", "地类名称", "dlmc"), ("label_en", "label", "name", "lulc_name")
_VOID = ("", "unknown", "nodata", "no data", "无数据", "未知")


@lru_cache(maxsize=16)
def text_legend(name: str) -> Legend:
    """Legend whose codes are text, for polygons; the third land survey has its letters and six-digit forest codes.

    Parameters
    ----------
    name : str
        Of a legend that ships.

    Raises
    ------
    InputError
        If there is none.
    """
    shipped = legend(name)
    if name != THIRD_SURVEY:
        classes = {str(c): k for c, k in shipped.classes.items()}
        labels = {str(c): k for c, k in shipped.labels.items()}
        return _like(shipped, classes, labels)
    table = read_table("legends", "stand_land_types.csv").astype(object).fillna("").astype(str)
    table = table[(table["dialect"] == THIRD_SURVEY) & (table["class"] != "")]
    english = {str(c).zfill(4): en for c, (_, en) in shipped.labels.items()}
    classes = dict(zip(table["code"], table["class"], strict=True))
    labels = {
        c: (zh, english.get(c) or land_class(k).label_en)
        for c, zh, k in zip(table["code"], table["label_zh"], table["class"], strict=True)
    }
    return _like(shipped, classes, labels)


def _like(shipped: Legend, classes: dict[str, str], labels: dict[str, tuple[str, str]]) -> Legend:
    return Legend(shipped.name, shipped.title_zh, shipped.title_en, MappingProxyType(classes),
                  MappingProxyType(labels), frozenset(str(c) for c in shipped.nodata), shipped.source,
                  shipped.mark)  # fmt: skip


def text_codes(values: pd.Series, known: Legend) -> tuple[pd.Series, Legend]:
    """Codes as the legend writes them, and the legend with those that carry the K of 可调整 beside the plain ones.

    Parameters
    ----------
    values : pandas.Series
        Column as read: text, padded or not, whole numbers, floats.
    known : Legend
        Legend of text codes.

    Returns
    -------
    codes : pandas.Series
        A code of the legend, or the text as found where it explains none of its readings.
    legend : Legend
        Explains every code that could be read.
    """
    text = text_column(values).str.upper().str.replace(r"^(\d+)\.0+$", r"\1", regex=True)
    classes, labels = dict(known.classes), dict(known.labels)
    upper = {str(c).upper(): str(c) for c in (*classes, *known.nodata)}
    read: dict[str, str] = {}
    for code in text.unique():
        for tried in _readings(code, third=known.name == THIRD_SURVEY):
            if tried in upper:
                read[code] = upper[tried]
                break
            plain = tried.removesuffix("K")
            if known.name == THIRD_SURVEY and tried != plain and plain in upper:  # 可调整: land of that kind today
                read[code], classes[tried] = tried, classes[upper[plain]]
                zh, en = labels[upper[plain]]
                labels[tried] = (f"可调整{zh}", f"{en}, convertible to cropland")
                break
    return text.map(lambda c: read.get(c, c)), _like(known, classes, labels)


def _readings(code: str, *, third: bool) -> list[str]:
    """Ways a code may be written: as it is, with the zeros a number loses, without those a number never had."""
    if not third:
        return [code, code.lstrip("0") or "0"]
    found = re.fullmatch(r"(\d{1,6})([A-Z]\d?[A-Z]?)?", code)
    if found is None:
        return [code]
    digits, letter = found[1], found[2] or ""
    class_only = letter.startswith("H")  # 05H1: a class of two digits, then the letter
    if len(digits) == 5 or (len(digits) == 1 and class_only):
        digits = "0" + digits
    elif len(digits) < 4 and not class_only:
        digits = digits.zfill(4)
    return [code, digits + letter]


def read_legend(path: Path, *, text: bool = False) -> Legend:
    """Legend of a table: columns ``code`` and ``class`` (key or name of a land class), labels where there are any.

    Parameters
    ----------
    path : pathlib.Path
        CSV or Excel.
    text : bool, default False
        Keep the codes as text, for polygons.

    Raises
    ------
    InputError
        If a column is missing, a code occurs twice, or a class is not known.
    """
    table = read_side_table(path)
    lower = {str(c).strip().lower(): c for c in table.columns}
    code, kind = (next((lower[n] for n in names if n in lower), None) for names in (_CODE, _CLASS))
    if code is None or kind is None:
        raise InputError(
            f"{path}: a legend needs the columns `code` and `class`; the columns are {listing(table.columns, 20)}.",
            f"{path}：图例需要 code 与 class 两列（代码、类别）；现有列 {listing(table.columns, 20)}。",
        )
    codes, words = text_column(table[code]), text_column(table[kind])
    twice = codes[codes.duplicated()]
    if len(twice):
        raise InputError(
            f"{path}: the codes {listing(twice)} occur twice; one row each.",
            f"{path}：代码 {listing(twice)} 重复；每个代码一行。",
        )
    names = _class_names()
    found = words.str.lower().map(lambda w: "unknown" if w in _VOID else names.get(w, ""))
    strange = words[found == ""]
    if len(strange):
        raise InputError(
            f"{path}: the classes {listing(strange.unique())} are not known; use {listing(land_classes(), 60)}.",
            f"{path}：未知类别 {listing(strange.unique())}；可用 {listing(land_classes(), 60)}。",
        )
    own = custom_legend(dict(zip(codes, found, strict=True)), path.name, text=text)
    labels: dict[Any, tuple[str, str]] = dict(own.labels)
    zh, en = (next((lower[n] for n in wanted if n in lower), None) for wanted in (_ZH, _EN))
    for key, row in zip(labels, table.to_dict("records"), strict=True):
        old = labels[key]
        first = str(row[zh]).strip() if zh is not None else ""
        second = str(row[en]).strip() if en is not None else ""
        labels[key] = first or second or old[0], second or first or old[1]
    return Legend(own.name, own.title_zh, own.title_en, own.classes, MappingProxyType(labels), own.nodata, own.source,
                  own.mark)  # fmt: skip


@lru_cache(maxsize=1)
def _class_names() -> dict[str, str]:
    return {name.lower(): c.key for c in land_classes().values() if c.id for name in (c.key, c.label_zh, c.label_en)}
