"""What the plan asks for beside what was found, and the balance of CO₂ by year: rows and series for the page."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from guanghui.geo.errors import InputError, listing

__all__ = ["BALANCE_SERIES", "STATUSES", "balance_payload", "reading_rows", "score_rows", "yearly_rows"]

STATUSES = ("met", "short", "over", "under_way", "part", "not_comparable", "no_data")
"""What a row of the scorecard can say; words ``status_…``."""
_SCORE_COLUMNS = ("name_zh", "name_en", "unit", "year", "target", "target_text", "result", "status", "why_zh", "why_en")
BALANCE_SERIES = (
    ("co2_plan_t", "emission", "#12303a", ""),
    ("co2_trend_t", "emission", "#7b8689", "7 4"),
    ("co2_kaya_t", "emission", "#8f6eb1", "2 3"),
    ("avoided_t", "saving", "#c2611a", ""),
    ("sink_t", "saving", "#2b7d55", ""),
)
"""Column of the balance, panel of the chart, colour, dashes; words ``balance_…`` without the unit."""
_RANGE = {"sink_t": ("sink_low_t", "sink_high_t")}


def score_rows(scorecard: pd.DataFrame | None) -> list[dict[str, Any]]:
    """Rows of the scorecard for the page.

    Parameters
    ----------
    scorecard : pandas.DataFrame or None
        ``name_zh name_en unit year target target_text result status why_zh why_en``, optionally ``target_text_en``,
        ``source``, ``responsible``, ``bring_zh``, ``bring_en``, ``actual``, ``actual_year``, ``actual_change_pct``;
        ``target``, ``result`` and ``actual`` are numbers in ``unit``, NaN where there is none.

    Raises
    ------
    InputError
        A column is missing, or a status is not one of ``STATUSES``.
    """
    if scorecard is None or scorecard.empty:
        return []
    missing = [name for name in _SCORE_COLUMNS if name not in scorecard]
    if missing:
        raise InputError(f"scorecard: columns are missing: {listing(missing)}.", f"评分表：缺少列 {listing(missing)}。")
    strange = sorted(set(scorecard["status"].astype(str)) - set(STATUSES))
    if strange:
        raise InputError(
            f"scorecard: unknown status {listing(strange)}; there are {listing(STATUSES)}.",
            f"评分表：未知状态 {listing(strange)}；可用 {listing(STATUSES)}。",
        )
    return [
        {
            "name": [_text(row["name_zh"]), _text(row["name_en"])],
            "unit": _text(row["unit"]),
            "year": _text(row["year"]).removesuffix(".0"),
            "target": _number(row["target"]),
            "target_text": [_text(row["target_text"]), _text(row.get("target_text_en"))],
            "result": _number(row["result"]),
            "status": str(row["status"]),
            "why": [_text(row["why_zh"]), _text(row["why_en"])],
            "source": _text(row.get("source")),
            "responsible": _text(row.get("responsible")),
            "bring": [_text(row.get("bring_zh")), _text(row.get("bring_en"))],
            "actual": _number(row.get("actual")),
            "actual_year": _text(row.get("actual_year")).removesuffix(".0"),
            "actual_change_pct": _number(row.get("actual_change_pct")),
        }
        for row in scorecard.to_dict("records")
    ]


def yearly_rows(yearly: pd.DataFrame | None) -> list[dict[str, Any]]:
    """What was counted, year by year, for the page.

    Parameters
    ----------
    yearly : pandas.DataFrame or None
        ``name_zh name_en unit year actual actual_change_pct target_year target target_reached_pct responsible``.
    """
    if yearly is None or yearly.empty:
        return []
    return [
        {
            "name": [_text(row["name_zh"]), _text(row["name_en"])],
            "unit": _text(row["unit"]),
            "year": _text(row["year"]).removesuffix(".0"),
            "actual": _number(row["actual"]),
            "change_pct": _number(row["actual_change_pct"]),
            "target": _number(row["target"]),
            "target_year": _text(row["target_year"]).removesuffix(".0"),
            "reached_pct": _number(row["target_reached_pct"]),
            "responsible": _text(row["responsible"]),
        }
        for row in yearly.to_dict("records")
    ]


def reading_rows(readings: pd.DataFrame | None) -> list[dict[str, Any]]:
    """Two bases of the coverage plan, for the page.

    Parameters
    ----------
    readings : pandas.DataFrame or None
        ``reading year target_share available_m2 reached_share roofs capacity_kwp yield_kwh left_m2 left_kwp``.
    """
    if readings is None or readings.empty:
        return []
    names = ("available_m2", "roofs", "capacity_kwp", "yield_kwh", "left_m2", "left_kwp")
    return [
        {
            "reading": str(row["reading"]),
            "year": int(row["year"]),
            **{name: _number(row[name]) for name in names},
            **{f"{name}_pct": _number(100 * row[f"{name}_share"]) for name in ("target", "reached", "city", "zone")},
        }
        for row in readings.to_dict("records")
    ]


def balance_payload(balance: pd.DataFrame | None) -> dict[str, Any] | None:
    """Series of the balance chart, or None when there is nothing to draw.

    Parameters
    ----------
    balance : pandas.DataFrame or None
        Index ``year``; any of the columns of ``BALANCE_SERIES`` and ``sink_low_t``, ``sink_high_t`` [t CO₂ a year].

    Returns
    -------
    dict or None
        ``years``, ``series`` (key, panel, colour, dashes, values, low, high; null where there is no figure) and
        ``doubt`` (what the plan contradicts itself in, from the table's attributes).
    """
    if balance is None or balance.empty:
        return None
    ordered = balance.sort_index()
    series = []
    for name, panel, colour, dashes in BALANCE_SERIES:
        values = _column(ordered, name)
        if any(value is not None for value in values):
            low, high = (_column(ordered, end) for end in _RANGE.get(name, ("", "")))
            known = any(value is not None for value in low) and any(value is not None for value in high)
            series.append(
                {"key": name.removesuffix("_t"), "panel": panel, "color": colour, "dashes": dashes, "values": values,
                 "low": low if known else None, "high": high if known else None}
            )  # fmt: skip
    if not series:
        return None
    doubt = [_text(balance.attrs.get(f"doubt_{lang}")) for lang in ("zh", "en")]
    return {"years": [int(year) for year in ordered.index], "series": series, "doubt": doubt}


def _column(frame: pd.DataFrame, name: str) -> list[float | None]:
    if name not in frame:
        return [None] * len(frame)
    return [_number(value) for value in frame[name]]


def _number(value: Any) -> float | None:
    number = float(pd.to_numeric(value, errors="coerce"))
    return number if math.isfinite(number) else None


def _text(value: Any) -> str:
    return "" if value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value)) else str(value)
