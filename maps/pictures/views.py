"""What each static map shows: roofs, phases, carbon density, forest and wetlands."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from guanghui.geo.text import plain_text
from guanghui.maps.drawing.ground import LAND_GROUPS, land_group
from guanghui.maps.drawing.mercator import to_mercator
from guanghui.maps.drawing.raster import paint_classes, paint_stack
from guanghui.maps.drawing.style import NEUTRAL, Categories, Ramp
from guanghui.maps.inputs import CarbonStock, MapCity, MapInputs
from guanghui.maps.page.facts import ALL_ROOFS, pv_facts
from guanghui.maps.page.roofs import Programme, measures
from guanghui.maps.page.sinkview import density_layers, density_ramp
from guanghui.maps.page.wetlands import wetland_view
from guanghui.maps.pictures.frame import Frame
from guanghui.maps.pictures.layers import Label, draw_circles, draw_names, draw_picture, draw_shapes, text_width
from guanghui.maps.words.i18n import LANGS, word, words
from guanghui.maps.words.numbers import format_number

__all__ = ["VIEWS", "Draft"]

_ROOF_RIM = {True: 0.55, False: 0.2}
"""Rim of a roof in its own colour [pt], on a map of the city and of a township: a cottage must not vanish."""
_EDGE, _PALE = "#a9b0a6", "#eceee7"
_TONE = "#b4530a"
"""Circles of totals, as on the index."""
_LARGEST_PT = 24.0
_LONGEST_NAME = 40


@dataclass
class Draft:
    """A static map on its way and all it is made from."""

    city: MapCity
    here: Sequence[int]
    """Rows of the townships shown: one, or all."""
    whole: bool
    frame: Frame
    zone: Any
    """Township or city in EPSG:3857."""
    shapes: npt.NDArray[Any]
    """All townships in EPSG:3857."""
    below: MapInputs
    roofs: gpd.GeoDataFrame | None
    plan: Programme | None
    stock: CarbonStock | None
    max_px: int

    def name(self, row: int) -> str:
        """Name of a township in the language of the map.

        Parameters
        ----------
        row : int
            Place in the table of townships.
        """
        town = self.city.townships.iloc[row]
        return plain_text(town["name"] if self.frame.lang == "zh" else town["name_en"] or town["name"], _LONGEST_NAME)

    def spots(self) -> list[tuple[float, float]]:
        """Where the names of the townships stand: amid the widest part of each that the map shows."""
        window = shapely.box(*self.frame.within)
        reach = (self.frame.within[2] - self.frame.within[0]) / 400
        found = []
        for shape in self.shapes:
            seen = shapely.intersection(shapely.simplify(shape, reach), window)
            parts = [p for p in shapely.get_parts(seen) if p.area > 0] or [shapely.point_on_surface(shape).buffer(1.0)]
            circle = shapely.maximum_inscribed_circle(max(parts, key=shapely.area), tolerance=reach)
            spot = shapely.get_point(circle, 0)
            found.append((float(spot.x), float(spot.y)))
        return found

    def names(self, texts: Mapping[int, str] | None = None, *, taken: list[Any] | None = None) -> None:
        """Names of the townships, of the neighbours alone on the map of one; largest first.

        Parameters
        ----------
        texts : mapping, optional
            Text in the place of the name, by row.
        taken : list of object, optional
            Boxes on the map that names keep clear of; those of the names written are added.
        """
        rows = range(len(self.shapes)) if self.whole else [i for i in range(len(self.shapes)) if i not in self.here]
        order = sorted(rows, key=lambda i: -float(shapely.area(self.shapes[i])))
        spots = self.spots()
        labels: list[Label] = [(*spots[i], (texts or {}).get(i) or self.name(i)) for i in order]
        style: dict[str, Any] = {"size": 8.0, "weight": "bold"} if self.whole else {"size": 7.0, "colour": "#66757a"}
        draw_names(self.frame.axes, labels, metres_per_pt=self.frame.metres_per_pt, taken=taken, **style)

    def names_about(self, radii_pt: Sequence[float], figures: Sequence[str]) -> None:
        """Names of the townships with their figures, each under its circle or where there is room beside it.

        Parameters
        ----------
        radii_pt : sequence of float
            Radius of each circle [pt].
        figures : sequence of str
            Figure under each name.
        """
        per_pt, axes, spots, size = self.frame.metres_per_pt, self.frame.axes, self.spots(), 8.0
        reach = [radius * per_pt for radius in radii_pt]
        taken: list[Any] = [(x - r, y - r, x + r, y + r) for (x, y), r in zip(spots, reach, strict=True)]
        for i in sorted(range(len(spots)), key=lambda i: -radii_pt[i]):
            text = f"{self.name(i)}\n{figures[i]}"
            wide = max(text_width(line, size) for line in text.split("\n")) / 2 * per_pt
            before = len(taken)
            for x, y in _beside(spots[i], reach[i] + 1.5 * per_pt, 1.35 * size * per_pt, wide):
                draw_names(axes, [(x, y, text)], metres_per_pt=per_pt, size=size, weight="bold", taken=taken)
                if len(taken) > before:
                    break


def _beside(spot: tuple[float, float], away: float, tall: float, wide: float) -> list[tuple[float, float]]:
    """Places of a text about a circle, the best first."""
    x, y = spot
    return [(x, y - away - tall), (x, y + away + tall), (x + away + wide, y), (x - away - wide, y)]


def _own(draft: Draft) -> gpd.GeoDataFrame | None:
    """Roofs the map shows, or None."""
    roofs = draft.roofs
    if roofs is not None and not draft.whole:
        code = str(draft.city.townships["code"].iloc[draft.here[0]])
        roofs = roofs[roofs["township_code"].astype(str) == code]
    return None if roofs is None or roofs.empty else roofs


def _draw_roofs(draft: Draft, roofs: gpd.GeoDataFrame, colours: Sequence[str], first: npt.NDArray[np.bool_]) -> None:
    """Draw roofs, those of ``first`` below the others."""
    shapes = to_mercator(roofs)
    rim = _ROOF_RIM[draft.whole]
    for zorder, chosen in ((3.0, first), (3.1, ~first)):
        parts = np.flatnonzero(chosen).tolist()
        draw_shapes(draft.frame.axes, shapes[parts], [colours[i] for i in parts], width=rim, zorder=zorder)


def _pv(draft: Draft) -> bool:
    return _townships_by_yield(draft) if draft.whole else _roofs_by_yield(draft)


def _roofs_by_yield(draft: Draft) -> bool:
    own = _own(draft)
    legend = None if own is None or draft.roofs is None else measures(draft.roofs).get("yield_kwh")
    if own is None or not isinstance(legend, Ramp):
        return False
    place = legend.classify(own["yield_kwh"])
    _draw_roofs(draft, own, [legend.colours[i] if i >= 0 else NEUTRAL for i in place], place < 0)
    draft.frame.legend(words()["measure_yield_kwh"][LANGS.index(draft.frame.lang)], legend)
    draft.names()
    return True


def _townships_by_yield(draft: Draft) -> bool:
    if _own(draft) is None or draft.roofs is None or "yield_kwh" not in draft.roofs:
        return False
    values = np.nan_to_num(pv_facts(draft.city.townships, draft.roofs, draft.plan)[ALL_ROOFS]["yield_kwh"])
    frame, spots, most = draft.frame, draft.spots(), float(values.max(initial=0.0)) or 1.0
    draw_shapes(frame.axes, draft.shapes, [_PALE] * len(draft.shapes), edge=_EDGE, width=0.8, alpha=0.45, zorder=3)

    def radius(value: float) -> float:
        return _LARGEST_PT * math.sqrt(max(value, 0.0) / most)

    radii = [radius(v) for v in values]
    draw_circles(frame.axes, spots, radii, _TONE, metres_per_pt=frame.metres_per_pt)
    step = 10.0 ** math.floor(math.log10(most))
    largest = max(n * step for n in (1, 2, 5) if n * step <= most)
    keys = [(radius(v), format_number(v, "kwh", frame.lang)) for v in (largest, largest / 4)]
    frame.circles(word("measure_yield_kwh", frame.lang), keys, _TONE)
    draft.names_about(radii, [format_number(v, "kwh", frame.lang) for v in values])
    return True


def _phases(draft: Draft) -> bool:
    own = _own(draft)
    if own is None or draft.plan is None:
        return False
    legend = measures(own, draft.plan)["phase"]
    assert isinstance(legend, Categories)
    place = legend.places(own["building_id"].map(draft.plan.phase).fillna(0).astype(int))
    _draw_roofs(draft, own, [legend.items[i][3] for i in place], place == 0)
    title = word("measure_phase", draft.frame.lang)
    years = tuple((y, word("phase_year", "zh", year=y), word("phase_year", "en", year=y), c)
                  for y, _, _, c in legend.items if y)  # fmt: skip
    draft.frame.legend(title, Categories((*years, legend.items[0])))
    draft.names()
    return True


def _carbon(draft: Draft) -> bool:
    if draft.stock is None:
        return False
    layers = density_layers(draft.stock)
    pool = str(layers["layer"].to_numpy()[0])
    legend = density_ramp(pool)
    picture = paint_stack(layers.isel(layer=[0]), {pool: legend}, within=draft.zone.bounds, clip=draft.zone,
                          max_px=draft.max_px)[pool]  # fmt: skip
    draw_picture(draft.frame.axes, picture, zorder=2.0)
    draft.frame.legend(words()[f"pool_{pool}"][LANGS.index(draft.frame.lang)], legend)
    draft.names()
    return True


def _land(draft: Draft) -> bool:
    towns = draft.city.townships
    area = shapely.union_all(towns.geometry.to_numpy()[list(draft.here)])
    wet = None if draft.below.wetlands is None else wetland_view(draft.below.wetlands, area)
    if draft.below.landcover is None and wet is None:
        return False
    if draft.below.landcover is not None:
        name, (key, _, colour) = "forest", LAND_GROUPS["forest"]
        codes = np.flatnonzero(land_group() == list(LAND_GROUPS).index(name))
        forest = Categories(tuple((int(code), name, name, colour) for code in codes))
        picture = paint_classes(draft.below.landcover, forest, within=draft.zone.bounds, clip=draft.zone,
                                max_px=draft.max_px)  # fmt: skip
        draw_picture(draft.frame.axes, picture, zorder=2.0)
        draft.frame.legend(word("landcover", draft.frame.lang), Categories(((name, *words()[key], colour),)))
    if wet is not None:
        kinds = [wet.legend.items[i][3] for i in wet.legend.places(wet.frame["kind"])]
        draw_shapes(draft.frame.axes, to_mercator(wet.frame), kinds, width=0.15, zorder=3)
        draft.frame.legend(word("wetlands", draft.frame.lang), wet.legend)
    draft.names()
    return True


VIEWS: Mapping[str, Callable[[Draft], bool]] = MappingProxyType(
    {"pv": _pv, "phases": _phases, "carbon": _carbon, "land": _land}
)
"""View -> what draws it; False where the results do not hold what it shows."""
