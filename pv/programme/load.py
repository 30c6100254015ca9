"""Roofs that may not bear modules: an assumed rule over year, material, owner and protection, on where asked for.

No outline says what a roof bears. The rule names roofs that an engineer would look at first; it takes away, never adds,
and each of its rows is marked as assumed in ``factors/roof_load.csv``.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from guanghui.data import read_table

__all__ = ["KNOWN_BY", "failing", "load_rules"]

KNOWN_BY = ("year_built", "roof_material", "ownership", "heritage")
"""Columns of the buildings that the rule reads; without any of them it says nothing."""


def load_rules() -> pd.DataFrame:
    """Rows of ``factors/roof_load.csv``, empty cells as empty text."""
    table = read_table("factors", "roof_load.csv").astype(object)
    return table.where(table.notna(), "")


def failing(roofs: pd.DataFrame) -> pd.Series:
    """Rule by which each roof fails.

    Parameters
    ----------
    roofs : pandas.DataFrame
        ``building_class`` and any of ``KNOWN_BY``.

    Returns
    -------
    pandas.Series
        Name of the rule (``rule`` of the table), empty where the roof passes or nothing is known; index of the roofs.

    Notes
    -----
    A condition on something that is not known is not met: a roof without a year passes every rule about age. A rule
    without a material that speaks of age serves roofs whose material is not known.
    """
    out = pd.Series("", index=roofs.index, dtype=object)
    if not any(c in roofs for c in KNOWN_BY):
        return out
    nothing = pd.Series("", index=roofs.index)
    material = roofs["roof_material"].astype(str) if "roof_material" in roofs else nothing
    owner = roofs["ownership"].astype(str) if "ownership" in roofs else nothing
    year = roofs["year_built"].astype(float) if "year_built" in roofs else pd.Series(np.nan, index=roofs.index)
    heritage = roofs["heritage"].astype(bool) if "heritage" in roofs else pd.Series(False, index=roofs.index)
    for rule in load_rules().itertuples():
        fits = out == ""
        if rule.heritage:
            fits &= heritage
        if rule.ownership:
            fits &= owner.str.contains(str(rule.ownership), case=False, regex=True)
        if rule.building_class:
            fits &= roofs["building_class"].isin(str(rule.building_class).split("|"))
        if rule.before:
            fits &= (material == str(rule.material)) & (year < float(rule.before))
        out[fits] = str(rule.rule)
    return out
