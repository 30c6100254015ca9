"""Growth of stands with age: volume by age through the origin, converted to carbon by the method in use.

The published densities of the age classes are no plots: the source computed them as (aV + b) x 0.5 from the volumes of
the inventory. So they are turned back to those volumes, a curve through nothing is fitted to them, and its volume is
converted like any other. Fang's constant b, which no seedling holds, grows in before the middle of the youngest class.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.optimize import least_squares

from guanghui.sinks.carbon.forest import conversion
from guanghui.sinks.factors.ages import AGE_CLASSES, age_limits
from guanghui.sinks.factors.table import Factor, Factors, OwnCurve, load_factors, species_lineage

__all__ = ["AGE_CLASSES", "GrowthCurve", "TabledCurve", "age_points", "fitted_volume", "growth_curve"]

Floats = npt.NDArray[np.float64]

_UNGROWN = frozenset({"young", "middle"})
_SHAPE = (2.3, 5.0)
_RATE = (0.01, 0.25)
_SOURCE_FRACTION = 0.5  # carbon of dry matter in the source of the densities
_LEAST_M3_HA, _HALF_M3_HA = 1.0, 10.0
_FIRST_YEAR_TC_HA, _FIRST_YEAR_M3_HA = 0.2, 1 / 3
_STRICT = 100.0


@dataclass(frozen=True)
class GrowthCurve:
    """Chapman-Richards curve of volume, ``V(t) = A (1 − exp(−k t))^p``, and the carbon it stands for."""

    group: str
    origin: str
    """``planted`` or ``natural``."""
    asymptote_m3_ha: float
    rate: float
    """k [yr⁻¹]."""
    shape: float
    """p [1]."""
    spread: Factor
    """Factor whose relative uncertainty the whole curve carries: the middle age class."""
    per_m3_tc: float
    """Carbon of a cubic metre [t C m⁻³] by the conversion in use."""
    per_ha_tc: float
    """Carbon of a hectare without volume [t C ha⁻¹]: Fang's b, nothing for ``bef``."""
    youngest: float
    """Middle of the youngest age class [yr]; from there on the conversion holds as it is."""

    def volume(self, age: npt.ArrayLike) -> Floats:
        """Standing volume at an age [m³/ha]; nothing before planting.

        Parameters
        ----------
        age : array_like
            Since planting [yr], any shape.

        Returns
        -------
        numpy.ndarray
            Shape as given.
        """
        t = np.maximum(np.asarray(age, float), 0.0)
        return self.asymptote_m3_ha * (1 - np.exp(-self.rate * t)) ** self.shape

    def grown(self, age: npt.ArrayLike) -> Floats:
        """Volume whose carbon by the conversion is what has grown by an age [m³/ha].

        Parameters
        ----------
        age : array_like
            Since planting [yr], any shape.

        Returns
        -------
        numpy.ndarray
            Shape as given; the volume itself unless a table of the user states the carbon.
        """
        return self.volume(age)

    def density(self, age: npt.ArrayLike) -> Floats:
        """Carbon of the living trees at an age [t C/ha]; nothing before planting.

        From the middle of the youngest class on it is the conversion of the volume. Before, the constant of the
        conversion grows in with the power of the age that leaves at most 0.2 t C/ha of it after a year.

        Parameters
        ----------
        age : array_like
            Since planting [yr], any shape.

        Returns
        -------
        numpy.ndarray
            Shape as given.
        """
        t = np.maximum(np.asarray(age, float), 0.0)
        share = np.minimum(t / self.youngest, 1.0) ** self._power
        return self.per_m3_tc * self.volume(t) + self.per_ha_tc * share

    @property
    def _power(self) -> float:
        if self.per_ha_tc <= _FIRST_YEAR_TC_HA or self.youngest <= 1:
            return 1.0
        return float(np.log(self.per_ha_tc / _FIRST_YEAR_TC_HA) / np.log(self.youngest))

    @property
    def asymptote_tc_ha(self) -> float:
        """Carbon the curve tends to [t C/ha]."""
        return self.per_m3_tc * self.asymptote_m3_ha + self.per_ha_tc

    def table(self, ages: int) -> Floats:
        """Density at the ages 0 … ``ages`` [t C/ha].

        Parameters
        ----------
        ages : int
            Last age [yr].

        Returns
        -------
        numpy.ndarray
            Shape (ages + 1,).
        """
        return self.density(np.arange(ages + 1))


@dataclass(frozen=True)
class TabledCurve(GrowthCurve):
    """Curve of a table of the user: straight between its ages, level after the last."""

    table_of: OwnCurve
    carbon: tuple[float, ...] = ()
    """Living trees at the ages of the table [t C/ha]; empty where it states volumes only."""

    def volume(self, age: npt.ArrayLike) -> Floats:
        """Standing volume at an age [m³/ha]: that of the table, else its carbon over the conversion.

        Parameters
        ----------
        age : array_like
            Since planting [yr], any shape.

        Returns
        -------
        numpy.ndarray
            Shape as given.
        """
        return self._at(age, self.table_of.volume) if self.table_of.volume else self.grown(age)

    def grown(self, age: npt.ArrayLike) -> Floats:
        """Volume whose carbon by the conversion is that of the table at an age [m³/ha].

        Parameters
        ----------
        age : array_like
            Since planting [yr], any shape.

        Returns
        -------
        numpy.ndarray
            Shape as given.
        """
        return self._at(age, self.carbon) / self.per_m3_tc if self.carbon else self._at(age, self.table_of.volume)

    def density(self, age: npt.ArrayLike) -> Floats:
        """Carbon of the living trees at an age [t C/ha]: that of the table, else of its volume.

        Parameters
        ----------
        age : array_like
            Since planting [yr], any shape.

        Returns
        -------
        numpy.ndarray
            Shape as given.
        """
        return self._at(age, self.carbon) if self.carbon else super().density(age)

    @property
    def below_share(self) -> float:
        """Part of the carbon that is below ground [1], over all ages of the table."""
        return 1 - sum(self.table_of.above) / sum(self.carbon) if sum(self.carbon) > 0 else 0.0

    def _at(self, age: npt.ArrayLike, values: tuple[float, ...]) -> Floats:
        t = np.asarray(age, float)
        return np.where(t > 0, np.interp(t, np.array(self.table_of.age), np.array(values)), 0.0)


def _own_curve(group: str, factors: Factors, origin: str, method: str) -> TabledCurve | None:
    """Curve of the user for a group or the nearest that stands in for it, or None."""
    keys = [f"{g}|{o}" for g in species_lineage(group) for o in (origin, "")]
    key = next((k for k in keys if k in factors.growth), None)
    if key is None:
        return None
    own, c = factors.growth[key], conversion({group: 1.0}, method, factors)
    carbon: tuple[float, ...] = ()
    per_ha = (c.above_ha + c.below_ha).value
    if own.above:
        per_ha = 0.0  # the table states all the carbon there is
        above = np.array(own.above)
        below = np.array(own.below) if own.below else above * (c.below_m3.value / c.above_m3.value)
        carbon = tuple((above + below).tolist())
    g, _, o = key.partition("|")
    spread = factors[f"own_growth.{g}.{o or 'any'}"]
    most = max(own.volume) if own.volume else max(carbon) / c.per_m3.value
    full = next((a for a, v in zip(own.age, own.volume or carbon, strict=True) if v > 0), own.age[-1])
    return TabledCurve(group, origin, most, 0.0, 0.0, spread, c.per_m3.value, per_ha, full, own, carbon)


def age_points(group: str, factors: Factors, origin: str = "planted") -> pd.DataFrame:
    """Age classes of a group: middle age and density of the plots, with their range.

    Parameters
    ----------
    group : str
        Species group; the nearest group with at least two classes, one of them past the middle age, stands in.
    factors : Factors
        Tables.
    origin : {"planted", "natural"}
        Planted or natural stands.

    Returns
    -------
    pandas.DataFrame
        Index age class; ``age`` [yr], ``density``, ``low``, ``high`` [t C/ha] as published, ``volume`` [m³/ha] they
        were computed from, ``factor`` (id).

    Raises
    ------
    guanghui.geo.errors.InputError
        If the origin is not known.
    """
    line = species_lineage(group)
    for subject in line:
        found = {c: f"growth.{subject}.{origin}_{c}" for c in AGE_CLASSES}
        rows = {c: factors[i] for c, i in found.items() if i in factors}
        if len(rows) >= 2 and not _UNGROWN.issuperset(rows):
            break
    purpose = "timber" if "conifer" in species_lineage(subject) else "protection"
    limits = age_limits(subject, origin, purpose)  # volumes stay at the ages of their own group
    out = {
        c: {"age": sum(limits.years(c)) / 2, "density": f.value, "low": f.low, "high": f.high, "factor": f.id}
        for c, f in rows.items()
    }
    frame = pd.DataFrame.from_dict(out, orient="index")
    held = species_lineage(subject)
    held = held if factors.has("fang_a", held) else ("mixed",)
    a, b = (factors.find(f"fang_{name}", held).value for name in "ab")
    frame["volume"] = np.maximum((frame["density"] / _SOURCE_FRACTION - b) / a, _LEAST_M3_HA)
    return frame


@lru_cache(maxsize=64)
def fitted_volume(points: tuple[tuple[float, float], ...]) -> tuple[float, float, float]:
    """Asymptote, rate and shape: least squares of differences, relative to the volume and ten cubic metres.

    A hectare of seedlings holds no timber: a volume above a third of a cubic metre after a year is held back.

    Parameters
    ----------
    points : tuple of tuple
        Age [yr] and volume [m³/ha].

    Returns
    -------
    tuple of float
        [m³/ha], [yr⁻¹] and [1].
    """
    age, volume = np.array(points).T
    low = np.array([volume.max() * 0.7, _RATE[0], _SHAPE[0]])
    high = np.array([volume.max() * 1.3, _RATE[1], _SHAPE[1]])

    def misfit(x: Floats) -> Floats:
        early = x[0] * (1 - np.exp(-x[1])) ** x[2] - _FIRST_YEAR_M3_HA
        miss = (x[0] * (1 - np.exp(-x[1] * age)) ** x[2] - volume) / (volume + _HALF_M3_HA)
        return np.append(miss, _STRICT * max(early, 0.0))

    found = least_squares(misfit, np.array([volume.max(), 0.08, 2.5]), bounds=(low, high))
    return float(found.x[0]), float(found.x[1]), float(found.x[2])


def growth_curve(
    group: str, factors: Factors | None = None, origin: str = "planted", method: str = "bef"
) -> GrowthCurve:
    """Curve fitted to the volumes of the age classes of a group, or that of a table of the user.

    Parameters
    ----------
    group : str
        Species group.
    factors : Factors, optional
        Tables; the shipped ones by default.
    origin : {"planted", "natural"}
        Planted or natural stands.
    method : {"bef", "fang"}
        Conversion of volume, that of the stock beside it.

    Notes
    -----
    The asymptote is kept between 0.7 and 1.3 times the fullest class, so that the curve does not promise what no stand
    holds; the volumes are those of Zhejiang (Li et al. 2016, tables 4 and 5, turned back), the ages the limits of
    ``factors/age_limits.csv`` (Guangxi) of the same origin: those of timber for conifers, of protection forest for
    broadleaf and mixed stands. The source does not say the purpose; so the curves of broadleaf agree with the one
    published by age (Shangsi, Guangxi: 30, 54 and 74 m³/ha at 10, 20 and 30 years).
    """
    factors = factors if factors is not None else load_factors()
    own = _own_curve(group, factors, origin, method)
    if own is not None:
        return own
    points = age_points(group, factors, origin)
    fitted = fitted_volume(tuple(map(tuple, points[["age", "volume"]].astype(float).to_numpy().tolist())))
    middle = points.loc["middle"] if "middle" in points.index else points.iloc[0]
    c = conversion({group: 1.0}, method, factors)
    per_ha = (c.above_ha + c.below_ha).value
    youngest = float(points["age"].min())
    return GrowthCurve(group, origin, *fitted, factors[str(middle["factor"])], c.per_m3.value, per_ha, youngest)
