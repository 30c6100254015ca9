"""Value of the carbon that land takes up in a year (生态产品价值：固碳): tonnes of CO₂ times a price, no more."""

from __future__ import annotations

import pandas as pd

from guanghui.data import read_table
from guanghui.geo.units import CO2_PER_C
from guanghui.plan.inputs.land_sections import ValueSection
from guanghui.sinks import Stock
from guanghui.sinks.tables import WHOLE_CODE

__all__ = ["FORMULA", "price_band", "value_of", "value_table"]

FORMULA = (
    "固碳价值 = 年固碳量（t C）× 44/12 × 价格（元/t CO₂）；依《森林生态系统服务功能评估规范》GB/T 38582-2020 与"
    "《生态产品总值核算规范（试行）》(2022) 的固碳项，两者原文未能查阅，公式未核实。湿地碳埋藏单列、不计入合计："
    "其温室气体平衡另见湿地表。不含其他服务",
    "value = carbon fixed in a year (t C) x 44/12 x price (yuan/t CO₂), the carbon item of GB/T 38582-2020 and of the "
    "trial rules for gross ecosystem product (2022); neither text could be read, so the formula is unverified. Carbon "
    "buried in wetlands stands apart and is not in the total: see its gas balance. No other service is valued",
)
"""What is counted, in Chinese and English."""
_LINES = {
    "forest_growth_tc_yr": ("forest", "森林净生长", "net forest growth", True),
    "cropland_soil_tc_yr": ("cropland", "耕地土壤固碳", "cropland soil gain", True),
    "wetland_burial_tc_yr": ("wetland", "湿地碳埋藏（不计入合计）", "wetland burial (not in the total)", False),
}


def price_band(asked: ValueSection) -> tuple[float, float, float, str, str]:
    """Price, the ends of its band [yuan/t CO₂], and where they come from in Chinese and English.

    Parameters
    ----------
    asked : ValueSection
        A price of the user; without one the ends of the shipped band, and no price between them.
    """
    if asked.price_yuan_t is not None:
        price = asked.price_yuan_t
        low, high = asked.price_low_yuan_t or price, asked.price_high_yuan_t or price
        return price, low, high, asked.source or "区域文件给定", asked.source or "given in the region file"
    table = read_table("factors", "co2_price.csv")
    low, high = float(table["value"].min()), float(table["value"].max())
    years = f"{table['year'].min()}-{table['year'].max()}"
    return (float("nan"), low, high, f"全国碳市场 {years} 年末收盘价区间（未核实）",
            f"band of closing prices of the national carbon market, ends of {years} (unverified)")  # fmt: skip


def value_table(stock: Stock, asked: ValueSection) -> pd.DataFrame:
    """Value of the carbon fixed in a year, by township and line, the city last.

    Parameters
    ----------
    stock : Stock
        Carbon.
    asked : ValueSection
        Price.

    Returns
    -------
    pandas.DataFrame
        ``code``, ``name``, ``line``, ``label_zh``, ``label_en``, ``fixed_tc_yr``, ``fixed_co2_t_yr``, ``counted``,
        ``price_yuan_t`` with ``price_low_yuan_t`` and ``price_high_yuan_t``, ``value_yuan_yr`` with
        ``value_low_yuan_yr`` and ``value_high_yuan_yr`` (ends of the price; NaN for what is not counted), ``price_zh``,
        ``price_en``. The line ``total`` of a place sums what is counted.
    """
    price, low, high, zh, en = price_band(asked)
    parts = []
    places = stock.table[["code", "name"]]
    for column, (line, zh_, en_, counted) in _LINES.items():
        one = places.assign(line=line, label_zh=zh_, label_en=en_, fixed_tc_yr=stock.table[column], counted=counted)
        parts.append(one)
    total = sum(p["fixed_tc_yr"] * p["counted"] for p in parts)
    parts.append(places.assign(line="total", label_zh="合计", label_en="total", fixed_tc_yr=total, counted=True))
    out = pd.concat(parts, keys=range(len(parts))).swaplevel().sort_index().reset_index(drop=True)
    out.insert(6, "fixed_co2_t_yr", out["fixed_tc_yr"] * CO2_PER_C)
    for end, number in (("", price), ("low_", low), ("high_", high)):
        out[f"price_{end}yuan_t"] = number
    for end, number in (("", price), ("low_", low), ("high_", high)):
        out[f"value_{end}yuan_yr"] = (out["fixed_co2_t_yr"] * number).where(out["counted"].astype(bool))
    return out.assign(price_zh=zh, price_en=en)


def value_of(table: pd.DataFrame, code: str = WHOLE_CODE) -> pd.Series:
    """Total of a place.

    Parameters
    ----------
    table : pandas.DataFrame
        From :func:`value_table`.
    code : str
        Township; the city by default.
    """
    return table[(table["code"].astype(str) == code) & (table["line"] == "total")].iloc[0]
