"""Batches of neighbouring buildings, handed out one by one."""

from __future__ import annotations

import errno
import math
import secrets
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import dask
import geopandas as gpd
import numpy as np
import pandas as pd
import psutil
import shapely
import xarray as xr
from pyproj import CRS

from guanghui.geo.crs import convergence_deg
from guanghui.geo.errors import InputError
from guanghui.geo.files import atomic
from guanghui.geo.grid import Grid
from guanghui.geo.pieces import Store
from guanghui.geo.streaming import Pool, Task, pool_here, stream
from guanghui.pv.assessment.batch import measure_batch
from guanghui.pv.assessment.ground import Ground
from guanghui.pv.assessment.keeping import KIND, Job, Made, Windows, from_piece
from guanghui.pv.assessment.task import Batch, BatchResult, Detail, Lost, Measured, Piece, SiteModel
from guanghui.pv.energy.system import flat_rows
from guanghui.pv.roofs.mounts import flush_roofs
from guanghui.pv.settings import PvSettings
from guanghui.pv.sun.sky import sky_table
from guanghui.pv.sun.weather import Weather

__all__ = ["BATCH_CELLS", "Watch", "measure_batches", "plan_batches", "run_batches", "site_model"]


class Watch(Protocol):
    """Told how far something is."""

    def __call__(self, done: int, of: int, what: str = "") -> None:
        """``done`` of ``of``; ``what`` names what was finished last."""


BATCH_CELLS = 1024
"""Side of the tiles by which buildings are batched [cells]. Light moves in the 8th digit with it, so it follows neither
workers nor memory."""
_HOPELESS = 16
"""Roofs lost before one was worked that end a survey: the fault is not theirs."""
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)
_PEAK_BYTES = 50_000_000
_CELL_BYTES = 160
"""Memory of a batch at its peak: fixed, and for each cell of its window [bytes]."""
_WORKER_BYTES = 400_000_000
"""What a worker process holds before it works [bytes]."""


def site_model(
    weather: Weather,
    settings: PvSettings,
    crs: CRS,
    middle_deg: tuple[float, float],
    *,
    terrain_offset_m: float = 0.0,
    detail: Detail = "table",
) -> SiteModel:
    """Prepare what all batches share: sky table, rows, orientation of the grid.

    Parameters
    ----------
    weather : Weather
        Checked hours.
    settings : PvSettings
        Models and systems.
    crs : pyproj.CRS
        Metric CRS of the surface.
    middle_deg : tuple of float
        Longitude and latitude of the site [°].
    terrain_offset_m : float, default 0
        What the surface reads above the terrain on the same ground [m].
    detail : {"table", "polygons", "modules"}, default "table"
        Whether batches also trace the faces, and lay modules on them.
    """
    convergence = convergence_deg(crs, *middle_deg)
    table = sky_table(
        weather,
        steps=settings.azimuth_steps,
        model=settings.sky_model,
        albedo=settings.albedo,
        convergence=convergence,
        cover=settings.glass,
    )
    return SiteModel(table, settings, flat_rows(settings, middle_deg[1]), convergence, terrain_offset_m, detail)


def plan_batches(
    buildings: gpd.GeoDataFrame,
    grid: Grid,
    settings: PvSettings,
    cells: int = BATCH_CELLS,
    *,
    sample: np.ndarray | None = None,
    weather: np.ndarray | None = None,
) -> list[Batch]:
    """Sort buildings into batches by the tile their middle lies in.

    Parameters
    ----------
    buildings : geopandas.GeoDataFrame
        Outlines in the CRS of the grid.
    grid : Grid
        Grid of the surface.
    settings : PvSettings
        ``reach_m`` is the margin each window needs.
    cells : int
        Side of a tile [cells].
    sample : numpy.ndarray, optional
        Buildings whose offset from the surface is measured, bool, shape (b,); none by default.
    weather : numpy.ndarray, optional
        Number of the weather of each building; a batch has one. All 0 by default.

    Returns
    -------
    list of Batch
        In order of tile; each knows its window, which may reach beyond the grid.
    """
    middle = buildings.geometry.representative_point()
    t = grid.transform
    tile_col = np.floor((middle.x.to_numpy() - t.c) / t.a / cells).astype(int)
    tile_row = np.floor((middle.y.to_numpy() - t.f) / t.e / cells).astype(int)
    margin = _margin(settings, grid)
    shapes = buildings.geometry.to_numpy()
    heights = buildings["height_m"].to_numpy(float)
    measured = np.zeros(len(buildings), bool) if sample is None else sample
    skies = np.zeros(len(buildings), int) if weather is None else weather
    flush = flush_roofs(buildings, settings)
    batches = []
    for (row, col, kind), members in pd.Series(np.arange(len(buildings))).groupby([tile_row, tile_col, skies]):
        index = members.to_numpy()
        rows, cols = _window(shapes[index], grid, margin)
        outlines = shapely.to_wkb(shapes[index])
        name = f"{row:04d}_{col:04d}" + (f"_{kind}" if kind else "")
        sampled = np.flatnonzero(measured[index])
        batches.append(Batch(name, index, outlines, heights[index], rows, cols, sampled, int(kind), flush[index]))
    return batches


def _margin(settings: PvSettings, grid: Grid) -> int:
    """Cells around the buildings of a batch that they can see."""
    return int(np.ceil(settings.reach_m / grid.cell[0])) + 2


def _window(shapes: np.ndarray, grid: Grid, margin: int) -> tuple[slice, slice]:
    t = grid.transform
    west, south, east, north = shapely.total_bounds(shapes)
    rows = slice(math.floor((north - t.f) / t.e) - margin, math.ceil((south - t.f) / t.e) + margin)
    cols = slice(math.floor((west - t.c) / t.a) - margin, math.ceil((east - t.c) / t.a) + margin)
    return rows, cols


def _halves(batch: Batch, grid: Grid, settings: PvSettings) -> list[Batch]:
    """Two batches of what stands together, to find out which roof breaks the whole."""
    shapes = shapely.from_wkb(batch.shapes)
    boxes = shapely.bounds(shapes)
    middle = np.stack([boxes[:, 0] + boxes[:, 2], boxes[:, 1] + boxes[:, 3]], axis=1)
    along = middle[:, int(np.argmax(np.ptp(middle, axis=0)))]
    order = np.argsort(along, kind="stable")
    out = []
    for letter, some in zip("ab", (order[: len(order) // 2], order[len(order) // 2 :]), strict=True):
        some = np.sort(some)
        rows, cols = _window(shapes[some], grid, _margin(settings, grid))
        sampled = np.flatnonzero(np.isin(some, batch.sample))
        out.append(Batch(batch.name + letter, batch.index[some], batch.shapes[some], batch.heights[some], rows, cols,
                         sampled, batch.weather, batch.flush[some] if len(batch.flush) else batch.flush))  # fmt: skip
    return out


def run_batches(
    ground: Ground,
    model: SiteModel | Sequence[SiteModel],
    batches: list[Batch],
    tile_folder: Path | None = None,
    *,
    store: Store | None = None,
    lost: list[Lost] | None = None,
    watch: Watch | None = None,
    memory: int | None = None,
) -> list[BatchResult]:
    """Compute batches on whatever threads, processes or cluster are active.

    A batch that fails is tried again, then halved until the roofs that break it stand alone.

    Parameters
    ----------
    ground : Ground
        Lazy rasters.
    model : SiteModel or sequence of SiteModel
        From :func:`site_model`; one for each weather of the batches.
    batches : list of Batch
        From :func:`plan_batches`.
    tile_folder : pathlib.Path, optional
        Where rasters of irradiation go.
    store : geo.pieces.Store, optional
        Where finished batches are kept and found again.
    lost : list of Lost, optional
        Gets the roofs that could not be worked; without it the first failure is raised.
    watch : callable, optional
        Told how many roofs are done, and of how many, about once a second.
    memory : int, optional
        What the run may hold altogether [bytes]: as many batches are at work as fit beside what it holds already.

    Returns
    -------
    list of BatchResult
        In the order of the batches; a halved one gives several.

    Raises
    ------
    InputError
        The memory does not hold the largest batch.
    Exception
        What broke the roofs, where all of them are lost or nobody takes note of them.
    """
    models = [model] if isinstance(model, SiteModel) else list(model)
    settings = models[0].settings
    grid = Grid.of(ground.surface)
    job = Job.on(store, models, tile_folder, secrets.token_hex(8))
    heavy = sorted(range(len(batches)), key=lambda k: -len(batches[k].index))
    of, done = sum(len(b.index) for b in batches), 0
    found: dict[tuple[int, ...], BatchResult] = {}
    missing: list[Lost] = []

    def told() -> None:
        if watch is not None:
            watch(done, of)

    with pool_here() as pool:
        shared = [pool.share(m) for m in models]
        known = pool.share(job.known)

        def task(batch: Batch, place: tuple[int, ...], again: bool) -> Task:
            frame = grid.part(batch.rows, batch.cols)
            windows = _windows(ground, frame, settings)
            return Task(batch.name, job, (batch, frame, shared[batch.weather], windows, known), _peak(batch),
                        tries=2 if again else 1, about=(batch, place))  # fmt: skip

        budget = None if memory is None else _budget(memory, pool, batches)
        todo = _Todo(task, deque((batches[k], (k,), True) for k in heavy))
        for outcome in stream(pool, todo, budget=budget, beat=told):
            batch, place = outcome.task.about
            if outcome.error is None:
                result = _taken(outcome.value, batch, store, tile_folder)
                if result is None:  # the piece was harmed between two looks
                    known = frozenset()
                    todo.items.append((batch, place, True))
                    continue
                found[place] = result
                done += len(batch.index)
            elif lost is None or (isinstance(outcome.error, OSError) and outcome.error.errno in _NO_ROOM):
                raise outcome.error
            elif len(batch.index) > 1:
                for k, half in enumerate(_halves(batch, grid, settings)):
                    todo.items.append((half, (*place, k), False))
            else:
                missing.append(Lost(batch.index, outcome.error))
                done += 1
                if not found and len(missing) >= _HOPELESS:
                    raise outcome.error
            told()
    if missing and not found:
        raise missing[0].error
    if lost is not None:
        lost += sorted(missing, key=lambda one: int(one.index[0]))
    return [found[place] for place in sorted(found)]


def _peak(batch: Batch) -> int:
    """Memory a batch needs beside what its process holds [bytes]."""
    cells = (batch.rows.stop - batch.rows.start) * (batch.cols.stop - batch.cols.start)
    return _PEAK_BYTES + _CELL_BYTES * cells


def _budget(memory: int, pool: Pool, batches: list[Batch]) -> int:
    """What batches at work may need together [bytes]."""
    held = psutil.Process().memory_info().rss + (pool.workers * _WORKER_BYTES if pool.far else 0)
    heaviest = max((_peak(b) for b in batches), default=0)
    if memory - held < heaviest:
        gb = [v / 1e9 for v in (memory, held, heaviest, held + heaviest)]
        raise InputError(
            f"--memory {gb[0]:.1f} GB: {gb[1]:.1f} GB are held already and the largest batch of roofs needs "
            f"{gb[2]:.1f} GB; give --memory {gb[3] + 0.1:.1f}GB, or fewer --workers.",
            f"--memory {gb[0]:.1f} GB：已占用 {gb[1]:.1f} GB，最大一批屋顶需 {gb[2]:.1f} GB；"
            f"请设为 --memory {gb[3] + 0.1:.1f}GB，或减少 --workers。",
        )
    return memory - held


@dataclass
class _Todo:
    """Batches still to be handed out; some may come back in halves, so the end is never final."""

    task: Callable[[Batch, tuple[int, ...], bool], Task]
    items: deque[tuple[Batch, tuple[int, ...], bool]]

    def __iter__(self) -> _Todo:
        return self

    def __next__(self) -> Task:
        if not self.items:
            raise StopIteration
        return self.task(*self.items.popleft())


def _taken(made: Made, batch: Batch, store: Store | None, tile_folder: Path | None) -> BatchResult | None:
    """Result of a batch, and its raster in place; None where its piece turns out to be harmed."""
    if store is None:
        for name, data in (made.files or {}).items():
            assert tile_folder is not None
            with atomic(tile_folder / name) as part:
                part.write_bytes(data)
        return made.result
    if made.packed is not None:
        store.put(KIND, made.key, made.packed, made.files)
    piece = store.get(KIND, made.key)
    if piece is None:
        return None
    if tile_folder is not None and store.take(KIND, made.key, tile_folder, {"poa.tif": f"{batch.name}.tif"}) is None:
        return None
    store.used.add((KIND, made.key))
    return from_piece(piece, batch)


def _windows(ground: Ground, frame: Grid, settings: PvSettings) -> Windows:
    """Parts of the rasters around a batch, each with no more of the graph than it needs."""
    pieces = [_piece(raster, frame.bounds) for raster in (ground.surface, ground.canopy)]
    far = None
    if ground.terrain is not None:
        far = _piece(ground.terrain, _grown(frame.bounds, settings.terrain_reach_m))
    return Windows(*(None if p is None else dask.optimize(p)[0] for p in (*pieces, far)))


def measure_batches(ground: Ground, batches: list[Batch]) -> list[Measured]:
    """Only measure how far outlines lie beside the surface.

    Parameters
    ----------
    ground : Ground
        Lazy rasters.
    batches : list of Batch
        With a sample; see :func:`plan_batches`.
    """
    task = dask.delayed(measure_batch, pure=False)

    def one(batch: Batch, frame: Grid) -> Any:
        return task(batch, frame, _piece(ground.surface, frame.bounds))

    return _computed(ground, [b for b in batches if len(b.sample)], one)


def _computed(ground: Ground, batches: list[Batch], one: Callable[[Batch, Grid], Any]) -> list[Any]:
    grid = Grid.of(ground.surface)
    return list(dask.compute(*[one(batch, grid.part(batch.rows, batch.cols)) for batch in batches]))


def _grown(bounds: tuple[float, float, float, float], by: float) -> tuple[float, float, float, float]:
    return bounds[0] - by, bounds[1] - by, bounds[2] + by, bounds[3] + by


def _piece(raster: xr.DataArray | None, bounds: tuple[float, float, float, float]) -> Any:
    """Part of a lazy raster inside bounds, as one delayed piece; None where there is none."""
    if raster is None:
        return None
    grid = Grid.of(raster)
    inset = 1e-6 * grid.cell[0]
    rows, cols = grid.window((bounds[0] + inset, bounds[1] + inset, bounds[2] - inset, bounds[3] - inset))
    if rows.start >= rows.stop or cols.start >= cols.stop:
        return None
    values = raster.data[rows, cols].rechunk((-1, -1)).to_delayed()[0, 0]
    return dask.delayed(Piece, pure=False)(values, grid.part(rows, cols))
