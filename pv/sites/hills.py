"""Hills around plants beyond roofs: the far skyline of the terrain, seen from a few places of each."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import shapely

from guanghui.geo.grid import Grid
from guanghui.geo.raster_source import RasterSource
from guanghui.pv.shade.far_ground import coarse_terrain, unknown_around
from guanghui.pv.shade.horizon import Skyline
from guanghui.pv.shade.sweep import EARTH_BEND
from guanghui.pv.shade.terrain import COARSE_CELL_M, DistantTerrain, TerrainWindow

__all__ = ["FarSkyline", "Hills", "loss_pct", "places_in"]

_NEAREST_M = 100.0
"""Nearest ground that is looked up for gaps of the terrain [m]."""
_UNKNOWN_PCT = 99.5
"""With less of the ground known nothing is said of hills [%]."""
_PLACES = 16
_APART_M = 300.0
"""Most places of a polygon, and how far apart they lie at least [m]."""


@dataclass(frozen=True)
class FarSkyline:
    """Tangents of the terrain's skyline for n places, in the directions a sky table asks for."""

    nodes: np.ndarray
    """Azimuths from grid north [°], shape (k,)."""
    tangent: np.ndarray
    """float32, shape (k, n)."""

    def raise_tangent(self, azimuth: float, tan: np.ndarray) -> np.ndarray:
        """Raise ``tan`` in one of the directions, in place.

        Parameters
        ----------
        azimuth : float
            One of ``nodes`` [°].
        tan : numpy.ndarray
            Tangents already known, float32, shape (n,).
        """
        row = int(np.argmin(np.abs(self.nodes - azimuth)))
        return np.maximum(tan, self.tangent[row], out=tan)

    def part(self, mine: np.ndarray) -> FarSkyline:
        """The skyline of some of the places.

        Parameters
        ----------
        mine : numpy.ndarray
            Their numbers.
        """
        return FarSkyline(self.nodes, np.ascontiguousarray(self.tangent[:, mine]))


@dataclass(frozen=True)
class Hills:
    """Terrain far around sites; each looks at its own part of it."""

    source: RasterSource
    crs: object
    """Metric CRS of the sites."""
    reach_m: float
    """Farthest hill that counts [m]."""

    @classmethod
    def of(cls, terrain: RasterSource | None, crs: object, reach_m: float) -> Hills | None:
        """Take a terrain; None without one, or where no hill is looked for.

        Parameters
        ----------
        terrain : RasterSource, optional
            Bare earth [m].
        crs : object
            Metric CRS of the sites.
        reach_m : float
            Farthest hill that counts [m]; less than two coarse cells: none.
        """
        return None if terrain is None or reach_m < 2 * COARSE_CELL_M else cls(terrain, crs, reach_m)

    def skyline(self, x: np.ndarray, y: np.ndarray, above_m: float, nodes: np.ndarray) -> FarSkyline:
        """Skyline of the terrain for a few places, followed cell by cell from the place itself.

        Parameters
        ----------
        x, y : numpy.ndarray
            Places in the CRS of the terrain's grid [m], shape (n,); each stands for its coarse cell.
        above_m : float
            Height of the eyes above the ground [m].
        nodes : numpy.ndarray
            Azimuths from grid north [°].

        Notes
        -----
        The Earth is bent around the middle of the places: 5 km from it a skyline is wrong by 0.04° at most. Places on
        ground that is not known have an open view.
        """
        heights, grid = self._around(x, y)
        t, cell = grid.transform, grid.cell[0]
        cols = np.clip(np.floor((x - t.c) / t.a), 0, grid.width - 1).astype(int)
        rows = np.clip(np.floor((y - t.f) / t.e), 0, grid.height - 1).astype(int)
        down, across = np.ogrid[0 : grid.height, 0 : grid.width]
        bent = heights - EARTH_BEND * cell**2 * ((down - rows.mean()) ** 2 + (across - cols.mean()) ** 2)
        ground = bent[rows, cols]
        known = np.isfinite(ground)
        tangent = np.zeros((len(nodes), len(x)), np.float32)
        if known.any():
            near = math.ceil(self.reach_m / cell)
            eyes = Skyline(
                bent, cell, rows[known], cols[known], ground[known] + above_m, near=near, reach_m=self.reach_m
            )  # fmt: skip
            for row, azimuth in zip(tangent, nodes, strict=True):
                row[known] = eyes.raise_tangent(float(azimuth), np.zeros(int(known.sum()), np.float32))
        return FarSkyline(np.asarray(nodes, float), tangent)

    def beyond(self, x: np.ndarray, y: np.ndarray, above_m: np.ndarray, nodes: np.ndarray, from_m: float) -> FarSkyline:
        """Skyline of the terrain beyond a surface model for many places, as roofs see it.

        Parameters
        ----------
        x, y : numpy.ndarray
            Places in the CRS of the terrain's grid [m], shape (n,).
        above_m : numpy.ndarray
            Height of the eyes above the ground [m], shape (n,).
        nodes : numpy.ndarray
            Azimuths from grid north [°].
        from_m : float
            Nearest terrain that counts [m].
        """
        window = TerrainWindow(*self._around(x, y))
        far = DistantTerrain(window, x, y, above_m, from_m=from_m, to_m=self.reach_m, above_ground=True)
        tangent = np.zeros((len(nodes), len(x)), np.float32)
        for row, azimuth in zip(tangent, nodes, strict=True):
            far.raise_tangent(float(azimuth), row)
        return FarSkyline(np.asarray(nodes, float), tangent)

    def _around(self, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, Grid]:
        """Heights as far as they can shade some places [m]; NaN where a part of a coarse cell is not known."""
        bounds = (float(x.min()), float(y.min()), float(x.max()), float(y.max()))
        coarse = coarse_terrain(self.source, bounds, self.crs, self.reach_m)
        return np.asarray(coarse.to_numpy(), np.float32), Grid.of(coarse)

    def unknown_pct(self, x: np.ndarray, y: np.ndarray) -> float:
        """Share of the ground around some places that the terrain does not know [%].

        Parameters
        ----------
        x, y : numpy.ndarray
            Places [m], shape (n,).
        """
        return unknown_around(self.source, x, y, self.crs, from_m=_NEAREST_M, to_m=self.reach_m)[0]


def places_in(land: shapely.Geometry) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Places that stand for a polygon, and the part of it each stands for.

    Parameters
    ----------
    land : shapely.Geometry
        In a metric CRS.

    Returns
    -------
    tuple of numpy.ndarray
        ``x``, ``y`` [m] and the parts [1], which sum to 1: a point in each piece of the polygon cut by squares that
        are at least 300 m wide and so wide that there are about sixteen.
    """
    side = max(_APART_M, math.sqrt(float(shapely.area(land)) / _PLACES))
    west, south, east, north = shapely.bounds(land)

    def squares_across() -> tuple[int, int]:
        return max(1, math.ceil((east - west) / side)), max(1, math.ceil((north - south) / side))

    across, along = squares_across()
    if across * along > 50 * _PLACES:  # thin or scattered land: its bounds say nothing of its size
        side = max((east - west), (north - south)) / math.sqrt(50 * _PLACES)
        across, along = squares_across()
    i, j = (a.ravel() for a in np.meshgrid(np.arange(across), np.arange(along)))
    squares = shapely.box(west + i * side, south + j * side, west + (i + 1) * side, south + (j + 1) * side)
    pieces = shapely.intersection(land, squares)
    area = shapely.area(pieces)
    pieces, area = pieces[area > 0], area[area > 0]
    points = shapely.point_on_surface(pieces)
    return shapely.get_x(points), shapely.get_y(points), area / area.sum()


def loss_pct(with_hills: float, without: float, unknown_pct: float) -> float:
    """What hills take of the energy of a plant [%]; NaN where the terrain knows next to nothing around it.

    Parameters
    ----------
    with_hills, without : float
        Energy [kWh].
    unknown_pct : float
        Share of the ground around that is not known [%].
    """
    if unknown_pct > _UNKNOWN_PCT or without <= 0:
        return math.nan
    return 100.0 * (1.0 - with_hills / without)
