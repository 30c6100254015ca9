"""The belief sheet: what each file of a region is taken to be, in the language of the region."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
from pyogrio.errors import DataSourceError

from guanghui.geo.landcover import LandCover, Legend, PolygonCover
from guanghui.geo.raster_source import RasterSource
from guanghui.geo.units import FOOT_M
from guanghui.maps.words.level import level_of
from guanghui.plan.inputs.belonging import covered_share
from guanghui.plan.inputs.region import Region
from guanghui.plan.inputs.registry import INPUTS, Input
from guanghui.plan.inputs.roofs_shown import seen_share
from guanghui.pv.meters.read import Metered
from guanghui.pv.sun.weather import Weather

__all__ = ["sheet"]

_TOLD_M2 = 1.0


def sheet(region: Region, lang: str | None = None) -> list[str]:
    """Describe every input of a region that was checked.

    Parameters
    ----------
    region : Region
        Opened and checked.
    lang : {"zh", "en"}, optional
        Language; that of the region by default.

    Returns
    -------
    list of str
        One line for the region, then one for each input.
    """
    zh = (lang or region.settings.maps.lang) == "zh"
    area = region.townships["area_m2"].sum() / 1e6
    count = len(region.townships)
    level = level_of(region.name, region.townships["code"].tolist())
    lines = [
        f"✓ {region.name} {region.name_en}: {count} 个{level.part[0]}，{area:.1f} km²，成果坐标系 {region.crs.name}"
        if zh
        else f"✓ {region.name_en}: {count} {level.parts}, {area:.1f} km², worked in {region.crs.name}"
    ]
    for entry in INPUTS:
        if entry.given(region.file):
            said = _facts(region, entry, zh=zh)
            title = f"{entry.name}（{entry.zh}）" if zh else f"{entry.name} ({entry.en})"
            lines.append(f"✓ {title}: {('，' if zh else ', ').join(said)}")
    if region.buildings is not None and not (region.file.weather.path or region.file.weather.stations):
        w = region.weather
        lines.append(
            f"✓ weather.normals：{w.label}，年总辐射 {w.ghi_kwh_m2:.0f} kWh/m²，示意气象"
            if zh
            else f"✓ weather.normals: {w.name_en}, GHI {w.ghi_kwh_m2:.0f} kWh/m² a year, illustrative"
        )
    return lines


def _facts(region: Region, entry: Input, *, zh: bool) -> list[str]:
    files = region.files_of(entry)
    names = ", ".join(p.name for p in files[:3]) + (f" … ({len(files)})" if len(files) > 3 else "")
    read = entry.read(region)
    if isinstance(read, PolygonCover):
        return [names, *_vector(region, entry, files[0], zh=zh), *_polygons(region, read, zh=zh)]
    if isinstance(read, RasterSource | LandCover):
        return [names, *_raster(region, entry, read, zh=zh)]
    if isinstance(read, Legend):
        count = len(read.classes)
        return [names, f"{count} 个代码" if zh else f"{count} codes"]
    if entry.kind == "weather":
        found = read if isinstance(read, tuple) else (read,)
        return [names, *(fact for w in found for fact in _weather(w, zh=zh))]
    if isinstance(read, Metered):
        count, step = read.kwh.shape[1], ("逐小时", "hours") if read.hourly else ("逐月", "months")
        span = f"{read.kwh.index[0]:%Y-%m} - {read.kwh.index[-1]:%Y-%m}"
        return [names, f"{count} 座电站，{step[0]}，{span}" if zh else f"{count} plants by {step[1]}, {span}"]
    if entry.section == "sites":
        return [f"{s.settings.name} ({s.settings.kind}, {s.frame.area.sum() / 1e4:,.1f} ha)" for s in read]
    if entry.kind == "vector" and type(read) is not pd.DataFrame:
        return [names, *_vector(region, entry, files[0], zh=zh)]
    table = read[-1] if isinstance(read, tuple) else read
    if entry.section == "coverage.chosen":
        table = pd.concat(read)
    rows = len(table) if isinstance(table, pd.DataFrame) else 0
    return [names, f"{rows} 行" if zh else f"{rows} rows"]


def _raster(region: Region, entry: Input, read: RasterSource | LandCover, *, zh: bool) -> list[str]:
    source = read.source if isinstance(read, LandCover) else read
    grid = source.grid
    step = "°" if grid.crs.is_geographic else f" {grid.crs.axis_info[0].unit_name}"
    none = "无" if zh else "none"
    gap = none if source.nodata is None else f"{source.nodata:g}"
    share = 100 * covered_share(region, source)
    unit = entry.unit
    if entry.section == "surface" and region.settings.surface_unit == "ft" and entry.key == "path":
        unit = f"ft × {FOOT_M}"
    facts = [
        f"{grid.width} × {grid.height}",
        (f"像元 {grid.cell[0]:g}{step}" if zh else f"cell {grid.cell[0]:g}{step}"),
        grid.crs.name,
        (f"单位 {unit}" if zh else f"unit {unit}"),
        f"{source.dtype}",
        (f"无数据 {gap}" if zh else f"no data {gap}"),
        (f"覆盖乡镇 {share:.0f} %" if zh else f"covers {share:.0f} % of the townships"),
    ]
    if isinstance(read, LandCover):
        known = read.numbering()
        codes = ", ".join(str(c) for c in read.clip(region.townships).census().index)
        facts.append(f"{read.year}, {known.name}, {'代码' if zh else 'codes'} {codes}")
    if entry.name == "surface.path" and region.buildings is not None:
        seen = 100 * seen_share(region)
        facts.append(f"抽查屋顶可见 {seen:.0f} %" if zh else f"{seen:.0f} % of the roofs looked at are seen")
    return facts


def _polygons(region: Region, read: PolygonCover, *, zh: bool) -> list[str]:
    """Year, legend and codes of land-cover polygons, and how much of the townships they cover."""
    found = read.clip(region.townships).areas(region.townships)
    share = 100 * float(found.known_m2.sum() / found.total_m2.sum())
    codes = ", ".join(map(str, found.area_m2.columns))
    if zh:
        return [f"覆盖乡镇 {share:.2f} %", f"{read.year}，{read.legend.name}，代码 {codes}"]
    return [f"covers {share:.2f} % of the townships", f"{read.year}, {read.legend.name}, codes {codes}"]


def _vector(region: Region, entry: Input, path: Path, *, zh: bool) -> list[str]:
    section: Any = getattr(region.file, entry.section.split(".")[0])
    layer = getattr(section, "layer", None)
    try:
        info = pyogrio.read_info(path, layer=layer)
    except (DataSourceError, ValueError):
        info = {}
    given = getattr(section, "crs", None)
    crs = given or info.get("crs") or "?"
    facts = [
        f"{info.get('features', '?')} {'个要素' if zh else 'features'}",
        f"{info.get('geometry_type', '')}",
        str(crs),
    ]
    encoding = getattr(section, "encoding", None) or info.get("encoding")
    if encoding:
        facts.append(f"编码 {encoding}" if zh else f"text in {encoding}")
    if entry.name == "buildings.path" and region.buildings is not None:
        facts += _roofs(region.buildings, zh=zh)
    return [f for f in facts if f]


def _roofs(buildings: gpd.GeoDataFrame, *, zh: bool) -> list[str]:
    """Number and ground of the roofs, ground the file counts twice, and where heights come from."""
    ground = float(buildings["footprint_m2"].sum())
    twice = float(buildings.attrs["overlap_m2"])
    twice = 0.0 if twice < _TOLD_M2 else twice
    sources = buildings["height_source"].value_counts()
    heights = ", ".join(f"{k} {n}" for k, n in sources.items())
    if zh:
        return [
            f"{len(buildings)} 个屋顶，占地 {ground / 1e6:.3f} km²，文件中重复计算 {twice:,.0f} m²",
            f"高度来源 {heights}",
        ]
    return [
        f"{len(buildings)} roofs on {ground / 1e6:.3f} km² of ground, {twice:,.0f} m² of it counted twice in the file",
        f"heights from {heights}",
    ]


def _weather(w: Weather, *, zh: bool) -> list[str]:
    index = pd.DatetimeIndex(w.data.index)
    months = len(np.unique(index.month))
    offset = index[0].utcoffset()
    hours = 0.0 if offset is None else offset.total_seconds() / 3600
    place = f"{w.latitude:.2f}°, {w.longitude:.2f}°, {w.altitude:.0f} m"
    if zh:
        return [
            f"{w.label}（{place}）", f"步长 {w.step_min:g} 分钟", f"{len(index)} 个时段、{months} 个月",
            f"UTC{hours:+g}，时段中点在 {index[0]:%H:%M}", f"年总辐射 {w.ghi_kwh_m2:.0f} kWh/m²",
        ]  # fmt: skip
    return [
        f"{w.label} ({place})", f"step {w.step_min:g} min", f"{len(index)} intervals in {months} months",
        f"UTC{hours:+g}, first interval centred on {index[0]:%H:%M}",
        f"GHI {w.ghi_kwh_m2:.0f} kWh/m² a year",
    ]  # fmt: skip
