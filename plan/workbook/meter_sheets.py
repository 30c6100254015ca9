"""The sheets of meters: plants with their index, months, suspects."""

from __future__ import annotations

import pandas as pd

from guanghui.plan.results.assembly import Results
from guanghui.plan.workbook.tables import Sheet
from guanghui.pv.meters.calibrate import Calibration

__all__ = ["meter_sheets"]


def meter_sheets(results: Results) -> list[Sheet]:
    """Sheets of ``[meters]``; nothing without any.

    Parameters
    ----------
    results : Results
        What there is.
    """
    found = results.meters
    if found is None:
        return []
    plants, months, suspects = found.plants.copy(), found.months.copy(), found.suspects.copy()
    for frame, columns, form in (
        (plants, ("first_month", "last_month", "worst_month"), "%Y-%m"), (months, ("month",), "%Y-%m"),
        (suspects, ("since",), "%Y-%m-%d"),
    ):  # fmt: skip
        for column in columns:
            frame[column] = frame[column].astype("datetime64[ns]").dt.strftime(form)
    zh = "指数 = 实测 ÷ 应发；与电站自身起始月份相比，低于 0.95（有当年气象）的月份突出"
    en = "index = measured over expected; months below 0.95 of the plant's own start stand out (weather known)"
    list_zh = "疑似问题清单，供现场核查；时钟为偏移小时数，其余为自该日起损失的比例，缺测为天数"
    list_en = "suspects to be looked at; size is hours (clock), part lost since (others), or days (gap)"
    return [
        Sheet("meter_suspects", "电站疑似问题", "meters: suspects", suspects, (), list_zh, list_en),
        Sheet("meter_plants", "电站性能指数", "meters: plants", plants, ("measured_kwh", "expected_kwh"), zh, en),
        Sheet("meter_months", "电站逐月", "meters: months", months, (), zh, en),
        *_calibration(found.calibration),
    ]


def _calibration(found: Calibration | None) -> list[Sheet]:
    """The factor of the sound plants with its test, and the plants of either half."""
    if found is None:
        return []
    zh = "正常电站随机分半：一半得出系数与离散，另一半检验；发电量未据此改动"
    en = "sound plants drawn into halves: one gives factor and spread, the other tests them; no yield is changed by it"
    if not found.known:
        zh, en = f"没有系数：{found.why_zh}", f"no factor: {found.why_en}"
    row = pd.DataFrame([{
        "fitted": found.count("fit"), "tested": found.count("test"), "calibration_factor": found.factor,
        "calibration_spread": found.spread, "low_index": found.low, "high_index": found.high,
        "error_before_pct": found.error_before_pct, "error_after_pct": found.error_after_pct,
        "covered_pct": found.covered_pct,
    }])  # fmt: skip
    sheets = [Sheet("meter_calibration", "电表校准", "meters: calibration", row, (), zh, en)]
    if found.known:
        sheets.append(Sheet("meter_halves", "电表校准电站", "meters: halves", found.plants, (), zh, en))
    return sheets
