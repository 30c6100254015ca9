"""Energy of planes that stand in the open, in endless rows, or before a wall, through the same engine as roofs."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from guanghui.pv.energy.hourly import Light, energy_per_kwp, mean_slant
from guanghui.pv.energy.system import ClassYear, flat_rows
from guanghui.pv.settings import PvSettings
from guanghui.pv.shade.horizon import Beyond
from guanghui.pv.shade.irradiation import Irradiation, normals, open_irradiation, shaded_irradiation
from guanghui.pv.sun.sky import SkyTable, sky_table
from guanghui.pv.sun.weather import Weather

__all__ = ["Planes", "SiteSun", "row_fence", "rows_ahead", "site_sun"]


@dataclass(frozen=True)
class Planes:
    """Module planes of sites; azimuths from grid north [°], shape (n,)."""

    tilt: np.ndarray
    azimuth: np.ndarray
    rack: np.ndarray
    """Air behind them, bool."""
    ahead_deg: np.ndarray
    """Height of an endless row or wall in front, seen at a right angle [°]; 0: open."""


@dataclass(frozen=True)
class SiteSun:
    """Sun, sky and hours of a place."""

    table: SkyTable
    weather: Weather
    settings: PvSettings
    convergence: float = 0.0
    """Grid azimuth + convergence = true azimuth [°]."""
    known: dict[tuple[float, float, bool], ClassYear] = field(default_factory=dict, repr=False, compare=False)
    """Years of orientation classes that were run before."""

    def irradiation(self, planes: Planes, skyline: Beyond | None = None) -> Irradiation:
        """Light on the planes by month [kWh/m²].

        Parameters
        ----------
        planes : Planes
            Tilt and true azimuth [°] of the n planes, and the row in front of each.
        skyline : Beyond, optional
            What stands around them; open where None.

        Returns
        -------
        Irradiation
            By month, shape (n, 12).
        """
        return shaded_irradiation(
            self.table, normals(planes.tilt, planes.azimuth), skyline, fence=row_fence(planes.azimuth, planes.ahead_deg)
        )

    def energy(self, planes: Planes, skyline: Beyond | None = None) -> np.ndarray:
        """Alternating current by month [kWh/kWp], shape (n, 12).

        Parameters
        ----------
        planes : Planes
            Where the modules look, and what stands in front.
        skyline : Beyond, optional
            What else hides the sky of the same planes.
        """
        got, free = self.irradiation(planes, skyline), open_irradiation(self.table, planes.tilt, planes.azimuth)
        slant = [mean_slant(self.table, i.monthly, i.sky_view, i.normal_beam) for i in (got, free)]
        light = Light(got.monthly, got.sky_view, got.sky_through, slant[0] - slant[1])
        true = (planes.azimuth + self.convergence) % 360.0
        frame = pd.DataFrame({"surface_tilt": planes.tilt, "surface_azimuth": true, "rack": planes.rack})
        return energy_per_kwp(light, frame, self.table, self.weather, self.settings, self.known)


def site_sun(weather: Weather, settings: PvSettings, convergence: float = 0.0) -> SiteSun:
    """Fold the weather of a place for its sites.

    Parameters
    ----------
    weather : Weather
        Hours.
    settings : PvSettings
        Sky model, albedo, system.
    convergence : float, default 0
        Grid azimuth + convergence = true azimuth [°].
    """
    table = sky_table(
        weather, steps=settings.azimuth_steps, model=settings.sky_model, albedo=settings.albedo, convergence=convergence
    )
    return SiteSun(table, weather, settings, convergence)


def row_fence(azimuth: np.ndarray, ahead_deg: np.ndarray) -> np.ndarray:
    """Skyline of an endless row or wall in front: ``tan h`` times the direction it stands in, shape (n, 2).

    Parameters
    ----------
    azimuth : numpy.ndarray
        Direction the planes face, clockwise from north [°], shape (n,).
    ahead_deg : numpy.ndarray
        Height of the row in front seen at a right angle [°], 0: open, shape (n,).

    Returns
    -------
    numpy.ndarray
        (east, north) [1], shape (n, 2).
    """
    tangent, toward = np.tan(np.radians(ahead_deg)), np.radians(azimuth)
    return np.stack([tangent * np.sin(toward), tangent * np.cos(toward)], axis=1)


def rows_ahead(settings: PvSettings, tilt: float, latitude: float) -> float:
    """Mean height of the row in front where rows of this tilt keep the winter rule of the settings [°].

    Parameters
    ----------
    settings : PvSettings
        System; its own rack tilt, preset and ground cover are set aside.
    tilt : float
        Tilt of the modules [°]; above 45° the row of 45° is taken.
    latitude : float
        [°].
    """
    racks = settings.model_copy(update={"rack_tilt": min(tilt, 45.0), "preset": "rows-south", "rack_gcr": 0.05})
    return flat_rows(racks, latitude).masking_deg
