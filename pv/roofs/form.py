"""Forms of a roof: their names, what an outline tells of them, and which one a set of faces shows."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from guanghui.geo.buildings import STOREY_M
from guanghui.geo.roof_forms import FORMS

__all__ = ["FLAT_TILT_DEG", "FORMS", "known_forms", "observed_form", "outline_shape"]

FLAT_TILT_DEG = 10.0
"""Faces flatter than this are level in the learned tables [°] (the default of ``flat_below``)."""
_END_DEG = 30.0
_SQUARE = 1.02
"""Sides that differ by less have no longer one [1]."""
_EAST_WEST_DEG = 82.0
"""Near east and west; no half-way to it lies on the compass [°]."""


def outline_shape(buildings: gpd.GeoDataFrame) -> pd.DataFrame:
    """What an outline tells of its roof.

    Parameters
    ----------
    buildings : geopandas.GeoDataFrame
        Metric CRS; ``building_class`` and ``height_m`` or ``storeys`` are used where there are any.

    Returns
    -------
    pandas.DataFrame
        On the index of ``buildings``: ``area_m2``, ``ridge_deg`` (long axis of the narrowest rectangle, from grid
        north; of a square the side nearer to east and west), ``elongation`` (its length over its width),
        ``rectangularity`` (share of it filled) [1],
        ``building_class`` and ``storeys``.
    """
    shapes = buildings.geometry.to_numpy()
    corners = shapely.get_coordinates(shapely.minimum_rotated_rectangle(shapes)).reshape(len(shapes), -1, 2)
    side = np.diff(corners[:, :3], axis=1)
    length = np.hypot(side[..., 0], side[..., 1])
    second = length[:, 1] > length[:, 0]
    way = np.degrees(np.arctan2(side[:, 1, 0], side[:, 1, 1])) % 180.0
    square = length.max(axis=1) < _SQUARE * length.min(axis=1)
    second[square] = np.abs(way - _EAST_WEST_DEG)[square] < 45.0
    along = side[np.arange(len(shapes)), second.astype(int)]
    long, wide = length.max(axis=1), np.maximum(length.min(axis=1), 0.5)
    area = shapely.area(shapes)
    storeys = _storeys(buildings)
    return pd.DataFrame(
        {
            "area_m2": area,
            "ridge_deg": np.degrees(np.arctan2(along[:, 0], along[:, 1])) % 180.0,
            "elongation": long / wide,
            "rectangularity": np.minimum(area / np.maximum(long * wide, 1e-9), 1.0),
            "building_class": buildings["building_class"].to_numpy() if "building_class" in buildings else "other",
            "storeys": storeys,
        },
        index=buildings.index,
    )


def _storeys(buildings: gpd.GeoDataFrame) -> np.ndarray:
    """Storeys as given, else from the height."""
    given = buildings["storeys"].to_numpy(float) if "storeys" in buildings else np.full(len(buildings), np.nan)
    height = buildings["height_m"].to_numpy(float) if "height_m" in buildings else np.full(len(buildings), STOREY_M)
    return np.where(np.isfinite(given), given, np.maximum(np.round(height / STOREY_M), 1.0))


def observed_form(faces: pd.DataFrame, shape: pd.DataFrame) -> pd.DataFrame:
    """Form and tilt of roofs whose faces are known.

    Parameters
    ----------
    faces : pandas.DataFrame
        ``building_id``, ``surface_tilt``, ``surface_azimuth`` from grid north [°], ``ground_m2``.
    shape : pandas.DataFrame
        From :func:`outline_shape`, indexed by ``building_id``.

    Returns
    -------
    pandas.DataFrame
        ``form``, ``tilt`` of the pitched part [°] (NaN where there is none) on the index of ``shape``; roofs without
        faces are left blank.
    """
    by, ground = faces["building_id"], faces["ground_m2"]
    flat = faces["surface_tilt"] < FLAT_TILT_DEG
    turn = np.abs((faces["surface_azimuth"] - by.map(shape["ridge_deg"])) % 180.0 - 90.0)
    side = (turn < _END_DEG) & ~flat

    def total(weight: pd.Series) -> pd.Series:
        return weight.groupby(by).sum()

    a = np.radians(faces["surface_azimuth"])
    pull = np.hypot(total(ground * ~flat * np.cos(a)), total(ground * ~flat * np.sin(a)))
    whole, level, pitched = total(ground), total(ground * flat), total(ground * ~flat)
    pitched = pitched.where(pitched > 0)
    sides = total(ground * side) / pitched
    form = np.select(
        [level / whole >= 0.5, pull / pitched > 0.7, (sides > 0.8) | (sides < 0.3)], ["flat", "shed", "gable"], "hip"
    )
    tilt = total(ground * ~flat * faces["surface_tilt"]) / pitched
    found = pd.DataFrame({"form": pd.Series(form, whole.index), "tilt": tilt})
    found["tilt"] = found["tilt"].where(found["form"] != "flat")
    return found.reindex(shape.index).fillna({"form": ""})


def known_forms(buildings: gpd.GeoDataFrame) -> pd.DataFrame:
    """Form, tilt and free share of buildings as the region gives them; a slope too gentle to be told is flat.

    Parameters
    ----------
    buildings : geopandas.GeoDataFrame
        With ``form``, ``form_tilt`` and ``form_clear`` where any is known.

    Returns
    -------
    pandas.DataFrame
        ``form`` (blank: unknown), ``tilt`` [°], ``clear`` (share that modules can cover) [1], on the index of
        ``buildings``.
    """
    none = np.full(len(buildings), np.nan)
    tilt, clear = (buildings[c].to_numpy(float) if c in buildings else none for c in ("form_tilt", "form_clear"))
    form = buildings["form"].astype(str).to_numpy(object) if "form" in buildings else np.full(len(none), "", object)
    level = (form != "") & (tilt < FLAT_TILT_DEG)
    return pd.DataFrame({"form": np.where(level, "flat", form), "tilt": np.where(level, np.nan, tilt), "clear": clear},
                        buildings.index)  # fmt: skip
