"""Faces with what their hours need: plane, months and a few skylines."""

from __future__ import annotations

import dataclasses

import geopandas as gpd
import pandas as pd

from guanghui.pv.assessment.task import SiteModel
from guanghui.pv.settings import PvSettings
from guanghui.pv.sun.weather import Weather

__all__ = ["HourlyFaces", "hour_rows"]


@dataclasses.dataclass(frozen=True)
class HourlyFaces:
    """Faces of one weather with what their hours need."""

    table: pd.DataFrame
    """``building_id module_tilt module_azimuth`` [°] ``rack sky_view`` [1] ``skyline`` (sines in 255ths, cells × nodes)
    and the months [kWh]; faces of racks back to back stand twice, with half of the energy each."""
    weather: Weather
    model: SiteModel
    settings: PvSettings


def hour_rows(table: pd.DataFrame, model: SiteModel, buildings: gpd.GeoDataFrame, months: list[str]) -> pd.DataFrame:
    """Rows of :class:`HourlyFaces`; a roof of unknown form has the shape of a day of its level racks.

    Parameters
    ----------
    table : pandas.DataFrame
        Faces of one weather with their energy and skylines.
    model : SiteModel
        Rows of the racks.
    buildings : geopandas.GeoDataFrame
        Of the region.
    months : list of str
        Columns of the energy.
    """
    rows = table[["module_tilt", "module_azimuth", "rack", "sky_view", "skyline", *months]].copy()
    rows.insert(0, "building_id", buildings["building_id"].to_numpy()[table["building"].to_numpy(int)])
    unknown = rows["module_azimuth"].isna().to_numpy()
    rows.loc[unknown, ["module_tilt", "module_azimuth"]] = [model.rows.tilt, model.rows.azimuth]
    rows["rack"] = rows["rack"].to_numpy(bool) | unknown
    if model.rows.per_pitch == 1:
        return rows
    pair = rows["rack"].to_numpy(bool)
    rows.loc[pair, months] /= 2
    back = rows[pair].assign(module_azimuth=(rows.loc[pair, "module_azimuth"] + 180.0) % 360.0)
    return pd.concat([rows, back], ignore_index=True)
