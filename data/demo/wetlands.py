"""Wetland polygons of the plan's four types and the constructed wetland, from the water labels."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from rasterio.features import shapes

from guanghui.data.demo.grid import Grid
from guanghui.data.demo.land import Land
from guanghui.data.demo.water import CONSTRUCTED, LAKE, MARSH, POND, RIVER, Water, burn

__all__ = ["WETLAND_TYPES", "traced", "wetlands"]

WETLAND_TYPES = {LAKE: "永久性淡水湖", RIVER: "永久性河流", MARSH: "草本沼泽", POND: "库塘", CONSTRUCTED: "人工湿地"}
_BAY = 6
_KEYS = {LAKE: "lake", _BAY: "bay", RIVER: "river", MARSH: "marsh", POND: "pond", CONSTRUCTED: "constructed"}
_SMALLEST_M2 = 400.0


def traced(grid: Grid, label: NDArray[np.integer], tolerance: float) -> tuple[NDArray[np.object_], NDArray[np.int64]]:
    """Polygons of equal labels, their common edges smoothed alike so that they still meet without gap or overlap.

    Parameters
    ----------
    grid : Grid
        Of the labels.
    label : ndarray of int
        0 is left out.
    tolerance : float
        Of the coverage simplification [m]: the square root of the smallest bend that stays.

    Returns
    -------
    polygons : ndarray of shapely.Polygon
    labels : ndarray of int
    """
    found = list(shapes(label.astype(np.int32), mask=label > 0, connectivity=4, transform=grid.transform))
    polygons = np.array([shapely.geometry.shape(g) for g, _ in found], dtype=object)
    return shapely.coverage_simplify(polygons, tolerance), np.array([int(v) for _, v in found])


def wetlands(land: Land, water: Water) -> gpd.GeoDataFrame:
    """Wetlands of the city.

    Parameters
    ----------
    land, water : Land, Water
        The finished country.

    Returns
    -------
    geopandas.GeoDataFrame
        Columns wetland_id, name, wetland_type, constructed (0 or 1), area_ha; EPSG:4548; no overlaps.
    """
    grid, plan = land.grid, land.plan
    label = water.label.astype(np.int32)
    bay = burn(grid, [shapely.Polygon(np.array(plan.origin) + np.array(plan.bay) * 1e3)])
    label[(label == LAKE) & bay] = _BAY
    label[label == CONSTRUCTED] = 0
    polygons, of = traced(grid, label, 14.0)
    near = shapely.intersects(polygons, land.city)
    polygons, of = polygons[near], of[near]
    cut = shapely.intersection(polygons, shapely.difference(land.city, water.treatment))
    rows = []
    for code in (LAKE, _BAY, RIVER, MARSH, POND):
        pieces = [_polygonal(g) for g in cut[of == code]]
        for piece in shapely.get_parts(np.array([g for g in pieces if g is not None], dtype=object)):
            if piece.area >= _SMALLEST_M2:
                rows.append((code, piece))
    order = sorted(range(len(rows)), key=lambda k: (rows[k][0] % _BAY, -round(rows[k][1].area, 1), rows[k][1].bounds))
    records: list[dict[str, object]] = []
    for code, piece in [rows[k] for k in order] + [(CONSTRUCTED, water.treatment)]:
        type_ = plan.wetland_types.get(_KEYS[code], WETLAND_TYPES[LAKE if code == _BAY else code])
        records.append(
            {
                "wetland_id": f"W{len(records) + 1:04d}",
                "name": _name(land, water, code, piece),
                "wetland_type": type_,
                "constructed": int(code == CONSTRUCTED),
                "area_ha": round(piece.area / 1e4, 4),
                "geometry": piece,
            }
        )
    return gpd.GeoDataFrame(records, crs=plan.crs)


def _polygonal(shape: shapely.Geometry) -> shapely.Geometry | None:
    """The areal part of an intersection."""
    areas = [p for p in shapely.get_parts(shape) if p.geom_type == "Polygon" and p.area > 0.0]
    return shapely.MultiPolygon(areas) if areas else None


def _name(land: Land, water: Water, code: int, piece: shapely.Polygon) -> str:
    if code == CONSTRUCTED:
        return land.plan.names.get("constructed", "南湖潜流人工湿地")
    if code in (LAKE, _BAY):
        return land.plan.names.get("bay", "南湖") if code == _BAY else land.plan.lake_name
    if code == RIVER:
        distances = [line.distance(piece.representative_point()) for _, line in land.rivers]
        return land.rivers[int(np.argmin(distances))][0].name
    if code == POND:
        for name, at in water.names.items():
            if piece.distance(at) < 400.0 and (piece.contains(at) or "养殖" in name):
                return name
        return ""
    towns = land.townships
    nearest = int(np.argmin(towns.distance(piece.representative_point())))
    return f"{towns['name'].iloc[nearest]}{land.plan.names.get('marsh', '草洲')}"
