"""The sheets of meters: plants with their index, months, suspects."""

from __future__ import annotations

from guanghui.plan.results.assembly import Results
from guanghui.plan.workbook.tables import Sheet

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
    ]
