"""The sheets of a region's workbook, from finished results."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import pandas as pd

from plan.region import Region
from plan.sink_sheets import official_sheets, outlook_sheets, source_sheets, stock_sheets
from plan.tables import Sheet
from pv.assess import MONTH_COLUMNS
from pv.coverage import CoveragePlan
from sinks import Outlook, Stock

__all__ = ["Results", "sheets", "township_pv"]

_SUMS = ("roofs", "footprint_m2", "roof_m2", "usable_m2", "capacity_kwp", "yield_kwh", *MONTH_COLUMNS)


@dataclass(frozen=True)
class Results:
    """What a run has worked out; any part may be missing."""

    roofs: gpd.GeoDataFrame | None = None
    plan: CoveragePlan | None = None
    stock: Stock | None = None
    outlook: Outlook | None = None


def township_pv(roofs: gpd.GeoDataFrame) -> pd.DataFrame:
    """PV potential by township, in the order of the codes.

    Returns
    -------
    pandas.DataFrame
        ``township_code``, ``township``, roofs, areas, capacity, yearly and monthly yield, specific yield.
    """
    frame = pd.DataFrame(roofs.drop(columns="geometry")).assign(roofs=1)
    table = frame.groupby(["township_code", "township"], as_index=False)[list(_SUMS)].sum()
    capacity = table["capacity_kwp"].where(table["capacity_kwp"] > 0)
    table.insert(8, "specific_yield_kwh_kwp", table["yield_kwh"] / capacity)
    return table


def sheets(region: Region, results: Results) -> list[Sheet]:
    """All sheets that the results allow, PV first.

    Parameters
    ----------
    region : Region
        Names and notes.
    results : Results
        What there is.
    """
    out = []
    if results.roofs is not None:
        out += _pv_sheets(results)
    if results.stock is not None:
        out += stock_sheets(results.stock)
        out += outlook_sheets(results.outlook) if results.outlook is not None else []
        out += source_sheets(results.stock, results.outlook)
    else:
        out += official_sheets(region)
    notes = pd.DataFrame(
        [(n.source, n.text_zh or n.text, n.text) for n in region.notes], columns=["source", "note_zh", "note_en"]
    )
    out.append(Sheet("notes", "数据说明", "notes on the data", notes))
    return out


def _pv_sheets(results: Results) -> list[Sheet]:
    roofs, plan = results.roofs, results.plan
    assert roofs is not None
    weather = str(roofs.attrs.get("weather", ""))
    illustrative = bool(roofs.attrs.get("illustrative_weather", False))
    zh = f"气象：{weather}" + ("（示意气象）" if illustrative else "")
    en = f"weather: {weather}" + (" (illustrative weather)" if illustrative else "")
    out = [Sheet("pv_townships", "乡镇光伏潜力", "PV potential by township", township_pv(roofs), _SUMS, zh, en)]
    frame = pd.DataFrame(roofs.drop(columns="geometry"))
    if plan is not None:
        frame.insert(0, "phase", plan.phase.reindex(roofs["building_id"]).to_numpy())
        columns = ("roofs", "usable_m2", "capacity_kwp", "yield_kwh", "avoided_co2_t")
        out.append(Sheet("coverage", "覆盖计划达成", "coverage plan", plan.reached, (), zh, en))
        by_town = plan.table.groupby(["year", "township_code", "township"], as_index=False)[list(columns)].sum()
        out.append(
            Sheet("coverage_townships", "分期分乡镇（累计）", "phases by township (cumulative)", by_town, (), zh, en)
        )
        out.append(
            Sheet(
                "coverage_classes",
                "分期分类（累计）",
                "phases by township and class (cumulative)",
                plan.table,
                (),
                zh,
                en,
            )
        )
    out.append(Sheet("roofs", "屋顶清单", "roofs", frame, (), zh, en))
    return out
