"""Reconciliation: the map's pattern brought to the inventory's total, inside strata, with the factor in the open."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from guanghui.geo.errors import InputError, listing

__all__ = ["FACTOR_RANGE", "Reconciliation", "factor_by_total", "reconcile"]

FACTOR_RANGE = (0.5, 2.0)
"""Factors outside need an explicit yes: the map and the inventory speak of different forests."""


@dataclass(frozen=True)
class Reconciliation:
    """Raw and official totals, the factors between them, and every stratum before and after."""

    strata: pd.DataFrame
    """``code``, ``class``, ``species``, ``area_ha``, ``raw_volume_m3``, ``factor``, ``volume_m3``."""
    summary: pd.DataFrame
    """Rows ``standing_volume`` [m³] and ``forest_area`` [ha]; ``raw``, ``official``, ``reconciled``, ``factor``,
    ``unit``."""
    methods: pd.DataFrame
    """Index ``method``: ``before_tc``, ``after_tc``, ``tc_per_m3``, ``chosen``; living trees by each conversion."""
    reason_zh: str
    reason_en: str
    """Why the conversion in use was chosen."""

    @property
    def factor(self) -> float:
        """Official over raw standing volume; 1 where there is no official one."""
        return float(self.summary["factor"]["standing_volume"])


def factor_by_total(raw: float, official: float, what: str, *, accept: bool) -> float:
    """Factor that brings a raw total to the official one.

    Parameters
    ----------
    raw, official : float
        Totals in one unit.
    what : str
        What is reconciled, for the message.
    accept : bool
        Explicit yes to a factor outside 0.5-2.

    Raises
    ------
    InputError
        If nothing can be scaled, or the factor leaves 0.5-2 without a yes.
    """
    if raw <= 0:
        raise InputError(
            f"{what}: the official total is {official:,.0f} but the map has no forest for it; check the land cover.",
            f"{what}：官方总量为 {official:,.0f}，而图上没有对应森林；请检查土地覆盖。",
        )
    factor = official / raw
    if not FACTOR_RANGE[0] <= factor <= FACTOR_RANGE[1] and not accept:
        raise InputError(
            f"{what}: official {official:,.0f} over mapped {raw:,.0f} is a factor of {factor:.2f}, outside 0.5-2; "
            "check unit, area and land cover, or set `accept_factor = true` in [sinks] to accept it.",
            f"{what}：官方 {official:,.0f} 与图上 {raw:,.0f} 之比为 {factor:.2f}，超出 0.5-2；"
            "请检查单位、面积与土地覆盖，或在 [sinks] 中设 accept_factor = true。",
        )
    return factor


def reconcile(
    strata: pd.DataFrame,
    *,
    official_m3: float | None = None,
    by_township_m3: Mapping[str, float] | None = None,
    accept: bool = False,
) -> pd.DataFrame:
    """Scale the volume of strata (forest kind x township) to official totals.

    The pattern between strata is that of the map. Townships with an official volume of their own are met first; what
    is left of the region's total is spread over the others with one factor.

    Parameters
    ----------
    strata : pandas.DataFrame
        ``code`` and ``raw_volume_m3``.
    official_m3 : float, optional
        Total of the region [m³].
    by_township_m3 : mapping, optional
        Township code -> total [m³].
    accept : bool, default False
        Explicit yes to factors outside 0.5-2.

    Returns
    -------
    pandas.DataFrame
        ``strata`` with ``factor`` and ``volume_m3``; totals are met to about 1e-15.

    Raises
    ------
    InputError
        If townships are unknown, their totals exceed that of the region or, being complete, miss it, a stratum with a
        total has no forest, or a factor is refused.
    """
    out = strata.assign(factor=1.0)
    own = dict(by_township_m3 or {})
    codes = set(out["code"])
    unknown = sorted(set(own) - codes)
    if unknown:
        raise InputError(
            f"[sinks] township_volume_m3: there is forest in no township {listing(unknown)}.",
            f"[sinks] township_volume_m3：{listing(unknown)} 内没有森林。",
        )
    for code, total in own.items():
        _scale(out, out["code"] == code, total, f"standing volume of {code}", accept)
    rest = ~out["code"].isin(own)
    if official_m3 is not None:
        left = official_m3 - math.fsum(own.values())
        if left < -1e-6 * official_m3 or (not rest.any() and abs(left) > 1e-6 * official_m3):
            raise InputError(
                f"[sinks]: the townships' volumes sum to {math.fsum(own.values()):,.0f} m³ but standing_volume_m3 is "
                f"{official_m3:,.0f} m³; correct one of them.",
                f"[sinks]：各乡镇蓄积合计 {math.fsum(own.values()):,.0f} m³，"
                f"而 standing_volume_m3 为 {official_m3:,.0f} m³；请更正其一。",
            )
        if rest.any():
            _scale(out, rest, left, "standing volume", accept)
    out["volume_m3"] = out["raw_volume_m3"] * out["factor"]
    return out


def _scale(strata: pd.DataFrame, rows: pd.Series, official: float, what: str, accept: bool) -> None:
    raw = float(strata.loc[rows, "raw_volume_m3"].sum())
    strata.loc[rows, "factor"] = factor_by_total(raw, official, what, accept=accept)
