"""Codes of forest stands (小班) as a bureau hands them over, decoded by one dialect.

A number has no meaning without its dialect: land type 112 is a mangrove or a mixed stand, species 310 fir or acacia.
Codes are decoded only when fields, codes and the closure rule leave one reading; otherwise the readings are shown.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache

import pandas as pd

from guanghui.data.files import read_table
from guanghui.geo.errors import InputError, listing
from guanghui.geo.landcover import land_class
from guanghui.geo.notes import Notes
from guanghui.sinks.land.ages import plain_codes
from guanghui.sinks.land.stand_fields import StandColumns

__all__ = ["DIALECTS", "decode_stands"]

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

_RULE_SHARE = 0.1
_WOODLAND, _FOREST = (0.10, 0.20), (0.20, 1.0)
_NUMBER = r"[0-9][0-9A-Za-z]*(?:\.0)?"
_CODE_AND_NAME = r"^(?P<code>\d{3,6}[A-Za-z]?)[\s_:.、-]*(?P<name>[\u4e00-\u9fff].*)$"


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
    species = _said(raw[columns.group], lambda _: True)
    out = pd.DataFrame({"species_group": species})
    family = DIALECTS[dialect][0] if dialect else None
    forest = pd.Series(True, index=raw.index)
    if columns.land_type is not None:
        closure = _closure(raw, columns)
        said = _said(raw[columns.land_type], lambda word: _label(word) in _labels())
        kind, family = _land(path, said, columns.land_type, area_ha, closure, dialect, notes)
        out["land_class"] = kind
        forest = kind.map(lambda k: bool(k) and land_class(k).lineage[-1] in ("forest", "woodland")).astype(bool)
        _say_left(said, kind, species, area_ha, notes)
    coded = species.str.fullmatch(_NUMBER) & (species != "")
    out.loc[coded & ~forest, "species_group"] = ""
    if (coded & forest).any():
        mine = coded & forest & (species.str.strip("0") != "")
        out.loc[coded & forest, "species_group"] = ""
        out.loc[mine, "species_group"] = _species(path, species[mine], columns.group, area_ha[mine], family, notes)
    return out


def _said(values: pd.Series, known: Callable[[str], bool]) -> pd.Series:
    """Codes or names; of a code with its name (``0111乔木林``) the name, which needs no dialect, where it is known."""
    words = plain_codes(values).str.normalize("NFKC").str.strip()
    parts = words.str.extract(_CODE_AND_NAME)
    names = parts["name"].fillna("")
    take = (names != "") & names.map(known)
    return words.where(names == "", parts["code"].fillna("")).where(~take, names)


def _say_left(said: pd.Series, kind: pd.Series, species: pd.Series, area_ha: pd.Series, notes: Notes) -> None:
    """Tell what the land cover decides: non-forest land without a kind, and stands without a land type."""
    empty, left = (said == "").to_numpy(), (kind == "").to_numpy()
    if (left & ~empty).any():
        size = f"{area_ha[left & ~empty].sum():,.1f}"
        notes.add("stands", f"{size} ha are no forest land without a kind: the land cover decides there",
                  f"{size} 公顷为未分类的非林地，由土地覆盖决定")  # fmt: skip
    if empty.any():
        size, trees = f"{area_ha[empty].sum():,.1f}", empty & (species.str.strip("0") != "").to_numpy()
        also = f"; {area_ha[trees].sum():,.1f} ha of them have a tree species, which is not used" if trees.any() else ""
        zh = f"，其中 {area_ha[trees].sum():,.1f} 公顷填有树种而未采用" if trees.any() else ""
        notes.add("stands", f"{size} ha have no land type: the land cover decides there{also}; fill the land type in",
                  f"{size} 公顷没有地类，由土地覆盖决定{zh}；请补填地类")  # fmt: skip


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
    labels = _labels()
    found = pd.Series("", index=codes.index)
    unread = codes[named][~codes[named].map(lambda w: _label(w) in labels)]
    _refuse_codes(path, column, unread, area_ha)
    found[named] = codes[named].map(lambda w: labels[_label(w)])
    left = codes[~named & (codes != "")]
    if left.empty:
        return found, None if dialect is None else DIALECTS[dialect][0]
    readings = {d: {c: _reading(tables[d], c, d) for c in left.unique()} for d in _asked(column, dialect)}
    whole = {d: {c: r for c, r in read.items() if r} for d, read in readings.items()}
    complete = {d: read for d, read in whole.items() if len(read) == left.nunique()}
    fits = {d: read for d, read in complete.items() if _keeps(read, left, closure)}
    if complete and not fits:
        _refuse_closure(path, column, complete, left, closure, area_ha)
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


def _refuse_closure(
    path: object, column: str, read: Mapping[str, Mapping[str, tuple[str, str]]], codes: pd.Series,
    closure: pd.Series | None, area_ha: pd.Series,
) -> None:  # fmt: skip
    """Name the dialect whose closures fit best, and how much land speaks against it."""
    against = {d: _closures(found, codes, closure)[1] for d, found in read.items()}
    near = min(against, key=lambda d: int(against[d].sum()))
    rows = against[near][against[near]].index
    sizes = area_ha[rows].groupby(codes[rows]).sum().sort_values(ascending=False)
    words = listing([f"{c} {read[near][c][1]} ({ha:,.1f} ha)" for c, ha in sizes.items()], 8)
    raise InputError(
        f"{path}: {column} reads as {near}, but the canopy closure speaks against it: {words}; trees and bamboo have "
        "0.20 to 1, open woodland 0.10 to 0.19. Correct closure or land type, or say `dialect` in [stands].",
        f"{path}：字段 {column} 可按 {near} 解读，但郁闭度与之矛盾：{words}；"
        "乔木林、竹林应为 0.20–1，疏林地 0.10–0.19。请更正郁闭度或地类，或在 [stands] 用 dialect 指明。",
    )


def _keeps(read: Mapping[str, tuple[str, str]], codes: pd.Series, closure: pd.Series | None) -> bool:
    """Tell whether open woodland and closed forest have the closure that the survey's own rules ask of them."""
    told, wrong = _closures(read, codes, closure)
    return bool(not told.any() or wrong.sum() <= _RULE_SHARE * told.sum())


def _closures(
    read: Mapping[str, tuple[str, str]], codes: pd.Series, closure: pd.Series | None
) -> tuple[pd.Series, pd.Series]:
    """Stands of open woodland and closed forest whose closure is known, and those it speaks against."""
    if closure is None:
        none = pd.Series(False, index=codes.index)
        return none, none
    names, kinds = codes.map({c: r[1] for c, r in read.items()}), codes.map({c: r[0] for c, r in read.items()})
    density = closure.reindex(codes.index)
    open_, closed = names.str.contains("疏林"), kinds.isin(["forest", "bamboo", "mangrove"])
    wrong = open_ & ((density < _WOODLAND[0]) | (density >= _WOODLAND[1]))
    wrong |= closed & ((density < _FOREST[0]) | (density > _FOREST[1])) & (density > 0)
    return (open_ | closed) & density.notna(), wrong


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


@lru_cache(maxsize=1)
def _labels() -> Mapping[str, str]:
    """Name of a land type -> class, where all dialects mean the same."""
    out: dict[str, set[str]] = {}
    for codes in _codes("stand_land_types.csv", "class").values():
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
