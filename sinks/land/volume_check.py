"""Volumes of forest stands held against each other: a second column, and rows in another unit than the rest."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from guanghui.geo.notes import Notes
from guanghui.geo.units import MU_PER_HA
from guanghui.sinks.land.stand_fields import VOLUME_UNITS, StandColumns

__all__ = ["compare_volumes", "mixed_rows"]

Bools = npt.NDArray[np.bool_]
_VOLUME_SHARE = 0.02
"""Rounded columns of a sound layer agree better [1]."""
_ROW_SHARE = 0.2
_LEAST_ROWS = 3
_LEAST_SHARE = 0.005
_APART, _ALIKE = 5.0, 3.0
"""A row of another unit is at least five times from the middle, and within three times of it in that unit [1]."""
_USUAL_M3_HA = (15.0, 600.0)
"""Forest past its youth that inventories have, hectare by hectare [m³/ha]."""


def compare_volumes(
    raw: pd.DataFrame, columns: StandColumns, m3_ha: pd.Series, area_ha: pd.Series, trees: Bools, notes: Notes
) -> None:
    """Put the volume per hectare that is used beside a second column and beside itself, and say what does not fit.

    Parameters
    ----------
    raw : pandas.DataFrame
        The layer as it is.
    columns : StandColumns
        Which column holds what.
    m3_ha : pandas.Series
        Volume that is used [m³/ha], on the index of ``raw``.
    area_ha : pandas.Series
        Area of the polygons [ha].
    trees : numpy.ndarray
        Bool, shape (n,): closed forest past its youth, as far as the layer tells.
    notes : Notes
        Told the sums that disagree, and the number of rows a factor of 15 (亩 and hectare) or their own area off.
    """
    whole = _whole(raw, columns)
    if whole is not None:
        other, values = whole
        both = (values.notna() & m3_ha.notna()).to_numpy()
        used, theirs = float((m3_ha * area_ha)[both].sum()), float(values[both].sum())
        odd = _rows_against(m3_ha * area_ha, values)
        if _say_rows(columns, odd, area_ha, notes, f"by {other}", f"（对照 {other}）"):
            return
        if theirs > 0 and abs(used / theirs - 1) > _VOLUME_SHARE:
            notes.add(
                "stands", f"{columns.volume} times the area is {used:,.0f} m³, {other} sums to {theirs:,.0f}: "
                f"{columns.volume} is used; say which is right with `volume` and `volume_unit` in [stands]",
                f"{columns.volume} 乘以面积为 {used:,.0f} m³，{other} 合计 {theirs:,.0f} m³：采用 "
                f"{columns.volume}；请在 [stands] 用 volume、volume_unit 指明以何者为准",
            )  # fmt: skip
            return
    _say_rows(columns, mixed_rows(m3_ha.to_numpy(float), trees), area_ha, notes, "by the other stands",
              "（对照其余小班）")  # fmt: skip


def mixed_rows(m3_ha: npt.NDArray[np.float64], trees: Bools) -> Bools:
    """Rows whose volume is in another unit than that of the others: alike only after a factor of 15.

    Where the layer does not tell which stands are past their youth, ``trees`` are all of them, and low volumes count
    only where few lie between them and the rest.

    Parameters
    ----------
    m3_ha : numpy.ndarray
        [m³/ha], shape (n,); NaN where unknown.
    trees : numpy.ndarray
        Bool, shape (n,): closed forest past its youth.

    Returns
    -------
    numpy.ndarray
        Bool, shape (n,).

    Examples
    --------
    >>> volume = np.array([60.0, 75.0, 90.0, 110.0, 80.0, 5.0, 6.0, 4.0])
    >>> mixed_rows(volume, np.ones(8, bool)).nonzero()[0].tolist()
    [5, 6, 7]
    """
    low, high = _USUAL_M3_HA
    known = trees & (m3_ha > 0)
    usual = known & (m3_ha >= low) & (m3_ha <= high)
    if not usual.any():
        return np.zeros(len(m3_ha), bool)
    middle = float(np.median(m3_ha[usual]))
    out = np.zeros(len(m3_ha), bool)
    for scale, far, between in (
        (MU_PER_HA, m3_ha < middle / _APART, (m3_ha >= middle / _APART) & (m3_ha < middle / _ALIKE)),
        (1 / MU_PER_HA, m3_ha > max(middle * _APART, high), (m3_ha > middle * _ALIKE) & (m3_ha <= middle * _APART)),
    ):
        there = m3_ha * scale
        alike = known & far & (there > middle / _ALIKE) & (there < middle * _ALIKE)
        if alike.sum() >= max(_LEAST_ROWS, _LEAST_SHARE * known.sum(), 2 * (known & between).sum()):
            out |= alike
    return out


def _whole(raw: pd.DataFrame, columns: StandColumns) -> tuple[str, pd.Series] | None:
    """Second column with the volume of whole stands [m³], if the layer has one."""
    names = [n for n in VOLUME_UNITS["m3"] if n != "LMXJ"]  # that of the forest land in it
    other = next((c for c in raw.columns if str(c).upper() in names and c != columns.volume), None)
    return None if other is None else (other, pd.to_numeric(raw[other], errors="coerce"))


def _rows_against(ours: pd.Series, theirs: pd.Series) -> Bools:
    """Rows whose two volumes differ by the factor of the mu, where the others agree."""
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = (ours / theirs).to_numpy(float)
    known = np.isfinite(ratio) & (ratio > 0)
    same, off = (
        [known & (np.abs(ratio / r - 1) < _ROW_SHARE) for r in rs] for rs in ((1.0,), (MU_PER_HA, 1 / MU_PER_HA))
    )
    odd = np.logical_or.reduce(off)
    return odd if same[0].any() and odd.sum() < same[0].sum() else np.zeros(len(ratio), bool)


def _say_rows(columns: StandColumns, odd: Bools, area_ha: pd.Series, notes: Notes, by: str, by_zh: str) -> bool:
    if not odd.any():
        return False
    count, size = int(odd.sum()), f"{area_ha[odd].sum():,.1f}"
    at = ", ".join(str(i + 1) for i in np.flatnonzero(odd)[:5]) + (" …" if count > 5 else "")
    notes.add(
        "stands", f"{columns.volume} seems to mix units: {count} of {len(odd)} rows ({size} ha; rows {at}) fit {by} "
        "only after a factor of 15 (m³/mu and m³/ha); they are used as they are: bring the column to one unit",
        f"字段 {columns.volume} 疑似混用单位：{len(odd)} 行中有 {count} 行（{size} 公顷；第 {at} 行）"
        f"差约 15 倍（m³/亩 与 m³/公顷）才相符{by_zh}；现按原值采用，请统一单位",
    )  # fmt: skip
    return True
