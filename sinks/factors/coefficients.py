"""Coefficients of an account, made of factors: what multiplies hectares or cubic metres.

A coefficient is a sum of weighted products of factors, for instance ``Σ share x SVD x BEF x CF`` over the species of a
mixture. It knows its value, its random draws and how it moves with each factor, so the same account serves the best
estimate, the Monte Carlo and the error propagation, and two coefficients that share a factor move together.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from guanghui.sinks.factors.table import Factor

__all__ = ["NONE", "Coefficient", "Draws", "constant", "of", "total"]

Floats = npt.NDArray[np.float64]


class Draws:
    """Random values of factors, drawn once each and shared by everything that uses the factor."""

    def __init__(self, draws: int, seed: int) -> None:
        self.draws, self.seed = draws, seed
        self._values: dict[str, Floats] = {}

    def __getitem__(self, factor: Factor) -> Floats:
        """Return the draws of a factor, shape (draws,)."""
        if factor.id not in self._values:
            self._values[factor.id] = factor.draw(self.draws, self.seed)
        return self._values[factor.id]


@dataclass(frozen=True)
class Coefficient:
    """Weighted sum of products of factors."""

    parts: tuple[tuple[float, tuple[Factor, ...]], ...]

    @cached_property
    def value(self) -> float:
        """Best estimate."""
        return math.fsum(w * math.prod(f.value for f in fs) for w, fs in self.parts)

    @cached_property
    def unranged(self) -> float:
        """Part of the best estimate that is made of numbers without a range."""
        return math.fsum(
            w * math.prod(f.value for f in fs) for w, fs in self.parts if all(f.distribution == "fixed" for f in fs)
        )

    @cached_property
    def factors(self) -> Mapping[str, Factor]:
        """Factors it is made of, by id."""
        return {f.id: f for _, fs in self.parts for f in fs}

    def draw(self, draws: Draws) -> Floats:
        """Random values, shape (draws,).

        Parameters
        ----------
        draws : Draws
            Random values of the factors; a factor met twice has the same ones.
        """
        total = np.zeros(draws.draws)
        for weight, factors in self.parts:
            product = np.full(draws.draws, weight)
            for factor in factors:
                product *= draws[factor]
            total += product
        return total

    def slopes(self) -> dict[str, float]:
        """How the value changes with each factor at the best estimate, by id."""
        out: dict[str, float] = {}
        for weight, factors in self.parts:
            for i, factor in enumerate(factors):
                rest = math.prod(f.value for j, f in enumerate(factors) if j != i)
                out[factor.id] = out.get(factor.id, 0.0) + weight * rest
        return out

    def __mul__(self, other: Coefficient | float | Factor) -> Coefficient:
        """Return the product with a number, a factor or another coefficient."""
        if isinstance(other, Factor):
            return self * of(other)
        if isinstance(other, Coefficient):
            return Coefficient(tuple((a * b, fs + gs) for a, fs in self.parts for b, gs in other.parts))
        return Coefficient(tuple((w * other, fs) for w, fs in self.parts))

    def __add__(self, other: Coefficient) -> Coefficient:
        """Return the sum."""
        return Coefficient(self.parts + other.parts)


def of(*factors: Factor, weight: float = 1.0) -> Coefficient:
    """Coefficient that is a product of factors.

    Parameters
    ----------
    *factors : Factor
        Multiplied with each other; none gives 1.
    weight : float, default 1.0
        Fixed number before the product, which turns units (0.01 of a percentage).
    """
    return Coefficient(((weight, factors),))


def total(parts: Iterable[Coefficient]) -> Coefficient:
    """Coefficient that is a sum of others.

    Parameters
    ----------
    parts : iterable of Coefficient
        Of one unit.
    """
    return Coefficient(tuple(p for c in parts for p in c.parts))


def constant(value: float) -> Coefficient:
    """Coefficient without any factor.

    Parameters
    ----------
    value : float
        Fixed, without uncertainty.
    """
    return Coefficient(((value, ()),))


NONE = Coefficient(())
"""Coefficient that is nothing."""
