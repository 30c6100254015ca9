"""Boundaries, shorelines and roads made natural: splines through the drawn points, warped by smooth noise."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely
from pyproj import Geod
from scipy.interpolate import CubicSpline

from guanghui.data.demo.grid import Float, Grid, Noise
from guanghui.data.demo.plan import Line, Plan

__all__ = ["CRS_GEOGRAPHIC", "CRS_METRIC", "Land", "ellipsoid_area_km2", "spline"]

CRS_METRIC = "EPSG:4548"
CRS_GEOGRAPHIC = "EPSG:4490"

# how far arcs are warped: as far as they leave every township a polygon
_STRENGTHS = (1.2, 0.9, 0.6, 0.3, 0.0)
# spacing [m] and amplitude [m] of the warp: bends of kilometres, of fields, of ditches
_WARP = ((1600.0, 170.0), (450.0, 55.0), (140.0, 16.0))


def spline(points: Float, *, step: float, closed: bool = False) -> Float:
    """Points every ``step`` [m] along a cubic spline by chord length, ends kept; shape (n, 2).

    Parameters
    ----------
    points : numpy.ndarray
        East and north of the nodes [m], shape (k, 2).
    step : float
        Largest distance of the points given [m].
    closed : bool, default False
        Whether the last node leads back to the first.
    """
    if closed:
        points = np.vstack([points, points[:1]])
    length = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T) ** 0.5)])
    curve = CubicSpline(length, points, bc_type="periodic" if closed else "natural")
    fine = curve(np.linspace(0.0, length[-1], 400))
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(fine, axis=0).T))])
    at = np.linspace(0.0, along[-1], max(2, int(np.ceil(along[-1] / step)) + 1))
    out = np.column_stack([np.interp(at, along, fine[:, 0]), np.interp(at, along, fine[:, 1])])
    out[0], out[-1] = points[0], points[-1]
    return out


def ellipsoid_area_km2(geometry: shapely.Geometry) -> float:
    """Area on the CGCS2000 ellipsoid [km²] of a geometry in longitude and latitude.

    Parameters
    ----------
    geometry : shapely.Geometry
        Longitude and latitude [°].
    """
    return abs(Geod(a=6378137.0, rf=298.257222101).geometry_area_perimeter(geometry)[0]) / 1e6


@dataclass(frozen=True)
class Land:
    """The drawn plan as geometry in the metric system.

    Attributes
    ----------
    plan : Plan
        What it was made from.
    grid : Grid
        10 m working grid, the city and its margin.
    townships : geopandas.GeoDataFrame
        Code, name, name_en and polygon, EPSG:4548.
    city : shapely.Geometry
        Their union.
    lake : shapely.Geometry
        Lake polygon; runs out of the grid to the east.
    rivers, roads : list of tuple
        Plan line and its centre line.
    """

    plan: Plan
    seed: int
    grid: Grid
    townships: gpd.GeoDataFrame
    city: shapely.Geometry
    lake: shapely.Geometry
    rivers: list[tuple[Line, shapely.LineString]]
    roads: list[tuple[Line, shapely.LineString]]

    @classmethod
    def draw(cls, plan: Plan, seed: int) -> Land:
        """Make the geometry of a plan.

        Parameters
        ----------
        plan : Plan
            Drawn points.
        seed : int
            Seed of the warp.

        Returns
        -------
        Land
        """
        warp = _Warp(plan, seed)
        townships = _townships(plan, warp)
        city = shapely.union_all(townships.geometry.to_numpy())
        west, south, east, north = (
            np.floor(np.array(city.bounds) / 10.0) * 10.0 + np.array([-1, -1, 1, 1]) * plan.margin
        )
        grid = Grid(west, north, int((east - west) / 10.0), int((north - south) / 10.0), 10.0)
        lake = shapely.make_valid(shapely.Polygon(warp(spline(warp.metres(plan.lake), step=30.0, closed=True), 2.0)))
        rivers = [(r, shapely.LineString(warp(spline(warp.metres(r.points), step=30.0), 1.0))) for r in plan.rivers]
        roads = [
            (r, shapely.LineString(warp(spline(warp.metres(r.points), step=30.0), 0.25 if r.kind != "road" else 0.5)))
            for r in plan.roads
        ]
        return cls(plan, seed, grid, townships, city, lake, rivers, roads)


class _Warp:
    """Displaces points by a smooth vector field, the same for the same point."""

    def __init__(self, plan: Plan, seed: int) -> None:
        self.origin = np.array(plan.origin)
        self.size = plan.warp
        (w, h), m = plan.size, 12000.0
        bounds = (self.origin[0] - m, self.origin[1] - m, self.origin[0] + w * 1e3 + m, self.origin[1] + h * 1e3 + m)
        self.octaves: list[tuple[float, Noise, Noise]] = []
        for k, (spacing, amplitude) in enumerate(_WARP):
            dx, dy = (Noise((seed, 10, k, axis), spacing * min(1.0, plan.warp * 2), bounds) for axis in (0, 1))
            self.octaves.append((amplitude, dx, dy))

    def metres(self, points: tuple[tuple[float, float], ...]) -> Float:
        return self.origin + np.array(points) * 1000.0

    def __call__(self, points: Float, strength: float) -> Float:
        moved = points.copy()
        for amplitude, dx, dy in self.octaves:
            scale = amplitude * strength * self.size
            moved[:, 0] += scale * dx.at(points[:, 0], points[:, 1])
            moved[:, 1] += scale * dy.at(points[:, 0], points[:, 1])
        return moved


def _townships(plan: Plan, warp: _Warp) -> gpd.GeoDataFrame:
    """Polygons between the warped arcs: neighbours share every vertex, so there are no gaps and no overlaps.

    Where a seed folds an arc over another, so that a township has no polygon left, the arcs are warped less.
    """
    for strength in _STRENGTHS:
        found = _between_arcs(plan, warp, strength)
        if found is not None:
            return found
    raise ValueError(f"the arcs of {plan.townships[0].name} and its neighbours enclose no polygon for every township")


def _between_arcs(plan: Plan, warp: _Warp, strength: float) -> gpd.GeoDataFrame | None:
    """The polygons at one strength of the warp; None where a township has none."""
    arcs = []
    for arc in plan.arcs:
        points = [plan.nodes[n] if n in plan.nodes else tuple(map(float, n.split(","))) for n in arc.split()]
        arcs.append(warp(spline(warp.metres(tuple(points)), step=40.0), strength))  # type: ignore[arg-type]
    centre = np.vstack(arcs).mean(axis=0)
    scale = 1.0
    for _ in range(4):  # the area is a smooth function of the scale: three rounds reach 1e-6
        lines = [shapely.LineString(np.round(centre + (a - centre) * scale, 3)) for a in arcs]
        faces = [f for f in shapely.get_parts(shapely.polygonize(lines)) if isinstance(f, shapely.Polygon)]
        rows = []
        for town in plan.townships:
            at = shapely.Point(centre + (warp.metres((town.inside,))[0] - centre) * scale)
            inside = [f for f in faces if f.contains(at)]
            if not inside:
                return None
            rows.append({"code": town.code, "name": town.name, "name_en": town.name_en, "geometry": inside[0]})
        frame = gpd.GeoDataFrame(rows, crs=plan.crs)
        if plan.area_km2 is None:
            break
        area = sum(ellipsoid_area_km2(g) for g in frame.to_crs(CRS_GEOGRAPHIC).geometry)
        scale *= (plan.area_km2 / area) ** 0.5
    frame.geometry = shapely.normalize(frame.geometry.to_numpy())
    return frame
