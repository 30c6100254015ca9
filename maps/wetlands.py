"""Wetlands on the map: polygons by type, with name and area."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import shapely

from geo.vector import ellipsoid_area_m2
from maps.i18n import words
from maps.style import Categories

__all__ = ["WETLAND_COLOURS", "WetlandView", "wetland_view"]

WETLAND_COLOURS = {
    "lake": "#2f77b4",
    "river": "#63b0de",
    "marsh": "#3f9e86",
    "reservoir_pond": "#7d74b5",
    "constructed_wetland": "#8cc7b0",
    "other": "#8fa3ad",
}
_SAME = {"reservoir": "reservoir_pond", "pond": "reservoir_pond", "aquaculture": "reservoir_pond",
         "ditch": "reservoir_pond", "water": "lake"}  # fmt: skip


@dataclass(frozen=True)
class WetlandView:
    """Wetlands of one township, ready for the page."""

    frame: gpd.GeoDataFrame
    """Cut to the township, largest first, with ``kind`` (key of ``WETLAND_COLOURS``) and ``area_ha``."""
    legend: Categories

    def rows(self) -> list[dict[str, Any]]:
        """Names, types and areas for the panel."""
        names = {kind: [zh, en] for kind, zh, en, _ in self.legend.items}
        return [
            {"name": [str(name), ""], "kind": names[kind], "color": WETLAND_COLOURS[kind], "area_ha": round(area, 3)}
            for name, kind, area in zip(self.frame["name"], self.frame["kind"], self.frame["area_ha"], strict=True)
        ]


def kind_of(wetland_type: str) -> str:
    """Type shown on the map for a type of the data."""
    found = _SAME.get(wetland_type, wetland_type)
    return found if found in WETLAND_COLOURS else "other"


def wetland_view(wetlands: gpd.GeoDataFrame, township: Any) -> WetlandView | None:
    """Cut wetlands to a township.

    Parameters
    ----------
    wetlands : geopandas.GeoDataFrame
        ``name``, ``wetland_type`` and polygons, in the CRS of the township.
    township : shapely geometry
        Its polygon.

    Returns
    -------
    WetlandView or None
        None when none lies in the township.
    """
    near = wetlands[shapely.intersects(wetlands.geometry.to_numpy(), township)]
    cut = shapely.intersection(near.geometry.to_numpy(), township)
    frame = gpd.GeoDataFrame({"name": near["name"].fillna("").astype(str)}, geometry=cut, crs=wetlands.crs)
    frame["kind"] = near["wetland_type"].astype(str).map(kind_of)
    frame = frame[shapely.area(frame.geometry.to_numpy()) > 0]
    if frame.empty:
        return None
    frame["area_ha"] = ellipsoid_area_m2(frame) / 1e4
    frame = frame.sort_values(["area_ha", "name"], ascending=[False, True], ignore_index=True)
    present = [kind for kind in WETLAND_COLOURS if (frame["kind"] == kind).any()]
    return WetlandView(frame, Categories(tuple((k, *words()[f"wet_{k}"], WETLAND_COLOURS[k]) for k in present)))
