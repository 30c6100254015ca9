"""Areas by class and sums of densities in polygons, with exact covered fractions and exact cell areas.

A cell counts with the part of it that lies in the polygon (:mod:`geo.coverage`) times its area on the ellipsoid
(:mod:`geo.cellarea`), whatever the CRS of the raster. Rasters are walked chunk by chunk on Dask; what is kept of a
chunk is a small table, so memory is bounded by the chunks in flight. Classes are counted in integers, densities summed
in float64.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import dask
import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from guanghui.geo.cellarea import CellAreas, cell_areas, unit_areas
from guanghui.geo.coverage import Coverage, coverage
from guanghui.geo.errors import InputError
from guanghui.geo.grid import Grid
from guanghui.geo.raster import CHUNK
from guanghui.geo.vector import ellipsoid_area_m2
from guanghui.geo.zonal_kernels import count_edges, count_runs, mark_codes, sum_edges, sum_runs

__all__ = ["ClassAreas", "cell_sums", "class_areas", "class_cells", "class_sums", "density_sums"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_MAX_SPAN = 65_536
_HA = 1e4


@dataclass(frozen=True)
class ClassAreas:
    """Area of each class in each zone."""

    area_m2: pd.DataFrame
    """Zones (rows, index as given) x class codes found (columns, ascending), without nodata [m²]."""
    nodata_m2: pd.Series
    """Area of the zone inside the raster that holds no class [m²]."""
    outside_m2: pd.Series
    """Area of the zone outside the raster [m²]."""

    @property
    def known_m2(self) -> pd.Series:
        """Area that holds a class [m²]."""
        return self.area_m2.sum(axis=1)

    @property
    def total_m2(self) -> pd.Series:
        """Area of the zone: known, nodata and outside [m²]."""
        return self.known_m2 + self.nodata_m2 + self.outside_m2


def class_cells(classes: xr.DataArray, zones: gpd.GeoDataFrame, *, nodata: int | None = None) -> pd.DataFrame:
    """Count the cells of every class in every zone, covered parts as parts: areas of the plane, over that of a cell.

    Parameters
    ----------
    classes, zones, nodata
        As in :func:`class_areas`.

    Returns
    -------
    pandas.DataFrame
        Zones x codes [cells].
    """
    void = classes.attrs.get("nodata") if nodata is None else nodata
    _check_integer(classes)
    grid = Grid.of(classes)
    work = _Work(coverage(zones, grid), unit_areas(grid))
    codes, table = _merge(_over_blocks(_class_block, [classes], work), work)
    frame = pd.DataFrame(table[0], index=zones.index, columns=codes)
    return frame.loc[:, (frame != 0).any() & (frame.columns != void)]


def class_areas(classes: xr.DataArray, zones: gpd.GeoDataFrame, *, nodata: int | None = None) -> ClassAreas:
    """Area of every class in every zone.

    Parameters
    ----------
    classes : xarray.DataArray
        Integer codes, dims (y, x), lazy or not, with CRS, any projection.
    zones : geopandas.GeoDataFrame
        Polygons, any CRS; they may overlap.
    nodata : int, optional
        Code that means no data; ``classes.attrs["nodata"]`` by default.

    Returns
    -------
    ClassAreas
        Areas on the ellipsoid [m²]; the parts of a polygon sum to the whole to about 1e-13.

    Raises
    ------
    InputError
        If the raster has no CRS, is rotated, or does not hold whole numbers.
    """
    void = classes.attrs.get("nodata") if nodata is None else nodata
    _check_integer(classes)
    work = _work(classes, zones)
    codes, table = _merge(_over_blocks(_class_block, [classes], work), work)
    frame = pd.DataFrame(table[0], index=zones.index, columns=codes)
    missing = frame[void] if void in frame.columns else pd.Series(0.0, index=zones.index)
    frame = frame.loc[:, (frame != 0).any() & (frame.columns != void)]
    return ClassAreas(frame, missing.rename("nodata_m2"), _outside_m2(zones, work.cover))


def density_sums(density: xr.DataArray, zones: gpd.GeoDataFrame) -> pd.DataFrame:
    """Sum of a density over every zone.

    Parameters
    ----------
    density : xarray.DataArray
        Quantity per hectare, dims (y, x), NaN where unknown, with CRS.
    zones : geopandas.GeoDataFrame
        Polygons, any CRS; they may overlap.

    Returns
    -------
    pandas.DataFrame
        On the index of ``zones``: ``sum`` (quantity), ``mean`` (per hectare of known area, NaN where nothing is known),
        ``known_m2``, ``nodata_m2``, ``outside_m2`` [m²].
    """
    work = _work(density, zones)
    _, table = _merge(_over_blocks(_density_block, [density], work), work)
    total, known, void = (t.sum(axis=1) for t in table)
    mean = np.divide(total, known, out=np.full(len(total), np.nan), where=known > 0)
    frame = pd.DataFrame({"sum": total / _HA, "mean": mean, "known_m2": known, "nodata_m2": void}, index=zones.index)
    frame["outside_m2"] = _outside_m2(zones, work.cover)
    return frame


def cell_sums(values: xr.DataArray, zones: gpd.GeoDataFrame) -> pd.DataFrame:
    """Sum of a quantity given per cell, such as people: each cell counts with its covered part, not with its area.

    Parameters
    ----------
    values : xarray.DataArray
        Quantity per cell, dims (y, x), NaN where unknown, with CRS.
    zones : geopandas.GeoDataFrame
        Polygons, any CRS; they may overlap.

    Returns
    -------
    pandas.DataFrame
        On the index of ``zones``: ``sum`` (quantity), ``known_cells`` and ``nodata_cells`` [1].
    """
    grid = Grid.of(values)
    work = _Work(coverage(zones, grid), unit_areas(grid))
    _, table = _merge(_over_blocks(_density_block, [values], work), work)
    names = ("sum", "known_cells", "nodata_cells")
    return pd.DataFrame({n: t.sum(axis=1) for n, t in zip(names, table, strict=True)}, index=zones.index)


def class_sums(
    classes: xr.DataArray, density: xr.DataArray, zones: gpd.GeoDataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Sum of a density over every class of every zone.

    Parameters
    ----------
    classes : xarray.DataArray
        Integer codes on the grid of ``density``; every code counts.
    density : xarray.DataArray
        Quantity per hectare, NaN where unknown.
    zones : geopandas.GeoDataFrame
        Polygons, any CRS; they may overlap.

    Returns
    -------
    sums, known_m2 : pandas.DataFrame
        Zones x codes: the quantity, and the area on which the density is known [m²].

    Raises
    ------
    InputError
        If the two rasters do not lie on one grid, or the classes are no whole numbers.
    """
    _check_integer(classes)
    if not Grid.of(classes).matches(Grid.of(density)):
        raise InputError(
            "classes and density do not lie on one grid (CRS, origin, cell size, shape); align them first.",
            "类别与密度栅格的网格（CRS、原点、像元、大小）不一致；请先对齐。",
        )
    work = _work(classes, zones)
    codes, table = _merge(_over_blocks(_class_sum_block, [classes, density], work), work)
    sums, known = (pd.DataFrame(t, index=zones.index, columns=codes) for t in table[:2])
    return sums / _HA, known


def _outside_m2(zones: gpd.GeoDataFrame, cover: Coverage) -> pd.Series:
    """Area on the ellipsoid of the part of each zone that the raster does not reach [m²]."""
    share = cover.outside()
    out = np.zeros(len(zones))
    beyond = share > 0
    if beyond.any():
        out[beyond] = share[beyond] * ellipsoid_area_m2(
            gpd.GeoDataFrame(geometry=zones.geometry[beyond], crs=zones.crs)
        )
    return pd.Series(out, index=zones.index, name="outside_m2")


class _Work(NamedTuple):
    cover: Coverage
    areas: CellAreas


_Part = tuple[Ints, Floats]
"""Codes of a block, and sums: kinds of sum x zones x codes."""


def _work(raster: xr.DataArray, zones: gpd.GeoDataFrame) -> _Work:
    grid = Grid.of(raster)
    return _Work(coverage(zones, grid), cell_areas(grid))


def _check_integer(classes: xr.DataArray) -> None:
    if classes.dtype.kind not in "iu":
        raise InputError(
            f"raster {classes.name!r} is of type {classes.dtype}; classes must be whole numbers.",
            f"栅格 {classes.name!r} 的类型为 {classes.dtype}；类别必须为整数。",
        )


def _over_blocks(kernel: Callable[..., _Part], rasters: Sequence[xr.DataArray], work: _Work) -> list[_Part]:
    """Run ``kernel(blocks…, work, origin)`` on every chunk that a zone touches; results come in a fixed order."""
    first = rasters[0] if rasters[0].chunks else rasters[0].chunk({"y": CHUNK, "x": CHUNK})
    chunks = first.chunks
    assert chunks is not None
    same = dict(zip(first.dims, chunks, strict=True))
    blocks = [raster.chunk(same).data.to_delayed() for raster in rasters]
    rows, cols = (np.concatenate([[0], np.cumsum(c)]) for c in chunks)
    run, shared = dask.delayed(kernel, pure=False), dask.delayed(work, traverse=False)
    jobs = [
        run(*(b[i, j] for b in blocks), shared, (int(rows[i]), int(cols[j])))
        for i, j in np.argwhere(_touched(work.cover, rows, cols)).tolist()
    ]
    return list(dask.compute(*jobs))


def _touched(cover: Coverage, rows: Ints, cols: Ints) -> npt.NDArray[np.bool_]:
    """Chunks (rows x columns of chunks) that hold a covered cell."""
    hit = np.zeros((len(rows) - 1, len(cols) - 1), bool)
    line = np.searchsorted(rows, cover.run_row, "right") - 1
    first = np.searchsorted(cols, cover.run_start, "right") - 1
    last = np.searchsorted(cols, cover.run_stop - 1, "right") - 1
    for k in range(int((last - first).max(initial=-1)) + 1):
        more = first + k <= last
        hit[line[more], first[more] + k] = True
    hit[np.searchsorted(rows, cover.edge_row, "right") - 1, np.searchsorted(cols, cover.edge_col, "right") - 1] = True
    return hit


def _merge(parts: list[_Part], work: _Work) -> _Part:
    """Add the tables of all blocks over the union of their codes."""
    codes = np.unique(np.concatenate([np.empty(0, np.int64), *(found for found, _ in parts)]))
    kinds = max((len(table) for _, table in parts), default=3)
    total = np.zeros((kinds, work.cover.zones, len(codes)))
    for found, table in parts:
        total[:, :, np.searchsorted(codes, found)] += table
    return codes, total


def _dense(block: npt.NDArray[Any]) -> tuple[Ints, Ints, int]:
    """Codes of a block, a table that numbers them 0…n-1, and the code the table begins with."""
    low, high = int(block.min()), int(block.max())
    if high - low >= _MAX_SPAN:
        raise InputError(
            f"classes run from {low} to {high}: no land-cover raster does; check which file was given.",
            f"类别值从 {low} 到 {high}，不像土地覆盖；请检查给的是哪个文件。",
        )
    seen = np.zeros(high - low + 1, np.bool_)
    mark_codes(block, low, seen)
    codes = np.flatnonzero(seen)
    number = np.zeros(high - low + 1, np.int64)
    number[codes] = np.arange(len(codes))
    return codes + low, number, low


def _class_block(block: npt.NDArray[Any], work: _Work, origin: tuple[int, int]) -> _Part:
    codes, number, low = _dense(block)
    rows, lines = _lines(work, origin, block.shape)
    table = np.zeros((1, work.cover.zones, len(codes)))
    place = (block, low, number, lines, work.areas.step, origin)
    count_runs(*place, *work.cover.runs(rows), table[0])
    count_edges(*place, *work.cover.edges(rows), table[0])
    return codes, table


def _class_sum_block(block: npt.NDArray[Any], values: npt.NDArray[Any], work: _Work, origin: tuple[int, int]) -> _Part:
    codes, number, low = _dense(block)
    rows, lines = _lines(work, origin, block.shape)
    table = np.zeros((3, work.cover.zones, len(codes)))
    place = (block, low, number, values, lines, work.areas.step, origin)
    sum_runs(*place, *work.cover.runs(rows), table)
    sum_edges(*place, *work.cover.edges(rows), table)
    return codes, table


def _density_block(values: npt.NDArray[Any], work: _Work, origin: tuple[int, int]) -> _Part:
    return _class_sum_block(np.zeros(values.shape, np.uint8), values, work, origin)


def _lines(work: _Work, origin: tuple[int, int], shape: tuple[int, ...]) -> tuple[slice, Floats]:
    rows = slice(origin[0], origin[0] + shape[0])
    return rows, work.areas.lines(rows, slice(origin[1], origin[1] + shape[1]))
