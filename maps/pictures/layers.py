"""What is drawn inside the frame of a static map: pictures, polygons, names, all in Web Mercator like the pages."""

from __future__ import annotations

import base64
import io
import math
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import shapely
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.patches import Circle
from matplotlib.path import Path as Outline
from matplotlib.patheffects import Normal, withStroke
from PIL import Image

from guanghui.maps.drawing.mercator import mercator_bounds
from guanghui.maps.drawing.raster import Picture

__all__ = ["Label", "draw_borders", "draw_circles", "draw_names", "draw_picture", "draw_shapes", "text_width"]

Label = tuple[float, float, str]
"""x, y [m in EPSG:3857] and text."""
_RASTERISE_FROM = 4000
"""From so many polygons on they are pixels inside the SVG, which would else be too large to open."""
_HALO = 2.2


def draw_picture(axes: Axes, picture: Picture, *, crisp: bool = True, zorder: float = 1.0) -> None:
    """Draw a picture of :mod:`maps.drawing.raster` where it lies; crisp ones keep their colours to the bit.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        In EPSG:3857.
    picture : Picture
        Picture and its bounds in degrees.
    crisp : bool, default True
        Draw pixels as they are; smoothed between otherwise.
    zorder : float, default 1.0
        Height among the layers.
    """
    (south, west), (north, east) = picture.bounds
    x0, y0, x1, y1 = mercator_bounds((west, south, east, north), 4326)
    data = base64.b64decode(picture.url.partition(",")[2])
    pixels = np.asarray(Image.open(io.BytesIO(data)).convert("RGBA"))
    axes.imshow(pixels, extent=(x0, x1, y0, y1), interpolation="nearest" if crisp else "bilinear", aspect="auto",
                zorder=zorder, interpolation_stage="rgba")  # fmt: skip


def _outline(shape: Any) -> Outline:
    """Outer rings one way round, holes the other, so that holes stay open."""
    polygons = [p for p in shapely.get_parts(shapely.orient_polygons(shape)) if shapely.get_type_id(p) == 3]
    rings = [np.asarray(ring.coords)[:, :2] for p in polygons for ring in (p.exterior, *p.interiors)]
    codes = [
        np.r_[Outline.MOVETO, np.full(len(r) - 2, Outline.LINETO), Outline.CLOSEPOLY].astype(Outline.code_type)
        for r in rings
    ]
    return Outline(np.concatenate(rings), np.concatenate(codes))


def draw_shapes(
    axes: Axes,
    shapes: Iterable[Any],
    colours: Sequence[str] | str,
    *,
    edge: str | None = None,
    width: float = 0.0,
    alpha: float | None = None,
    zorder: float = 3.0,
) -> None:
    """Draw polygons, filled.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Map.
    shapes : iterable of shapely geometry
        In EPSG:3857; what is no polygon is left out.
    colours : sequence of str, or str
        Fill of each, or of all; ``"none"`` for outlines.
    edge : str, optional
        Colour of the borders; that of the fill by default.
    width : float, default 0
        Of the borders [pt].
    alpha : float, optional
        Opacity.
    zorder : float, default 3
        Height in the stack.
    """
    parts = list(shapes)
    fills = [colours] * len(parts) if isinstance(colours, str) else list(colours)
    pairs = [(s, c) for s, c in zip(parts, fills, strict=True) if s is not None and s.area > 0]
    if not pairs:
        return
    fill = [c for _, c in pairs]
    axes.add_collection(
        PathCollection(
            [_outline(s) for s, _ in pairs], facecolors=fill, edgecolors=edge or fill, linewidths=width,
            alpha=alpha, zorder=zorder, rasterized=len(pairs) > _RASTERISE_FROM,
        ),
        autolim=False,
    )  # fmt: skip


def draw_borders(
    axes: Axes, shapes: Iterable[Any], colour: str, *, width: float, dashes: tuple[float, ...] | None = None,
    zorder: float = 6.0,
) -> None:  # fmt: skip
    """Draw the borders of polygons, one that two of them share once.

    Parameters
    ----------
    axes, shapes, zorder
        As in :func:`draw_shapes`.
    colour : str
        Of the lines.
    width : float
        Of the lines [pt].
    dashes : tuple of float, optional
        Dash pattern [pt].
    """
    borders = shapely.line_merge(shapely.union_all([shape.boundary for shape in shapes]))
    lines = [np.asarray(line.coords)[:, :2] for line in shapely.get_parts(borders)]
    style: Any = (0, dashes) if dashes else "solid"
    axes.add_collection(
        LineCollection(lines, colors=colour, linewidths=width, linestyles=[style], zorder=zorder), autolim=False
    )


def text_width(text: str, size: float) -> float:
    """Width of a line of text [pt]; characters of Chinese are square, others about half as wide.

    Parameters
    ----------
    text : str
        One line.
    size : float
        Font size [pt].
    """
    return size * sum(1.0 if unicodedata.east_asian_width(c) in "WF" else 0.58 for c in text)


def draw_circles(
    axes: Axes, spots: Sequence[tuple[float, float]], radii_pt: Sequence[float], colour: str, *, metres_per_pt: float,
    zorder: float = 7.0,
) -> None:  # fmt: skip
    """Draw totals as circles.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Map with its limits set.
    spots : sequence of tuple of float
        Middles [m in EPSG:3857].
    radii_pt : sequence of float
        Radii [pt]; nothing is drawn for 0.
    colour : str
        Of all.
    metres_per_pt : float
        Map units a point is wide.
    zorder : float, default 7.0
        Height among the layers.
    """
    for (x, y), radius in sorted(zip(spots, radii_pt, strict=True), key=lambda one: -one[1]):
        if radius > 0:
            axes.add_patch(Circle((x, y), radius * metres_per_pt, facecolor=colour, alpha=0.72, edgecolor="#ffffff",
                                  linewidth=0.9, zorder=zorder))  # fmt: skip


def draw_names(
    axes: Axes, labels: Iterable[Label], *, metres_per_pt: float, size: float = 7.5, colour: str = "#1c2b2e",
    weight: str = "normal", zorder: float = 8.0, taken: list[tuple[float, float, float, float]] | None = None,
) -> None:  # fmt: skip
    """Write names with a light rim; one that would run into another is set smaller, then left out.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Map with its limits set.
    labels : iterable of Label
        Most important first; a text may have several lines.
    metres_per_pt : float
        Map units a point is wide.
    size : float, default 7.5
        Height of the letters [pt].
    colour, weight, zorder
        Of the text.
    taken : list of tuple, optional
        Boxes that are not free; those of the names written are added.
    """
    boxes = taken if taken is not None else []
    for x, y, text in labels:
        for part, height in ((text, size), (text, size * 0.82), (text.split("\n")[0], size * 0.82)):
            box = _box(x, y, part, height * metres_per_pt)
            if _free(axes, box, boxes):
                boxes.append(box)
                rim = withStroke(linewidth=_HALO, foreground="#ffffff", alpha=0.85)
                axes.text(x, y, part, fontsize=height, color=colour, weight=weight, ha="center", va="center",
                          zorder=zorder, linespacing=1.25, clip_on=True, path_effects=[rim, Normal()])  # fmt: skip
                break


def _box(x: float, y: float, text: str, height: float) -> tuple[float, float, float, float]:
    lines = text.split("\n")
    wide = max(text_width(line, height) for line in lines) / 2
    tall = len(lines) * height * 1.35 / 2
    return x - wide, y - tall, x + wide, y + tall


def _free(
    axes: Axes, box: tuple[float, float, float, float], taken: Iterable[tuple[float, float, float, float]]
) -> bool:
    (left, right), (low, high) = axes.get_xlim(), axes.get_ylim()
    inside = box[0] > left and box[2] < right and box[1] > low and box[3] < high
    return inside and not any(_meet(box, other) for other in taken)


def _meet(a: tuple[float, float, float, float], b: tuple[float, float, float, float]) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3] and all(map(math.isfinite, (*a, *b)))
