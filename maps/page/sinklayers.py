"""Layers of the carbon view: density by pool, land cover, wetlands, change between two dates, land to plant."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from guanghui.maps.drawing.ground import LAND_GROUPS, land_group
from guanghui.maps.drawing.raster import Picture, paint_cells, paint_classes, paint_stack
from guanghui.maps.drawing.style import Categories
from guanghui.maps.drawing.warp import MAX_PX, Box, Raster, window_of
from guanghui.maps.inputs import CarbonStock
from guanghui.maps.page.layers import LayerSpec, add_areas, add_picture
from guanghui.maps.page.sheet import Sheet
from guanghui.maps.page.sinkview import MINOR_POOLS, density_layers, density_ramp
from guanghui.maps.page.wetlands import WetlandView
from guanghui.maps.words.i18n import words

__all__ = ["CHANGES", "add_carbon", "add_change", "add_landcover", "add_potential", "add_wetlands"]

_WETLAND = {"weight": 0.8, "fillOpacity": 0.62, "opacity": 0.9}
CHANGES = (
    ("forest_loss", "#b0367c"),
    ("wetland_loss", "#e0792b"),
    ("forest_gain", "#1d7a43"),
    ("wetland_gain", "#2b74b5"),
    ("built_gain", "#5d5f66"),
    ("other_change", "#c3b68e"),
)
"""Kinds of change in the order they are looked for, told apart by colour-blind eyes too."""
_WET = ("wetland", "water")
_ELIGIBLE = 2
_PLANT = "#d29a00"


def add_carbon(sheet: Sheet, stock: CarbonStock | None, landcover: Raster | None) -> str:
    """Add density by pool and land cover; return the key of the raster shown first, ``none`` without any.

    Parameters
    ----------
    sheet : Sheet
        Page.
    stock : CarbonStock, optional
        Density by pool [t C/ha].
    landcover : Raster, optional
        Raster of land classes.
    """
    first = "none"
    if stock is not None:
        layers = density_layers(stock)
        ramps = {str(pool): density_ramp(str(pool)) for pool in layers["layer"].to_numpy()}
        pictures = paint_stack(layers, ramps, within=sheet.clip.bounds, clip=sheet.clip, max_px=sheet.settings.max_px,
                               coarse=MINOR_POOLS)  # fmt: skip
        for pool, picture in pictures.items():
            said = words()["as_mapped"] if getattr(stock, "as_mapped", False) else ("", "")
            zh, en = (f"{name} {more}".strip() for name, more in zip(words()[f"pool_{pool}"], said, strict=True))
            spec = LayerSpec(f"pool_{pool}", (zh, en), "sink", "raster", ramps[pool])
            add_picture(sheet.view, sheet.add(spec), picture)
        first = f"pool_{next(iter(ramps))}"
    if landcover is not None:
        add_landcover(sheet, landcover)
        first = "landcover" if first == "none" else first
    return first


def add_landcover(
    sheet: Sheet, landcover: Raster, *, view: str = "sink", role: str = "raster", on: bool = True
) -> None:
    """Add land cover in its main groups.

    Parameters
    ----------
    sheet : Sheet
        Page.
    landcover : Raster
        Raster of land classes.
    view : str, default "sink"
        View of the page it belongs to.
    role : str, default "raster"
        ``raster`` (one at a time) or ``overlay``.
    on : bool, default True
        Whether it may show at first.
    """
    spec = LayerSpec("landcover", words()["landcover"], view, role, _land_legend(), on=on)
    picture = paint_classes(landcover, _land_codes(), within=sheet.clip.bounds, clip=sheet.clip,
                            max_px=sheet.settings.max_px)  # fmt: skip
    add_picture(sheet.view, sheet.add(spec), picture)


def _land_legend() -> Categories:
    return Categories(tuple((name, *words()[word], colour) for name, (word, _, colour) in LAND_GROUPS.items()))


def _land_codes() -> Categories:
    """Land class ids with the colour of their group."""
    group, colours = land_group(), [colour for _, _, colour in LAND_GROUPS.values()]
    return Categories(tuple((int(i), "", "", colours[group[i]]) for i in np.flatnonzero(group < len(colours))))


def add_wetlands(sheet: Sheet, found: WetlandView) -> None:
    """Add wetland polygons by type.

    Parameters
    ----------
    sheet : Sheet
        Page.
    found : WetlandView
        Wetland polygons with ``kind``, and their legend.
    """
    spec = sheet.add(LayerSpec("wetlands", words()["wetlands"], "sink", "overlay", found.legend, style=_WETLAND))
    add_areas(sheet.view, spec, found.frame, places=found.legend.places(found.frame["kind"]))


def add_change(sheet: Sheet, before: Raster, after: Raster, *, view: str = "sink", on: bool = False) -> None:
    """Add where land changed its group between two dates.

    Parameters
    ----------
    sheet : Sheet
        Page.
    before, after : xarray.DataArray or RasterSource
        Ids of the common land classes; they are compared pixel by pixel where both are known.
    view : str, default "sink"
        View it belongs to.
    on : bool, default False
        Whether it is shown first.
    """
    legend = Categories(tuple((key, *words()[f"change_{key}"], colour) for key, colour in CHANGES))
    picture = change_picture(before, after, legend, sheet.clip.bounds, sheet.clip, sheet.settings.max_px)
    spec = sheet.add(LayerSpec("change", words()["change"], view, "overlay", legend, on=on))
    add_picture(sheet.view, spec, picture, pane="patches")


def change_picture(
    before: Raster, after: Raster, legend: Categories, within: Box, clip: Any, max_px: int = MAX_PX
) -> Picture:
    """Picture of the kinds of change."""
    new = window_of(after, within, classes=True, max_px=max_px)
    old = window_of(before, classes=True, canvas=new.canvas)
    group = land_group()
    a, b = (group[w.sample(w.values, 0).astype(np.uint8)] for w in (old, new))
    return paint_cells(kinds_of_change(a, b), [item[3] for item in legend.items], new.canvas, clip)


def kinds_of_change(before: npt.NDArray[np.uint8], after: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Position in ``CHANGES`` plus one for every pair of land groups, 0 where nothing changed or one is unknown."""
    names = list(LAND_GROUPS)
    forest, built = names.index("forest"), names.index("built")
    wet = [names.index(name) for name in _WET]
    was_wet, is_wet = np.isin(before, wet), np.isin(after, wet)
    changed = (before != after) & ~(was_wet & is_wet) & (before < len(names)) & (after < len(names))
    kinds = [before == forest, was_wet, after == forest, is_wet, after == built]
    return np.where(changed, np.select(kinds, range(1, len(kinds) + 1), len(CHANGES)), 0).astype(np.uint8)


def add_potential(sheet: Sheet, mask: Raster, *, view: str = "sink", on: bool = False) -> None:
    """Add land that passed every rule of the planting screen (code 2 of its mask).

    Parameters
    ----------
    sheet : Sheet
        Page.
    mask : Raster
        Codes of the planting screen.
    view : str, default "sink"
        View of the page it belongs to.
    on : bool, default False
        Whether it shows at first.
    """
    legend = Categories(((_ELIGIBLE, *words()["plantable"], _PLANT),))
    picture = paint_classes(mask, legend, within=sheet.clip.bounds, clip=sheet.clip, max_px=sheet.settings.max_px)
    spec = sheet.add(LayerSpec("potential", words()["potential"], view, "overlay", legend, on=on))
    add_picture(sheet.view, spec, picture, pane="patches")
