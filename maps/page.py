"""The page of one township: rooftop PV and carbon sink in two views, complete in one file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np

from geo.errors import InputError, listing
from maps.city import MapCity, MapInputs, map_inputs
from maps.document import html_document
from maps.ground import LAND_GROUPS, ground, land_group
from maps.i18n import words
from maps.layers import LayerSpec, MapView, add_areas, add_panes, add_picture, add_pictures, outside_of
from maps.mercator import latlng_bounds, to_degrees, to_mercator
from maps.offline import asset_text
from maps.raster import paint_classes, paint_stack, paint_tiles
from maps.roofs import Programme, measures, roof_payload
from maps.settings import MapSettings
from maps.sinkview import (
    MINOR_POOLS,
    CarbonStock,
    carbon_facts,
    density_layers,
    density_ramp,
    group_rows,
    pool_rows,
    sink_figures,
)
from maps.style import Categories, ramp
from maps.warp import Box, Raster
from maps.wetlands import WetlandView, wetland_view

__all__ = ["township_page"]

_MARGIN = 0.22
_OUTLINE = {"color": "#3c4a4d", "weight": 1.6, "fill": False, "opacity": 0.85}
_NEIGHBOUR = {"color": "#8b9694", "weight": 0.9, "fill": False, "opacity": 0.9, "dashArray": "4 4"}
_VEIL = {"stroke": False, "fillColor": "#f3f3ee", "fillOpacity": 0.62}
_WETLAND = {"weight": 0.8, "fillOpacity": 0.62, "opacity": 0.9}
_IRRADIATION = (0.6, 0.75, 0.85, 0.95, 1.02)
"""Class limits of roof irradiation as shares of that of open level ground."""
_USUAL_GHI = 1250.0


@dataclass
class _Sheet:
    """A township page on its way."""

    city: MapCity
    row: Any
    settings: MapSettings
    within: Box
    """Box of the map in EPSG:3857, the township and some of its neighbours."""
    clip: Any
    """Township in EPSG:3857."""
    view: MapView
    layers: list[LayerSpec]

    def add(self, spec: LayerSpec) -> LayerSpec:
        self.layers.append(spec)
        return spec


def township_page(
    city: MapCity,
    code: str,
    *,
    roofs: gpd.GeoDataFrame | None = None,
    plan: Programme | None = None,
    stock: CarbonStock | None = None,
    wetlands: gpd.GeoDataFrame | None = None,
    landcover: Raster | None = None,
    terrain: Raster | None = None,
    irradiation: Raster | None = None,
    home: str = "index.html",
    lang: str | None = None,
    date: str | None = None,
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
    wetlands : geopandas.GeoDataFrame, optional
        ``name``, ``wetland_type`` and polygons; those of the city by default.
    landcover : xarray.DataArray or RasterSource, optional
        Ids of the common land classes; those of the stock or the city by default.
    terrain : xarray.DataArray or RasterSource, optional
        Ground height [m], for the shaded ground; that of the city by default.
    irradiation : xarray.DataArray or RasterSource, optional
        Irradiation of roof cells in the year [kWh/m²].
    home : str, default "index.html"
        Address of the index page; empty for none.
    lang : str, optional
        Language shown first; that of the settings by default.
    date : str, optional
        Date for the foot; none by default, so that the same inputs give the same bytes.

    Returns
    -------
    str
        HTML.

    Raises
    ------
    InputError
        If there is no such township.
    """
    sheet = _open_sheet(city, code)
    below = map_inputs(city, stock, landcover=landcover, wetlands=wetlands, terrain=terrain)
    own = None if roofs is None else roofs[roofs["township_code"].astype(str) == code].reset_index(drop=True)
    _add_frame(sheet, below)
    if irradiation is not None:
        _add_irradiation(sheet, irradiation, roofs)
    found = None if below.wetlands is None else wetland_view(below.wetlands, sheet.row.geometry)
    raster = _add_carbon(sheet, stock, below.landcover)
    if found is not None:
        _add_wetlands(sheet, found)
    has_roofs = own is not None and len(own) > 0
    sink = _sink_payload(stock, sheet.row, found)
    if has_roofs:
        sheet.add(LayerSpec("roofs", words()["roofs_layer"], "pv"))
    payload: dict[str, Any] = {
        "page": _about(sheet, roofs, has_roofs=has_roofs, has_sink=sink is not None or raster != "none", home=home,
                       lang=lang, date=date, raster=raster),
        "layers": [spec.payload() for spec in sheet.layers],
        "roofs": roof_payload(own, measures(roofs, plan), plan) if has_roofs else None,
        "sink": sink,
    }  # fmt: skip
    title = f"{sheet.row['name']} · {city.name}"
    return html_document(sheet.view, payload, title=title, lang=payload["page"]["lang"], start="township")


def _open_sheet(city: MapCity, code: str) -> _Sheet:
    rows = city.townships[city.townships["code"].astype(str) == code]
    if rows.empty:
        raise InputError(f"map page: there is no township {code!r}; there are {listing(city.townships['code'], 40)}.")
    clip = to_mercator(rows)[0]
    west, south, east, north = clip.bounds
    rim = _MARGIN * max(east - west, north - south)
    middle = latlng_bounds(clip.bounds, 3857)
    location = [(middle[0][0] + middle[1][0]) / 2, (middle[0][1] + middle[1][1]) / 2]
    view = MapView(asset_text("html/township.html"), location)
    add_panes(view)
    within = west - rim, south - rim, east + rim, north + rim
    return _Sheet(city, rows.iloc[0], city.settings.maps, within, clip, view, [])


def _add_frame(sheet: _Sheet, below: MapInputs) -> None:
    """Ground, veil, borders."""
    picture = ground(sheet.within, landcover=below.landcover, terrain=below.terrain)
    if picture is not None:
        add_picture(sheet.view, sheet.add(LayerSpec("ground", ("", ""))), picture, pane="ground", crisp=False)
    townships = sheet.city.townships
    veil = outside_of(sheet.row.geometry, townships.crs)
    add_areas(sheet.view, sheet.add(LayerSpec("veil", ("", ""), style=_VEIL)), veil, pane="veil")
    others = townships[townships["code"] != sheet.row["code"]]
    if len(others):
        add_areas(sheet.view, sheet.add(LayerSpec("neighbours", ("", ""), style=_NEIGHBOUR)), others, pane="outline")
    own = townships[townships["code"] == sheet.row["code"]]
    add_areas(sheet.view, sheet.add(LayerSpec("outline", ("", ""), style=_OUTLINE)), own, pane="outline")


def _add_irradiation(sheet: _Sheet, irradiation: Raster, roofs: gpd.GeoDataFrame | None) -> None:
    ghi = float(roofs["ghi_kwh_m2"].median()) if roofs is not None and "ghi_kwh_m2" in roofs else _USUAL_GHI
    legend = ramp("sun", "kwh_m2", [50.0 * round(share * ghi / 50.0) for share in _IRRADIATION])
    pictures = paint_tiles(irradiation, legend, within=sheet.clip.bounds, clip=sheet.clip)
    if pictures:
        spec = sheet.add(LayerSpec("irradiation", words()["irradiation"], "pv", "overlay", legend, on=False))
        add_pictures(sheet.view, spec, pictures)


def _add_carbon(sheet: _Sheet, stock: CarbonStock | None, landcover: Raster | None) -> str:
    """Density by pool and land cover; return the key of the raster shown first."""
    first = "none"
    if stock is not None:
        layers = density_layers(stock)
        ramps = {str(pool): density_ramp(str(pool)) for pool in layers["layer"].to_numpy()}
        pictures = paint_stack(layers, ramps, within=sheet.clip.bounds, clip=sheet.clip, max_px=sheet.settings.max_px,
                               coarse=MINOR_POOLS)  # fmt: skip
        for pool, picture in pictures.items():
            spec = sheet.add(LayerSpec(f"pool_{pool}", words()[f"pool_{pool}"], "sink", "raster", ramps[pool]))
            add_picture(sheet.view, spec, picture)
        first = f"pool_{next(iter(ramps))}"
    if landcover is not None:
        spec = sheet.add(LayerSpec("landcover", words()["landcover"], "sink", "raster", _land_legend()))
        first = spec.key if first == "none" else first
        picture = paint_classes(
            landcover, _land_codes(), within=sheet.clip.bounds, clip=sheet.clip, max_px=sheet.settings.max_px
        )
        add_picture(sheet.view, spec, picture)
    return first


def _land_legend() -> Categories:
    return Categories(tuple((name, *words()[word], colour) for name, (word, _, colour) in LAND_GROUPS.items()))


def _land_codes() -> Categories:
    """Land class ids with the colour of their group."""
    group, names = land_group(), list(LAND_GROUPS)
    return Categories(
        tuple(
            (int(code), names[group[code]], "", LAND_GROUPS[names[group[code]]][2])
            for code in np.flatnonzero(group < len(names))
        )
    )


def _add_wetlands(sheet: _Sheet, found: WetlandView) -> None:
    spec = sheet.add(LayerSpec("wetlands", words()["wetlands"], "sink", "overlay", found.legend, style=_WETLAND))
    places = found.legend.places(found.frame["kind"])
    add_areas(sheet.view, spec, found.frame, places=places)


def _sink_payload(stock: CarbonStock | None, row: Any, wetlands: WetlandView | None) -> dict[str, Any] | None:
    if stock is None and wetlands is None:
        return None
    found: dict[str, Any] = {"figures": [], "pools": [], "groups": [], "wetlands": wetlands.rows() if wetlands else []}
    if stock is not None:
        code, facts = str(row["code"]), carbon_facts(stock)
        if code in facts.index:
            found["figures"] = sink_figures(facts.loc[code])
        parts = stock.by_class[stock.by_class["code"].astype(str) == code]
        found["pools"], found["groups"] = pool_rows(parts), group_rows(parts)
    return found


def _about(
    sheet: _Sheet, roofs: gpd.GeoDataFrame | None, *, has_roofs: bool, has_sink: bool, home: str, lang: str | None,
    date: str | None, raster: str,
) -> dict[str, Any]:  # fmt: skip
    city, settings = sheet.city, sheet.settings
    views = [name for name, there in (("pv", has_roofs), ("sink", has_sink)) if there] or ["sink"]
    return {
        "city": [city.name, city.name_en],
        "name": [str(sheet.row["name"]), str(sheet.row["name_en"])],
        "code": str(sheet.row["code"]),
        "home": home,
        "lang": lang or settings.lang,
        "views": views,
        "raster": {"pv": "none", "sink": raster},
        "bounds": latlng_bounds(sheet.clip.bounds, 3857),
        "places": _places(sheet),
        **foot(city, settings, roofs, date),
    }


def foot(city: MapCity, settings: MapSettings, roofs: gpd.GeoDataFrame | None, date: str | None) -> dict[str, Any]:
    """What every page says about itself: marks, notes, source, date, review number."""
    weather = bool(roofs is not None and roofs.attrs.get("illustrative_weather"))
    marks = [
        m for m, on in (("mark_demo", city.illustrative), ("mark_weather", weather and not city.illustrative)) if on
    ]
    return {
        "marks": marks,
        "notes": [{"source": n.source, "text": [n.text_zh or n.text, n.text]} for n in city.notes],
        "source": [settings.source_zh, settings.source_en or settings.source_zh],
        "date": date or "",
        "review": settings.review_number,
        "internal": settings.internal_use,
    }


def _places(sheet: _Sheet) -> list[dict[str, Any]]:
    """Names of the neighbours, where they lie on the map."""
    townships = sheet.city.townships
    spots = gpd.GeoDataFrame(geometry=townships.geometry.representative_point(), crs=townships.crs)
    found = []
    for row, spot in zip(townships.itertuples(), to_degrees(spots), strict=True):
        if row.code != sheet.row["code"]:
            found.append({"name": [str(row.name), str(row.name_en)], "at": [round(spot.y, 6), round(spot.x, 6)]})
    return found
