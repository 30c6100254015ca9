"""The frame of a static map: title, legend, scale bar, north, locator, marks, source and date."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyBboxPatch, Polygon, Rectangle
from matplotlib.text import Text
from pyproj import Geod

from guanghui.geo.fonts import LATIN_FONT, drawable
from guanghui.maps.drawing.ground import PAPER
from guanghui.maps.drawing.mercator import latlng_bounds
from guanghui.maps.drawing.style import Categories, Ramp
from guanghui.maps.drawing.warp import Box
from guanghui.maps.pictures.layers import draw_shapes, text_width
from guanghui.maps.words.i18n import LANGS, word
from guanghui.maps.words.numbers import UNITS

__all__ = ["MAP_MM", "PAGE_MM", "Entry", "Frame", "entries", "framed_box"]

PAGE_MM = (180.0, 122.0)
"""Width and height of the picture."""
MAP_MM = (1.0, 9.0, 129.0, 100.0)
"""Left, bottom, width and height of the map."""
_EDGE = 1.0
_COLUMN = 134.5
_COLUMN_WIDE = 42.0
_INK, _QUIET, _LINE, _MARK = "#1c2b2e", "#66757a", "#cfd2ca", "#b4530a"
_ROW, _HEAD = 4.5, 5.6
_PT_MM = 25.4 / 72.0

Entry = tuple[str, str]
"""Colour and text of a class."""


def framed_box(box: Box, rim: float = 0.05) -> Box:
    """Box in EPSG:3857 around another, in the proportions of the map.

    Parameters
    ----------
    box : tuple of float
        West, south, east, north in EPSG:3857 [m].
    rim : float, default 0.05
        Ground shown on each side, as a share of it [1].
    """
    west, south, east, north = box
    wide, tall = (east - west) * (1 + 2 * rim), (north - south) * (1 + 2 * rim)
    shape = MAP_MM[2] / MAP_MM[3]
    wide, tall = max(wide, tall * shape), max(tall, wide / shape)
    x, y = (west + east) / 2, (south + north) / 2
    return x - wide / 2, y - tall / 2, x + wide / 2, y + tall / 2


def entries(legend: Ramp | Categories, lang: str) -> tuple[str, list[Entry]]:
    """Unit and classes of a legend as text.

    Parameters
    ----------
    legend : Ramp or Categories
        As the pages have it.
    lang : str
        ``zh`` or ``en``.

    Returns
    -------
    unit : str
        For the heading; empty where there is none.
    classes : list of Entry
        In order.
    """
    if isinstance(legend, Categories):
        return "", [(colour, (zh, en)[LANGS.index(lang)]) for _, zh, en, colour in legend.items]
    if not legend.breaks:
        return "", [(legend.colours[0], "")]
    _, divisor, unit = next(s for s in UNITS[legend.unit][lang] if abs(legend.breaks[-1]) >= s[0])
    marks = [_limit(value / divisor) for value in legend.breaks]
    texts = [f"< {marks[0]}", *(f"{a} – {b}" for a, b in itertools.pairwise(marks)), f"≥ {marks[-1]}"]
    return unit, list(zip(legend.colours, texts, strict=True))


def _limit(value: float) -> str:
    """Write a class limit with no more digits than it has."""
    return f"{Decimal(f'{value:.6g}'):,f}"


@dataclass
class Frame:
    """A static map on its way; millimetres from the lower left corner outside the map."""

    figure: Figure
    axes: Axes
    """The map, EPSG:3857."""
    within: Box
    lang: str
    font: str | None
    below: float = MAP_MM[1] + MAP_MM[3]
    """Where the column beside the map is free [mm]."""

    @classmethod
    def open(cls, within: Box, lang: str, font: str | None) -> Frame:
        """Empty sheet with the map in its place.

        Parameters
        ----------
        within : tuple of float
            Box of the map in EPSG:3857, see :func:`framed_box`.
        lang : str
            ``zh`` or ``en``.
        font : str, optional
            Family with Chinese characters; None where the machine has none.
        """
        figure = Figure(figsize=(PAGE_MM[0] / 25.4, PAGE_MM[1] / 25.4), facecolor="#ffffff")
        axes = figure.add_axes(_share(*MAP_MM))
        axes.set_facecolor(PAPER)
        axes.set(xlim=(within[0], within[2]), ylim=(within[1], within[3]), xticks=[], yticks=[])
        axes.set_autoscale_on(False)
        for side in axes.spines.values():
            side.set(color=_LINE, linewidth=0.8)
            side.set_zorder(20)
        return cls(figure, axes, within, lang, font)

    @property
    def metres_per_pt(self) -> float:
        """Map units a point on paper is wide."""
        return (self.within[2] - self.within[0]) / MAP_MM[2] * _PT_MM

    def write(self, x: float, y: float, text: str, **style: Any) -> None:
        """Write at a place [mm].

        Parameters
        ----------
        x, y : float
            From the lower left corner of the page [mm].
        text : str
            Text.
        **style : object
            Properties of :class:`matplotlib.text.Text` in the place of the usual ones.
        """
        given = {"fontsize": 7.5, "color": _INK, "va": "baseline", **style}
        self.figure.text(x / PAGE_MM[0], y / PAGE_MM[1], text, **given)

    def _add(self, patch: Any) -> None:
        patch.set_transform(self.figure.dpi_scale_trans)
        self.figure.add_artist(patch)

    def title(self, text: str, second: str, marks: Iterable[str]) -> None:
        """Title and, in small, what it belongs to; marks of what is not real stand at the right.

        Parameters
        ----------
        text : str
            Title; it is set smaller where it would not fit.
        second : str
            What it belongs to.
        marks : iterable of str
            Words on what is not real, at most a few.
        """
        right = PAGE_MM[0] - _EDGE
        for mark in marks:
            wide = text_width(mark, 8.5) * _PT_MM + 5.0
            box = FancyBboxPatch(((right - wide) / 25.4, 112.2 / 25.4), wide / 25.4, 5.6 / 25.4,
                                 boxstyle="round,pad=0,rounding_size=0.06", facecolor="#fdf1dc", edgecolor=_MARK,
                                 linewidth=0.7)  # fmt: skip
            self._add(box)
            self.write(right - wide / 2, 115.0, mark, fontsize=8.5, color=_MARK, ha="center", va="center_baseline",
                       weight="bold")  # fmt: skip
            right -= wide + 2.0
        room = right - 8.0
        size = min(14.0, 14.0 * room / max(text_width(f"{text}　{second}", 12.0) * _PT_MM, 1.0))
        self.write(_EDGE, 113.0, text, fontsize=size, weight="bold")
        self.write(_EDGE + text_width(text, size) * _PT_MM + 4.0, 113.0, second, fontsize=size * 0.64, color=_QUIET)

    def legend(self, title: str, legend: Ramp | Categories, *, leave_out: Sequence[str] = ()) -> None:
        """Block of the column: heading with unit, one row a class.

        Parameters
        ----------
        title : str
            Heading.
        legend : Ramp or Categories
            Classes with colours and labels.
        leave_out : sequence of str, default ()
            Labels of classes that are not on the map.
        """
        unit, rows = entries(legend, self.lang)
        self.below -= 3.4
        lines = [title, unit] if unit else [title]
        for i, line in enumerate(lines):
            style: dict[str, Any] = {"weight": "bold"} if i == 0 else {"color": _QUIET}
            self.write(_COLUMN, self.below, line, fontsize=8.5 if i == 0 else 7.5, **style)
            self.below -= _HEAD - 1.6 if i == 0 and len(lines) > 1 else _HEAD
        for colour, text in rows:
            if text in leave_out:
                continue
            self._add(Rectangle((_COLUMN / 25.4, (self.below - 0.2) / 25.4), 5.4 / 25.4, 3.2 / 25.4, facecolor=colour,
                                edgecolor="none", linewidth=0))  # fmt: skip
            self.write(_COLUMN + 7.4, self.below + 0.3, text)
            self.below -= _ROW
        self.below -= 2.6

    def circles(self, title: str, keys: Sequence[tuple[float, str]], colour: str) -> None:
        """Block of the column: heading, circles of known figures.

        Parameters
        ----------
        title : str
            Heading.
        keys : sequence of tuple
            Radius [pt] and figure of each.
        colour : str
            Of the circles on the map.
        """
        self.below -= 3.4
        self.write(_COLUMN, self.below, title, fontsize=8.5, weight="bold")
        self.below -= _HEAD - 2.6
        widest = max(radius for radius, _ in keys) * _PT_MM
        for radius, text in keys:
            tall = radius * _PT_MM
            self.below -= tall
            self._add(Circle(((_COLUMN + widest) / 25.4, self.below / 25.4), tall / 25.4, facecolor=colour, alpha=0.72,
                             edgecolor="none", linewidth=0))  # fmt: skip
            self.write(_COLUMN + 2 * widest + 3.0, self.below, text, va="center_baseline")
            self.below -= tall + 1.6
        self.below -= 2.6

    def locator(self, shapes: Sequence[Any], here: int) -> None:
        """Small map of all townships with this one filled, where the column has room.

        Parameters
        ----------
        shapes : sequence of object
            Townships in EPSG:3857.
        here : int
            Place of the one to fill.
        """
        tall = min(self.below - 36.0, 34.0)
        if tall < 16.0 or len(shapes) < 2:
            return
        axes = self.figure.add_axes(_share(_COLUMN, self.below - tall, _COLUMN_WIDE, tall))
        axes.set_axis_off()
        draw_shapes(axes, [s for i, s in enumerate(shapes) if i != here], "#e6e8e1", edge="#ffffff", width=0.6)
        draw_shapes(axes, [shapes[here]], "#4d5d60", edge="#ffffff", width=0.6)
        boxes = [s.bounds for s in shapes]
        west, south = min(b[0] for b in boxes), min(b[1] for b in boxes)
        east, north = max(b[2] for b in boxes), max(b[3] for b in boxes)
        axes.set(xlim=(west, east), ylim=(south, north), aspect="equal")
        axes.set_anchor("W")
        self.below -= tall + 3.0

    def scale_and_north(self) -> None:
        """Scale bar, true at the middle of the map, and north arrow, at the foot of the column."""
        (south, west), (north, east) = latlng_bounds(self.within, 3857)
        middle = (south + north) / 2
        _, _, across = Geod(ellps="GRS80").inv(west, middle, east, middle)
        most = across * 34.0 / MAP_MM[2]
        power = 10.0 ** math.floor(math.log10(most))
        length = max(m * power for m in (1, 2, 5) if m * power <= most)
        wide = MAP_MM[2] * length / across
        for i, fill in enumerate((_INK, "#ffffff", _INK, "#ffffff")):
            self._add(Rectangle(((_COLUMN + i * wide / 4) / 25.4, 14.0 / 25.4), wide / 4 / 25.4, 1.3 / 25.4,
                                facecolor=fill, edgecolor=_INK, linewidth=0.5))  # fmt: skip
        text = f"{length / 1000:g} {word('km', self.lang)}" if length >= 1000 else f"{length:g} {word('m', self.lang)}"
        for place, mark in ((0.0, "0"), (wide, text)):
            self.write(_COLUMN + place, 10.2, mark, fontsize=7, ha="center")
        x, y = (_COLUMN + 4.0) / 25.4, 20.0 / 25.4
        tip, half = 8.0 / 25.4, 2.2 / 25.4
        self._add(Polygon([(x, y + tip), (x - half, y), (x, y + tip * 0.25)], closed=True, facecolor=_INK,
                          edgecolor=_INK, linewidth=0.5))  # fmt: skip
        self._add(Polygon([(x, y + tip), (x + half, y), (x, y + tip * 0.25)], closed=True, facecolor="#ffffff",
                          edgecolor=_INK, linewidth=0.5))  # fmt: skip
        self.write(_COLUMN + 4.0, 29.0, word("north_mark", self.lang), fontsize=8, ha="center", weight="bold")

    def foot(self, text: str) -> None:
        """Source, date, review number, cut to one line.

        Parameters
        ----------
        text : str
            One line.
        """
        room = (PAGE_MM[0] - 2 * _EDGE) / _PT_MM
        while text and text_width(text, 6.5) > room:
            text = text[:-2] + "…"
        self.write(_EDGE, 4.0, text, fontsize=6.5, color=_QUIET)

    def finish(self) -> Figure:
        """Set the font of every text; a dollar sign in a name is no formula."""
        for text in self.figure.findobj(Text):
            text.set_parse_math(False)
            text.set_text(drawable(text.get_text()))
            if self.font is not None:
                text.set_fontfamily([self.font, LATIN_FONT])
        return self.figure


def _share(left: float, bottom: float, wide: float, tall: float) -> tuple[float, float, float, float]:
    return left / PAGE_MM[0], bottom / PAGE_MM[1], wide / PAGE_MM[0], tall / PAGE_MM[1]
