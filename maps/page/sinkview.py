"""Carbon results for the page: figures with intervals, pools, land groups, wetland balance."""

from __future__ import annotations

from collections.abc import Mapping
from threading import Lock
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from guanghui.geo.landcover import group_table
from guanghui.geo.units import CO2_PER_C
from guanghui.maps.drawing.style import Ramp, ramp
from guanghui.maps.inputs import CarbonStock
from guanghui.maps.words.i18n import words

__all__ = [
    "MINOR_POOLS",
    "POOL_STYLES",
    "LoadedStock",
    "carbon_facts",
    "density_layers",
    "density_ramp",
    "group_rows",
    "load_stock",
    "pool_rows",
    "sink_figures",
    "trust_shares",
]

POOL_STYLES: Mapping[str, tuple[str, tuple[float, ...]]] = {
    "above": ("#2f8f5b", (2, 5, 10, 20, 40, 60)),
    "below": ("#8cbf6e", (1, 2, 5, 10, 15, 20)),
    "understorey": ("#bcd08a", (1, 2, 3, 4, 5, 6)),
    "dead": ("#b7a57a", (0.5, 1, 2, 3, 5, 8)),
    "litter": ("#d9b25f", (0.5, 1, 2, 3, 5, 8)),
    "soil": ("#8a5f3c", (40, 60, 80, 100, 130, 160)),
}
"""Pool -> colour in bars, class limits of its map [t C/ha]: fixed, so that places and years compare."""
MINOR_POOLS = ("below", "understorey", "dead", "litter")
"""Pools whose maps may be coarser."""
_TOTAL_LIMITS = (40.0, 60.0, 80.0, 100.0, 130.0, 160.0)
_OTHER = "#b9b2a8"


class LoadedStock:
    """A carbon result whose rasters are computed when a picture first asks for them, once for all pages.

    Parameters
    ----------
    stock : CarbonStock
        Result, rasters lazy.
    """

    def __init__(self, stock: CarbonStock) -> None:
        self._stock, self._lock = stock, Lock()
        self._computed: tuple[xr.DataArray, xr.DataArray | None] | None = None
        self.table, self.by_class = stock.table, stock.by_class
        self.survey: pd.DataFrame | None = getattr(stock, "survey", None)
        self.as_mapped: bool = getattr(stock, "as_mapped", False)

    def _rasters(self) -> tuple[xr.DataArray, xr.DataArray | None]:
        with self._lock:  # pages are drawn in threads
            if self._computed is None:
                classes = self._stock.classes
                self._computed = _loaded(density_layers(self._stock)), None if classes is None else _loaded(classes)
            return self._computed

    @property
    def next_plots(self) -> pd.DataFrame | None:
        """Where one more field plot helps most, where the result tells."""
        return getattr(self._stock, "next_plots", None)

    @property
    def layers(self) -> xr.DataArray:
        """What :func:`density_layers` gives."""
        return self._rasters()[0]

    @property
    def density(self) -> xr.Dataset:
        """As in :class:`maps.inputs.CarbonStock`, in memory."""
        return self.layers.to_dataset("layer")

    @property
    def classes(self) -> xr.DataArray | None:
        """As in :class:`maps.inputs.CarbonStock`, in memory."""
        return self._rasters()[1]


def _loaded(lazy: xr.DataArray) -> xr.DataArray:
    """A raster in memory, filled by rows of chunks: joining all finished chunks would hold it twice."""
    whole, start = np.empty(lazy.shape, lazy.dtype), 0
    for tall in lazy.chunksizes.get("y", (lazy.sizes["y"],)):
        rows = slice(start, start := start + tall)
        whole[..., rows, :] = lazy.isel(y=rows).transpose(..., "y", "x").to_numpy()
    return lazy.transpose(..., "y", "x").copy(data=whole)


def load_stock(stock: CarbonStock, *, most_gb: float = 1.0) -> CarbonStock:
    """Have the rasters of a stock computed once for the pages of all townships, and not at all where none asks.

    Parameters
    ----------
    stock : CarbonStock
        Result, rasters lazy.
    most_gb : float, default 1.0
        Larger rasters stay lazy [GB].
    """
    classes = stock.classes
    if stock.density.nbytes + (0 if classes is None else classes.nbytes) > most_gb * 1e9:
        return stock
    return LoadedStock(stock)


_FACTS = {
    "carbon_tc": ("total_tc", "total_low_tc", "total_high_tc", 1.0),
    "sink_tco2_yr": ("sink_tc_yr", "sink_low_tc_yr", "sink_high_tc_yr", CO2_PER_C),
    "wetland_tco2e_yr": (
        "wetland_balance_tco2e_yr",
        "wetland_balance_low_tco2e_yr",
        "wetland_balance_high_tco2e_yr",
        1.0,
    ),
    "forest_ha": ("forest_ha", "", "", 1.0),
    "wetland_ha": ("wetland_ha", "", "", 1.0),
}


def carbon_facts(stock: CarbonStock) -> pd.DataFrame:
    """Figures of the stock table under the names the pages use.

    Parameters
    ----------
    stock : CarbonStock
        Result.

    Returns
    -------
    pandas.DataFrame
        Index ``code`` (the last row the city): ``carbon_tc`` [t C], ``sink_tco2_yr`` [t CO₂/yr], ``wetland_tco2e_yr``
        [t CO₂e/yr, positive to the air], each with ``_low`` and ``_high``; ``forest_ha``, ``wetland_ha``,
        ``forest_cover_pct``, and ``stock_doubtful_pct`` and ``sink_doubtful_pct``, the shares that rest on factors
        which are assumed or of another place; only what the table has.
    """
    table = stock.table
    out = pd.DataFrame(index=pd.Index(table["code"].astype(str), name="code"))
    for name, (*columns, factor) in _FACTS.items():
        for column, end in zip(columns, ("", "_low", "_high"), strict=True):
            if column in table:
                out[name + end] = table[column].to_numpy(float) * factor
    if "forest_cover" in table:
        out["forest_cover_pct"] = 100.0 * table["forest_cover"].to_numpy(float)
    for name in ("stock_doubtful_pct", "sink_doubtful_pct"):
        if name in table:
            out[name] = table[name].to_numpy(float)
    return out


def trust_shares(row: pd.Series) -> dict[str, float] | None:
    """Shares of stock and sink [%] on factors that are assumed or of another place; None where not known.

    Parameters
    ----------
    row : Series
        A township of the carbon account.
    """
    shares = {name: row.get(f"{name}_doubtful_pct", np.nan) for name in ("stock", "sink")}
    return {k: float(v) for k, v in shares.items()} if all(pd.notna(v) for v in shares.values()) else None


def sink_figures(row: pd.Series) -> list[dict[str, Any]]:
    """Key figures of a township: stock, yearly sink, forest, wetland and its gas balance, with their intervals.

    Parameters
    ----------
    row : Series
        A township of the carbon account [t C, t C/a, ha, t CO₂e/a], with the ends of its intervals.
    """
    found = []
    if "carbon_tc" in row:
        more = {"word": "figure_carbon_co2", "value": float(row["carbon_tc"]) * CO2_PER_C, "unit": "tco2"}
        found.append(_figure("figure_carbon", row, "carbon_tc", "tc", more))
    if "sink_tco2_yr" in row:
        found.append(_figure("figure_sink", row, "sink_tco2_yr", "tco2"))
    if "forest_ha" in row:
        cover = row.get("forest_cover_pct", np.nan)
        more = {"word": "figure_cover", "value": float(cover), "unit": "pct"}
        found.append(_figure("figure_forest", row, "forest_ha", "ha", more if pd.notna(cover) else None))
    if "wetland_ha" in row and row["wetland_ha"] > 0:
        found.append(_figure("figure_wetland", row, "wetland_ha", "ha"))
        if "wetland_tco2e_yr" in row:
            found.append(_figure("figure_wetland_gas", row, "wetland_tco2e_yr", "tco2e", _verdict(row)))
    return found


def _verdict(row: pd.Series) -> dict[str, Any] | None:
    """Sink, source, or not certain: a balance whose interval holds zero is called neither."""
    ends = row.get("wetland_tco2e_yr_low"), row.get("wetland_tco2e_yr_high")
    if pd.isna(ends[0]) or pd.isna(ends[1]):
        return None
    return {"word": "verdict_source" if ends[0] > 0 else "verdict_sink" if ends[1] < 0 else "verdict_uncertain"}


def _figure(word: str, row: pd.Series, column: str, unit: str, more: dict[str, Any] | None = None) -> dict[str, Any]:
    ends = {side: float(row[f"{column}_{side}"]) for side in ("low", "high") if pd.notna(row.get(f"{column}_{side}"))}
    return {"word": word, "value": float(row[column]), "unit": unit, **ends, **({"more": more} if more else {})}


def pool_rows(by_class: pd.DataFrame) -> list[dict[str, Any]]:
    """Carbon by pool [t C].

    Parameters
    ----------
    by_class : DataFrame
        Carbon of a township by land class, a column for each pool [t C].
    """
    sums = by_class.groupby("pool")["stock_tc"].sum()
    known = [p for p in POOL_STYLES if p in sums[sums > 0]]
    return [
        {"label": list(words()[f"pool_{p}"]), "value": float(sums[p]), "unit": "tc", "color": POOL_STYLES[p][0]}
        for p in known
    ]


def group_rows(by_class: pd.DataFrame) -> list[dict[str, Any]]:
    """Carbon by main land group [t C] with its area [ha].

    Parameters
    ----------
    by_class : DataFrame
        Carbon [t C] and area [ha] of a township by land class.
    """
    carbon = by_class.groupby("group")["stock_tc"].sum()
    known = carbon[carbon > 0]
    area = by_class.drop_duplicates(["code", "class"]).groupby("group")["area_ha"].sum()
    groups = group_table().itertuples()
    return [
        {"label": [g.label_zh, g.label_en], "value": float(carbon[g.key]), "unit": "tc", "color": g.colour,
         "area_ha": float(area[g.key])}
        for g in groups if g.key in known
    ]  # fmt: skip


def density_layers(stock: CarbonStock) -> xr.DataArray:
    """Density by pool in one array, dims (layer, y, x), the total first.

    Parameters
    ----------
    stock : CarbonStock
        Its density rasters [t C/ha], lazy, NaN where no land class is known.
    """
    if isinstance(stock, LoadedStock):
        return stock.layers
    names = [str(name) for name in stock.density.data_vars]
    order = [n for n in ("total", *POOL_STYLES) if n in names]
    layers = stock.density[order].to_dataarray("layer")
    return layers.rio.write_crs(stock.density.rio.crs, inplace=True)


def density_ramp(pool: str) -> Ramp:
    """Legend of a density map.

    Parameters
    ----------
    pool : str
        One of ``POOL_STYLES``, or ``total``.
    """
    limits = _TOTAL_LIMITS if pool == "total" else POOL_STYLES[pool][1]
    return ramp("carbon", "tc_ha", limits)
