"""The index page of a city: choropleth with a measure switch, ranking, notes, links."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import pandas as pd

from guanghui.maps.city.score import balance_payload, reading_rows, score_rows, yearly_rows
from guanghui.maps.city.thumbs import RoofThumbs
from guanghui.maps.drawing.warp import Raster
from guanghui.maps.inputs import CarbonStock, MapCity, map_inputs
from guanghui.maps.page.document import Frame, FrameOf, html_frame, made
from guanghui.maps.page.facts import (
    ALL_ROOFS,
    MEASURES,
    Measure,
    measure_ramp,
    plain_numbers,
    pv_facts,
    sink_facts,
    with_interval,
)
from guanghui.maps.page.layers import LayerSpec, add_areas
from guanghui.maps.page.meters import MeterResult, calibration_table, meter_table
from guanghui.maps.page.repowered import repowered_table
from guanghui.maps.page.roofs import Programme
from guanghui.maps.page.sheet import Sheet, foot, names_on_map
from guanghui.maps.page.sinkview import carbon_facts
from guanghui.maps.page.sites import site_table
from guanghui.maps.settings import MapSettings
from guanghui.maps.words.level import in_words_of
from guanghui.pv.sites.assess import Sites
from guanghui.sinks.tables import WHOLE_CODE

__all__ = ["city_total", "index_page", "known", "township_rows"]

_MARGIN = 0.18
_ROOFS_PX = 1400
"""Longer side of the picture of the roofs of a place of one township."""
_AREAS = {"color": "#ffffff", "weight": 1.6, "fillColor": "#d9dcd6", "fillOpacity": 0.6}


@in_words_of
def index_page(
    city: MapCity,
    *,
    roofs: gpd.GeoDataFrame | None = None,
    plan: Programme | None = None,
    stock: CarbonStock | None = None,
    scorecard: pd.DataFrame | None = None,
    balance: pd.DataFrame | None = None,
    yearly: pd.DataFrame | None = None,
    readings: pd.DataFrame | None = None,
    sites: Sites | None = None,
    meters: MeterResult | None = None,
    repowered: pd.DataFrame | None = None,
    landcover: Raster | None = None,
    terrain: Raster | None = None,
    pages: Mapping[str, str] | None = None,
    files: Mapping[str, tuple[str, str]] | None = None,
    links: Mapping[str, str] | None = None,
    lang: str | None = None,
    date: str | None = None,
    frame_of: FrameOf = made,
) -> str:
    """Build the overview of a city.

    Parameters
    ----------
    city, roofs, plan, stock, landcover, terrain, lang, date, frame_of
        As in :func:`maps.township_page`.
    scorecard : pandas.DataFrame, optional
        What the plan asks for and what was found (columns in :func:`maps.city.score.score_rows`).
    balance : pandas.DataFrame, optional
        Emissions, avoided CO₂ and sink by year [t CO₂] (columns in :func:`maps.city.score.balance_payload`).
    yearly : pandas.DataFrame, optional
        What was counted year by year (columns in :func:`maps.city.score.yearly_rows`).
    readings : pandas.DataFrame, optional
        Two bases of the coverage plan (columns in :func:`maps.city.score.reading_rows`).
    sites : Sites, optional
        Plants beyond roofs (:mod:`pv.sites`).
    meters : MeterResult, optional
        What meters tell of plants.
    repowered : pandas.DataFrame, optional
        What better modules add later (:func:`pv.programme.repowering.repowered`).
    pages : mapping of str to str, optional
        Code of a township -> address of its page.
    files : mapping of str to tuple of str, optional
        Address of a file -> its label.
    links : mapping of str to str, optional
        ``compare`` and ``works`` -> addresses of the other pages of the city.

    Returns
    -------
    str
        HTML.
    """
    townships = city.townships
    told: MapSettings = city.settings.maps
    shown_first = lang or told.lang

    def draw() -> Frame:
        sheet = Sheet(city, "index", townships, margin=_MARGIN)
        sheet.add_ground(map_inputs(city, stock, landcover=landcover, terrain=terrain))
        areas = sheet.add(LayerSpec("townships", style=_AREAS))
        add_areas(sheet.view, areas, townships, coverage=True)
        parts = {"bounds": sheet.bounds, "layers": sheet.payload()}
        return html_frame(sheet.view, parts, title=city.name, lang=shown_first, start="overview")

    frame = frame_of(draw)
    pv = {} if roofs is None else pv_facts(townships, roofs, plan)
    sink = None if stock is None else sink_facts(townships, stock)
    shown = [m for m in MEASURES if known(m, pv, sink)]
    payload: dict[str, Any] = {
        "page": {
            "city": [city.name, city.name_en],
            "lang": shown_first,
            "bounds": frame.parts["bounds"],
            "files": [{"label": list(label), "href": href} for href, label in (files or {}).items()],
            "links": [{"word": f"nav_{name}", "href": href} for name, href in (links or {}).items()],
            **foot(city, roofs, date),
        },
        "layers": frame.parts["layers"],
        "years": list(pv) or [ALL_ROOFS],
        "measures": [_measure(m, pv, sink) for m in shown],
        "rows": township_rows(townships, pages or {}, pv, sink),
        "roofs": _roofs_alone(townships, roofs, plan),
        "score": score_rows(scorecard),
        "balance": balance_payload(balance),
        "yearly": yearly_rows(yearly),
        "readings": reading_rows(readings),
        "tables": [
            t for t in (
                repowered_table(repowered), site_table(sites), meter_table(meters), calibration_table(meters),
            ) if t is not None
        ],
        "total": city_total(pv, stock, None if roofs is None else roofs.attrs.get("uncertainty")),
    }  # fmt: skip
    return frame.page(payload)


def _roofs_alone(
    townships: gpd.GeoDataFrame, roofs: gpd.GeoDataFrame | None, plan: Programme | None
) -> dict[str, Any] | None:
    """Picture of the roofs of a place of one township, whose map would be one flat area without them."""
    if roofs is None or len(townships) > 1 or roofs.empty:
        return None
    thumbs, code = RoofThumbs(townships, roofs, plan, _ROOFS_PX), str(townships["code"].iloc[0])
    return {"url": thumbs.picture(code), "bounds": thumbs.bounds(code), "legend": thumbs.legend()}


def known(measure: Measure, pv: Mapping[int, pd.DataFrame], sink: pd.DataFrame | None) -> bool:
    """Whether there is a figure of this measure.

    Parameters
    ----------
    measure : Measure
        What may be shown.
    pv : mapping of int to DataFrame
        Year -> figures of the townships, from :func:`maps.page.facts.pv_facts`; empty without roofs.
    sink : DataFrame or None
        From :func:`maps.page.facts.sink_facts`.
    """
    table = pv.get(ALL_ROOFS) if measure.by_year else sink
    return table is not None and measure.key in table and bool(table[measure.key].notna().any())


def _measure(measure: Measure, pv: Mapping[int, pd.DataFrame], sink: pd.DataFrame | None) -> dict[str, Any]:
    legend = measure_ramp(measure, pv, sink).payload() if measure.switch else None
    return {"key": measure.key, "word": measure.word, "unit": measure.unit, "view": measure.view,
            "by_year": measure.by_year, "hero": measure.hero, "table": True, "legend": legend}  # fmt: skip


def township_rows(
    townships: gpd.GeoDataFrame, pages: Mapping[str, str], pv: Mapping[int, pd.DataFrame], sink: pd.DataFrame | None
) -> list[dict[str, Any]]:
    """Townships with their names, places, addresses and figures by year.

    Parameters
    ----------
    townships : GeoDataFrame
        ``code``, ``name``, ``name_en`` and polygons, in the order shown.
    pages : mapping of str to str
        Code -> address of its page; a township without one has no link.
    pv : mapping of int to DataFrame
        Year -> figures of the townships, index their codes.
    sink : DataFrame or None
        Carbon of the townships, index their codes.
    """
    found = []
    for place in names_on_map(townships):
        code = place["code"]
        found.append(
            {
                **place,
                "href": pages.get(code, ""),
                "pv": {str(year): plain_numbers(table.loc[code]) for year, table in pv.items()},
                "sink": None if sink is None else plain_numbers(sink.loc[code]),
            }
        )
    return found


def city_total(
    pv: Mapping[int, pd.DataFrame],
    stock: CarbonStock | None,
    spread: Mapping[str, float] | None,
) -> dict[str, Any]:
    """Sums of the city: the share is that of the whole city, the intervals are not sums of intervals.

    Parameters
    ----------
    pv : mapping of int to DataFrame
        Year -> figures of the townships [kWp, kWh, m², yuan, t CO₂].
    stock : CarbonStock or None
        Its last row is the city.
    spread : mapping of str to float or None
        Relative deviation of the city's energy and its parts, as the roofs carry it in ``attrs["uncertainty"]``.
    """
    by_year = {}
    for year, table in pv.items():
        ends = [c for c in table if str(c).endswith(("_low", "_high"))]
        sums = table.drop(columns=["share_pct", *ends], errors="ignore").sum()
        if "share_pct" in table:
            base = float(sums["available_m2"] if year != ALL_ROOFS else sums["usable_m2"])
            sums["share_pct"] = 100.0 * float(sums["usable_m2"]) / base if base > 0 else math.nan
        with_interval(sums)
        by_year[str(year)] = plain_numbers(sums)
    return {"pv": by_year, "sink": None if stock is None else plain_numbers(carbon_facts(stock).loc[WHOLE_CODE])}
