"""Layers of a page as folium elements, each known to the page by its key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import folium
import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely
from branca.element import MacroElement
from folium.map import CustomPane
from folium.template import Template

from guanghui.maps.drawing.mercator import to_mercator
from guanghui.maps.drawing.raster import Picture
from guanghui.maps.drawing.style import Categories, Ramp
from guanghui.maps.page.pack import Packer, pack_outlines

__all__ = [
    "MOST_ZOOM",
    "PANES",
    "Known",
    "LayerSpec",
    "MapView",
    "add_areas",
    "add_panes",
    "add_picture",
    "add_pictures",
    "outside_of",
]

PANES = {
    "ground": 210,
    "base": 220,
    "raster": 300,
    "patches": 320,
    "veil": 330,
    "areas": 350,
    "roofs": 400,
    "before": 405,
    "outline": 450,
    "highlight": 460,
    "names": 470,
}
"""Pane -> height in the stack; the order of layers never changes when they are switched."""
_SIMPLIFY_M = 1.5
MOST_ZOOM = 20
"""Nearest the map comes: 15 cm of Web Mercator a pixel, where corners of 10 cm can be seen."""


class MapView(folium.Map):
    """A folium map that stands inside the page's own frame and asks for Leaflet alone.

    Parameters
    ----------
    frame : str
        HTML around the map, with ``<!--map-->`` where the map belongs. A file of ours, never data.
    location : list of float
        Latitude and longitude of the middle [°].
    """

    _template = Template(
        """
        {% macro html(this, kwargs) %}
        {{ this.before }}<div class="folium-map" id={{ this.get_name()|tojson }} role="application"
          data-t-label="map_label" tabindex="0"></div>{{ this.after }}
        {% endmacro %}
        {% macro script(this, kwargs) %}
        Guanghui.readData();
        var {{ this.get_name() }} = L.map({{ this.get_name()|tojson }},
          Object.assign({center: {{ this.location|tojson }}}, {{ this.options|tojavascript }}));
        {% endmacro %}
        """
    )

    def __init__(self, frame: str, location: list[float]) -> None:
        super().__init__(
            location=location, zoom_start=12, tiles=None, prefer_canvas=False, zoom_control=False,
            attribution_control=False, fade_animation=False, zoom_snap=0.25, wheel_px_per_zoom_level=90,
        )  # fmt: skip
        self.options["maxZoom"] = MOST_ZOOM  # folium's own goes to tiles alone
        self.before, _, self.after = frame.partition("<!--map-->")
        self.default_js = [("leaflet", "asset:vendor/leaflet/leaflet.js")]
        self.default_css = [("leaflet_css", "asset:vendor/leaflet/leaflet.css")]


class Known(MacroElement):
    """Tells the page the key of a layer."""

    _template = Template(
        """
        {% macro script(this, kwargs) %}
        Guanghui.layer({{ this.key|tojson }}, {{ this.layer.get_name() }});
        {% endmacro %}
        """
    )

    def __init__(self, key: str, layer: folium.map.Layer) -> None:
        super().__init__()
        self._name = "Known"
        self.key, self.layer = key, layer


class PackedAreas(MacroElement):
    """Polygons as a packed string; the page makes a GeoJSON layer of them, as folium would, at a fifth of the bytes.

    Parameters
    ----------
    packed : dict
        From :meth:`maps.page.pack.Packer.payload`: outlines, ``row`` and ``place``.
    pane : str
        Where in the stack.
    """

    _template = Template(
        """
        {% macro script(this, kwargs) %}
        var {{ this.get_name() }} = Guanghui.areas({{ this.packed|tojson }}, {{ this.options|tojavascript }});
        {% endmacro %}
        """
    )

    def __init__(self, packed: dict[str, Any], pane: str) -> None:
        super().__init__()
        self._name = "PackedAreas"
        self.packed, self.options = packed, {"pane": pane, "smoothFactor": 0.6}


@dataclass
class LayerSpec:
    """What the page knows of a layer."""

    key: str
    title: tuple[str, str] = ("", "")
    view: str = "both"
    """``pv``, ``sink`` or ``both``."""
    role: str = "frame"
    """``frame`` is always on, of ``raster`` one a view, ``overlay`` by a check box."""
    legend: Ramp | Categories | None = None
    on: bool = True
    style: dict[str, Any] = field(default_factory=dict)

    def payload(self) -> dict[str, Any]:
        """For the page."""
        return {
            "key": self.key, "title": list(self.title), "view": self.view, "role": self.role, "on": self.on,
            "style": self.style or None, "legend": self.legend.payload() if self.legend else None,
        }  # fmt: skip


def add_panes(view: MapView) -> None:
    """Give every kind of layer its height; the map alone takes the pointer.

    Parameters
    ----------
    view : MapView
        Map of the page.
    """
    for name, height in PANES.items():
        CustomPane(name, z_index=height, pointer_events=False).add_to(view)


def add_picture(view: MapView, spec: LayerSpec, picture: Picture, *, pane: str = "raster", crisp: bool = True) -> None:
    """Add a raster picture.

    Parameters
    ----------
    view : MapView
        Map of the page.
    spec : LayerSpec
        What the page knows of the layer.
    picture : Picture
        Picture and where it lies.
    pane : str, default "raster"
        Height, one of ``PANES``.
    crisp : bool, default True
        Whether its pixels stay sharp when enlarged.
    """
    layer = folium.raster_layers.ImageOverlay(
        picture.url, picture.bounds, pixelated=False, show=False, control=False, pane=pane,
        class_name="crisp" if crisp else "smooth",
    )  # fmt: skip
    layer.add_to(view)
    Known(spec.key, layer).add_to(view)


def add_pictures(view: MapView, spec: LayerSpec, pictures: Sequence[Picture]) -> None:
    """Add pictures that are pieces of one layer.

    Parameters
    ----------
    view : MapView
        Map of the page.
    spec : LayerSpec
        What the page knows of the layer.
    pictures : sequence of Picture
        Pieces, each with its place.
    """
    group = folium.FeatureGroup(show=False, control=False)
    group.add_to(view)
    for picture in pictures:
        folium.raster_layers.ImageOverlay(
            picture.url, picture.bounds, pixelated=False, control=False, pane="raster", class_name="crisp"
        ).add_to(group)
    Known(spec.key, group).add_to(view)


def add_areas(
    view: MapView,
    spec: LayerSpec,
    frame: gpd.GeoDataFrame,
    *,
    places: npt.ArrayLike | None = None,
    pane: str = "areas",
    coverage: bool = False,
) -> None:
    """Add polygons; the page gets their row number and their place in the legend, nothing else.

    Parameters
    ----------
    view : MapView
        Map.
    spec : LayerSpec
        Key, title, legend, style.
    frame : geopandas.GeoDataFrame
        Polygons in any CRS; corners are thinned to what a screen can show.
    places : array-like of int, optional
        Position of each row in the legend.
    pane : str, default "areas"
        Where in the stack.
    coverage : bool, default False
        Polygons share borders, which stay shared.
    """
    thin = shapely.coverage_simplify if coverage and len(frame) > 1 else shapely.simplify
    shapes = gpd.GeoDataFrame(geometry=thin(frame.geometry.to_numpy(), _SIMPLIFY_M), crs=frame.crs)
    order = np.zeros(len(frame), int) if places is None else np.asarray(places, dtype=int)
    there = ~shapely.is_empty(shapes.geometry.to_numpy())
    packer = Packer()
    pack_outlines(packer, shapes[there])
    packer.integers("row", np.flatnonzero(there))
    packer.integers("place", order[there])
    layer = PackedAreas(packer.payload(), pane)
    layer.add_to(view)
    Known(spec.key, layer).add_to(view)


def outside_of(shape: Any, crs: Any, reach: float = 1.0) -> gpd.GeoDataFrame:
    """Everything around a polygon: a veil that lets the eye rest on the township.

    Parameters
    ----------
    shape : object
        Polygon in ``crs``.
    crs : object
        CRS, EPSG code or text.
    reach : float, default 1.0
        How far the veil goes, in longer sides of the polygon, and 20 km more [1].

    Returns
    -------
    geopandas.GeoDataFrame
        One polygon, EPSG:3857.
    """
    frame = gpd.GeoDataFrame(geometry=[shape], crs=crs)
    inner = to_mercator(frame)[0]
    west, south, east, north = inner.bounds
    side = max(east - west, north - south) * reach + 20_000
    veil = shapely.box(west - side, south - side, east + side, north + side).difference(inner)
    return gpd.GeoDataFrame(geometry=[veil], crs=3857)
