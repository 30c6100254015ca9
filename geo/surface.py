"""The surface the sun meets: a surface model from file, or outlines pushed up to their height where there is none."""

from __future__ import annotations

from contextlib import nullcontext, suppress
from typing import Any

import dask
import dask.array as da
import geopandas as gpd
import numpy as np
import rasterio
import shapely
import xarray as xr
from pyproj import CRS
from rasterio.features import rasterize

from guanghui.geo.crs import is_metric, same_crs
from guanghui.geo.errors import InputError
from guanghui.geo.fineness import repeats
from guanghui.geo.grid import Grid
from guanghui.geo.notes import Notes
from guanghui.geo.raster import CHUNK, from_numpy, on_grid, open_raster
from guanghui.geo.raster_source import RasterSource
from guanghui.geo.resample import keeping_steps
from guanghui.geo.surface_faults import HIGHEST_M, LOWEST_M
from guanghui.geo.units import FOOT_M
from guanghui.geo.unread import RASTER_ERRORS, read_whole
from guanghui.geo.vector import to_crs

__all__ = ["canopy_top", "extruded_surface", "sample_heights", "surface_grid", "surface_model"]

_WIDEST_CELL_M, _COARSE_CELL_M = 5.0, 2.0
_FEW_CELLS = 25
"""Cells from which two faces of a roof and their tilt are told (assumed)."""
_REPEATS = 1.3
"""So many cells in a row with one height are no chance."""
_USUAL_M, _NEAR_USUAL = (0.1, 0.2, 0.25, 0.4, 0.5, 1.0, 2.0, 2.5), 0.03
"""Sides models are made with [m], and how near an estimate is taken for one."""
_CHUNK = 512
"""Side of a chunk [cells]: roofs are worked in windows, and whole chunks are read."""


def surface_model(source: RasterSource, crs: CRS, *, unit: str = "m", notes: Notes | None = None) -> xr.DataArray:
    """Open a surface model lazily in the region's metric CRS.

    Heights beyond what there is on Earth are holes in the data, never walls. A model already in the region's CRS is
    read as it is; one in degrees or another CRS is laid on square cells of its own size without smoothing its steps
    (:func:`geo.resample.keeping_steps`).

    Parameters
    ----------
    source : RasterSource
        The file or mosaic.
    crs : pyproj.CRS
        Metric CRS of the region.
    unit : {"m", "ft"}, default "m"
        Unit of the heights.
    notes : Notes, optional
        Told when the model was warped.

    Returns
    -------
    xarray.DataArray
        Heights [m], dims (y, x), float32, NaN where unknown.

    Raises
    ------
    InputError
        Cells wider than 5 m, in which no roof can be told from its neighbour.
    """
    target = surface_grid(source, crs, notes)
    array = (
        open_raster(source, name="surface", units="m", chunk=_CHUNK)
        if target is None
        else keeping_steps(source, target)
    )
    values = array.data.astype("float32") * (FOOT_M if unit == "ft" else 1.0)
    values = da.where((values > LOWEST_M) & (values < HIGHEST_M), values, np.float32(np.nan)).astype("float32")
    return array.copy(data=values)


def surface_grid(source: RasterSource, crs: CRS, notes: Notes | None = None) -> Grid | None:
    """Grid on which a surface model is worked, None where it is its own.

    Parameters
    ----------
    source : RasterSource
        The file or mosaic.
    crs : pyproj.CRS
        Metric CRS of the region.
    notes : Notes, optional
        Told of another CRS, of cells that repeat each other, and of cells wider than 2 m.

    Returns
    -------
    Grid or None
        In another CRS square cells of the model's own size; where cells repeat each other, cells as wide as what was
        measured.

    Raises
    ------
    InputError
        Cells wider than 5 m, in which no roof can be told from its neighbour.
    """
    grid, told = source.grid, notes if notes is not None else Notes()
    own = same_crs(grid.crs, crs) and is_metric(grid.crs, grid.bounds) and np.isclose(*grid.cell, rtol=1e-4)
    box, sides = grid.bounds, (grid.cell[0], grid.cell[1])
    if not own:
        edge = gpd.GeoSeries([shapely.box(*grid.bounds).segmentize(max(grid.cell) * 64)], crs=grid.crs)
        west, south, east, north = map(float, edge.to_crs(crs).total_bounds)
        box = (west, south, east, north)
        sides = (east - west) / grid.width, (north - south) / grid.height
    cell = float(np.sqrt(sides[0] * sides[1]))
    times = repeats(source, sides, whole=bool(own))
    wide = cell * times
    if wide > _WIDEST_CELL_M:
        raise InputError(
            f"{source.label}: cells of {wide:.3g} m are too wide to see roofs; give a surface model of 2 m or finer, "
            "or use it as [surface] terrain.",
            f"{source.label}：像元 {wide:.3g} 米过大，分不清屋顶；"
            "请提供 2 米或更细的地表模型，或改作 [surface] terrain。",
        )
    name = source.paths[0].name if len(source.paths) == 1 else source.label
    if times > _REPEATS:
        told.add(name, f"cells of {cell:.2g} m repeat each other: the model was enlarged from about {wide:.2g} m and "
                 "is worked at that",
                 f"{cell:.2g} 米像元成块重复：地表模型由约 {wide:.2g} 米放大而来，按后者计算")  # fmt: skip
    if wide > _COARSE_CELL_M:
        told.add(name, f"cells of {wide:.2g} m are coarse: roofs of under {_FEW_CELLS * wide**2:.0f} m² hold fewer "
                 f"than {_FEW_CELLS} cells, so their tilt is rough or level; 1 m or finer shows them",
                 f"像元 {wide:.2g} 米较粗：小于 {_FEW_CELLS * wide**2:.0f} m² 的屋顶不足 {_FEW_CELLS} 个像元，"
                 "坡度粗略或按平顶；1 米或更细才能看清")  # fmt: skip
    if own and times <= _REPEATS:
        return None
    if not own:
        side = _tidy(wide)
        told.add(name, f"surface model in {grid.crs.name} was warped to {crs.name}, {side:g} m",
                 f"地表模型由 {grid.crs.name} 重投影到 {crs.name}，{side:g} 米")  # fmt: skip
        return Grid.from_bounds(box, side, crs)
    side, t = wide if times == round(times) else _tidy(wide), grid.transform  # enlarged from the corner it still has
    shrunk = type(t)(side, 0, t.c, 0, -side, t.f)
    return Grid(grid.crs, shrunk, round(grid.width * cell / side), round(grid.height * cell / side))


def _tidy(side_m: float) -> float:
    """Side of the cells of a model in another CRS or enlarged by a fraction: a usual one where it is near one [m]."""
    near = [usual for usual in _USUAL_M if abs(side_m / usual - 1) < _NEAR_USUAL]
    return near[0] if near else max(float(round(side_m, 2)), 0.05)


def canopy_top(
    source: RasterSource, surface: xr.DataArray, terrain: RasterSource | None, *, kind: str = "height"
) -> xr.DataArray:
    """Top of trees on the grid of the surface model.

    Parameters
    ----------
    source : RasterSource
        Canopy model; 0 or nodata where there is no tree.
    surface : xarray.DataArray
        Surface model the trees stand beside.
    terrain : RasterSource, optional
        Ground the heights are counted from; the surface itself without it.
    kind : {"height", "top"}, default "height"
        Whether the model holds heights above ground or tops above the datum.

    Returns
    -------
    xarray.DataArray
        Tops [m], lazy, NaN where there is no tree.
    """
    grid = Grid.of(surface)
    trees = on_grid(source, grid, resampling="nearest", name="canopy", units="m")
    stands = da.where(trees.data > 0.5, trees.data, np.float32(np.nan))
    if kind == "height":
        ground = surface.data if terrain is None else on_grid(terrain, grid, resampling="bilinear").data
        stands = stands + ground
    return trees.copy(data=stands.astype("float32"))


def extruded_surface(
    buildings: gpd.GeoDataFrame, *, margin_m: float, cell_m: float = 1.0, terrain: RasterSource | None = None
) -> xr.DataArray:
    """Surface model of outlines pushed up to their height, on level or given ground.

    Parameters
    ----------
    buildings : geopandas.GeoDataFrame
        Metric CRS, column ``height_m``.
    margin_m : float
        Ground kept around the outermost building [m].
    cell_m : float, default 1
        Cell side [m].
    terrain : RasterSource, optional
        Bare-earth model; level ground at 0 m without it.

    Returns
    -------
    xarray.DataArray
        Heights [m], dims (y, x), lazily: a chunk is made from the outlines that touch it.
    """
    west, south, east, north = buildings.total_bounds
    box = (float(west) - margin_m, float(south) - margin_m, float(east) + margin_m, float(north) + margin_m)
    grid = Grid.from_bounds(box, cell_m, buildings.crs)
    ground = None if terrain is None else on_grid(terrain, grid, resampling="bilinear", name="ground").data
    base = sample_heights(terrain, buildings) if terrain is not None else np.zeros(len(buildings))
    tops = (np.nan_to_num(base) + buildings["height_m"].to_numpy(float)).astype("float32")
    shapes = buildings.geometry.to_numpy()
    tree = shapely.STRtree(shapes)
    blocks = []
    for r0 in range(0, grid.height, CHUNK):
        line = []
        for c0 in range(0, grid.width, CHUNK):
            part = grid.part(slice(r0, min(r0 + CHUNK, grid.height)), slice(c0, min(c0 + CHUNK, grid.width)))
            hit = np.sort(tree.query(shapely.box(*part.bounds)))
            under = None if ground is None else ground[r0 : r0 + part.height, c0 : c0 + part.width]
            line.append(_extruded_block(shapes[hit], tops[hit], part, under))
        blocks.append(line)
    return from_numpy(da.block(blocks), grid, name="surface", units="m")


def _extruded_block(shapes: np.ndarray, tops: np.ndarray, part: Grid, ground: da.Array | None) -> da.Array:
    if len(shapes) == 0 and ground is None:
        return da.zeros(part.shape, dtype="float32", chunks=part.shape)
    task = dask.delayed(_extrude)(shapely.to_wkb(shapes), tops, part, ground)
    return da.from_delayed(task, part.shape, dtype="float32")


def _extrude(shapes: np.ndarray, tops: np.ndarray, part: Grid, ground: np.ndarray | None) -> np.ndarray:
    z = np.zeros(part.shape, "float32") if ground is None else np.asarray(ground, "float32").copy()
    order = np.argsort(tops, kind="stable")  # the higher of two overlapping outlines stays on top
    pairs = [(shapely.from_wkb(shapes[i]), float(tops[i])) for i in order]
    if pairs:
        rasterize(pairs, out=z, transform=part.transform)
    return z


def sample_heights(terrain: RasterSource, features: gpd.GeoDataFrame) -> np.ndarray:
    """Height of the ground at the middle of each feature.

    Parameters
    ----------
    terrain : RasterSource
        Bare-earth model in any CRS.
    features : geopandas.GeoDataFrame
        Any CRS.

    Returns
    -------
    numpy.ndarray
        [m], NaN outside the model and where one of its tiles cannot be read, shape (n,).
    """
    points = to_crs(gpd.GeoDataFrame(geometry=features.geometry.representative_point()), terrain.grid.crs).geometry
    few = nullcontext() if len(terrain.paths) > 1 else read_whole(terrain.label)  # of many tiles the others are used
    with few, rasterio.open(terrain.opener) as data:
        places = list(zip(points.x, points.y, strict=True))
        values = _sampled(data, places, spare=len(terrain.paths) > 1)
    west, south, east, north = terrain.grid.bounds
    outside = (points.x < west) | (points.x > east) | (points.y < south) | (points.y > north)
    bad = (values <= LOWEST_M) | (values >= HIGHEST_M) | outside.to_numpy()
    if terrain.nodata is not None:
        bad |= values == terrain.nodata
    return np.where(bad, np.nan, values)


def _sampled(data: Any, places: list[tuple[float, float]], *, spare: bool) -> np.ndarray:
    """Values at places; with ``spare`` NaN where a tile cannot be read, and those of the others all the same."""
    try:
        return np.array([v[0] for v in data.sample(places, masked=False)], float).reshape(len(places))
    except RASTER_ERRORS:
        if not spare:
            raise
        out = np.full(len(places), np.nan)
        for k, place in enumerate(places):
            with suppress(*RASTER_ERRORS):
                out[k] = float(next(data.sample([place], masked=False))[0])
        return out
