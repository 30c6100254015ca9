"""A region opened for work: settings, and inputs read when they are first asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
from pyproj import CRS

from guanghui.geo.building_facts import FACTS
from guanghui.geo.buildings import read_buildings
from guanghui.geo.columns import require_columns, text_column
from guanghui.geo.crs import is_metric, lonlat_bounds, metric_crs, parse_crs
from guanghui.geo.errors import InputError
from guanghui.geo.height_raster import with_raster_heights
from guanghui.geo.landcover import AnyCover, LandCover, Legend, PolygonCover, custom_legend
from guanghui.geo.notes import Notes
from guanghui.geo.own_legend import read_legend
from guanghui.geo.raster_source import RasterSource, raster_source
from guanghui.geo.surface import sample_heights
from guanghui.geo.townships import read_townships, select_townships
from guanghui.geo.vector import read_layer, to_crs
from guanghui.maps.settings import MapSettings
from guanghui.plan.inputs.config import StationSection, WeatherSection
from guanghui.plan.inputs.land_sections import LandcoverSection
from guanghui.plan.inputs.landcover import is_polygons, read_polygons
from guanghui.plan.inputs.looked import with_looked
from guanghui.plan.inputs.stands import read_stands
from guanghui.plan.inputs.tables import TabledRegion
from guanghui.pv.programme.chosen import chosen_years
from guanghui.pv.settings import CoverageSettings, PvSettings
from guanghui.pv.sun.normals import normals_table, weather_from_normals
from guanghui.pv.sun.stations import weather_at
from guanghui.pv.sun.weather import Weather
from guanghui.pv.sun.weather_files import read_weather
from guanghui.sinks.factors.own_growth import read_own_growth
from guanghui.sinks.factors.own_pools import OwnPools, read_own_pools
from guanghui.sinks.factors.table import OwnCurve
from guanghui.sinks.settings import SinkSettings
from guanghui.sinks.years.change import check_two_dates
from guanghui.sinks.years.effect import WorksSurvey

__all__ = ["Region", "Settings", "open_region"]


@dataclass(frozen=True)
class Settings:
    """Settings of the rooms, as the rooms ask for them."""

    pv: PvSettings
    coverage: CoverageSettings
    sinks: SinkSettings
    maps: MapSettings
    surface_unit: str
    canopy_is: str


class Region(TabledRegion):
    """A region: what its file says, and its inputs, each read once and checked when first used.

    Parameters
    ----------
    path : pathlib.Path
        Region file.
    townships : sequence of str, optional
        Names or codes; only these are worked, with the buildings inside them.

    Raises
    ------
    InputError
        If the region file cannot be used; an input that cannot be used raises when it is first asked for.
    """

    def __init__(self, path: Path, townships: Sequence[str] | None = None) -> None:
        super().__init__(path)
        self.notes = Notes()
        self._chosen = tuple(townships or ())
        f = self.file
        own = f.carbon.own_factors()
        sinks = f.sinks.model_copy(update={"own_factors": (*f.sinks.own_factors, *own)}) if own else f.sinks
        self.settings = Settings(f.pv, f.coverage, sinks, f.maps, f.surface.unit, f.surface.canopy_is)

    @property
    def chosen(self) -> tuple[str, ...]:
        """Townships the region was opened for, as they were named; empty for all."""
        return self._chosen

    # --- inputs
    @cached_property
    def _townships_read(self) -> gpd.GeoDataFrame:
        t = self.file.townships
        if t is None:
            if self.plan_only:
                raise InputError(
                    f"{self.path}: this file holds targets only; add [townships] and what `guanghui check` lists.",
                    f"{self.path}：此文件只有规划指标；请添加 [townships] 与 guanghui check 列出的输入。",
                )
            raise InputError(
                f"{self.path}: key `townships` is missing; add [townships] with path.",
                f"{self.path}：缺少键 `townships`；请添加 [townships] 与 path。",
            )
        path = self._one("townships", "path", t.path)
        return read_townships(
            path, name=t.name, code=t.code, name_en=t.name_en, layer=t.layer, crs=t.crs, encoding=t.encoding,
            notes=self.notes,
        )  # fmt: skip

    @cached_property
    def bounds_deg(self) -> tuple[float, float, float, float]:
        """West, south, east, north of the townships [°]."""
        frame = self._townships_read
        box = frame.total_bounds
        return lonlat_bounds((box[0], box[1], box[2], box[3]), frame.crs)

    @property
    def middle_deg(self) -> tuple[float, float]:
        """Longitude and latitude of the middle [°]."""
        west, south, east, north = self.bounds_deg
        return (west + east) / 2, (south + north) / 2

    @cached_property
    def crs(self) -> CRS:
        """Metric CRS: the one asked for, else the surface model's own, else that of the place."""
        asked = self.file.region.crs
        if asked != "auto":
            crs = parse_crs(asked, f"{self.path}: `region.crs`")
            if not is_metric(crs, _bounds_in(self._townships_read, crs)):
                raise InputError(
                    f'{self._where("region", "crs")} = "{asked}" is not in metres here; leave "auto" '
                    "or name a local one.",
                    f'{self._where("region", "crs")} = "{asked}" 在此处不以米为单位；请用 auto 或本地坐标系。',
                )
            return crs
        if self.surface is not None and is_metric(self.surface.grid.crs, self.surface.grid.bounds):
            return self.surface.grid.crs
        return metric_crs(self.bounds_deg)

    @cached_property
    def townships(self) -> gpd.GeoDataFrame:
        """Townships in the region's CRS, sorted by code; only those chosen."""
        frame = to_crs(self._townships_read, self.crs, "townships")
        return select_townships(frame, self._chosen) if self._chosen else frame

    @cached_property
    def whole(self) -> Region:
        """The region with all its townships: what official totals and shares are of; notes go to the same place."""
        if not self._chosen:
            return self
        other = Region(self.path)
        other.notes = self.notes
        return other

    @cached_property
    def buildings(self) -> gpd.GeoDataFrame | None:
        """Outlines with class, height and township, or None."""
        b = self.file.buildings
        if b is None:
            return None
        frame = read_buildings(
            self._one("buildings", "path", b.path), self.whole.townships, self.crs, id=b.id, name=b.name, use=b.use,
            height=b.height, storeys=b.storeys, form=b.form, facts={f: getattr(b, f) for f in FACTS}, more=b.more,
            uses=b.uses, default_class=b.default_class, layer=b.layer, file_crs=b.crs, encoding=b.encoding,
            notes=self.notes,
        )  # fmt: skip
        if self.height_raster is not None:
            frame = with_raster_heights(frame, self.height_raster, self.notes)
        frame = with_looked(frame, self.looked)
        if self._chosen:  # a roof on a border belongs to one township, whichever are chosen
            frame = frame[frame["township_code"].isin(self.townships["code"])].reset_index(drop=True)
            if frame.empty:
                raise InputError(
                    f"{self.path}: there is no building in {', '.join(self.townships['name'])}.",
                    f"{self.path}：{'、'.join(self.townships['name'])} 内没有建筑。",
                )
        return frame

    @cached_property
    def chosen_years(self) -> pd.Series | None:
        """Year in which each building chosen by hand is built, 0 for the others; None where no list is given.

        Raises
        ------
        InputError
            A list that does not belong to these buildings and phases.
        """
        coverage = self.file.coverage
        if not coverage.chosen or not coverage.shares or self.buildings is None:
            return None
        part = len(self.townships) < len(self.whole.townships)
        return chosen_years(self.buildings, self.chosen_roofs, list(coverage.shares), part=part)

    @cached_property
    def surface(self) -> RasterSource | None:
        """Surface model, or None."""
        return self._raster("surface", "path", self.file.surface.path, self.file.surface.crs, self.file.surface.band)

    @cached_property
    def height_raster(self) -> RasterSource | None:
        """Heights of buildings above ground [m], or None."""
        given = None if self.file.buildings is None else self.file.buildings.height_raster
        return self._raster("buildings", "height_raster", given, None)

    @cached_property
    def terrain(self) -> RasterSource | None:
        """Bare-earth model, or None."""
        return self._raster("surface", "terrain", self.file.surface.terrain, self.file.surface.crs)

    @cached_property
    def canopy(self) -> RasterSource | None:
        """Trees the surface model does not show, or None."""
        return self._raster("surface", "canopy", self.file.surface.canopy, self.file.surface.crs)

    @cached_property
    def landcover(self) -> AnyCover | None:
        """Land cover, or None; polygons beside cells of another date are drawn on the grid of these."""
        return self._drawn_like(self._cover("landcover", self.file.landcover), self.file.landcover_before)

    @cached_property
    def own_legend(self) -> Legend | None:
        """Legend in a table of the user, or None."""
        return self._legend("landcover", self.file.landcover)

    @cached_property
    def own_legend_before(self) -> Legend | None:
        """Legend of the earlier date in a table of the user, or None."""
        return self._legend("landcover_before", self.file.landcover_before)

    @cached_property
    def landcover_before(self) -> AnyCover | None:
        """Land cover of an earlier year, or None."""
        before = self._cover("landcover_before", self.file.landcover_before)
        return self._drawn_like(before, self.file.landcover)

    @cached_property
    def wetlands(self) -> gpd.GeoDataFrame | None:
        """Surveyed wetlands: ``name``, ``wetland_type`` as in the file, geometry; or None."""
        w = self.file.wetlands
        if w is None:
            return None
        path = self._one("wetlands", "path", w.path)
        raw = read_layer(path, layer=w.layer, crs=w.crs, encoding=w.encoding, notes=self.notes)
        require_columns(path, raw, {"wetlands.type": w.type, **({"wetlands.name": w.name} if w.name else {})})
        frame = to_crs(raw[["geometry"]], self.crs, path)
        frame["wetland_type"] = text_column(raw[w.type]).to_numpy()
        frame["name"] = text_column(raw[w.name]).to_numpy() if w.name else ""
        return frame[["name", "wetland_type", "geometry"]]

    @cached_property
    def stands(self) -> gpd.GeoDataFrame | None:
        """Forest stands as :func:`plan.inputs.stands.read_stands` makes them, or None."""
        s = self.file.stands
        if s is None:
            return None
        path = self._one("stands", "path", s.path)
        raw = read_layer(path, layer=s.layer, crs=s.crs, encoding=s.encoding, notes=self.notes)
        return read_stands(path, raw, to_crs(raw[["geometry"]], self.crs, path), s, self.notes)

    @cached_property
    def own_pools(self) -> OwnPools | None:
        """Carbon of the land cover by a table of the user, code by code, or None."""
        table = self.file.carbon.table
        if table is None:
            return None
        if self.landcover is None:
            raise InputError(
                f"{self._where('carbon', 'table')} rules the land cover, and [landcover] is missing; add it.",
                f"{self._where('carbon', 'table')} 用于土地覆盖，而区域文件缺少 [landcover]；请补充。",
            )
        return read_own_pools(self._one("carbon", "table", table), self.landcover.numbering())

    @cached_property
    def own_growth(self) -> Mapping[str, OwnCurve]:
        """Growth by a table of the user, empty without one."""
        table = self.file.carbon.growth
        return {} if table is None else read_own_growth(self._one("carbon", "growth", table))

    @property
    def two_dates(self) -> None:
        """Check that both land covers lie on one grid and have years in order."""
        if self.landcover is not None and self.landcover_before is not None:
            check_two_dates(self.landcover_before, self.landcover)

    @cached_property
    def biomass(self) -> RasterSource | None:
        """Above-ground dry biomass of the trees [t/ha], or None."""
        b = self.file.biomass
        return None if b is None else self._raster("biomass", "path", b.path, b.crs, b.band)

    @cached_property
    def works(self) -> WorksSurvey | None:
        """Works done and their controls with the rasters of two dates, or None."""
        w = self.file.works
        if w is None:
            return None
        path = self._one("works", "path", w.path)
        raw = read_layer(path, layer=w.layer, crs=w.crs, encoding=w.encoding, notes=self.notes)
        require_columns(path, raw, {"works.kind": w.kind})
        places = to_crs(raw[["geometry"]], self.crs, path)
        places["kind"] = text_column(raw[w.kind]).to_numpy()
        before, after = (self._raster("works", k, getattr(w, k), None) for k in ("before", "after"))
        assert before is not None
        assert after is not None
        return WorksSurvey(places, before, after, w.quantity)

    @cached_property
    def weather(self) -> Weather:
        """Checked hours of the file, or a year made from normals; of several stations, what holds in the middle."""
        w = self.file.weather
        longitude, latitude = self.middle_deg
        if w.stations:
            return weather_at(self.stations, longitude, latitude, use=w.use)
        if w.path is not None:
            weather = self._station("path", w, (longitude, latitude))
        elif w.normals is not None:
            normals = normals_table(w.normals, latitude)
            weather = weather_from_normals(
                normals, latitude=latitude, longitude=longitude, altitude=w.altitude or self._altitude(),
                utc_offset=w.utc_offset,
            )  # fmt: skip
        else:
            raise InputError(
                f"{self.path}: PV needs weather; set [weather] path to an hourly file (EPW, PVGIS …) "
                "or normals to a region that ships.",
                f"{self.path}：光伏需要气象；请将 [weather] path 设为逐小时文件（EPW、PVGIS 等），"
                "或将 normals 设为随附地区。",
            )
        if not weather.illustrative:
            self._tell(weather)
        else:
            self.notes.add("weather", f"illustrative weather made from {weather.name_en}",
                           f"示意气象：由{weather.label}生成")  # fmt: skip
        return weather

    @cached_property
    def stations(self) -> tuple[Weather, ...]:
        """Checked hours of every station of ``[weather] stations``."""
        found = tuple(self._station("stations", s, None) for s in self.file.weather.stations)
        for weather in found:
            self._tell(weather)
        return found

    @cached_property
    def weather_by_township(self) -> dict[str, Weather]:
        """Weather of each township by its code, where stations make it differ; else empty."""
        if not self.file.weather.stations:
            return {}
        places = self.townships.geometry.representative_point().to_crs(4326)
        codes = self.townships["code"].astype(str)
        return {
            code: weather_at(self.stations, p.x, p.y, use=self.file.weather.use)
            for code, p in zip(codes, places, strict=True)
        }

    @cached_property
    def meters_weather(self) -> Weather | None:
        """Checked hours of the years that were metered, or None."""
        section = self.file.meters
        if section is None or section.weather is None:
            return None
        longitude, latitude = self.middle_deg
        return read_weather(
            self._one("meters", "weather", section.weather), latitude=latitude, longitude=longitude, altitude=None
        )

    @property
    def weather_label(self) -> str:
        """Names of the weather used, each once."""
        return " · ".join(dict.fromkeys(w.label for w in self.weather_by_township.values())) or self.weather.label

    def _station(self, key: str, given: WeatherSection | StationSection, place: tuple[float, float] | None) -> Weather:
        """Read one hourly file; ``place`` (longitude, latitude) stands in where neither file nor section says it."""
        assert given.path is not None
        return read_weather(
            self._one("weather", key, given.path), format=given.format, latitude=given.latitude,
            longitude=given.longitude, altitude=given.altitude, utc_offset=given.utc_offset, columns=given.columns,
            time=given.time, shift_min=given.shift_min, near=place,
            wind_height_m=given.wind_height_m,
        )  # fmt: skip

    def _tell(self, weather: Weather) -> None:
        for note in weather.notes:
            self.notes.add(note.source, note.text, note.text_zh)

    def _altitude(self) -> float:
        """Height of the ground in the middle of the region, 0 where unknown [m]."""
        if self.terrain is None:
            return 0.0
        frame = gpd.GeoDataFrame(geometry=gpd.points_from_xy(*zip(self.middle_deg, strict=True)), crs=4326)
        height = float(sample_heights(self.terrain, frame)[0])
        return height if height == height else 0.0

    def _raster(
        self, section: str, key: str, values: Sequence[str] | None, crs: str | None, band: int | None = None
    ) -> RasterSource | None:
        if values is None:
            return None
        paths = self._many(section, key, values)
        heights = section in ("surface", "buildings")
        source = raster_source(
            paths[0] if len(paths) == 1 else paths, crs=crs, band=band,
            role="codes" if section.startswith("landcover") else "quantity",
            to_metres=heights and not (key == "path" and "unit" in self.file.surface.model_fields_set),
            heights=heights and key in ("path", "terrain"), notes=self.notes,
        )  # fmt: skip
        if not _overlaps(lonlat_bounds(source.grid.bounds, source.grid.crs), self.bounds_deg):
            there = _degrees(lonlat_bounds(source.grid.bounds, source.grid.crs))
            raise InputError(
                f"{self._where(section, key)}: the raster lies elsewhere ({there}) than the townships "
                f"({_degrees(self.bounds_deg)}); give one of this place, or correct its CRS.",
                f"{self._where(section, key)}：栅格位置（{there}）与乡镇（{_degrees(self.bounds_deg)}）不符；"
                "请提供本地栅格或更正其 CRS。",
            )
        return source

    def _cover(self, section: str, given: LandcoverSection | None) -> AnyCover | None:
        if given is None:
            return None
        own = self.own_legend if section == "landcover" else self.own_legend_before
        paths = self._many(section, "path", given.path)
        if len(paths) == 1 and is_polygons(paths[0], given):
            return read_polygons(paths[0], given, self.crs, self.notes, own)
        layers = [p for p in paths if is_polygons(p, given)]
        if layers:
            raise InputError(
                f"{self._where(section, 'path')} names {len(paths)} files and {layers[0].name} is a polygon layer; "
                "give one layer that holds all polygons.",
                f"{self._where(section, 'path')} 给出 {len(paths)} 个文件，其中 {layers[0].name} 为矢量图层；"
                "请合并为一个图层。",
            )
        if given.legend is None:
            raise InputError(
                f"{self.path}: key `{section}.legend` is missing; add it.",
                f"{self.path}：缺少键 `{section}.legend`；请补充。",
            )
        source = self._raster(section, "path", given.path, given.crs, given.band)
        assert source is not None
        codes = [c for c in given.nodata if not c.lstrip("-").isdigit()]
        if codes:
            raise InputError(
                f"{self._where(section, 'nodata')} = {', '.join(codes)} is no whole number; cells hold only numbers.",
                f"{self._where(section, 'nodata')} = {', '.join(codes)} 不是整数；栅格只存整数。",
            )
        legend = own or (given.legend if isinstance(given.legend, str) else custom_legend(given.legend))
        void = frozenset(int(c) for c in given.nodata)
        return LandCover(source, legend, given.year, accept_versions=given.accept_versions, nodata=void)

    def _legend(self, section: str, given: LandcoverSection | None) -> Legend | None:
        if given is None or given.legend_file is None:
            return None
        paths = self._many(section, "path", given.path)
        polygons = len(paths) == 1 and is_polygons(paths[0], given)
        return read_legend(self._one(section, "legend", given.legend_file), text=polygons)

    def _drawn_like(self, cover: AnyCover | None, other: LandcoverSection | None) -> AnyCover | None:
        """Polygons on the grid of the cells of the other date, so that both dates can be compared."""
        if not isinstance(cover, PolygonCover) or other is None:
            return cover
        paths = [p for value in other.path for p in self._many("landcover", "path", [value])]
        if len(paths) == 1 and is_polygons(paths[0], other):
            return cover
        cells = self.landcover if other is self.file.landcover else self.landcover_before
        assert cells is not None
        return cover.on(cells.clip(self.whole.townships).grid)


def _bounds_in(frame: gpd.GeoDataFrame, crs: CRS) -> tuple[float, float, float, float]:
    box = frame.to_crs(crs).total_bounds
    return float(box[0]), float(box[1]), float(box[2]), float(box[3])


def _overlaps(a: Sequence[float], b: Sequence[float]) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _degrees(box: Sequence[Any]) -> str:
    return f"{box[0]:.2f}-{box[2]:.2f}° E, {box[1]:.2f}-{box[3]:.2f}° N"


def open_region(path: str | Path, townships: Sequence[str] | None = None) -> Region:
    """Open a region file.

    Parameters
    ----------
    path : str or pathlib.Path
        Region file (TOML).
    townships : sequence of str, optional
        Work only these, by name, English name or code.

    Returns
    -------
    Region
        Inputs are read when first used.
    """
    return Region(Path(path), townships)
