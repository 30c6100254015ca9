"""A page on its way: the map, its layers in order, and what all pages share below and around them."""

from __future__ import annotations

from typing import Any

import folium
import geopandas as gpd
import pandas as pd

from guanghui.maps.drawing.ground import ground
from guanghui.maps.drawing.mercator import latlng_bounds, to_degrees, to_mercator
from guanghui.maps.drawing.warp import Box
from guanghui.maps.inputs import MapCity, MapInputs
from guanghui.maps.offline import asset_text
from guanghui.maps.page.basemap import add_tiles, tiles_for
from guanghui.maps.page.layers import Known, LayerSpec, MapView, add_areas, add_panes, add_picture, outside_of
from guanghui.maps.settings import MapSettings
from guanghui.maps.words.i18n import source_words, words
from guanghui.maps.words.numbers import land_areas_in

__all__ = ["Sheet", "foot", "names_on_map"]

_OUTLINE = {"color": "#3c4a4d", "weight": 1.6, "fill": False, "opacity": 0.85}
_NEIGHBOUR = {"color": "#8b9694", "weight": 0.9, "fill": False, "opacity": 0.9, "dashArray": "4 4"}
_VEIL = {"stroke": False, "fillColor": "#f3f3ee", "fillOpacity": 0.62}


class Sheet:
    """Map and layers of a page.

    Parameters
    ----------
    city : MapCity
        City.
    frame : str
        File below ``assets/html``.
    zone : geopandas.GeoDataFrame
        What the page is about: one township, or all of them.
    margin : float
        Ground shown around it, as a share of its longer side.
    """

    def __init__(self, city: MapCity, frame: str, zone: gpd.GeoDataFrame, *, margin: float) -> None:
        self.city = city
        self.settings: MapSettings = city.settings.maps
        self.clip: Any = gpd.GeoSeries(to_mercator(zone)).union_all()
        """The zone in EPSG:3857."""
        west, south, east, north = self.clip.bounds
        rim = margin * max(east - west, north - south)
        self.within: Box = (west - rim, south - rim, east + rim, north + rim)
        self.bounds = latlng_bounds(self.clip.bounds, 3857)
        (s, w), (n, e) = self.bounds
        self.view = MapView(asset_text(f"html/{frame}.html"), [(s + n) / 2, (w + e) / 2])
        self.layers: list[LayerSpec] = []
        add_panes(self.view)

    def add(self, spec: LayerSpec) -> LayerSpec:
        """Keep a layer in the order of the page.

        Parameters
        ----------
        spec : LayerSpec
            Layer; those added later lie later in the list.

        Returns
        -------
        LayerSpec
            ``spec``.
        """
        self.layers.append(spec)
        return spec

    def add_ground(self, below: MapInputs) -> None:
        """Add the pale ground and, where the settings ask for one, a basemap.

        Parameters
        ----------
        below : MapInputs
            Land cover and terrain, as far as there are.
        """
        picture = ground(self.within, landcover=below.landcover, terrain=below.terrain)
        if picture is not None:
            add_picture(self.view, self.add(LayerSpec("ground")), picture, pane="ground", crisp=False)
        tiles = tiles_for(self.settings)
        if tiles:
            group = folium.FeatureGroup(show=False, control=False)
            group.add_to(self.view)
            add_tiles(tiles, group)
            spec = self.add(LayerSpec("basemap", words()["basemap"], role="overlay"))
            Known(spec.key, group).add_to(self.view)

    def add_borders(self, code: str) -> None:
        """Add the border of a township, those of its neighbours, and a veil over what is not its own.

        Parameters
        ----------
        code : str
            Code of the township.
        """
        townships = self.city.townships
        own = townships["code"].astype(str) == code
        veil = outside_of(townships[own].geometry.iloc[0], townships.crs)
        add_areas(self.view, self.add(LayerSpec("veil", style=_VEIL)), veil, pane="veil")
        if not own.all():
            spec = self.add(LayerSpec("neighbours", style=_NEIGHBOUR))
            add_areas(self.view, spec, townships[~own], pane="outline", coverage=True)
        add_areas(self.view, self.add(LayerSpec("outline", style=_OUTLINE)), townships[own], pane="outline")

    def payload(self) -> list[dict[str, Any]]:
        """Layers for the page."""
        return [spec.payload() for spec in self.layers]


def names_on_map(townships: gpd.GeoDataFrame) -> list[dict[str, Any]]:
    """Names of townships and where they lie: code, name in both languages, latitude and longitude.

    Parameters
    ----------
    townships : geopandas.GeoDataFrame
        ``code``, ``name``, ``name_en`` and polygons, any CRS.

    Returns
    -------
    list
        A name lies inside its polygon; ``at`` is latitude and longitude [°].
    """
    spots = gpd.GeoDataFrame(geometry=townships.geometry.representative_point(), crs=townships.crs)
    return [
        {"code": str(row.code), "name": [str(row.name), str(row.name_en)], "at": [round(p.y, 6), round(p.x, 6)]}
        for row, p in zip(townships.itertuples(), to_degrees(spots), strict=True)
    ]


def _weather(roofs: pd.DataFrame | None) -> list[str]:
    """Name of the weather in Chinese and English; empty without roofs."""
    if roofs is None or not roofs.attrs.get("weather"):
        return []
    name = str(roofs.attrs["weather"])
    return [name, str(roofs.attrs.get("weather_en") or name)]


def foot(city: MapCity, roofs: gpd.GeoDataFrame | None, date: str | None) -> dict[str, Any]:
    """What every page says about itself: marks, notes, source, date, review number, basemap.

    Parameters
    ----------
    city : MapCity
        Settings, notes, and whether its data are invented.
    roofs : geopandas.GeoDataFrame, optional
        Roofs, whose ``attrs`` tell of the weather.
    date : str, optional
        As it is printed; empty where None.
    """
    settings: MapSettings = city.settings.maps
    weather = bool(roofs is not None and roofs.attrs.get("illustrative_weather"))
    mark = "mark_demo" if city.illustrative else "mark_weather" if weather else ""
    source = [settings.source_zh or settings.source_en, settings.source_en or settings.source_zh]
    if not any(source) and city.illustrative:
        source = list(words()["invented"])
    return {
        "area_unit": settings.unit,
        "marks": [mark] if mark else [],
        "notes": [
            {
                "source": list(source_words(n.source)),
                "text": [land_areas_in(t, settings.unit) for t in (n.text_zh or n.text, n.text)],
            }
            for n in city.notes
        ],
        "source": source,
        "weather": _weather(roofs),
        "basemap": next((t.attribution for t in tiles_for(settings) if t.attribution), ""),
        "date": date or "",
        "review": settings.review_number,
        "internal": settings.internal_use,
    }
