"""A year that closes: opening + growth + works − harvest − fire − pest − conversion = closing, by township.

The account is of living trees and of the dead wood that events leave. An event kills trees; part of their carbon is
gone at once (to the air, or as products), the rest rots in stores of dead wood for years. Each loss of a year stands
in the column of the event that caused it, also when it is the rot of wood that died long before.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Protocol

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from guanghui.data.files import read_table
from guanghui.geo.errors import InputError, listing
from guanghui.geo.landcover import land_class
from guanghui.geo.zonal import class_sums
from guanghui.sinks.carbon.forest import has_volume
from guanghui.sinks.city import SinkCity
from guanghui.sinks.factors.table import Factors, citations
from guanghui.sinks.flux import net_growth_rate
from guanghui.sinks.land.aged import aged_strata
from guanghui.sinks.settings import SinkSettings, Work
from guanghui.sinks.stock import Stock, assess
from guanghui.sinks.tables import WHOLE_CODE, WHOLE_NAME, ByTownship
from guanghui.sinks.years.cohorts import SLACK, Event, Forest, Planted, Standing, touched_by, trees_by_age
from guanghui.sinks.years.projection import Baseline, project

__all__ = ["EVENT_COLUMNS", "KINDS", "Forest", "Ledger", "LedgerCity", "ledger", "run_ledger"]

Floats = npt.NDArray[np.float64]

KINDS: Mapping[str, tuple[str, str]] = MappingProxyType({
    "harvest": ("采伐", "harvest"), "fire": ("火灾", "fire"), "pest": ("病虫害", "pests"),
    "conversion": ("林地转出", "conversion"),
})  # fmt: skip
EVENT_COLUMNS = ("kind", "year", "code", "area_ha", "volume_m3", "living_tc", "killed", "removed", "replanted")
"""What an event is: one of area [ha], volume [m³] and carbon of living trees [t C], the part of it that dies [1], the
part of the dead stems carried out [1], and the species group planted after (empty: none)."""
_PARTS = ("stem", "crown", "root")
_STORES = ("snag", "medium", "fast", "slow")
_SINKS = ("air", "products")
_FOREST_WORKS = ("afforestation", "degraded_restoration", "closure", "tending")
_REFERENCE_C = 10.0


class LedgerCity(SinkCity, Protocol):
    """What the ledger reads of a city beside the account."""

    @property
    def events(self) -> pd.DataFrame | None:
        """``EVENT_COLUMNS`` but ``code`` and ``living_tc``; ``township`` (name or code) or a ``geometry``."""


@dataclass(frozen=True)
class Ledger(ByTownship):
    """The account year by year."""

    table: pd.DataFrame
    """Townships x years, the city (code ``""``) last of each year: ``opening_tc``, ``growth_tc``, ``works_tc``,
    ``harvest_tc``, ``fire_tc``, ``pest_tc``, ``conversion_tc`` (losses positive), ``closing_tc``, ``dead_tc`` (dead
    wood of events in the closing stock) and ``products_tc`` (of the harvest, carried out as wood)."""
    events: pd.DataFrame
    """``EVENT_COLUMNS`` as counted, with ``dead_tc``: carbon of the trees that died [t C]."""
    sources: pd.DataFrame
    """Shares and decay in use: ``id``, ``value``, ``low``, ``high``, ``unit``, ``mark``, ``citation``, ``basis``."""

    @property
    def years(self) -> list[int]:
        """Years of the account."""
        return sorted(int(y) for y in self.table["year"].unique())

    @property
    def city_years(self) -> pd.DataFrame:
        """Rows of the whole city, one a year."""
        return self.table[self.table["code"].astype(str) == WHOLE_CODE].reset_index(drop=True)

    @property
    def residual_tc(self) -> float:
        """Largest difference between the closing stock and what opening, gains and losses leave [t C]."""
        t = self.table
        left = t["opening_tc"] + t["growth_tc"] + t["works_tc"] - t[[f"{k}_tc" for k in KINDS]].sum(axis=1)
        return float((left - t["closing_tc"]).abs().max()) if len(t) else 0.0


@lru_cache(maxsize=1)
def _shares() -> Mapping[str, Floats]:
    """Kind -> shares, rows air, products and the stores, columns stem, crown and root."""
    ways = [*_SINKS, *_STORES]
    out = {k: np.zeros((len(ways), len(_PARTS))) for k in KINDS}
    for r in read_table("factors", "events.csv").to_dict("records"):
        out[str(r["kind"])][ways.index(str(r["to"])), _PARTS.index(str(r["part"]))] = float(r["share"])
    return MappingProxyType(out)


@lru_cache(maxsize=8)
def _decay(temperature_c: float) -> tuple[Floats, Floats]:
    """Decay of the stores in a year, and what part of it goes to the air."""
    rows = read_table("factors", "dead_wood.csv").set_index("store").loc[list(_STORES)]
    base, q10 = (rows[c].to_numpy(float) for c in ("decay_per_year", "q10"))
    rate = np.minimum(base * q10 ** ((temperature_c - _REFERENCE_C) / 10), 1.0)
    return rate, rows["to_air"].to_numpy(float)


def run_ledger(
    forest: Forest, events: pd.DataFrame, years: Sequence[int], factors: Factors, *,
    temperature_c: float = _REFERENCE_C, method: str = "bef",
) -> tuple[pd.DataFrame, pd.DataFrame]:  # fmt: skip
    """Carry the trees of all townships through the years.

    Parameters
    ----------
    forest : Forest
        Trees in the first year.
    events : pandas.DataFrame
        ``EVENT_COLUMNS``.
    years : sequence of int
        Years of the account.
    factors : Factors
        For the curves of what is planted after events.
    temperature_c : float
        Mean temperature of the year, for the decay [°C].
    method : {"bef", "fang"}
        Conversion of the planted stands.

    Returns
    -------
    table, events : pandas.DataFrame
        Rows of the townships (``code``, ``year`` and the columns of :class:`Ledger`), and the events with ``dead_tc``.

    Raises
    ------
    InputError
        If events take more than stands.
    """
    count, kinds = len(forest.codes), list(KINDS)
    place = {code: i for i, code in enumerate(forest.codes)}
    ageless, planted = forest.ageless_tc.copy(), np.zeros(count)
    old = Standing(forest, len(years))
    stands = forest.area_ha.copy()
    per_m3 = np.divide(forest.ageless_tc + forest.aged_tc, forest.volume_m3, out=np.zeros(count),
                       where=forest.volume_m3 > 0)  # fmt: skip
    dead = np.zeros((count, len(kinds), len(_STORES)))
    rate, to_air = _decay(temperature_c)
    slow = _STORES.index("slow")
    known, died, out = events.reset_index(drop=True), np.zeros(len(events)), []
    by_year = _by_year(known, place)
    cohorts = Planted(count, len(years), factors, method)
    for k, year in enumerate(years):
        opening = ageless + old.carbon(k) + planted + dead.sum(axis=(1, 2))
        growth_a, growth_b = ageless * forest.rate[k], old.carbon(k + 1) - old.carbon(k)
        works = forest.works_tc[:, k].copy()
        works += cohorts.gain(k)
        ageless, planted = ageless + growth_a, planted + works
        losses, products = np.zeros((count, len(kinds))), np.zeros(count)
        rotting = dead * rate
        dead -= rotting
        losses += (rotting * to_air).sum(axis=2)
        dead[:, :, slow] += (rotting * (1 - to_air)).sum(axis=2)
        for n, i, event in by_year.get(int(year), ()):
            aged = old.of(i, k + 1)
            living = aged if event.oldest else float(ageless[i]) + aged
            if event.oldest:
                touched, area = old.oldest(i, k + 1, event, float(per_m3[i]))
            else:
                touched, area = touched_by(event, living, float(stands[i]), float(per_m3[i]))
            killed = touched * event.killed
            if killed > living * (1 + SLACK) or living <= 0:
                raise _too_much(event, killed, living)
            if not event.oldest:
                keep = 1 - min(killed / living, 1.0)
                ageless[i] *= keep
                old.keep(i, keep)
            stands[i] -= area * event.killed
            died[n] = killed
            j = kinds.index(event.kind)
            gone, carried = _distribute(event, killed * forest.parts[i], dead[i, j])
            losses[i, j] += gone
            products[i] += carried
            if event.replanted:
                cohorts.plant(event.replanted, i, k, area * event.killed)
        closing = ageless + old.carbon(k + 1) + planted + dead.sum(axis=(1, 2))
        out.append(pd.DataFrame({
            "code": list(forest.codes), "year": int(year), "opening_tc": opening, "growth_tc": growth_a + growth_b,
            "works_tc": works, **{f"{kind}_tc": losses[:, j] for j, kind in enumerate(kinds)}, "closing_tc": closing,
            "dead_tc": dead.sum(axis=(1, 2)), "products_tc": products,
        }))  # fmt: skip
    return pd.concat(out, ignore_index=True), known.assign(dead_tc=died)


def _by_year(events: pd.DataFrame, place: Mapping[str, int]) -> Mapping[int, list[tuple[int, int, Event]]]:
    """Year -> row, place of the township and event, in the order of the rows."""
    out: dict[int, list[tuple[int, int, Event]]] = {}
    oldest = events["oldest"] if "oldest" in events else pd.Series(False, index=events.index)
    columns = [*(events[c].tolist() for c in EVENT_COLUMNS), oldest.fillna(False).astype(bool).tolist()]
    for n, row in enumerate(zip(*columns, strict=True)):
        kind, year, code, area, volume, living, killed, removed, after, first = row
        event = Event(
            str(kind), int(year), str(code), float(area), float(volume), float(living), float(killed), float(removed),
            str(after), bool(first),
        )  # fmt: skip
        out.setdefault(event.year, []).append((n, place[event.code], event))
    return out


def _distribute(event: Event, parts: Floats, stores: Floats) -> tuple[float, float]:
    """Send the carbon of dead stems, crowns and roots on its ways; what left the stock, and what of it as products."""
    table = _shares()[event.kind]
    into = table @ parts  # air, products, and the stores
    taken = table[len(_SINKS) :, 0] * parts[0] * event.removed
    stores += into[len(_SINKS) :] - taken
    return float(into[0] + into[1] + taken.sum()), float(into[1])


def _much(killed: float) -> str:
    return f"{killed:,.1f}" if math.isfinite(killed) else "more"


def _too_much(event: Event, killed: float, living: float) -> InputError:
    return InputError(
        f"[[events]]: {event.kind} of {event.year} in {event.code} takes {_much(killed)} t C of living trees, but only "
        f"{living:,.1f}{' of known age' if event.oldest else ''} stand there then; check area, volume and township.",
        f"[[events]]：{event.code} {event.year} 年{KINDS[event.kind][0]}需 {_much(killed)} t C 活立木，"
        f"而当年{'年龄已知的' if event.oldest else ''}仅有 {living:,.1f} t C；请检查面积、蓄积与乡镇。",
    )


def ledger(city: LedgerCity, stock: Stock | None = None) -> Ledger | None:
    """Account of the trees of a city year by year, with its events and works.

    Parameters
    ----------
    city : LedgerCity
        City with land cover and ``events``.
    stock : Stock, optional
        Its stock, when it was worked out already: what stands when the first year begins.

    Returns
    -------
    Ledger or None
        None where no events are given.

    Raises
    ------
    InputError
        Townships that are not there, events before the first year, events that take more than stands.

    Notes
    -----
    The first year is that of ``[sinks.ledger]`` or of the first event. Trees of known age grow along their curves,
    others by the rate of the region, both less the use; where harvests are given as events no use is taken off beside
    them, because it would be counted twice; the natural death in it is then left out. Burnt, felled and converted land
    stays bare in the account unless the event names what is planted after.
    """
    given = getattr(city, "events", None)
    if given is None or not len(given):
        return None
    stock = assess(city) if stock is None else stock
    settings, factors = stock.settings, stock.settings.factors()
    first = settings.ledger.first_year or int(given["year"].min())
    last = settings.ledger.last_year or max(int(given["year"].max()), first)
    early = given[given["year"] < first]
    if len(early) or last < first:
        raise InputError(
            f"[[events]]: {listing([str(y) for y in sorted(early['year'].unique())] or [str(last)])} lies before the "
            f"first year of the account, {first}; set `first_year` in [sinks.ledger] to the year of the stand survey.",
            f"[[events]]：{listing([str(y) for y in sorted(early['year'].unique())] or [str(last)])}"
            f"早于账户首年 {first}；请将 [sinks.ledger] 的 first_year 设为小班调查年份。",
        )
    years = range(first, last + 1)
    counted = given[given["year"] <= last]
    events = _located(city, stock, counted)
    harvested = bool((events["kind"] == "harvest").any())
    ordered = "oldest" in events and bool(events["oldest"].any())
    forest = _forest(city, stock, settings, factors, years, gross=harvested or ordered, ordered=ordered)
    table, done = run_ledger(
        forest, events, years, factors, temperature_c=settings.ledger.temperature_c, method=settings.conversion
    )
    if harvested:
        city.notes.add("events", "harvests are given: in the ledger trees grow by the gross rate or their curve, and "
                       "what is cut beside the events is not taken off",
                       "已给出采伐事件：台账中林分按总生长率或生长曲线计，事件以外的消耗未扣除")  # fmt: skip
    return Ledger(_with_city(table, city), done, _report(done))


def _with_city(table: pd.DataFrame, city: SinkCity) -> pd.DataFrame:
    sums = table.drop(columns="code").groupby("year", as_index=False).sum().assign(code=WHOLE_CODE)
    out = pd.concat([table, sums], ignore_index=True)
    names = dict(zip(city.townships["code"].astype(str), city.townships["name"], strict=True))
    out.insert(1, "name", [names.get(code, WHOLE_NAME[0]) for code in out["code"]])
    order = {code: i for i, code in enumerate([*names, WHOLE_CODE])}
    place = np.lexsort((out["code"].map(order), out["year"]))
    return out.iloc[place].reset_index(drop=True)


def _located(city: LedgerCity, stock: Stock, events: pd.DataFrame) -> pd.DataFrame:
    """Events by township code; a polygon is cut by the townships, and its trees are those of the map under it."""
    names = city.townships[["code", "name", "name_en"]].astype(str)
    known = {row[c]: row["code"] for row in names.to_dict("records") for c in reversed(names.columns)}
    shapes = events["geometry"] if "geometry" in events else pd.Series(None, index=events.index, dtype=object)
    drawn = shapes.notna()
    plain = events[~drawn].copy()
    lost = sorted(set(plain["township"].astype(str)) - set(known))
    if lost:
        raise InputError(
            f"[[events]]: no township is called {listing(lost)}; write a name or code of the townships.",
            f"[[events]]：没有名为 {listing(lost)} 的乡镇；请填写乡镇名称或代码。",
        )
    plain["code"] = plain["township"].astype(str).map(known)
    plain["living_tc"] = np.nan
    parts = [plain]
    if drawn.any():
        parts.append(_drawn(city, stock, events[drawn]))
    columns = [*EVENT_COLUMNS, *(["oldest"] if "oldest" in events else [])]
    return pd.concat(parts, ignore_index=True)[columns].sort_values("year", kind="stable").reset_index(drop=True)


def _drawn(city: LedgerCity, stock: Stock, events: pd.DataFrame) -> pd.DataFrame:
    shapes = gpd.GeoDataFrame(events.reset_index(drop=True), geometry="geometry", crs=city.townships.crs)
    pieces = gpd.overlay(
        shapes.drop(columns=["township"]), city.townships[["code", "geometry"]], how="intersection", keep_geom_type=True
    )
    if pieces.empty:
        raise InputError(
            "[[events]]: no polygon of the events lies in a township; check their CRS.",
            "[[events]]：事件图斑均不在乡镇范围内；请检查坐标系。",
        )
    living = stock.density["above"] + stock.density["below"]
    sums, known = class_sums(stock.classes, living, pieces[["geometry"]])
    wooded = [c for c in sums.columns if c and has_volume(land_class(int(c)).key)]
    out = pieces.drop(columns="geometry")
    if "oldest" in out:
        out["oldest"] = False  # a polygon takes what it covers
    out["code"] = out["code"].astype(str)
    out["living_tc"] = sums[wooded].sum(axis=1).to_numpy(float)
    out["area_ha"] = known[wooded].sum(axis=1).to_numpy(float) / 1e4
    out["volume_m3"] = np.nan
    return out[out["living_tc"] > 0]


def _forest(
    city: LedgerCity, stock: Stock, settings: SinkSettings, factors: Factors, years: range, *, gross: bool,
    ordered: bool = False,
) -> Forest:  # fmt: skip
    codes = tuple(city.townships["code"].astype(str))
    alive = stock.by_class[(stock.by_class["group"] == "forest") & stock.by_class["pool"].isin(["above", "below"])]
    alive = alive[[has_volume(k) for k in alive["class"]]]
    pools = alive.pivot_table("stock_tc", "code", "pool", "sum").reindex(list(codes)).fillna(0.0)
    pools = pools.reindex(columns=["above", "below"], fill_value=0.0)
    living = pools.sum(axis=1).to_numpy(float)
    strata = stock.reconciliation.strata
    sums = strata.groupby("code")[["area_ha", "volume_m3"]].sum().reindex(list(codes)).fillna(0.0)
    free = settings.model_copy(update={"consumption_rate_pct": 0.0}) if gross else settings
    stands = aged_strata(strata, free, factors)
    held, gain = np.zeros(len(codes)), np.zeros((len(codes), len(years)))
    place = {code: i for i, code in enumerate(codes)}
    for stand in stands:
        held[place[stand.code]] += stand.held_tc
        gain[place[stand.code]] += np.diff(stand.gains_m3(len(years))) * stand.coefficient.value
    over = np.divide(living, held, out=np.ones(len(codes)), where=held > living)
    held = np.minimum(held, living)
    ages = trees_by_age(stands, place, len(years), over) if ordered and stands else None
    decline = (1 - settings.projection.growth_decline_per_year) ** np.arange(len(years))
    rate: Floats = net_growth_rate(free, factors).value * decline.astype(np.float64)
    return Forest(
        codes, sums["area_ha"].to_numpy(float), sums["volume_m3"].to_numpy(float), living - held, held, gain, rate,
        _parts(pools, strata, codes, factors), _works(city, settings, factors, years, sums["area_ha"].to_numpy(float)),
        ages,
    )  # fmt: skip


def _parts(pools: pd.DataFrame, strata: pd.DataFrame, codes: Sequence[str], factors: Factors) -> Floats:
    """Shares of stem, crown and root: the stem is what stands above ground over its expansion factor."""
    total = pools.sum(axis=1).to_numpy(float)
    above = np.divide(pools["above"].to_numpy(float), total, out=np.full(len(codes), 0.8), where=total > 0)
    bef = factors.find("bef", ("tree",)).value
    return np.column_stack([above / bef, above * (1 - 1 / bef), 1 - above])


def _works(
    city: LedgerCity, settings: SinkSettings, factors: Factors, years: range, forest_ha: Floats
) -> Floats:  # fmt: skip
    """Yearly gain of the works on forest by township [t C]; those of the whole region go by forest area."""
    names = city.townships[["code", "name", "name_en"]].astype(str)
    known = {row[c]: i for i, row in enumerate(names.to_dict("records")) for c in reversed(names.columns)}
    out = np.zeros((len(names), len(years)))
    share = forest_ha / forest_ha.sum() if forest_ha.sum() > 0 else np.zeros(len(names))
    for work in settings.projection.works:
        if work.kind not in _FOREST_WORKS or (work.township and work.township not in known):
            continue
        gain = _gain_of(work, settings, factors, years)
        if work.township:
            out[known[work.township]] += gain
        else:
            out += share[:, None] * gain[None, :]
    return out


def _gain_of(work: Work, settings: SinkSettings, factors: Factors, years: range) -> Floats:
    plan = settings.projection.model_copy(update={"works": (work,), "first_year": years[0] - 1, "last_year": years[-1]})
    alone = settings.model_copy(update={"projection": plan, "draws": 100})
    return project(Baseline(0.0), alone, factors=factors).yearly()[work.kind].to_numpy(float)


def _report(events: pd.DataFrame) -> pd.DataFrame:
    """Shares of the kinds that occur, and the decay of dead wood."""
    cite = citations()
    shares = read_table("factors", "events.csv")
    shares = shares[shares["kind"].isin(events["kind"])]
    shares = shares.assign(
        id="event." + shares["kind"] + "." + shares["part"] + "." + shares["to"], value=shares["share"]
    )
    decay = read_table("factors", "dead_wood.csv")
    decay = decay.assign(id="dead_wood." + decay["store"], value=decay["decay_per_year"])
    both = pd.concat([shares, decay], ignore_index=True)
    both["citation"] = both["source"].map(cite)
    return both[["id", "value", "low", "high", "unit", "mark", "citation", "basis"]]
