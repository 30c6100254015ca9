"""The page of one township: rooftop PV and carbon sink in two views, complete in one file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import geopandas as gpd
import pandas as pd

from guanghui.geo.errors import InputError, listing
from guanghui.maps.drawing.warp import Raster
from guanghui.maps.inputs import CarbonStock, MapCity, MapInputs, map_inputs
from guanghui.maps.page.document import Frame, FrameOf, html_frame, made
from guanghui.maps.page.facts import plain_numbers, pv_facts
from guanghui.maps.page.forestry import change_rows, planting_rows
from guanghui.maps.page.forestry_inputs import LandChange, Planting
from guanghui.maps.page.irradiation import RoofIrradiation
from guanghui.maps.page.labels import PlaceLabels, label_payload
from guanghui.maps.page.layers import LayerSpec
from guanghui.maps.page.meters import MeterResult, add_meters, meter_table
from guanghui.maps.page.pvlayers import add_irradiation
from guanghui.maps.page.repowered import repowered_table
from guanghui.maps.page.roofs import Programme, measures, roof_payload
from guanghui.maps.page.sheet import Sheet, foot, names_on_map
from guanghui.maps.page.sinklayers import add_carbon, add_change, add_potential, add_wetlands
from guanghui.maps.page.sinkview import carbon_facts, group_rows, pool_rows, sink_figures, trust_shares
from guanghui.maps.page.sites import add_sites, site_table
from guanghui.maps.page.sun import RoofSky
from guanghui.maps.page.wetlands import WetlandView, wetland_view
from guanghui.maps.page.whatif import WhatIf
from guanghui.maps.settings import MapSettings
from guanghui.maps.words.i18n import words
from guanghui.maps.words.level import in_words_of
from guanghui.pv.sites.assess import Sites

__all__ = ["township_page"]

_MARGIN = 0.22
_NAMED = 40
"""Townships named to whoever asks for another."""


@in_words_of
def township_page(
    city: MapCity,
    code: str,
    *,
    roofs: gpd.GeoDataFrame | None = None,
    plan: Programme | None = None,
    stock: CarbonStock | None = None,
    change: LandChange | None = None,
    potential: Planting | None = None,
    wetlands: gpd.GeoDataFrame | None = None,
    landcover: Raster | None = None,
    landcover_before: Raster | None = None,
    terrain: Raster | None = None,
    irradiation: RoofIrradiation | None = None,
    sites: Sites | None = None,
    meters: MeterResult | None = None,
    repowered: pd.DataFrame | None = None,
    study: WhatIf | None = None,
    sky: RoofSky | None = None,
    faces: gpd.GeoDataFrame | None = None,
    modules: gpd.GeoDataFrame | None = None,
    more: Sequence[str] = (),
    labels: Sequence[PlaceLabels] = (),
    home: str = "index.html",
    pages: Mapping[str, str] | None = None,
    links: Mapping[str, tuple[str, str]] | None = None,
    lang: str | None = None,
    date: str | None = None,
    frame_of: FrameOf = made,
) -> str:
    """Build the page of a township.

    Everything but the city is optional; what is missing leaves its layers and its part of the panel out.

    Parameters
    ----------
    city : MapCity
        Names, townships, notes, settings.
    code : str
        Code of the township.
    roofs : geopandas.GeoDataFrame, optional
        All roofs of the city (:func:`pv.assess`): those of the township are shown, all of them set the classes.
    plan : Programme, optional
        Coverage plan (:func:`pv.coverage_plan`).
    stock : CarbonStock, optional
        Carbon result (:func:`sinks.assess`).
    change : LandChange, optional
        Which land became which (:func:`sinks.years.change.transitions`).
    potential : Planting, optional
        Where trees could be planted (:func:`sinks.years.potential.planting_potential`).
    wetlands : geopandas.GeoDataFrame, optional
        ``name``, ``wetland_type`` and polygons; those of the city by default.
    landcover, landcover_before : xarray.DataArray or RasterSource, optional
        Ids of the common land classes of two dates; those of the stock or the city by default.
    terrain : xarray.DataArray or RasterSource, optional
        Ground height [m], for the shaded ground; that of the city by default.
    irradiation : RoofIrradiation, optional
        Irradiation of roof cells in the year and, where the files have them, by month; one object for all pages, so
        that every file is read once.
    sites : Sites, optional
        Plants beyond roofs (:mod:`pv.sites`); they stand beside the roofs and in no share of theirs.
    meters : MeterResult, optional
        What meters tell of plants.
    repowered : pandas.DataFrame, optional
        What better modules add later (:func:`pv.programme.repowering.repowered`).
    study : WhatIf, optional
        Prices and module of the study; with them the page shows what other ones would give.
    sky : RoofSky, optional
        Skylines of the roofs; with them the page shows where the sun is through a day.
    faces : geopandas.GeoDataFrame, optional
        Polygons of the faces (:func:`pv.faces`); drawn on the sheet of a roof.
    modules : geopandas.GeoDataFrame, optional
        Rectangles of the modules (:func:`pv.layout`), for all roofs or for some; drawn on the sheet of a roof.
    more : sequence of str, optional
        Columns of the roofs that are the user's own, for card, list and filters.
    labels : sequence of PlaceLabels, optional
        Names and roads of the region.
    home : str, default "index.html"
        Address of the index page; empty for none.
    pages : mapping of str to str, optional
        Code of another township -> address of its page; its name on the map leads there.
    links : mapping of str to tuple of str, optional
        Address of a page or file that belongs to this one -> its name in Chinese and English.
    lang : str, optional
        Language shown first; that of the settings by default.
    date : str, optional
        Date for the foot; none by default, so that the same inputs give the same bytes.
    frame_of : callable, optional
        Gives the frame, perhaps from an earlier time. It is drawn from land, light on the roofs, sites, suspects of
        meters and carbon alone; money, the programme and the notes are put in afterwards.

    Returns
    -------
    str
        HTML.

    Raises
    ------
    InputError
        If there is no such township, or a basemap is asked for that cannot be used.
    """
    rows = city.townships[city.townships["code"].astype(str) == code]
    if rows.empty:
        there = listing(city.townships["code"], _NAMED)
        raise InputError(
            f"map page: there is no township {code!r}; there are {there}.",
            f"地图页：没有乡镇 {code!r}；现有 {there}。",
        )
    row = rows.iloc[0]
    own = None if roofs is None else roofs[roofs["township_code"].astype(str) == code].reset_index(drop=True)
    has_roofs = own is not None and len(own) > 0
    told: MapSettings = city.settings.maps
    shown = lang or told.lang

    def draw() -> Frame:
        below = map_inputs(city, stock, landcover=landcover, landcover_before=landcover_before, wetlands=wetlands,
                           terrain=terrain)  # fmt: skip
        return _frame(
            city, code, rows, below, stock=stock, change=change, potential=potential, irradiation=irradiation,
            sites=sites, meters=meters, labels=labels, has_roofs=has_roofs, lang=shown,
        )  # fmt: skip

    frame = frame_of(draw)
    parts = frame.parts
    views = [name for name, there in (("pv", has_roofs), ("sink", parts["has_sink"])) if there]
    page = {
        "city": [city.name, city.name_en],
        "name": [str(row["name"]), str(row["name_en"])],
        "code": code,
        "home": home,
        "lang": shown,
        "views": views or ["sink"],
        "raster": parts["raster"],
        "bounds": parts["bounds"],
        "places": [{**place, "href": (pages or {}).get(place["code"], "")} for place in parts["places"]],
        "links": [{"href": href, "label": list(label)} for href, label in (links or {}).items()],
        **foot(city, roofs, date),
    }
    names = parts["labels"]
    if names is not None and names["left_out"]:
        left = [text.replace("{count}", f"{names['left_out']:,}") for text in words()["labels_left"]]
        page["notes"] = [*page["notes"], {"source": list(words()["labels"]), "text": left}]
    payload: dict[str, Any] = {
        "page": page,
        "layers": parts["layers"],
        "roofs": _roofs(own, roofs, rows, plan, study, sky, more, faces, modules) if has_roofs else None,
        "sink": parts["sink"],
        "months": parts["months"],
        "labels": names,
        "tables": [
            t
            for t in (repowered_table(repowered, code), site_table(sites, code), meter_table(meters, code))
            if t is not None
        ],
    }
    return frame.page(payload)


def _frame(
    city: MapCity,
    code: str,
    rows: gpd.GeoDataFrame,
    below: MapInputs,
    *,
    stock: CarbonStock | None,
    change: LandChange | None,
    potential: Planting | None,
    irradiation: RoofIrradiation | None,
    sites: Sites | None,
    meters: MeterResult | None,
    labels: Sequence[PlaceLabels],
    has_roofs: bool,
    lang: str,
) -> Frame:
    """All of the page that money and programme do not touch: they are not among what it is given."""
    row = rows.iloc[0]
    sheet = Sheet(city, "township", rows, margin=_MARGIN)
    sheet.add_ground(below)
    sheet.add_borders(code)
    months = None if irradiation is None else add_irradiation(sheet, irradiation)
    raster = add_carbon(sheet, stock, below.landcover)
    if below.landcover is not None and below.landcover_before is not None:
        add_change(sheet, below.landcover_before, below.landcover)
    if potential is not None:
        add_potential(sheet, potential.screen.mask)
    wet = None if below.wetlands is None else wetland_view(below.wetlands, row.geometry)
    if wet is not None:
        add_wetlands(sheet, wet)
    if sites is not None:
        add_sites(sheet, sites.shapes, rows)
    if meters is not None:
        add_meters(sheet, meters.shapes, code)
    names = label_payload(labels, sheet.within)
    if names is not None:
        sheet.add(LayerSpec("labels", words()["labels"], role="overlay"))
    if has_roofs:
        sheet.add(LayerSpec("roofs", view="pv"))
    sink = _sink_payload(code, stock, wet, change, potential)
    parts: dict[str, Any] = {
        "layers": sheet.payload(),
        "bounds": sheet.bounds,
        "places": [place for place in names_on_map(city.townships) if place["code"] != code],
        "raster": {"pv": "none", "sink": raster},
        "has_sink": sink is not None or raster != "none",
        "sink": sink,
        "months": months,
        "labels": names,
    }
    return html_frame(sheet.view, parts, title=f"{row['name']} · {city.name}", lang=lang, start="township")


def _roofs(
    own: gpd.GeoDataFrame,
    roofs: gpd.GeoDataFrame,
    township: gpd.GeoDataFrame,
    plan: Programme | None,
    study: WhatIf | None,
    sky: RoofSky | None,
    more: Sequence[str],
    faces: gpd.GeoDataFrame | None,
    modules: gpd.GeoDataFrame | None,
) -> dict[str, Any]:
    """Roofs of the township, coloured by the classes of the city, and the sums the index shows too."""
    sums = {year: plain_numbers(table.iloc[0]) for year, table in pv_facts(township, own, plan).items()}
    spot = township.geometry.representative_point().to_crs(4326).iloc[0]
    return roof_payload(own, measures(roofs, plan), plan, sums, study, sky, (spot.y, spot.x), more, faces, modules)


def _sink_payload(
    code: str,
    stock: CarbonStock | None,
    wetlands: WetlandView | None,
    change: LandChange | None,
    potential: Planting | None,
) -> dict[str, Any] | None:
    """Numbers of the carbon view."""
    if stock is None and wetlands is None:
        return None
    found: dict[str, Any] = {"figures": [], "pools": [], "groups": [], "wetlands": wetlands.rows() if wetlands else []}
    if stock is not None:
        facts = carbon_facts(stock)
        if code in facts.index:
            found["figures"], found["trust"] = sink_figures(facts.loc[code]), trust_shares(facts.loc[code])
        parts = stock.by_class[stock.by_class["code"].astype(str) == code]
        found["pools"], found["groups"] = pool_rows(parts), group_rows(parts)
    found["change"] = None if change is None else {"rows": change_rows(change, code), "years": f"{change.years:g}"}
    found["potential"] = planting_rows(potential, code) if potential is not None else None
    return found
