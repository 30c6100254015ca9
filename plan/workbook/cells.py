"""Words that stand in the cells of the workbook and the brief for the keys of the tables."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

import pandas as pd

from guanghui.data import read_table
from guanghui.geo.legends import group_table, land_classes
from guanghui.maps.words.i18n import LANGS
from guanghui.sinks.carbon.wetland import VERDICTS
from guanghui.sinks.factors.table import pool_labels, species_groups
from guanghui.sinks.land.strata import SOURCES

__all__ = ["cell_word", "readable"]

_CODED = (
    "basis", "bound_by", "building_class", "fault", "form_source", "half", "height_source", "input", "judged_by", "key",
    "kind", "lod", "mark", "mount", "objective", "reading", "reason", "roof_form", "roof_material", "seen_in", "status",
    "zone",
)  # fmt: skip
"""Columns whose words are those of ``pv_words.csv``."""
_LABELLED = ("class", "rule", "line", "kind", "before", "after", "confidence", "mark")
"""Keys whose names stand beside them, as ``kind_zh``, ``before_label_zh`` or, for the whole row, ``label_zh``."""
_SHARES = ("target_share", "reached_share", "city_share", "zone_share")
_AGE = {"zh": {"planted": "人工", "natural": "天然"}, "en": {"planted": "planted", "natural": "natural"}}


@lru_cache(maxsize=1)
def _words() -> Mapping[str, Mapping[str, tuple[str, str]]]:
    """Column -> key -> word in Chinese and English."""
    out: dict[str, dict[str, tuple[str, str]]] = {}
    coded = read_table("legends", "pv_words.csv").astype(str)
    for column in _CODED:
        out[column] = {w: (zh, en) for w, zh, en in coded[["word", "label_zh", "label_en"]].to_numpy()}
    classes = {k: (c.label_zh, c.label_en) for k, c in land_classes().items()}
    groups, pools, species = (
        {str(k): (str(zh), str(en)) for k, zh, en in zip(f.index, f["label_zh"], f["label_en"], strict=True)}
        for f in (group_table().set_index("key"), pool_labels(), species_groups())
    )
    for column in ("class", "before", "after"):
        out[column] = dict(classes)
    out |= {"group": groups, "pool": pools, "species": species, "subject": species | classes, "quantity": dict(pools)}
    out |= {"verdict": dict(VERDICTS), "wetland_verdict": dict(VERDICTS)}
    places = read_table("legends", "provinces.csv").astype(str)
    out["key"] = out["key"] | {k: (zh, en) for k, zh, en in places[["key", "name_zh", "name_en"]].to_numpy()}
    out["source"] = {k: (zh, en) for k, (_, zh, en) in SOURCES.items()}
    for column, word, zh, en in read_table("legends", "cell_words.csv").astype(str).to_numpy():
        out.setdefault(column, {})[word] = zh, en
    return MappingProxyType(out)


def cell_word(column: str, key: str, lang: str) -> str:
    """Word for a key in a column; the key itself where there is none.

    Parameters
    ----------
    column : str
        Column of a table.
    key : str
        What stands in it.
    lang : str
        ``zh`` or ``en``.
    """
    found = _words().get(column, {}).get(key)
    return key if found is None else found[LANGS.index(lang)]


def readable(frame: pd.DataFrame, lang: str) -> pd.DataFrame:
    """Table with words for its keys, each once, and shares in percent.

    Parameters
    ----------
    frame : pandas.DataFrame
        Table with keys.
    lang : str
        ``zh`` or ``en``.
    """
    out = frame.copy()
    for key in _LABELLED:
        named = [f"{n}_{lang}" for n in (key, f"{key}_label", "label") if f"{n}_{lang}" in frame]
        if key in out and named and named[0] in out and (named[0] != f"label_{lang}" or f"{key}_label" not in frame):
            out[key] = out[named[0]].where(out[named[0]].notna() & (out[named[0]] != ""), out[key])
            out = out.drop(columns=named[0])
    for column in out.columns.intersection(list(_words())):
        if not pd.api.types.is_numeric_dtype(out[column].dtype):
            words = {k: v[LANGS.index(lang)] for k, v in _words()[column].items()}
            out[column] = out[column].map(words).fillna(out[column])
    if "not_on" in out:
        lists = out["not_on"].fillna("").str.split(";")
        out["not_on"] = [("、" if lang == "zh" else ", ").join(cell_word("class", k, lang) for k in ks) for ks in lists]
    if "age" in out:
        out["age"] = [re.sub(r"^(planted|natural)\b", lambda m: _AGE[lang][m[1]], str(a or "")) for a in out["age"]]
    for column in _SHARES:
        if column in out:
            out[column] = out[column] * 100
    return out
