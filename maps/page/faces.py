"""Faces of roofs and the modules laid on them, packed for the sheet of one roof."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from guanghui.maps.page.pack import Packer, pack_outlines

__all__ = ["SHAPE_QUANTUM_M", "pack_faces"]

SHAPE_QUANTUM_M = 0.02
"""Step of packed corners: modules stand 2 cm apart."""

_MOST_CORNERS = 200_000
"""More corners of a kind in a township, about half a megabyte, are left out of its page."""


def pack_faces(
    packer: Packer, roofs: pd.DataFrame, faces: gpd.GeoDataFrame | None, modules: gpd.GeoDataFrame | None
) -> dict[str, Any] | None:
    """Pack the polygons of faces and modules of some roofs.

    Parameters
    ----------
    packer : Packer
        Receives ``face_`` and ``module_`` columns of outlines, how many each roof has, and the power of its modules.
    roofs : pandas.DataFrame
        Roofs of the page with ``building_id``.
    faces : geopandas.GeoDataFrame, optional
        ``building_id``, ``face``, polygons (:func:`pv.faces`); where azimuth and tilt are there, each face is named by
        them.
    modules : geopandas.GeoDataFrame, optional
        ``building_id``, ``face``, ``capacity_kwp``, rectangles (:func:`pv.layout`).

    Returns
    -------
    dict or None
        ``step`` of the corners [m] and ``kinds`` that were packed; None without either. A kind with more
        than 200,000 corners is left out, so that a page keeps its size, and named in ``left_out``.
    """
    kinds, left_out, place = [], [], {name: at for at, name in enumerate(roofs["building_id"].astype(str))}
    found: dict[str, Any] = {"step": SHAPE_QUANTUM_M}
    for kind, frame in (("face", faces), ("module", modules)):
        if frame is None:
            continue
        at = frame["building_id"].astype(str).map(place)
        own = frame[at.notna()].assign(at=at.dropna().astype(int)).sort_values(["at", "face"], kind="stable")
        if own.empty:
            continue
        if shapely.get_num_coordinates(own.geometry.to_numpy()).sum() > _MOST_CORNERS:
            left_out.append(kind)
            continue
        kinds.append(kind)
        packer.integers(f"{kind}_of", np.bincount(own["at"], minlength=len(roofs)))
        pack_outlines(packer, own, prefix=f"{kind}_", quantum_m=SHAPE_QUANTUM_M)
        if kind == "module":
            packer.numbers("module_kwp", np.bincount(own["at"], own["capacity_kwp"], len(roofs)), scale=1000)
        elif {"surface_tilt", "surface_azimuth"} <= set(own.columns):
            packer.numbers("face_tilt", own["surface_tilt"].to_numpy(float), scale=1)
            packer.numbers("face_azimuth", own["surface_azimuth"].to_numpy(float), scale=1)
    return {**found, "kinds": kinds, "left_out": left_out} if kinds or left_out else None
