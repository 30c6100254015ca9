"""Forest: from standing volume, canopy biomass or a look-up to carbon.

Two conversions of standing volume are in use in China and differ by half at county volumes, so both are always shown:

- ``bef``: C = V x SVD x BEF x (1 + R) x CF, the method of the provincial inventory guide; linear, so parts sum.
- ``fang``: C = (aV + b) x CF of Fang et al.; a and b already hold the roots, and b alone puts 10-23 t C on a hectare
  without any volume, so it is meant for stands that have some.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from guanghui.geo.errors import InputError
from guanghui.geo.landcover import land_class
from guanghui.sinks.factors.coefficients import NONE, Coefficient, of, total
from guanghui.sinks.factors.table import Factors, species_lineage

__all__ = [
    "METHODS",
    "TREE_CLASSES",
    "Conversion",
    "biomass_carbon",
    "conversion",
    "dead_and_litter_share",
    "default_volume",
    "has_volume",
    "species_mix",
    "volume_carbon_tc",
]

METHODS: Mapping[str, tuple[str, str]] = {
    "bef": ("V×SVD×BEF×(1+R)×CF（省级清单指南）", "V x SVD x BEF x (1 + R) x CF (provincial inventory guide)"),
    "fang": ("(aV+b)×CF（方精云，含根）", "(aV + b) x CF (Fang, roots inside)"),
}
_GROUP_OF_CLASS = {
    "woodland": "open_woodland",
    "forest_needleleaf": "mixed_conifer",
    "forest_broadleaf": "mixed_broadleaf",
    "forest_mixed": "mixed",
    "forest": "mixed",
}
TREE_CLASSES = tuple(_GROUP_OF_CLASS)
"""Classes (with those below them) whose biomass follows from standing volume."""
_MIXED_KINDS = ("forest", "woodland")


@dataclass(frozen=True)
class Conversion:
    """Carbon of living trees: so much for each cubic metre, so much for each hectare."""

    method: str
    above_m3: Coefficient
    """[t C m⁻³]."""
    below_m3: Coefficient
    """[t C m⁻³]."""
    above_ha: Coefficient
    """[t C ha⁻¹], Fang's b; nothing for ``bef``."""
    below_ha: Coefficient

    @property
    def per_m3(self) -> Coefficient:
        """Above and below ground together [t C m⁻³]."""
        return self.above_m3 + self.below_m3


def has_volume(key: str) -> bool:
    """Tell whether the biomass of a land class follows from standing volume.

    Parameters
    ----------
    key : str
        Land class.

    Raises
    ------
    InputError
        If there is no such class.
    """
    return land_class(key).lineage[-1] in _MIXED_KINDS


def species_mix(key: str, mix: Mapping[str, float] | None = None, species: str = "") -> dict[str, float]:
    """Species groups that make up a forest class.

    Parameters
    ----------
    key : str
        Land class with volume.
    mix : mapping, optional
        Species group -> share of volume for all closed forest of the region.
    species : str, optional
        Group of a stand; it overrules the rest.

    Returns
    -------
    dict
        Group -> share, summing to 1.
    """
    if species:
        return {species: 1.0}
    lineage = land_class(key).lineage
    if mix and lineage[-1] == "forest":
        return {group: share for group, share in mix.items() if share > 0}
    return {next(_GROUP_OF_CLASS[k] for k in lineage if k in _GROUP_OF_CLASS): 1.0}


def conversion(mix: Mapping[str, float], method: str, factors: Factors) -> Conversion:
    """Coefficients that turn standing volume into carbon.

    Parameters
    ----------
    mix : mapping
        Species group -> share of volume; all groups are taken to stand at the same volume per hectare.
    method : {"bef", "fang"}
        See the module.
    factors : Factors
        Tables.

    Returns
    -------
    Conversion

    Notes
    -----
    Fang's whole-tree carbon is split into above and below with the group's root-shoot ratio R as a fixed share
    R / (1 + R); the total does not depend on it.
    """
    if method not in METHODS:
        raise InputError(
            f"[sinks] conversion: there is no method {method!r}; use one of {', '.join(METHODS)}.",
            f"[sinks] conversion：没有方法 {method!r}；可用 {', '.join(METHODS)}。",
        )
    build = _bef if method == "bef" else _fang
    parts = [build(group, share, factors) for group, share in mix.items()]
    return Conversion(method, *(total(column) for column in zip(*parts, strict=True)))


def _bef(group: str, share: float, factors: Factors) -> tuple[Coefficient, Coefficient, Coefficient, Coefficient]:
    line = species_lineage(group)
    svd, bef, root = (factors.find(q, line) for q in ("svd", "bef", "root_shoot"))
    above = of(svd, bef, factors.find("carbon_fraction", line), weight=share)
    return above, above * root, NONE, NONE


def _fang(group: str, share: float, factors: Factors) -> tuple[Coefficient, Coefficient, Coefficient, Coefficient]:
    line = species_lineage(group)
    line = line if factors.has("fang_a", line) else ("mixed",)
    carbon = factors.find("carbon_fraction", species_lineage(group))
    root = factors.find("root_shoot", species_lineage(group)).value
    below = share * root / (1 + root)
    a, b = of(factors.find("fang_a", line), carbon), of(factors.find("fang_b", line), carbon)
    return a * (share - below), a * below, b * (share - below), b * below


def default_volume(mix: Mapping[str, float], factors: Factors) -> Coefficient:
    """Standing volume of a hectare where no inventory says it [m³ ha⁻¹].

    Parameters
    ----------
    mix : mapping
        Share of each species group [1].
    factors : Factors
        ``growing_stock`` [m³ ha⁻¹], of the group or what stands for it.

    Raises
    ------
    InputError
        If there is no such group, or no table gives a factor.
    """
    return total(of(factors.find("growing_stock", species_lineage(g)), weight=share) for g, share in mix.items())


def volume_carbon_tc(volume_m3: float, area_ha: float, mix: Mapping[str, float], factors: Factors) -> pd.DataFrame:
    """Carbon of a standing volume by both methods, side by side.

    Parameters
    ----------
    volume_m3, area_ha : float
        Standing volume [m³] and the forest it stands on [ha].
    mix : mapping
        Species group -> share.
    factors : Factors
        Tables.

    Returns
    -------
    pandas.DataFrame
        Index ``method``; ``above_tc``, ``below_tc``, ``total_tc``, ``tc_per_m3``, ``tc_ha``.

    Examples
    --------
    >>> from guanghui.sinks import load_factors
    >>> pine = volume_carbon_tc(320_000, 8370, {"masson_pine": 1.0}, load_factors())
    >>> (pine["total_tc"] / 1e3).round().astype(int).to_dict()
    {'bef': 108, 'fang': 169}
    """
    rows = {}
    for method in METHODS:
        c = conversion(mix, method, factors)
        above = c.above_m3.value * volume_m3 + c.above_ha.value * area_ha
        below = c.below_m3.value * volume_m3 + c.below_ha.value * area_ha
        rows[method] = {"above_tc": above, "below_tc": below, "total_tc": above + below}
    frame = pd.DataFrame(rows).T.rename_axis("method")
    frame["tc_per_m3"] = frame["total_tc"] / volume_m3
    frame["tc_ha"] = frame["total_tc"] / area_ha
    return frame


def biomass_carbon(
    agb_t_ha: npt.NDArray[np.float64] | float, factors: Factors, group: str = "tree"
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Carbon above and below ground from above-ground dry biomass, as canopy and radar products give it.

    Parameters
    ----------
    agb_t_ha : numpy.ndarray or float
        Above-ground dry biomass [t ha⁻¹]; NaN stays NaN.
    factors : Factors
        Tables.
    group : str, default "tree"
        Species group of the root-shoot ratio.

    Returns
    -------
    above, below : numpy.ndarray
        [t C ha⁻¹].
    """
    line = species_lineage(group)
    above = np.asarray(agb_t_ha, float) * factors.find("carbon_fraction", line).value
    return above, above * factors.find("root_shoot", line).value


def dead_and_litter_share(
    *, tropical: bool, precipitation_mm: float, elevation_m: float, factors: Factors
) -> tuple[float, float]:
    """Carbon of dead wood and litter for each tonne of above-ground dry biomass (Global Forest Watch, after IPCC).

    Parameters
    ----------
    tropical : bool
        Climate domain.
    precipitation_mm, elevation_m : float
        Mean annual precipitation [mm], elevation [m].
    factors : Factors
        Tables.

    Returns
    -------
    dead, litter : float
        [t C per t dry biomass].
    """
    zone = "elsewhere"
    if tropical:
        wet = "dry" if precipitation_mm <= 1000 else "medium" if precipitation_mm <= 1600 else "wet"
        zone = "tropical_high" if elevation_m > 2000 else f"tropical_{wet}"
    dead, litter = (factors.find(f"{pool}_share_of_agb", (zone,)).value for pool in ("dead", "litter"))
    return (
        dead * factors.find("carbon_fraction_wood", ("tree",)).value,
        litter * factors.find("carbon_fraction_litter", ("tree",)).value,
    )
