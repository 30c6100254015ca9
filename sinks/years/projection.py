"""The stock to 2060: what grows by itself, and what the works of a plan add.

Business as usual lets the standing forest grow by its net rate, which falls as the forest ages, and the wetlands bury
what they bury. Works are counted from the year they are done: plantations on their growth curve, other works by a
yearly gain for at most 20 years. Everything is a change of stock since the first year, in t C; nothing is a credit.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
import pandas as pd

from guanghui.geo.units import CO2_PER_C
from guanghui.sinks.carbon.cropland import STRAW_YEARS
from guanghui.sinks.carbon.growth import growth_curve
from guanghui.sinks.carbon.wetland import emissions
from guanghui.sinks.factors.coefficients import Coefficient, Draws, of
from guanghui.sinks.factors.table import Factors, load_factors
from guanghui.sinks.flux import net_growth_rate
from guanghui.sinks.land.aged import AgedStratum
from guanghui.sinks.settings import CcerSettings, SinkSettings, Work

__all__ = ["BESIDE", "LINES", "SUMS", "Baseline", "Projection", "afforestation_credits", "baseline_of", "project"]

Floats = npt.NDArray[np.float64]

LINES: Mapping[str, tuple[str, str]] = MappingProxyType({
    "forest": ("现有森林净生长", "growth of the standing forest"),
    "wetland": ("湿地碳埋藏", "wetland burial"),
    "afforestation": ("造林", "afforestation"),
    "degraded_restoration": ("退化林修复", "restoration of degraded forest"),
    "closure": ("封山育林", "closed hillsides"),
    "tending": ("森林抚育", "tending"),
    "wetland_restoration": ("湿地修复", "wetland restoration"),
    "salt_marsh_planting": ("盐沼种植", "salt-marsh planting"),
    "straw_return": ("秸秆还田", "straw return"),
})  # fmt: skip
"""Lines of a projection; the first two are business as usual."""
SUMS: Mapping[str, tuple[str, str]] = MappingProxyType({
    "usual": ("自然情景合计", "business as usual"),
    "works": ("工程合计", "works"),
    "total": ("合计", "total"),
})  # fmt: skip
"""Sums of a projection."""
_USUAL = ("forest", "wetland")
_YEARS_OF_EFFECT = 20
_GAINS = {
    "degraded_restoration": ("restored_gain", ("tree",), _YEARS_OF_EFFECT),
    "closure": ("closure_gain", ("tree",), _YEARS_OF_EFFECT),
    "tending": ("tending_gain", ("tree",), _YEARS_OF_EFFECT),
    "wetland_restoration": ("burial", ("marsh", "wetland"), None),
    "salt_marsh_planting": ("burial", ("salt_marsh",), None),
    "straw_return": ("straw_gain", ("paddy",), STRAW_YEARS),
}
"""Kind of work -> yearly gain, whose, and the years it lasts (none: on and on)."""
_WETLAND_OF_WORK = {"wetland_restoration": "marsh", "salt_marsh_planting": "salt_marsh"}
BESIDE = tuple(_WETLAND_OF_WORK)
"""Works that stand beside the sums: what they bury is outweighed by their methane, and never enters a sum of CO₂."""


@dataclass(frozen=True)
class Baseline:
    """What stands in the first year."""

    trees_tc: float
    """Living trees [t C]."""
    burial_tc_yr: float = 0.0
    """Wetland burial [t C/yr]."""
    trees_cv: float = 0.15
    """Relative standard uncertainty of the trees [1]."""
    aged_tc: float = 0.0
    """Part of the trees whose age is known [t C]; they grow by ``aged``."""
    aged: tuple[tuple[Coefficient, Floats], ...] = ()
    """Carbon of a cubic metre [t C m⁻³] and the volume gained after 0, 1, 2 … years [m³], of the trees of known age."""


@dataclass(frozen=True)
class Projection:
    """Change of the stock since the first year."""

    frame: pd.DataFrame
    """Long: ``year``, ``line``, ``change_tc``, ``low_tc``, ``high_tc`` (95 %); lines of ``LINES`` and the sums
    ``usual`` (business as usual), ``works`` and ``total``. The sums leave out the works of :data:`BESIDE`."""
    sources: pd.DataFrame
    """Every factor that was used, the least trusted first."""
    gases: pd.DataFrame
    """Greenhouse gases of the wetlands that the works make, beside the carbon they bury: ``year``, ``line``,
    ``balance_tco2e`` since the first year (burial negative, methane and nitrous oxide positive), positive to the air.
    Buried carbon of such works is no removal of CO₂e while this is positive."""

    def wide(self) -> pd.DataFrame:
        """Change of the stock by year (rows) and line (columns) [t C]."""
        return self.frame.pivot_table("change_tc", "year", "line", "sum")

    def yearly(self) -> pd.DataFrame:
        """Change from one year to the next by line [t C/yr]."""
        return self.wide().diff().iloc[1:]


def baseline_of(
    table: pd.DataFrame, by_class: pd.DataFrame, *, code: str = "", aged: Sequence[AgedStratum] = (), years: int = 40
) -> Baseline:
    """Baseline of a city, or of the township of a code, from its stock tables (``Stock.table``, ``Stock.by_class``).

    Parameters
    ----------
    table, by_class : pandas.DataFrame
        Of the stock.
    code : str
        Township; the city when empty.
    aged : sequence of AgedStratum
        Forest whose age is known (:func:`sinks.land.aged.aged_strata`).
    years : int
        How many years ahead its gain is wanted.
    """
    city = by_class[(by_class["code"] == code) & (by_class["group"] == "forest")]
    whole = city[city["pool"].isin(["above", "below"])]
    trees = float(whole["stock_tc"].sum())
    spread = float(((whole["high_tc"] - whole["low_tc"]) / 3.92).sum())
    burial = float(table.loc[table["code"] == code, "wetland_burial_tc_yr"].iloc[0])
    mine = [stand for stand in aged if code in ("", stand.code)]
    gains: dict[int, tuple[Coefficient, Floats]] = {}
    for stand in mine:
        key = id(stand.coefficient)
        before = gains[key][1] if key in gains else 0.0
        gains[key] = (stand.coefficient, before + stand.gains_m3(years))
    held = min(sum(stand.held_tc for stand in mine), trees)
    return Baseline(trees, burial, spread / trees if trees > 0 else 0.0, held, tuple(gains.values()))


def project(baseline: Baseline, settings: SinkSettings, *, factors: Factors | None = None, seed: int = 0) -> Projection:
    """Project the stock with and without the works of the plan.

    Parameters
    ----------
    baseline : Baseline
        What stands in the first year.
    settings : SinkSettings
        ``projection`` holds years and works; growth rates, climate, number of draws.
    factors : Factors, optional
        Tables.
    seed : int
        Seed of the draws.

    Returns
    -------
    Projection

    Notes
    -----
    The net growth rate r falls by a fixed share d a year: ``C(t) = C(0) Π (1 + r (1 − d)^k)``. Trees of known age grow
    along the curve of their group instead.
    """
    factors = factors if factors is not None else load_factors()
    plan, draws = settings.projection, Draws(settings.draws, seed)
    years = np.arange(plan.first_year, plan.last_year + 1)
    values: dict[str, Floats] = {}
    random: dict[str, Floats] = {}
    rate = net_growth_rate(settings, factors)
    error = np.random.default_rng([seed, 0xC0]).normal(1.0, baseline.trees_cv, draws.draws)
    ageless = baseline.trees_tc - baseline.aged_tc
    values["forest"] = ageless * _grown(np.array([rate.value]), plan.growth_decline_per_year, len(years))[0]
    random["forest"] = ageless * error[:, None] * _grown(rate.draw(draws), plan.growth_decline_per_year, len(years))
    used = set(rate.factors) if ageless > 0 or not baseline.aged else set()
    for coefficient, gain in baseline.aged:
        _add(values, random, "forest", coefficient, gain[: len(years)], draws)
        used |= set(coefficient.factors)
    burial = of(factors.find("burial", ("marsh", "wetland")))
    _add(values, random, "wetland", burial * (baseline.burial_tc_yr / burial.value), years - years[0], draws)
    used |= set(burial.factors)
    for work in plan.works:
        coefficient, amount = _work(work, years, settings, factors)
        _add(values, random, work.kind, coefficient, amount, draws)
        used |= set(coefficient.factors)
    gases, found = _gases(plan.works, years, settings, factors)
    return Projection(_frame(years, values, random), factors.report(used | found), gases)


def _gases(
    works: Sequence[Work], years: npt.NDArray[np.int64], settings: SinkSettings, factors: Factors
) -> tuple[pd.DataFrame, set[str]]:
    """Cumulative balance of all gases of wetland works [t CO₂e], and the factors in it."""
    out, used = [], set()
    for work in works:
        if work.kind in _WETLAND_OF_WORK:
            parts = emissions(_WETLAND_OF_WORK[work.kind], settings, factors).values()
            balance = sum(c.value for c in parts) * _summed(work, years, lambda age: np.maximum(age, 0.0))
            out.append(pd.DataFrame({"year": years, "line": work.kind, "balance_tco2e": balance}))
            used |= {i for c in parts for i in c.factors}
    if not out:
        return pd.DataFrame(columns=["year", "line", "balance_tco2e"]), used
    return pd.concat(out).groupby(["year", "line"], as_index=False)["balance_tco2e"].sum(), used


def _grown(rate: Floats, decline: float, years: int) -> Floats:
    """Growth since the first year over the stock then, shape (rates, years)."""
    steps = 1 + rate[:, None] * (1 - decline) ** np.arange(years - 1)[None, :]
    return np.hstack([np.ones((len(rate), 1)), np.cumprod(steps, axis=1)]) - 1


def _work(
    work: Work, years: npt.NDArray[np.int64], settings: SinkSettings, factors: Factors
) -> tuple[Coefficient, Floats]:
    """Coefficient of a work, and what multiplies it in each year."""
    plan = settings.projection
    if work.kind == "afforestation":
        curve = growth_curve(work.group, factors, method=settings.conversion)
        amount = _summed(work, years, lambda age: curve.density(age) / curve.spread.value)
        return of(curve.spread), amount * plan.survival
    name, line, lasts = _GAINS[work.kind]
    factor = factors.find(name, line, climate=settings.climate)
    return of(factor), _summed(work, years, lambda age: np.clip(age, 0, lasts))


def _summed(work: Work, years: npt.NDArray[np.int64], effect: Callable[[Floats], Floats]) -> Floats:
    """Area of each year of the work times its effect at that age, summed, for every year."""
    total = np.zeros(len(years))
    for year, area in work.by_year().items():
        total += area * np.where(years >= year, effect((years - year).astype(float)), 0.0)
    return total


def _add(
    values: dict[str, Floats],
    random: dict[str, Floats],
    line: str,
    coefficient: Coefficient,
    amount: Floats,
    draws: Draws,
) -> None:
    values[line] = values.get(line, np.zeros(len(amount))) + coefficient.value * amount
    random[line] = random.get(line, np.zeros((draws.draws, len(amount)))) + coefficient.draw(draws)[:, None] * amount


def _frame(years: npt.NDArray[np.int64], values: Mapping[str, Floats], random: Mapping[str, Floats]) -> pd.DataFrame:
    usual = [k for k in values if k in _USUAL]
    works = [k for k in values if k not in (*_USUAL, *BESIDE)]
    out = []
    for name, parts in (*((k, [k]) for k in values), ("usual", usual), ("works", works), ("total", [*usual, *works])):
        change = np.sum([values[k] for k in parts], axis=0) if parts else np.zeros(len(years))
        spread = np.sum([random[k] for k in parts], axis=0) if parts else np.zeros((2, len(years)))
        low, high = np.percentile(spread, (2.5, 97.5), axis=0)
        out.append(pd.DataFrame({"year": years, "line": name, "change_tc": change, "low_tc": low, "high_tc": high}))
    return pd.concat(out, ignore_index=True)


def afforestation_credits(projection: Projection, ccer: CcerSettings, *, baseline_tco2_yr: float = 0.0) -> pd.DataFrame:
    """Account plantations the way a CCER afforestation project does; an estimate.

    Parameters
    ----------
    projection : Projection
        With afforestation among its works.
    ccer : CcerSettings
        Buffer, leakage, crediting period.
    baseline_tco2_yr : float
        What the land would have gained without the project [t CO₂/yr].

    Returns
    -------
    pandas.DataFrame
        ``year``, ``gain_tco2`` (of the year), ``baseline_tco2``, ``leakage_tco2``, ``buffer_tco2``, ``credit_tco2`` and
        ``credit_sum_tco2``; years without a plantation and after the crediting period earn nothing.
    """
    yearly = projection.yearly()
    gain = yearly.get("afforestation", pd.Series(0.0, index=yearly.index)) * CO2_PER_C
    started = (gain.cumsum() > 0).to_numpy()
    first = int(np.argmax(started)) if started.any() else len(gain)
    counted = started & (np.arange(len(gain)) < first + ccer.crediting_years)
    net = np.where(counted, np.maximum(gain.to_numpy() - baseline_tco2_yr, 0.0), 0.0)
    out = pd.DataFrame({"year": yearly.index, "gain_tco2": gain.to_numpy()})
    out["baseline_tco2"] = np.where(counted, baseline_tco2_yr, 0.0)
    out["leakage_tco2"] = net * ccer.leakage
    out["buffer_tco2"] = (net - out["leakage_tco2"]) * ccer.buffer
    out["credit_tco2"] = net - out["leakage_tco2"] - out["buffer_tco2"]
    out["credit_sum_tco2"] = out["credit_tco2"].cumsum()
    return out
