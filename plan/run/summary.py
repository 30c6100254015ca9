"""A few lines for the terminal: what was read, what came out."""

from __future__ import annotations

from guanghui.plan.inputs.region import Region
from guanghui.plan.results.assembly import Results

__all__ = ["inputs", "results"]


def inputs(region: Region) -> list[str]:
    """Describe the inputs of a region that was checked."""
    if region.plan_only:
        return _to_bring(region)
    area = region.townships["area_m2"].sum() / 1e6
    lines = [f"✓ {region.name} {region.name_en}: {len(region.townships)} townships, {area:.1f} km², {region.crs.name}"]
    if region.buildings is not None:
        roof = region.buildings["footprint_m2"].sum() / 1e6
        lines.append(f"✓ buildings: {len(region.buildings)}, {roof:.3f} km²")
        lines.append(f"✓ weather: {region.weather.label}, GHI {region.weather.ghi_kwh_m2:.0f} kWh/m²")
    for name in ("surface", "terrain"):
        raster = getattr(region, name)
        if raster is not None:
            cell = raster.grid.cell[0]
            lines.append(
                f"✓ {name}: {len(raster.paths)} file(s), {raster.grid.width} × {raster.grid.height}, cell {cell:g}"
            )
    for name in ("landcover", "landcover_before"):
        cover = getattr(region, name)
        if cover is not None:
            lines.append(f"✓ {name}: {cover.year}, {cover.source.grid.width} × {cover.source.grid.height}")
    for name in ("wetlands", "stands"):
        layer = getattr(region, name)
        if layer is not None:
            lines.append(f"✓ {name}: {len(layer)} polygons")
    return lines


_BRING = (
    ("townships", "乡镇街道界线，带名称与代码 township polygons with name and code"),
    ("buildings", "建筑轮廓，最好有用途与高度或层数 building outlines, better with use and height or storeys"),
    ("surface", "1 米左右地表模型；没有则按轮廓推算 surface model of about 1 m; without it outlines are pushed up"),
    ("weather", "逐小时气象文件（EPW 等）；或月平均值 hourly weather file, or monthly normals"),
    ("landcover", "土地覆盖栅格 land cover raster"),
    ("wetlands", "湿地调查图层 wetland survey"),
    ("stands", "森林小班 forest stands with species group and volume"),
    ("existing", "已建与已批光伏项目表 existing and approved PV systems"),
    ("grid", "分乡镇配变容量表 transformer capacity by township"),
)


def _to_bring(region: Region) -> list[str]:
    """What a file of targets still needs before anything can be worked out."""
    lines = [f"✓ {region.name} {region.name_en}: {len(region.file.targets)} 项规划指标 targets; 尚无数据 no inputs yet"]
    return lines + [f"  … [{section}] {text}" for section, text in _BRING]


def results(region: Region, found: Results) -> list[str]:
    """Main figures of a run."""
    lines = []
    if found.roofs is not None:
        r = found.roofs
        built = r["capacity_kwp"] > 0
        energy, capacity = r["yield_kwh"].sum(), r["capacity_kwp"].sum()
        lines.append(
            f"PV: {len(r)} roofs ({int(built.sum())} usable, {r['usable_m2'].sum() / 1e6:.3f} km²), "
            f"{capacity / 1e3:.1f} MWp, {energy / 1e6:.1f} GWh/a, {energy / max(capacity, 1e-9):.0f} kWh/kWp"
        )
    if found.plan is not None:
        for row in found.plan.reached.itertuples():
            total = found.plan.total(row.year)
            lines.append(
                f"  {row.year}: {100 * row.reached_share:.2f} % of usable roof, {total['roofs']:.0f} roofs, "
                f"{total['capacity_kwp'] / 1e3:.1f} MWp, {total['yield_kwh'] / 1e6:.1f} GWh/a"
            )
    if found.stock is not None:
        city = found.stock.city
        lines.append(
            f"carbon: stock {city['total_tc'] / 1e3:.0f} kt C ({city['total_low_tc'] / 1e3:.0f}-"
            f"{city['total_high_tc'] / 1e3:.0f}), yearly change {city['sink_tc_yr'] / 1e3:.2f} kt C"
        )
    return lines
