"""Plants beyond roofs on the pages: polygons by kind, and a table that stands apart from the roofs."""

from __future__ import annotations

import math
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from guanghui.maps.drawing.style import Categories
from guanghui.maps.page.figures import figure, figure_table, words_of
from guanghui.maps.page.layers import LayerSpec, add_areas
from guanghui.maps.page.sheet import Sheet
from guanghui.maps.words.i18n import LANGS, words
from guanghui.maps.words.numbers import format_range
from guanghui.pv.shade.far_ground import TOLD_UNKNOWN_PCT
from guanghui.pv.sites.assess import Sites
from guanghui.pv.sites.presets import KINDS, preset

__all__ = ["add_sites", "site_table"]

_COLOURS = dict(zip(KINDS, ("#8a5a2b", "#b59a1c", "#5f7d2e", "#2f8f9d", "#2b6cb0", "#7b5ea7", "#b0367c"), strict=True))
_STYLE = {"weight": 1.4, "fillOpacity": 0.45, "opacity": 0.95}
_HEADS = ("site", "site_kind", "score_year", "site_land", "site_density", "fact_capacity_kwp",
          "site_hours", "fact_yield_kwh")  # fmt: skip


def add_sites(sheet: Sheet, shapes: gpd.GeoDataFrame, zone: gpd.GeoDataFrame) -> None:
    """Add the polygons of sites in a zone; nothing where none lies there.

    Parameters
    ----------
    sheet : Sheet
        Page.
    shapes : geopandas.GeoDataFrame
        ``Sites.shapes`` of :func:`pv.sites.assess.assess_sites`: ``kind`` and polygons.
    zone : geopandas.GeoDataFrame
        What the page is about, in the CRS of the sites.
    """
    whole = shapely.union_all(zone.geometry.to_numpy())
    frame = shapes[shapely.intersects(shapes.geometry.to_numpy(), whole)]
    if frame.empty:
        return
    kinds = [k for k in KINDS if (frame["kind"] == k).any()]
    legend = Categories(tuple((k, preset(k).zh, preset(k).en, _COLOURS[k]) for k in kinds))
    spec = sheet.add(LayerSpec("sites", words()["sites"], "pv", "overlay", legend, style=_STYLE))
    add_areas(sheet.view, spec, frame, places=legend.places(frame["kind"]))


def site_table(sites: Sites | None, code: str = "") -> dict[str, Any] | None:
    """Table of the sites of a township, or of all; None where there are none.

    Parameters
    ----------
    sites : Sites, optional
        Plants beyond roofs.
    code : str, default ""
        Township; all by default.
    """
    if sites is None:
        return None
    by_site = sites.by_site(code)
    if by_site.empty:
        return None
    rows = [_row(str(name), by_site.loc[name]) for name in by_site.index]
    total = sites.total(code)
    rows.append([
        words_of(*words()["site_total"]), words_of(""), words_of(""), figure(total["usable_m2"], "m2"), words_of(""),
        figure(total["capacity_kwp"], "kwp"), figure(total["specific_yield_kwh_kwp"], "kwh_kwp"),
        figure(total["yield_kwh"], "kwh"),
    ])  # fmt: skip
    return figure_table("sites", [f"head_{h}" if h.startswith("site") else h for h in _HEADS], rows, hint="site_hint")


def _row(name: str, site: pd.Series) -> list[dict[str, Any]]:
    kind, year = preset(str(site["kind"])), int(site["year"])
    status = words()[f"site_{site['status']}"]
    taken = 100 * (1 - site["usable_m2"] / site["land_m2"]) if site["land_m2"] > 0 else 0.0
    kept = ("", "") if taken < 0.05 else (f"规则与未用 {taken:.1f} %", f"rules and unused {taken:.1f} %")
    low, high, middle = (float(site[f"capacity_{end}kwp"]) for end in ("low_", "high_", ""))
    zh, en = ("" if high - low < 1e-6 else format_range(low, high, "kwp", lang, figure=middle) for lang in LANGS)
    return [
        words_of(name), words_of(kind.zh, kind.en, status), words_of(str(year) if year else "—"),
        figure(site["usable_m2"], "m2", kept), words_of(f"{site['w_m2']:.1f} W/m²"),
        figure(site["capacity_kwp"], "kwp", (zh, en)),
        figure(site["yield_kwh"] / site["capacity_kwp"] if site["capacity_kwp"] > 0 else float("nan"), "kwh_kwp",
               _hills(site)),
        figure(site["yield_kwh"], "kwh"),
    ]  # fmt: skip


def _hills(site: pd.Series) -> tuple[str, str]:
    """What hills take of the energy, or that it is not known."""
    loss, unknown = float(site.get("hills_loss_pct", math.nan)), float(site.get("hills_unknown_pct", 0.0))
    if math.isnan(loss):
        zh, en = words()["site_hills_unknown"]
        return zh, en
    gaps = ("", "") if unknown < TOLD_UNKNOWN_PCT else (f"，地形缺 {unknown:.0f} %", f", {unknown:.0f} % not known")
    zh, en = (text.format(loss=f"{loss:.1f}") for text in words()["site_hills"])
    return zh + gaps[0], en + gaps[1]
