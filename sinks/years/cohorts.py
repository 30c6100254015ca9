"""Trees of the ledger: what stands, what an event reaches of it, what is planted after."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from guanghui.sinks.carbon.growth import growth_curve
from guanghui.sinks.factors.table import Factors
from guanghui.sinks.land.aged import AgedStratum

__all__ = ["SLACK", "AgedTrees", "Event", "Forest", "Planted", "Standing", "touched_by", "trees_by_age"]

Floats = npt.NDArray[np.float64]
SLACK = 1e-6
"""What an event may take beyond what stands [1]: rounding."""


@dataclass(frozen=True)
class AgedTrees:
    """Trees of known age, a row an age of a stratum, in the order of the townships."""

    town: npt.NDArray[np.int64]
    """Position of the township."""
    age: Floats
    """In the first year [yr]."""
    area_ha: Floats
    carbon_tc: Floats
    """At the beginning of each year and at the end of the last [t C], shape (rows, years + 1)."""


@dataclass(frozen=True)
class Forest:
    """Trees of the townships in the first year; all arrays have a row a township."""

    codes: tuple[str, ...]
    area_ha: Floats
    volume_m3: Floats
    ageless_tc: Floats
    """Living trees whose age is not known [t C]; they grow by ``rate``."""
    aged_tc: Floats
    """Living trees of known age [t C]."""
    aged_gain_tc: Floats
    """What these gain in each year [t C], shape (townships, years)."""
    rate: Floats
    """Growth of the trees of unknown age in each year [yr⁻¹], shape (years,)."""
    parts: Floats
    """Shares of stem, crown and root in the living trees, shape (townships, 3)."""
    works_tc: Floats
    """What the works of the plan add in each year [t C], shape (townships, years)."""
    ages: AgedTrees | None = None
    """The trees of known age one age at a time, where events are to take the oldest first."""


@dataclass(frozen=True)
class Event:
    """One row of the events in plain numbers."""

    kind: str
    year: int
    code: str
    area_ha: float
    volume_m3: float
    living_tc: float
    killed: float
    removed: float
    replanted: str
    oldest: bool


class Standing:
    """Trees of known age that still stand, a row an age where ages are told apart, else a row a township."""

    def __init__(self, forest: Forest, years: int) -> None:
        count = len(forest.codes)
        if forest.ages is None:
            gained = np.cumsum(forest.aged_gain_tc, axis=1)
            held = np.hstack([forest.aged_tc[:, None], forest.aged_tc[:, None] + gained])
            none = np.full(count, np.nan)
            self._trees = AgedTrees(np.arange(count), none, none, held)
        else:
            self._trees = forest.ages
        self._count = count
        self._ends = np.searchsorted(self._trees.town, np.arange(count + 1))
        self._left = np.ones(len(self._trees.town))

    def carbon(self, year: int) -> Floats:
        """Carbon of every township at the beginning of a year [t C].

        Parameters
        ----------
        year : int
            Years since the first.
        """
        weights = self._left * self._trees.carbon_tc[:, year]
        return np.bincount(self._trees.town, weights, self._count).astype(np.float64)

    def of(self, town: int, year: int) -> float:
        """Carbon of a township at the beginning of a year [t C].

        Parameters
        ----------
        town : int
            Position of the township.
        year : int
            Years since the first.
        """
        mine = slice(self._ends[town], self._ends[town + 1])
        return float(self._left[mine] @ self._trees.carbon_tc[mine, year])

    def keep(self, town: int, share: float) -> None:
        """Leave a part of all trees of a township.

        Parameters
        ----------
        town : int
            Position of the township.
        share : float
            [1].
        """
        self._left[self._ends[town] : self._ends[town + 1]] *= share

    def oldest(self, town: int, year: int, event: Event, per_m3: float) -> tuple[float, float]:
        """Take the oldest trees of a township; carbon [t C] and area [ha] that an event reaches.

        Of trees of an age the part of an event that dies goes, so that one that kills half passes over them.

        Parameters
        ----------
        town : int
            Position of the township.
        year : int
            Years since the first.
        event : Event
            With an area, a volume or a carbon.
        per_m3 : float
            Living carbon of a cubic metre of the township [t C m⁻³].
        """
        mine = slice(self._ends[town], self._ends[town + 1])
        order = np.argsort(-self._trees.age[mine], kind="stable") + self._ends[town]
        carbon = self._left[order] * self._trees.carbon_tc[order, year]
        area = self._left[order] * self._trees.area_ha[order]
        by_area = not math.isnan(event.area_ha) and math.isnan(event.living_tc)
        want = (
            event.area_ha if by_area else event.volume_m3 * per_m3 if math.isnan(event.living_tc) else event.living_tc
        )
        size = area if by_area else carbon
        before = np.cumsum(size) - size
        part = np.clip(np.divide(want - before, size, out=np.zeros(len(size)), where=size > 0), 0.0, 1.0)
        if want > size.sum() * (1 + SLACK):
            return (math.inf, math.inf)
        self._left[order] *= 1 - part * event.killed
        return float(part @ carbon), float(part @ area)


class Planted:
    """What was planted after events, by species group, township and year."""

    def __init__(self, townships: int, years: int, factors: Factors, method: str) -> None:
        self._shape, self._factors, self._method = (townships, years), factors, method
        self._area: dict[str, Floats] = {}
        self._steps: dict[str, Floats] = {}

    def plant(self, group: str, township: int, year: int, area_ha: float) -> None:
        """Plant land at the end of a year.

        Parameters
        ----------
        group : str
            Species group.
        township : int
            Position of the township.
        year : int
            Years since the first.
        area_ha : float
            [ha].
        """
        if group not in self._area:
            self._area[group] = np.zeros(self._shape)
            curve = growth_curve(group, self._factors, method=self._method)
            self._steps[group] = np.diff(curve.table(self._shape[1]))
        self._area[group][township, year] += area_ha

    def gain(self, year: int) -> Floats:
        """Gain of a year by township [t C].

        Parameters
        ----------
        year : int
            Years since the first.
        """
        total = np.zeros(self._shape[0])
        if year:
            for group, area in self._area.items():
                total += area[:, :year] @ self._steps[group][:year][::-1]
        return total


def touched_by(event: Event, living: float, stands_ha: float, per_m3: float) -> tuple[float, float]:
    """Carbon of the living trees an event reaches [t C], and its area [ha].

    Parameters
    ----------
    event : Event
        With an area, a volume or a carbon.
    living : float
        Living trees of the township [t C].
    stands_ha : float
        Forest of the township [ha].
    per_m3 : float
        Living carbon of a cubic metre [t C m⁻³].
    """
    if not math.isnan(event.living_tc):
        return event.living_tc, event.area_ha
    if not math.isnan(event.volume_m3):
        carbon = event.volume_m3 * per_m3
        return carbon, stands_ha * carbon / living if living > 0 else 0.0
    return (living * event.area_ha / stands_ha if stands_ha > 0 else math.inf), event.area_ha


def trees_by_age(stands: Sequence[AgedStratum], place: Mapping[str, int], years: int, over: Floats) -> AgedTrees:
    """Trees of known age one age at a time.

    Parameters
    ----------
    stands : sequence of AgedStratum
        Without use.
    place : mapping
        Code of a township -> its position.
    years : int
        Of the account.
    over : numpy.ndarray
        What is held over what the strata hold, by township [1].
    """
    town = np.repeat([place[s.code] for s in stands], [len(s.ages) for s in stands])
    age = np.concatenate([s.ages for s in stands])
    area = np.concatenate([np.full(len(s.ages), s.area_ha / len(s.ages)) for s in stands])
    carbon = np.concatenate([s.by_age_tc(years) for s in stands])
    carbon += (carbon[:, :1] * over[town][:, None]) - carbon[:, :1]
    order = np.argsort(town, kind="stable")
    return AgedTrees(town[order].astype(np.int64), age[order], area[order], carbon[order])
