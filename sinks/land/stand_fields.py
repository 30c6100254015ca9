"""Fields of forest stands (小班): which column holds what, and the volume brought to one unit."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from guanghui.geo.errors import InputError, listing
from guanghui.geo.notes import Notes
from guanghui.geo.units import MU_PER_HA
from guanghui.geo.written import header_and_unit

__all__ = ["FIELDS", "VOLUME_UNITS", "StandColumns", "find_columns", "grown_stands", "named_column", "volume_m3_ha"]

FIELDS: Mapping[str, tuple[str, ...]] = {
    "land_type": ("DI_LEI", "地类", "DLBM", "EDDL", "LDDL", "PCDL", "地类代码", "地类编码"),
    "group": ("species_group", "YOU_SHI_SZ", "优势树种", "YSSZ", "YOU_SHI_SZ_CODE", "树种"),
    "age": ("age_class", "LING_ZU", "龄组", "LINGZU", "LINZU"),
    "years": ("age_yr", "PINGJUN_NL", "PJ_NL", "NIAN_LIN", "PJNL", "平均年龄", "年龄", "林龄"),
    "planted": ("planted_yr", "造林年度", "造林年份", "栽植年度", "栽植年份", "种植年份", "出生年", "出生年份", "ZLND",
                "ZLNF", "ZAO_LIN_ND", "birth_year", "planting_year", "year_planted"),
    "grade": ("age_grade", "LING_JI", "龄级", "LJ", "LINGJI"),
    "purpose": ("purpose", "LIN_ZHONG", "林种", "LINZHONG", "LZ"),
    "origin": ("origin", "QI_YUAN", "起源", "QIYUAN", "QY"),
    "closure": ("YU_BI_DU", "郁闭度", "YBD"),
    "volume": ("volume_m3_ha", "HUO_LMGQXJ", "公顷蓄积", "GQXJ", "MEI_GQ_XJ", "每公顷蓄积", "XB_XJ", "XIAOBAN_XJ",
               "XBXJ", "XIAO_BAN_X", "ZTBXJ", "ZXJ", "小班蓄积", "每亩蓄积", "亩蓄积", "总蓄积", "蓄积"),
    "area": ("MIAN_JI", "面积", "MIANJI", "XBMJ", "ZTBMJ"),
}  # fmt: skip
"""Field names of national and provincial layers by meaning, the first found wins; upper and lower case are one."""

VOLUME_UNITS: Mapping[str, tuple[str, ...]] = {
    "m3/ha": ("VOLUME_M3_HA", "HUO_LMGQXJ", "公顷蓄积", "每公顷蓄积", "GQXJ", "YSSZGQXJ", "MEI_GQ_XJ"),
    "m3/mu": ("MU_XJ", "MEI_MU_XJ", "亩蓄积", "每亩蓄积"),
    "m3": ("XB_XJ", "XIAOBAN_XJ", "XBXJ", "XIAO_BAN_X", "ZTBXJ", "ZXJ", "LMXJ", "小班蓄积", "总蓄积"),
}
"""Unit that the name of a field itself tells."""
_WRITTEN_UNITS: Mapping[str, str] = {
    "m3/ha": "m3/ha", "m3/hm2": "m3/ha", "立方米/公顷": "m3/ha", "方/公顷": "m3/ha", "m3/亩": "m3/mu", "m3/mu": "m3/mu",
    "立方米/亩": "m3/mu", "方/亩": "m3/mu",
}  # fmt: skip
"""Unit in the brackets of a header; of a plain m³ the name says whether it is that of a hectare."""
_PLAIN_UNITS = ("", "m3", "立方米", "方")
_DIAMETERS = ("PINGJUN_XJ", "平均胸径", "PJXJ", "YSSZPJXJ", "PING_JUN_XJ", "胸径")
_GROWN_CM = 5.0
"""A mean diameter above which the surveys' own rules ask for a volume [cm]."""
_OTHER_TREES = ("SSXJ", "SZ_XJ", "SSM_XJ", "SSMXJ", "SPS_XJ", "KLM_XJ", "DLM_XJ", "YSSZXJ", "BSSZXJ", "LMXJ")
"""Volumes of scattered, dead or single trees: none of them is the volume of the stand."""
_SUSPECT_M3_HA = 15.0
_SURE_HA = 1e-4


@dataclass(frozen=True)
class StandColumns:
    """Which column holds what; ``None`` where there is none."""

    group: str
    volume: str | None = None
    land_type: str | None = None
    age: str | None = None
    years: str | None = None
    planted: str | None = None
    grade: str | None = None
    purpose: str | None = None
    origin: str | None = None
    closure: str | None = None
    area: str | None = None
    diameter: str | None = None
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
    out: dict[str, str] = {}
    seen: dict[str, str] = {}
    for meaning, names in FIELDS.items():
        own = given.get(meaning)
        if own is not None:
            column = own if own in columns else named_column(columns, [own])
            if column is None:
                raise InputError(
                    f"{path}: there is no column {own!r} (key `stands.{meaning}`); the columns are "
                    f"{listing(columns, 20)}.",
                    f"{path}：没有字段 {own!r}（键 `stands.{meaning}`）；现有字段 {listing(columns, 20)}。",
                )
            out[meaning] = column
            continue
        name = named_column(columns, names)
        if name is not None:
            out[meaning] = seen[meaning] = name
    if "group" not in out:
        raise InputError(
            f"{path}: no column of tree species was recognised; name it with `group` in [stands]; the columns are "
            f"{listing(columns, 20)}.",
            f"{path}：未找到树种字段；请在 [stands] 用 group 指明；现有字段 {listing(columns, 20)}。",
        )
    _tell_passed_over(columns, out, notes)
    shown = {
        k: v
        for k, v in seen.items()
        if v not in ("species_group", "volume_m3_ha", "age_class", "age_yr", "origin", "purpose")
    }
    if shown:
        text = ", ".join(f"{k} = {v}" for k, v in shown.items())
        notes.add("stands", f"columns recognised by their names: {text}", f"按字段名识别：{text}")
    return StandColumns(**out, diameter=named_column(columns, _DIAMETERS), found=seen)


def named_column(columns: Iterable[str], names: Iterable[str]) -> str | None:
    """First of some names that a layer has, whatever the case, width and unit in brackets of its own name.

    Parameters
    ----------
    columns : iterable of str
        Columns of the layer.
    names : iterable of str
        Names looked for, such as those of a meaning in ``FIELDS``.

    Returns
    -------
    str or None
        The column as the layer writes it.

    Examples
    --------
    >>> named_column(["小班号", "每公顷蓄积量(m³)"], FIELDS["volume"])
    '每公顷蓄积量(m³)'
    """
    by_name = {_plain(c): c for c in reversed(list(columns))}
    return next((by_name[_plain(n)] for n in names if _plain(n) in by_name), None)


def _plain(column: str) -> str:
    """Name of a field without its unit in brackets, the 量 of 蓄积量, blanks and underlines, in capitals."""
    word, _ = header_and_unit(unicodedata.normalize("NFKC", column))
    return word.upper().replace("蓄积量", "蓄积").replace(" ", "").replace("_", "")


def _tell_passed_over(columns: list[str], taken: Mapping[str, str], notes: Notes) -> None:
    """Name fields that look like the volume of the stands where none was recognised."""
    if "volume" in taken:
        return
    names = {c: _plain(c) for c in columns}
    alike = [
        c
        for c, n in names.items()
        if c not in taken.values()
        and n not in {_plain(x) for x in (*_OTHER_TREES, *_DIAMETERS)}
        and not c.upper().startswith("Q_")
        and ("蓄积" in n or n.endswith("XJ") or "XUJI" in n or "VOLUME" in n)
    ]
    if alike:
        notes.add(
            "stands", f"no volume was recognised, so every stand has that of its kind; {listing(alike)} may hold it: "
            "name it with `volume` and `volume_unit` in [stands]",
            f"未识别到蓄积字段，各小班按同类默认蓄积计；{listing(alike)} 可能是蓄积：请在 [stands] 用 volume 与 "
            "volume_unit 指明",
        )  # fmt: skip


def grown_stands(ages: pd.DataFrame, diameter_cm: np.ndarray | None = None) -> np.ndarray:
    """Tell which stands are past their youth, by their age class or the diameter of their trees.

    Parameters
    ----------
    ages : pandas.DataFrame
        ``age_class``, empty where unknown.
    diameter_cm : numpy.ndarray, optional
        Mean diameter at breast height [cm], shape (n,).

    Returns
    -------
    numpy.ndarray
        Bool, shape (n,); False where unknown.
    """
    old = ages["age_class"].isin(["middle", "near_mature", "mature", "over_mature"]).to_numpy()
    return old if diameter_cm is None else old | (np.nan_to_num(diameter_cm) > _GROWN_CM)


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
        If the unit is neither declared nor told by the name of the column, its header states one that is not known
        (万m³), or the numbers speak against the name.
    """
    told = _unit_of(column)
    written = _written_unit(column)
    if unit is None and written not in _PLAIN_UNITS and written not in _WRITTEN_UNITS:
        raise InputError(
            f"{path}: {column} is in {written}, a unit that is not known; bring it to m³, m³/ha or m³/mu, or say "
            "`volume_unit` in [stands] if the brackets mean something else.",
            f"{path}：字段 {column} 的单位 {written} 无法识别；请换算为 m³、m³/ha 或 m³/亩；括号内若非单位，请在 "
            "[stands] 设 volume_unit。",
        )
    positive = values[values > 0]
    middle = float(np.median(positive)) if len(positive) else np.nan
    doubt = unit is None and (
        told is None or (told == "m3/ha" and column.lower() != "volume_m3_ha" and middle < _SUSPECT_M3_HA)
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


def _written_unit(column: str) -> str:
    """What stands in the brackets of a header, in small letters."""
    return header_and_unit(unicodedata.normalize("NFKC", column))[1].lower().replace(" ", "")


def _unit_of(column: str) -> str | None:
    """Unit that a field tells, by its name or in the brackets of its header."""
    written = _WRITTEN_UNITS.get(_written_unit(column))
    return written or next((u for u, names in VOLUME_UNITS.items() if _plain(column) in map(_plain, names)), None)
