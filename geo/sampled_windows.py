"""Windows of a raster spread evenly over it: what a whole model is like is told by a part of its cells."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext, suppress

import numpy as np
import rasterio
from rasterio.windows import Window

from guanghui.geo.raster_source import RasterSource
from guanghui.geo.unread import RASTER_ERRORS, read_whole

__all__ = ["sampled_windows"]


def sampled_windows(source: RasterSource, each_way: int, side: int) -> Iterator[np.ndarray]:
    """Values of a raster in windows spread over it.

    Parameters
    ----------
    source : RasterSource
        The file or mosaic; of many tiles those that cannot be read are passed over, and a run names the roofs on them.
    each_way : int
        Windows along each side, fewer where they would lie on each other.
    side : int
        Of a window [cells].

    Yields
    ------
    numpy.ndarray
        float64, NaN where there is no data.

    Raises
    ------
    InputError
        If a single file cannot be read.
    """
    several = len(source.paths) > 1
    with read_whole(source.label), rasterio.open(source.opener) as data:
        for r in _starts(data.height, each_way, side):
            for c in _starts(data.width, each_way, side):
                window = Window(c, r, min(side, data.width - c), min(side, data.height - r))
                with suppress(*RASTER_ERRORS) if several else nullcontext():
                    values = data.read(1, window=window, masked=True)
                    yield np.ma.filled(values.real.astype(float), np.nan)


def _starts(length: int, each_way: int, side: int) -> np.ndarray:
    return np.unique(np.linspace(0, max(length - side, 0), each_way).astype(int))
