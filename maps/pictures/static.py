"""Static maps for print: a township or the city as PNG at 300 dpi or SVG, in the colours and classes of the pages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

import geopandas as gpd
import matplotlib as mpl
import numpy as np
import shapely
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from guanghui.geo.errors import InputError, listing
from guanghui.geo.files import atomic
from guanghui.geo.fonts import cjk_font, usable_lang
from guanghui.geo.text import plain_text
from guanghui.maps.drawing.ground import ground
from guanghui.maps.drawing.mercator import MERCATOR, to_mercator
from guanghui.maps.drawing.raster import Picture
from guanghui.maps.drawing.warp import Raster
from guanghui.maps.inputs import CarbonStock, MapCity, map_inputs
from guanghui.maps.page.layers import outside_of
from guanghui.maps.page.roofs import Programme
from guanghui.maps.page.sheet import foot
from guanghui.maps.pictures.frame import MAP_MM, Frame, framed_box
from guanghui.maps.pictures.layers import draw_borders, draw_picture, draw_shapes
from guanghui.maps.pictures.views import VIEWS, Draft
from guanghui.maps.words.i18n import LANGS, word
from guanghui.maps.words.level import speaking_of

__all__ = ["DPI", "STATIC_VIEWS", "save_map", "static_map", "static_maps"]

DPI = 300
STATIC_VIEWS = tuple(VIEWS)
_STYLE: Mapping[str, Any] = MappingProxyType(
    {"svg.hashsalt": "guanghui", "svg.fonttype": "path", "path.simplify": False}
)
_MAP_PX = round(MAP_MM[2] / 25.4 * DPI)
_PACKED = 4
"""Half the time of the usual 6 for a tenth more bytes."""
_GROUND_PX = 1100
_VEIL, _VEIL_ALPHA = "#f3f3ee", 0.62
_EDGE, _NEIGHBOUR = "#3c4a4d", "#8b9694"


def static_map(
    city: MapCity,
    view: str,
    *,
    code: str | None = None,
    roofs: gpd.GeoDataFrame | None = None,
    plan: Programme | None = None,
    stock: CarbonStock | None = None,
    wetlands: gpd.GeoDataFrame | None = None,
    landcover: Raster | None = None,
    terrain: Raster | None = None,
    lang: str | None = None,
    date: str | None = None,
) -> Figure | None:
    """Draw one static map.

    Parameters
    ----------
    city : MapCity
        Names, townships, notes, settings.
    view : str
        One of ``STATIC_VIEWS``: ``pv`` (roofs by yearly yield; townships for the city), ``phases`` (roofs by the year
        they are built), ``carbon`` (density of all pools [t C/ha]), ``land`` (forest, and wetlands by type).
    code : str, optional
        Township; the whole city by default.
    roofs, plan, stock, wetlands, landcover, terrain
        As in :func:`maps.township_page`.
    lang : str, optional
        That of the settings by default; English where no font has Chinese characters, which is noted.
    date : str, optional
        Date for the foot; none by default, so that the same inputs give the same bytes.

    Returns
    -------
    matplotlib.figure.Figure or None
        None where the results do not hold what the view shows.

    Raises
    ------
    InputError
        If there is no such view or township.
    """
    drawn = static_maps(
        city, (view,), code=code, roofs=roofs, plan=plan, stock=stock, wetlands=wetlands, landcover=landcover,
        terrain=terrain, lang=lang, date=date,
    )  # fmt: skip
    return dict(drawn).get(view)


def static_maps(
    city: MapCity,
    views: Sequence[str] = STATIC_VIEWS,
    *,
    code: str | None = None,
    roofs: gpd.GeoDataFrame | None = None,
    plan: Programme | None = None,
    stock: CarbonStock | None = None,
    wetlands: gpd.GeoDataFrame | None = None,
    landcover: Raster | None = None,
    terrain: Raster | None = None,
    lang: str | None = None,
    date: str | None = None,
) -> Iterator[tuple[str, Figure]]:
    """Draw several static maps of one place, one after the other; those the results do not allow are left out.

    Parameters
    ----------
    city, code, roofs, plan, stock, wetlands, landcover, terrain, lang, date
        As in :func:`static_map`.
    views : sequence of str
        All by default.

    Yields
    ------
    view : str
        Which.
    figure : matplotlib.figure.Figure
        The map.

    Raises
    ------
    InputError
        If there is no such view or township.
    """
    if unknown := [view for view in views if view not in VIEWS]:
        raise InputError(
            f"static map: there is no view {unknown[0]!r}; there are {listing(VIEWS)}.",
            f"静态图：没有视图 {unknown[0]!r}；现有 {listing(VIEWS)}。",
        )
    townships = city.townships
    here = np.arange(len(townships)) if code is None else np.flatnonzero(townships["code"].astype(str) == code)
    if not len(here):
        raise InputError(
            f"static map: there is no township {code!r}; there are {listing(townships['code'], 40)}.",
            f"静态图：没有乡镇 {code!r}；现有 {listing(townships['code'], 40)}。",
        )
    settings = city.settings.maps
    shapes = to_mercator(townships)
    zone = shapely.union_all(shapes[here])
    written = usable_lang(lang or settings.lang, city.notes)
    below = map_inputs(city, stock, landcover=landcover, wetlands=wetlands, terrain=terrain)
    within = framed_box(zone.bounds)
    beneath = ground(within, landcover=below.landcover, terrain=below.terrain, max_px=_GROUND_PX)
    for view in views:
        with speaking_of(city):
            frame = Frame.open(within, written, cjk_font())
            draft = Draft(city, here.tolist(), code is None, frame, zone, shapes, below, roofs, plan, stock,
                          min(_MAP_PX, settings.max_px))  # fmt: skip
            drawn = VIEWS[view](draft)
            if drawn:
                _surround(draft, beneath)
                _margins(draft, view, date)
        if drawn:
            yield view, frame.finish()


def save_map(figure: Figure, path: Path) -> Path:
    """Write a static map; the same map gives the same bytes.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        From :func:`static_map`.
    path : pathlib.Path
        The suffix chooses: ``.png`` (300 dpi) or ``.svg``.

    Raises
    ------
    InputError
        If the suffix is another.
    """
    kind = path.suffix.lower()
    if kind not in (".png", ".svg"):
        raise InputError(
            f"{path.name}: static maps are written as .png or .svg, not as {path.suffix!r}.",
            f"{path.name}：静态图为 .png 或 .svg，而非 {path.suffix!r}。",
        )
    figure.set_dpi(DPI)
    with mpl.rc_context(dict(_STYLE)), atomic(path) as part:
        if kind == ".svg":
            canvas: Any = FigureCanvasSVG(figure)
            canvas.print_svg(part, metadata={"Date": None, "Creator": None})
        else:
            canvas = FigureCanvasAgg(figure)
            canvas.print_png(part, metadata={"Software": None}, pil_kwargs={"compress_level": _PACKED})
    return path


def _surround(draft: Draft, beneath: Picture | None) -> None:
    """Ground, veil and borders around what the view has drawn."""
    axes = draft.frame.axes
    if beneath is not None:
        draw_picture(axes, beneath, crisp=False, zorder=0.5)
    veil = outside_of(draft.zone, MERCATOR)
    draw_shapes(axes, veil.geometry, _VEIL, edge="none", alpha=_VEIL_ALPHA, zorder=0.8)
    others = [shape for i, shape in enumerate(draft.shapes) if i not in draft.here]
    draw_borders(axes, others, _NEIGHBOUR, width=0.6, dashes=(4, 3))
    if draft.whole:
        draw_borders(axes, draft.shapes, _EDGE, width=0.45)
    draw_borders(axes, [draft.zone], _EDGE, width=1.0, zorder=6.5)


def _margins(draft: Draft, view: str, date: str | None) -> None:
    """Title, marks, locator, scale, north and source beside the map."""
    city, frame, lang = draft.city, draft.frame, draft.frame.lang
    about = foot(city, draft.roofs, date)
    city_name = plain_text(city.name if lang == "zh" else city.name_en or city.name, 40)
    subject = word(f"static_{view}_city" if draft.whole and view == "pv" else f"static_{view}", lang)
    title = city_name if draft.whole else draft.name(draft.here[0])
    frame.title(f"{title}{'' if lang == 'zh' else ': '}{subject}", "" if draft.whole else city_name,
                [word(mark, lang) for mark in about["marks"]])  # fmt: skip
    if not draft.whole:
        frame.locator(list(draft.shapes), draft.here[0])
    frame.scale_and_north()
    source = about["source"][LANGS.index(lang)]
    parts = [word("static_source", lang, text=source or word("static_made", lang))]
    parts += [word("date", lang, date=about["date"])] if about["date"] else []
    parts += [word("review", lang, number=about["review"])] if about["review"] else []
    parts += [word("internal", lang)] if about["internal"] else []
    frame.foot(" · ".join(plain_text(part) for part in parts))
