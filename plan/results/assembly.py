"""One assembly of a region: survey, programme with money, carbon, outlook, scorecard and balance.

The night run and the notebook call the same function, so their figures are the same.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import geopandas as gpd
import pandas as pd

from guanghui import pv, sinks
from guanghui.geo.memory import give_back
from guanghui.geo.pieces import Store
from guanghui.plan.inputs.region import Region
from guanghui.plan.results.balance import balance
from guanghui.plan.results.extent import extent_of
from guanghui.plan.results.meters import Meters, meters_of
from guanghui.plan.results.power_grid import grid_check
from guanghui.plan.results.programme import PvSide, add_money, add_spread, by_objective, programme_of, standing
from guanghui.plan.results.readings import zone_readings
from guanghui.plan.results.scorecard import scorecard
from guanghui.plan.results.sites import sites_of
from guanghui.plan.results.value import value_table
from guanghui.plan.results.yearly import yearly
from guanghui.pv.programme.phases import CoveragePlan
from guanghui.pv.sites.assess import Sites
from guanghui.sinks import Outlook, Stock

__all__ = ["Report", "Results", "assemble", "step", "work"]

log = logging.getLogger(__name__)

Report = Callable[[str], None]
"""Told the name of each step when it begins."""


@dataclass(frozen=True)
class Results:
    """What was worked out for a region; any part may be missing."""

    roofs: gpd.GeoDataFrame | None = None
    """One row a building, with money, spread and exclusion (:func:`pv.assess`)."""
    plan: CoveragePlan | None = None
    """The programme; its ``by_roof`` is the table that everything shown is a grouping of."""
    stock: Stock | None = None
    """Carbon (:func:`sinks.assess`)."""
    scorecard: pd.DataFrame | None = None
    """Targets of the plan against the results."""
    balance: pd.DataFrame | None = None
    """Emissions, avoided emissions and sink by year [t CO₂]."""
    pv_side: PvSide | None = None
    """What the programme stands on: prices, spread, existing systems, grid check."""
    outlook: Outlook | None = None
    """Change, potential, credits, projection (:func:`sinks.outlook`)."""
    faces: gpd.GeoDataFrame | None = None
    """Roof faces, where the region file asks for them."""
    seconds: dict[str, float] = field(default_factory=dict)
    """Step -> wall time [s]."""
    yearly: pd.DataFrame | None = None
    """What was counted for the items of the plan, year by year (:func:`plan.results.yearly.yearly`)."""
    sites: Sites | None = None
    """Plants beyond roofs; never part of a share of roofs (:mod:`pv.sites`)."""
    meters: Meters | None = None
    """What plants gave beside what they should have given (:mod:`plan.results.meters`)."""
    readings: pd.DataFrame | None = None
    """The programme of the whole place beside that of ``[coverage] zone`` (:mod:`plan.results.readings`)."""
    skylines: pd.DataFrame | None = None
    """Skyline of each roof, where ``[maps] sun`` asks for it (:func:`pv.skylines`)."""
    value: pd.DataFrame | None = None
    """Value of the carbon fixed in a year (:func:`plan.results.value.value_table`)."""


@contextmanager
def step(seconds: dict[str, float], name: str, report: Report | None) -> Iterator[None]:
    """Tell that a step begins, and keep how long it took.

    Parameters
    ----------
    seconds : dict
        Gets the wall time of the step [s].
    name : str
        Of the step.
    report : callable, optional
        Told the name.
    """
    if report is not None:
        report(name)
    give_back()
    start = time.perf_counter()
    yield
    seconds[name] = time.perf_counter() - start
    log.info("%s: %.1f s", name, seconds[name])


def work(region: Region, *, tiles: Path | None = None, faces: bool = False, report: Report | None = None) -> Results:
    """Work a region out, as far as its inputs allow; nothing is written but the irradiation tiles asked for.

    Parameters
    ----------
    region : Region
        Opened region.
    tiles : pathlib.Path, optional
        Where each batch of roofs writes its raster of plane irradiation.
    faces : bool, default False
        Also trace the roof faces.
    report : callable, optional
        Told each step.

    Returns
    -------
    Results
        The figures of ``guanghui run``.

    Raises
    ------
    InputError
        If an input cannot be used.
    """
    seconds: dict[str, float] = {}
    roofs = traced = None
    if region.buildings is not None:
        with step(seconds, "roofs", report):
            found = pv.survey(region, detail="polygons" if faces else "table", tile_folder=tiles)
            roofs = found.roofs
            traced = found.faces if isinstance(found.faces, gpd.GeoDataFrame) else None
    return assemble(region, roofs, faces=traced, seconds=seconds, report=report)


def assemble(
    region: Region,
    roofs: gpd.GeoDataFrame | None,
    *,
    faces: gpd.GeoDataFrame | None = None,
    seconds: dict[str, float] | None = None,
    report: Report | None = None,
    carbon: Callable[[], tuple[Stock | None, Outlook | None]] | None = None,
    store: Store | None = None,
    plants: Callable[[], Sites | None] | None = None,
) -> Results:
    """Everything that follows from surveyed roofs and land cover.

    Parameters
    ----------
    region : Region
        Opened region.
    roofs : geopandas.GeoDataFrame, optional
        From :func:`pv.survey`, or read back from an earlier run; gets the columns of money and spread in place.
    faces : geopandas.GeoDataFrame, optional
        Handed on.
    seconds : dict, optional
        Gets the wall time of each step.
    report : callable, optional
        Told each step.
    carbon : callable, optional
        Gives the carbon account and its outlook, perhaps from an earlier run; they are worked out by default.
    store : geo.pieces.Store, optional
        Where finished batches of roofs are kept, for the skylines.
    plants : callable, optional
        Gives the plants beyond roofs in the same way.
    """
    taken = {} if seconds is None else seconds
    side = stock = outlook = both = None
    if roofs is not None:
        with step(taken, "coverage", report):
            side = _programme(region, roofs)
            both = zone_readings(region, roofs, side.plan, side.existing)
    skylines = None
    if roofs is not None and region.settings.maps.sun:
        with step(taken, "skylines", report):
            skylines = pv.skylines(region, store=store)
    if region.landcover is not None and carbon is not None:
        with step(taken, "carbon", report):
            stock, outlook = carbon()
    elif region.landcover is not None:
        with step(taken, "carbon", report):
            stock = sinks.assess(region)
        with step(taken, "outlook", report):
            outlook = sinks.outlook(region, stock)
    plan = None if side is None else side.plan
    sites = None
    if region.file.sites:
        with step(taken, "sites", report):
            sites = sites_of(region) if plants is None else plants()
    meters = None
    if region.file.meters is not None:
        with step(taken, "meters", report):
            on_roof = side.existing.on_roof_kwp if side and side.existing else None
            meters = meters_of(region, roofs, on_roof, seed=region.seed)
    score = scorecard(
        region, roofs=roofs, plan=plan, existing=side.existing if side else None, stock=stock,
        prices=side.prices if side else None, sites=None if sites is None else sites.table, extent=extent_of(region),
    )  # fmt: skip
    return Results(
        roofs, plan, stock, score, balance(region, plan, stock), side, outlook, faces, taken, yearly=yearly(region),
        sites=sites, meters=meters, readings=both, skylines=skylines,
        value=None if stock is None else value_table(stock, region.file.value),
    )  # fmt: skip


def _programme(region: Region, roofs: gpd.GeoDataFrame) -> PvSide:
    """Money, spread, existing systems and the programme; the roofs get their columns in place."""
    known = add_money(region, roofs)
    spread = add_spread(roofs)
    stands = standing(region, roofs)
    plan = programme_of(region, roofs, stands=stands)
    grid = None if plan is None else grid_check(region, roofs, plan)
    return PvSide(plan, known, spread, stands, grid, by_objective(region, roofs, stands, plan))
