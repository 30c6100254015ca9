"""Tables of the brief that hold results against the plan: scorecard; emissions, avoided emissions and sink."""

from __future__ import annotations

import math
from collections.abc import Hashable
from typing import Any

import pandas as pd

from guanghui.maps.words.numbers import PLAN_UNITS, UNITS, format_number
from guanghui.plan.brief.docx import BriefTable, Column
from guanghui.plan.brief.pv import numbers
from guanghui.plan.brief.sink import with_interval
from guanghui.plan.brief.words import say

__all__ = ["balance_table", "readings_table", "scorecard_table", "yearly_table"]

_LINES = ("co2_plan_t", "co2_trend_t", "co2_kaya_t", "avoided_t")


def scorecard_table(scorecard: pd.DataFrame, lang: str) -> BriefTable:
    """Targets of the plan, results and whether they are met.

    Parameters
    ----------
    scorecard : pandas.DataFrame
        ``name_zh``, ``name_en``, ``unit``, ``year``, ``target``, ``target_text``, ``result``, ``status``, ``why_zh``,
        ``why_en``.
    lang : str
        ``zh`` or ``en``.
    """
    rows = scorecard.to_dict("records")
    counted = "actual" in scorecard and bool(scorecard["actual"].notna().any())
    heads = [("item", 1.8, False), ("c_when", 0.6, True), ("c_target_value", 1.1, True), ("c_result", 1.1, True),
             ("c_actual", 1.1, True), ("c_status", 0.8, False), ("c_why", 2.4, False)]  # fmt: skip
    texts = [
        [_item(r, lang) for r in rows],
        [_year(r["year"]) for r in rows],
        [_target(r, lang) for r in rows],
        [_value(r["result"], str(r["unit"]), lang) for r in rows],
        [_actual(r, lang) for r in rows],
        [say(str(r["status"]), lang) for r in rows],
        [_why(r, lang) for r in rows],
    ]
    return BriefTable(say("t_score", lang), tuple(
        Column(say(key, lang), column, wide, number) for (key, wide, number), column in zip(heads, texts, strict=True)
        if counted or key != "c_actual"
    ))  # fmt: skip


def readings_table(readings: pd.DataFrame, lang: str) -> BriefTable:
    """The same shares of two bases: roofs of the whole place, or of a zone.

    Parameters
    ----------
    readings : pandas.DataFrame
        From :func:`plan.results.readings.zone_readings`.
    lang : str
        ``zh`` or ``en``.
    """
    base = Column(say("c_base", lang), [say(f"base_{r}", lang) for r in readings["reading"]], 1.2, number=False)
    year = Column(say("c_year", lang), [_year(y) for y in readings["year"]], 0.7, number=False)
    figures = (
        ("c_target", 100 * readings["target_share"], "pct"),
        ("c_share", 100 * readings["reached_share"], "pct"),
        ("c_available", readings["available_m2"], "m2"),
        ("c_capacity", readings["capacity_kwp"], "kwp"),
        ("c_yield", readings["yield_kwh"], "kwh"),
        ("c_left", readings["left_m2"], "m2"),
    )
    columns = [numbers(say(head, lang), values.tolist(), unit, lang) for head, values, unit in figures]
    return BriefTable(say("t_readings", lang), (base, year, *columns))


def yearly_table(yearly: pd.DataFrame, lang: str) -> BriefTable:
    """What was counted, its change, and how far it is from the next target.

    Parameters
    ----------
    yearly : pandas.DataFrame
        From :func:`plan.results.yearly.yearly`.
    lang : str
        ``zh`` or ``en``.
    """
    rows = yearly.to_dict("records")
    heads = (("item", 2.0, False), ("c_when", 0.6, True), ("c_actual", 1.2, True), ("c_yoy", 0.9, True),
             ("c_next", 1.2, True), ("c_reached", 0.9, True))  # fmt: skip
    texts = [
        [_item(r, lang) for r in rows],
        [_year(r["year"]) for r in rows],
        [_value(r["actual"], str(r["unit"]), lang) for r in rows],
        [_percent(r["actual_change_pct"]) for r in rows],
        [_next(r, lang) for r in rows],
        [_percent(r["target_reached_pct"], sign="") for r in rows],
    ]  # fmt: skip
    return BriefTable(say("t_yearly", lang), tuple(
        Column(say(key, lang), column, wide, number) for (key, wide, number), column in zip(heads, texts, strict=True)
    ))  # fmt: skip


def _next(row: dict[Hashable, Any], lang: str) -> str:
    """The next target and its year."""
    number = _value(row["target"], str(row["unit"]), lang)
    return number if number == "—" else f"{number}\n{_year(row['target_year'])}"


def _item(row: dict[Hashable, Any], lang: str) -> str:
    """Name of the item, and who answers for it."""
    who = _text(row.get("responsible"))
    name = str(row[f"name_{lang}"])
    return f"{name}\n{say('s_answers', lang, who=who)}" if who else name


def _actual(row: dict[Hashable, Any], lang: str) -> str:
    """What was counted last, its year, and the change on the year before."""
    value = float(row.get("actual", math.nan))
    if math.isnan(value):
        return "—"
    change = _percent(row["actual_change_pct"])
    when = _year(row["actual_year"]) + (f", {change}" if change != "—" else "")
    return f"{_value(value, str(row['unit']), lang)}\n{when}"


def _why(row: dict[Hashable, Any], lang: str) -> str:
    """Why there is a verdict or none, and what to bring for one."""
    why, bring = _text(row[f"why_{lang}"]), _text(row.get(f"bring_{lang}"))
    return why if not bring or bring in why else "\n".join(t for t in (why, say("s_bring", lang, what=bring)) if t)


def _percent(value: float, sign: str = "+") -> str:
    return "—" if not math.isfinite(value) else f"{value:{sign}.1f} %"


def balance_table(balance: pd.DataFrame, lang: str) -> BriefTable:
    """Emissions by scenario, avoided emissions and sink by year; columns without a figure are left out.

    Parameters
    ----------
    balance : pandas.DataFrame
        Index ``year``; ``co2_plan_t``, ``co2_trend_t``, ``co2_kaya_t``, ``avoided_t``, ``sink_t``, ``sink_low_t``,
        ``sink_high_t`` [t CO₂].
    lang : str
        ``zh`` or ``en``.
    """
    columns = [Column(say("c_when", lang), [_year(y) for y in balance.index], 0.7, number=True)]
    for line in _LINES:
        if balance[line].notna().any():
            columns.append(numbers(say(f"c_{line}", lang), balance[line].tolist(), "tco2", lang))
    if balance["sink_t"].notna().any():
        columns += with_interval(say("c_sink_t", lang), balance["sink_t"].tolist(), balance["sink_low_t"].tolist(),
                                 balance["sink_high_t"].tolist(), "tco2", lang)  # fmt: skip
    return BriefTable(say("t_balance", lang), columns)


def _target(row: dict[Hashable, Any], lang: str) -> str:
    """Figure of the target, then what the plan says of it."""
    words = row["target_text"] if lang == "zh" else row.get("target_text_en") or row["target_text"]
    note, number = _text(words), _value(row["target"], str(row["unit"]), lang)
    if number == "—":
        return note or number
    return f"{number}\n{note}" if note else number


def _text(value: object) -> str:
    return "" if value is None or value != value else str(value)


def _year(value: object) -> str:
    number = float(str(value))
    return "—" if math.isnan(number) else f"{number:.0f}"


def _value(value: float, unit: str, lang: str) -> str:
    """Write a number in the unit of the plan, or in one of ours."""
    if not math.isfinite(value):
        return "—"
    if unit in PLAN_UNITS:
        own, size = PLAN_UNITS[unit]
        return format_number(value * size, own, lang)
    if unit in UNITS:
        return format_number(value, unit, lang)
    return f"{value:,.2f}".rstrip("0").rstrip(".") + (unit if unit in ("", "%") else f" {unit}")
