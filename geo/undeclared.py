"""Numbers that stand for no data in rasters that do not say so: -9999, 0, 255, told by what lies near."""

from __future__ import annotations

import math
from collections import Counter
from pathlib import Path

import numpy as np
import rasterio

from guanghui.geo.notes import Notes
from guanghui.geo.unread import read_whole

__all__ = ["undeclared_fill"]

_FILL_RAW, _FILL = -1000.0, -500.0  # a stored number and the quantity it stands for: beyond both, nothing was measured


_NEAR_ZERO_M, _NEAR_SHARE, _FEW_SHARE = 5.0, 0.01, 1e-4
"""Zeros stand alone if other heights within these metres are fewer than a share of them; and are a share of all."""
_NEAR_FULL_M, _NEAR_FULL = 30.0, 0.2
"""The largest number of a type stands for no data where hardly a height is within so much of it [m], or hardly another
quantity within this share of it."""


def undeclared_fill(
    path: Path, band: int, linear: tuple[float, float], *, heights: bool, notes: Notes | None
) -> float | None:
    """Find the number that fills the holes of a file that says nothing of no data; the commonest of several.

    Parameters
    ----------
    path : pathlib.Path
        Raster without nodata, mask and alpha; read through once.
    band : int
        Band used, from 1.
    linear : tuple of float
        Scale and offset of its values.
    heights : bool
        Whether it holds heights above the datum [m], where a block of exact zeros with nothing near them is a hole.
    notes : Notes, optional
        Told of the number and its cells.

    Returns
    -------
    float or None
        As stored; None where all of it may have been measured.
    """
    scale, offset = linear
    cells: Counter[float] = Counter()
    zeros, near, known = 0, 0, 0
    filled, below = 0, 0
    with read_whole(str(path)), rasterio.open(path) as src:
        kind = np.dtype(src.dtypes[band - 1])
        full = float(np.iinfo(kind).max) if kind.kind in "iu" else math.inf
        near_full = _NEAR_FULL_M / float(scale) if heights else _NEAR_FULL * full
        for _, window in src.block_windows(band):
            block = src.read(band, window=window)
            block = block[np.isfinite(block)]
            low = block[block < _FILL_RAW]
            values, counts = np.unique(low[low * float(scale) + offset < _FILL], return_counts=True)
            cells.update(dict(zip(values.tolist(), counts.tolist(), strict=True)))
            known += block.size
            filled += int((block == full).sum())
            below += int(((block < full) & (full - block < near_full)).sum())
            if heights:
                none = int((block == 0).sum())
                zeros += none
                near += int((np.abs(block * float(scale) + offset) < _NEAR_ZERO_M).sum()) - none * (not offset)
    if not cells and filled > _FEW_SHARE * known and below <= _NEAR_SHARE * filled:
        cells[full] = filled  # 255 of uint8 and the like, with no height near it
    if not cells:
        return _hole_of_zeros(path, zeros, near, known, notes)
    value, count = cells.most_common(1)[0]
    if notes is not None:
        notes.add(path.name, f"{count:,} cells of {value:g} were taken for no data, which the file does not declare",
                  f"{count:,} 个像元值为 {value:g}，文件未声明无数据值，已按无数据处理")  # fmt: skip
    return float(value)


def _hole_of_zeros(path: Path, zeros: int, near: int, known: int, notes: Notes | None) -> float | None:
    """0 where a model has exact zeros and hardly a height near them; where they are most of it, that is only said."""
    if zeros <= _FEW_SHARE * known or near > _NEAR_SHARE * zeros or zeros == known:
        return None
    hole = zeros < known / 2
    if notes is not None and hole:
        notes.add(path.name, f"{zeros:,} cells are exactly 0 with hardly a height within {_NEAR_ZERO_M:g} m of it: "
                  "they were taken for no data, which the file does not declare",
                  f"{zeros:,} 个像元恰为 0，且几乎没有与其相差 {_NEAR_ZERO_M:g} 米以内的高程："
                  "文件未声明无数据值，已按无数据处理")  # fmt: skip
    elif notes is not None:
        notes.add(path.name, f"{zeros:,} cells ({100 * zeros / known:.0f} %) are exactly 0 with hardly a height near: "
                  "either the heights are above ground, or holes are not declared (then write nodata 0 into the file)",
                  f"{zeros:,} 个像元（{100 * zeros / known:.0f} %）恰为 0 且附近几乎没有其他高程："
                  "或为离地高度，或为未声明的空洞（若是后者，请在文件中写明无数据值 0）")  # fmt: skip
    return 0.0 if hole else None
