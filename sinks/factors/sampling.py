"""Where the next field plot narrows the range of the carbon stock most.

A plot measures the mean of one thing on one kind of land: soil of arable land, litter of pine. With the standard
uncertainty *u* of that mean in the county, and plots that differ from it by *s*, the mean after *n* plots has the
variance u² s² / (s² + n u²); the variance of the stock falls by what the account takes from that mean. *s* is the
published spread between plots, never below *u*; where none is published, *u* itself.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from guanghui.geo.legends import land_class, land_classes
from guanghui.geo.units import Z95
from guanghui.sinks.factors.account import Account
from guanghui.sinks.factors.table import Factor, pool_labels, species_groups

__all__ = ["PLOTS", "next_plots"]

PLOTS = (1, 10)
"""Numbers of plots whose worth is told."""
_MEASURED = {
    **{pool: pool for pool in ("above", "below", "understorey", "dead", "litter", "soil")},
    "soc_content": "soil",
}
"""Quantities of factors that a plot measures -> pool."""
_COLUMNS = ["class", "land_zh", "land_en", "pool", "pool_zh", "pool_en", "code", "name",
            "area_ha", "variance_pct", "spread_pct", "spread_known", "now_tc", "after_1_tc", "after_10_tc",
            "narrower_1_pct", "narrower_10_pct"]  # fmt: skip


def next_plots(account: Account, names: Mapping[str, str], *, most: int = 8) -> pd.DataFrame:
    """Rank what could be measured by how much one more plot narrows the 95 % range of the whole stock.

    Parameters
    ----------
    account : Account
        Stock with the keys ``code``, ``class``, ``pool``.
    names : mapping
        Code of a township -> name.
    most : int, default 8
        Rows at the most.

    Returns
    -------
    pandas.DataFrame
        ``class`` and ``pool``; ``land_zh`` and ``land_en``: the class, or the kind of trees or of land in it whose mean
        it is, ``pool_zh`` and ``pool_en``, ``code`` and ``name`` of the township with most of it, ``area_ha`` of the
        class (of those trees) in all townships, ``variance_pct`` (its share of the variance of the stock),
        ``spread_pct`` (between plots, of the mean), ``spread_known`` (published), half the range of the stock now and
        after 1 and 10 plots (``now_tc``, ``after_1_tc``, ``after_10_tc`` [t C]) and by how much it is narrower [%].
        Errors are propagated as :meth:`Account.propagated_sd` does; no row where nothing measurable has a range.
    """
    whole = float(account.propagated_sd().sum())
    if not whole > 0:
        return pd.DataFrame(columns=_COLUMNS)
    slopes = [c.slopes() for c in account.coefficients]
    measured = {f.id: f for c in account.coefficients for f in c.factors.values() if f.quantity in _MEASURED}
    rows = []
    for mean in dict.fromkeys(f.drawn_as for f in measured.values()):
        alike = [f for f in measured.values() if f.drawn_as == mean]
        slope = np.array([sum(s.get(f.id, 0.0) * f.sd for f in alike) for s in slopes])
        moved = account.lines.assign(moved=account.lines["amount"] * slope[account.lines["coefficient"].to_numpy()])
        moved = moved[moved["moved"] != 0]
        part = float(moved["moved"].sum()) ** 2
        if part > 0:
            rows.append(_row(alike[0], moved, part, whole, names))
    frame = pd.DataFrame(rows, columns=_COLUMNS)
    return (
        frame.sort_values(["narrower_1_pct", "pool", "class"], ascending=[False, True, True])
        .head(most)
        .reset_index(drop=True)
    )


def _row(factor: Factor, moved: pd.DataFrame, part: float, whole: float, names: Mapping[str, str]) -> dict[str, object]:
    by_class = moved.groupby("class")["moved"].sum().abs()
    key = str(by_class.idxmax())
    own = moved[moved["class"] == key]
    code = str(own.groupby("code")["moved"].sum().abs().idxmax())
    pool = _MEASURED[factor.quantity]
    known = bool(factor.plots_sd > 0)
    ratio = max(factor.plots_sd / factor.sd, 1.0) ** 2 if known else 1.0
    after = {n: float(np.sqrt(max(whole**2 - part * n / (ratio + n), 0.0))) for n in PLOTS}
    land_zh, land_en = _land(key, factor.subject)
    return {
        "class": key, "land_zh": land_zh, "land_en": land_en,
        "pool": pool, "pool_zh": pool_labels().loc[pool, "label_zh"], "pool_en": pool_labels().loc[pool, "label_en"],
        "code": code, "name": names.get(code, ""), "area_ha": float(own["amount"].sum()),
        "variance_pct": 100 * part / whole**2, "spread_pct": 100 * np.sqrt(ratio) * factor.sd / factor.value,
        "spread_known": known, "now_tc": Z95 * whole,
        **{f"after_{n}_tc": Z95 * sd for n, sd in after.items()},
        **{f"narrower_{n}_pct": 100 * (1 - sd / whole) for n, sd in after.items()},
    }  # fmt: skip


def _land(key: str, subject: str) -> tuple[str, str]:
    """What is measured: trees of a kind, a kind of land within a class that holds several, or the class."""
    species, whole, part = species_groups(), land_class(key), land_classes().get(subject)
    if subject in species.index and species.loc[subject, "label_zh"] != whole.label_zh:
        return str(species.loc[subject, "label_zh"]), str(species.loc[subject, "label_en"])
    if part is None or part.parent != key:
        return whole.label_zh, whole.label_en
    return f"{whole.label_zh}：{part.label_zh}", f"{whole.label_en}: {part.label_en}"
