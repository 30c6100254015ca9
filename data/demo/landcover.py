"""Land cover in the ESA WorldCover legend, for the year itself and one year earlier."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Transformer
from rasterio.crs import CRS
from rasterio.transform import from_origin
from rasterio.warp import Resampling, reproject
from scipy import ndimage

from guanghui.data.demo.grid import Grid, fractal
from guanghui.data.demo.land import Land
from guanghui.data.demo.settle import Settlement
from guanghui.data.demo.water import CONSTRUCTED, MARSH, Bool, Water, burn, coarse_distance, ellipse

__all__ = ["BARE", "BUILT", "CROP", "GRASS", "MARSHLAND", "SHRUB", "TREE", "WATER", "Cover", "geographic"]

TREE, SHRUB, GRASS, CROP, BUILT, BARE, WATER, MARSHLAND = 10, 20, 30, 40, 50, 60, 80, 90

Classes = NDArray[np.uint8]


@dataclass
class Cover:
    """Land cover on the working grid, and what it was a year before."""

    now: Classes
    before: Classes

    @classmethod
    def grow(cls, land: Land, water: Water, built: Settlement, ground: NDArray[np.float32], inside: Bool) -> Cover:
        """Cover the land so that forest and crops meet their shares of the city.

        Parameters
        ----------
        land, water, built : Land, Water, Settlement
            The country with all its buildings.
        ground : ndarray
            Finished ground [m].
        inside : ndarray of bool
            Cells of the city.

        Returns
        -------
        Cover
        """
        grid, seed = land.grid, land.seed
        now = np.zeros(grid.shape, np.uint8)
        houses = burn(grid, list(built.outlines), touched=True)
        _town(land, built, houses, now)
        now[ndimage.binary_closing(houses, iterations=2) | houses | built.roads] = BUILT
        now[water.label > 0] = WATER
        now[(water.label == MARSH) | (water.label == CONSTRUCTED)] = MARSHLAND
        slope = np.hypot(*np.gradient(ground, grid.cell)).astype(np.float32)
        parcel = _parcels(land)
        groves = np.zeros(grid.shape, bool)
        for x, y, a, b, angle in built.site.woods:
            rows, columns, radius = ellipse(grid, x, y, (a, b), angle)
            groves[rows, columns] |= radius < 1.0
        now[groves & (now == 0)] = TREE
        home = coarse_distance(houses, grid.cell)
        score = np.clip((ground - 26.0) / 50.0, -0.4, 1.6) + 2.2 * np.minimum(slope, 0.5)
        score += 0.62 * fractal(grid, (seed, 70), 480.0, 5, gain=0.6) + 0.22 * parcel
        score -= 0.5 * np.exp(-home / 120.0) + 0.5 * np.exp(-water.river_distance / 250.0)
        _fill(now, TREE, score, land.plan.shares.forest, inside)
        score = 0.5 * fractal(grid, (seed, 71), 520.0, 4, gain=0.55) + 0.5 * parcel - 5.0 * slope
        score += 0.9 * np.exp(-water.river_distance / 900.0) - np.clip((ground - 22.0) / 60.0, 0.0, 1.5)
        _fill(now, CROP, score, land.plan.shares.crop, inside)
        rest = now == 0
        tone = 0.7 * fractal(grid, (seed, 72), 300.0, 3) + 0.5 * parcel + np.clip((ground - 30.0) / 40.0, -0.4, 1.0)
        now[rest] = GRASS
        now[rest & (tone > 0.55)] = SHRUB
        now[rest & (tone < -1.55)] = BARE
        return cls(now, _before(land, now, inside, parcel))


def _town(land: Land, built: Settlement, houses: Bool, now: Classes) -> None:
    """Blocks are built-up, with lawns and groves where no roof is near; parks are green, cleared ground is bare."""
    grid = land.grid
    rough = fractal(grid, (land.seed, 73), 60.0, 2)
    open_ground = coarse_distance(houses, grid.cell, 1) > 14.0
    paved = burn(grid, built.site.paved)
    arterial = ndimage.binary_closing(paved, iterations=7) & ~paved  # wide roads and verges between the districts
    now[arterial] = np.where(rough > 0.1, GRASS, BUILT)[arterial]
    now[paved] = BUILT
    now[paved & open_ground & (rough > 0.55)] = GRASS
    now[paved & open_ground & (rough > 1.35)] = TREE
    park = burn(grid, built.site.green)
    now[park] = np.where(rough > -0.15, TREE, GRASS)[park]
    bare = burn(grid, built.site.bare)
    now[bare] = np.where(rough > 0.2, GRASS, BARE)[bare]


def _parcels(land: Land) -> NDArray[np.float32]:
    """A random number for every field, fields being bent rectangles of about 110 by 70 m; unit variance."""
    grid, seed = land.grid, land.seed
    c, s = np.float32(np.cos(0.3)), np.float32(np.sin(0.3))
    x = (grid.x - grid.west).astype(np.float32)[None, :] + 60.0 * fractal(grid, (seed, 74), 500.0, 2)
    y = (grid.y - grid.north).astype(np.float32)[:, None] + 60.0 * fractal(grid, (seed, 75), 500.0, 2)
    row = np.floor((y * c - x * s) / 70.0).astype(np.int64)
    column = np.floor((x * c + y * s) / 110.0 + (row % 7) * 0.37).astype(np.int64)
    mixed = (row * 73856093) ^ (column * 19349663) ^ (seed * 83492791)
    mixed = ((mixed ^ (mixed >> 13)) * 1274126177) & 0x7FFFFFFF
    return (((mixed >> 7) % 4096).astype(np.float32) / 4096.0 - 0.5) * np.float32(12.0**0.5)


def _fill(now: Classes, code: int, score: NDArray[np.float32], share: float, inside: Bool) -> None:
    """Give the best free cells to a class until it has its share [%] of the city; the margin follows the same bar."""
    wanted = round(share / 100.0 * inside.sum()) - int((now[inside] == code).sum())
    free = now == 0
    candidates = score[free & inside]
    wanted = min(max(wanted, 0), candidates.size)
    if wanted == 0:
        return
    bar = np.partition(candidates, candidates.size - wanted)[candidates.size - wanted]
    now[free & (score >= bar)] = code


def _before(land: Land, now: Classes, inside: Bool, parcel: NDArray[np.float32]) -> Classes:
    """One year earlier: plantations were open land, the newest works fields, the youngest marsh fields too."""
    before = now.copy()
    plan, cell_ha = land.plan, land.grid.cell**2 / 1e4
    patch = fractal(land.grid, (land.seed, 76), 260.0, 2)
    open_before = np.where(parcel > 0.6, CROP, np.where(patch > 0.0, SHRUB, GRASS)).astype(np.uint8)
    edge = coarse_distance(np.isin(now, (CROP, GRASS, SHRUB)), land.grid.cell, 1)
    town = coarse_distance(now == BUILT, land.grid.cell, 2)
    for code, wanted, score in (
        (TREE, plan.afforested_ha, patch - edge / 60.0 - 2.0 * (town < 40.0)),
        (BUILT, plan.new_built_ha, patch + 1.2 * _in_works(land)),
        (MARSHLAND, plan.new_marsh_ha, patch - edge / 60.0),
    ):
        cells = np.flatnonzero(inside & (now == code))
        n = min(round(wanted / cell_ha), cells.size)
        best = cells[np.argsort(-score.ravel()[cells], kind="stable")[:n]]
        was = open_before if code == TREE else np.where(parcel > -0.6, CROP, GRASS).astype(np.uint8)
        before.ravel()[best] = was.ravel()[best]
    return before


def _in_works(land: Land) -> NDArray[np.float32]:
    """1 in the works districts, where a city grows."""
    origin = np.array(land.plan.origin)
    works = [shapely.Polygon(origin + np.array(d.outline) * 1e3) for d in land.plan.districts if "halls" in d.mix]
    return burn(land.grid, works).astype(np.float32)


def geographic(land: Land, classes: Classes) -> tuple[Classes, Grid]:
    """The classes as WorldCover is distributed: EPSG:4326, cells of 1/12000 degree on its global grid.

    Parameters
    ----------
    land : Land
        For the working grid and the city.
    classes : ndarray of uint8
        On the working grid.

    Returns
    -------
    classes : ndarray of uint8
        Nearest neighbour; 0 where nothing is known.
    grid : Grid
        In degrees.
    """
    per = 12000.0
    grid = land.grid
    to_degrees = Transformer.from_crs(land.plan.crs, "EPSG:4326", always_xy=True)
    south = grid.north - grid.rows * grid.cell
    east = grid.west + grid.columns * grid.cell
    west_d, south_d, east_d, north_d = to_degrees.transform_bounds(grid.west, south, east, grid.north, densify_pts=21)
    west_d, north_d = np.floor(west_d * per) / per, np.ceil(north_d * per) / per
    out = Grid(
        west_d, north_d, int(np.ceil((east_d - west_d) * per)), int(np.ceil((north_d - south_d) * per)), 1.0 / per
    )
    target = np.zeros(out.shape, np.uint8)
    reproject(
        classes,
        target,
        src_transform=grid.transform,
        src_crs=CRS.from_string(land.plan.crs),
        src_nodata=0,
        dst_transform=from_origin(out.west, out.north, out.cell, out.cell),
        dst_crs=CRS.from_epsg(4326),
        dst_nodata=0,
        resampling=Resampling.nearest,
        num_threads=1,
    )
    return target, out
