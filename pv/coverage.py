"""The coverage plan: which roofs are built by when, so that each year's share of the available roof is met.

*Available* is the usable area of the roofs surveyed (the plans' 可利用屋顶). Phases nest: what is built stays built.
Within a phase roofs are taken in the order of the building classes, best merit first inside a class; the last roof is
the one that overshoots least.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from data import read_table
from geo.errors import InputError, listing

__all__ = ["CLASS_ORDER", "CoveragePlan", "coverage_plan", "grid_co2_kg_kwh"]

CLASS_ORDER = (
    "government", "public", "industrial", "commercial", "warehouse", "residential", "rural_residential", "other",
)  # fmt: skip
"""Order of the 共青城 plan: 党政机关, 公共建筑, 企业厂房, 仓库, then 居民; shops stand with the enterprises."""
_TABLE_SUMS = ("roofs", "usable_m2", "capacity_kwp", "yield_kwh", "avoided_co2_t")


@dataclass(frozen=True)
class CoveragePlan:
    """The programme: a year for every roof, and the sums."""

    phase: pd.Series
    """Year each roof is built, 0 where it is not in the programme; index is ``building_id``."""
    shares: dict[int, float]
    """Year -> share of the available area asked for [1]."""
    available_m2: float
    """Usable area of all roofs [m²]."""
    reached: pd.DataFrame
    """By year: target and reached share [1], overshoot [m²], area of the roof taken last [m²]."""
    table: pd.DataFrame
    """By year (cumulative), township and class: roofs, usable_m2, capacity_kwp, yield_kwh, avoided_co2_t."""
    co2_kg_kwh: float
    """Emission factor behind ``avoided_co2_t`` [kg/kWh]."""

    def total(self, year: int | None = None) -> pd.Series:
        """Sums of the programme at the end of a year (the last by default)."""
        when = max(self.shares) if year is None else year
        return self.table[self.table["year"] == when][list(_TABLE_SUMS)].sum()


def grid_co2_kg_kwh(region: str = "national", year: int | None = None) -> tuple[float, str]:
    """Emission factor of grid electricity.

    Parameters
    ----------
    region : str, default "national"
        As in ``factors/grid_co2.csv``.
    year : int, optional
        The newest by default.

    Returns
    -------
    tuple of float and str
        [kg CO2/kWh] and its source.

    Raises
    ------
    InputError
        If there is no such row.
    """
    table = read_table("factors", "grid_co2.csv")
    rows = table[table["region"] == region]
    if year is not None:
        rows = rows[rows["year"] == year]
    if rows.empty:
        have = listing(f"{r} {y}" for r, y in zip(table["region"], table["year"], strict=True))
        raise InputError(f"[coverage] grid: there is no emission factor for {region!r} {year or ''}; there are {have}.")
    row = rows.loc[rows["year"].idxmax()]
    return float(row["value"]), f"{row['name_zh']} {row['year']}: {row['source']}"


def coverage_plan(
    roofs: pd.DataFrame,
    phases: Mapping[int, float],
    *,
    order: Sequence[str] | None = CLASS_ORDER,
    merit: str = "specific_yield_kwh_kwp",
    co2_kg_kwh: float | None = None,
) -> CoveragePlan:
    """Choose roofs year by year.

    Parameters
    ----------
    roofs : pandas.DataFrame
        From :func:`pv.assess`.
    phases : mapping of int to float
        Year -> share of the available area developed by its end [1]; shares must not fall.
    order : sequence of str, optional
        Building classes first to last; None chooses by merit alone.
    merit : str, default "specific_yield_kwh_kwp"
        Column by which roofs of a class are taken, highest first.
    co2_kg_kwh : float, optional
        Emission factor of the electricity replaced; the newest national one by default.

    Returns
    -------
    CoveragePlan

    Raises
    ------
    InputError
        Shares outside (0, 1] or falling, or no usable roof at all.
    """
    shares = {int(y): float(s) for y, s in sorted(phases.items())}
    _check(shares)
    available = roofs["usable_m2"].to_numpy(float)
    total = float(available.sum())
    if total <= 0:
        raise InputError("coverage: no roof has usable area; relax [pv] setback_m, min_patch_m2 or min_sun_share.")
    queue = _queue(roofs, order, merit)
    phase = np.zeros(len(roofs), dtype=int)
    rows = []
    built = last = 0.0
    for year, share in shares.items():
        taken, built = _fill(queue, available, share * total, built)
        last = float(available[taken[-1]]) if len(taken) else last
        phase[taken] = year
        queue = queue[~np.isin(queue, taken)]
        rows.append({"year": year, "target_share": share, "reached_share": built / total,
                     "overshoot_m2": max(built - share * total, 0.0), "last_roof_m2": last})  # fmt: skip
    factor = grid_co2_kg_kwh()[0] if co2_kg_kwh is None else co2_kg_kwh
    years = pd.Series(phase, index=pd.Index(roofs["building_id"], name="building_id"), name="phase")
    return CoveragePlan(years, shares, total, pd.DataFrame(rows), _table(roofs, phase, shares, factor), factor)


def _check(shares: Mapping[int, float]) -> None:
    if not shares:
        raise InputError("[coverage] phases is empty; give at least one year and share.")
    for year, share in shares.items():
        if not 0 < share <= 1:
            raise InputError(
                f"[coverage] phases: share {share:g} of {year} is no share between 0 and 1; write 0.30 for 30 %."
            )
    values = list(shares.values())
    if any(b < a for a, b in itertools.pairwise(values)):
        raise InputError(f"[coverage] phases: shares {listing(values)} fall; what is built stays built.")


def _queue(roofs: pd.DataFrame, order: Sequence[str] | None, merit: str) -> np.ndarray:
    """Positions of usable roofs in the order they are taken; ties go by id, so row order never matters."""
    rank = roofs["building_class"].map({c: i for i, c in enumerate(order)}).fillna(len(order)) if order else 0
    keys = pd.DataFrame(
        {"rank": rank, "merit": -roofs[merit].fillna(-np.inf).to_numpy(float), "id": roofs["building_id"].to_numpy()},
        index=np.arange(len(roofs)),
    )
    usable = roofs["usable_m2"].to_numpy(float) > 0
    return keys[usable].sort_values(["rank", "merit", "id"]).index.to_numpy()


def _fill(queue: np.ndarray, area: np.ndarray, target: float, built: float) -> tuple[np.ndarray, float]:
    """Take roofs until the target is met; the last one is the smallest that still meets it."""
    slack = 1e-9 * max(target, 1.0)
    if built >= target - slack or len(queue) == 0:
        return queue[:0], built
    reached = built + np.cumsum(area[queue])
    enough = int(np.searchsorted(reached, target - slack))
    if enough >= len(queue):
        return queue, float(reached[-1])
    head, tail = queue[:enough], queue[enough:]
    before = float(reached[enough - 1]) if enough else built
    fits = tail[area[tail] >= target - slack - before]
    last = fits[np.argmin(area[fits])]
    return np.append(head, last), before + float(area[last])


def _table(roofs: pd.DataFrame, phase: np.ndarray, shares: Mapping[int, float], factor: float) -> pd.DataFrame:
    """Cumulative sums by year, township and class."""
    base = pd.DataFrame(
        {
            "township_code": roofs["township_code"].to_numpy(),
            "township": roofs["township"].to_numpy(),
            "building_class": roofs["building_class"].to_numpy(),
            "roofs": 1,
            "usable_m2": roofs["usable_m2"].to_numpy(float),
            "capacity_kwp": roofs["capacity_kwp"].to_numpy(float),
            "yield_kwh": roofs["yield_kwh"].to_numpy(float),
        }
    )
    base["avoided_co2_t"] = base["yield_kwh"] * factor / 1000.0
    parts = []
    for year in shares:
        built = base[(phase > 0) & (phase <= year)]
        keys = ["township_code", "township", "building_class"]
        parts.append(built.groupby(keys, as_index=False)[list(_TABLE_SUMS)].sum().assign(year=year))
    table = pd.concat(parts, ignore_index=True)
    return table[["year", "township_code", "township", "building_class", *_TABLE_SUMS]]
