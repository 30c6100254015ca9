"""Growth of strata whose age is known: the curve of the group at the stand's own age, scaled to its own volume.

The curve is of standing volume, so it holds what dies of itself; the use that is taken off beside it (harvest and
mortality together, for no rate of the two apart was found) is therefore rather too much than too little.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from guanghui.geo.notes import Notes
from guanghui.sinks.carbon.forest import species_mix
from guanghui.sinks.carbon.growth import GrowthCurve, TabledCurve, growth_curve
from guanghui.sinks.factors.coefficients import Coefficient, constant, of
from guanghui.sinks.factors.table import Factors
from guanghui.sinks.land.layers import Layers
from guanghui.sinks.land.strata import (
    BY_CARBON,
    StratumCoefficients,
    StratumKey,
    strata_coefficients,
    stratum_keys,
)
from guanghui.sinks.settings import SinkSettings

__all__ = ["BY_TABLE", "AgedStratum", "aged_strata", "ages_between", "parse_age", "use_rate", "with_own_volumes"]

Floats = npt.NDArray[np.float64]
BY_TABLE = " table"
"""After the age of a stand whose volume is that of the user's growth table, not a measured one."""
_TABLED = (BY_TABLE, BY_CARBON)
_SITE = (1 / 3, 3.0)
"""A stand grows at most three times as fast, or slow, as the curve of its group."""


def ages_between(low: float, high: float) -> Floats:
    """Single ages of a class [yr], all alike frequent.

    Parameters
    ----------
    low, high : float
        First and last year of the class [yr].
    """
    count = max(1, round(high - low))
    return low + (np.arange(count) + 0.5) * (high - low) / count


class AgedStratum:
    """A stratum of known age: what it gains, in volume and carbon.

    Parameters
    ----------
    row : mapping
        Row of the strata.
    curve : GrowthCurve
        Of its group and origin.
    years : tuple of float
        First and last year of its age [yr]; all ages between are taken to be alike frequent.
    coefficient : Coefficient
        Carbon of a cubic metre grown [t C m⁻³], with the range of the curve.
    use : float
        Part of the volume cut in a year [yr⁻¹].
    per_ha_tc : float
        Carbon of a hectare beside that of its volume [t C ha⁻¹], Fang's b.
    """

    def __init__(
        self,
        row: Mapping[str, object],
        curve: GrowthCurve,
        years: tuple[float, float],
        coefficient: Coefficient,
        use: float,
        per_ha_tc: float = 0.0,
    ) -> None:
        self.ages = ages_between(*years)
        self.curve, self.use = curve, use
        self.key: StratumKey = (str(row["class"]), str(row["species"]), str(row["source"]))
        self.code = str(row["code"])
        self.land_class = str(row["class"])
        self.mapped = row["layer"] == "landcover"
        self.area_ha, self.volume_m3 = float(str(row["area_ha"])), float(str(row["volume_m3"]))
        by_curve = float(curve.volume(self.ages).mean()) * self.area_ha
        tabled = str(row.get("age", "")).endswith(_TABLED)
        measured = not tabled and row["source"] != "default" and self.volume_m3 > 0 and by_curve > 0
        self.site = float(np.clip(self.volume_m3 / by_curve, *_SITE)) if measured else 1.0
        self.coefficient = coefficient
        self.held_tc = coefficient.value * self.volume_m3 + per_ha_tc * self.area_ha

    def volume(self, later: float) -> float:
        """Volume of the curve at the site of the stand so many years later [m³]; before planting nothing.

        Parameters
        ----------
        later : float
            From now [yr]; negative looks back.
        """
        return self.area_ha * self.site * float(self.curve.grown(self.ages + later).mean())

    def by_age_tc(self, years: int) -> Floats:
        """Carbon of the trees of each age after 0 … ``years`` years, use not taken off [t C].

        What is held now is shared out as the curve would; without a curve yet, alike.

        Parameters
        ----------
        years : int
            Last year from now.

        Returns
        -------
        numpy.ndarray
            Shape (ages, years + 1).
        """
        grown = self.curve.grown(self.ages[:, None] + np.arange(years + 1)) * self.site
        now = grown[:, 0]
        share = now / now.sum() if now.sum() > 0 else np.full(len(now), 1 / len(now))
        gain = (grown - now[:, None]) * (self.area_ha / len(now) * self.coefficient.value)
        return self.held_tc * share[:, None] + gain

    @property
    def growth_m3_yr(self) -> float:
        """Growth of the running year by the curve [m³ yr⁻¹], use not taken off."""
        return self.grown_m3(1)

    @property
    def use_m3_yr(self) -> float:
        """What is cut of the volume in a year [m³ yr⁻¹]."""
        return self.use * self.volume_m3

    def grown_m3(self, years: float) -> float:
        """Growth of so many years that end with the running one [m³], use not taken off.

        Parameters
        ----------
        years : float
            [yr].
        """
        return self.volume(1) - self.volume(1 - years)

    def gains_m3(self, years: int) -> Floats:
        """Gain since now after 0 … ``years`` years [m³].

        Without use the stand grows on. With it, each year that part of the volume standing at its beginning is cut,
        and the land it stood on starts again with seedlings, so that the area is kept.

        Parameters
        ----------
        years : int
            Last year from now.

        Returns
        -------
        numpy.ndarray
            [m³], shape (years + 1,), first 0.
        """
        grown = np.array([self.volume(k) for k in range(years + 1)])
        gain = grown - grown[0]
        if self.use <= 0 or grown[0] <= 0:
            return gain
        own = max(self.volume_m3, grown[0])
        stand = own + gain  # volume of the uncut stand
        again = self.area_ha * self.site * self.curve.grown(np.arange(years + 1))
        left, cut, out = 1.0, np.zeros(years + 1), np.zeros(years + 1)
        for k in range(1, years + 1):
            cut[k] = left * self.use * stand[k - 1] / stand[k]
            left -= cut[k]
            out[k] = left * stand[k] + float(cut[1 : k + 1] @ again[k - 1 :: -1][:k]) - own
        return out


def use_rate(settings: SinkSettings, factors: Factors) -> Coefficient:
    """Harvest and mortality of a cubic metre in a year [m³ m⁻³ yr⁻¹], of the region or the default.

    Parameters
    ----------
    settings : SinkSettings
        ``consumption_rate_pct`` of the region [%/yr], where known; it then has no range.
    factors : Factors
        Default rate.
    """
    given = settings.consumption_rate_pct
    return constant(given / 100) if given is not None else of(factors.find("consumption_rate", ("tree",)), weight=0.01)


def parse_age(text: str) -> tuple[str, tuple[float, float]]:
    """Origin and years of the text that :func:`sinks.land.ages.read_ages` writes.

    Parameters
    ----------
    text : str
        ``"planted 12-18"`` for instance.

    Returns
    -------
    tuple
        Origin; first and last year [yr].

    Raises
    ------
    ValueError
        If the text is of another form.
    """
    origin, years = text.removesuffix(BY_TABLE).removesuffix(BY_CARBON).split(" ")
    low, high = years.split("-")
    return origin, (float(low), float(high))


def aged_strata(strata: pd.DataFrame, settings: SinkSettings, factors: Factors) -> list[AgedStratum]:
    """Strata of known age, in the order of the rows.

    Parameters
    ----------
    strata : pandas.DataFrame
        Of :func:`sinks.land.strata.forest_strata`; rows whose ``age`` is empty are left out.
    settings : SinkSettings
        Species mix, conversion and use.
    factors : Factors
        Growth curves and conversions.

    Raises
    ------
    InputError
        If no table gives a factor or curve.
    """
    if "age" not in strata:
        return []
    rows = strata[strata["age"] != ""]
    known: Mapping[StratumKey, StratumCoefficients] = strata_coefficients(rows, settings, factors)
    use = use_rate(settings, factors).value
    made: dict[tuple[StratumKey, str], tuple[GrowthCurve, Coefficient]] = {}
    out = []
    for key, row in zip(stratum_keys(rows), rows.to_dict("records"), strict=True):
        origin, years = parse_age(str(row["age"]))
        if (key, origin) not in made:
            mix = species_mix(key[0], settings.species_mix, key[1])
            group = max(mix.items(), key=lambda item: item[1])[0]
            curve = growth_curve(group, factors, origin, settings.conversion)
            spread = of(curve.spread, weight=1 / curve.spread.value)
            stated = isinstance(curve, TabledCurve) and bool(curve.carbon)
            grown = constant(curve.per_m3_tc) if stated else known[key].conversion.per_m3
            made[key, origin] = curve, grown * spread
        converted = known[key].conversion
        per_ha = (converted.above_ha + converted.below_ha).value
        out.append(AgedStratum(row, made[key, origin][0], years, made[key, origin][1], use, per_ha))
    return out


def with_own_volumes(layers: Layers, settings: SinkSettings, factors: Factors, notes: Notes) -> Layers:
    """Layers whose stands of known age and unknown volume have that of the user's growth table.

    Where the table states carbon it is the volume of that carbon by the conversion, so that the stock is the table's.

    Parameters
    ----------
    layers : Layers
        Shaped.
    settings : SinkSettings
        Conversion.
    factors : Factors
        With the growth of the user.
    notes : Notes
        Told the hectares.
    """
    stands = layers.stands
    if not factors.growth or stands is None:
        return layers
    empty = stands["volume_m3_ha"].isna() & (stands["age"] != "")
    known: dict[tuple[str, str, str], float] = {}
    ends: dict[tuple[str, str, str], str] = {}
    for key in dict.fromkeys(zip(*(stands.loc[empty, c] for c in ("class", "species", "age")), strict=True)):
        origin, years = parse_age(key[2])
        mix = species_mix(key[0], settings.species_mix, key[1])
        curve = growth_curve(max(mix.items(), key=lambda i: i[1])[0], factors, origin, settings.conversion)
        if isinstance(curve, TabledCurve):
            known[key] = float(curve.grown(ages_between(*years)).mean())
            ends[key] = BY_CARBON if curve.carbon else BY_TABLE
    if not known:
        return layers
    keys = list(zip(*(stands[c] for c in ("class", "species", "age")), strict=True))
    own = pd.Series([known.get(key, np.nan) for key in keys], index=stands.index).where(empty)
    size = f"{stands.geometry.area[own.notna()].sum() / 1e4:,.1f}"
    notes.add("stands", f"{size} ha of stands without a volume have that of the own growth table at their age, "
              "in the place of the default",
              f"{size} 公顷无蓄积小班改按自有生长表中其年龄的值计")  # fmt: skip
    end = pd.Series([ends.get(key, "") for key in keys], index=stands.index)
    age = stands["age"].where(own.isna(), stands["age"] + end)
    return replace(layers, stands=stands.assign(volume_m3_ha=stands["volume_m3_ha"].fillna(own), age=age))
