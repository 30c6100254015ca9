"""Carbon of a region from official totals alone: area, forest cover, standing volume; no raster needed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from guanghui.data import read_table
from guanghui.geo.errors import InputError
from guanghui.geo.units import CO2_PER_C
from guanghui.sinks.carbon.forest import METHODS, conversion, default_volume
from guanghui.sinks.city import SinkCity
from guanghui.sinks.factors.account import Account, Lines
from guanghui.sinks.factors.coefficients import Coefficient, Draws, of
from guanghui.sinks.factors.table import Factors, load_factors
from guanghui.sinks.flux import net_growth_rate
from guanghui.sinks.settings import SinkSettings

__all__ = ["OfficialTotals", "city_totals", "from_totals", "has_totals", "plan_totals"]


@dataclass(frozen=True)
class OfficialTotals:
    """What a plan or a statistical yearbook says of a region's forest."""

    name: str
    area_ha: float | None = None
    """Area of the region [ha]."""
    forest_cover_pct: float | None = None
    standing_volume_m3: float | None = None
    species_mix: Mapping[str, float] | None = None
    """Species group -> share of volume; a conifer-broadleaf mixture when unknown."""
    year: int | None = None
    source: str = ""

    @property
    def forest_ha(self) -> float | None:
        """Forest area, where area and cover are known [ha]."""
        if self.area_ha is None or self.forest_cover_pct is None:
            return None
        return self.area_ha * self.forest_cover_pct / 100


def from_totals(
    totals: OfficialTotals, *, factors: Factors | None = None, settings: SinkSettings | None = None, seed: int = 0
) -> pd.DataFrame:
    """Living trees and their yearly net growth from official totals, by both conversions.

    Parameters
    ----------
    totals : OfficialTotals
        At least a standing volume, or an area with a forest cover (the volume is then a default per hectare).
    factors : Factors, optional
        Tables.
    settings : SinkSettings, optional
        Growth rates and number of draws.
    seed : int
        Seed of the draws.

    Returns
    -------
    pandas.DataFrame
        Index ``method``; ``volume_m3``, ``forest_ha``, ``volume_m3_ha``, ``biomass_tc``, ``low_tc``, ``high_tc``
        (95 %), ``biomass_co2_t``, ``tc_ha``, ``growth_tc_yr``, ``volume_source`` (``official`` or ``default``).
        ``fang`` needs the forest area and is left out without one.

    Raises
    ------
    InputError
        If neither volume nor forest area is known.

    Examples
    --------
    Living trees of a county of 30,000 ha, 40 % of them forest, with 600,000 m³ standing [t C]:

    >>> county = OfficialTotals("甲县", area_ha=30_000, forest_cover_pct=40, standing_volume_m3=600_000)
    >>> from_totals(county)["biomass_tc"].round(-3).to_dict()
    {'bef': 297000.0, 'fang': 350000.0}
    """
    factors = factors if factors is not None else load_factors()
    settings = settings if settings is not None else SinkSettings()
    mix = dict(totals.species_mix or {"mixed": 1.0})
    forest = totals.forest_ha
    if totals.standing_volume_m3 is None and forest is None:
        raise InputError(
            f"{totals.name}: give a standing volume, or an area with a forest cover.",
            f"{totals.name}：请给出活立木蓄积，或面积与森林覆盖率。",
        )
    draws = Draws(settings.draws, seed)
    rows = {}
    for method in METHODS:
        if method == "fang" and forest is None:
            continue
        account = _account(totals, mix, method, factors)
        low, high = account.interval([], draws).iloc[0]
        growth = account.total if method == "bef" else account.where(account.lines["basis"] != "area").total
        volume = totals.standing_volume_m3 or default_volume(mix, factors).value * (forest or 0.0)
        rows[method] = {
            "volume_m3": volume, "forest_ha": forest, "volume_m3_ha": volume / forest if forest else None,
            "biomass_tc": account.total, "low_tc": low, "high_tc": high, "biomass_co2_t": account.total * CO2_PER_C,
            "tc_ha": account.total / forest if forest else None,
            "growth_tc_yr": growth * net_growth_rate(settings, factors).value,
            "volume_source": "official" if totals.standing_volume_m3 else "default",
        }  # fmt: skip
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("method")


def has_totals(settings: SinkSettings) -> bool:
    """Tell whether the settings of a region hold an official volume or forest cover.

    Parameters
    ----------
    settings : SinkSettings
        ``standing_volume_m3`` [m³] and ``forest_cover_pct`` [%] are looked at.
    """
    return settings.standing_volume_m3 is not None or settings.forest_cover_pct is not None


def city_totals(city: SinkCity) -> pd.DataFrame | None:
    """Living trees of a city from the official totals in its settings and the area of its townships.

    Parameters
    ----------
    city : SinkCity
        Townships with ``area_m2`` [m²], settings and seed.

    Returns
    -------
    pandas.DataFrame or None
        As :func:`from_totals`; None where the settings hold no total.
    """
    settings = city.settings.sinks
    if not has_totals(settings):
        return None
    totals = OfficialTotals(
        city.name, float(city.townships["area_m2"].sum()) / 1e4, settings.forest_cover_pct,
        settings.standing_volume_m3, settings.species_mix or None,
    )  # fmt: skip
    own = settings.factors()
    return from_totals(totals, factors=own, settings=settings, seed=city.seed)


def _account(totals: OfficialTotals, mix: Mapping[str, float], method: str, factors: Factors) -> Account:
    c = conversion(mix, method, factors)
    lines, forest = Lines(), totals.forest_ha
    if totals.standing_volume_m3 is not None:
        error: Coefficient = of(factors.find("volume_error", ("tree",)))
        lines.add(totals.standing_volume_m3, c.per_m3 * error, basis="volume")
    else:
        lines.add(forest or 0.0, c.per_m3 * default_volume(mix, factors), basis="volume")
    if c.above_ha.parts:
        lines.add(forest or 0.0, c.above_ha + c.below_ha, basis="area")
    return lines.account(["basis"])


def plan_totals() -> dict[str, OfficialTotals]:
    """Official totals of the published plans the toolkit was written for, by code of the region.

    Returns
    -------
    dict
        共青城 360482, 瑞金 360781, 蓉江新区 360703R, 盐城 320900, 江西 360000.
    """
    table = read_table("factors", "plan_totals.csv")
    numbers = table[["area_km2", "forest_cover_pct", "standing_volume_m3"]].astype(float)
    out = {}
    for row, (area, cover, volume) in zip(table.to_dict("records"), numbers.to_numpy(), strict=True):
        mix = {k: float(v) for k, v in (p.split("=") for p in str(row["species_mix"]).split(";"))}
        out[str(row["code"])] = OfficialTotals(
            str(row["name"]),
            _given(area * 100),
            _given(cover),
            _given(volume),
            mix,
            int(row["year"]),
            str(row["source"]),
        )
    return out


def _given(value: float) -> float | None:
    return float(value) if value == value else None
