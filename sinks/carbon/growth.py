"""Growth of stands with age: curves through the age classes of the plots, and nothing beyond them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.optimize import least_squares

from guanghui.geo.errors import InputError
from guanghui.sinks.factors.table import Factor, Factors, load_factors, species_lineage

__all__ = ["AGE_CLASSES", "GrowthCurve", "age_points", "growth_curve"]

Floats = npt.NDArray[np.float64]

AGE_CLASSES: Mapping[str, tuple[str, str]] = MappingProxyType({
    "young": ("幼龄林", "young"),
    "middle": ("中龄林", "middle-aged"),
    "near_mature": ("近熟林", "near-mature"),
    "mature": ("成熟林", "mature"),
    "over_mature": ("过熟林", "over-mature"),
})  # fmt: skip
_SHAPE = (1.0, 4.0)
_RATE = (0.01, 0.25)
_LAST_STRETCH = 1.5
_HOLD, _MARGIN = 20.0, 1.02


@dataclass(frozen=True)
class GrowthCurve:
    """Chapman-Richards curve ``C(t) = A (1 − exp(−k t))^p`` of a species group."""

    group: str
    origin: str
    """``planted`` or ``natural``."""
    asymptote_tc_ha: float
    rate: float
    """k [yr⁻¹]."""
    shape: float
    """p [1]."""
    spread: Factor
    """Factor whose relative uncertainty the whole curve carries: the middle age class."""

    def density(self, age: npt.ArrayLike) -> Floats:
        """Carbon of the living trees at an age [t C/ha]; nothing before planting."""
        t = np.maximum(np.asarray(age, float), 0.0)
        return self.asymptote_tc_ha * (1 - np.exp(-self.rate * t)) ** self.shape

    def table(self, ages: int) -> Floats:
        """Density at the ages 0 … ``ages`` [t C/ha]."""
        return self.density(np.arange(ages + 1))


def age_points(group: str, factors: Factors, origin: str = "planted") -> pd.DataFrame:
    """Age classes of a group: middle age and density of the plots, with their range.

    Parameters
    ----------
    group : str
        Species group; the nearest group with at least two classes stands in.
    factors : Factors
        Tables.
    origin : {"planted", "natural"}
        Planted or natural stands.

    Returns
    -------
    pandas.DataFrame
        Index age class; ``age`` [yr], ``density``, ``low``, ``high`` [t C/ha], ``factor`` (id).

    Raises
    ------
    InputError
        If the origin is not known.
    """
    if origin not in ("planted", "natural"):
        raise InputError(
            f"growth: stands are planted or natural, not {origin!r}.", f"growth：林分只分人工或天然，而非 {origin!r}。"
        )
    line = species_lineage(group)
    for subject in line:
        found = {c: f"growth.{subject}.{origin}_{c}" for c in AGE_CLASSES}
        rows = {c: factors[i] for c, i in found.items() if i in factors}
        if len(rows) >= 2:
            break
    ages = _middle_ages(line, factors)
    out = {
        c: {"age": ages[c], "density": f.value, "low": f.low, "high": f.high, "factor": f.id} for c, f in rows.items()
    }
    return pd.DataFrame.from_dict(out, orient="index")


def _middle_ages(line: tuple[str, ...], factors: Factors) -> dict[str, float]:
    names = list(AGE_CLASSES)
    ends = [factors.find(f"age_end_{c}", line).value for c in names[:-1]]
    starts = [0.0, *ends]
    return {c: (a + b) / 2 for c, a, b in zip(names, starts, [*ends, ends[-1] * _LAST_STRETCH], strict=True)}


@lru_cache(maxsize=64)
def _fit(points: tuple[tuple[float, float, float, float], ...]) -> tuple[float, float, float]:
    """Asymptote, rate and shape: least squares of relative differences, held inside the range of every class."""
    age, density, least, most = np.array(points).T
    low = np.array([density.max() * 0.7, _RATE[0], _SHAPE[0]])
    high = np.array([density.max() * 1.3, _RATE[1], _SHAPE[1]])

    def misfit(x: Floats) -> Floats:
        found = x[0] * (1 - np.exp(-x[1] * age)) ** x[2]
        outside = np.maximum(least * _MARGIN - found, 0) + np.maximum(found - most / _MARGIN, 0)
        return np.concatenate([found / density - 1, _HOLD * outside / density])

    found = least_squares(misfit, np.array([density.max(), 0.06, 1.5]), bounds=(low, high))
    return float(found.x[0]), float(found.x[1]), float(found.x[2])


def growth_curve(group: str, factors: Factors | None = None, origin: str = "planted") -> GrowthCurve:
    """Curve fitted to the age classes of a group.

    Parameters
    ----------
    group : str
        Species group.
    factors : Factors, optional
        Tables; the shipped ones by default.
    origin : {"planted", "natural"}
        Planted or natural stands.

    Notes
    -----
    The asymptote is kept between 0.7 and 1.3 times the densest class, so that the curve does not promise what no plot
    holds; the plots are those of Zhejiang (Li et al. 2016, tables 4 and 5), the ages those of Guangxi and of the
    national age-class standard.
    """
    factors = factors if factors is not None else load_factors()
    points = age_points(group, factors, origin)
    fitted = _fit(tuple(map(tuple, points[["age", "density", "low", "high"]].astype(float).to_numpy().tolist())))
    middle = points.loc["middle"] if "middle" in points.index else points.iloc[0]
    return GrowthCurve(group, origin, *fitted, factors[str(middle["factor"])])
