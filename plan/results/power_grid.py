"""Grid check: what the programme puts into each township against what its transformers can take."""

from __future__ import annotations

import pandas as pd

from guanghui.geo.errors import listing
from guanghui.geo.side_table import match_township
from guanghui.plan.inputs.region import Region
from guanghui.pv.programme.phases import CoveragePlan

__all__ = ["grid_check"]

_YELLOW = 0.75
"""Share of the limit from which a township is marked yellow (assumed)."""


def grid_check(region: Region, roofs: pd.DataFrame, plan: CoveragePlan) -> pd.DataFrame | None:
    """Capacity of each phase and township against the limit.

    Parameters
    ----------
    region : Region
        With the table of transformers and ``[grid]``; else None comes back.
    roofs : DataFrame
        ``township_code``, ``township``: the places that are known.
    plan : CoveragePlan
        The programme, capacity by year and township [kWp].

    Returns
    -------
    pandas.DataFrame or None
        ``year township_code township capacity_kwp capacity_kva limit_kw used_share zone`` with zone green, yellow (from
        75 % of the limit), red (红区, above it) or unknown.

    Notes
    -----
    The limit is ``limit_share`` of the rating, compared with the inverters' power (module power over DC/AC ratio); load
    by day, which would leave more room, is not counted.
    """
    table = region.power_grid
    if table is None or region.file.grid is None:
        return None
    full = match_township(table["place"], [*roofs["township_code"].astype(str), *roofs["township"].astype(str)])
    table = table.assign(place=[full.get(place, place) for place in table["place"]])
    table = table.groupby("place", as_index=False)["capacity_kva"].sum()
    unknown = sorted(set(table["place"]) - set(roofs["township_code"].astype(str)) - set(roofs["township"].astype(str)))
    if unknown:
        region.notes.add("grid", f"{listing(unknown)}: no such township with roofs; their capacity is not used",
                         f"电网表中 {listing(unknown)} 无对应乡镇，未采用")  # fmt: skip
    rating = table.set_index("place")["capacity_kva"]
    keys = ["year", "township_code", "township"]
    out = plan.table.groupby(keys, as_index=False)["capacity_kwp"].sum()
    by_code = out["township_code"].astype(str).map(rating)
    out["capacity_kva"] = by_code.fillna(out["township"].astype(str).map(rating))
    out["limit_kw"] = out["capacity_kva"] * region.file.grid.limit_share
    out["used_share"] = out["capacity_kwp"] / region.settings.pv.dc_ac_ratio / out["limit_kw"]
    out["zone"] = pd.cut(out["used_share"], [-1, _YELLOW, 1, float("inf")], labels=["green", "yellow", "red"])
    out["zone"] = out["zone"].astype(object).where(out["used_share"].notna(), "unknown")
    return out
