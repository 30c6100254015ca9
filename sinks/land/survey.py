"""Forest stands (小班) as a bureau hands them over: fields found, codes decoded by one dialect, volume to one unit.

A number has no meaning without its dialect: land type 112 is a mangrove or a mixed stand, species 310 fir or acacia.
Codes are decoded only when fields, codes and the closure rule leave one reading; otherwise the readings are shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
import pandas as pd

from guanghui.data.files import read_table
from guanghui.geo.errors import InputError, listing
from guanghui.geo.landcover import land_class
from guanghui.geo.notes import Notes
from guanghui.geo.units import MU_PER_HA
from guanghui.sinks.land.ages import plain_codes as _plain

__all__ = [
    "DIALECTS",
    "FIELDS",
    "VOLUME_UNITS",
    "StandColumns",
    "decode_stands",
    "find_columns",
    "grown_stands",
    "volume_m3_ha",
]

FIELDS: Mapping[str, tuple[str, ...]] = {
    "land_type": ("DI_LEI", "地类", "DLBM", "EDDL", "LDDL", "PCDL", "地类代码", "地类编码"),
    "group": ("species_group", "YOU_SHI_SZ", "优势树种", "YSSZ", "YOU_SHI_SZ_CODE", "树种"),
    "age": ("age_class", "LING_ZU", "龄组", "LINGZU", "LINZU"),
    "years": ("age_yr", "PINGJUN_NL", "PJ_NL", "NIAN_LIN", "PJNL", "平均年龄", "年龄", "林龄"),
    "purpose": ("purpose", "LIN_ZHONG", "林种", "LINZHONG", "LZ"),
    "origin": ("origin", "QI_YUAN", "起源", "QIYUAN", "QY"),
    "closure": ("YU_BI_DU", "郁闭度", "YBD"),
    "volume": ("volume_m3_ha", "HUO_LMGQXJ", "公顷蓄积", "GQXJ", "MEI_GQ_XJ", "每公顷蓄积", "XB_XJ", "XIAOBAN_XJ",
               "XBXJ", "XIAO_BAN_X", "ZTBXJ", "ZXJ", "小班蓄积"),
    "area": ("MIAN_JI", "面积", "MIANJI", "XBMJ", "ZTBMJ"),
}  # fmt: skip
"""Field names of national and provincial layers by meaning, the first found wins; upper and lower case are one."""

VOLUME_UNITS: Mapping[str, tuple[str, ...]] = {
    "m3/ha": ("VOLUME_M3_HA", "HUO_LMGQXJ", "公顷蓄积", "每公顷蓄积", "GQXJ", "YSSZGQXJ", "MEI_GQ_XJ"),
    "m3/mu": ("MU_XJ", "MEI_MU_XJ", "亩蓄积", "每亩蓄积"),
    "m3": ("XB_XJ", "XIAOBAN_XJ", "XBXJ", "XIAO_BAN_X", "ZTBXJ", "ZXJ", "LMXJ", "小班蓄积", "总蓄积"),
}
"""Unit that the name of a field itself tells."""

DIALECTS: Mapping[str, tuple[str, str, str]] = {
    "national": ("national", "国家林地变更／一张图（四位）", "national forest-land map, four digits"),
    "national_stripped": ("national", "同上，去前导零", "the same without the leading zero"),
    "third_survey": ("national", "三调地类与六位林地地类", "third land survey, and its six-digit forest codes"),
    "guangxi": ("guangxi", "广西二类调查（三位）", "Guangxi inventory, three digits"),
    "shanxi": ("guangxi", "山西吕梁（四位）", "Lüliang of Shanxi, four digits"),
    "guizhou": ("guizhou", "贵州二类调查", "Guizhou inventory"),
    "code_sheet": ("", "二类调查代码一览（华中）", "code sheet of an inventory, central China"),
}
"""Dialect of land types -> dialect of the species beside it, name in Chinese and English."""

_RULE_SHARE, _SUSPECT_M3_HA = 0.1, 15.0
_WOODLAND, _FOREST = (0.10, 0.20), (0.20, 1.0)
_SURE_HA = 1e-4
_NUMBER = r"[0-9][0-9A-Za-z]*(?:\.0)?"


@dataclass(frozen=True)
class StandColumns:
    """Which column holds what; ``None`` where there is none."""

    group: str
    volume: str | None = None
    land_type: str | None = None
    age: str | None = None
    years: str | None = None
    purpose: str | None = None
    origin: str | None = None
    closure: str | None = None
    area: str | None = None
    found: Mapping[str, str] = field(default_factory=dict)
    """Those that were recognised by name, not named by the user."""


def find_columns(path: object, columns: list[str], given: Mapping[str, str | None], notes: Notes) -> StandColumns:
    """Find the columns of a stand layer: those the region file names, and those whose name is known.

    Parameters
    ----------
    path : object
        File, for messages.
    columns : list of str
        Columns of the layer.
    given : mapping
        Meaning -> column named in the region file, or None.
    notes : Notes
        Told which columns were recognised.

    Raises
    ------
    InputError
        If a column is not there, or no column of species or land type is found.
    """
    by_upper = {c.upper(): c for c in columns}
    out: dict[str, str] = {}
    seen: dict[str, str] = {}
    for meaning, names in FIELDS.items():
        own = given.get(meaning)
        if own is not None:
            if own.upper() not in by_upper:
                raise InputError(
                    f"{path}: there is no column {own!r} (key `stands.{meaning}`); the columns are "
                    f"{listing(columns, 20)}.",
                    f"{path}：没有字段 {own!r}（键 `stands.{meaning}`）；现有字段 {listing(columns, 20)}。",
                )
            out[meaning] = own if own in columns else by_upper[own.upper()]
            continue
        name = next((by_upper[n.upper()] for n in names if n.upper() in by_upper), None)
        if name is not None:
            out[meaning] = seen[meaning] = name
    if "group" not in out:
        raise InputError(
            f"{path}: no column of tree species was recognised; name it with `group` in [stands]; the columns are "
            f"{listing(columns, 20)}.",
            f"{path}：未找到树种字段；请在 [stands] 用 group 指明；现有字段 {listing(columns, 20)}。",
        )
    shown = {
        k: v
        for k, v in seen.items()
        if v not in ("species_group", "volume_m3_ha", "age_class", "age_yr", "origin", "purpose")
    }
    if shown:
        text = ", ".join(f"{k} = {v}" for k, v in shown.items())
        notes.add("stands", f"columns recognised by their names: {text}", f"按字段名识别：{text}")
    return StandColumns(**out, found=seen)


@lru_cache(maxsize=2)
def _codes(name: str, value: str) -> Mapping[str, Mapping[str, tuple[str, str]]]:
    """Dialect -> code -> (what it is here, label)."""
    table = read_table("legends", name).astype(object).fillna("").astype(str)
    out: dict[str, dict[str, tuple[str, str]]] = {}
    table["code"] = table["code"].str.removesuffix(".0")
    for row in table[table["code"] != ""].to_dict("records"):
        out.setdefault(row["dialect"], {})[row["code"]] = (row[value], row["label_zh"])
    return out


def _reading(codes: Mapping[str, tuple[str, str]], code: str, dialect: str) -> tuple[str, str] | None:
    """What a code is in a dialect; the K of 可调整 is dropped, zeros behind a national species too."""
    tried = [code, code.removesuffix("K")]
    if dialect in ("national", "third_survey") and len(code) in (3, 5):
        tried.append("0" + code)  # a column of numbers loses the zero
    if dialect == "national" and len(code) == 6 and code.endswith("000"):
        tried.append(code[:3])
    return next((codes[c] for c in tried if c in codes), None)


def decode_stands(
    path: object, raw: pd.DataFrame, columns: StandColumns, area_ha: pd.Series, dialect: str | None, notes: Notes
) -> pd.DataFrame:
    """Land class and species name of every stand.

    Parameters
    ----------
    path : object
        File, for messages.
    raw : pandas.DataFrame
        The layer as it is.
    columns : StandColumns
        Which column holds what.
    area_ha : pandas.Series
        Area of the polygons [ha], on the index of ``raw``.
    dialect : str, optional
        Dialect the user declares (a key of :data:`DIALECTS`).
    notes : Notes
        Told the dialect and what is left to the land cover.

    Returns
    -------
    pandas.DataFrame
        ``species_group`` and, where the layer has land types, ``land_class`` (empty: the land cover decides).

    Raises
    ------
    InputError
        If codes are unknown in every dialect, or two dialects read them differently.
    """
    species = _plain(raw[columns.group])
    out = pd.DataFrame({"species_group": species})
    family = DIALECTS[dialect][0] if dialect else None
    forest = pd.Series(True, index=raw.index)
    if columns.land_type is not None:
        closure = _closure(raw, columns)
        kind, family = _land(path, _plain(raw[columns.land_type]), columns.land_type, area_ha, closure, dialect, notes)
        out["land_class"] = kind
        forest = kind.map(lambda k: bool(k) and land_class(k).lineage[-1] in ("forest", "woodland")).astype(bool)
        left = (kind == "").to_numpy()
        if left.any():
            notes.add("stands", f"{area_ha[left].sum():,.1f} ha are no forest land without a kind: the land cover "
                      "decides there",
                      f"{area_ha[left].sum():,.1f} 公顷为未分类的非林地，由土地覆盖决定")  # fmt: skip
    coded = species.str.fullmatch(_NUMBER) & (species != "")
    out.loc[coded & ~forest, "species_group"] = ""
    if (coded & forest).any():
        mine = coded & forest & (species.str.strip("0") != "")
        out.loc[coded & forest, "species_group"] = ""
        out.loc[mine, "species_group"] = _species(path, species[mine], columns.group, area_ha[mine], family, notes)
    return out


def _closure(raw: pd.DataFrame, columns: StandColumns) -> pd.Series | None:
    if columns.closure is None:
        return None
    closure = pd.to_numeric(raw[columns.closure], errors="coerce")
    most = closure.max()
    return closure / (100 if most > 10 else 10 if most > 1 else 1)


def _land(
    path: object, codes: pd.Series, column: str, area_ha: pd.Series, closure: pd.Series | None, dialect: str | None,
    notes: Notes,
) -> tuple[pd.Series, str | None]:  # fmt: skip
    tables = _codes("stand_land_types.csv", "class")
    named = ~codes.str.match(r"\d") & (codes != "")
    labels = _labels(tables)
    found = pd.Series("", index=codes.index)
    unread = codes[named][~codes[named].map(lambda w: _label(w) in labels)]
    _refuse_codes(path, column, unread, area_ha)
    found[named] = codes[named].map(lambda w: labels[_label(w)])
    left = codes[~named & (codes != "")]
    if left.empty:
        return found, None if dialect is None else DIALECTS[dialect][0]
    readings = {d: {c: _reading(tables[d], c, d) for c in left.unique()} for d in _asked(column, dialect)}
    whole = {d: {c: r for c, r in read.items() if r} for d, read in readings.items()}
    fits = {d: read for d, read in whole.items() if len(read) == left.nunique() and _keeps(read, left, closure)}
    if not fits:
        best = max(whole, key=lambda d: len(whole[d]))
        unknown = left[~left.isin(list(whole[best]))]
        _refuse_codes(path, column, unknown if len(unknown) else left, area_ha, best)
    _one_reading(path, column, fits, left, area_ha)
    families = list(dict.fromkeys(DIALECTS[d][0] for d in fits))
    name = next(iter(fits))
    notes.add("stands", f"land types of {column} read as {DIALECTS[name][2]}",
              f"字段 {column} 的地类按{DIALECTS[name][1]}解读")  # fmt: skip
    found[left.index] = left.map({c: r[0] for c, r in fits[name].items()})
    return found, families[0] if len(families) == 1 else None


def _asked(column: str, dialect: str | None) -> list[str]:
    """Dialects that may explain a column: the one declared, that of the land survey for its own field, or all."""
    if dialect is None and "DLBM" in column.upper():
        return ["third_survey"]
    return [dialect] if dialect else list(DIALECTS)


def _keeps(read: Mapping[str, tuple[str, str]], codes: pd.Series, closure: pd.Series | None) -> bool:
    """Tell whether open woodland and closed forest have the closure that the survey's own rules ask of them."""
    if closure is None:
        return True
    names, kinds = codes.map({c: r[1] for c, r in read.items()}), codes.map({c: r[0] for c, r in read.items()})
    density = closure.reindex(codes.index)
    open_, closed = names.str.contains("疏林"), kinds.isin(["forest", "bamboo", "mangrove"])
    wrong = open_ & ((density < _WOODLAND[0]) | (density >= _WOODLAND[1]))
    wrong |= closed & ((density < _FOREST[0]) | (density > _FOREST[1])) & (density > 0)
    told = (open_ | closed) & density.notna()
    return bool(not told.any() or wrong.sum() <= _RULE_SHARE * told.sum())


def _one_reading(
    path: object, column: str, fits: Mapping[str, Mapping[str, tuple[str, str]]], codes: pd.Series, area_ha: pd.Series
) -> None:
    """Stop when dialects that all fit say different things of the same code."""
    for code in codes.unique():
        said = {read[code][0]: (d, read[code][1]) for d, read in fits.items()}
        if len(said) > 1:
            size = area_ha[codes[codes == code].index].sum()
            words = listing([f"{label} ({name})" for name, label in said.values()], 6)
            raise InputError(
                f"{path}: code {code} of {column} ({size:,.1f} ha) is {words}; say which with `dialect` in [stands]: "
                f"{', '.join(fits)}.",
                f"{path}：字段 {column} 的代码 {code}（{size:,.1f} 公顷）可解读为{words}；"
                f"请在 [stands] 用 dialect 指明：{', '.join(fits)}。",
            )


def _refuse_codes(path: object, column: str, codes: pd.Series, area_ha: pd.Series, dialect: str = "") -> None:
    if codes.empty:
        return
    sizes = area_ha[codes.index].groupby(codes).sum().sort_values(ascending=False)
    words = listing([f"{c} ({ha:,.1f} ha)" for c, ha in sizes.items()], 12)
    near = (f"; the nearest dialect is {dialect}", f"；最接近的代码体系为 {dialect}") if dialect else ("", "")
    raise InputError(
        f"{path}: {column} holds values that no dialect explains: {words}{near[0]}; correct them, or name the column "
        "you mean in [stands].",
        f"{path}：字段 {column} 有无法解读的值：{words}{near[1]}；请更正，或在 [stands] 中改指字段。",
    )


def _label(word: str) -> str:
    return word.replace("其它", "其他").replace("（", "(").split("(")[0].removesuffix("地")


def _labels(tables: Mapping[str, Mapping[str, tuple[str, str]]]) -> Mapping[str, str]:
    """Name of a land type -> class, where all dialects mean the same."""
    out: dict[str, set[str]] = {}
    for codes in tables.values():
        for kind, label in codes.values():
            out.setdefault(_label(label), set()).add(kind)
    return {label: next(iter(kinds)) for label, kinds in out.items() if len(kinds) == 1}


def _species(
    path: object, codes: pd.Series, column: str, area_ha: pd.Series, family: str | None, notes: Notes
) -> pd.Series:
    """Species groups of number codes, by the one dialect that explains them."""
    tables = _codes("stand_species.csv", "group")
    readings = {
        d: {c: r for c in codes.unique() if (r := _reading(tables[d], c, d))} for d in tables if family in (None, d)
    }
    fits = {d: read for d, read in readings.items() if len(read) == codes.nunique()}
    if not fits:
        best = max(readings, key=lambda d: len(readings[d]), default="")
        unknown = codes[~codes.isin(list(readings.get(best, {})))]
        _refuse_codes(path, column, unknown, area_ha, best)
    _one_reading(path, column, fits, codes, area_ha)
    name = next(iter(fits))
    notes.add("stands", f"species codes of {column} read by the {name} list",
              f"字段 {column} 的树种代码按 {name} 代码表解读")  # fmt: skip
    return codes.map({c: r[0] for c, r in fits[name].items()})


def grown_stands(ages: pd.DataFrame) -> np.ndarray:
    """Tell which stands are past their youth by their age class.

    Parameters
    ----------
    ages : pandas.DataFrame
        ``age_class``, empty where unknown.

    Returns
    -------
    numpy.ndarray
        Bool, shape (n,); False where unknown.
    """
    return ages["age_class"].isin(["middle", "near_mature", "mature", "over_mature"]).to_numpy()


def volume_m3_ha(
    path: object, values: np.ndarray, column: str, unit: str | None, area_ha: np.ndarray, grown: np.ndarray | None
) -> np.ndarray:
    """Volume of the stands on one unit [m³/ha].

    Parameters
    ----------
    path : object
        File, for messages.
    values : numpy.ndarray
        The column as numbers.
    column : str
        Its name, which may tell the unit.
    unit : {"m3/ha", "m3/mu", "m3"}, optional
        Unit the user declares.
    area_ha : numpy.ndarray
        Area of the polygons [ha].
    grown : numpy.ndarray, optional
        True where a stand is past its youth: no volume is then an unknown one, not nothing.

    Raises
    ------
    InputError
        If the unit is neither declared nor told by the name of the column, or the numbers speak against the name.
    """
    told = next((u for u, names in VOLUME_UNITS.items() if column.upper() in names), None)
    positive = values[values > 0]
    middle = float(np.median(positive)) if len(positive) else np.nan
    doubt = unit is None and (
        told is None or (told == "m3/ha" and column.upper() != "VOLUME_M3_HA" and middle < _SUSPECT_M3_HA)
    )
    if doubt and len(positive):
        raise InputError(
            f"{path}: the unit of the volume in {column} cannot be told (median {middle:,.1f}); say `volume_unit` in "
            '[stands]: "m3/ha", "m3/mu" or "m3" (of the whole stand).',
            f"{path}：字段 {column} 的蓄积单位无法判断（中位数 {middle:,.1f}）；请在 [stands] 设 volume_unit："
            '"m3/ha"、"m3/mu" 或 "m3"（整个小班）。',
        )
    use = unit or told or "m3/ha"
    scale = {"m3/ha": 1.0, "m3/mu": MU_PER_HA, "m3": 1 / np.maximum(area_ha, _SURE_HA)}[use]
    out = values * scale
    return out if grown is None else np.where((out == 0) & grown, np.nan, out)
