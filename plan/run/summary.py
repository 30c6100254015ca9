"""A few lines for the terminal: what was read, what came out."""

from __future__ import annotations

from guanghui.plan.inputs.region import Region
from guanghui.plan.inputs.registry import INPUTS
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


def _to_bring(region: Region) -> list[str]:
    """What a file of targets still needs before anything can be worked out."""
    lines = [f"✓ {region.name} {region.name_en}: {len(region.file.targets)} 项规划指标 targets; 尚无数据 no inputs yet"]
    return lines + [f"  … [{i.section}] {i.key}: {i.zh} {i.en}" for i in INPUTS]


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
        city = found.stock.table.iloc[-1]
        lines.append(
            f"carbon: stock {city['total_tc'] / 1e3:.0f} kt C ({city['total_low_tc'] / 1e3:.0f}-"
            f"{city['total_high_tc'] / 1e3:.0f}), yearly change {city['sink_tc_yr'] / 1e3:.2f} kt C"
        )
    return lines
