"""Small pictures of townships for the comparison: ground, roofs, carbon density, all at one scale."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely
from rasterio.features import rasterize

from guanghui.maps.drawing.ground import ground
from guanghui.maps.drawing.mercator import to_mercator
from guanghui.maps.drawing.raster import paint_cells
from guanghui.maps.drawing.style import Categories
from guanghui.maps.drawing.warp import Box, Canvas, canvas_for, window_of
from guanghui.maps.inputs import CarbonStock, MapInputs
from guanghui.maps.page.roofs import Programme
from guanghui.maps.page.sinkview import density_layers, density_ramp
from guanghui.maps.words.i18n import words

__all__ = ["ROOF_COLOURS", "RoofThumbs", "Thumbs"]

ROOF_COLOURS = ("#e0a04a", "#a33a06")
"""Roofs that are not in the programme, and those that are."""
_PX = 420
_MARGIN = 0.06
_OUTLINE_PX = 0.5


class _Scaled:
    """Canvases of the townships of a city, all at the scale the largest sets."""

    def __init__(self, townships: gpd.GeoDataFrame, px: int) -> None:
        self.codes = townships["code"].astype(str).tolist()
        self.shapes = dict(zip(self.codes, to_mercator(townships), strict=True))
        sides = shapely.bounds(list(self.shapes.values()))
        longest = float(max((sides[:, 2] - sides[:, 0]).max(), (sides[:, 3] - sides[:, 1]).max()))
        self.cell = longest * (1 + 2 * _MARGIN) / px

    def canvas(self, code: str) -> Canvas:
        return canvas_for(_around(self.shapes[code].bounds), self.cell)


class Thumbs:
    """Pictures of the land of the townships of a city.

    Parameters
    ----------
    townships : geopandas.GeoDataFrame
        Polygons; the largest sets the scale of all.
    below : MapInputs
        Land cover and terrain.
    stock : CarbonStock, optional
        Density.
    """

    def __init__(self, townships: gpd.GeoDataFrame, below: MapInputs, *, stock: CarbonStock | None = None) -> None:
        self._scaled, self._below = _Scaled(townships, _PX), below
        self._density = None if stock is None else density_layers(stock).sel(layer="total")

    def payload(self, code: str) -> dict[str, Any]:
        """Pictures of a township.

        Parameters
        ----------
        code : str
            Code of the township.

        Returns
        -------
        dict
            ``width``, ``height`` [px], ``m_px`` (true metres a pixel), ``outline`` (SVG path in pixels) and the
            addresses of ``ground`` and ``carbon`` where there is something to show.

        Raises
        ------
        KeyError
            If there is none of that code.
        """
        canvas, shape = self._scaled.canvas(code), self._scaled.shapes[code]
        picture = ground(canvas.box, landcover=self._below.landcover, terrain=self._below.terrain, max_px=_PX)
        (south, _), (north, _) = canvas.bounds
        found = {
            "width": canvas.width,
            "height": canvas.height,
            "m_px": round(float(self._scaled.cell * np.cos(np.radians((south + north) / 2))), 3),
            "outline": _path(shape, canvas),
            "ground": None if picture is None else picture.url,
        }
        if self._density is not None:
            window, legend = window_of(self._density, canvas=canvas), density_ramp("total")
            index = window.sample((legend.classify(window.values) + 1).astype(np.uint8), 0)
            found["carbon"] = paint_cells(index, legend.colours, canvas, shape).url
        return found

    def legend(self) -> dict[str, Any] | None:
        """Legend of the carbon."""
        return None if self._density is None else density_ramp("total").payload()


class RoofThumbs:
    """Pictures of the roofs of the townships, on the pixels of :class:`Thumbs`.

    Parameters
    ----------
    townships : geopandas.GeoDataFrame
        As there.
    roofs : geopandas.GeoDataFrame
        ``township_code``, ``building_id`` and outlines.
    plan : Programme, optional
        Tells the roofs of the programme apart.
    px : int
        Longer side of the largest township [px].
    """

    def __init__(
        self, townships: gpd.GeoDataFrame, roofs: gpd.GeoDataFrame, plan: Programme | None = None, px: int = _PX
    ) -> None:
        self._scaled = _Scaled(townships, px)
        place = roofs["township_code"].astype(str).to_numpy()
        outlines, rank = to_mercator(roofs), _rank(roofs, plan)
        self._roofs = {code: (outlines[place == code], rank[place == code]) for code in self._scaled.codes}

    def picture(self, code: str) -> str:
        """Address of the picture of a township: every pixel a roof touches, those of the programme over the others.

        Parameters
        ----------
        code : str
            Code of the township.

        Returns
        -------
        str
            A ``data:`` URL.

        Raises
        ------
        KeyError
            If there is none of that code.
        """
        canvas = self._scaled.canvas(code)
        outlines, rank = self._roofs[code]
        order = np.argsort(rank, kind="stable")
        pairs = [(outlines[i], int(rank[i])) for i in order if not shapely.is_empty(outlines[i])]
        size = canvas.height, canvas.width
        painted: npt.NDArray[np.uint8] = np.zeros(size, np.uint8)
        if pairs:
            painted = rasterize(pairs, size, transform=canvas.transform, all_touched=True, dtype="uint8")
        return paint_cells(painted, ROOF_COLOURS, canvas).url

    def bounds(self, code: str) -> list[list[float]]:
        """South-west and north-east corner of the picture of a township [°].

        Parameters
        ----------
        code : str
            Code of the township.
        """
        return [list(corner) for corner in self._scaled.canvas(code).bounds]

    @staticmethod
    def legend() -> dict[str, Any]:
        """Legend of the roofs."""
        kinds = (("other", "roof_other"), ("chosen", "roof_chosen"))
        names = [(key, *words()[word], colour) for (key, word), colour in zip(kinds, ROOF_COLOURS, strict=True)]
        return Categories(tuple(names)).payload()


def _rank(roofs: gpd.GeoDataFrame, plan: Programme | None) -> npt.NDArray[np.int64]:
    """1 for a roof, 2 for one of the programme."""
    if plan is None:
        return np.ones(len(roofs), np.int64)
    return 1 + (roofs["building_id"].map(plan.phase).fillna(0).to_numpy(int) > 0).astype(np.int64)


def _around(box: Box) -> Box:
    west, south, east, north = box
    rim = _MARGIN * max(east - west, north - south)
    return west - rim, south - rim, east + rim, north + rim


def _path(shape: Any, canvas: Canvas) -> str:
    """Outline in pixels of the picture, thinned to what shows."""
    thin = shapely.simplify(shape, _OUTLINE_PX * canvas.transform.a)
    rings = shapely.get_rings(shapely.get_parts(thin))
    west, _, _, north = canvas.box
    parts = []
    for ring in rings:
        xy = (shapely.get_coordinates(ring) - (west, north)) / (canvas.transform.a, canvas.transform.e)
        parts.append("M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in xy[:-1]) + "Z")
    return "".join(parts)
