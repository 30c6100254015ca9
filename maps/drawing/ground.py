"""The quiet ground of a map without a basemap: land cover in very pale tones under a soft hillshade."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
from PIL import Image
from scipy.ndimage import distance_transform_edt, gaussian_filter

from guanghui.geo.landcover import LandClass, land_classes
from guanghui.maps.drawing.raster import Picture, data_url
from guanghui.maps.drawing.warp import Box, Canvas, Raster, canvas_for, window_of

__all__ = ["LAND_GROUPS", "PAPER", "ground", "land_group"]

PAPER = "#f3f3ee"
"""Colour of the page where there is no ground."""
LAND_GROUPS: Mapping[str, tuple[str, str, str]] = MappingProxyType(
    {
        "forest": ("land_forest", "#dbe6d1", "#4c8a55"),
        "green": ("land_green", "#e7ecd6", "#a8bf73"),
        "cropland": ("land_cropland", "#f2eedb", "#e4c873"),
        "wetland": ("land_wetland", "#d3e5e1", "#5fb0a0"),
        "water": ("land_water", "#c5dcea", "#3f87bf"),
        "built": ("land_built", "#e8e3df", "#b98a86"),
        "bare": ("land_bare", "#eee9e2", "#cfc2b2"),
    }
)
"""Group of land classes -> word, pale tone of the ground, full colour of the land-cover layer."""
_WATER = {"water", "reservoir_pond"}
_CELL_M = 12.0
_MAX_PX = 860
_SUN_AZIMUTH, _SUN_ALTITUDE = 315.0, 50.0
_EXAGGERATION = 2.0
_FADE = 0.09
_FADE_STEP = 8


@lru_cache(maxsize=1)
def land_group() -> npt.NDArray[np.uint8]:
    """Position in ``LAND_GROUPS`` of every land class id, 255 where there is none; shape (256,)."""
    table = np.full(256, 255, np.uint8)
    names = list(LAND_GROUPS)
    for key, info in land_classes().items():
        if info.group:
            table[info.id] = names.index(_group_of(key, info))
    return table


def _group_of(key: str, info: LandClass) -> str:
    if info.group == "wetland":
        return "water" if _WATER & set(info.lineage) else "wetland"
    if info.group == "other":
        return {"built": "built", "sea": "water"}.get(key, "bare")
    return info.group


def ground(
    within: Box,
    *,
    landcover: Raster | None = None,
    terrain: Raster | None = None,
    max_px: int = _MAX_PX,
) -> Picture | None:
    """Picture of the ground.

    Parameters
    ----------
    within : tuple of float
        West, south, east, north in EPSG:3857 [m].
    landcover : xarray.DataArray or RasterSource, optional
        Ids of the common land classes.
    terrain : xarray.DataArray or RasterSource, optional
        Ground height [m].
    max_px : int, default 860
        Longest side.

    Returns
    -------
    Picture or None
        WebP that fades into ``PAPER`` at its edges; None when there is nothing to show.
    """
    if landcover is None and terrain is None:
        return None
    canvas = canvas_for(within, _CELL_M, max_px)
    paper = _rgb(PAPER)
    colour = np.broadcast_to(paper, (canvas.height, canvas.width, 3)).astype(np.float32)
    known = np.ones((canvas.height, canvas.width), bool)
    if landcover is not None:
        colour, known = _land(landcover, canvas, paper)
    if terrain is not None:
        heights = window_of(terrain, canvas=canvas).smooth()
        known &= np.isfinite(heights)
        colour = colour * hillshade(heights, _true_cell(canvas))[..., None]
    colour = paper + (colour - paper) * _fade(known)[..., None]
    image = Image.fromarray(np.clip(colour + 0.5, 0, 255).astype(np.uint8), mode="RGB")
    return Picture(data_url(image, "WEBP", quality=66, method=2), canvas.bounds, canvas.width, canvas.height)


def _land(
    landcover: Raster, canvas: Canvas, paper: npt.NDArray[np.float32]
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.bool_]]:
    window = window_of(landcover, classes=True, canvas=canvas)
    group = window.sample(land_group()[window.values], 255)
    tones = np.vstack([*(_rgb(pale) for _, pale, _ in LAND_GROUPS.values()), paper]).astype(np.float32)
    colour = tones[np.where(group == 255, len(tones) - 1, group)]
    return gaussian_filter(colour, (0.6, 0.6, 0)), group != 255


def hillshade(heights: npt.NDArray[np.float32], cell_m: float) -> npt.NDArray[np.float32]:
    """Soft light on a terrain, 1 on level ground.

    Parameters
    ----------
    heights : numpy.ndarray
        [m], NaN counts as level.
    cell_m : float
        True side of a cell [m].

    Returns
    -------
    numpy.ndarray
        About 0.8 to 1.06.
    """
    level = np.where(np.isfinite(heights), heights, np.nanmedian(heights) if np.isfinite(heights).any() else 0.0)
    level = gaussian_filter(level.astype(np.float32), 1.0)
    south, east = np.gradient(level * _EXAGGERATION, cell_m)
    azimuth, altitude = math.radians(_SUN_AZIMUTH), math.radians(_SUN_ALTITUDE)
    light = (
        math.sin(altitude) - math.cos(altitude) * (east * math.sin(azimuth) - south * math.cos(azimuth))
    ) / np.sqrt(1 + east**2 + south**2)
    relative = np.clip(light / math.sin(altitude), 0, 1.6)
    shade: npt.NDArray[np.float32] = (1 + 0.32 * (relative - 1)).clip(0.78, 1.06).astype(np.float32)
    return shade


def _true_cell(canvas: Canvas) -> float:
    (south, _), (north, _) = canvas.bounds
    return canvas.transform.a * math.cos(math.radians((south + north) / 2))


def _fade(known: npt.NDArray[np.bool_]) -> npt.NDArray[np.float32]:
    """One well inside what is known, smoothly to nothing at its edge and at that of the picture."""
    small = np.pad(known[::_FADE_STEP, ::_FADE_STEP], 1)
    rim = max(_FADE * max(small.shape), 1.0)
    part = np.clip(distance_transform_edt(small)[1:-1, 1:-1] / rim, 0, 1)
    smooth = gaussian_filter((part * part * (3 - 2 * part)).astype(np.float32), 2)
    wide = np.repeat(np.repeat(smooth, _FADE_STEP, 0), _FADE_STEP, 1)[: known.shape[0], : known.shape[1]]
    return gaussian_filter(wide, _FADE_STEP / 2)


def _rgb(colour: str) -> npt.NDArray[np.float32]:
    return np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)], np.float32)
