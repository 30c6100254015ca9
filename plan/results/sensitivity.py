"""What a fifth more or less of share, price, cost and yield does to the programme."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd

from guanghui.pv.programme.money import Prices, cash_flow
from guanghui.pv.programme.phases import CoveragePlan

__all__ = ["sensitivity"]

_STEP = 0.2


def sensitivity(roofs: gpd.GeoDataFrame, plan: CoveragePlan, known: Prices) -> pd.DataFrame:
    """Turn one input at a time by ±20 %.

    Parameters
    ----------
    roofs : geopandas.GeoDataFrame
        With money columns.
    plan : CoveragePlan
        The new systems of its last year are taken together as one investment.
    known : Prices
        Rates.

    Returns
    -------
    pandas.DataFrame
        ``input change_pct capex_yuan yield_kwh lcoe_yuan_kwh npv_yuan irr payback_years``. The share changes the size
        of the programme at its mean unit cost and yield, so its LCOE, IRR and payback stay.
    """
    stands = plan.built["existing_kwp"].reindex(roofs["building_id"]).to_numpy() > 0
    part = plan.parts[max(plan.shares)].reindex(roofs["building_id"]).to_numpy() * ~stands
    frame = pd.DataFrame(roofs[["capex_yuan", "yield_kwh", "self_use_share"]]).fillna(0.0).mul(part, axis=0)
    retail = roofs["building_class"].map(dict(known.retail_yuan_kwh)).to_numpy(float)
    share = roofs["self_use_share"].fillna(0.0).to_numpy(float)
    price = share * retail + (1 - share) * known.feed_in_yuan_kwh
    capex, energy = float(frame["capex_yuan"].sum()), float(frame["yield_kwh"].sum())
    mean_price = float((price * frame["yield_kwh"]).sum() / energy) if energy > 0 else float("nan")
    rows = []
    for name in ("none", "share", "price", "cost", "yield"):
        for change in (0.0,) if name == "none" else (-_STEP, _STEP):
            turned = {k: 1 + change * (k == name) for k in ("share", "price", "cost", "yield")}
            money = np.array([capex * turned["share"] * turned["cost"]])
            power = np.array([energy * turned["share"] * turned["yield"]])
            found = cash_flow(money, power, np.array([mean_price * turned["price"]]), opex_share=known.opex_share,
                              degradation=known.degradation, discount_rate=known.discount_rate,
                              life_years=known.life_years)  # fmt: skip
            rows.append({"input": name, "change_pct": 100 * change, "capex_yuan": money[0], "yield_kwh": power[0],
                         "lcoe_yuan_kwh": found.lcoe_yuan_kwh[0], "npv_yuan": found.npv_yuan[0], "irr": found.irr[0],
                         "payback_years": found.payback_years[0]})  # fmt: skip
    return pd.DataFrame(rows)
