"""Names of tree species as inventories write them, read whole: unknown names stay unknown."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

import pandas as pd

from guanghui.data.files import read_table
from guanghui.sinks.factors.table import species_groups

__all__ = ["LAND", "read_species", "species_names"]

LAND = "class:"
"""Before the land class of a name that is no tree of a forest (bamboo, oil tea, shrubs)."""

_OWN: Mapping[str, str] = {
    "竹": "bamboo", "毛竹": "bamboo", "竹林": "bamboo", "竹类": "bamboo", "楠竹": "bamboo", "杂竹": "bamboo",
    "bamboo": "bamboo", "经济林": "orchard", "经济树种": "orchard", "果树": "orchard", "果": "orchard",
    "柑橘": "orchard", "柑桔": "orchard", "脐橙": "orchard", "橙": "orchard", "柚": "orchard", "茶": "orchard",
    "茶叶": "orchard", "油茶": "orchard", "杨梅": "orchard", "杨桃": "orchard", "猕猴桃": "orchard", "桃": "orchard",
    "梨": "orchard", "板栗": "orchard", "orchard": "orchard", "灌木": "shrub", "灌木林": "shrub", "黄杨": "shrub",
    "红树林": "mangrove",
}  # fmt: skip
_ENDINGS = ("类", "树", "林", "树种组", "树种", "组")
_SHORTEST_ENDING = ("松", "柏", "杉", "栎", "栲", "槠", "椎", "锥", "青冈", "桉", "竹", "柳", "桦", "榆", "樟", "楠")
"""Kinds a Chinese name may end with; 杨 and 茶 are none, for 枫杨 is no poplar and 山茶 no tea."""
_NOT_BY_ENDING = ("银杉", "水杉", "柳杉", "池杉", "落羽杉", "红豆杉", "火力楠")
_SIMPLIFIED = str.maketrans("馬櫟樺楓楊針葉闊類樹種國濕雲鐵紅", "马栎桦枫杨针叶阔类树种国湿云铁红")
_BRACKETS = re.compile(r"[（(].*?[）)]")


@lru_cache(maxsize=1)
def species_names() -> Mapping[str, str]:
    """Name -> species group, or ``class:`` and a land class; names of two meanings are left out.

    Keys and words of ``factors/species.csv`` come first, then the names of the code lists of forest surveys.
    """
    out: dict[str, str] = {}
    codes = read_table("legends", "stand_species.csv").astype(object).fillna("")
    listed = codes.groupby("label_zh")["group"].unique()
    for name, groups in listed.items():
        if len(groups) == 1 and groups[0]:
            out[_bare(str(name))] = str(groups[0])
    out |= {word: LAND + key for word, key in _OWN.items()}
    for key, row in species_groups().iterrows():
        out |= {_bare(w): str(key) for w in (key, row["label_zh"], *str(row["words"]).split(";")) if w}
    return MappingProxyType(out)


def _bare(name: str) -> str:
    return _BRACKETS.sub("", name.strip().lower().translate(_SIMPLIFIED).replace("其它", "其他").replace(" ", ""))


def read_species(names: pd.Series) -> pd.Series:
    """Species groups of the names a stand inventory uses.

    Parameters
    ----------
    names : pandas.Series
        Chinese or English names, or keys.

    Returns
    -------
    pandas.Series
        Keys of :func:`sinks.factors.table.species_groups`, ``class:`` and a land class for bamboo, orchards and the
        like, and an empty text for a name that is not known.
    """
    words = names.fillna("").astype(str)
    return words.map({w: _find(w) for w in words.unique()}).astype(str)


def _find(name: str) -> str:
    known, text = species_names(), _bare(name)
    if not text:
        return ""
    if text.startswith(LAND):
        return text
    tried = [text, *(text.removesuffix(e) for e in _ENDINGS if text.endswith(e) and len(text) > len(e))]
    for word in tried:
        if word in known:
            return known[word]
    for word in tried:
        if word.endswith(_NOT_BY_ENDING):
            continue
        ending = next((e for e in _SHORTEST_ENDING if word.endswith(e)), "")
        if ending == "杉":
            return known["其他杉类"]
        if ending:
            return known[ending]
    return ""
