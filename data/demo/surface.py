"""The surface model: ground, crowns and roofs drawn on 1 m tiles, as a photogrammetric flight would leave them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numba import njit
from numpy.typing import NDArray

from guanghui.data.demo.grid import Float, Grid
from guanghui.data.demo.land import CRS_METRIC
from guanghui.data.demo.obstacles import obstacles
from guanghui.data.demo.roofs import parts
from guanghui.data.demo.settle import Settlement
from guanghui.data.demo.styles import FORMS
from guanghui.data.demo.terrain import quantised
from guanghui.data.demo.tiles import TILE
from guanghui.data.demo.write import write_raster

__all__ = ["NOISE_M", "Scene"]

NOISE_M = 0.03
_STEP = 1.0 / 64.0
_SIZE = int(TILE)
_PARAPET_WIDTH = 0.7


@njit(cache=True)
def _draw_ground(out, terrain, west, north, cell, x0, y1):  # type: ignore[no-untyped-def]
    """Bilinear ground between the terrain's cell centres."""
    for r in range(out.shape[0]):
        fy = (north - (y1 - r - 0.5)) / cell - 0.5
        i = math.floor(fy)
        ty = fy - i
        for c in range(out.shape[1]):
            fx = (x0 + c + 0.5 - west) / cell - 0.5
            j = math.floor(fx)
            tx = fx - j
            top = terrain[i, j] * (1.0 - tx) + terrain[i, j + 1] * tx
            low = terrain[i + 1, j] * (1.0 - tx) + terrain[i + 1, j + 1] * tx
            out[r, c] = top * (1.0 - ty) + low * ty


@njit(cache=True)
def _draw_trees(out, trees, x0, y1):  # type: ignore[no-untyped-def]
    """Crowns as flattened half ellipsoids on trunks: x, y, height, radius, ground."""
    rows, columns = out.shape
    for k in range(trees.shape[0]):
        x, y, height, radius, ground = trees[k]
        for r in range(max(0, int(y1 - y - radius)), min(rows, int(y1 - y + radius) + 1)):
            dy = y1 - r - 0.5 - y
            for c in range(max(0, int(x - radius - x0)), min(columns, int(x + radius - x0) + 1)):
                d2 = (dy * dy + (x0 + c + 0.5 - x) ** 2) / (radius * radius)
                if d2 < 1.0:
                    top = ground + height * (0.6 + 0.4 * math.sqrt(1.0 - d2))
                    if top > out[r, c]:
                        out[r, c] = top


@njit(cache=True)
def _profile(form, tan, spans, tooth, a, b, u, v):  # type: ignore[no-untyped-def]
    """Height of a bar's roof above its eaves at a local point."""
    if form == 1:
        width = 2.0 * b / spans
        across = (v + b) % width
        return tan * (0.5 * width - abs(across - 0.5 * width))
    if form == 2:
        return tan * min(a - abs(u), b - abs(v))
    if form == 3:
        return tan * ((v + b) % tooth)
    return 0.0


@njit(cache=True)
def _draw_roofs(out, x0, y1, roofs, bounds, eave, form, tan, spans, tooth, parapet, bar_from, bars, box_from, boxes):  # type: ignore[no-untyped-def]
    """Overwrite the cells whose centre lies in a roof: the highest of its bars, parapet, boxes on top."""
    rows, columns = out.shape
    for k in roofs:
        r0, r1 = max(0, int(y1 - bounds[k, 3]) - 1), min(rows, int(y1 - bounds[k, 1]) + 2)
        c0, c1 = max(0, int(bounds[k, 0] - x0) - 1), min(columns, int(bounds[k, 2] - x0) + 2)
        for r in range(r0, r1):
            y = y1 - r - 0.5
            for c in range(c0, c1):
                x = x0 + c + 0.5
                best, depth = -1.0, -1.0
                for p in range(bar_from[k], bar_from[k + 1]):
                    dx, dy = x - bars[p, 0], y - bars[p, 1]
                    u = dx * bars[p, 2] + dy * bars[p, 3]
                    v = dy * bars[p, 2] - dx * bars[p, 3]
                    a, b = bars[p, 4], bars[p, 5]
                    inner = min(a - abs(u), b - abs(v))
                    if inner >= 0.0:
                        depth = max(depth, inner)
                        best = max(best, _profile(form[k], tan[k], spans[k], tooth[k], a, b, u, v))
                if depth < 0.0:
                    continue
                if parapet[k] > 0.0 and depth < _PARAPET_WIDTH:
                    best = parapet[k]
                extra = 0.0
                for q in range(box_from[k], box_from[k + 1]):
                    p = int(boxes[q, 0])
                    dx, dy = x - bars[p, 0], y - bars[p, 1]
                    u = dx * bars[p, 2] + dy * bars[p, 3] - boxes[q, 1]
                    v = dy * bars[p, 2] - dx * bars[p, 3] - boxes[q, 2]
                    if abs(u) <= boxes[q, 3] and abs(v) <= boxes[q, 4]:
                        extra = max(extra, boxes[q, 5])
                out[r, c] = eave[k] + best + extra


def _roof_ground(grid: Grid, terrain: NDArray[np.float32], table: pd.DataFrame) -> Float:
    """Mean ground height under every roof [m], from 25 points spread over its box."""
    t = (np.arange(5) + 0.5) / 5.0 - 0.5
    u, v = (a.ravel() for a in np.meshgrid(t, t))
    rad = np.radians(table["angle"].to_numpy())[:, None]
    du, dv = table["length"].to_numpy(float)[:, None] * u, table["width"].to_numpy(float)[:, None] * v
    x = table["x"].to_numpy()[:, None] + du * np.cos(rad) - dv * np.sin(rad)
    y = table["y"].to_numpy()[:, None] + du * np.sin(rad) + dv * np.cos(rad)
    return grid.bilinear(terrain, x, y).mean(axis=1)


@dataclass
class Scene:
    """All that is drawn, ready for the kernels.

    Attributes
    ----------
    grid, terrain : Grid, ndarray
        Bare ground [m].
    ground : ndarray
        Ground under each roof [m].
    table, bars, boxes : pandas.DataFrame
        Roofs, their bars, and what stands on them.
    trees : ndarray
        x, y, height, radius, ground [m] of each tree, single or forest.
    overhang : ndarray of bool
        Crowns that may reach over a roof.
    """

    seed: int
    grid: Grid
    terrain: NDArray[np.float32]
    ground: Float
    table: pd.DataFrame
    bars: pd.DataFrame
    boxes: pd.DataFrame
    bounds: Float
    trees: Float
    overhang: NDArray[np.bool_]

    @classmethod
    def stage(
        cls,
        seed: int,
        grid: Grid,
        terrain: NDArray[np.float32],
        built: Settlement,
        bounds: Float,
        forest: NDArray[np.bool_],
        tiles: list[tuple[int, int]],
        origin: tuple[float, float],
    ) -> Scene:
        """Gather roofs and trees; forest cells in and beside the tiles become canopy.

        Parameters
        ----------
        seed : int
            Of the demo.
        grid : Grid
            Working grid.
        terrain : numpy.ndarray
            Bare ground [m], shape (rows, columns).
        built : Settlement
            Roofs and single trees.
        bounds : numpy.ndarray
            Of the roofs: west, south, east, north [m], shape (n, 4).
        forest : numpy.ndarray
            Cells of forest, shape (rows, columns).
        tiles : list
            (column, row) of the tiles to be drawn.
        origin : tuple of float
            South-west corner of tile (0, 0) [m].
        """
        table = built.roofs
        bars = parts(table)
        boxes = obstacles(table, bars, seed)
        rng = np.random.default_rng((seed, 52))
        single = built.trees
        canopy = _canopy(rng, grid, forest, tiles, origin)
        xyh = np.vstack([single, canopy])
        radius = np.clip(xyh[:, 2] * rng.uniform(0.26, 0.40, len(xyh)), 1.3, 4.5)
        radius[len(single) :] = np.clip(radius[len(single) :], 1.8, 4.0)
        trees = np.column_stack([xyh, radius, grid.bilinear(terrain, xyh[:, 0], xyh[:, 1])])
        overhang = rng.uniform(size=len(trees)) < 0.15
        overhang[len(single) :] = False
        return cls(seed, grid, terrain, _roof_ground(grid, terrain, table), table, bars, boxes, bounds, trees, overhang)

    def tile(self, key: tuple[int, int], origin: tuple[float, float]) -> NDArray[np.float32]:
        """Surface heights of one tile [m], shape (1024, 1024).

        Parameters
        ----------
        key : tuple
            Column and row of the tile.
        origin : tuple of float
            South-west corner of tile (0, 0) [m].
        """
        x0, y1 = origin[0] + key[0] * TILE, origin[1] + (key[1] + 1) * TILE
        out = np.empty((_SIZE, _SIZE), np.float64)
        _draw_ground(out, self.terrain, self.grid.west, self.grid.north, self.grid.cell, x0, y1)
        x, y, reach = self.trees[:, 0], self.trees[:, 1], self.trees[:, 3]
        near = (x + reach > x0) & (x - reach < x0 + TILE) & (y + reach > y1 - TILE) & (y - reach < y1)
        _draw_trees(out, self.trees[near & ~self.overhang], x0, y1)
        self._roofs(out, x0, y1)
        _draw_trees(out, self.trees[near & self.overhang], x0, y1)
        noise = np.random.default_rng((self.seed, 60, *key)).standard_normal(out.shape, dtype=np.float32)
        return quantised(out + NOISE_M * noise, _STEP)

    def _roofs(self, out: Float, x0: float, y1: float) -> None:
        b, t = self.bounds, self.table
        here = np.flatnonzero((b[:, 2] > x0) & (b[:, 0] < x0 + TILE) & (b[:, 3] > y1 - TILE) & (b[:, 1] < y1))
        rad = np.radians(self.bars["angle"].to_numpy())
        bars = np.column_stack(
            [
                self.bars[["x", "y"]].to_numpy(),
                np.cos(rad),
                np.sin(rad),
                self.bars[["half_long", "half_wide"]].to_numpy(),
            ]
        )
        n = len(t)
        form = np.array([FORMS.index(f) for f in FORMS])[pd.Categorical(t["form"], categories=list(FORMS)).codes]
        _draw_roofs(
            out,
            x0,
            y1,
            here,
            b,
            self.ground + t["height_m"].to_numpy(),
            form,
            np.tan(np.radians(t["tilt_deg"].to_numpy())),
            t["spans"].to_numpy(),
            t["tooth_m"].to_numpy(),
            t["parapet_m"].to_numpy(),
            np.searchsorted(self.bars["roof"].to_numpy(), np.arange(n + 1)),
            bars,
            np.searchsorted(self.boxes["roof"].to_numpy(), np.arange(n + 1)),
            self.boxes[["bar", "u", "v", "half_u", "half_v", "height"]].to_numpy(float),
        )

    def write_tile(
        self, folder: Path, key: tuple[int, int], origin: tuple[float, float], crs: str = CRS_METRIC
    ) -> Path:
        """Write one tile as ``dsm_<column>_<row>.tif``.

        Parameters
        ----------
        folder : pathlib.Path
            Where it goes.
        key : tuple
            Column and row of the tile.
        origin : tuple of float
            South-west corner of tile (0, 0) [m].
        crs : str, default "EPSG:4548"
            Metric CRS of the survey.

        Returns
        -------
        pathlib.Path
            The file; NaN is no data.
        """
        path = folder / f"dsm_{key[0]:02d}_{key[1]:02d}.tif"
        frame = Grid(origin[0] + key[0] * TILE, origin[1] + (key[1] + 1) * TILE, _SIZE, _SIZE, 1.0)
        write_raster(path, self.tile(key, origin), frame.transform, nodata=float("nan"), unit="m", crs=crs)
        return path


def _canopy(
    rng: np.random.Generator,
    grid: Grid,
    forest: NDArray[np.bool_],
    tiles: list[tuple[int, int]],
    origin: tuple[float, float],
) -> Float:
    """Five trees for every forest cell near the tiles: x, y, height [m]."""
    near = np.zeros(grid.shape, bool)
    for i, j in tiles:
        west, south = origin[0] + i * TILE, origin[1] + j * TILE
        (r0, r1), (c0, c1) = grid.index(
            np.array([west - 20, west + TILE + 20]), np.array([south + TILE + 20, south - 20])
        )
        near[r0 : r1 + 1, c0 : c1 + 1] = True
    row, column = np.nonzero(forest & near)
    row, column = np.repeat(row, 5), np.repeat(column, 5)
    x = grid.west + (column + rng.uniform(size=row.size)) * grid.cell
    y = grid.north - (row + rng.uniform(size=row.size)) * grid.cell
    return np.column_stack([x, y, rng.uniform(5.0, 11.0, row.size)])
