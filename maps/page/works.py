"""The page of forestry staff: where to plant, what the works bring, what could earn credits, what changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from guanghui.maps.drawing.raster import paint_classes
from guanghui.maps.drawing.style import Categories
from guanghui.maps.drawing.warp import Raster
from guanghui.maps.inputs import CarbonStock, MapCity, map_inputs
from guanghui.maps.page.document import Frame, FrameOf, html_frame, made
from guanghui.maps.page.forestry import (
    change_matrix,
    credit_payload,
    growth_payload,
    ledger_payload,
    planting_years,
    plot_rows,
    ranged,
    rule_rows,
    survey_rows,
    work_rows,
)
from guanghui.maps.page.forestry_inputs import CreditScreening, ForestOutlook, Planting
from guanghui.maps.page.layers import LayerSpec, add_areas, add_picture
from guanghui.maps.page.sheet import Sheet, foot, names_on_map
from guanghui.maps.page.sinklayers import add_change, add_landcover, add_potential
from guanghui.maps.page.sinkview import carbon_facts
from guanghui.maps.settings import MapSettings
from guanghui.maps.words.i18n import words
from guanghui.maps.words.level import in_words_of
from guanghui.sinks.tables import WHOLE_CODE

__all__ = ["works_page"]

_MARGIN = 0.12
_YEARS = (2030, 2045, 2060)
_BORDER = {"color": "#3c4a4d", "weight": 1.3, "fill": False, "opacity": 0.8}
_CREDIT = "#7a3fa0"
_ELIGIBLE = 2


@in_words_of
def works_page(
    city: MapCity,
    *,
    stock: CarbonStock | None = None,
    outlook: ForestOutlook | None = None,
    landcover: Raster | None = None,
    landcover_before: Raster | None = None,
    terrain: Raster | None = None,
    home: str = "index.html",
    lang: str | None = None,
    date: str | None = None,
    frame_of: FrameOf = made,
) -> str:
    """Build the page on forest and restoration works.

    Parameters
    ----------
    city, stock, landcover, landcover_before, terrain, lang, date, frame_of
        As in :func:`maps.township_page`.
    outlook : ForestOutlook, optional
        Change, land to plant, screenings, works and projection (:func:`sinks.outlook`).
    home : str, default "index.html"
        Address of the index page; empty for none.

    Returns
    -------
    str
        HTML.
    """
    potential = None if outlook is None else outlook.potential
    credits = () if outlook is None else tuple(outlook.credits)
    told: MapSettings = city.settings.maps
    shown = lang or told.lang

    def draw() -> Frame:
        sheet = Sheet(city, "works", city.townships, margin=_MARGIN)
        below = map_inputs(city, stock, landcover=landcover, landcover_before=landcover_before, terrain=terrain)
        sheet.add_ground(below)
        if below.landcover is not None:
            add_landcover(sheet, below.landcover, view="both", role="overlay", on=False)
            if below.landcover_before is not None:
                add_change(sheet, below.landcover_before, below.landcover, view="both")
        if potential is not None:
            add_potential(sheet, potential.screen.mask, view="both", on=True)
        if credits:
            _add_credits(sheet, credits[0])
        add_areas(sheet.view, sheet.add(LayerSpec("townships", style=_BORDER)), city.townships, pane="outline",
                  coverage=True)  # fmt: skip
        parts = {"bounds": sheet.bounds, "layers": sheet.payload()}
        return html_frame(sheet.view, parts, title=f"{city.name} · 林业与修复", lang=shown, start="works")

    frame = frame_of(draw)
    payload: dict[str, Any] = {
        "page": {
            "city": [city.name, city.name_en],
            "lang": shown,
            "bounds": frame.parts["bounds"],
            "links": [{"word": "nav_index", "href": home}] if home else [],
            **foot(city, None, date),
        },
        "layers": frame.parts["layers"],
        "forest": _forest(stock),
        "rows": _rows(city, potential, credits),
        "planting_years": [] if potential is None else planting_years(potential),
        "planting_rules": [] if potential is None else rule_rows(potential.screen),
        "credits": [credit_payload(one) for one in credits],
        "growth": None if outlook is None else growth_payload(outlook.projection, _YEARS),
        "ledger": None if outlook is None else ledger_payload(getattr(outlook, "ledger", None)),
        "works": [] if outlook is None else work_rows(outlook.works),
        "change": None if outlook is None or outlook.change is None else change_matrix(outlook.change.transitions),
    }
    survey = getattr(stock, "survey", None)
    if survey is not None:
        payload["survey"] = survey_rows(survey)
    plots = getattr(stock, "next_plots", None)
    if plots is not None and len(plots):
        payload["plots"] = plot_rows(plots)
    return frame.page(payload)


def _add_credits(sheet: Sheet, screening: CreditScreening) -> None:
    """Land that could apply for credits."""
    legend = Categories(((_ELIGIBLE, *words()["credit_land"], _CREDIT),))
    picture = paint_classes(screening.screen.mask, legend, within=sheet.clip.bounds, clip=sheet.clip,
                            max_px=sheet.settings.max_px)  # fmt: skip
    spec = sheet.add(LayerSpec("credits", words()["credit_land"], "both", "overlay", legend, on=False))
    add_picture(sheet.view, spec, picture, pane="patches")


def _forest(stock: CarbonStock | None) -> dict[str, float] | None:
    if stock is None:
        return None
    whole = carbon_facts(stock).loc[WHOLE_CODE]
    shown = ("forest_ha", "forest_cover_pct", "stock_doubtful_pct", "sink_doubtful_pct")
    return {name: float(whole[name]) for name in shown if pd.notna(whole.get(name))}


def _rows(city: MapCity, potential: Planting | None, credits: Sequence[CreditScreening]) -> list[dict[str, Any]]:
    """Townships, and the city last: land to plant, gains [t C], land and yearly credit of the first screening."""
    places = [*names_on_map(city.townships), {"code": "", "name": list(words()["city_total"]), "at": None}]
    planted = None if potential is None else potential.table.set_index(potential.table["code"].astype(str))
    credit = None if not credits else credits[0].table.set_index(credits[0].table["code"].astype(str))
    for place in places:
        code = place["code"]
        if planted is not None and code in planted.index:
            row = planted.loc[code]
            place["plant_ha"] = float(row["eligible_ha"])
            place["gains"] = [ranged(row, f"gain_{year}") for year in planting_years(potential)] if potential else []
        if credit is not None and code in credit.index:
            row = credit.loc[code]
            place["credit_ha"], place["credit"] = float(row["eligible_ha"]), float(row["credit_tco2_yr"])
    return places
