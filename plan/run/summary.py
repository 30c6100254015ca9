"""A few lines for the terminal: what is to be brought, what came out."""

from __future__ import annotations

import numpy as np

from guanghui.plan.inputs.region import Region
from guanghui.plan.inputs.registry import INPUTS
from guanghui.plan.results.assembly import Results

__all__ = ["results", "to_bring"]


def to_bring(region: Region) -> list[str]:
    """What a file of targets still needs before anything can be worked out.

    Parameters
    ----------
    region : Region
        Opened region.
    """
    lines = [f"✓ {region.name} {region.name_en}: {len(region.file.targets)} 项规划指标 targets; 尚无数据 no inputs yet"]
    return lines + [f"  … [{i.section}] {i.key}: {i.zh} {i.en}" for i in INPUTS]


def results(region: Region, found: Results) -> list[str]:
    """Main figures of a run.

    Parameters
    ----------
    region : Region
        Region of the run.
    found : Results
        Its results; what was not made gives no line.

    Returns
    -------
    list of str
        English, a line each.
    """
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
        more = found.plan.repowered
        if more is not None and len(more):
            added = more[["roofs", "capacity_kwp", "yield_kwh"]].sum()
            lines.append(
                f"  {more['year'].iloc[0]}: repowering of {added['roofs']:.0f} roofs adds "
                f"{added['capacity_kwp'] / 1e3:.1f} MWp, {added['yield_kwh'] / 1e6:.1f} GWh/a (in no share)"
            )
    if found.sites is not None:
        beyond = found.sites.total()
        lines.append(
            f"PV beyond roofs: {beyond['sites']:.0f} sites, {beyond['capacity_kwp'] / 1e3:.1f} MWp, "
            f"{beyond['yield_kwh'] / 1e6:.1f} GWh/a, {np.nan_to_num(beyond['specific_yield_kwh_kwp']):.0f} kWh/kWp"
        )
    if found.stock is not None:
        city = found.stock.city
        lines.append(
            f"carbon: stock {city['total_tc'] / 1e3:.0f} kt C ({city['total_low_tc'] / 1e3:.0f}-"
            f"{city['total_high_tc'] / 1e3:.0f}), yearly change {city['sink_tc_yr'] / 1e3:.2f} kt C"
        )
    return lines
