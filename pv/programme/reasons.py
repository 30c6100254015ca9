"""Where roofs that are left out stand in the account of the area, and the account by building class."""

from __future__ import annotations

import numpy as np
import pandas as pd

from guanghui.geo.buildings import BUILDING_CLASSES
from guanghui.pv.roofs.account import LOSSES

__all__ = ["ALL_LOSSES", "EXCLUDED", "area_by_class", "leave_out"]

EXCLUDED = "lost_excluded_m2"
ALL_LOSSES = (*LOSSES, EXCLUDED)
"""Columns of lost area once a programme has left roofs out [m²]."""


def leave_out(roofs: pd.DataFrame, excluded: pd.Series) -> None:
    """Book the usable area of roofs that are left out as lost, in place.

    Parameters
    ----------
    roofs : pandas.DataFrame
        With ``used_m2`` and ``reason`` of the survey; gets ``lost_excluded_m2``.
    excluded : pandas.Series
        Reason of each roof, empty where it may be used, in the order of the roofs.
    """
    if "used_m2" not in roofs:
        return
    out = excluded.to_numpy() != ""
    before = roofs[EXCLUDED].to_numpy(float) if EXCLUDED in roofs else np.zeros(len(roofs))
    used = roofs["used_m2"].to_numpy(float) + before
    roofs[EXCLUDED] = np.where(out, used, 0.0)
    roofs["used_m2"] = np.where(out, 0.0, used)
    reason = roofs["reason"].to_numpy(object).copy()
    reason[out & (used > 0)] = "excluded"
    roofs["reason"] = reason


def area_by_class(roofs: pd.DataFrame) -> pd.DataFrame:
    """Account of the roof area by building class.

    Parameters
    ----------
    roofs : pandas.DataFrame
        With the account.

    Returns
    -------
    pandas.DataFrame
        ``building_class roofs bare_roofs footprint_m2 used_m2`` and the losses [m²]; ``footprint_m2`` is the sum of
        what follows it.
    """
    columns = ["footprint_m2", "used_m2", *(c for c in ALL_LOSSES if c in roofs)]
    bare = (roofs["capacity_kwp"] <= 0).astype(int)
    table = pd.DataFrame(roofs[["building_class", *columns]]).assign(roofs=1, bare_roofs=bare)
    sums = table.groupby("building_class")[["roofs", "bare_roofs", *columns]].sum()
    present = [*(c for c in BUILDING_CLASSES if c in sums.index), *sorted(set(sums.index) - set(BUILDING_CLASSES))]
    return sums.loc[present].reset_index()
