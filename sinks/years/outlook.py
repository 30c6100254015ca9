"""What comes next: land that changed, land that could be planted or apply for credits, and the works to 2060.

One call gathers what a forestry bureau's page, workbook and brief show beside the stock.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import geopandas as gpd
import numpy as np
import pandas as pd
import xarray as xr

from guanghui.geo.burn import burn
from guanghui.geo.grid import Grid
from guanghui.geo.raster import on_grid
from guanghui.sinks.city import SinkCity
from guanghui.sinks.factors.table import Factors
from guanghui.sinks.settings import SinkSettings, Work
from guanghui.sinks.stock import Stock, assess
from guanghui.sinks.tables import WHOLE_CODE, WHOLE_NAME, ByTownship
from guanghui.sinks.years.ccer import CcerScreening, afforestation, salt_marsh
from guanghui.sinks.years.change import check_two_dates
from guanghui.sinks.years.difference import CityChange, assess_change
from guanghui.sinks.years.effect import WorksEffect, WorksSurvey, survey_effect
from guanghui.sinks.years.potential import Potential, planting_potential, slope_deg
from guanghui.sinks.years.projection import (
    BESIDE,
    LINES,
    Baseline,
    Projection,
    afforestation_credits,
    baseline_of,
    project,
)

__all__ = ["Outlook", "OutlookCity", "outlook"]

_MOST_CELLS = 150_000_000
"""Screening finds connected patches and holds the map in memory; a larger one is worked county by county."""
_CREDIT_COLUMNS = {
    "eligible_ha": "ccer_ha", "credit_tco2_yr": "ccer_tco2_yr", "credit_low_tco2_yr": "ccer_low_tco2_yr",
    "credit_high_tco2_yr": "ccer_high_tco2_yr",
}  # fmt: skip


class OutlookCity(SinkCity, Protocol):
    """What the outlook reads of a city beside the account."""

    @property
    def farmland(self) -> gpd.GeoDataFrame | None:
        """Permanent basic farmland (永久基本农田)."""

    @property
    def excluded(self) -> gpd.GeoDataFrame | None:
        """Land the user keeps out of planting."""

    @property
    def planned(self) -> gpd.GeoDataFrame | None:
        """Land planned for forest (规划造林地)."""

    @property
    def cleared(self) -> gpd.GeoDataFrame | None:
        """Cleared coastal ponds and works (退养退围)."""

    @property
    def works(self) -> WorksSurvey | None:
        """Polygons of works done and of their controls, with the carbon of two dates."""


@dataclass(frozen=True)
class Outlook(ByTownship):
    """Change, potential, credits, projection and effect of works of a city."""

    table: pd.DataFrame
    """One row a township, the last the city (code ``""``). ``works_ha``: works of the plan that name the township, all
    of them in the last row. ``eligible_ha`` with ``gain_<year>_tc`` and its 95 % range: the potential.
    ``expected_<year>_tc`` with its range: change since the first year by growth of what stands and by the works named
    for the township. ``ccer_ha`` and ``ccer_tco2_yr`` with its range: all screenings. ``changed_ha`` and ``change_tc``:
    between the two land covers. Columns of parts that are missing are missing too."""
    works: pd.DataFrame
    """Works of the plan: ``code``, ``name``, ``line``, ``label_zh``, ``label_en``, ``first_year``, ``last_year``,
    ``area_ha``, ``counted`` (in the sums; wetland works are not), ``expected_<year>_tc`` with its 95 % range, and for
    wetland works ``gases_<year>_tco2e``, their balance of all gases since the first year, positive to the air."""
    change: CityChange | None
    """What changed between the two land covers, with the matrix by township; None without an earlier one."""
    potential: Potential | None
    """Where planting is possible; None for a map too large to screen at once."""
    credits: tuple[CcerScreening, ...]
    """Afforestation, and salt marsh where there are tidal flats; estimates."""
    projection: Projection
    """The city to the last year."""
    credit_years: pd.DataFrame
    """Afforestation works accounted year by year the way a CCER project is; an estimate."""
    effect: WorksEffect | None
    """Works before and after against a control, where the region names them."""
    sources: pd.DataFrame
    """Every factor that was used, the least trusted first."""

    @property
    def unverified(self) -> pd.DataFrame:
        """Factors in use that nobody verified or that are assumed."""
        return self.sources[self.sources["unverified"]].reset_index(drop=True)


def outlook(city: OutlookCity, stock: Stock | None = None) -> Outlook:
    """Gather change, potential, credits, projection and effect of works.

    Parameters
    ----------
    city : OutlookCity
        City with land cover; terrain, farmland, an earlier land cover and surveyed works where known.
    stock : Stock, optional
        Its stock, when it was worked out already; not used where only some townships of a region were chosen.

    Returns
    -------
    Outlook

    Raises
    ------
    InputError
        No land cover; two land covers on different grids; surveyed works without a control.
    """
    if city.whole is not city:
        found = outlook(city.whole)
        keep = {*city.townships["code"].astype(str), WHOLE_CODE}
        return replace(found, table=found.table[found.table["code"].isin(keep)].reset_index(drop=True))
    stock = assess(city) if stock is None else stock
    settings = stock.settings
    assert city.landcover is not None  # `assess` refuses a city without
    factors = settings.factors()
    change = assess_change(city, stock) if city.landcover_before is not None else None
    potential, credits = _screened(city, stock, settings, factors)
    located = _located(city, settings.projection.works)
    settings = _only(settings, [work for work, _ in located])
    works = _works(city, located, settings, factors)
    projection = project(baseline_of(stock.table, stock.by_class), settings, factors=factors, seed=city.seed)
    _say_gases(city, projection)
    effect = None if city.works is None else survey_effect(city.works, factors)
    parts = [projection.sources, *(c.sources for c in credits)]
    parts += [p.sources for p in (change, potential) if p is not None]
    return Outlook(
        table=_table(city.seed, stock, settings, factors, located, change, potential, credits),
        works=works,
        change=change,
        potential=potential,
        credits=credits,
        projection=projection,
        credit_years=afforestation_credits(projection, settings.ccer),
        effect=effect,
        sources=factors.report(set().union(*(p["id"] for p in parts))),
    )


def _say_gases(city: OutlookCity, projection: Projection) -> None:
    """Say the balance of all gases beside the carbon that wetland works bury."""
    if projection.gases.empty:
        return
    last = int(projection.gases["year"].max())
    balance = float(projection.gases.loc[projection.gases["year"] == last, "balance_tco2e"].sum())
    kind = ("a source", "排放源") if balance > 0 else ("a sink", "吸收汇")
    city.notes.add("works", f"wetland works bury carbon, and with their methane are {kind[0]} of {abs(balance):,.0f} t "
                   f"CO2e by {last}: their carbon stands beside the sums and in none of them",
                   f"湿地工程埋藏碳，但计入甲烷后至 {last} 年为{kind[1]}，{abs(balance):,.0f} t CO₂e："
                   "其固碳量单列，不计入任何合计")  # fmt: skip


def _screened(
    city: OutlookCity, stock: Stock, settings: SinkSettings, factors: Factors
) -> tuple[Potential | None, tuple[CcerScreening, ...]]:
    """Land to plant, and land that could apply for credits."""
    cells = int(np.prod(stock.classes.shape))
    if cells > _MOST_CELLS:
        city.notes.add("potential", f"a map of {cells:,} cells is too large to screen at once; take county by county",
                       f"地图共 {cells:,} 个像元，过大，请分县筛查造林潜力")  # fmt: skip
        return None, ()
    classes, draws, seed = _inside(stock.classes.compute(), city.townships), settings.draws, city.seed
    potential = planting_potential(
        classes, city.townships, settings.potential, slope=_slope(city, classes), farmland=city.farmland,
        excluded=city.excluded, factors=factors, method=settings.conversion, draws=draws, seed=seed,
    )  # fmt: skip
    before, years = _history(city, settings)
    if settings.ccer.history_years > 0 and before is None:
        wanted = settings.ccer.history_years
        city.notes.add("ccer", f"no land cover of {wanted} years ago: the rule on history is not tested",
                       f"缺少 {wanted} 年前的土地覆盖，未检验历史地类条件")  # fmt: skip
        settings = settings.model_copy(update={"ccer": settings.ccer.model_copy(update={"history_years": 0})})
    found = [
        afforestation(
            classes, city.townships, settings, before=before, years_between=years, planned=city.planned,
            group=settings.potential.group, factors=factors, draws=draws, seed=seed,
        )
    ]  # fmt: skip
    if city.cleared is not None or (stock.by_class["class"] == "tidal_flat").any():
        found.append(salt_marsh(classes, city.townships, settings, cleared=city.cleared, factors=factors, draws=draws,
                                seed=seed))  # fmt: skip
    return potential, tuple(found)


def _inside(classes: xr.DataArray, townships: gpd.GeoDataFrame) -> xr.DataArray:
    """Classes of the cells that a township touches; nothing elsewhere, so that the rules count the region alone."""
    touched = burn(classes, townships, at_least=0.0).to_numpy() >= 0
    return classes.copy(data=np.where(touched, classes.to_numpy(), 0).astype(np.uint8))


def _slope(city: OutlookCity, classes: xr.DataArray) -> np.ndarray | None:
    if city.terrain is None:
        city.notes.add("potential", "no terrain: the rule on slope is not tested", "缺少地形数据，未检验坡度条件")
        return None
    heights = on_grid(city.terrain, Grid.of(classes), resampling="bilinear", name="terrain", units="m")
    return slope_deg(heights.astype(np.float32).compute())


def _history(city: OutlookCity, settings: SinkSettings) -> tuple[xr.DataArray | None, float]:
    """Classes of the earlier date when it is old enough for the rule, and the years between."""
    now, then = city.landcover, city.landcover_before
    if now is None or then is None:
        return None, 0.0
    years = check_two_dates(then, now)
    if years < settings.ccer.history_years:
        return None, 0.0
    return then.clip(city.townships).classify(check=False).compute(), years


def _located(city: OutlookCity, works: Sequence[Work]) -> list[tuple[Work, str]]:
    """Works with the code of the township they name, empty for the whole region; works elsewhere are left out."""
    names = city.townships[["code", "name", "name_en"]].astype(str)
    known = {row[column]: row["code"] for row in names.to_dict("records") for column in reversed(names.columns)}
    known.pop("", None)  # a township without an English name is not the one that a work without a township names
    lost = sorted({w.township for w in works} - {"", *known})
    if lost:
        city.notes.add("works", f"works in {', '.join(lost)} are left out: no township of this run has that name",
                       f"{'、'.join(lost)}不在本次乡镇之列，其工程未计入")  # fmt: skip
    return [(w, known.get(w.township, WHOLE_CODE)) for w in works if w.township not in lost]


def _years(settings: SinkSettings) -> list[int]:
    plan = settings.projection
    return [y for y in settings.potential.years if plan.first_year <= y <= plan.last_year]


def _only(settings: SinkSettings, works: Sequence[Work]) -> SinkSettings:
    return settings.model_copy(update={"projection": settings.projection.model_copy(update={"works": tuple(works)})})


def _expected(projection: Projection, line: str, years: Sequence[int]) -> dict[str, float]:
    """Change since the first year, of a line of a projection, in some years [t C]."""
    at = projection.frame[projection.frame["line"] == line].set_index("year")
    ends = {"": "change_tc", "low_": "low_tc", "high_": "high_tc"}
    return {f"expected_{y}_{end}tc": float(at.loc[y, column]) for y in years for end, column in ends.items()}


def _works(
    city: OutlookCity, located: Sequence[tuple[Work, str]], settings: SinkSettings, factors: Factors
) -> pd.DataFrame:
    names = dict(zip(city.townships["code"], city.townships["name"], strict=True)) | {WHOLE_CODE: WHOLE_NAME[0]}
    years = _years(settings)
    rows = []
    for work, code in located:
        alone = project(Baseline(0.0), _only(settings, [work]), factors=factors, seed=city.seed)
        beside = work.kind in BESIDE
        gases = alone.gases.set_index("year")["balance_tco2e"] if beside else {}
        rows.append({
            "code": code, "name": names[code], "line": work.kind,
            "label_zh": LINES[work.kind][0], "label_en": LINES[work.kind][1],
            "first_year": work.first_year, "last_year": work.last_year or work.first_year, "area_ha": work.area_ha,
            "counted": not beside, **_expected(alone, work.kind if beside else "works", years),
            **{f"gases_{y}_tco2e": float(gases[y]) if beside else np.nan for y in years},
        })  # fmt: skip
    columns = ["code", "name", "line", "label_zh", "label_en", "first_year", "last_year", "area_ha", "counted"]
    return pd.DataFrame(rows) if rows else pd.DataFrame(columns=columns)


def _table(
    seed: int,
    stock: Stock,
    settings: SinkSettings,
    factors: Factors,
    located: Sequence[tuple[Work, str]],
    change: CityChange | None,
    potential: Potential | None,
    credits: Sequence[CcerScreening],
) -> pd.DataFrame:
    out = stock.table[["code", "name", "name_en"]].set_index("code")
    own = {code: [w for w, where in located if code in (where, WHOLE_CODE)] for code in out.index}
    out["works_ha"] = [float(sum(w.area_ha for w in own[code])) for code in out.index]
    if potential is not None:
        out = out.join(potential.table.drop(columns="name").set_index("code"))
    rows = {}
    for code, works in own.items():
        baseline = baseline_of(stock.table, stock.by_class, code=str(code))
        there = project(baseline, _only(settings, works), factors=factors, seed=seed)
        rows[code] = _expected(there, "total", _years(settings))
    out = out.join(pd.DataFrame.from_dict(rows, orient="index"))
    for screening in credits:
        for old, new in _CREDIT_COLUMNS.items():
            found = screening.table.set_index("code")[old]
            out[new] = found if new not in out else out[new] + found
    if change is not None:
        out = out.join(change.table.set_index("code")[["changed_ha", "change_tc"]])
    return out.reset_index()
