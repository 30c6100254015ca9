"""Two townships side by side: one page for the city, the reader chooses which two."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import pandas as pd

from guanghui.maps.city.index import known, township_rows
from guanghui.maps.city.thumbs import RoofThumbs, Thumbs
from guanghui.maps.drawing.warp import Raster
from guanghui.maps.inputs import CarbonStock, MapCity, map_inputs
from guanghui.maps.offline import asset_text
from guanghui.maps.page.document import Body, Frame, FrameOf, html_frame, made
from guanghui.maps.page.facts import ALL_ROOFS, MEASURES, pv_facts, sink_facts
from guanghui.maps.page.roofs import Programme
from guanghui.maps.page.sheet import foot
from guanghui.maps.page.sinkview import group_rows
from guanghui.maps.settings import MapSettings
from guanghui.maps.words.i18n import word
from guanghui.maps.words.level import in_words_of

__all__ = ["compare_page"]

_MONTHS = [f"yield_{month:02d}" for month in range(1, 13)]
_LAND = (("forest_ha", "ha"), ("forest_cover_pct", "pct"), ("wetland_ha", "ha"))
_RANGED = {"yield_kwh", "avoided_co2_t", "carbon_tc", "sink_tco2_yr"}


@in_words_of
def compare_page(
    city: MapCity,
    *,
    roofs: gpd.GeoDataFrame | None = None,
    plan: Programme | None = None,
    stock: CarbonStock | None = None,
    landcover: Raster | None = None,
    terrain: Raster | None = None,
    pages: Mapping[str, str] | None = None,
    home: str = "index.html",
    lang: str | None = None,
    date: str | None = None,
    frame_of: FrameOf = made,
) -> str:
    """Build the page that shows two townships beside each other.

    Parameters
    ----------
    city, roofs, plan, stock, landcover, terrain, lang, date, frame_of
        As in :func:`maps.township_page`.
    pages : mapping of str to str, optional
        Code of a township -> address of its page.
    home : str, default "index.html"
        Address of the index page; empty for none.

    Returns
    -------
    str
        HTML.
    """
    settings: MapSettings = city.settings.maps
    townships = city.townships
    shown_first = lang or settings.lang
    codes = townships["code"].astype(str).tolist()

    def draw() -> Frame:
        thumbs = Thumbs(townships, map_inputs(city, stock, landcover=landcover, terrain=terrain), stock=stock)
        parts = {"pictures": {code: thumbs.payload(code) for code in codes}, "carbon": thumbs.legend()}
        title = f"{city.name} · {word('nav_compare')}"
        return html_frame(Body(asset_text("html/compare.html")), parts, title=title, lang=shown_first, start="compare")

    frame = frame_of(draw)
    pv = {} if roofs is None else pv_facts(townships, roofs, plan)
    sink = None if stock is None else sink_facts(townships, stock)
    painted = None if roofs is None else RoofThumbs(townships, roofs, plan)
    shown = [m for m in MEASURES if known(m, pv, sink)]
    months = _months(townships, roofs)
    rows = township_rows(townships, pages or {}, pv, sink)
    for row, area in zip(rows, townships["area_m2"], strict=True):
        row["area_ha"] = float(area) / 1e4
        roofs_there = {} if painted is None else {"roofs": painted.picture(row["code"])}
        row["pictures"] = {**frame.parts["pictures"][row["code"]], **roofs_there}
        row["months"] = months.get(row["code"])
        row["groups"] = [] if stock is None else _groups(stock, row["code"])
    payload: dict[str, Any] = {
        "page": {
            "city": [city.name, city.name_en],
            "lang": shown_first,
            "links": [{"word": "nav_index", "href": home}] if home else [],
            **foot(city, roofs, date),
        },
        "years": list(pv) or [ALL_ROOFS],
        "measures": [
            {"key": m.key, "word": m.word, "unit": m.unit, "view": m.view, "by_year": m.by_year,
             "ranged": m.key in _RANGED} for m in shown
        ] + _land_measures(sink),
        "legends": {"roofs": None if painted is None else painted.legend(), "carbon": frame.parts["carbon"]},
        "rows": rows,
    }  # fmt: skip
    return frame.page(payload)


def _land_measures(sink: pd.DataFrame | None) -> list[dict[str, Any]]:
    there = [] if sink is None else [pair for pair in _LAND if pair[0] in sink]
    return [
        {"key": key, "word": f"fact_{key}", "unit": unit, "view": "sink", "by_year": False, "ranged": False}
        for key, unit in there
    ]


def _months(townships: gpd.GeoDataFrame, roofs: gpd.GeoDataFrame | None) -> dict[str, list[float]]:
    """Energy of each month of all roofs of a township [kWh]."""
    if roofs is None or not set(_MONTHS) <= set(roofs.columns):
        return {}
    sums = pd.DataFrame(roofs[_MONTHS]).groupby(roofs["township_code"].astype(str).to_numpy()).sum()
    codes = townships["code"].astype(str)
    return {
        code: [float(v) for v in row] for code, row in zip(codes, sums.reindex(codes).fillna(0).to_numpy(), strict=True)
    }


def _groups(stock: CarbonStock, code: str) -> list[dict[str, Any]]:
    return group_rows(stock.by_class[stock.by_class["code"].astype(str) == code])
