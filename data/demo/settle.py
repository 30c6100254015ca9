"""Put districts and villages on the land, remove what collides, number the roofs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from rasterio.features import shapes as trace
from scipy import ndimage

from guanghui.data.demo.districts import build_districts, district_polygon
from guanghui.data.demo.grid import Float
from guanghui.data.demo.land import Land
from guanghui.data.demo.roofs import dress, outlines
from guanghui.data.demo.site import Site
from guanghui.data.demo.tiles import in_tiles, tiles_of
from guanghui.data.demo.villages import Survey, build_villages
from guanghui.data.demo.water import Bool, Water, burn, ellipse

__all__ = ["FLOWN_MARGIN", "Settlement", "settle"]

FLOWN_MARGIN = 100.0


@dataclass
class Settlement:
    """Everything built.

    Attributes
    ----------
    roofs : pandas.DataFrame
        One row a roof with layout, form, height, use, name, year, ``township`` (row of the township table) and
        ``building_id``, ordered by id.
    outlines : ndarray of shapely.Polygon
        Their outlines.
    trees : ndarray
        Single trees: x, y, height [m]; none stands on a roof.
    roads : ndarray of bool
        Cells of main roads.
    site : Site
        Parks, bare and paved ground, ponds, groves.
    """

    roofs: pd.DataFrame
    outlines: NDArray[np.object_]
    trees: Float
    roads: Bool
    site: Site

    def tiles(self, origin: tuple[float, float]) -> list[tuple[int, int]]:
        """Surface tiles that hold the roofs and 100 m around them, sorted.

        Parameters
        ----------
        origin : tuple of float
            South-west corner of tile (0, 0) [m].

        Returns
        -------
        list
            (column, row) of each.
        """
        return sorted(tiles_of(shapely.bounds(self.outlines), origin, FLOWN_MARGIN))


def settle(land: Land, water: Water, ground: NDArray[np.float32], township: NDArray[np.uint8]) -> Settlement:
    """Lay out all that is built; adds the village ponds to the water.

    Parameters
    ----------
    land, water : Land, Water
        The country.
    ground : ndarray
        Ground height before grading [m].
    township : ndarray of uint8
        Row of the township table plus one for each cell, 0 outside.

    Returns
    -------
    Settlement
    """
    grid, site = land.grid, Site()
    widths = np.array([max(r.width) for r, _ in land.roads])
    lines = np.array([line for _, line in land.roads], dtype=object)
    corridors = shapely.union_all(shapely.buffer(lines, widths / 2 + 3.0, cap_style="flat"))
    towns = shapely.union_all([district_polygon(land.plan, d) for d in land.plan.districts])
    corridors = shapely.difference(corridors, towns)  # inside a district its own streets carry the road
    dry = shapely.difference(land.city, shapely.union_all([corridors, _near_water(land, water)]))
    build_districts(land.plan, land.seed, dry, site)
    drawn = outlines(site.roofs.table())
    used = tiles_of(shapely.bounds(drawn), land.plan.tile_origin, FLOWN_MARGIN)
    country = Survey.make(land, water, ground, township, site)
    tiles = build_villages(country, site, used)
    for x, y, a, b, angle in site.ponds:
        where = np.zeros(grid.shape, bool)
        rows, columns, radius = ellipse(grid, x, y, (a, b), angle)
        where[rows, columns] = radius < 1.0
        water.add_pond(where)
    table = site.roofs.table()
    shapes = outlines(table)
    keep = _possible(land, water, corridors, shapes)
    keep &= in_tiles(shapely.bounds(shapes), land.plan.tile_origin, FLOWN_MARGIN, tiles)
    table, shapes = table[keep].reset_index(drop=True), shapes[keep]
    keep = _without_collisions(table, shapes)
    table, shapes = table[keep].reset_index(drop=True), shapes[keep]
    owner, across = _owner(land, shapes)
    order = np.lexsort((table["x"].to_numpy(), -np.floor(table["y"].to_numpy() / 200.0), owner, across))
    table, shapes, owner, across = table.iloc[order].reset_index(drop=True), shapes[order], owner[order], across[order]
    table = pd.concat([dress(table[~across], land.seed), dress(table[across], land.seed + 1)], ignore_index=True)
    codes = land.townships["code"].to_numpy()[owner]
    serial = table.groupby(owner).cumcount().to_numpy() + 1
    table["township"] = owner
    table["building_id"] = [f"{c}-{s:06d}" for c, s in zip(codes, serial, strict=True)]
    road_lines = [line.buffer(max(4.0, max(r.width) / 2)) for r, line in land.roads]
    return Settlement(table, shapes, _standing(site, shapes, corridors), burn(grid, road_lines), site)


def _near_water(land: Land, water: Water) -> shapely.Geometry:
    """Water and its banks inside the city, as one geometry."""
    wet = ndimage.binary_dilation(water.label > 0, iterations=2)
    found = [
        shapely.geometry.shape(g) for g, v in trace(wet.astype(np.uint8), mask=wet, transform=land.grid.transform) if v
    ]
    return shapely.simplify(shapely.union_all(found), 5.0)


def _owner(land: Land, shapes: NDArray[np.object_]) -> tuple[NDArray[np.intp], Bool]:
    """Row of the township that holds most of each outline, and whether it lies across a border."""
    tree, homes = shapely.STRtree(shapes), land.townships.geometry.to_numpy()
    owner = np.full(len(shapes), -1, np.intp)
    for k, home in enumerate(homes):
        owner[tree.query(shapely.buffer(home, -1.0), predicate="contains")] = k
    across = owner < 0
    parts = shapely.area(shapely.intersection(shapes[across, None], homes[None, :]))
    owner[across] = parts.argmax(axis=1)
    return owner, across


def _possible(land: Land, water: Water, corridors: shapely.Geometry, shapes: NDArray[np.object_]) -> Bool:
    """Outlines wholly in the city, dry, and clear of the main roads."""
    inner = shapely.buffer(land.city, -1.0)
    shapely.prepare(inner)
    keep = shapely.contains(inner, shapes)
    points, of = shapely.get_coordinates(shapes, return_index=True)
    wet = water.label[land.grid.index(points[:, 0], points[:, 1])] > 0
    keep[np.unique(of[wet])] = False
    shapely.prepare(corridors)
    return keep & ~shapely.intersects(corridors, shapes)


def _without_collisions(table: pd.DataFrame, shapes: NDArray[np.object_]) -> Bool:
    """Keep the more important, then the larger of two outlines that overlap by more than 0.1 m²; touching is fine."""
    first, second = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    pairs = first < second
    first, second = first[pairs], second[pairs]
    real = shapely.area(shapely.intersection(shapes[first], shapes[second])) > 0.1
    first, second = first[real], second[real]
    rank = np.empty(len(table), np.intp)
    order = np.lexsort((np.arange(len(table)), -np.round(shapely.area(shapes), 2), -table["priority"].to_numpy()))
    rank[order] = np.arange(len(table))
    strong = np.where(rank[first] < rank[second], first, second)
    weak = np.where(rank[first] < rank[second], second, first)
    keep = np.ones(len(table), bool)
    for k in np.lexsort((rank[weak], rank[strong])):
        if keep[strong[k]]:
            keep[weak[k]] = False
    return keep


def _standing(site: Site, shapes: NDArray[np.object_], corridors: shapely.Geometry) -> Float:
    """Trees that stand clear of roofs (1.2 m) and of the carriageways."""
    trees = np.concatenate(site.trees)
    points = shapely.points(trees[:, 0], trees[:, 1])
    hit = np.unique(shapely.STRtree(points).query(shapes, predicate="dwithin", distance=1.2)[1])
    keep = np.ones(len(trees), bool)
    keep[hit] = False
    shapely.prepare(corridors)
    return trees[keep & ~shapely.contains_xy(corridors, trees[:, 0], trees[:, 1])]
