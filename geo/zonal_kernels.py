"""Loops of the zonal statistics, compiled: one pass over the cells a zone covers.

Arguments shared by all: ``low`` and ``number`` turn a code into its place in ``table``; ``lines`` holds the cell area
at node columns ``step`` cells apart, the first at ``origin[1] // step * step``; ``origin`` is the row and column of the
block in the raster. Runs and edges are those of :class:`geo.coverage.Coverage` in raster coordinates.
"""

# Arguments are typed by numba at the first call; annotations would only repeat the docstring above.
# mypy: disable-error-code="no-untyped-def"

from __future__ import annotations

import numpy as np

from guanghui.geo.compiled import njit

__all__ = ["count_edges", "count_runs", "mark_codes", "sum_edges", "sum_runs"]


@njit(nogil=True, cache=True)
def mark_codes(block, low, seen):
    """Set ``seen[code - low]`` for every code of a block.

    Parameters
    ----------
    block : numpy.ndarray
        Codes, shape (rows, columns).
    low : int
        Least code.
    seen : numpy.ndarray
        Bool, changed in place, shape (highest code - low + 1,).
    """
    for i in range(block.shape[0]):
        for j in range(block.shape[1]):
            seen[np.int64(block[i, j]) - low] = True


@njit(nogil=True, cache=True)
def _cell_area(lines, step, origin, row, col):
    segment = col // step - origin[1] // step
    left = lines[row - origin[0], segment]
    right = lines[row - origin[0], segment + 1]
    return left + (right - left) * ((col % step + 0.5) / step)


@njit(nogil=True, cache=True)
def count_runs(block, low, number, lines, step, origin, zone, row, start, stop, table):
    """Add the area of whole cells to ``table[zone, class]``.

    Cells are counted in integers, with their places for the slope of the area, so that no rounding piles up.

    Parameters
    ----------
    block : numpy.ndarray
        Codes, shape (rows, columns).
    low, number, lines, step, origin
        As in the module.
    zone, row, start, stop : numpy.ndarray
        Runs of :meth:`geo.coverage.Coverage.runs`.
    table : numpy.ndarray
        [m²], changed in place, shape (zones, classes).
    """
    count = np.zeros(table.shape[1], np.int64)
    places = np.zeros(table.shape[1], np.int64)
    touched = np.empty(table.shape[1], np.int64)
    for i in range(len(row)):
        r = row[i] - origin[0]
        col = max(start[i], origin[1])
        last = min(stop[i], origin[1] + block.shape[1])
        while col < last:
            segment = col // step
            first = segment * step
            end = min(last, first + step)
            left = lines[r, segment - origin[1] // step]
            slope = (lines[r, segment - origin[1] // step + 1] - left) / step
            kinds = 0
            for c in range(col, end):
                k = number[np.int64(block[r, c - origin[1]]) - low]
                if count[k] == 0:
                    touched[kinds] = k
                    kinds += 1
                count[k] += 1
                places[k] += c - first
            for t in range(kinds):
                k = touched[t]
                table[zone[i], k] += count[k] * (left + 0.5 * slope) + places[k] * slope
                count[k] = 0
                places[k] = 0
            col = end


@njit(nogil=True, cache=True)
def count_edges(block, low, number, lines, step, origin, zone, row, col, part, table):
    """Add the covered area of border cells to ``table[zone, class]``.

    Parameters
    ----------
    block : numpy.ndarray
        Codes, shape (rows, columns).
    low, number, lines, step, origin
        As in the module.
    zone, row, col, part : numpy.ndarray
        Cells of :meth:`geo.coverage.Coverage.edges`.
    table : numpy.ndarray
        [m²], changed in place, shape (zones, classes).
    """
    for i in range(len(row)):
        c = col[i] - origin[1]
        if 0 <= c < block.shape[1]:
            k = number[np.int64(block[row[i] - origin[0], c]) - low]
            table[zone[i], k] += part[i] * _cell_area(lines, step, origin, row[i], col[i])


@njit(nogil=True, cache=True)
def sum_runs(block, low, number, values, lines, step, origin, zone, row, start, stop, table):
    """Add value x area, known area and unknown area of whole cells to ``table[0…2, zone, class]``.

    Parameters
    ----------
    block : numpy.ndarray
        Codes, shape (rows, columns).
    low, number, lines, step, origin
        As in the module.
    values : numpy.ndarray
        Of the cells, shape of the block; NaN is unknown.
    zone, row, start, stop : numpy.ndarray
        Runs of :meth:`geo.coverage.Coverage.runs`.
    table : numpy.ndarray
        [value x m², m², m²], changed in place, shape (3, zones, classes).
    """
    kinds = table.shape[2]
    local = np.zeros((3, kinds))
    for i in range(len(row)):
        r = row[i] - origin[0]
        col = max(start[i], origin[1])
        last = min(stop[i], origin[1] + block.shape[1])
        while col < last:
            segment = col // step
            first = segment * step
            end = min(last, first + step)
            left = lines[r, segment - origin[1] // step]
            slope = (lines[r, segment - origin[1] // step + 1] - left) / step
            for c in range(col, end):
                area = left + slope * (c - first + 0.5)
                k = number[np.int64(block[r, c - origin[1]]) - low]
                value = np.float64(values[r, c - origin[1]])
                if np.isnan(value):
                    local[2, k] += area
                else:
                    local[0, k] += value * area
                    local[1, k] += area
            col = end
        for k in range(kinds):
            for t in range(3):
                table[t, zone[i], k] += local[t, k]
                local[t, k] = 0.0


@njit(nogil=True, cache=True)
def sum_edges(block, low, number, values, lines, step, origin, zone, row, col, part, table):
    """Add value x area, known area and unknown area of border cells to ``table[0…2, zone, class]``.

    Parameters
    ----------
    block : numpy.ndarray
        Codes, shape (rows, columns).
    low, number, lines, step, origin
        As in the module.
    values : numpy.ndarray
        Of the cells, shape of the block; NaN is unknown.
    zone, row, col, part : numpy.ndarray
        Cells of :meth:`geo.coverage.Coverage.edges`.
    table : numpy.ndarray
        [value x m², m², m²], changed in place, shape (3, zones, classes).
    """
    for i in range(len(row)):
        c = col[i] - origin[1]
        if 0 <= c < block.shape[1]:
            area = part[i] * _cell_area(lines, step, origin, row[i], col[i])
            k = number[np.int64(block[row[i] - origin[0], c]) - low]
            value = np.float64(values[row[i] - origin[0], c])
            if np.isnan(value):
                table[2, zone[i], k] += area
            else:
                table[0, zone[i], k] += value * area
                table[1, zone[i], k] += area
