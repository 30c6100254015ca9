"""Colours and classes: ramps that colour-blind readers can follow, class limits in round numbers, legends."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = [
    "BUILDING_COLOURS",
    "NEUTRAL",
    "PHASE_COLOURS",
    "RAMPS",
    "Categories",
    "Ramp",
    "phase_colours",
    "round_breaks",
]

NEUTRAL = "#c3c9c8"
"""Roofs that are not chosen, cells without a class."""

RAMPS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "sun": ("#fae6b1", "#f6c968", "#eda53a", "#d97d1c", "#b35711", "#7c3410"),
        "carbon": ("#eef2cf", "#cfe0a5", "#9dc98a", "#62aa78", "#33876b", "#17605c", "#0c3d49"),
        "sun_areas": ("#fbf0d2", "#f8dc99", "#f0bb60", "#e2943c", "#c46c24"),
        "carbon_areas": ("#f0f4d6", "#d3e3ae", "#a3cc92", "#6bb080", "#3c8f72"),
        "loss": ("#efe9f3", "#d3c5e0", "#b39bcb", "#8f6eb1", "#6a4491", "#45226b"),
        "change": ("#6b2a86", "#a678b8", "#d9c6de", "#f2f1ec", "#c0dfb9", "#6bb073", "#1b6d3c"),
        "water": ("#e3eef5", "#b5d2e6", "#7fb0d3", "#4a8abb", "#265f94", "#123c66"),
    }
)
"""Light to dark; lightness alone tells the order, so that they survive grey print. ``change`` has two ends."""
PHASE_COLOURS = ("#6e2b0c", "#c4611a", "#efae44", "#f7d999")
"""Phases from the first on: what comes first is darkest."""
BUILDING_COLOURS: Mapping[str, str] = MappingProxyType(
    {
        "government": "#0b5f99",
        "public": "#56b1e0",
        "industrial": "#cf5a12",
        "commercial": "#c577a2",
        "warehouse": "#e5a417",
        "residential": "#0f8f6c",
        "rural_residential": "#9cbf6a",
        "other": "#8d9499",
    }
)
_ROUND = (1.0, 1.5, 2.0, 3.0, 5.0, 7.0)
_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
_SKEWED = 8.0


@dataclass(frozen=True)
class Ramp:
    """Classes of a quantity: colour ``i`` holds values from ``breaks[i - 1]`` up to below ``breaks[i]``."""

    unit: str
    breaks: tuple[float, ...]
    colours: tuple[str, ...]

    def __post_init__(self) -> None:
        if len(self.colours) != len(self.breaks) + 1:
            raise ValueError(f"{len(self.breaks)} limits need {len(self.breaks) + 1} colours, got {len(self.colours)}")

    def classify(self, values: npt.ArrayLike) -> npt.NDArray[np.int64]:
        """Position of the colour of every value, -1 where it is not finite.

        Parameters
        ----------
        values : array_like
            In the unit of the breaks.

        Returns
        -------
        numpy.ndarray
            Shape as given.
        """
        array = np.asarray(values, dtype=float)
        place = np.searchsorted(np.asarray(self.breaks), array, side="right")
        return np.where(np.isfinite(array), place, -1)

    def payload(self) -> dict[str, Any]:
        """Legend for the page."""
        return {"type": "ramp", "unit": self.unit, "breaks": list(self.breaks), "colors": list(self.colours)}


@dataclass(frozen=True)
class Categories:
    """Classes with names: code, label in Chinese and English, colour."""

    items: tuple[tuple[Any, str, str, str], ...]

    def places(self, values: Iterable[Any]) -> npt.NDArray[np.int64]:
        """Position of every value among the classes.

        Parameters
        ----------
        values : iterable of object
            Codes of the classes.

        Returns
        -------
        numpy.ndarray
            Shape (n,).

        Raises
        ------
        KeyError
            If a value is none of the classes.
        """
        place = {item[0]: i for i, item in enumerate(self.items)}
        return np.array([place[value] for value in values], dtype=np.int64)

    def payload(self) -> dict[str, Any]:
        """Legend for the page."""
        rows = [{"code": code, "label": [zh, en], "color": colour} for code, zh, en, colour in self.items]
        return {"type": "categories", "items": rows}


def ramp(name: str, unit: str, breaks: Sequence[float]) -> Ramp:
    """Ramp with as many colours as the class limits need, spread over the whole of it.

    Parameters
    ----------
    name : str
        Key of ``RAMPS``.
    unit : str
        Key of ``maps.words.numbers.UNITS``.
    breaks : sequence of float
        Rising limits between classes.
    """
    colours = RAMPS[name]
    count = len(breaks) + 1
    if count == 1:
        return Ramp(unit, (), (colours[len(colours) // 2],))
    picks = np.linspace(0, len(colours) - 1, count)
    return Ramp(unit, tuple(float(b) for b in breaks), tuple(_between(colours, float(p)) for p in picks))


def _between(colours: Sequence[str], place: float) -> str:
    low = min(int(place), len(colours) - 2)
    part = place - low
    ends = [[int(c[i : i + 2], 16) for i in (1, 3, 5)] for c in colours[low : low + 2]]
    mixed = [round(a + (b - a) * part) for a, b in zip(*ends, strict=True)]
    return "#{:02x}{:02x}{:02x}".format(*mixed)


def round_breaks(values: npt.ArrayLike, classes: int = 6) -> tuple[float, ...]:
    """Limits between classes in round numbers.

    Even steps where values are of one size; round steps that follow the quantiles, the few large ones apart, where they
    span decades (the yields of cottages and of factory halls).

    Parameters
    ----------
    values : array-like
        What is to be classed; what is not finite is left out.
    classes : int, default 6
        At most so many classes.

    Returns
    -------
    tuple of float
        Rising limits, at most ``classes - 1``; empty when all values are one.

    Examples
    --------
    >>> round_breaks([810, 1040, 900, 950, 1000, 870], classes=5)
    (850.0, 900.0, 950.0, 1000.0)
    >>> round_breaks([0, 0, 3, 4, 5, 6, 8, 9, 40, 700], classes=4)
    (5.0, 30.0, 500.0)
    """
    array = np.asarray(values, dtype=float)
    array = array[np.isfinite(array)]
    if array.size == 0 or array.min() == array.max():
        return ()
    low, high = np.quantile(array, [0.02, 0.98])
    there = array[array > 0]  # roofs that bear nothing say nothing of the others
    least = float(np.quantile(there, 0.02)) if there.size and array.min() >= 0 else 0.0
    if least > 0 and high / least > _SKEWED:
        wanted = np.quantile(there, 1 - np.geomspace(0.85, 0.04, classes - 1))
        found = sorted({_rounded(v) for v in wanted})
    else:
        found = _even(low, high, classes)
    return tuple(v for v in found if array.min() < v <= array.max())


def _rounded(value: float) -> float:
    """Nearest of 1, 1.5, 2, 3, 5, 7 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(value))
    best = min((*_ROUND, 10.0), key=lambda m: abs(math.log(m * power / value)))
    return float(f"{best * power:.12g}")


def _even(low: float, high: float, classes: int) -> list[float]:
    span = max(high - low, abs(high) * 1e-9)
    power = 10.0 ** math.floor(math.log10(span / classes))
    step = next(m * power for m in _STEPS if span / (m * power) <= classes)
    first = math.ceil(low / step)
    found = [float(f"{i * step:.12g}") for i in range(first, math.floor(high / step) + 1)]
    return found[: classes - 1] if len(found) < classes else found[len(found) - classes + 1 :]


def phase_colours(years: Sequence[int]) -> dict[int, str]:
    """Colour of every phase year, the first darkest.

    Parameters
    ----------
    years : sequence of int
        Years of the phases.

    Returns
    -------
    dict
        ``#rrggbb`` by year; more years than ``PHASE_COLOURS`` get colours between.
    """
    order = sorted(years)
    if len(order) <= len(PHASE_COLOURS):
        return dict(zip(order, PHASE_COLOURS, strict=False))
    places = np.linspace(0, len(PHASE_COLOURS) - 1, len(order))
    return {year: _between(PHASE_COLOURS, float(p)) for year, p in zip(order, places, strict=True)}
