"""A check from far above: roof area × density × yield, as published for whole prefectures, beside this survey."""

from __future__ import annotations

import pandas as pd

from guanghui.data import read_table

__all__ = ["DENSITY_W_M2", "PERFORMANCE", "area_density_yield", "beside_survey", "published"]

DENSITY_W_M2 = 70.0
"""Capacity per m² of roof that the published capacities come to (14.48 GW on 206.81 km² and so on) [W/m²]."""
PERFORMANCE = 0.80
"""Energy over capacity times horizontal radiation in the study [1]."""


def area_density_yield(
    roof_km2: float, ghi_kwh_m2: float, *, density_w_m2: float = DENSITY_W_M2, performance: float = PERFORMANCE
) -> tuple[float, float]:
    """Capacity and energy of a prefecture.

    Parameters
    ----------
    roof_km2 : float
        [km²].
    ghi_kwh_m2 : float
        Global horizontal irradiation of a year [kWh/m²].
    density_w_m2 : float
        Capacity per roof area [W/m²].
    performance : float
        Energy over capacity times radiation [1].

    Returns
    -------
    tuple of float
        [GW] and [TWh/a].

    References
    ----------
    Zhang et al. 2023, Nature Communications, 354 Chinese cities.
    """
    capacity = roof_km2 * density_w_m2 / 1000.0
    return capacity, capacity * ghi_kwh_m2 * performance / 1000.0


def published() -> pd.DataFrame:
    """Published prefectures with the same product worked out beside.

    Returns
    -------
    pandas.DataFrame
        Columns of ``factors/prefectures.csv`` and ``here_gw here_twh``.
    """
    table = read_table("factors", "prefectures.csv")
    pairs = zip(table["roof_km2"], table["ghi_kwh_m2"], strict=True)
    found = [area_density_yield(float(area), float(ghi)) for area, ghi in pairs]
    table[["here_gw", "here_twh"]] = found
    return table


def beside_survey(roofs: pd.DataFrame) -> pd.DataFrame:
    """What makes this survey differ from the published method, as factors whose product is the ratio of energies.

    Parameters
    ----------
    roofs : pandas.DataFrame
        From :func:`pv.assess`.

    Returns
    -------
    pandas.DataFrame
        ``factor survey published ratio``: capacity per footprint, energy per capacity and radiation, and energy per
        footprint, which is the product of the two with the same radiation.
    """
    capacity, energy = float(roofs["capacity_kwp"].sum()), float(roofs["yield_kwh"].sum())
    density = 1000 * capacity / float(roofs["footprint_m2"].sum())
    ghi = float((roofs["ghi_kwh_m2"] * roofs["capacity_kwp"]).sum() / capacity)
    performance = energy / capacity / ghi
    table = pd.DataFrame(
        {
            "factor": ["density_w_m2", "performance", "energy_kwh_m2"],
            "survey": [density, performance, density * performance * ghi / 1000],
            "published": [DENSITY_W_M2, PERFORMANCE, DENSITY_W_M2 * PERFORMANCE * ghi / 1000],
        }
    )
    return table.assign(ratio=table["survey"] / table["published"])
