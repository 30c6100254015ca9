"""What a city gained or lost between two dates: land that changed, and forest that grew while it stayed forest.

A look-up gives every hectare the stock of its class at once and sees no growth. Here soil, dead wood and litter move
over 20 years (IPCC Tier 1), new forest stands at its age on the growth curve, and forest that stayed forest gains by
its net growth. What the look-up alone would say is given beside it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
import pandas as pd

from guanghui.geo.errors import InputError
from guanghui.geo.landcover import land_class
from guanghui.geo.notes import Notes
from guanghui.geo.units import CO2_PER_C
from guanghui.sinks.carbon.cropland import STRAW_YEARS
from guanghui.sinks.carbon.forest import conversion, has_volume, species_mix
from guanghui.sinks.carbon.growth import growth_curve
from guanghui.sinks.city import SinkCity
from guanghui.sinks.factors.account import Account, Lines
from guanghui.sinks.factors.coefficients import NONE, Coefficient, Draws, constant, of
from guanghui.sinks.factors.table import Factors
from guanghui.sinks.flux import net_growth_rate
from guanghui.sinks.land.aged import aged_strata
from guanghui.sinks.land.layers import Layers
from guanghui.sinks.settings import SinkSettings
from guanghui.sinks.stock import Stock, account_settings, assess
from guanghui.sinks.tables import WHOLE_CODE, WHOLE_NAME, ByTownship
from guanghui.sinks.years.change import transitions
from guanghui.sinks.years.class_stock import (
    Own,
    class_pools,
    class_volume,
    lookup_codes,
    lookup_lines,
    mean_volumes,
    own_class_pools,
)
from guanghui.sinks.years.polygon_change import say_border, with_border, without_border
from guanghui.sinks.years.surveyed import Surveyed, say_surveyed, surveyed_ground, with_survey
from guanghui.sinks.years.transitions import Transitions, errors_ha, netted, swapped

__all__ = ["CityChange", "assess_change", "change_lines"]

SLOW_POOLS = ("dead", "litter", "soil")
_LINES = ("transition", "growth")
_PERCENT = (2.5, 97.5)
_STILL = 1e-12


@dataclass(frozen=True)
class CityChange(ByTownship):
    """Change of the stock between two dates."""

    table: pd.DataFrame
    """Township rows and the city: the four areas, ``changed_ha``, ``lookup_tc`` (what classes alone say),
    ``transition_tc`` (with ``transition_low_tc`` and ``transition_high_tc``), ``growth_tc``, ``change_tc`` with
    ``low_tc`` and ``high_tc`` (95 %), ``change_co2_t`` and ``change_tc_yr``. Of polygons also ``border_ha`` (changed
    along borders drawn anew), ``border_tc`` (what counting it adds) and ``inner_tc`` (the change without it)."""
    matrix: pd.DataFrame
    """Long: ``code``, ``before``, ``after``, labels, ``area_ha``, ``change_tc`` (transition and growth)."""
    swaps: pd.DataFrame
    """Pairs of classes that changed into each other in a township: ``code``, ``before``, ``after`` (the greater way),
    ``forth_ha``, ``back_ha``, ``gross_ha``, ``net_ha``. Only the net is counted: two maps of one place that err
    independently show as much change one way as the other."""
    transitions: Transitions
    """As counted: without the borders where the region leaves them out; its ``codes`` always hold all."""
    sources: pd.DataFrame
    """Every factor that was used, the least trusted first."""
    account: Account


def assess_change(city: SinkCity, stock: Stock | None = None) -> CityChange:
    """Account for what changed between the two land covers of a city.

    Parameters
    ----------
    city : SinkCity
        City with ``landcover`` and ``landcover_before``.
    stock : Stock, optional
        Stock of the later date; its reconciled volumes are then used for the forest.

    Returns
    -------
    CityChange

    Raises
    ------
    InputError
        Only one date, maps on two grids, codes without a meaning.
    """
    if city.landcover is None or city.landcover_before is None:
        raise InputError(
            "[landcover_before] and [landcover] are both needed for a change; give the map of an earlier year.",
            "变化需要 [landcover_before] 与 [landcover]；请提供早些年份的土地覆盖。",
        )
    settings = account_settings(city)
    factors = settings.factors()
    stock = assess(city) if stock is None and settings.own_pools else stock
    own = own_class_pools(city, stock, factors) if stock is not None else {}
    maps = transitions(city.landcover_before, city.landcover, city.townships, settings.change.border_m)
    ground = _surveyed(city, settings)
    hold = settings.change.surveyed == "hold"
    exact = maps if ground is None else with_survey(maps, ground, hold=hold)
    inner = None if exact.pieces is None else without_border(exact)
    found = exact if inner is None or settings.change.count_border else inner
    volumes = mean_volumes(stock) if stock is not None else {}

    def account_of(counted: Transitions) -> Account:
        account = change_lines(counted, settings, factors, volumes, own)
        return account if stock is None else _stock_growth(account, stock, counted, settings, factors)

    swaps = swapped(found.frame)
    counted = replace(found, frame=netted(found.frame, swaps))
    account = account_of(counted)
    _say_swaps(city, swaps)
    draws = Draws(settings.draws, city.seed)
    lookup = lookup_lines(counted, settings, factors, volumes, own)
    if ground is not None:
        say_surveyed(city.notes, ground, hold=hold)
        if counted.codes is not None and settings.own_pools:  # those of codes are of the maps
            under = ground.by_township(ground.found.codes)
            lookup = lookup.sub(lookup_codes(under, settings, factors, volumes), fill_value=0.0)
            named = replace(counted, frame=ground.named(ground.found.frame, hold=hold), codes=None)
            lookup = lookup.add(lookup_lines(named, settings, factors, volumes, own), fill_value=0.0)
    names = dict(zip(city.townships["code"], city.townships["name"], strict=True))
    sources = factors.report(account.factor_ids)
    table = _table(found, account, lookup, names, draws, _chance(found, swaps, settings, factors, volumes, own, draws))
    if inner is not None and exact.pieces is not None:
        accounts = (
            account if land is found else account_of(replace(land, frame=netted(land.frame, swapped(land.frame))))
            for land in (exact, inner)
        )
        totals = [one.totals(["code"]) for one in accounts]
        table = with_border(table, exact.pieces, totals[0].sub(totals[1], fill_value=0.0), settings.change)
        say_border(city.notes, table, settings.change)
    return CityChange(table, _matrix(found, account), swaps, found, sources, account)


def _surveyed(city: SinkCity, settings: SinkSettings) -> Surveyed | None:
    """Ground under surveyed wetlands and stands, where it is to hold at both dates."""
    if settings.change.surveyed == "maps" or city.landcover is None or city.landcover_before is None:
        return None
    layers = Layers.shape(city.wetlands, city.stands, city.crs, Notes())
    if layers.wetlands is None and layers.stands is None:
        return None
    return surveyed_ground(city.landcover_before, city.landcover, city.townships, layers, settings.change.border_m)


def _stock_growth(
    account: Account, stock: Stock, found: Transitions, settings: SinkSettings, factors: Factors
) -> Account:
    """Account whose growth is that of the stock: the same stands, volumes and rate, over the years between the dates.

    Of the forest of the stock that part grew which the maps call forest at both dates. With the yearly rate r the gain
    of the last year is r V, as the stock says it, and each year before ``1 + r`` times less. Stands of known age gained
    what their curve gained in those years.
    """
    rate = net_growth_rate(settings, factors).value
    span = (1 + rate) * (1 - (1 + rate) ** -found.years) / rate if abs(rate) > _STILL else found.years
    wooded = found.frame[found.frame["after"].map(has_volume).astype(bool)]
    both = wooded[wooded["before"].map(has_volume).astype(bool)].groupby("code")["area_ha"].sum()
    share = (both / wooded.groupby("code")["area_ha"].sum()).fillna(0.0)
    grown = stock.accounts["change"]
    rows = grown.lines[grown.lines["line"] == "forest_growth"]
    aged = aged_strata(stock.reconciliation.strata, settings, factors)
    whole = rows["amount"] * span
    count = len(aged)  # the account puts the stands of known age first: their growth, then their use
    whole.iloc[:count] = [stand.grown_m3(found.years) for stand in aged]
    whole.iloc[count : 2 * count] = rows["amount"].iloc[count : 2 * count] * found.years
    amount = whole * rows["code"].map(share).astype(float).fillna(1.0)
    shift = len(account.coefficients)
    lines = rows.assign(amount=amount, before=rows["class"], after=rows["class"], line="growth",
                        coefficient=rows["coefficient"] + shift)[account.lines.columns]  # fmt: skip
    other = account.lines[account.lines["line"] != "growth"]
    return Account(pd.concat([other, lines], ignore_index=True), (*account.coefficients, *grown.coefficients))


def _chance(
    found: Transitions, swaps: pd.DataFrame, settings: SinkSettings, factors: Factors, volumes: Mapping[str, float],
    own: Own, draws: Draws,
) -> Mapping[str, npt.NDArray[np.float64]]:  # fmt: skip
    """Random error of the counted change by township [t C] that independent errors of the two maps make.

    The error is one of area, so it is multiplied by the drawn difference of the two classes, not by its mean.
    """
    rng = np.random.default_rng([draws.seed, 0x5A9])
    known: dict[tuple[str, str], npt.NDArray[np.float64]] = {}
    out: dict[str, npt.NDArray[np.float64]] = {}
    for row in errors_ha(found, swaps).to_dict("records"):
        pair = (str(row["before"]), str(row["after"]))
        if pair not in known:
            parts = _pair_lines(*pair, found.years, settings, factors, volumes, own)
            known[pair] = sum((c.draw(draws) for line, c in parts if line == "transition"), np.zeros(draws.draws))
        spread = row["sd_ha"] * rng.standard_normal(draws.draws)
        out[row["code"]] = out.get(row["code"], np.zeros(draws.draws)) + spread * known[pair]
    return out


def _say_swaps(city: SinkCity, swaps: pd.DataFrame) -> None:
    """Say how much of the change of the maps runs both ways."""
    both = swaps[swaps["back_ha"] > 0]
    if len(both):
        gross, net = swaps["gross_ha"].sum(), swaps["net_ha"].sum()
        city.notes.add("landcover", f"of {gross:,.0f} ha that changed class, {gross - net:,.0f} ha run both ways "
                       f"between the same classes and are not counted; net {net:,.0f} ha",
                       f"地类变化毛面积 {gross:,.0f} 公顷，其中 {gross - net:,.0f} 公顷在相同地类间互换、不计入；"
                       f"净变化 {net:,.0f} 公顷")  # fmt: skip


def change_lines(
    found: Transitions,
    settings: SinkSettings,
    factors: Factors,
    volumes: Mapping[str, float] | None = None,
    own: Own = MappingProxyType({}),
) -> Account:
    """Change of every transition as lines of area times coefficients.

    Parameters
    ----------
    found : Transitions
        Areas by township and pair of classes.
    settings : SinkSettings
        Conversion, growth rates, soil.
    factors : Factors
        Tables.
    volumes : mapping, optional
        Class -> standing volume [m³/ha]; a default otherwise.
    own : mapping, optional
        Class -> pool -> carbon by a table of the user [t C/ha].

    Returns
    -------
    Account
        Keys ``code``, ``before``, ``after``, ``line`` (``transition`` or ``growth``).
    """
    lines = Lines()
    known: dict[tuple[str, str], list[tuple[str, Coefficient]]] = {}
    for row in found.frame.to_dict("records"):
        pair = (str(row["before"]), str(row["after"]))
        if pair not in known:
            known[pair] = _pair_lines(*pair, found.years, settings, factors, volumes or {}, own)
        for line, coefficient in known[pair]:
            lines.add(row["area_ha"], coefficient, code=row["code"], before=pair[0], after=pair[1], line=line)
    return lines.account(["code", "before", "after", "line"])


def _pair_lines(
    before: str, after: str, years: float, settings: SinkSettings, factors: Factors, volumes: Mapping[str, float],
    own: Own,
) -> list[tuple[str, Coefficient]]:  # fmt: skip
    trees = has_volume(before), has_volume(after)
    out = []
    if before != after:
        out += _transition(before, after, years, settings, factors, volumes, own, keep_trees=all(trees))
    if all(trees):
        out.append(("growth", _growth(after, years, settings, factors, volumes)))
    return out


def _transition(
    before: str, after: str, years: float, settings: SinkSettings, factors: Factors, volumes: Mapping[str, float],
    own: Own, *, keep_trees: bool,
) -> list[tuple[str, Coefficient]]:  # fmt: skip
    """Living pools at once, the slow ones year by year; trees that only changed their name stay as they are."""
    share = min(years / STRAW_YEARS, 1.0)
    old, new = (class_pools(k, settings, factors, volumes, own) for k in (before, after))
    if has_volume(after) and not keep_trees:
        new |= _young(after, years, settings, factors)
    out = []
    for pool in dict.fromkeys([*old, *new]):
        if keep_trees and pool in ("above", "below"):
            continue
        part = share if pool in SLOW_POOLS else 1.0
        out.append(("transition", new.get(pool, NONE) * part))
        out.append(("transition", old.get(pool, NONE) * -part))
    return [(line, c) for line, c in out if c.parts]


def _young(key: str, years: float, settings: SinkSettings, factors: Factors) -> dict[str, Coefficient]:
    """Living trees of a forest that is at most ``years`` old; on average half of that."""
    group = max(species_mix(key, settings.species_mix).items(), key=lambda item: item[1])[0]
    curve = growth_curve(group, factors, method=settings.conversion)
    alive = of(curve.spread) * (float(curve.density(years / 2)) / curve.spread.value)
    return {"above": alive, "below": NONE}


def _growth(
    key: str, years: float, settings: SinkSettings, factors: Factors, volumes: Mapping[str, float]
) -> Coefficient:
    """Net growth of a hectare of forest over the years, from the volume halfway."""
    mix = species_mix(key, settings.species_mix)
    rate = net_growth_rate(settings, factors)
    halfway = 1 / (1 + rate.value * years / 2)
    c = conversion(mix, settings.conversion, factors)
    return c.per_m3 * class_volume(key, mix, factors, volumes) * rate * constant(years * halfway)


def _table(
    found: Transitions,
    account: Account,
    lookup: pd.Series,
    names: Mapping[str, str],
    draws: Draws,
    chance: Mapping[str, npt.NDArray[np.float64]],
) -> pd.DataFrame:
    out = found.coverage.copy()
    changed = found.frame[found.frame["before"] != found.frame["after"]]
    out["changed_ha"] = changed.groupby("code")["area_ha"].sum()
    out["lookup_tc"] = lookup
    out = out.join(account.wide(["code"], "line", _LINES).add_suffix("_tc")).fillna(0.0)
    out = pd.concat([out, out.sum().to_frame().T.set_axis([WHOLE_CODE])])
    out["change_tc"] = out["transition_tc"] + out["growth_tc"]
    groups, random = account.draws(["code"], draws)
    none = np.zeros(draws.draws)
    noise = np.array([chance.get(code, none) for code in groups.get_level_values("code")]).reshape(random.shape)
    random = random + noise
    ends = pd.DataFrame(np.percentile(random, _PERCENT, axis=1).T, index=groups, columns=["low_tc", "high_tc"])
    ends.loc[WHOLE_CODE] = np.percentile(random.sum(axis=0), _PERCENT)
    moved, drawn = account.where(account.lines["line"] == "transition").draws(["code"], draws)
    drawn = drawn + np.array([chance.get(code, none) for code in moved]).reshape(drawn.shape)
    names_of = ["transition_low_tc", "transition_high_tc"]
    turned = pd.DataFrame(np.percentile(drawn, _PERCENT, axis=1).T, index=moved, columns=names_of)
    turned.loc[WHOLE_CODE] = np.percentile(drawn.sum(axis=0), _PERCENT) if len(moved) else 0.0
    out = out.join(ends).join(turned).fillna(dict.fromkeys(["low_tc", "high_tc", *names_of], 0.0))
    out["change_co2_t"] = out["change_tc"] * CO2_PER_C
    out["change_tc_yr"] = out["change_tc"] / found.years
    out.insert(0, "name", [names.get(str(code), WHOLE_NAME[0]) for code in out.index])
    return out.rename_axis("code").reset_index()


def _matrix(found: Transitions, account: Account) -> pd.DataFrame:
    keys: Sequence[str] = ["code", "before", "after"]
    values = account.totals(keys).rename("change_tc")
    out = found.frame.merge(values.reset_index(), how="outer", on=list(keys)).fillna({"change_tc": 0.0, "area_ha": 0.0})
    for side in ("before", "after"):
        for label in ("label_zh", "label_en"):
            out[f"{side}_{label}"] = [getattr(land_class(k), label) for k in out[side]]
    return out
