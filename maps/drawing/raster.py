"""Rasters as pictures inside the page: classed and written as small lossless WebP."""

from __future__ import annotations

import base64
import io
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr
from affine import Affine
from PIL import Image
from rasterio.features import geometry_mask

from guanghui.maps.drawing.style import Categories, Ramp
from guanghui.maps.drawing.warp import MAX_PX, Box, Canvas, Raster, window_of

__all__ = ["Picture", "data_url", "paint_cells", "paint_classes", "paint_ramp", "paint_stack"]


@dataclass(frozen=True)
class Picture:
    """A picture and where it lies."""

    url: str
    """``data:`` URL."""
    bounds: list[list[float]]
    """[[south, west], [north, east]] [°]."""
    width: int
    height: int


def paint_ramp(
    raster: Raster, ramp: Ramp, *, within: Box | None = None, clip: Any = None, max_px: int = MAX_PX
) -> Picture:
    """Picture of a quantity in the classes of a ramp; every pixel shows the cell it lies in.

    Parameters
    ----------
    raster : xarray.DataArray or RasterSource
        As in :func:`maps.drawing.warp.window_of`.
    ramp : Ramp
        Classes and colours; no colour where the value is NaN.
    within : tuple of float, optional
        Box in EPSG:3857 [m].
    clip : shapely geometry, optional
        Nothing is painted outside it (EPSG:3857).
    max_px : int, default 2048
        Longest side.
    """
    window = window_of(raster, within, max_px=max_px)
    index = window.sample(_classed(window.values, ramp), 0)
    return _picture(_clipped(index, window.canvas, clip), ramp.colours, window.canvas)


def paint_stack(
    layers: xr.DataArray,
    ramps: Mapping[str, Ramp],
    *,
    within: Box | None = None,
    clip: Any = None,
    max_px: int = MAX_PX,
    coarse: Collection[str] = (),
) -> dict[str, Picture]:
    """Pictures of several quantities of one grid.

    Parameters
    ----------
    layers : xarray.DataArray
        Dims (layer, y, x); the coordinate ``layer`` names them.
    ramps : mapping
        Layer name -> ramp, in the order of the result.
    within, clip, max_px
        As in :func:`paint_ramp`.
    coarse : collection of str, optional
        Layers whose pictures have pixels of twice the side, to keep the page small.
    """
    window = window_of(layers, within, max_px=max_px)
    values = dict(zip(layers["layer"].to_numpy().tolist(), window.values, strict=True))
    index = window.sample(np.stack([_classed(values[name], ramp) for name, ramp in ramps.items()]), 0)
    index = _clipped(index, window.canvas, clip)
    found = {}
    for part, (name, ramp) in zip(index, ramps.items(), strict=True):
        cells, canvas = (part[::2, ::2], _halved(window.canvas)) if name in coarse else (part, window.canvas)
        found[name] = _picture(np.ascontiguousarray(cells), ramp.colours, canvas)
    return found


def _halved(canvas: Canvas) -> Canvas:
    return Canvas(canvas.transform @ Affine.scale(2), (canvas.width + 1) // 2, (canvas.height + 1) // 2)


def paint_classes(
    raster: Raster, legend: Categories, *, within: Box | None = None, clip: Any = None, max_px: int = MAX_PX
) -> Picture:
    """Picture of a class raster; codes the legend does not name stay clear.

    Parameters
    ----------
    raster : xarray.DataArray or RasterSource
        Whole numbers below 256.
    legend : Categories
        Codes and colours.
    within, clip, max_px
        As in :func:`paint_ramp`.
    """
    window = window_of(raster, within, classes=True, max_px=max_px)
    colours = list(dict.fromkeys(item[3] for item in legend.items))
    table = np.zeros(256, np.uint8)
    for code, _, _, colour in legend.items:
        table[int(code)] = colours.index(colour) + 1
    index = window.sample(table[window.values.astype(np.uint8)], 0)
    return _picture(_clipped(index, window.canvas, clip), colours, window.canvas)


def paint_cells(index: npt.NDArray[np.uint8], colours: Sequence[str], canvas: Canvas, clip: Any = None) -> Picture:
    """Picture of pixels that are already classed: 0 is clear, ``n`` has the colour ``n - 1``.

    Parameters
    ----------
    index : numpy.ndarray
        Classes on the pixels of the canvas, shape (height, width); cleared in place where clipped.
    colours : sequence of str
        ``#rrggbb`` of the classes from 1.
    canvas : Canvas
        Frame in EPSG:3857.
    clip : object, optional
        Polygon in EPSG:3857 outside which all is clear; without one nothing is clipped.
    """
    return _picture(_clipped(index, canvas, clip), colours, canvas)


def _classed(values: npt.NDArray[Any], ramp: Ramp) -> npt.NDArray[np.uint8]:
    return (ramp.classify(values) + 1).astype(np.uint8)


def _clipped(index: npt.NDArray[np.uint8], canvas: Canvas, clip: Any) -> npt.NDArray[np.uint8]:
    if clip is not None:
        index[..., geometry_mask([clip], index.shape[-2:], canvas.transform)] = 0
    return index


def _picture(index: npt.NDArray[np.uint8], colours: Sequence[str], canvas: Canvas) -> Picture:
    """Clear and the colours, in lossless WebP: two thirds of what a paletted PNG of the same classes weighs."""
    table = np.zeros((256, 4), np.uint8)
    for place, colour in enumerate(colours, start=1):
        table[place] = *(int(colour[i : i + 2], 16) for i in (1, 3, 5)), 255
    cells = np.take(table.view(np.uint32).ravel(), index).view(np.uint8).reshape(*index.shape, 4)
    url = data_url(Image.fromarray(cells, mode="RGBA"), "WEBP", lossless=True, quality=20, method=1)
    return Picture(url, canvas.bounds, canvas.width, canvas.height)


def data_url(image: Image.Image, kind: str, **options: Any) -> str:
    """Write a picture into a ``data:`` URL; the same picture gives the same text.

    Parameters
    ----------
    image : PIL.Image.Image
        Picture.
    kind : str
        Format by the name Pillow knows, for instance ``"PNG"``.
    **options : object
        Passed on to :meth:`PIL.Image.Image.save`.
    """
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return f"data:image/{kind.lower()};base64,{base64.b64encode(stream.getvalue()).decode('ascii')}"
