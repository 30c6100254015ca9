"""Ranges of a carbon table of the user: columns beside the pools, ends of 95 % or the standard uncertainty."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from guanghui.geo.errors import InputError, listing
from guanghui.geo.side_table import plain_numbers
from guanghui.geo.units import Z95
from guanghui.sinks.factors.table import OwnRange

__all__ = ["range_of", "read_ranges"]

_ENDS: Mapping[str, tuple[str, ...]] = {
    "low": ("low", "lower", "下限"),
    "high": ("high", "upper", "上限"),
    "sd": ("sd", "标准差", "标准不确定度"),
    "cv": ("cv", "变异系数"),
    "cv_pct": ("cv_pct", "cv%", "cv(%)", "变异系数%", "变异系数(%)"),
}
_MIDDLE = 0.05
_SKEWED = 0.3
_MOST_CV = 1.5


def range_of(value: float, low: float, high: float) -> tuple[float, float, str]:
    """Low, high and distribution of a value with a 95 % range: normal about the middle, else lognormal.

    Parameters
    ----------
    value, low, high : float
        In one unit, in order.
    """
    if high - low <= 0:
        return value, value, "fixed"
    central = abs(value - (low + high) / 2) <= _MIDDLE * (high - low) / 2
    return low, high, "normal" if central or low <= 0 else "lognormal"


def _of_sd(value: float, sd: float) -> tuple[float, float, str]:
    """Low, high and distribution of a value with a standard uncertainty; a wide one stays positive."""
    if sd <= 0:
        return value, value, "fixed"
    if sd <= _SKEWED * value:
        return value - Z95 * sd, value + Z95 * sd, "normal"
    s = math.sqrt(math.log1p((sd / value) ** 2))
    return value * math.exp(-Z95 * s - s * s / 2), value * math.exp(Z95 * s - s * s / 2), "lognormal"


def read_ranges(
    path: Path,
    table: pd.DataFrame,
    columns: Mapping[str, str],
    names: Mapping[str, Sequence[str]],
    values: pd.DataFrame,
) -> dict[str, dict[str, OwnRange]]:
    """Read the ranges of a carbon table.

    Parameters
    ----------
    path : pathlib.Path
        The table, for messages.
    table : pandas.DataFrame
        As read, text.
    columns : mapping
        Lower-case header -> header.
    names : mapping
        Pool of the table -> names its column may have.
    values : pandas.DataFrame
        Row x pool [t C/ha], the rows in the order of the table.

    Returns
    -------
    dict
        Row -> pool -> range; what has none is left out.

    Raises
    ------
    InputError
        One end without the other, two kinds of range for one value, a value outside its range, a negative or too large
        one, bare ``low`` and ``high`` beside several pools.
    """
    found = {pool: _columns_of(columns, names[pool]) for pool in values.columns}
    bare = {kind: columns[n] for kind, ends in _ENDS.items() for n in ends if n in columns}
    if bare and len(values.columns) > 1:
        raise InputError(
            f"{path}: {listing(bare.values())} is the range of one pool, and the table has {len(values.columns)}; name "
            "the pool too, as in c_above_low, c_above_high, c_above_sd or c_above_cv.",
            f"{path}：{listing(bare.values())} 只能是一个碳库的区间，而表中有 {len(values.columns)} 个碳库；"
            "请写明碳库，如 c_above_low、c_above_high、c_above_sd 或 c_above_cv。",
        )
    if bare:
        only = str(values.columns[0])
        found[only] = {**bare, **found[only]}
    out: dict[str, dict[str, OwnRange]] = {}
    for pool, given in found.items():
        ends = {kind: plain_numbers(table[c]).to_numpy(float) for kind, c in given.items()}
        _refuse_text(path, table, given, ends, values.index)
        for k, (row, value) in enumerate(values[pool].items()):
            one = _range(path, f"{row} {pool}", float(value), {kind: float(v[k]) for kind, v in ends.items()})
            if one is not None:
                out.setdefault(str(row), {})[str(pool)] = OwnRange(*one, str(row))
    return out


def _columns_of(columns: Mapping[str, str], names: Sequence[str]) -> dict[str, str]:
    """Kind of range -> column, for a pool by any of its names."""
    out = {}
    for kind, ends in _ENDS.items():
        written = (f"{name}{sign}{end}" for name in names for end in ends for sign in ("_", "", " "))
        hit = next((columns[w] for w in written if w in columns), None)
        if hit is not None:
            out[kind] = hit
    return out


def _refuse_text(
    path: Path, table: pd.DataFrame, given: Mapping[str, str], ends: Mapping[str, np.ndarray], rows: pd.Index
) -> None:
    """Stop at cells that hold something that is no number."""
    for kind, column in given.items():
        written = table[column].fillna("").astype(str).str.strip() != ""
        wrong = rows[written.to_numpy() & (~np.isfinite(ends[kind]) | (ends[kind] < 0))]
        if len(wrong):
            raise InputError(
                f"{path}: {column} of {listing(wrong)} is negative or no number; correct it or leave it empty.",
                f"{path}：{listing(wrong)} 的 {column} 为负或不是数字；请更正，没有则留空。",
            )


def _range(path: Path, what: str, value: float, ends: Mapping[str, float]) -> tuple[float, float, str] | None:
    """Range of one value, or None where nothing is given."""
    told = {k: v for k, v in ends.items() if math.isfinite(v)}
    if not told:
        return None
    kinds = {("low" if k == "high" else k) for k in told}
    if len(kinds) > 1 or ("low" in kinds and len(told) < 2):
        raise InputError(
            f"{path}: the range of {what} is given by {listing(told)}; give low and high, or sd, or cv.",
            f"{path}：{what} 的区间给出了 {listing(told)}；请给 low 与 high，或 sd，或 cv。",
        )
    if "low" in told:
        low, high = told["low"], told["high"]
        if not low <= value <= high:
            raise InputError(
                f"{path}: {what} is {value:g} and lies outside its range {low:g} to {high:g}; correct it.",
                f"{path}：{what} 为 {value:g}，不在其区间 {low:g} 至 {high:g} 内；请更正。",
            )
        return range_of(value, low, high)
    share = told.get("cv", told.get("cv_pct", math.nan) / 100)
    sd = told["sd"] if "sd" in told else share * value
    if sd > _MOST_CV * value:
        raise InputError(
            f"{path}: the uncertainty of {what} is {sd:g} for a value of {value:g}; a cv is a share (0.2 for 20 %), "
            "percent go into a column such as c_above_cv_pct.",
            f"{path}：{what} 的值为 {value:g}，不确定度却为 {sd:g}；cv 为比例（20 % 写 0.2），"
            "百分数请用 c_above_cv_pct 之类的列。",
        )
    return _of_sd(value, sd)
