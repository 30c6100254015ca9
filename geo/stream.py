"""Write several rasters in one pass: what they share is read and computed once, a few chunks at a time."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import dask
import numpy as np
import rasterio
import xarray as xr
from rasterio.windows import Window

from guanghui.geo.crs import parse_crs
from guanghui.geo.errors import InputError
from guanghui.geo.files import atomic
from guanghui.geo.grid import Grid

__all__ = ["write_rasters"]

_CHUNKS_AT_ONCE = 4


def write_rasters(layers: Mapping[Path, xr.DataArray]) -> list[Path]:
    """Compute rasters on one grid together and write each as a tiled GeoTIFF (zstd, no overviews).

    Only a few chunks are in memory at a time. Either all files are written or none.

    Parameters
    ----------
    layers : mapping
        Target -> raster, dims (y, x), lazy or not, all on one grid; ``units`` and ``long_name`` go into the tags.

    Returns
    -------
    list of pathlib.Path

    Raises
    ------
    InputError
        If the rasters do not lie on one grid.
    """
    arrays = [a if a.chunks else a.chunk() for a in layers.values()]
    first = arrays[0]
    grid = Grid.of(first)
    if any(not grid.matches(Grid.of(a)) for a in arrays[1:]):
        raise InputError("rasters written together do not lie on one grid.", "一起写出的栅格网格不一致。")
    assert first.chunks is not None
    same = dict(zip(first.dims, first.chunks, strict=True))
    data = [a.chunk(same).data for a in arrays]
    with ExitStack() as stack:
        parts = [stack.enter_context(atomic(path)) for path in layers]
        files = [stack.enter_context(_create(p, a, grid)) for p, a in zip(parts, arrays, strict=True)]
        rows, cols = (np.concatenate([[0], np.cumsum(c)]) for c in first.chunks)
        places = [(i, j) for i in range(len(rows) - 1) for j in range(len(cols) - 1)]
        for some in _batches(places, _CHUNKS_AT_ONCE):
            blocks = dask.compute(*[[d.blocks[place] for d in data] for place in some])
            for (i, j), layers_there in zip(some, blocks, strict=True):
                window = Window(cols[j], rows[i], cols[j + 1] - cols[j], rows[i + 1] - rows[i])
                for file, block in zip(files, layers_there, strict=True):
                    file.write(block, 1, window=window)
    return list(layers)


def _batches(items: Sequence[tuple[int, int]], size: int) -> Iterator[Sequence[tuple[int, int]]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


def _create(path: Path, array: xr.DataArray, grid: Grid) -> Any:
    kind = np.dtype(array.dtype)
    out = rasterio.open(
        path, "w", driver="GTiff", height=grid.height, width=grid.width, count=1, dtype=kind.name,
        crs=parse_crs(grid.crs).to_wkt(), transform=grid.transform, tiled=True, blockxsize=512, blockysize=512,
        compress="zstd", zstd_level=1, num_threads="all_cpus", bigtiff="IF_SAFER", sparse_ok=True,
        nodata=math.nan if kind.kind == "f" else array.attrs.get("nodata"),
    )  # fmt: skip
    tags = {k: str(array.attrs[k]) for k in ("units", "long_name") if k in array.attrs}
    out.update_tags(**tags)
    return out
