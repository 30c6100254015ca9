"""Side tables and layers of a region file that stand beside its rasters and outlines, read when first asked for."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd
import shapely
from pyproj import CRS

from guanghui.geo.columns import require_columns, text_column
from guanghui.geo.errors import InputError, listing
from guanghui.geo.side_table import plain_numbers, read_side_table
from guanghui.geo.vector import read_layer, to_crs
from guanghui.maps.page.labels import PlaceLabels
from guanghui.maps.settings import LabelLayer
from guanghui.plan.inputs.declared import DeclaredRegion
from guanghui.plan.inputs.events import read_events
from guanghui.plan.inputs.looked import read_looked
from guanghui.pv.energy.loads import load_shapes
from guanghui.pv.meters.read import Metered, joined, read_meters
from guanghui.pv.programme.chosen import read_chosen
from guanghui.pv.programme.existing import read_existing
from guanghui.pv.programme.money import Prices, prices
from guanghui.pv.sites.assess import Site, names_once

if TYPE_CHECKING:
    from guanghui.geo.notes import Notes

__all__ = ["TabledRegion"]


class TabledRegion(DeclaredRegion):
    """A declared region with its side tables."""

    notes: Notes
    crs: cached_property[CRS]
    """Metric CRS the layers are brought to."""
    townships: cached_property[gpd.GeoDataFrame]
    """Units of every result."""
    whole: cached_property[Any]
    """The region with all its townships."""

    @cached_property
    def existing(self) -> pd.DataFrame | None:
        """Systems of ``[existing]`` as they are listed, or None."""
        section = self.file.existing
        if section is None:
            return None
        return read_existing(self._one("existing", "path", section.path))

    @cached_property
    def power_grid(self) -> pd.DataFrame | None:
        """Rated capacity by township of ``[grid]``: ``place`` (code or name), ``capacity_kva``; or None."""
        section = self.file.grid
        if section is None:
            return None
        path = self._one("grid", "path", section.path)
        raw = read_side_table(path)
        place = next((c for c in ("township_code", "township") if c in raw), None)
        if place is None or "capacity_kva" not in raw:
            raise InputError(
                f"{path.name}: needs township_code or township, and capacity_kva; found {listing(raw.columns)}.",
                f"{path.name}：需要 township_code 或 township，以及 capacity_kva 列；现有 {listing(raw.columns)}。",
            )
        size = plain_numbers(raw["capacity_kva"])
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
        known = prices(settings, self.file.pv.vintage)
        return known, load_shapes(self._one("economics", "loads", settings.loads) if settings.loads else None)

    @cached_property
    def looked(self) -> pd.DataFrame | None:
        """Roofs somebody looked at, of ``[pv.form] looked`` (:func:`plan.inputs.looked.read_looked`), or None."""
        given = self.file.pv.form.looked
        return None if given is None else read_looked(self._one("pv.form", "looked", given))

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
    def chosen_roofs(self) -> tuple[pd.DataFrame, ...]:
        """Lists of ``[[coverage.chosen]]``: ids and years of roofs chosen by hand."""
        entries = self.file.coverage.chosen
        return tuple(read_chosen(self._one("coverage", "chosen", entry.path), entry.year) for entry in entries)

    @cached_property
    def labels(self) -> tuple[PlaceLabels, ...]:
        """Names and roads of ``[[maps.labels]]`` in the CRS of the region."""
        return tuple(self._labels(number, entry) for number, entry in enumerate(self.file.maps.labels, 1))

    def _labels(self, number: int, entry: LabelLayer) -> PlaceLabels:
        path = self._one("maps", "labels", entry.path)
        raw = read_layer(path, layer=entry.layer, crs=entry.crs, encoding=entry.encoding, polygons=False,
                         notes=self.notes)  # fmt: skip
        require_columns(path, raw, {"maps.labels.name": entry.name})
        there = ~(shapely.is_missing(raw.geometry.to_numpy()) | shapely.is_empty(raw.geometry.to_numpy()))
        frame = to_crs(raw.loc[there, ["geometry"]], self.crs, path)
        frame["name"] = text_column(raw.loc[there, entry.name]).to_numpy(dtype=object)
        if not frame.intersects(shapely.box(*self.whole.townships.total_bounds)).any():
            raise InputError(
                f"[[maps.labels]] {number}: nothing of {path.name} lies in the townships; correct its CRS or the file.",
                f"[[maps.labels]] 第 {number} 项：{path.name} 没有要素落在乡镇范围内；请更正其坐标系或文件。",
            )
        return PlaceLabels(entry.kind, frame.reset_index(drop=True))

    @cached_property
    def events(self) -> pd.DataFrame | None:
        """Events of ``[[events]]``, or None."""
        entries = self.file.events
        return read_events(entries, lambda value: self._one("events", "path", value), self.crs, self.notes)

    @cached_property
    def zone(self) -> gpd.GeoDataFrame | None:
        """Zone of ``[coverage]`` whose roofs are a base of their own, or None."""
        value = self.file.coverage.zone
        if value is None:
            return None
        path = self._one("coverage", "zone", value)
        zone = self._shapes(path)
        if not zone.intersects(self.whole.townships.union_all()).any():
            raise InputError(
                f"{path.name}: the zone of [coverage] lies outside the townships; correct its CRS or the file.",
                f"{path.name}：[coverage] zone 不在乡镇范围内；请更正其坐标系或文件。",
            )
        return zone

    @cached_property
    def meters(self) -> Metered | None:
        """Energy of plants of ``[meters]``, or None."""
        section = self.file.meters
        if section is None:
            return None
        files = [self._one("meters", "path", value) for value in section.path]
        return joined([read_meters(file, stamp=section.stamp) for file in files])

    @cached_property
    def meters_expected(self) -> Metered | None:
        """What each plant should have given, or None."""
        section = self.file.meters
        if section is None or section.expected is None:
            return None
        return read_meters(self._one("meters", "expected", section.expected), stamp=section.stamp)

    @cached_property
    def site_layers(self) -> tuple[Site, ...]:
        """Plants beyond roofs of ``[[sites]]``, with their polygons."""
        found = []
        for number, given in enumerate(self.file.sites, 1):
            path = self._one("sites", "path", given.path)
            raw = read_layer(path, layer=given.layer, crs=given.crs, encoding=given.encoding, notes=self.notes)
            flat = raw.geometry.geom_type.isin(["Polygon", "MultiPolygon"])
            if raw.empty or not flat.all():
                raise InputError(
                    f"[[sites]] {number} ({given.name}): {path.name} must hold polygons, and at least one.",
                    f"[[sites]] 第 {number} 项（{given.name}）：{path.name} 应为面要素，且至少一个。",
                )
            frame = to_crs(raw[["geometry"]], self.crs, path)
            if given.height is not None:
                require_columns(path, raw, {"sites.height": given.height})
                frame["height_m"] = plain_numbers(raw[given.height].astype(str)).to_numpy()
            found.append(Site(given, frame))
        names_once(found)
        return tuple(found)

    @cached_property
    def site_exclusions(self) -> tuple[tuple[gpd.GeoDataFrame, str, str], ...]:
        """Layers of ``[[site_rules.exclude]]`` with their reasons in Chinese and English."""
        found = []
        for entry in self.file.site_rules.exclude:
            layer = self._shapes(self._one("site_rules", "exclude", entry.path), crs=entry.crs)
            found.append((layer, entry.reason, entry.reason_en or entry.reason))
        return tuple(found)

    @cached_property
    def site_near(self) -> gpd.GeoDataFrame | None:
        """Lines or stations that new plants must stand near, or None."""
        value = self.file.site_rules.near
        return None if value is None else self._shapes(self._one("site_rules", "near", value))

    @cached_property
    def protected(self) -> gpd.GeoDataFrame | None:
        """Protected areas of ``[protected]``, or None."""
        return self._area("protected")

    @cached_property
    def built_up(self) -> gpd.GeoDataFrame | None:
        """The built-up area of ``[built_up]``, or None."""
        return self._area("built_up")

    def _area(self, section: str) -> gpd.GeoDataFrame | None:
        given = getattr(self.file, section)
        if given is None:
            return None
        path = self._one(section, "path", given.path)
        return self._shapes(path, layer=given.layer, crs=given.crs, encoding=given.encoding)

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
        return None if value is None else self._shapes(self._one("planting", key, value))

    def _shapes(self, path: Path, **how: str | None) -> gpd.GeoDataFrame:
        """Bare polygons of a layer in the CRS of the region; ``how`` goes to :func:`geo.vector.read_layer`."""
        raw = read_layer(path, notes=self.notes, **how)  # type: ignore[arg-type]
        return to_crs(raw[["geometry"]], self.crs, path)
