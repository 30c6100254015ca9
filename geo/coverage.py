"""Exactly which part of every raster cell a polygon covers.

Each polygon edge is cut at every grid line it crosses. A piece adds its signed height to the cell it lies in, and all
cells to its right in that row are covered by as much; a running sum along the row therefore gives the covered part of
every cell the border touches, and the gaps between border cells are whole runs, inside or outside. The work grows with
the length of the border, not with the area, and zones may overlap because each keeps its own list.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely
from pyproj import CRS

from guanghui.geo.crs import same_crs
from guanghui.geo.grid import Grid
from guanghui.geo.vector import to_crs

__all__ = ["Coverage", "coverage", "zone_shapes"]

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

_PIECES_AT_ONCE = 4_000_000
_FULL = 1 - 1e-12
_EMPTY = 1e-15
_SLIVER = 1e-9
_DENSIFY_M, _DENSIFY_DEG = 500.0, 0.005


@dataclass(frozen=True)
class Coverage:
    """Cells covered by each zone: runs of whole cells and single cells with their covered part.

    All arrays are sorted by row, so that a block of rows is a slice of them.
    """

    grid: Grid
    size: Floats
    """Planar area of each zone, inside and outside the grid [cells]."""
    run_zone: Ints
    run_row: Ints
    run_start: Ints
    run_stop: Ints
    edge_zone: Ints
    edge_row: Ints
    edge_col: Ints
    edge_part: Floats

    @property
    def zones(self) -> int:
        """How many zones there are."""
        return len(self.size)

    def runs(self, rows: slice) -> tuple[Ints, Ints, Ints, Ints]:
        """Zone, row, first and past-last column of the runs in a block of rows.

        Parameters
        ----------
        rows : slice
            Rows of the grid.

        Returns
        -------
        tuple
            Four arrays of one length.
        """
        i, j = np.searchsorted(self.run_row, [rows.start, rows.stop])
        return self.run_zone[i:j], self.run_row[i:j], self.run_start[i:j], self.run_stop[i:j]

    def edges(self, rows: slice) -> tuple[Ints, Ints, Ints, Floats]:
        """Zone, row, column and covered part of the border cells in a block of rows.

        Parameters
        ----------
        rows : slice
            Rows of the grid.

        Returns
        -------
        tuple
            Four arrays of one length; the part is in (0, 1] of a cell.
        """
        i, j = np.searchsorted(self.edge_row, [rows.start, rows.stop])
        return self.edge_zone[i:j], self.edge_row[i:j], self.edge_col[i:j], self.edge_part[i:j]

    def cells(self) -> Floats:
        """Covered area of each zone in cells, shape (zones,)."""
        whole = np.bincount(self.run_zone, (self.run_stop - self.run_start).astype(float), self.zones)
        return np.asarray(whole + np.bincount(self.edge_zone, self.edge_part, self.zones), float)

    def outside(self) -> Floats:
        """Part of each zone that lies outside the grid, 0 for zones without area, shape (zones,)."""
        share = 1 - np.divide(self.cells(), self.size, out=np.ones(self.zones), where=self.size > 0)
        return np.where(share > _SLIVER, share, 0.0)


def zone_shapes(zones: gpd.GeoDataFrame | gpd.GeoSeries, crs: CRS) -> npt.NDArray[np.object_]:
    """Polygons in the CRS of a raster; long edges are densified first, so that they stay where they were.

    Parameters
    ----------
    zones : geopandas.GeoDataFrame or geopandas.GeoSeries
        Polygons with a CRS; missing and empty ones are kept.
    crs : pyproj.CRS
        CRS of the raster.

    Returns
    -------
    numpy.ndarray
        Geometries, in the order of ``zones``.

    Raises
    ------
    InputError
        If coordinates cannot be brought to the CRS.
    """
    frame = zones if isinstance(zones, gpd.GeoDataFrame) else gpd.GeoDataFrame(geometry=zones)
    if same_crs(frame.crs, crs):
        return np.asarray(frame.geometry.array, dtype=object)
    step = _DENSIFY_DEG if CRS(frame.crs).is_geographic else _DENSIFY_M
    dense = gpd.GeoDataFrame(geometry=frame.geometry.segmentize(step), crs=frame.crs)
    return np.asarray(to_crs(dense, crs, "zones").geometry.array, dtype=object)


def coverage(zones: gpd.GeoDataFrame | gpd.GeoSeries, grid: Grid) -> Coverage:
    """Compute the exact planar coverage of a grid by polygons.

    Parameters
    ----------
    zones : geopandas.GeoDataFrame or geopandas.GeoSeries
        Valid polygons, any CRS, any number, overlapping or not; missing and empty ones cover nothing.
    grid : Grid
        North-up raster frame.

    Returns
    -------
    Coverage
        Parts sum to the planar area of each polygon inside the grid to about 1e-14.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from shapely import box
    >>> grid = Grid.from_bounds((0, 0, 4, 4), 1.0, "EPSG:4548")
    >>> coverage(gpd.GeoSeries([box(0.5, 0.5, 2, 2)], crs="EPSG:4548"), grid).cells().tolist()
    [2.25]
    """
    shapes = zone_shapes(zones, grid.crs)
    parts = [_batch(*edges, grid) for edges in _edges(shapes, grid)]
    runs = _sorted([p[0] for p in parts], by=1)
    edges = _sorted([p[1] for p in parts], by=1)
    size = np.nan_to_num(shapely.area(shapes)) / (grid.cell[0] * grid.cell[1])
    return Coverage(grid, size, *runs, *edges)


def _sorted(groups: list[tuple[np.ndarray, ...]], by: int) -> list[np.ndarray]:
    kinds = (np.int64, np.int64, np.int64, np.float64 if groups and groups[0][3].dtype.kind == "f" else np.int64)
    columns = [np.concatenate([g[i] for g in groups] or [np.empty(0)]).astype(k) for i, k in enumerate(kinds)]
    order = np.argsort(columns[by], kind="stable")
    return [c[order] for c in columns]


def _edges(shapes: npt.NDArray[np.object_], grid: Grid) -> Iterator[tuple[Ints, Floats, Floats, Floats, Floats]]:
    """Directed polygon edges in cell units with the zone they belong to, in batches of bounded size.

    Shells run so that the inside lies to the right of a falling edge (row rising), holes the other way.
    """
    parts, zone = shapely.get_parts(shapes, return_index=True)
    rings, part = shapely.get_rings(shapely.orient_polygons(parts), return_index=True)
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    t = grid.transform
    x, y = (xy[:, 0] - t.c) / t.a, (xy[:, 1] - t.f) / t.e
    first = np.flatnonzero(ring[1:] == ring[:-1])
    x0, x1, y0, y1 = x[first], x[first + 1], y[first], y[first + 1]
    owner = zone[part[ring[first]]]
    above, below = np.maximum(y0, y1) <= 0, np.minimum(y0, y1) >= grid.height
    keep = ~above & ~below
    owner, x0, x1, y0, y1 = owner[keep], x0[keep], x1[keep], y0[keep], y1[keep]
    left, right = np.maximum(x0, x1) <= 0, np.minimum(x0, x1) >= grid.width
    x0[left] = x1[left] = -0.5  # beside the grid only the height of an edge matters
    x0[right] = x1[right] = grid.width + 0.5
    ends = np.flatnonzero(np.diff(owner, append=-1)) + 1
    size = np.cumsum(np.abs(x1 - x0) + np.abs(y1 - y0) + 3)
    start = 0
    while start < len(owner):
        limit = np.searchsorted(size, (size[start - 1] if start else 0) + _PIECES_AT_ONCE)
        fits = ends[(ends > start) & (ends <= limit)]
        stop = int(fits[-1]) if len(fits) else int(ends[ends > start][0])
        cut = slice(start, stop)
        yield owner[cut], x0[cut], x1[cut], y0[cut], y1[cut]
        start = stop


def _batch(
    owner: Ints, x0: Floats, x1: Floats, y0: Floats, y1: Floats, grid: Grid
) -> tuple[tuple[np.ndarray, ...], tuple[np.ndarray, ...]]:
    """Work out runs and border cells of the zones whose edges are given."""
    edge, row, col, height, offset = _pieces(x0, x1, y0, y1)
    inside = (row >= 0) & (row < grid.height)
    edge, row, col, height, offset = edge[inside], row[inside], col[inside], height[inside], offset[inside]
    part = height * np.where(col < 0, 1.0, 1 - offset)
    col = np.clip(col, -1, grid.width)
    width, rows = grid.width + 2, grid.height
    key, where = np.unique((owner[edge] * rows + row) * width + col + 1, return_inverse=True)
    crossed = np.bincount(where, height).astype(float)
    line, column = key // width, key % width - 1
    after = _running(line, crossed)
    return _runs(line, column, after, grid), _borders(line, column, after - crossed + np.bincount(where, part), grid)


def _pieces(x0: Floats, x1: Floats, y0: Floats, y1: Floats) -> tuple[Ints, Ints, Ints, Floats, Floats]:
    """Cut edges at grid lines: edge, row, column, signed height and mean offset from the cell's left side."""
    count = np.arange(len(x0))
    where, at = [count, count], [np.zeros(len(x0)), np.ones(len(x0))]
    for a, b in ((x0, x1), (y0, y1)):
        low, high = np.ceil(np.minimum(a, b)), np.floor(np.maximum(a, b))
        crossings = np.maximum(high - low + 1, 0).astype(np.int64)
        edge = np.repeat(count, crossings)
        nth = np.arange(len(edge)) - np.repeat(np.cumsum(crossings) - crossings, crossings)
        step = (b - a)[edge]
        moves = step != 0
        line = np.repeat(low, crossings) + nth
        where.append(edge[moves])
        at.append(np.clip((line - a[edge])[moves] / step[moves], 0, 1))
    edge, t = np.concatenate(where), np.concatenate(at)
    order = np.lexsort((t, edge))
    edge, t = edge[order], t[order]
    good = (edge[1:] == edge[:-1]) & (t[1:] > t[:-1])
    edge, ta, tb = edge[:-1][good], t[:-1][good], t[1:][good]
    dx, dy = (x1 - x0)[edge], (y1 - y0)[edge]
    x, y = x0[edge] + (ta + tb) / 2 * dx, y0[edge] + (ta + tb) / 2 * dy
    col = np.floor(x)
    return edge, np.floor(y).astype(np.int64), col.astype(np.int64), (tb - ta) * dy, x - col


def _running(line: Ints, height: Floats) -> Floats:
    """Cumulative height along each line (one zone in one row)."""
    total = np.cumsum(height)
    start = np.flatnonzero(np.diff(line, prepend=-1))
    base = np.repeat((total - height)[start], np.diff(start, append=len(line)))
    return total - base


def _runs(line: Ints, column: Ints, after: Floats, grid: Grid) -> tuple[np.ndarray, ...]:
    following = np.append(column[1:], 0)
    same = np.append(line[1:] == line[:-1], False)
    whole = same & (after > 0.5) & (following > column + 1)
    zone, row = np.divmod(line[whole], grid.height)
    return zone, row, column[whole] + 1, following[whole]


def _borders(line: Ints, column: Ints, part: Floats, grid: Grid) -> tuple[np.ndarray, ...]:
    keep = (column >= 0) & (column < grid.width) & (part > _EMPTY)
    zone, row = np.divmod(line[keep], grid.height)
    covered = np.where(part[keep] > _FULL, 1.0, part[keep])
    return zone, row, column[keep], covered
