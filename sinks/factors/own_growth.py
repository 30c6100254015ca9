"""Growth by a table of the user: volume, carbon or both by age, species group and origin."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from guanghui.geo.columns import text_column
from guanghui.geo.errors import InputError, listing
from guanghui.geo.side_table import plain_numbers, read_side_table
from guanghui.geo.written import header_and_unit
from guanghui.sinks.factors.own_ranges import read_ranges
from guanghui.sinks.factors.species import LAND, read_species
from guanghui.sinks.factors.table import OwnCurve, OwnRange

__all__ = ["read_own_growth"]

_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "group": ("group", "species_group", "species", "树种", "树种组", "优势树种"),
    "origin": ("origin", "起源"),
    "age": ("age_a", "age_yr", "age", "年龄", "林龄", "平均年龄"),
    "volume": ("volume_m3_ha", "volume", "蓄积", "蓄积量", "每公顷蓄积", "每公顷蓄积量", "公顷蓄积"),
    "above": ("agb_tc_ha", "above_tc_ha", "c_above", "地上碳", "地上碳密度"),
    "below": ("bgb_tc_ha", "below_tc_ha", "c_below", "地下碳", "地下碳密度"),
}
_RANGED = ("volume", "above", "below")
_UNITS = {
    "age": ("", "a", "yr", "年"),
    "volume": ("", "m3/ha", "m³/ha", "m³/hm²", "m3/hm2", "立方米/公顷"),
    "carbon": ("", "t/ha", "tC/ha", "t C/ha", "t/hm²", "tC/hm²", "t C/hm²", "吨/公顷"),
}
_ORIGINS = {"": "", "planted": "planted", "natural": "natural", "人工": "planted", "人工林": "planted",
            "天然": "natural", "天然林": "natural"}  # fmt: skip
_OLDEST_A, _MOST_M3_HA, _MOST_TC_HA = 1000.0, 2000.0, 1000.0


def read_own_growth(path: Path) -> dict[str, OwnCurve]:
    """Read a table of growth by age.

    Parameters
    ----------
    path : pathlib.Path
        CSV or Excel: ``species_group`` (a word or a group), ``origin`` (planted or natural; both where empty or left
        out), ``age_a`` [yr] and ``volume_m3_ha`` or ``agb_tc_ha`` with ``bgb_tc_ha`` where known (carbon of the living
        trees above and below ground [t C/ha]), or both. A column may have a range as those of a carbon table do
        (``agb_tc_ha_low`` and ``_high``, ``_sd``, ``_cv``); that of the fullest age is the range of the whole curve.

    Returns
    -------
    dict
        ``group|origin`` -> curve; nothing stands at the age of nought unless the table says so.

    Raises
    ------
    InputError
        Columns missing, a species or origin that is not known, an age twice, a value that cannot be.
    """
    frame = _read(path)
    out = {}
    for (group, origin), rows in frame.groupby(["group", "origin"], sort=False):
        own = rows.sort_values("age")
        if own["age"].duplicated().any() or len(own) < 2:
            raise InputError(
                f"{path}: {group} {origin} needs at least two ages, each once.",
                f"{path}：{group} {origin} 至少需要两个年龄，且不得重复。",
            )
        spread = _spread(own)
        if own["age"].iloc[0] > 0:
            first = {k: 0.0 for k in ("age", *_RANGED) if k in own.columns}
            own = pd.concat([pd.DataFrame([first]), own], ignore_index=True)
        given = {
            k: tuple(map(float, own[k])) for k in ("volume", "above", "below") if k in own and own[k].notna().all()
        }
        if not {"volume", "above"} & set(given):
            raise InputError(
                f"{path}: {group} {origin} has neither a volume nor the carbon above ground at every age; fill one in.",
                f"{path}：{group} {origin} 未在各年龄给出蓄积或地上碳；请补全其一。",
            )
        out[f"{group}|{origin}"] = OwnCurve(
            tuple(map(float, own["age"])), given.get("volume", ()), given.get("above", ()), given.get("below", ()),
            path.name, spread,
        )  # fmt: skip
    return out


def _spread(rows: pd.DataFrame) -> OwnRange | None:
    """Range of a curve: that of the fullest age that has one, brought to the fullest value."""
    main = "above" if "above" in rows and rows["above"].notna().all() else "volume"
    known = rows[rows["range"].notna() & (rows.get(main, pd.Series(0.0, index=rows.index)) > 0)]
    if main not in rows or known.empty:
        return None
    row = known.loc[known[main].idxmax()]
    scale, own = float(rows[main].max() / row[main]), row["range"].get(main)
    return None if own is None else OwnRange(own.low * scale, own.high * scale, own.distribution, own.row)


def _read(path: Path) -> pd.DataFrame:
    """``group``, ``origin``, ``age`` and those of volume, above and below that the table has."""
    raw = read_side_table(path)
    heads = {c: header_and_unit(str(c)) for c in raw.columns}
    columns = {
        k: next((c for c, (word, _) in heads.items() if word.strip().lower() in names), None)
        for k, names in _COLUMNS.items()
    }
    missing = [k for k in ("group", "age") if columns[k] is None]
    if missing or (columns["volume"] is None and columns["above"] is None):
        raise InputError(
            f"{path}: a growth table needs species_group, age_a and volume_m3_ha or agb_tc_ha; the columns are "
            f"{listing(raw.columns, 20)}.",
            f"{path}：生长表需要 species_group（树种）、age_a（年龄）与 volume_m3_ha（每公顷蓄积）或 agb_tc_ha"
            f"（地上碳）；现有列 {listing(raw.columns, 20)}。",
        )
    for key, column in columns.items():
        known = _UNITS.get(key, _UNITS["carbon"] if key in ("above", "below") else ())
        if column is not None and known and heads[column][1] not in known:
            raise InputError(
                f"{path}: {column} is in {heads[column][1]}; bring it to {known[1]}.",
                f"{path}：{column} 的单位为 {heads[column][1]}；请换算为 {known[1]}。",
            )
    words = text_column(raw[columns["group"]])
    out = pd.DataFrame({"group": read_species(words)})
    _refuse(path, words, (out["group"] == "") | out["group"].str.startswith(LAND), "species", "树种")
    said = text_column(raw[columns["origin"]]) if columns["origin"] is not None else pd.Series("", index=raw.index)
    origin = said.str.strip().str.lower().map(_ORIGINS)
    _refuse(path, said, origin.isna(), "origins (planted, natural)", "起源（人工、天然）")
    out["origin"] = origin
    for key, most in (("age", _OLDEST_A), ("volume", _MOST_M3_HA), ("above", _MOST_TC_HA), ("below", _MOST_TC_HA)):
        if columns[key] is None:
            continue
        values = pd.Series(plain_numbers(raw[columns[key]]).to_numpy(float), index=raw.index)
        told = raw[columns[key]].notna()
        wrong = (told & ~values.between(0, most)) | ((key == "age") & values.isna())
        _refuse(path, raw[columns[key]].astype(str), wrong, f"values of {columns[key]}", f"{columns[key]} 的值")
        out[key] = values
    out["range"] = _ranges(path, raw, heads, out)
    return out


def _ranges(path: Path, raw: pd.DataFrame, heads: Mapping[str, tuple[str, str]], out: pd.DataFrame) -> pd.Series:
    """Ranges of the values of every row by column, None where it has none."""
    given = [k for k in _RANGED if k in out and out[k].notna().any()]
    lower = {word.strip().lower(): column for column, (word, _) in heads.items()}
    values = out[given].set_axis([str(i + 1) for i in range(len(out))])
    found = read_ranges(path, raw, lower, {k: _COLUMNS[k] for k in given}, values)
    return pd.Series([found.get(row) for row in values.index], index=out.index, dtype=object)


def _refuse(path: Path, words: pd.Series, wrong: pd.Series, en: str, zh: str) -> None:
    if wrong.any():
        found: Sequence[str] = [str(w) for w in words[np.asarray(wrong, bool)].unique()]
        raise InputError(
            f"{path}: these {en} cannot be used: {listing(found, 12)}; correct them.",
            f"{path}：下列{zh}不可用：{listing(found, 12)}；请更正。",
        )
