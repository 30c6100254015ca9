"""Two dates: which land became which, and what the stock gained or lost by it.

Two maps of cells must lie on one grid; nothing is resampled behind one's back. Where only one date is known there is no
change, and the area is reported. Both dates use the same factors, so the error of a difference is that of land that
changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import dask.array as da
import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from guanghui.geo.cellarea import cell_areas
from guanghui.geo.codes import CodeTable
from guanghui.geo.errors import InputError
from guanghui.geo.grid import Grid
from guanghui.geo.landcover import AnyCover, LandCover, PolygonCover, land_class
from guanghui.geo.raster import CHUNK
from guanghui.geo.zonal import class_areas
from guanghui.sinks.factors.lookup import PoolTable, lookup, translated
from guanghui.sinks.years.polygon_change import polygon_transitions
from guanghui.sinks.years.transitions import Transitions

__all__ = [
    "PairAreas",
    "TableChange",
    "Transitions",
    "change_map",
    "check_same_grid",
    "pair_areas",
    "table_change",
    "transitions",
    "value_constant",
]

_MAX_CODES = 254
_COVERAGE = ("both_ha", "only_before_ha", "only_after_ha", "neither_ha")


def check_same_grid(before: xr.DataArray, after: xr.DataArray) -> None:
    """Stop unless two rasters lie on one grid to 1e-6 of a cell.

    Parameters
    ----------
    before, after : xarray.DataArray
        Rasters with their CRS, dims (y, x).

    Raises
    ------
    InputError
        With what differs: CRS, cell size, shape or place.
    """
    a, b = Grid.of(before), Grid.of(after)
    if a.matches(b):
        return
    if a.crs != b.crs:
        what = f"their CRS differ ({a.crs.name} and {b.crs.name})"
    elif not np.allclose(a.cell, b.cell, rtol=1e-9):
        what = f"their cells differ ({a.cell[0]:g} and {b.cell[0]:g})"
    elif a.shape != b.shape:
        what = f"their sizes differ ({a.shape} and {b.shape} rows and columns)"
    else:
        shift = (np.array(b.transform[2:6:3]) - np.array(a.transform[2:6:3])) / np.array(a.cell)
        what = f"one is shifted by {shift[0]:g} cells east and {-shift[1]:g} cells south"
    raise InputError(
        f"the maps of the two dates do not lie on one grid: {what}; warp one to the grid of the other.",
        f"两期图件网格不一致：{what}；请将其一重投影到另一网格。",
    )


@dataclass(frozen=True)
class PairAreas:
    """Area of every pair of codes in every zone."""

    area_ha: pd.DataFrame
    """Index of the zones, columns (before, after); 0 is unknown, and what is unknown at both dates is left out."""
    neither_ha: pd.Series
    """Area known at no date, outside the rasters included."""

    @property
    def known_ha(self) -> pd.DataFrame:
        """Pairs known at both dates."""
        return self.area_ha.loc[:, (self.codes(0) > 0) & (self.codes(1) > 0)]

    @property
    def coverage(self) -> pd.DataFrame:
        """``both_ha``, ``only_before_ha``, ``only_after_ha``, ``neither_ha``; they sum to the zone."""
        sums = [self.known_ha.sum(axis=1), self.area_ha.loc[:, self.codes(1) == 0].sum(axis=1),
                self.area_ha.loc[:, self.codes(0) == 0].sum(axis=1), self.neither_ha]  # fmt: skip
        return pd.concat(sums, axis=1, keys=list(_COVERAGE))

    def codes(self, side: int) -> npt.NDArray[np.int64]:
        """Code before (0) or after (1) of every column.

        Parameters
        ----------
        side : int
            0 before, 1 after.
        """
        return self.area_ha.columns.get_level_values(side).to_numpy(np.int64)


def pair_areas(before: xr.DataArray, after: xr.DataArray, zones: gpd.GeoDataFrame) -> PairAreas:
    """Area of every pair of codes in every zone.

    Parameters
    ----------
    before, after : xarray.DataArray
        uint8 codes on one grid, 0 where there is no data; lazy.
    zones : geopandas.GeoDataFrame
        Polygons, any CRS; they may overlap.

    Raises
    ------
    InputError
        If the rasters do not lie on one grid.
    """
    check_same_grid(before, after)
    left, right = _together(before, after)
    data = da.map_blocks(_pair, left.data, right.data, dtype=np.uint16, meta=np.empty((0, 0), np.uint16))
    found = class_areas(left.copy(data=data), zones, nodata=0)
    columns = pd.MultiIndex.from_arrays(np.divmod(found.area_m2.columns.to_numpy(), 256), names=["before", "after"])
    return PairAreas(found.area_m2.set_axis(columns, axis=1) / 1e4, (found.nodata_m2 + found.outside_m2) / 1e4)


def _together(before: xr.DataArray, after: xr.DataArray) -> tuple[xr.DataArray, xr.DataArray]:
    """Return both rasters with the chunks of the first."""
    left = before if before.chunks else before.chunk({"y": CHUNK, "x": CHUNK})
    assert left.chunks is not None
    return left, after.chunk(dict(zip(left.dims, left.chunks, strict=True)))


def _pair(before: npt.NDArray[np.uint8], after: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint16]:
    out = before.astype(np.uint16)
    out *= 256
    out += after
    return out


def transitions(
    before: AnyCover, after: AnyCover, townships: gpd.GeoDataFrame, border_m: float = 0.0, *, chunk: int = CHUNK
) -> Transitions:
    """Which class became which, by township; two layers of polygons are cut by each other, nothing is burned.

    Parameters
    ----------
    before, after : AnyCover
        Two dates on one grid, or two layers of polygons; legends may differ.
    townships : geopandas.GeoDataFrame
        ``code`` and polygons.
    border_m : float, default 0
        Of polygons: changed pieces narrower than this are told apart as borders drawn anew [m].
    chunk : int, default 2048
        Side of a chunk [cells]; memory goes with it.

    Returns
    -------
    Transitions

    Raises
    ------
    InputError
        Maps on two grids or of no or the wrong years; codes without a meaning.
    """
    years = check_two_dates(before, after)
    if isinstance(before, PolygonCover) and isinstance(after, PolygonCover):
        own = before.clip(townships), after.clip(townships)
        return polygon_transitions(*own, townships, border_m, years)
    zones = townships.set_index("code")[["geometry"]]
    first, second = (land.clip(townships).classify(chunk, check=False) for land in (before, after))
    found = pair_areas(first, second, zones)
    pairs = found.known_ha
    keys = {i: land_class(int(i)).key for i in np.unique(pairs.columns.to_frame().to_numpy())}
    long = pairs.T.melt(ignore_index=False, var_name="code", value_name="area_ha").reset_index()
    long[["before", "after"]] = long[["before", "after"]].apply(lambda c: c.map(keys))
    frame = long.loc[long["area_ha"] > 0, ["code", "before", "after", "area_ha"]].reset_index(drop=True)
    return Transitions(frame, found.coverage, years, _cell_ha(Grid.of(second)))


def _cell_ha(grid: Grid) -> float:
    middle = slice(grid.height // 2, grid.height // 2 + 1), slice(grid.width // 2, grid.width // 2 + 1)
    return float(cell_areas(grid).block(*middle)[0, 0]) / 1e4


def check_two_dates(before: AnyCover, after: AnyCover) -> float:
    """Stop unless two land covers have years in order and lie on one grid; nothing but their headers is read.

    Returns
    -------
    float
        Years between them.
    """
    if before.year is None or after.year is None or after.year <= before.year:
        raise InputError(
            f"landcover: the two dates need years, the earlier first; found {before.year} and {after.year} "
            "(`year` in [landcover_before] and [landcover]).",
            f"landcover：两期须给出年份且早者在前；现为 {before.year} 与 {after.year}"
            "（[landcover_before] 与 [landcover] 的 year）。",
        )
    if type(before) is not type(after) and not (before.accept_versions or after.accept_versions):
        raise InputError(
            f"landcover: {before.label} and {after.label} are a raster and a survey of polygons: their difference "
            "holds that of the methods; take two dates of one kind, or set `accept_versions = true` in "
            "[landcover_before].",
            f"landcover：{before.label} 与 {after.label} 一为栅格、一为调查图斑：两者之差含方法差异；"
            "请使用同类的两期数据，或在 [landcover_before] 设 accept_versions = true。",
        )
    differ = before.version and after.version and before.version != after.version
    if differ and not (before.accept_versions or after.accept_versions):
        was, now = before.label, after.label
        raise InputError(
            f"landcover: {was} is version {before.version}, {now} {after.version}: their difference holds the change "
            "of the algorithm; take two maps of one version, or set `accept_versions = true` in [landcover_before] to "
            "accept it.",
            f"landcover：{was} 为 {before.version} 版，{now} 为 {after.version} 版："
            "两者之差含算法变化；请改用同一版本的两期数据，或在 [landcover_before] 设 accept_versions = true。",
        )
    if isinstance(before, LandCover) and isinstance(after, LandCover):  # polygons are drawn on the grid of the other
        check_same_grid(before.codes(), after.codes())
    return float(after.year - before.year)


def change_map(before: xr.DataArray, after: xr.DataArray) -> xr.DataArray:
    """Difference of two densities, lazily; NaN where one of them is.

    Every number is a valid change, minus one included: unknown is NaN and nothing else.

    Parameters
    ----------
    before, after : xarray.DataArray
        Densities of one unit, dims (y, x).

    Raises
    ------
    InputError
        If the rasters do not lie on one grid.
    """
    check_same_grid(before, after)
    left, right = _together(before, after)
    data = da.map_blocks(lambda a, b: b - a, left.data, right.data, dtype=left.dtype, meta=np.empty((0, 0), left.dtype))
    out = left.copy(data=data)
    out.name, out.attrs = "change", {"units": left.attrs.get("units", ""), "long_name": "change"}
    return out


@dataclass(frozen=True)
class TableChange:
    """Stocks of two dates by a table of one's own."""

    zones: pd.DataFrame
    """Index of the zones: the four areas [ha], ``before_tc``, ``after_tc`` (each on all it knows), ``change_tc`` (where
    both are known) and, with a price, ``value``."""
    before: xr.DataArray
    """Density [t C/ha], lazy."""
    after: xr.DataArray
    change: xr.DataArray


def table_change(
    before: xr.DataArray,
    after: xr.DataArray,
    table: PoolTable,
    zones: gpd.GeoDataFrame,
    *,
    value_per_tc: float | None = None,
) -> TableChange:
    """Stock of two dates and its change by a carbon table of one's own.

    Parameters
    ----------
    before, after : xarray.DataArray
        Codes of the table on one grid, ``attrs["nodata"]`` where there is any; lazy.
    table : PoolTable
        Carbon by code, at most 254 codes.
    zones : geopandas.GeoDataFrame
        Polygons.
    value_per_tc : float, optional
        Value of a tonne of carbon stored, from :func:`value_constant`.

    Returns
    -------
    TableChange
        Sums are taken in double precision from areas, not from the float32 rasters.

    Raises
    ------
    InputError
        Maps on two grids, a code that is missing in the table.
    """
    numbers = {code: i + 1 for i, code in enumerate(table.total)}
    if len(numbers) > _MAX_CODES:
        raise InputError(
            f"{table.source}: the table has {len(numbers)} codes; at most {_MAX_CODES} can be compared.",
            f"{table.source}：表中有 {len(numbers)} 个代码；最多可比较 {_MAX_CODES} 个。",
        )
    density = np.array([0.0, *table.total.values()])
    found = pair_areas(_numbered(before, numbers), _numbered(after, numbers), zones)
    first, second = (density[found.codes(side)] for side in (0, 1))
    areas = found.area_ha.to_numpy()
    out = found.coverage
    out["before_tc"], out["after_tc"] = areas @ first, areas @ second
    out["change_tc"] = areas @ np.where((found.codes(0) > 0) & (found.codes(1) > 0), second - first, 0.0)
    if value_per_tc is not None:
        out["value"] = out["change_tc"] * value_per_tc
    old, new = lookup(before, table.total), lookup(after, table.total)
    return TableChange(out, old, new, change_map(old, new))


def _numbered(codes: xr.DataArray, numbers: Mapping[int, int]) -> xr.DataArray:
    """Codes renumbered 1…254, 0 where there is no data."""
    void = codes.attrs.get("nodata")
    known = CodeTable({**numbers, **({int(void): 0} if void is not None else {})}, np.uint8)

    out = translated(codes if codes.chunks else codes.chunk({"y": CHUNK, "x": CHUNK}), known, np.uint8)
    out.attrs = {"nodata": 0}
    return out


def value_constant(
    first_year: int, last_year: int, price: float, *, discount_pct: float, price_change_pct: float
) -> float:
    """Value of storing a tonne of carbon over the years between two dates, stored evenly.

    Parameters
    ----------
    first_year, last_year : int
        Dates of the two maps.
    price : float
        Price of a tonne of carbon. A price for a tonne of CO₂ is to be multiplied by 44/12 first.
    discount_pct, price_change_pct : float
        Yearly discount and yearly change of the price [%]; percent, not a share.

    Returns
    -------
    float
        Value for each tonne, in the currency of the price.

    Raises
    ------
    InputError
        If the dates are not in order, or a rate is -100 % or less.

    Notes
    -----
    ``p/n (1 + q + … + q^(n−1))`` with ``q = 1/((1 + r)(1 + c))``, the formula of the InVEST carbon model, whose users'
    guide gives it; with both rates 0 it is the price.

    Examples
    --------
    >>> round(value_constant(2010, 2012, 50, discount_pct=50, price_change_pct=5), 8)
    40.87301587
    """
    years = last_year - first_year
    if years <= 0:
        raise InputError(
            f"value: {last_year} does not come after {first_year}.", f"value：{last_year} 不晚于 {first_year}。"
        )
    if min(discount_pct, price_change_pct) <= -100:
        raise InputError(
            "value: a yearly rate of -100 % or less leaves nothing to count.", "value：年变化率不能为 -100 % 或更低。"
        )
    q = 1 / ((1 + discount_pct / 100) * (1 + price_change_pct / 100))
    return price / years * float(sum(q**k for k in range(years)))
