"""Whether the layers beside outlines and land cover lie where the townships do, and hold what their section says."""

from __future__ import annotations

import dask
import dask.array as da
import geopandas as gpd
import numpy as np
import shapely
import xarray as xr

from guanghui.geo.errors import InputError
from guanghui.geo.gcj02 import unshifted
from guanghui.geo.legends import land_classes
from guanghui.plan.inputs.region import Region
from guanghui.plan.inputs.registry import INPUTS, Input
from guanghui.sinks.carbon.forest import has_volume
from guanghui.sinks.land.biomass import biomass_on

__all__ = ["biomass_size", "layers_place", "stand_volumes"]

_ELSEWHERE = ("townships", "buildings", "maps.labels")
"""Sections whose place is held against the townships by others, or may lie around them."""
_ACCOUNTED = ("stands", "wetlands", "works", "sites", "events")
"""Layers of what is counted: what lies outside is told from this share on; of masks only if all does."""
_NOTE_SHARE = 0.9
_FEWER = 0.05
"""A shift is named where it brings so much more inside."""

_MEAN_T_HA, _HIGH_T_HA = (15.0, 400.0), 1500.0
"""Mean above-ground biomass of forests of the world and the most of a cell, dry [t/ha]: 20 boreal to 350 tropical moist
(IPCC 2019, vol. 4, tables 4.7-4.8); tallest stands measured hold 1,000 to 3,000."""
_MEAN_M, _HIGH_M = (2.5, 45.0), 100.0
"""The same of canopy height [m]."""
_MEAN_M3_HA = (12.0, 450.0)
"""Mean volume of the stands of a county [m³/ha]: the country has 95, provinces 40 to 260 (9th inventory)."""
_STANDS = 5
_WRONG = 3.0
"""A mean so many times beyond is no forest of another kind but another unit."""
_RARE = 0.999
_COVERED = 0.95


def layers_place(region: Region) -> None:
    """Hold every vector layer against the townships: none may lie wholly elsewhere.

    Parameters
    ----------
    region : Region
        Opened region; layers are read.

    Raises
    ------
    InputError
        If no feature of a layer touches a township.
    """
    whole = region.whole.townships.geometry.union_all()
    shapely.prepare(whole)
    for entry in INPUTS:
        if entry.kind != "vector" or entry.section in _ELSEWHERE or not entry.given(region.file):
            continue
        for frame in _frames(entry.read(region)):
            _one_layer(region, entry, frame, whole)


def _frames(read: object) -> list[gpd.GeoDataFrame]:
    """Layers in what an input reads."""
    if isinstance(read, gpd.GeoDataFrame):
        return [read] if len(read) else []
    places = getattr(read, "places", None)
    return _frames(places) if places is not None else []


def _inside(shapes: np.ndarray, whole: shapely.Geometry) -> float:
    """Share of the area of polygons (of the number of others) inside."""
    size = shapely.area(shapes)
    if not size.sum() > 0:
        return float(shapely.intersects(whole, shapes).mean())
    within = shapely.covers(whole, shapes)
    cut = ~within & shapely.intersects(whole, shapes)
    return float((size[within].sum() + shapely.area(shapely.intersection(shapes[cut], whole)).sum()) / size.sum())


def _one_layer(region: Region, entry: Input, frame: gpd.GeoDataFrame, whole: shapely.Geometry) -> None:
    layer = frame.to_crs(region.crs)
    share = _inside(layer.geometry.to_numpy(), whole)
    counted = entry.section in _ACCOUNTED
    if share > 0 and (not counted or share >= _NOTE_SHARE):
        return
    hint = hint_zh = ""
    for key, name, moved in unshifted(layer[["geometry"]]):
        better = _inside(moved.geometry.to_numpy(), whole)
        if better > share + _FEWER and better >= _NOTE_SHARE:
            hint = f'; with {name} coordinates {100 * better:.0f} % would: if that is what they are, set crs = "{key}"'
            hint_zh = f'；若为 {name} 坐标则为 {100 * better:.0f} %：如属实请设 crs = "{key}"'
            break
    files = ", ".join(entry.given(region.file))
    if share == 0:
        raise InputError(
            f"{files} ({entry.name}): no feature lies in the townships; give the layer of this place, or correct its "
            f"CRS{hint}.",
            f"{files}（{entry.name}）：没有要素位于乡镇内；请提供本地图层或更正其 CRS{hint_zh}。",
        )
    region.notes.add(entry.section,
                     f"{100 * share:.0f} % of the layer lies in the townships; the rest is not counted{hint}",
                     f"图层只有 {100 * share:.0f} % 位于乡镇内，其余不计{hint_zh}")  # fmt: skip


def stand_volumes(region: Region) -> None:
    """Note a mean volume of the surveyed stands that forests of no province have: it is in another unit.

    Parameters
    ----------
    region : Region
        With ``[stands]`` that hold volumes; else nothing is said.
    """
    stands = region.stands
    if stands is None:
        return
    volume, area = stands["volume_m3_ha"].to_numpy(float), stands.geometry.area.to_numpy()
    known = np.isfinite(volume) & (volume > 0)
    if known.sum() < _STANDS:
        return
    mean = float(np.average(volume[known], weights=area[known]))
    low, most = _MEAN_M3_HA
    if not low <= mean <= most:
        region.notes.add("stands", f"mean volume of the stands with trees is {mean:.3g} m³/ha; provinces have 40 to "
                         "260: check volume_unit (m3/ha, m3/mu, or m3 of the whole stand)",
                         f"有林小班平均蓄积为 {mean:.3g} m³/ha；各省平均为 40 至 260："
                         "请核对 volume_unit（m3/ha、m3/mu 或整个小班的 m3）")  # fmt: skip


def biomass_size(region: Region) -> None:
    """Hold the biomass (or canopy height) in the forest of the land cover against forests anywhere.

    Parameters
    ----------
    region : Region
        With ``[biomass]`` and land cover; else nothing is said.

    Raises
    ------
    InputError
        If it can be in no unit of the section.
    """
    if region.biomass is None or region.landcover is None:
        return
    found = _in_forest(region.landcover.clip(region.townships).classify(check=False), region)
    if found is None:
        return
    covered, mean, high = found
    height = region.settings.sinks.canopy_allometry is not None
    (low, most), highest = (_MEAN_M, _HIGH_M) if height else (_MEAN_T_HA, _HIGH_T_HA)
    unit, what, what_zh = ("m", "canopy height", "树高") if height else ("t/ha", "biomass", "生物量")
    label = region.biomass.label
    seen = f"{what} in the forest is {mean:.3g} {unit} in the mean and {high:.3g} in the highest thousandth"
    seen_zh = f"森林{what_zh}平均 {mean:.3g} {unit}，最高千分之一为 {high:.3g}"
    if not low / _WRONG <= mean <= most * _WRONG or high > highest:
        raise InputError(
            f"{label}: {seen}; forests have {low:g} to {most:g} {unit}, and no cell more than {highest:,.0f}: write "
            "scale and nodata into the file (gdal_translate -a_scale 0.1 for tenths, 10 for kg/m²; gdal_edit "
            "-a_nodata).",
            f"{label}：{seen_zh}；森林一般为 {low:g} 至 {most:g} {unit}，像元不超过 {highest:,.0f}："
            "请把比例与无数据值写入文件（十分之一用 gdal_translate -a_scale 0.1，kg/m² 用 10；gdal_edit -a_nodata）。",
        )
    if not low <= mean <= most:
        region.notes.add("biomass", f"{seen}; forests have {low:g} to {most:g} {unit} dry matter: check the unit (dry "
                         "matter, not carbon or CO₂) and the year",
                         f"{seen_zh}；森林一般为 {low:g} 至 {most:g} {unit}（干物质）："
                         "请核对单位（干物质，而非碳或 CO₂）与年份")  # fmt: skip
    if covered < _COVERED:
        region.notes.add("biomass", f"{what} is known on {100 * covered:.0f} % of the forest; the rest gets the mean "
                         "of its class and township, or defaults where nothing is known",
                         f"森林中只有 {100 * covered:.0f} % 有{what_zh}；"
                         "其余按所在乡镇同类均值，无数据处按默认值")  # fmt: skip


def _in_forest(classes: xr.DataArray, region: Region) -> tuple[float, float, float] | None:
    """Share of the forest where the raster knows something, its mean there and its highest thousandth."""
    assert region.biomass is not None
    ids = [c.id for key, c in land_classes().items() if has_volume(key)]
    values = biomass_on(region.biomass, classes).data
    forest = da.isin(classes.data, ids)
    known = forest & da.isfinite(values)
    edges = np.concatenate([np.arange(0, 2000, 5.0), np.geomspace(2000, 1e9, 200)])
    bins = da.histogram(da.where(known, values, -1.0), bins=edges)[0]
    total, seen, amount, counts = dask.compute(
        forest.sum(), known.sum(), da.where(known, values, 0.0).sum(dtype=float), bins
    )
    if seen == 0:
        return None
    reached = np.searchsorted(np.cumsum(counts), _RARE * counts.sum())
    return float(seen / total), float(amount / seen), float(edges[min(int(reached) + 1, len(edges) - 1)])
