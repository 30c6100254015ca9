"""What a hand-drawn plan of the invented land holds; coordinates in km from the plan's origin, east then north."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["Campus", "District", "Line", "Plan", "Pond", "Shares", "SitePlan", "Township"]

Point = tuple[float, float]


@dataclass(frozen=True)
class Township:
    """A township, found among the faces of the boundary lines by a point inside it.

    ``rural_tiles`` is the number of surface tiles given to villages along its roads.
    """

    code: str
    name: str
    name_en: str
    inside: Point
    rural_tiles: int = 0
    villages: tuple[str, ...] = ()


@dataclass(frozen=True)
class Line:
    """A road or a river: ``width`` [m] at its start and end."""

    name: str
    points: tuple[Point, ...]
    width: tuple[float, float]
    kind: str = "road"


@dataclass(frozen=True)
class Pond:
    """A reservoir (round, warped) or a rectangle of fish ponds. Sizes in m."""

    name: str
    at: Point
    size: tuple[float, float]
    kind: str = "reservoir"
    angle: float = 0.0


@dataclass(frozen=True)
class Campus:
    """A named site that takes one whole block of its district.

    ``roof_m2`` is the roof to reach; 0 leaves it to the template.
    """

    name: str
    template: str
    at: Point
    roof_m2: float = 0.0


@dataclass(frozen=True)
class District:
    """A built-up area laid out in blocks.

    Attributes
    ----------
    outline : tuple of points
        Polygon [km].
    angle : float
        Direction of the streets, counter-clockwise from east [deg].
    block : tuple of float
        Block width and depth between street centres [m].
    street : float
        Street width [m].
    mix : mapping of str to float
        Weights of the block templates.
    campuses : tuple of Campus
        Named sites.
    """

    name: str
    outline: tuple[Point, ...]
    angle: float
    block: tuple[float, float]
    street: float
    mix: Mapping[str, float]
    campuses: tuple[Campus, ...] = ()


@dataclass(frozen=True)
class Shares:
    """Shares of the city's area [%]."""

    lake: float = 22.0
    marsh: float = 3.3
    forest: float = 27.0
    crop: float = 27.0


@dataclass(frozen=True)
class SitePlan:
    """A plant beyond roofs: a rectangle about a point, cut to what may carry it and sized to its area."""

    layer: str
    """Layer of ``sites.gpkg``."""
    at: Point
    size: tuple[float, float]
    """Sides before it is sized [m]."""
    area_ha: float
    on: str = "land"
    """``land`` (dry, without roofs and roads), ``open`` (that without trees and fields), ``pond`` (fish ponds) or
    ``yard`` (open ground by roofs)."""
    angle: float = 0.0


@dataclass(frozen=True)
class Plan:
    """A whole land, drawn by hand. See the two plans for what is drawn."""

    origin: Point
    size: Point
    margin: float
    area_km2: float | None
    tile_origin: Point
    nodes: Mapping[str, Point]
    arcs: tuple[str, ...]
    townships: tuple[Township, ...]
    lake: tuple[Point, ...]
    lake_name: str
    bay: tuple[Point, ...]
    rivers: tuple[Line, ...]
    roads: tuple[Line, ...]
    hills: tuple[tuple[float, float, float, float, float], ...]
    ponds: tuple[Pond, ...]
    treatment_wetland: Point
    districts: tuple[District, ...]
    rural_houses: int
    hamlet: float = 1.0
    warp: float = 1.0
    shares: Shares = field(default_factory=Shares)
    afforested_ha: float = 134.67
    new_built_ha: float = 45.0
    new_marsh_ha: float = 30.0
    stand_ha: float = 11.0
    standing_volume_m3: float = 320000.0
    crs: str = "EPSG:4548"
    """Metric system of the land: the 3-degree zone of the place."""
    wetland_types: Mapping[str, str] = field(default_factory=dict)
    """``lake bay river marsh pond`` -> type in the wetland layer, where it is another than that of a lake city."""
    names: Mapping[str, str] = field(default_factory=dict)
    """``bay marsh constructed`` -> name in the wetland layer."""
    sites: tuple[SitePlan, ...] = ()
    zones: tuple[str, ...] = ()
    """Districts that make up the development zone."""
