"""Blue carbon: what coastal land gathers year by year, and gives up slowly after it is destroyed.

The book-keeping of the coastal blue carbon model of InVEST: a class starts from its stock when it is there at the first
date and from nothing when it comes later, gathers a fixed amount a year, and on being destroyed loses a part of what it
held by exponential decay until the land changes again. Litter counts only while the first class lasts; that is how the
model does it, and it is kept for comparison.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from guanghui.geo.errors import InputError

__all__ = ["CoastalClass", "net_by_period"]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class CoastalClass:
    """Carbon of a class of coastal land, per hectare."""

    biomass: float = 0.0
    """Stock where the class is there from the beginning [t C/ha]."""
    soil: float = 0.0
    litter: float = 0.0
    biomass_gain: float = 0.0
    """Gathered in a year [t C/ha/yr]."""
    soil_gain: float = 0.0
    litter_gain: float = 0.0
    biomass_half_life: float = np.inf
    """Years in which half of what is lost is gone."""
    soil_half_life: float = np.inf
    biomass_loss: float = 1.0
    """Part lost when the class is destroyed [1]."""
    soil_loss: float = 1.0
    gathers: bool = True
    """False for land that holds nothing (a lot, a pond wall): a change to it destroys what was there."""


def net_by_period(
    history: Sequence[str], years: Sequence[int], end: int, classes: Mapping[str, CoastalClass]
) -> Floats:
    """Net carbon gathered by a hectare in each period between the dates.

    Parameters
    ----------
    history : sequence of str
        Class at each date.
    years : sequence of int
        Dates, rising.
    end : int
        Year the last period ends.
    classes : mapping
        Class -> its carbon.

    Returns
    -------
    numpy.ndarray
        Net of each period [t C/ha], positive when gathered, shape (dates,).

    Raises
    ------
    InputError
        Dates that do not rise, a class that is not described.
    """
    ends = [*years[1:], end]
    if len(history) != len(years) or any(b <= a for a, b in zip(years, ends, strict=True)):
        raise InputError(
            "blue carbon: one class a date, and dates that rise to the end year.",
            "蓝碳：每个日期一个类别，且日期递增至终止年。",
        )
    unknown = sorted(set(history) - set(classes))
    if unknown:
        raise InputError(
            f"blue carbon: class {unknown[0]!r} is not described.", f"蓝碳：类别 {unknown[0]!r} 没有说明。"
        )
    first = classes[history[0]]
    held = np.array([first.biomass, first.soil])
    lost, half_lives, since = np.zeros(2), np.ones(2), 0
    out = np.zeros(len(years))
    for i, (name, start, stop) in enumerate(zip(history, years, ends, strict=True)):
        now, before = classes[name], classes[history[i - 1]] if i else None
        span = stop - start
        if now.gathers:
            if before is not None and not before.gathers:
                held, lost = np.zeros(2), np.zeros(2)
            gain = np.array([now.biomass_gain, now.soil_gain])
            out[i] = span * (gain.sum() + (now.litter_gain if i == 0 else 0.0))
            held = held + span * gain
            continue
        if before is not None and before.gathers:
            lost, since = held * [before.biomass_loss, before.soil_loss], start
            half_lives = np.array([before.biomass_half_life, before.soil_half_life])
        out[i] = -float(lost @ (0.5 ** ((start - since) / half_lives) - 0.5 ** ((stop - since) / half_lives)))
    return out
