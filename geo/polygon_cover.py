"""Land cover as polygons (三调 DLTB and its like): exact areas on the ellipsoid, no raster where a table is wanted.

Codes stay text, so that a letter keeps its meaning (1104A, 05H1). Each place counts once: where polygons overlap a
little the smaller one keeps the ground, much of it is refused. A map is burned when it is drawn.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import Any

import dask.array as da
import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
import xarray as xr
from pyproj import CRS

from guanghui.geo.burn import burn_block
from guanghui.geo.coverage import Coverage, coverage
from guanghui.geo.errors import InputError, listing
from guanghui.geo.grid import Grid
from guanghui.geo.legends import Legend, land_class
from guanghui.geo.notes import Notes
from guanghui.geo.polygon_area import equal_area_m2, overlapping_pairs
from guanghui.geo.raster import CHUNK, from_numpy
from guanghui.geo.vector import to_crs
from guanghui.geo.zonal import ClassAreas

__all__ = ["PolygonCover"]

_CELL_M, _MOST_CELLS = 10.0, 40_000_000
_DUST_M2, _GAP_SHARE, _OVERLAP_SHARE, _CLOSURE = 1e-2, 1e-4, 1e-4, 1e-7
_LISTED = 12


@dataclass(frozen=True, eq=False)
class PolygonCover:
    """Land-cover polygons, the legend of their codes and the year they show."""

    path: Path
    frame: gpd.GeoDataFrame
    """``code`` (text as the legend writes it, or as found where it does not), ``stated_m2`` (the layer's own area, NaN
    where it has none), polygons in a metric CRS."""
    legend: Legend
    year: int | None = None
    accept_versions: bool = False
    stated: str = ""
    """Column of the layer's own areas; empty where it has none."""
    part: Grid | None = None
    """Grid a map is drawn on; of about 10 m around all polygons by default."""

    version = ""
    """Polygons carry no version of an algorithm."""

    @property
    def label(self) -> str:
        """File, for messages."""
        return str(self.path)

    @cached_property
    def grid(self) -> Grid:
        """Grid a map of the classes is drawn on."""
        return self.part or _grid(self.frame, CRS(self.frame.crs))

    def clip(self, zones: gpd.GeoDataFrame, margin: int = 1) -> PolygonCover:
        """Use only the polygons that touch some zones; maps are drawn around the zones.

        Parameters
        ----------
        zones : geopandas.GeoDataFrame
            Polygons, any CRS.
        margin : int, default 1
            Cells kept around them on maps.

        Raises
        ------
        InputError
            If no polygon touches a zone.
        """
        own = zones.to_crs(self.frame.crs)
        asked = hash((margin, *shapely.to_wkb(own.geometry.to_numpy())))
        if asked not in self._clips:  # one object for the same zones, so that nothing is worked out twice
            self._clips[asked] = self._clipped(own, margin)
        return self._clips[asked]

    @cached_property
    def _clips(self) -> dict[int, PolygonCover]:
        """Parts of this cover by the zones they were asked for."""
        return {}

    def _clipped(self, own: gpd.GeoDataFrame, margin: int) -> PolygonCover:
        near = np.sort(self._tree.query(shapely.union_all(own.geometry.to_numpy()), predicate="intersects"))
        if len(near) == 0:
            raise InputError(
                f"{self.label}: the land cover lies outside the townships; check its CRS and place.",
                f"{self.label}：土地覆盖不在乡镇范围内；请检查其 CRS 与所示地点。",
            )
        grid = _grid(own, CRS(own.crs)).pad(margin) if self.part is None else self.part
        if len(near) == len(self.frame):
            return replace(self, part=grid)
        return replace(self, frame=self.frame.iloc[near].reset_index(drop=True), part=grid)

    def on(self, grid: Grid) -> PolygonCover:
        """The same polygons, drawn on a grid, for a comparison with a raster.

        Parameters
        ----------
        grid : Grid
            Grid to draw on.
        """
        return replace(self, part=grid)

    def numbering(self) -> Legend:
        """Legend of the codes."""
        return self.legend

    @cached_property
    def _tree(self) -> shapely.STRtree:
        return shapely.STRtree(self.frame.geometry.to_numpy())

    @cached_property
    def settled(self) -> tuple[npt.NDArray[Any], pd.DataFrame]:
        """Shapes in which each place belongs to one polygon, and the pairs that overlapped.

        Returns
        -------
        shapes : numpy.ndarray
            Polygons; of two that overlap the smaller keeps the ground.
        pairs : pandas.DataFrame
            ``kept``, ``cut`` (positions) and ``area_m2``.
        """
        shapes = self.frame.geometry.to_numpy().copy()
        pairs = overlapping_pairs(shapes, _DUST_M2)
        size = shapely.area(shapes)
        small = np.where(size[pairs[:, 0]] <= size[pairs[:, 1]], 0, 1) if len(pairs) else np.empty(0, int)
        rows = []
        for pair, own in zip(pairs, small, strict=True):
            kept, cut = int(pair[own]), int(pair[1 - own])
            common = shapely.area(shapely.intersection(shapes[kept], shapes[cut]))
            shapes[cut] = shapely.difference(shapes[cut], shapes[kept])
            rows.append((kept, cut, float(common)))
        return shapes, pd.DataFrame(rows, columns=["kept", "cut", "area_m2"])

    @cached_property
    def _area_m2(self) -> npt.NDArray[np.float64]:
        return equal_area_m2(self.settled[0], CRS(self.frame.crs))

    def census(self) -> pd.Series:
        """Area of every code [m²], index ``code``."""
        return pd.Series(self._area_m2).groupby(self.frame["code"].to_numpy()).sum().rename_axis("code")

    def areas(self, zones: gpd.GeoDataFrame) -> ClassAreas:
        """Area of every code in every zone; ground no polygon covers is without data.

        Parameters
        ----------
        zones : geopandas.GeoDataFrame
            Polygons, any CRS; they may overlap.
        """
        own = to_crs(zones, CRS(self.frame.crs), "zones")
        pieces = self.pieces(own.geometry.to_numpy())
        codes, column = np.unique(self.frame["code"].to_numpy().astype(str), return_inverse=True)
        table = np.zeros((len(zones), len(codes)))
        np.add.at(table, (pieces["zone"], column[pieces["row"]]), pieces["area_m2"])
        frame = pd.DataFrame(table, index=zones.index, columns=codes.astype(object))
        whole = equal_area_m2(own.geometry.to_numpy(), CRS(own.crs))
        gap = whole - table.sum(axis=1)
        gap[gap < np.maximum(_DUST_M2, _CLOSURE * whole)] = 0.0
        none = pd.Series(0.0, index=zones.index, name="outside_m2")
        return ClassAreas(frame.loc[:, (frame > 0).any()], pd.Series(gap, zones.index, name="nodata_m2"), none)

    def pieces(self, zones: npt.NDArray[Any]) -> pd.DataFrame:
        """Parts of the polygons in zones.

        Parameters
        ----------
        zones : numpy.ndarray
            Polygons in the CRS of the cover; they may overlap.

        Returns
        -------
        pandas.DataFrame
            ``zone``, ``row`` (positions), ``area_m2`` of the part and ``whole`` (all of the polygon lies inside).
        """
        asked = hash(tuple(shapely.to_wkb(zones)))
        if asked in self._found:
            return self._found[asked]
        shapes = self.settled[0]
        zone, row = self._settled_tree.query(zones, predicate="intersects")
        inside = self._settled_tree.query(zones, predicate="contains")
        whole = np.isin(zone * len(shapes) + row, inside[0] * len(shapes) + inside[1])
        area = self._area_m2[row]
        cut = np.flatnonzero(~whole)
        parts = shapely.intersection(shapes[row[cut]], zones[zone[cut]])
        area[cut] = equal_area_m2(parts, CRS(self.frame.crs))
        out = pd.DataFrame({"zone": zone, "row": row, "area_m2": area, "whole": whole})
        self._found[asked] = out = out[out["area_m2"] > 0]
        return out

    @cached_property
    def _found(self) -> dict[int, pd.DataFrame]:
        """Pieces by the zones they were asked for."""
        return {}

    @cached_property
    def _settled_tree(self) -> shapely.STRtree:
        return shapely.STRtree(self.settled[0])

    def check(self) -> pd.Series:
        """Make sure that every code is explained and each place belongs to one polygon; area by code [m²].

        Raises
        ------
        InputError
            Unexplained codes with their hectares; polygons that overlap.
        """
        areas, known = self.census(), self.legend
        strange = areas[[not known.explains([c]) for c in areas.index]].sort_values(ascending=False)
        if len(strange):
            found = listing([f"{c or '(empty)'} ({a / 1e4:,.2f} ha)" for c, a in strange.items()], _LISTED)
            raise InputError(
                f"{self.label}: legend {known.name!r} does not explain the codes {found}; name the column of the codes "
                "with `code`, choose the legend that fits, or give a table of your own.",
                f"{self.label}：图例 {known.name!r} 未说明代码 {found}；请用 code 指明地类代码字段、选用相符的图例，"
                "或提供自己的图例表。",
            )
        pairs = self.settled[1]
        twice = float(pairs["area_m2"].sum())
        if twice > _OVERLAP_SHARE * float(areas.sum()):
            codes = self.frame["code"].to_numpy()
            most = pairs.sort_values("area_m2", ascending=False).head(_LISTED)
            words = listing(
                [f"{codes[r.kept]}/{codes[r.cut]} ({r.area_m2 / 1e4:,.2f} ha)" for r in most.itertuples()], _LISTED
            )
            raise InputError(
                f"{self.label}: polygons overlap on {twice / 1e4:,.2f} ha: {words}; each place must belong to one "
                "polygon, mend the topology of the layer.",
                f"{self.label}：图斑重叠 {twice / 1e4:,.2f} 公顷：{words}；每处只能属于一个图斑，请修复拓扑。",
            )
        return areas

    def fit(self, townships: gpd.GeoDataFrame, notes: Notes) -> None:
        """Say where polygons and townships do not fit: overlaps counted once, gaps, land beyond the borders.

        Parameters
        ----------
        townships : geopandas.GeoDataFrame
            ``name`` and polygons.
        notes : Notes
            Told, with hectares.
        """
        twice = float(self.settled[1]["area_m2"].sum()) / 1e4
        if twice > 0:
            notes.add("landcover", f"polygons overlap on {twice:,.4g} ha: counted once, for the smaller polygon",
                      f"图斑重叠 {twice:,.4g} 公顷：只计一次，归较小图斑")  # fmt: skip
        found = self.areas(townships)
        gaps = found.nodata_m2[found.nodata_m2 > _GAP_SHARE * found.total_m2] / 1e4
        names = townships["name"].astype(str)
        if len(gaps):
            said = listing([f"{names[i]} {ha:,.2f} ha" for i, ha in gaps.items()], _LISTED)
            said_zh = listing([f"{names[i]} {ha:,.2f} 公顷" for i, ha in gaps.items()], _LISTED)
            notes.add("landcover", f"no polygon covers {said}: without data in the account",
                      f"图斑未覆盖{said_zh}：账户中按无数据计")  # fmt: skip
        beyond = float(self._area_m2.sum()) / 1e4 - float(found.known_m2.sum()) / 1e4
        if beyond > _GAP_SHARE * float(found.total_m2.sum()) / 1e4:
            notes.add("landcover", f"{beyond:,.2f} ha of the polygons lie outside the townships and do not count",
                      f"图斑有 {beyond:,.2f} 公顷位于乡镇界外，不计入")  # fmt: skip

    def reconcile(self, townships: gpd.GeoDataFrame) -> pd.DataFrame | None:
        """Put the layer's own areas beside those of its polygons, code by code.

        A polygon cut by the border counts with the part of its stated area that lies inside.

        Parameters
        ----------
        townships : geopandas.GeoDataFrame
            Polygons.

        Returns
        -------
        pandas.DataFrame or None
            ``code``, ``label_zh``, ``label_en``, ``class``, ``stated_ha``, ``mapped_ha``, ``unstated_ha`` (polygons
            without an area of their own, not compared), ``difference_ha`` (stated less mapped), ``difference_pct``;
            None where the layer states no area.
        """
        if not self.stated:
            return None
        own = to_crs(townships, CRS(self.frame.crs), "townships")
        pieces = self.pieces(own.geometry.to_numpy())
        row = pieces["row"].to_numpy()
        stated = self.frame["stated_m2"].to_numpy(float)[row] * (pieces["area_m2"].to_numpy() / self._area_m2[row])
        told = np.isfinite(stated)
        lines = pd.DataFrame({
            "code": self.frame["code"].to_numpy()[row], "stated_ha": np.where(told, stated, 0.0) / 1e4,
            "mapped_ha": pieces["area_m2"].to_numpy() / 1e4,
            "unstated_ha": np.where(told, 0.0, pieces["area_m2"].to_numpy()) / 1e4,
        })  # fmt: skip
        out = lines.groupby("code", as_index=False).sum()
        compared = out["mapped_ha"] - out["unstated_ha"]
        out["difference_ha"] = out["stated_ha"] - compared
        out["difference_pct"] = 100 * (out["difference_ha"] / compared).where(compared > 0)
        labels = [self.legend.labels.get(c, ("", "")) for c in out["code"]]
        out.insert(1, "label_zh", [zh for zh, _ in labels])
        out.insert(2, "label_en", [en for _, en in labels])
        out.insert(3, "class", [self.legend.classes.get(c, "") for c in out["code"]])
        return out

    # --- maps
    def codes(self, chunk: int = CHUNK) -> xr.DataArray:
        """Classes on the grid; polygons have no codes in numbers.

        Parameters
        ----------
        chunk : int, default 2048
            Side of a chunk [cells].
        """
        return self.classify(chunk, check=False)

    def classify(self, chunk: int = CHUNK, *, check: bool = True) -> xr.DataArray:
        """Burn the common classes onto the grid, lazily: a cell takes the polygon that holds the largest part of it.

        Parameters
        ----------
        chunk : int, default 2048
            Side of a chunk [cells].
        check : bool, default True
            See :meth:`check`.

        Returns
        -------
        xarray.DataArray
            uint8 ids of :func:`geo.legends.land_classes`, dims (y, x), 0 where there is no polygon.
        """
        if check:
            self.check()
        ids = {code: land_class(key).id for code, key in self.legend.classes.items()}
        numbers = np.array([*(ids.get(c, 0) for c in self.frame["code"]), 0], np.uint8)
        return self._burned(numbers, chunk, name="land_class", nodata=0, legend=self.legend.name)

    def numbered(self, numbers: Mapping[Any, int], chunk: int = CHUNK) -> xr.DataArray:
        """Numbers of one's own for the codes, burned onto the grid (int32); 0 where there is no polygon.

        Parameters
        ----------
        numbers : mapping
            Code of the legend -> number.
        chunk : int, default 2048
            Side of a chunk [cells].
        """
        own = np.array([*(numbers.get(c, 0) for c in self.frame["code"]), 0], np.int32)
        return self._burned(own, chunk, name="units", nodata=0)

    def _burned(self, numbers: npt.NDArray[Any], chunk: int = CHUNK, *, name: str, **attrs: object) -> xr.DataArray:
        """Number of the polygon of every cell, lazily; the last of ``numbers`` is that of cells without one."""
        lazy = _Cells(self.settled[0], self.frame.crs, self.grid)
        like = da.zeros(self.grid.shape, chunks=(chunk, chunk), dtype=np.uint8)
        data = da.map_blocks(_numbered, like, cells=lazy, numbers=_Kept(numbers), dtype=numbers.dtype,
                             meta=np.empty((0, 0), numbers.dtype), name=f"{name}-{id(lazy):x}")  # fmt: skip
        return from_numpy(data, self.grid, name=name).assign_attrs(attrs)


class _Kept:
    """An array dask does not take for one of blocks."""

    def __init__(self, values: npt.NDArray[Any]) -> None:
        self.array = values


class _Cells:
    """Parts of cells that polygons cover, worked out when the first block asks."""

    def __init__(self, shapes: npt.NDArray[Any], crs: Any, grid: Grid) -> None:
        self._frame, self._grid = gpd.GeoDataFrame(geometry=shapes, crs=crs), grid
        self._lock = Lock()
        self._cover: Coverage | None = None

    def __getstate__(self) -> Mapping[str, Any]:
        return {"_frame": self._frame, "_grid": self._grid}

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        self.__dict__.update(state, _lock=Lock(), _cover=None)

    @property
    def cover(self) -> Coverage:
        with self._lock:
            if self._cover is None:
                self._cover = coverage(self._frame, self._grid)
            return self._cover


def _numbered(block: npt.NDArray[Any], cells: _Cells, numbers: _Kept, block_info: Any = None) -> npt.NDArray[Any]:
    owner = burn_block(block, cover=cells.cover, at_least=0.5, block_info=block_info)
    return np.asarray(numbers.array[owner])


def _grid(frame: gpd.GeoDataFrame, crs: CRS) -> Grid:
    """Grid of about 10 m around a layer, coarser where it would be too large."""
    west, south, east, north = (float(v) for v in frame.total_bounds)
    cell = _CELL_M
    while (east - west) * (north - south) / cell**2 > _MOST_CELLS:
        cell *= 2
    box = (np.floor(west / cell) * cell, np.floor(south / cell) * cell, np.ceil(east / cell) * cell,
           np.ceil(north / cell) * cell)  # fmt: skip
    return Grid.from_bounds((float(box[0]), float(box[1]), float(box[2]), float(box[3])), cell, crs)
