"""The index page of a city: choropleth with a measure switch, ranking, notes, links."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import pandas as pd

from maps.city import MapCity, map_inputs
from maps.document import html_document
from maps.facts import ALL_ROOFS, MEASURES, Measure, measure_ramp, pv_facts, sink_facts
from maps.ground import ground
from maps.layers import LayerSpec, MapView, add_areas, add_panes, add_picture
from maps.mercator import latlng_bounds, mercator_bounds, to_degrees
from maps.offline import asset_text
from maps.page import foot
from maps.roofs import Programme
from maps.sinkview import CarbonStock, carbon_facts
from maps.warp import Raster

__all__ = ["index_page"]

_MARGIN = 0.18


def index_page(
    city: MapCity,
    *,
    roofs: gpd.GeoDataFrame | None = None,
    plan: Programme | None = None,
    stock: CarbonStock | None = None,
    landcover: Raster | None = None,
    terrain: Raster | None = None,
    pages: Mapping[str, str] | None = None,
    files: Mapping[str, str] | None = None,
    lang: str | None = None,
    date: str | None = None,
) -> str:
    """Build the overview of a city.

    Parameters
    ----------
    city, roofs, plan, stock, landcover, terrain, lang, date
        As in :func:`maps.township_page`.
    pages : mapping of str to str, optional
        Code of a township -> address of its page.
    files : mapping of str to str, optional
        Address of a file -> its label.

    Returns
    -------
    str
        HTML.
    """
    townships = city.townships
    settings = city.settings.maps
    box = mercator_bounds(tuple(townships.total_bounds), townships.crs)
    view = MapView(asset_text("html/index.html"), _middle(box))
    add_panes(view)
    layers = []
    rim = _MARGIN * max(box[2] - box[0], box[3] - box[1])
    within = box[0] - rim, box[1] - rim, box[2] + rim, box[3] + rim
    below = map_inputs(city, stock, landcover=landcover, terrain=terrain)
    picture = ground(within, landcover=below.landcover, terrain=below.terrain)
    if picture is not None:
        layers.append(LayerSpec("ground", ("", "")))
        add_picture(view, layers[-1], picture, pane="ground", crisp=False)
    style = {"color": "#ffffff", "weight": 1.6, "fillColor": "#d9dcd6", "fillOpacity": 0.6}
    layers.append(LayerSpec("townships", ("", ""), style=style))
    add_areas(view, layers[-1], townships)
    pv = {} if roofs is None else pv_facts(townships, roofs, plan)
    sink = None if stock is None else sink_facts(townships, stock)
    shown = [m for m in MEASURES if _known(m, pv, sink)]
    payload: dict[str, Any] = {
        "page": {
            "city": [city.name, city.name_en],
            "lang": lang or settings.lang,
            "bounds": latlng_bounds(box, 3857),
            "files": [{"label": [label, ""], "href": href} for href, label in (files or {}).items()],
            **foot(city, settings, roofs, date),
        },
        "layers": [spec.payload() for spec in layers],
        "years": list(pv) or [ALL_ROOFS],
        "measures": [_measure(m, pv, sink) for m in shown],
        "rows": _rows(townships, pages or {}, pv, sink),
        "total": _total(pv, stock, sink),
    }  # fmt: skip
    return html_document(view, payload, title=city.name, lang=payload["page"]["lang"], start="overview")


def _middle(box: tuple[float, float, float, float]) -> list[float]:
    (south, west), (north, east) = latlng_bounds(box, 3857)
    return [(south + north) / 2, (west + east) / 2]


def _known(measure: Measure, pv: Mapping[int, pd.DataFrame], sink: pd.DataFrame | None) -> bool:
    table = pv.get(ALL_ROOFS) if measure.by_year else sink
    return table is not None and measure.key in table and bool(table[measure.key].notna().any())


def _measure(measure: Measure, pv: Mapping[int, pd.DataFrame], sink: pd.DataFrame | None) -> dict[str, Any]:
    legend = measure_ramp(measure, pv, sink).payload() if measure.switch else None
    return {"key": measure.key, "word": measure.word, "unit": measure.unit, "view": measure.view,
            "by_year": measure.by_year, "hero": measure.hero, "table": True, "legend": legend}  # fmt: skip


def _rows(
    townships: gpd.GeoDataFrame, pages: Mapping[str, str], pv: Mapping[int, pd.DataFrame], sink: pd.DataFrame | None
) -> list[dict[str, Any]]:
    spots = to_degrees(gpd.GeoDataFrame(geometry=townships.geometry.representative_point(), crs=townships.crs))
    found = []
    for row, spot in zip(townships.itertuples(), spots, strict=True):
        code = str(row.code)
        found.append({
            "code": code, "name": [str(row.name), str(row.name_en)], "at": [round(spot.y, 6), round(spot.x, 6)],
            "href": pages.get(code, ""),
            "pv": {str(year): _numbers(table.loc[code]) for year, table in pv.items()},
            "sink": None if sink is None else _numbers(sink.loc[code]),
        })  # fmt: skip
    return found


def _numbers(row: pd.Series) -> dict[str, float | None]:
    values = pd.to_numeric(row, errors="coerce")
    return {str(k): (float(v) if math.isfinite(v) else None) for k, v in values.items() if k not in ("code", "name")}


def _total(pv: Mapping[int, pd.DataFrame], stock: CarbonStock | None, sink: pd.DataFrame | None) -> dict[str, Any]:
    """Sums of the city; the share is that of the whole city, intervals are those of the result's own city row."""
    by_year = {}
    for year, table in pv.items():
        sums = table.drop(columns="share_pct", errors="ignore").sum()
        if "share_pct" in table:
            whole = float(pv[ALL_ROOFS]["usable_m2"].sum())
            sums["share_pct"] = 100.0 * float(table["usable_m2"].sum()) / whole if whole > 0 else math.nan
        by_year[str(year)] = _numbers(sums)
    total: dict[str, Any] = {"pv": by_year, "sink": None, "ranges": {}}
    if stock is not None and sink is not None:
        total["sink"] = _numbers(carbon_facts(stock).iloc[-1])
        for key in ("carbon_tc", "sink_tco2_yr"):
            ends = [total["sink"].get(f"{key}_{side}") for side in ("low", "high")]
            if None not in ends:
                total["ranges"][key] = ends
    return total
