"""The chooser: which roofs reach a share with the best value, up to one roof.

A share of the roof area is a knapsack: value over area, taken best first, solves the problem in which roofs may be cut.
Whole roofs then differ from that bound by the last roof only, which is the smallest one that still meets the share.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from guanghui.geo.errors import InputError

__all__ = ["OBJECTIVES", "Candidates", "Objective", "Taken", "choose", "linear_bound", "queue_of"]

Objective = Literal["energy", "cost", "lcoe"]
OBJECTIVES: tuple[Objective, ...] = ("energy", "cost", "lcoe")
_NEEDS = {"energy": (), "cost": ("capex_yuan",), "lcoe": ("lcoe_yuan_kwh",)}
_SLACK = 1e-9
_MAX_ROUNDS = 30


@dataclass(frozen=True)
class Candidates:
    """Roofs as arrays, shape (n,)."""

    ids: np.ndarray
    rank: np.ndarray
    """Order of the building class; equal where merit alone decides."""
    area: np.ndarray
    """Usable [m²]."""
    energy: np.ndarray
    """[kWh/a]."""
    capacity: np.ndarray
    """[kWp]."""
    capex: np.ndarray
    """[yuan]; NaN without prices."""
    yearly_cost: np.ndarray
    """Levelised cost times energy [yuan/a]; NaN without prices."""

    @classmethod
    def of(cls, roofs: pd.DataFrame, order: Sequence[str] | None, objective: str) -> Candidates:
        """Read the columns a choice needs.

        Parameters
        ----------
        roofs : pandas.DataFrame
            From :func:`pv.assess`, with money columns from :func:`pv.programme.money.appraise` where cost decides.
        order : sequence of str or None
            Building classes first to last; None for merit alone.
        objective : {"energy", "cost", "lcoe"}
            What is best.

        Raises
        ------
        InputError
            Unknown objective, or one that needs prices without prices.
        """
        if objective not in OBJECTIVES:
            raise InputError(
                f"[coverage] objective = {objective!r} is unknown; write energy, cost or lcoe.",
                f"[coverage] objective = {objective!r} 未知；请写 energy、cost 或 lcoe。",
            )
        missing = [c for c in _NEEDS[objective] if c not in roofs]
        if missing:
            raise InputError(
                f"[coverage] objective = {objective!r} needs prices ({missing[0]}); add [economics] to the file.",
                f"[coverage] objective = {objective!r} 需要价格（{missing[0]}）；请添加 [economics]。",
            )

        def numbers(column: str) -> np.ndarray:
            if column not in roofs:
                return np.full(len(roofs), np.nan)
            return roofs[column].to_numpy(float)

        place = {c: i for i, c in enumerate(order or ())}
        rank = roofs["building_class"].map(place).fillna(len(place)).to_numpy(int)
        energy = np.nan_to_num(numbers("yield_kwh"))
        cost = numbers("lcoe_yuan_kwh") * energy
        return cls(roofs["building_id"].to_numpy(), rank, numbers("usable_m2"), energy,
                   np.nan_to_num(numbers("capacity_kwp")), numbers("capex_yuan"), cost)  # fmt: skip


@dataclass(frozen=True)
class Taken:
    """What one phase takes of one group."""

    roofs: np.ndarray
    """Positions, in the order taken."""
    last_m2: float
    """Area of the roof taken last [m²]."""
    bound_by: str
    """``share``, ``budget``, ``capacity`` or ``roofs`` (there were no more)."""


def queue_of(c: Candidates, free: np.ndarray, loss: np.ndarray, per: np.ndarray) -> np.ndarray:
    """Free roofs in the order they are taken: class, then least loss per unit of ``per``; ties by id.

    Parameters
    ----------
    c : Candidates
        All roofs.
    free : numpy.ndarray
        Positions that may be taken.
    loss : numpy.ndarray
        What is kept small: minus the energy, or a cost; shape (n,).
    per : numpy.ndarray
        What is scarce: area, money or capacity; shape (n,).
    """
    usable = free[(c.area[free] > 0) & (per[free] > 0)]
    merit = loss[usable] / per[usable]
    merit = np.where(np.isnan(merit), np.inf, merit)
    return usable[np.lexsort((c.ids[usable].astype(str), merit, c.rank[usable]))]


def choose(
    c: Candidates,
    free: np.ndarray,
    need_m2: float,
    *,
    objective: Objective = "energy",
    rooms: Mapping[str, float] | None = None,
    built: tuple[float, float] = (0.0, 0.0),
) -> Taken:
    """Take roofs until an area is reached or a limit is met.

    Parameters
    ----------
    c : Candidates
        All roofs.
    free : numpy.ndarray
        Positions that may be taken.
    need_m2 : float
        Area to reach [m²]; infinite where only the limits count.
    objective : {"energy", "cost", "lcoe"}
        Most energy, least investment, or least levelised cost of the whole.
    rooms : mapping, optional
        ``budget`` [yuan] and ``capacity`` [kWp] that may not be exceeded.
    built : tuple of float
        Yearly cost and energy of what stands already; they weigh on the levelised cost.

    Returns
    -------
    Taken

    Notes
    -----
    Least levelised cost is a ratio of sums, solved by Dinkelbach (1967): roofs are ranked by cost less energy at the
    ratio of the last round until the ratio stays.
    """
    limits = {k: v for k, v in (rooms or {}).items() if np.isfinite(v)}
    use = {"budget": c.capex, "capacity": c.capacity}
    per = c.area
    if not np.isfinite(need_m2) and limits:
        per = use["budget" if "budget" in limits else "capacity"]
    size = c.capex if objective == "cost" else c.capacity
    if objective != "lcoe":
        queue = queue_of(c, free, -c.energy if objective == "energy" else c.capex, per)
        return _fill(c, queue, need_m2, size, use, limits)
    ratio = np.nansum(c.yearly_cost[free]) / max(float(c.energy[free].sum()), 1e-9)
    for _ in range(_MAX_ROUNDS):
        queue = queue_of(c, free, c.yearly_cost - ratio * c.energy, per)
        taken = _fill(c, queue, need_m2, size, use, limits)
        energy = float(c.energy[taken.roofs].sum()) + built[1]
        now = (float(c.yearly_cost[taken.roofs].sum()) + built[0]) / energy if energy > 0 else ratio
        if np.isclose(now, ratio, rtol=1e-12, atol=0.0):
            break
        ratio = now
    return taken


def _fill(
    c: Candidates,
    queue: np.ndarray,
    need: float,
    size: np.ndarray,
    use: Mapping[str, np.ndarray],
    limits: Mapping[str, float],
) -> Taken:
    """Take the head of a queue; the last roof is the smallest of its class that still meets the need."""
    slack = _SLACK * max(need, 1.0) if np.isfinite(need) else 0.0
    if need <= slack or len(queue) == 0:
        return Taken(queue[:0], 0.0, "share" if need <= slack else "roofs")
    enough = int(np.searchsorted(np.cumsum(c.area[queue]), need - slack))
    stop, bound = len(queue), "roofs"
    for name, room in limits.items():
        fits = int(np.searchsorted(np.cumsum(use[name][queue]), room * (1 + _SLACK), side="right"))
        if fits < stop:
            stop, bound = fits, name
    if stop <= enough and bound != "roofs":
        return _squeeze(c, queue, stop, bound, need, size, use, limits)
    if stop <= enough:
        return Taken(queue, float(c.area[queue[-1]]), bound)
    head, tail = queue[:enough], queue[enough:]
    good = (c.area[tail] >= need - slack - float(c.area[head].sum())) & (c.rank[tail] == c.rank[tail[0]])
    for name, room in limits.items():
        good &= use[name][tail] <= room * (1 + _SLACK) - float(use[name][head].sum())
    good[0] = True
    fitting = tail[good]
    last = fitting[np.argmin(size[fitting])]
    return Taken(np.append(head, last), float(c.area[last]), "share")


def _squeeze(
    c: Candidates,
    queue: np.ndarray,
    stop: int,
    bound: str,
    need: float,
    size: np.ndarray,
    use: Mapping[str, np.ndarray],
    limits: Mapping[str, float],
) -> Taken:
    """Take what comes before the first roof that breaks a limit, and go on with those behind it that still fit."""
    head = queue[:stop]
    left = {name: room - float(use[name][head].sum()) for name, room in limits.items()}
    fits = np.ones(len(queue) - stop, dtype=bool)
    for name, room in left.items():
        fits &= use[name][queue[stop:]] <= room
    more = _fill(c, queue[stop:][fits], need - float(c.area[head].sum()), size, use, left)
    taken = np.append(head, more.roofs)
    last = float(c.area[taken[-1]]) if len(taken) else 0.0
    return Taken(taken, last, "share" if more.bound_by == "share" else bound)


def linear_bound(c: Candidates, free: np.ndarray, need_m2: float, objective: Objective = "energy") -> float:
    """Best value if roofs could be cut: the closed form of the fractional knapsack.

    Parameters
    ----------
    c : Candidates
        All roofs.
    free : numpy.ndarray
        Positions that may be taken.
    need_m2 : float
        Area to reach exactly [m²].
    objective : {"energy", "cost"}
        Most energy [kWh] or least investment [yuan].
    """
    value = c.energy if objective == "energy" else c.capex
    queue = queue_of(c, free, -value if objective == "energy" else value, c.area)
    before = np.concatenate(([0.0], np.cumsum(c.area[queue])[:-1]))
    part = np.clip((need_m2 - before) / c.area[queue], 0.0, 1.0)
    return float((part * value[queue]).sum())
