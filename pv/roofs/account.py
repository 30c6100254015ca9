"""Where the area of a roof goes: what carries modules, and one reason for every square metre that does not.

Areas are ground projections, so that those of a building add up to its outline. Each cell is asked in this order: its
face too steep, an obstacle, the setback along the outline, shade, and a face whose usable rest is smaller than the
smallest patch.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from guanghui.pv.roofs.cells import RoofCells
from guanghui.pv.roofs.planes import FaceSet
from guanghui.pv.settings import PvSettings

__all__ = ["LOSSES", "REASONS", "area_account", "main_reason", "roof_account"]

REASONS = ("steep", "obstacle", "setback", "shade", "small")
"""Why a part of a roof carries nothing, in the order asked."""
LOSSES = tuple(f"lost_{reason}_m2" for reason in REASONS)
_CELL_M2 = 1e-9


def area_account(
    cells: RoofCells, faces: FaceSet, free: np.ndarray, usable: np.ndarray, settings: PvSettings
) -> dict[str, np.ndarray]:
    """Ground area of each face by what becomes of it.

    Parameters
    ----------
    cells : RoofCells
        Cells of the buildings.
    faces : FaceSet
        Their faces.
    free : numpy.ndarray
        Cells with sun enough that are open to modules, bool, shape (n,).
    usable : numpy.ndarray
        Faces whose usable part is large enough, bool, shape (f,).
    settings : PvSettings
        ``max_tilt``.

    Returns
    -------
    dict of str to numpy.ndarray
        ``used_m2`` and ``LOSSES`` [m²], shape (f,); their sum is the ground area of the face.
    """
    count = len(faces.building)
    steep = (faces.tilt > settings.max_tilt)[faces.face]
    clear = ~steep & ~faces.obstacle
    edge = cells.ground_m2 - cells.free_m2

    def summed(weight: np.ndarray) -> np.ndarray:
        return np.bincount(faces.face, weight, count)

    open_to = summed(np.where(free, cells.free_m2, 0.0))
    return {
        "used_m2": np.where(usable, open_to, 0.0),
        "lost_steep_m2": summed(np.where(steep, cells.ground_m2, 0.0)),
        "lost_obstacle_m2": summed(np.where(~steep & faces.obstacle, cells.ground_m2, 0.0)),
        "lost_setback_m2": summed(np.where(clear, edge, 0.0)),
        "lost_shade_m2": summed(np.where(clear & ~free, cells.free_m2, 0.0)),
        "lost_small_m2": np.where(usable, 0.0, open_to),
    }


def roof_account(faces: pd.DataFrame, footprint_m2: np.ndarray) -> pd.DataFrame:
    """The same by building, and the reason that weighs most.

    Parameters
    ----------
    faces : pandas.DataFrame
        ``building`` (position), ``used_m2``, ``LOSSES`` and ``capacity_kwp`` of each face.
    footprint_m2 : numpy.ndarray
        Area of each outline [m²], shape (b,).

    Returns
    -------
    pandas.DataFrame
        ``used_m2``, ``LOSSES`` and ``reason``, one row a building. An outline too small for a cell of the surface is
        lost as ``small``.
    """
    columns = ["used_m2", *LOSSES]
    sums = faces.groupby("building")[[*columns, "capacity_kwp"]].sum()
    out = sums.reindex(range(len(footprint_m2)))
    unseen = out["used_m2"].isna()
    out = out.fillna(0.0)
    out.loc[unseen, "lost_small_m2"] = np.asarray(footprint_m2)[unseen.to_numpy()]
    out["reason"] = main_reason(out)
    return out[[*columns, "reason"]]


def main_reason(account: pd.DataFrame) -> np.ndarray:
    """Reason that takes most of a roof; of one without modules, what leaves nothing.

    Parameters
    ----------
    account : pandas.DataFrame
        ``LOSSES`` and ``capacity_kwp``.

    Returns
    -------
    numpy.ndarray
        One of ``REASONS`` (object), empty where nothing is lost, shape (b,).

    Notes
    -----
    The edge of a roof that is otherwise steep or shaded tells nothing, so on a roof without modules the setback counts
    as small: what it leaves is no patch.
    """
    lost = account[list(LOSSES)].to_numpy(float).copy()
    bare = account["capacity_kwp"].to_numpy(float) <= 0
    setback, small = REASONS.index("setback"), REASONS.index("small")
    lost[bare, small] += lost[bare, setback]
    lost[bare, setback] = 0.0
    names = np.array(REASONS, dtype=object)[lost.argmax(axis=1)] if len(lost) else np.zeros(0, object)
    return np.where(bare & (lost.max(axis=1, initial=0.0) <= _CELL_M2), "small",
                    np.where(lost.max(axis=1, initial=0.0) > _CELL_M2, names, ""))  # fmt: skip
