"""Side tables and layers of a region file that stand beside its rasters and outlines, read when first asked for."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import pandas as pd
from pyogrio.errors import DataSourceError
from pyproj import CRS

from guanghui.geo.errors import InputError, listing
from guanghui.geo.vector import read_layer, to_crs
from guanghui.plan.inputs.declared import DeclaredRegion
from guanghui.pv.energy.loads import load_shapes
from guanghui.pv.programme.existing import read_existing
from guanghui.pv.programme.money import Prices, prices

if TYPE_CHECKING:
    from guanghui.geo.notes import Notes

__all__ = ["TabledRegion"]

_UNREADABLE = (UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError, DataSourceError)


def _cannot(path: Path, error: Exception) -> InputError:
    what = (str(error).splitlines() or [type(error).__name__])[0][:160]
    return InputError(
        f"{path}: this table cannot be read ({what}); save it as a CSV in UTF-8.",
        f"{path}：表格无法读取（{what}）；请另存为 UTF-8 编码的 CSV。",
    )


class TabledRegion(DeclaredRegion):
    """A declared region with its side tables."""

    notes: Notes

    @cached_property
    def crs(self) -> CRS:
        """Metric CRS the layers are brought to."""
        raise NotImplementedError

    @cached_property
    def existing(self) -> pd.DataFrame | None:
        """Systems of ``[existing]`` as they are listed, or None."""
        section = self.file.existing
        if section is None:
            return None
        path = self._one("existing", "path", section.path)
        try:
            return read_existing(path)
        except _UNREADABLE as error:
            raise _cannot(path, error) from error

    @cached_property
    def power_grid(self) -> pd.DataFrame | None:
        """Rated capacity by township of ``[grid]``: ``place`` (code or name), ``capacity_kva``; or None."""
        section = self.file.grid
        if section is None:
            return None
        path = self._one("grid", "path", section.path)
        try:
            raw = pd.read_csv(path, comment="#", dtype=str, encoding="utf-8-sig")
        except _UNREADABLE as error:
            raise _cannot(path, error) from error
        place = next((c for c in ("township_code", "township") if c in raw), None)
        if place is None or "capacity_kva" not in raw:
            raise InputError(
                f"{path.name}: needs township_code or township, and capacity_kva; found {listing(raw.columns)}.",
                f"{path.name}：需要 township_code 或 township，以及 capacity_kva 列；现有 {listing(raw.columns)}。",
            )
        size = pd.to_numeric(raw["capacity_kva"], errors="coerce")
        if size.isna().any() or (size < 0).any():
            row = int((size.isna() | (size < 0)).to_numpy().argmax()) + 1
            raise InputError(
                f"{path.name}: capacity_kva of row {row} is no number above 0; correct it.",
                f"{path.name}：第 {row} 行 capacity_kva 不是正数；请更正。",
            )
        table = pd.DataFrame({"place": raw[place].astype(str), "capacity_kva": size})
        return table.groupby("place", as_index=False)["capacity_kva"].sum()

    @cached_property
    def price_tables(self) -> tuple[Prices, pd.DataFrame] | None:
        """Prices and hourly loads of ``[economics]``, or None."""
        settings = self.file.economics
        if settings is None:
            return None
        known = prices(settings)
        path = self._one("economics", "loads", settings.loads) if settings.loads else None
        try:
            return known, load_shapes(path)
        except _UNREADABLE as error:
            raise _cannot(path or self.path, error) from error

    @cached_property
    def left_out(self) -> tuple[tuple[gpd.GeoDataFrame, str], ...]:
        """Layers of ``[[coverage.exclude]]`` with their reasons."""
        layers = []
        for number, entry in enumerate(self.file.coverage.exclude, 1):
            path = self._one("coverage", "exclude", entry.path)
            layer = read_layer(path, crs=entry.crs, notes=self.notes)
            if layer.empty:
                raise InputError(
                    f"[[coverage.exclude]] {number}: {path.name} holds no polygon; remove the entry.",
                    f"[[coverage.exclude]] 第 {number} 项：{path.name} 没有面要素；请删除该项。",
                )
            layers.append((layer, entry.reason))
        return tuple(layers)

    @cached_property
    def farmland(self) -> gpd.GeoDataFrame | None:
        """Permanent basic farmland, or None."""
        return self._planting("farmland")

    @cached_property
    def excluded(self) -> gpd.GeoDataFrame | None:
        """Land kept out of planting, or None."""
        return self._planting("excluded")

    @cached_property
    def planned(self) -> gpd.GeoDataFrame | None:
        """Land planned for forest, or None."""
        return self._planting("planned")

    @cached_property
    def cleared(self) -> gpd.GeoDataFrame | None:
        """Cleared coastal ponds, or None."""
        return self._planting("cleared")

    def _planting(self, key: str) -> gpd.GeoDataFrame | None:
        value = getattr(self.file.planting, key)
        if value is None:
            return None
        path = self._one("planting", key, value)
        return to_crs(read_layer(path, notes=self.notes)[["geometry"]], self.crs, path)
