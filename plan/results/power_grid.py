"""Grid check: what the programme puts into each township against what its transformers can take."""

from __future__ import annotations

import pandas as pd

from guanghui.geo.errors import InputError, listing
from guanghui.plan.inputs.region import Region
from guanghui.pv.programme.phases import CoveragePlan

__all__ = ["grid_check", "grid_table"]

_YELLOW = 0.75
"""Share of the limit from which a township is marked yellow (assumed)."""


def grid_table(region: Region) -> pd.DataFrame | None:
    """Rated capacity by township of ``[grid]``; None without the section.

    Returns
    -------
    pandas.DataFrame
        ``place`` (code or name) and ``capacity_kva``, feeders of a township summed.

    Raises
    ------
    InputError
        Missing columns or capacities that are no numbers.
    """
    section = region.file.grid
    if section is None:
        return None
    path = region.path_of("grid", "path", section.path)
    raw = pd.read_csv(path, comment="#", dtype=str, encoding="utf-8-sig")
    place = next((c for c in ("township_code", "township") if c in raw), None)
    if place is None or "capacity_kva" not in raw:
        raise InputError(
            f"{path.name}: needs township_code or township, and capacity_kva; found {listing(raw.columns)}."
        )
    size = pd.to_numeric(raw["capacity_kva"], errors="coerce")
    if size.isna().any() or (size < 0).any():
        row = int((size.isna() | (size < 0)).to_numpy().argmax()) + 1
        raise InputError(f"{path.name}: capacity_kva of row {row} is no number above 0; correct it.")
    table = pd.DataFrame({"place": raw[place].astype(str), "capacity_kva": size})
    return table.groupby("place", as_index=False)["capacity_kva"].sum()


def grid_check(region: Region, roofs: pd.DataFrame, plan: CoveragePlan) -> pd.DataFrame | None:
    """Capacity of each phase and township against the limit.

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
    table = grid_table(region)
    if table is None or region.file.grid is None:
        return None
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
