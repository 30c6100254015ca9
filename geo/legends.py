"""Legends of land-cover products, and the common land classes they lead to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from types import MappingProxyType
from typing import Any

import pandas as pd

from guanghui.data import read_table
from guanghui.geo.columns import text_column
from guanghui.geo.errors import InputError, listing

__all__ = [
    "GROUPS",
    "UNKNOWN",
    "LandClass",
    "Legend",
    "custom_legend",
    "group_table",
    "land_class",
    "land_classes",
    "legend",
    "legends",
    "wetland_types",
]

GROUPS = ("forest", "wetland", "cropland", "green", "other")
UNKNOWN = 0


@dataclass(frozen=True)
class LandClass:
    """One of the common land classes."""

    id: int
    """Code in classified rasters (uint8); 0 is no data."""
    key: str
    parent: str
    """Key of the class whose factors stand in where this one has none; empty at the top."""
    group: str
    """One of ``GROUPS``; empty for no data."""
    ipcc: str
    """IPCC land-use category: F, C, G, W, S or O."""
    label_zh: str
    label_en: str
    colour: str
    """Colour of the class on maps, ``#rrggbb``."""

    @property
    def lineage(self) -> tuple[str, ...]:
        """Key of the class and of its parents, nearest first."""
        return (self.key, *(land_class(self.parent).lineage if self.parent else ()))


@lru_cache(maxsize=1)
def land_classes() -> Mapping[str, LandClass]:
    """All common classes by key, in the order of their ids."""
    table = read_table("legends", "classes.csv").fillna("")
    rows = (LandClass(int(r.pop("id")), **{str(k): str(v) for k, v in r.items()}) for r in table.to_dict("records"))
    return MappingProxyType({row.key: row for row in rows})


@lru_cache(maxsize=256)
def land_class(key: str | int) -> LandClass:
    """Class of a key or an id.

    Parameters
    ----------
    key : str or int
        Key or id of the common classes, ``data/legends/classes.csv``.

    Raises
    ------
    InputError
        If there is none.

    Examples
    --------
    >>> land_class("marsh").label_zh
    '草本沼泽'
    """
    classes = land_classes()
    if isinstance(key, str) and key in classes:
        return classes[key]
    for row in classes.values():
        if row.id == key:
            return row
    raise InputError(
        f"{key!r} is no land class; the classes are {listing(classes, 60)}.",
        f"{key!r} 不是土地类别；可用类别为 {listing(classes, 60)}。",
    )


def group_table() -> pd.DataFrame:
    """Return the main groups: ``key``, ``label_zh``, ``label_en``, ``colour``."""
    return read_table("legends", "groups.csv")


@dataclass(frozen=True, eq=False)
class Legend:
    """What the codes of a land-cover product mean."""

    name: str
    title_zh: str
    title_en: str
    classes: Mapping[Any, str]
    """Code -> key of the common class; codes are whole numbers in rasters, text in polygons."""
    labels: Mapping[Any, tuple[str, str]]
    """Code -> the product's own name in Chinese and English."""
    nodata: frozenset[Any]
    """Codes that mean no data or cloud, beside the nodata value of the file."""
    source: str
    mark: str
    """V read in the source, 2 second hand, M from memory."""

    def explains(self, codes: Iterable[Any]) -> bool:
        """Tell whether every code has a meaning.

        Parameters
        ----------
        codes : iterable of object
            Codes of the product; those of no data have a meaning too.
        """
        return all(c in self.classes or c in self.nodata for c in codes)

    def without(self, codes: Iterable[Any]) -> Legend:
        """Legend in which some more codes mean no data.

        Parameters
        ----------
        codes : iterable of object
            Codes to count as no data; none gives the legend itself.
        """
        void = frozenset(codes)
        if not void:
            return self
        classes = MappingProxyType({c: k for c, k in self.classes.items() if c not in void})
        return replace(self, classes=classes, nodata=self.nodata | void)


@lru_cache(maxsize=1)
def _presets() -> pd.DataFrame:
    return read_table("legends", "presets.csv").set_index("legend")


def legends() -> tuple[str, ...]:
    """Names of the legends that ship; ``esri`` beside them finds out which numbering a raster has."""
    return tuple(_presets().index)


@lru_cache(maxsize=64)
def legend(name: str) -> Legend:
    """Legend that ships under a name.

    Parameters
    ----------
    name : str
        Name of a shipped legend; ``esri``, whose numbering a raster tells, is none of them.

    Raises
    ------
    InputError
        If none does; the names are listed.

    Examples
    --------
    >>> legend("worldcover").classes[90]
    'marsh'
    """
    presets = _presets()
    if name not in presets.index:
        raise InputError(
            f"landcover: there is no legend {name!r}; use one of esri, {listing(presets.index, 40)}.",
            f"landcover：没有图例 {name!r}；可用 esri, {listing(presets.index, 40)}。",
        )
    row, table = presets.loc[name], read_table("legends", f"{name}.csv")
    codes = [int(c) for c in table["code"]]
    return Legend(
        name,
        str(row["title_zh"]),
        str(row["title_en"]),
        MappingProxyType(dict(zip(codes, (land_class(k).key for k in table["class"]), strict=True))),
        MappingProxyType(dict(zip(codes, zip(table["label_zh"], table["label_en"], strict=True), strict=True))),
        frozenset(int(c) for c in str(row["nodata"]).split(";")),
        str(row["source"]),
        str(row["mark"]),
    )


def custom_legend(mapping: Mapping[Any, str], name: str = "custom", *, text: bool = False) -> Legend:
    """Legend from a table of the user: code -> key of a common class (``"unknown"`` for no data).

    Parameters
    ----------
    mapping : mapping
        Codes and classes.
    name : str
        Of the legend, for messages.
    text : bool, default False
        Keep the codes as text, for polygons; else they are whole numbers.

    Raises
    ------
    InputError
        If a key is no class, or a code of a raster no whole number.
    """
    odd = [] if text else [c for c in mapping if not str(c).strip().lstrip("-").isdigit()]
    if odd:
        raise InputError(
            f"landcover: legend {name!r} has codes that are no whole numbers ({listing(odd)}), and cells hold only "
            "numbers; correct them.",
            f"landcover：图例 {name!r} 的代码 {listing(odd)} 不是整数，而栅格只存整数；请更正。",
        )
    keys = {str(c).strip() if text else int(c): land_class(k) for c, k in mapping.items()}
    return Legend(
        name,
        "自定义图例",
        "custom legend",
        MappingProxyType({c: k.key for c, k in keys.items() if k.id}),
        MappingProxyType({c: (k.label_zh, k.label_en) for c, k in keys.items()}),
        frozenset(c for c, k in keys.items() if not k.id),
        "given by the user",
        "V",
    )


def wetland_types(words: pd.Series, mapping: Mapping[str, str] | None = None) -> pd.Series:
    """Land class of wetland polygons from the words in their type column.

    Parameters
    ----------
    words : pandas.Series
        Chinese or English names, class keys, OpenStreetMap values.
    mapping : mapping, optional
        Word -> key of a wetland class, looked at first.

    Returns
    -------
    pandas.Series
        Key of a class of the group ``wetland``, on the index of ``words``.

    Raises
    ------
    InputError
        If a word is not known; the words and how often they occur are listed.
    """
    own = {str(k).strip().lower(): land_class(v).key for k, v in (mapping or {}).items()}
    known = {**_wetland_words(), **own}
    longest = sorted((w for w in known if len(w) > 1), key=len, reverse=True)

    def find(word: str) -> str:
        text = word.strip().lower()
        return known.get(text) or next((known[w] for w in longest if w in text), "")

    text = text_column(words)
    found = text.map({word: find(word) for word in text.unique()})
    strange = text[found == ""].value_counts()
    if len(strange):
        what = listing(f"{word or '(empty)'} ({count})" for word, count in strange.items())
        raise InputError(
            f"wetlands: the type {what} is not known; name it in [wetlands.types] = class key.",
            f"wetlands：未知的湿地类型 {what}；请在 [wetlands.types] 中指定类别。",
        )
    return pd.Series(found.to_numpy(), index=words.index, name="wetland_type")


@lru_cache(maxsize=1)
def _wetland_words() -> Mapping[str, str]:
    classes = [c for c in land_classes().values() if c.group == "wetland"]
    words = {name.lower(): c.key for c in classes for name in (c.key, c.label_zh, c.label_en)}
    table = read_table("legends", "wetland_words.csv")
    return MappingProxyType({**words, **dict(zip(table["word"].str.lower(), table["class"], strict=True))})
