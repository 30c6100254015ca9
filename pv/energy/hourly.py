"""From the shaded irradiation of a face to its energy, through its orientation class."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import pandas as pd

from guanghui.pv.energy.system import ClassYear, class_of, performance
from guanghui.pv.settings import PvSettings
from guanghui.pv.sun.glass import SLANT, hemisphere_through
from guanghui.pv.sun.sky import SkyTable
from guanghui.pv.sun.weather import Weather

__all__ = ["Light", "direct_months", "energy_per_kwp", "mean_slant"]


@dataclass(frozen=True)
class Light:
    """What reaches a set of module planes, and what of it gets behind their glass."""

    monthly: np.ndarray
    """Plane-of-array irradiation [kWh/m²], shape (n, 12)."""
    sky_view: np.ndarray
    """Share of the sky in view [1], shape (n,)."""
    sky_through: np.ndarray
    """The same behind glass [1], shape (n,)."""
    slant: np.ndarray
    """Mean 1/cos θ of the direct light of the year, less that of the open plane [1], shape (n,)."""


def direct_months(table: SkyTable, monthly: np.ndarray, sky_view: np.ndarray) -> np.ndarray:
    """Beam, circumsolar light and horizon band within an irradiation [kWh/m²], shape (n, 12).

    Parameters
    ----------
    table : SkyTable
        Isotropic light and ground of the year.
    monthly : numpy.ndarray
        Irradiation of each cell by month, shaded [kWh/m²], shape (n, 12).
    sky_view : numpy.ndarray
        Share of isotropic light a cell gets [1], shape (n,).

    Returns
    -------
    numpy.ndarray
        [kWh/m²], shape (n, 12), not below 0.
    """
    view = np.asarray(sky_view)[:, None]
    return np.maximum(monthly - view * table.isotropic - (1 - view) * table.ground, 0.0)


def mean_slant(table: SkyTable, monthly: np.ndarray, sky_view: np.ndarray, normal_beam: np.ndarray) -> np.ndarray:
    """Mean 1/cos θ of the direct light of the year [1], shape (n,); 1 where there is none.

    Parameters
    ----------
    table : SkyTable
        As in :func:`direct_months`.
    monthly : numpy.ndarray
        Irradiation of each cell by month, shaded [kWh/m²], shape (n, 12).
    sky_view : numpy.ndarray
        Share of isotropic light a cell gets [1], shape (n,).
    normal_beam : numpy.ndarray
        Direct light of the year on a plane that faces it, shaded [kWh/m²], shape (n,).
    """
    direct = direct_months(table, monthly, sky_view).sum(axis=1)
    return np.divide(normal_beam, direct, out=np.ones(len(direct)), where=direct > 0)


def energy_per_kwp(
    light: Light,
    planes: pd.DataFrame,
    table: SkyTable,
    weather: Weather,
    settings: PvSettings,
    known: dict[tuple[float, float, bool], ClassYear] | None = None,
) -> np.ndarray:
    """Alternating-current energy of planes by month.

    Parameters
    ----------
    light : Light
        Shaded irradiation of n planes.
    planes : pandas.DataFrame
        ``surface_tilt``, ``surface_azimuth`` (true north) [°] and ``rack`` (bool), n rows.
    table : SkyTable
        The table the irradiation came from.
    weather : Weather
        The hours behind it.
    settings : PvSettings
        System.
    known : dict, optional
        Years of orientation classes that were run before, for the same weather and settings; gets the new ones.

    Returns
    -------
    numpy.ndarray
        [kWh/kWp], shape (n, 12).
    """
    tilt, azimuth = class_of(planes["surface_tilt"].to_numpy(float), planes["surface_azimuth"].to_numpy(float))
    key = pd.DataFrame({"surface_tilt": tilt, "surface_azimuth": azimuth, "rack": planes["rack"].to_numpy(bool)})
    classes = key.drop_duplicates(ignore_index=True)
    year = _years(weather, classes, settings, {} if known is None else known)
    row = key.merge(classes.reset_index(), how="left", on=list(key.columns))["index"].to_numpy()
    direct = direct_months(table, light.monthly, light.sky_view)
    view = light.sky_view[:, None]
    through = light.sky_through[:, None] if settings.diffuse_iam else view
    whole = hemisphere_through(settings.glass) if settings.diffuse_iam else 1.0
    passed = np.maximum(year.direct_through[row] - SLANT[settings.glass] * light.slant[:, None], 0.0)
    diffuse = through * table.isotropic + (whole - through) * table.ground
    return np.asarray(direct * passed * year.per_direct[row] + diffuse * year.per_diffuse[row])


def _years(
    weather: Weather, classes: pd.DataFrame, settings: PvSettings, known: dict[tuple[float, float, bool], ClassYear]
) -> ClassYear:
    """Years of orientation classes, each run once."""
    keys = [(float(t), float(a), bool(r)) for t, a, r in classes.itertuples(index=False)]
    new = [k not in known for k in keys]
    if any(new):
        run = performance(weather, classes[new].reset_index(drop=True), settings)
        fresh = [k for k, n in zip(keys, new, strict=True) if n]
        parts = [getattr(run, f.name) for f in fields(ClassYear)]
        known |= {key: ClassYear(*(part[i : i + 1] for part in parts)) for i, key in enumerate(fresh)}
    each = [known[k] for k in keys]
    return ClassYear(*(np.concatenate([getattr(y, f.name) for y in each]) for f in fields(ClassYear)))
