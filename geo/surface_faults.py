"""Cells of a surface model that nothing measured: heights beyond those on Earth, and lone spikes."""

from __future__ import annotations

import numpy as np

from guanghui.geo.errors import InputError
from guanghui.geo.notes import Notes
from guanghui.geo.raster_source import RasterSource
from guanghui.geo.sampled_windows import sampled_windows
from guanghui.geo.units import FOOT_M

__all__ = ["HIGHEST_M", "LOWEST_M", "tell_faults"]

LOWEST_M, HIGHEST_M = -500.0, 9000.0
"""Heights on Earth [m]."""
_WINDOWS, _SIDE = 6, 512
_MOST = 0.5
_SPIKE_M, _SPIKES = 25.0, 1e-5
"""One cell so much higher than all eight around it is no building [m]; told from this share of the cells."""


def tell_faults(source: RasterSource, notes: Notes, *, unit: str = "m") -> None:
    """Note heights that cannot be and lone spikes, counted in windows spread over the model.

    Parameters
    ----------
    source : RasterSource
        Surface model.
    notes : Notes
        Told of both, with the share of the cells looked at.
    unit : {"m", "ft"}, default "m"
        Unit of its heights.

    Raises
    ------
    InputError
        If most cells hold no height on Earth: they are in another unit.
    """
    seen = beyond = spikes = 0
    scale = FOOT_M if unit == "ft" else 1.0
    for window in sampled_windows(source, _WINDOWS, _SIDE):
        z = window * scale
        known = np.isfinite(z)
        out = known & ((z <= LOWEST_M) | (z >= HIGHEST_M))
        seen, beyond = seen + int(known.sum()), beyond + int(out.sum())
        spikes += _spikes(np.where(out, np.nan, z))
    name = source.paths[0].name if len(source.paths) == 1 else source.label
    if beyond > _MOST * seen:
        raise InputError(
            f"{source.label}: {100 * beyond / seen:.0f} % of the cells looked at hold no height on Earth in metres; "
            "write the scale into the file (gdal_translate -a_scale 0.001 for millimetres), or set [surface] unit.",
            f"{source.label}：抽查像元中有 {100 * beyond / seen:.0f} % 按米计不是地球上的高程；"
            "请把比例写入文件（毫米用 gdal_translate -a_scale 0.001），或设置 [surface] unit。",
        )
    if beyond:
        notes.add(name, f"{beyond:,} of {seen:,} cells looked at ({100 * beyond / seen:.2g} %) hold no height on "
                  "Earth; they are holes in the data that the file does not declare, and taken for no data",
                  f"抽查的 {seen:,} 个像元中有 {beyond:,} 个（{100 * beyond / seen:.2g} %）不是地球上的高程："
                  "为文件未声明的空洞，已按无数据处理")  # fmt: skip
    if spikes > _SPIKES * seen:
        notes.add(name, f"{spikes:,} of {seen:,} cells looked at stand more than {_SPIKE_M:g} m above all cells around "
                  "them (masts, birds, faults of matching): they shade the roofs near them; filter the model "
                  "(median of 3 × 3 cells)",
                  f"抽查的 {seen:,} 个像元中有 {spikes:,} 个比四周像元都高出 {_SPIKE_M:g} 米以上"
                  "（杆塔、飞鸟或匹配错误）：会遮挡附近屋顶；请先滤波（3 × 3 中值）")  # fmt: skip


def _spikes(z: np.ndarray) -> int:
    """Count cells far above each of their eight neighbours."""
    if min(z.shape) < 3:
        return 0
    middle = z[1:-1, 1:-1]
    alone = np.isfinite(middle)
    for i in range(3):
        for j in range(3):
            if (i, j) != (1, 1):
                alone &= middle - z[i : i + middle.shape[0], j : j + middle.shape[1]] > _SPIKE_M
    return int(alone.sum())
