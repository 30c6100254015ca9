"""What a kilowatt-hour of roof power saves, by named factor."""

from __future__ import annotations

from guanghui.data import read_table
from guanghui.geo.errors import InputError, listing

__all__ = ["COAL", "factor_series", "grid_co2_kg_kwh"]

COAL = "coal_gongqingcheng"
"""Row of ``factors/grid_co2.csv`` with the coal comparison of the plan."""


def grid_co2_kg_kwh(region: str = "national", year: int | None = None) -> tuple[float, tuple[str, str]]:
    """Emission factor of grid electricity.

    Parameters
    ----------
    region : str, default "national"
        As in ``factors/grid_co2.csv``; ``"none"`` for a place whose grid has no factor here.
    year : int, optional
        The newest by default.

    Returns
    -------
    tuple of float and tuple of str
        [kg CO2/kWh] and its source in English and Chinese; NaN and empty sources for ``"none"``.

    Raises
    ------
    InputError
        If there is no such row.
    """
    if region == "none":
        return float("nan"), ("", "")
    table = read_table("factors", "grid_co2.csv")
    rows = table[table["region"] == region]
    if year is not None:
        rows = rows[rows["year"] == year]
    if rows.empty:
        have = listing(f"{r} {y}" for r, y in zip(table["region"], table["year"], strict=True))
        raise InputError(
            f"[coverage] grid: there is no emission factor for {region!r} {year or ''}; there are {have}.",
            f"[coverage] grid：{region!r} {year or ''} 没有排放因子；现有 {have}。",
        )
    row = rows.loc[rows["year"].idxmax()]
    year = int(row["year"])
    return float(row["value"]), (
        f"{row['name_en']} {year}: {row['source']}",
        f"{row['name_zh']} {year} 年：{row['source_zh']}",
    )


def factor_series(region: str, years: list[int]) -> dict[int, float]:
    """Factor published for each year, the nearest published one before or after where there is none [kg CO2/kWh].

    Parameters
    ----------
    region : str
        As in ``factors/grid_co2.csv``; ``"none"`` gives NaN.
    years : list of int
        Years asked for.
    """
    if region == "none":
        return dict.fromkeys(years, float("nan"))
    table = read_table("factors", "grid_co2.csv")
    known = table[table["region"] == region].set_index("year")["value"].to_dict()
    if not known:
        return {y: grid_co2_kg_kwh(region)[0] for y in years}
    return {y: float(known[min(known, key=lambda k: (abs(k - y), -k))]) for y in years}
