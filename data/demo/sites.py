"""Layers beside the bureau's own: plants beyond roofs, the development zone, town and protected shore."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import shapely
from rasterio.features import shapes as trace

from guanghui.data.demo.districts import district_polygon
from guanghui.data.demo.landcover import CROP, TREE
from guanghui.data.demo.plan import SitePlan
from guanghui.data.demo.water import MARSH, POND, RIVER

if TYPE_CHECKING:
    from guanghui.data.demo.build import Country

__all__ = ["beside"]

_ROUNDS = 24
_APART_M = 6.0
_SMALLEST_M2 = 60.0
_SHORE_M = 350.0


def beside(country: Country) -> dict[str, dict[str, gpd.GeoDataFrame]]:
    """Layers by file: ``sites.gpkg`` by plant, ``zone.gpkg``, ``built_up.gpkg``, ``protected.gpkg``.

    Parameters
    ----------
    country : Country
        Finished land.
    """
    plan = country.land.plan
    out: dict[str, dict[str, gpd.GeoDataFrame]] = {}
    if plan.sites:
        out["sites.gpkg"] = {site.layer: _frame(country, _site(country, site), site.layer) for site in plan.sites}
    by_name = {d.name: district_polygon(plan, d) for d in plan.districts}
    if plan.zones:
        zone = shapely.union_all([by_name[name] for name in plan.zones])
        out["zone.gpkg"] = {"zone": _frame(country, zone, "示范开发区")}
    out["built_up.gpkg"] = {"built_up": _frame(country, shapely.union_all(list(by_name.values())), "示范建成区")}
    out["protected.gpkg"] = {"protected": _frame(country, _shore(country), "示范湿地保护区")}
    return out


def _frame(country: Country, shape: shapely.Geometry, name: str) -> gpd.GeoDataFrame:
    parts = [p for p in shapely.get_parts(shapely.make_valid(shape)) if p.geom_type == "Polygon"]
    return gpd.GeoDataFrame({"name": [name]}, geometry=[shapely.MultiPolygon(parts)], crs=country.land.plan.crs)


def _shore(country: Country) -> shapely.Geometry:
    """Marsh and shallow shore: the larger part of the natural wetland."""
    water = country.water
    kept = (
        (water.label == MARSH)
        | (water.label == RIVER)
        | ((water.lake_distance < 0) & (water.lake_distance > -_SHORE_M))
    )
    return shapely.intersection(_polygons(country, kept), country.land.city)


def _polygons(country: Country, where: np.ndarray) -> shapely.Geometry:
    found = trace(where.astype(np.uint8), mask=where, transform=country.land.grid.transform)
    return shapely.union_all([shapely.geometry.shape(g) for g, _ in found])


def _site(country: Country, site: SitePlan) -> shapely.Geometry:
    """The rectangle of a plan, cut to what may carry it, at the size at which it has its area."""
    plan = country.land.plan
    x, y = np.array(plan.origin) + np.array(site.at) * 1e3
    base = shapely.affinity.rotate(
        shapely.box(x - site.size[0] / 2, y - site.size[1] / 2, x + site.size[0] / 2, y + site.size[1] / 2), site.angle
    )
    most = shapely.affinity.scale(base, 3.0, 3.0)
    allowed = shapely.intersection(_allowed(country, site, most), country.land.city)
    low, high = 0.05, 3.0
    for _ in range(_ROUNDS):  # the area grows with the scale
        scale = (low + high) / 2
        got = shapely.area(shapely.intersection(shapely.affinity.scale(base, scale, scale), allowed))
        low, high = (low, scale) if got > site.area_ha * 1e4 else (scale, high)
    parts = shapely.get_parts(shapely.intersection(shapely.affinity.scale(base, low, low), allowed))
    return shapely.union_all([p for p in parts if p.geom_type == "Polygon" and p.area >= _SMALLEST_M2])


def _allowed(country: Country, site: SitePlan, near: shapely.Geometry) -> shapely.Geometry:
    grid, built = country.land.grid, country.built
    if site.on == "pond":
        return shapely.intersection(_polygons(country, country.water.label == POND), near)
    roofs = built.outlines[shapely.intersects(built.outlines, near)]
    kept = shapely.difference(near, shapely.union_all(shapely.buffer(roofs, _APART_M)))
    if site.on == "yard":
        yards = [p for p in built.site.paved if p.intersects(near)]
        return shapely.intersection(kept, shapely.union_all(yards))
    wet = (country.water.label > 0) | built.roads
    rows = shapely.bounds(near)
    (r0, r1), (c0, c1) = grid.index(np.array([rows[0], rows[2]]), np.array([rows[3], rows[1]]))
    window = np.zeros_like(wet)
    window[max(r0, 0) : r1 + 1, max(c0, 0) : c1 + 1] = wet[max(r0, 0) : r1 + 1, max(c0, 0) : c1 + 1]
    if site.on == "open":
        wet = wet | np.isin(country.cover.now, (TREE, CROP))
        window[max(r0, 0) : r1 + 1, max(c0, 0) : c1 + 1] = wet[max(r0, 0) : r1 + 1, max(c0, 0) : c1 + 1]
    paved = [p for p in built.site.paved if p.intersects(near)]
    return shapely.difference(kept, shapely.union_all([_polygons(country, window), *paved]))
