"""Land cover: a raster, the legend of its codes and the year it shows, brought to one set of classes.

A code is never guessed: what a legend does not explain stops the work with the code and its area, and the product that
comes in three numberings is told apart by the codes present or asked about.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import rasterio
import shapely
import xarray as xr

from guanghui.geo.codes import CodeTable
from guanghui.geo.coverage import zone_shapes
from guanghui.geo.errors import InputError, listing
from guanghui.geo.grid import Grid
from guanghui.geo.legends import (
    GROUPS,
    UNKNOWN,
    LandClass,
    Legend,
    custom_legend,
    group_table,
    land_class,
    land_classes,
    legend,
    legends,
    wetland_types,
)
from guanghui.geo.notes import Notes
from guanghui.geo.polygon_cover import PolygonCover
from guanghui.geo.raster import CHUNK, open_raster
from guanghui.geo.raster_source import RasterSource
from guanghui.geo.unread import read_whole
from guanghui.geo.zonal import ClassAreas, class_areas

__all__ = [
    "GROUPS",
    "AnyCover",
    "LandClass",
    "LandCover",
    "Legend",
    "PolygonCover",
    "custom_legend",
    "group_table",
    "land_class",
    "land_classes",
    "legend",
    "legends",
    "refuse_unexplained",
    "wetland_types",
]

_ESRI = ("esri_yearly", "esri_2020", "esri_remapped")
_CORINE_SPLIT = 100
_NO_CODE = -1
_CODE_SLACK = 1e-3

_FILLS = (-9999, -32768, -128, -1, 0, 127, 128, 254, 255, 32767, 65535)
"""Numbers that rasters of codes are filled with where nothing was seen."""


@dataclass(frozen=True)
class LandCover:
    """A land-cover raster, the legend of its codes and the year it shows."""

    source: RasterSource
    legend: str | Legend
    """Name of a preset, ``"esri"`` (which of its numberings is found out), or a legend of one's own."""
    year: int | None = None
    part: Grid | None = None
    """Window of the raster that is used; all of it by default."""
    accept_versions: bool = False
    """Explicit yes to a comparison with a map of another version of the product."""
    nodata: frozenset[int] = frozenset()
    """Codes that the user says mean no data, beside those of legend and file."""

    @property
    def label(self) -> str:
        """File, for messages."""
        return self.source.label

    @property
    def grid(self) -> Grid:
        """Grid the classes are on: that of the raster, or the window of it."""
        return self.part or self.source.grid

    @cached_property
    def version(self) -> str:
        """Version of the algorithm as the tags of the files say it, several joined by a comma; empty if none does."""
        found = []
        for path in self.source.paths:
            with rasterio.open(path) as file:
                tags = {k.lower(): v.strip() for k, v in file.tags().items()}
            found.append(next((tags[k] for k in ("algorithm_version", "product_version") if tags.get(k)), ""))
        return ", ".join(sorted({v for v in found if v}))

    def clip(self, zones: gpd.GeoDataFrame, margin: int = 1) -> LandCover:
        """Use only the window of the raster around some zones.

        Parameters
        ----------
        zones : geopandas.GeoDataFrame
            Polygons, any CRS.
        margin : int, default 1
            Cells kept around them.

        Raises
        ------
        InputError
            If the zones lie wholly outside the raster.
        """
        whole = self.source.grid
        west, south, east, north = shapely.total_bounds(zone_shapes(zones, whole.crs))
        dx, dy = margin * whole.cell[0], margin * whole.cell[1]
        rows, cols = whole.window((west - dx, south - dy, east + dx, north + dy))
        if rows.start >= rows.stop or cols.start >= cols.stop:
            raise InputError(
                f"{self.source.label}: the land cover lies outside the townships; check its CRS and place.",
                f"{self.source.label}：土地覆盖不在乡镇范围内；请检查其 CRS 与所示地点。",
            )
        return replace(self, part=whole.part(rows, cols))

    def codes(self, chunk: int = CHUNK) -> xr.DataArray:
        """Codes of the product as they are, lazily; dims (y, x), nodata in ``attrs``.

        Parameters
        ----------
        chunk : int, default 2048
            Side of a chunk [cells].

        Raises
        ------
        InputError
            If cells of a file of floats are no whole numbers (when computed).
        """
        array = open_raster(self.source, name="landcover", chunk=chunk)
        if array.dtype.kind == "f":
            whole = array.data.map_blocks(_whole_numbers, self.source.label, dtype=np.int32)
            array = array.copy(data=whole).assign_attrs(nodata=_NO_CODE)
        if self.part is None:
            return array
        rows, cols = self._window()
        part = array.isel(y=slice(rows, rows + self.part.height), x=slice(cols, cols + self.part.width))
        return part.rio.write_transform(self.part.transform)

    def _window(self) -> tuple[int, int]:
        assert self.part is not None
        whole, t = self.source.grid.transform, self.part.transform
        return round((t.f - whole.f) / whole.e), round((t.c - whole.c) / whole.a)

    def census(self) -> pd.Series:
        """Area of every code in the window [m²], index ``code``; nodata is left out."""
        return _census(self)

    def numbering(self) -> Legend:
        """Legend in use; for ``"esri"`` the numbering the codes fit.

        Raises
        ------
        InputError
            If the codes fit no numbering, or more than one.
        """
        if isinstance(self.legend, Legend):
            known = self.legend
        elif self.legend != "esri":
            known = legend(self.legend)
        else:
            known = legend(_esri_numbering(self.source.label, set(self.census().index) - self.nodata))
        return known.without(self.nodata)

    def areas(self, zones: gpd.GeoDataFrame) -> ClassAreas:
        """Area of every code in every zone; the cells of the window count.

        Parameters
        ----------
        zones : geopandas.GeoDataFrame
            Polygons, any CRS; they may overlap.
        """
        return class_areas(self.codes(), zones)

    def fit(self, townships: gpd.GeoDataFrame, notes: Notes) -> None:
        """Say nothing: cells leave no gap that the share of known land does not tell.

        Parameters
        ----------
        townships : geopandas.GeoDataFrame
            Not looked at; polygons have a use for it.
        notes : Notes
            Nothing is added.
        """

    def reconcile(self, townships: gpd.GeoDataFrame) -> pd.DataFrame | None:
        """Cells state no area of their own: there is nothing to put beside them.

        Parameters
        ----------
        townships : geopandas.GeoDataFrame
            Not looked at; polygons have a use for it.
        """
        return None

    def check(self) -> pd.Series:
        """Read the window once and make sure that every code is explained; area by code [m²].

        Raises
        ------
        InputError
            With the unexplained codes and their areas.
        """
        areas, known = self.census(), self.numbering()
        refuse_unexplained(self.source.label, known, areas)
        return areas

    def table(self) -> dict[int, int]:
        """Code -> id of the common class, 0 for codes that mean no data."""
        known = self.numbering()
        ids = {code: land_class(key).id for code, key in known.classes.items()}
        return {**ids, **dict.fromkeys({*known.nodata, *self._void()}, UNKNOWN)}

    def _void(self) -> set[int]:
        """Codes that stand for no data in the file; NaN in a file of floats is read as one of them."""
        if np.dtype(self.source.dtype).kind == "f":
            return {_NO_CODE}
        return set() if self.source.nodata is None else {int(self.source.nodata)}

    def numbered(self, numbers: Mapping[Any, int], chunk: int = CHUNK) -> xr.DataArray:
        """Codes brought to numbers of one's own, lazily (int32); 0 where there is no data.

        Parameters
        ----------
        numbers : mapping
            Code of the legend -> number.
        chunk : int, default 2048
            Side of a chunk [cells].
        """
        codes, known = self.codes(chunk), self.numbering()
        table = CodeTable({**numbers, **dict.fromkeys({*known.nodata, *self._void()}, 0)}, np.int32)
        kind = np.empty((0, 0), np.int32)
        data = codes.data.map_blocks(_look_up, table, self.label, known.name, dtype=np.int32, meta=kind)
        out = codes.copy(data=data)
        out.attrs = {"nodata": 0}
        return out

    def classify(self, chunk: int = CHUNK, *, check: bool = True) -> xr.DataArray:
        """Translate codes to common classes on the raster's own grid, lazily.

        Parameters
        ----------
        chunk : int, default 2048
            Side of a chunk [cells].
        check : bool, default True
            Read the codes once beforehand, so that an unexplained one is reported with its whole area; without it
            the block that meets one stops.

        Returns
        -------
        xarray.DataArray
            uint8 ids of :func:`land_classes`, dims (y, x), 0 where there is no data (``attrs["nodata"]``).

        Raises
        ------
        InputError
            If a code is not explained by the legend: the codes and their areas.
        """
        if check:
            self.check()
        codes = self.codes(chunk)
        table, label, name = CodeTable(self.table(), np.uint8), self.source.label, self.numbering().name
        data = codes.data.map_blocks(_look_up, table, label, name, dtype=np.uint8, meta=np.empty((0, 0), np.uint8))
        out = codes.copy(data=data)
        out.name, out.attrs = "land_class", {"nodata": UNKNOWN, "legend": name, "long_name": "land class"}
        return out


AnyCover = LandCover | PolygonCover
"""Land cover of cells or of polygons; both tell areas, codes and classes the same way."""


def _whole_numbers(block: npt.NDArray[np.floating], label: str) -> npt.NDArray[np.int32]:
    """Codes kept in a file of floats, as some tools write them; NaN is no data."""
    known = np.isfinite(block)
    codes = np.rint(np.where(known, block, _NO_CODE))
    if np.abs(np.where(known, block, _NO_CODE) - codes).max(initial=0.0) > _CODE_SLACK:
        raise InputError(
            f"{label}: values such as {block[known][0]:g} are no classes; give whole numbers.",
            f"{label}：{block[known][0]:g} 等值不是类别代码；请提供整数栅格。",
        )
    return codes.astype(np.int32)


@lru_cache(maxsize=32)
def _census(land: LandCover) -> pd.Series:
    grid, codes = land.grid, land.codes()
    box = gpd.GeoDataFrame(geometry=[shapely.box(*grid.bounds)], crs=grid.crs)
    with read_whole(land.source.label):
        area = class_areas(codes, box).area_m2.iloc[0]
    area.index.name, area.name = "code", "area_m2"
    return area


def refuse_unexplained(label: str, known: Legend, areas: pd.Series) -> None:
    """Stop where a raster holds codes its legend does not explain.

    Parameters
    ----------
    label : str
        Raster, for the message.
    known : Legend
        Its legend.
    areas : pandas.Series
        Code -> area [m²].

    Raises
    ------
    InputError
        With codes and areas, largest first.
    """
    strange = areas[[c not in known.classes and c not in known.nodata for c in areas.index]]
    if len(strange):
        strange = strange.sort_values(ascending=False)
        found = listing(f"{code} ({area / 1e4:,.1f} ha)" for code, area in strange.items())
        if len(strange) == 1 and int(strange.index[0]) in _FILLS:
            code = int(strange.index[0])
            raise InputError(
                f"{label}: legend {known.name!r} does not explain the codes {found}; if {code} marks no data, write it "
                f"into the file as nodata (gdal_edit -a_nodata {code}), else choose the legend of the product.",
                f"{label}：图例 {known.name!r} 未说明代码 {found}；若 {code} 表示无数据，请在文件中声明 nodata"
                f"（gdal_edit -a_nodata {code}），否则请选用该产品的图例。",
            )
        raise InputError(
            f"{label}: legend {known.name!r} does not explain the codes {found}; choose the legend of the product "
            "or give a table of your own.",
            f"{label}：图例 {known.name!r} 未说明代码 {found}；请选用该产品的图例，或提供自己的图例表。",
        )
    if known.name == "corine":
        low = [c for c in areas.index if c in known.classes and c < _CORINE_SPLIT]
        if low and len(low) < sum(c in known.classes for c in areas.index):
            raise InputError(
                f"{label}: CORINE codes 1-44 and 111-523 are mixed in one raster; use one numbering.",
                f"{label}：同一栅格混用了 CORINE 1-44 与 111-523 两种编码；请统一。",
            )


def _esri_numbering(label: str, codes: set[int]) -> str:
    """Numbering of the ESRI product that the codes fit; a place without trees and without crops fits none."""
    fits = []
    for name in _ESRI:
        known = legend(name)
        living = {c for c, k in known.classes.items() if k in ("forest", "cropland")}
        if known.explains(codes) and living & codes:
            fits.append(name)
    if len(fits) == 1:
        return fits[0]
    options = " or ".join(f'"{name}" ({legend(name).title_en})' for name in (fits or _ESRI))
    raise InputError(
        f"{label}: codes {listing(sorted(codes), 12)} fit {'several numberings' if fits else 'no numbering'} of the "
        f"ESRI land cover for certain; set legend = {options}.",
        f"{label}：代码 {listing(sorted(codes), 12)} {'同时符合多种' if fits else '不符合任何'}"
        f"ESRI 土地覆盖编码；请设置 legend = {options}。",
    )


def _look_up(block: npt.NDArray[np.integer], table: CodeTable, label: str, name: str) -> npt.NDArray[np.integer]:
    out, strange = table.translate(block)
    if strange:
        found = listing(f"{code} ({cells} cells)" for code, cells in strange.items())
        raise InputError(
            f"{label}: legend {name!r} does not explain the codes {found} of one block.",
            f"{label}：图例 {name!r} 未说明代码 {found}（某一分块）。",
        )
    return out
