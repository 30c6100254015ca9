"""How modules are fixed to nearly level roofs, by what the roof is made of and what the building is for."""

from __future__ import annotations

import numpy as np
import pandas as pd

from guanghui.pv.settings import PvSettings

__all__ = ["MOUNTS", "flush_roofs", "mount_of"]

MOUNTS = ("flush", "rows", "pairs", "partly_flush")
"""Flush with the roof; in rows that look to the equator; in pairs of rows back to back; some faces so, some so."""


def flush_roofs(buildings: pd.DataFrame, settings: PvSettings) -> np.ndarray:
    """Whether modules lie flush on the nearly level faces of each building.

    Parameters
    ----------
    buildings : pandas.DataFrame
        ``building_class`` and, where known, ``roof_material``.
    settings : PvSettings
        ``preset`` and ``mounts``; the material goes before the class.

    Returns
    -------
    numpy.ndarray
        bool, shape (b,).
    """
    if settings.preset == "flush" or "building_class" not in buildings:
        return np.full(len(buildings), settings.preset == "flush")
    kind = buildings["building_class"].astype(str).map(settings.mounts)
    if "roof_material" in buildings:
        kind = buildings["roof_material"].astype(str).map(settings.mounts).fillna(kind)
    return (kind == "flush").to_numpy(bool)


def mount_of(faces: pd.DataFrame, settings: PvSettings) -> pd.Series:
    """Mount of each roof.

    Parameters
    ----------
    faces : pandas.DataFrame
        ``building``, ``rack`` (bool) and ``capacity_kwp`` of each face.
    settings : PvSettings
        ``preset``.

    Returns
    -------
    pandas.Series
        One of ``MOUNTS``, index the buildings that carry modules.
    """
    used = faces[faces["capacity_kwp"] > 0]
    on_racks = used["rack"].astype(bool).groupby(used["building"]).agg(["min", "max"])
    rows = "pairs" if settings.preset == "east-west" else "rows"
    kind = np.where(on_racks["min"], rows, np.where(on_racks["max"], "partly_flush", "flush"))
    return pd.Series(kind, index=on_racks.index, dtype=object)
