"""One picture of what lies where: townships and outlines over the surface, whole and close up."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import rasterio
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from rasterio.enums import Resampling
from rasterio.warp import transform_bounds
from rasterio.windows import Window
from rasterio.windows import from_bounds as window_of

from guanghui.geo.files import atomic
from guanghui.geo.fonts import usable_lang, with_font
from guanghui.geo.raster_source import RasterSource
from guanghui.plan.inputs.region import Region

__all__ = ["draw"]

_CLOSE_M = 250.0
_PIXELS = 700
_WORDS = {
    "whole": (
        "全域：乡镇界（黑）、轮廓（红）、地表模型（灰）",
        "whole: townships (black), outlines (red), surface (grey)",
    ),
    "close": ("近看：轮廓应与屋顶重合", "close up: outlines should lie on the roofs"),
}


def draw(region: Region, path: Path) -> Path:
    """Write the picture that ``guanghui check`` shows beside the belief sheet.

    Parameters
    ----------
    region : Region
        Opened and checked, with townships.
    path : pathlib.Path
        PNG to write.

    Returns
    -------
    pathlib.Path
    """
    chinese = usable_lang(region.settings.maps.lang) == "zh"
    figure = Figure(figsize=(15, 7.5), dpi=100, layout="constrained")
    whole, close = figure.subplots(1, 2)
    box = region.townships.total_bounds
    pad = 0.02 * max(box[2] - box[0], box[3] - box[1])
    _panel(region, whole, (box[0] - pad, box[1] - pad, box[2] + pad, box[3] + pad))
    b = region.buildings
    if b is not None and len(b):
        x, y = b.geometry.centroid.x.to_numpy(), b.geometry.centroid.y.to_numpy()
        cells = np.column_stack([np.floor(x / _CLOSE_M), np.floor(y / _CLOSE_M)])
        _, owner, counts = np.unique(cells, axis=0, return_inverse=True, return_counts=True)
        dense = owner.ravel() == int(np.argmax(counts))
        at = (float(x[dense].mean()), float(y[dense].mean()))
    else:
        middle = region.townships.geometry.iloc[0].representative_point()
        at = (middle.x, middle.y)
    _panel(region, close, (at[0] - _CLOSE_M, at[1] - _CLOSE_M, at[0] + _CLOSE_M, at[1] + _CLOSE_M))
    for axes, key in ((whole, "whole"), (close, "close")):
        axes.set_title(_WORDS[key][0 if chinese else 1])
    with atomic(path) as part:
        with_font(figure).savefig(part, metadata={"Software": None})
    return path


def _panel(region: Region, axes: Axes, box: tuple[float, float, float, float]) -> None:
    west, south, east, north = box
    raster = region.surface or region.terrain
    if raster is not None:
        _heights(region, axes, raster, box)
    region.townships.boundary.plot(ax=axes, color="black", linewidth=1.0)
    b = region.buildings
    if b is not None and len(b):
        near = b.cx[west:east, south:north]
        if len(near):
            near.boundary.plot(ax=axes, color="#d62728", linewidth=0.8 if east - west < 4 * _CLOSE_M else 0.3)
    axes.set_xlim(west, east)
    axes.set_ylim(south, north)
    axes.set_aspect("equal")
    axes.ticklabel_format(useOffset=False, style="plain")
    axes.tick_params(labelsize=7)


def _heights(region: Region, axes: Axes, raster: RasterSource, box: tuple[float, float, float, float]) -> None:
    """Draw the part of a raster in a box as shaded heights; nothing where it does not reach."""
    there = transform_bounds(region.crs.to_wkt(), raster.grid.crs.to_wkt(), *box)
    with rasterio.open(raster.opener) as data:
        whole = Window(0, 0, data.width, data.height)
        asked = window_of(*there, transform=data.transform)
        if not rasterio.windows.intersect(asked, whole):
            return
        window = asked.intersection(whole)
        scale = max(1.0, window.width / _PIXELS, window.height / _PIXELS)
        shape = (max(1, round(window.height / scale)), max(1, round(window.width / scale)))
        z = data.read(1, window=window, out_shape=shape, masked=True, resampling=Resampling.nearest)
        extent = rasterio.windows.bounds(window, data.transform)
    heights = np.ma.filled(z.astype("float32"), np.nan)
    heights[(heights < -500) | (heights > 9000)] = np.nan
    if not np.isfinite(heights).any():
        return
    corners = transform_bounds(raster.grid.crs.to_wkt(), region.crs.to_wkt(), *extent)
    low, high = np.nanpercentile(heights, [2, 98])
    axes.imshow(
        heights, cmap="gray", vmin=low, vmax=max(high, low + 1.0), interpolation="nearest", aspect="auto",
        extent=(corners[0], corners[2], corners[1], corners[3]), zorder=0,
    )  # fmt: skip
