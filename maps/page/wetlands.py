"""Wetlands on the map: polygons by type, with name and area."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import shapely

from guanghui.geo.landcover import land_class
from guanghui.geo.vector import ellipsoid_area_m2
from guanghui.maps.drawing.style import Categories

__all__ = ["WetlandView", "wetland_colour", "wetland_view"]

_COLOURS = {
    "lake": "#2f77b4",
    "river": "#63b0de",
    "marsh": "#3f9e86",
    "reservoir_pond": "#7d74b5",
    "constructed_wetland": "#c98a3b",
}
"""The plan's types told apart; other types keep the colour of their land class."""


@dataclass(frozen=True)
class WetlandView:
    """Wetlands of one township, ready for the page."""

    frame: gpd.GeoDataFrame
    """Cut to the township, largest first: ``name``, ``kind`` (key of a land class), ``area_ha``."""
    legend: Categories

    def rows(self) -> list[dict[str, Any]]:
        """Names, types and areas for the panel."""
        info = {kind: ([zh, en], colour) for kind, zh, en, colour in self.legend.items}
        rows = zip(self.frame["name"], self.frame["kind"], self.frame["area_ha"], strict=True)
        return [
            {"name": [name, ""], "kind": info[kind][0], "color": info[kind][1], "area_ha": round(area, 4)}
            for name, kind, area in rows
        ]


def wetland_colour(kind: str) -> str:
    """Colour of a wetland type.

    Parameters
    ----------
    kind : str
        Key of a land class.

    Returns
    -------
    str
        ``#rrggbb``.

    Raises
    ------
    InputError
        If there is no such class.
    """
    return _COLOURS.get(kind, land_class(kind).colour)


def wetland_view(wetlands: gpd.GeoDataFrame, township: Any) -> WetlandView | None:
    """Cut wetlands to a township; polygons of one name and type are one.

    Parameters
    ----------
    wetlands : geopandas.GeoDataFrame
        ``name``, ``wetland_type`` (key of a land class) and polygons, in the CRS of the township.
    township : shapely geometry
        Its polygon.

    Returns
    -------
    WetlandView or None
        None when none lies in the township.
    """
    near = wetlands[shapely.intersects(wetlands.geometry.to_numpy(), township)]
    frame = gpd.GeoDataFrame(
        {"name": near["name"].fillna("").astype(str), "kind": near["wetland_type"].astype(str)},
        geometry=shapely.intersection(near.geometry.to_numpy(), township),
        crs=wetlands.crs,
    )
    frame = frame[shapely.area(frame.geometry.to_numpy()) > 0]
    if frame.empty:
        return None
    frame = frame.dissolve(["kind", "name"], as_index=False)
    frame["area_ha"] = ellipsoid_area_m2(frame) / 1e4
    frame = frame.sort_values(["area_ha", "name"], ascending=[False, True], ignore_index=True)
    kinds = sorted(frame["kind"].unique(), key=lambda kind: land_class(kind).id)
    items = tuple((k, land_class(k).label_zh, land_class(k).label_en, wetland_colour(k)) for k in kinds)
    return WetlandView(frame, Categories(items))
