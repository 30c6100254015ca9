"""Two readings of a coverage plan: shares of all roofs of the place, or of the roofs inside a zone of it."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from guanghui.geo.errors import InputError
from guanghui.plan.inputs.region import Region
from guanghui.plan.results.programme import Existing, plan_of
from guanghui.pv.programme.phases import CoveragePlan

__all__ = ["READING_COLUMNS", "READING_SUMS", "zone_readings"]

READING_SUMS = ("roofs", "usable_m2", "capacity_kwp", "yield_kwh", "existing_kwp", "avoided_co2_t")
READING_COLUMNS = (
    "reading", "year", "target_share", "available_m2", "reached_m2", "reached_share", *READING_SUMS, "capex_yuan",
    "city_share", "zone_share", "left_m2", "left_kwp",
)  # fmt: skip
_INSIDE = 0.5
"""A township with this part of its area in the zone lends it the systems known by township only [1]."""


def zone_readings(
    region: Region, roofs: gpd.GeoDataFrame, plan: CoveragePlan | None, stands: Existing | None
) -> pd.DataFrame | None:
    """Both readings of ``[coverage] phases`` beside each other; None without ``zone`` or phases.

    Parameters
    ----------
    region : Region
        ``[coverage] zone``.
    roofs : geopandas.GeoDataFrame
        Surveyed, with money and exclusions.
    plan : CoveragePlan, optional
        The programme of the whole place.
    stands : Existing, optional
        Existing systems.

    Returns
    -------
    pandas.DataFrame
        One row a reading (``city``, ``zone``) and year, cumulative: available and reached area [m²] and share [1] of
        the base, sums of what is built, ``city_share`` and ``zone_share`` (the same programme as part of either base
        [1]), and what is left of the base (``left_m2``, ``left_kwp``).

    Raises
    ------
    InputError
        If no usable roof of the whole region stands in the zone.
    """
    zone = region.zone
    if zone is None or plan is None:
        return None
    shape = shapely.union_all(zone.geometry.to_numpy())
    inside = np.asarray(shapely.contains(shape, shapely.point_on_surface(roofs.geometry.to_numpy())))
    mine = roofs[inside]
    if region.chosen and not len(mine):
        return None  # the zone lies in townships that were not chosen
    if not len(mine) or float(mine["usable_m2"].sum()) <= 0:
        raise InputError(
            f"{region.path}: [coverage] zone holds no usable roof; correct the polygon or remove the key.",
            f"{region.path}：[coverage] zone 内没有可用屋顶；请更正界线或删除该键。",
        )
    own = plan if bool(inside.all()) else _plan_inside(region, mine, stands, shape)
    ids = pd.Index(mine["building_id"])
    rows = [*_rows("city", plan, roofs, ids), *_rows("zone", own, mine, ids, whole=float(plan.available.sum()))]
    table = pd.DataFrame(rows, columns=list(READING_COLUMNS))
    return table.dropna(axis="columns", how="all")


def _plan_inside(
    region: Region, mine: gpd.GeoDataFrame, stands: Existing | None, shape: shapely.Geometry
) -> CoveragePlan:
    out = mine.set_index("building_id")["excluded"] if "excluded" in mine else None
    if stands is None:
        return plan_of(region, mine, None, out, region.settings.coverage.objective)
    towns = region.townships
    part = shapely.area(shapely.intersection(towns.geometry.to_numpy(), shape)) / shapely.area(
        towns.geometry.to_numpy()
    )
    lent = set(towns.loc[part >= _INSIDE, "code"].astype(str)) & set(mine["township_code"].astype(str))
    loose = stands.by_township_kwp
    loose = loose[[str(code) in lent for code in loose.index]]
    here = Existing(stands.on_roof_kwp, loose, stands.beside)
    return plan_of(region, mine, here, out, region.settings.coverage.objective)


def _rows(
    reading: str, plan: CoveragePlan, roofs: gpd.GeoDataFrame, ids: pd.Index, *, whole: float | None = None
) -> list[dict[str, object]]:
    available = float(plan.available.sum())
    inner = plan.available[plan.available.index.intersection(ids)]
    base = {"city_share": available if whole is None else whole, "zone_share": float(inner.sum())}
    capacity = roofs.set_index("building_id")["capacity_kwp"].where(plan.available > 0, 0.0)
    rows: list[dict[str, object]] = []
    for done in plan.reached.to_dict("records"):
        year = int(done["year"])
        part = plan.parts[year]
        area = part * plan.available
        built = plan.total(year)
        rows.append({
            "reading": reading, "year": year, "target_share": done["target_share"], "available_m2": available,
            "reached_m2": float(done["reached_share"]) * available, "reached_share": done["reached_share"],
            **{name: built[name] for name in READING_SUMS}, "capex_yuan": built.get("capex_yuan", np.nan),
            "city_share": float(area.sum()) / base["city_share"],
            "zone_share": float(area[inner.index].sum()) / base["zone_share"],
            "left_m2": float(((1 - part) * plan.available).sum()), "left_kwp": float(((1 - part) * capacity).sum()),
        })  # fmt: skip
    return rows
