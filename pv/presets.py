"""Shares of roofs by building class, as notices ask for them."""

from __future__ import annotations

from guanghui.data import read_table
from guanghui.geo.errors import InputError, listing

__all__ = ["preset_shares"]


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
