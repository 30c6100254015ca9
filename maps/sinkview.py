"""Carbon results for the page: figures with intervals, pools, land groups."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import pandas as pd
import xarray as xr

from maps.ground import LAND_GROUPS
from maps.i18n import words
from maps.style import Ramp, ramp

__all__ = ["CarbonStock", "POOLS", "density_ramp", "group_rows", "pool_rows", "sink_figures", "stock_row"]

CO2_PER_C = 44.0 / 12.0
POOLS: Mapping[str, tuple[str, tuple[float, ...]]] = {
    "above": ("#2f8f5b", (2, 5, 10, 20, 40, 60)),
    "below": ("#8cbf6e", (1, 2, 5, 10, 15, 20)),
    "dead": ("#b7a57a", (0.5, 1, 2, 3, 5, 8)),
    "litter": ("#d9b25f", (0.5, 1, 2, 3, 5, 8)),
    "soil": ("#8a5f3c", (40, 60, 80, 100, 130, 160)),
}
"""Pool -> colour in bars, class limits of its map [t C/ha]: fixed, so that places and years compare."""
TOTAL_LIMITS = (40.0, 60.0, 80.0, 100.0, 130.0, 160.0)


class CarbonStock(Protocol):
    """What the pages need of the sinks result."""

    @property
    def table(self) -> pd.DataFrame:
        """One row a township (``code``), the last one the city."""

    @property
    def by_class(self) -> pd.DataFrame:
        """``code``, ``land_group``, ``pool``, ``area_ha``, ``carbon_tc``."""

    @property
    def density(self) -> xr.Dataset:
        """Pools [t C/ha], dims (y, x), lazy."""


def stock_row(stock: CarbonStock, code: str) -> pd.Series | None:
    """Row of a township, None when the table has none."""
    rows = stock.table[stock.table["code"].astype(str) == code]
    return None if rows.empty else rows.iloc[0]


def sink_figures(row: pd.Series, area_ha: float) -> list[dict[str, Any]]:
    """Key figures: stock, yearly sink, forest, wetland; each with its interval where there is one."""
    found = []
    if "carbon_tc" in row:
        more = {"word": "figure_carbon_co2", "value": float(row["carbon_tc"]) * CO2_PER_C, "unit": "tco2"}
        found.append(_figure("figure_carbon", row, "carbon_tc", "tc", more))
    if "sink_tco2_yr" in row:
        found.append(_figure("figure_sink", row, "sink_tco2_yr", "tco2"))
    if "forest_ha" in row:
        more = {"word": "figure_cover", "value": 100 * float(row["forest_ha"]) / area_ha, "unit": "pct"}
        found.append(_figure("figure_forest", row, "forest_ha", "ha", more))
    if "wetland_ha" in row:
        found.append(_figure("figure_wetland", row, "wetland_ha", "ha"))
    return found


def _figure(word: str, row: pd.Series, column: str, unit: str, more: dict[str, Any] | None = None) -> dict[str, Any]:
    ends = {side: float(row[f"{column}_{side}"]) for side in ("low", "high") if pd.notna(row.get(f"{column}_{side}"))}
    return {"word": word, "value": float(row[column]), "unit": unit, **ends, **({"more": more} if more else {})}


def pool_rows(by_class: pd.DataFrame) -> list[dict[str, Any]]:
    """Carbon of a township by pool [t C]."""
    sums = by_class.groupby("pool")["carbon_tc"].sum()
    return [
        {"label": list(words()[f"pool_{p}"]), "value": float(sums[p]), "unit": "tc", "color": colour}
        for p, (colour, _) in POOLS.items()
        if sums.get(p, 0) > 0
    ]


def group_rows(by_class: pd.DataFrame) -> list[dict[str, Any]]:
    """Carbon of a township by land group [t C] with its area [ha]."""
    carbon = by_class.groupby("land_group")["carbon_tc"].sum()
    area = by_class.groupby("land_group")["area_ha"].first()
    known = {**{k: (words()[w], c) for k, (w, _, c) in LAND_GROUPS.items()}}
    order = [g for g in known if g in carbon.index] + sorted(set(carbon.index) - set(known))
    return [
        {"label": list(known.get(g, ((g, g), "#b9b2a8"))[0]), "value": float(carbon[g]), "unit": "tc",
         "color": known.get(g, ((g, g), "#b9b2a8"))[1], "area_ha": float(area[g])}
        for g in order if carbon[g] > 0
    ]  # fmt: skip


def density_ramp(pool: str) -> Ramp:
    """Legend of a density map."""
    limits = TOTAL_LIMITS if pool == "total" else POOLS[pool][1]
    return ramp("carbon", "tc_ha", limits)
