"""Bundles of settings: shares of roofs as notices ask for them, technology of a year."""

from __future__ import annotations

from guanghui.data import read_table
from guanghui.geo.errors import InputError, listing

__all__ = ["VINTAGES", "preset_shares", "vintage_values"]

VINTAGES = (2022, 2025)
"""Years of the dated bundles."""


def vintage_values(vintage: int) -> dict[str, float]:
    """Settings of a dated bundle.

    Parameters
    ----------
    vintage : {2022, 2025}
        Of ``factors/vintages.csv``.

    Returns
    -------
    dict
        Key of ``[pv]`` -> value.
    """
    table = read_table("factors", "vintages.csv")
    rows = table[table["vintage"] == vintage]
    return {str(k): float(v) for k, v in zip(rows["item"], rows["value"], strict=True)}


def preset_shares(name: str) -> dict[str, float]:
    """Shares by building class that a notice asks for.

    Parameters
    ----------
    name : str
        As in ``factors/coverage_presets.csv``, for instance 整县推进.

    Returns
    -------
    dict
        Building class -> share [1].

    Raises
    ------
    InputError
        If there is no such preset.
    """
    table = read_table("factors", "coverage_presets.csv")
    rows = table[table["preset"] == name]
    if rows.empty:
        raise InputError(
            f"[coverage] preset {name!r} is unknown; there are {listing(sorted(set(table['preset'])))}.",
            f"[coverage] preset {name!r} 未知；现有 {listing(sorted(set(table['preset'])))}。",
        )
    return {str(c): float(v) for c, v in zip(rows["building_class"], rows["value"], strict=True)}
