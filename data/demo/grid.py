"""A north-up working grid and smooth, seeded noise on it.

The noise is a uniform cubic B-spline over a lattice of standard normal numbers (value noise), scaled to unit
variance; the same field can be read on a grid (separably, fast) and at scattered points. Only elementwise
arithmetic is used, so that the same seed gives the same bytes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from affine import Affine
from numpy.typing import NDArray

__all__ = ["Float", "Grid", "Noise", "fractal"]

Float = NDArray[np.float64]

# standard deviation of a 2-D cubic B-spline over unit white noise: integral of the squared kernel, 151/315 a dimension
_SPLINE_STD = 151.0 / 315.0


@dataclass(frozen=True)
class Grid:
    """Square cells, north up.

    Attributes
    ----------
    west, north : float
        Outer corner of the first cell [m].
    columns, rows : int
        Size.
    cell : float
        Cell size [m].
    """

    west: float
    north: float
    columns: int
    rows: int
    cell: float

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.rows, self.columns

    @property
    def transform(self) -> Affine:
        """Affine transform from column, row to x, y."""
        return Affine(self.cell, 0.0, self.west, 0.0, -self.cell, self.north)

    @property
    def x(self) -> Float:
        """Cell centres eastward [m], shape (columns,)."""
        return np.asarray(self.west + (np.arange(self.columns) + 0.5) * self.cell, np.float64)

    @property
    def y(self) -> Float:
        """Cell centres from north to south [m], shape (rows,)."""
        return np.asarray(self.north - (np.arange(self.rows) + 0.5) * self.cell, np.float64)

    def index(self, x: Float, y: Float) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Row and column of the cells that hold points, clipped to the grid.

        Parameters
        ----------
        x, y : numpy.ndarray
            East and north [m], of one shape.
        """
        column = np.floor((np.asarray(x) - self.west) / self.cell).astype(np.intp)
        row = np.floor((self.north - np.asarray(y)) / self.cell).astype(np.intp)
        return np.clip(row, 0, self.rows - 1), np.clip(column, 0, self.columns - 1)

    def bilinear(self, values: NDArray[np.floating], x: Float, y: Float) -> Float:
        """Value at points by bilinear interpolation between cell centres, edge values outside.

        Parameters
        ----------
        values : numpy.ndarray
            On the cells, shape (rows, columns).
        x, y : numpy.ndarray
            East and north [m], of one shape.

        Returns
        -------
        numpy.ndarray
            Shape of the points.
        """
        fx = np.clip((np.asarray(x, float) - self.west) / self.cell - 0.5, 0.0, self.columns - 1.000001)
        fy = np.clip((self.north - np.asarray(y, float)) / self.cell - 0.5, 0.0, self.rows - 1.000001)
        j, i = fx.astype(np.intp), fy.astype(np.intp)
        tx, ty = fx - j, fy - i
        top = values[i, j] * (1 - tx) + values[i, j + 1] * tx
        bottom = values[i + 1, j] * (1 - tx) + values[i + 1, j + 1] * tx
        return top * (1 - ty) + bottom * ty


def _weights(t: Float) -> tuple[NDArray[np.intp], Float]:
    """First lattice index and the four B-spline weights, shape (4, n), of lattice coordinates ``t``."""
    base = np.floor(t).astype(np.intp)
    f = t - base
    weights = np.stack([(1 - f) ** 3, 3 * f**3 - 6 * f**2 + 4, -3 * f**3 + 3 * f**2 + 3 * f + 1, f**3])
    return base, weights / 6.0


class Noise:
    """One octave of smooth noise of zero mean and unit variance over a rectangle.

    Parameters
    ----------
    seed : sequence of int
        Seed of the generator.
    spacing : float
        Lattice spacing [m]; features are about twice as wide.
    bounds : tuple of float
        West, south, east, north [m]; points outside take the value of the edge of the lattice.
    """

    def __init__(self, seed: tuple[int, ...], spacing: float, bounds: tuple[float, float, float, float]) -> None:
        west, south, east, north = bounds
        self.west, self.south, self.spacing = west, south, spacing
        rows = int((north - south) / spacing) + 5
        columns = int((east - west) / spacing) + 5
        self.lattice = np.random.default_rng(seed).standard_normal((rows, columns)) / _SPLINE_STD

    def _axis(self, value: Float, start: float, size: int) -> tuple[NDArray[np.intp], Float]:
        return _weights(np.clip((value - start) / self.spacing, 0.0, size - 4.000001))

    def at(self, x: Float, y: Float) -> Float:
        """Value at points.

        Parameters
        ----------
        x, y : numpy.ndarray
            East and north [m], of one shape.

        Returns
        -------
        numpy.ndarray
            Shape of the points.
        """
        i, wy = self._axis(np.asarray(y, float), self.south, self.lattice.shape[0])
        j, wx = self._axis(np.asarray(x, float), self.west, self.lattice.shape[1])
        total = np.zeros(np.broadcast(i, j).shape)
        for a in range(4):
            for b in range(4):
                total += wy[a] * wx[b] * self.lattice[i + a, j + b]
        return total

    def on(self, grid: Grid) -> NDArray[np.float32]:
        """Value at every cell centre, shape (rows, columns).

        Parameters
        ----------
        grid : Grid
            Cells.
        """
        i, wy = self._axis(grid.y, self.south, self.lattice.shape[0])
        j, wx = self._axis(grid.x, self.west, self.lattice.shape[1])
        wide = np.zeros((self.lattice.shape[0], grid.columns), np.float32)
        for b in range(4):
            wide += (self.lattice[:, j + b] * wx[b]).astype(np.float32)
        out = np.zeros(grid.shape, np.float32)
        for a in range(4):
            out += wide[i + a] * wy[a].astype(np.float32)[:, None]
        return out


def fractal(
    grid: Grid, seed: tuple[int, ...], spacing: float, octaves: int, *, gain: float = 0.5
) -> NDArray[np.float32]:
    """Sum of octaves, each of half the spacing and ``gain`` times the amplitude, scaled to unit variance.

    Parameters
    ----------
    grid : Grid
        Cells.
    seed : tuple of int
        Of the noise; each octave adds its number.
    spacing : float
        Lattice spacing of the first octave [m].
    octaves : int
        How many.
    gain : float, default 0.5
        Amplitude of an octave over that of the one before [1].

    Returns
    -------
    numpy.ndarray
        Shape (rows, columns).
    """
    bounds = (grid.west, grid.north - grid.rows * grid.cell, grid.west + grid.columns * grid.cell, grid.north)
    total = np.zeros(grid.shape, np.float32)
    for k in range(octaves):
        total += np.float32(gain**k) * Noise((*seed, k), spacing / 2**k, bounds).on(grid)
    return total / np.float32(np.sqrt(sum(gain ** (2 * k) for k in range(octaves))))
